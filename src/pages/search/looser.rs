//! Little or nothing was found: another spelling, and searches that ask for less, each with what it finds.

use index::{Change, Looser, SearchResults};

use super::labels::{Labels, legend};
use super::summary::Summary;
use super::{PageLink, address};
use crate::pages::wording;
use crate::web::query::SearchQuery;

/// Searches near one that found little.
pub(super) struct LooserSearches {
    /// "Fewer than 5 results. Try:".
    pub(super) lead: String,
    pub(super) links: Vec<CountedLink>,
}

/// A search with what it finds.
pub(super) struct CountedLink {
    pub(super) href: String,
    pub(super) label: String,
    /// "12 results".
    pub(super) count: String,
}

/// Another spelling that finds more.
pub(super) fn suggestion(query: &SearchQuery, results: &SearchResults) -> Option<CountedLink> {
    // What was corrected beforehand is told above the results, which are those of the correction.
    let is_told = !results.interpretation.corrected.is_empty();
    let suggestion = results.suggestion.as_ref().filter(|_| !is_told)?;
    Some(CountedLink {
        href: address(query.suggested(suggestion)?),
        label: suggestion.text.clone(),
        count: wording::count(suggestion.total, "result", "results"),
    })
}

/// Looser searches that find more, the nearest first; `None` when there are none.
pub(super) fn looser_searches(
    query: &SearchQuery,
    results: &SearchResults,
    labels: &Labels<'_>,
) -> Option<LooserSearches> {
    let link = |looser: &Looser| {
        let href = address(query.looser(looser)?);
        let count = wording::count(looser.total, "result", "results");
        Some(CountedLink { href, label: label(&looser.change, labels), count })
    };
    let links: Vec<CountedLink> = results.looser.iter().filter_map(link).collect();
    (!links.is_empty()).then(|| LooserSearches { lead: wording::found_few(results.total), links })
}

fn label(change: &Change, labels: &Labels<'_>) -> String {
    match change {
        Change::Without { facet, label, .. } => wording::without(label, legend(*facet)),
        Change::Instead { facet, id, label, .. } => wording::in_place_of(label, &labels.of(*facet, id)),
        Change::WithoutWord { word } => wording::without_word(word),
        Change::Literal => wording::LITERALLY.to_owned(),
    }
}

/// The searches that ask for one thing less, for one that found nothing where no looser one is known to find more.
pub(super) fn untried(query: &SearchQuery, words: &str, summary: &Summary) -> Vec<PageLink> {
    let mut links: Vec<PageLink> = summary
        .filters
        .iter()
        .map(|filter| PageLink { href: filter.without.clone(), label: wording::without(&filter.label, filter.legend) })
        .collect();
    if let Some(href) = &summary.literally {
        links.push(PageLink { href: href.clone(), label: wording::LITERALLY.to_owned() });
    }
    if let Some(href) = &summary.clear
        && !words.is_empty()
    {
        links.push(PageLink { href: href.clone(), label: wording::without_filters(words) });
        links.push(PageLink { href: address(query.without("q", words)), label: wording::WITHOUT_WORDS.to_owned() });
    }
    links
}

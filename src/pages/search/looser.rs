//! Little or nothing was found: another spelling, and searches that ask for less, each with what it finds.

use index::{Change, Looser, SearchResults};

use super::PageLink;
use super::labels::Labels;
use super::links::address;
use super::summary::Summary;
use crate::pages::facet_words::legend;
use crate::pages::wording::{counted, say, word};
use crate::web::query::SearchQuery;

/// Fewer results than this are few, as for the index.
const FEW: u64 = 5;

/// Searches near one that found little.
pub(super) struct LooserSearches {
    /// "Fewer than 5 results found. Try:".
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
        href: address(&query.suggested(suggestion)?),
        label: suggestion.text.clone(),
        count: counted("search.results", suggestion.total),
    })
}

/// Looser searches that find more, the nearest first; `None` when there are none.
pub(super) fn looser_searches(
    query: &SearchQuery,
    results: &SearchResults,
    labels: &Labels<'_>,
) -> Option<LooserSearches> {
    let link = |looser: &Looser| {
        let href = address(&query.looser(looser)?);
        let count = counted("search.results", looser.total);
        Some(CountedLink { href, label: label(&looser.change, labels), count })
    };
    let mut links: Vec<CountedLink> = Vec::new();
    for looser in results.looser.iter().filter(|looser| is_of_use(looser, query, results.total)) {
        // Levels of several nations bear one name, and what is found is mostly the same.
        links.extend(link(looser).filter(|link| !links.iter().any(|held| held.label == link.label)));
    }
    (!links.is_empty()).then(|| LooserSearches { lead: lead(results.total), links })
}

/// Whether a search finds more than was found, and yet asks for something.
fn is_of_use(looser: &Looser, query: &SearchQuery, total: u64) -> bool {
    let asked = &query.request;
    let is_narrowed = asked.ages.is_some()
        || asked.duration_max_minutes.is_some()
        || asked.published_after.is_some()
        || asked.updated_after.is_some()
        || asked.starts_after.is_some()
        || asked.deadline_before.is_some()
        || query.view.is_some();
    let asks = !looser.text.trim().is_empty() || looser.filters.values().any(|values| !values.is_empty());
    looser.total > total && (asks || is_narrowed)
}

/// Above the searches that find more than this one did.
fn lead(total: u64) -> String {
    match total {
        1..FEW => counted("search.found-few", total),
        // Where only some of the words had to be found there are many, and still none with all of them.
        _ => word("search.these-find-more").to_owned(),
    }
}

fn label(change: &Change, labels: &Labels<'_>) -> String {
    match change {
        Change::Without { facet, label, .. } => without(label, legend(*facet)),
        Change::Instead { facet, id, label, .. } => {
            say("search.in-place-of", &[("other", &labels.of(*facet, id)), ("label", label)])
        }
        Change::WithoutWord { word } => say("search.without-word", &[("word", word)]),
        Change::Literal => word("search.literally").to_owned(),
    }
}

/// A search without one value: "Without “Key Stage 3” (Level)".
fn without(label: &str, legend: &str) -> String {
    say("search.without", &[("facet", &legend), ("label", &label)])
}

/// The searches that ask for one thing less, for one that found nothing where no looser one is known to find more.
pub(super) fn untried(query: &SearchQuery, summary: &Summary) -> Vec<PageLink> {
    let words = query.request.text.as_str();
    let less = |filter: &super::summary::AppliedFilter| PageLink {
        href: filter.without.clone(),
        label: without(&filter.label, filter.legend),
    };
    let mut links: Vec<PageLink> = summary.filters.iter().map(less).collect();
    if let Some(href) = &summary.literally {
        links.push(PageLink { href: href.clone(), label: word("search.literally").to_owned() });
    }
    if let Some(href) = &summary.clear
        && !words.is_empty()
    {
        links.push(PageLink { href: href.clone(), label: say("search.without-filters", &[("words", &words)]) });
        let without_words = address(&query.without("q", words));
        links.push(PageLink { href: without_words, label: word("search.without-words").to_owned() });
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_found_little_is_told_how_little() {
        assert_eq!(lead(0), "These find more:");
        assert_eq!(lead(1), "Only 1 result found. Try:");
        assert_eq!(lead(4), "Only 4 results found. Try:");
        assert_eq!(lead(341), "These find more:");
        assert_eq!(without("Key Stage 3", "Level"), "Without “Key Stage 3” (Level)");
    }
}

//! What was understood of the words, and which filters are on, each with a way to take it back.

use index::SearchResults;

use super::labels::{Labels, legend};
use super::{PageLink, address, given};
use crate::web::query::SearchQuery;

/// What the search is, besides its words.
pub(super) struct Summary {
    /// What was understood of the words.
    pub(super) understood: Vec<Understood>,
    /// The same search by the literal words.
    pub(super) literally: Option<String>,
    /// The same search with its words understood again.
    pub(super) understand: Option<String>,
    /// Each filter, with the address of the search without it.
    pub(super) filters: Vec<AppliedFilter>,
    /// The words alone.
    pub(super) clear: Option<String>,
    /// "2 chosen", for the button that unfolds the filters.
    pub(super) chosen: Option<String>,
}

/// A concept that was recognised in the words.
pub(super) struct Understood {
    pub(super) legend: &'static str,
    pub(super) label: String,
    /// The words that named it.
    pub(super) matched: String,
}

/// A filter that is on.
pub(super) struct AppliedFilter {
    pub(super) legend: &'static str,
    pub(super) label: String,
    /// The search without it.
    pub(super) without: String,
}

/// Parameters that filter without being facets, as people call them.
const OTHER_FILTERS: [(&str, &str); 6] = [
    ("age", "Ages"),
    ("duration_max", "Minutes at most"),
    ("published_after", "Published after"),
    ("updated_after", "Updated after"),
    ("starts_after", "Starts after"),
    ("deadline_before", "Deadline before"),
];

/// Reads a search for its summary.
pub(super) fn summary(query: &SearchQuery, results: &SearchResults, labels: &Labels<'_>) -> Summary {
    let understood: Vec<Understood> = results
        .interpretation
        .filters
        .iter()
        .map(|filter| Understood {
            legend: legend(filter.facet),
            label: filter.label.clone(),
            matched: filter.matched.clone(),
        })
        .collect();
    let filters = applied_filters(query, labels);
    Summary {
        literally: (!understood.is_empty()).then(|| address(query.replace("interpret", "off"))),
        understand: given(query, "interpret")
            .filter(|_| !query.request.interpret && !query.request.text.is_empty())
            .map(|value| address(query.without("interpret", value))),
        clear: (!filters.is_empty()).then(|| address(query.without_filters())),
        chosen: (!filters.is_empty()).then(|| format!("{} chosen", filters.len())),
        understood,
        filters,
    }
}

fn applied_filters(query: &SearchQuery, labels: &Labels<'_>) -> Vec<AppliedFilter> {
    let facets = query.request.filters.iter().flat_map(|(facet, ids)| ids.iter().map(move |id| (*facet, id)));
    let mut filters: Vec<AppliedFilter> = facets
        .map(|(facet, id)| AppliedFilter {
            legend: legend(facet),
            label: labels.of(facet, id),
            without: address(query.without(facet.name(), id)),
        })
        .collect();
    for (parameter, said) in OTHER_FILTERS {
        if let Some(value) = given(query, parameter) {
            let without = address(query.without(parameter, value));
            filters.push(AppliedFilter { legend: said, label: value.to_owned(), without });
        }
    }
    filters
}

/// The searches that ask for one thing less, where there is one.
pub(super) fn looser(query: &SearchQuery, words: &str, summary: &Summary) -> Vec<PageLink> {
    let mut links: Vec<PageLink> = summary
        .filters
        .iter()
        .map(|filter| PageLink {
            href: filter.without.clone(),
            label: format!("Search without “{}” ({})", filter.label, filter.legend.to_lowercase()),
        })
        .collect();
    if let Some(href) = &summary.literally {
        links.push(PageLink { href: href.clone(), label: "Search for the literal words".to_owned() });
    }
    if let Some(href) = &summary.clear
        && !words.is_empty()
    {
        links.push(PageLink { href: href.clone(), label: format!("Search for “{words}” without any filter") });
        let href = address(query.without("q", words));
        links.push(PageLink { href, label: "See everything with these filters, whatever the words".to_owned() });
    }
    links
}

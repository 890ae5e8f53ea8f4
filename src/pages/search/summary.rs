//! What was understood of the words, and which filters are on, each with a way to take it back.

use index::{Ambiguous, NOT_STATED, SearchResults};

use super::labels::Labels;
use super::links::{address, words_alone};
use super::{PageLink, given};
use crate::pages::carried::Carried;
use crate::pages::facet_words::legend;
use crate::pages::wording::{say, shorten, word};
use crate::web::query::SearchQuery;

/// What the search is, besides its words.
pub(super) struct Summary {
    /// The words that occur nowhere, and what was searched in their place.
    pub(super) corrected: Vec<Correction>,
    /// Whether what has only some of the words, or other spellings of them, follows.
    pub(super) loosened: bool,
    /// Which of what was understood no resource is filed under, in words.
    pub(super) filed_nowhere: Option<String>,
    /// What was understood of the words.
    pub(super) understood: Vec<Understood>,
    /// The words that might mean several things.
    pub(super) ambiguous: Vec<SeveralMeanings>,
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
    /// Whether what has it is left out.
    pub(super) is_negated: bool,
    /// The search without those words.
    pub(super) without: String,
}

/// A word that occurs nowhere.
pub(super) struct Correction {
    pub(super) typed: String,
    pub(super) to: String,
}

/// Words that might mean several things, each with the search in which they do.
pub(super) struct SeveralMeanings {
    pub(super) words: String,
    pub(super) meanings: Vec<PageLink>,
}

/// A filter that is on.
pub(super) struct AppliedFilter {
    pub(super) legend: &'static str,
    pub(super) label: String,
    /// What it is called where it stands alone: "Chemistry", "Ages: 11", "Level not stated".
    pub(super) name: String,
    /// The search without it.
    pub(super) without: String,
}

/// So many filters name a search; more are no name.
const MOST_IN_A_NAME: usize = 3;
/// Longer than any concept of ours; a publisher may be called anything.
const NAME_CHARACTERS: usize = 60;

/// Parameters that filter without being facets, and the names of what people call them.
const OTHER_FILTERS: [(&str, &str); 7] = [
    ("age", "search.filter-age"),
    ("duration_max", "search.filter-duration"),
    ("published_after", "search.filter-published"),
    ("updated_after", "search.filter-updated"),
    ("starts_after", "search.filter-starts"),
    ("deadline_before", "search.filter-deadline"),
    ("view", "search.filter-view"),
];

/// Reads a search for its summary.
pub(super) fn summary(query: &SearchQuery, results: &SearchResults, carried: &Carried, labels: &Labels<'_>) -> Summary {
    let interpretation = &results.interpretation;
    let understood: Vec<Understood> = interpretation
        .filters
        .iter()
        .map(|filter| Understood {
            legend: legend(filter.facet),
            label: filter.label.clone(),
            matched: filter.matched.clone(),
            is_negated: filter.negated,
            without: address(&query.taken_back(filter, &interpretation.corrected)),
        })
        .collect();
    let corrected = interpretation.corrected.iter();
    let filters = applied_filters(query, labels);
    Summary {
        loosened: interpretation.loosened,
        filed_nowhere: None,
        corrected: corrected.map(|one| Correction { typed: one.typed.clone(), to: one.to.clone() }).collect(),
        ambiguous: interpretation.ambiguous.iter().map(|ambiguous| several_meanings(query, ambiguous)).collect(),
        literally: (!understood.is_empty()).then(|| address(&query.replace("interpret", "off"))),
        understand: given(query, "interpret")
            .filter(|_| !query.request.interpret && !query.request.text.is_empty())
            .map(|value| address(&query.without("interpret", value))),
        clear: (!filters.is_empty()).then(|| words_alone(&query.request.text, carried)),
        chosen: (!filters.is_empty()).then(|| say("search.chosen", &[("n", &filters.len())])),
        understood,
        filters,
    }
}

fn several_meanings(query: &SearchQuery, ambiguous: &Ambiguous) -> SeveralMeanings {
    let meanings = ambiguous.meanings.iter().map(|meaning| PageLink {
        href: address(&query.meaning(&ambiguous.matched, meaning)),
        label: say("search.meaning", &[("facet", &legend(meaning.facet)), ("label", &meaning.label)]),
    });
    SeveralMeanings { words: ambiguous.matched.clone(), meanings: meanings.collect() }
}

fn applied_filters(query: &SearchQuery, labels: &Labels<'_>) -> Vec<AppliedFilter> {
    let facets = query.request.filters.iter().flat_map(|(facet, ids)| ids.iter().map(move |id| (*facet, id)));
    let mut filters: Vec<AppliedFilter> = facets
        .map(|(facet, id)| AppliedFilter {
            legend: legend(facet),
            label: labels.of(facet, id),
            name: if id == NOT_STATED {
                say("search.not-stated", &[("facet", &legend(facet))])
            } else {
                shorten(&labels.of(facet, id), NAME_CHARACTERS)
            },
            without: address(&query.without(facet.name(), id)),
        })
        .collect();
    for (parameter, name) in OTHER_FILTERS {
        if let Some(value) = given(query, parameter) {
            let without = address(&query.without(parameter, value));
            let legend = word(name);
            let name = named(legend, value);
            filters.push(AppliedFilter { legend, label: value.to_owned(), name, without });
        }
    }
    if query.request.stated_only {
        let without = address(&query.replace("inferred", ""));
        let (legend, label) = (word("search.filter-values"), word("search.filter-stated").to_owned());
        filters.push(AppliedFilter { legend, name: named(legend, &label), label, without });
    }
    filters
}

fn named(legend: &str, value: &str) -> String {
    say("search.filter-named", &[("filter", &legend), ("value", &value)])
}

/// What a search is called by its filters: "Chemistry, Key Stage 4"; `None` without any.
pub(super) fn name_of(filters: &[AppliedFilter]) -> Option<String> {
    let names: Vec<&str> = filters.iter().take(MOST_IN_A_NAME).map(|filter| filter.name.as_str()).collect();
    let names = names.join(", ");
    let is_cut = filters.len() > MOST_IN_A_NAME;
    let name = if is_cut { say("search.named-and-more", &[("names", &names)]) } else { names };
    (!filters.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_filters_at_most_name_a_search() {
        let filter = |name: &str| AppliedFilter {
            legend: "Facet",
            label: name.to_owned(),
            name: name.to_owned(),
            without: "/?q=".to_owned(),
        };
        let of = |names: &[&str]| name_of(&names.iter().map(|name| filter(name)).collect::<Vec<_>>());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["Chemistry", "Key Stage 4"]).as_deref(), Some("Chemistry, Key Stage 4"));
        assert_eq!(of(&["a", "b", "c"]).as_deref(), Some("a, b, c"));
        assert_eq!(of(&["a", "b", "c", "d"]).as_deref(), Some("a, b, c and more"));
    }
}

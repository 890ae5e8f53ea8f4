//! What is answered: plain data with public fields. The other end is in `request`.

use schemas::ResourceId;

use crate::request::Facet;

/// The answer to a search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchResults {
    /// How many resources match; all of them can be reached by paging.
    pub total: u64,
    /// The page of them that was asked for.
    pub hits: Vec<Hit>,
    /// The counts of the facets that were asked for, in that order.
    pub facets: Vec<FacetCounts>,
    /// What was understood of the words.
    pub interpretation: Interpretation,
    /// The generation of the index that answered.
    pub generation: u64,
    /// The position in the change log that the answer knows at least.
    pub position: u64,
}

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The published resource as JSON, as it was when it was indexed.
    pub json: String,
    /// Its id.
    pub id: ResourceId,
    /// How well it matches; comparable within one answer only. 0 unless sorted by relevance.
    pub score: f32,
    /// Marked extracts, when they were asked for.
    pub highlights: Option<Highlights>,
    /// The facets that the words asked for and that this resource states nothing about.
    pub unstated: Vec<Facet>,
}

/// Extracts with the found words marked: HTML in which everything is escaped but `<mark>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlights {
    /// The whole title; `None` when no word of it was asked for.
    pub title: Option<String>,
    /// A passage of the published description; `None` when no word of it was asked for.
    pub description: Option<String>,
}

/// The counts of one facet. They ignore the facet's own selection, so each is what a click on it alone would give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCounts {
    /// The facet.
    pub facet: Facet,
    /// Its values, the most frequent first, then by label. Selected values are always among them, found or not.
    pub values: Vec<FacetValue>,
    /// How many values were cut off.
    pub more: u64,
    /// How many resources state nothing; what a click on [`NOT_STATED`](crate::NOT_STATED) gives.
    pub not_stated: u64,
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// What a filter on it is written as: a concept id, a source, a publisher, a link state.
    pub id: String,
    /// What people read.
    pub label: String,
    /// How many resources have it, through a narrower value too.
    pub count: u64,
    /// For how many of them it is only inferred.
    pub inferred: u64,
    /// Whether it is filtered by.
    pub selected: bool,
}

/// What the search understood of the typed words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interpretation {
    /// What is left to be searched as text, phrases and exclusions with it.
    pub text: String,
    /// The concepts that the other words name, in the order of the words.
    pub filters: Vec<InterpretedFilter>,
}

/// Words that were understood as a concept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterpretedFilter {
    /// The facet.
    pub facet: Facet,
    /// The concept.
    pub id: String,
    /// Its label.
    pub label: String,
    /// The words, as typed.
    pub matched: String,
}

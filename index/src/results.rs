//! What is answered: plain data with public fields. The other end is in `request`.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemas::ResourceId;

use crate::cursor::Cursor;
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
    /// The counts of two facets together, when they were asked for.
    pub coverage: Option<Coverage>,
    /// Another spelling, when little was found and that finds more.
    pub suggestion: Option<Suggestion>,
    /// Looser searches, when little was found and they find more: the nearest to what was asked first.
    pub looser: Vec<Looser>,
    /// Where a walk goes on; `None` at its end, and for a page.
    pub next: Option<Cursor>,
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
    /// Whether an admin put it first for these words.
    pub pinned: bool,
    /// What its score is made of, when that was asked for; the parts add up to the score.
    pub explanation: Option<Vec<ScorePart>>,
}

/// One part of a score.
#[derive(Debug, Clone, PartialEq)]
pub struct ScorePart {
    /// What it is for, in a few words: `word "chemist" in title`, `concept subject=chemistry, stated`, `completeness`.
    pub what: String,
    /// How much it adds.
    pub score: f32,
}

/// The same search with other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// All that was typed, the doubtful words replaced.
    pub text: String,
    /// How many results it has, with the same filters.
    pub total: u64,
}

/// A search that asks for less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looser {
    /// What was loosened.
    pub change: Change,
    /// What is typed in it.
    pub text: String,
    /// The filters that it has; all else stays as it was asked.
    pub filters: BTreeMap<Facet, Vec<String>>,
    /// How many results it has.
    pub total: u64,
}

/// How a looser search differs from what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Without this value of a facet, filtered by or typed.
    Without {
        /// The facet.
        facet: Facet,
        /// The value.
        id: String,
        /// Its label.
        label: String,
    },
    /// With another value of the same facet: the broader one, the adjacent level, another nation.
    Instead {
        /// The facet.
        facet: Facet,
        /// The value that was asked for.
        id: String,
        /// The value in its place.
        instead: String,
        /// The label of that.
        label: String,
    },
    /// Without a word.
    WithoutWord {
        /// The word as typed.
        word: String,
    },
    /// The words as they are, none of them understood as a concept.
    Literal,
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

/// How many results have each two values of two facets.
///
/// Selections in the two facets themselves are ignored: each count is what a search gives that has these two values
/// selected in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The values of the first facet, the most frequent first, then by label; last, as [`NOT_STATED`](crate::NOT_STATED),
    /// what states none, where anything does.
    pub rows: Vec<CoverageValue>,
    /// The values of the second.
    pub columns: Vec<CoverageValue>,
    /// In the order of rows, then of columns; only those that count anything.
    pub cells: Vec<CoverageCell>,
}

/// One value of a facet in a coverage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageValue {
    /// What a filter on it is written as.
    pub id: Arc<str>,
    /// What people read.
    pub label: Arc<str>,
    /// How many results have it.
    pub count: u64,
}

/// How many results have two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoverageCell {
    /// The place of the first among the rows.
    pub row: usize,
    /// The place of the second among the columns.
    pub column: usize,
    /// How many.
    pub count: u64,
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// What a filter on it is written as: a concept id, a source, a publisher, a link state.
    pub id: Arc<str>,
    /// What people read.
    pub label: Arc<str>,
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
    /// Words that name several things, so that none was taken; they are searched as text.
    pub ambiguous: Vec<Ambiguous>,
    /// Words that occur nowhere, and what was searched in their place.
    pub corrected: Vec<Corrected>,
    /// So little was found as typed that what has other spellings, or only some of the words, follows.
    pub loosened: bool,
}

/// A word that names several things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguous {
    /// The words, as typed.
    pub matched: String,
    /// What they might mean, at most ten.
    pub meanings: Vec<Meaning>,
}

/// One thing that a word might mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// The facet.
    pub facet: Facet,
    /// The concept.
    pub id: String,
    /// Its label.
    pub label: String,
}

/// A word that occurs nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// As typed.
    pub typed: String,
    /// What was searched instead.
    pub to: String,
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
    /// Whether what has the concept is left out: "not engineering".
    pub negated: bool,
    /// Whether what states nothing in the facet is found as well, after what has the concept.
    pub soft: bool,
}

/// Completions of what is being typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Suggestions {
    /// Concepts, the likeliest first.
    pub concepts: Vec<SuggestedConcept>,
    /// Titles, the likeliest first.
    pub titles: Vec<SuggestedTitle>,
}

/// A concept that what is being typed may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestedConcept {
    /// The facet.
    pub facet: Facet,
    /// The concept.
    pub id: String,
    /// Its label.
    pub label: String,
    /// The label or other name that begins so; the label itself in most cases.
    pub matched: String,
    /// How many resources have it.
    pub count: u64,
}

/// A title that begins, or has words that begin, with what is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestedTitle {
    /// The resource.
    pub id: ResourceId,
    /// Its title.
    pub title: String,
}

/// A resource that is like another.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarHit {
    /// The published resource as JSON.
    pub json: String,
    /// Its id.
    pub id: ResourceId,
    /// How alike; comparable within one answer only.
    pub score: f32,
    /// What they share: `subject: Chemistry`, `title: crystal`.
    pub because: Vec<String>,
}

//! The shape of what a search answers, for the document of the API. `search_body` writes it; a test compares the two.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::ResourceResult;
use super::resources::Links;

/// The answer to a search. Later versions only add to it.
#[derive(Debug, ToSchema)]
pub struct SearchAnswer {
    /// How many resources were found.
    pub total: u64,
    /// This page, from 1; 1 in a walk by cursors.
    pub page: usize,
    /// Results on a page.
    pub per_page: usize,
    /// The resources of this page.
    #[schema(value_type = Vec<ResourceResult>)]
    pub results: Vec<serde_json::Value>,
    /// Counts by facet; every count is the number of results that a click on it gives.
    pub facets: HashMap<String, FacetAnswer>,
    /// What was understood of the typed words.
    pub interpretation: InterpretationAnswer,
    /// Another spelling, when it was run and finds more.
    pub suggestion: Option<SuggestionAnswer>,
    /// Looser searches that were run and find more, when little was found; the nearest to what was asked first.
    pub looser: Vec<LooserAnswer>,
    /// This page and its neighbours.
    pub links: Links,
    /// The index that answered.
    pub index: IndexAnswer,
}

/// One facet.
#[derive(Debug, ToSchema)]
pub struct FacetAnswer {
    /// Its values, the most frequent first.
    pub values: Vec<FacetValueAnswer>,
    /// How many further values there are.
    pub more: u64,
    /// How many results state no value; `_none` asks for them.
    pub not_stated: u64,
}

/// One value of a facet.
#[derive(Debug, ToSchema)]
pub struct FacetValueAnswer {
    /// The value as a parameter takes it.
    pub id: String,
    /// The value as people read it.
    pub label: String,
    /// How many results a click on it gives.
    pub count: u64,
    /// How many of them have it inferred rather than stated.
    pub inferred: u64,
    /// Whether it is selected.
    pub selected: bool,
}

/// What was understood of the typed words.
#[derive(Debug, ToSchema)]
pub struct InterpretationAnswer {
    /// What is left and searched as text.
    pub text: String,
    /// The concepts that were recognised.
    pub filters: Vec<InterpretedAnswer>,
    /// Words that name several things, so that none was taken; they are searched as text.
    pub ambiguous: Vec<AmbiguousAnswer>,
    /// Words that occur nowhere, and what was searched in their place.
    pub corrected: Vec<CorrectedAnswer>,
    /// So little was found as typed that what has other spellings, or only some of the words, follows.
    pub loosened: bool,
}

/// A recognised concept.
#[derive(Debug, ToSchema)]
pub struct InterpretedAnswer {
    /// Its facet.
    pub facet: String,
    /// The concept.
    pub id: String,
    /// Its label.
    pub label: String,
    /// The words that named it.
    pub matched: String,
    /// Whether what has the concept is left out: "not engineering".
    pub negated: bool,
    /// Whether what states nothing in the facet is found as well, after what has the concept.
    pub soft: bool,
    /// The same search without these words.
    pub without: String,
}

/// Words that name several things.
#[derive(Debug, ToSchema)]
pub struct AmbiguousAnswer {
    /// The words, as typed.
    pub matched: String,
    /// What they might mean.
    pub meanings: Vec<MeaningAnswer>,
}

/// One thing that words might mean.
#[derive(Debug, ToSchema)]
pub struct MeaningAnswer {
    /// The facet.
    pub facet: String,
    /// The concept.
    pub id: String,
    /// Its label.
    pub label: String,
}

/// A word that occurs nowhere.
#[derive(Debug, ToSchema)]
pub struct CorrectedAnswer {
    /// As typed.
    pub typed: String,
    /// What was searched instead.
    pub to: String,
}

/// The same search in another spelling.
#[derive(Debug, ToSchema)]
pub struct SuggestionAnswer {
    /// The words, the doubtful ones replaced.
    pub text: String,
    /// How many results it has.
    pub total: u64,
    /// Its address.
    pub link: String,
}

/// A search that asks for less.
#[derive(Debug, ToSchema)]
pub struct LooserAnswer {
    /// How it differs: `without` a value of a facet, with another value `instead`, `without-word`, or by the `literal`
    /// words.
    pub change: String,
    /// The facet that was loosened.
    pub facet: Option<String>,
    /// The value that was asked for.
    pub id: Option<String>,
    /// The value in its place.
    pub instead: Option<String>,
    /// The label of the value that is left out, or of the one in its place.
    pub label: Option<String>,
    /// The word that is left out.
    pub word: Option<String>,
    /// How many results it has.
    pub total: u64,
    /// What is typed in it.
    pub q: String,
    /// Its address.
    pub link: String,
}

/// The index that answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndexAnswer {
    /// Its generation; a rebuild makes the next.
    pub generation: u64,
    /// The change of the log up to which it has followed.
    pub seq: u64,
}

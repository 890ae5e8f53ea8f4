//! Where a search finds the words for its facets and their values.

use std::collections::BTreeMap;
use std::sync::Arc;

use index::{Facet, SearchResults};
use schemas::Vocabularies;

use crate::pages::facet_words::value_label;

/// Everything that a label may come from.
pub(super) struct Labels<'a> {
    pub(super) results: &'a SearchResults,
    pub(super) vocabularies: &'a Vocabularies,
    /// The names of the catalogues by id.
    pub(super) sources: Arc<BTreeMap<String, String>>,
}

impl Labels<'_> {
    /// The label of a value; the id itself when nothing knows it.
    pub(super) fn of(&self, facet: Facet, id: &str) -> String {
        value_label(self.vocabularies, &self.sources, facet, id)
    }
}

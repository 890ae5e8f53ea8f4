//! Nothing was found: say so, and offer ways on.

use schemas::{ControlledField, Vocabularies};

use super::looser::{LooserSearches, untried};
use super::summary::Summary;
use super::{PageLink, front};
use crate::web::query::SearchQuery;

/// What to do when nothing was found.
pub(super) struct NothingFound {
    /// The same search with one thing less, where none is known to find more.
    pub(super) untried: Vec<PageLink>,
    /// Subjects to start from.
    pub(super) subjects: Vec<PageLink>,
}

/// So many subjects to start from.
const SUBJECTS: usize = 8;

/// Ways on from a search that found nothing, besides looser ones that find more.
pub(super) fn nothing_found(
    query: &SearchQuery,
    words: &str,
    summary: &Summary,
    looser: Option<&LooserSearches>,
    vocabularies: &Vocabularies,
) -> NothingFound {
    let subjects = vocabularies.of(ControlledField::Subject);
    let shown_first = subjects.concepts.iter().filter(|subject| subject.facet == Some(true));
    NothingFound {
        untried: if looser.is_some() { Vec::new() } else { untried(query, words, summary) },
        subjects: shown_first
            .take(SUBJECTS)
            .map(|subject| front::search_link(ControlledField::Subject, &subject.id, &subject.label))
            .collect(),
    }
}

//! Nothing was found: say so, and offer ways on.

use schemas::{ControlledField, Vocabularies};

use super::summary::{Summary, looser};
use super::{PageLink, front};
use crate::web::query::SearchQuery;

/// What to do when nothing was found.
pub(super) struct NothingFound {
    /// The same search with one thing less.
    pub(super) looser: Vec<PageLink>,
    /// Subjects to start from.
    pub(super) subjects: Vec<PageLink>,
}

/// So many subjects to start from.
const SUBJECTS: usize = 8;

/// Ways on from a search that found nothing.
pub(super) fn nothing_found(
    query: &SearchQuery,
    words: &str,
    summary: &Summary,
    vocabularies: &Vocabularies,
) -> NothingFound {
    let subjects = vocabularies.of(ControlledField::Subject);
    let shown_first = subjects.concepts.iter().filter(|subject| subject.facet == Some(true));
    NothingFound {
        looser: looser(query, words, summary),
        subjects: shown_first
            .take(SUBJECTS)
            .map(|subject| front::search_link(ControlledField::Subject, &subject.id, &subject.label))
            .collect(),
    }
}

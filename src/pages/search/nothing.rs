//! Nothing was found: say so, and offer ways on.

use schemas::{ControlledField, Vocabularies};

use super::PageLink;
use super::looser::{LooserSearches, untried};
use super::summary::Summary;
use crate::pages::carried::Carried;
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
    summary: &Summary,
    looser: Option<&LooserSearches>,
    carried: &Carried,
    vocabularies: &Vocabularies,
) -> NothingFound {
    let subjects = vocabularies.of(ControlledField::Subject);
    let shown_first = subjects.concepts.iter().filter(|subject| subject.facet == Some(true));
    // Concept ids need no escaping in an address.
    let link = |id: &str, label: &str| PageLink {
        href: carried.address(&format!("/?{}={id}", ControlledField::Subject.name())),
        label: label.to_owned(),
    };
    NothingFound {
        untried: if looser.is_some() { Vec::new() } else { untried(query, summary) },
        subjects: shown_first.take(SUBJECTS).map(|subject| link(&subject.id, &subject.label)).collect(),
    }
}

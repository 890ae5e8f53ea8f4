//! What a list shows today: what is live, in the order of the list, and what is to be said of the rest.

use schemas::{Resource, ResourceId};

use crate::pages::carried::Carried;
use crate::pages::standing::{Standing, Standings};
use crate::pages::wording::say;

/// The resources of a list, and what is to be said of those that it lacks.
pub(super) struct FoundList {
    pub(super) resources: Vec<Resource>,
    pub(super) notes: Vec<Note>,
}

/// Something to know about a list.
pub(super) struct Note {
    pub(super) text: String,
    /// Where more is said of it.
    pub(super) href: Option<String>,
}

impl Note {
    /// A note that says it all.
    pub(super) fn plain(text: String) -> Self {
        Self { text, href: None }
    }
}

impl FoundList {
    /// Lays out what has become of these ids. What was merged stands as what it was merged into, once.
    pub(super) fn new(ids: &[ResourceId], standings: &Standings, carried: &Carried) -> Self {
        let mut found = Self { resources: Vec::new(), notes: Vec::new() };
        for id in ids {
            match standings.standing(id) {
                Standing::Merged(into) => {
                    found.notes.push(Note::plain(say("list.merged", &[("id", id)])));
                    if !ids.contains(into) {
                        found.put(into, &standings.standing(into), carried);
                    }
                }
                standing @ (Standing::Live(_) | Standing::Withdrawn { .. } | Standing::Unknown) => {
                    found.put(id, &standing, carried);
                }
            }
        }
        found
    }

    /// Two that were merged into the same one are one.
    fn put(&mut self, id: &ResourceId, standing: &Standing<'_>, carried: &Carried) {
        if let Standing::Live(resource) = *standing
            && !self.resources.iter().any(|held| held.id == *id)
        {
            self.resources.push(resource.clone());
        }
        let Some(text) = standing.said(id) else {
            return;
        };
        let note = match standing {
            Standing::Withdrawn { .. } => Note { text, href: Some(carried.address(&format!("/resources/{id}"))) },
            Standing::Live(_) | Standing::Merged(_) | Standing::Unknown => Note::plain(text),
        };
        self.notes.push(note);
    }
}

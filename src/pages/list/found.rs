//! What stands behind the ids of a list today: what is live, in the order of the list, and what has become of the rest.

use std::collections::HashMap;

use schemas::{Resource, ResourceId};

use crate::app::App;
use crate::catalogue::{CatalogueError, ResourceState};
use crate::pages::carried::Carried;
use crate::pages::wording::{day, say};

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
    /// Looks them up. What was merged stands as what it was merged into, once.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn find(ids: &[ResourceId], carried: &Carried, app: &App) -> Result<Self, CatalogueError> {
        let entries = app.catalogue.entries(ids).await?.into_iter();
        let mut live: HashMap<ResourceId, Resource> =
            entries.map(|entry| (entry.resource.id.clone(), entry.resource)).collect();
        let mut found = Self { resources: Vec::new(), notes: Vec::new() };
        for id in ids {
            if let Some(resource) = live.remove(id) {
                found.put(resource);
                continue;
            }
            match app.catalogue.resource(id).await? {
                Some(ResourceState::Live(entry)) => found.put(entry.resource),
                Some(ResourceState::Withdrawn { reason, at }) => found.notes.push(withdrawn(id, &reason, &at, carried)),
                Some(ResourceState::Merged { into }) => {
                    found.notes.push(Note::plain(say("list.merged", &[("id", id)])));
                    if !ids.contains(&into) {
                        found.put_merged(&into, carried, app).await?;
                    }
                }
                None => found.notes.push(Note::plain(say("list.unknown", &[("id", id)]))),
            }
        }
        Ok(found)
    }

    /// Puts in what another was merged into, if that is still there: it was looked up to the end of all merges.
    async fn put_merged(&mut self, into: &ResourceId, carried: &Carried, app: &App) -> Result<(), CatalogueError> {
        match app.catalogue.resource(into).await? {
            Some(ResourceState::Live(entry)) => self.put(entry.resource),
            Some(ResourceState::Withdrawn { reason, at }) => self.notes.push(withdrawn(into, &reason, &at, carried)),
            Some(ResourceState::Merged { .. }) | None => {}
        }
        Ok(())
    }

    /// Two that were merged into the same one are one.
    fn put(&mut self, resource: Resource) {
        if !self.resources.iter().any(|held| held.id == resource.id) {
            self.resources.push(resource);
        }
    }
}

fn withdrawn(id: &ResourceId, reason: &str, at: &str, carried: &Carried) -> Note {
    let day = day(at);
    let text = if reason.is_empty() {
        say("list.withdrawn-without-reason", &[("day", &day)])
    } else {
        say("list.withdrawn", &[("day", &day), ("reason", &reason)])
    };
    Note { text, href: Some(carried.address(&format!("/resources/{id}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_withdrawn_says_when_and_why_as_far_as_that_is_known() {
        let (id, carried) = (ResourceId::founded_on("a"), Carried::default());
        let told = withdrawn(&id, "it has closed", "2026-11-20T04:00:00Z", &carried);
        assert!(told.text.contains("20 November 2026") && told.text.contains("it has closed"), "{}", told.text);
        assert_eq!(told.href, Some(format!("/resources/{id}")));
        let told = withdrawn(&id, "", "2026-11-20T04:00:00Z", &carried);
        assert!(told.text.contains("20 November 2026") && !told.text.contains('{'), "{}", told.text);
    }
}

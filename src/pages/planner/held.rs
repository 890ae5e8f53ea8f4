//! The resources of a plan as they stand now. A merged one is replaced by what it was merged into; one that is no more
//! keeps its place, so that whoever planned with it sees what to replace.

use std::collections::{BTreeSet, HashMap};

use schemas::{Resource, ResourceId};

use crate::app::App;
use crate::catalogue::ResourceState;
use crate::error::AppError;
use crate::pages::wording::{self, counted, say, word};
use crate::plans::{Aim, Basis, Entry, Plan, What};

/// What is known of the resources of a plan.
#[derive(Default)]
pub(super) struct Held {
    live: HashMap<ResourceId, Resource>,
    /// Why the others are not shown, in a sentence.
    gone: HashMap<ResourceId, String>,
}

impl Held {
    /// Reads the resources of a plan, and puts in the place of merged ones what they were merged into.
    pub(super) async fn read(app: &App, plan: &mut Plan, notes: &mut Vec<String>) -> Result<Self, AppError> {
        let mut held = Self::default();
        let ids: BTreeSet<ResourceId> = plan.resources().chain(&plan.waiting).cloned().collect();
        let ids: Vec<ResourceId> = ids.into_iter().collect();
        held.add(app, &ids).await?;
        let mut merged: Vec<(ResourceId, ResourceId)> = Vec::new();
        for id in ids.iter().filter(|id| !held.live.contains_key(*id)) {
            match app.catalogue.resource(id).await? {
                Some(ResourceState::Merged { into }) => merged.push((id.clone(), into)),
                Some(ResourceState::Withdrawn { reason, at }) => {
                    held.gone.insert(id.clone(), withdrawn(&reason, &at));
                }
                // What was withdrawn between the two questions is told the next time.
                Some(ResourceState::Live(_)) | None => {
                    held.gone.insert(id.clone(), word("planner.unknown").to_owned());
                }
            }
        }
        if !merged.is_empty() {
            let targets: Vec<ResourceId> = merged.iter().map(|(_, into)| into.clone()).collect();
            held.add(app, &targets).await?;
            for (id, into) in &merged {
                plan.replace(id, into);
            }
            notes.push(counted("planner.merged", super::asked::count(merged.len())));
        }
        if !held.gone.is_empty() {
            notes.push(counted("planner.gone", super::asked::count(held.gone.len())));
        }
        Ok(held)
    }

    /// The resource, where it is live.
    pub(super) fn live(&self, id: &ResourceId) -> Option<&Resource> {
        self.live.get(id)
    }

    /// Why a resource is not shown.
    pub(super) fn gone(&self, id: &ResourceId) -> &str {
        self.gone.get(id).map_or_else(|| word("planner.unknown"), String::as_str)
    }

    /// What an entry helps with.
    pub(super) fn aims_of(&self, entry: &Entry) -> Vec<(Aim, Basis)> {
        match &entry.what {
            What::Resource(id) => self.live(id).map(Aim::of_resource).unwrap_or_default(),
            What::Own { aims, .. } => aims.iter().map(|aim| (*aim, Basis::Said)).collect(),
        }
    }

    /// What an entry is called.
    pub(super) fn title_of<'a>(&'a self, entry: &'a Entry) -> &'a str {
        match &entry.what {
            What::Resource(id) => self.live(id).map_or(id.as_str(), |resource| resource.title.as_str()),
            What::Own { text, .. } => text,
        }
    }

    async fn add(&mut self, app: &App, ids: &[ResourceId]) -> Result<(), AppError> {
        let entries = app.catalogue.entries(ids).await?;
        self.live.extend(entries.into_iter().map(|entry| (entry.resource.id.clone(), entry.resource)));
        Ok(())
    }
}

fn withdrawn(reason: &str, at: &str) -> String {
    let day = wording::day(at);
    if reason.is_empty() {
        return say("planner.withdrawn", &[("day", &day)]);
    }
    say("planner.withdrawn-because", &[("day", &day), ("reason", &reason)])
}

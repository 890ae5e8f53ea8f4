//! The resources of a plan as they stand now. A merged one is replaced by what it was merged into; one that is no more
//! keeps its place, so that whoever planned with it sees what to replace.

use std::collections::BTreeSet;

use schemas::{Resource, ResourceId};

use super::asked::count;
use crate::app::App;
use crate::error::AppError;
use crate::pages::standing::{Standing, Standings};
use crate::pages::wording::{counted, word};
use crate::plans::{Aim, Basis, Plan, Step, What};

/// What is known of the resources of a plan.
pub(super) struct Held(Standings);

impl Held {
    /// Reads the resources of a plan, and puts in the place of merged ones what they were merged into.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn read(app: &App, plan: &mut Plan, notes: &mut Vec<String>) -> Result<Self, AppError> {
        let ids: BTreeSet<ResourceId> = plan.resources().chain(&plan.waiting).cloned().collect();
        let ids: Vec<ResourceId> = ids.into_iter().collect();
        let standings = Standings::of(&ids, app).await?;
        let (mut merged, mut gone) = (0, 0);
        for id in &ids {
            match standings.standing(id) {
                Standing::Live(_) => {}
                Standing::Merged(into) => {
                    plan.replace(id, into);
                    merged += 1;
                    gone += usize::from(standings.live(into).is_none());
                }
                Standing::Withdrawn { .. } | Standing::Unknown => gone += 1,
            }
        }
        if merged > 0 {
            notes.push(counted("planner.merged", count(merged)));
        }
        if gone > 0 {
            notes.push(counted("planner.gone", count(gone)));
        }
        Ok(Self(standings))
    }

    /// The resource, where it is live.
    pub(super) fn live(&self, id: &ResourceId) -> Option<&Resource> {
        self.0.live(id)
    }

    /// Why a resource is not shown; `None` of one that is.
    pub(super) fn gone(&self, id: &ResourceId) -> Option<String> {
        self.0.standing(id).said(id)
    }

    /// What a step helps with.
    pub(super) fn aims_of(&self, step: &Step) -> Vec<(Aim, Basis)> {
        match &step.what {
            What::Resource(id) => self.live(id).map(Aim::of_resource).unwrap_or_default(),
            What::Own { aims, .. } => aims.iter().map(|aim| (*aim, Basis::Said)).collect(),
        }
    }

    /// What a step is called. Of a resource that is no more that is said, for nobody knows it by its id.
    pub(super) fn title_of<'a>(&'a self, step: &'a Step) -> &'a str {
        match &step.what {
            What::Resource(id) => self.live(id).map_or(word("planner.gone-title"), |resource| resource.title.as_str()),
            What::Own { text, .. } => text,
        }
    }
}

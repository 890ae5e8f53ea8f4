//! What the gate asks: resources from all over the store, what is pinned, and searches whose good answers are known.
//!
//! Everything is read from the store before anything is asked. What has changed there since the new generation caught up
//! is left out, for the generation cannot know it yet.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Context;
use index::{Rebuild, SearchRequest, fingerprint};
use schemas::ResourceId;

use super::judged::read_judged;
use super::{Counts, request};
use crate::app::App;
use crate::catalogue::{PinAction, ResourceState};
use crate::jobs::follow::changed_since;

/// So many resources are searched for as known items where nobody has judged anything: a fall of one place in fifty of
/// them is seen.
const KNOWN_ITEMS: u64 = 100;
/// Every second of them is a canary.
const CANARY_STEP: usize = 2;
/// What stands on the first page was found.
const FIRST_PAGE: usize = 20;
/// More pins than these are not asked about: each is a search, and a rebuild of a small catalogue should take seconds.
const MOST_PINS_ASKED: usize = 500;

/// What is asked.
pub(super) struct Questions {
    /// Resources that have to be found.
    pub(super) canaries: Vec<Canary>,
    /// Resources, and the searches that they are pinned for.
    pub(super) pinned: Vec<(ResourceId, SearchRequest)>,
    /// Searches and their good answers.
    pub(super) judged: Vec<(SearchRequest, Vec<ResourceId>)>,
    /// Whether the live generation is one to compare with.
    pub(super) has_before: bool,
}

/// A resource that has to be found.
pub(super) struct Canary {
    pub(super) id: ResourceId,
    /// The words of its title; `None` when it has none.
    pub(super) title: Option<String>,
    /// What has to be held of it.
    pub(super) fingerprint: String,
}

impl Questions {
    pub(super) async fn gather(app: &App, rebuild: &Rebuild, counts: Counts) -> anyhow::Result<Self> {
        let ids = app.catalogue.spread_of_live(KNOWN_ITEMS).await?;
        let entries = app.catalogue.entries(&ids).await?;
        // Read last: what came into the entries since is among it.
        let changed = changed_since(app, rebuild.position()).await?;
        let known: Vec<Canary> = entries
            .iter()
            .filter(|entry| !changed.contains(&entry.resource.id))
            .map(|entry| Canary {
                id: entry.resource.id.clone(),
                title: Some(index::normalised_query(&entry.resource.title)).filter(|title| !title.is_empty()),
                fingerprint: fingerprint(entry),
            })
            .collect();
        let has_before = has_before(app, rebuild, counts);
        // What is compared with the live generation is asked only where that is one to compare with.
        let (pinned, judged) = match &app.config.index.judged_queries {
            _ if !has_before => (Vec::new(), Vec::new()),
            Some(file) => (pinned(app, &changed).await?, judged_in_file(app, file).await?),
            None => (pinned(app, &changed).await?, known_items(&known)),
        };
        let canaries = known.into_iter().step_by(CANARY_STEP).collect();
        Ok(Self { canaries, pinned, judged, has_before })
    }
}

/// The search for a resource by the words of its title, taken as they are.
pub(super) fn by_title(title: &str) -> SearchRequest {
    SearchRequest { interpret: false, ..request(title, FIRST_PAGE) }
}

/// Whether the live generation says anything about a new one: it holds something, is sound, follows this store, and has
/// not lost most of it.
fn has_before(app: &App, rebuild: &Rebuild, counts: Counts) -> bool {
    let index = &app.index;
    let follows = index.position() > 0 && index.position() <= rebuild.position().saturating_add(counts.behind);
    follows && !index.is_damaged() && index.resource_count().saturating_mul(2) >= counts.store
}

fn known_items(known: &[Canary]) -> Vec<(SearchRequest, Vec<ResourceId>)> {
    let titled = known.iter().filter_map(|canary| Some((canary.title.as_deref()?, &canary.id)));
    titled.map(|(title, id)| (by_title(title), vec![id.clone()])).collect()
}

/// The searches of the file, each with its good answers as they are called now: one that was merged is the one that it was
/// merged into, and one that was withdrawn is none.
async fn judged_in_file(app: &App, file: &Path) -> anyhow::Result<Vec<(SearchRequest, Vec<ResourceId>)>> {
    let text = tokio::fs::read_to_string(file).await.with_context(|| format!("reading {}", file.display()))?;
    let queries = read_judged(&text).with_context(|| format!("the judged queries in {}", file.display()))?;
    let ids: HashSet<ResourceId> = queries.iter().flat_map(|query| query.wanted.iter().cloned()).collect();
    let states = app.catalogue.states(&ids.into_iter().collect::<Vec<_>>()).await?;
    let now_called = |id: &ResourceId| match states.get(id)? {
        ResourceState::Live(_) => Some(id.clone()),
        ResourceState::Merged { into } => Some(into.clone()),
        ResourceState::Withdrawn { .. } => None,
    };
    let judged = queries.into_iter().map(|query| {
        let wanted: Vec<ResourceId> = query.wanted.iter().filter_map(&now_called).collect();
        (request(&query.query, FIRST_PAGE), wanted)
    });
    Ok(judged.filter(|(_, wanted)| !wanted.is_empty()).collect())
}

/// What is pinned and live, each with the search as a teacher would make it.
async fn pinned(app: &App, changed: &HashSet<ResourceId>) -> anyhow::Result<Vec<(ResourceId, SearchRequest)>> {
    let now = app.clock.local();
    let (rows, _) = app.catalogue.active_pins(now.date()).await?;
    let standing = rows
        .into_iter()
        .filter(|row| row.action == PinAction::Pin && row.is_live && !changed.contains(&row.stands_for));
    let asked = standing.take(MOST_PINS_ASKED).filter_map(|row| {
        let pinning = app.pins.pinning(&row.query, now);
        // Whoever pins or takes away a pin this moment is not waited for.
        let stands = pinning.pinned.contains(&row.stands_for);
        let limit = pinning.pinned.len();
        stands.then(|| (row.stands_for, SearchRequest { pinning, ..request(&row.query, limit) }))
    });
    Ok(asked.collect())
}

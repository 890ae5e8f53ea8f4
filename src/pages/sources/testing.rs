//! A catalogue for the tests of this folder.

use schemas::SourceId;

use crate::catalogue::{HarvestCounts, HarvestManner, HarvestRow, HarvestState, SourceOrigin, SourceRow};
use crate::health::{PublicRun, SourceHealth};

/// A catalogue whose last run stands so; one that was never harvested without.
pub(super) fn source(state: Option<HarvestState>) -> SourceHealth {
    let id = SourceId::parse("example-society").expect("an id");
    SourceHealth { last_run: state.map(|state| PublicRun::of(run(id.clone(), state))), source: row(id) }
}

fn run(source: SourceId, state: HarvestState) -> HarvestRow {
    let counts =
        HarvestCounts { read: 1_204, created: 3, changed: 0, unchanged: 1_200, deleted: 0, rejected: 1, duplicate: 0 };
    HarvestRow {
        id: "1".to_owned(),
        source,
        state,
        reason: None,
        started: "2026-11-21T09:00:00Z".to_owned(),
        finished: None,
        counts,
        problems: 0,
        manner: HarvestManner::Harvest,
        resumes_since: None,
    }
}

fn row(id: SourceId) -> SourceRow {
    SourceRow {
        id,
        name: "Example <b>".to_owned(),
        organisation: "Example Society".to_owned(),
        homepage: "https://example.org/".to_owned(),
        licence: None,
        nation: "uk".to_owned(),
        kind: "json".to_owned(),
        schedule: "daily".to_owned(),
        schedule_by_admin: None,
        enabled: true,
        shipped: false,
        present: true,
        origin: SourceOrigin::File,
        allows_republishing: true,
        toml: String::new(),
        file: String::new(),
        fingerprint: String::new(),
        harvested_with: None,
        last_ok_at: None,
        memory: None,
        resources: 7,
    }
}

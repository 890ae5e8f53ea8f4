//! A catalogue for the tests of this folder.

use crate::api::sources::{CountsAnswer, HarvestAnswer, SourceAnswer};

/// A catalogue whose last harvest ended so; one that was never harvested without.
pub(super) fn source(state: Option<&str>) -> SourceAnswer {
    let counts =
        CountsAnswer { read: 1_204, created: 3, changed: 0, unchanged: 1_200, deleted: 0, rejected: 1, duplicate: 0 };
    SourceAnswer {
        id: "example-society".to_owned(),
        name: "Example <b>".to_owned(),
        organisation: "Example Society".to_owned(),
        homepage: Some("https://example.org/".to_owned()),
        licence: None,
        nation: "uk".to_owned(),
        kind: "json".to_owned(),
        schedule: "daily".to_owned(),
        enabled: true,
        present: true,
        resources: 7,
        last_harvest: state.map(|state| HarvestAnswer {
            id: "1".to_owned(),
            manner: "harvest".to_owned(),
            state: state.to_owned(),
            reason: None,
            started: "2026-11-21T09:00:00Z".to_owned(),
            finished: None,
            counts,
            problems: 0,
        }),
    }
}

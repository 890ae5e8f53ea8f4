//! A run that meets its deadline: it says so, what it kept is kept, and the next goes on where it stood.

use signpost::catalogue::HarvestState;
use signpost::jobs::{harvest, silent};

use super::items;
use crate::harness::{Site, TestApp, source_toml};

/// Puts a page of an API, which has so many records on each of its pages and nothing after the last.
fn put_page(site: &Site, number: u32, records: u32, last: u32) {
    let first = number * records;
    let end = if number > last { first } else { first + records };
    let body = format!("{{\"items\": {}}}", items(first, end));
    site.put(&format!("/api?page={number}"), 200, "application/json", body);
}

async fn app_over(site: &Site) -> TestApp {
    let place = format!("url = \"{}/api\"\nitems = \"/items\"\npage_parameter = \"page\"", site.origin);
    TestApp::with_sources(&[("site.toml", source_toml("site", &place))], &[]).await
}

/// Ends when the path is asked for.
async fn asked(site: &Site, path: &str) {
    while !site.asked().iter().any(|line| line.starts_with(path)) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_run_that_meets_its_deadline_says_so_and_is_gone_on_with() {
    // Records are handed over by the five hundred, so that of few nothing has arrived in the store.
    for (records, state, arrived) in [(600, HarvestState::Partial, 1_000), (10, HarvestState::Failed, 0)] {
        let site = Site::start().await;
        (1..=4).for_each(|number| put_page(&site, number, records, 3));
        site.hang("/api?page=3");
        let app = app_over(&site).await;
        let booked = harvest::find_source(&app.app, "site").unwrap();

        let deadline = asked(&site, "/api?page=3");
        let row = harvest::harvest_source_until(&app.app, &booked, silent(), deadline).await.unwrap();

        assert_eq!((row.state, row.counts.read, row.counts.created), (state, arrived, arrived), "{row:?}");
        assert!(row.reason.as_deref().is_some_and(|reason| reason.starts_with("deadline: ")), "{row:?}");
        assert!(row.resumes_since.is_some(), "{row:?}");

        put_page(&site, 3, records, 3);
        let row = app.harvest("site").await;
        let all = u64::from(3 * records);
        let counts = &row.counts;
        assert_eq!((row.state, row.resumes_since), (HarvestState::Ok, None), "{counts:?}");
        assert_eq!((counts.read, counts.created, counts.unchanged), (all, all - arrived, arrived), "{counts:?}");
        assert_eq!(site.asked(), ["/api?page=3 200", "/api?page=4 200"], "what was kept is not asked for again");
        assert_eq!(app.json("/v1/resources?facets=none").await["total"], all);
    }
}

#[tokio::test]
async fn the_deadline_is_the_one_that_the_source_has() {
    let site = Site::start().await;
    site.hang("/api?page=1");
    let app = app_over(&site).await;
    let mut booked = (*harvest::find_source(&app.app, "site").unwrap()).clone();
    // No file may say so, but a run need not wait for it.
    booked.source.limits.deadline_minutes = 0;

    let row = harvest::harvest_source(&app.app, &booked, silent()).await.unwrap();

    assert_eq!(row.state, HarvestState::Failed);
    assert_eq!(row.reason.as_deref(), Some("deadline: not done after 0 minutes"));
}

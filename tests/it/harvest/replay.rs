//! What was kept is read again: with a better mapping, or by the run after one that broke off.

use signpost::catalogue::{HarvestManner, HarvestState};
use signpost::jobs::{follow, harvest, replay, silent};

use super::{app_over, items};
use crate::harness::{Site, TestApp, source_toml};

fn page(site: &Site, number: u32, last: u32) {
    let items: Vec<serde_json::Value> = (0..10)
        .map(|n| {
            let id = number * 10 + n;
            serde_json::json!({ "id": id, "title": format!("Resource {id}"), "name": format!("Named {id}"),
                "url": format!("https://example.org/{id}") })
        })
        .collect();
    let items = if number > last { Vec::new() } else { items };
    let body = serde_json::json!({ "items": items }).to_string();
    site.put(&format!("/api?page={number}"), 200, "application/json", body);
}

fn paged(site: &Site) -> String {
    source_toml("site", &format!("url = \"{}/api\"\nitems = \"/items\"\npage_parameter = \"page\"", site.origin))
}

#[tokio::test]
async fn a_better_mapping_is_applied_to_what_was_kept_without_asking_the_source() {
    let site = Site::start().await;
    (1..=3).for_each(|number| page(&site, number, 2));
    let app = TestApp::with_sources(&[("site.toml", paged(&site))], &[]).await;
    app.harvest("site").await;
    site.asked();
    let booked = harvest::find_source(&app.app, "site").expect("a source");
    let toml = paged(&site).replace("title = \"/title\"", "title = \"/name\"");
    let better = signpost::source_book::BookedSource {
        source: schemas::Source::parse("site.toml", &toml).expect("it is right"),
        toml,
        ..(*booked).clone()
    };
    let row = replay::replay_source(&app.app, &better, silent()).await.expect("the store can be written");
    follow::follow_to_head(&app.app).await.expect("the index can be written");
    assert_eq!((row.state, row.manner, row.counts.changed), (HarvestState::Ok, HarvestManner::Replay, 20));
    assert!(row.counts.adds_up());
    assert_eq!(site.asked(), Vec::<String>::new());
    let found = app.json("/v1/resources?q=named&facets=none").await;
    assert_eq!(found["total"], 20, "{found}");
    // Replaying twice changes nothing.
    let again = replay::replay_source(&app.app, &better, silent()).await.expect("the store can be written");
    assert_eq!((again.counts.changed, again.counts.unchanged), (0, 20));
}

#[tokio::test]
async fn what_has_gone_does_not_come_back_because_it_is_read_again() {
    let site = Site::start().await;
    let app = app_over(&site).await;
    site.put("/items.json", 200, "application/json", items(0, 50));
    app.harvest("site").await;
    // Those that stay say what they said, so it is still the first list that they were read from.
    site.put("/items.json", 200, "application/json", items(5, 50));
    for _ in 0..3 {
        app.pass_days(4);
        app.harvest("site").await;
    }
    // One more is missing, and waits.
    site.put("/items.json", 200, "application/json", items(6, 50));
    app.harvest("site").await;
    let id = "site".parse().expect("an id");
    let booked = harvest::find_source(&app.app, "site").expect("a source");
    let row = replay::replay_source(&app.app, &booked, silent()).await.expect("the store can be written");
    follow::follow_to_head(&app.app).await.expect("the index can be written");
    assert_eq!((row.state, row.counts.changed, row.counts.unchanged), (HarvestState::Ok, 0, 50));
    assert_eq!(app.json("/v1/resources?facets=none").await["total"], 45);
    assert_eq!(app.app.catalogue.missing_record_count(&id).await.expect("a count"), 1);
}

#[tokio::test]
async fn a_run_that_broke_off_is_gone_on_with_where_it_stood() {
    let site = Site::start().await;
    (1..=4).for_each(|number| page(&site, number, 3));
    site.hang("/api?page=3");
    let app = TestApp::with_sources(&[("site.toml", paged(&site))], &[]).await;
    let running = tokio::spawn({
        let app = app.app.clone();
        async move {
            let booked = harvest::find_source(&app, "site").expect("a source");
            harvest::harvest_source(&app, &booked, silent()).await
        }
    });
    while !site.asked().iter().any(|line| line.starts_with("/api?page=3")) {
        tokio::task::yield_now().await;
    }
    // The process dies, and starts again.
    running.abort();
    assert!(running.await.is_err());
    let (node, now) = (&app.app.node_id, app.app.clock.now());
    app.app.catalogue.interrupt_unfinished_harvests(node, now).await.expect("the store can be written");

    page(&site, 3, 3);
    let row = app.harvest("site").await;
    assert_eq!((row.state, row.counts.read), (HarvestState::Ok, 30));
    assert!(row.counts.adds_up());
    assert_eq!(site.asked(), ["/api?page=3 200", "/api?page=4 200"], "what was kept is not asked for again");
    assert_eq!(app.json("/v1/resources?facets=none").await["total"], 30);
    // The run after it asks for everything.
    assert_eq!(app.harvest("site").await.state, HarvestState::Ok);
    assert_eq!(site.asked().len(), 4);
}

#[tokio::test]
async fn two_runs_over_one_source_do_not_get_into_each_others_way() {
    let site = Site::start().await;
    page(&site, 1, 0);
    let app = TestApp::with_sources(&[("site.toml", paged(&site))], &[]).await;
    let id = "site".parse().expect("an id");
    let now = app.app.clock.now();
    app.app.catalogue.start_harvest(&id, HarvestManner::Harvest, None, now).await.expect("a run");
    let booked = harvest::find_source(&app.app, "site").expect("a source");
    let refused = harvest::harvest_source(&app.app, &booked, silent()).await.expect_err("one is running");
    assert!(refused.to_string().starts_with("a harvest of `site` is running already, since "), "{refused}");
    // One that died does not stand in the way for ever.
    app.pass_days(1);
    assert!(harvest::harvest_source(&app.app, &booked, silent()).await.is_ok());
}

//! Many catalogues that never answer, beside some that do.

use std::time::Duration;

use serde_json::Value;
use signpost::catalogue::Role;
use tokio::time::Instant;

use crate::harness::{Site, TestApp, source_toml};

const SILENT: usize = 50;
const HEALTHY: usize = 10;
/// By then each of the healthy ones is done, on a machine that is busy too; those that are silent are waited for longer.
const PATIENCE: Duration = Duration::from_secs(45);
/// Between two looks, so that looking takes nothing from what is looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks for the harvest of a source, and gives the address of its job.
async fn begin(app: &TestApp, bearer: &str, source: usize) -> String {
    let path = format!("/admin/v1/sources/s{source}/harvests");
    let begun = app.send("POST", &path, &[("authorization", bearer)]).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    begun.header("location").to_owned()
}

async fn state_of(app: &TestApp, bearer: &str, job: &str) -> Value {
    app.get_with(job, &[("authorization", bearer)]).await.json()["state"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_sources_that_never_answer_keep_none_of_ten_others_waiting() {
    let (mut sites, mut sources) = (Vec::new(), Vec::new());
    for number in 0..SILENT + HEALTHY {
        let site = Site::start().await;
        if number < SILENT {
            site.hang("/items.json");
        } else {
            let item =
                format!("[{{\"id\": 1, \"title\": \"Soap {number}\", \"url\": \"https://example.org/{number}\"}}]");
            site.put("/items.json", 200, "application/json", item);
        }
        let toml = source_toml(&format!("s{number}"), &format!("url = \"{}/items.json\"", site.origin));
        sources.push((format!("s{number}.toml"), toml));
        sites.push(site);
    }
    let named: Vec<(&str, String)> = sources.iter().map(|(name, toml)| (name.as_str(), toml.clone())).collect();
    let app = TestApp::with_sources(&named, &[]).await;
    let bearer = format!("Bearer {}", app.token(Role::Admin).await);
    let mut silent = Vec::new();
    for number in 0..SILENT {
        silent.push(begin(&app, &bearer, number).await);
    }
    let deadline = Instant::now() + PATIENCE;
    for (number, site) in sites.iter().take(SILENT).enumerate() {
        while site.asked().is_empty() {
            assert!(Instant::now() < deadline, "source {number} is not asked");
            tokio::time::sleep(PAUSE).await;
        }
    }
    let deadline = Instant::now() + PATIENCE;
    let mut healthy = Vec::new();
    for number in SILENT..SILENT + HEALTHY {
        healthy.push(begin(&app, &bearer, number).await);
    }
    for job in &healthy {
        loop {
            let state = state_of(&app, &bearer, job).await;
            if state == "succeeded" {
                break;
            }
            assert!(state == "queued" || state == "running", "{job}: {state}");
            assert!(Instant::now() < deadline, "{job} is {state} while others are waited for");
            tokio::time::sleep(PAUSE).await;
        }
    }
    for job in &silent {
        assert_eq!(state_of(&app, &bearer, job).await, "running", "it is waited for still");
    }
}

//! Reading what was just written: `Index-Seq` and `min_seq`.

use std::time::Instant;

use serde_json::json;
use signpost::catalogue::Role;
use signpost::jobs::harvest::{find_source, harvest_source};
use signpost::jobs::silent;

use crate::harness::{TestApp, source_toml};

const ONE: &str = r#"[{"id": 1, "title": "One quasar", "url": "https://example.org/1"}]"#;
const TWO: &str = r#"[{"id": 1, "title": "One quasar", "url": "https://example.org/1"},
                      {"id": 2, "title": "Another pulsar altogether", "url": "https://example.org/2"}]"#;

async fn with_one() -> TestApp {
    let toml = source_toml("few", "file = \"few.json\"");
    TestApp::with_sources(&[("few.toml", toml)], &[("few.json", ONE)]).await
}

/// Brings a second resource into the store and says which change that was. The index is left to follow by itself.
async fn write_another(app: &TestApp) -> u64 {
    std::fs::write(app.source_dir().join("few.json"), TWO).expect("a data file");
    let source = find_source(&app.app, "few").expect("the source");
    harvest_source(&app.app, &source, silent()).await.expect("the store can be written");
    app.app.catalogue.head_seq().await.expect("the store can be read")
}

#[tokio::test]
async fn whoever_asks_for_what_was_written_is_answered_with_it() {
    let app = with_one().await;
    let seq = write_another(&app).await;
    let found = app.get(&format!("/v1/resources?min_seq={seq}&facets=none")).await;
    assert_eq!(found.status, 200, "{}", found.body);
    assert_eq!(found.json()["total"], 2);
    assert!(found.header("index-seq").parse::<u64>().is_ok_and(|told| told >= seq), "{:?}", found.headers);
    let this = found.json()["links"]["self"].to_string();
    assert!(!this.contains("min_seq"), "a link goes on working when the log has moved on: {this}");
    let id = app.id_of("Another pulsar altogether").await;
    for path in [
        format!("/v1/resources/{id}"),
        format!("/v1/resources/{id}/similar"),
        "/v1/suggest?q=puls".to_owned(),
        "/v1/coverage?rows=subject&columns=level".to_owned(),
        "/v1/export.ndjson".to_owned(),
        "/v1/export.csv".to_owned(),
        "/v1/export.manifest.json".to_owned(),
    ] {
        let mark = if path.contains('?') { '&' } else { '?' };
        let answer = app.get(&format!("{path}{mark}min_seq={seq}")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert!(answer.header("index-seq").parse::<u64>().is_ok_and(|told| told >= seq), "{path}");
    }
}

#[tokio::test]
async fn what_an_admin_writes_is_told_with_the_change_it_came_to() {
    let app = with_one().await;
    let id = app.id_of("One quasar").await;
    let body =
        json!({ "decision": { "kind": "hide", "reason": "a slip" }, "why": "a teacher wrote to us" }).to_string();
    let token = app.token(Role::Curator).await;
    let hidden = app.post(&format!("/admin/v1/resources/{id}/curations"), &token, "application/json", body).await;
    assert_eq!(hidden.status, 201, "{}", hidden.body);
    let seq = hidden.header("index-seq");
    assert!(!seq.is_empty(), "{:?}", hidden.headers);
    let found = app.json(&format!("/v1/resources?facets=none&min_seq={seq}")).await;
    assert_eq!(found["total"], 0);
}

#[tokio::test]
async fn an_index_that_is_not_there_in_time_says_how_far_it_is() {
    let app = with_one().await;
    let before = app.app.index.position();
    // Who holds this follows the log, and now nobody does.
    let standstill = app.app.indexing.lock().await;
    let seq = write_another(&app).await;
    let begun = Instant::now();
    let refused = app.get(&format!("/v1/resources?min_seq={seq}")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "1"), "{}", refused.body);
    assert_eq!(refused.header("index-seq"), before.to_string());
    assert!(refused.body.contains(&format!("the change log to {before}")), "{}", refused.body);
    assert!((2..5).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert_eq!(app.json("/v1/resources?facets=none").await["total"], 1, "who does not ask for it is answered");
    drop(standstill);
    assert_eq!(app.json(&format!("/v1/resources?facets=none&min_seq={seq}")).await["total"], 2);
}

#[tokio::test]
async fn what_nobody_was_told_of_is_not_waited_for() {
    let app = with_one().await;
    let head = app.app.catalogue.head_seq().await.expect("the store can be read");
    let begun = Instant::now();
    let refused = app.get(&format!("/v1/resources?min_seq={}", head + 1)).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.body.contains(&format!("ends at {head}")), "{}", refused.body);
    assert!(begun.elapsed().as_secs() < 2);
    for wrong in ["min_seq=-1", "min_seq=now", "min_seq=1&min_seq=1"] {
        assert_eq!(app.get(&format!("/v1/resources?{wrong}")).await.status, 400, "{wrong}");
    }
    assert_eq!(app.get("/v1/sources?min_seq=1").await.status, 400, "what is not of the index does not take it");
}

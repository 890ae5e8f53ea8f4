//! What those who run the service can see of it: health, figures, and the id of a request.

use crate::harness::TestApp;

#[tokio::test]
async fn a_node_that_is_well_says_so_of_each_of_its_parts() {
    let app = TestApp::shipped().await;
    let health = app.json("/healthz").await;
    assert_eq!(health["status"], "ok");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    let ready = app.json("/readyz").await;
    let names: Vec<&str> =
        ready["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["store", "index", "disk", "jobs", "clock", "nodes"]);
    assert_eq!(ready["index"]["behind"], 0, "{ready}");
    assert!(ready["index"]["resources"].as_u64().is_some_and(|resources| resources > 0), "{ready}");
    for secret in ["signpost.db", app.data_dir().to_str().unwrap(), "SELECT", "postgres"] {
        assert!(!ready.to_string().contains(secret), "{secret} in {ready}");
    }
}

#[tokio::test]
async fn while_the_store_is_away_a_node_is_degraded_and_goes_on_to_answer_searches() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?facets=none").await["total"].clone();
    app.app.catalogue.close().await;
    let answer = app.get("/readyz").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let ready = answer.json();
    assert_eq!(ready["status"], "degraded", "{ready}");
    assert_eq!(ready["checks"][0]["status"], "fail", "{ready}");
    assert_eq!(ready["index"]["behind"], serde_json::Value::Null);
    assert_eq!(app.json("/v1/resources?facets=none&per_page=7").await["total"], found);
}

#[tokio::test]
async fn the_clock_that_went_back_is_told() {
    let app = TestApp::shipped().await;
    app.pass_seconds(-3_600);
    let ready = app.json("/readyz").await;
    assert_eq!(ready["status"], "degraded", "{ready}");
    assert_eq!(ready["checks"][4]["status"], "warn", "{ready}");
}

#[tokio::test]
async fn figures_are_for_this_machine_unless_it_is_said_otherwise() {
    let app = TestApp::shipped().await;
    app.get("/v1/resources/no-such-resource").await;
    let page = app.get("/metrics").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/plain; version=0.0.4"));
    for expected in [
        "signpost_http_requests_total{route=\"/v1/resources/{id}\",method=\"GET\",status=\"4xx\"}",
        "signpost_http_request_duration_seconds_bucket{route=\"/v1/resources/{id}\",le=\"+Inf\"}",
        "signpost_store_up 1",
        "signpost_index_behind_changes 0",
        "# TYPE signpost_jobs gauge",
        "signpost_source_last_ok_age_seconds{source=\"",
        "signpost_process_uptime_seconds ",
    ] {
        assert!(page.body.contains(expected), "{expected}\nnot in\n{}", page.body);
    }
    assert!(!page.body.contains("no-such-resource"), "what was asked for is no label");
    let through_a_proxy = app.get_with("/metrics", &[("x-forwarded-for", "127.0.0.1")]).await;
    assert_eq!(through_a_proxy.status, 404);
    let off = TestApp::configured("[server]\nmetrics = \"off\"\n").await;
    assert_eq!(off.get("/metrics").await.status, 404);
    let open = TestApp::configured("[server]\nmetrics = \"open\"\n").await;
    assert_eq!(open.get_with("/metrics", &[("x-forwarded-for", "203.0.113.5")]).await.status, 200);
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own_whatever_was_sent() {
    let app = TestApp::shipped().await;
    let mut ids = Vec::new();
    for path in ["/v1", "/about", "/nothing/here", "/healthz"] {
        let answer = app.get_with(path, &[("x-request-id", "mine")]).await;
        ids.push(answer.header("x-request-id").to_owned());
    }
    assert!(ids.iter().all(|id| !id.is_empty() && id != "mine"), "{ids:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn who_watches_knows_the_room_on_the_disk() {
    let app = TestApp::shipped().await;
    signpost::watch::look(&app.app).await;
    assert!(app.app.disk.free_bytes().is_some());
    let ready = app.json("/readyz").await;
    assert!(ready["checks"][2]["detail"].as_str().is_some_and(|detail| detail.contains("MiB are free")), "{ready}");
}

//! The admin API: who may call it, and long work followed to its end.

mod alarms; // what an admin is told without asking
mod auth; // who may call what
mod console; // the same as pages: the way in, and what its forms do
mod curation; // what an admin decides about a resource
mod pins; // what stands first and last for one search
mod sources; // sources that are added, previewed and retired, and runs that are taken back
mod words; // words that no vocabulary knows, and accepting one

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use signpost::catalogue::Role;

use crate::harness::TestApp;

/// Follows a job until it ends. Each look waits for the one before, so it cannot spin for ever faster than answers come.
async fn wait_for(app: &TestApp, location: &str, token: &str) -> Value {
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    loop {
        let job = app.get_with(location, &[("authorization", &format!("Bearer {token}"))]).await.json();
        if !matches!(job["state"].as_str(), Some("queued" | "running")) {
            return job;
        }
        assert!(tokio::time::Instant::now() < deadline, "the job does not end: {job}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_id_that_no_store_can_hold_is_not_looked_for() {
    let app = TestApp::shipped().await;
    let admin = app.token(Role::Admin).await;
    for path in ["/admin/v1/jobs/a%00", "/admin/v1/jobs/a%00/events", "/admin/v1/harvests/a%00"] {
        let answer = app.get_with(path, &[("authorization", &format!("Bearer {admin}"))]).await;
        assert!(answer.status == 404 && answer.body.contains("%00"), "{path}: {} {}", answer.status, answer.body);
    }
}

#[tokio::test]
async fn nobody_passes_without_a_token_that_may_do_it() {
    let app = TestApp::shipped().await;
    let reader = format!("Bearer {}", app.token(Role::ReadOnly).await);
    let admin = app.token(Role::Admin).await;
    for (method, path) in
        [("POST", "/admin/v1/reindex"), ("POST", "/admin/v1/sources/programmes/harvests"), ("GET", "/admin/v1/jobs")]
    {
        let bare = app.send(method, path, &[]).await;
        assert_eq!((bare.status, bare.header("www-authenticate")), (401, "Bearer"), "{path}");
        for wrong in ["Bearer ", "Bearer nobody", "Basic YTpi", &admin, &format!("Bearer {admin}x")] {
            assert_eq!(app.send(method, path, &[("authorization", wrong)]).await.status, 401, "{path} with {wrong}");
        }
    }
    assert_eq!(app.send("POST", "/admin/v1/reindex", &[("authorization", &reader)]).await.status, 403);
    assert_eq!(app.send("GET", "/admin/v1/jobs", &[("authorization", &reader)]).await.status, 200);
}

#[tokio::test]
async fn a_token_is_stored_as_a_hash_and_can_be_revoked() {
    let app = TestApp::shipped().await;
    let token = app.token(Role::Admin).await;
    let header = format!("Bearer {token}");
    assert_eq!(app.get_with("/admin/v1/jobs", &[("authorization", &header)]).await.status, 200);
    let row = app.app.catalogue.list_tokens().await.unwrap().remove(0);
    assert!(app.keeps(&row.id), "what is kept of it is found where it is looked for");
    assert!(!app.keeps(&token));
    app.app.catalogue.revoke_token(&row.id, app.app.clock.now()).await.unwrap();
    assert_eq!(app.get_with("/admin/v1/jobs", &[("authorization", &header)]).await.status, 401);
}

#[tokio::test]
async fn a_harvest_is_started_and_followed_to_its_end() {
    let app = TestApp::shipped().await;
    let token = app.token(Role::Admin).await;
    let header = format!("Bearer {token}");
    let started = app.send("POST", "/admin/v1/sources/programmes/harvests", &[("authorization", &header)]).await;
    assert_eq!(started.status, 202);
    let location = started.header("location").to_owned();
    assert!(location.starts_with("/admin/v1/jobs/"), "{location}");
    let job = wait_for(&app, &location, &token).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let unknown = app.send("POST", "/admin/v1/sources/nobody/harvests", &[("authorization", &header)]).await;
    assert_eq!(unknown.status, 404);
    let harvests = app.get_with("/admin/v1/sources/programmes/harvests", &[("authorization", &header)]).await.json();
    assert_eq!(harvests["results"][0]["state"], "ok");
    let id = harvests["results"][0]["id"].as_str().expect("an id");
    let report = app.get_with(&format!("/admin/v1/harvests/{id}"), &[("authorization", &header)]).await;
    assert_eq!(report.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_under_load_fails_no_request_and_keeps_every_resource() {
    const CONNECTIONS: usize = 16;
    let app = Arc::new(TestApp::shipped().await);
    let token = app.token(Role::Admin).await;
    let header = format!("Bearer {token}");
    let total = app.json("/v1/resources?facets=none").await["total"].clone();
    let generation = app.json("/v1").await["index"]["generation"].as_u64().expect("a generation");
    let tag = app.get("/v1/resources?q=chemistry").await.header("etag").to_owned();
    let done = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicU64::new(0));
    let mut load = Vec::new();
    for worker in 0..CONNECTIONS {
        let (app, done, answered, total) = (Arc::clone(&app), Arc::clone(&done), Arc::clone(&answered), total.clone());
        load.push(tokio::spawn(async move {
            while !done.load(Ordering::Relaxed) {
                let answer = app.get("/v1/resources?facets=none&per_page=1").await;
                assert_eq!(answer.status, 200, "{}", answer.body);
                assert_eq!(answer.json()["total"], total, "worker {worker}");
                answered.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for _ in 0..3 {
        let started = app.send("POST", "/admin/v1/reindex", &[("authorization", &header)]).await;
        let job = wait_for(&app, started.header("location"), &token).await;
        assert_eq!(job["state"], "succeeded", "{job}");
    }
    done.store(true, Ordering::Relaxed);
    for worker in load {
        worker.await.expect("no request fails");
    }
    assert!(answered.load(Ordering::Relaxed) > 100);
    let renewed = app.get_with("/v1/resources?q=chemistry", &[("if-none-match", &tag)]).await;
    assert_eq!(renewed.status, 200, "an answer of the generation before is not held for good");
    assert_eq!(app.json("/v1").await["index"]["generation"].as_u64(), Some(generation + 3));
    assert_eq!(app.json("/v1/resources?facets=none").await["total"], total);
}

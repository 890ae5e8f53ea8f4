//! A run that would take much away is held: nothing changes until an admin has seen the difference and said yes.

use serde_json::{Value, json};
use signpost::catalogue::{HarvestState, Role};

use super::{app_over, items};
use crate::harness::{Site, TestApp};

/// An application whose source had 100 records, and has 40 now: its last run is held.
async fn held() -> (TestApp, Site, String, String) {
    let site = Site::start().await;
    let app = app_over(&site).await;
    site.put("/items.json", 200, "application/json", items(0, 100));
    app.harvest("site").await;
    site.put("/items.json", 200, "application/json", items(0, 40));
    let row = app.harvest("site").await;
    assert_eq!(row.state, HarvestState::Held);
    let token = app.token(Role::Admin).await;
    (app, site, row.id, token)
}

async fn get(app: &TestApp, path: &str, token: &str) -> Value {
    app.get_with(path, &[("authorization", &format!("Bearer {token}"))]).await.json()
}

async fn approve(app: &TestApp, id: &str, token: &str, body: &Value) -> (u16, Value) {
    let path = format!("/admin/v1/harvests/{id}/approval");
    let answer = app.post(&path, token, "application/json", body.to_string()).await;
    (answer.status, answer.json())
}

async fn total(app: &TestApp) -> u64 {
    app.json("/v1/resources?facets=none").await["total"].as_u64().expect("a number")
}

#[tokio::test]
async fn nothing_goes_before_an_admin_has_seen_the_difference_and_exactly_that_goes_after() {
    let (app, site, id, token) = held().await;
    assert_eq!(total(&app).await, 100);
    let difference = get(&app, &format!("/admin/v1/harvests/{id}/difference?limit=10"), &token).await;
    assert_eq!(difference["total"], 60);
    assert_eq!(difference["results"].as_array().expect("a list").len(), 10);
    let first = &difference["results"][0];
    assert_eq!(
        (&first["identifier"], &first["cause"], &first["approved"]),
        (&json!("40"), &json!("absent"), &json!(false))
    );
    assert_eq!(difference["links"]["next"], format!("/admin/v1/harvests/{id}/difference?offset=10&limit=10"));

    let (status, answer) = approve(&app, &id, &token, &json!({ "all": true })).await;
    assert_eq!((status, &answer["gone"], &answer["waiting"]), (200, &json!(60), &json!(0)), "{answer}");
    assert_eq!(answer["harvest"]["state"], "ok");
    assert_eq!(total(&app).await, 40);
    // The next run finds nothing to hold.
    site.put("/items.json", 200, "application/json", items(0, 41));
    assert_eq!(app.harvest("site").await.state, HarvestState::Ok);
    assert_eq!(total(&app).await, 41);
}

#[tokio::test]
async fn a_part_of_the_difference_may_go_and_the_rest_waits() {
    let (app, _site, id, token) = held().await;
    let (status, answer) = approve(&app, &id, &token, &json!({ "identifiers": ["40", "41", "unheard of"] })).await;
    assert_eq!((status, &answer["gone"], &answer["waiting"]), (200, &json!(2), &json!(58)), "{answer}");
    assert_eq!((&answer["harvest"]["state"], total(&app).await), (&json!("held"), 98));
    assert_eq!(answer["unknown"], json!(["unheard of"]));
    let gone = app.get("/v1/resources?facets=none&q=%22Resource%2040%22").await.json();
    assert_eq!(gone["total"], 0);
}

#[tokio::test]
async fn a_difference_that_a_later_run_has_looked_at_again_is_not_approved() {
    let (app, site, id, token) = held().await;
    site.put("/items.json", 200, "application/json", items(0, 95));
    assert_eq!(app.harvest("site").await.state, HarvestState::Ok);
    let (status, problem) = approve(&app, &id, &token, &json!({ "all": true })).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/problems/conflict")), "{problem}");
    assert_eq!(total(&app).await, 100, "those that are missing wait for their grace");
}

#[tokio::test]
async fn a_yes_says_what_it_means_and_needs_an_admin() {
    let (app, _site, id, token) = held().await;
    for body in [json!({}), json!({ "all": true, "identifiers": ["1"] }), json!({ "everything": true })] {
        assert_eq!(approve(&app, &id, &token, &body).await.0, 400, "{body}");
    }
    assert_eq!(approve(&app, "none", &token, &json!({ "all": true })).await.0, 404);
    let curator = app.token(Role::Curator).await;
    assert_eq!(approve(&app, &id, &curator, &json!({ "all": true })).await.0, 403);
    assert_eq!(total(&app).await, 100);
}

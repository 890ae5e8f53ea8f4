//! A partner sends the records of its own source, and they go the way of all records.

use serde_json::{Value, json};
use signpost::catalogue::Role;

use crate::harness::{Answer, TestApp, source_toml};

const NDJSON: &str = "application/x-ndjson";

async fn app() -> (TestApp, String) {
    let app = TestApp::with_sources(
        &[
            ("society.toml", source_toml("society", "push = true")),
            ("other.toml", source_toml("other", "file = \"other.json\"")),
        ],
        &[("other.json", "[]")],
    )
    .await;
    let id = "society".parse().expect("an id");
    let now = app.app.clock.now();
    let token = app.app.catalogue.create_source_token("of the society", &id, now).await.expect("a token");
    (app, token)
}

fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect::<Vec<_>>().concat()
}

fn records(from: u32, to: u32) -> Vec<Value> {
    (from..to)
        .map(|n| json!({ "id": n, "title": format!("Resource {n}"), "url": format!("https://example.org/{n}") }))
        .collect()
}

async fn push(app: &TestApp, token: &str, query: &str, body: String) -> Answer {
    app.post(&format!("/v1/sources/society/records{query}"), token, NDJSON, body).await
}

fn counts(answer: &Answer) -> [u64; 4] {
    let counts = &answer.json()["harvest"]["counts"];
    ["created", "changed", "unchanged", "deleted"].map(|name| counts[name].as_u64().expect("a number"))
}

async fn total(app: &TestApp) -> u64 {
    app.json("/v1/resources?facets=none&source=society").await["total"].as_u64().expect("a number")
}

#[tokio::test]
async fn what_is_sent_is_found_at_once_and_sending_it_again_changes_nothing() {
    let (app, token) = app().await;
    let answer = push(&app, &token, "", lines(&records(0, 50))).await;
    assert_eq!((answer.status, counts(&answer)), (200, [50, 0, 0, 0]), "{}", answer.body);
    assert_eq!(total(&app).await, 50);
    let again = push(&app, &token, "", lines(&records(0, 50))).await;
    assert_eq!((again.status, counts(&again)), (200, [0, 0, 50, 0]));
    // A few more, and nothing is missing.
    let more = push(&app, &token, "", lines(&records(50, 52))).await;
    assert_eq!((more.status, counts(&more), total(&app).await), (200, [2, 0, 0, 0], 52));
}

#[tokio::test]
async fn a_record_that_is_sent_as_deleted_goes_and_a_broken_line_is_told() {
    let (app, token) = app().await;
    push(&app, &token, "", lines(&records(0, 10))).await;
    let body = format!("{}not json\n{}", lines(&[json!({ "id": 3, "deleted": true })]), lines(&records(10, 11)));
    let answer = push(&app, &token, "", body).await;
    assert_eq!((answer.status, counts(&answer)), (200, [1, 0, 0, 1]), "{}", answer.body);
    let problems = &answer.json()["first_problems"];
    assert_eq!((problems.as_array().map(Vec::len), &problems[0]["place"]), (Some(1), &json!("line 2")), "{problems}");
    assert_eq!(total(&app).await, 10);
}

#[tokio::test]
async fn a_complete_list_that_has_shrunk_is_held() {
    let (app, token) = app().await;
    push(&app, &token, "?complete=true", lines(&records(0, 100))).await;
    let answer = push(&app, &token, "?complete=true", lines(&records(0, 10))).await;
    assert_eq!((answer.status, &answer.json()["harvest"]["state"]), (200, &json!("held")));
    assert_eq!(total(&app).await, 100);
}

#[tokio::test]
async fn only_its_own_token_opens_a_source() {
    let (app, token) = app().await;
    let body = || lines(&records(0, 1));
    assert_eq!(push(&app, "nobody", "", body()).await.status, 401);
    assert_eq!(push(&app, &app.token(Role::ReadOnly).await, "", body()).await.status, 403);
    let path = "/v1/sources/other/records";
    assert_eq!(app.post(path, &token, NDJSON, body()).await.status, 403);
    assert_eq!(app.post(path, &app.token(Role::Admin).await, NDJSON, body()).await.status, 409);
    let admin_api = app.get_with("/admin/v1/jobs", &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(admin_api.status, 403, "the token of a source opens nothing else");
    assert_eq!(push(&app, &token, "", body()).await.status, 200);
}

#[tokio::test]
async fn a_partners_key_sends_nothing_and_is_told_who_makes_a_token() {
    let (app, _) = app().await;
    let about = json!({ "name": "A Society", "contact": "the web team" }).to_string();
    let made = app.call("POST", "/v1/partners", &[("content-type", "application/json")], about).await.json();
    let key = made["key"].as_str().expect("a key");
    let bearer = format!("Bearer {key}");
    for header in [("authorization", bearer.as_str()), ("x-api-key", key)] {
        let sent = [header, ("content-type", NDJSON)];
        let answer = app.call("POST", "/v1/sources/society/records", &sent, lines(&records(0, 1))).await;
        assert_eq!((answer.status, &answer.json()["type"]), (403, &json!("/problems/forbidden")), "{}", answer.body);
        assert!(answer.body.contains("a token of the source") && answer.body.contains("/contact"), "{}", answer.body);
    }
    let unknown = app.call("POST", "/v1/sources/society/records", &[("content-type", NDJSON)], "").await;
    assert_eq!(unknown.status, 401, "who sends neither is told that one is needed");
    assert_eq!(total(&app).await, 0);
}

#[tokio::test]
async fn what_cannot_be_used_is_told_by_its_reason() {
    let (app, token) = app().await;
    let path = "/v1/sources/society/records";
    assert_eq!(app.post(path, &token, "application/json", "[]").await.status, 415);
    assert_eq!(push(&app, &token, "?complete=maybe&x=1", String::new()).await.status, 400);
    assert_eq!(push(&app, &token, "", String::new()).await.status, 422);
    let nothing_usable = push(&app, &token, "", lines(&[json!({ "id": 1 })])).await;
    let problem = nothing_usable.json();
    assert_eq!((nothing_usable.status, &problem["type"]), (422, &json!("/problems/unprocessable")));
    assert!(problem["detail"].as_str().unwrap().contains("line 1: title: no title"), "{problem}");
    let bad_first_line = format!("no JSON\n{}", lines(&records(0, 2)));
    let answer = push(&app, &token, "", bad_first_line).await;
    assert_eq!((answer.status, counts(&answer)), (200, [2, 0, 0, 0]), "{}", answer.body);
    let large = "x".repeat(33 << 20);
    assert_eq!(push(&app, &token, "", large).await.status, 413);
    assert_eq!(total(&app).await, 2);
}

//! What curators decide is what everybody sees, at once, and the log says who it was and why.

use serde_json::{Value, json};
use signpost::catalogue::Role;

use crate::harness::{Answer, TestApp, source_toml};

const POSTERS: &str = r#"[
    {"id": 1, "title": "Soap", "url": "https://example.org/soap", "subjects": ["Chemistry"]},
    {"id": 2, "title": "Bridges", "url": "https://example.org/bridges", "subjects": ["Physics"]}
]"#;

async fn posters() -> TestApp {
    let toml = source_toml("posters", "file = \"posters.json\"");
    let app = TestApp::with_sources(&[("posters.toml", toml)], &[("posters.json", POSTERS)]).await;
    app.harvest("posters").await;
    app
}

/// The id of the one resource that these words find.
async fn id_of(app: &TestApp, words: &str) -> String {
    let found = app.json(&format!("/v1/resources?facets=none&q={words}")).await;
    assert_eq!(found["total"], 1, "{words}: {found}");
    found["results"][0]["id"].as_str().expect("an id").to_owned()
}

async fn total(app: &TestApp, query: &str) -> u64 {
    app.json(&format!("/v1/resources?facets=none&{query}")).await["total"].as_u64().expect("a number")
}

async fn send(app: &TestApp, path: &str, token: &str, body: &Value) -> Answer {
    app.post(path, token, "application/json", body.to_string()).await
}

async fn decide(app: &TestApp, id: &str, token: &str, decision: Value) -> Answer {
    let body = json!({ "decision": decision, "why": "a teacher wrote to us" });
    send(app, &format!("/admin/v1/resources/{id}/curations"), token, &body).await
}

async fn get(app: &TestApp, path: &str, token: &str) -> Value {
    let answer = app.get_with(path, &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

#[tokio::test]
async fn what_is_hidden_answers_why_and_is_found_nowhere_until_it_is_shown_again() {
    let app = posters().await;
    let (id, token) = (id_of(&app, "soap").await, app.token(Role::Curator).await);
    let hidden = decide(&app, &id, &token, json!({ "kind": "hide", "reason": "it sells something" })).await;
    assert_eq!(hidden.status, 201, "{}", hidden.body);
    let curation = hidden.json();
    assert_eq!(
        (&curation["resource"], &curation["decision"]["kind"], &curation["who"], &curation["undone"]),
        (&json!(id), &json!("hide"), &json!("test"), &Value::Null)
    );

    let gone = app.get(&format!("/v1/resources/{id}")).await;
    assert_eq!((gone.status, &gone.json()["withdrawn"]["reason"]), (410, &json!("it sells something")));
    assert_eq!((total(&app, "q=soap").await, total(&app, "").await, total(&app, "subject=chemistry").await), (0, 1, 0));
    let facets = app.json("/v1/resources?facets=subject").await;
    let values = facets["facets"]["subject"]["values"].as_array().expect("values");
    assert!(values.iter().all(|value| value["id"] != "chemistry"), "{values:?}");

    // No harvest brings it back.
    app.harvest("posters").await;
    assert_eq!(total(&app, "").await, 1);
    let again = decide(&app, &id, &token, json!({ "kind": "hide", "reason": "again" })).await;
    assert_eq!((again.status, &again.json()["type"]), (409, &json!("/problems/conflict")), "{}", again.body);

    let undo = format!("/admin/v1/curations/{}/undo", curation["id"].as_str().expect("an id"));
    let undone = send(&app, &undo, &token, &json!({ "why": "they have changed it" })).await;
    assert_eq!((undone.status, &undone.json()["undone"]["why"]), (200, &json!("they have changed it")));
    assert_eq!((total(&app, "q=soap").await, total(&app, "subject=chemistry").await), (1, 1));
    assert_eq!(app.get(&format!("/v1/resources/{id}")).await.status, 200);
    assert_eq!(send(&app, &undo, &token, &json!({ "why": "twice" })).await.status, 409);
}

#[tokio::test]
async fn a_correction_shows_where_the_value_shows() {
    let app = posters().await;
    let (id, token) = (id_of(&app, "bridges").await, app.token(Role::Curator).await);
    let title = json!({ "kind": "correct", "field": "title", "value": "Viaducts" });
    assert_eq!(decide(&app, &id, &token, title).await.status, 201);
    let subjects = json!({ "kind": "correct", "field": "subjects", "value": ["chemistry"] });
    assert_eq!(decide(&app, &id, &token, subjects).await.status, 201);
    assert_eq!(id_of(&app, "viaducts").await, id);
    assert_eq!((total(&app, "subject=chemistry").await, total(&app, "subject=physics").await), (2, 0));
    let resource = app.json(&format!("/v1/resources/{id}")).await;
    assert_eq!((&resource["title"], &resource["subjects"][0]["method"]), (&json!("Viaducts"), &json!("curated")));

    let about = get(&app, &format!("/admin/v1/resources/{id}/curations"), &token).await;
    assert_eq!((&about["total"], &about["results"][1]["decision"]["value"]), (&json!(2), &json!("Viaducts")));
    for path in ["/admin/v1/curations".to_owned(), format!("/admin/v1/resources/{id}/curations")] {
        let part = get(&app, &format!("{path}?per_page=1"), &token).await;
        assert_eq!((&part["total"], part["results"].as_array().map(Vec::len)), (&json!(2), Some(1)), "{path}");
        assert_eq!(part["links"]["next"], format!("{path}?page=2&per_page=1"));
    }
}

#[tokio::test]
async fn what_was_merged_redirects_and_is_two_again_when_that_is_undone() {
    let app = posters().await;
    let (soap, bridges) = (id_of(&app, "soap").await, id_of(&app, "bridges").await);
    let token = app.token(Role::Curator).await;
    let merged = decide(&app, &soap, &token, json!({ "kind": "merge", "into": bridges })).await;
    assert_eq!((merged.status, total(&app, "").await), (201, 1), "{}", merged.body);
    let there = app.get(&format!("/v1/resources/{soap}")).await;
    assert!((300..400).contains(&there.status) && there.header("location").contains(&bridges), "{}", there.status);

    let undo = format!("/admin/v1/curations/{}/undo", merged.json()["id"].as_str().expect("an id"));
    assert_eq!(send(&app, &undo, &token, &json!({ "why": "they are two" })).await.status, 200);
    assert_eq!((id_of(&app, "soap").await, id_of(&app, "bridges").await), (soap, bridges));
}

#[tokio::test]
async fn what_cannot_be_meant_is_answered_with_what_is_expected() {
    let app = posters().await;
    let (id, token) = (id_of(&app, "soap").await, app.token(Role::Curator).await);
    let path = format!("/admin/v1/resources/{id}/curations");
    for (body, expected) in [
        (json!({ "decision": { "kind": "pin" } }), "missing field `why`"),
        (json!({ "decision": { "kind": "pin" }, "why": "" }), "`why`: expected 1 to 500 characters"),
        (json!({ "decision": { "kind": "pin", "until": "x" }, "why": "x" }), "unknown field `until`"),
        (json!({ "decision": { "kind": "delete" }, "why": "x" }), "expected one of `hide`, `pin`, `correct`"),
        (json!({ "decision": { "kind": "hide" }, "why": "x" }), "missing field `reason`"),
        (json!({ "decision": { "kind": "correct", "field": "title" }, "why": "x" }), "missing field `value`"),
        (json!({ "decision": { "kind": "lock", "field": "titel" }, "why": "x" }), "did you mean `title`?"),
        (
            json!({ "decision": { "kind": "correct", "field": "levels", "value": ["KS3"] }, "why": "x" }),
            "did you mean `ks3`?",
        ),
        (json!({ "decision": { "kind": "merge", "into": "soap" }, "why": "x" }), "`decision.into`"),
        (
            json!({ "decision": { "kind": "split", "record": { "source": "posters", "identifier": "2" } }, "why": "x" }),
            "expected one of `posters/1`",
        ),
        (json!({ "decision": { "kind": "pin" }, "why": "x", "who": "me" }), "unknown field `who`"),
    ] {
        let answer = send(&app, &path, &token, &body).await;
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 400 && detail.contains(expected), "{body}: {} {detail}", answer.status);
    }
    let nowhere = decide(&app, "0000000000000000", &token, json!({ "kind": "pin" })).await;
    assert_eq!((nowhere.status, &nowhere.json()["type"]), (404, &json!("/problems/not-found")));
    assert_eq!(send(&app, "/admin/v1/curations/none/undo", &token, &json!({ "why": "x" })).await.status, 404);
    assert_eq!(get(&app, "/admin/v1/curations", &token).await["total"], 0);
}

#[tokio::test]
async fn curators_decide_admins_do_all_and_readers_look() {
    let app = posters().await;
    let id = id_of(&app, "soap").await;
    let pin = json!({ "kind": "pin" });
    let reader = app.token(Role::ReadOnly).await;
    assert_eq!(decide(&app, &id, &reader, pin.clone()).await.status, 403);
    assert_eq!(decide(&app, &id, "nobody", pin.clone()).await.status, 401);
    let curator = app.token(Role::Curator).await;
    assert_eq!(decide(&app, &id, &curator, pin).await.status, 201);
    assert_eq!(send(&app, "/admin/v1/reindex", &curator, &json!({})).await.status, 403, "that is for admins");
    let admin = app.token(Role::Admin).await;
    let locked = decide(&app, &id, &admin, json!({ "kind": "lock", "field": "title" })).await;
    assert_eq!((locked.status, &locked.json()["decision"]["value"]), (201, &json!("Soap")));
    assert_eq!(get(&app, &format!("/admin/v1/resources/{id}/curations"), &reader).await["total"], 2);
}

#[tokio::test]
async fn the_log_says_who_did_what_and_why() {
    let app = posters().await;
    let (id, token) = (id_of(&app, "soap").await, app.token(Role::Curator).await);
    let pinned = decide(&app, &id, &token, json!({ "kind": "pin" })).await.json();
    let curation = pinned["id"].as_str().expect("an id");
    send(&app, &format!("/admin/v1/curations/{curation}/undo"), &token, &json!({ "why": "a slip" })).await;
    let log = get(&app, "/admin/v1/audit", &token).await;
    assert_eq!(log["total"], 3, "that the token was made is an act too: {log}");
    let last = &log["results"][0];
    assert_eq!((&last["who"], &last["action"], &last["subject"]), (&json!("test"), &json!("undo pin"), &json!(id)));
    assert_eq!(last["detail"], format!("curation {curation}: a slip"));
    let first = get(&app, "/admin/v1/audit?limit=1", &token).await;
    let next = first["links"]["next"].as_str().expect("an older act");
    assert_eq!(get(&app, next, &token).await["results"][0]["action"], "pin");
    let header = format!("Bearer {token}");
    for path in ["/admin/v1/audit?limit=0", "/admin/v1/audit?after=1"] {
        assert_eq!(app.get_with(path, &[("authorization", &header)]).await.status, 400, "{path}");
    }
}

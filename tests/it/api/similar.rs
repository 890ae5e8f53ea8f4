//! What is like a resource, and in what.

use serde_json::{Value, json};
use signpost::catalogue::Role;

use crate::harness::{TestApp, source_toml};

const POSTERS: &str = r#"[
    {"id": 1, "title": "Crystal growing for beginners", "url": "https://example.org/1", "subjects": ["Chemistry"]},
    {"id": 2, "title": "A giant crystal", "url": "https://example.org/2", "subjects": ["Chemistry"]},
    {"id": 3, "title": "Soap makers", "url": "https://example.org/3", "subjects": ["Chemistry"]},
    {"id": 4, "title": "Bridges that fell down", "url": "https://example.org/4", "subjects": ["Physics"]},
    {"id": 5, "title": "A crystal fair last year", "url": "https://example.org/5", "subjects": ["Chemistry"],
        "ends": "2025-06-01"}
]"#;

async fn posters() -> TestApp {
    let toml = source_toml("posters", "file = \"posters.json\"");
    TestApp::with_sources(&[("posters.toml", toml)], &[("posters.json", POSTERS)]).await
}

/// The address of the resource with this title.
async fn address_of(app: &TestApp, title: &str) -> String {
    let found = app.json("/v1/resources?facets=none").await;
    let results = found["results"].as_array().expect("results");
    let resource = results.iter().find(|result| result["title"] == title).expect("a resource of this title");
    format!("/v1/resources/{}", resource["id"].as_str().expect("an id"))
}

fn titles(answer: &Value) -> Vec<&str> {
    let results = answer["results"].as_array().expect("results");
    results.iter().map(|result| result["title"].as_str().expect("a title")).collect()
}

#[tokio::test]
async fn the_likest_comes_first_and_says_in_what_it_is_alike() {
    let app = posters().await;
    let path = format!("{}/similar", address_of(&app, "Crystal growing for beginners").await);
    let answer = app.json(&path).await;
    assert_eq!(titles(&answer)[..2], ["A giant crystal", "Soap makers"], "{answer}");
    assert_eq!((&answer["total"], &answer["links"]), (&json!(titles(&answer).len()), &json!({ "self": path })));
    let first = &answer["results"][0];
    for reason in ["subject: Chemistry", "title: crystal"] {
        assert!(first["because"].as_array().expect("reasons").contains(&json!(reason)), "{reason}: {first}");
    }
    assert_eq!((&first["url"], &first["subjects"][0]["id"]), (&json!("https://example.org/2"), &json!("chemistry")));
    for result in answer["results"].as_array().expect("results") {
        assert!(result["because"].as_array().is_some_and(|because| !because.is_empty()), "{result}");
    }
    for other in ["Crystal growing for beginners", "A crystal fair last year"] {
        assert!(!titles(&answer).contains(&other), "{other} is the same thing or is over");
    }
    assert_eq!(titles(&app.json(&format!("{path}?limit=1")).await), ["A giant crystal"]);
}

#[tokio::test]
async fn who_holds_what_is_similar_is_told_so_until_the_index_moves_on() {
    let app = posters().await;
    let path = format!("{}/similar", address_of(&app, "Crystal growing for beginners").await);
    let first = app.get(&path).await;
    let held = [("if-none-match", first.header("etag")), ("origin", "https://school.example")];
    let again = app.get_with(&path, &held).await;
    assert_eq!((again.status, again.body.as_str(), again.header("access-control-allow-origin")), (304, "", "*"));
    assert_eq!(app.get_with(&format!("{path}?limit=3"), &held).await.status, 200, "that is another question");
    let other = address_of(&app, "A giant crystal").await;
    let token = app.token(Role::Curator).await;
    let hide = json!({ "decision": { "kind": "hide", "reason": "it sells something" }, "why": "a teacher wrote" });
    let other_path = other.replace("/v1/", "/admin/v1/");
    let hidden = app.post(&format!("{other_path}/curations"), &token, "application/json", hide.to_string()).await;
    assert_eq!(hidden.status, 201, "{}", hidden.body);
    let fresh = app.get_with(&path, &held).await;
    assert_eq!((fresh.status, titles(&fresh.json())[0]), (200, "Soap makers"), "{}", fresh.body);
    let gone = app.get(&format!("{other}/similar")).await;
    assert_eq!((gone.status, &gone.json()["withdrawn"]["reason"]), (410, &json!("it sells something")));
}

#[tokio::test]
async fn what_was_merged_leads_to_what_is_like_the_other_and_mistakes_are_named() {
    let app = posters().await;
    let (soap, crystal) = (address_of(&app, "Soap makers").await, address_of(&app, "A giant crystal").await);
    let token = app.token(Role::Curator).await;
    let into = crystal.trim_start_matches("/v1/resources/");
    let merge = json!({ "decision": { "kind": "merge", "into": into }, "why": "a teacher wrote" });
    let admin_path = soap.replace("/v1/", "/admin/v1/");
    let merged = app.post(&format!("{admin_path}/curations"), &token, "application/json", merge.to_string()).await;
    assert_eq!(merged.status, 201, "{}", merged.body);
    for query in ["", "?limit=3"] {
        let moved = app.get(&format!("{soap}/similar{query}")).await;
        assert_eq!((moved.status, moved.header("location")), (308, format!("{crystal}/similar{query}").as_str()));
    }

    for (query, parameter) in [("limit=0", "limit"), ("limit=21", "limit"), ("limit=x", "limit"), ("q=a", "q")] {
        let answer = app.get(&format!("{crystal}/similar?{query}")).await;
        assert_eq!((answer.status, &answer.json()["errors"][0]["parameter"]), (400, &json!(parameter)), "{query}");
    }
    for unknown in ["0000000000000000", "nothing", "%FF"] {
        assert_eq!(app.get(&format!("/v1/resources/{unknown}/similar")).await.status, 404, "{unknown}");
    }
}

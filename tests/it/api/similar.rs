//! What is like a resource, and in what.

use serde_json::{Value, json};

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
    format!("/v1/resources/{}", app.id_of(title).await)
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
    let other = app.id_of("A giant crystal").await;
    app.curate(&other, json!({ "kind": "hide", "reason": "it sells something" })).await;
    let fresh = app.get_with(&path, &held).await;
    assert_eq!((fresh.status, titles(&fresh.json())[0]), (200, "Soap makers"), "{}", fresh.body);
    let gone = app.get(&format!("/v1/resources/{other}/similar")).await;
    assert_eq!((gone.status, &gone.json()["withdrawn"]["reason"]), (410, &json!("it sells something")));
}

#[tokio::test]
async fn what_was_merged_leads_to_what_is_like_the_other_and_mistakes_are_named() {
    let app = posters().await;
    let (soap, crystal) = (app.id_of("Soap makers").await, app.id_of("A giant crystal").await);
    app.curate(&soap, json!({ "kind": "merge", "into": crystal })).await;
    let (soap, crystal) = (format!("/v1/resources/{soap}"), format!("/v1/resources/{crystal}"));
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

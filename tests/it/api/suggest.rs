//! What is completed while somebody types.

use serde_json::Value;

use crate::harness::{TestApp, source_toml};

const CRYSTALS: &str = r#"[
    {"id": 1, "title": "Crystal garden", "url": "https://example.org/1", "subjects": ["Chemistry"]},
    {"id": 2, "title": "A week of growing crystals", "url": "https://example.org/2", "subjects": ["Chemistry"]},
    {"id": 3, "title": "Crystal fair", "url": "https://example.org/3", "subjects": ["Physics"], "ends": "2026-11-22"}]"#;

async fn crystals() -> TestApp {
    let toml = source_toml("crystals", "file = \"crystals.json\"");
    TestApp::with_sources(&[("crystals.toml", toml)], &[("crystals.json", CRYSTALS)]).await
}

fn titles(answer: &Value) -> Vec<&str> {
    answer["titles"].as_array().unwrap().iter().map(|title| title["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_few_letters_bring_the_concepts_that_are_so_called() {
    let app = TestApp::shipped().await;
    for (typed, facet, id) in [
        ("chem", "subject", "chemistry"),
        ("Maths", "subject", "mathematics"),
        ("key stage 3", "level", "ks3"),
        ("apprentic", "route", "route-apprenticeship"),
        ("bioch", "occupation", "biochemist"),
        ("scot", "nation", "scotland"),
        ("chemestry", "subject", "chemistry"),
    ] {
        let answer = app.json(&format!("/v1/suggest?q={}", typed.replace(' ', "+"))).await;
        let concepts = answer["concepts"].as_array().unwrap();
        let found = concepts.iter().find(|concept| concept["facet"] == facet && concept["id"] == id);
        let found = found.unwrap_or_else(|| panic!("{typed}: {answer}"));
        assert!(found["count"].as_u64().unwrap() > 0, "{typed}");
        assert!(found["label"].is_string() && found["matched"].is_string(), "{typed}");
    }
}

#[tokio::test]
async fn a_suggested_concept_finds_resources() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/suggest?q=en").await;
    let concepts = answer["concepts"].as_array().unwrap();
    assert!(!concepts.is_empty());
    for concept in concepts {
        let (facet, id) = (concept["facet"].as_str().unwrap(), concept["id"].as_str().unwrap());
        let found = app.json(&format!("/v1/resources?{facet}={id}&facets=none&per_page=1")).await;
        assert!(found["total"].as_u64().unwrap() > 0, "{facet}={id}");
    }
}

#[tokio::test]
async fn titles_are_completed_and_lead_to_their_resources() {
    let app = crystals().await;
    let answer = app.json("/v1/suggest?q=crystal+gar").await;
    assert_eq!(titles(&answer), ["Crystal garden"]);
    let first = &answer["titles"][0];
    let id = first["id"].as_str().unwrap();
    assert_eq!(first["url"], format!("/resources/{id}"));
    assert_eq!(app.json(&format!("/v1/resources/{id}")).await["title"], "Crystal garden");
    assert_eq!(app.get(&format!("/resources/{id}")).await.status, 200);
    let answer = app.json("/v1/suggest?q=grow").await;
    assert_eq!(titles(&answer), ["A week of growing crystals"], "a word in the middle is completed too");
}

#[tokio::test]
async fn a_mistyped_word_is_completed_all_the_same() {
    let app = crystals().await;
    assert_eq!(titles(&app.json("/v1/suggest?q=cristal+gar").await), ["Crystal garden"]);
    assert_eq!(titles(&app.json("/v1/suggest?q=growing+crist").await), ["A week of growing crystals"]);
    assert!(titles(&app.json("/v1/suggest?q=quidditch").await).is_empty());
}

#[tokio::test]
async fn no_more_are_given_than_are_asked_for() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/suggest?q=en&limit=2").await;
    assert_eq!(answer["concepts"].as_array().unwrap().len(), 2);
    assert!(titles(&answer).len() <= 2);
}

#[tokio::test]
async fn what_is_over_is_no_longer_suggested_to_one_who_holds_an_answer_with_it() {
    let app = crystals().await;
    let path = "/v1/suggest?q=crystal+f";
    let first = app.get(path).await;
    assert_eq!(titles(&first.json()), ["Crystal fair"]);
    let held = [("if-none-match", first.header("etag"))];
    assert_eq!(app.get_with(path, &held).await.status, 304, "nothing has changed yet");
    assert_eq!(app.get_with("/v1/suggest?q=crystal+f&limit=3", &held).await.status, 200, "another question");
    app.pass_days(3);
    let again = app.get_with(path, &held).await;
    assert_eq!(again.status, 200, "nothing was written since, but it is over");
    assert!(titles(&again.json()).is_empty());
}

#[tokio::test]
async fn what_cannot_be_used_is_told_at_once() {
    let app = crystals().await;
    let answer = app.get(&format!("/v1/suggest?q={}&limit=0&query=x", "a".repeat(101))).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    let told: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["parameter"].as_str().unwrap()).collect();
    assert_eq!(told, ["query", "q", "limit"]);
    assert_eq!(app.get("/v1/suggest").await.status, 400, "what was typed is needed");
}

#[tokio::test]
async fn nothing_that_can_be_typed_breaks_it() {
    let app = crystals().await;
    let longest = "cr+".repeat(33);
    for typed in [
        "%22",
        "*",
        "-",
        "%00",
        "%F0%9F%A7%AA",
        "%E2%80%AE",
        "%zz",
        "D%26T",
        "a:b",
        "(((",
        "and",
        "C%2B%2B",
        longest.as_str(),
    ] {
        assert_eq!(app.get(&format!("/v1/suggest?q={typed}")).await.status, 200, "{typed}");
    }
}

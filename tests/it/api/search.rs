//! What a search answers.

use serde_json::Value;

use crate::harness::TestApp;

fn ids(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().expect("results");
    results.iter().map(|result| result["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn a_teacher_finds_chemistry_for_key_stage_3_out_of_the_box() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/resources?q=chemistry&level=ks3").await;
    assert!(answer["total"].as_u64().expect("a total") >= 5, "{}", answer["total"]);
    assert_eq!(answer["interpretation"]["filters"][0]["facet"], "subject");
    assert_eq!(answer["interpretation"]["filters"][0]["id"], "chemistry");
    assert_eq!(answer["interpretation"]["filters"][0]["matched"], "chemistry");
    for result in answer["results"].as_array().expect("results") {
        let levels = result["levels"].as_array().expect("levels");
        assert!(levels.iter().any(|level| level["id"] == "ks3"), "{}", result["title"]);
    }
    let selected = answer["facets"]["level"]["values"].as_array().expect("values");
    assert!(selected.iter().any(|value| value["id"] == "ks3" && value["selected"] == true));
}

#[tokio::test]
async fn every_count_is_the_number_of_results_that_a_click_on_it_gives() {
    let app = TestApp::shipped().await;
    let mut selected = 0;
    for search in ["q=", "q=chemistry&level=ks3", "q=engineer&subject=physics&subject=computing", "level=ks4&cost=free"]
    {
        let answer = app.json(&format!("/v1/resources?{search}")).await;
        let total = answer["total"].as_u64().expect("a total");
        for facet in ["subject", "level", "type", "cost", "nation", "source", "route", "medium"] {
            let counts = &answer["facets"][facet];
            let values = counts["values"].as_array().expect("values");
            selected += values.iter().filter(|value| value["selected"] == true).count();
            for value in values {
                let id = value["id"].as_str().expect("an id");
                let clicked = app.json(&only(search, facet, id)).await;
                assert_eq!(clicked["total"], value["count"], "{search}: {facet}={id}");
            }
            let none = app.json(&only(search, facet, "_none")).await;
            assert_eq!(none["total"], counts["not_stated"], "{search}: {facet}=_none");
        }
        assert!(total > 0, "{search}");
    }
    assert_eq!(selected, 5, "facets with a selection are among them");
}

/// The search in which this value alone is selected in a facet. Every value is counted as if it were that.
fn only(search: &str, facet: &str, id: &str) -> String {
    let others: Vec<&str> = search.split('&').filter(|pair| pair.split('=').next() != Some(facet)).collect();
    format!("/v1/resources?{}&{facet}={id}&facets=none&per_page=1", others.join("&"))
}

#[tokio::test]
async fn within_a_facet_more_is_more_and_across_facets_it_is_less() {
    let app = TestApp::shipped().await;
    let total = async |search: &str| {
        app.json(&format!("/v1/resources?facets=none&{search}")).await["total"].as_u64().expect("a total")
    };
    let (physics, both) = (total("subject=physics").await, total("subject=physics,biology").await);
    assert!(both > physics);
    assert!(total("subject=physics,biology&type=competition").await < both);
}

#[tokio::test]
async fn the_pages_of_a_search_hold_every_result_once() {
    let app = TestApp::shipped().await;
    let mut seen = Vec::new();
    let mut next = Some("/v1/resources?q=engineer&per_page=7&facets=none".to_owned());
    let mut total = 0;
    while let Some(path) = next {
        let answer = app.json(&path).await;
        total = answer["total"].as_u64().expect("a total");
        seen.extend(ids(&answer));
        next = answer["links"]["next"].as_str().map(ToOwned::to_owned);
    }
    assert_eq!(seen.len() as u64, total);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len() as u64, total);
}

#[tokio::test]
async fn a_level_of_one_nation_finds_what_is_for_the_same_ages_in_another() {
    let app = TestApp::shipped().await;
    let total = async |search: &str| {
        app.json(&format!("/v1/resources?facets=none&{search}")).await["total"].as_u64().expect("a total")
    };
    assert!(total("level=cfe-third-fourth").await >= total("level=ks3").await);
    assert!(total("level=eng-year-9").await > 0);
    assert!(total("age=13").await > 0);
    assert!(total("age=11-14").await > 0);
}

#[tokio::test]
async fn sorting_by_title_is_alphabetical_and_the_literal_words_can_be_asked_for() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/resources?sort=title&per_page=50&facets=none").await;
    let titles: Vec<String> = answer["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| result["title"].as_str().expect("a title").to_lowercase())
        .collect();
    let letters = |title: &String| title.trim_start_matches(|c: char| !c.is_alphanumeric()).to_owned();
    assert!(titles.iter().map(letters).is_sorted(), "{titles:?}");
    let literal = app.json("/v1/resources?q=chemistry&interpret=off&facets=none").await;
    assert_eq!(literal["interpretation"]["filters"].as_array().expect("filters").len(), 0);
    assert_eq!(literal["interpretation"]["text"], "chemistry");
}

#[tokio::test]
async fn words_found_are_marked_and_markup_in_a_catalogue_stays_text() {
    let item = r#"[{"id": 1, "title": "Soap <b>making</b> & <script>alert(1)</script> chemistry",
        "url": "https://example.org/soap", "description": "How soap is made."}]"#;
    let toml = crate::harness::source_toml("soap", "file = \"soap.json\"");
    let app = TestApp::with_sources(&[("soap.toml", toml)], &[("soap.json", item)]).await;
    let answer = app.json("/v1/resources?q=soap&highlight=on").await;
    let result = &answer["results"][0];
    assert_eq!(result["highlights"]["description"], "How <mark>soap</mark> is made.");
    let title = result["highlights"]["title"].as_str().expect("a title");
    assert!(title.contains("<mark>Soap</mark>") && !title.contains("<script>"), "{title}");
}

#[tokio::test]
async fn only_the_fields_that_are_asked_for_are_given() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/resources?per_page=1&fields=title,url&facets=none").await;
    let result = answer["results"][0].as_object().expect("a result");
    let mut names: Vec<&String> = result.keys().collect();
    names.sort();
    assert_eq!(names, ["id", "title", "url"]);
    assert!(answer["facets"].as_object().expect("facets").is_empty());
}

#[tokio::test]
async fn an_event_that_is_over_is_hidden() {
    let items = r#"[{"id": 1, "title": "A fair last year", "url": "https://example.org/1", "ends": "2025-06-01"},
                    {"id": 2, "title": "A fair next year", "url": "https://example.org/2", "ends": "2027-06-01"}]"#;
    let toml = crate::harness::source_toml("fairs", "file = \"fairs.json\"");
    let app = TestApp::with_sources(&[("fairs.toml", toml)], &[("fairs.json", items)]).await;
    let answer = app.json("/v1/resources?q=fair").await;
    assert_eq!(answer["total"], 1);
    assert_eq!(answer["results"][0]["title"], "A fair next year");
}

#[tokio::test]
async fn an_event_that_ends_is_gone_for_one_who_holds_an_answer_with_it() {
    let item = r#"[{"id": 1, "title": "A fair tomorrow", "url": "https://example.org/1", "ends": "2026-11-22"}]"#;
    let toml = crate::harness::source_toml("fairs", "file = \"fairs.json\"");
    let app = TestApp::with_sources(&[("fairs.toml", toml)], &[("fairs.json", item)]).await;
    let path = "/v1/resources?q=fair";
    let first = app.get(path).await;
    assert_eq!((first.status, first.json()["total"].as_u64()), (200, Some(1)), "{}", first.body);
    let held = [("if-none-match", first.header("etag"))];
    assert_eq!(app.get_with(path, &held).await.status, 304, "nothing has changed yet");
    app.pass_days(3);
    let again = app.get_with(path, &held).await;
    assert_eq!(again.status, 200, "nothing was written since, but it is over");
    assert_eq!(again.json()["total"], 0);
}

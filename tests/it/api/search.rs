//! What a search answers.

use serde_json::Value;

use crate::harness::{TestApp, source_toml};

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
async fn what_a_page_has_answered_the_api_never_answers_with() {
    let app = TestApp::shipped().await;
    assert!(app.get("/?q=chemistry").await.header("content-type").starts_with("text/html"));
    let answer = app.get("/v1/resources?q=chemistry").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let answer = app.get("/v1/resources?/?q=chemistry").await;
    assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{}", answer.body);
    assert!(app.get("/students?q=chemistry").await.body.contains("<html"));
    assert!(app.get("/?q=chemistry").await.body.contains("<html"), "nor the page with what the API has");
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
    let toml = source_toml("soap", "file = \"soap.json\"");
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
    let toml = source_toml("fairs", "file = \"fairs.json\"");
    let app = TestApp::with_sources(&[("fairs.toml", toml)], &[("fairs.json", items)]).await;
    let answer = app.json("/v1/resources?q=fair").await;
    assert_eq!(answer["total"], 1);
    assert_eq!(answer["results"][0]["title"], "A fair next year");
}

#[tokio::test]
async fn an_event_that_ends_is_gone_for_one_who_holds_an_answer_with_it() {
    let item = r#"[{"id": 1, "title": "A fair tomorrow", "url": "https://example.org/1", "ends": "2026-11-22"}]"#;
    let toml = source_toml("fairs", "file = \"fairs.json\"");
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

/// Eight resources on chemistry, and one whose title is misspelt.
async fn with_a_misspelt_title() -> TestApp {
    let subjects = ["paint", "glass", "bread", "colour", "steel", "paper", "water", "air"];
    let mut titles: Vec<String> = subjects.iter().map(|subject| format!("The chemistry of {subject}")).collect();
    titles.push("The chemisrty of soap".to_owned());
    let items: Vec<Value> = titles
        .iter()
        .enumerate()
        .map(|(id, title)| serde_json::json!({ "id": id, "title": title, "url": format!("https://example.org/{id}") }))
        .collect();
    let toml = source_toml("things", "file = \"things.json\"");
    TestApp::with_sources(&[("things.toml", toml)], &[("things.json", &Value::from(items).to_string())]).await
}

fn list<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer[name].as_array().unwrap_or_else(|| panic!("no {name} in {answer}"))
}

#[tokio::test]
async fn what_was_understood_can_be_taken_back_word_by_word() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/resources?q=year+9+chemistry+video&facets=none").await;
    let filters = list(&answer["interpretation"], "filters");
    assert!(filters.len() >= 2, "{}", answer["interpretation"]);
    for filter in filters {
        let without = app.json(filter["without"].as_str().expect("an address")).await;
        let left = list(&without["interpretation"], "filters");
        assert_eq!(left.len(), filters.len() - 1, "{filter}");
        assert!(!left.iter().any(|one| one["id"] == filter["id"]), "{filter}");
    }
}

#[tokio::test]
async fn what_is_not_wanted_is_left_out_and_can_be_taken_back() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/resources?q=chemistry+not+engineering&facets=none").await;
    let filters = list(&answer["interpretation"], "filters");
    let negated = filters.iter().find(|filter| filter["negated"] == true).expect("what is not wanted");
    assert_eq!(negated["without"], "/v1/resources?q=chemistry&facets=none");
    let plain = app.json("/v1/resources?q=chemistry&facets=none").await;
    assert!(answer["total"].as_u64() < plain["total"].as_u64());
}

#[tokio::test]
async fn a_word_that_occurs_nowhere_is_corrected_and_said_to_be() {
    let app = with_a_misspelt_title().await;
    let answer = app.json("/v1/resources?q=chemsitry").await;
    assert_eq!(answer["interpretation"]["corrected"], serde_json::json!([{ "typed": "chemsitry", "to": "chemistry" }]));
    assert!(answer["total"].as_u64().expect("a total") >= 8);
    assert_eq!(app.json("/v1/resources?q=chemistry").await["interpretation"]["corrected"], serde_json::json!([]));
}

#[tokio::test]
async fn another_spelling_is_suggested_with_what_it_finds() {
    let app = with_a_misspelt_title().await;
    let answer = app.json("/v1/resources?q=chemisrty").await;
    let suggestion = &answer["suggestion"];
    assert_eq!(suggestion["text"], "chemistry", "{answer}");
    let suggested = app.json(suggestion["link"].as_str().expect("an address")).await;
    assert_eq!(suggested["total"], suggestion["total"]);
    assert_eq!(suggested["total"], 8, "one more has the word as it was typed");
    assert!(suggested["suggestion"].is_null());
}

#[tokio::test]
async fn each_looser_search_finds_what_it_says_and_more_than_was_found() {
    let app = TestApp::shipped().await;
    let mut met = 0;
    for search in [
        "q=chemistry&level=ks1&type=competition",
        "q=chemistry+competition+wales&level=ks1&cost=free",
        "q=biochemist&level=ks1&subject=computing",
        "q=xyzzyplugh+chemistry",
        "q=year+9+chemistry+video+competition&page=1&per_page=5",
        "level=ks1&subject=chemistry&type=competition&nation=wales",
    ] {
        let answer = app.json(&format!("/v1/resources?{search}")).await;
        for looser in list(&answer, "looser") {
            let found = app.json(looser["link"].as_str().expect("an address")).await;
            assert_eq!(found["total"], looser["total"], "{search}: {looser}");
            let is_loosened = answer["interpretation"]["loosened"] == true;
            assert!(is_loosened || found["total"].as_u64() > answer["total"].as_u64(), "{search}: {looser}");
            met += 1;
        }
    }
    assert!(met >= 3, "{met} looser searches");
}

#[tokio::test]
async fn a_facet_is_searched_inside_and_cut_short_and_its_counts_stay() {
    let app = TestApp::shipped().await;
    let all = app.json("/v1/resources?facets=subject&per_page=1").await;
    let within = app.json("/v1/resources?facets=subject&per_page=1&facet_q=chem").await;
    assert_eq!(within["total"], all["total"]);
    let (all, within) = (&all["facets"]["subject"], &within["facets"]["subject"]);
    assert!(!list(within, "values").is_empty());
    for value in list(within, "values") {
        let label = value["label"].as_str().expect("a label").to_lowercase();
        assert!(label.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with("chem")), "{label}");
        assert!(list(all, "values").contains(value), "{value}");
    }
    let short = app.json("/v1/resources?facets=subject&per_page=1&facet_limit=2").await;
    let short = &short["facets"]["subject"];
    assert_eq!(list(short, "values"), &list(all, "values")[..2]);
    let cut = u64::try_from(list(all, "values").len()).expect("a count") - 2;
    assert_eq!(short["more"].as_u64(), all["more"].as_u64().map(|more| more + cut));
}

#[tokio::test]
async fn what_is_only_inferred_can_be_left_out_of_filters_and_counts() {
    let app = TestApp::shipped().await;
    let facets = ["subject", "sector", "level", "audience", "medium"];
    let asked = format!("/v1/resources?facets={}&per_page=1", facets.join(","));
    let all = app.json(&asked).await;
    let stated = app.json(&format!("{asked}&inferred=off")).await;
    assert_eq!(stated["total"], all["total"], "nothing is filtered by");
    let mut inferred = 0;
    for facet in facets {
        for value in list(&all["facets"][facet], "values") {
            let count = |name: &str| value[name].as_u64().expect("a count");
            inferred += count("inferred");
            let listed = list(&stated["facets"][facet], "values").iter().find(|one| one["id"] == value["id"]);
            let expected = count("count") - count("inferred");
            assert_eq!(listed.map_or(0, |one| one["count"].as_u64().expect("a count")), expected, "{value}");
            if count("inferred") > 0 {
                let id = value["id"].as_str().expect("an id");
                let clicked = app.json(&format!("/v1/resources?{facet}={id}&facets=none&inferred=off")).await;
                assert_eq!(clicked["total"].as_u64(), Some(expected), "{value}");
            }
        }
    }
    assert!(inferred > 0, "something is inferred");
}

#[tokio::test]
async fn the_parts_of_a_score_add_up_to_it() {
    let app = TestApp::shipped().await;
    let answer = app.json("/v1/resources?q=chemistry+careers+engineer&explain=on&facets=none").await;
    assert!(!list(&answer, "results").is_empty());
    for result in list(&answer, "results") {
        let score = result["score"].as_f64().expect("a score");
        let parts = list(result, "explanation");
        let sum: f64 = parts.iter().map(|part| part["score"].as_f64().expect("a score")).sum();
        assert!((score - sum).abs() <= 0.001 * score.abs().max(1.0), "{score} is not {sum}: {parts:?}");
        assert!(parts.iter().all(|part| part["what"].as_str().is_some_and(|what| !what.is_empty())), "{parts:?}");
    }
    let plain = app.json("/v1/resources?q=chemistry&facets=none").await;
    assert!(plain["results"][0]["score"].is_null() && plain["results"][0]["explanation"].is_null());
}

#[tokio::test]
async fn a_search_that_is_repeated_has_the_same_answer() {
    let app = TestApp::shipped().await;
    for path in ["/v1/resources", "/v1/resources?q=chemistry&level=ks3&highlight=on", "/v1/resources?cursor=*"] {
        let (first, again) = (app.get(path).await, app.get(path).await);
        assert_eq!((first.status, &first.body), (200, &again.body), "{path}");
        for name in ["etag", "link", "index-seq", "content-type", "cache-control"] {
            assert!(!first.header(name).is_empty(), "{path}: {name}");
            assert_eq!(first.header(name), again.header(name), "{path}: {name}");
        }
        let held = app.get_with(path, &[("if-none-match", first.header("etag"))]).await;
        assert_eq!((held.status, held.body.as_str()), (304, ""), "{path}");
    }
}

#[tokio::test]
async fn an_answer_from_before_a_harvest_is_not_given_again() {
    let one = r#"[{"id": 1, "title": "One quasar", "url": "https://example.org/1"}]"#;
    let two = r#"[{"id": 1, "title": "One quasar", "url": "https://example.org/1"},
                  {"id": 2, "title": "Another quasar of its own", "url": "https://example.org/2"}]"#;
    let toml = source_toml("pair", "file = \"pair.json\"");
    let app = TestApp::with_sources(&[("pair.toml", toml)], &[("pair.json", one)]).await;
    let path = "/v1/resources?q=quasar";
    let first = app.get(path).await;
    assert_eq!(first.json()["total"], 1);
    assert_eq!(app.get(path).await.body, first.body);
    std::fs::write(app.source_dir().join("pair.json"), two).expect("a data file");
    app.harvest("pair").await;
    let after = app.get_with(path, &[("if-none-match", first.header("etag"))]).await;
    assert_eq!((after.status, after.json()["total"].as_u64()), (200, Some(2)));
}

#[tokio::test]
async fn an_answer_has_the_shape_that_the_document_gives_it() {
    let app = with_a_misspelt_title().await;
    let document = app.json("/v1/openapi.json").await;
    let schema =
        &document["paths"]["/v1/resources"]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{}", document["paths"]["/v1/resources"]);
    for search in [
        "",
        "q=chemisrty&highlight=on&explain=on",
        "q=chemsitry+not+engineering&level=ks1&type=competition",
        "q=chemistry&cursor=*&per_page=2&fields=title",
        "per_page=2&page=2",
    ] {
        let answer = app.json(&format!("/v1/resources?{search}")).await;
        assert_fits(&answer, schema, &document, search);
    }
}

/// A value has no fields but those of a schema, and all that are required.
fn assert_fits(value: &Value, schema: &Value, document: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let named = document.pointer(reference.trim_start_matches('#')).expect("what a reference points at");
        return assert_fits(value, named, document, place);
    }
    let alternatives = ["oneOf", "anyOf"].iter().find_map(|name| schema[*name].as_array());
    if let Some(alternatives) = alternatives {
        let other = alternatives.iter().find(|one| one["type"] != "null").expect("more than null");
        if !value.is_null() {
            assert_fits(value, other, document, place);
        }
        return;
    }
    match value {
        Value::Object(fields) => {
            let known = schema["properties"].as_object();
            for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                assert!(fields.contains_key(required), "{place}: no {required}");
            }
            for (name, field) in fields {
                let place = format!("{place}/{name}");
                match (known.and_then(|known| known.get(name)), &schema["additionalProperties"]) {
                    (Some(schema), _) => assert_fits(field, schema, document, &place),
                    (None, Value::Bool(true)) => {}
                    (None, of_all @ Value::Object(_)) => assert_fits(field, of_all, document, &place),
                    (None, _) => panic!("{place} is not documented"),
                }
            }
        }
        Value::Array(values) => {
            for (number, one) in values.iter().enumerate() {
                assert_fits(one, &schema["items"], document, &format!("{place}/{number}"));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

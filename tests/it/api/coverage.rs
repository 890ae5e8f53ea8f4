//! Two facets counted together: every count is what a search gives.

use serde_json::Value;

use crate::harness::{TestApp, source_toml};

async fn total(app: &TestApp, query: &str) -> Value {
    app.json(&format!("/v1/resources?facets=none&per_page=1&{query}")).await["total"].clone()
}

fn list<'a>(answer: &'a Value, name: &str) -> &'a Vec<Value> {
    answer[name].as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

#[tokio::test]
async fn every_count_is_what_a_search_with_both_finds() {
    let app = TestApp::shipped().await;
    for (rows, columns, narrowed) in [
        ("medium", "cost", ""),
        ("cost", "link", "&q=chemistry"),
        ("source", "nation", "&age=11-14"),
        ("benchmark", "cost", "&nation=england&inferred=off"),
    ] {
        let coverage = app.json(&format!("/v1/coverage?rows={rows}&columns={columns}{narrowed}")).await;
        assert_eq!(coverage["total"], total(&app, narrowed).await, "{rows} {columns}");
        assert!(!list(&coverage, "cells").is_empty(), "{rows} {columns}: {coverage}");
        for (name, facet) in [("rows", rows), ("columns", columns)] {
            for value in list(&coverage, name) {
                let query = format!("{facet}={}{narrowed}", text(&value["id"]));
                assert_eq!(value["count"], total(&app, &query).await, "{query}");
            }
        }
        for row in list(&coverage, "rows") {
            for column in list(&coverage, "columns") {
                let is_it = |cell: &&Value| cell["row"] == row["id"] && cell["column"] == column["id"];
                let cell = list(&coverage, "cells").iter().find(is_it);
                let counted = cell.map_or(0, |cell| cell["count"].as_u64().expect("a count"));
                let query = format!("{rows}={}&{columns}={}{narrowed}", text(&row["id"]), text(&column["id"]));
                assert_eq!(total(&app, &query).await, counted, "{query}");
            }
        }
    }
}

#[tokio::test]
async fn subjects_by_levels_are_counted_when_nothing_else_is_asked_for() {
    let app = TestApp::shipped().await;
    let coverage = app.json("/v1/coverage").await;
    assert_eq!(coverage, {
        let mut same = app.json("/v1/coverage?rows=subject&columns=level").await;
        same["links"] = coverage["links"].clone();
        same
    });
    assert!(list(&coverage, "rows").iter().any(|row| row["id"] == "chemistry" && row["label"] == "Chemistry"));
    assert!(list(&coverage, "columns").iter().any(|column| column["id"] == "ks3"));
    assert_eq!(coverage["links"]["self"], "/v1/coverage");
    assert_eq!(coverage["index"], app.json("/v1").await["index"]);
    let other_way = app.json("/v1/coverage?rows=level").await;
    assert_eq!(list(&other_way, "cells").len(), list(&coverage, "cells").len());
}

#[tokio::test]
async fn a_selection_in_one_of_the_two_hides_no_other_value_of_it() {
    let app = TestApp::shipped().await;
    let free = app.json("/v1/coverage?rows=cost&columns=medium&medium=online").await;
    let all = app.json("/v1/coverage?rows=cost&columns=medium").await;
    assert_eq!((&free["cells"], &free["columns"]), (&all["cells"], &all["columns"]));
    assert_eq!(free["total"], all["total"]);
}

#[tokio::test]
async fn what_is_cut_is_counted_and_what_states_nothing_stays_last() {
    let toml = source_toml("posters", "file = \"posters.json\"");
    let posters = r#"[
        {"id": 1, "title": "Soap", "url": "https://example.org/1", "subjects": ["Chemistry"], "types": ["Video"]},
        {"id": 2, "title": "Glue", "url": "https://example.org/2", "subjects": ["Chemistry"], "types": ["Poster"]},
        {"id": 3, "title": "Bridges", "url": "https://example.org/3", "subjects": ["Physics"], "types": ["Video"]},
        {"id": 4, "title": "Nothing much", "url": "https://example.org/4"}
    ]"#;
    let app = TestApp::with_sources(&[("posters.toml", toml)], &[("posters.json", posters)]).await;
    let whole = app.json("/v1/coverage?rows=subject&columns=source&inferred=off").await;
    let ids: Vec<&str> = list(&whole, "rows").iter().map(|row| text(&row["id"])).collect();
    assert_eq!(ids.last(), Some(&"_none"), "{ids:?}");
    assert_eq!(list(&whole, "columns")[0]["label"], "Catalogue posters");
    let part = app.json("/v1/coverage?rows=subject&columns=source&inferred=off&limit=1").await;
    let kept: Vec<&str> = list(&part, "rows").iter().map(|row| text(&row["id"])).collect();
    assert_eq!((kept.len(), kept[0], kept[1]), (2, ids[0], "_none"));
    assert_eq!(part["more_rows"], ids.len() - 2);
    assert_eq!((&whole["more_rows"], &part["total"]), (&Value::from(0), &whole["total"]));
    assert!(list(&part, "cells").iter().all(|cell| kept.contains(&text(&cell["row"]))), "{part}");
}

#[tokio::test]
async fn who_holds_the_counts_is_told_that_they_still_hold() {
    let app = TestApp::shipped().await;
    let tag = async |path: &str| app.get(path).await.header("etag").to_owned();
    let held = tag("/v1/coverage?rows=cost&columns=medium&q=soap").await;
    assert!(held.starts_with("W/\""), "{held}");
    let again = [("if-none-match", held.as_str())];
    assert_eq!(app.get_with("/v1/coverage?q=soap&columns=medium&rows=cost", &again).await.status, 304);
    assert_ne!(tag("/v1/coverage?rows=medium&columns=cost&q=soap").await, held);
    assert_ne!(tag("/v1/coverage?rows=cost&columns=medium").await, held);
}

#[tokio::test]
async fn every_mistake_is_told_at_once_with_what_was_probably_meant() {
    let app = TestApp::shipped().await;
    let answer = app.get("/v1/coverage?rows=subjcet&columns=level&limit=201&nation=englnd&per_page=5").await;
    assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{}", answer.body);
    let problem = answer.json();
    let told = list(&problem, "errors");
    let detail = |name: &str| {
        let mistake = told.iter().find(|mistake| mistake["parameter"] == name);
        mistake.and_then(|mistake| mistake["detail"].as_str()).unwrap_or_default()
    };
    assert!(detail("rows").contains("did you mean `subject`?"), "{told:?}");
    assert!(detail("nation").contains("did you mean `england`?"), "{told:?}");
    assert!(detail("limit").contains("from 1 to 200") && !detail("per_page").is_empty(), "{told:?}");
    for path in [
        "/v1/coverage?rows=level&columns=level",
        "/v1/coverage?rows=level&rows=subject",
        "/v1/coverage?columns=title",
        "/v1/coverage?limit=0",
        "/v1/coverage?cursor=*",
    ] {
        assert_eq!(app.get(path).await.status, 400, "{path}");
    }
}

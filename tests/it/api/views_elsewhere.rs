//! A view in everything beside the search: feeds, exports, their manifest, coverage, suggestions, what is similar. What
//! is narrowed, hidden and linked there is what the search of the view says.

use serde_json::{Value, json};
use signpost::catalogue::PartnerDetails;

use crate::harness::{TestApp, source_toml};

const FEEDS: [&str; 4] = ["/v1/feed.rss", "/v1/feed.atom", "/v1/feed.json", "/v1/feed.ics"];
const EXPORTS: [&str; 2] = ["/v1/export.ndjson", "/v1/export.csv"];

fn record(id: u32, title: &str, path: &str, subject: &str) -> Value {
    json!({ "id": id, "title": title, "url": format!("https://example.org/{path}"), "subjects": [subject],
        "levels": ["Key Stage 3"], "starts": "2026-12-01T10:00:00" })
}

/// Two catalogues, and the key of a partner whose searches go through a view unless they say otherwise: chemistry alone,
/// nothing that only the films know, and a mark on every link.
async fn narrowed() -> (TestApp, String) {
    let posters = json!([
        record(1, "Soap makers", "makers", "Chemistry"),
        record(2, "Crystal growers", "growers", "Chemistry"),
        record(3, "Bridges", "bridges", "Physics"),
    ]);
    let films =
        json!([record(1, "Soap makers", "makers", "Chemistry"), record(2, "Glass blowers", "blowers", "Chemistry")]);
    let toml = |id: &str| {
        source_toml(id, &format!("file = \"{id}.json\""))
            .replace("ends = \"/ends\"", "ends = \"/ends\"\nstarts = \"/starts\"")
    };
    let sources = [("posters.toml", toml("posters")), ("films.toml", toml("films"))];
    let (posters, films) = (posters.to_string(), films.to_string());
    let app = TestApp::with_sources(&sources, &[("posters.json", &posters), ("films.json", &films)]).await;
    let contact = "the web team".to_owned();
    let details = PartnerDetails { name: "Chemists".to_owned(), contact, view: Some("rsc".to_owned()) };
    let (_, key) = app.app.catalogue.create_partner(&details, app.app.clock.now()).await.expect("a partner");
    let view = json!({ "title": "Chemistry", "filters": { "subject": ["chemistry"] }, "hidden_sources": ["films"],
        "link_parameters": { "utm_source": "rsc" } });
    let headers = [("x-api-key", key.as_str()), ("content-type", "application/json")];
    let made = app.call("PUT", "/v1/partner/views/rsc", &headers, view.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    (app, key)
}

/// The same question three ways: through the view by name, through it by key, and through no view at all.
async fn asked(app: &TestApp, key: &str, path: &str) -> [String; 3] {
    let mark = if path.contains('?') { '&' } else { '?' };
    let by_name = app.get(&format!("{path}{mark}view=rsc")).await;
    let by_key = app.get_with(path, &[("x-api-key", key)]).await;
    let plain = app.get(path).await;
    for answer in [&by_name, &by_key, &plain] {
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    [by_name.body, by_key.body, plain.body]
}

#[tokio::test]
async fn feeds_and_exports_hold_what_the_view_finds_and_its_links_bear_the_mark() {
    let (app, key) = narrowed().await;
    for path in FEEDS.into_iter().chain(EXPORTS) {
        let [by_name, by_key, plain] = asked(&app, &key, path).await.map(|body| body.replace("\r\n ", ""));
        for body in [&by_name, &by_key] {
            for title in ["Soap makers", "Crystal growers"] {
                assert!(body.contains(title), "{title} in {path}: {body}");
            }
            for title in ["Bridges", "Glass blowers"] {
                assert!(!body.contains(title), "{title} in {path}: {body}");
            }
            for link in ["https://example.org/makers?utm_source=rsc", "https://example.org/growers?utm_source=rsc"] {
                assert!(body.contains(link), "{link} in {path}: {body}");
            }
        }
        assert!(plain.contains("Bridges") && plain.contains("Glass blowers"), "{path}: {plain}");
        assert!(!plain.contains("utm_source"), "{path}: {plain}");
    }
}

#[tokio::test]
async fn who_holds_a_feed_or_a_file_of_one_view_holds_no_other() {
    let (app, key) = narrowed().await;
    for path in FEEDS.into_iter().chain(EXPORTS).chain(["/v1/export.manifest.json", "/v1/coverage"]) {
        let tag = app.get(path).await.header("etag").to_owned();
        let held = [("if-none-match", tag.as_str())];
        assert_eq!(app.get_with(path, &held).await.status, 304, "{path}");
        assert_eq!(app.get_with(&format!("{path}?view=rsc"), &held).await.status, 200, "{path}");
        let by_key = app.get_with(path, &[held[0], ("x-api-key", &key)]).await;
        assert_eq!(by_key.status, 200, "{path}");
        assert!(by_key.header("cache-control").starts_with("private"), "{path}: {}", by_key.header("cache-control"));
    }
}

#[tokio::test]
async fn a_manifest_counts_the_files_of_the_view_and_names_it() {
    let (app, key) = narrowed().await;
    let [by_name, by_key, plain] = asked(&app, &key, "/v1/export.manifest.json").await;
    let [by_name, by_key, plain] =
        [by_name, by_key, plain].map(|body| serde_json::from_str::<Value>(&body).expect("JSON"));
    assert_eq!((&by_name["total"], &by_key["total"], &plain["total"]), (&json!(2), &json!(2), &json!(4)));
    for file in by_name["files"].as_array().expect("files") {
        let url = file["url"].as_str().expect("an address");
        assert!(url.contains("view=rsc"), "{url}");
        assert_eq!(file["etag"], app.get(url).await.header("etag"), "{url}");
    }
}

#[tokio::test]
async fn coverage_counts_what_a_search_of_the_view_finds() {
    let (app, key) = narrowed().await;
    let [by_name, by_key, plain] = asked(&app, &key, "/v1/coverage?rows=subject&columns=level").await;
    let totals = [&by_name, &by_key, &plain].map(|body| {
        let coverage: Value = serde_json::from_str(body).expect("JSON");
        coverage["total"].clone()
    });
    assert_eq!(totals, [2, 2, 4]);
    let coverage: Value = serde_json::from_str(&by_name).expect("JSON");
    let cells = coverage["cells"].as_array().expect("cells");
    assert!(!cells.is_empty(), "{coverage}");
    for cell in cells {
        let (subject, level) = (cell["row"].as_str().expect("a row"), cell["column"].as_str().expect("a column"));
        let path = format!("/v1/resources?facets=none&view=rsc&subject={subject}&level={level}");
        assert_eq!(app.json(&path).await["total"], cell["count"], "{path}");
    }
}

#[tokio::test]
async fn what_a_view_hides_is_neither_suggested_nor_similar() {
    let (app, key) = narrowed().await;
    let makers = app.id_of("Soap makers").await;
    for (path, hidden) in [
        ("/v1/suggest?q=glass+blow".to_owned(), "Glass blowers"),
        ("/v1/suggest?q=bridg".to_owned(), "Bridges"),
        (format!("/v1/resources/{makers}/similar"), "Glass blowers"),
    ] {
        let [by_name, by_key, plain] = asked(&app, &key, &path).await;
        assert!(plain.contains(hidden), "{path}: {plain}");
        assert!(!by_name.contains(hidden) && !by_key.contains(hidden), "{path}: {by_name} {by_key}");
    }
    let [by_name, by_key, plain] = asked(&app, &key, &format!("/v1/resources/{makers}/similar")).await;
    for body in [by_name, by_key] {
        assert!(body.contains("https://example.org/growers?utm_source=rsc"), "{body}");
    }
    assert!(plain.contains("\"https://example.org/growers\""), "{plain}");
}

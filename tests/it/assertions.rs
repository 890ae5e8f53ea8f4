//! Where every value of the catalogue comes from: all of it is walked, value by value.

use schemas::{Assertion, Method, Resource, ResourceId};
use serde_json::Value;

use crate::harness::{TestApp, source_toml};
use crate::sources::real::{real_data, with_all_harvested};

/// What publishing adds: no source says it.
const ADDED: [&str; 8] = ["id", "records", "completeness", "missing", "pinned", "link", "created", "updated"];

/// So many resources are looked at together.
const PAGE: usize = 250;

/// Walks every live resource, and says how many values it has met.
async fn walk(app: &TestApp) -> usize {
    let catalogue = &app.app.catalogue;
    let mut after: Option<ResourceId> = None;
    let mut values = 0;
    loop {
        let entries = catalogue.scan(after.as_ref(), PAGE).await.unwrap();
        let ids: Vec<ResourceId> = entries.iter().map(|entry| entry.resource.id.clone()).collect();
        let Some(last) = ids.last() else {
            return values;
        };
        after = Some(last.clone());
        let mut found = catalogue.assertions_of_many(&ids).await.unwrap();
        for entry in &entries {
            let assertions = found.remove(&entry.resource.id).unwrap_or_default();
            values += check_values(&entry.resource, &assertions);
            check_assertions(&entry.resource, &assertions);
        }
    }
}

/// Every value of a resource has an assertion behind it. Says how many values there are.
fn check_values(resource: &Resource, assertions: &[Assertion]) -> usize {
    let json = serde_json::to_value(resource).unwrap();
    let mut count = 0;
    for (field, published) in json.as_object().unwrap() {
        if ADDED.contains(&field.as_str()) {
            continue;
        }
        for value in values_of(published) {
            let is_told = assertions.iter().any(|one| one.used && one.field == *field && one.value == *value);
            assert!(is_told, "{}: {field} {value} of nobody", resource.id);
            count += 1;
        }
    }
    count
}

/// Every assertion says what a resource may say, and what is used stands there.
fn check_assertions(resource: &Resource, assertions: &[Assertion]) {
    let json = serde_json::to_value(resource).unwrap();
    let first_seen = resource.records.iter().map(|record| record.first_seen.as_str()).min().unwrap();
    for one in assertions {
        let of_record = resource.records.iter().any(|record| {
            Some(&record.source) == one.source.as_ref() && Some(&record.identifier) == one.identifier.as_ref()
        });
        let of_nobody = one.source.is_none() && (one.method == Method::Curated || one.field == "url");
        assert!(of_record || of_nobody, "{}: {one:?}", resource.id);
        assert!((0.0..=1.0).contains(&one.confidence.value()), "{}: {one:?}", resource.id);
        assert!(one.since.as_str() >= first_seen, "{}: {one:?}", resource.id);
        let stands = values_of(&json[&one.field]).any(|value| *value == one.value);
        assert_eq!(one.used, stands, "{}: {one:?}", resource.id);
        assert!(one.used || one.reason.is_some(), "{}: {one:?}", resource.id);
    }
}

/// The values of a field; of a concept its id.
fn values_of(published: &Value) -> impl Iterator<Item = &Value> {
    let values: &[Value] = match published {
        Value::Null => &[],
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    values.iter().map(|value| value.get("id").unwrap_or(value))
}

#[tokio::test]
async fn every_value_of_the_catalogues_that_ship_has_an_assertion_behind_it() {
    let app = TestApp::shipped().await;
    let values = walk(&app).await;
    assert!(values >= 350 * 10, "{values}");
}

#[tokio::test]
async fn every_value_of_the_real_catalogues_has_an_assertion_behind_it() {
    let Some(data) = real_data() else {
        return;
    };
    let (app, _site) = with_all_harvested(&data).await;
    let started = std::time::Instant::now();
    let values = walk(&app).await;
    println!("{values} values of all real catalogues walked in {:?}", started.elapsed());
    assert!(values >= 6_000 * 10, "{values}");
}

#[tokio::test]
async fn assertions_stand_beside_the_bare_resource_and_have_a_tag_of_their_own() {
    let item = r#"[{ "id": 1, "title": "Soap", "url": "https://example.org/soap", "levels": ["KS3"] }]"#;
    let toml = source_toml("soap", "file = \"soap.json\"");
    let app = TestApp::with_sources(&[("soap.toml", toml)], &[("soap.json", item)]).await;
    let found = app.json("/v1/resources?q=soap&facets=none").await;
    let path = format!("/v1/resources/{}", found["results"][0]["id"].as_str().unwrap());
    let with = format!("{path}?include=assertions");
    let (bare, answer) = (app.get(&path).await, app.get(&with).await);
    assert_ne!(bare.header("etag"), answer.header("etag"));
    let again = app.get_with(&with, &[("if-none-match", answer.header("etag"))]).await;
    assert_eq!(again.status, 304);
    assert_eq!(app.get_with(&with, &[("if-none-match", bare.header("etag"))]).await.status, 200);

    let (mut resource, bare) = (answer.json(), bare.json());
    let assertions = resource.as_object_mut().unwrap().remove("assertions").unwrap();
    assert_eq!(resource, bare);
    let title = assertions.as_array().unwrap().iter().find(|one| one["field"] == "title").unwrap();
    let expected = serde_json::json!({
        "field": "title", "value": "Soap", "method": "stated", "confidence": 1.0, "source": "soap",
        "identifier": "1", "evidence": null, "since": title["since"], "used": true, "reason": null
    });
    assert_eq!(*title, expected);
    let level = assertions.as_array().unwrap().iter().find(|one| one["value"] == "cfw-ps4").unwrap();
    assert!(level["evidence"].as_str().unwrap().starts_with("follows from ages 11-14"), "{level}");
}

#[tokio::test]
async fn the_openapi_document_says_what_an_assertion_is() {
    let app = TestApp::shipped().await;
    let document = app.json("/v1/openapi.json").await;
    let properties = &document["components"]["schemas"]["AssertionAnswer"]["properties"];
    for field in
        ["field", "value", "method", "confidence", "source", "identifier", "evidence", "since", "used", "reason"]
    {
        assert!(properties[field]["description"].is_string(), "{field}: {properties}");
    }
    let answer = document["components"]["schemas"]["ResourceAnswer"].to_string();
    assert!(answer.contains("#/components/schemas/Resource\""), "{answer}");
    assert!(answer.contains("#/components/schemas/AssertionAnswer"), "{answer}");
}

//! What partners have built on stays: the OpenAPI document breaks nothing of the copy that is checked in.

use serde_json::Value;
use signpost::api::contract::{breaking_changes, text_of};
use signpost::api::openapi::document_of_routes;

const COPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api/openapi.json");

fn checked_in() -> Value {
    let text = std::fs::read_to_string(COPY).expect("the document is checked in");
    serde_json::from_str(&text).expect("the document is JSON")
}

#[test]
fn the_checked_in_document_is_fresh() {
    let text = std::fs::read_to_string(COPY).unwrap_or_default();
    let is_fresh = text == text_of(&document_of_routes());
    assert!(is_fresh, "src/api/openapi.json is stale: run `cargo run -- schemas` and commit what it writes");
}

#[test]
fn nothing_that_partners_have_built_on_breaks() {
    let breaking: Vec<String> =
        breaking_changes(&checked_in(), &document_of_routes()).iter().map(ToString::to_string).collect();
    assert!(breaking.is_empty(), "see /docs/stability for how this is done on purpose:\n{}", breaking.join("\n"));
}

#[test]
fn whatever_call_parameter_or_status_goes_is_reported() {
    let document = checked_in();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let gone = without(&document, &["paths", path.as_str()]);
        assert!(!breaking_changes(&document, &gone).is_empty(), "{path}");
        for (method, operation) in item.as_object().expect("operations") {
            let gone = without(&document, &["paths", path.as_str(), method.as_str()]);
            assert!(!breaking_changes(&document, &gone).is_empty(), "{method} {path}");
            for place in 0..operation["parameters"].as_array().map_or(0, Vec::len) {
                let mut changed = document.clone();
                let left = changed["paths"][path][method]["parameters"].as_array_mut().expect("parameters");
                let gone = left.remove(place);
                assert!(!breaking_changes(&document, &changed).is_empty(), "{gone} of {method} {path}");
            }
            let statuses = operation["responses"].as_object().expect("answers");
            for status in statuses.keys().filter(|status| status.starts_with('2')) {
                let gone = without(&document, &["paths", path.as_str(), method.as_str(), "responses", status.as_str()]);
                assert!(!breaking_changes(&document, &gone).is_empty(), "{status} of {method} {path}");
            }
        }
    }
}

#[test]
fn whatever_member_of_an_answer_goes_or_changes_its_type_is_reported() {
    let document = checked_in();
    let text = document.to_string();
    let mut tried = 0;
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        let is_used = text.contains(&format!("#/components/schemas/{name}\""));
        for (property, shape) in schema["properties"].as_object().into_iter().flatten().filter(|_| is_used) {
            tried += 1;
            let gone = without(&document, &["components", "schemas", name.as_str(), "properties", property.as_str()]);
            assert!(!breaking_changes(&document, &gone).is_empty(), "{property} of {name}");
            if shape["type"].is_string() && shape["type"] != "boolean" {
                let mut changed = document.clone();
                let place = &mut changed["components"]["schemas"][name]["properties"][property];
                *place = serde_json::json!({ "type": "boolean" });
                assert!(!breaking_changes(&document, &changed).is_empty(), "the type of {property} of {name}");
            }
        }
    }
    assert!(tried > 100, "{tried} members were tried");
}

/// The document without the member that this path leads to.
fn without(document: &Value, path: &[&str]) -> Value {
    let mut changed = document.clone();
    let (last, parents) = path.split_last().expect("a path");
    let parent = parents.iter().fold(&mut changed, |value, name| &mut value[*name]);
    parent.as_object_mut().expect("an object").shift_remove(*last).expect("a member of this name");
    changed
}

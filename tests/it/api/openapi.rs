//! The OpenAPI document against the service: what it says holds, and what holds it says.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::{Answer, TestApp};

/// An operation of the document.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    says: &'a Value,
    document: &'a Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, says) in item.as_object().expect("methods") {
            all.push(Operation { method, path, says, document });
        }
    }
    all
}

impl Operation<'_> {
    /// The parameters, wherever they stand in the document.
    fn parameters(&self, place: &str) -> Vec<&Value> {
        let all = self.says["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = |parameter| resolved(self.document, parameter);
        all.iter().map(found).filter(|parameter| parameter["in"] == place).collect()
    }

    /// The path with the examples of its parameters; `None` where one has none, for there is nothing to show.
    fn example_path(&self) -> Option<String> {
        let mut path = self.path.to_owned();
        for parameter in self.parameters("path") {
            path = path.replace(&format!("{{{}}}", parameter["name"].as_str()?), &example(parameter)?);
        }
        Some(path)
    }

    fn statuses(&self) -> BTreeSet<u16> {
        let responses = self.says["responses"].as_object().expect("responses");
        responses.keys().map(|status| status.parse().expect("a status")).collect()
    }
}

/// What a reference leads to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
    reference.map_or(value, |reference| document.pointer(reference).expect("a reference leads somewhere"))
}

/// The example of a parameter as it stands in an address.
fn example(parameter: &Value) -> Option<String> {
    match &parameter["example"] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => Some(values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
        other => Some(other.to_string()),
    }
}

fn query(pairs: &[(&str, String)]) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    let mut query = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
    query.extend_pairs(pairs);
    query.finish()
}

#[tokio::test]
async fn every_example_of_the_document_is_answered_as_it_says() {
    let app = TestApp::shipped().await;
    have_a_view(&app).await;
    let document = app.json("/v1/openapi.json").await;
    let mut asked = 0;
    for operation in operations(&document).iter().filter(|operation| operation.method == "get") {
        let Some(path) = operation.example_path() else { continue };
        let parameters = operation.parameters("query");
        let needed = |parameter: &&&Value| parameter["required"] == true;
        let pair = |parameter: &&Value| Some((parameter["name"].as_str()?.to_owned(), example(parameter)?));
        let required: Vec<(String, String)> = parameters.iter().filter(needed).filter_map(pair).collect();
        let optional = parameters.iter().filter(|parameter| !needed(parameter)).filter_map(pair);
        for further in std::iter::once(None).chain(optional.map(Some)) {
            let pairs: Vec<(&str, String)> =
                required.iter().chain(&further).map(|(name, value)| (name.as_str(), value.clone())).collect();
            let address = format!("{path}{}", query(&pairs));
            let answer = app.get(&address).await;
            let is_keyed = operation.says["security"]
                .as_array()
                .is_some_and(|all| !all.iter().any(|one| one == &serde_json::json!({})));
            let expected = if is_keyed { 401 } else { 200 };
            assert_eq!(answer.status, expected, "{address}: {}", answer.body);
            check_headers(operation, &document, &answer, &address);
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked} examples");
}

/// The view that examples name.
async fn have_a_view(app: &TestApp) {
    let json = ("content-type", "application/json");
    let made =
        app.call("POST", "/v1/partners", &[json], r#"{"name": "Example Society", "contact": "the office"}"#).await;
    let key = made.json()["key"].as_str().expect("a key").to_owned();
    let view =
        app.call("PUT", "/v1/partner/views/rsc", &[json, ("x-api-key", &key)], r#"{"title": "Chemistry"}"#).await;
    assert_eq!(view.status, 201, "{}", view.body);
}

/// What the document says of the headers of an answer.
fn check_headers(operation: &Operation<'_>, document: &Value, answer: &Answer, address: &str) {
    let response = &operation.says["responses"][answer.status.to_string()];
    assert!(response.is_object(), "{address}: {} is not in the document", answer.status);
    let content_type = answer.header("content-type").split(';').next().unwrap_or_default().to_owned();
    if let Some(content) = response["content"].as_object() {
        let is_listed = content.keys().any(|listed| listed.split(';').next() == Some(content_type.as_str()));
        assert!(is_listed, "{address}: `{content_type}` is none of {:?}", content.keys().collect::<Vec<_>>());
    }
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let reference = header["$ref"].as_str().map_or("", |reference| reference.trim_start_matches('#'));
        assert!(reference.is_empty() || document.pointer(reference).is_some(), "{reference}");
        let is_limit = name.starts_with("RateLimit");
        assert!(is_limit || !answer.header(name).is_empty(), "{address}: no `{name}` in {:?}", answer.headers);
    }
}

#[tokio::test]
async fn every_facet_takes_the_values_that_the_document_lists() {
    let app = TestApp::shipped().await;
    let document = app.json("/v1/openapi.json").await;
    for (facet, schema) in [("level", "LevelValue"), ("learning_area", "LearningAreaValue"), ("link", "LinkValue")] {
        for value in document["components"]["schemas"][schema]["enum"].as_array().expect("values") {
            let value = value.as_str().expect("a value");
            let answer = app.get(&format!("/v1/resources?facets=none&per_page=1&{facet}={value}")).await;
            assert_eq!(answer.status, 200, "{facet}={value}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn every_operation_has_a_name_a_tag_and_says_how_it_fails() {
    let app = TestApp::shipped().await;
    let document = app.json("/v1/openapi.json").await;
    let mut names = BTreeSet::new();
    for operation in operations(&document) {
        let at = format!("{} {}", operation.method, operation.path);
        assert!(names.insert(operation.says["operationId"].as_str().expect("a name").to_owned()), "{at}");
        let tag = &operation.says["tags"][0];
        let tags = document["tags"].as_array().expect("tags");
        assert!(tags.iter().any(|one| &one["name"] == tag), "{at}: {tag}");
        let statuses = operation.statuses();
        assert!(statuses.contains(&429) && statuses.contains(&500) && statuses.contains(&503), "{at}: {statuses:?}");
        assert!(statuses.iter().any(|status| (200..300).contains(status)), "{at}");
        for parameter in ["path", "query", "header"].into_iter().flat_map(|place| operation.parameters(place)) {
            assert!(parameter["description"].as_str().is_some_and(|text| text.len() > 3), "{at}: {parameter}");
            assert!(parameter["schema"].is_object(), "{at}: {parameter}");
        }
    }
}

#[tokio::test]
async fn what_a_request_says_of_its_host_reaches_no_body() {
    let app = TestApp::shipped().await;
    let document = app.json("/v1/openapi.json").await;
    let lies = [
        ("host", "canary.example"),
        ("x-forwarded-host", "canary.example"),
        ("x-forwarded-proto", "canary.example"),
        ("forwarded", "host=canary.example"),
        ("x-original-url", "/canary.example"),
        ("x-rewrite-url", "/canary.example"),
        ("origin", "https://canary.example"),
        ("referer", "https://canary.example/"),
    ];
    let pages = [
        "/",
        "/docs",
        "/docs/widget",
        "/opensearch.xml",
        "/sitemap.xml",
        "/robots.txt",
        "/embed/search",
        "/oai?verb=Identify",
    ];
    let calls = operations(&document);
    let calls = calls.iter().filter(|operation| operation.method == "get").filter_map(Operation::example_path);
    for path in calls.chain(pages.map(ToOwned::to_owned)) {
        let answer = app.get_with(&path, &lies).await;
        let told = format!("{:?} {}", answer.headers, answer.body);
        assert!(!told.contains("canary.example"), "{path}: {told}");
    }
}

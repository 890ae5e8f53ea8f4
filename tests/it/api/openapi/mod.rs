//! The OpenAPI document against the service: what it says holds, and what holds it says.

mod examples; // each example is sent, and what comes is what the document says

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::TestApp;

/// An operation of the document.
pub(crate) struct Operation<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) says: &'a Value,
    document: &'a Value,
}

/// All operations of a document.
pub(crate) fn operations(document: &Value) -> Vec<Operation<'_>> {
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
    pub(crate) fn parameters(&self, place: &str) -> Vec<&Value> {
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

    /// The same with the parameters that must stand in its query, and one more.
    pub(crate) fn example_address(&self, further: Option<(String, String)>) -> Option<String> {
        let path = self.example_path()?;
        let required = self.parameters("query").into_iter().filter(|parameter| parameter["required"] == true);
        let pairs: Vec<(String, String)> = required.filter_map(example_pair).chain(further).collect();
        if pairs.is_empty() {
            return Some(path);
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Some(format!("{path}?{query}"))
    }

    /// Whether nobody may ask it without a key or a token.
    fn is_closed(&self) -> bool {
        self.says["security"].as_array().is_some_and(|all| !all.contains(&json!({})))
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
    // Of optional parameters it stands aside, so that readers do not fill all of them in.
    let stated = if parameter["example"].is_null() { &parameter["x-example"] } else { &parameter["example"] };
    match stated {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => Some(values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
        other => Some(other.to_string()),
    }
}

/// A parameter with its example.
fn example_pair(parameter: &Value) -> Option<(String, String)> {
    Some((parameter["name"].as_str()?.to_owned(), example(parameter)?))
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
    examples::partner_with_a_view(&app).await;
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
    let calls = calls.iter().filter(|operation| operation.method == "get");
    let calls = calls.filter_map(|operation| Some((operation.example_address(None)?, operation.is_closed())));
    for (path, is_closed) in calls.chain(pages.map(|page| (page.to_owned(), false))) {
        let answer = app.get_with(&path, &lies).await;
        assert_eq!(answer.status, if is_closed { 401 } else { 200 }, "{path}: {}", answer.body);
        let told = format!("{:?} {}", answer.headers, answer.body);
        assert!(!told.contains("canary.example"), "{path}: {told}");
    }
}

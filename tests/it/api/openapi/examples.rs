//! Every example of the document is sent as a partner would send it, and nothing comes of it that is not written there.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::{Operation, example_pair, operations, resolved};
use crate::harness::{Answer, TestApp};

/// What goes with every answer over HTTP, or with every one of ours, and needs no word in the document.
const GENERAL: [&str; 12] = [
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "date",
    "referrer-policy",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
    "x-frame-options",
];
/// What comes only when there is something to say. The limits are off in these tests.
const SOMETIMES: [&str; 5] = ["Last-Modified", "Link", "RateLimit", "RateLimit-Policy", "Retry-After"];
/// What these tests do not send: the records of a source need a source that takes them, and the form of OAI-PMH has
/// tests of its own.
const NOT_SENT: [&str; 2] = ["post_oai", "push_records"];

const JSON: (&str, &str) = ("content-type", "application/json");

/// The key of a new partner.
async fn partner(app: &TestApp) -> String {
    let body = r#"{"name": "Example Society", "contact": "the office"}"#;
    let made = app.call("POST", "/v1/partners", &[JSON], body).await;
    made.json()["key"].as_str().expect("a key").to_owned()
}

/// The same, of one that has the view that examples name.
pub(super) async fn partner_with_a_view(app: &TestApp) -> String {
    let key = partner(app).await;
    let document = app.json("/v1/openapi.json").await;
    let all = operations(&document);
    let put = all.iter().find(|operation| operation.says["operationId"] == "put_partner_view").expect("it is there");
    let path = put.example_path().expect("a name for a view");
    let headers = [JSON, ("x-api-key", key.as_str())];
    let view = app.call("PUT", &path, &headers, r#"{"title": "Chemistry"}"#).await;
    assert_eq!(view.status, 201, "{path}: {}", view.body);
    key
}

/// Claims that the document knows this answer: its status, its type, and each of its headers; and that the headers it
/// promises are there.
fn check(operation: &Operation<'_>, answer: &Answer, asked: &str) {
    let response = &operation.says["responses"][answer.status.to_string()];
    assert!(response.is_object(), "{asked}: {} is not in the document: {}", answer.status, answer.body);
    let response = resolved(operation.document, response);
    let content_type = answer.header("content-type").split(';').next().unwrap_or_default().to_owned();
    match response["content"].as_object() {
        Some(content) => {
            let is_listed = content.keys().any(|listed| listed.split(';').next() == Some(content_type.as_str()));
            assert!(is_listed, "{asked}: `{content_type}` is none of {:?}", content.keys().collect::<Vec<_>>());
        }
        None => assert!(answer.body.is_empty(), "{asked}: a body comes with {} that nothing is said of", answer.status),
    }
    let told = response["headers"].as_object();
    for (name, header) in told.into_iter().flatten() {
        assert!(resolved(operation.document, header).is_object(), "{asked}: {name}");
        let is_sent = !answer.header(name).is_empty();
        assert!(is_sent || SOMETIMES.contains(&name.as_str()), "{asked}: no `{name}` in {:?}", answer.headers);
    }
    for name in answer.headers.keys().map(reqwest::header::HeaderName::as_str) {
        let is_general = GENERAL.contains(&name) || name.starts_with("access-control-");
        let is_told = told.is_some_and(|told| told.keys().any(|listed| listed.eq_ignore_ascii_case(name)));
        assert!(is_general || is_told, "{asked}: `{name}` of an answer {} is not in the document", answer.status);
    }
    let is_deprecated = !answer.header("deprecation").is_empty() || !answer.header("sunset").is_empty();
    assert_eq!(is_deprecated, operation.says["deprecated"] == true, "{asked}");
}

#[tokio::test]
async fn every_example_of_a_read_is_answered_as_it_says() {
    let app = TestApp::shipped().await;
    let key = partner_with_a_view(&app).await;
    let document = app.json("/v1/openapi.json").await;
    let mut asked = 0;
    for operation in operations(&document).iter().filter(|operation| operation.method == "get") {
        let parameters = operation.parameters("query");
        let optional = parameters.iter().filter(|parameter| parameter["required"] != true);
        let optional = optional.filter_map(|parameter| example_pair(parameter));
        for further in std::iter::once(None).chain(optional.map(Some)) {
            let Some(address) = operation.example_address(further) else { continue };
            if operation.is_closed() {
                let refused = app.get(&address).await;
                assert_eq!(refused.status, 401, "{address}: {}", refused.body);
                check(operation, &refused, &address);
            }
            let with_key: &[(&str, &str)] = if operation.is_closed() { &[("x-api-key", key.as_str())] } else { &[] };
            let answer = app.get_with(&address, with_key).await;
            assert_eq!(answer.status, 200, "{address}: {}", answer.body);
            check(operation, &answer, &address);
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked} examples");
}

#[tokio::test]
async fn what_is_held_and_what_cannot_be_used_is_answered_as_it_says() {
    let app = TestApp::shipped().await;
    let key = partner_with_a_view(&app).await;
    let document = app.json("/v1/openapi.json").await;
    let mut held = 0;
    for operation in operations(&document).iter().filter(|operation| operation.method == "get") {
        let Some(address) = operation.example_address(None) else { continue };
        let with_key: Vec<(&str, &str)> =
            if operation.is_closed() { vec![("x-api-key", key.as_str())] } else { Vec::new() };
        let first = app.get_with(&address, &with_key).await;
        let tag = first.header("etag").to_owned();
        if !tag.is_empty() {
            let headers = [&with_key[..], &[("if-none-match", tag.as_str())]].concat();
            let again = app.get_with(&address, &headers).await;
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{address}");
            check(operation, &again, &address);
            held += 1;
        }
        let mark = if address.contains('?') { '&' } else { '?' };
        let wrong = format!("{address}{mark}colour=red");
        let refused = app.get_with(&wrong, &with_key).await;
        let expected = if operation.path == "/oai" { 200 } else { 400 };
        assert_eq!(refused.status, expected, "{wrong}: {}", refused.body);
        check(operation, &refused, &wrong);
    }
    assert!(held > 15, "{held} answers with a tag");
}

/// What is made comes before what is changed, and that before what is taken away; of what is taken away the key last.
fn order(operation: &Operation<'_>) -> (usize, Reverse<String>) {
    let methods = ["put", "post", "patch", "delete"];
    let place = methods.iter().position(|method| *method == operation.method).unwrap_or(methods.len());
    (place, Reverse(operation.path.to_owned()))
}

/// What the document shows as a body: its type and its text; nothing where no body is wanted. `None` where there should
/// be one and none is shown.
fn body(operation: &Operation<'_>) -> Option<(String, String)> {
    let Some(content) = operation.says["requestBody"]["content"].as_object() else {
        return Some(("application/json".to_owned(), String::new()));
    };
    let (media_type, shown) = content.iter().find(|(_, shown)| !shown["example"].is_null())?;
    let text = shown["example"].as_str().map_or_else(|| shown["example"].to_string(), ToOwned::to_owned);
    Some((media_type.clone(), text))
}

#[tokio::test]
async fn every_example_of_a_change_is_taken_as_it_says() {
    let app = TestApp::shipped().await;
    let key = partner(&app).await;
    let partner = app.get_with("/v1/partner", &[("x-api-key", &key)]).await.json();
    let key_id = partner["keys"][0]["id"].as_str().expect("an id").to_owned();
    let document = app.json("/v1/openapi.json").await;
    let mut writes: Vec<_> = operations(&document).into_iter().filter(|one| one.method != "get").collect();
    writes.sort_by_key(order);
    let mut sent = Vec::new();
    for operation in &writes {
        let name = operation.says["operationId"].as_str().expect("a name");
        if NOT_SENT.contains(&name) {
            continue;
        }
        let address = operation.example_address(None).unwrap_or_else(|| operation.path.replace("{id}", &key_id));
        assert!(!address.contains('{'), "{name}: {address} has no example");
        let (media_type, body) = body(operation).unwrap_or_else(|| panic!("{name} shows no body"));
        let method = operation.method.to_uppercase();
        let asked = format!("{method} {address}");
        let json = ("content-type", media_type.as_str());
        if operation.is_closed() {
            let refused = app.call(&method, &address, &[json], body.clone()).await;
            assert_eq!(refused.status, 401, "{asked}: {}", refused.body);
            check(operation, &refused, &asked);
        }
        let headers: &[(&str, &str)] =
            if operation.is_closed() { &[json, ("x-api-key", key.as_str())] } else { &[json] };
        let answer = app.call(&method, &address, headers, body).await;
        assert!((200..300).contains(&answer.status), "{asked}: {} {}", answer.status, answer.body);
        check(operation, &answer, &asked);
        sent.push(name);
    }
    assert!(sent.len() >= 8, "{sent:?}");
    assert_eq!(sent.last(), Some(&"revoke_key"), "{sent:?}");
    let gone = app.get_with("/v1/partner", &[("x-api-key", &key)]).await;
    assert_eq!(gone.status, 401, "the key is revoked");
}

#[tokio::test]
async fn a_body_that_cannot_be_used_is_refused_as_it_says() {
    let app = TestApp::shipped().await;
    let key = partner_with_a_view(&app).await;
    let document = app.json("/v1/openapi.json").await;
    let mut refused = 0;
    for operation in operations(&document) {
        let takes_json = operation.says["requestBody"]["content"]["application/json"].is_object();
        let Some(address) = operation.example_address(None).filter(|_| takes_json) else { continue };
        let method = operation.method.to_uppercase();
        for (media_type, body, status) in [
            ("application/json", "{".to_owned(), 400),
            ("application/json", json!({ "colour": "red" }).to_string(), 400),
            ("application/json", Value::Null.to_string(), 400),
            ("image/png", "{}".to_owned(), 415),
            ("application/json", format!("{{\"detail\": \"{}\"}}", "x".repeat(64 << 10)), 413),
        ] {
            let asked = format!("{method} {address} with {} bytes of {media_type}", body.len());
            let headers = [("content-type", media_type), ("x-api-key", key.as_str())];
            let answer = app.call(&method, &address, &headers, body).await;
            assert_eq!(answer.status, status, "{asked}: {}", answer.body);
            check(&operation, &answer, &asked);
            refused += 1;
        }
    }
    assert!(refused >= 20, "{refused} bodies");
}

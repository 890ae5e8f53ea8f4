//! Those who ask and mean harm: what they send to every address there is, and what comes back.

mod every_address; // the headers of security, and that no refusal tells of our insides
mod suites; // what others have written down of harm: forged heads, and paths and addresses that lead away

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use signpost::catalogue::Role;

use crate::api::openapi::{Operation, operations};
use crate::harness::{Answer, TestApp};

/// Stands where an address names something; there is nothing of this name.
const NOBODY: &str = "nothing-of-this-name";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A call of the program. Its path has braces where it varies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    method: String,
    path: String,
    media_type: String,
    body: String,
}

impl Call {
    fn new(method: &str, path: &str, media_type: &str, body: &str) -> Self {
        let [method, path, media_type, body] = [method, path, media_type, body].map(ToOwned::to_owned);
        Self { method, path, media_type, body }
    }

    /// A call of a document, with the body that it shows.
    fn shown(operation: &Operation<'_>) -> Self {
        let (method, content) = (operation.method.to_uppercase(), operation.says["requestBody"]["content"].as_object());
        let Some((media_type, shown)) = content.and_then(|content| content.iter().next()) else {
            return Self::new(&method, operation.path, JSON, "");
        };
        let example = &shown["example"];
        let body = example.as_str().map_or_else(|| example.to_string(), ToOwned::to_owned);
        Self::new(&method, operation.path, media_type, &body)
    }

    /// Whether its path varies.
    fn varies(&self) -> bool {
        self.path.contains('{')
    }

    /// Its path with this name wherever it varies.
    fn path_of(&self, name: &str) -> String {
        let segments = self.path.split('/').map(|segment| if segment.starts_with('{') { name } else { segment });
        segments.collect::<Vec<_>>().join("/")
    }
}

/// Somebody who may do everything: with a token, signed in, and with a partner's key.
struct Insider<'a> {
    app: &'a TestApp,
    bearer: String,
    cookie: String,
    key: String,
}

impl<'a> Insider<'a> {
    async fn of(app: &'a TestApp) -> Self {
        let token = app.token(Role::Admin).await;
        let (catalogue, now) = (&app.app.catalogue, app.app.clock.now());
        let holder = catalogue.holder_of_token(&token, now).await.expect("a look").expect("a holder");
        let secret = catalogue.open_session(&holder, now).await.expect("a session");
        let partner = r#"{"name": "A Society", "contact": "the web team"}"#;
        let made = app.call("POST", "/v1/partners", &[("content-type", JSON)], partner).await.json();
        let key = made["key"].as_str().expect("a key").to_owned();
        Self { app, bearer: format!("Bearer {token}"), cookie: format!("__Host-signpost={secret}"), key }
    }

    /// What lets it in at this path.
    fn pass(&self, path: &str) -> (&str, &str) {
        if path.starts_with("/admin/v1") {
            ("authorization", &self.bearer)
        } else if path.starts_with("/admin") {
            ("cookie", &self.cookie)
        } else {
            ("x-api-key", &self.key)
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.app.get_with(path, &[self.pass(path), ("accept", "text/html")]).await
    }

    /// Makes a call at this path, from a page of ours.
    async fn make(&self, call: &Call, path: &str) -> Answer {
        if call.method == "GET" {
            return self.get(path).await;
        }
        let headers = [self.pass(path), ("content-type", call.media_type.as_str()), ("sec-fetch-site", "same-origin")];
        self.app.call(&call.method, path, &headers, call.body.clone()).await
    }

    /// The documents of both APIs.
    async fn documents(&self) -> [Value; 2] {
        [self.app.json("/v1/openapi.json").await, self.get("/admin/v1/openapi.json").await.json()]
    }

    /// Every call there is: those of the documents, and whatever else our source routes, to look and to send a form.
    async fn calls(&self) -> BTreeSet<Call> {
        let documents = self.documents().await;
        let documented: BTreeSet<Call> = documents.iter().flat_map(operations).map(|one| Call::shown(&one)).collect();
        let routed = routed().into_iter().filter(|path| documented.iter().all(|call| call.path != *path));
        let routed = routed.flat_map(|path| [Call::new("GET", &path, FORM, ""), Call::new("POST", &path, FORM, "a=b")]);
        let calls: BTreeSet<Call> = routed.chain(documented.clone()).collect();
        assert!(documented.len() > 80 && calls.len() > documented.len() + 120, "{} calls", calls.len());
        calls
    }
}

/// Paths that our source does not write down where it routes them, and one that it does not route.
const NAMED_ELSEWHERE: [&str; 6] = ["/admin", "/admin/sign-in", "/docs", "/docs/search", "/docs/reader/", "/nothing"];

/// Every path that our source routes, read from it, so that none is forgotten. Those of its own tests are among them,
/// and lead nowhere.
fn routed() -> BTreeSet<String> {
    let mut paths: BTreeSet<String> = NAMED_ELSEWHERE.map(ToOwned::to_owned).into();
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            let routes = text.split(".route(").skip(1);
            let routes = routes.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
            paths.extend(routes.map(ToOwned::to_owned));
        }
    }
    paths
}

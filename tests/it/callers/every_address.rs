//! Every address there is, asked in every way: no answer goes without its headers of security, and none that refuses or
//! fails tells what it is made of.

use signpost::catalogue::StorePlace;
use sqlx::{AnyPool, AssertSqlSafe};

use super::{Insider, JSON, NOBODY};
use crate::harness::{Answer, TestApp};

/// A source that ships.
const SOURCE: &str = "programmes";

async fn a_resource(app: &TestApp) -> String {
    let found = app.json("/v1/resources?facets=none&per_page=1").await;
    found["results"][0]["id"].as_str().expect("an id").to_owned()
}

/// Claims that a browser is told what it may do with an answer.
fn claim_headers(answer: &Answer, asked: &str) {
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{asked}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{asked}");
    let policy = answer.header("content-security-policy");
    let directive = |name: &str| policy.split(';').find_map(|part| part.trim().strip_prefix(name)).unwrap_or_default();
    assert_eq!(directive("default-src "), "'none'", "{asked}: {policy}");
    assert_eq!(directive("base-uri "), "'none'", "{asked}: {policy}");
    assert!(!directive("script-src ").contains("unsafe"), "{asked}: {policy}");
    // The reader of the API brings its own inline styles.
    assert!(!policy.contains("unsafe") || asked.contains(" /docs/reader"), "{asked}: {policy}");
    if asked.contains(" /embed/search") && directive("frame-ancestors ") == "*" {
        assert_eq!(answer.header("x-frame-options"), "", "{asked} is made for frames of other sites");
    } else {
        assert_eq!((directive("frame-ancestors "), answer.header("x-frame-options")), ("'none'", "DENY"), "{asked}");
    }
    let varied = answer.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok());
    assert!(varied.flat_map(|value| value.split(',')).any(|name| name.trim() == "accept-encoding"), "{asked}");
    for telling in ["server", "x-powered-by"] {
        assert_eq!(answer.header(telling), "", "{asked}");
    }
}

#[tokio::test]
async fn no_answer_of_any_address_goes_without_its_headers_of_security() {
    let app = TestApp::shipped().await;
    let (insider, resource) = (Insider::of(&app).await, a_resource(&app).await);
    for call in insider.calls().await {
        let path = call.path_of(NOBODY);
        let plain = [("accept", "*/*"), ("origin", "https://school.example")];
        for method in [call.method.as_str(), "OPTIONS"] {
            let answer = app.send(method, &path, &plain).await;
            claim_headers(&answer, &format!("{method} {path}"));
        }
        let names: &[&str] = if call.varies() { &[NOBODY, &resource, SOURCE] } else { &[NOBODY] };
        for name in names.iter().filter(|_| call.method == "GET") {
            let path = call.path_of(name);
            claim_headers(&insider.get(&path).await, &format!("GET {path} from within"));
        }
    }
}

#[test]
fn browsers_are_told_by_the_proxy_to_come_back_by_https_alone() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/nginx.conf");
    let lines = std::fs::read_to_string(file).expect("the configuration of the proxy");
    let headers: Vec<&str> = lines.lines().map(str::trim).filter(|line| line.starts_with("add_header")).collect();
    // One within a location would take the place of all of those around it. Source: nginx, `add_header`.
    assert_eq!(headers, ["add_header Strict-Transport-Security \"max-age=31536000\" always;"]);
}

/// What stands in our source, in what a database says, and in what a program says that breaks.
const INSIDES: [&str; 15] = [
    "SELECT ",
    "INSERT INTO",
    "UPDATE ",
    "DELETE FROM",
    "no such table",
    "relation \"",
    // The same within JSON.
    "relation \\\"",
    "error returned from database",
    "sqlx",
    "sqlite:",
    "postgres://",
    "signpost.db",
    "panicked",
    ".rs:",
    "stack backtrace",
];

/// Claims that an answer that refuses or fails tells nothing of our insides; its status.
fn claim_silence(app: &TestApp, answer: &Answer, asked: &str) -> u16 {
    if answer.status >= 400 {
        let folder = app.folder.path().display().to_string();
        for inside in INSIDES.into_iter().chain([folder.as_str(), env!("CARGO_MANIFEST_DIR")]) {
            assert!(!answer.body.contains(inside), "{asked}: {} tells `{inside}`: {}", answer.status, answer.body);
        }
    }
    answer.status
}

/// Takes away every table but those that say who may come in.
async fn break_store(app: &TestApp) {
    const KEPT: [&str; 4] = ["token", "session", "api_key", "partner"];
    let (address, listed) = match app.app.catalogue.place() {
        StorePlace::File(file) => (
            format!("sqlite://{}", file.display()),
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        ),
        StorePlace::Postgres(url) => {
            (url.clone(), "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()")
        }
    };
    let pool = AnyPool::connect(&address).await.expect("the store");
    let tables: Vec<String> = sqlx::query_scalar(listed).fetch_all(&pool).await.expect("the tables");
    for table in tables.iter().filter(|table| !KEPT.contains(&table.as_str())) {
        let away = AssertSqlSafe(format!("ALTER TABLE \"{table}\" RENAME TO \"{table} that is away\""));
        sqlx::raw_sql(away).execute(&pool).await.unwrap_or_else(|error| panic!("{table}: {error}"));
    }
    pool.close().await;
}

#[tokio::test]
async fn no_answer_that_refuses_or_fails_tells_what_it_is_made_of() {
    let app = TestApp::shipped().await;
    let (insider, resource) = (Insider::of(&app).await, a_resource(&app).await);
    let calls = insider.calls().await;
    let mut refused = 0;
    for call in &calls {
        let path = call.path_of(NOBODY);
        let asked = format!("{path}?colour=red&page=-1&q=%00%27%22");
        let answer = match call.method.as_str() {
            "GET" => insider.get(&asked).await,
            method => app.call(method, &asked, &[("content-type", JSON)], "{").await,
        };
        let status = claim_silence(&app, &answer, &format!("{} {asked}", call.method));
        assert!(status < 500, "{} {asked}: {status} {}", call.method, answer.body);
        refused += u32::from(status >= 400);
    }
    assert!(refused > 100, "{refused} were refused");

    break_store(&app).await;
    let mut failed = 0;
    for call in &calls {
        let names: &[&str] = if call.varies() { &[NOBODY, &resource, SOURCE] } else { &[NOBODY] };
        for name in names {
            let path = call.path_of(name);
            let answer = insider.make(call, &path).await;
            let status = claim_silence(&app, &answer, &format!("{} {path} without a store", call.method));
            failed += u32::from(status >= 500);
        }
    }
    assert!(failed > 50, "{failed} failed");
}

//! Who may call what: every call of the admin API with nothing, and with each thing that does not suffice.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use schemas::SourceId;
use serde_json::{Value, json};
use signpost::catalogue::{Holder, NewToken, Role};

use crate::harness::{Answer, TestApp};

const JSON: &str = "application/json";
const COOKIE: &str = "__Host-signpost";

/// A call as the document of the admin API names it.
struct Call {
    method: String,
    path: String,
    roles: BTreeSet<String>,
}

/// Every call; the document and the router are made of one table.
async fn calls(app: &TestApp) -> Vec<Call> {
    let admin = app.token(Role::Admin).await;
    let document = get(app, "/admin/v1/openapi.json", &admin).await.json();
    let mut calls = Vec::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let roles = operation["x-roles"].as_array().expect("roles").iter().filter_map(Value::as_str);
            calls.push(Call {
                method: method.to_uppercase(),
                path: filled_in(path),
                roles: roles.map(ToOwned::to_owned).collect(),
            });
        }
    }
    assert!(calls.len() > 30, "{} calls", calls.len());
    calls
}

/// The path with something in place of what stands between braces.
fn filled_in(path: &str) -> String {
    let segments =
        path.split('/').map(|segment| if segment.starts_with('{') { "nothing-of-this-name" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

async fn get(app: &TestApp, path: &str, token: &str) -> Answer {
    app.get_with(path, &[("authorization", &format!("Bearer {token}"))]).await
}

async fn post(app: &TestApp, path: &str, token: &str, body: &Value) -> Answer {
    app.post(path, token, JSON, body.to_string()).await
}

/// Makes a call with this header and a body that is an empty object.
async fn make(app: &TestApp, call: &Call, header: Option<(&str, &str)>) -> u16 {
    let mut headers = vec![("content-type", JSON)];
    headers.extend(header);
    app.call(&call.method, &call.path, &headers, "{}").await.status
}

async fn expired_token(app: &TestApp) -> String {
    let now = app.app.clock.now();
    let new = NewToken { name: "late", role: Role::Admin, source: None, expires: Some(now) };
    app.app.catalogue.create_token_by("test", &new, now).await.expect("a token").1
}

async fn revoked_token(app: &TestApp) -> String {
    let now = app.app.clock.now();
    let new = NewToken { name: "lost", role: Role::Admin, source: None, expires: None };
    let (row, token) = app.app.catalogue.create_token_by("test", &new, now).await.expect("a token");
    app.app.catalogue.revoke_token_by("test", &row.id, "lost", now).await.expect("it is revoked");
    token
}

async fn source_token(app: &TestApp) -> String {
    let source = SourceId::parse("programmes").expect("an id");
    app.app.catalogue.create_source_token("of a source", &source, app.app.clock.now()).await.expect("a token")
}

async fn partner_key(app: &TestApp) -> String {
    let body = json!({ "name": "A Society", "contact": "the web team" }).to_string();
    let made = app.call("POST", "/v1/partners", &[("content-type", JSON)], body).await.json();
    made["key"].as_str().expect("a key").to_owned()
}

async fn holder_of(app: &TestApp, token: &str) -> Holder {
    let found = app.app.catalogue.holder_of_token(token, app.app.clock.now()).await;
    found.expect("a look").expect("a holder")
}

/// The cookie of somebody who signed in with this token.
async fn cookie_of(app: &TestApp, token: &str) -> String {
    let holder = holder_of(app, token).await;
    let secret = app.app.catalogue.open_session(&holder, app.app.clock.now()).await.expect("a session");
    format!("{COOKIE}={secret}")
}

#[tokio::test]
async fn no_call_is_answered_without_a_token_that_is_known_in_time_and_not_revoked() {
    let app = TestApp::shipped().await;
    let (wrong, expired) = (format!("sp_{}", "0".repeat(52)), expired_token(&app).await);
    let (revoked, key) = (revoked_token(&app).await, partner_key(&app).await);
    let bearers = [wrong, expired, revoked, key.clone()].map(|token| format!("Bearer {token}"));
    for call in calls(&app).await {
        assert_eq!(make(&app, &call, None).await, 401, "{} {} with nothing", call.method, call.path);
        for bearer in &bearers {
            let status = make(&app, &call, Some(("authorization", bearer.as_str()))).await;
            assert_eq!(status, 401, "{} {} with {bearer}", call.method, call.path);
        }
        let status = make(&app, &call, Some(("x-api-key", key.as_str()))).await;
        assert_eq!(status, 401, "{} {} with a partner's key", call.method, call.path);
        let made_up = format!("{COOKIE}=spc_{}", "0".repeat(52));
        assert_eq!(make(&app, &call, Some(("cookie", made_up.as_str()))).await, 401, "{} {}", call.method, call.path);
    }
}

#[tokio::test]
async fn no_call_is_answered_whose_role_does_not_suffice() {
    let app = TestApp::shipped().await;
    let weak = [
        ("source", source_token(&app).await),
        ("read-only", app.token(Role::ReadOnly).await),
        ("curator", app.token(Role::Curator).await),
    ];
    for call in calls(&app).await {
        assert!(call.roles.contains("admin"), "{} {}", call.method, call.path);
        assert!(!call.roles.contains("source"), "{} {}", call.method, call.path);
        assert!(call.method == "GET" || !call.roles.contains("read-only"), "{} {}", call.method, call.path);
        for (role, token) in &weak {
            let is_meant = call.roles.contains(*role);
            // What may be done is not done here, but where it only looks.
            if is_meant && call.method != "GET" {
                continue;
            }
            let bearer = format!("Bearer {token}");
            let mut statuses = vec![make(&app, &call, Some(("authorization", bearer.as_str()))).await];
            if *role != "source" {
                let cookie = cookie_of(&app, token).await;
                statuses.push(make(&app, &call, Some(("cookie", cookie.as_str()))).await);
            }
            for status in statuses {
                let is_refused = status == 403;
                assert_eq!(is_refused, !is_meant, "{} {} as {role}: {status}", call.method, call.path);
                assert_ne!(status, 401, "{} {} as {role}", call.method, call.path);
            }
        }
    }
}

#[tokio::test]
async fn a_token_is_exchanged_without_a_restart_and_stands_nowhere() {
    let app = TestApp::shipped().await;
    let first = app.token(Role::Admin).await;
    let wanted = json!({ "name": "Ada", "role": "admin", "expires_in_days": 90 });
    let made = post(&app, "/admin/v1/tokens", &first, &wanted).await;
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"), "{}", made.body);
    let made = made.json();
    let second = made["token"].as_str().expect("a token").to_owned();
    assert!(made["expires"].as_str().is_some_and(|expires| expires.starts_with("2027-02-19")), "{made}");
    assert_eq!(get(&app, "/admin/v1/jobs", &second).await.status, 200);

    let id = holder_of(&app, &first).await.token;
    let path = format!("/admin/v1/tokens/{id}/revocation");
    assert_eq!(post(&app, &path, &second, &json!({ "why": "" })).await.status, 400, "a reason is asked for");
    let revoked = post(&app, &path, &second, &json!({ "why": "exchanged" })).await;
    assert_eq!((revoked.status, revoked.json()["revoked"].is_string()), (200, true), "{}", revoked.body);
    assert_eq!(get(&app, "/admin/v1/jobs", &first).await.status, 401);
    assert_eq!(post(&app, &path, &second, &json!({ "why": "again" })).await.status, 404);

    let list = get(&app, "/admin/v1/tokens", &second).await;
    assert_eq!(list.json()["total"], 2);
    let log = get(&app, "/admin/v1/audit", &second).await;
    assert_eq!(log.json()["results"][0]["action"], "revoke token", "{}", log.body);
    let session = cookie_of(&app, &second).await;
    let secret = session.split_once('=').expect("a cookie").1.to_owned();
    assert!(app.keeps(made["id"].as_str().expect("an id")), "what is kept is found where it is looked for");
    for secret in [&first, &second, &secret] {
        assert!(!list.body.contains(secret.as_str()) && !log.body.contains(secret.as_str()));
        assert!(!app.keeps(secret));
    }
    let expired = SignedDuration::from_hours(91 * 24);
    app.pass_seconds(expired.as_secs());
    assert_eq!(get(&app, "/admin/v1/jobs", &second).await.status, 401, "its time is over");
}

#[tokio::test]
async fn what_is_wrong_with_a_wanted_token_is_told_at_once() {
    let app = TestApp::shipped().await;
    let admin = app.token(Role::Admin).await;
    for (wanted, named) in [
        (json!({}), vec!["name", "role"]),
        (json!({ "name": "Ada", "role": "king", "expires_in_days": 0 }), vec!["role", "expires_in_days"]),
        (json!({ "name": "Ada", "role": "source" }), vec!["source"]),
        (json!({ "name": "Ada", "role": "source", "source": "programmes" }), vec!["source"]),
        (json!({ "name": "Ada", "role": "admin", "source": "programmes" }), vec!["source"]),
        (json!({ "name": 7, "role": "admin", "hash": "x" }), vec!["hash", "name"]),
    ] {
        let answer = post(&app, "/admin/v1/tokens", &admin, &wanted).await;
        assert_eq!(answer.status, 400, "{wanted}: {}", answer.body);
        let told = answer.json();
        let told: BTreeSet<&str> =
            told["errors"].as_array().expect("errors").iter().filter_map(|error| error["parameter"].as_str()).collect();
        assert_eq!(told, named.into_iter().collect(), "{wanted}");
    }
}

#[tokio::test]
async fn who_signed_in_may_do_what_the_token_may_until_signed_out_or_away_for_too_long() {
    let app = TestApp::shipped().await;
    let token = app.token(Role::Admin).await;
    let jobs = async |cookie: &str| app.get_with("/admin/v1/jobs", &[("cookie", cookie)]).await.status;
    let cookie = cookie_of(&app, &token).await;
    assert_eq!(jobs(&cookie).await, 200);
    // Somebody who looks every twenty minutes stays signed in, but not for longer than a working day.
    for _ in 0..23 {
        app.pass_seconds(20 * 60);
        let secret = cookie.split_once('=').expect("a cookie").1;
        app.app.catalogue.see_session(secret, app.app.clock.now()).await.expect("it is written");
        assert_eq!(jobs(&cookie).await, 200);
    }
    app.pass_seconds(25 * 60);
    assert_eq!(jobs(&cookie).await, 401, "eight hours are over");

    let idle = cookie_of(&app, &token).await;
    app.pass_seconds(31 * 60);
    assert_eq!(jobs(&idle).await, 401);

    let left = cookie_of(&app, &token).await;
    let secret = left.split_once('=').expect("a cookie").1;
    app.app.catalogue.end_session(secret, app.app.clock.now()).await.expect("it is ended");
    assert_eq!(jobs(&left).await, 401);

    let orphan = cookie_of(&app, &token).await;
    app.app.catalogue.revoke_token(&holder_of(&app, &token).await.token, app.app.clock.now()).await.expect("revoked");
    assert_eq!(jobs(&orphan).await, 401, "a session ends with its token");
}

#[tokio::test]
async fn with_a_cookie_only_a_page_of_ours_may_change_something() {
    let app = TestApp::shipped().await;
    let cookie = cookie_of(&app, &app.token(Role::Admin).await).await;
    for (name, value, expected) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", "https://elsewhere.example", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "same-origin", 202),
        ("origin", app.origin.as_str(), 202),
    ] {
        let answer = app.send("POST", "/admin/v1/reindex", &[("cookie", &cookie), (name, value)]).await;
        assert_eq!(answer.status, expected, "{name}: {value}: {}", answer.body);
    }
    let looked = app.send("GET", "/admin/v1/jobs", &[("cookie", &cookie), ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(looked.status, 200, "no other site can read what is answered");
    assert_eq!(looked.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn after_ten_wrong_tokens_nobody_is_heard_from_there_whatever_the_headers_say() {
    let app = TestApp::limited().await;
    let admin = app.token(Role::Admin).await;
    let guess = async |nth: usize, token: &str| {
        let forged = format!("198.51.{}.{}", nth / 250, nth % 250);
        let bearer = format!("Bearer {token}");
        app.get_with("/admin/v1/jobs", &[("authorization", &bearer), ("x-forwarded-for", &forged)]).await
    };
    assert_eq!(guess(0, &admin).await.status, 200);
    let statuses = [guess(1, "sp_1").await.status, guess(2, "nobody").await.status];
    assert_eq!(statuses, [401, 401]);
    let mut heard = statuses.len();
    for nth in 3..400 {
        let answer = guess(nth, &format!("sp_{nth}")).await;
        match answer.status {
            401 => heard += 1,
            429 => assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds <= 60)),
            other => panic!("{other}: {}", answer.body),
        }
    }
    // Four hundred tries take a second or two by the clock of the test, in which one more may be heard.
    assert!((10..=11).contains(&heard), "{heard} guesses were heard");
    assert_eq!(guess(400, &admin).await.status, 429, "not even one that is right");
    app.pass_seconds(61);
    assert_eq!(guess(401, &admin).await.status, 200);
}

/// `null`, other schemes and ports, what begins or ends like ours, and what is no origin.
const ORIGINS: [&str; 12] = [
    "null",
    "https://evil.example",
    "http://127.0.0.1",
    "https://127.0.0.1:8080",
    "http://127.0.0.1:1",
    "http://127.0.0.1.evil.example",
    "http://evil127.0.0.1",
    "http://localhost:8080",
    "file://",
    "chrome-extension://abcdefghijklmnop",
    "https://signpost.example.evil.example",
    "*",
];

#[tokio::test]
async fn no_page_of_another_site_reads_an_answer_of_the_admin_api() {
    let app = TestApp::shipped().await;
    let admin = format!("Bearer {}", app.token(Role::Admin).await);
    for call in calls(&app).await {
        for origin in ORIGINS {
            let mut asked = vec![
                app.send("OPTIONS", &call.path, &[("origin", origin), ("access-control-request-method", &call.method)])
                    .await,
            ];
            if call.method == "GET" {
                asked.push(app.send("GET", &call.path, &[("origin", origin), ("authorization", &admin)]).await);
            }
            for answer in asked {
                for header in ["access-control-allow-origin", "access-control-allow-credentials"] {
                    assert_eq!(answer.header(header), "", "{} {} from {origin}", call.method, call.path);
                }
            }
        }
    }
}

#[tokio::test]
async fn every_site_may_read_what_is_public_and_no_site_may_send_anybodys_credentials() {
    let app = TestApp::shipped().await;
    let document = app.json("/v1/openapi.json").await;
    for (path, operations) in document["paths"].as_object().expect("paths") {
        if !path.starts_with("/v1") {
            continue;
        }
        let path = filled_in(path);
        for origin in ORIGINS {
            for method in operations.as_object().expect("operations").keys() {
                let method = method.to_uppercase();
                let wanted = [("origin", origin), ("access-control-request-method", method.as_str())];
                let answer = app.send("OPTIONS", &path, &wanted).await;
                assert_eq!(answer.header("access-control-allow-credentials"), "", "{path} from {origin}");
                let methods = answer.header("access-control-allow-methods");
                assert!(!["PUT", "DELETE", "PATCH"].iter().any(|write| methods.contains(write)), "{path}: {methods}");
                let headers = answer.header("access-control-allow-headers").to_ascii_lowercase();
                assert!(!headers.contains("authorization") && !headers.contains("x-api-key"), "{path}: {headers}");
                assert!(!headers.contains("content-type"), "nothing but a plain form can be sent: {path}: {headers}");
            }
        }
    }
    for path in ["/v1/resources?facets=none", "/v1/nothing", "/v1/resources?levle=ks3"] {
        let answer = app.get_with(path, &[("origin", "https://school.example")]).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{path}");
    }
}

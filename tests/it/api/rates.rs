//! Rates: everybody is told how much is left, too much is refused kindly, and nobody gets round it or pays for others.

use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

/// More than any bucket without a key holds, with what comes back meanwhile.
const MANY: usize = 400;

/// Asks until it is refused, and gives the refusal. What is sent may differ from request to request.
async fn ask_until_refused(
    app: &TestApp,
    path: &str,
    headers: impl Fn(usize) -> Vec<(&'static str, String)>,
) -> Answer {
    for number in 0..MANY {
        let headers = headers(number);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = app.get_with(path, &headers).await;
        if answer.status == 429 {
            assert!(number >= 120, "the burst is granted: {number}");
            return answer;
        }
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    panic!("{MANY} requests to {path} are all granted");
}

/// Nothing is left for these requests, but for what comes back while they are sent.
async fn assert_spent(app: &TestApp, headers: &[(&str, &str)]) {
    const ASKED: usize = 5;
    let mut refused = 0;
    for _ in 0..ASKED {
        refused += usize::from(app.get_with("/v1", headers).await.status == 429);
    }
    assert!(refused >= ASKED - 1, "{refused} of {ASKED}");
}

fn nothing(_: usize) -> Vec<(&'static str, String)> {
    Vec::new()
}

async fn register(app: &TestApp) -> Answer {
    let body = json!({ "name": "A Society", "contact": "the web team" });
    app.call("POST", "/v1/partners", &[("content-type", "application/json")], body.to_string()).await
}

/// The number after `r=` in what is said of the limit.
fn left(answer: &Answer) -> u64 {
    let told = answer.header("ratelimit");
    let left = told.split(';').find_map(|part| part.strip_prefix("r=")).unwrap_or_else(|| panic!("`{told}`"));
    left.parse().expect("a number")
}

#[tokio::test]
async fn what_is_left_is_told_with_every_answer_and_too_much_is_refused_with_the_time_to_come_back() {
    let app = TestApp::limited().await;
    let first = app.get("/v1").await;
    assert_eq!((first.header("ratelimit-policy"), left(&first)), ("\"anonymous\";q=120;w=2", 119));
    assert!(left(&app.get("/v1/resources?colour=red").await) <= 118, "a mistake counts too");

    let from_elsewhere = |_| vec![("origin", "https://school.example".to_owned())];
    let refused = ask_until_refused(&app, "/v1", from_elsewhere).await;
    assert_eq!((refused.header("content-type"), refused.header("retry-after")), ("application/problem+json", "1"));
    assert_eq!(refused.json()["type"], "/problems/too-many-requests");
    assert_eq!((refused.header("ratelimit-policy"), left(&refused)), ("\"anonymous\";q=120;w=2", 0));
    assert_eq!(refused.header("access-control-allow-origin"), "*", "a page of another site can read it");
    let readable = refused.header("access-control-expose-headers").to_owned();
    for name in ["ratelimit", "ratelimit-policy", "retry-after"] {
        assert!(readable.contains(name), "{name} in {readable}");
    }
}

#[tokio::test]
async fn a_partner_has_a_bucket_of_its_own_whoever_else_asks_from_there() {
    let app = TestApp::limited().await;
    let key = register(&app).await.json()["key"].as_str().expect("a key").to_owned();
    ask_until_refused(&app, "/v1", nothing).await;
    for expected in [1_199, 1_198] {
        let answer = app.get_with("/v1", &[("x-api-key", &key)]).await;
        assert_eq!((answer.status, answer.header("ratelimit-policy")), (200, "\"keyed\";q=1200;w=2"));
        assert!(left(&answer) >= expected, "{}", left(&answer));
    }
    assert_spent(&app, &[]).await;
}

#[tokio::test]
async fn a_forged_header_opens_no_other_bucket() {
    let app = TestApp::limited().await;
    let forged = |number: usize| {
        let address = format!("198.51.{}.{}", number / 250, number % 250);
        vec![("x-forwarded-for", address.clone()), ("forwarded", format!("for={address}")), ("x-real-ip", address)]
    };
    ask_until_refused(&app, "/v1", forged).await;
    assert_spent(&app, &[("x-forwarded-for", "192.0.2.1")]).await;
}

#[tokio::test]
async fn ten_wrong_keys_are_told_so_then_it_is_too_many_and_a_right_one_still_passes() {
    let app = TestApp::limited().await;
    let key = register(&app).await.json()["key"].as_str().expect("a key").to_owned();
    for number in 0..10 {
        let wrong = format!("Bearer spk_{number}");
        assert_eq!(app.get_with("/v1", &[("authorization", &wrong)]).await.status, 401, "{number}");
    }
    let refused = app.get_with("/v1", &[("x-api-key", "spk_wrong")]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "6"), "{}", refused.body);
    assert_eq!(app.get_with("/v1", &[("x-api-key", &key)]).await.status, 200);
    assert_eq!(app.get("/v1").await.status, 200, "who sends none is not meant");
}

#[tokio::test]
async fn a_page_says_it_as_a_page_and_what_pages_are_made_of_is_not_counted() {
    let app = TestApp::limited().await;
    let refused = ask_until_refused(&app, "/about", nothing).await;
    assert!(refused.header("content-type").starts_with("text/html"), "{}", refused.header("content-type"));
    assert_eq!((refused.header("retry-after"), refused.header("cache-control")), ("1", "no-store"));
    for path in ["/healthz", "/readyz", "/favicon.ico"] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""), "{path}");
    }
    assert_eq!(app.get("/admin/v1/jobs").await.status, 401, "the admin API has no part in it");
}

#[tokio::test]
async fn five_partners_an_hour_are_made_from_one_address() {
    let app = TestApp::limited().await;
    for number in 0..5 {
        assert_eq!(register(&app).await.status, 201, "{number}");
    }
    let refused = register(&app).await;
    assert_eq!((refused.status, refused.header("cache-control")), (429, "no-store"), "{}", refused.body);
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((600..=720).contains(&wait), "{wait}");
    app.pass_days(1);
    assert_eq!(register(&app).await.status, 201);
}

#[tokio::test]
async fn sixty_views_an_hour_are_written_from_one_address() {
    let app = TestApp::limited().await;
    let key = register(&app).await.json()["key"].as_str().expect("a key").to_owned();
    let write = async |number: usize| {
        let headers = [("content-type", "application/json"), ("x-api-key", key.as_str())];
        let body = json!({ "title": format!("Edition {number}") }).to_string();
        app.call("PUT", "/v1/partner/views/a-society", &headers, body).await
    };
    for number in 0..60 {
        let written = write(number).await;
        assert!(matches!(written.status, 200 | 201), "{number}: {}", written.body);
    }
    let refused = write(60).await;
    assert_eq!((refused.status, &refused.json()["type"]), (429, &json!("/problems/too-many-requests")));
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    app.pass_seconds(60);
    assert_eq!(write(60).await.status, 200);
}

#[tokio::test]
async fn a_class_behind_one_address_types_and_searches_and_nobody_is_refused() {
    const PUPILS: usize = 32;
    const LETTERS_A_SECOND: usize = 3;
    let app = TestApp::limited().await;
    let ask = async |path: &str| {
        for pupil in 0..PUPILS {
            let answer = app.get(path).await;
            assert_eq!(answer.status, 200, "pupil {pupil}, {path}: {}", answer.body);
        }
    };
    // All do each thing at the same moment; between two letters of one pupil there is time.
    ask("/").await;
    let words = "engineers at sea";
    for typed in 1..=15 {
        ask(&format!("/v1/suggest?q={}", words[..typed].trim_end().replace(' ', "+"))).await;
        if typed.is_multiple_of(LETTERS_A_SECOND) {
            app.pass_seconds(1);
        }
    }
    ask("/v1/resources?q=engineers+at+sea").await;
    assert!(left(&app.get("/v1").await) > 50, "and there is room for their teacher");
}

#[tokio::test]
async fn where_the_limit_is_off_nothing_is_said_of_it() {
    let app = TestApp::shipped().await;
    for _ in 0..150 {
        let answer = app.get("/v1").await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
    }
    let problem: Value = app.get("/v1/nothing").await.json();
    assert_eq!(problem["status"], 404);
}

//! What stands first or last for one search is what everybody sees, at once, for as long as somebody answers for it.

use serde_json::{Value, json};
use signpost::catalogue::{Catalogue, Role};
use signpost::pins::PinBook;

use crate::harness::{Answer, TestApp, source_toml};

const PINS: &str = "/admin/v1/pins";
/// The search that most of these tests pin for. It finds the two posters about soap, of which the first is the better.
const SEARCH: &str = "q=soap+makers";

const POSTERS: &str = r#"[
    {"id": 1, "title": "Soap makers", "url": "https://example.org/makers", "subjects": ["Chemistry"]},
    {"id": 2, "title": "Soap and those who sell it", "url": "https://example.org/sellers", "subjects": ["Chemistry"],
        "description": "Not only makers."},
    {"id": 3, "title": "Bridges", "url": "https://example.org/bridges", "subjects": ["Physics"]}
]"#;

async fn posters() -> TestApp {
    let toml = source_toml("posters", "file = \"posters.json\"");
    TestApp::with_sources(&[("posters.toml", toml)], &[("posters.json", POSTERS)]).await
}

/// The titles that a search finds, in their order.
async fn titles(app: &TestApp, search: &str) -> Vec<String> {
    let found = app.json(&format!("/v1/resources?facets=none&{search}")).await;
    let results = found["results"].as_array().expect("results");
    assert_eq!(found["total"], results.len(), "{search}: what is counted is found");
    results.iter().map(|result| result["title"].as_str().expect("a title").to_owned()).collect()
}

async fn post(app: &TestApp, path: &str, token: &str, body: &Value) -> Answer {
    app.post(path, token, "application/json", body.to_string()).await
}

async fn get(app: &TestApp, path: &str, token: &str) -> Value {
    let answer = app.get_with(path, &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

fn request(action: &str, resource: &str) -> Value {
    json!({ "query": "Soap  makers!", "action": action, "resource": resource, "owner": "the chemistry team",
        "reason": "teachers ask for it", "expires": "2026-12-31" })
}

/// Pins or buries the resource with this title for the search above.
async fn decide(app: &TestApp, token: &str, action: &str, title: &str) -> Value {
    let body = request(action, &app.id_of(title).await);
    let answer = post(app, PINS, token, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

async fn undo(app: &TestApp, token: &str, pin: &Value) -> Answer {
    let id = pin["id"].as_str().expect("an id");
    app.post(&format!("{PINS}/{id}/undo"), token, "application/json", "").await
}

#[tokio::test]
async fn what_is_pinned_stands_first_in_any_case_and_spacing_and_counts_with_the_rest() {
    let app = posters().await;
    let token = app.token(Role::Curator).await;
    let found = titles(&app, SEARCH).await;
    assert_eq!(found, ["Soap makers", "Soap and those who sell it"]);
    let pin = decide(&app, &token, "pin", "Bridges").await;
    assert_eq!(
        (&pin["key"], &pin["position"], &pin["state"], &pin["live"], &pin["undone"]),
        (&json!("soap makers"), &json!(1), &json!("active"), &json!(true), &Value::Null)
    );

    let pinned = ["Bridges", "Soap makers", "Soap and those who sell it"];
    for search in [SEARCH, "q=SOAP%20%20Makers", "q=%20soap%20makers%21"] {
        assert_eq!(titles(&app, search).await, pinned, "{search}");
    }
    assert_eq!(titles(&app, "q=bridges").await, ["Bridges"]);
    assert_eq!(titles(&app, "q=makers+soap").await, found, "that is another search");
    let facets = app.json(&format!("/v1/resources?facets=subject&{SEARCH}")).await;
    let values = facets["facets"]["subject"]["values"].as_array().expect("values");
    let count = |id: &str| values.iter().find(|value| value["id"] == id).expect("a value")["count"].clone();
    assert_eq!((count("physics"), count("chemistry")), (json!(1), json!(2)), "{values:?}");
    assert_eq!(titles(&app, &format!("{SEARCH}&subject=physics")).await, ["Bridges"]);
    assert_eq!(titles(&app, &format!("{SEARCH}&subject=chemistry")).await, found, "a filter keeps it out");
    let second = app.json(&format!("/v1/resources?facets=none&{SEARCH}&per_page=1&page=2")).await;
    assert_eq!((&second["total"], &second["results"][0]["title"]), (&json!(3), &json!("Soap makers")));
}

#[tokio::test]
async fn what_is_buried_stands_last_and_pins_stand_in_their_order() {
    let app = posters().await;
    let token = app.token(Role::Curator).await;
    decide(&app, &token, "bury", "Soap makers").await;
    assert_eq!(titles(&app, SEARCH).await, ["Soap and those who sell it", "Soap makers"]);
    decide(&app, &token, "pin", "Bridges").await;
    let mut body = request("pin", &app.id_of("Soap and those who sell it").await);
    body["position"] = json!(1);
    assert_eq!(post(&app, PINS, &token, &body).await.json()["position"], 1);
    assert_eq!(titles(&app, SEARCH).await, ["Soap and those who sell it", "Bridges", "Soap makers"]);
    let twice = post(&app, PINS, &token, &body).await;
    assert_eq!((twice.status, &twice.json()["type"]), (409, &json!("/problems/conflict")), "{}", twice.body);
}

#[tokio::test]
async fn what_is_undone_or_over_does_nothing_and_every_act_changes_the_tag() {
    let app = posters().await;
    let token = app.token(Role::Curator).await;
    let path = format!("/v1/resources?{SEARCH}");
    let first = app.get(&path).await.header("etag").to_owned();
    let bridges = decide(&app, &token, "pin", "Bridges").await;
    let pinned = app.get_with(&path, &[("if-none-match", &first)]).await;
    assert_eq!(pinned.status, 200, "who holds the old answer is given the new one");
    assert_ne!(pinned.header("etag"), first);
    assert_eq!(undo(&app, &token, &bridges).await.json()["undone"]["who"], "test");
    let found = ["Soap makers", "Soap and those who sell it"];
    assert_eq!(titles(&app, SEARCH).await, found);
    assert_eq!(app.get_with(&path, &[("if-none-match", pinned.header("etag"))]).await.status, 200);
    assert_eq!(undo(&app, &token, &bridges).await.status, 409, "once is enough");

    decide(&app, &token, "bury", "Soap makers").await;
    app.pass_days(40);
    assert_eq!(titles(&app, SEARCH).await, ["Soap and those who sell it", "Soap makers"], "the last day");
    let tag = app.get(&path).await.header("etag").to_owned();
    app.pass_days(1);
    assert_eq!(titles(&app, SEARCH).await, found);
    assert_eq!(app.get_with(&path, &[("if-none-match", &tag)]).await.status, 200);
    for (query, expected) in [
        ("", 2),
        ("query=SOAP+makers", 2),
        ("query=soap", 0),
        ("state=active", 0),
        ("state=expired&query=soap+makers", 1),
        ("state=undone", 1),
    ] {
        assert_eq!(get(&app, &format!("{PINS}?{query}"), &token).await["total"], expected, "{query}");
    }
    let part = get(&app, &format!("{PINS}?per_page=1"), &token).await;
    assert_eq!((&part["results"][0]["state"], &part["results"][0]["action"]), (&json!("expired"), &json!("bury")));
    assert_eq!(part["links"]["next"], "/admin/v1/pins?page=2&per_page=1");
}

#[tokio::test]
async fn a_restart_loses_no_pin() {
    let app = posters().await;
    let token = app.token(Role::Curator).await;
    decide(&app, &token, "pin", "Bridges").await;
    decide(&app, &token, "bury", "Soap makers").await;
    let now = app.app.clock.local();
    let held = app.app.pins.pinning("soap makers", now);
    assert_eq!((held.pinned.len(), held.buried.len()), (1, 1));

    let catalogue = Catalogue::open(app.app.catalogue.place()).await.unwrap();
    let book = PinBook::default();
    book.load(&catalogue, now.date()).await.unwrap();
    assert_eq!(book.pinning("Soap makers", now), held);
    assert_eq!(book.version(), app.app.pins.version(), "so that what was answered before still holds");
}

#[tokio::test]
async fn a_pin_goes_with_what_is_merged_and_rests_while_it_is_hidden() {
    let app = posters().await;
    let token = app.token(Role::Curator).await;
    let (bridges, sellers) = (app.id_of("Bridges").await, app.id_of("Soap and those who sell it").await);
    decide(&app, &token, "pin", "Bridges").await;
    let merged = app.curate(&bridges, json!({ "kind": "merge", "into": sellers })).await;
    let found = app.json(&format!("/v1/resources?facets=none&{SEARCH}")).await;
    assert_eq!((&found["total"], &found["results"][0]["id"]), (&json!(2), &json!(sellers)));
    let pin = get(&app, PINS, &token).await["results"][0].clone();
    assert_eq!((&pin["resource"], &pin["merged_into"]), (&json!(bridges), &json!(sellers)));

    app.take_back(&merged).await;
    assert_eq!(titles(&app, SEARCH).await[0], "Bridges");

    app.curate(&bridges, json!({ "kind": "hide", "reason": "it sells something" })).await;
    assert_eq!(titles(&app, SEARCH).await, ["Soap makers", "Soap and those who sell it"]);
    assert_eq!(get(&app, PINS, &token).await["results"][0]["live"], false);
    let mut body = request("pin", &bridges);
    body["query"] = json!("bridges");
    let again = post(&app, PINS, &token, &body).await;
    assert_eq!((again.status, &again.json()["type"]), (422, &json!("/problems/unprocessable")), "{}", again.body);
}

#[tokio::test]
async fn every_mistake_of_a_pin_is_told_at_once() {
    let app = posters().await;
    let token = app.token(Role::Curator).await;
    let id = app.id_of("Bridges").await;
    let wrong = json!({ "query": " !? ", "action": "boost", "resource": "bridges", "position": 0, "owner": " ",
        "reason": "x".repeat(501), "expires": "2026-11-20" });
    for body in [wrong, json!({ "position": 21 })] {
        let answer = post(&app, PINS, &token, &body).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        let errors = answer.json()["errors"].as_array().expect("errors").clone();
        let named: Vec<&str> = errors.iter().filter_map(|error| error["parameter"].as_str()).collect();
        assert_eq!(named, ["query", "action", "resource", "position", "owner", "reason", "expires"], "{body}");
    }
    for (field, value, expected) in [
        ("query", json!("x".repeat(513)), "longer than 512 characters"),
        ("action", json!("pinn"), "did you mean `pin`?; allowed: pin, bury"),
        ("resource", json!("0000000000000000"), "there is no resource `0000000000000000`"),
        ("position", json!(-1), "a whole number from 1 to 20 is needed"),
        ("expires", json!("2027-11-23"), "more than 366 days ahead; at the latest 2027-11-22"),
        ("expires", json!("soon"), "the last day on which it counts is needed"),
        ("until", json!("2027-11-22"), "unknown field `until`"),
        ("owner", json!(7), "`body`"),
    ] {
        let mut body = request("pin", &id);
        body[field] = value;
        let answer = post(&app, PINS, &token, &body).await;
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 400 && detail.contains(expected), "{field}: {} {detail}", answer.status);
    }
    let mut body = request("bury", &id);
    body["position"] = json!(1);
    let answer = post(&app, PINS, &token, &body).await;
    assert!(answer.status == 400 && answer.body.contains("only pins have a place"), "{}", answer.body);
    for query in ["state=over", "query=%21", "page=0", "resource=x"] {
        let answer = app.get_with(&format!("{PINS}?{query}"), &[("authorization", &format!("Bearer {token}"))]).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
    }
    let unknown = app.post(&format!("{PINS}/none/undo"), &token, "application/json", "").await;
    assert_eq!(unknown.status, 404, "{}", unknown.body);
    assert_eq!(get(&app, PINS, &token).await["total"], 0);
}

#[tokio::test]
async fn curators_and_admins_pin_others_look_and_the_log_says_who_and_why() {
    let app = posters().await;
    let body = request("pin", &app.id_of("Bridges").await);
    let reader = app.token(Role::ReadOnly).await;
    assert_eq!(post(&app, PINS, &reader, &body).await.status, 403);
    assert_eq!(post(&app, PINS, "nobody", &body).await.status, 401);
    assert_eq!(app.get(PINS).await.status, 401);
    let curator = app.token(Role::Curator).await;
    let pin = post(&app, PINS, &curator, &body).await.json();
    assert_eq!(undo(&app, &reader, &pin).await.status, 403);
    let admin = app.token(Role::Admin).await;
    assert_eq!(undo(&app, &admin, &pin).await.status, 200);
    assert_eq!(get(&app, PINS, &reader).await["total"], 1);

    let log = get(&app, "/admin/v1/audit", &reader).await;
    let acts = log["results"].as_array().expect("acts").iter();
    let acts: Vec<&Value> = acts.filter(|act| act["action"] != "create token").collect();
    assert_eq!(acts.len(), 2, "{log}");
    for (act, action) in acts.iter().zip(["undo pin for a search", "pin for a search"]) {
        assert_eq!((&act["who"], &act["action"], &act["subject"]), (&json!("test"), &json!(action), &pin["id"]));
        let detail = act["detail"].as_str().expect("a detail");
        assert!(detail.contains("for `Soap  makers!` until 2026-12-31"), "{detail}");
        assert!(detail.ends_with("the chemistry team is responsible: teachers ask for it"), "{detail}");
    }
}

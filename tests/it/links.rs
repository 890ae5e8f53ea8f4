//! What becomes of links that break, move and come back, and how politely they are asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use signpost::jobs::follow;
use signpost::jobs::links::check_due_links;
use tokio::net::TcpListener;

use crate::harness::{TestApp, source_toml};

/// What is answered at one path.
#[derive(Clone)]
struct Reply {
    status: u16,
    location: Option<String>,
    content_type: &'static str,
    body: String,
}

#[derive(Default)]
struct Told {
    replies: BTreeMap<String, Reply>,
    asked: Vec<String>,
    open: usize,
    most_open: usize,
}

/// A site whose pages move and vanish, and which knows how many of them were asked for at once.
#[derive(Clone)]
struct Origin {
    address: String,
    told: Arc<Mutex<Told>>,
}

impl Origin {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let told = Arc::new(Mutex::new(Told::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&told));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, told }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().expect("nobody panics while holding this lock")
    }

    fn put(&self, path: &str, status: u16, content_type: &'static str, body: &str) {
        let reply = Reply { status, location: None, content_type, body: body.to_owned() };
        self.told().replies.insert(path.to_owned(), reply);
    }

    fn page(&self, path: &str, title: &str) {
        self.put(path, 200, "text/html", &format!("<title>{title} | Example Society</title><h1>{title}</h1>"));
    }

    fn fails(&self, path: &str, status: u16) {
        self.put(path, status, "text/html", "");
    }

    fn redirects(&self, path: &str, status: u16, to: &str) {
        let reply = Reply { status, location: Some(to.to_owned()), content_type: "text/html", body: String::new() };
        self.told().replies.insert(path.to_owned(), reply);
    }

    /// The catalogue of this site: a record for each of these pages, named after its path.
    fn lists(&self, paths: &[&str]) {
        let records: Vec<Value> = paths
            .iter()
            .map(|path| json!({ "id": path, "title": title_of(path), "url": format!("{}{path}", self.address) }))
            .collect();
        self.put("/records.json", 200, "application/json", &Value::from(records).to_string());
    }

    /// The paths that were asked for since the last time this was called, robots.txt and the catalogue left out.
    fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.told().asked);
        asked.into_iter().filter(|path| path != "/robots.txt" && path != "/records.json").collect()
    }
}

async fn answer(State(told): State<Arc<Mutex<Told>>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let reply = {
        let mut told = told.lock().expect("nobody panics while holding this lock");
        told.open += 1;
        told.most_open = told.most_open.max(told.open);
        told.asked.push(path.clone());
        told.replies.get(&path).cloned()
    };
    // Long enough for others to come in between, if they were let.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    told.lock().expect("nobody panics while holding this lock").open -= 1;
    let Some(reply) = reply else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let status = StatusCode::from_u16(reply.status).expect("a status");
    let mut response = (status, [(header::CONTENT_TYPE, reply.content_type)], reply.body).into_response();
    if let Some(location) = reply.location {
        response.headers_mut().insert(header::LOCATION, location.parse().expect("a header"));
    }
    response
}

/// `/soap` -> "Careers of soap".
fn title_of(path: &str) -> String {
    format!("Careers of {}", path.trim_start_matches('/'))
}

/// The application over the catalogue of a site that lists these pages, harvested.
async fn app_over(site: &Origin, paths: &[&str]) -> TestApp {
    site.lists(paths);
    let toml = source_toml("site", &format!("url = \"{}/records.json\"", site.address));
    let app = TestApp::with_sources(&[("site.toml", toml)], &[]).await;
    app.harvest("site").await;
    app
}

/// Lets so many days go by, asks what is due then, and brings the index up to date.
async fn check(app: &TestApp, days: i64) {
    app.pass_days(days);
    check_due_links(&app.app, 1_000).await.expect("the store can be written");
    follow::follow_to_head(&app.app).await.expect("the index can be written");
}

/// The one resource whose title this is, whatever the state of its link.
async fn id_of(app: &TestApp, path: &str) -> String {
    let answer = app.json("/v1/resources?facets=none&per_page=100&link=ok,moved,broken,unchecked").await;
    let results = answer["results"].as_array().expect("results");
    let found = results.iter().find(|result| result["title"] == title_of(path)).expect("a resource of this title");
    found["id"].as_str().expect("an id").to_owned()
}

/// How the link of a resource stands, as the store says it.
async fn state(app: &TestApp, id: &str) -> String {
    let resource = app.json(&format!("/v1/resources/{id}")).await;
    resource["link"]["state"].as_str().expect("a state").to_owned()
}

/// The count of each state of the link, for a search without any filter.
async fn counts(app: &TestApp) -> BTreeMap<String, u64> {
    let answer = app.json("/v1/resources?facets=link").await;
    let values = answer["facets"]["link"]["values"].as_array().expect("values");
    values
        .iter()
        .map(|value| (value["id"].as_str().expect("an id").to_owned(), value["count"].as_u64().expect("a count")))
        .collect()
}

async fn total(app: &TestApp, query: &str) -> u64 {
    app.json(&format!("/v1/resources?facets=none{query}")).await["total"].as_u64().expect("a total")
}

#[tokio::test]
async fn a_link_that_fails_three_times_is_hidden_until_it_is_asked_for_or_answers_again() {
    let site = Origin::start().await;
    site.page("/soap", "Soap");
    site.page("/glue", "Glue");
    let app = app_over(&site, &["/soap", "/glue"]).await;
    let soap = id_of(&app, "/soap").await;
    assert_eq!(state(&app, &soap).await, "unchecked");
    check(&app, 1).await;
    assert_eq!(counts(&app).await, BTreeMap::from([("ok".to_owned(), 2)]));
    let seen = app.json(&format!("/v1/resources/{soap}")).await["link"]["checked_at"].clone();

    site.fails("/soap", 404);
    for expected in ["ok", "ok", "broken"] {
        check(&app, 3).await;
        assert_eq!(state(&app, &soap).await, expected);
        if expected == "ok" {
            let still = app.json(&format!("/v1/resources/{soap}")).await["link"]["checked_at"].clone();
            assert_eq!(still, seen, "a failure does not say that it worked");
        }
    }
    assert_eq!((total(&app, "").await, total(&app, "&q=soap").await), (1, 0));
    let counted = counts(&app).await;
    assert_eq!(counted, BTreeMap::from([("broken".to_owned(), 1), ("ok".to_owned(), 1)]));
    for (value, count) in counted {
        assert_eq!(total(&app, &format!("&link={value}")).await, count, "a click on {value}");
    }
    let found = app.json("/v1/resources?link=broken").await;
    assert_eq!(found["results"][0]["id"], soap.as_str());
    assert_eq!(found["results"][0]["link"]["state"], "broken");

    site.page("/soap", "Soap");
    check(&app, 8).await;
    assert_eq!((state(&app, &soap).await.as_str(), total(&app, "").await), ("ok", 2));
    assert_eq!(id_of(&app, "/soap").await, soap);
}

#[tokio::test]
async fn a_page_that_only_seems_to_answer_counts_as_broken() {
    let site = Origin::start().await;
    let pages = ["/gone", "/sold", "/lost/poster", "/welsh", "/errors-in-computing"];
    site.page("/gone", "Page not found");
    site.put("/sold", 200, "text/html", "<title>example.org</title><p>This domain is for sale.</p>");
    site.redirects("/lost/poster", 302, "/");
    site.page("/", "Example Society");
    site.page("/welsh", "Tudalen heb ei chanfod");
    site.page("/errors-in-computing", "404 errors in computing");
    let app = app_over(&site, &pages).await;
    for days in [1, 2, 4] {
        check(&app, days).await;
    }
    assert_eq!(counts(&app).await, BTreeMap::from([("broken".to_owned(), 4), ("ok".to_owned(), 1)]));
    let fine = id_of(&app, "/errors-in-computing").await;
    assert_eq!(state(&app, &fine).await, "ok");
}

#[tokio::test]
async fn a_move_for_good_is_followed_in_the_resource_and_one_for_now_is_not() {
    let site = Origin::start().await;
    site.redirects("/old", 301, "/new");
    site.page("/new", "New");
    site.redirects("/today", 302, "/elsewhere");
    site.page("/elsewhere", "Elsewhere");
    let app = app_over(&site, &["/old", "/today"]).await;
    let (old, today) = (id_of(&app, "/old").await, id_of(&app, "/today").await);
    let address = |path: &str| Value::from(format!("{}{path}", site.address));
    check(&app, 1).await;
    assert_eq!(app.json(&format!("/v1/resources/{old}")).await["url"], address("/old"), "it was seen once");
    check(&app, 2).await;
    let moved = app.json(&format!("/v1/resources/{old}")).await;
    assert_eq!((&moved["url"], &moved["link"]["state"]), (&address("/new"), &json!("moved")));
    assert_eq!(moved["same_as"], Value::from(vec![address("/old")]));
    assert_eq!(moved["records"][0]["url"], address("/old"), "its catalogue still says so");
    let found = app.json("/v1/resources?link=moved").await;
    assert_eq!((&found["results"][0]["id"], &found["results"][0]["url"]), (&json!(old), &address("/new")));
    let stays = app.json(&format!("/v1/resources/{today}")).await;
    assert_eq!((&stays["url"], &stays["link"]["state"]), (&address("/today"), &json!("ok")));

    app.harvest("site").await;
    assert_eq!(app.json(&format!("/v1/resources/{old}")).await["url"], address("/new"), "another harvest");
}

#[tokio::test]
async fn what_has_moved_lives_on_without_its_old_address_and_goes_back_to_it_when_the_new_one_breaks() {
    let site = Origin::start().await;
    site.redirects("/old", 301, "/new");
    site.page("/new", "New");
    let app = app_over(&site, &["/old"]).await;
    let id = id_of(&app, "/old").await;
    let stands = async || {
        let resource = app.json(&format!("/v1/resources/{id}")).await;
        (resource["url"].clone(), resource["link"]["state"].clone())
    };
    let at = |path: &str, state: &str| (Value::from(format!("{}{path}", site.address)), Value::from(state));
    for days in [1, 2] {
        check(&app, days).await;
    }
    site.fails("/old", 404);
    site.asked();
    for _ in 0..4 {
        check(&app, 8).await;
        assert_eq!(stands().await, at("/new", "moved"));
    }
    assert!(site.asked().iter().all(|path| path == "/new"), "the redirect is no longer needed");

    site.fails("/new", 404);
    for days in [31, 1, 4] {
        check(&app, days).await;
    }
    assert_eq!(stands().await.1, "broken");
    site.page("/old", "Old");
    check(&app, 9).await;
    assert_eq!(stands().await, at("/old", "ok"));
    assert_eq!(app.json(&format!("/v1/resources/{id}")).await["same_as"], json!([]));
}

#[tokio::test]
async fn a_host_that_keeps_robots_out_or_is_busy_says_nothing_about_its_links() {
    let site = Origin::start().await;
    site.put("/robots.txt", 200, "text/plain", "User-agent: *\nDisallow: /private/\n");
    site.page("/private/soap", "Soap");
    site.fails("/busy", 503);
    site.fails("/members", 403);
    let app = app_over(&site, &["/private/soap", "/busy", "/members"]).await;
    for _ in 0..4 {
        check(&app, 3).await;
    }
    assert_eq!(counts(&app).await, BTreeMap::from([("unchecked".to_owned(), 3)]));
    let asked = site.asked();
    assert!(asked.iter().all(|path| path != "/private/soap"), "{asked:?}");
    assert!(asked.iter().any(|path| path == "/busy"), "{asked:?}");
}

#[tokio::test]
async fn a_robots_txt_that_fails_hides_nothing_and_a_host_that_is_no_more_is_broken() {
    let site = Origin::start().await;
    site.fails("/robots.txt", 503);
    site.page("/soap", "Soap");
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let nowhere = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    let records = json!([
        { "id": "1", "title": "Careers of soap", "url": format!("{}/soap", site.address) },
        { "id": "2", "title": "Careers of glue", "url": format!("{nowhere}/glue") },
    ]);
    let toml = source_toml("file", "file = \"records.json\"");
    let app = TestApp::with_sources(&[("file.toml", toml)], &[("records.json", &records.to_string())]).await;
    app.harvest("file").await;
    for days in [1, 2, 4] {
        check(&app, days).await;
    }
    let expected = BTreeMap::from([("broken".to_owned(), 1), ("unchecked".to_owned(), 1)]);
    assert_eq!(counts(&app).await, expected);
    assert_eq!(total(&app, "&q=soap").await, 1);
    assert!(site.asked().is_empty(), "its pages are not asked for without its rules");
}

#[tokio::test]
async fn a_host_that_asks_to_be_left_alone_is_asked_no_more_in_this_round() {
    let site = Origin::start().await;
    let paths = ["/0", "/1", "/2", "/3", "/4", "/5"];
    for path in paths {
        site.fails(path, 429);
    }
    let app = app_over(&site, &paths).await;
    site.asked();
    check(&app, 1).await;
    assert_eq!(site.asked().len(), 1);
    assert_eq!(check_due_links(&app.app, 1_000).await.unwrap(), 0, "the others wait as well");

    // Who was turned away comes last, and keeps nobody else waiting.
    check(&app, 1).await;
    let turned_away = site.asked();
    assert_eq!(turned_away.len(), 1);
    for path in paths.iter().filter(|path| **path != turned_away[0]) {
        site.page(path, "A page");
    }
    check(&app, 1).await;
    assert_eq!(counts(&app).await, BTreeMap::from([("ok".to_owned(), 5), ("unchecked".to_owned(), 1)]));
}

#[tokio::test]
async fn what_changes_is_asked_again_within_hours() {
    let site = Origin::start().await;
    site.page("/soap", "Soap");
    site.page("/glue", "Glue");
    let app = app_over(&site, &["/soap", "/glue"]).await;
    for days in [1, 2, 4] {
        check(&app, days).await;
    }
    site.asked();
    let url = |path: &str| format!("{}{path}", site.address);
    let records = json!([
        { "id": "/soap", "title": "Bubbles and what they teach", "url": url("/soap") },
        { "id": "/glue", "title": title_of("/glue"), "url": url("/glue") },
    ]);
    site.put("/records.json", 200, "application/json", &records.to_string());
    app.harvest("site").await;
    check(&app, 1).await;
    assert_eq!(site.asked(), ["/soap"]);
}

#[tokio::test]
async fn fifty_links_of_one_host_are_asked_one_after_the_other_and_each_once() {
    let site = Origin::start().await;
    let paths: Vec<String> = (0..50).map(|number| format!("/{number}")).collect();
    for path in &paths {
        site.page(path, "A page");
    }
    let app = app_over(&site, &paths.iter().map(String::as_str).collect::<Vec<_>>()).await;
    site.asked();
    app.pass_days(1);
    let (first, second) = tokio::join!(check_due_links(&app.app, 100), check_due_links(&app.app, 100));
    assert_eq!(first.unwrap() + second.unwrap(), 50, "what one has taken the other has not");
    let mut asked = site.asked();
    asked.sort();
    let mut expected = paths;
    expected.sort();
    assert_eq!(asked, expected);
    assert_eq!(site.told().most_open, 1);
}

#[tokio::test]
async fn what_is_no_longer_published_is_no_longer_asked() {
    let site = Origin::start().await;
    site.page("/soap", "Soap");
    site.page("/glue", "Glue");
    let app = app_over(&site, &["/soap", "/glue"]).await;
    check(&app, 1).await;
    site.lists(&["/glue"]);
    for _ in 0..3 {
        app.pass_days(4);
        app.harvest("site").await;
    }
    assert_eq!(total(&app, "").await, 1, "it was withdrawn");
    site.asked();
    check(&app, 30).await;
    assert_eq!(site.asked(), ["/glue"]);
}

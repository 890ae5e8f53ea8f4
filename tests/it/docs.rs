//! What a partner's developer reads: the documentation, whose every link and address works, and the kinds of problem.

use std::collections::BTreeSet;

use signpost::web::problem::KINDS;

use crate::harness::TestApp;

const PAGES: [&str; 10] = [
    "/docs/reports",
    "/docs",
    "/docs/search",
    "/docs/widget",
    "/docs/copy",
    "/docs/feeds",
    "/docs/oai",
    "/docs/keys",
    "/docs/errors",
    "/docs/stability",
];

#[tokio::test]
async fn every_page_stands_alone_and_needs_no_script() {
    let app = TestApp::shipped().await;
    for path in PAGES {
        let page = app.get(path).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
        assert_eq!(page.body.matches("<h1>").count(), 1, "{path}");
        assert!(page.body.contains("aria-current=\"page\""), "{path} is marked in the contents");
        for foreign in [
            "<script>",
            "<script src=\"http",
            "<style",
            " style=",
            "<iframe",
            "<img src=\"http",
            "rel=\"stylesheet\" href=\"http",
        ] {
            assert!(!page.body.contains(foreign), "{foreign} in {path}");
        }
        assert!(!page.header("content-security-policy").contains("unsafe-inline"), "{path}");
        let again = app.get_with(path, &[("if-none-match", page.header("etag"))]).await;
        assert_eq!(again.status, 304, "{path}");
    }
    assert_eq!(app.get("/docs/").await.header("location"), "/docs");
    assert_eq!(app.get("/docs/reader/").await.status, 200);
}

#[tokio::test]
async fn every_link_leads_somewhere() {
    let app = TestApp::shipped().await;
    let mut links = BTreeSet::new();
    for path in PAGES {
        let page = app.get(path).await.body;
        links.extend(between(&page, "href=\"/", "\"").map(|link| format!("/{}", link.replace("&amp;", "&"))));
    }
    assert!(links.len() > 25, "{links:?}");
    for link in links {
        let bare = link.split('#').next().unwrap_or_default();
        let answer = app.get(bare).await;
        assert_eq!(answer.status, 200, "{link}: {}", answer.body);
        let anchor = link.split_once('#').map(|(_, anchor)| format!("id=\"{anchor}\""));
        assert!(anchor.is_none_or(|anchor| answer.body.contains(&anchor)), "{link}");
    }
}

#[tokio::test]
async fn every_address_that_is_shown_answers() {
    let app = TestApp::shipped().await;
    let shown_origin = app.app.public_url();
    let mut tried = 0;
    for path in PAGES {
        let page = app.get(path).await.body.replace("&amp;", "&").replace("&#39;", "'");
        for shown in page.split(shown_origin).skip(1) {
            let address = shown.split(['\'', '"', '<', ' ', '\n', ';', ',']).next().unwrap_or_default();
            let address = address.trim_end_matches('.');
            let is_ours = ["/v1", "/docs", "/oai?"].iter().any(|root| address.starts_with(root));
            let is_made_up = ["ID", "REFERENCE", "my-society", "levle", "/v1/partner", "/v1/reports"]
                .iter()
                .any(|word| address.contains(word));
            if !is_ours || is_made_up {
                continue;
            }
            tried += 1;
            assert_eq!(app.get(address).await.status, 200, "{address} in {path}");
        }
    }
    assert!(tried > 15, "{tried} addresses were tried");
}

#[tokio::test]
async fn no_page_repeats_the_host_it_was_asked_under() {
    let app = TestApp::shipped().await;
    let forged = [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")];
    for path in PAGES.into_iter().chain(["/problems", "/problems/bad-parameter"]) {
        let page = app.get_with(path, &forged).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("evil.example"), "{path}");
    }
}

#[tokio::test]
async fn the_programs_that_are_shown_can_be_fetched() {
    let app = TestApp::shipped().await;
    for name in ["search.sh", "search.mjs", "search.py", "sync.py", "sync.mjs"] {
        let answer = app.get(&format!("/docs/clients/{name}")).await;
        let file = format!("{}/src/docs/clients/{name}", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(answer.body, std::fs::read_to_string(file).unwrap(), "{name}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    }
    assert_eq!(app.get("/docs/clients/..%2Frun").await.status, 404);
}

#[tokio::test]
async fn each_kind_of_problem_explains_itself_to_people_and_to_programs() {
    let app = TestApp::shipped().await;
    let list = app.json("/problems").await;
    assert_eq!(list["total"], KINDS.len());
    for kind in list["results"].as_array().expect("results") {
        let path = kind["type"].as_str().expect("a type");
        assert_eq!(&app.json(path).await, kind);
        for member in ["title", "meaning", "what_to_do"] {
            assert!(kind[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {path}");
        }
        let page = app.get_with(path, &[("accept", "text/html,*/*;q=0.8")]).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
        assert!(page.body.contains(kind["title"].as_str().expect("a title")), "{path}");
    }
    assert_eq!(app.get("/problems/nothing").await.status, 404);
}

#[tokio::test]
async fn a_problem_that_is_sent_is_one_that_is_explained() {
    let app = TestApp::shipped().await;
    for (method, path, status) in [
        ("GET", "/v1/resources?levle=ks3", 400),
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/resources", 405),
        ("GET", "/admin/v1/jobs", 401),
    ] {
        let problem = app.send(method, path, &[]).await.json();
        let explained = app.json(problem["type"].as_str().expect("a type")).await;
        assert_eq!((&problem["status"], &problem["title"]), (&explained["status"], &explained["title"]), "{path}");
        assert_eq!(problem["status"], status, "{path}");
    }
}

/// What stands after each `start` up to the next `end`.
fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).map(move |rest| rest.split(end).next().unwrap_or_default())
}

//! What browsers and crawlers look for at fixed addresses leads to every resource, and names no host but our own.

use serde_json::{Value, json};

use crate::harness::{TestApp, source_toml};

/// All texts between these two marks.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    text.split(open).skip(1).filter_map(|rest| rest.split(close).next()).collect()
}

/// Whether each element that is opened is closed, in order, and every `&` begins an entity that XML knows.
fn is_well_formed(xml: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for tag in between(xml, "<", ">") {
        let name = tag.split_whitespace().next().unwrap_or_default();
        if tag.starts_with('?') || tag.ends_with('/') {
            continue;
        }
        match name.strip_prefix('/') {
            Some(closed) if open.last() == Some(&closed) => {
                open.pop();
            }
            Some(_) => return false,
            None => open.push(name),
        }
    }
    let entities = ["amp;", "lt;", "gt;", "quot;", "apos;"];
    open.is_empty() && xml.split('&').skip(1).all(|rest| entities.iter().any(|entity| rest.starts_with(entity)))
}

/// The paths of all addresses in a sitemap, or of all sitemaps in an index.
async fn paths_in(app: &TestApp, path: &str) -> Vec<String> {
    let answer = app.get(path).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/xml"), "{path}: {}", answer.body);
    assert!(is_well_formed(&answer.body), "{path}: {}", answer.body);
    let addresses = between(&answer.body, "<loc>", "</loc>");
    let path_of = |address: &str| address.strip_prefix(app.app.public_url()).map(ToOwned::to_owned);
    addresses.iter().map(|address| path_of(address).unwrap_or_else(|| panic!("{address} is not ours"))).collect()
}

/// The paths of all resources in all sitemaps, sorted, and of the other pages.
async fn listed(app: &TestApp) -> (Vec<String>, Vec<String>) {
    let mut paths = Vec::new();
    for part in paths_in(app, "/sitemap.xml").await {
        paths.extend(paths_in(app, &part).await);
    }
    paths.sort_unstable();
    paths.into_iter().partition(|path| path.starts_with("/resources/"))
}

/// The paths of all live resources, sorted.
async fn live(app: &TestApp) -> Vec<String> {
    let entries = app.app.catalogue.scan(None, 10_000).await.expect("resources");
    entries.into_iter().map(|entry| format!("/resources/{}", entry.resource.id)).collect()
}

#[tokio::test]
async fn the_sitemaps_list_every_live_resource_once_and_pages_that_are_there() {
    let app = TestApp::shipped().await;
    let (resources, pages) = listed(&app).await;
    assert!(resources.len() > 100, "{}", resources.len());
    assert_eq!(resources, live(&app).await);
    for path in pages.iter().chain(resources.first()) {
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
    let first = resources[0].trim_start_matches("/resources/");
    let part = format!("/sitemaps/{}.xml", &first[..1]);
    let updated = app.json(&format!("/v1/resources/{first}")).await["updated"].clone();
    let body = app.get(&part).await.body;
    assert!(between(&body, "<lastmod>", "</lastmod>").contains(&updated.as_str().expect("a time")), "{body}");
    let narrow = paths_in(&app, &format!("/sitemaps/{}.xml", &first[..2])).await;
    assert!(narrow.contains(&resources[0]) && narrow.iter().all(|path| resources.contains(path)), "{narrow:?}");
}

#[tokio::test]
async fn what_is_withdrawn_leaves_the_sitemap_and_its_tag() {
    let app = TestApp::shipped().await;
    let (before, _) = listed(&app).await;
    let id = before[0].trim_start_matches("/resources/");
    let part = format!("/sitemaps/{}.xml", &id[..1]);
    let tag = app.get(&part).await.header("etag").to_owned();
    assert_eq!(app.get_with(&part, &[("if-none-match", &tag)]).await.status, 304);
    app.curate(id, json!({ "kind": "hide", "reason": "it sells something" })).await;
    assert_eq!(app.get_with(&part, &[("if-none-match", &tag)]).await.status, 200);
    let (after, _) = listed(&app).await;
    assert_eq!(after, before[1..]);
}

#[tokio::test]
async fn a_sitemap_longer_than_one_page_of_the_store_is_whole() {
    let address = |number: u32| format!("https://example.org/{number}");
    let begins_low = |number: &u32| schemas::ResourceId::founded_on(&address(*number)).as_str().starts_with('0');
    let low: Vec<u32> = (0..u32::MAX).filter(begins_low).take(1_001).collect();
    let others = (0..50_u32).filter(|number| !begins_low(number));
    let records: Vec<Value> = low
        .iter()
        .copied()
        .chain(others)
        .map(|number| json!({ "id": number, "title": format!("Number {number}"), "url": address(number) }))
        .collect();
    let records = Value::from(records).to_string();
    let toml = source_toml("numbers", "file = \"numbers.json\"");
    let app = TestApp::with_sources(&[("numbers.toml", toml)], &[("numbers.json", &records)]).await;
    let part = paths_in(&app, "/sitemaps/0.xml").await;
    assert!(part.len() > 1_000, "{}", part.len());
    assert!(part.is_sorted() && part.iter().all(|path| path.starts_with("/resources/0")));
    assert_eq!(listed(&app).await.0, live(&app).await);
}

#[tokio::test]
async fn there_are_no_other_sitemaps() {
    let app = TestApp::shipped().await;
    for name in ["0", "u.xml", "000.xml", ".xml", "pages", "0.xml.xml", "%00.xml", "%FF.xml", "..%2F0.xml", "A.xml"] {
        assert_eq!(app.get(&format!("/sitemaps/{name}")).await.status, 404, "{name}");
    }
    let empty = app.get("/sitemaps/zz.xml").await;
    assert!(empty.status == 200 && is_well_formed(&empty.body), "{}", empty.body);
}

#[tokio::test]
async fn crawlers_are_spared_the_searches_and_find_the_sitemap() {
    let app = TestApp::shipped().await;
    let robots = app.get("/robots.txt").await;
    assert_eq!((robots.status, robots.header("content-type")), (200, "text/plain; charset=utf-8"));
    let lines: Vec<&str> = robots.body.lines().collect();
    for line in ["User-agent: *", "Disallow: /?*&*&", "Disallow: /admin", "Disallow: /v1/export"] {
        assert!(lines.contains(&line), "{line}: {}", robots.body);
    }
    assert!(!lines.contains(&"Disallow: /"), "{}", robots.body);
    assert!(lines.contains(&format!("Sitemap: {}/sitemap.xml", app.app.public_url()).as_str()), "{}", robots.body);
}

#[tokio::test]
async fn a_browser_finds_how_to_search_and_each_address_it_is_given_answers() {
    let app = TestApp::shipped().await;
    let description = app.get("/opensearch.xml").await;
    assert_eq!(
        (description.status, description.header("content-type")),
        (200, "application/opensearchdescription+xml"),
        "{}",
        description.body
    );
    assert!(is_well_formed(&description.body), "{}", description.body);
    let types = between(&description.body, "<Url type=\"", "\"");
    for wanted in ["text/html", "application/rss+xml", "application/x-suggestions+json"] {
        assert!(types.contains(&wanted), "{wanted} in {types:?}");
    }
    for template in between(&description.body, "template=\"", "\"") {
        let asked = template.replace("&amp;", "&").replace("{searchTerms}", "chem").replace("{startPage?}", "");
        let path = asked.strip_prefix(app.app.public_url()).unwrap_or_else(|| panic!("{template} is not ours"));
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn suggestions_come_as_browsers_read_them() {
    let app = TestApp::shipped().await;
    let answer = app.get("/opensearch/suggest?q=chem").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/x-suggestions+json"));
    let suggested = answer.json();
    assert_eq!(suggested[0], "chem");
    let texts = suggested[1].as_array().expect("texts");
    assert!(texts.iter().any(|text| text == "Chemistry"), "{suggested}");
    assert!(texts.len() <= 8 && texts.iter().all(Value::is_string), "{suggested}");
    let tag = answer.header("etag");
    assert_eq!(app.get_with("/opensearch/suggest?q=chem", &[("if-none-match", tag)]).await.status, 304);
    assert_eq!(app.json("/opensearch/suggest?q=").await, json!(["", []]));
    assert_eq!(app.get("/opensearch/suggest?query=chem").await.status, 400);
    assert_eq!(app.get(&format!("/opensearch/suggest?q={}", "a".repeat(101))).await.status, 400);
}

#[tokio::test]
async fn whoever_finds_a_weakness_is_told_whom_to_write_to() {
    let app = TestApp::shipped().await;
    let security = app.get("/.well-known/security.txt").await;
    assert_eq!((security.status, security.header("content-type")), (200, "text/plain; charset=utf-8"));
    let expected = format!(
        "Contact: https://example.org/who-harvests\nExpires: 2027-11-20T00:00:00Z\nPreferred-Languages: en\n\
         Canonical: {}/.well-known/security.txt\n",
        app.app.public_url()
    );
    assert_eq!(security.body, expected);
}

#[tokio::test]
async fn what_a_request_says_of_the_host_is_not_believed_and_what_is_held_is_not_sent_again() {
    let app = TestApp::shipped().await;
    let forged = [("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example"), ("host", "evil.example")];
    for path in [
        "/opensearch.xml",
        "/robots.txt",
        "/sitemap.xml",
        "/sitemaps/pages.xml",
        "/sitemaps/0.xml",
        "/.well-known/security.txt",
    ] {
        let answer = app.get_with(path, &forged).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.contains("evil.example"), "{path}: {}", answer.body);
        let tag = answer.header("etag").to_owned();
        assert_eq!(app.get_with(path, &[("if-none-match", &tag)]).await.status, 304, "{path}");
        assert_eq!(app.send("HEAD", path, &[]).await.status, 200, "{path}");
    }
}

//! A search in other formats: as a feed, as a calendar, and as a file of everything it finds.

use std::collections::BTreeSet;
use std::time::Duration;

use index::{Entry, IndexChange};
use schemas::{Link, LinkState, Metadata, Publication, Resource, ResourceId, Vocabularies};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use signpost::catalogue::PartnerDetails;
use signpost::exports::{EXPORTS_AT_ONCE, EXPORTS_OF_ONE, Taker};
use tokio::time::timeout;

use crate::harness::{Answer, TestApp, source_toml};

const FEEDS: [(&str, &str); 4] = [
    ("/v1/feed.rss", "application/rss+xml"),
    ("/v1/feed.atom", "application/atom+xml"),
    ("/v1/feed.json", "application/feed+json"),
    ("/v1/feed.ics", "text/calendar; charset=utf-8"),
];
const EXPORTS: [(&str, &str); 2] =
    [("/v1/export.ndjson", "application/x-ndjson"), ("/v1/export.csv", "text/csv; charset=utf-8; header=present")];
const MANIFEST: &str = "/v1/export.manifest.json";
/// Long enough for a thread to see that nobody listens.
const SOON: Duration = Duration::from_secs(20);

/// Titles that a spreadsheet, a page or a feed could take for something else, each with words of its own.
const HOSTILE: [&str; 8] = [
    "=SUM(1,2) amber beekeeping",
    "+44 birch telephone engineering",
    "-5 degrees cedar refrigeration",
    "@home denim laboratories",
    "'=2+2 ebony apostrophes",
    "Flint \"quarry\", tours; and more",
    "<script>glass()</script> & furnaces",
    "Honey ]]> comb geometry",
];

/// Resources of these titles, put into the index alone: no reader of records has changed a letter.
async fn hostile() -> TestApp {
    let toml = source_toml("empty", "file = \"empty.json\"");
    let app = TestApp::with_sources(&[("empty.toml", toml)], &[("empty.json", "[]")]).await;
    let resources = HOSTILE.iter().enumerate().map(|(number, title)| {
        let mut resource = resource(title);
        resource.url = Some(format!("https://example.org/hostile/{number}"));
        resource
    });
    put(&app, resources.collect());
    app
}

fn resource(title: &str) -> Resource {
    let metadata = Metadata { title: title.to_owned(), ..Metadata::default() };
    let publication = Publication {
        id: ResourceId::founded_on(title),
        records: Vec::new(),
        link: Link { state: LinkState::Unchecked, checked_at: None },
        created: "2026-11-01T00:00:00Z".to_owned(),
        updated: "2026-11-20T10:30:00Z".to_owned(),
        description_in_full: true,
        pinned: false,
    };
    Resource::publish(&metadata, publication, Vocabularies::shipped())
}

fn put(app: &TestApp, resources: Vec<Resource>) {
    let entry = |resource| Entry { resource, full_description: None, age_ranges: Vec::new() };
    let changes: Vec<IndexChange> =
        resources.into_iter().map(|resource| IndexChange::Put(Box::new(entry(resource)))).collect();
    // At the same place of the log: an index that is ahead of it is one of another store.
    app.app.index.apply(&changes, app.app.index.position()).expect("the index takes them");
}

/// GET as it comes, neither decompressed nor decoded.
async fn bytes(app: &TestApp, path: &str) -> (reqwest::header::HeaderMap, Vec<u8>) {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = client.get(format!("{}{path}", app.origin)).header("accept-encoding", "identity").timeout(SOON);
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 200, "{path}");
    (response.headers().clone(), response.bytes().await.expect("a body").to_vec())
}

async fn text(app: &TestApp, path: &str) -> String {
    String::from_utf8(bytes(app, path).await.1).expect("UTF-8")
}

/// The ids of all results of a search, by a walk with cursors.
async fn walked_ids(app: &TestApp, search: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut next = Some(format!("/v1/resources?{search}&facets=none&per_page=100&cursor=*"));
    while let Some(path) = next {
        let answer = app.json(&path).await;
        let results = answer["results"].as_array().expect("results");
        ids.extend(results.iter().map(|result| result["id"].as_str().expect("an id").to_owned()));
        next = answer["links"]["next"].as_str().map(ToOwned::to_owned);
    }
    ids
}

/// The rows of a table, as RFC 4180 says to read it.
fn rows(table: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut is_quoted = false;
    let mut characters = table.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    assert!(row.is_empty() && cell.is_empty() && !is_quoted, "the table does not end with a row");
    rows
}

fn mistaken(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 400, "{}", answer.body);
    let problem = answer.json();
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["parameter"].as_str().expect("a parameter").to_owned()).collect()
}

#[tokio::test]
async fn every_feed_holds_what_the_search_finds_newest_first() {
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?subject=chemistry&sort=newest&per_page=20").await;
    let results = found["results"].as_array().expect("results");
    let page = |result: &Value| format!("{}/resources/{}", app.app.public_url(), result["id"].as_str().expect("an id"));
    for (path, media_type) in &FEEDS[..3] {
        let answer = app.get(&format!("{path}?subject=chemistry")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, *media_type), "{path}");
        assert!(answer.body.contains("Signpost: Chemistry"), "{path}: {}", answer.body);
        let places: Vec<usize> = results
            .iter()
            .map(|result| answer.body.find(&page(result)).unwrap_or_else(|| panic!("{path}: {result}")))
            .collect();
        assert!(places.is_sorted(), "{path}: {places:?}");
    }
    let feed = app.json("/v1/feed.json?subject=chemistry&per_page=3").await;
    assert_eq!(feed["items"].as_array().expect("items").len(), 3);
    assert_eq!(feed["items"][0]["url"], results[0]["url"]);
    assert_eq!(feed["feed_url"], format!("{}/v1/feed.json?subject=chemistry&per_page=3", app.app.public_url()));
    assert_eq!(feed["home_page_url"], format!("{}/?subject=chemistry&per_page=3", app.app.public_url()));
}

#[tokio::test]
async fn our_own_reader_of_feeds_reads_every_one() {
    let app = hostile().await;
    for path in ["/v1/feed.rss", "/v1/feed.atom", "/v1/feed.json"] {
        let feed = app.get(&format!("{path}?sort=title")).await.body;
        let toml = "id = \"ours\"\nname = \"Ours\"\norganisation = \"Example Society\"\n\
                    homepage = \"https://example.org/\"\nlicence = \"cc-by-4.0\"\nkind = \"feed\"\n\n\
                    [where]\nfile = \"feed\"\n";
        let reader = TestApp::with_sources(&[("ours.toml", toml.to_owned())], &[("feed", &feed)]).await;
        let source = reader.json("/v1/sources/ours").await;
        let counts = &source["last_harvest"]["counts"];
        assert_eq!((counts["read"].as_u64(), counts["rejected"].as_u64()), (Some(8), Some(0)), "{path}: {source}");
        let read = reader.json("/v1/resources?source=ours&facets=none").await;
        let urls: BTreeSet<&str> =
            read["results"].as_array().expect("results").iter().filter_map(|result| result["url"].as_str()).collect();
        let expected: BTreeSet<String> = (0..8).map(|id| format!("https://example.org/hostile/{id}")).collect();
        assert_eq!(urls, expected.iter().map(String::as_str).collect(), "{path}");
    }
}

#[tokio::test]
async fn nothing_of_a_resource_leaves_its_element() {
    let app = hostile().await;
    for path in ["/v1/feed.rss", "/v1/feed.atom"] {
        let feed = app.get(path).await.body;
        assert!(!feed.contains("<script") && !feed.contains("]]>"), "{path}: {feed}");
        assert!(feed.contains("&lt;script&gt;glass()&lt;/script&gt; &amp; furnaces"), "{path}: {feed}");
        assert!(feed.contains("Honey ]]&gt; comb geometry"), "{path}: {feed}");
    }
}

#[tokio::test]
async fn the_calendar_holds_the_events_that_are_not_over() {
    let toml = source_toml("events", "file = \"events.json\"")
        .replace("ends = \"/ends\"", "ends = \"/ends\"\nstarts = \"/starts\"\nplace = \"/place\"");
    let events = json!([
        { "id": 1, "title": "Quarry open day", "url": "https://example.org/1",
          "starts": "2026-12-01T10:00:00", "ends": "2026-12-01T12:00:00", "place": "Leeds, Hall 1" },
        { "id": 2, "title": "Telescope evening", "url": "https://example.org/2",
          "starts": "2026-11-02", "ends": "2026-11-03" },
        { "id": 3, "title": "Beekeeping week", "url": "https://example.org/3", "starts": "2026-11-20", "ends": "2026-11-25" },
        { "id": 4, "title": "Apprenticeships in glass", "url": "https://example.org/4" },
    ])
    .to_string();
    let app = TestApp::with_sources(&[("events.toml", toml)], &[("events.json", &events)]).await;
    let calendar = app.get("/v1/feed.ics").await;
    assert_eq!((calendar.status, calendar.header("content-type")), (200, "text/calendar; charset=utf-8"));
    let body = &calendar.body;
    assert_eq!(body.matches("BEGIN:VEVENT\r\n").count(), 2, "{body}");
    assert!(body.contains("DTSTART:20261201T100000Z\r\nDTEND:20261201T120000Z\r\n"), "{body}");
    assert!(body.contains("LOCATION:Leeds\\, Hall 1\r\n"), "{body}");
    assert!(body.contains("DTSTART;VALUE=DATE:20261120\r\nDTEND;VALUE=DATE:20261126\r\n"), "{body}");
    assert!(body.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{body}");
    assert!(body.find("Beekeeping week") < body.find("Quarry open day"), "{body}");
    let with_past = app.get("/v1/feed.ics?starts_after=2026-01-01").await.body;
    assert!(with_past.contains("SUMMARY:Telescope evening\r\n"), "{with_past}");
    let none = app.get("/v1/feed.ics?q=glass&interpret=off").await.body;
    assert!(none.starts_with("BEGIN:VCALENDAR\r\n") && none.contains("BEGIN:VTIMEZONE\r\n"), "{none}");
}

#[tokio::test]
async fn who_holds_a_feed_is_told_so_by_tag_and_by_date() {
    let app = hostile().await;
    for (path, _) in &FEEDS[..3] {
        let first = app.get(path).await;
        let (tag, date) = (first.header("etag").to_owned(), first.header("last-modified").to_owned());
        assert!(tag.starts_with("W/\"") && date.ends_with(" GMT"), "{path}: {tag} {date}");
        let by_tag = app.get_with(path, &[("if-none-match", &tag)]).await;
        assert_eq!((by_tag.status, by_tag.body.as_str()), (304, ""), "{path}");
        let by_date = app.get_with(path, &[("if-modified-since", &date)]).await;
        assert_eq!((by_date.status, by_date.body.as_str()), (304, ""), "{path}");
        assert_eq!(by_date.header("etag"), tag, "{path}");
        // A tag says more than a date.
        let other = app.get_with(path, &[("if-none-match", "\"x\""), ("if-modified-since", &date)]).await;
        assert_eq!(other.status, 200, "{path}");
        let old = app.get_with(path, &[("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")]).await;
        assert_eq!(old.status, 200, "{path}");
    }
}

#[tokio::test]
async fn who_holds_a_file_or_its_manifest_is_told_so() {
    let app = hostile().await;
    for path in [EXPORTS[0].0, EXPORTS[1].0, MANIFEST] {
        let tag = app.get(path).await.header("etag").to_owned();
        let again = app.get_with(path, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
        let narrower = app.get_with(&format!("{path}?q=flint"), &[("if-none-match", &tag)]).await;
        assert_eq!(narrower.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_head_of_an_answer_comes_alone_when_that_is_asked_for() {
    let app = hostile().await;
    for (path, media_type) in FEEDS.iter().chain(&EXPORTS) {
        let head = app.send("HEAD", path, &[]).await;
        assert_eq!((head.status, head.header("content-type"), head.body.as_str()), (200, *media_type, ""), "{path}");
        assert_eq!(head.header("etag"), app.get(path).await.header("etag"), "{path}");
    }
}

#[tokio::test]
async fn all_mistakes_are_told_at_once() {
    let app = hostile().await;
    for (path, _) in FEEDS {
        let answer = app.get(&format!("{path}?subjct=a&page=2&cursor=*&facets=none&per_page=500&sort=best")).await;
        assert_eq!(mistaken(&answer), ["subjct", "page", "cursor", "facets", "per_page", "sort"], "{path}");
    }
    for path in [EXPORTS[0].0, EXPORTS[1].0, MANIFEST] {
        let answer = app.get(&format!("{path}?fields=titel&per_page=5&highlight=on&level=ks33")).await;
        assert_eq!(mistaken(&answer), ["fields", "per_page", "highlight", "level"], "{path}");
    }
}

#[tokio::test]
async fn a_file_holds_what_a_walk_through_the_search_gives() {
    let app = TestApp::shipped().await;
    for search in ["sort=newest", "subject=chemistry&sort=title", "q=engineer&sort=newest"] {
        let expected = walked_ids(&app, search).await;
        assert!(!expected.is_empty(), "{search}");
        let lines = text(&app, &format!("/v1/export.ndjson?{search}")).await;
        let in_lines: Vec<String> = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(in_lines, expected, "{search}");
        let table = rows(&text(&app, &format!("/v1/export.csv?{search}")).await);
        let in_table: Vec<&str> = table[1..].iter().map(|row| row[0].as_str()).collect();
        assert_eq!(in_table, expected, "{search}");
        assert!(table.iter().all(|row| row.len() == table[0].len()), "{search}");
        let manifest = app.json(&format!("{MANIFEST}?{search}")).await;
        assert_eq!(manifest["total"], expected.len(), "{search}");
    }
}

#[tokio::test]
async fn a_file_says_what_it_is_and_where_it_is_described() {
    let app = hostile().await;
    for ((path, media_type), name) in EXPORTS.iter().zip(["signpost.ndjson", "signpost.csv"]) {
        let answer = app.get(&format!("{path}?q=flint")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, *media_type), "{path}");
        assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{name}\""));
        assert_eq!(answer.header("index-seq"), app.app.index.position().to_string());
        assert!(answer.header("link").starts_with("</v1/export.manifest.json?q=flint>; rel=\"describedby\""), "{path}");
    }
    let one = app.get("/v1/export.ndjson?q=flint&fields=title").await.json();
    assert_eq!(one.as_object().expect("a resource").keys().collect::<Vec<_>>(), ["id", "title"]);
    let table = app.get("/v1/export.csv?q=flint&fields=subjects,title").await.body;
    assert_eq!(rows(&table)[0], ["id", "title", "subjects", "subject_ids"]);
}

#[tokio::test]
async fn a_cell_that_could_be_a_formula_is_guarded_and_gives_its_value_back() {
    let app = hostile().await;
    let table = text(&app, "/v1/export.csv").await;
    assert!(table.starts_with("\u{feff}id,url,title,") && table.ends_with("\r\n"), "{table}");
    let rows = rows(&table);
    let found = app.json("/v1/resources?sort=newest&facets=none").await;
    let titles: Vec<&str> =
        found["results"].as_array().expect("results").iter().filter_map(|result| result["title"].as_str()).collect();
    assert_eq!((rows.len(), titles.len()), (9, 8));
    for (row, title) in rows[1..].iter().zip(titles) {
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])), "{row:?}");
        let is_guarded = title.trim_start_matches('\'').starts_with(['=', '+', '-', '@']);
        let value = if is_guarded { row[2].strip_prefix('\'').expect("an apostrophe") } else { row[2].as_str() };
        assert_eq!(value, title);
    }
}

#[tokio::test]
async fn a_manifest_describes_the_files_that_have_the_same_tags() {
    let app = TestApp::shipped().await;
    for search in ["?subject=chemistry", "?q=engineer&fields=title,url,subjects"] {
        let manifest = app.json(&format!("{MANIFEST}{search}")).await;
        assert_eq!(manifest["made"], "2026-11-21T09:00:00Z");
        let seq = app.app.index.position();
        assert_eq!(manifest["index"], json!({ "generation": app.app.index.generation(), "seq": seq }));
        assert_eq!(manifest["next_changes"], format!("/v1/changes?after={seq}"));
        let files = manifest["files"].as_array().expect("files");
        assert_eq!(files.len(), 2);
        for file in files {
            let url = file["url"].as_str().expect("an address");
            let (headers, body) = bytes(&app, url).await;
            assert_eq!(headers["etag"], file["etag"].as_str().expect("a tag"), "{url}");
            assert_eq!(headers["content-type"], file["media_type"].as_str().expect("a type"), "{url}");
            assert_eq!(file["bytes"], body.len(), "{url}");
            let digest: [u8; 32] = Sha256::digest(&body).into();
            let digits: String = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect();
            assert_eq!(file["sha256"], digits, "{url}");
        }
    }
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).expect("less than 16")
}

/// So many resources of some four kilobytes each.
fn large_resources(count: usize) -> Vec<Resource> {
    let padding = format!("https://example.org/{}", "x".repeat(4_000));
    let large = |number: usize| Resource { same_as: vec![padding.clone()], ..resource(&format!("Large {number}")) };
    (0..count).map(large).collect()
}

#[tokio::test]
async fn an_export_that_is_cut_by_the_client_frees_its_turn() {
    let app = hostile().await;
    // More than what is ready ahead and what the sockets hold.
    put(&app, large_resources(10_000));
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = client.get(format!("{}/v1/export.ndjson", app.origin)).header("accept-encoding", "identity");
    let mut response = request.send().await.expect("an answer");
    assert!(response.chunk().await.expect("a beginning").is_some());
    assert_eq!(app.app.exports.under_way(), 1);
    drop(response);
    let freed = async {
        while app.app.exports.under_way() > 0 {
            tokio::task::yield_now().await;
        }
    };
    assert!(timeout(SOON, freed).await.is_ok(), "the turn comes back");
}

#[tokio::test]
async fn one_caller_takes_two_exports_at_once_and_keeps_nobody_else_from_theirs() {
    let app = hostile().await;
    put(&app, large_resources(10_000));
    let details = PartnerDetails { name: "Us".to_owned(), contact: "the office".to_owned(), view: None };
    let (_, key) = app.app.catalogue.create_partner(&details, app.app.clock.now()).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let begin = async |key: Option<&str>| {
        let mut request = client.get(format!("{}/v1/export.ndjson", app.origin)).header("accept-encoding", "identity");
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        let mut response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert!(response.chunk().await.expect("a beginning").is_some());
        response
    };
    let mut slow = Vec::new();
    for _ in 0..EXPORTS_OF_ONE {
        slow.push(begin(None).await);
    }
    for path in [EXPORTS[0].0, EXPORTS[1].0, MANIFEST] {
        let refused = app.get(path).await;
        assert_eq!((refused.status, refused.header("retry-after")), (429, "60"), "{path}: {}", refused.body);
        assert_eq!(refused.json()["type"], "/problems/too-many-requests", "{path}");
    }
    // A partner has turns of its own, whoever else asks from there.
    slow.push(begin(Some(&key)).await);
    assert_eq!(app.app.exports.under_way(), EXPORTS_OF_ONE + 1);
}

#[tokio::test]
async fn who_asks_when_every_turn_is_taken_is_told_to_come_back() {
    let app = hostile().await;
    let mut turns = Vec::new();
    for number in 0..EXPORTS_AT_ONCE {
        turns.push(app.app.exports.take_turn(Taker::Partner(number.to_string())).await.expect("a turn"));
    }
    for path in [EXPORTS[0].0, MANIFEST] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (503, "application/problem+json"), "{path}");
    }
    // What is held, and feeds, need no turn.
    assert_eq!(app.get("/v1/feed.rss").await.status, 200);
    drop(turns);
    assert_eq!(app.get(EXPORTS[0].0).await.status, 200);
}

//! What public suites hold of harm, sent as the SOURCE.txt of each says: nothing of it becomes a header, changes what
//! others are answered, leads anybody away or leads out of what is served.

use std::collections::BTreeSet;
use std::path::Path;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::{Insider, NOBODY};
use crate::api::openapi::operations;
use crate::harness::{Answer, TestApp, source_toml};
use crate::server::answer_to;

/// The cases of a suite; `None`, with a line that says so, where they are not at hand and nobody requires them.
#[expect(clippy::disallowed_methods, reason = "where the suites stand is told from outside, as it is to tests/suites")]
fn suite(name: &str) -> Option<Vec<String>> {
    let left_out = |why: &str| {
        let is_required = std::env::var("SIGNPOST_SUITES_REQUIRED").is_ok_and(|it| it == "1");
        assert!(!is_required, "SIGNPOST_SUITES_REQUIRED is set, and {why}");
        println!("left out: {why}");
        None
    };
    let Ok(folder) = std::env::var("SIGNPOST_SUITES") else {
        return left_out("SIGNPOST_SUITES names no folder of suites");
    };
    let file = Path::new(&folder).join(name).join("cases.jsonl");
    let Ok(text) = std::fs::read_to_string(&file) else {
        return left_out(&format!("there is no {}", file.display()));
    };
    let case = |line: &str| {
        let case: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        case["s"].as_str().expect("a case is a text").to_owned()
    };
    Some(text.lines().filter(|line| !line.trim().is_empty()).map(case).collect())
}

/// An application with a resource that was merged into another, and the ids of the two.
async fn merged() -> (TestApp, String, String) {
    let records = json!([
        { "id": 1, "title": "Soap makers", "url": "https://example.org/soap" },
        { "id": 2, "title": "Bridges", "url": "https://example.org/bridges" },
    ]);
    let toml = source_toml("few", "file = \"few.json\"");
    let app = TestApp::with_sources(&[("few.toml", toml)], &[("few.json", &records.to_string())]).await;
    let (gone, into) = (app.id_of("Soap makers").await, app.id_of("Bridges").await);
    app.curate(&gone, json!({ "kind": "merge", "into": into })).await;
    let moved = app.get(&format!("/resources/{gone}")).await;
    assert_eq!((moved.status, moved.header("location")), (308, format!("/resources/{into}").as_str()));
    (app, gone, into)
}

/// A text as it stands in a query string or a part of a path.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// What is read where this stands in an address: `%0d` is a carriage return.
fn decoded(text: &str) -> String {
    let query = format!("x={text}");
    form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value.into_owned()).next().unwrap_or_default()
}

/// Where a payload stands in an address.
const HERE: &str = "PAYLOAD";

/// Addresses that take something of somebody, beside the parameters of the documents.
const TAKING: [&str; 19] = [
    "/?q=PAYLOAD",
    "/students?q=PAYLOAD",
    "/list?ids=PAYLOAD",
    "/coverage?q=PAYLOAD",
    "/planner?find=PAYLOAD",
    "/resources/PAYLOAD",
    "/sources/PAYLOAD",
    "/reports/PAYLOAD",
    "/sitemaps/PAYLOAD",
    "/assets/PAYLOAD",
    "/embed/PAYLOAD",
    "/embed/search?q=PAYLOAD",
    "/oembed?url=PAYLOAD",
    "/opensearch/suggest?q=PAYLOAD",
    "/docs/clients/PAYLOAD",
    "/problems/PAYLOAD",
    "/problems?words=PAYLOAD",
    "/admin/sign-in?next=PAYLOAD",
    "/v1/PAYLOAD",
];

/// Headers that somebody's program sets, and that could come back in one of ours.
const SENT: [&str; 9] = [
    "accept",
    "accept-language",
    "host",
    "if-none-match",
    "origin",
    "referer",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-request-id",
];

/// Claims that nothing that was sent has become a header, or could not be one and broke the answer.
fn claim_unforged(answer: &Answer, asked: &str) {
    assert_ne!(answer.status, 500, "{asked}: {}", answer.body);
    for forged in ["x-injected", "x-xss-protection", "set-cookie"] {
        assert_eq!(answer.header(forged), "", "{asked}");
    }
}

/// Every address that takes something by GET, with [`HERE`] where it takes it.
async fn inputs(insider: &Insider<'_>) -> Vec<String> {
    let mut inputs: Vec<String> = TAKING.map(ToOwned::to_owned).into();
    for document in insider.documents().await {
        for operation in operations(&document).iter().filter(|operation| operation.method == "get") {
            let named = operation.path.split('/').map(|part| if part.starts_with('{') { HERE } else { part });
            inputs.extend(operation.path.contains('{').then(|| named.collect::<Vec<_>>().join("/")));
            for parameter in operation.parameters("query") {
                let name = parameter["name"].as_str().expect("a name").to_owned();
                let alone = format!("{}?{name}={HERE}", operation.path.replace(['{', '}'], ""));
                // One that must be there is there already, with its example.
                let beside = (parameter["required"] != true).then_some((name, HERE.to_owned()));
                inputs.push(beside.and_then(|pair| operation.example_address(Some(pair))).unwrap_or(alone));
            }
        }
    }
    inputs
}

#[tokio::test]
async fn no_line_break_that_is_sent_becomes_a_header_of_an_answer() {
    let Some(payloads) = suite("header-injection") else { return };
    let (app, gone, _) = merged().await;
    let insider = Insider::of(&app).await;
    let mut inputs = inputs(&insider).await;
    inputs.push(format!("/resources/{gone}?back=/?q={HERE}"));
    assert!(inputs.len() > 300, "{} inputs", inputs.len());
    let read: Vec<String> = payloads.iter().map(|payload| decoded(payload)).collect();
    let (first, others) = read.split_first().expect("there are payloads");
    for input in &inputs {
        let status_with = async |payload: &str| {
            let address = input.replace(HERE, &encoded(payload));
            let answer = insider.get(&address).await;
            claim_unforged(&answer, &address);
            answer.status
        };
        if status_with(first).await < 400 {
            for payload in others {
                status_with(payload).await;
            }
        } else {
            // Of a value that is refused nothing stands in a head, so one refusal will do for all that have in them what
            // the first was refused for.
            for payload in others.iter().filter(|payload| !payload.chars().any(char::is_control)) {
                status_with(payload).await;
            }
            status_with(&others.join(",")).await;
        }
    }
    // Read twice, where a way back is named within an address.
    for payload in &payloads {
        let address = format!("/resources/{gone}?back=/?q={}", encoded(payload));
        claim_unforged(&app.get(&address).await, &address);
    }
    // What no header may hold cannot be sent in one either.
    let is_sendable = |payload: &&String| payload.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    for payload in payloads.iter().filter(is_sendable) {
        for name in SENT {
            for path in ["/v1/resources?facets=none", "/problems", &format!("/resources/{gone}")] {
                let answer = app.get_with(path, &[(name, payload)]).await;
                claim_unforged(&answer, &format!("{path} with {name}: {payload}"));
            }
        }
    }
}

/// What no answer may say.
const CANARY: &str = "canary.example";
/// They say where a request ends, and not what it is: with such a value it is none, and `server` shows what becomes of
/// it.
const FRAMING: [&str; 2] = ["content-length", "transfer-encoding"];
/// So many headers are sent at once: a request may have a hundred.
const AT_ONCE: usize = 64;

/// What a cache would keep of an answer, without the moment at which one of OAI-PMH was made.
fn kept(answer: &Answer) -> (u16, String, Vec<String>) {
    let named = ["content-type", "cache-control", "etag", "last-modified", "link", "location", "vary"];
    let headers = named.iter().map(|name| answer.header(name).to_owned()).collect();
    let (before, dated) = answer.body.split_once("<responseDate>").unwrap_or((answer.body.as_str(), ""));
    let after = dated.split_once("</responseDate>").map_or(dated, |(_, after)| after);
    (answer.status, format!("{before}{after}"), headers)
}

/// Whether an answer is the same as another one that was asked for without anything forged.
fn is_unmoved(answer: &Answer, plain: &Answer) -> bool {
    let tells = answer.headers.values().any(|value| String::from_utf8_lossy(value.as_bytes()).contains(CANARY));
    kept(answer) == kept(plain) && !tells
}

#[tokio::test]
async fn no_header_that_caches_do_not_look_at_changes_what_they_keep() {
    let Some(cases) = suite("cache-poisoning-headers") else { return };
    let app = TestApp::shipped().await;
    let found = app.json("/v1/resources?facets=none&per_page=1").await;
    let id = found["results"][0]["id"].as_str().expect("an id");
    let header = |case: &String| match case.split_once('~') {
        // The suite says of some what form their value has: `%s` is ours, `%h` the host that is asked.
        Some((name, form)) => (name.to_owned(), form.replace("%s", CANARY).replace("%h", "127.0.0.1")),
        None => (case.clone(), CANARY.to_owned()),
    };
    let headers: Vec<(String, String)> = cases.iter().map(header).collect();
    assert!(headers.len() > 1_000, "{} headers", headers.len());
    for path in [
        "/v1/resources?q=chemistry",
        &format!("/v1/resources/{id}"),
        "/embed/v1.js",
        "/v1/openapi.json",
        "/oai?verb=Identify",
        "/sitemap.xml",
        "/?q=chemistry",
        &format!("/resources/{id}"),
    ] {
        let plain = app.get(path).await;
        assert_eq!(plain.status, 200, "{path}: {}", plain.body);
        let varied = plain.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok());
        let varied: BTreeSet<String> =
            varied.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect();
        let is_ignored = |name: &str| !varied.contains(name) && !FRAMING.contains(&name);
        let sent: Vec<(&str, &str)> = headers
            .iter()
            .filter(|(name, _)| is_ignored(name))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        for group in sent.chunks(AT_ONCE) {
            if is_unmoved(&app.get_with(path, group).await, &plain) {
                continue;
            }
            for one in group.chunks(1) {
                let answer = app.get_with(path, one).await;
                assert!(is_unmoved(&answer, &plain), "{path} with {one:?}: {:?} {}", answer.headers, answer.body);
            }
            panic!("{path}: it takes more than one of {group:?}");
        }
    }
}

/// Whether an answer leads to nowhere but to us, as a browser reads it.
fn stays_here(app: &TestApp, answer: &Answer) -> bool {
    let ours = Url::parse(&app.origin).expect("an origin");
    let location = answer.headers.get("location").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    location.is_none_or(|location| ours.join(&location).is_ok_and(|url| url.origin() == ours.origin()))
}

#[tokio::test]
async fn no_spelling_of_another_place_leads_anybody_there() {
    const NAMES: [&str; 7] = ["back", "next", "url", "return", "redirect", "redirect_uri", "to"];
    let Some(cases) = suite("open-redirect") else { return };
    assert!(cases.len() > 300, "{} spellings", cases.len());
    let (app, gone, into) = merged().await;
    for case in &cases {
        let query = NAMES.map(|name| format!("{name}={}", encoded(case))).join("&");
        let moved = app.get(&format!("/resources/{gone}?{query}")).await;
        let there = moved.header("location").strip_prefix(&format!("/resources/{into}"));
        let is_own = |back: &str| back.starts_with("?back=/?") || back.starts_with("?back=/students?");
        let is_ours = there.is_some_and(|back| back.is_empty() || is_own(back));
        assert!(is_ours && stays_here(&app, &moved), "{case}: {}", moved.header("location"));

        let way_in = app.get(&format!("/admin/sign-in?{query}")).await;
        assert!(way_in.body.contains("name=\"next\" value=\"/admin\""), "{case}: {}", way_in.body);

        let own_path = case.starts_with('/').then(|| case.clone());
        let rest = ["/problems", "/admin/jobs"].map(|path| format!("{path}?{query}"));
        for path in rest.into_iter().chain(own_path) {
            let answer = app.get_with(&path, &[("accept", "text/html")]).await;
            assert!(stays_here(&app, &answer), "{path}: {}", answer.header("location"));
        }
    }
}

/// Below these something is served by its name; every spelling is tried at the first, and some at each of the others.
const SERVED: [&str; 6] = ["/assets/", "/embed/", "/docs/clients/", "/sitemaps/", "/v1/resources/", "/v1/sources/"];
/// At the others one of so many is tried.
const ONE_OF: usize = 10;
/// What stands in files that the spellings lead to.
const OF_FILES: [&str; 4] = ["a file of nobody else", "root:", "daemon:", "[boot loader]"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_spelling_of_a_path_leads_out_of_what_is_served() {
    let Some(cases) = suite("path-traversal") else { return };
    assert!(cases.len() > 2_000, "{} spellings", cases.len());
    let app = &TestApp::shipped().await;
    let file = app.folder.path().join("canary");
    std::fs::write(&file, OF_FILES[0]).expect("a file outside");
    let file = file.display().to_string();
    let mut paths = Vec::new();
    for (nth, case) in cases.iter().enumerate() {
        let spelling = case.replace("{FILE}", file.trim_start_matches('/')).replace(' ', "%20");
        let roots = if nth % ONE_OF == 0 { &SERVED[..] } else { &SERVED[..1] };
        paths.extend(roots.iter().map(|root| format!("{root}{spelling}")));
    }
    // As they stand: a client would make each path straight before it sends it.
    let ask = |path: String| async move {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {NOBODY}\r\nconnection: close\r\n\r\n");
        let answer = answer_to(app, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
        assert!(!OF_FILES.iter().any(|text| answer.contains(text)), "{path}: {answer}");
    };
    let asked = futures_util::stream::iter(paths).map(ask).buffer_unordered(16).count().await;
    assert!(asked > cases.len(), "{asked} were asked for");
}

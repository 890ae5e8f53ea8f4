//! Memory: a title of fifty megabytes costs its record or its document, and never the machine.
//!
//! Each source is harvested by the program, in a process of its own whose largest size the system tells.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::iter::{once, repeat_n};
use std::process::{Child, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::net::TcpListener;

use crate::harness::Program;

/// What the program may take for any source.
const MOST_BYTES: u64 = 200 << 20;
/// Longer than any document may be but a table, a sitemap and a file of a library.
const HUGE_TITLE: usize = 50 << 20;
/// With what stands around it still within the limit of every document.
const LARGEST_TITLE: usize = 31 << 20;
/// Long texts are written in pieces of this size, so that the server of the test does not hold them.
const PIECE: usize = 1 << 20;
/// Where the long text goes in a document.
const HERE: &str = "HERE";
/// No run here takes so long, not even in a debug build on a busy machine.
const END_LIMIT: Duration = Duration::from_mins(2);

/// The sources by what has the long text in it, with their kinds, and whether a run over one is ok when it is huge.
const SOURCES: [(&str, &str, bool); 8] = [
    ("json", "json", false),
    ("lines", "json", false),
    ("table", "table", true),
    ("feed", "feed", false),
    ("repository", "oai-pmh", false),
    ("page", "sitemap", true),
    ("sitemap", "sitemap", true),
    ("library", "marc", true),
];

/// What stands at one path.
struct Page {
    content_type: &'static str,
    text: String,
}

/// What stands at each path of a source, and how long the long text is.
struct Pages {
    pages: BTreeMap<String, Page>,
    long_bytes: usize,
}

async fn answer(State(site): State<Arc<Pages>>, request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let Some(page) = site.pages.get(path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (head, tail) = page.text.split_once(HERE).unwrap_or((page.text.as_str(), ""));
    let pieces = if page.text.contains(HERE) { site.long_bytes / PIECE } else { 0 };
    let long = repeat_n(Bytes::from(vec![b't'; PIECE]), pieces);
    let written = once(Bytes::from(head.to_owned())).chain(long).chain(once(Bytes::from(tail.to_owned())));
    let body = Body::from_stream(stream::iter(written.map(Ok::<Bytes, Infallible>)));
    ([(header::CONTENT_TYPE, page.content_type)], body).into_response()
}

/// Three records, the second of which has the long title.
fn three(between: &str, record: impl Fn(usize, &str) -> String) -> String {
    let records: Vec<String> =
        ["Soap", HERE, "Glass"].into_iter().enumerate().map(|(number, title)| record(number, title)).collect();
    records.join(between)
}

fn json_record(number: usize, title: &str) -> String {
    serde_json::json!({ "id": number, "title": title, "url": format!("https://example.org/{number}") }).to_string()
}

fn oai_record(number: usize, title: &str) -> String {
    format!(
        "<record><header><identifier>oai:x:{number}</identifier><datestamp>2026-11-01</datestamp></header><metadata>\
         <oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{title}</dc:title>\
         <dc:identifier>https://example.org/{number}</dc:identifier></oai_dc:dc></metadata></record>"
    )
}

fn oai_answer(inside: &str) -> String {
    format!("<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">{inside}</OAI-PMH>")
}

fn marc_record(number: usize, title: &str) -> String {
    format!(
        "<record><leader>00000nam a2200000 a 4500</leader><controlfield tag=\"001\">{number}</controlfield>\
         <datafield tag=\"245\" ind1=\"0\" ind2=\"0\"><subfield code=\"a\">{title}</subfield></datafield>\
         <datafield tag=\"856\" ind1=\"4\" ind2=\"0\"><subfield code=\"u\">https://example.org/{number}</subfield>\
         </datafield></record>"
    )
}

/// What stands where on the site of a source that is called so. The source itself is at `/source`.
fn pages_of(name: &str, origin: &str) -> BTreeMap<String, Page> {
    let url = |_: usize, page: &str| format!("<url><loc>{origin}/{page}</loc></url>");
    let urlset = |urls: String| ("/source", "application/xml", format!("<urlset>{urls}</urlset>"));
    let html = |title: &str| format!("<title>{title}</title><h1>A page</h1>");
    let pages = match name {
        "json" => vec![("/source", "application/json", format!("[{}]", three(",", json_record)))],
        "lines" => vec![("/source", "application/x-ndjson", three("\n", json_record))],
        "table" => {
            let row = |number: usize, title: &str| format!("{number},{title},https://example.org/{number}");
            vec![("/source", "text/csv", format!("id,title,url\n{}\n", three("\n", row)))]
        }
        "feed" => {
            let item = |number: usize, title: &str| {
                let link = format!("<link>https://example.org/{number}</link>");
                format!("<item><guid>{number}</guid><title>{title}</title>{link}</item>")
            };
            let feed = format!("<rss version=\"2.0\"><channel><title>News</title>{}</channel></rss>", three("", item));
            vec![("/source", "application/rss+xml", feed)]
        }
        "repository" => {
            let list = format!("<ListRecords>{}</ListRecords>", three("", oai_record));
            vec![
                ("/source?verb=Identify", "text/xml", oai_answer("<Identify></Identify>")),
                ("/source?verb=ListRecords&metadataPrefix=oai_dc", "text/xml", oai_answer(&list)),
            ]
        }
        "page" => vec![
            urlset(["soap", "huge", "glass"].map(|page| url(0, page)).concat()),
            ("/soap", "text/html", html("Soap")),
            ("/huge", "text/html", html(HERE)),
            ("/glass", "text/html", html("Glass")),
        ],
        "sitemap" => {
            vec![urlset(three("", url)), ("/Soap", "text/html", html("Soap")), ("/Glass", "text/html", html("Glass"))]
        }
        "library" => {
            let records = three("", marc_record);
            let collection = format!("<collection xmlns=\"http://www.loc.gov/MARC21/slim\">{records}</collection>");
            vec![("/source", "application/marcxml+xml", collection)]
        }
        other => panic!("there is no source `{other}` here"),
    };
    pages.into_iter().map(|(path, content_type, text)| (path.to_owned(), Page { content_type, text })).collect()
}

fn toml(name: &str, kind: &str, origin: &str) -> String {
    let mapping = match kind {
        "json" => "[mapping]\nidentifier = \"/id\"\ntitle = \"/title\"\nurl = \"/url\"\n",
        "table" => "[mapping]\nidentifier = \"id\"\ntitle = \"title\"\nurl = \"url\"\n",
        _ => "",
    };
    format!(
        "id = \"{name}\"\nname = \"{name}\"\norganisation = \"Example Society\"\nlicence = \"cc-by-4.0\"\n\
         kind = \"{kind}\"\n[where]\nurl = \"{origin}/source\"\n{mapping}[limits]\ndelay_ms = 0\n\
         [access]\nallow_private = true\n"
    )
}

/// Waits until a program has ended, and says how large it was at its largest.
fn end_and_peak(mut child: Child) -> (Output, u64) {
    let status = format!("/proc/{}/status", child.id());
    let started = Instant::now();
    let mut peak_kb: u64 = 0;
    while child.try_wait().expect("the state of the process").is_none() {
        peak_kb = peak_kb.max(peak_kb_in(&status).unwrap_or(0));
        if started.elapsed() > END_LIMIT {
            child.kill().expect("the process can be killed");
            child.wait().expect("the process ends");
            panic!("the program hangs");
        }
        std::thread::yield_now();
    }
    (child.wait_with_output().expect("what it printed"), peak_kb * 1024)
}

/// The largest resident size so far; `None` for a process that has ended.
fn peak_kb_in(path: &str) -> Option<u64> {
    let status = std::fs::read_to_string(path).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Harvests a source with a text of so many bytes in it, and gives the run as the program tells it.
async fn harvest_within_the_limit(name: &str, kind: &str, long_bytes: usize) -> serde_json::Value {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let site = Arc::new(Pages { pages: pages_of(name, &origin), long_bytes });
    let router = Router::new().fallback(answer).with_state(site);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir().expect("a folder");
    let sources = folder.path().join("sources");
    std::fs::create_dir(&sources).expect("a folder for sources");
    std::fs::write(sources.join(format!("{name}.toml")), toml(name, kind, &origin)).expect("a source file");

    let path = sources.display().to_string();
    let arguments = ["--sources", &path, "harvest", "--format", "json"];
    let child = Program::new(&folder.path().join("data")).args(&arguments).spawn_piped();
    let (output, peak_bytes) = end_and_peak(child);

    assert!((1..MOST_BYTES).contains(&peak_bytes), "{name}: {} MB at its largest", peak_bytes >> 20);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let rows: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    rows[0].clone()
}

// The program is waited for on the thread of the test, while the others answer it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_title_of_fifty_megabytes_costs_its_record_or_its_document_and_no_memory() {
    for (name, kind, is_ok) in SOURCES {
        let run = harvest_within_the_limit(name, kind, HUGE_TITLE).await;
        if is_ok {
            assert_eq!(run["state"], "ok", "{name}: {run}");
            assert_eq!((run["created"].as_u64(), run["rejected"].as_u64()), (Some(2), Some(1)), "{name}: {run}");
        } else {
            assert_eq!(run["state"], "failed", "{name}: {run}");
            assert!(run["reason"].to_string().contains("is larger than 33554432 bytes"), "{name}: {run}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_title_as_long_as_a_document_may_be_costs_its_record_and_no_memory() {
    for (name, kind, _) in SOURCES {
        let run = harvest_within_the_limit(name, kind, LARGEST_TITLE).await;
        assert_eq!(run["state"], "ok", "{name}: {run}");
        // Of a web page the title is only one of several things that it says.
        assert_eq!(run["created"], if name == "page" { 3 } else { 2 }, "{name}: {run}");
    }
}

//! What happens to a harvest whose source is a bomb: something small that unpacks, nests or promises without end?
//!
//! What is packed by the `Content-Encoding` of an answer is asked for by the real fetcher from a server on this machine,
//! all others come as a document from memory, the XML ones to each kind that reads XML. A harvest passes when it ends
//! with an error, in part, or with nothing but refused records, within the time and the memory that the suite allows,
//! and wrote nothing where an archive wanted it to. A page that only nests deeply may be a record.

use std::fmt;
use std::fs;
use std::io::Read as _;
use std::panic;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crawler::Ending;
use crawler::fetch::{Fetch, HttpFetcher, HttpFetcherConfig, ScriptedFetcher};
use flate2::read::MultiGzDecoder;
use schemas::Source;
use serde::Deserialize;

use super::cost::{Cost, measured};
use super::intake::{Harvested, harvest_site, source};
use super::server::Server;
use super::{Case, Verdict};

/// By so much the memory of the process may grow. Source: SOURCE.txt of the suite.
const MAX_GROWTH_BYTES: u64 = 128 * 1024 * 1024;

/// Source: SOURCE.txt of the suite.
const MAX_CPU: Duration = Duration::from_secs(5);

/// Of any bomb. A connection that is cut is tried again, with pauses in between.
const MAX_WALL: Duration = Duration::from_secs(10);

/// Of those of which the manifest says `< 2 s`.
const MAX_WALL_OF_QUICK: Duration = Duration::from_secs(2);

/// What the threads have on which harvests run, so that what nests too deeply shows. Source: tokio, `thread_stack_size`.
const STACK_BYTES: usize = 2 * 1024 * 1024;

/// Files that an archive of the suite wants to have written. Source: MANIFEST.json.
const CANARIES: [&str; 2] = ["/tmp/canary_slip", "/tmp/canary_abs"];

/// What entities of the suite say when somebody puts in what they stand for.
const EXPANDED: [&str; 2] = ["haha", "root:x:"];

const ADDRESS: &str = "https://example.org/bomb";

#[derive(Deserialize)]
struct Bomb {
    file: String,
    serve_as: String,
}

/// How a bomb comes to a harvest.
#[derive(Clone, Copy)]
struct Way {
    kind: &'static str,
    content_type: &'static str,
    /// The `Content-Encoding`; none for a document from memory.
    encoding: Option<&'static str>,
}

const OAI_PMH: Way = Way { kind: "oai-pmh", content_type: "text/xml", encoding: None };
const FEED: Way = Way { kind: "feed", ..OAI_PMH };
const SITEMAP: Way = Way { kind: "sitemap", ..OAI_PMH };
const MARC: Way = Way { kind: "marc", ..OAI_PMH };
const PACKED_SITEMAP: Way = Way { content_type: "application/x-gzip", ..SITEMAP };
const TABLE: Way = Way {
    kind: "table",
    content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    encoding: None,
};
const CSV: Way = Way { content_type: "text/csv", ..TABLE };
const JSON: Way = Way { kind: "json", content_type: "application/json", encoding: None };
const JSON_FEED: Way = Way { kind: "feed", ..JSON };
const PAGE: Way = Way { kind: "sitemap", content_type: "text/html", encoding: None };

const XML: &[Way] = &[OAI_PMH, FEED, SITEMAP, MARC];

/// By the beginning or the end of a file's name, the more special first.
const WAYS: [(&str, &[Way]); 11] = [
    ("oai_1GiB.gz", &[Way { encoding: Some("gzip"), ..OAI_PMH }]),
    ("oai_1GiB.zz", &[Way { encoding: Some("deflate"), ..OAI_PMH }]),
    ("oai_1GiB.br", &[Way { encoding: Some("br"), ..OAI_PMH }]),
    ("oai_1GiB.zst", &[Way { encoding: Some("zstd"), ..OAI_PMH }]),
    (
        "double_gzip.gz",
        &[Way { encoding: Some("gzip, gzip"), ..OAI_PMH }, Way { encoding: Some("gzip"), ..PACKED_SITEMAP }],
    ),
    ("sitemap_12M_urls.xml.gz", &[PACKED_SITEMAP]),
    (".xlsx", &[TABLE]),
    (".xml", XML),
    (".json", &[JSON, JSON_FEED]),
    (".html", &[PAGE]),
    (".csv", &[CSV]),
];

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.encoding {
            Some(encoding) => write!(f, "{} in {encoding}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}

pub(super) fn run(folder: &Path) -> Vec<Case> {
    let manifest = fs::read(folder.join("MANIFEST.json")).expect("the suite has a manifest");
    let bombs: Vec<Bomb> = serde_json::from_slice(&manifest).expect("the suite is right about its own form");
    bombs.iter().flat_map(|bomb| cases_of(folder, bomb)).collect()
}

fn cases_of(folder: &Path, bomb: &Bomb) -> Vec<Case> {
    let ways = WAYS.iter().find(|(name, _)| bomb.file.ends_with(name)).map(|(_, ways)| *ways);
    let Some(ways) = ways else {
        let verdict = Verdict::Failed(format!("nobody said how it is served: {}", bomb.serve_as));
        return vec![Case { id: bomb.file.clone(), verdict }];
    };
    let body = content(folder, &bomb.file);
    let id = |way: &Way| format!("{} as {way}", bomb.file);
    ways.iter().map(|way| Case::judged(id(way), || judge(bomb, &body, *way))).collect()
}

/// A bomb as the generator wrote it. Some are kept gzipped, under the same name and `.gz`.
fn content(folder: &Path, file: &str) -> Vec<u8> {
    if let Ok(body) = fs::read(folder.join(file)) {
        return body;
    }
    let packed = fs::read(folder.join(format!("{file}.gz"))).expect("it is kept gzipped");
    let mut body = Vec::new();
    MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut body).expect("it is kept gzipped");
    body
}

fn judge(bomb: &Bomb, body: &[u8], way: Way) -> Verdict {
    let (done, cost) = match way.encoding {
        Some(encoding) => {
            let server = Server::start(&way.headers(encoding), body);
            let fetcher = HttpFetcher::new(HttpFetcherConfig::new("https://example.org/bot"));
            let fetcher = fetcher.expect("this machine has root certificates");
            harvest_by(&fetcher, &way.source(&server.address()))
        }
        None => harvest_by(&way.site(body), &way.source(ADDRESS)),
    };
    let is_quick = bomb.serve_as.contains("< 2 s");
    let max_wall = if is_quick { MAX_WALL_OF_QUICK } else { MAX_WALL };
    let faults: Vec<String> =
        [fault_of_ending(&done, way), fault_of_cost(&cost, max_wall), canary_written()].into_iter().flatten().collect();
    if faults.is_empty() { Verdict::Passed } else { Verdict::Failed(faults.join("; ")) }
}

fn harvest_by(fetch: &dyn Fetch, source: &Source) -> (Harvested, Cost) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    measured(|| {
        thread::scope(|scope| {
            let worker = thread::Builder::new().stack_size(STACK_BYTES);
            let worker = worker.spawn_scoped(scope, || runtime.block_on(harvest_site(source, fetch)));
            match worker.expect("a thread can be started").join() {
                Ok(done) => done,
                Err(panicked) => panic::resume_unwind(panicked),
            }
        })
    })
}

impl Way {
    fn headers(self, encoding: &str) -> String {
        format!("Content-Type: {}\r\nContent-Encoding: {encoding}\r\n", self.content_type)
    }

    fn source(self, address: &str) -> Source {
        source(&format!(
            "kind = \"{}\"\n[where]\nurl = \"{address}\"\n[limits]\ndelay_ms = 0\ntimeout_s = 10\n\
             [access]\nallow_private = true\n",
            self.kind
        ))
    }

    /// A site where the bomb is what the source asks for, or, when it is a page, what its sitemap leads to.
    fn site(self, body: &[u8]) -> ScriptedFetcher {
        let site = ScriptedFetcher::new();
        if self.content_type == PAGE.content_type {
            let sitemap = "<urlset><url><loc>https://example.org/page</loc></url></urlset>";
            return site.with(ADDRESS, "text/xml", sitemap).with("https://example.org/page", self.content_type, body);
        }
        let list = format!("{ADDRESS}?verb=ListRecords&metadataPrefix=oai_dc");
        site.with(ADDRESS, self.content_type, body).with(&list, self.content_type, body)
    }
}

/// Why an end is none that a bomb should lead to.
fn fault_of_ending(done: &Harvested, way: Way) -> Option<String> {
    let Harvested { report, ending, records, problems, .. } = done;
    let told = format!("{records:?} {problems:?} {ending:?}");
    if let Some(expanded) = EXPANDED.iter().find(|expanded| told.contains(**expanded)) {
        return Some(format!("an entity was put in: `{expanded}`"));
    }
    if way.content_type == PAGE.content_type {
        return None;
    }
    let is_whole = matches!(ending, Ok(Ending::Complete)) && report.rejected == 0;
    let is_taken = is_whole || !records.is_empty();
    is_taken.then(|| format!("ended with {ending:?} and {report:?}"))
}

fn fault_of_cost(cost: &Cost, max_wall: Duration) -> Option<String> {
    let is_cheap = cost.wall <= max_wall && cost.cpu <= MAX_CPU && cost.grown_bytes <= MAX_GROWTH_BYTES;
    (!is_cheap).then(|| format!("it took {cost:?}"))
}

fn canary_written() -> Option<String> {
    let written = CANARIES.iter().find(|canary| Path::new(canary).exists());
    written.map(|canary| format!("{canary} was written"))
}

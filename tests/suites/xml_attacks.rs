//! Does anything that is written in XML reach a file, the network, or more memory than it takes?
//!
//! Each payload is harvested as the whole body of each kind that reads XML, with its prolog before a list of a
//! repository, and with its prolog before the sheet and before the shared texts of a workbook; the title behind a prolog
//! refers to the entities that it declares. Once as it stands, and once with what it calls from outside exchanged for a
//! file of ours and for a port of ours. The harvest may refuse it or not: what counts is that nothing of a file and
//! nothing that an entity stands for is stored or told, that nobody knocks at the port, and that it takes little.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use crawler::fetch::ScriptedFetcher;
use schemas::Source;
use serde::Deserialize;
use tempfile::TempDir;

use super::cost::measured;
use super::intake::{harvest_now, source};
use super::workbook::{self, workbook};
use super::{Case, Verdict, bytes, lines};

/// Source: SOURCE.txt of the suite.
const MAX_GROWTH_BYTES: u64 = 64 * 1024 * 1024;

/// Source: SOURCE.txt of the suite.
const MAX_WALL: Duration = Duration::from_secs(2);

const ADDRESS: &str = "https://example.org/attack";

/// What stands in our file, and nowhere else.
const SECRET: &str = "SECRET-0f3c9a57-OF-THE-SUITES";

/// How files begin or what is in them that the payloads ask for.
const OF_SYSTEM_FILES: [&str; 2] = ["root:x:", "root:*:"];

/// A title refers to so many of the entities that are declared.
const REFERENCES: usize = 12;

/// Shorter values of entities may stand in any text.
const MIN_VALUE_BYTES: usize = 3;

#[derive(Deserialize)]
struct PayloadLine {
    id: String,
    s: String,
}

#[derive(Deserialize)]
struct PayloadFile {
    id: String,
    b64: String,
}

/// Where a payload stands.
#[derive(Clone, Copy)]
enum Place {
    /// It is the whole document of a source of this kind.
    Body(&'static str),
    /// Its prolog stands before a list of records.
    BeforeList,
    /// Its prolog stands in a workbook.
    Workbook(workbook::Place),
}

const PLACES: [(&str, Place); 7] = [
    ("oai-pmh", Place::Body("oai-pmh")),
    ("feed", Place::Body("feed")),
    ("sitemap", Place::Body("sitemap")),
    ("marc", Place::Body("marc")),
    ("a prolog of ListRecords", Place::BeforeList),
    ("a prolog of a sheet", Place::Workbook(workbook::Place::Sheet)),
    ("a prolog of shared texts", Place::Workbook(workbook::Place::SharedStrings)),
];

pub(super) fn run(folder: &Path) -> Vec<Case> {
    let texts = lines::<PayloadLine>(&folder.join("payload_lines.jsonl")).into_iter().map(|line| (line.id, line.s));
    let files = lines::<PayloadFile>(&folder.join("files.jsonl")).into_iter();
    let files = files.map(|file| (file.id, String::from_utf8_lossy(&bytes(&file.b64)).into_owned()));
    let bait = Bait::lay();
    let mut cases = Vec::new();
    for (id, payload) in texts.chain(files) {
        for (name, place) in PLACES {
            cases.push(Case::judged(format!("{id} as {name}"), || judge(&payload, place, &bait)));
        }
    }
    cases
}

/// What an attack is to reach for: a file, and a port at which nobody else knocks.
struct Bait {
    /// Is there for as long as its file is.
    _folder: TempDir,
    listener: TcpListener,
    file: String,
    address: String,
}

impl Bait {
    fn lay() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("secret.txt");
        fs::write(&path, SECRET).expect("it can be written");
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        listener.set_nonblocking(true).expect("it can be asked without waiting");
        let address = format!("http://{}/", listener.local_addr().expect("it is bound"));
        Self { file: format!("file://{}", path.display()), _folder: folder, listener, address }
    }

    fn is_taken(&self) -> bool {
        self.listener.accept().is_ok()
    }
}

fn judge(payload: &str, place: Place, bait: &Bait) -> Verdict {
    for text in [payload.to_owned(), aimed(payload, bait)] {
        let (source, site) = attack(place, &text);
        let (done, cost) = measured(|| harvest_now(&source, &site));
        let told = format!("{:?} {:?} {:?} {:?}", done.records, done.problems, done.deleted, done.ending);
        let values = declared(&text).filter_map(|entity| entity.value).filter(|value| is_telling(value));
        let mut forbidden = [SECRET].into_iter().chain(OF_SYSTEM_FILES).chain(values);
        if let Some(found) = forbidden.find(|forbidden| told.contains(forbidden)) {
            return Verdict::Failed(format!("`{found}` was put in: {told}"));
        }
        let asks_bait = site.requests().iter().any(|request| request.starts_with(&bait.address));
        if asks_bait || bait.is_taken() {
            return Verdict::Failed("it asks an address of the payload".to_owned());
        }
        if cost.wall > MAX_WALL || cost.grown_bytes > MAX_GROWTH_BYTES {
            return Verdict::Failed(format!("it took {cost:?}"));
        }
    }
    Verdict::Passed
}

/// A source, and a site where it meets the payload.
fn attack(place: Place, payload: &str) -> (Source, ScriptedFetcher) {
    let of_kind = |kind: &str, more: &str| source(&format!("kind = \"{kind}\"\n[where]\nurl = \"{ADDRESS}\"\n{more}"));
    let list = format!("{ADDRESS}?verb=ListRecords&metadataPrefix=oai_dc");
    let site = ScriptedFetcher::new();
    match place {
        Place::Body("oai-pmh") => (of_kind("oai-pmh", ""), site.with(&list, "text/xml", payload)),
        Place::Body(kind) => (of_kind(kind, ""), site.with(ADDRESS, "text/xml", payload)),
        Place::BeforeList => {
            let answer = format!(
                "{}<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><ListRecords><record><header><identifier>\
                 oai:example.org:1</identifier></header><metadata><dc><title>{}</title>\
                 <identifier>https://example.org/1</identifier></dc></metadata></record></ListRecords></OAI-PMH>",
                prolog_of(payload),
                title_for(payload)
            );
            (of_kind("oai-pmh", ""), site.with(&list, "text/xml", answer))
        }
        Place::Workbook(place) => {
            let mapping = "[mapping]\ntitle = \"title\"\nurl = \"url\"\n";
            let body = workbook(place, prolog_of(payload), &title_for(payload));
            (of_kind("table", mapping), site.with(ADDRESS, "application/octet-stream", body))
        }
    }
}

/// A payload that calls for our file or our port where it called for another.
fn aimed(payload: &str, bait: &Bait) -> String {
    const CALL: &str = "SYSTEM";
    let mut out = String::with_capacity(payload.len());
    let mut rest = payload;
    while let Some(at) = rest.find(CALL) {
        let (before, after) = rest.split_at(at + CALL.len());
        out.push_str(before);
        rest = after;
        let Some((quote, target, behind)) = quoted(after) else { continue };
        let own = if target.contains("http") { &bait.address } else { &bait.file };
        out.extend([' ', quote]);
        out.push_str(own);
        out.push(quote);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The quote, the text in it and what stands behind it, of a text that begins with one.
fn quoted(text: &str) -> Option<(char, &str, &str)> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|sign| matches!(sign, '"' | '\''))?;
    let (inside, behind) = text[1..].split_once(quote)?;
    Some((quote, inside, behind))
}

/// Everything up to the end of the document type declaration; all of it where there is none.
fn prolog_of(payload: &str) -> &str {
    payload.find("]>").map_or(payload, |at| &payload[..at + "]>".len()])
}

/// A title that refers to the entities that a payload declares.
fn title_for(payload: &str) -> String {
    let references =
        declared(payload).take(REFERENCES).map(|entity| format!(" &{};", entity.name)).collect::<Vec<_>>().concat();
    format!("Careers{references} in water")
}

/// An entity that a document declares.
struct Entity<'p> {
    name: &'p str,
    /// What it stands for, where the document says so itself.
    value: Option<&'p str>,
}

fn declared(payload: &str) -> impl Iterator<Item = Entity<'_>> {
    payload.split("<!ENTITY").skip(1).filter_map(|rest| {
        let (name, rest) = rest.trim_start().split_once(char::is_whitespace)?;
        let value = quoted(rest).map(|(_, value, _)| value);
        (name != "%").then_some(Entity { name, value })
    })
}

/// Whether a value in a record shows that somebody put it in: it is neither short nor made of other references.
fn is_telling(value: &str) -> bool {
    value.len() >= MIN_VALUE_BYTES && !value.contains(['&', '%', '<'])
}

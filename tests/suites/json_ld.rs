//! Which blocks of JSON-LD does a page hold, in the eyes of the W3C, and does anything follow the addresses in them?
//!
//! The cases about pages name one block, or ask for the first, where we read them all. So each of them passes when what it
//! expects to be said is said by our blocks, with their identifiers relative to the right address; and a block that it
//! calls an error is none of ours. Exact expansion, which the other cases are about, is not for us: nothing that reads our
//! records asks for it. They show that no such document does any harm: none of them panics, and a harvest of a page with
//! it asks for that page and its sitemap, and for no context.

use std::path::Path;

use crawler::extract::structured_data;
use crawler::fetch::{ScriptedFetcher, decode};
use schemas::Source;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::intake::{harvest_now, source};
use super::{Case, Verdict, bytes, lines};

/// Where the suite is published; its files are named relative to it.
const TESTS: &str = "https://w3c.github.io/json-ld-api/tests/";

const FILES: [&str; 4] = ["html", "expand", "flatten", "remote-doc"];

const SITEMAP: &str = "https://example.org/sitemap.xml";
const PAGE: &str = "https://example.org/page";

const SOURCE: &str = "kind = \"sitemap\"\n[where]\nurl = \"https://example.org/sitemap.xml\"\n";

const LIST: &str = r#"<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://example.org/page</loc></url></urlset>"#;

#[derive(Deserialize)]
struct JsonLdCase {
    id: String,
    input_path: String,
    option: Option<Options>,
    input_b64: Option<String>,
    /// JSON or N-Quads; nothing when an error is expected.
    expect_b64: Option<String>,
}

#[derive(Deserialize)]
struct Options {
    /// The address that the document is to be taken to come from.
    base: Option<String>,
    /// One `Link` header or several.
    #[serde(rename = "httpLink")]
    http_link: Option<Value>,
}

/// The cases about pages.
pub(super) fn run_pages(folder: &Path) -> Vec<Case> {
    let cases = lines::<JsonLdCase>(&folder.join("html.jsonl")).into_iter();
    cases.map(|case| Case::judged(case.id.clone(), || judge_page(&case))).collect()
}

fn judge_page(case: &JsonLdCase) -> Verdict {
    let Some(input) = &case.input_b64 else {
        return Verdict::LeftOut("it has no document");
    };
    let html = decode(&bytes(input), Some("text/html"));
    let (path, script) = case.input_path.split_once('#').unwrap_or((case.input_path.as_str(), ""));
    if !script.is_empty() && !html.contains(&format!("id=\"{script}\"")) {
        return Verdict::LeftOut("it asks for a block that is not there, and we ask for all that are");
    }
    let stated = case.option.as_ref().and_then(|options| options.base.clone());
    let address = stated.unwrap_or_else(|| format!("{TESTS}{path}"));
    let said = structured_data(&html, &Url::parse(&address).expect("an address"));
    let expected = case.expect_b64.as_deref().map(|expected| String::from_utf8_lossy(&bytes(expected)).into_owned());
    let expected = expected.unwrap_or_default();
    let wanted = literals(&expected);
    if wanted.is_empty() {
        return Verdict::compare(&said.json_ld, &Vec::new());
    }
    let mut ours = Vec::new();
    for block in &said.json_ld {
        collect_literals(block, &mut ours);
    }
    if let Some(missing) = wanted.iter().find(|literal| !ours.contains(literal)) {
        return Verdict::Failed(format!("{missing:?} is not said; ours {:?}", said.json_ld));
    }
    for id in said.json_ld.iter().filter_map(|block| block.get("@id")?.as_str()) {
        if !said.base.join(id).is_ok_and(|whole| expected.contains(whole.as_str())) {
            return Verdict::Failed(format!("`{id}` is relative to {}, expected {expected}", said.base));
        }
    }
    Verdict::Passed
}

/// The texts that something expected says, addresses and names apart.
fn literals(expected: &str) -> Vec<String> {
    if let Ok(json) = serde_json::from_str(expected) {
        let mut found = Vec::new();
        collect_literals(&json, &mut found);
        return found;
    }
    let quoted = |line: &str| {
        let (_, behind) = line.split_once('"')?;
        behind.rsplit_once('"').map(|(text, _)| text.to_owned())
    };
    expected.lines().filter_map(quoted).collect()
}

fn collect_literals(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => {
            for value in values {
                collect_literals(value, found);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                if !matches!(name.as_str(), "@context" | "@id" | "@type" | "@language") {
                    collect_literals(value, found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// All cases, whatever they are about, as pages that are harvested.
pub(super) fn run_harmlessly(folder: &Path) -> Vec<Case> {
    let source = source(SOURCE);
    let mut judged = Vec::new();
    for file in FILES {
        for case in lines::<JsonLdCase>(&folder.join(format!("{file}.jsonl"))) {
            judged.push(Case::judged(format!("{file} {}", case.id), || judge_harvest(&case, &source)));
        }
    }
    judged
}

fn judge_harvest(case: &JsonLdCase, source: &Source) -> Verdict {
    let Some(input) = &case.input_b64 else {
        return Verdict::LeftOut("it has no document");
    };
    let input = bytes(input);
    let path = case.input_path.split('#').next().unwrap_or_default();
    let page = if Path::new(path).extension().is_some_and(|end| end == "html") {
        input
    } else {
        let (before, behind) = ("<title>A</title><script type=\"application/ld+json\">", "</script>");
        [before.as_bytes(), &input, behind.as_bytes()].concat()
    };
    let site = ScriptedFetcher::new().with(SITEMAP, "application/xml", LIST);
    let links = case.option.as_ref().and_then(|options| options.http_link.as_ref());
    let site = match links {
        Some(links) => site.with_link(PAGE, "text/html", page, &header(links)),
        None => site.with(PAGE, "text/html", page),
    };
    let harvested = harvest_now(source, &site);
    if site.requests() != [SITEMAP, PAGE] {
        return Verdict::Failed(format!("it asks for {:?}", site.requests()));
    }
    match harvested.ending {
        Ok(_) if harvested.report.read == 1 => Verdict::Passed,
        Ok(ending) => Verdict::Failed(format!("{ending:?} after {:?}", harvested.report)),
        Err(error) => Verdict::Failed(error.to_string()),
    }
}

fn header(links: &Value) -> String {
    match links {
        Value::Array(links) => links.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        one => one.as_str().unwrap_or_default().to_owned(),
    }
}

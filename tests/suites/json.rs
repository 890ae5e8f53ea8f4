//! What is JSON: as the answer of a source, as a feed, and as a block in a page?
//!
//! What the suite says is JSON must be taken, in an object beside what a record needs; what it says is none must be
//! refused, alone and in such an object, with a word about it and not as an empty list. In a page it is otherwise: a
//! block of JSON-LD is repaired where that can be done, so there what is no JSON must only not hide the block beside it.
//! What may be taken or refused must do no harm. The requests of the API are tested where the API is.

use std::path::Path;

use crawler::extract::structured_data;
use crawler::feed::read_feed;
use crawler::fetch::{ScriptedFetcher, decode};
use schemas::Source;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::intake::{Harvested, harvest_now, source};
use super::{Case, Verdict, bytes, lines};

const ADDRESS: &str = "https://example.org/records.json";

const SOURCE: &str = r#"
kind = "json"
[where]
url = "https://example.org/records.json"
[mapping]
identifier = "/id"
title = "/title"
url = "/url"
"#;

/// What stands around a case in the list of a source.
const RECORD: [&str; 2] = [r#"[{"id": 1, "title": "A", "url": "https://example.org/1", "value": "#, "}]"];

/// What stands around a case in a feed.
const FEED: [&str; 2] = [
    r#"{"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [{"id": "1", "title": "A", "_value": "#,
    r#"}, {"id": "2", "title": "B"}]}"#,
];

/// What stands around a case in a block of JSON-LD.
const BLOCK: [&str; 2] = [r#"{"@type": "Article", "name": "A", "value": "#, "}"];

/// What stands around a block in a page.
const SCRIPT: [&str; 2] = [r#"<script type="application/ld+json">"#, "</script>"];

#[derive(Deserialize)]
struct JsonCase {
    id: String,
    expect: Expect,
    b64: String,
}

#[derive(Clone, Copy, Deserialize)]
enum Expect {
    #[serde(rename = "y")]
    Taken,
    #[serde(rename = "n")]
    Refused,
    #[serde(rename = "i")]
    Either,
}

pub(super) fn run(folder: &Path) -> Vec<Case> {
    let source = source(SOURCE);
    let cases: Vec<JsonCase> = lines(&folder.join("cases.jsonl"));
    cases.iter().flat_map(|case| judge(case, &source)).collect()
}

fn judge(case: &JsonCase, source: &Source) -> [Case; 3] {
    let (id, json) = (&case.id, bytes(&case.b64));
    [
        Case::judged(format!("{id} in a source"), || judge_in_source(&json, case.expect, source)),
        Case::judged(format!("{id} in a feed"), || judge_in_feed(&json, case.expect)),
        Case::judged(format!("{id} in a page"), || judge_in_page(&json, case.expect)),
    ]
}

fn judge_in_source(json: &[u8], expect: Expect, source: &Source) -> Verdict {
    let harvest = |body: Vec<u8>| harvest_now(source, &ScriptedFetcher::new().with(ADDRESS, "application/json", body));
    let alone = harvest(json.to_vec());
    let inside = harvest(within(RECORD, json));
    match expect {
        Expect::Taken if inside.records.len() == 1 => Verdict::Passed,
        Expect::Taken => Verdict::Failed(format!("refused: {:?} {:?}", inside.ending, inside.problems)),
        Expect::Refused if is_refused(&alone) && is_refused(&inside) => Verdict::Passed,
        Expect::Refused => Verdict::Failed(format!("taken: {:?}, {:?}", alone.ending, inside.ending)),
        Expect::Either => Verdict::LeftOut("it may be taken or refused"),
    }
}

/// Whether nothing was taken, and somebody was told.
fn is_refused(harvested: &Harvested) -> bool {
    harvested.records.is_empty() && (harvested.ending.is_err() || harvested.report.rejected > 0)
}

fn judge_in_feed(json: &[u8], expect: Expect) -> Verdict {
    let read = |body: &[u8]| read_feed(&decode(body, Some("application/feed+json")), None);
    let (alone, inside) = (read(json), read(&within(FEED, json)));
    match expect {
        Expect::Taken => match inside {
            Err(reason) => Verdict::Failed(reason),
            Ok(feed) => {
                let entries = feed.entries.iter().map(|entry| (entry.title.as_deref(), entry.trouble.as_deref()));
                let entries: Vec<(Option<&str>, Option<&str>)> = entries.collect();
                Verdict::compare(&entries, &vec![(Some("A"), None), (Some("B"), None)])
            }
        },
        Expect::Refused if alone.is_err() && inside.is_err() => Verdict::Passed,
        Expect::Refused => Verdict::Failed("taken for a feed".to_owned()),
        Expect::Either => Verdict::LeftOut("it may be taken or refused"),
    }
}

fn judge_in_page(json: &[u8], expect: Expect) -> Verdict {
    let block = within(BLOCK, json);
    let page = [within(SCRIPT, json), within(SCRIPT, &block), within(SCRIPT, br#"{"good": true}"#)].concat();
    let address = Url::parse("https://example.org/page").expect("an address");
    let said = structured_data(&decode(&page, Some("text/html; charset=utf-8")), &address);
    if !said.json_ld.contains(&json!({"good": true})) {
        return Verdict::Failed("it hides the block beside it".to_owned());
    }
    match expect {
        Expect::Taken => match serde_json::from_slice::<Value>(&block) {
            Ok(expected) if said.json_ld.contains(&expected) => Verdict::Passed,
            Ok(expected) => Verdict::Failed(format!("ours {:?}, expected {expected}", said.json_ld)),
            Err(error) => Verdict::Failed(error.to_string()),
        },
        Expect::Refused => Verdict::Passed,
        Expect::Either => Verdict::LeftOut("it may be taken or refused"),
    }
}

fn within([before, behind]: [&str; 2], json: &[u8]) -> Vec<u8> {
    [before.as_bytes(), json, behind.as_bytes()].concat()
}

//! What is read out of answers that repositories gave over OAI-PMH?
//!
//! Each recorded answer is what a harvest gets to its first `ListRecords` request: at the path, and for the prefix and
//! the set, that it was recorded for, but in the order in which we write arguments and without the dates. `GetRecord` has
//! the same parts. What is compared: how many records came, how many of them deleted, their titles (white space and
//! markup put in order on both sides; of a record that is deleted no title is kept, even where it is still there), the
//! token with which the list goes on, as the next request shows it, and whether the list counts as whole.
//!
//! Of an answer that is not well-formed every record is to be kept, and the fault told. An error is to be told by its
//! code; where it came with a status that is one too, the same is asked again with that status. What a repository says
//! of itself is to lead on to its records. Lists of sets, formats and identifiers are never asked for: that they neither
//! panic nor give a record is checked, and they are not counted.

use std::collections::BTreeSet;
use std::path::Path;

use crawler::Ending;
use crawler::fetch::ScriptedFetcher;
use crawler::normalise::plain_text;
use schemas::Source;
use serde::Deserialize;
use url::Url;

use super::intake::{Harvested, harvest_now, source};
use super::{Case, Verdict, bytes, lines};

/// A list of one record, with which every harvest is content.
const LIST: &str = "<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><ListRecords><record><header>\
    <identifier>oai:example.org:1</identifier></header><metadata><dc><title>One</title></dc></metadata></record>\
    </ListRecords></OAI-PMH>";

#[derive(Deserialize)]
struct Recorded {
    id: String,
    b64: String,
    uri: Option<String>,
    status: Option<u16>,
    oracle: Oracle,
}

/// What lxml makes of the answer.
#[derive(Deserialize)]
struct Oracle {
    well_formed: bool,
    #[serde(default)]
    records: u64,
    #[serde(default)]
    deleted: u64,
    #[serde(default)]
    errors: Vec<String>,
    #[serde(rename = "resumptionToken")]
    token: Option<Token>,
    #[serde(default)]
    titles: Vec<String>,
}

#[derive(Deserialize)]
struct Token {
    value: String,
}

/// What is compared.
#[derive(Debug, PartialEq)]
struct Said {
    records: u64,
    deleted: u64,
    token: Option<String>,
    is_whole: bool,
    titles: BTreeSet<String>,
}

pub(super) fn run(folder: &Path) -> Vec<Case> {
    let cases: Vec<Recorded> = lines(&folder.join("cases.jsonl"));
    cases.iter().map(|case| Case::judged(&case.id, || judge(case))).collect()
}

fn judge(case: &Recorded) -> Verdict {
    let body = bytes(&case.b64);
    let text = String::from_utf8_lossy(&body);
    let has = |element: &str| text.contains(&format!("<{element}"));
    if !case.oracle.errors.is_empty() {
        judge_error(case, &body)
    } else if !case.oracle.well_formed {
        judge_broken(case, &body)
    } else if has("ListRecords") || has("GetRecord") {
        judge_records(case, &body)
    } else if has("Identify") {
        judge_description(case, &body)
    } else {
        judge_unasked(case, &body)
    }
}

fn judge_records(case: &Recorded, body: &[u8]) -> Verdict {
    let (done, token) = harvest_list(case, body, 200);
    let oracle = &case.oracle;
    let token_of_oracle = oracle.token.as_ref().map(|token| token.value.trim().to_owned());
    let token_of_oracle = token_of_oracle.filter(|token| !token.is_empty());
    let expected = Said {
        records: oracle.records,
        deleted: oracle.deleted,
        is_whole: token_of_oracle.is_none(),
        token: token_of_oracle,
        titles: titles_of(oracle),
    };
    let is_whole = matches!(done.ending, Ok(Ending::Complete));
    let titles = titles_in(&done, &expected.titles);
    let ours = Said { records: done.report.read, deleted: done.report.deleted, token, is_whole, titles };
    Verdict::compare(&ours, &expected)
}

fn judge_broken(case: &Recorded, body: &[u8]) -> Verdict {
    let (done, _) = harvest_list(case, body, case.status.unwrap_or(200));
    let expected = titles_of(&case.oracle);
    let is_told = !done.problems.is_empty() || !matches!(done.ending, Ok(Ending::Complete));
    let ours = (done.report.read, done.report.deleted, titles_in(&done, &expected), is_told);
    Verdict::compare(&ours, &(case.oracle.records, case.oracle.deleted, expected, true))
}

fn judge_error(case: &Recorded, body: &[u8]) -> Verdict {
    let recorded = case.status.unwrap_or(200);
    for status in [200, recorded] {
        let (done, _) = harvest_list(case, body, status);
        let told = match (&done.ending, done.report.read) {
            (Err(error), 0) => error.to_string(),
            (Ok(_) | Err(_), _) => return Verdict::Failed(format!("{:?} with {:?}", done.ending, done.report)),
        };
        // That nothing fits what was asked for is no error.
        let mut codes = case.oracle.errors.iter().filter(|code| *code != "noRecordsMatch");
        if status == 200 && !codes.all(|code| told.contains(code.as_str())) {
            return Verdict::Failed(format!("told as `{told}`, expected {:?}", case.oracle.errors));
        }
    }
    Verdict::Passed
}

fn judge_description(case: &Recorded, body: &[u8]) -> Verdict {
    let asked = Asked::of(case);
    let site = ScriptedFetcher::new().with(&asked.identify, "text/xml", body).with(&asked.list, "text/xml", LIST);
    let done = harvest_now(&asked.source, &site);
    let is_whole = matches!(done.ending, Ok(Ending::Complete));
    Verdict::compare(&(is_whole, done.report.read), &(true, 1))
}

fn judge_unasked(case: &Recorded, body: &[u8]) -> Verdict {
    let (done, _) = harvest_list(case, body, 200);
    if done.ending.is_err() && done.report.read == 0 {
        Verdict::LeftOut("it answers a question that a harvest does not ask")
    } else {
        Verdict::Failed(format!("{:?} with {:?}", done.ending, done.report))
    }
}

fn titles_of(oracle: &Oracle) -> BTreeSet<String> {
    oracle.titles.iter().map(|title| plain_text(title)).filter(|title| !title.is_empty()).collect()
}

/// The titles of the records; those of the deleted ones are taken as they are expected.
fn titles_in(done: &Harvested, expected: &BTreeSet<String>) -> BTreeSet<String> {
    let mut titles = BTreeSet::new();
    for record in &done.records {
        titles.insert(record.metadata.title.clone());
        titles.extend(record.metadata.alternative_titles.iter().cloned());
    }
    let missing: Vec<String> = expected.difference(&titles).cloned().collect();
    if u64::try_from(missing.len()).is_ok_and(|missing| missing <= done.report.deleted) {
        titles.extend(missing);
    }
    titles
}

/// Harvests a repository whose list begins with this answer, and what token was sent after it. It knows no token, and
/// answers nothing else.
fn harvest_list(case: &Recorded, body: &[u8], status: u16) -> (Harvested, Option<String>) {
    let asked = Asked::of(case);
    let site = ScriptedFetcher::new();
    let site = match status {
        200..=299 => site.with(&asked.list, "text/xml", body),
        _ => site.with_status(&asked.list, status),
    };
    let done = harvest_now(&asked.source, &site);
    let requests = site.requests();
    let token = requests.iter().find_map(|address| argument(&Url::parse(address).ok()?, "resumptionToken"));
    (done, token)
}

/// Where a harvest asks what, and the source that has it do so.
struct Asked {
    identify: String,
    list: String,
    source: Source,
}

impl Asked {
    fn of(case: &Recorded) -> Self {
        let recorded = case.uri.as_deref().and_then(|uri| Url::parse(uri).ok());
        let recorded_argument = |name: &str| recorded.as_ref().and_then(|url| argument(url, name));
        let prefix = recorded_argument("metadataPrefix").unwrap_or_else(|| "oai_dc".to_owned());
        let set = recorded_argument("set");
        let path = recorded.as_ref().map_or("/oai", Url::path);
        let base = Url::parse("https://example.org/").and_then(|home| home.join(path)).expect("a path of an address");

        let mut identify = base.clone();
        identify.query_pairs_mut().append_pair("verb", "Identify");
        let mut list = base.clone();
        list.query_pairs_mut().append_pair("verb", "ListRecords").append_pair("metadataPrefix", &prefix);
        if let Some(set) = &set {
            list.query_pairs_mut().append_pair("set", set);
        }
        // A record without an address is one nevertheless.
        let source = source(&format!(
            "kind = \"oai-pmh\"\n[where]\nurl = \"{base}\"\nprefix = {prefix:?}\nsets = {:?}\n\
             [defaults]\nheld_by = [\"Nobody\"]\n",
            set.as_slice()
        ));
        Self { identify: identify.into(), list: list.into(), source }
    }
}

fn argument(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

//! What do RSS, Atom and JSON feeds list, in the eyes of feedparser?
//!
//! Compared are the number of entries, and of each its link and its title, in the order of the feed. They are those of
//! the reader and not of a harvest, since a harvest refuses what has neither title nor address, and the feeds of the
//! suites have mostly one of both. A document that is refused counts as one without entries.
//!
//! Our titles are plain text. Those of feedparser are plain text or sanitised HTML, and it does not say which: `&#38;` is
//! a title of six signs or of one. So ours must be the same as theirs either as it stands, white space folded, or
//! without its tags and entities; then white space does not count, because it is a question of taste whether a tag parts
//! words.

use std::collections::BTreeMap;
use std::path::Path;

use crawler::feed::{Entry, read_feed};
use crawler::fetch::{ScriptedFetcher, decode};
use jiff::civil::Date;
use schemas::{Problem, Source};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::intake::{harvest_now, source};
use super::{Case, Verdict, bytes, folded, lines};

const ADDRESS: &str = "https://example.org/feed.xml";

const SOURCE: &str = "kind = \"feed\"\n[where]\nurl = \"https://example.org/feed.xml\"\n";

#[derive(Deserialize)]
struct FeedCase {
    id: String,
    b64: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// What feedparser makes of it; nothing of what it cannot read.
    oracle: Option<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    /// Whether it took the document for broken.
    bozo: bool,
    entries: Vec<ListedEntry>,
}

#[derive(Deserialize)]
struct ListedEntry {
    title: Option<String>,
    link: Option<String>,
}

/// What must be the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    Number,
    NumberAndLinks,
    Everything,
}

/// The feeds that feedparser itself is tested with, but for those it took for broken.
pub(super) fn run_sound(folder: &Path) -> Vec<Case> {
    judge_all(read_cases(folder).into_iter().filter(|case| !is_broken(case)), Compared::Everything)
}

/// Those it took for broken.
pub(super) fn run_broken(folder: &Path) -> Vec<Case> {
    judge_all(read_cases(folder).into_iter().filter(is_broken), Compared::Number)
}

/// The feeds of real sites.
pub(super) fn run_real(folder: &Path) -> Vec<Case> {
    judge_all(read_cases(folder).into_iter(), Compared::Everything)
}

/// The feeds that the validator of the W3C is tested with, most of them wrong on purpose.
pub(super) fn run_invalid(folder: &Path) -> Vec<Case> {
    judge_all(read_cases(folder).into_iter(), Compared::NumberAndLinks)
}

/// The same once more: what becomes of their dates?
pub(super) fn run_dates(folder: &Path) -> Vec<Case> {
    let source = source(SOURCE);
    let cases = read_cases(folder).into_iter();
    cases.map(|case| Case::judged(case.id.clone(), || judge_dates(&case, &source))).collect()
}

fn read_cases(folder: &Path) -> Vec<FeedCase> {
    lines(&folder.join("cases.jsonl"))
}

fn is_broken(case: &FeedCase) -> bool {
    case.oracle.as_ref().is_some_and(|listed| listed.bozo)
}

fn judge_all(cases: impl Iterator<Item = FeedCase>, compared: Compared) -> Vec<Case> {
    cases.map(|case| Case::judged(case.id.clone(), || judge(&case, compared))).collect()
}

impl FeedCase {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    fn text(&self) -> String {
        decode(&bytes(&self.b64), self.header("content-type"))
    }

    /// What ought to be in it. Where feedparser does not read JSON, what the JSON says.
    fn expected(&self) -> Option<Vec<ListedEntry>> {
        if let Some(listed) = &self.oracle {
            let copy = |entry: &ListedEntry| ListedEntry { title: entry.title.clone(), link: entry.link.clone() };
            return Some(listed.entries.iter().map(copy).collect());
        }
        let feed: Value = serde_json::from_str(&self.text()).ok()?;
        let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        let entry = |item: &Value| ListedEntry { title: text(item, "title"), link: text(item, "url") };
        Some(feed.get("items")?.as_array()?.iter().map(entry).collect())
    }
}

fn judge(case: &FeedCase, compared: Compared) -> Verdict {
    let base = case.header("content-location").and_then(|address| Url::parse(address).ok());
    let read = read_feed(&case.text(), base.as_ref());
    let Some(expected) = case.expected() else {
        return Verdict::LeftOut("nobody says what is in it");
    };
    let ours = match read {
        Ok(feed) => feed.entries,
        Err(reason) if !expected.is_empty() => return Verdict::Failed(format!("refused: {reason}")),
        Err(_) => Vec::new(),
    };
    if ours.len() != expected.len() {
        return Verdict::Failed(format!("{} entries, expected {}", ours.len(), expected.len()));
    }
    let mut pairs = ours.iter().zip(&expected).enumerate();
    let mistake = pairs.find_map(|(index, (ours, expected))| {
        let found = difference(ours, expected, compared)?;
        Some(format!("entry {}: {found}", index + 1))
    });
    mistake.map_or(Verdict::Passed, Verdict::Failed)
}

fn difference(ours: &Entry, expected: &ListedEntry, compared: Compared) -> Option<String> {
    let (link, expected_link) = (said(ours.link.as_deref()), said(expected.link.as_deref()));
    if compared != Compared::Number && link != expected_link {
        return Some(format!("link {link:?}, expected {expected_link:?}"));
    }
    let (title, expected_title) = (said(ours.title.as_deref()), said(expected.title.as_deref()));
    if compared == Compared::Everything && !is_same_title(title, expected_title) {
        return Some(format!("title {title:?}, expected {expected_title:?}"));
    }
    None
}

/// Something that is left out is as good as something empty.
fn said(value: Option<&str>) -> &str {
    value.unwrap_or_default().trim()
}

fn is_same_title(ours: &str, expected: &str) -> bool {
    let letters = |text: &str| text.split_whitespace().collect::<String>();
    folded(ours) == folded(expected) || letters(ours) == letters(&without_markup(expected))
}

/// The text of sanitised HTML: its tags taken away, and then its entities written out.
fn without_markup(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let is_tag = behind.starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '/');
        rest = match behind.find('>') {
            Some(end) if is_tag => &behind[end + 1..],
            Some(_) | None => {
                text.push('<');
                behind
            }
        };
    }
    text.push_str(rest);
    without_entities(&text)
}

fn without_entities(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        match behind.split_once(';').and_then(|(name, after)| Some((sign_of(name)?, after))) {
            Some((sign, after)) => {
                out.push(sign);
                rest = after;
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The sign that an entity stands for: those that feedparser leaves in a title, all others it writes out itself.
fn sign_of(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        other => {
            let number = other.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32)
        }
    }
}

/// A date that is stated is read, or told to be none; a date that nobody states is not made up.
fn judge_dates(case: &FeedCase, source: &Source) -> Verdict {
    let text = case.text();
    let entries = read_feed(&text, Url::parse(ADDRESS).ok().as_ref()).map(|feed| feed.entries).unwrap_or_default();
    let site = ScriptedFetcher::new().with(ADDRESS, "application/xml; charset=utf-8", text);
    let harvested = harvest_now(source, &site);
    let mut dates = 0;
    for record in &harvested.records {
        let Some(entry) = entries.iter().find(|entry| entry.place == record.place) else {
            return Verdict::Failed(format!("`{}` is a record and no entry", record.place));
        };
        let (metadata, problems) = (&record.metadata, &harvested.problems);
        for (field, stated, read) in [
            ("date_published", &entry.published, metadata.date_published),
            ("date_modified", &entry.modified, metadata.date_modified),
        ] {
            dates += usize::from(stated.is_some());
            if let Some(reason) = mistake_in_date(field, stated.as_deref(), read, &record.place, problems) {
                return Verdict::Failed(format!("{}: {reason}", record.place));
            }
        }
    }
    if dates == 0 { Verdict::LeftOut("no record of it could have a date") } else { Verdict::Passed }
}

fn mistake_in_date(
    field: &str,
    stated: Option<&str>,
    read: Option<Date>,
    place: &str,
    problems: &[Problem],
) -> Option<String> {
    let is_told = || problems.iter().any(|problem| problem.place == place && problem.field.as_deref() == Some(field));
    match (stated, read) {
        (None, Some(read)) => Some(format!("{field} is {read}, and nobody states it")),
        (Some(stated), None) if !is_told() => Some(format!("{field} {stated:?} is lost without a word")),
        // Some write the year with two digits.
        (Some(stated), Some(read)) if !stated.contains(&format!("{:02}", read.year().rem_euclid(100))) => {
            Some(format!("{field} {stated:?} is read as {read}"))
        }
        (Some(_), _) | (None, None) => None,
    }
}

//! Sample: what would a source give? A few records read the way a harvest reads them, and nothing stored.
//!
//! With it somebody writes a source file: the records as they would be stored, how many of them have which field, the
//! words that map to nothing, what no mapping names, and every problem.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use crawler::fetch::Fetch;
use crawler::normalise::template;
use crawler::raw::RawRecord;
use crawler::{
    Ending, HarvestError, Intake, IntakeError, Kept, Manner, Outcome, Outside, Payload, Report, SourceFiles, harvest,
};
use jiff::Timestamp;
use schemas::{ControlledField, PayloadHash, Problem, Record, Source, TargetField};
use serde_json::Value;

/// Pages that a sample may ask for beyond one for each record: lists, sitemaps, indexes of them.
const PAGES_AROUND: u64 = 10;
/// Characters of a value that are shown as an example.
const EXAMPLE_CHARACTERS: usize = 60;

/// What a few records of a source say.
#[derive(Debug)]
pub struct Sample {
    /// How reading ended; cut short at the size of the sample as a rule.
    pub ending: Result<Ending, HarvestError>,
    /// What was counted.
    pub report: Report,
    /// The records as they would be stored.
    pub records: Vec<Record>,
    /// What was not understood, and what was refused.
    pub problems: Vec<Problem>,
    /// Of these, those of each record, in the order of the records.
    pub problems_of_records: Vec<Vec<Problem>>,
    /// What its records have, accepted or not, and no mapping names; the most frequent first.
    pub unused: Vec<Unused>,
}

/// A column, pointer or element that a mapping could name and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// Its name in a mapping.
    pub name: String,
    /// In how many records it says something.
    pub records: usize,
    /// What it says in the first of them, cut.
    pub example: String,
}

/// In how many records of a sample a field says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The field as a resource has it.
    pub field: String,
    /// In how many records it says something.
    pub records: usize,
    /// What it says in the first of them, cut.
    pub example: String,
}

/// A word that maps to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// The field it stands in.
    pub field: ControlledField,
    /// The word as it came.
    pub word: String,
    /// How often.
    pub count: usize,
}

/// The reason of a sample that had not read as much as it wanted when its time was over.
pub const OUT_OF_TIME: &str = "out of time";

/// Reads at most so many records of a source, for so long at most. What was read until then is the sample.
pub async fn take_sample(
    source: &Source,
    files: &SourceFiles,
    fetch: &dyn Fetch,
    most_records: u64,
    patience: Duration,
    now: Timestamp,
) -> Sample {
    let mut source = source.clone();
    source.limits.max_records = source.limits.max_records.min(most_records);
    source.limits.max_pages = source.limits.max_pages.min(most_records.saturating_add(PAGES_AROUND));
    let mut tray = Tray::default();
    let tally = Tally::new(&source);
    let raw = |record: &RawRecord| tally.note(record);
    let outside = Outside { fetch, files, progress: &|_| (), raw: &raw };
    let manner = Manner::afresh(now);
    let ended = tokio::time::timeout(patience, harvest(&source, &outside, &manner, &mut tray)).await;
    let (report, ending) = ended.unwrap_or_else(|_elapsed| {
        let read = u64::try_from(tray.records.len() + tray.refused).unwrap_or(u64::MAX);
        let rejected = u64::try_from(tray.refused).unwrap_or(u64::MAX);
        (Report { read, rejected, ..Report::default() }, Ok(Ending::Partial { reason: OUT_OF_TIME.to_owned() }))
    });
    let Tray { records, problems, problems_of_records, .. } = tray;
    Sample { ending, report, records, problems, problems_of_records, unused: tally.unused() }
}

impl Sample {
    /// How many records have which field, the fullest first. Of the fields that none has only those are told that the
    /// source maps, and nothing where there are no records.
    pub fn coverage(&self, source: &Source) -> Vec<Coverage> {
        let mut fields: BTreeMap<String, Coverage> = BTreeMap::new();
        for record in &self.records {
            for (field, value) in said(record) {
                let coverage = fields.entry(field.clone()).or_insert_with(|| Coverage {
                    field,
                    records: 0,
                    example: shortened(&value),
                });
                coverage.records += 1;
            }
        }
        if !self.records.is_empty() {
            for field in source.mapping.keys().filter_map(|field| name_in_metadata(*field)) {
                let none = || Coverage { field: field.to_owned(), records: 0, example: String::new() };
                fields.entry(field.to_owned()).or_insert_with(none);
            }
        }
        let mut coverage: Vec<Coverage> = fields.into_values().collect();
        coverage.sort_by(|one, other| other.records.cmp(&one.records).then_with(|| one.field.cmp(&other.field)));
        coverage
    }

    /// The words that map to nothing, the most frequent first.
    pub fn unmapped(&self) -> Vec<Unmapped> {
        let mut counts: HashMap<(ControlledField, &str), usize> = HashMap::new();
        for word in self.records.iter().flat_map(|record| &record.metadata.unmapped) {
            *counts.entry((word.field, word.word.as_str())).or_default() += 1;
        }
        let mut unmapped: Vec<Unmapped> =
            counts.into_iter().map(|((field, word), count)| Unmapped { field, word: word.to_owned(), count }).collect();
        unmapped.sort_by(|one, other| {
            let by_count = other.count.cmp(&one.count);
            by_count.then_with(|| one.field.name().cmp(other.field.name())).then_with(|| one.word.cmp(&other.word))
        });
        unmapped
    }
}

/// The name under which [`said`] has a field, if it has it: each record has an identifier, be it its address.
fn name_in_metadata(field: TargetField) -> Option<&'static str> {
    match field {
        TargetField::Identifier => None,
        TargetField::Duration => Some("duration_minutes"),
        other => Some(other.name()),
    }
}

/// The fields of a record that say something, under their names in a resource, each value in words.
pub fn fields_of(record: &Record) -> Vec<(String, Vec<String>)> {
    let Ok(Value::Object(fields)) = serde_json::to_value(&record.metadata) else { return Vec::new() };
    let plain = fields.into_iter().filter(|(name, _)| !matches!(name.as_str(), "concepts" | "read_from" | "unmapped"));
    let mut said: Vec<(String, Vec<String>)> = plain.map(|(name, value)| (name, values_in(&value))).collect();
    for (field, claims) in &record.metadata.concepts {
        let ids = claims.iter().map(|claim| claim.value.as_str().to_owned());
        said.push((field.field().to_owned(), ids.collect()));
    }
    said.retain(|(_, values)| !values.is_empty());
    said
}

/// The same with all values of a field in one text.
fn said(record: &Record) -> Vec<(String, String)> {
    fields_of(record).into_iter().map(|(field, values)| (field, values.join(", "))).collect()
}

fn values_in(value: &Value) -> Vec<String> {
    let one_by_one = match value {
        Value::Array(values) => values.iter().map(in_words).collect(),
        other => vec![in_words(other)],
    };
    one_by_one.into_iter().filter(|text: &String| !text.is_empty()).collect()
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(in_words).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields.get("value").map_or_else(|| value.to_string(), in_words),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The beginning of an outside text, on one line and without control characters.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let printable = line.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = printable.take(EXAMPLE_CHARACTERS).collect();
    if line.chars().nth(EXAMPLE_CHARACTERS).is_some() {
        short.push('…');
    }
    short
}

/// Counts what raw records have and no mapping names.
struct Tally<'a> {
    /// What the mapping names.
    mapped: Vec<&'a str>,
    by_name: Mutex<BTreeMap<String, Unused>>,
}

impl<'a> Tally<'a> {
    fn new(source: &'a Source) -> Self {
        let rules = source.mapping.values();
        let from = rules.clone().flat_map(|rule| &rule.from).map(String::as_str);
        let in_templates = rules.filter_map(|rule| rule.template.as_deref()).flat_map(template::names);
        Self { mapped: from.chain(in_templates).collect(), by_name: Mutex::default() }
    }

    /// What the format of a record says by itself needs no mapping either.
    fn note(&self, record: &RawRecord) {
        let by_itself = record.trusted.values().chain(record.described.values()).flatten();
        let by_itself: HashSet<&str> = by_itself.map(|text| text.trim()).collect();
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, value) in record.names() {
            if by_itself.contains(value.trim()) || self.mapped.iter().any(|from| record.reads(from, &name)) {
                continue;
            }
            let unused =
                by_name.entry(name.clone()).or_insert_with(|| Unused { name, records: 0, example: shortened(&value) });
            unused.records += 1;
        }
    }

    fn unused(self) -> Vec<Unused> {
        let by_name = self.by_name.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut unused: Vec<Unused> = by_name.into_values().collect();
        unused.sort_by_key(|one| Reverse(one.records));
        unused
    }
}

/// Where the records of a sample are put down. It remembers nothing of an earlier run.
#[derive(Default)]
struct Tray {
    records: Vec<Record>,
    problems: Vec<Problem>,
    problems_of_records: Vec<Vec<Problem>>,
    refused: usize,
}

#[async_trait]
impl Intake for Tray {
    async fn kept(&mut self, _place: &str) -> Result<Option<Kept>, IntakeError> {
        Ok(None)
    }

    async fn kept_body(&mut self, _hash: &PayloadHash) -> Result<Vec<u8>, IntakeError> {
        Err(IntakeError("nothing is kept here".into()))
    }

    fn seen_again(&mut self, _place: &str) {}

    async fn keep(&mut self, _payload: Payload) -> Result<(), IntakeError> {
        Ok(())
    }

    async fn take(&mut self, batch: Vec<Outcome>) -> Result<(), IntakeError> {
        for outcome in batch {
            match outcome {
                Outcome::Record(record, problems) => {
                    self.records.push(*record);
                    self.problems.extend(problems.iter().cloned());
                    self.problems_of_records.push(problems);
                }
                Outcome::Rejected { problem, .. } | Outcome::Duplicate(problem) => {
                    self.problems.push(problem);
                    self.refused += 1;
                }
                Outcome::Deleted(_) => {}
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), IntakeError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crawler::fetch::ScriptedFetcher;

    use super::*;

    const SOURCE: &str = r#"
id = "sample"
name = "Sample"
organisation = "Example Society"
kind = "json"
[where]
url = "https://example.org/api"
[mapping]
identifier = "/id"
title = "/title"
url = "/url"
subjects = "/subjects"
"#;

    #[tokio::test]
    async fn a_sample_shows_records_coverage_and_the_words_that_map_to_nothing() {
        let records = serde_json::json!([
            {"id": 1, "title": "One", "url": "https://example.org/1", "subjects": ["Maths", "Quidditch"]},
            {"id": 2, "title": "Two", "url": "https://example.org/2", "subjects": ["Quidditch", "Potions"]},
            {"id": 3, "url": "https://example.org/3"},
            {"id": 4, "title": "Four", "url": "https://example.org/4"},
        ]);
        let site = ScriptedFetcher::new().with("https://example.org/api", "application/json", records.to_string());
        let source = Source::parse("sample.toml", SOURCE).expect("it is right");
        let now = "2026-11-21T09:00:00Z".parse().expect("a time");
        let sample = take_sample(&source, &SourceFiles::Shipped, &site, 3, Duration::MAX, now).await;
        assert_eq!(sample.ending.as_ref().expect("a list"), &Ending::Partial { reason: "max-records".to_owned() });
        assert_eq!((sample.records.len(), sample.problems.len()), (2, 1));
        let coverage = sample.coverage(&source);
        let of = |name: &str| coverage.iter().find(|one| one.field == name).map(|one| (one.records, &*one.example));
        assert_eq!(of("title"), Some((2, "One")));
        assert_eq!(of("subjects"), Some((1, "mathematics")));
        assert_eq!(of("levels"), None);
        let unmapped: Vec<_> = sample.unmapped().into_iter().map(|one| (one.word, one.count)).collect();
        assert_eq!(unmapped, [("Quidditch".to_owned(), 2), ("Potions".to_owned(), 1)]);
    }

    #[tokio::test]
    async fn a_sample_tells_what_nothing_maps_and_which_mapping_finds_nothing() {
        let records = serde_json::json!([
            {"id": 1, "title": "One", "slug": "one", "subjects": ["Maths"], "form": "Poster", "by": {"name": " J\nR"}},
            {"id": 2, "title": "Two", "slug": "two", "subjects": ["Maths"], "form": "Film", "note": ""},
            {"id": 3, "slug": "three", "form": "Film"},
        ]);
        let site = ScriptedFetcher::new().with("https://example.org/api", "application/json", records.to_string());
        let template = "url = { template = \"https://example.org/{/slug}\" }\nduration = \"/minutes\"";
        let source = Source::parse("sample.toml", &SOURCE.replace("url = \"/url\"", template)).expect("it is right");
        let now = "2026-11-21T09:00:00Z".parse().expect("a time");
        let sample = take_sample(&source, &SourceFiles::Shipped, &site, 3, Duration::MAX, now).await;
        let unused: Vec<_> = sample.unused.iter().map(|one| (&*one.name, one.records, &*one.example)).collect();
        assert_eq!(unused, [("/form", 3, "Poster"), ("/by/name", 1, "J R")]);
        let coverage = sample.coverage(&source);
        let last = coverage.last().expect("fields");
        assert_eq!((&*last.field, last.records, &*last.example), ("duration_minutes", 0, ""));
        assert!(coverage.iter().all(|one| one.field != "identifier"), "{coverage:?}");

        let none = Sample { records: Vec::new(), ..sample };
        assert!(none.coverage(&source).is_empty(), "of nothing there is nothing to tell");
    }
}

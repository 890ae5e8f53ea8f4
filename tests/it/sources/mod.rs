//! The catalogues that ship and reach the network: each source file is harvested from pages of the shape it expects.
//!
//! Nobody is asked. `fixtures/ID/site.toml` says what each address answers, in files that we wrote, and which records
//! are to come of it, in order. What the real, recorded catalogues give is checked in `catalogues.rs`: `real` harvests
//! them, those that are read at an address from a site where `recorded` puts them, and `readings` says what a person reads
//! in them.

pub(crate) mod readings;
pub(crate) mod real;
pub(crate) mod recorded;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use crawler::extract::check_selectors;
use crawler::fetch::ScriptedFetcher;
use crawler::{
    Ending, HarvestError, Intake, IntakeError, Kept, Manner, Outcome, Outside, Payload, SourceFiles, harvest,
};
use jiff::Timestamp;
use schemas::{ControlledField, Location, PayloadHash, Problem, Record, Source};
use serde::Deserialize;
use serde_json::Value;

/// No catalogue of somebody else is asked more often than this, unless it says itself that it may be.
const LEAST_DELAY_MS: u64 = 1_000;

/// A source file as it ships.
struct Shipped {
    file: String,
    text: String,
    source: Source,
}

/// Every shipped source that reaches the network.
fn network_sources() -> Vec<Shipped> {
    let listed = SourceFiles::Shipped.list().expect("they are inside the binary");
    let read = listed.into_iter().map(|(file, text)| {
        let text = text.expect("it is UTF-8");
        let source = Source::parse(&file, &text).unwrap_or_else(|mistakes| panic!("{file}: {mistakes:#?}"));
        Shipped { file, text, source }
    });
    read.filter(|shipped| matches!(shipped.source.location, Location::Url(_))).collect()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/sources/fixtures")
}

/// What is put in place of a catalogue, and what is to come of it: `site.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    #[serde(rename = "answer")]
    answers: Vec<Answer>,
    /// The records in their order; of each only the fields that it names are compared.
    #[serde(rename = "record")]
    records: Vec<BTreeMap<String, Expected>>,
}

/// What one address answers.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Answer {
    Page {
        url: String,
        file: String,
        #[serde(rename = "type")]
        content_type: String,
    },
    Status {
        url: String,
        status: u16,
    },
}

/// What a field of a record says: a text, or the ids of its concepts.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Expected {
    One(String),
    Several(Vec<String>),
}

impl Expected {
    fn texts(&self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text.clone()],
            Self::Several(texts) => texts.clone(),
        }
    }
}

impl Fixture {
    fn read(id: &str) -> Self {
        let path = fixtures().join(id).join("site.toml");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The catalogue, answering from memory.
    fn site(&self, id: &str) -> ScriptedFetcher {
        let folder = fixtures().join(id);
        self.answers.iter().fold(ScriptedFetcher::new(), |site, answer| match answer {
            Answer::Page { url, file, content_type } => {
                let path = folder.join(file);
                let body = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                site.with(url, content_type, body)
            }
            Answer::Status { url, status } => site.with_status(url, *status),
        })
    }
}

/// Takes everything into memory.
#[derive(Default)]
struct MemoryIntake {
    kept: BTreeMap<String, Kept>,
    bodies: BTreeMap<String, Vec<u8>>,
    records: Vec<Record>,
    /// What was rejected, what came twice, and what was not understood of a record.
    problems: Vec<Problem>,
}

#[async_trait]
impl Intake for MemoryIntake {
    async fn kept(&mut self, place: &str) -> Result<Option<Kept>, IntakeError> {
        Ok(self.kept.get(place).cloned())
    }

    async fn kept_body(&mut self, hash: &PayloadHash) -> Result<Vec<u8>, IntakeError> {
        self.bodies.get(&hash.0).cloned().ok_or_else(|| IntakeError("there is no such payload".into()))
    }

    fn seen_again(&mut self, _place: &str) {}

    async fn keep(&mut self, payload: Payload) -> Result<(), IntakeError> {
        let Payload { place, validators, content_type, hash, body } = payload;
        self.bodies.insert(hash.0.clone(), Vec::clone(&body));
        self.kept.insert(place, Kept { validators, content_type, hash, at: now() });
        Ok(())
    }

    async fn take(&mut self, batch: Vec<Outcome>) -> Result<(), IntakeError> {
        for outcome in batch {
            match outcome {
                Outcome::Record(record, warnings) => {
                    self.records.push(*record);
                    self.problems.extend(warnings);
                }
                Outcome::Rejected { problem, .. } | Outcome::Duplicate(problem) => self.problems.push(problem),
                Outcome::Deleted(_) => {}
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), IntakeError> {
        Ok(())
    }
}

/// The moment at which every harvest begins.
fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().expect("a time")
}

async fn harvest_from(source: &Source, site: &ScriptedFetcher) -> (Result<Ending, HarvestError>, MemoryIntake) {
    let outside = Outside { fetch: site, files: &SourceFiles::Shipped, progress: &|_| (), raw: &|_| () };
    let mut intake = MemoryIntake::default();
    let (_, ending) = harvest(source, &outside, &Manner::afresh(now()), &mut intake).await;
    (ending, intake)
}

/// What a record says in a field: the ids of a controlled one, the texts of any other.
fn values_of(record: &Record, field: &str) -> Vec<String> {
    if field == "identifier" {
        return vec![record.id.identifier.clone()];
    }
    if let Some(controlled) = ControlledField::by_field(field) {
        return record.metadata.concepts(controlled).iter().map(|claim| claim.value.to_string()).collect();
    }
    let metadata = serde_json::to_value(&record.metadata).expect("metadata always serialises");
    texts(&metadata[field])
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Object(_)) => vec![other.to_string()],
    }
}

/// Where a source does otherwise than its fixture says.
async fn differences(source: &Source, fixture: &Fixture) -> Vec<String> {
    let site = fixture.site(source.id.as_str());
    let (ending, intake) = harvest_from(source, &site).await;
    let mut wrong = Vec::new();
    match ending {
        Ok(Ending::Complete | Ending::Update) => {}
        Ok(other @ (Ending::NothingNew | Ending::NotModified | Ending::Partial { .. })) => {
            wrong.push(format!("{other:?}"));
        }
        Err(error) => wrong.push(error.to_string()),
    }
    wrong.extend(intake.problems.iter().map(ToString::to_string));
    if intake.records.len() != fixture.records.len() {
        let (found, expected) = (intake.records.len(), fixture.records.len());
        wrong.push(format!("{found} records, expected {expected}; asked: {:?}", site.requests()));
    }
    for (record, fields) in intake.records.iter().zip(&fixture.records) {
        let title = &record.metadata.title;
        for (field, expected) in fields {
            let (found, expected) = (values_of(record, field), expected.texts());
            if found != expected {
                wrong.push(format!("`{title}`: {field}: {found:?}, expected {expected:?}"));
            }
        }
        let unmapped = record.metadata.unmapped.iter();
        wrong.extend(unmapped.map(|unmapped| format!("`{title}`: `{}` is not understood", unmapped.word)));
    }
    wrong.into_iter().map(|what| format!("{}: {what}", source.id)).collect()
}

#[tokio::test]
async fn every_shipped_network_source_reads_pages_of_the_shape_it_expects() {
    let mut wrong = Vec::new();
    for Shipped { source, .. } in network_sources() {
        wrong.extend(differences(&source, &Fixture::read(source.id.as_str())).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_shipped_network_source_waits_for_an_admin_and_says_what_is_to_be_confirmed() {
    let shipped = network_sources();
    assert!(shipped.len() >= 30, "{}", shipped.len());
    for Shipped { file, text, source } in shipped {
        assert!(!source.enabled && !source.allow_private, "{file}");
        assert_ne!(source.schedule, "manual", "{file}");
        assert!(source.limits.delay_ms >= LEAST_DELAY_MS, "{file}");
        assert!(!source.homepage.is_empty(), "{file}");
        assert!(check_selectors(&source).is_empty(), "{file}: {:?}", check_selectors(&source));
        let head: Vec<&str> =
            text.lines().take_while(|line| line.starts_with('#')).map(|line| line.trim_matches(['#', ' '])).collect();
        let head = head.join(" ");
        assert!(head.contains("Known from: "), "{file} does not say where it is known from");
        if let Some((_, unsure)) = head.split_once("To be confirmed") {
            assert!(unsure.starts_with(": ") && unsure.len() > 20, "{file} does not say what is to be confirmed");
        }
    }
}

#[test]
fn every_fixture_belongs_to_a_source_that_ships() {
    let ids: BTreeSet<String> = network_sources().into_iter().map(|shipped| shipped.source.id.to_string()).collect();
    let folders = fs::read_dir(fixtures()).expect("the folder of fixtures").flatten();
    let named: BTreeSet<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(named, ids);
}

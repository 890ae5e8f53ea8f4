//! What the tests of this crate share: an intake in memory, sources in a few lines, and a harvest in one call.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use schemas::{PayloadHash, Source};

use crate::error::HarvestError;
use crate::fetch::{Fetch, ScriptedFetcher, Validators};
use crate::files::SourceFiles;
use crate::harvest::{Ending, Freshness, Manner, Outside, Repeats, harvest, read_documents};
use crate::intake::{BATCH, Documents, Intake, IntakeError, Kept, Outcome, Payload};
use crate::report::Report;

/// A table in a file, with the three columns that every test needs.
pub(crate) const TABLE: &str = r#"
kind = "table"
[where]
file = "records.csv"
[mapping]
identifier = "id"
title = "title"
url = "url"
"#;

/// The same table at an address.
pub(crate) const TABLE_AT_URL: &str = r#"
kind = "table"
[where]
url = "https://example.org/records.csv"
[mapping]
identifier = "id"
title = "title"
url = "url"
"#;

/// The mapping of a JSON source with the same three fields.
pub(crate) const JSON_MAPPING: &str = r#"
[mapping]
identifier = "/id"
title = "/title"
url = "/url"
"#;

/// A source of the given kind, place and mapping.
pub(crate) fn source(rest: &str) -> Source {
    let head = r#"
id = "example"
name = "Example"
organisation = "Example Society"
homepage = "https://example.org/"
"#;
    Source::parse("example.toml", &format!("{head}{rest}")).expect("the source of a test is right")
}

/// The moment at which every harvest of a test begins.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().expect("a time")
}

/// A run that began now.
pub(crate) fn manner(freshness: Freshness) -> Manner {
    Manner { freshness, ..Manner::afresh(now()) }
}

/// Takes everything into memory.
#[derive(Default)]
pub(crate) struct MemoryIntake {
    pub(crate) kept: BTreeMap<String, Kept>,
    /// What was kept, by its hash.
    pub(crate) bodies: BTreeMap<String, Vec<u8>>,
    pub(crate) outcomes: Vec<Outcome>,
    /// How many outcomes came at once, in order.
    pub(crate) batches: Vec<usize>,
    /// The places that were asked about and had not changed, in order.
    pub(crate) seen_again: Vec<String>,
    /// Whether it fails instead of taking outcomes.
    pub(crate) refuses: bool,
}

impl MemoryIntake {
    /// The identifiers of the records it took, in order.
    pub(crate) fn identifiers(&self) -> Vec<&str> {
        let records = self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Record(record, _) => Some(record.id.identifier.as_str()),
            Outcome::Rejected { .. } | Outcome::Duplicate(_) | Outcome::Deleted(_) => None,
        });
        records.collect()
    }

    /// What was rejected or came twice, in order.
    pub(crate) fn problems(&self) -> Vec<String> {
        let problems = self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Rejected { problem, .. } | Outcome::Duplicate(problem) => Some(problem.to_string()),
            Outcome::Record(..) | Outcome::Deleted(_) => None,
        });
        problems.collect()
    }
}

#[async_trait]
impl Intake for MemoryIntake {
    async fn kept(&mut self, place: &str) -> Result<Option<Kept>, IntakeError> {
        Ok(self.kept.get(place).cloned())
    }

    async fn kept_body(&mut self, hash: &PayloadHash) -> Result<Vec<u8>, IntakeError> {
        self.bodies.get(&hash.0).cloned().ok_or_else(|| IntakeError("there is no such payload".into()))
    }

    fn seen_again(&mut self, place: &str) {
        self.seen_again.push(place.to_owned());
    }

    async fn keep(&mut self, payload: Payload) -> Result<(), IntakeError> {
        let Payload { place, validators, content_type, hash, body } = payload;
        self.bodies.insert(hash.0.clone(), Vec::clone(&body));
        self.kept.insert(place, Kept { validators, content_type, hash, at: now() });
        Ok(())
    }

    async fn take(&mut self, batch: Vec<Outcome>) -> Result<(), IntakeError> {
        assert!((1..=BATCH).contains(&batch.len()), "a batch of {}", batch.len());
        self.batches.push(batch.len());
        if self.refuses {
            return Err(IntakeError("the disk is full".into()));
        }
        self.outcomes.extend(batch);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), IntakeError> {
        Ok(())
    }
}

/// What came of a harvest.
pub(crate) struct Harvested {
    pub(crate) report: Report,
    pub(crate) ending: Result<Ending, HarvestError>,
    pub(crate) intake: MemoryIntake,
}

/// Harvests a source that is one file with this content.
pub(crate) async fn harvest_file(source: &Source, body: &[u8]) -> Harvested {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let schemas::Location::File(name) = &source.location else { panic!("{:?} is no file", source.location) };
    std::fs::write(folder.path().join(name), body).expect("it can be written");
    let files = SourceFiles::Folder { sources: folder.path().to_owned(), data: None };
    harvest_all(source, &ScriptedFetcher::new(), &files).await
}

/// Harvests a source from a site in memory.
pub(crate) async fn harvest_site(source: &Source, site: &ScriptedFetcher) -> Harvested {
    harvest_all(source, site, &SourceFiles::Shipped).await
}

async fn harvest_all(source: &Source, site: &ScriptedFetcher, files: &SourceFiles) -> Harvested {
    let outside = Outside { fetch: site, files, progress: &|_| (), raw: &|_| () };
    let mut intake = MemoryIntake::default();
    let (report, ending) = harvest(source, &outside, &manner(Freshness::MustMap), &mut intake).await;
    let accepted = u64::try_from(intake.identifiers().len()).expect("a small number");
    assert_eq!(report.accepted(), accepted, "the counts add up: {report:?}");
    assert_eq!(report.read, accepted + report.rejected + report.duplicate + report.deleted, "{report:?}");
    Harvested { report, ending, intake }
}

/// Harvests a source from a site in memory into an intake that may remember an earlier run.
pub(crate) async fn harvest_with(
    source: &Source,
    site: &dyn Fetch,
    freshness: Freshness,
    intake: &mut MemoryIntake,
) -> (Report, Result<Ending, HarvestError>) {
    let outside = Outside { fetch: site, files: &SourceFiles::Shipped, progress: &|_| (), raw: &|_| () };
    harvest(source, &outside, &manner(freshness), intake).await
}

/// Documents that were sent to us, or kept by earlier runs.
struct Given(VecDeque<Payload>);

#[async_trait]
impl Documents for Given {
    async fn next(&mut self) -> Result<Option<Payload>, IntakeError> {
        Ok(self.0.pop_front())
    }
}

/// Reads documents that are here already, each given by its place and its body, in this order.
pub(crate) async fn read_given(source: &Source, repeats: Repeats, documents: Vec<(String, String)>) -> Harvested {
    let payloads = documents.into_iter().map(|(place, body)| Payload {
        place,
        validators: Validators::default(),
        content_type: None,
        hash: PayloadHash::of(body.as_bytes()),
        body: Arc::new(body.into_bytes()),
    });
    let mut given = Given(payloads.collect());
    let site = ScriptedFetcher::new();
    let outside = Outside { fetch: &site, files: &SourceFiles::Shipped, progress: &|_| (), raw: &|_| () };
    let (mut intake, manner) = (MemoryIntake::default(), manner(Freshness::MustMap));
    let (report, ending) = read_documents(source, &mut given, repeats, &outside, &manner, &mut intake).await;
    Harvested { report, ending, intake }
}

//! A harvest of one document or a site in memory, and all that comes of it, as any user of the crawler could have it.

use async_trait::async_trait;
use crawler::fetch::{Fetch, ScriptedFetcher};
use crawler::{
    Ending, HarvestError, Intake, IntakeError, Kept, Manner, Outcome, Outside, Payload, Report, SourceFiles, harvest,
};
use schemas::{PayloadHash, Problem, Record, Source};

/// When every harvest begins: in a year that no case names, so that a record that says it has not got it from there.
const NOW: &str = "2087-06-05T04:03:02Z";

/// What came of a harvest, each list in the order in which it came.
pub(super) struct Harvested {
    pub(super) report: Report,
    pub(super) ending: Result<Ending, HarvestError>,
    pub(super) records: Vec<Record>,
    /// What was rejected, what came twice, and what was not understood of the records; the severity tells them apart.
    pub(super) problems: Vec<Problem>,
    /// The identifiers that the source says are no more.
    pub(super) deleted: Vec<String>,
}

/// Takes everything into memory, and remembers nothing of an earlier run.
#[derive(Default)]
struct Collected {
    outcomes: Vec<Outcome>,
}

#[async_trait]
impl Intake for Collected {
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
        self.outcomes.extend(batch);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), IntakeError> {
        Ok(())
    }
}

/// A source of the given kind, place and mapping, with the rest of its file as any has it.
pub(super) fn source(rest: &str) -> Source {
    let head = r#"
id = "example"
name = "Example"
organisation = "Example Society"
homepage = "https://example.org/"
"#;
    Source::parse("example.toml", &format!("{head}{rest}")).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

/// Harvests a source from a site in memory, and waits for it.
pub(super) fn harvest_now(source: &Source, site: &ScriptedFetcher) -> Harvested {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be made");
    runtime.block_on(harvest_site(source, site))
}

/// Harvests a source from a site, in memory as a rule.
pub(super) async fn harvest_site(source: &Source, site: &dyn Fetch) -> Harvested {
    let outside = Outside { fetch: site, files: &SourceFiles::Shipped, progress: &|_| (), raw: &|_| () };
    let manner = Manner::afresh(NOW.parse().expect("a time"));
    let mut intake = Collected::default();
    let (report, ending) = harvest(source, &outside, &manner, &mut intake).await;
    let mut harvested = Harvested { report, ending, records: Vec::new(), problems: Vec::new(), deleted: Vec::new() };
    for outcome in intake.outcomes {
        match outcome {
            Outcome::Record(record, problems) => {
                harvested.records.push(*record);
                harvested.problems.extend(problems);
            }
            Outcome::Rejected { problem, .. } | Outcome::Duplicate(problem) => harvested.problems.push(problem),
            Outcome::Deleted(identifier) => harvested.deleted.push(identifier),
        }
    }
    harvested
}

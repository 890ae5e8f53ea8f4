//! Harvest: a source in, outcomes out. The whole pipeline, in order.
//!
//! ```text
//! kinds::read       a payload from outside, kept as it came, taken apart into raw records
//! Run::record       raw record -> map_record (mapping, normalising) -> a record with problems, or a problem
//!                   infer what it does not state
//!                   an identifier that came before in this run -> a duplicate
//! Run::hand_over    batches of outcomes -> the intake
//! ```
//!
//! Nothing grows with the source but three hashes of eight bytes for each record. What becomes of a record after it was
//! handed over, and what an absent one means, is left to the store.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::mem;
use std::time::Duration;

use jiff::Timestamp;
use schemas::{CanonicalUrl, Location, Metadata, Problem, Source, TargetField, normalise_label, parse_address};
use tokio::time::Instant;

use crate::error::HarvestError;
use crate::fetch::Fetch;
use crate::files::SourceFiles;
use crate::infer::infer;
use crate::intake::{BATCH, Documents, Intake, Outcome};
use crate::kinds;
use crate::map::{Refusal, map_record};
use crate::raw::RawRecord;
use crate::report::Report;

/// Raised when reading, mapping, normalising or inferring changes, so that the store has every source mapped anew.
pub const PIPELINE_VERSION: u32 = 3;

/// What was read is handed over after so long, be it little: at a page a second a crash must not cost many minutes.
const HAND_OVER_AFTER: Duration = Duration::from_secs(10);

/// What a harvest reaches beyond its own memory.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    /// The way to the network.
    pub fetch: &'a dyn Fetch,
    /// The files of sources.
    pub files: &'a SourceFiles,
    /// Is told how many outcomes there are so far, after each of them.
    pub progress: &'a (dyn Fn(u64) + Send + Sync),
    /// Is shown each raw record before it is mapped; for those who write a mapping.
    pub raw: &'a (dyn Fn(&RawRecord) + Send + Sync),
}

/// Whether a run may end early because nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// When the one document of a source is still the one that was kept, the run ends with [`Ending::NotModified`].
    ///
    /// Right only when the last run was [`Ending::Complete`] (or [`Ending::NotModified`] after such a one) with the
    /// same source file and the same [`PIPELINE_VERSION`]. A document is kept before it is read, so after a run that
    /// failed or was cut short "not modified" would pass over what that run never handed over.
    MayStop,
    /// What was kept is mapped anew, changed or not.
    MustMap,
}

/// How a run goes about its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manner {
    /// Whether it may end early.
    pub freshness: Freshness,
    /// What was kept since then is not asked for again: a run that broke off goes on where it stood.
    pub kept_since: Option<Timestamp>,
    /// [`Report::memory`] of the last ok run over this source.
    pub memory: Option<String>,
    /// When the run began.
    pub now: Timestamp,
}

impl Manner {
    /// A run that knows nothing of an earlier one.
    pub fn afresh(now: Timestamp) -> Self {
        Self { freshness: Freshness::MustMap, kept_since: None, memory: None, now }
    }
}

/// What an identifier means that came before in the same run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// The source says the same thing twice.
    Count,
    /// An older payload says what a newer one has said already; it is passed over without a word.
    PassOver,
}

/// How a run ended that was not ended by an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Everything that the source lists was read. Only this run says that a record is missing.
    Complete,
    /// Everything was read that has changed since an earlier run; what did not come is not absent.
    Update,
    /// The source was asked for what has changed since an earlier run, and said itself that there is nothing. Nothing
    /// was handed over.
    NothingNew,
    /// All is as the last run found it, and nothing was handed over.
    NotModified,
    /// Something was read, but not all.
    Partial {
        /// Why: `max-records`, `max-pages`, `pagination-loop`, or a sentence.
        reason: String,
    },
}

impl Ending {
    /// An end before the end. Outside text in the reason is cut and put on one line.
    pub(crate) fn partial(reason: impl fmt::Display) -> Self {
        Self::Partial { reason: Problem::rejected("", None, reason).reason }
    }
}

/// Reads a source from beginning to end and hands over what it says.
///
/// The report counts what was read even when the run ends with an error, and what was read before an error is handed
/// over: only the caller knows whether it has use for it. "Nothing accepted" is no error here, "nothing read" is one,
/// unless the source itself has said that nothing has changed.
///
/// # Errors
/// When the first document cannot be had or is nothing that the source's kind reads, when there is nothing in it, and
/// when the store fails.
pub async fn harvest(
    source: &Source,
    outside: &Outside<'_>,
    manner: &Manner,
    intake: &mut dyn Intake,
) -> (Report, Result<Ending, HarvestError>) {
    let mut run = Run::begin(source, outside, manner, Repeats::Count, intake);
    // Boxed once: what all kinds together hold while they wait is large, and would be part of every caller's future.
    let read = Box::pin(kinds::read(&mut run)).await;
    let ending = run.finish(read).await;
    (run.report, ending)
}

/// Reads documents that are here already, as the kind of the source reads them. Nobody is asked, and nothing is kept.
///
/// Ends with [`Ending::Complete`] when each of them was read to its end.
///
/// # Errors
/// When a document is nothing that the source's kind reads, when there is nothing in any, and when the store fails.
pub async fn read_documents(
    source: &Source,
    documents: &mut dyn Documents,
    repeats: Repeats,
    outside: &Outside<'_>,
    manner: &Manner,
    intake: &mut dyn Intake,
) -> (Report, Result<Ending, HarvestError>) {
    let mut run = Run::begin(source, outside, manner, repeats, intake);
    let read = Box::pin(kinds::read_documents(&mut run, documents)).await;
    let ending = run.finish(read).await;
    (run.report, ending)
}

/// One run, as the kinds see it: documents come out of it (see `kinds`), records and problems go into it.
pub(crate) struct Run<'a> {
    pub(crate) source: &'a Source,
    pub(crate) outside: &'a Outside<'a>,
    pub(crate) manner: &'a Manner,
    repeats: Repeats,
    pub(crate) intake: &'a mut dyn Intake,
    pub(crate) report: Report,
    /// What goes by each identifier that came, all of it as hashes.
    seen_identifiers: HashMap<u64, Gist>,
    /// The addresses that came, as hashes.
    seen_addresses: HashSet<u64>,
    batch: Vec<Outcome>,
    /// When something was last handed over.
    handed_over: Instant,
    /// What is to be said of the whole payload; it goes with the first record that is accepted.
    remarks: Vec<Problem>,
}

impl<'a> Run<'a> {
    fn begin(
        source: &'a Source,
        outside: &'a Outside<'a>,
        manner: &'a Manner,
        repeats: Repeats,
        intake: &'a mut dyn Intake,
    ) -> Self {
        Self {
            source,
            outside,
            manner,
            repeats,
            intake,
            report: Report::default(),
            seen_identifiers: HashMap::new(),
            seen_addresses: HashSet::new(),
            batch: Vec::new(),
            handed_over: Instant::now(),
            remarks: Vec::new(),
        }
    }
}

impl Run<'_> {
    /// Maps a raw record and hands over what became of it.
    pub(crate) async fn record(&mut self, raw: &RawRecord) -> Result<(), HarvestError> {
        (self.outside.raw)(raw);
        let outcome = match map_record(raw, self.source) {
            Err(Refusal { problem, identifier }) => Outcome::Rejected { problem, identifier },
            Ok((mut record, mut problems)) => {
                infer(&mut record.metadata, self.source);
                let identifier = &record.id.identifier;
                let gist = Gist::of(&record.metadata);
                match self.came_before(identifier, gist) {
                    None => {
                        problems.extend(self.second_identifier(identifier, &record.metadata, &raw.place));
                        problems.append(&mut self.remarks);
                        Outcome::Record(Box::new(record), problems)
                    }
                    Some(_) if self.repeats == Repeats::PassOver => return Ok(()),
                    Some(before) => duplicate(identifier, gist, before, &raw.place),
                }
            }
        };
        self.add(outcome).await
    }

    /// Hands over that the source itself says of a record that it is no more.
    pub(crate) async fn deleted(&mut self, identifier: &str, place: &str) -> Result<(), HarvestError> {
        if identifier.contains('\0') {
            // No record has one, and PostgreSQL would refuse all that is written with it.
            let problem = Problem::rejected(place, Some("identifier"), "an identifier with a NUL in it");
            return self.problem(problem).await;
        }
        match self.came_before(identifier, Gist::NOTHING) {
            None => self.add(Outcome::Deleted(identifier.to_owned())).await,
            Some(_) if self.repeats == Repeats::PassOver => Ok(()),
            Some(before) => self.add(duplicate(identifier, Gist::NOTHING, before, place)).await,
        }
    }

    /// What went by this identifier before in this run. What comes first stays.
    fn came_before(&mut self, identifier: &str, gist: Gist) -> Option<Gist> {
        match self.seen_identifiers.entry(short_hash(identifier)) {
            Entry::Occupied(before) => Some(*before.get()),
            Entry::Vacant(free) => {
                free.insert(gist);
                None
            }
        }
    }

    /// A warning for a record at the address of another one before it in this run. The address must be its own: what a
    /// whole catalogue has by default, or its front page, says nothing of one record.
    fn second_identifier(&mut self, identifier: &str, metadata: &Metadata, place: &str) -> Option<Problem> {
        let address = canonical(metadata.url.as_deref()?)?;
        if self.seen_addresses.insert(short_hash(address.as_str())) {
            return None;
        }
        let defaults = self.source.defaults.get(&TargetField::Url).into_iter().flatten().map(String::as_str);
        let mut of_all = defaults.chain([self.source.homepage.as_str()]).filter_map(canonical);
        if of_all.any(|of_all| of_all == address) {
            return None;
        }
        let reason = format!(
            "`{identifier}` has the address of a record before it; unless many share it, they are one resource"
        );
        Some(Problem::warning(place, Some("identifier"), reason))
    }

    /// Says something of the whole payload. It counts as no record.
    pub(crate) fn remark(&mut self, problem: Problem) {
        self.remarks.push(problem);
    }

    /// Hands over a problem with a place where a record should have been.
    pub(crate) async fn problem(&mut self, problem: Problem) -> Result<(), HarvestError> {
        self.add(Outcome::Rejected { problem, identifier: None }).await
    }

    /// Hands over a problem with a record that is there and cannot be read today.
    pub(crate) async fn problem_with(&mut self, identifier: &str, problem: Problem) -> Result<(), HarvestError> {
        let identifier = Some(identifier).filter(|identifier| !identifier.contains('\0'));
        self.add(Outcome::Rejected { problem, identifier: identifier.map(str::to_owned) }).await
    }

    /// The end of the run, when it has read as many records as its source allows. To be asked before each record.
    pub(crate) fn enough_records(&self) -> Option<Ending> {
        let enough = self.report.read >= self.source.limits.max_records;
        enough.then(|| Ending::partial("max-records"))
    }

    /// The end of the run, when it has read as many pages as its source allows. To be asked before each page.
    pub(crate) fn enough_pages(&self) -> Option<Ending> {
        let enough = self.report.pages >= self.source.limits.max_pages;
        enough.then(|| Ending::partial("max-pages"))
    }

    async fn add(&mut self, outcome: Outcome) -> Result<(), HarvestError> {
        self.report.add(&outcome);
        (self.outside.progress)(self.report.read);
        self.batch.push(outcome);
        if self.batch.len() >= BATCH || self.handed_over.elapsed() >= HAND_OVER_AFTER {
            self.hand_over().await?;
        }
        Ok(())
    }

    async fn hand_over(&mut self) -> Result<(), HarvestError> {
        self.handed_over = Instant::now();
        if !self.batch.is_empty() {
            self.intake.take(mem::take(&mut self.batch)).await?;
        }
        Ok(())
    }

    async fn finish(&mut self, read: Result<Ending, HarvestError>) -> Result<Ending, HarvestError> {
        if matches!(read, Err(HarvestError::Intake(_))) {
            return read;
        }
        self.hand_over().await?;
        self.intake.flush().await?;
        let ending = read?;
        let is_told = matches!(ending, Ending::NotModified | Ending::NothingNew);
        if self.report.read == 0 && !is_told && self.repeats != Repeats::PassOver {
            return Err(HarvestError::unreadable(place_of(&self.source.location), "no records"));
        }
        Ok(ending)
    }
}

/// What a record is called and where it is, as four bytes of a hash each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gist {
    title: u32,
    address: u32,
}

impl Gist {
    /// Of what was deleted, nothing is known.
    const NOTHING: Self = Self { title: 0, address: 0 };

    /// What has no address is told apart by its title alone.
    fn of(metadata: &Metadata) -> Self {
        let label = normalise_label(&metadata.title);
        let address = metadata.url.as_deref().and_then(canonical);
        Self { title: half_hash(&label), address: half_hash(address.as_ref().map_or(&label, CanonicalUrl::as_str)) }
    }

    /// Whether two records are different things: neither their titles nor their addresses are the same.
    fn is_another(self, other: Self) -> bool {
        let both_are_known = self != Self::NOTHING && other != Self::NOTHING;
        both_are_known && self.title != other.title && self.address != other.address
    }
}

fn canonical(address: &str) -> Option<CanonicalUrl> {
    parse_address(address).ok().map(|url| CanonicalUrl::of(&url))
}

fn duplicate(identifier: &str, gist: Gist, before: Gist, place: &str) -> Outcome {
    let of = if gist.is_another(before) { " for another thing; the first one counts" } else { "" };
    let reason = format!("`{identifier}` came before in this run{of}");
    Outcome::Duplicate(Problem::warning(place, Some("identifier"), reason))
}

/// How a location is named in payloads and messages: the address, or `file:NAME`.
pub(crate) fn place_of(location: &Location) -> String {
    match location {
        Location::Url(address) => address.clone(),
        Location::File(name) => format!("file:{name}"),
        Location::Pushed => "pushed".to_owned(),
    }
}

/// Enough to tell the records of one run apart: among ten million, two clash with a chance of one in 370,000.
pub(crate) fn short_hash(text: &str) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

/// Enough to tell two things apart whose identifier is the same.
fn half_hash(text: &str) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..4]);
    u32::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::fetch::ScriptedFetcher;
    use crate::testing::{MemoryIntake, TABLE, harvest_file, manner, source};

    fn rows(ids: impl Iterator<Item = u32>) -> String {
        let mut text = "id,title,url\n".to_owned();
        text.extend(ids.map(|id| format!("{id},Title {id},https://example.org/{id}\n")));
        text
    }

    #[tokio::test]
    async fn outcomes_are_handed_over_in_batches_and_in_order() {
        let done = harvest_file(&source(TABLE), rows(1..=1_050).as_bytes()).await;
        assert_eq!(done.ending.expect("it is whole"), Ending::Complete);
        assert_eq!(done.intake.batches, [BATCH, BATCH, 50]);
        assert_eq!(done.intake.identifiers()[1_049], "1050");
    }

    #[tokio::test]
    async fn an_identifier_that_came_before_is_a_duplicate() {
        let done = harvest_file(&source(TABLE), rows([1, 2, 1].into_iter()).as_bytes()).await;
        assert_eq!((done.report.read, done.report.accepted(), done.report.duplicate), (3, 2, 1));
        assert_eq!(done.intake.problems(), ["row 4: identifier: `1` came before in this run"]);
    }

    #[tokio::test]
    async fn an_identifier_of_two_things_is_told_apart_from_one_that_came_twice() {
        let rows = "id,title,url\n1,Tides,https://example.org/tides\n1,Tides!,https://example.org/moved\n\
                    1,Waves,https://example.org/tides/\n1,Waves,https://example.org/waves\n";
        let done = harvest_file(&source(TABLE), rows.as_bytes()).await;
        let told = [
            "row 3: identifier: `1` came before in this run",
            "row 4: identifier: `1` came before in this run",
            "row 5: identifier: `1` came before in this run for another thing; the first one counts",
        ];
        assert_eq!(done.intake.problems(), told);
    }

    #[tokio::test]
    async fn two_identifiers_of_one_address_are_told() {
        let rows = "id,title,url\n1,Tides,https://example.org/tides\n2,High water,http://example.org/tides/?utm_source=x\n\
                    3,Waves,https://example.org/\n4,Rocks,https://example.org/\n";
        let done = harvest_file(&source(TABLE), rows.as_bytes()).await;
        let told: Vec<String> = done
            .intake
            .outcomes
            .iter()
            .flat_map(|outcome| match outcome {
                Outcome::Record(_, problems) => problems.clone(),
                Outcome::Rejected { .. } | Outcome::Duplicate(_) | Outcome::Deleted(_) => Vec::new(),
            })
            .map(|problem| problem.to_string())
            .collect();
        assert_eq!(
            told,
            [
                "row 3: identifier: `2` has the address of a record before it; unless many share it, they are one resource"
            ],
            "the front page of a source is nobody's own"
        );
        assert_eq!(done.report.accepted(), 4);
    }

    #[tokio::test]
    async fn a_run_stops_at_max_records_and_says_so_only_when_there_are_more() {
        let source = source(&format!("{TABLE}\n[limits]\nmax_records = 3\n"));
        let all = harvest_file(&source, rows(1..=3).as_bytes()).await;
        assert_eq!(all.ending.expect("three are allowed"), Ending::Complete);
        let more = harvest_file(&source, rows(1..=4).as_bytes()).await;
        assert_eq!(more.ending.expect("three are allowed"), Ending::partial("max-records"));
        assert_eq!(more.report.read, 3);
    }

    #[tokio::test]
    async fn a_source_that_says_nothing_is_an_error() {
        let done = harvest_file(&source(TABLE), b"id,title,url\n").await;
        assert_eq!(done.ending.expect_err("nothing is in it").to_string(), "file:records.csv: no records");
    }

    #[tokio::test]
    async fn an_unchanged_document_stops_the_run_or_is_mapped_anew() {
        let source = source(TABLE);
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("records.csv"), rows(1..=2)).expect("it can be written");
        let files = SourceFiles::Folder { sources: folder.path().to_owned(), data: None };
        let fetch = ScriptedFetcher::new();
        let told = AtomicU64::new(0);
        let outside = Outside {
            fetch: &fetch,
            files: &files,
            progress: &|read| told.store(read, Ordering::Relaxed),
            raw: &|_| (),
        };
        let mut intake = MemoryIntake::default();

        let (first, _) = harvest(&source, &outside, &manner(Freshness::MayStop), &mut intake).await;
        assert_eq!((first.read, first.unchanged_pages, told.load(Ordering::Relaxed)), (2, 0, 2));

        let (second, ending) = harvest(&source, &outside, &manner(Freshness::MayStop), &mut intake).await;
        assert_eq!(ending.expect("nothing is wrong"), Ending::NotModified);
        assert_eq!((second.read, second.unchanged_pages), (0, 1));

        let (third, ending) = harvest(&source, &outside, &manner(Freshness::MustMap), &mut intake).await;
        assert_eq!(ending.expect("nothing is wrong"), Ending::Complete);
        assert_eq!((third.read, third.unchanged_pages), (2, 1));
    }

    #[tokio::test]
    async fn a_store_that_refuses_ends_the_run() {
        let source = source(TABLE);
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("records.csv"), rows(1..=900)).expect("it can be written");
        let files = SourceFiles::Folder { sources: folder.path().to_owned(), data: None };
        let fetch = ScriptedFetcher::new();
        let outside = Outside { fetch: &fetch, files: &files, progress: &|_| (), raw: &|_| () };
        let mut intake = MemoryIntake { refuses: true, ..MemoryIntake::default() };
        let (_, ending) = harvest(&source, &outside, &manner(Freshness::MustMap), &mut intake).await;
        assert!(matches!(ending, Err(HarvestError::Intake(_))), "{ending:?}");
        assert_eq!(intake.batches, [BATCH], "asked once, and not again after it failed");
    }
}

//! Intake: where a harvest hands its records to the store.
//!
//! One batch is one transaction: its records, the resources they change, the change log, its problems and its counts
//! are written together or not at all. A record that says the same as before costs no write.

use std::collections::{HashMap, HashSet};
use std::mem;

use async_trait::async_trait;
use crawler::{Intake, IntakeError, Kept, Outcome, Payload};
use schemas::{Metadata, PayloadHash, Problem, Record, Source, SourceId, SourceKind};
use tokio::task::JoinHandle;

use super::Catalogue;
use super::columns::stamp;
use super::error::CatalogueError;
use super::harvests::{HarvestCounts, HarvestManner, add_counts, add_problems};
use super::held::forget_held;
use super::payloads::confirm_payloads;
use super::placement::{Placing, place_records, scatter_crowds};
use super::records::{Arrival, Known, RecordState, RecordWrite, Said, bring_back, known_records, write_records};
use super::resolve::resource_key;
use super::runs::require_running;
use super::settle::{Settlement, settle};
use super::undo::{keep_before, note_brought};
use crate::clock::Clock;

/// Takes in what one run over one source reads.
#[derive(Debug)]
pub struct CatalogueIntake {
    pub(super) catalogue: Catalogue,
    pub(super) source: SourceId,
    pub(super) harvest: String,
    pub(super) clock: Clock,
    counts: HarvestCounts,
    /// A hash of every identifier the run has seen, eight bytes each: a million of them fit everywhere. Among a million,
    /// one may share its hash with an absent one once in millions of runs; its absence then goes unseen.
    pub(super) seen: HashSet<u64>,
    /// What the source says is no more. It goes at the end of an ok run, if that is not too much at once.
    pub(super) deleted: HashSet<String>,
    /// Places whose payload has not changed, to be written down with the next batch.
    seen_again: Vec<String>,
    /// When the source said what comes.
    said: Said,
    /// Whether its records are pages, whose last change stands in the list that they were found by.
    is_of_sitemap: bool,
    /// The batch that is being written, while the next is read.
    under_way: Option<JoinHandle<Result<Written, CatalogueError>>>,
}

/// A batch that was written.
#[derive(Debug)]
struct Written {
    batch: Batch,
    counts: HarvestCounts,
}

/// What writing a batch needs to know of its run.
#[derive(Debug)]
struct BatchWriter {
    catalogue: Catalogue,
    source: SourceId,
    harvest: String,
    clock: Clock,
    said: Said,
}

impl Catalogue {
    /// An intake for a run that has been started. Each batch bears the time at which it was written.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no run has; otherwise when the store cannot be read.
    pub async fn intake(
        &self,
        source: &Source,
        harvest_id: &str,
        clock: Clock,
    ) -> Result<CatalogueIntake, CatalogueError> {
        let harvest = self.harvest(harvest_id).await?.ok_or_else(|| CatalogueError::no_such("harvest", harvest_id))?;
        let said = match harvest.manner {
            HarvestManner::Harvest | HarvestManner::Push | HarvestManner::PushAll => Said::Now,
            HarvestManner::Replay => Said::Before,
        };
        Ok(CatalogueIntake {
            catalogue: self.clone(),
            source: source.id.clone(),
            harvest: harvest.id.clone(),
            clock,
            counts: HarvestCounts::default(),
            seen: HashSet::new(),
            deleted: HashSet::new(),
            seen_again: Vec::new(),
            said,
            is_of_sitemap: matches!(source.kind, SourceKind::Sitemap(_)),
            under_way: None,
        })
    }
}

impl CatalogueIntake {
    /// What was taken in and written so far; all of it after a flush.
    pub fn counts(&self) -> HarvestCounts {
        self.counts
    }

    /// Gives records the day of their last change that stands in the store, where what is kept of them says none: it came
    /// from the list that they were found by, a sitemap, and that is not read again.
    async fn with_listed_days(&self, mut outcomes: Vec<Outcome>) -> Result<Vec<Outcome>, CatalogueError> {
        let mut dateless: HashMap<String, &mut Metadata> = HashMap::new();
        for outcome in &mut outcomes {
            if let Outcome::Record(record, _) = outcome
                && record.metadata.date_modified.is_none()
            {
                let Record { id, metadata, .. } = &mut **record;
                dateless.insert(id.identifier.clone(), metadata);
            }
        }
        let identifiers: Vec<String> = dateless.keys().cloned().collect();
        for (identifier, stored) in self.catalogue.metadata_of(&self.source, &identifiers).await? {
            if let Some(metadata) = dateless.get_mut(&identifier) {
                metadata.date_modified = stored.date_modified;
            }
        }
        Ok(outcomes)
    }

    /// Waits for the batch that is being written. Only what is committed counts: one that failed may come again.
    pub(super) async fn finish_writing(&mut self) -> Result<(), CatalogueError> {
        let Some(writing) = &mut self.under_way else { return Ok(()) };
        // It stays under way until it has ended: who stops waiting at a deadline asks again what came of it.
        let ended = writing.await;
        self.under_way = None;
        let written = ended.map_err(|broken_off| {
            CatalogueError::stored("harvest", &self.harvest, format!("writing a batch broke off: {broken_off}"))
        })??;
        self.counts += written.counts;
        self.seen.extend(written.batch.identifiers().into_iter().map(seen_hash));
        self.deleted.extend(written.batch.deleted);
        Ok(())
    }
}

impl BatchWriter {
    /// Writes a batch, and that these places have not changed, and says what it counted.
    async fn write(&self, batch: &Batch, seen_again: &[String]) -> Result<HarvestCounts, CatalogueError> {
        let mut tx = self.catalogue.begin_write().await?;
        require_running(&mut tx, &self.harvest).await?;
        let at = stamp(self.clock.now());
        let known = known_records(&mut tx, &self.source, &batch.identifiers()).await?;
        let mut counts = batch.counts;
        let mut settlement = Settlement::default();

        let mut placing: Vec<Placing<'_>> = Vec::new();
        let (mut brought, mut changing, mut back): (Vec<&str>, Vec<&str>, Vec<&str>) = Default::default();
        for arrival in &batch.arrivals {
            let identifier = arrival.record.id.identifier.as_str();
            let stored = known.get(identifier);
            match what_is_new(arrival, stored, self.said) {
                News::Nothing => counts.unchanged += 1,
                News::Back => {
                    counts.unchanged += 1;
                    back.push(identifier);
                }
                News::Changed => {
                    counts.changed += 1;
                    changing.push(identifier);
                    placing.push((arrival, stored));
                }
                News::Created => {
                    counts.created += 1;
                    brought.push(identifier);
                    placing.push((arrival, stored));
                }
            }
        }
        let is_missing = |identifier: &&str| known.get(*identifier).is_some_and(|it| it.state == RecordState::Missing);
        if self.said == Said::Now {
            back.extend(batch.unreadable.iter().map(String::as_str).filter(is_missing));
        }
        changing.extend_from_slice(&back);
        note_brought(&mut tx, &self.harvest, &self.source, &brought).await?;
        keep_before(&mut tx, &self.harvest, &self.source, &changing).await?;
        let places = place_records(&mut tx, &placing, &mut settlement).await?;
        let writes: Vec<RecordWrite<'_>> = placing
            .iter()
            .zip(places)
            .map(|((arrival, known), place)| RecordWrite { arrival, known: *known, place })
            .collect();
        write_records(&mut tx, &self.source, &writes, self.said, &at).await?;
        let crowds = scatter_crowds(&mut tx, &mut settlement).await?;
        bring_back(&mut tx, &self.source, &back).await?;

        settle(&mut tx, &settlement, "its records have moved", &at).await?;
        if self.said == Said::Now {
            forget_held(&mut tx, &self.source, &batch.seen_alive()).await?;
        }
        confirm_payloads(&mut tx, &self.source, seen_again, &at).await?;
        add_problems(&mut tx, &self.harvest, &batch.problems).await?;
        add_problems(&mut tx, &self.harvest, &crowds).await?;
        add_counts(&mut tx, &self.harvest, counts).await?;
        tx.commit().await?;
        Ok(counts)
    }
}

/// What a record that came in brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// It says what it said before, or is gone and has only been read again.
    Nothing,
    /// It was missing and is there again, saying the same.
    Back,
    /// It says something else, or had been given up.
    Changed,
    /// Nobody knew it.
    Created,
}

fn what_is_new(arrival: &Arrival, known: Option<&Known>, said: Said) -> News {
    let Some(known) = known else {
        return News::Created;
    };
    match (known.state, said) {
        (RecordState::Withdrawn | RecordState::Deleted, Said::Now) => News::Changed,
        (RecordState::Live | RecordState::Missing, _) if known.content_hash != arrival.content_hash => News::Changed,
        (RecordState::Missing, Said::Now) => News::Back,
        (RecordState::Live, Said::Now) | (_, Said::Before) => News::Nothing,
    }
}

/// A batch of outcomes, sorted by what is to be done with them.
#[derive(Debug, Default)]
struct Batch {
    arrivals: Vec<Arrival>,
    deleted: Vec<String>,
    /// What is there but cannot be used today. If it is known, its last good state stays.
    unreadable: Vec<String>,
    problems: Vec<Problem>,
    /// What is counted without asking the store.
    counts: HarvestCounts,
}

impl Batch {
    fn of(outcomes: Vec<Outcome>) -> Self {
        let mut batch = Self::default();
        let mut met: HashSet<String> = HashSet::new();
        for outcome in outcomes {
            batch.counts.read += 1;
            match outcome {
                Outcome::Record(record, problems) => {
                    batch.problems.extend(problems);
                    // The harvest tells repeated identifiers as duplicates; one statement cannot write a row twice.
                    if !met.insert(record.id.identifier.clone()) {
                        batch.counts.duplicate += 1;
                        continue;
                    }
                    let (content_hash, key) = (record.content_hash(), resource_key(&record));
                    batch.arrivals.push(Arrival { record: *record, content_hash, key });
                }
                Outcome::Deleted(identifier) => {
                    if !met.insert(identifier.clone()) {
                        batch.counts.duplicate += 1;
                        continue;
                    }
                    batch.counts.deleted += 1;
                    batch.deleted.push(identifier);
                }
                Outcome::Rejected { problem, identifier } => {
                    batch.counts.rejected += 1;
                    batch.problems.push(problem);
                    batch.unreadable.extend(identifier);
                }
                Outcome::Duplicate(problem) => {
                    batch.counts.duplicate += 1;
                    batch.problems.push(problem);
                }
            }
        }
        batch
    }

    /// What is there, whether it could be used or not.
    fn seen_alive(&self) -> Vec<&str> {
        let arrived = self.arrivals.iter().map(|arrival| arrival.record.id.identifier.as_str());
        arrived.chain(self.unreadable.iter().map(String::as_str)).collect()
    }

    /// Every identifier that was seen, whatever became of it.
    fn identifiers(&self) -> Vec<&str> {
        let arrived = self.arrivals.iter().map(|arrival| arrival.record.id.identifier.as_str());
        arrived.chain(self.deleted.iter().chain(&self.unreadable).map(String::as_str)).collect()
    }
}

/// What is remembered of an identifier that was seen.
pub(super) fn seen_hash(identifier: &str) -> u64 {
    let hash = blake3::hash(identifier.as_bytes());
    hash.as_bytes()[..8].iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[async_trait]
impl Intake for CatalogueIntake {
    async fn kept(&mut self, place: &str) -> Result<Option<Kept>, IntakeError> {
        self.catalogue.kept_payload(&self.source, place).await.map_err(refused)
    }

    async fn kept_body(&mut self, hash: &PayloadHash) -> Result<Vec<u8>, IntakeError> {
        self.catalogue.payload_body(hash).await.map_err(refused)
    }

    fn seen_again(&mut self, place: &str) {
        self.seen_again.push(place.to_owned());
    }

    async fn keep(&mut self, payload: Payload) -> Result<(), IntakeError> {
        self.catalogue.keep_payload(&self.source, payload, self.clock.now()).await.map_err(refused)
    }

    async fn take(&mut self, outcomes: Vec<Outcome>) -> Result<(), IntakeError> {
        let outcomes = match self.said {
            Said::Before if self.is_of_sitemap => self.with_listed_days(outcomes).await.map_err(refused)?,
            Said::Now | Said::Before => outcomes,
        };
        let batch = Batch::of(outcomes);
        self.finish_writing().await.map_err(refused)?;
        let writer = BatchWriter {
            catalogue: self.catalogue.clone(),
            source: self.source.clone(),
            harvest: self.harvest.clone(),
            clock: self.clock.clone(),
            said: self.said,
        };
        let seen_again = mem::take(&mut self.seen_again);
        self.under_way = Some(tokio::spawn(async move {
            let counts = writer.write(&batch, &seen_again).await?;
            Ok(Written { batch, counts })
        }));
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), IntakeError> {
        self.finish_writing().await.map_err(refused)
    }
}

fn refused(error: CatalogueError) -> IntakeError {
    IntakeError(Box::new(error))
}

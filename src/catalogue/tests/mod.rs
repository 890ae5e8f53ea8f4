//! The promises of the store of record, seen through what the rest of the program calls.

mod absences; // what happens to records that a run does not see
mod asserting; // where each value comes from, and what lost
mod clocks; // what a clock that jumps does to what is kept
mod curating; // what an admin decided, and what undoes it
mod following; // the change log, while several programs write
mod harvesting; // what a run counts and keeps
mod jobs_and_tokens; // the queue, and who may call the admin API
mod links; // which links are to be asked, and when
mod matching; // which pages read as one
mod pins; // what stands first and last for one search
mod reports; // what is missing, and what stands twice
mod resolving; // which records make one resource, and what becomes of it
mod rolling_back; // what is left of a run that is taken back
mod sessions; // who is signed in to the console
mod store; // opening, sources, and what survives a restart
mod words; // the words that no vocabulary knows

use crawler::{Intake as _, Outcome};
use jiff::{SignedDuration, Timestamp};
use schemas::{Metadata, Record, RecordId, ResourceId, Source};
use tempfile::TempDir;

use super::testing::{fresh_place, is_postgres};
use super::{
    Absences, Catalogue, CatalogueIntake, HarvestCounts, HarvestEnd, HarvestManner, HarvestState, Scope, StorePlace,
};
use crate::clock::Clock;

/// A store in a folder of its own, gone when it is dropped.
struct Store {
    folder: TempDir,
    catalogue: Catalogue,
}

impl Store {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.expect("a store");
        Self { folder, catalogue }
    }

    /// Another program on the same store.
    async fn open_again(&self) -> Catalogue {
        Catalogue::open(self.catalogue.place()).await.expect("the same store")
    }

    /// Every write to this table fails from now on, as on a disk that is full.
    async fn refuse_writes_to(&self, table: &'static str) {
        let statements = if is_postgres() {
            vec![
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$"
                    .to_owned(),
                format!("CREATE TRIGGER refusing BEFORE INSERT ON {table} EXECUTE FUNCTION refuse()"),
            ]
        } else {
            vec![format!(
                "CREATE TRIGGER refusing BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
            )]
        };
        for statement in statements {
            self.tell(&statement).await;
        }
    }

    /// Writes to this table succeed again.
    async fn take_writes_to(&self, table: &'static str) {
        if is_postgres() {
            self.tell(&format!("DROP TRIGGER refusing ON {table}")).await;
            self.tell("DROP FUNCTION refuse()").await;
        } else {
            self.tell("DROP TRIGGER refusing").await;
        }
    }

    /// Says something to the database itself.
    async fn tell(&self, statement: &str) {
        let sql = sqlx::AssertSqlSafe(statement.to_owned());
        sqlx::query(sql).execute(&self.catalogue.writer).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// A store with these sources.
    async fn with(sources: &[&Source]) -> Self {
        let store = Self::open().await;
        for source in sources {
            store.put(source).await;
        }
        store
    }

    async fn put(&self, source: &Source) {
        self.catalogue.put_source(source, "a.toml", "the file", true, true, day(0)).await.expect("a source");
    }

    /// A run up to the point where absences would be judged.
    async fn read(&self, source: &Source, outcomes: Vec<Outcome>, now: Timestamp) -> CatalogueIntake {
        let id = self.catalogue.start_harvest(&source.id, HarvestManner::Harvest, None, now).await.expect("a run");
        let mut intake = self.catalogue.intake(source, &id, at(now)).await.expect("an intake");
        intake.take(outcomes).await.expect("a batch");
        intake.flush().await.expect("it is written");
        intake
    }

    /// A complete run from beginning to end.
    async fn harvest(&self, source: &Source, outcomes: Vec<Outcome>, now: Timestamp) -> (HarvestCounts, Absences) {
        let mut intake = self.read(source, outcomes, now).await;
        let absences = intake.finish_absences(&source.missing, Scope::Everything).await.expect("absences");
        let state = match absences {
            Absences::Applied { .. } => HarvestState::Ok,
            Absences::Held { .. } => HarvestState::Held,
        };
        let harvested_with = (state == HarvestState::Ok).then(|| source.fingerprint.clone());
        let harvest = self.catalogue.last_harvest(&source.id).await.expect("a run").expect("a run");
        let end = HarvestEnd { harvested_with, ..HarvestEnd::new(state, None, intake.counts()) };
        self.catalogue.finish_harvest(&harvest.id, &end, now).await.expect("an end");
        (intake.counts(), absences)
    }

    async fn live(&self) -> Vec<index::Entry> {
        self.catalogue.scan(None, 1_000).await.expect("resources")
    }

    /// The id of the one live resource with this address.
    async fn id_at(&self, url: &str) -> ResourceId {
        let found: Vec<ResourceId> = self
            .live()
            .await
            .into_iter()
            .filter(|entry| entry.resource.url.as_deref() == Some(url))
            .map(|entry| entry.resource.id)
            .collect();
        assert_eq!(found.len(), 1, "resources at {url}");
        found[0].clone()
    }

    async fn head(&self) -> u64 {
        self.catalogue.head_seq().await.expect("a place in the log")
    }

    /// What happened after a place in the log.
    async fn ops_after(&self, seq: u64) -> Vec<&'static str> {
        let changes = self.catalogue.changes_after(seq, 1_000).await.expect("changes");
        changes.iter().map(|change| change.op.name()).collect()
    }
}

/// Nine in the morning, so many days after the first of November.
fn day(number: i64) -> Timestamp {
    let first: Timestamp = "2026-11-01T09:00:00Z".parse().expect("a time");
    first + SignedDuration::from_hours(24 * number)
}

/// A clock that stands still.
fn at(now: Timestamp) -> Clock {
    Clock::from_fn(move || now)
}

fn source(id: &str) -> Source {
    source_with_licence(id, "cc-by-4.0")
}

fn source_with_licence(id: &str, licence: &str) -> Source {
    let toml = format!(
        "id = \"{id}\"\nname = \"Careers of {id}\"\norganisation = \"Society {id}\"\n\
         homepage = \"https://{id}.example/\"\nlicence = \"{licence}\"\nkind = \"json\"\n\
         [where]\nurl = \"https://{id}.example/api\"\n[mapping]\ntitle = \"/title\"\n"
    );
    Source::parse(&format!("{id}.toml"), &toml).expect("a source file")
}

fn says(source: &Source, identifier: &str, metadata: Metadata) -> Outcome {
    let id = RecordId { source: source.id.clone(), identifier: identifier.to_owned() };
    let record = Record { id, metadata, payload: None, place: format!("/{identifier}") };
    Outcome::Record(Box::new(record), Vec::new())
}

/// A record with a title and an address.
fn page(source: &Source, identifier: &str, title: &str, url: &str) -> Outcome {
    says(source, identifier, Metadata { title: title.to_owned(), url: Some(url.to_owned()), ..Metadata::default() })
}

/// So many records of a source, each with an address of its own.
fn pages(source: &Source, numbers: std::ops::Range<u32>) -> Vec<Outcome> {
    let one =
        |number: u32| page(source, &number.to_string(), "A page", &format!("https://{}.example/{number}", source.id));
    numbers.map(one).collect()
}

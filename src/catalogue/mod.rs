//! Catalogue: the store of record. Sources, harvests, records, resources, the change log, jobs and tokens.
//!
//! All SQL is in this folder and nowhere else. What comes in are records and decisions; what comes out are rows, and
//! resources ready to be published. The index is derived from what is here and may be thrown away at any moment.

mod absences;
mod accepted_words;
mod alarms;
mod assertions;
mod audit;
mod backend;
mod changes;
mod checkup;
mod columns;
mod curation;
mod dump;
mod duplicates;
mod error;
mod generations;
mod harvests;
mod held;
mod intake;
mod jobs;
mod leader;
mod leases;
mod lent_tokens;
mod links;
mod matches;
mod moments;
mod nodes;
mod notices;
mod oai;
mod operations;
mod partners;
mod payloads;
mod pins;
mod placement;
mod reconciliation;
mod records;
mod reports;
mod resolve;
mod resolving;
mod resources;
mod retention;
mod runs;
mod schedule;
mod sessions;
mod settle;
mod source_words;
mod sources;
mod store_id;
mod stored_sources;
mod tokens;
mod undo;
mod usage;
mod user_reports;
mod views;
mod words;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use absences::{Absences, Scope};
pub use accepted_words::{AcceptedRow, AcceptedWord, WordsOfSource};
pub use alarms::{AlarmKind, AlarmRow};
pub use audit::AuditRow;
pub use changes::{ChangeOp, ChangeRow, ChangesPage};
pub use checkup::Checkup;
pub use curation::CurateError;
pub use dump::{Origin, Restoring, RowsOfTable, Snapshot, carried_tables};
pub use duplicates::{MOST_RECORDS, SharedCount, SharedReason, SharedReasonKind, SharedRecord, SharedResource};
pub use error::CatalogueError;
pub use generations::{Drift, DriftRow, GenerationRow, GenerationState, NewGeneration};
pub use harvests::{HarvestCounts, HarvestEnd, HarvestManner, HarvestRow, HarvestState, MAX_PROBLEMS_KEPT};
pub use held::{Approval, Approved, HeldCause, HeldRow};
pub use intake::CatalogueIntake;
pub use jobs::{JobKind, JobRow, JobState};
pub use leases::{Hold, JobEnd, MayBegin};
pub use lent_tokens::LentToken;
pub use links::DueLink;
pub use matches::{MatchContribution, MatchRow, MatchedRecord, VERDICTS};
pub use moments::ClockDoubt;
pub use nodes::{NodeRow, NodeWord};
pub use notices::{NewNotice, NoticeRow, UntoldAlarm, UntoldFailure};
pub use oai::{OaiGoingOn, OaiHeader, OaiPage, OaiPart, OaiWalk, SOURCE_SETS, SUBJECT_SETS};
pub use operations::{SourceOfWeek, StoreFacts};
pub use partners::{KEY_MARK, KeyHolder, KeyRow, PartnerDetails, PartnerRow};
pub use payloads::KeptDocuments;
pub use pins::{MOST_PINS, NewPin, PinAction, PinFilter, PinRow, PinState};
pub use reconciliation::{BrokenLink, MergedWith, Reconciliation, RefusedIdentifier};
pub use reports::{AnswerCounts, CompletenessReport, CompletenessTally, IncompleteResource};
pub use resolving::Resolved;
pub use resources::ResourceState;
pub use retention::Forgotten;
pub use runs::LEASE;
pub use schedule::{EndedRun, ScheduleFacts};
pub use sessions::{IDLE_MINUTES, SESSION_HOURS, Session};
pub use source_words::UnmappedOfSource;
pub use sources::{SourceOrigin, SourceRow};
pub use store_id::StoreIdentity;
pub use stored_sources::StoredSource;
pub use tokens::{COMMAND_LINE, Holder, NewToken, Role, TOKEN_MARK, TokenRow};
pub use undo::{RolledBack, WouldRollBack};
pub use usage::{Counted, SHOWN_FROM, UsageFilter, UsageOfDay, UsageSum};
pub use user_reports::{
    NewUserReport, Received, ReportKind, ReportReference, ReportState, UserReportFilter, UserReportRow,
};
pub use views::{
    Density, Font, MOST_VIEWS_OF_A_PARTNER, NewOwner, StandingViews, Theme, ViewDefinition, ViewRow, ViewWriter,
    Written,
};
pub use words::{UnmappedRow, WordExample, WordFilter};

use backend::{Backend, Pool, Transaction};
pub use backend::{Lead, StorePlace, Wake, WakeKind};

/// The store of record. Cheap to clone; all clones share its connections.
#[derive(Debug, Clone)]
pub struct Catalogue {
    reader: Pool,
    writer: Pool,
    backend: Backend,
}

impl Catalogue {
    /// Opens the store at this place, making and migrating it where needed.
    ///
    /// Reads all of a file that is there once, to refuse one that is damaged.
    ///
    /// # Errors
    /// [`CatalogueError::Unusable`] when it cannot be opened, is no database, is damaged, or was written by a newer
    /// program.
    pub async fn open(place: &StorePlace) -> Result<Self, CatalogueError> {
        let backend = backend::open(place).await?;
        Ok(Self { reader: backend.reader.clone(), writer: backend.writer.clone(), backend })
    }

    /// The schema of the store at this place, when it is the one of this program; `None` where there is no store yet.
    /// Nothing is changed: what merely looks asks this before it opens, which migrates.
    ///
    /// # Errors
    /// [`CatalogueError::OtherSchema`] when it is another; otherwise as for [`Catalogue::open`].
    pub async fn found_schema(place: &StorePlace) -> Result<Option<i64>, CatalogueError> {
        backend::found_schema(place).await
    }

    /// The schema that a newer program has given the store since this one opened it; `None` while it is this program's.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn newer_schema(&self) -> Result<Option<i64>, CatalogueError> {
        let found = self.schema_version().await?;
        Ok(Some(found).filter(|found| *found > self.backend.own_schema()))
    }

    /// Takes the store at this place for open before it answers, so that what needs no store can go on;
    /// [`Catalogue::settle`] does the rest once it answers. `None` for a file, which answers or is of no use.
    ///
    /// # Errors
    /// [`CatalogueError::Unusable`] when the place cannot be read.
    pub fn open_unasked(place: &StorePlace) -> Result<Option<Self>, CatalogueError> {
        let opened = backend::open_unasked(place)?;
        Ok(opened.map(|backend| Self { reader: backend.reader.clone(), writer: backend.writer.clone(), backend }))
    }

    /// Migrates a store that was opened unasked, where needed; of any other nothing is left to do.
    ///
    /// # Errors
    /// When it does not answer, and [`CatalogueError::Unusable`] when it is of no use.
    pub async fn settle(&self) -> Result<(), CatalogueError> {
        self.backend.settle().await
    }

    /// Closes every connection, after which a file stands alone. Clones cannot be used any more.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Where it is.
    pub fn place(&self) -> &StorePlace {
        self.backend.place()
    }

    /// Waits for words that other programs on this store write. `None` where there are no other programs: SQLite.
    ///
    /// A word only wakes. What is missed while a connection is lost is found by looking, as without it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn listen(&self) -> Result<Option<Wake>, CatalogueError> {
        self.backend.listen().await
    }

    /// Takes the lead among all programs on this store, which one of them has at a time; `None` while another has it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn try_lead(&self) -> Result<Option<Lead>, CatalogueError> {
        self.backend.try_lead().await
    }

    async fn begin_write(&self) -> Result<Transaction, CatalogueError> {
        self.backend.begin_write().await
    }

    /// Several queries that see the store at one moment.
    async fn begin_read(&self) -> Result<Transaction, CatalogueError> {
        self.backend.begin_read().await
    }
}

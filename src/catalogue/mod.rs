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
mod columns;
mod curation;
mod duplicates;
mod error;
mod harvests;
mod held;
mod intake;
mod jobs;
mod links;
mod matches;
mod oai;
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
mod schedule;
mod settle;
mod source_words;
mod sources;
mod tokens;
mod usage;
mod user_reports;
mod views;
mod words;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use absences::{Absences, Scope};
pub use accepted_words::{AcceptedRow, AcceptedWord, WordsOfSource};
pub use alarms::{AlarmKind, AlarmRow};
pub use audit::AuditRow;
pub use changes::{ChangeOp, ChangeRow, ChangesPage};
pub use curation::CurateError;
pub use duplicates::{MOST_RECORDS, SharedCount, SharedReason, SharedReasonKind, SharedRecord, SharedResource};
pub use error::CatalogueError;
pub use harvests::{HarvestCounts, HarvestEnd, HarvestManner, HarvestRow, HarvestState, LEASE, MAX_PROBLEMS_KEPT};
pub use held::{Approval, Approved, HeldCause, HeldRow};
pub use intake::CatalogueIntake;
pub use jobs::{JobEnd, JobKind, JobRow, JobState};
pub use links::DueLink;
pub use matches::{MatchContribution, MatchRow, MatchedRecord, VERDICTS};
pub use oai::{OaiGoingOn, OaiHeader, OaiPage, OaiPart, OaiWalk, SOURCE_SETS, SUBJECT_SETS};
pub use partners::{KEY_MARK, KeyHolder, KeyRow, PartnerDetails, PartnerRow};
pub use payloads::KeptDocuments;
pub use pins::{MOST_PINS, NewPin, PinAction, PinFilter, PinRow, PinState};
pub use reconciliation::{BrokenLink, MergedWith, Reconciliation, RefusedIdentifier};
pub use reports::{AnswerCounts, CompletenessReport, CompletenessTally, IncompleteResource};
pub use resolving::Resolved;
pub use resources::ResourceState;
pub use schedule::{EndedRun, ScheduleFacts};
pub use source_words::UnmappedOfSource;
pub use sources::SourceRow;
pub use tokens::{Holder, Role, TOKEN_MARK, TokenRow};
pub use usage::{Counted, SHOWN_FROM, UsageFilter, UsageOfDay, UsageSum};
pub use user_reports::{
    NewUserReport, Received, ReportKind, ReportReference, ReportState, UserReportFilter, UserReportRow,
};
pub use views::{
    Density, Font, MOST_VIEWS_OF_A_PARTNER, NewOwner, StandingViews, Theme, ViewDefinition, ViewRow, ViewWriter,
    Written,
};
pub use words::{UnmappedRow, WordExample, WordFilter};

use backend::{Db, Pool};

/// The store of record. Cheap to clone; all clones share its connections.
#[derive(Debug, Clone)]
pub struct Catalogue {
    reader: Pool,
    writer: Pool,
}

impl Catalogue {
    /// Opens the store in this file, making and migrating it where needed.
    ///
    /// Reads all of a store that is there once, to refuse one that is damaged.
    ///
    /// # Errors
    /// [`CatalogueError::Unusable`] when the file cannot be opened, is no database, is damaged, or was written by a
    /// newer program.
    pub async fn open(path: &Path) -> Result<Self, CatalogueError> {
        let (reader, writer) = backend::open(path).await?;
        Ok(Self { reader, writer })
    }

    /// Closes every connection, after which the file stands alone. Clones cannot be used any more.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    async fn begin_write(&self) -> Result<sqlx::Transaction<'static, Db>, CatalogueError> {
        backend::begin_write(&self.writer).await
    }

    /// Several queries that see the store at one moment.
    async fn begin_read(&self) -> Result<sqlx::Transaction<'static, Db>, CatalogueError> {
        Ok(self.reader.begin().await?)
    }
}

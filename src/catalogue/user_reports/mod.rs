//! User reports: what people tell us of a resource, and what we answered. Nothing is kept of who they are.
//!
//! Whoever reports is given a reference, and with it alone comes back for the answer. So many reports wait at once as
//! editors can look at; past that, what comes is counted into one that waits already. Who may report, and how often, is
//! for whoever calls.

mod named;
mod reference;

use jiff::{SignedDuration, Timestamp};
use schemas::ResourceId;
use serde::Deserialize;
use sqlx::Row as _;

use super::Catalogue;
use super::audit::note;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{bigint, count_at, json_at, new_id, parsed_at, stamp};
use super::error::CatalogueError;

pub use named::{ReportKind, ReportState};
pub use reference::ReportReference;

/// So many reports of one resource wait at once: more than it takes to see that something is wrong with it.
const MOST_OPEN_OF_RESOURCE: u64 = 20;
/// So many wait at once in all. Nobody reads more, and of the longest texts they take 80 MB at most.
const MOST_OPEN: u64 = 10_000;
/// So long after the answer it is still known what was written. Whoever asks again does so sooner.
const DETAIL_KEPT: SignedDuration = SignedDuration::from_hours(365 * 24);
/// A link that was asked so lately is not asked again because somebody says that it is dead.
const ASKED_LATELY: SignedDuration = SignedDuration::from_hours(1);

/// A report as it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUserReport {
    /// The resource; one that is live.
    pub resource: ResourceId,
    /// What is the matter.
    pub kind: ReportKind,
    /// The field of the resource that it is about.
    pub field: Option<String>,
    /// What was written.
    pub detail: Option<String>,
}

/// What became of a report that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It waits for an answer.
    New(ReportReference),
    /// It was counted into this one, which says the same, or of which there are enough.
    CountedInto(ReportReference),
    /// It was not taken: so many wait that nobody would come to it, and none of them is about the same resource.
    TooMany,
}

/// A report as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserReportRow {
    /// Its name for whoever made it.
    pub reference: ReportReference,
    /// The resource.
    pub resource: ResourceId,
    /// What is the matter.
    pub kind: ReportKind,
    /// The field of the resource that it is about.
    pub field: Option<String>,
    /// What was written: for editors, and for nobody else.
    pub detail: Option<String>,
    /// What became of it.
    pub state: ReportState,
    /// What whoever made it is told.
    pub outcome: Option<String>,
    /// When it came in, RFC 3339.
    pub received: String,
    /// When it was answered last, RFC 3339.
    pub answered: Option<String>,
    /// Who answered.
    pub answered_by: Option<String>,
    /// How often it was reported.
    pub times: u64,
}

/// Which reports are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserReportFilter {
    /// Those that stand so.
    pub state: Option<ReportState>,
    /// Those of this resource.
    pub resource: Option<ResourceId>,
}

impl UserReportFilter {
    fn push(&self, query: &mut QueryBuilder) {
        query.push(" WHERE 1 = 1");
        if let Some(state) = self.state {
            query.push(" AND state = ").push_bind(state.name());
        }
        if let Some(resource) = &self.resource {
            query.push(" AND resource = ").push_bind(resource.to_string());
        }
    }
}

/// How many reports may wait at once.
#[derive(Debug, Clone, Copy)]
struct Room {
    of_resource: u64,
    in_all: u64,
}

/// Of the merged fields, the address.
#[derive(Debug, Deserialize)]
struct Addressed {
    url: Option<String>,
}

const SELECT: &str = "SELECT id, reference, resource, kind, field, detail, state, outcome, received, answered, \
                      answered_by, times FROM user_report";

impl Catalogue {
    /// Takes a report in. The same again, while it waits, is counted and gets the same reference.
    ///
    /// A dead link is asked as soon as may be, unless that happened lately or its host wants to be left alone.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn receive_user_report(
        &self,
        report: &NewUserReport,
        now: Timestamp,
    ) -> Result<Received, CatalogueError> {
        self.receive_within(report, Room { of_resource: MOST_OPEN_OF_RESOURCE, in_all: MOST_OPEN }, now).await
    }

    async fn receive_within(
        &self,
        report: &NewUserReport,
        room: Room,
        now: Timestamp,
    ) -> Result<Received, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let mut held = same_open(&mut tx, report).await?;
        if held.is_none() && !is_room(&mut tx, &report.resource, room).await? {
            held = likest_open(&mut tx, report).await?;
            if held.is_none() {
                return Ok(Received::TooMany);
            }
        }
        let received = match held {
            Some(reference) => {
                sqlx::query("UPDATE user_report SET times = times + 1 WHERE reference = $1")
                    .bind(reference.as_str())
                    .execute(&mut *tx)
                    .await?;
                Received::CountedInto(reference)
            }
            None => {
                let reference = insert(&mut tx, report, now).await?;
                if report.kind == ReportKind::DeadLink {
                    make_link_due(&mut tx, &report.resource, now).await?;
                }
                Received::New(reference)
            }
        };
        tx.commit().await?;
        Ok(received)
    }

    /// The report of this reference; `None` when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn user_report(&self, reference: &ReportReference) -> Result<Option<UserReportRow>, CatalogueError> {
        let mut tx = self.begin_read().await?;
        find(&mut tx, reference).await
    }

    /// A page of these reports, the newest first, and how many there are in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_user_reports(
        &self,
        filter: &UserReportFilter,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<UserReportRow>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut query = QueryBuilder::new("SELECT COUNT(*) FROM user_report");
        filter.push(&mut query);
        let total: i64 = query.build_query_scalar().fetch_one(&mut *tx).await?;
        let mut query = QueryBuilder::new(SELECT);
        filter.push(&mut query);
        query.push(" ORDER BY received DESC, id DESC LIMIT ").push_bind(bigint(limit));
        query.push(" OFFSET ").push_bind(bigint(offset));
        let rows = query.build().fetch_all(&mut *tx).await?;
        let reports: Result<Vec<UserReportRow>, CatalogueError> = rows.iter().map(report_row).collect();
        Ok((reports?, u64::try_from(total).unwrap_or(0)))
    }

    /// Answers a report, or answers it anew: what is accepted today is fixed another day.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for a reference that no report has; otherwise when the store cannot be written.
    pub async fn answer_user_report(
        &self,
        reference: &ReportReference,
        state: ReportState,
        outcome: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<UserReportRow, CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        sqlx::query(
            "UPDATE user_report SET state = $2, outcome = $3, answered = $4, answered_by = $5 WHERE reference = $1",
        )
        .bind(reference.as_str())
        .bind(state.name())
        .bind(outcome)
        .bind(at.as_str())
        .bind(who)
        .execute(&mut *tx)
        .await?;
        let named = reference.to_string();
        let row = find(&mut tx, reference).await?.ok_or_else(|| CatalogueError::no_such("report", &named))?;
        // Not what was written: the log is kept for ever.
        let told = format!("{} of `{}`: {outcome}", row.kind.name(), row.resource);
        note(&mut tx, who, &format!("report {}", state.name()), &named, &told, &at).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Forgets what was written in reports that were answered a year ago, and says in how many. That there was a
    /// report, and what was answered, stays.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget_old_reports(&self, now: Timestamp) -> Result<u64, CatalogueError> {
        let before = now.checked_sub(DETAIL_KEPT).unwrap_or(Timestamp::MIN);
        let done = sqlx::query("UPDATE user_report SET detail = NULL WHERE detail IS NOT NULL AND answered <= $1")
            .bind(stamp(before))
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected())
    }
}

/// The report that waits already and says the same.
async fn same_open(conn: &mut Connection, report: &NewUserReport) -> Result<Option<ReportReference>, CatalogueError> {
    let reference: Option<String> = sqlx::query_scalar(
        "SELECT reference FROM user_report WHERE resource = $1 AND state = 'open' AND kind = $2 \
         AND COALESCE(field, '') = $3 AND COALESCE(detail, '') = $4 ORDER BY id LIMIT 1",
    )
    .bind(report.resource.as_str())
    .bind(report.kind.name())
    .bind(report.field.as_deref().unwrap_or_default())
    .bind(report.detail.as_deref().unwrap_or_default())
    .fetch_optional(conn)
    .await?;
    reference.as_deref().map(stored_reference).transpose()
}

async fn is_room(conn: &mut Connection, resource: &ResourceId, room: Room) -> Result<bool, CatalogueError> {
    let of_resource: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM user_report WHERE resource = $1 AND state = 'open'")
            .bind(resource.as_str())
            .fetch_one(&mut *conn)
            .await?;
    let in_all: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM user_report WHERE state = 'open'").fetch_one(&mut *conn).await?;
    Ok(of_resource < bigint(room.of_resource) && in_all < bigint(room.in_all))
}

/// The newest report of the same resource that waits, one of the same kind before others.
async fn likest_open(conn: &mut Connection, report: &NewUserReport) -> Result<Option<ReportReference>, CatalogueError> {
    let reference: Option<String> = sqlx::query_scalar(
        "SELECT reference FROM user_report WHERE resource = $1 AND state = 'open' \
         ORDER BY CASE WHEN kind = $2 THEN 0 ELSE 1 END, received DESC, id DESC LIMIT 1",
    )
    .bind(report.resource.as_str())
    .bind(report.kind.name())
    .fetch_optional(conn)
    .await?;
    reference.as_deref().map(stored_reference).transpose()
}

async fn insert(
    conn: &mut Connection,
    report: &NewUserReport,
    now: Timestamp,
) -> Result<ReportReference, CatalogueError> {
    let reference = ReportReference::random();
    sqlx::query(
        "INSERT INTO user_report (id, reference, resource, kind, field, detail, state, received, times) \
         VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, 1)",
    )
    .bind(new_id(now))
    .bind(reference.as_str())
    .bind(report.resource.as_str())
    .bind(report.kind.name())
    .bind(report.field.as_deref())
    .bind(report.detail.as_deref())
    .bind(stamp(now))
    .execute(conn)
    .await?;
    Ok(reference)
}

/// Lets the link of a resource be asked next. One that has begun to fail keeps its pace, lest three reports in an hour
/// make three failures; so does one whose host wants to be left alone.
async fn make_link_due(conn: &mut Connection, resource: &ResourceId, now: Timestamp) -> Result<(), CatalogueError> {
    let row = sqlx::query("SELECT metadata FROM resource WHERE id = $1")
        .bind(resource.as_str())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(row) = row else {
        return Ok(());
    };
    let addressed: Addressed = json_at(&row, "resource", resource.as_str(), "metadata")?;
    let Some(url) = addressed.url else {
        return Ok(());
    };
    let lately = now.checked_sub(ASKED_LATELY).unwrap_or(Timestamp::MIN);
    sqlx::query(
        "UPDATE link SET next_check = $2 WHERE url = $1 AND next_check > $2 AND busy_since IS NULL \
         AND (failures = 0 OR state = 'broken') AND (checked_at IS NULL OR checked_at <= $3)",
    )
    .bind(url)
    .bind(stamp(now))
    .bind(stamp(lately))
    .execute(conn)
    .await?;
    Ok(())
}

async fn find(conn: &mut Connection, reference: &ReportReference) -> Result<Option<UserReportRow>, CatalogueError> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" WHERE reference = ").push_bind(reference.as_str());
    let row = query.build().fetch_optional(conn).await?;
    row.as_ref().map(report_row).transpose()
}

fn report_row(row: &Row) -> Result<UserReportRow, CatalogueError> {
    let reference: String = row.try_get("reference")?;
    let reference = stored_reference(&reference)?;
    let kind: String = row.try_get("kind")?;
    let state: String = row.try_get("state")?;
    let unknown = |what: &str| CatalogueError::stored("user_report", reference.as_str(), format!("unknown `{what}`"));
    Ok(UserReportRow {
        kind: ReportKind::by_name(&kind).ok_or_else(|| unknown(&kind))?,
        state: ReportState::by_name(&state).ok_or_else(|| unknown(&state))?,
        resource: parsed_at(row, "user_report", "resource")?,
        field: row.try_get("field")?,
        detail: row.try_get("detail")?,
        outcome: row.try_get("outcome")?,
        received: row.try_get("received")?,
        answered: row.try_get("answered")?,
        answered_by: row.try_get("answered_by")?,
        times: count_at(row, "times")?,
        reference,
    })
}

fn stored_reference(text: &str) -> Result<ReportReference, CatalogueError> {
    ReportReference::parse(text).ok_or_else(|| CatalogueError::stored("user_report", text, "no reference"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::testing::fresh_place;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn now() -> Timestamp {
        "2026-11-21T09:00:00Z".parse().expect("a time")
    }

    async fn store() -> (tempfile::TempDir, Catalogue) {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.expect("a store");
        (folder, catalogue)
    }

    fn report(key: &str, kind: ReportKind, detail: &str) -> NewUserReport {
        let resource = ResourceId::founded_on(key);
        NewUserReport { resource, kind, field: None, detail: Some(detail.to_owned()) }
    }

    #[tokio::test]
    async fn past_so_many_of_a_resource_a_report_is_counted_into_the_newest_of_its_kind() {
        let (_folder, catalogue) = store().await;
        let room = Room { of_resource: 2, in_all: 100 };
        let mut references = Vec::new();
        for (day, key, kind, detail) in [
            (0, "a", ReportKind::Other, "one"),
            (1, "a", ReportKind::DeadLink, "two"),
            (2, "a", ReportKind::Other, "three"),
            (3, "a", ReportKind::Duplicate, "four"),
            (4, "b", ReportKind::Other, "five"),
        ] {
            let received = catalogue.receive_within(&report(key, kind, detail), room, now() + DAY * day).await;
            references.push(received.unwrap());
        }
        let [Received::New(one), Received::New(two), three, four, Received::New(_)] = references.as_slice() else {
            panic!("{references:?}");
        };
        assert_eq!(three, &Received::CountedInto(one.clone()));
        assert_eq!(four, &Received::CountedInto(two.clone()));
        let times = async |reference: &ReportReference| catalogue.user_report(reference).await.unwrap().unwrap().times;
        assert_eq!((times(one).await, times(two).await), (2, 2));
    }

    #[tokio::test]
    async fn past_so_many_in_all_nothing_new_is_taken_until_one_is_answered() {
        let (_folder, catalogue) = store().await;
        let room = Room { of_resource: 100, in_all: 1 };
        let first = report("a", ReportKind::Other, "one");
        let Received::New(reference) = catalogue.receive_within(&first, room, now()).await.unwrap() else {
            panic!("there is room for one");
        };
        let second = report("b", ReportKind::Other, "one");
        assert_eq!(catalogue.receive_within(&second, room, now()).await.unwrap(), Received::TooMany);
        let again = catalogue.receive_within(&first, room, now()).await.unwrap();
        assert_eq!(again, Received::CountedInto(reference.clone()));
        catalogue.answer_user_report(&reference, ReportState::Declined, "No.", "Ada", now()).await.unwrap();
        assert!(matches!(catalogue.receive_within(&second, room, now()).await.unwrap(), Received::New(_)));
    }

    #[tokio::test]
    async fn what_was_written_is_forgotten_a_year_after_the_answer_and_the_answer_is_not() {
        let (_folder, catalogue) = store().await;
        let mut references = Vec::new();
        for key in ["answered", "open"] {
            let new = report(key, ReportKind::Other, "The picture is of my class.");
            let Received::New(reference) = catalogue.receive_user_report(&new, now()).await.unwrap() else {
                panic!("there is room");
            };
            references.push(reference);
        }
        catalogue.answer_user_report(&references[0], ReportState::Fixed, "Taken out.", "Ada", now()).await.unwrap();
        assert_eq!(catalogue.forget_old_reports(now() + DAY * 364).await.unwrap(), 0);
        assert_eq!(catalogue.forget_old_reports(now() + DAY * 365).await.unwrap(), 1);
        let row = catalogue.user_report(&references[0]).await.unwrap().unwrap();
        assert_eq!((row.detail, row.outcome.as_deref()), (None, Some("Taken out.")));
        assert!(catalogue.user_report(&references[1]).await.unwrap().unwrap().detail.is_some());
    }
}

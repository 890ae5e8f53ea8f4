//! Jobs: long work that waits, runs and ends, and can be watched from outside.
//!
//! The table is the queue. What asks for the same twice is one job, and somebody may call one off. Who takes a job, keeps
//! it and gives it back is in `leases`.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;

use super::Catalogue;
use super::audit::note;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{bigint, count_at, new_id, stamp};
use super::error::CatalogueError;

/// What was asked for under a key is not asked for again for so long after it ended: a second node that reads a little
/// late must not do it again. Later it may: if it is still due, what ended did not do it.
const KEY_HOLDS: SignedDuration = SignedDuration::from_hours(1);

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Harvests the source that is its subject.
    Harvest,
    /// Reads anew what earlier harvests of the source kept that is its subject.
    Replay,
    /// Takes back what the run did that is its subject.
    RollBackRun,
    /// Makes the next generation of the index. Its subject is the node whose index that is; without one, whoever takes it.
    Reindex,
    /// Makes the generation before the live one live again on the node that is its subject.
    RollBackIndex,
    /// Compares the index of the node that is its subject with the store, and repairs it.
    Drift,
    /// Puts the generation of the node that is its subject where new nodes find it.
    Publish,
    /// Writes a backup of the store.
    Backup,
}

impl JobKind {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::Harvest,
        Self::Replay,
        Self::RollBackRun,
        Self::Reindex,
        Self::RollBackIndex,
        Self::Drift,
        Self::Publish,
        Self::Backup,
    ];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Harvest => "harvest",
            Self::Replay => "replay",
            Self::RollBackRun => "roll-back-run",
            Self::Reindex => "reindex",
            Self::RollBackIndex => "roll-back-index",
            Self::Drift => "drift",
            Self::Publish => "publish",
            Self::Backup => "backup",
        }
    }

    /// Whether it is about the index of one node, which no other can do for it.
    pub fn is_about_an_index(self) -> bool {
        match self {
            Self::Reindex | Self::RollBackIndex | Self::Drift | Self::Publish => true,
            Self::Harvest | Self::Replay | Self::RollBackRun | Self::Backup => false,
        }
    }

    /// Whether one that failed is tried again by itself. A harvest is not: its schedule does that, and knows how often it
    /// has failed.
    pub fn is_tried_again(self) -> bool {
        match self {
            Self::Reindex | Self::Drift | Self::Backup => true,
            Self::Harvest | Self::Replay | Self::RollBackRun | Self::RollBackIndex | Self::Publish => false,
        }
    }
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It waits for a worker.
    Queued,
    /// A worker is at it.
    Running,
    /// It did what it was to do.
    Succeeded,
    /// It did not.
    Failed,
    /// Somebody called it off.
    Cancelled,
}

impl JobState {
    const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will come of it.
    pub fn has_ended(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
        }
    }
}

/// A job that is to wait in the queue.
#[derive(Debug, Clone, Copy)]
struct NewJob<'a> {
    kind: JobKind,
    subject: Option<&'a str>,
    /// What tells it from all others: whoever asks for it again, on whatever node, is given the same job.
    key: Option<&'a str>,
    /// The name of the token that it is asked for with.
    asked_by: Option<&'a str>,
}

/// One job, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its id.
    pub id: String,
    /// What it does.
    pub kind: JobKind,
    /// To what: of a harvest the id of the source.
    pub subject: Option<String>,
    /// How it stands.
    pub state: JobState,
    /// How much of it is done.
    pub done: u64,
    /// How much there is to do, when that is known.
    pub total: Option<u64>,
    /// What it is doing, or what came of it.
    pub message: Option<String>,
    /// Why it failed, the last time.
    pub error: Option<String>,
    /// How often it was begun.
    pub attempts: u64,
    /// When it was asked for, RFC 3339.
    pub created: String,
    /// When it was begun, the last time, RFC 3339.
    pub started: Option<String>,
    /// When it ended, RFC 3339.
    pub finished: Option<String>,
    /// Who asked for it; `None` when nobody did, such as the schedule.
    pub asked_by: Option<String>,
    /// The node that is at it, or was at its end.
    pub node: Option<String>,
    /// When it has taken too long, RFC 3339.
    pub deadline: Option<String>,
    /// When it may be tried again, RFC 3339.
    pub not_before: Option<String>,
    /// Who called it off.
    pub cancel_asked: Option<String>,
}

pub(super) const COLUMNS: &str = "id, kind, subject, state, done, total, message, error, attempts, created, started, \
     finished, asked_by, node, deadline, not_before, cancel_asked";

pub(super) fn job_row(row: &Row) -> Result<JobRow, CatalogueError> {
    let id: String = row.try_get("id")?;
    let (kind, state): (String, String) = (row.try_get("kind")?, row.try_get("state")?);
    let total: Option<i64> = row.try_get("total")?;
    Ok(JobRow {
        kind: JobKind::ALL
            .into_iter()
            .find(|known| known.name() == kind)
            .ok_or_else(|| CatalogueError::stored("job", &id, format!("no kind is called `{kind}`")))?,
        subject: row.try_get("subject")?,
        state: JobState::ALL
            .into_iter()
            .find(|known| known.name() == state)
            .ok_or_else(|| CatalogueError::stored("job", &id, format!("no state is called `{state}`")))?,
        done: count_at(row, "done")?,
        total: total.and_then(|total| u64::try_from(total).ok()),
        message: row.try_get("message")?,
        error: row.try_get("error")?,
        attempts: count_at(row, "attempts")?,
        created: row.try_get("created")?,
        started: row.try_get("started")?,
        finished: row.try_get("finished")?,
        asked_by: row.try_get("asked_by")?,
        node: row.try_get("node")?,
        deadline: row.try_get("deadline")?,
        not_before: row.try_get("not_before")?,
        cancel_asked: row.try_get("cancel_asked")?,
        id,
    })
}

/// Begins a query for whole jobs; what follows says which.
pub(super) fn select_jobs() -> QueryBuilder {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM job");
    query
}

/// The job that has this value in this column.
async fn job_by(conn: &mut Connection, column: &'static str, value: &str) -> Result<Option<JobRow>, CatalogueError> {
    let mut query = select_jobs();
    query.push(" WHERE ").push(column).push(" = ").push_bind(value);
    query.build().fetch_optional(&mut *conn).await?.as_ref().map(job_row).transpose()
}

/// Puts a job into the queue, in the transaction that asks for it. Where the same one waits already, that one is given
/// back instead of a second.
pub(super) async fn enqueue(
    conn: &mut Connection,
    kind: JobKind,
    subject: Option<&str>,
    now: Timestamp,
) -> Result<JobRow, CatalogueError> {
    enqueue_new(conn, &NewJob { kind, subject, key: None, asked_by: None }, now).await
}

async fn enqueue_new(conn: &mut Connection, job: &NewJob<'_>, now: Timestamp) -> Result<JobRow, CatalogueError> {
    if let Some(key) = job.key {
        free_old_key(conn, key, now).await?;
        if let Some(known) = job_by(conn, "key", key).await? {
            return Ok(known);
        }
    }
    if let Some(waiting) = waiting_one(conn, job).await? {
        if let Some(key) = job.key {
            // Whoever asks with the same key after it has ended is told of this one.
            sqlx::query("UPDATE job SET key = COALESCE(key, $2) WHERE id = $1")
                .bind(waiting.id.as_str())
                .bind(key)
                .execute(&mut *conn)
                .await?;
        }
        return Ok(waiting);
    }
    let id = new_id(now);
    sqlx::query(
        "INSERT INTO job (id, kind, subject, state, created, key, asked_by) VALUES ($1, $2, $3, 'queued', $4, $5, $6)",
    )
    .bind(id.as_str())
    .bind(job.kind.name())
    .bind(job.subject)
    .bind(stamp(now))
    .bind(job.key)
    .bind(job.asked_by)
    .execute(&mut *conn)
    .await?;
    job_by(conn, "id", &id).await?.ok_or_else(|| CatalogueError::no_such("job", &id))
}

/// Lets what ended long ago stand in nobody's way.
async fn free_old_key(conn: &mut Connection, key: &str, now: Timestamp) -> Result<(), CatalogueError> {
    sqlx::query(
        "UPDATE job SET key = NULL WHERE key = $1 AND state IN ('succeeded', 'failed', 'cancelled') AND finished <= $2",
    )
    .bind(key)
    .bind(stamp(now - KEY_HOLDS))
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// The job that waits already to do the same. One that waited to be tried again later waits no longer when somebody asks.
async fn waiting_one(conn: &mut Connection, job: &NewJob<'_>) -> Result<Option<JobRow>, CatalogueError> {
    let mut waiting = select_jobs();
    waiting.push(" WHERE state = 'queued' AND kind = ").push_bind(job.kind.name());
    waiting.push(" AND COALESCE(subject, '') = ").push_bind(job.subject.unwrap_or_default());
    waiting.push(" ORDER BY created, id LIMIT 1");
    let Some(row) = waiting.build().fetch_optional(&mut *conn).await? else {
        return Ok(None);
    };
    let row = job_row(&row)?;
    if row.not_before.is_none() {
        return Ok(Some(row));
    }
    sqlx::query("UPDATE job SET not_before = NULL WHERE id = $1").bind(row.id.as_str()).execute(&mut *conn).await?;
    job_by(conn, "id", &row.id).await
}

impl Catalogue {
    /// Puts a job into the queue. Where the same one waits already, that one is given back instead of a second.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn enqueue_job(
        &self,
        kind: JobKind,
        subject: Option<&str>,
        now: Timestamp,
    ) -> Result<JobRow, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let job = enqueue(&mut tx, kind, subject, now).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// Puts a job into the queue that this key tells from all others: `harvest/iop/2026-11-21T02:00:00Z`. Whoever asks
    /// with the same key within the hour after it ended is given the same job, so that it is done once however many
    /// nodes ask.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn enqueue_job_once(
        &self,
        key: &str,
        kind: JobKind,
        subject: Option<&str>,
        now: Timestamp,
    ) -> Result<JobRow, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let job = enqueue_new(&mut tx, &NewJob { kind, subject, key: Some(key), asked_by: None }, now).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// Puts a job into the queue that somebody asks for, as [`Catalogue::enqueue_job`] does, and writes down with it
    /// who that was.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn enqueue_job_by(
        &self,
        who: &str,
        kind: JobKind,
        subject: Option<&str>,
        now: Timestamp,
    ) -> Result<JobRow, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let job = enqueue_new(&mut tx, &NewJob { kind, subject, key: None, asked_by: Some(who) }, now).await?;
        let action = format!("start {}", kind.name());
        // What has no subject is about the whole of the index, or of the store.
        let whole = if kind == JobKind::Backup { "store" } else { "index" };
        note(&mut tx, who, &action, subject.unwrap_or(whole), &job.id, &stamp(now)).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// Writes down that somebody begins, without the queue, what a job of this kind does.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn note_start_by(
        &self,
        who: &str,
        kind: JobKind,
        subject: &str,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let mut tx = self.begin_write().await?;
        note(&mut tx, who, &format!("start {}", kind.name()), subject, "at once, without a job", &stamp(now)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Calls a job off. One that waits is cancelled now; one that runs is told, and is cancelled when it has stopped.
    /// Gives the job as it stands then.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no job has, [`CatalogueError::Superseded`] for one that has ended;
    /// otherwise when the store cannot be written.
    pub async fn cancel_job(&self, who: &str, id: &str, now: Timestamp) -> Result<JobRow, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let job = job_by(&mut tx, "id", id).await?.ok_or_else(|| CatalogueError::no_such("job", id))?;
        if job.state.has_ended() {
            let reason = format!("the job has ended already, as {}", job.state.name());
            return Err(CatalogueError::Superseded { reason });
        }
        // Whoever was first is the one who called it off.
        sqlx::query("UPDATE job SET cancel_asked = COALESCE(cancel_asked, $2) WHERE id = $1")
            .bind(id)
            .bind(who)
            .execute(&mut *tx)
            .await?;
        cancel_what_waits(&mut tx, now).await?;
        let what = job.subject.as_deref().unwrap_or("index");
        note(&mut tx, who, &format!("cancel {}", job.kind.name()), what, id, &stamp(now)).await?;
        let job = job_by(&mut tx, "id", id).await?.ok_or_else(|| CatalogueError::no_such("job", id))?;
        tx.commit().await?;
        Ok(job)
    }

    /// One job.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn job(&self, id: &str) -> Result<Option<JobRow>, CatalogueError> {
        let mut query = select_jobs();
        query.push(" WHERE id = ").push_bind(id);
        query.build().fetch_optional(&self.reader).await?.as_ref().map(job_row).transpose()
    }

    /// The jobs, the last first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_jobs(&self, limit: usize) -> Result<Vec<JobRow>, CatalogueError> {
        let mut query = select_jobs();
        query.push(" ORDER BY created DESC, id DESC LIMIT ").push_bind(bigint(limit));
        query.build().fetch_all(&self.reader).await?.iter().map(job_row).collect()
    }
}

/// Ends what was called off and is not at work: it waits, or has come back into the queue.
pub(super) async fn cancel_what_waits(conn: &mut Connection, now: Timestamp) -> Result<(), CatalogueError> {
    sqlx::query(
        "UPDATE job SET state = 'cancelled', error = 'cancelled by ' || cancel_asked, finished = $1 \
         WHERE state = 'queued' AND cancel_asked IS NOT NULL",
    )
    .bind(stamp(now))
    .execute(&mut *conn)
    .await?;
    Ok(())
}

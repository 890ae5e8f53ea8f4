//! Jobs: long work that waits, runs and ends, and can be watched from outside.
//!
//! The table is the queue. A job is taken by one worker only, and what a crash left running is done again: harvests and
//! reindexes are the same whether they run once or twice.

use jiff::Timestamp;
use sqlx::{QueryBuilder, Row as _};

use super::Catalogue;
use super::audit::note;
use super::backend::{Connection, Db, Row};
use super::columns::{bigint, count_at, new_id, stamp};
use super::error::CatalogueError;

/// So often a job is begun. One that has taken the process down three times would do so for ever.
const MAX_ATTEMPTS: i64 = 3;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Harvests the source that is its subject.
    Harvest,
    /// Reads anew what earlier harvests of the source kept that is its subject.
    Replay,
    /// Makes the next generation of the index.
    Reindex,
}

impl JobKind {
    const ALL: [Self; 3] = [Self::Harvest, Self::Replay, Self::Reindex];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Harvest => "harvest",
            Self::Replay => "replay",
            Self::Reindex => "reindex",
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

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// It did what it was to do.
    Succeeded {
        /// What came of it, in a sentence.
        message: String,
    },
    /// It did not.
    Failed {
        /// Why, in a sentence.
        error: String,
    },
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
    /// Why it failed.
    pub error: Option<String>,
    /// When it was asked for, RFC 3339.
    pub created: String,
    /// When it was begun, the last time, RFC 3339.
    pub started: Option<String>,
    /// When it ended, RFC 3339.
    pub finished: Option<String>,
}

const COLUMNS: &str = "id, kind, subject, state, done, total, message, error, created, started, finished";

fn job_row(row: &Row) -> Result<JobRow, CatalogueError> {
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
        created: row.try_get("created")?,
        started: row.try_get("started")?,
        finished: row.try_get("finished")?,
        id,
    })
}

/// Begins a query for whole jobs; what follows says which.
fn select_jobs() -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM job");
    query
}

/// The one job of a kind that may begin next: two at one subject would get into each other's way.
fn push_may_begin(query: &mut QueryBuilder<Db>, kind: JobKind) {
    query.push("j.state = 'queued' AND j.kind = ").push_bind(kind.name());
    query.push(
        " AND (j.subject IS NULL OR NOT EXISTS (SELECT 1 FROM job r WHERE r.state = 'running' \
         AND r.subject = j.subject)) ORDER BY j.created, j.id LIMIT 1",
    );
}

/// Puts a job into the queue, in the transaction that asks for it. Where the same one waits already, that one is given
/// back instead of a second.
pub(super) async fn enqueue(
    conn: &mut Connection,
    kind: JobKind,
    subject: Option<&str>,
    now: Timestamp,
) -> Result<JobRow, CatalogueError> {
    let mut waiting = select_jobs();
    waiting.push(" WHERE state = 'queued' AND kind = ").push_bind(kind.name());
    waiting.push(" AND COALESCE(subject, '') = ").push_bind(subject.unwrap_or_default());
    waiting.push(" ORDER BY created, id LIMIT 1");
    if let Some(row) = waiting.build().fetch_optional(&mut *conn).await? {
        return job_row(&row);
    }
    let id = new_id(now);
    sqlx::query("INSERT INTO job (id, kind, subject, state, created) VALUES ($1, $2, $3, 'queued', $4)")
        .bind(id.as_str())
        .bind(kind.name())
        .bind(subject)
        .bind(stamp(now))
        .execute(&mut *conn)
        .await?;
    let mut written = select_jobs();
    written.push(" WHERE id = ").push_bind(id.as_str());
    job_row(&written.build().fetch_one(&mut *conn).await?)
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
        let job = enqueue(&mut tx, kind, subject, now).await?;
        let action = format!("start {}", kind.name());
        // What has no subject is about the index.
        note(&mut tx, who, &action, subject.unwrap_or("index"), &job.id, &stamp(now)).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// Takes the job of this kind that has waited longest and whose subject no other job is at; nobody else gets it.
    /// `None` when none such waits.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn claim_job(&self, kind: JobKind, now: Timestamp) -> Result<Option<JobRow>, CatalogueError> {
        // Looked at before it is locked: an idle worker asks often, and must not stand in the way of writers.
        let mut waits = QueryBuilder::<Db>::new("SELECT j.id FROM job j WHERE ");
        push_may_begin(&mut waits, kind);
        if waits.build().fetch_optional(&self.reader).await?.is_none() {
            return Ok(None);
        }
        let at = stamp(now);
        let mut query =
            QueryBuilder::<Db>::new("UPDATE job SET state = 'running', attempts = attempts + 1, started = ");
        query.push_bind(at.as_str()).push(", heartbeat = ").push_bind(at.as_str());
        query.push(" WHERE state = 'queued' AND id = (SELECT j.id FROM job j WHERE ");
        push_may_begin(&mut query, kind);
        query.push(") RETURNING ").push(COLUMNS);
        let mut tx = self.begin_write().await?;
        let row = query.build().fetch_optional(&mut *tx).await?;
        tx.commit().await?;
        row.as_ref().map(job_row).transpose()
    }

    /// Writes down how far a running job is, and that it is alive. Without a message the last one stays.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn job_progress(
        &self,
        id: &str,
        done: u64,
        total: Option<u64>,
        message: Option<&str>,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        sqlx::query(
            "UPDATE job SET done = $2, total = COALESCE($3, total), message = COALESCE($4, message), heartbeat = $5 \
             WHERE id = $1 AND state = 'running'",
        )
        .bind(id)
        .bind(bigint(done))
        .bind(total.map(bigint))
        .bind(message)
        .bind(stamp(now))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Writes down how a job ended.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no job has; otherwise when the store cannot be written.
    pub async fn finish_job(&self, id: &str, end: JobEnd, now: Timestamp) -> Result<(), CatalogueError> {
        let (state, message, error) = match end {
            JobEnd::Succeeded { message } => (JobState::Succeeded, Some(message), None),
            JobEnd::Failed { error } => (JobState::Failed, None, Some(error)),
        };
        let done = sqlx::query(
            "UPDATE job SET state = $2, message = COALESCE($3, message), error = $4, finished = $5 WHERE id = $1",
        )
        .bind(id)
        .bind(state.name())
        .bind(message)
        .bind(error)
        .bind(stamp(now))
        .execute(&self.writer)
        .await?;
        if done.rows_affected() == 0 { Err(CatalogueError::no_such("job", id)) } else { Ok(()) }
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

    /// Puts the jobs that a crash left running back into the queue; those that were begun three times have failed. Says
    /// how many those were together.
    ///
    /// To be called at start-up, before any worker.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn interrupt_running_jobs(&self, now: Timestamp) -> Result<u64, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let failed = sqlx::query(
            "UPDATE job SET state = 'failed', error = 'interrupted each time it was begun', finished = $2 \
             WHERE state = 'running' AND attempts >= $1",
        )
        .bind(MAX_ATTEMPTS)
        .bind(stamp(now))
        .execute(&mut *tx)
        .await?;
        let queued =
            sqlx::query("UPDATE job SET state = 'queued', done = 0 WHERE state = 'running'").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(failed.rows_affected() + queued.rows_affected())
    }
}

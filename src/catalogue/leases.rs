//! Leases: who takes a job out of the queue, keeps it, and gives it back.
//!
//! A job is taken by one worker only, for as long as that says every few seconds that it is alive. Whatever it writes
//! about the job is refused once the job is no longer its own: the node and the count of attempts together tell one
//! taking of a job from every other. What a crash left running is done again; harvests and reindexes are the same
//! whether they run once or twice.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder};
use super::columns::{bigint, push_list, stamp};
use super::error::CatalogueError;
use super::jobs::{COLUMNS, JobKind, JobRow, JobState, cancel_what_waits, job_row};
use super::moments::CLOCKS_APART;
use super::runs::{LEASE, end_runs_of_lost_jobs, end_silent_runs, push_but};

/// So often a job is begun. One that has taken the process down three times would do so for ever.
const MAX_ATTEMPTS: u64 = 3;
/// What failed is tried again after this, and after five times this: a full disk or a database that restarts is often
/// well again by then, and an admin who looks in the same hour sees the third attempt.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(2);
/// See [`FIRST_PAUSE`].
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(10);
/// A job about the index of a node that nobody has taken for so long is given up: the node is gone.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// So many waiting jobs are looked through for one that may begin: more than there are catalogues to harvest.
const LOOKED_THROUGH: usize = 500;

/// Whether the job at a subject may begin while other nodes are at these.
pub type MayBegin<'a> = &'a (dyn Fn(&str, &[String]) -> bool + Sync);

/// How a job ended, or why it is not at work any more.
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
    /// It did not, and what was in its way may pass: it is begun again after a pause, three times in all.
    FailedForNow {
        /// Why, in a sentence.
        error: String,
    },
    /// It stopped because somebody called it off.
    Cancelled {
        /// The name of the token that it was called off with.
        by: String,
        /// What came of it until then, in a sentence.
        message: Option<String>,
    },
    /// It stopped through no fault of its own, and waits again. This attempt does not count.
    PutBack,
}

/// Whether a job is still that of the worker that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// It is.
    Ours {
        /// Who has called it off meanwhile.
        cancelled_by: Option<String>,
    },
    /// Its lease was over, and it was taken back.
    Lost,
}

/// What a job looks like that was taken and has ended, or went back into the queue.
struct Ending {
    state: JobState,
    message: Option<String>,
    error: Option<String>,
    attempts: u64,
    not_before: Option<Timestamp>,
}

impl Ending {
    fn of(end: JobEnd, attempts: u64, now: Timestamp) -> Self {
        let blank = Self { state: JobState::Queued, message: None, error: None, attempts, not_before: None };
        match end {
            JobEnd::Succeeded { message } => Self { state: JobState::Succeeded, message: Some(message), ..blank },
            JobEnd::FailedForNow { error } if attempts < MAX_ATTEMPTS => {
                Self { error: Some(error), not_before: Some(now + pause_after(attempts)), ..blank }
            }
            JobEnd::Failed { error } | JobEnd::FailedForNow { error } => {
                Self { state: JobState::Failed, error: Some(error), ..blank }
            }
            JobEnd::Cancelled { by, message } => {
                Self { state: JobState::Cancelled, message, error: Some(format!("cancelled by {by}")), ..blank }
            }
            JobEnd::PutBack => Self { attempts: attempts.saturating_sub(1), ..blank },
        }
    }
}

/// How long after the attempt of this number the next one may begin.
fn pause_after(attempts: u64) -> SignedDuration {
    if attempts <= 1 { FIRST_PAUSE } else { LONGEST_PAUSE }
}

/// The jobs of these kinds that may begin on a node, the oldest first: two at one subject would get into each other's
/// way, and nobody works on the index of another. No pause lasts longer than the longest: what is put off until later was
/// put off by a clock that was ahead.
fn waiting(kinds: &[JobKind], node: &str, now: Timestamp, limit: usize) -> QueryBuilder {
    let mut query = QueryBuilder::new("SELECT j.id, j.subject FROM job j WHERE j.state = 'queued' AND j.kind IN ");
    push_list(&mut query, names(kinds));
    query.push(" AND (j.not_before IS NULL OR j.not_before <= ").push_bind(stamp(now));
    query.push(" OR j.not_before > ").push_bind(stamp(now + LONGEST_PAUSE + CLOCKS_APART));
    query.push(") AND (j.subject IS NULL OR j.subject = ").push_bind(node);
    query.push(" OR j.kind NOT IN ");
    push_list(&mut query, names(&about_an_index()));
    query.push(
        ") AND (j.subject IS NULL OR NOT EXISTS (SELECT 1 FROM job r WHERE r.state = 'running' \
         AND r.subject = j.subject)) ORDER BY j.created, j.id LIMIT ",
    );
    query.push_bind(bigint(limit));
    query
}

/// The oldest job that may begin, beside what other nodes are at with jobs of these kinds.
async fn choose(
    conn: &mut Connection,
    (kinds, node, now): (&[JobKind], &str, Timestamp),
    may_begin: MayBegin<'_>,
) -> Result<Option<String>, CatalogueError> {
    let mut busy =
        QueryBuilder::new("SELECT subject FROM job WHERE state = 'running' AND subject IS NOT NULL AND node <> ");
    busy.push_bind(node).push(" AND kind IN ");
    push_list(&mut busy, names(kinds));
    let elsewhere: Vec<String> = busy.build_query_scalar().fetch_all(&mut *conn).await?;
    for row in waiting(kinds, node, now, LOOKED_THROUGH).build().fetch_all(&mut *conn).await? {
        let subject: Option<String> = row.try_get("subject")?;
        if subject.is_none_or(|subject| may_begin(&subject, &elsewhere)) {
            return Ok(Some(row.try_get("id")?));
        }
    }
    Ok(None)
}

fn names(kinds: &[JobKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.name()).collect()
}

fn about_an_index() -> Vec<JobKind> {
    JobKind::ALL.into_iter().filter(|kind| kind.is_about_an_index()).collect()
}

impl Catalogue {
    /// Takes the job of these kinds that has waited longest, may begin, and whose subject no other job is at; nobody
    /// else gets it. It is leased: [`Catalogue::renew_job`] keeps it. `None` when none such waits.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn claim_job(
        &self,
        kinds: &[JobKind],
        node: &str,
        now: Timestamp,
    ) -> Result<Option<JobRow>, CatalogueError> {
        self.claim_job_if(kinds, node, now, &|_, _| true).await
    }

    /// The same, leaving in the queue what may not begin beside what other nodes are at.
    ///
    /// # Errors
    /// As [`Catalogue::claim_job`].
    pub async fn claim_job_if(
        &self,
        kinds: &[JobKind],
        node: &str,
        now: Timestamp,
        may_begin: MayBegin<'_>,
    ) -> Result<Option<JobRow>, CatalogueError> {
        let at = stamp(now);
        // Looked at before it is locked: an idle worker asks often, and must not stand in the way of writers.
        if waiting(kinds, node, now, 1).build().fetch_optional(&self.reader).await?.is_none() {
            return Ok(None);
        }
        let mut tx = self.begin_write().await?;
        let Some(id) = choose(&mut tx, (kinds, node, now), may_begin).await? else {
            return Ok(None);
        };
        let mut query =
            QueryBuilder::new("UPDATE job SET state = 'running', attempts = attempts + 1, error = NULL, started = ");
        query.push_bind(at.as_str()).push(", heartbeat = ").push_bind(at.as_str());
        query.push(", deadline = NULL, not_before = NULL, node = ").push_bind(node);
        query.push(", lease_until = ").push_bind(stamp(now + LEASE));
        query.push(" WHERE state = 'queued' AND id = ").push_bind(id).push(" RETURNING ").push(COLUMNS);
        let row = query.build().fetch_optional(&mut *tx).await?;
        tx.commit().await?;
        row.as_ref().map(job_row).transpose()
    }

    /// Says that the worker which took this job is alive, to be said at least every half of [`LEASE`], and by when the
    /// job has to be done where that is known.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn renew_job(
        &self,
        job: &JobRow,
        deadline: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Hold, CatalogueError> {
        let row = sqlx::query(
            "UPDATE job SET heartbeat = $4, lease_until = $5, deadline = COALESCE($6, deadline) \
             WHERE id = $1 AND node = $2 AND attempts = $3 AND state = 'running' RETURNING cancel_asked",
        )
        .bind(job.id.as_str())
        .bind(job.node.as_deref())
        .bind(bigint(job.attempts))
        .bind(stamp(now))
        .bind(stamp(now + LEASE))
        .bind(deadline.map(stamp))
        .fetch_optional(&self.writer)
        .await?;
        let Some(row) = row else { return Ok(Hold::Lost) };
        Ok(Hold::Ours { cancelled_by: row.try_get("cancel_asked")? })
    }

    /// Whether a job is still that of the worker which took it, without writing anything.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn job_hold(&self, job: &JobRow) -> Result<Hold, CatalogueError> {
        let row = sqlx::query(
            "SELECT cancel_asked FROM job WHERE id = $1 AND node = $2 AND attempts = $3 AND state = 'running'",
        )
        .bind(job.id.as_str())
        .bind(job.node.as_deref())
        .bind(bigint(job.attempts))
        .fetch_optional(&self.reader)
        .await?;
        let Some(row) = row else { return Ok(Hold::Lost) };
        Ok(Hold::Ours { cancelled_by: row.try_get("cancel_asked")? })
    }

    /// Writes down how far a job is. Without a message the last one stays. Of one that is no longer the worker's nothing
    /// is written.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn job_progress(
        &self,
        job: &JobRow,
        done: u64,
        total: Option<u64>,
        message: Option<&str>,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        sqlx::query(
            "UPDATE job SET done = $4, total = COALESCE($5, total), message = COALESCE($6, message), heartbeat = $7, \
             lease_until = $8 WHERE id = $1 AND node = $2 AND attempts = $3 AND state = 'running'",
        )
        .bind(job.id.as_str())
        .bind(job.node.as_deref())
        .bind(bigint(job.attempts))
        .bind(bigint(done))
        .bind(total.map(bigint))
        .bind(message)
        .bind(stamp(now))
        .bind(stamp(now + LEASE))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Writes down how a job ended that the worker took, and gives it as it stands then.
    ///
    /// # Errors
    /// [`CatalogueError::Superseded`] for one that is no longer the worker's; otherwise when the store cannot be written.
    pub async fn finish_job(&self, job: &JobRow, end: JobEnd, now: Timestamp) -> Result<JobRow, CatalogueError> {
        let ending = Ending::of(end, job.attempts, now);
        let waits = ending.state == JobState::Queued;
        let mut query = QueryBuilder::new("UPDATE job SET lease_until = NULL, state = ");
        query.push_bind(ending.state.name());
        query.push(", message = COALESCE(").push_bind(ending.message).push(", message), error = ");
        query.push_bind(ending.error).push(", attempts = ").push_bind(bigint(ending.attempts));
        query.push(", not_before = ").push_bind(ending.not_before.map(stamp));
        query.push(", finished = ").push_bind((!waits).then(|| stamp(now)));
        if waits {
            query.push(", node = NULL, done = 0");
        }
        query.push(" WHERE state = 'running' AND id = ").push_bind(job.id.as_str());
        query.push(" AND node = ").push_bind(job.node.as_deref());
        query.push(" AND attempts = ").push_bind(bigint(job.attempts));
        let mut tx = self.begin_write().await?;
        let written = query.build().execute(&mut *tx).await?;
        if written.rows_affected() == 0 {
            let reason = format!("the job {} is not this worker's any more", job.id);
            return Err(CatalogueError::Superseded { reason });
        }
        cancel_what_waits(&mut tx, now).await?;
        tx.commit().await?;
        self.job(&job.id).await?.ok_or_else(|| CatalogueError::no_such("job", &job.id))
    }

    /// Puts the jobs back into the queue that a crash of this node left running, and those of nobody; those that were
    /// begun three times have failed. Says how many those were together.
    ///
    /// To be called at start-up, before any worker.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn interrupt_running_jobs(&self, node: &str, now: Timestamp) -> Result<u64, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let taken = take_back(&mut tx, now, |query| {
            query.push(" AND (node IS NULL OR node = ").push_bind(node).push(")");
        })
        .await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Takes back what nodes were at that have fallen silent: their jobs wait again or have failed, and their runs have
    /// ended. Jobs and runs with these ids are `spared`, whatever the clock says of their leases. Says how many jobs it
    /// took back.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn take_back_from_the_silent(
        &self,
        node: &str,
        spared: &[String],
        now: Timestamp,
    ) -> Result<u64, CatalogueError> {
        let mut tx = self.begin_write().await?;
        end_runs_of_lost_jobs(&mut tx, node, spared, now).await?;
        end_silent_runs(&mut tx, node, spared, now).await?;
        let taken = take_back(&mut tx, now, |query| {
            query.push(" AND lease_until < ").push_bind(stamp(now));
            push_but(query, "id", spared);
        })
        .await?;
        give_up_what_nobody_takes(&mut tx, now).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// The jobs and runs that other nodes are at, each with the end of its lease, which changes as long as they live.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn leases_of_others(&self, node: &str) -> Result<Vec<(String, String)>, CatalogueError> {
        let rows = sqlx::query(
            "SELECT id, lease_until FROM job WHERE state = 'running' AND node <> $1 AND lease_until IS NOT NULL \
             UNION ALL SELECT id, lease_until FROM harvest WHERE state = 'running' AND node <> $1 \
             AND lease_until IS NOT NULL",
        )
        .bind(node)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("lease_until")?))).collect()
    }

    /// Whether there is anything for [`Catalogue::take_back_from_the_silent`] to do, without writing.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn somebody_is_silent(&self, node: &str, now: Timestamp) -> Result<bool, CatalogueError> {
        let at = stamp(now);
        let mut query = QueryBuilder::new("SELECT id FROM job WHERE state = 'running' AND lease_until < ");
        query.push_bind(at.as_str());
        query.push(" UNION ALL SELECT id FROM harvest WHERE state = 'running' AND lease_until < ");
        query.push_bind(at.as_str()).push(" AND node <> ").push_bind(node);
        query.push(" UNION ALL SELECT id FROM job WHERE state = 'queued' AND subject IS NOT NULL AND created < ");
        query.push_bind(stamp(now - GIVEN_UP_AFTER)).push(" AND kind IN ");
        push_list(&mut query, about_an_index().iter().map(|kind| kind.name()));
        query.push(" LIMIT 1");
        Ok(query.build().fetch_optional(&self.reader).await?.is_some())
    }
}

/// Puts running jobs back into the queue, or ends those that were begun too often. `which` narrows the running ones down.
async fn take_back(
    conn: &mut Connection,
    now: Timestamp,
    which: impl Fn(&mut QueryBuilder),
) -> Result<u64, CatalogueError> {
    let mut worn_out = QueryBuilder::new("UPDATE job SET lease_until = NULL, state = 'failed', finished = ");
    worn_out.push_bind(stamp(now)).push(", error = 'interrupted each time it was begun' WHERE state = 'running'");
    worn_out.push(" AND attempts >= ").push_bind(bigint(MAX_ATTEMPTS));
    which(&mut worn_out);
    let failed = worn_out.build().execute(&mut *conn).await?.rows_affected();
    let mut others =
        QueryBuilder::new("UPDATE job SET lease_until = NULL, node = NULL, state = 'queued', done = 0 WHERE state = ");
    others.push_bind(JobState::Running.name());
    which(&mut others);
    let queued = others.build().execute(&mut *conn).await?.rows_affected();
    cancel_what_waits(conn, now).await?;
    Ok(failed + queued)
}

/// Ends what waits for a node that has not come back.
async fn give_up_what_nobody_takes(conn: &mut Connection, now: Timestamp) -> Result<(), CatalogueError> {
    let mut query = QueryBuilder::new(
        "UPDATE job SET state = 'cancelled', error = 'its node has not taken it within a day', finished = ",
    );
    query.push_bind(stamp(now)).push(" WHERE state = 'queued' AND subject IS NOT NULL AND created < ");
    query.push_bind(stamp(now - GIVEN_UP_AFTER)).push(" AND kind IN ");
    push_list(&mut query, about_an_index().iter().map(|kind| kind.name()));
    query.build().execute(&mut *conn).await?;
    Ok(())
}

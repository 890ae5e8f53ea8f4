//! Checkup: what the store knows of its own state, for whoever looks after it.

use jiff::{SignedDuration, Timestamp};

use super::Catalogue;
use super::columns::stamp;
use super::error::CatalogueError;
use super::moments::CLOCKS_APART;

/// What the store knows of its own state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkup {
    /// What is wrong with the pages of the database; `None` when they are sound.
    pub damage: Option<String>,
    /// Jobs that run although nobody has been heard of them for longer than their lease.
    pub jobs_left_running: u64,
    /// When the job was asked for that has waited longest and might run by now, RFC 3339.
    pub oldest_waiting_job: Option<String>,
    /// Jobs that failed within the last day.
    pub jobs_failed_lately: u64,
}

impl Catalogue {
    /// What the store knows of its own state. Reads all of a file of SQLite.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn checkup(&self, now: Timestamp) -> Result<Checkup, CatalogueError> {
        let damage = self.backend.damage().await?;
        let mut tx = self.begin_read().await?;
        let at = stamp(now);
        let jobs_left_running: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM job WHERE state = 'running' AND lease_until < $1")
                .bind(at.as_str())
                .fetch_one(&mut *tx)
                .await?;
        let oldest_waiting_job: Option<String> = sqlx::query_scalar(
            "SELECT MIN(created) FROM job WHERE state = 'queued' AND COALESCE(not_before, '') <= $1",
        )
        .bind(at.as_str())
        .fetch_one(&mut *tx)
        .await?;
        let a_day_ago = stamp(now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN));
        let jobs_failed_lately: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM job WHERE state = 'failed' AND finished >= $1")
                .bind(a_day_ago)
                .fetch_one(&mut *tx)
                .await?;
        Ok(Checkup {
            damage,
            jobs_left_running: u64::try_from(jobs_left_running).unwrap_or(0),
            oldest_waiting_job,
            jobs_failed_lately: u64::try_from(jobs_failed_lately).unwrap_or(0),
        })
    }

    /// When a backup was last asked for, RFC 3339; `None` when that is longer ago than jobs are kept, or never was. What a
    /// clock that was ahead has dated later than now does not count: none would be taken until then.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_backup_job(&self, now: Timestamp) -> Result<Option<String>, CatalogueError> {
        let until = stamp(now.checked_add(CLOCKS_APART).unwrap_or(Timestamp::MAX));
        let last = sqlx::query_scalar("SELECT MAX(created) FROM job WHERE kind = 'backup' AND created <= $1");
        Ok(last.bind(until).fetch_one(&self.reader).await?)
    }
}

//! Notices that wait to be told, and those that were: the outbox.
//!
//! A notice is written once under its id, however often somebody tries. What it says is for `notices` to say, when it is
//! tried again for `notices::outbox`. What stands in other tables and was not told yet is asked for here too, so that
//! nothing has to remember whether it told.

use jiff::Timestamp;
use sqlx::Row as _;

use super::Catalogue;
use super::backend::Row;
use super::columns::{bigint, count_at, new_id, parsed_at, stamp};
use super::error::CatalogueError;

/// A notice that is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// Its id: the same for all who notice the same thing.
    pub id: String,
    /// What it is about, as `NoticeKind` is called.
    pub kind: &'static str,
    /// The line that a mail is listed by.
    pub subject: String,
    /// All there is to say.
    pub body: String,
    /// When it was noticed.
    pub created: Timestamp,
}

impl NewNotice {
    /// A notice with an id of its own.
    pub fn new(kind: &'static str, subject: String, body: String, now: Timestamp) -> Self {
        Self { id: new_id(now), kind, subject, body, created: now }
    }
}

/// A notice, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub kind: String,
    /// The line that a mail is listed by.
    pub subject: String,
    /// All there is to say.
    pub body: String,
    /// When it was noticed.
    pub created: Timestamp,
    /// When it was told, RFC 3339; `None` while nobody has it.
    pub sent: Option<String>,
    /// How often that was tried.
    pub attempts: u64,
    /// When it is tried again, RFC 3339; `None` once it was told or given up.
    pub next_try: Option<String>,
    /// What went wrong the last time.
    pub last_error: Option<String>,
}

fn notice_row(row: &Row) -> Result<NoticeRow, CatalogueError> {
    Ok(NoticeRow {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        subject: row.try_get("subject")?,
        body: row.try_get("body")?,
        created: parsed_at(row, "notice", "created")?,
        sent: row.try_get("sent")?,
        attempts: count_at(row, "attempts")?,
        next_try: row.try_get("next_try")?,
        last_error: row.try_get("last_error")?,
    })
}

/// An alarm that nobody was told of, or whose end nobody was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntoldAlarm {
    /// Its id.
    pub id: String,
    /// The source.
    pub source: String,
    /// What people call the source.
    pub source_name: String,
    /// What it is about, as `AlarmKind` is called.
    pub kind: String,
    /// What had happened when it was raised.
    pub message: String,
    /// When its cause was gone; `None` while it is open.
    pub cleared: Option<String>,
}

/// A failed job that nobody was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntoldFailure {
    /// The job.
    pub id: String,
    /// What it was to do, as `JobKind` is called.
    pub kind: String,
    /// What it is about.
    pub subject: Option<String>,
    /// Why it failed.
    pub error: String,
}

impl Catalogue {
    /// Puts a notice into the outbox, unless it is there.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn put_notice(&self, notice: &NewNotice) -> Result<(), CatalogueError> {
        sqlx::query(
            "INSERT INTO notice (id, kind, subject, body, created, next_try) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(notice.id.clone())
        .bind(notice.kind)
        .bind(notice.subject.clone())
        .bind(notice.body.clone())
        .bind(stamp(notice.created))
        .bind(stamp(notice.created))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// The notices that may be tried now, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn due_notices(&self, now: Timestamp, limit: usize) -> Result<Vec<NoticeRow>, CatalogueError> {
        sqlx::query(
            "SELECT id, kind, subject, body, created, sent, attempts, next_try, last_error FROM notice \
             WHERE sent IS NULL AND next_try <= $1 ORDER BY created, id LIMIT $2",
        )
        .bind(stamp(now))
        .bind(bigint(limit))
        .fetch_all(&self.reader)
        .await?
        .iter()
        .map(notice_row)
        .collect()
    }

    /// Writes down that a notice was told.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn note_notice_sent(&self, id: &str, now: Timestamp) -> Result<(), CatalogueError> {
        sqlx::query(
            "UPDATE notice SET sent = $2, attempts = attempts + 1, next_try = NULL, last_error = NULL WHERE id = $1",
        )
        .bind(id)
        .bind(stamp(now))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Writes down that a notice could not be told, why, and when it is tried again; `None`: no more.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn note_notice_failed(
        &self,
        id: &str,
        error: &str,
        next_try: Option<Timestamp>,
    ) -> Result<(), CatalogueError> {
        sqlx::query("UPDATE notice SET attempts = attempts + 1, next_try = $2, last_error = $3 WHERE id = $1")
            .bind(id)
            .bind(next_try.map(stamp))
            .bind(error)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// The last notices, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_notices(&self, limit: usize) -> Result<Vec<NoticeRow>, CatalogueError> {
        sqlx::query(
            "SELECT id, kind, subject, body, created, sent, attempts, next_try, last_error FROM notice \
             ORDER BY created DESC, id DESC LIMIT $1",
        )
        .bind(bigint(limit))
        .fetch_all(&self.reader)
        .await?
        .iter()
        .map(notice_row)
        .collect()
    }

    /// The open alarms that were raised since then and that nobody was told of, and those that somebody was told of and
    /// whose cause has gone since then without a word.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn untold_alarms(&self, since: Timestamp) -> Result<Vec<UntoldAlarm>, CatalogueError> {
        let rows = sqlx::query(
            "SELECT a.id AS id, a.source AS source, s.name AS name, a.kind AS kind, a.message AS message, \
             a.cleared AS cleared FROM alarm a JOIN source s ON s.id = a.source \
             WHERE (a.cleared IS NULL AND a.raised >= $1 \
             AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.id = 'alarm-' || a.id)) \
             OR (a.cleared >= $1 AND EXISTS (SELECT 1 FROM notice n WHERE n.id = 'alarm-' || a.id) \
             AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.id = 'cleared-' || a.id)) ORDER BY a.raised, a.id",
        )
        .bind(stamp(since))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(untold_alarm).collect()
    }

    /// The jobs that failed since then and that nobody was told of. Not those that read a source, which raise alarms
    /// when it goes on, nor those that have told of it themselves: a rebuild whose generation was refused, and a backup
    /// that failed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn untold_failures(&self, since: Timestamp) -> Result<Vec<UntoldFailure>, CatalogueError> {
        let rows = sqlx::query(
            "SELECT j.id AS id, j.kind AS kind, j.subject AS subject, COALESCE(j.error, '') AS error FROM job j \
             WHERE j.state = 'failed' AND j.kind NOT IN ('harvest', 'replay') AND j.finished >= $1 \
             AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.id = 'job-' || j.id) \
             AND NOT EXISTS (SELECT 1 FROM notice g \
             WHERE (j.kind = 'reindex' AND g.kind = 'generation' AND g.created >= j.started) \
             OR (j.kind = 'backup' AND g.kind = 'backup' AND g.created >= $1)) ORDER BY j.finished, j.id",
        )
        .bind(stamp(since))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(untold_failure).collect()
    }
}

fn untold_alarm(row: &Row) -> Result<UntoldAlarm, CatalogueError> {
    Ok(UntoldAlarm {
        id: row.try_get("id")?,
        source: row.try_get("source")?,
        source_name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        message: row.try_get("message")?,
        cleared: row.try_get("cleared")?,
    })
}

fn untold_failure(row: &Row) -> Result<UntoldFailure, CatalogueError> {
    Ok(UntoldFailure {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        subject: row.try_get("subject")?,
        error: row.try_get("error")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::testing::fresh_place;

    fn minute(number: u32) -> Timestamp {
        format!("2026-11-21T09:{number:02}:00Z").parse().expect("a time")
    }

    #[tokio::test]
    async fn a_notice_is_put_once_and_waits_until_it_is_told_or_given_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.expect("a store");
        let notice = |id: &str, at| NewNotice {
            id: id.to_owned(),
            kind: "disk",
            subject: "little room".to_owned(),
            body: "so many bytes".to_owned(),
            created: minute(at),
        };
        for new in [notice("a", 0), notice("b", 1), notice("a", 2)] {
            catalogue.put_notice(&new).await.expect("written");
        }
        let due = async |at| {
            let rows = catalogue.due_notices(minute(at), 10).await.expect("notices");
            rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(due(0).await, ["a"]);
        assert_eq!(due(2).await, ["a", "b"]);
        catalogue.note_notice_sent("a", minute(2)).await.expect("written");
        catalogue.note_notice_failed("b", "nobody answers", Some(minute(9))).await.expect("written");
        assert_eq!(due(8).await, [""; 0]);
        assert_eq!(due(9).await, ["b"]);
        catalogue.note_notice_failed("b", "still nobody", None).await.expect("written");
        assert_eq!(due(59).await, [""; 0], "it was given up");
        let rows = catalogue.list_notices(10).await.expect("notices");
        let told: Vec<(&str, u64, bool)> =
            rows.iter().map(|row| (row.id.as_str(), row.attempts, row.sent.is_some())).collect();
        assert_eq!(told, [("b", 2, false), ("a", 1, true)]);
    }

    #[tokio::test]
    async fn a_failed_job_is_told_unless_it_has_told_of_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.expect("a store");
        for (id, kind, state) in [
            ("1", "harvest", "failed"),
            ("2", "drift", "failed"),
            ("3", "reindex", "failed"),
            ("4", "backup", "failed"),
            ("5", "publish", "succeeded"),
        ] {
            sqlx::query(
                "INSERT INTO job (id, kind, state, error, created, started, finished) \
                 VALUES ($1, $2, $3, 'why', '2026-11-21T09:00:00Z', '2026-11-21T09:00:00Z', '2026-11-21T09:05:00Z')",
            )
            .bind(id)
            .bind(kind)
            .bind(state)
            .execute(&catalogue.writer)
            .await
            .expect("written");
        }
        let untold = async || {
            let rows = catalogue.untold_failures(minute(0)).await.expect("jobs");
            rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(untold().await, ["2", "3", "4"]);
        for (id, kind) in [("job-2", "job"), ("a", "generation"), ("b", "backup")] {
            let notice = NewNotice::new(kind, String::new(), String::new(), minute(5));
            catalogue.put_notice(&NewNotice { id: id.to_owned(), ..notice }).await.expect("written");
        }
        assert_eq!(untold().await, [""; 0]);
    }
}

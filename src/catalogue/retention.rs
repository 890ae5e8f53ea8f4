//! Retention: what is forgotten with time, and why it is kept so long. What was decided is never forgotten: the audit log
//! stays whole.
//!
//! Each rule is one transaction or a few small ones, so that no harvest waits long for its turn. Sums of usage go as they
//! are written (`usage`), and what was written in reports goes a year after their answer (`user_reports`).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder};
use super::columns::{CHUNK, push_list, stamp};
use super::error::CatalogueError;
use super::undo::spare_what_may_come_back;

/// Runs and what they met: a year and a month, so that this month can be compared with the same a year ago.
const RUNS_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// However old they are, so many runs of a source stay: one that is harvested twice a year still has a history.
const RUNS_OF_A_SOURCE: i64 = 20;
/// Jobs that have ended: a quarter, for whoever asks what happened during the holidays.
const JOBS_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// What was fetched and is needed no more: a month, in which a better mapping can still be replayed over it.
const PAYLOADS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// What the last so many runs of a source asked for is needed, for they ask whether it has changed.
const RUNS_THAT_ASK: i64 = 2;
/// What undoes a run: of the last so many that changed something. A run is rolled back while it is the newest.
const UNDONE_RUNS: usize = 3;
/// Mails and calls that were sent, or given up: a quarter, to show what was told and when.
const NOTICES_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Sign-ins that are over: a week, to find out about one that nobody remembers.
const SESSIONS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What comparing the index with the store found: a quarter, to see a trend.
const DRIFT_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// So many payloads go in one transaction: they are large, and nobody is in a hurry.
const PAYLOADS_AT_ONCE: usize = 100;

/// How much was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Problems of runs.
    pub problems: u64,
    /// Runs.
    pub runs: u64,
    /// Jobs.
    pub jobs: u64,
    /// Payloads.
    pub payloads: u64,
    /// Rows that would have undone a run.
    pub undo: u64,
    /// Notices, sign-ins and findings of drift together.
    pub notes: u64,
}

impl Forgotten {
    /// All of it together.
    pub fn total(&self) -> u64 {
        self.problems + self.runs + self.jobs + self.payloads + self.undo + self.notes
    }
}

fn before(now: Timestamp, kept: SignedDuration) -> String {
    stamp(now.checked_sub(kept).unwrap_or(Timestamp::MIN))
}

impl Catalogue {
    /// Forgets what has been kept long enough. Run twice, the second run finds nothing.
    ///
    /// # Errors
    /// When the store cannot be written; what was forgotten until then stays forgotten.
    pub async fn forget_what_is_old(&self, now: Timestamp) -> Result<Forgotten, CatalogueError> {
        let (problems, runs) = self.forget_runs(&before(now, RUNS_KEPT)).await?;
        let jobs = self
            .delete(
                "DELETE FROM job WHERE state IN ('succeeded', 'failed', 'cancelled') AND finished < $1",
                &before(now, JOBS_KEPT),
            )
            .await?;
        let undo = self.forget_undo().await?;
        let payloads = self.forget_payloads(&before(now, PAYLOADS_KEPT)).await?;
        let notices = self.delete("DELETE FROM notice WHERE created < $1", &before(now, NOTICES_KEPT)).await?;
        // Whichever was first.
        let sessions = self
            .delete(
                "DELETE FROM session WHERE COALESCE(ended, expires) < $1 OR expires < $1",
                &before(now, SESSIONS_KEPT),
            )
            .await?;
        let drift = self.delete("DELETE FROM drift WHERE at < $1", &before(now, DRIFT_KEPT)).await?;
        Ok(Forgotten { problems, runs, jobs, payloads, undo, notes: notices + sessions + drift })
    }

    async fn delete(&self, statement: &'static str, before: &str) -> Result<u64, CatalogueError> {
        Ok(sqlx::query(statement).bind(before).execute(&self.writer).await?.rows_affected())
    }

    /// Forgets the problems of old runs, then the runs themselves. Gives how many of each.
    async fn forget_runs(&self, before: &str) -> Result<(u64, u64), CatalogueError> {
        let mut tx = self.begin_write().await?;
        // A run that shows the problems of an earlier one, because the source had not changed since, still needs them.
        let problems = sqlx::query(
            "DELETE FROM problem WHERE harvest IN (SELECT h.id FROM harvest h WHERE h.started < $1 \
             AND h.state NOT IN ('running', 'held') AND NOT EXISTS (SELECT 1 FROM harvest later \
             WHERE later.source = h.source AND later.problems_of = h.id AND later.started >= $1))",
        )
        .bind(before)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        let mut runs = 0;
        for chunk in old_runs(&mut tx, before).await?.chunks(CHUNK) {
            for statement in [
                "DELETE FROM problem WHERE harvest IN ",
                "DELETE FROM held WHERE harvest IN ",
                "DELETE FROM undo_record WHERE harvest IN ",
            ] {
                let mut query = QueryBuilder::new(statement);
                push_list(&mut query, chunk.iter().map(String::as_str));
                query.build().execute(&mut *tx).await?;
            }
            let mut query = QueryBuilder::new("DELETE FROM harvest WHERE id IN ");
            push_list(&mut query, chunk.iter().map(String::as_str));
            runs += query.build().execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
        Ok((problems, runs))
    }

    /// Forgets what would undo runs that are not among the last of their source.
    async fn forget_undo(&self) -> Result<u64, CatalogueError> {
        let mut tx = self.begin_write().await?;
        let rows = sqlx::query("SELECT DISTINCT source, harvest FROM undo_record ORDER BY source, harvest DESC")
            .fetch_all(&mut *tx)
            .await?;
        let (mut source, mut met, mut forgotten) = (String::new(), 0, 0);
        for row in &rows {
            let of: String = row.try_get("source")?;
            if of != source {
                (source, met) = (of, 0);
            }
            met += 1;
            if met > UNDONE_RUNS {
                let harvest: String = row.try_get("harvest")?;
                let done = sqlx::query("DELETE FROM undo_record WHERE harvest = $1 AND source = $2")
                    .bind(harvest)
                    .bind(source.as_str())
                    .execute(&mut *tx)
                    .await?;
                forgotten += done.rows_affected();
            }
        }
        tx.commit().await?;
        Ok(forgotten)
    }

    /// Forgets what was fetched, belongs to no record, not even to one as a run can be taken back to, and was not asked
    /// for by the last runs of its source.
    async fn forget_payloads(&self, before: &str) -> Result<u64, CatalogueError> {
        let mut tx = self.begin_write().await?;
        // Where each place stands that nothing was read from and that was not asked for any more.
        sqlx::query(
            "DELETE FROM fetched WHERE at < $1 \
             AND hash IN (SELECT hash FROM fetched WHERE at < $1 EXCEPT SELECT payload FROM record) \
             AND at < COALESCE((SELECT h.started FROM harvest h WHERE h.source = fetched.source AND h.state = 'ok' \
             AND h.manner <> 'replay' ORDER BY h.started DESC, h.id DESC LIMIT 1 OFFSET $2), '')",
        )
        .bind(before)
        .bind(RUNS_THAT_ASK - 1)
        .execute(&mut *tx)
        .await?;
        let unused: Vec<String> = sqlx::query_scalar(
            "SELECT hash FROM payload WHERE COALESCE(kept_at, '') < $1 EXCEPT SELECT payload FROM record \
             EXCEPT SELECT hash FROM fetched",
        )
        .bind(before)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        let mut unused = BTreeSet::from_iter(unused);
        // Looked through while others write: what runs have kept to be undone may be millions of rows.
        let mut conn = self.reader.acquire().await?;
        spare_what_may_come_back(&mut conn, &mut unused).await?;
        drop(conn);
        let unused = Vec::from_iter(unused);
        let mut forgotten = 0;
        for chunk in unused.chunks(PAYLOADS_AT_ONCE) {
            let mut tx = self.begin_write().await?;
            let mut query = QueryBuilder::new("DELETE FROM payload WHERE hash IN ");
            push_list(&mut query, chunk.iter().map(String::as_str));
            // Fetched anew meanwhile, it is needed again.
            query.push(" AND hash NOT IN (SELECT hash FROM fetched WHERE hash IN ");
            push_list(&mut query, chunk.iter().map(String::as_str));
            query.push(")");
            forgotten += query.build().execute(&mut *tx).await?.rows_affected();
            tx.commit().await?;
        }
        Ok(forgotten)
    }
}

/// The runs that are older than this and not among the last of their source, the last ok one among those that stay.
async fn old_runs(conn: &mut Connection, before: &str) -> Result<Vec<String>, CatalogueError> {
    let ids = sqlx::query_scalar(
        "SELECT h.id FROM harvest h WHERE h.started < $1 AND h.state NOT IN ('running', 'held') \
         AND (SELECT COUNT(*) FROM harvest later WHERE later.source = h.source AND later.started > h.started) >= $2 \
         AND NOT EXISTS (SELECT 1 FROM harvest later WHERE later.source = h.source AND later.problems_of = h.id) \
         AND (h.state <> 'ok' OR EXISTS (SELECT 1 FROM harvest later WHERE later.source = h.source \
         AND later.state = 'ok' AND later.started > h.started))",
    )
    .bind(before)
    .bind(RUNS_OF_A_SOURCE)
    .fetch_all(&mut *conn)
    .await?;
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::super::testing::fresh_place;
    use super::*;

    async fn store(statements: &[String]) -> (tempfile::TempDir, Catalogue) {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.expect("a store");
        let mut tx = catalogue.begin_write().await.expect("a transaction");
        let source = "INSERT INTO source (id, name, organisation, homepage, nation, kind, schedule, enabled_by_default, \
                      shipped, present, allows_republishing, terms_changed, toml, file, fingerprint) \
                      VALUES ('a', 'A', 'A', '', 'uk', 'json', 'daily', 1, 0, 1, 1, 0, '', 'a.toml', 'f')";
        for statement in std::iter::once(source).chain(statements.iter().map(String::as_str)) {
            QueryBuilder::new(statement).build().execute(&mut *tx).await.expect("a row");
        }
        tx.commit().await.expect("written");
        (folder, catalogue)
    }

    async fn ids(catalogue: &Catalogue, question: &'static str) -> Vec<String> {
        sqlx::query_scalar(question).fetch_all(&catalogue.reader).await.expect("rows")
    }

    fn now() -> Timestamp {
        "2026-11-22T02:00:00Z".parse().expect("a time")
    }

    fn days_ago(days: i64) -> String {
        stamp(now() - SignedDuration::from_hours(24 * days))
    }

    #[tokio::test]
    async fn old_runs_go_but_the_last_of_a_source_and_what_they_lean_on_stay() {
        let mut rows = Vec::new();
        // 30 runs, the first 500 days ago and one each day from there; of the last the problems stand with the second.
        for number in 0..30 {
            let (at, of) = (days_ago(500 - number), if number == 29 { "'r01'" } else { "NULL" });
            rows.push(format!(
                "INSERT INTO harvest (id, source, state, started, problems_of) VALUES ('r{number:02}', 'a', 'ok', '{at}', {of})"
            ));
            rows.push(format!(
                "INSERT INTO problem (harvest, number, severity, place, reason) VALUES ('r{number:02}', 1, 'error', '/', 'x')"
            ));
        }
        let at = days_ago(10);
        rows.push(format!("INSERT INTO harvest (id, source, state, started) VALUES ('new', 'a', 'ok', '{at}')"));
        let (_folder, catalogue) = store(&rows).await;
        let forgotten = catalogue.forget_what_is_old(now()).await.unwrap();
        // 19 of the old ones and the new one are the last twenty; the second is leant on.
        assert_eq!((forgotten.runs, forgotten.problems), (10, 30));
        let left = ids(&catalogue, "SELECT id FROM harvest ORDER BY id").await;
        assert_eq!(left.len(), 21);
        assert!(
            left.contains(&"r01".to_owned()) && left.contains(&"new".to_owned()) && !left.contains(&"r10".to_owned())
        );
        assert_eq!(catalogue.forget_what_is_old(now()).await.unwrap(), Forgotten::default());
    }

    #[tokio::test]
    async fn payloads_that_somebody_still_needs_stay() {
        let mut rows: Vec<String> = Vec::new();
        for (name, kept) in [("read", 90), ("asked", 90), ("left", 90), ("young", 10), ("lost", 90), ("back", 90)] {
            let at = days_ago(kept);
            rows.push(format!("INSERT INTO payload (hash, body, kept_at) VALUES ('{name}', '', '{at}')"));
        }
        for (name, days) in [("one", 60), ("two", 40), ("three", 20)] {
            let at = days_ago(days);
            rows.push(format!("INSERT INTO harvest (id, source, state, started) VALUES ('{name}', 'a', 'ok', '{at}')"));
        }
        for (hash, days) in [("asked", 39), ("left", 59)] {
            let at = days_ago(days);
            rows.push(format!(
                "INSERT INTO fetched (source, place, hash, at) VALUES ('a', '{hash}', '{hash}', '{at}')"
            ));
        }
        rows.push(
            "INSERT INTO undo_record (harvest, source, identifier, before) VALUES ('three', 'a', '2', '{\"payload\":\"back\"}')"
                .to_owned(),
        );
        let at = days_ago(90);
        rows.push(format!(
            "INSERT INTO resource (id, resource_key, state, metadata, description_in_full, created, updated) \
             VALUES ('r', 'k', 'live', '{{}}', 1, '{at}', '{at}')"
        ));
        rows.push(format!(
            "INSERT INTO record (source, identifier, resource, state, metadata, content_hash, resource_key, payload, place, \
             first_seen, changed_at, missing_runs) VALUES ('a', '1', 'r', 'live', '{{}}', 'h', 'k', 'read', '/', '{at}', '{at}', 0)"
        ));
        let (_folder, catalogue) = store(&rows).await;
        assert_eq!(catalogue.forget_what_is_old(now()).await.unwrap().payloads, 2);
        assert_eq!(ids(&catalogue, "SELECT hash FROM payload ORDER BY hash").await, ["asked", "back", "read", "young"]);
    }

    #[tokio::test]
    async fn what_has_ended_long_ago_goes_and_the_audit_log_stays() {
        let (old, young) = (days_ago(800), days_ago(5));
        let mut rows =
            vec![format!("INSERT INTO audit (at, who, action, subject, detail) VALUES ('{old}', 'a', 'b', 'c', 'd')")];
        for (id, at) in [("old", &old), ("young", &young)] {
            rows.push(format!("INSERT INTO job (id, kind, state, created, finished) VALUES ('{id}', 'reindex', 'failed', '{at}', '{at}')"));
            rows.push(format!(
                "INSERT INTO notice (id, kind, subject, body, created) VALUES ('{id}', 'k', 's', 'b', '{at}')"
            ));
            rows.push(format!(
                "INSERT INTO session (hash, token, created, seen, expires) VALUES ('{id}', 't', '{at}', '{at}', '{at}')"
            ));
            rows.push(format!(
                "INSERT INTO drift (id, node, at, compared, missing, surplus, differing, repaired) VALUES ('{id}', 'n', '{at}', 0, 0, 0, 0, 0)"
            ));
        }
        rows.push(format!(
            "INSERT INTO job (id, kind, state, created) VALUES ('waiting', 'reindex', 'queued', '{old}')"
        ));
        for run in 1..=5 {
            rows.push(format!("INSERT INTO undo_record (harvest, source, identifier) VALUES ('h{run}', 'a', '1')"));
        }
        let (_folder, catalogue) = store(&rows).await;
        let forgotten = catalogue.forget_what_is_old(now()).await.unwrap();
        assert_eq!((forgotten.jobs, forgotten.notes, forgotten.undo), (1, 3, 2));
        assert_eq!(ids(&catalogue, "SELECT id FROM job ORDER BY id").await, ["waiting", "young"]);
        assert_eq!(ids(&catalogue, "SELECT harvest FROM undo_record ORDER BY harvest").await, ["h3", "h4", "h5"]);
        assert_eq!(catalogue.audit(None, 10).await.unwrap().1, 1);
    }
}

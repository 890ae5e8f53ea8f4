//! What those who run the service ask of the store: whether it is well, what waits, and what a week brought.
//!
//! Few rows each, asked every few seconds. What follows from them is for `web::health`, `metrics` and `jobs::digest` to
//! say.

use jiff::Timestamp;
use sqlx::Row as _;

use super::Catalogue;
use super::backend::Row;
use super::columns::{count_at, parse, stamp};
use super::error::CatalogueError;
use super::harvests::HarvestCounts;

/// How the store stands, in what the readiness of a node is told by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFacts {
    /// The last place in the change log.
    pub head: u64,
    /// Since when the job has waited that has waited longest.
    pub oldest_queued: Option<Timestamp>,
}

/// What the runs of one source came to since a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceOfWeek {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether it is harvested without being asked for.
    pub enabled: bool,
    /// How its last run ended, and why where that was told; `None` when there was none.
    pub last_state: Option<String>,
    /// When its last ok run was, RFC 3339.
    pub last_ok_at: Option<String>,
    /// How many runs began since then.
    pub runs: u64,
    /// What those counted together.
    pub counts: HarvestCounts,
}

impl Catalogue {
    /// How the store stands.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn store_facts(&self) -> Result<StoreFacts, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let last = sqlx::query("SELECT seq FROM change ORDER BY seq DESC LIMIT 1").fetch_optional(&mut *tx).await?;
        let queued = sqlx::query("SELECT MIN(created) AS since FROM job WHERE state = 'queued' AND not_before IS NULL")
            .fetch_one(&mut *tx)
            .await?;
        Ok(StoreFacts {
            head: last.as_ref().map_or(Ok(0), |row| count_at(row, "seq"))?,
            oldest_queued: time_at(&queued, "job", "since")?,
        })
    }

    /// How many jobs there are of each kind in each state.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn jobs_by_state(&self) -> Result<Vec<(String, String, u64)>, CatalogueError> {
        sqlx::query("SELECT kind, state, COUNT(*) AS jobs FROM job GROUP BY kind, state ORDER BY kind, state")
            .fetch_all(&self.reader)
            .await?
            .iter()
            .map(|row| Ok((row.try_get("kind")?, row.try_get("state")?, count_at(row, "jobs")?)))
            .collect()
    }

    /// How many alarms of each kind are open.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open_alarms_by_kind(&self) -> Result<Vec<(String, u64)>, CatalogueError> {
        sqlx::query("SELECT kind, COUNT(*) AS alarms FROM alarm WHERE cleared IS NULL GROUP BY kind ORDER BY kind")
            .fetch_all(&self.reader)
            .await?
            .iter()
            .map(|row| Ok((row.try_get("kind")?, count_at(row, "alarms")?)))
            .collect()
    }

    /// When the last ok run of each source was that is there and had one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_ok_of_sources(&self) -> Result<Vec<(String, Timestamp)>, CatalogueError> {
        let rows =
            sqlx::query("SELECT id, last_ok_at FROM source WHERE present = 1 AND last_ok_at IS NOT NULL ORDER BY id")
                .fetch_all(&self.reader)
                .await?;
        rows.iter()
            .map(|row| {
                let at: String = row.try_get("last_ok_at")?;
                Ok((row.try_get("id")?, parse("source", &at)?))
            })
            .collect()
    }

    /// How many notices wait to be told.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn notices_waiting(&self) -> Result<u64, CatalogueError> {
        let row = sqlx::query("SELECT COUNT(*) AS notices FROM notice WHERE sent IS NULL AND next_try IS NOT NULL")
            .fetch_one(&self.reader)
            .await?;
        count_at(&row, "notices")
    }

    /// What the runs of every source that is there came to since a moment, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sources_since(&self, since: Timestamp) -> Result<Vec<SourceOfWeek>, CatalogueError> {
        sqlx::query(
            "SELECT s.id AS id, s.name AS name, COALESCE(s.enabled_by_admin, s.enabled_by_default) AS enabled, \
             s.last_ok_at AS last_ok_at, (SELECT CASE WHEN l.reason IS NULL THEN l.state \
             ELSE l.state || ': ' || l.reason END FROM harvest l WHERE l.source = s.id AND l.state <> 'running' \
             ORDER BY l.started DESC, l.id DESC LIMIT 1) AS last_state, COUNT(h.id) AS runs, \
             CAST(COALESCE(SUM(h.read_count), 0) AS BIGINT) AS read_count, \
             CAST(COALESCE(SUM(h.created_count), 0) AS BIGINT) AS created_count, \
             CAST(COALESCE(SUM(h.changed_count), 0) AS BIGINT) AS changed_count, \
             CAST(COALESCE(SUM(h.unchanged_count), 0) AS BIGINT) AS unchanged_count, \
             CAST(COALESCE(SUM(h.deleted_count), 0) AS BIGINT) AS deleted_count, \
             CAST(COALESCE(SUM(h.rejected_count), 0) AS BIGINT) AS rejected_count, \
             CAST(COALESCE(SUM(h.duplicate_count), 0) AS BIGINT) AS duplicate_count \
             FROM source s LEFT JOIN harvest h ON h.source = s.id AND h.started >= $1 AND h.manner <> 'replay' \
             WHERE s.present = 1 \
             GROUP BY s.id, s.name, s.enabled_by_admin, s.enabled_by_default, s.last_ok_at ORDER BY s.name, s.id",
        )
        .bind(stamp(since))
        .fetch_all(&self.reader)
        .await?
        .iter()
        .map(source_of_week)
        .collect()
    }

    /// How many changes of each kind the change log has since a moment, by resource: created, changed, withdrawn.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn changes_since(&self, since: Timestamp) -> Result<Vec<(String, u64)>, CatalogueError> {
        sqlx::query(
            "SELECT op, COUNT(DISTINCT resource) AS resources FROM change WHERE at >= $1 GROUP BY op ORDER BY op",
        )
        .bind(stamp(since))
        .fetch_all(&self.reader)
        .await?
        .iter()
        .map(|row| Ok((row.try_get("op")?, count_at(row, "resources")?)))
        .collect()
    }

    /// How many addresses are broken.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn broken_links(&self) -> Result<u64, CatalogueError> {
        let row =
            sqlx::query("SELECT COUNT(*) AS links FROM link WHERE state = 'broken'").fetch_one(&self.reader).await?;
        count_at(&row, "links")
    }

    /// When the last backup was taken that this service took itself.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_backup_at(&self) -> Result<Option<Timestamp>, CatalogueError> {
        let row = sqlx::query("SELECT MAX(finished) AS at FROM job WHERE kind = 'backup' AND state = 'succeeded'")
            .fetch_one(&self.reader)
            .await?;
        time_at(&row, "job", "at")
    }
}

fn time_at(row: &Row, table: &'static str, column: &str) -> Result<Option<Timestamp>, CatalogueError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| parse(table, &text)).transpose()
}

fn source_of_week(row: &Row) -> Result<SourceOfWeek, CatalogueError> {
    Ok(SourceOfWeek {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        enabled: count_at(row, "enabled")? > 0,
        last_state: row.try_get("last_state")?,
        last_ok_at: row.try_get("last_ok_at")?,
        runs: count_at(row, "runs")?,
        counts: HarvestCounts {
            read: count_at(row, "read_count")?,
            created: count_at(row, "created_count")?,
            changed: count_at(row, "changed_count")?,
            unchanged: count_at(row, "unchanged_count")?,
            deleted: count_at(row, "deleted_count")?,
            rejected: count_at(row, "rejected_count")?,
            duplicate: count_at(row, "duplicate_count")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::testing::fresh_place;

    #[tokio::test]
    async fn an_empty_store_has_nothing_to_say_and_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = Catalogue::open(&fresh_place(&folder).await).await.expect("a store");
        let facts = catalogue.store_facts().await.expect("facts");
        let nothing = StoreFacts { head: 0, oldest_queued: None };
        assert_eq!(facts, nothing);
        assert!(catalogue.jobs_by_state().await.expect("jobs").is_empty());
        assert!(catalogue.open_alarms_by_kind().await.expect("alarms").is_empty());
        assert!(catalogue.last_ok_of_sources().await.expect("sources").is_empty());
        assert!(catalogue.sources_since(Timestamp::MIN).await.expect("sources").is_empty());
        assert!(catalogue.changes_since(Timestamp::MIN).await.expect("changes").is_empty());
        let counts = (catalogue.notices_waiting().await.ok(), catalogue.broken_links().await.ok());
        assert_eq!(counts, (Some(0), Some(0)));
        assert_eq!(catalogue.last_backup_at().await.expect("a time"), None);
    }
}

//! Audit: who did what, in order. Each act is written in the transaction that does it, and nothing is ever taken out.

use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, Row};
use super::columns::{bigint, count_at};
use super::error::CatalogueError;

/// One act, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place in the order; higher is later.
    pub seq: u64,
    /// When, RFC 3339.
    pub at: String,
    /// The name of the token that it was done with.
    pub who: String,
    /// What was done: `hide`, `undo hide`, `approve`.
    pub action: String,
    /// What it was done to, named by its id.
    pub subject: String,
    /// What else there is to say, such as the reason that was given.
    pub detail: String,
}

fn audit_row(row: &Row) -> Result<AuditRow, CatalogueError> {
    Ok(AuditRow {
        seq: count_at(row, "seq")?,
        at: row.try_get("at")?,
        who: row.try_get("who")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        detail: row.try_get("detail")?,
    })
}

/// Writes down an act, in the transaction that does it.
pub(super) async fn note(
    conn: &mut Connection,
    who: &str,
    action: &str,
    subject: &str,
    detail: &str,
    at: &str,
) -> Result<(), CatalogueError> {
    sqlx::query("INSERT INTO audit (at, who, action, subject, detail) VALUES ($1, $2, $3, $4, $5)")
        .bind(at)
        .bind(who)
        .bind(action)
        .bind(subject)
        .bind(detail)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

impl Catalogue {
    /// What was done before this place in the order, or lately, the newest first; and how many acts there are in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn audit(&self, before_seq: Option<u64>, limit: usize) -> Result<(Vec<AuditRow>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let total: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit").fetch_one(&mut *tx).await?;
        let rows = sqlx::query(
            "SELECT seq, at, who, action, subject, detail FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2",
        )
        .bind(before_seq.map_or(i64::MAX, bigint))
        .bind(bigint(limit))
        .fetch_all(&mut *tx)
        .await?;
        let acts: Result<Vec<AuditRow>, CatalogueError> = rows.iter().map(audit_row).collect();
        Ok((acts?, u64::try_from(total).unwrap_or(0)))
    }
}

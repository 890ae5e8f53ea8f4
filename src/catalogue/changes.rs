//! The change log: what happened to resources, in strict order, for everyone who keeps a copy.

use schemas::ResourceId;
use sqlx::{QueryBuilder, Row as _};

use super::Catalogue;
use super::backend::{Connection, Db};
use super::columns::{CHUNK, bigint, count_at, parsed_at};
use super::error::CatalogueError;

/// What happened to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeOp {
    /// It is new.
    Created,
    /// It says something else, its records are others, or it is back.
    Changed,
    /// It is withdrawn, or was merged into another.
    Withdrawn,
}

impl ChangeOp {
    const ALL: [Self; 3] = [Self::Created, Self::Changed, Self::Withdrawn];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// One entry of the change log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// Its place in the order; higher is later.
    pub seq: u64,
    /// The resource.
    pub resource: ResourceId,
    /// What happened to it.
    pub op: ChangeOp,
    /// When, RFC 3339.
    pub at: String,
}

impl Catalogue {
    /// The place of the last change; 0 when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn head_seq(&self) -> Result<u64, CatalogueError> {
        let head: Option<i64> = sqlx::query_scalar("SELECT MAX(seq) FROM change").fetch_one(&self.reader).await?;
        Ok(head.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(0))
    }

    /// The changes after a place, in their order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn changes_after(&self, seq: u64, limit: usize) -> Result<Vec<ChangeRow>, CatalogueError> {
        let rows = sqlx::query("SELECT seq, resource, op, at FROM change WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(bigint(seq))
            .bind(bigint(limit))
            .fetch_all(&self.reader)
            .await?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in &rows {
            let seq = count_at(row, "seq")?;
            let name: String = row.try_get("op")?;
            let op = ChangeOp::ALL.into_iter().find(|op| op.name() == name).ok_or_else(|| {
                CatalogueError::stored("change", &seq.to_string(), format!("no change is called `{name}`"))
            })?;
            let resource = parsed_at(row, "change", "resource")?;
            changes.push(ChangeRow { seq, resource, op, at: row.try_get("at")? });
        }
        Ok(changes)
    }
}

/// Appends to the log, in this order.
pub(super) async fn append_changes(
    conn: &mut Connection,
    changes: &[(ResourceId, ChangeOp)],
    at: &str,
) -> Result<(), CatalogueError> {
    for chunk in changes.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO change (resource, op, at) ");
        query.push_values(chunk, |mut row, (resource, op)| {
            row.push_bind(resource.as_str()).push_bind(op.name()).push_bind(at);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

//! Curation: what admins decided about resources. It is kept beside what records say and laid over it whenever a
//! resource is settled, so no harvest undoes it.
//!
//! A decision is about a home. It goes along when what stands there becomes part of another resource, and stays when it
//! is one of its own again. Deciding is in `decide`, taking back in `undo`; each is one transaction with all that
//! follows from it. How a decision changes fields is for `resolve::overlay` to say, and which records are one resource
//! for `resolving`, which is told by links of two records: they are one, or they are not.

mod decide;
mod undo;

use std::collections::HashMap;

use schemas::{Curation, ResourceId, Undone};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, bigint, json_at, parsed_at, push_list};
use super::error::CatalogueError;

/// Why a decision is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CurateError {
    /// It cannot be meant so.
    #[error("`{part}`: {reason}")]
    Unfit {
        /// Which part of the request: `decision.value`.
        part: &'static str,
        /// What is wrong with it and what was expected.
        reason: String,
    },
    /// What it is about stands otherwise.
    #[error("{reason}")]
    Stands {
        /// How it stands.
        reason: String,
    },
    /// There is no such resource or curation, or the store cannot do it.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl CurateError {
    fn unfit(part: &'static str, reason: impl Into<String>) -> Self {
        Self::Unfit { part, reason: reason.into() }
    }
}

impl From<sqlx::Error> for CurateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Catalogue(error.into())
    }
}

/// A reason is for people to read: a sentence or a few, and no page.
const MAX_REASON_CHARACTERS: usize = 500;

/// The columns of a curation `c`.
const SELECT: &str = "SELECT c.id AS id, c.resource AS resource, c.decision AS decision, c.who AS who, c.why AS why, \
     c.at AS at, c.undone_by AS undone_by, c.undone_why AS undone_why, c.undone_at AS undone_at";

impl Catalogue {
    /// A page of what was decided about this resource, and about what has become part of it, the newest first, what was
    /// undone as well; and how many decisions those are in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn curations_of(
        &self,
        resource: &ResourceId,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<Curation>, u64), CatalogueError> {
        let about = |columns: &'static str| {
            let mut query = QueryBuilder::new("");
            push_subjects(&mut query, &[resource]);
            query.push(columns).push(" FROM curation c WHERE (c.resource = ").push_bind(resource.as_str());
            query.push(" OR c.resource IN (SELECT id FROM subject))");
            query
        };
        let mut tx = self.begin_read().await?;
        let total: i64 = about("SELECT COUNT(*)").build_query_scalar().fetch_one(&mut *tx).await?;
        let mut query = about(SELECT);
        query.push(" ORDER BY c.at DESC, c.id DESC LIMIT ").push_bind(bigint(limit));
        query.push(" OFFSET ").push_bind(bigint(offset));
        let rows = query.build().fetch_all(&mut *tx).await?;
        let curations: Result<Vec<Curation>, CatalogueError> = rows.iter().map(curation_row).collect();
        Ok((curations?, u64::try_from(total).unwrap_or(0)))
    }

    /// A page of all decisions, the newest first, and how many there are in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_curations(&self, limit: usize, offset: usize) -> Result<(Vec<Curation>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let total: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM curation").fetch_one(&mut *tx).await?;
        let mut query = QueryBuilder::new(SELECT);
        query.push(" FROM curation c ORDER BY c.at DESC, c.id DESC LIMIT ").push_bind(bigint(limit));
        query.push(" OFFSET ").push_bind(bigint(offset));
        let rows = query.build().fetch_all(&mut *tx).await?;
        let curations: Result<Vec<Curation>, CatalogueError> = rows.iter().map(curation_row).collect();
        Ok((curations?, u64::try_from(total).unwrap_or(0)))
    }
}

/// The decisions that stand about each of these resources and about what has become part of it, the oldest first.
pub(super) async fn standing_curations(
    conn: &mut Connection,
    ids: &[&ResourceId],
) -> Result<HashMap<ResourceId, Vec<Curation>>, CatalogueError> {
    let mut standing: HashMap<ResourceId, Vec<Curation>> = HashMap::new();
    let one: Option<String> = sqlx::query_scalar("SELECT id FROM curation WHERE undone_at IS NULL LIMIT 1")
        .fetch_optional(&mut *conn)
        .await?;
    if one.is_none() {
        return Ok(standing);
    }
    for chunk in ids.chunks(CHUNK) {
        let mut query = QueryBuilder::new("");
        push_subjects(&mut query, chunk);
        query.push(SELECT).push(
            ", subject.stands_for AS stands_for FROM subject JOIN curation c ON c.resource = subject.id \
             WHERE c.undone_at IS NULL ORDER BY c.at, c.id",
        );
        for row in &query.build().fetch_all(&mut *conn).await? {
            standing.entry(parsed_at(row, "curation", "stands_for")?).or_default().push(curation_row(row)?);
        }
    }
    Ok(standing)
}

/// Begins a query with the table `subject`: the resources whose decisions count for these, with the one they count for.
///
/// Those are the homes of its published records. A home without any counts for what it was merged into, be it through
/// others like it, or for itself.
fn push_subjects(query: &mut QueryBuilder, ids: &[&ResourceId]) {
    let without_records = "NOT EXISTS (SELECT 1 FROM record r WHERE r.home = s.id AND r.state IN ('live', 'missing'))";
    query.push(
        "WITH RECURSIVE subject (id, stands_for) AS (SELECT DISTINCT home, resource FROM record \
         WHERE state IN ('live', 'missing') AND resource IN ",
    );
    push_list(query, ids.iter().map(|id| id.as_str()));
    query.push(" UNION SELECT s.id, s.id FROM resource s WHERE s.merged_into IS NULL AND s.id IN ");
    push_list(query, ids.iter().map(|id| id.as_str()));
    query.push(" AND ").push(without_records);
    query.push(
        " UNION SELECT s.id, subject.stands_for FROM subject JOIN resource s ON s.merged_into = subject.id WHERE ",
    );
    query.push(without_records).push(") ");
}

fn curation_row(row: &Row) -> Result<Curation, CatalogueError> {
    let id: String = row.try_get("id")?;
    let undone_at: Option<String> = row.try_get("undone_at")?;
    let undone = match undone_at {
        Some(at) => Some(Undone { who: row.try_get("undone_by")?, why: row.try_get("undone_why")?, at }),
        None => None,
    };
    Ok(Curation {
        resource: parsed_at(row, "curation", "resource")?,
        decision: json_at(row, "curation", &id, "decision")?,
        who: row.try_get("who")?,
        why: row.try_get("why")?,
        at: row.try_get("at")?,
        undone,
        id,
    })
}

/// A reason as it is kept: one line, and something in it.
fn reason_of(part: &'static str, given: &str) -> Result<String, CurateError> {
    let words: Vec<&str> = given.split_whitespace().collect();
    let reason: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    if (1..=MAX_REASON_CHARACTERS).contains(&reason.chars().count()) {
        return Ok(reason);
    }
    Err(CurateError::unfit(part, format!("expected 1 to {MAX_REASON_CHARACTERS} characters that say why")))
}

/// Who decided so and why, for a message.
fn named(curation: &Curation) -> String {
    format!("curation `{}` of {} ({})", curation.id, curation.who, curation.why)
}

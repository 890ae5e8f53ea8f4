//! Undo: takes a decision back, after which everything is as if it had not been taken.

use jiff::Timestamp;
use schemas::{Curation, Decision, RecordId, ResourceId, Undone};
use sqlx::Row as _;

use super::{CurateError, SELECT, curation_row, reason_of};
use crate::catalogue::Catalogue;
use crate::catalogue::audit::note;
use crate::catalogue::backend::{Connection, QueryBuilder};
use crate::catalogue::columns::{CHUNK, json_at, parse, parsed_at, push_numbers, stamp};
use crate::catalogue::error::CatalogueError;
use crate::catalogue::placement::return_home;
use crate::catalogue::resolving::{REASON, resolve_records};
use crate::catalogue::resources::MOST_MERGES;
use crate::catalogue::settle::{Settlement, settle};

impl Catalogue {
    /// Takes a decision back. It stays on record as undone.
    ///
    /// # Errors
    /// [`CurateError::Unfit`] when no reason is given, [`CurateError::Stands`] when it was undone before,
    /// [`CatalogueError::NoSuch`] for a curation that there is not; otherwise when the store cannot be written. Nothing
    /// is changed then.
    pub async fn undo_curation(&self, id: &str, who: &str, why: &str, now: Timestamp) -> Result<Curation, CurateError> {
        let undone = Undone { who: who.to_owned(), why: reason_of("why", why)?, at: stamp(now) };
        let mut tx = self.begin_write().await?;
        let curation = find_curation(&mut tx, id).await?;
        if let Some(before) = &curation.undone {
            let reason = format!("curation `{id}` was undone already, by {} on {}", before.who, before.at);
            return Err(CurateError::Stands { reason });
        }
        mark_undone(&mut tx, id, &undone).await?;
        let linked = unlink(&mut tx, id).await?;
        let mut settlement = Settlement::default();
        settlement.touch(&stands_for(&mut tx, &curation.resource).await?);
        let mut resolved = companions(&mut tx, &linked).await?;
        if let Decision::Split { record, .. } = &curation.decision {
            bring_home(&mut tx, record, &mut settlement).await?;
            resolved.extend(companions(&mut tx, &linked).await?);
            resolved.sort_unstable();
            resolved.dedup();
        }
        if !resolved.is_empty() {
            resolve_records(&mut tx, &resolved, &mut settlement, &undone.at).await?;
        }
        settle(&mut tx, &settlement, REASON, &undone.at).await?;
        let action = format!("undo {}", curation.decision.name());
        let detail = format!("curation {id}: {}", undone.why);
        note(&mut tx, who, &action, curation.resource.as_str(), &detail, &undone.at).await?;
        tx.commit().await?;
        Ok(Curation { undone: Some(undone), ..curation })
    }
}

async fn find_curation(conn: &mut Connection, id: &str) -> Result<Curation, CatalogueError> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" FROM curation c WHERE c.id = ").push_bind(id);
    let row = query.build().fetch_optional(&mut *conn).await?;
    curation_row(&row.ok_or_else(|| CatalogueError::no_such("curation", id))?)
}

async fn mark_undone(conn: &mut Connection, id: &str, undone: &Undone) -> Result<(), CatalogueError> {
    sqlx::query("UPDATE curation SET undone_by = $2, undone_why = $3, undone_at = $4 WHERE id = $1")
        .bind(id)
        .bind(undone.who.as_str())
        .bind(undone.why.as_str())
        .bind(undone.at.as_str())
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// Forgets what a decision said of two records, and gives the records that it was about.
async fn unlink(conn: &mut Connection, id: &str) -> Result<Vec<i64>, CatalogueError> {
    let linked: Vec<i64> = sqlx::query_scalar("SELECT DISTINCT one FROM curated_link WHERE curation = $1")
        .bind(id)
        .fetch_all(&mut *conn)
        .await?;
    sqlx::query("DELETE FROM curated_link WHERE curation = $1").bind(id).execute(&mut *conn).await?;
    Ok(linked)
}

/// All published records of the resources that these records are in.
async fn companions(conn: &mut Connection, numbers: &[i64]) -> Result<Vec<i64>, CatalogueError> {
    let mut companions: Vec<i64> = Vec::new();
    for chunk in numbers.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "SELECT number FROM record WHERE state IN ('live', 'missing') \
             AND resource IN (SELECT resource FROM record WHERE number IN ",
        );
        push_numbers(&mut query, chunk.iter().copied());
        query.push(")");
        let found: Vec<i64> = query.build_query_scalar().fetch_all(&mut *conn).await?;
        companions.extend(found);
    }
    companions.sort_unstable();
    companions.dedup();
    Ok(companions)
}

/// The resource that a decision about this one counts for now: the one that its own records are part of, or else that of
/// what it was merged into.
async fn stands_for(conn: &mut Connection, resource: &ResourceId) -> Result<ResourceId, CatalogueError> {
    let mut home = resource.clone();
    for _ in 0..MOST_MERGES {
        let row = sqlx::query(
            "SELECT (SELECT r.resource FROM record r WHERE r.home = s.id AND r.state IN ('live', 'missing') LIMIT 1) \
             AS resource, s.merged_into AS merged_into FROM resource s WHERE s.id = $1",
        )
        .bind(home.as_str())
        .fetch_optional(&mut *conn)
        .await?;
        let Some(row) = row else { return Ok(home) };
        let (of_records, into): (Option<String>, Option<String>) =
            (row.try_get("resource")?, row.try_get("merged_into")?);
        match (of_records, into) {
            (Some(resource), _) => return parse("resource", &resource),
            (None, Some(into)) => home = parse("resource", &into)?,
            (None, None) => return Ok(home),
        }
    }
    Ok(home)
}

/// Brings a record that was split off back to the home of its address, unless it has not left that or another split
/// keeps it out. The id that it had for itself leads to where it is then.
async fn bring_home(
    conn: &mut Connection,
    record: &RecordId,
    settlement: &mut Settlement,
) -> Result<(), CatalogueError> {
    let row = sqlx::query(
        "SELECT r.number AS number, r.home AS home FROM record r JOIN resource s ON s.id = r.home \
         WHERE r.source = $1 AND r.identifier = $2 AND s.resource_key <> r.resource_key",
    )
    .bind(record.source.as_str())
    .bind(record.identifier.as_str())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else {
        return Ok(());
    };
    let number: i64 = row.try_get("number")?;
    if is_kept_out(conn, number, record).await? {
        return Ok(());
    }
    let left: ResourceId = parsed_at(&row, "record", "home")?;
    let home = return_home(conn, number, settlement).await?;
    settlement.touch(&left);
    settlement.moved.insert(left, stands_for(conn, &home).await?);
    Ok(())
}

/// Whether a standing split takes this record away from others with the same address.
async fn is_kept_out(conn: &mut Connection, number: i64, record: &RecordId) -> Result<bool, CatalogueError> {
    let rows = sqlx::query(
        "SELECT DISTINCT c.id AS id, c.decision AS decision FROM curated_link l \
         JOIN curation c ON c.id = l.curation \
         JOIN record mine ON mine.number = l.one JOIN record theirs ON theirs.number = l.other \
         WHERE l.one = $1 AND l.joins = 0 AND c.undone_at IS NULL AND theirs.resource_key = mine.resource_key",
    )
    .bind(number)
    .fetch_all(&mut *conn)
    .await?;
    for row in &rows {
        let id: String = row.try_get("id")?;
        if splits(&json_at(row, "curation", &id, "decision")?, record) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether this decision takes this record out of its resource.
fn splits(decision: &Decision, out: &RecordId) -> bool {
    match decision {
        Decision::Split { record, .. } => record == out,
        Decision::Hide { .. }
        | Decision::Pin
        | Decision::Correct { .. }
        | Decision::Lock { .. }
        | Decision::Merge { .. } => false,
    }
}

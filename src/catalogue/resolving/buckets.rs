//! Buckets: brings the buckets that records stand in, and the identifiers they declare, up to what they say now.
//!
//! A bucket that more than [`FULL`] records stand in says nothing, and is passed over. When one fills up or empties, all
//! in it are compared anew, so that which pairs are compared follows from which records there are, and not from the
//! order in which they came.

use std::collections::{BTreeSet, HashMap, HashSet};

use schemas::Metadata;
use sqlx::Row as _;

use super::matches::{Session, Standing};
use super::{TO_COMPARE, mark, rows_of};
use crate::catalogue::backend::{Connection, QueryBuilder, Row};
use crate::catalogue::columns::{CHUNK, json_at, parsed_at, push_list, push_numbers};
use crate::catalogue::error::CatalogueError;
use crate::catalogue::records::RecordState;
use crate::catalogue::resolve::{Profile, content_key};

/// Records that one bucket may hold and still say something. Measured with `resolve::minhash`: fuller ones bring
/// comparisons and hardly a match.
const FULL: usize = 64;

/// Puts these records into their buckets. They wait for being compared afterwards.
pub(super) async fn refill(
    conn: &mut Connection,
    numbers: &[i64],
    session: &mut Session,
) -> Result<(), CatalogueError> {
    let mut gone: BTreeSet<(i64, i64)> = BTreeSet::new();
    let mut come: BTreeSet<(i64, i64)> = BTreeSet::new();
    let mut declared: BTreeSet<(String, i64)> = BTreeSet::new();
    let rows = rows_of(
        conn,
        "SELECT number, source, identifier, home, state, content_hash, metadata, buckets FROM record WHERE number IN ",
        numbers,
    )
    .await?;
    let mut written: Vec<(i64, Vec<u8>)> = Vec::with_capacity(rows.len());
    for row in &rows {
        let (standing, content) = read_standing(row)?;
        let number = standing.number;
        let before: Option<Vec<u8>> = row.try_get("buckets")?;
        let before: HashSet<i64> = from_bytes(before.as_deref().unwrap_or_default()).collect();
        let now = standing.profile.as_ref().map(Profile::buckets).unwrap_or_default();
        gone.extend(before.iter().filter(|hash| !now.contains(hash)).map(|hash| (*hash, number)));
        come.extend(now.iter().filter(|hash| !before.contains(hash)).map(|hash| (*hash, number)));
        written.push((number, now.iter().flat_map(|hash| hash.to_le_bytes()).collect()));
        if let Some(profile) = &standing.profile {
            declared.extend(profile.identifiers().iter().map(|identifier| (identifier.clone(), number)));
        }
        declared.extend(content.map(|content| (content, number)));
        session.remember(standing);
    }
    swap(conn, &gone, &come).await?;
    declare(conn, numbers, &declared).await?;
    for chunk in written.chunks(CHUNK) {
        let mut query = QueryBuilder::new("WITH refilled (number, buckets) AS (");
        query.push_values(chunk, |mut row, (number, buckets)| {
            row.push_bind(*number).push_bind(buckets.as_slice());
        });
        query
            .push(") UPDATE record SET buckets = refilled.buckets FROM refilled WHERE record.number = refilled.number");
        query.build().execute(&mut *conn).await?;
    }
    mark(conn, numbers, TO_COMPARE).await
}

/// A record with what it is compared by, and the key of its content; without these when it is not published.
pub(super) fn read_standing(row: &Row) -> Result<(Standing, Option<String>), CatalogueError> {
    let number: i64 = row.try_get("number")?;
    let identifier: String = row.try_get("identifier")?;
    let state: String = row.try_get("state")?;
    let is_published = RecordState::parse(&state, &identifier)?.is_published();
    let (profile, content) = if is_published {
        let metadata: Metadata = json_at(row, "record", &identifier, "metadata")?;
        (Some(Profile::of(&metadata)), content_key(&metadata))
    } else {
        (None, None)
    };
    let standing = Standing {
        number,
        source: parsed_at(row, "record", "source")?,
        home: parsed_at(row, "record", "home")?,
        content_hash: row.try_get("content_hash")?,
        profile,
    };
    Ok((standing, content))
}

fn from_bytes(bytes: &[u8]) -> impl Iterator<Item = i64> + '_ {
    bytes.chunks_exact(8).filter_map(|eight| Some(i64::from_le_bytes(eight.try_into().ok()?)))
}

/// Takes records out of buckets and puts others in; in order of the buckets, which keeps the table quick to write.
async fn swap(
    conn: &mut Connection,
    gone: &BTreeSet<(i64, i64)>,
    come: &BTreeSet<(i64, i64)>,
) -> Result<(), CatalogueError> {
    let touched: BTreeSet<i64> = gone.iter().chain(come).map(|(hash, _)| *hash).collect();
    let touched: Vec<i64> = touched.into_iter().collect();
    let was_full: HashSet<i64> = full_ones(conn, &touched).await?;
    // One by one: for a list of pairs the whole table would be read.
    for (hash, record) in gone {
        sqlx::query("DELETE FROM bucket WHERE hash = $1 AND record = $2")
            .bind(*hash)
            .bind(*record)
            .execute(&mut *conn)
            .await?;
    }
    let come: Vec<(i64, i64)> = come.iter().copied().collect();
    for chunk in come.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO bucket (hash, record) ");
        query.push_values(chunk, |mut row, (hash, record)| {
            row.push_bind(*hash).push_bind(*record);
        });
        query.push(" ON CONFLICT DO NOTHING");
        query.build().execute(&mut *conn).await?;
    }
    let emptied: BTreeSet<i64> = gone.iter().map(|(hash, _)| *hash).filter(|hash| was_full.contains(hash)).collect();
    let open: Vec<i64> = touched.into_iter().filter(|hash| !was_full.contains(hash)).collect();
    notice_full(conn, &open, &emptied).await
}

/// Writes down which of these buckets that were not full are now, and which of those that were and have lost records are
/// not any more, and has all in them compared anew.
async fn notice_full(conn: &mut Connection, open: &[i64], emptied: &BTreeSet<i64>) -> Result<(), CatalogueError> {
    let mut turned: Vec<i64> = Vec::new();
    // Those that were not full are short, and are counted together; the others only as far as it matters.
    let sizes = sizes(conn, open).await?;
    for hash in open.iter().copied().filter(|hash| sizes.get(hash).is_some_and(|size| *size > FULL)) {
        sqlx::query("INSERT INTO full_bucket (hash) VALUES ($1)").bind(hash).execute(&mut *conn).await?;
        turned.push(hash);
    }
    for hash in emptied.iter().copied() {
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM (SELECT 1 FROM bucket WHERE hash = $1 LIMIT $2) AS few")
                .bind(hash)
                .bind(i64::try_from(FULL + 1).unwrap_or(i64::MAX))
                .fetch_one(&mut *conn)
                .await?;
        if usize::try_from(count).is_ok_and(|count| count <= FULL) {
            sqlx::query("DELETE FROM full_bucket WHERE hash = $1").bind(hash).execute(&mut *conn).await?;
            turned.push(hash);
        }
    }
    for hash in turned {
        sqlx::query(
            "UPDATE record SET unresolved = 1 \
             WHERE unresolved = 0 AND number IN (SELECT record FROM bucket WHERE hash = $1)",
        )
        .bind(hash)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn full_ones(conn: &mut Connection, hashes: &[i64]) -> Result<HashSet<i64>, CatalogueError> {
    let mut full = HashSet::new();
    for chunk in hashes.chunks(CHUNK) {
        let mut query = QueryBuilder::new("SELECT hash FROM full_bucket WHERE hash IN ");
        push_numbers(&mut query, chunk.iter().copied());
        let found: Vec<i64> = query.build_query_scalar().fetch_all(&mut *conn).await?;
        full.extend(found);
    }
    Ok(full)
}

async fn sizes(conn: &mut Connection, hashes: &[i64]) -> Result<HashMap<i64, usize>, CatalogueError> {
    let mut sizes = HashMap::new();
    for chunk in hashes.chunks(CHUNK) {
        let mut query = QueryBuilder::new("SELECT hash, COUNT(*) AS size FROM bucket WHERE hash IN ");
        push_numbers(&mut query, chunk.iter().copied());
        query.push(" GROUP BY hash HAVING COUNT(*) > ").push_bind(i64::try_from(FULL).unwrap_or(i64::MAX));
        for row in &query.build().fetch_all(&mut *conn).await? {
            let size: i64 = row.try_get("size")?;
            sizes.insert(row.try_get("hash")?, usize::try_from(size).unwrap_or(0));
        }
    }
    Ok(sizes)
}

/// Writes down what these records declare, and has all that declare the same, or did, compared anew.
async fn declare(
    conn: &mut Connection,
    numbers: &[i64],
    declared: &BTreeSet<(String, i64)>,
) -> Result<(), CatalogueError> {
    let rows = rows_of(conn, "SELECT identifier, record FROM declared WHERE record IN ", numbers).await?;
    let mut before: BTreeSet<(String, i64)> = BTreeSet::new();
    for row in &rows {
        before.insert((row.try_get("identifier")?, row.try_get("record")?));
    }
    let turned: BTreeSet<&str> =
        before.symmetric_difference(declared).map(|(identifier, _)| identifier.as_str()).collect();
    let turned: Vec<&str> = turned.into_iter().collect();
    // Those that lose a companion here are found before it leaves.
    for chunk in turned.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "UPDATE record SET unresolved = 1 WHERE unresolved = 0 AND number IN \
             (SELECT record FROM declared WHERE identifier IN ",
        );
        push_list(&mut query, chunk.iter().copied());
        query.push(")");
        query.build().execute(&mut *conn).await?;
    }
    for (identifier, record) in before.difference(declared) {
        sqlx::query("DELETE FROM declared WHERE identifier = $1 AND record = $2")
            .bind(identifier.as_str())
            .bind(*record)
            .execute(&mut *conn)
            .await?;
    }
    let new: Vec<&(String, i64)> = declared.difference(&before).collect();
    for chunk in new.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO declared (identifier, record) ");
        query.push_values(chunk, |mut row, (identifier, record)| {
            row.push_bind(identifier.as_str()).push_bind(*record);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

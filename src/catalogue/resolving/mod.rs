//! Resolving: which resources do records make together, now that some of them say something else?
//!
//! Every record that was written, or has gone, is unresolved until this has looked at it. Three steps, each over all
//! records that wait: their buckets are brought up to what they say ([`buckets`]); each is compared with those it shares
//! a bucket with ([`matches`]); and of everything that hangs together it is decided anew who is one ([`groups`]). What
//! two records have in common is decided by `resolve`, from the two alone, so the end does not depend on the order in
//! which they came. Only what changed and what hangs on it is looked at, so the cost grows with the changes.

mod buckets;
mod groups;
mod matches;

use jiff::Timestamp;
use schemas::Problem;
use sqlx::Row as _;

use self::matches::Session;
use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, bigint, push_numbers, stamp};
use super::error::CatalogueError;
use super::settle::{Settlement, settle};

/// Its buckets are those of what it said before.
const OF_OLD: i64 = 2;
/// It is to be compared.
const TO_COMPARE: i64 = 1;

/// So many records are resolved in one transaction: a writer beside it waits for a second at most.
const AT_ONCE: usize = 500;

/// A record is looked at again when a bucket of it has become too full to say anything, or is not any more. That ends,
/// for buckets fill and empty only with what is written; this bound only keeps a mistake here from running for ever.
const MOST_ROUNDS: usize = 1_000_000;

/// So many matches that were not followed are told after a run; `list_matches` has all of them.
const MOST_PROBLEMS: usize = 100;

/// What came of looking at the records that waited.
#[derive(Debug, Default)]
pub struct Resolved {
    /// How many those were.
    pub records: u64,
    /// Matches that were not followed, because too much would have become one.
    pub problems: Vec<Problem>,
}

/// What everybody is told of a resource whose records turned out to be about another.
pub(super) const REASON: &str = "its records are part of another resource";

impl Catalogue {
    /// Looks at every record that waits, and says what came of it. To be called after every run, by one at a time.
    ///
    /// Each step is a transaction of its own, so that what was resolved stays so when it is broken off.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn resolve_pending(&self, now: Timestamp) -> Result<Resolved, CatalogueError> {
        let at = stamp(now);
        let mut session = Session::default();
        let mut resolved = Resolved::default();
        for _ in 0..MOST_ROUNDS {
            let mut reader = self.reader.acquire().await?;
            let nothing_waits =
                waiting(&mut reader, OF_OLD).await?.is_empty() && waiting(&mut reader, TO_COMPARE).await?.is_empty();
            drop(reader);
            if nothing_waits {
                break;
            }
            // What waits is read where it is written: a record that changes in between waits on.
            let mut tx = self.begin_write().await?;
            let old = waiting(&mut tx, OF_OLD).await?;
            let numbers = if old.is_empty() { waiting(&mut tx, TO_COMPARE).await? } else { old.clone() };
            if old.is_empty() {
                let mut settlement = Settlement::default();
                let homes = matches::compare_records(&mut tx, &numbers, &mut session).await?;
                let problems = groups::regroup(&mut tx, &homes, &mut settlement).await?;
                mark(&mut tx, &numbers, 0).await?;
                settle(&mut tx, &settlement, REASON, &at).await?;
                resolved.records += numbers.len() as u64;
                let room = MOST_PROBLEMS.saturating_sub(resolved.problems.len());
                resolved.problems.extend(problems.into_iter().take(room));
            } else {
                buckets::refill(&mut tx, &numbers, &mut session).await?;
            }
            tx.commit().await?;
        }
        Ok(resolved)
    }
}

/// Looks at these records at once, whether they wait or not. What is to be settled before is settled here; what follows
/// is left in the settlement for the caller to settle.
pub(super) async fn resolve_records(
    conn: &mut Connection,
    numbers: &[i64],
    settlement: &mut Settlement,
    at: &str,
) -> Result<(), CatalogueError> {
    settle(conn, &std::mem::take(settlement), REASON, at).await?;
    let mut session = Session::default();
    for chunk in numbers.chunks(AT_ONCE) {
        buckets::refill(conn, chunk, &mut session).await?;
    }
    for chunk in numbers.chunks(AT_ONCE) {
        let homes = matches::compare_records(conn, chunk, &mut session).await?;
        groups::regroup(conn, &homes, settlement).await?;
        mark(conn, chunk, 0).await?;
    }
    Ok(())
}

async fn waiting(conn: &mut Connection, stage: i64) -> Result<Vec<i64>, CatalogueError> {
    // The first condition and the whole order name the index, which holds nothing but what waits.
    let select =
        "SELECT number FROM record WHERE unresolved > 0 AND unresolved = $1 ORDER BY unresolved, number LIMIT $2";
    Ok(sqlx::query_scalar(select).bind(stage).bind(bigint(AT_ONCE)).fetch_all(&mut *conn).await?)
}

async fn mark(conn: &mut Connection, numbers: &[i64], stage: i64) -> Result<(), CatalogueError> {
    for chunk in numbers.chunks(CHUNK) {
        let mut query = QueryBuilder::new("UPDATE record SET unresolved = ");
        query.push_bind(stage).push(" WHERE number IN ");
        push_numbers(&mut query, chunk.iter().copied());
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Rows of records, in chunks, by a statement that ends in `IN `.
async fn rows_of(conn: &mut Connection, select: &'static str, numbers: &[i64]) -> Result<Vec<Row>, CatalogueError> {
    let mut rows = Vec::with_capacity(numbers.len());
    for chunk in numbers.chunks(CHUNK) {
        let mut query = QueryBuilder::new(select);
        push_numbers(&mut query, chunk.iter().copied());
        rows.extend(query.build().fetch_all(&mut *conn).await?);
    }
    Ok(rows)
}

/// Pairs of a number and another, in chunks, by a statement that ends in `IN `.
async fn pairs_of(
    conn: &mut Connection,
    select: &'static str,
    numbers: &[i64],
) -> Result<Vec<(i64, i64)>, CatalogueError> {
    rows_of(conn, select, numbers).await?.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

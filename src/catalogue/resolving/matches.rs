//! Matches: compares records with those they share a bucket with, and writes down the pairs that read as one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use schemas::{ResourceId, SourceId};
use sqlx::Row as _;

use super::buckets::read_standing;
use super::groups::SAME_DECLARED;
use super::{pairs_of, rows_of};
use crate::catalogue::backend::{Connection, QueryBuilder};
use crate::catalogue::columns::{CHUNK, parsed_at, push_numbers};
use crate::catalogue::error::CatalogueError;
use crate::catalogue::records::RecordState;
use crate::catalogue::resolve::{Profile, SAME, Verdict, compare, compatible, score};

/// A record as it is compared.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) number: i64,
    pub(super) source: SourceId,
    pub(super) home: ResourceId,
    /// The hash of all it says.
    pub(super) content_hash: String,
    /// What it says, in short; `None` when it is not published.
    pub(super) profile: Option<Profile>,
}

/// Records that were read lately. What is remembered counts only while the record says the same at the same home.
#[derive(Debug, Default)]
pub(super) struct Session {
    standing: HashMap<i64, Arc<Standing>>,
}

/// So many records are remembered: at two kilobytes each two hundred megabytes at most.
const REMEMBERED: usize = 100_000;

impl Session {
    pub(super) fn remember(&mut self, standing: Standing) {
        if self.standing.len() >= REMEMBERED {
            self.standing.clear();
        }
        self.standing.insert(standing.number, Arc::new(standing));
    }

    /// These records, as they stand in the store or were read lately.
    async fn of(
        &mut self,
        conn: &mut Connection,
        numbers: &BTreeSet<i64>,
    ) -> Result<HashMap<i64, Arc<Standing>>, CatalogueError> {
        let mut found: HashMap<i64, Arc<Standing>> = HashMap::with_capacity(numbers.len());
        let all: Vec<i64> = numbers.iter().copied().collect();
        let mut missing: Vec<i64> = Vec::new();
        for row in &rows_of(conn, "SELECT number, content_hash, home, state FROM record WHERE number IN ", &all).await?
        {
            let number: i64 = row.try_get("number")?;
            let (content_hash, state): (String, String) = (row.try_get("content_hash")?, row.try_get("state")?);
            let home: ResourceId = parsed_at(row, "record", "home")?;
            let is_published = RecordState::parse(&state, &content_hash)?.is_published();
            let remembered = self.standing.get(&number).filter(|held| {
                held.content_hash == content_hash && held.home == home && held.profile.is_some() == is_published
            });
            match remembered {
                Some(standing) => {
                    found.insert(number, Arc::clone(standing));
                }
                None => missing.push(number),
            }
        }
        let select =
            "SELECT number, source, identifier, home, state, content_hash, metadata FROM record WHERE number IN ";
        for chunk in missing.chunks(CHUNK) {
            for row in &rows_of(conn, select, chunk).await? {
                let standing = Arc::new(read_standing(row)?.0);
                found.insert(standing.number, Arc::clone(&standing));
                self.standing.insert(standing.number, standing);
            }
        }
        Ok(found)
    }
}

/// Compares these records with those they share a bucket with, and says at which homes something may be otherwise now:
/// theirs, and those of whatever they matched before or match now, or declare the same identifier with.
pub(super) async fn compare_records(
    conn: &mut Connection,
    numbers: &[i64],
    session: &mut Session,
) -> Result<BTreeSet<ResourceId>, CatalogueError> {
    let fresh: BTreeSet<i64> = numbers.iter().copied().collect();
    let mut partners: BTreeSet<i64> = BTreeSet::new();
    for select in [
        "SELECT other, one FROM record_match WHERE one IN ",
        "SELECT one, other FROM record_match WHERE other IN ",
        "SELECT other, one FROM curated_link WHERE one IN ",
    ] {
        partners.extend(pairs_of(conn, select, numbers).await?.into_iter().map(|(partner, _)| partner));
    }
    let declared: BTreeSet<(i64, i64)> = pairs_of(conn, SAME_DECLARED, numbers)
        .await?
        .into_iter()
        .map(|(one, other)| (one.min(other), one.max(other)))
        .collect();
    partners.extend(declared.iter().flat_map(|(one, other)| [*one, *other]));
    let mut pairs = candidates(conn, numbers).await?;
    pairs.extend(&declared);
    let involved: BTreeSet<i64> = pairs.iter().flat_map(|(one, other)| [*one, *other]).chain(fresh.clone()).collect();
    let standing = session.of(conn, &involved).await?;
    let found: Vec<Found> = pairs
        .iter()
        .filter_map(|(one, other)| matched(&standing, *one, *other, declared.contains(&(*one, *other))))
        .collect();
    write(conn, numbers, &found).await?;
    partners.extend(found.iter().flat_map(|found| [found.one, found.other]));
    let mut homes: BTreeSet<ResourceId> = BTreeSet::new();
    let all: BTreeSet<i64> = partners.into_iter().chain(fresh).collect();
    let all: Vec<i64> = all.into_iter().collect();
    for row in &rows_of(conn, "SELECT home FROM record WHERE number IN ", &all).await? {
        homes.insert(parsed_at(row, "record", "home")?);
    }
    Ok(homes)
}

/// Pairs of records that share a bucket which is not full; the lower number first, one of the two among these.
async fn candidates(conn: &mut Connection, numbers: &[i64]) -> Result<BTreeSet<(i64, i64)>, CatalogueError> {
    let rows = rows_of(conn, "SELECT number, buckets FROM record WHERE number IN ", numbers).await?;
    let mut members: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for row in &rows {
        let number: i64 = row.try_get("number")?;
        let buckets: Option<Vec<u8>> = row.try_get("buckets")?;
        for eight in buckets.as_deref().unwrap_or_default().chunks_exact(8) {
            let Ok(eight) = eight.try_into() else { continue };
            members.entry(i64::from_le_bytes(eight)).or_default().push(number);
        }
    }
    let hashes: Vec<i64> = members.keys().copied().collect();
    let mut pairs = BTreeSet::new();
    for chunk in hashes.chunks(CHUNK) {
        // Most buckets hold one record, and are told apart where they stand.
        let mut query = QueryBuilder::new(
            "SELECT hash, record FROM bucket WHERE hash IN (SELECT hash FROM bucket \
             WHERE NOT EXISTS (SELECT 1 FROM full_bucket WHERE full_bucket.hash = bucket.hash) AND hash IN ",
        );
        push_numbers(&mut query, chunk.iter().copied());
        query.push(" GROUP BY hash HAVING COUNT(*) > 1)");
        for row in &query.build().fetch_all(&mut *conn).await? {
            let (hash, record): (i64, i64) = (row.try_get("hash")?, row.try_get("record")?);
            let sharing = members.get(&hash).into_iter().flatten().filter(|number| **number != record);
            pairs.extend(sharing.map(|number| (record.min(*number), record.max(*number))));
        }
    }
    Ok(pairs)
}

/// Two records that read as one.
struct Found {
    one: i64,
    other: i64,
    score: i64,
    contributions: String,
    /// Known already, or to be decided.
    verdict: &'static str,
}

/// Whether two records read as one, or cannot be one although they declare the same identifier. Those of one catalogue
/// never read as one: it says itself which are, by the address or an identifier. Those of one home are one already.
fn matched(standing: &HashMap<i64, Arc<Standing>>, one: i64, other: i64, is_declared: bool) -> Option<Found> {
    let (first, second) = (standing.get(&one)?, standing.get(&other)?);
    if first.home == second.home || (first.source == second.source && !is_declared) {
        return None;
    }
    let (first, second) = (first.profile.as_ref()?, second.profile.as_ref()?);
    let contradict = is_declared && !compatible(first, second);
    if !contradict && score(first, second) < SAME {
        return None;
    }
    let verdict = if contradict { Verdict::Contradicts.name() } else { "" };
    let comparison = compare(first, second);
    let contributions = serde_json::to_string(&comparison.contributions).expect("plain fields always serialise");
    Some(Found { one, other, score: thousandths(comparison.score), contributions, verdict })
}

/// A score as it is stored.
fn thousandths(score: f32) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a score is a small number")]
    let rounded = (f64::from(score) * 1_000.0).round() as i64;
    rounded
}

/// Writes these matches in the place of those that the records had before.
async fn write(conn: &mut Connection, numbers: &[i64], found: &[Found]) -> Result<(), CatalogueError> {
    for chunk in numbers.chunks(CHUNK) {
        for delete in ["DELETE FROM record_match WHERE one IN ", "DELETE FROM record_match WHERE other IN "] {
            let mut query = QueryBuilder::new(delete);
            push_numbers(&mut query, chunk.iter().copied());
            query.build().execute(&mut *conn).await?;
        }
    }
    for chunk in found.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO record_match (one, other, score, contributions, verdict) ");
        query.push_values(chunk, |mut row, found| {
            row.push_bind(found.one)
                .push_bind(found.other)
                .push_bind(found.score)
                .push_bind(found.contributions.as_str())
                .push_bind(found.verdict);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

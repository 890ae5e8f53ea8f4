//! Duplicates: which catalogues hold the same things, which things those are, and why they are taken for one.
//!
//! Read off the published records of live resources, so what is hidden or withdrawn takes no part. Nothing is decided
//! here: `resolve` has decided, and what it went by is looked up.

use std::collections::{BTreeMap, HashMap};

use schemas::{ResourceId, SourceId};
use serde::Deserialize;
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, bigint, count_at, json_at, parsed_at, push_list, push_numbers};
use super::error::CatalogueError;
use super::matches::{MatchContribution, score_at};
use super::resolve::is_content_key;

/// How much two catalogues share, or one has twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedCount {
    /// One of them.
    pub one: SourceId,
    /// The other; the same where it is about what one catalogue has twice.
    pub other: SourceId,
    /// How many live resources have a record of each; of one catalogue, how many have several of it.
    pub resources: u64,
    /// How many live resources the one has in all.
    pub of_one: u64,
    /// How many the other has.
    pub of_other: u64,
}

/// A resource that two catalogues share, or one has twice.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedResource {
    /// Its id.
    pub id: ResourceId,
    /// Its title.
    pub title: String,
    /// Its records: of each catalogue the first, then of each the second, up to [`MOST_RECORDS`].
    pub records: Vec<SharedRecord>,
    /// How many it has in all.
    pub record_count: u64,
    /// Why they are one, as far as it is about these records.
    pub because: Vec<SharedReason>,
}

/// One record of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedRecord {
    /// Its catalogue.
    pub source: SourceId,
    /// That catalogue's own identifier.
    pub identifier: String,
    /// The address it gives.
    pub url: Option<String>,
    /// The title it gives.
    pub title: String,
    number: i64,
    home: String,
}

/// Why some of its records are one.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedReason {
    /// Their places in the list of records.
    pub records: Vec<usize>,
    /// The reason.
    pub kind: SharedReasonKind,
}

/// What makes records one.
#[derive(Debug, Clone, PartialEq)]
pub enum SharedReasonKind {
    /// They give the same address.
    Address,
    /// They declare the same identifier.
    Identifier(String),
    /// They say the same in every field.
    Content,
    /// They read as one.
    Match {
        /// How much speaks for it.
        score: f64,
        /// What that is made of.
        contributions: Vec<MatchContribution>,
    },
    /// An admin said so.
    Curated,
}

/// Records of a resource that are told. What a machine joins is at most half of it; an admin may join more.
pub const MOST_RECORDS: usize = 50;

/// Reasons that are told of one resource: twice as many as its records need to hang together.
const MOST_REASONS: usize = 100;

/// Records of one catalogue that are told of one resource.
const MOST_OF_A_SOURCE: i64 = 10;

/// Resources whose records are looked up at once: no more records than stand in one list.
const AT_ONCE: usize = CHUNK / MOST_RECORDS;

/// Of stored metadata, the title.
#[derive(Debug, Deserialize)]
pub(super) struct Titled {
    pub(super) title: String,
}

impl Catalogue {
    /// Which catalogues hold the same things, those with most in common first; what one has twice as a pair with
    /// itself. Looks at every record: who is asked by many keeps the answer, see [`Catalogue::reports_version`].
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn shared_counts(&self) -> Result<Vec<SharedCount>, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let totals = live_resources_by_source(&mut tx).await?;
        // Most resources have one record, and are left out before anything is joined.
        let rows = sqlx::query(
            "WITH held AS (SELECT r.resource AS resource, r.source AS source, COUNT(*) AS records \
             FROM record r JOIN resource s ON s.id = r.resource \
             WHERE s.state = 'live' AND r.state IN ('live', 'missing') AND r.resource IN \
             (SELECT resource FROM record WHERE state IN ('live', 'missing') GROUP BY resource HAVING COUNT(*) > 1) \
             GROUP BY r.resource, r.source) \
             SELECT a.source AS one, b.source AS other, COUNT(*) AS resources FROM held a JOIN held b \
             ON b.resource = a.resource AND (b.source > a.source OR (b.source = a.source AND a.records > 1)) \
             GROUP BY a.source, b.source ORDER BY resources DESC, one, other",
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut counts = Vec::with_capacity(rows.len());
        for row in &rows {
            let (one, other): (SourceId, SourceId) =
                (parsed_at(row, "record", "one")?, parsed_at(row, "record", "other")?);
            let total = |source: &SourceId| totals.get(source).copied().unwrap_or(0);
            let (of_one, of_other) = (total(&one), total(&other));
            counts.push(SharedCount { one, other, resources: count_at(row, "resources")?, of_one, of_other });
        }
        Ok(counts)
    }

    /// A page of what two catalogues share, or one has twice, in the order of their ids. How many there are in all,
    /// [`Catalogue::shared_counts`] says.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn shared_resources(
        &self,
        one: &SourceId,
        other: &SourceId,
        limit: usize,
        offset: usize,
    ) -> Result<Vec<SharedResource>, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut page = QueryBuilder::new("SELECT DISTINCT r.resource");
        push_shared_by(&mut page, one, other);
        page.push(" ORDER BY r.resource LIMIT ").push_bind(bigint(limit));
        page.push(" OFFSET ").push_bind(bigint(offset));
        let ids: Vec<String> = page.build_query_scalar().fetch_all(&mut *tx).await?;
        let mut shared = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let mut resources = with_records(&mut tx, ids).await?;
            explain(&mut tx, &mut resources).await?;
            shared.append(&mut resources);
        }
        Ok(shared)
    }
}

/// Of which records of the one a record of the other stands in the same resource.
fn push_shared_by(query: &mut QueryBuilder, one: &SourceId, other: &SourceId) {
    query
        .push(
            " FROM record r JOIN resource s ON s.id = r.resource \
             WHERE s.state = 'live' AND r.state IN ('live', 'missing') AND r.source = ",
        )
        .push_bind(one.as_str())
        .push(
            " AND EXISTS (SELECT 1 FROM record o WHERE o.resource = r.resource AND o.number <> r.number \
             AND o.state IN ('live', 'missing') AND o.source = ",
        )
        .push_bind(other.as_str())
        .push(")");
}

async fn live_resources_by_source(conn: &mut Connection) -> Result<HashMap<SourceId, u64>, CatalogueError> {
    let rows = sqlx::query(
        "SELECT r.source AS source, COUNT(DISTINCT r.resource) AS resources FROM record r \
         JOIN resource s ON s.id = r.resource WHERE s.state = 'live' AND r.state IN ('live', 'missing') \
         GROUP BY r.source",
    )
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((parsed_at(row, "record", "source")?, count_at(row, "resources")?))).collect()
}

/// These resources with their records, nothing explained yet.
async fn with_records(conn: &mut Connection, ids: &[String]) -> Result<Vec<SharedResource>, CatalogueError> {
    let mut query = QueryBuilder::new("SELECT id, metadata FROM resource WHERE id IN ");
    push_list(&mut query, ids.iter().map(String::as_str));
    query.push(" ORDER BY id");
    let rows = query.build().fetch_all(&mut *conn).await?;
    let mut resources = Vec::with_capacity(rows.len());
    for row in &rows {
        let id: ResourceId = parsed_at(row, "resource", "id")?;
        let Titled { title } = json_at(row, "resource", id.as_str(), "metadata")?;
        resources.push(SharedResource { id, title, records: Vec::new(), record_count: 0, because: Vec::new() });
    }
    let places: HashMap<String, usize> =
        resources.iter().enumerate().map(|(place, resource)| (resource.id.to_string(), place)).collect();
    for row in &records_in(conn, ids).await? {
        let id: String = row.try_get("resource")?;
        let Some(resource) = places.get(&id).and_then(|place| resources.get_mut(*place)) else {
            continue;
        };
        resource.record_count = count_at(row, "records")?;
        if resource.records.len() < MOST_RECORDS {
            resource.records.push(shared_record(row)?);
        }
    }
    Ok(resources)
}

/// The published records of these resources, so ordered that those of no catalogue push out all those of another.
async fn records_in(conn: &mut Connection, ids: &[String]) -> Result<Vec<Row>, CatalogueError> {
    let mut query = QueryBuilder::new(
        "SELECT resource, records, number, source, identifier, url, metadata, home FROM (\
         SELECT resource, number, source, identifier, url, metadata, home, \
         ROW_NUMBER() OVER (PARTITION BY resource, source ORDER BY first_seen, identifier) AS nth, \
         COUNT(*) OVER (PARTITION BY resource) AS records \
         FROM record WHERE state IN ('live', 'missing') AND resource IN ",
    );
    push_list(&mut query, ids.iter().map(String::as_str));
    query.push(") AS numbered WHERE nth <= ").push_bind(MOST_OF_A_SOURCE);
    query.push(" ORDER BY resource, nth, source");
    Ok(query.build().fetch_all(conn).await?)
}

fn shared_record(row: &Row) -> Result<SharedRecord, CatalogueError> {
    let identifier: String = row.try_get("identifier")?;
    let Titled { title } = json_at(row, "record", &identifier, "metadata")?;
    Ok(SharedRecord {
        source: parsed_at(row, "record", "source")?,
        identifier,
        url: row.try_get("url")?,
        title,
        number: row.try_get("number")?,
        home: row.try_get("home")?,
    })
}

/// Where each record stands: its resource's place, and its own in that.
type Places = HashMap<i64, (usize, usize)>;

/// Looks up why the records of these resources are one.
async fn explain(conn: &mut Connection, resources: &mut [SharedResource]) -> Result<(), CatalogueError> {
    let mut places = Places::new();
    for (place, resource) in resources.iter().enumerate() {
        places.extend(resource.records.iter().enumerate().map(|(nth, record)| (record.number, (place, nth))));
    }
    if places.is_empty() {
        return Ok(());
    }
    for resource in &mut *resources {
        resource.because = same_addresses(&resource.records);
    }
    let mut found = same_identifiers(conn, &places, resources).await?;
    found.extend(matches_between(conn, &places).await?);
    found.extend(decisions_between(conn, &places).await?);
    for (place, reason) in found {
        if let Some(resource) = resources.get_mut(place)
            && resource.because.len() < MOST_REASONS
        {
            resource.because.push(reason);
        }
    }
    Ok(())
}

/// Records that have one home give one address.
fn same_addresses(records: &[SharedRecord]) -> Vec<SharedReason> {
    let mut by_home: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (nth, record) in records.iter().enumerate() {
        by_home.entry(&record.home).or_default().push(nth);
    }
    let shared = by_home.into_values().filter(|records| records.len() > 1);
    shared.map(|records| SharedReason { records, kind: SharedReasonKind::Address }).collect()
}

/// Identifiers that several of its records declare. Those that only records of one address share explain nothing.
async fn same_identifiers(
    conn: &mut Connection,
    places: &Places,
    resources: &[SharedResource],
) -> Result<Vec<(usize, SharedReason)>, CatalogueError> {
    let mut query = QueryBuilder::new("SELECT identifier, record FROM declared WHERE record IN ");
    push_numbers(&mut query, places.keys().copied());
    let mut declaring: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    for row in &query.build().fetch_all(&mut *conn).await? {
        let (identifier, number): (String, i64) = (row.try_get("identifier")?, row.try_get("record")?);
        if let Some((place, nth)) = places.get(&number) {
            declaring.entry((*place, identifier)).or_default().push(*nth);
        }
    }
    let mut reasons = Vec::new();
    for ((place, identifier), mut records) in declaring {
        records.sort_unstable();
        let mut homes = records.iter().filter_map(|nth| resources.get(place)?.records.get(*nth)).map(|held| &held.home);
        let first = homes.next();
        if homes.any(|home| Some(home) != first) {
            let kind = if is_content_key(&identifier) {
                SharedReasonKind::Content
            } else {
                SharedReasonKind::Identifier(identifier)
            };
            reasons.push((place, SharedReason { records, kind }));
        }
    }
    Ok(reasons)
}

async fn matches_between(conn: &mut Connection, places: &Places) -> Result<Vec<(usize, SharedReason)>, CatalogueError> {
    let mut query = QueryBuilder::new(
        "SELECT one, other, score, contributions FROM record_match WHERE verdict = 'joined' AND one IN ",
    );
    push_numbers(&mut query, places.keys().copied());
    query.push(" ORDER BY one, other");
    let mut reasons = Vec::new();
    for row in &query.build().fetch_all(&mut *conn).await? {
        let (one, other): (i64, i64) = (row.try_get("one")?, row.try_get("other")?);
        if let Some((place, records)) = both(places, one, other) {
            let contributions = json_at(row, "record_match", &format!("{one} {other}"), "contributions")?;
            let kind = SharedReasonKind::Match { score: score_at(row)?, contributions };
            reasons.push((place, SharedReason { records, kind }));
        }
    }
    Ok(reasons)
}

async fn decisions_between(
    conn: &mut Connection,
    places: &Places,
) -> Result<Vec<(usize, SharedReason)>, CatalogueError> {
    let mut query = QueryBuilder::new(
        "SELECT DISTINCT l.one AS one, l.other AS other FROM curated_link l JOIN curation c ON c.id = l.curation \
         WHERE l.joins = 1 AND c.undone_at IS NULL AND l.one < l.other AND l.one IN ",
    );
    push_numbers(&mut query, places.keys().copied());
    query.push(" ORDER BY one, other");
    let mut reasons = Vec::new();
    for row in &query.build().fetch_all(&mut *conn).await? {
        if let Some((place, records)) = both(places, row.try_get("one")?, row.try_get("other")?) {
            reasons.push((place, SharedReason { records, kind: SharedReasonKind::Curated }));
        }
    }
    Ok(reasons)
}

/// Where two records stand, when it is in one resource.
fn both(places: &Places, one: i64, other: i64) -> Option<(usize, Vec<usize>)> {
    let ((place, first), (of_other, second)) = (*places.get(&one)?, *places.get(&other)?);
    (place == of_other).then(|| (place, vec![first.min(second), first.max(second)]))
}

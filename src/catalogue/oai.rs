//! What harvesters over OAI-PMH are told: a list of all resources there have ever been, with a datestamp, sets and
//! whether each is deleted.
//!
//! The list follows the change log ([`Catalogue::list_next_changes`]) and is read page by page ([`Catalogue::oai_page`]).
//! It gives a resource the datestamp of the moment at which it learns of a change, for a harvester goes on from the
//! moment of its last answer: what is listed after an answer must not be dated before it. Protocol and XML are for
//! `crate::oai`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use schemas::{ControlledField, Metadata, ResourceId, SourceId, Vocabularies};
use sqlx::Row as _;
use tokio::sync::RwLock;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, bigint, count_at, flag_at, json_at, parsed_at, push_list, stamp};
use super::error::CatalogueError;
use super::resources::{SELECT, published};
use crate::clock::Clock;

/// The name under which the list keeps its place in the change log.
const FOLLOWER: &str = "oai";

/// The set that stands above those of all sources.
pub const SOURCE_SETS: &str = "source";
/// The set that stands above those of all subjects.
pub const SUBJECT_SETS: &str = "subject";

/// A resource as the list has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OaiHeader {
    /// The resource.
    pub resource: ResourceId,
    /// When the list learnt of its last change, RFC 3339 in UTC with whole seconds.
    pub datestamp: String,
    /// Whether it is not published any more.
    pub deleted: bool,
    /// The sets that it is in, or was in when it was deleted: `source:…` and `subject:…`.
    pub sets: Vec<String>,
}

/// Which part of the list is walked through. Times are RFC 3339 in UTC with whole seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OaiWalk {
    /// Only this set, and those below it.
    pub set: Option<String>,
    /// Only what is dated then or later.
    pub from: Option<String>,
    /// Only what is dated then or earlier.
    pub until: Option<String>,
    /// Where it goes on; `None` at its first page.
    pub going_on: Option<OaiGoingOn>,
}

/// Where a walk goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OaiGoingOn {
    /// The first resource of the page. It comes whatever has become of it meanwhile, for a page without any would be
    /// an error to the harvester.
    pub at: ResourceId,
    /// When the walk began.
    pub began: String,
}

/// Whether a page is to have what the resources say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OaiPart {
    /// Identifiers, datestamps and sets only.
    Headers,
    /// What the resources say as well.
    Records,
}

/// A part of a walk.
#[derive(Debug)]
pub struct OaiPage {
    /// The resources, in the order of their ids.
    pub headers: Vec<OaiHeader>,
    /// What those say that are published, where that was asked for.
    pub entries: HashMap<ResourceId, index::Entry>,
    /// Where the next page begins; `None` at the end of the walk.
    pub next: Option<ResourceId>,
    /// How many resources the whole walk has; counted at its first page only.
    pub total: Option<u64>,
}

/// The times between which everything in the list is dated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OaiExtent {
    /// Nothing is dated before it.
    pub earliest: String,
    /// Nothing is dated after it.
    pub newest: String,
}

impl Catalogue {
    /// The place in the change log to which the list has followed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn oai_position(&self) -> Result<u64, CatalogueError> {
        let seq: Option<i64> = sqlx::query_scalar("SELECT seq FROM follower WHERE name = $1")
            .bind(FOLLOWER)
            .fetch_optional(&self.reader)
            .await?;
        Ok(seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(0))
    }

    /// Takes at most so many further changes into the list, in one transaction. Gives the place in the log that it
    /// leads to; `None` at the end of the log.
    ///
    /// The gate is held from before the clock is looked at until the transaction has ended. Whoever looks at the clock
    /// while holding its read half therefore knows: what is not listed by then will be dated then or later.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn list_next_changes(
        &self,
        limit: usize,
        clock: &Clock,
        gate: &RwLock<()>,
    ) -> Result<Option<u64>, CatalogueError> {
        if self.oai_position().await? >= self.head_seq().await? {
            return Ok(None);
        }
        let mut tx = self.begin_write().await?;
        let Some((ids, position)) = next_changed(&mut tx, limit).await? else {
            return Ok(None);
        };
        let mut standing = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            standing.extend(how_they_stand(&mut tx, chunk).await?);
        }
        // Only now, for answers wait at the gate: not while a harvest has the store, nor while metadata are read.
        let _at_the_gate = gate.write().await;
        let newest: Option<String> =
            sqlx::query_scalar("SELECT MAX(datestamp) FROM oai_record").fetch_one(&mut *tx).await?;
        let now = stamp(clock.now());
        // A clock that was put back must not date a change before what harvesters have taken already.
        let datestamp = newest.filter(|newest| *newest > now).unwrap_or(now);
        for chunk in standing.chunks(CHUNK) {
            write_listed(&mut tx, chunk, &datestamp).await?;
        }
        sqlx::query(
            "INSERT INTO follower (name, seq) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq",
        )
        .bind(FOLLOWER)
        .bind(bigint(position))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(position))
    }

    /// One page of a walk: at most so many resources.
    ///
    /// A walk goes by id, which never changes. So whatever changes while it lasts, each resource comes once, and each
    /// that was in range when it began comes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn oai_page(&self, walk: &OaiWalk, limit: usize, part: OaiPart) -> Result<OaiPage, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut headers = headers_of(&mut tx, walk, limit.saturating_add(1)).await?;
        if let Some(going_on) = &walk.going_on
            && headers.first().is_none_or(|first| first.resource != going_on.at)
            && let Some(left_out) = header_of(&mut tx, &going_on.at).await?
        {
            headers.insert(0, left_out);
        }
        let next = headers.get(limit).map(|header| header.resource.clone());
        headers.truncate(limit);
        let total = match walk.going_on {
            Some(_) => None,
            None if next.is_none() => u64::try_from(headers.len()).ok(),
            None => Some(count_of(&mut tx, walk).await?),
        };
        add_sets(&mut tx, &mut headers).await?;
        let entries = match part {
            OaiPart::Headers => HashMap::new(),
            OaiPart::Records => entries_of(&mut tx, &headers).await?,
        };
        Ok(OaiPage { headers, entries, next, total })
    }

    /// One resource of the list, and what it says when it is published; `None` when it was never listed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn oai_record(
        &self,
        id: &ResourceId,
    ) -> Result<Option<(OaiHeader, Option<index::Entry>)>, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut headers: Vec<OaiHeader> = header_of(&mut tx, id).await?.into_iter().collect();
        add_sets(&mut tx, &mut headers).await?;
        let mut entries = entries_of(&mut tx, &headers).await?;
        let entry = entries.remove(id);
        Ok(headers.pop().map(|header| (header, entry)))
    }

    /// The sets that have or had a resource, but for [`SOURCE_SETS`] and [`SUBJECT_SETS`] themselves, in their order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn oai_sets(&self) -> Result<Vec<String>, CatalogueError> {
        // From each set straight to the next: the table has a row for each resource in each set.
        let query = "WITH RECURSIVE listed (spec) AS (SELECT MIN(spec) FROM oai_set UNION ALL \
             SELECT (SELECT MIN(s.spec) FROM oai_set s WHERE s.spec > listed.spec) FROM listed \
             WHERE listed.spec IS NOT NULL) SELECT spec FROM listed WHERE spec IS NOT NULL ORDER BY spec";
        Ok(sqlx::query_scalar(query).fetch_all(&self.reader).await?)
    }

    /// Between which times everything is dated; `None` while nothing is listed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn oai_extent(&self) -> Result<Option<OaiExtent>, CatalogueError> {
        // Two questions, since each alone is answered from the end of an index.
        let query = "SELECT (SELECT MIN(datestamp) FROM oai_record) AS earliest, \
             (SELECT MAX(datestamp) FROM oai_record) AS newest";
        let row = sqlx::query(query).fetch_one(&self.reader).await?;
        let (earliest, newest): (Option<String>, Option<String>) = (row.try_get("earliest")?, row.try_get("newest")?);
        Ok(earliest.zip(newest).map(|(earliest, newest)| OaiExtent { earliest, newest }))
    }
}

/// The resources of the next changes, each once, and the place of the last of these changes.
async fn next_changed(conn: &mut Connection, limit: usize) -> Result<Option<(Vec<String>, u64)>, CatalogueError> {
    let rows = sqlx::query(
        "SELECT seq, resource FROM change WHERE seq > COALESCE((SELECT seq FROM follower WHERE name = $1), 0) \
         ORDER BY seq LIMIT $2",
    )
    .bind(FOLLOWER)
    .bind(bigint(limit))
    .fetch_all(&mut *conn)
    .await?;
    let Some(last) = rows.last() else {
        return Ok(None);
    };
    let position = count_at(last, "seq")?;
    let mut ids = BTreeSet::new();
    for row in &rows {
        ids.insert(row.try_get::<String, _>("resource")?);
    }
    Ok(Some((ids.into_iter().collect(), position)))
}

/// How a resource stands now.
struct Standing {
    id: String,
    is_live: bool,
    /// The sets it is to be in from now on; `None` when it keeps those it has.
    sets: Option<BTreeSet<String>>,
}

/// How these resources stand now; at most [`CHUNK`].
async fn how_they_stand(conn: &mut Connection, ids: &[String]) -> Result<Vec<Standing>, CatalogueError> {
    let listed = listed_among(conn, ids).await?;
    let mut sources = sources_of(conn, ids).await?;
    let mut query = QueryBuilder::new("SELECT id, state, metadata FROM resource WHERE id IN ");
    push_list(&mut query, ids.iter().map(String::as_str));
    let mut standing = Vec::with_capacity(ids.len());
    for row in &query.build().fetch_all(&mut *conn).await? {
        let id: String = row.try_get("id")?;
        let is_live = row.try_get::<String, _>("state")? == "live";
        // Without records, what was withdrawn is in no set any more: it keeps those it had. What was gone already when
        // the list was begun is given what can still be known.
        let sets = if is_live || !listed.contains(&id) {
            let metadata: Metadata = json_at(row, "resource", &id, "metadata")?;
            let mut sets = subject_sets(&metadata);
            sets.extend(sources.remove(&id).unwrap_or_default());
            Some(sets)
        } else {
            None
        };
        standing.push(Standing { id, is_live, sets });
    }
    Ok(standing)
}

async fn listed_among(conn: &mut Connection, ids: &[String]) -> Result<HashSet<String>, CatalogueError> {
    let mut query = QueryBuilder::new("SELECT resource FROM oai_record WHERE resource IN ");
    push_list(&mut query, ids.iter().map(String::as_str));
    let listed: Vec<String> = query.build_query_scalar().fetch_all(&mut *conn).await?;
    Ok(listed.into_iter().collect())
}

/// The sets of the sources that these resources are from: of what is published, those that still have a record of it;
/// of the others, those that had one.
async fn sources_of(
    conn: &mut Connection,
    ids: &[String],
) -> Result<HashMap<String, BTreeSet<String>>, CatalogueError> {
    let mut of_published: HashMap<String, BTreeSet<String>> = HashMap::with_capacity(ids.len());
    let mut of_former: HashMap<String, BTreeSet<String>> = HashMap::new();
    for (column, question) in [
        ("resource", "SELECT DISTINCT resource AS id, source, state FROM record WHERE resource IN "),
        // What was merged away is where its records were at home.
        ("home", "SELECT DISTINCT home AS id, source, 'withdrawn' AS state FROM record WHERE home IN "),
    ] {
        let mut query = QueryBuilder::new(question);
        push_list(&mut query, ids.iter().map(String::as_str));
        for row in &query.build().fetch_all(&mut *conn).await? {
            let id: String = row.try_get("id")?;
            let source: SourceId = parsed_at(row, "record", "source")?;
            let state: String = row.try_get("state")?;
            let is_published = column == "resource" && matches!(state.as_str(), "live" | "missing");
            let sets = if is_published { &mut of_published } else { &mut of_former };
            sets.entry(id).or_default().insert(format!("{SOURCE_SETS}:{source}"));
        }
    }
    for (id, sets) in of_former {
        of_published.entry(id).or_insert(sets);
    }
    Ok(of_published)
}

/// The sets of the subjects that it is about, and of the subjects above those.
fn subject_sets(metadata: &Metadata) -> BTreeSet<String> {
    let subjects = Vocabularies::shipped().of(ControlledField::Subject);
    let mut sets = BTreeSet::new();
    for claim in metadata.concepts(ControlledField::Subject) {
        let id = claim.value.as_str();
        sets.insert(format!("{SUBJECT_SETS}:{id}"));
        sets.extend(subjects.ancestors(id).map(|broader| format!("{SUBJECT_SETS}:{}", broader.id)));
    }
    sets
}

/// Writes how resources stand into the list; at most [`CHUNK`].
async fn write_listed(conn: &mut Connection, standing: &[Standing], datestamp: &str) -> Result<(), CatalogueError> {
    if standing.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::new("INSERT INTO oai_record (resource, datestamp, first_datestamp, deleted) ");
    query.push_values(standing, |mut row, one| {
        row.push_bind(one.id.as_str()).push_bind(datestamp).push_bind(datestamp).push_bind(i64::from(!one.is_live));
    });
    // What is deleted twice keeps the day on which it went.
    query.push(
        " ON CONFLICT (resource) DO UPDATE SET datestamp = excluded.datestamp, deleted = excluded.deleted \
         WHERE oai_record.deleted = 0 OR excluded.deleted = 0",
    );
    query.build().execute(&mut *conn).await?;
    let mut moved: Vec<&str> = Vec::with_capacity(standing.len());
    let mut rows: Vec<(&str, &str)> = Vec::new();
    for one in standing {
        let Some(sets) = &one.sets else { continue };
        moved.push(&one.id);
        rows.extend(sets.iter().map(|spec| (spec.as_str(), one.id.as_str())));
    }
    write_sets(conn, &moved, &rows).await
}

/// Takes these resources out of all sets and puts them into those: pairs of a set and a resource.
async fn write_sets(conn: &mut Connection, moved: &[&str], rows: &[(&str, &str)]) -> Result<(), CatalogueError> {
    if moved.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::new("DELETE FROM oai_set WHERE resource IN ");
    push_list(&mut query, moved.iter().copied());
    query.build().execute(&mut *conn).await?;
    for chunk in rows.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO oai_set (spec, resource) ");
        query.push_values(chunk, |mut row, (spec, resource)| {
            row.push_bind(*spec).push_bind(*resource);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Appends which rows of the list a walk is about, from `FROM` on. Gives the column that has their ids.
fn push_scope(query: &mut QueryBuilder, walk: &OaiWalk) -> &'static str {
    match walk.set.as_deref() {
        None => {
            query.push("FROM oai_record r WHERE 1 = 1");
            "r.resource"
        }
        // Sets of sets: whatever is below one is in it.
        Some(above @ (SOURCE_SETS | SUBJECT_SETS)) => {
            query.push("FROM oai_record r WHERE EXISTS (SELECT 1 FROM oai_set s WHERE s.resource = r.resource AND s.spec LIKE ");
            query.push_bind(format!("{above}:%")).push(")");
            "r.resource"
        }
        Some(spec) => {
            query.push("FROM oai_set s JOIN oai_record r ON r.resource = s.resource WHERE s.spec = ");
            query.push_bind(spec);
            "s.resource"
        }
    }
}

/// Appends between which times the rows are dated.
fn push_range(query: &mut QueryBuilder, walk: &OaiWalk) {
    // COALESCE keeps the planner from going by datestamp and sorting all that it finds for each page: ids are in order.
    if let Some(from) = &walk.from {
        query.push(" AND COALESCE(r.datestamp, '') >= ").push_bind(from.as_str());
    }
    let Some(until) = &walk.until else { return };
    query.push(" AND (COALESCE(r.datestamp, '') <= ").push_bind(until.as_str());
    if let Some(going_on) = &walk.going_on {
        // A change during the walk moves the datestamp past `until`, and the resource would be lost to this harvester,
        // who takes in range what was in range when it began to walk. So what was listed by `until` and has changed
        // since the walk began still comes, with its new datestamp.
        query.push(" OR (r.first_datestamp <= ").push_bind(until.as_str());
        query.push(" AND r.datestamp >= ").push_bind(going_on.began.as_str()).push(")");
    }
    query.push(")");
}

/// The next of a walk, without their sets.
async fn headers_of(conn: &mut Connection, walk: &OaiWalk, limit: usize) -> Result<Vec<OaiHeader>, CatalogueError> {
    let mut query = QueryBuilder::new("SELECT r.resource AS resource, r.datestamp AS datestamp, r.deleted AS deleted ");
    let id_column = push_scope(&mut query, walk);
    push_range(&mut query, walk);
    if let Some(going_on) = &walk.going_on {
        query.push(" AND ").push(id_column).push(" >= ").push_bind(going_on.at.as_str());
    }
    query.push(" ORDER BY ").push(id_column).push(" LIMIT ").push_bind(bigint(limit));
    query.build().fetch_all(&mut *conn).await?.iter().map(header_row).collect()
}

async fn header_of(conn: &mut Connection, id: &ResourceId) -> Result<Option<OaiHeader>, CatalogueError> {
    let query = "SELECT resource, datestamp, deleted FROM oai_record WHERE resource = $1";
    let row = sqlx::query(query).bind(id.as_str()).fetch_optional(&mut *conn).await?;
    row.as_ref().map(header_row).transpose()
}

fn header_row(row: &Row) -> Result<OaiHeader, CatalogueError> {
    Ok(OaiHeader {
        resource: parsed_at(row, "oai_record", "resource")?,
        datestamp: row.try_get("datestamp")?,
        deleted: flag_at(row, "deleted")?,
        sets: Vec::new(),
    })
}

async fn count_of(conn: &mut Connection, walk: &OaiWalk) -> Result<u64, CatalogueError> {
    let mut query = QueryBuilder::new("SELECT COUNT(*) AS number ");
    push_scope(&mut query, walk);
    push_range(&mut query, walk);
    count_at(&query.build().fetch_one(&mut *conn).await?, "number")
}

async fn add_sets(conn: &mut Connection, headers: &mut [OaiHeader]) -> Result<(), CatalogueError> {
    for chunk in headers.chunks_mut(CHUNK) {
        let mut query = QueryBuilder::new("SELECT resource, spec FROM oai_set WHERE resource IN ");
        push_list(&mut query, chunk.iter().map(|header| header.resource.as_str()));
        query.push(" ORDER BY resource, spec");
        let mut sets: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in &query.build().fetch_all(&mut *conn).await? {
            sets.entry(row.try_get("resource")?).or_default().push(row.try_get("spec")?);
        }
        for header in chunk {
            header.sets = sets.remove(header.resource.as_str()).unwrap_or_default();
        }
    }
    Ok(())
}

/// What those of these resources say that are published, in the list and in the store.
async fn entries_of(
    conn: &mut Connection,
    headers: &[OaiHeader],
) -> Result<HashMap<ResourceId, index::Entry>, CatalogueError> {
    let live: Vec<&str> =
        headers.iter().filter(|header| !header.deleted).map(|header| header.resource.as_str()).collect();
    let mut entries = HashMap::with_capacity(live.len());
    for chunk in live.chunks(CHUNK) {
        let mut query = QueryBuilder::new(SELECT);
        query.push(" WHERE state = 'live' AND id IN ");
        push_list(&mut query, chunk.iter().copied());
        let rows = query.build().fetch_all(&mut *conn).await?;
        let found = published(conn, &rows).await?;
        entries.extend(found.into_iter().map(|entry| (entry.resource.id.clone(), entry)));
    }
    Ok(entries)
}

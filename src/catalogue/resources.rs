//! Resources: what is published, made from what is stored: labels, levels of all nations and the list of records added.

use std::collections::{HashMap, HashSet};

use schemas::{
    Link, LinkState, Metadata, Publication, RecordRef, Resource, ResourceId, SourceId, Vocabularies, age_ranges,
};
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, bigint, flag_at, json_at, parse, parsed_at, push_list};
use super::error::CatalogueError;
use super::links::{SeenLink, seen_links};
use super::records::RecordState;

/// What stands under the id of a resource.
#[derive(Debug)]
pub enum ResourceState {
    /// A resource.
    Live(Box<index::Entry>),
    /// A resource that is no more, for ever.
    Withdrawn {
        /// Why.
        reason: String,
        /// When, RFC 3339.
        at: String,
    },
    /// A resource that turned out to be another one.
    Merged {
        /// That one; it may have been withdrawn since.
        into: ResourceId,
    },
}

/// The columns that publishing needs.
pub(super) const SELECT: &str = "SELECT id, state, metadata, description_in_full, pinned, merged_into, reason, created, updated \
     FROM resource";

impl Catalogue {
    /// What stands under this id; `None` when there has never been such a resource.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn resource(&self, id: &ResourceId) -> Result<Option<ResourceState>, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut states = states_of(&mut tx, std::slice::from_ref(id)).await?;
        Ok(states.pop().map(|(_, state)| state))
    }

    /// What stands under each of these ids, and under each that one of them was merged into: all at one moment. What was
    /// never a resource is not among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn states(&self, ids: &[ResourceId]) -> Result<HashMap<ResourceId, ResourceState>, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut states = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            states.extend(states_of(&mut tx, chunk).await?);
        }
        let merged_into = |state: &ResourceState| match state {
            ResourceState::Merged { into } => Some(into.clone()),
            ResourceState::Live(_) | ResourceState::Withdrawn { .. } => None,
        };
        let others: HashSet<ResourceId> =
            states.values().filter_map(merged_into).filter(|into| !states.contains_key(into)).collect();
        let others: Vec<ResourceId> = others.into_iter().collect();
        for chunk in others.chunks(CHUNK) {
            states.extend(states_of(&mut tx, chunk).await?);
        }
        Ok(states)
    }

    /// Those of these resources that are live, in the order of the ids.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn entries(&self, ids: &[ResourceId]) -> Result<Vec<index::Entry>, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut entries = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            let mut query = QueryBuilder::new(SELECT);
            query.push(" WHERE state = 'live' AND id IN ");
            push_list(&mut query, chunk.iter().map(ResourceId::as_str));
            let rows = query.build().fetch_all(&mut *tx).await?;
            let found = published(&mut tx, &rows).await?;
            let mut by_id: HashMap<ResourceId, index::Entry> =
                found.into_iter().map(|entry| (entry.resource.id.clone(), entry)).collect();
            entries.extend(chunk.iter().filter_map(|id| by_id.remove(id)));
        }
        Ok(entries)
    }

    /// A page of all live resources in the order of their ids, after this one. An empty page is the end.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn scan(&self, after: Option<&ResourceId>, limit: usize) -> Result<Vec<index::Entry>, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let mut query = QueryBuilder::new(SELECT);
        query.push(" WHERE state = 'live' AND id > ").push_bind(after.map_or("", ResourceId::as_str));
        query.push(" ORDER BY id LIMIT ").push_bind(bigint(limit));
        let rows = query.build().fetch_all(&mut *tx).await?;
        published(&mut tx, &rows).await
    }

    /// How many resources are live.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn live_count(&self) -> Result<u64, CatalogueError> {
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM resource WHERE state = 'live'").fetch_one(&self.reader).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// What stands under these ids, in no order.
async fn states_of(
    conn: &mut Connection,
    ids: &[ResourceId],
) -> Result<Vec<(ResourceId, ResourceState)>, CatalogueError> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" WHERE id IN ");
    push_list(&mut query, ids.iter().map(ResourceId::as_str));
    let mut states = Vec::with_capacity(ids.len());
    let mut live: Vec<Row> = Vec::new();
    for row in query.build().fetch_all(&mut *conn).await? {
        let id: ResourceId = parsed_at(&row, "resource", "id")?;
        let state: String = row.try_get("state")?;
        match state.as_str() {
            "live" => live.push(row),
            "withdrawn" | "hidden" => {
                let reason: Option<String> = row.try_get("reason")?;
                let reason = reason.unwrap_or_default();
                states.push((id, ResourceState::Withdrawn { reason, at: row.try_get("updated")? }));
            }
            "merged" => {
                let into = parsed_at(&row, "resource", "merged_into")?;
                states.push((id, ResourceState::Merged { into: end_of_merges(&mut *conn, into).await? }));
            }
            other => {
                let reason = format!("no state is called `{other}`");
                return Err(CatalogueError::stored("resource", id.as_str(), reason));
            }
        }
    }
    let entries = published(conn, &live).await?.into_iter();
    states.extend(entries.map(|entry| (entry.resource.id.clone(), ResourceState::Live(Box::new(entry)))));
    Ok(states)
}

/// More resources than this are never merged one into the other, one after the other; beyond it the chain is wrong.
pub(super) const MOST_MERGES: usize = 100;

/// Where a resource leads to in the end that was merged into this one. What is stored is where each went itself: when
/// that is parted from where it went in turn, each leads to its own.
pub(super) async fn end_of_merges(conn: &mut Connection, mut into: ResourceId) -> Result<ResourceId, CatalogueError> {
    for _ in 0..MOST_MERGES {
        let next: Option<Option<String>> = sqlx::query_scalar("SELECT merged_into FROM resource WHERE id = $1")
            .bind(into.as_str())
            .fetch_optional(&mut *conn)
            .await?;
        let Some(next) = next.flatten() else { return Ok(into) };
        into = parse("resource", &next)?;
    }
    Err(CatalogueError::stored("resource", into.as_str(), "it was merged in a circle"))
}

/// Publishes rows of live resources, in their order.
pub(super) async fn published(conn: &mut Connection, rows: &[Row]) -> Result<Vec<index::Entry>, CatalogueError> {
    let mut ids: Vec<ResourceId> = Vec::with_capacity(rows.len());
    let mut merged: Vec<Metadata> = Vec::with_capacity(rows.len());
    for row in rows {
        let id: ResourceId = parsed_at(row, "resource", "id")?;
        merged.push(json_at(row, "resource", id.as_str(), "metadata")?);
        ids.push(id);
    }
    let mut records_by_id = records_of(conn, &ids).await?;
    let urls: Vec<&str> = merged.iter().filter_map(|metadata| metadata.url.as_deref()).collect();
    let links = seen_links(conn, &urls).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for ((row, id), metadata) in rows.iter().zip(ids).zip(merged) {
        let records = records_by_id.remove(&id).unwrap_or_default();
        let seen = metadata.url.as_ref().and_then(|url| links.get(url));
        entries.push(publish(row, id, metadata, records, seen)?);
    }
    Ok(entries)
}

fn publish(
    row: &Row,
    id: ResourceId,
    mut metadata: Metadata,
    records: Vec<RecordRef>,
    seen: Option<&SeenLink>,
) -> Result<index::Entry, CatalogueError> {
    let unseen = if metadata.url.is_some() { LinkState::Unchecked } else { LinkState::None };
    let link = seen.map_or(Link { state: unseen, checked_at: None }, |seen| seen.link.clone());
    if let Some(new_address) = seen.and_then(|seen| seen.new_address.as_deref()) {
        follow_move(&mut metadata, new_address);
    }
    let publication = Publication {
        id,
        records,
        link,
        created: row.try_get("created")?,
        updated: row.try_get("updated")?,
        description_in_full: flag_at(row, "description_in_full")?,
        pinned: flag_at(row, "pinned")?,
    };
    let vocabularies = Vocabularies::shipped();
    let resource = Resource::publish(&metadata, publication, vocabularies);
    let age_ranges = age_ranges(&metadata, vocabularies);
    // What may not be shown in full may still be searched in full.
    let full_description = metadata.description.filter(|full| resource.description.as_ref() != Some(full));
    Ok(index::Entry { resource, full_description, age_ranges })
}

/// What has moved for good is published where it is now; where its catalogues say it is stands beside it.
///
/// Which resource it is does not change with it. A redirect says that the page is found elsewhere, not that it is the
/// same page as another that is there: many a site sends all it has given up to one list.
fn follow_move(metadata: &mut Metadata, new_address: &str) {
    let Some(old_address) = metadata.url.replace(new_address.to_owned()) else {
        return;
    };
    metadata.same_as.retain(|address| address != new_address && *address != old_address);
    metadata.same_as.insert(0, old_address);
}

/// The published records of these resources, first seen first.
async fn records_of(
    conn: &mut Connection,
    ids: &[ResourceId],
) -> Result<HashMap<ResourceId, Vec<RecordRef>>, CatalogueError> {
    let mut records: HashMap<ResourceId, Vec<RecordRef>> = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "SELECT r.resource AS resource, r.source AS source, r.identifier AS identifier, r.url AS url, \
             r.state AS state, r.first_seen AS first_seen, r.changed_at AS changed_at, \
             r.missing_since AS missing_since, s.last_ok_at AS last_ok_at \
             FROM record r JOIN source s ON s.id = r.source \
             WHERE r.state IN ('live', 'missing') AND r.resource IN ",
        );
        push_list(&mut query, chunk.iter().map(ResourceId::as_str));
        query.push(" ORDER BY r.first_seen, r.source, r.identifier");
        for row in &query.build().fetch_all(&mut *conn).await? {
            let source: SourceId = parsed_at(row, "record", "source")?;
            let record = RecordRef {
                source,
                identifier: row.try_get("identifier")?,
                url: row.try_get("url")?,
                first_seen: row.try_get("first_seen")?,
                last_seen: last_seen(row)?,
            };
            records.entry(parsed_at(row, "record", "resource")?).or_default().push(record);
        }
    }
    Ok(records)
}

/// When a record was last seen. Not stored, for an unchanged record costs no write: a live one was seen by the last ok
/// run of its source, or by a later one that has brought it or changed it.
fn last_seen(row: &Row) -> Result<String, CatalogueError> {
    let identifier: String = row.try_get("identifier")?;
    let name: String = row.try_get("state")?;
    let state = RecordState::parse(&name, &identifier)?;
    let missing_since: Option<String> = row.try_get("missing_since")?;
    if let (RecordState::Missing, Some(since)) = (state, missing_since) {
        return Ok(since);
    }
    let changed_at: String = row.try_get("changed_at")?;
    let last_ok_at: Option<String> = row.try_get("last_ok_at")?;
    Ok(match last_ok_at {
        Some(last_ok_at) if last_ok_at > changed_at => last_ok_at,
        Some(_) | None => changed_at,
    })
}

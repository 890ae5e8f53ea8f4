//! Settle: after records have come, gone or moved, makes their resources say what their records say now.
//!
//! Runs inside the transaction that wrote the records, so no reader ever sees one without the other. A change is
//! appended to the log only when the merged fields or the set of records are others than before.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use schemas::{CanonicalUrl, Curation, RecordId, ResourceId, SourceId, parse_address};
use sqlx::Row as _;

use super::backend::{Connection, QueryBuilder};
use super::changes::{ChangeOp, append_changes};
use super::columns::{CHUNK, flag_at, json_at, metadata_json, parsed_at, push_list};
use super::curation::standing_curations;
use super::error::CatalogueError;
use super::links::note_links;
use super::resolve::{MergeInput, Overlaid, is_on_site, lay_over, merge};
use super::sources::{SourceFacts, source_facts};

/// What a transaction did to resources, to be settled before it is committed.
#[derive(Debug, Default)]
pub(super) struct Settlement {
    /// The resources to be merged anew.
    pub(super) touched: BTreeSet<ResourceId>,
    /// Of these, those whose set of published records is another.
    regrouped: BTreeSet<ResourceId>,
    /// Keys of founded resources, and new keys of those that followed their only record to another address.
    pub(super) keys: HashMap<ResourceId, String>,
    /// Where the first of the records went that left a resource.
    pub(super) moved: HashMap<ResourceId, ResourceId>,
    /// Homes that more records have come to than can be one thing, with their address. See `scatter_crowds`.
    pub(super) crowded: BTreeMap<ResourceId, String>,
}

impl Settlement {
    /// This resource is to be merged anew.
    pub(super) fn touch(&mut self, resource: &ResourceId) {
        self.touched.insert(resource.clone());
    }

    /// A published record has joined or left this resource.
    pub(super) fn regroup(&mut self, resource: &ResourceId) {
        self.touched.insert(resource.clone());
        self.regrouped.insert(resource.clone());
    }
}

/// A resource as it stood before.
#[derive(Debug, Clone)]
struct Before {
    key: String,
    state: String,
    metadata: String,
    description_in_full: bool,
    pinned: bool,
    reason: Option<String>,
    created: String,
    updated: String,
}

/// A resource as it is to be written.
#[derive(Debug)]
struct ResourceWrite {
    id: ResourceId,
    key: String,
    state: &'static str,
    /// Its address, when it is live and has one.
    url: Option<String>,
    metadata: String,
    description_in_full: bool,
    pinned: bool,
    merged_into: Option<ResourceId>,
    reason: Option<String>,
    created: String,
    updated: String,
}

/// Merges every touched resource anew and writes what became of it. Where no record is left, the resource is merged
/// into the one its records went to, or else withdrawn for this reason.
pub(super) async fn settle(
    conn: &mut Connection,
    settlement: &Settlement,
    reason: &str,
    at: &str,
) -> Result<(), CatalogueError> {
    if settlement.touched.is_empty() {
        return Ok(());
    }
    let sources = source_facts(conn).await?;
    let (held, empty) = held_and_empty(conn, &settlement.touched).await?;
    // First where the empty ones lead: what was decided about them goes along, and is laid over what they lead to.
    let withdrawn = settle_empty(conn, &empty, settlement, reason, at).await?;
    for chunk in held.chunks(CHUNK) {
        let before = resources_before(conn, chunk).await?;
        let published = published_records(conn, chunk, &sources).await?;
        let curations = standing_curations(conn, chunk).await?;
        let mut writes = Vec::new();
        let mut changes = Vec::new();
        for id in chunk {
            let Some(records) = published.get(*id) else { continue };
            let decided = curations.get(*id).map_or(&[][..], Vec::as_slice);
            let Some((write, op)) = merged_anew(id, before.get(*id), records, decided, settlement, at)? else {
                continue;
            };
            changes.extend(op.map(|op| ((*id).clone(), op)));
            writes.push(write);
        }
        write_resources(conn, &writes, at).await?;
        append_changes(conn, &changes, at).await?;
    }
    append_changes(conn, &withdrawn, at).await
}

/// Of these resources, those that have published records, and those that have none.
async fn held_and_empty<'t>(
    conn: &mut Connection,
    touched: &'t BTreeSet<ResourceId>,
) -> Result<(Vec<&'t ResourceId>, Vec<&'t ResourceId>), CatalogueError> {
    let touched: Vec<&ResourceId> = touched.iter().collect();
    let mut held: HashSet<String> = HashSet::with_capacity(touched.len());
    for chunk in touched.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "SELECT DISTINCT resource FROM record WHERE state IN ('live', 'missing') AND resource IN ",
        );
        push_list(&mut query, chunk.iter().map(|id| id.as_str()));
        let found: Vec<String> = query.build_query_scalar().fetch_all(&mut *conn).await?;
        held.extend(found);
    }
    Ok(touched.into_iter().partition(|id| held.contains(id.as_str())))
}

/// What a resource with records is to say; `None` when that is what it says already.
fn merged_anew(
    id: &ResourceId,
    before: Option<&Before>,
    records: &[MergeInput],
    decided: &[Curation],
    settlement: &Settlement,
    at: &str,
) -> Result<Option<(ResourceWrite, Option<ChangeOp>)>, CatalogueError> {
    let mut merged = merge(records);
    let Overlaid { hidden, pinned } = lay_over(&mut merged, decided);
    let state = if hidden.is_some() { "hidden" } else { "live" };
    let metadata = metadata_json(&merged.metadata);
    let new_key = settlement.keys.get(id);
    let says_the_same = before.is_some_and(|before| {
        before.state == state
            && before.metadata == metadata
            && before.description_in_full == merged.description_in_full
            && before.pinned == pinned
            && before.reason == hidden
            && !settlement.regrouped.contains(id)
    });
    if says_the_same && new_key.is_none() {
        return Ok(None);
    }
    let key = new_key
        .or(before.map(|before| &before.key))
        .ok_or_else(|| CatalogueError::stored("resource", id.as_str(), "records name it, and it does not exist"))?;
    let was_live = before.is_some_and(|before| before.state == "live");
    let op = match (hidden.is_some(), before) {
        (false, None) => Some(ChangeOp::Created),
        (false, Some(_)) => (!says_the_same).then_some(ChangeOp::Changed),
        (true, _) => was_live.then_some(ChangeOp::Withdrawn),
    };
    let kept_time = before.filter(|_| says_the_same).map(|before| before.updated.clone());
    let write = ResourceWrite {
        id: id.clone(),
        key: key.clone(),
        state,
        url: merged.metadata.url.filter(|_| hidden.is_none()),
        metadata,
        description_in_full: merged.description_in_full,
        pinned,
        merged_into: None,
        reason: hidden,
        created: before.map_or_else(|| at.to_owned(), |before| before.created.clone()),
        updated: kept_time.unwrap_or_else(|| at.to_owned()),
    };
    Ok(Some((write, op)))
}

/// What becomes of resources that no published record is left in. The fields they had stay for the admin to see. Gives
/// what is to be appended to the change log.
async fn settle_empty(
    conn: &mut Connection,
    empty: &[&ResourceId],
    settlement: &Settlement,
    reason: &str,
    at: &str,
) -> Result<Vec<(ResourceId, ChangeOp)>, CatalogueError> {
    let empty_ids: HashSet<&ResourceId> = empty.iter().copied().collect();
    let mut writes = Vec::new();
    let mut changes = Vec::new();
    for chunk in empty.chunks(CHUNK) {
        for (id, before) in resources_before(conn, chunk).await? {
            let into = settlement.moved.get(&id).filter(|target| !empty_ids.contains(*target));
            let was_live = before.state == "live";
            if !was_live && into.is_none() {
                continue;
            }
            if was_live {
                changes.push((id.clone(), ChangeOp::Withdrawn));
            }
            writes.push(ResourceWrite {
                id,
                key: before.key,
                state: if into.is_some() { "merged" } else { "withdrawn" },
                url: None,
                metadata: before.metadata,
                description_in_full: before.description_in_full,
                pinned: before.pinned,
                merged_into: into.cloned(),
                reason: into.is_none().then(|| reason.to_owned()),
                created: before.created,
                updated: at.to_owned(),
            });
        }
    }
    write_resources(conn, &writes, at).await?;
    changes.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(changes)
}

async fn resources_before(
    conn: &mut Connection,
    ids: &[&ResourceId],
) -> Result<HashMap<ResourceId, Before>, CatalogueError> {
    let mut query = QueryBuilder::new(
        "SELECT id, resource_key, state, metadata, description_in_full, pinned, reason, created, updated FROM resource \
         WHERE id IN ",
    );
    push_list(&mut query, ids.iter().map(|id| id.as_str()));
    let rows = query.build().fetch_all(&mut *conn).await?;
    let mut before = HashMap::with_capacity(rows.len());
    for row in &rows {
        let resource = Before {
            key: row.try_get("resource_key")?,
            state: row.try_get("state")?,
            metadata: row.try_get("metadata")?,
            description_in_full: flag_at(row, "description_in_full")?,
            pinned: flag_at(row, "pinned")?,
            reason: row.try_get("reason")?,
            created: row.try_get("created")?,
            updated: row.try_get("updated")?,
        };
        before.insert(parsed_at(row, "resource", "id")?, resource);
    }
    Ok(before)
}

/// What the published records of these resources say.
pub(super) async fn published_records(
    conn: &mut Connection,
    resources: &[&ResourceId],
    sources: &HashMap<SourceId, SourceFacts>,
) -> Result<HashMap<ResourceId, Vec<MergeInput>>, CatalogueError> {
    let mut query = QueryBuilder::new(
        "SELECT resource, source, identifier, metadata, url FROM record \
         WHERE state IN ('live', 'missing') AND resource IN ",
    );
    push_list(&mut query, resources.iter().map(|id| id.as_str()));
    let rows = query.build().fetch_all(&mut *conn).await?;
    let mut records: HashMap<ResourceId, Vec<MergeInput>> = HashMap::with_capacity(resources.len());
    for row in &rows {
        let id = RecordId { source: parsed_at(row, "record", "source")?, identifier: row.try_get("identifier")? };
        let url: Option<String> = row.try_get("url")?;
        let facts = sources.get(&id.source);
        let site = facts.and_then(|facts| facts.site.as_deref());
        let input = MergeInput {
            metadata: json_at(row, "record", &id.to_string(), "metadata")?,
            own_site: url.as_deref().zip(site).is_some_and(|(url, site)| is_on_site(url, site)),
            allows_republishing: facts.is_some_and(|facts| facts.allows_republishing),
            id,
        };
        records.entry(parsed_at(row, "record", "resource")?).or_default().push(input);
    }
    Ok(records)
}

async fn write_resources(conn: &mut Connection, resources: &[ResourceWrite], at: &str) -> Result<(), CatalogueError> {
    for chunk in resources.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "INSERT INTO resource (id, resource_key, address, state, metadata, description_in_full, pinned, \
             merged_into, reason, created, updated) ",
        );
        query.push_values(chunk, |mut row, resource| {
            row.push_bind(resource.id.as_str())
                .push_bind(resource.key.as_str())
                .push_bind(resource.url.as_deref().and_then(canonical))
                .push_bind(resource.state)
                .push_bind(resource.metadata.as_str())
                .push_bind(i64::from(resource.description_in_full))
                .push_bind(i64::from(resource.pinned))
                .push_bind(resource.merged_into.as_ref().map(ResourceId::as_str))
                .push_bind(resource.reason.as_deref())
                .push_bind(resource.created.as_str())
                .push_bind(resource.updated.as_str());
        });
        query.push(
            " ON CONFLICT (id) DO UPDATE SET resource_key = excluded.resource_key, address = excluded.address, \
             state = excluded.state, metadata = excluded.metadata, \
             description_in_full = excluded.description_in_full, pinned = excluded.pinned, merged_into = excluded.merged_into, reason = excluded.reason, updated = excluded.updated",
        );
        query.build().execute(&mut *conn).await?;
        let urls: Vec<&str> = chunk.iter().filter_map(|resource| resource.url.as_deref()).collect();
        note_links(conn, &urls, at).await?;
    }
    Ok(())
}

/// The canonical address, by which links find the resources that are published with them.
fn canonical(url: &str) -> Option<String> {
    parse_address(url).ok().map(|address| CanonicalUrl::of(&address).to_string())
}

//! Assertions: where each value of a resource comes from, which values stand in it, and why others do not.
//!
//! Read off the records and the decisions of admins each time somebody asks. Nothing is kept beside them, but since when
//! a record has said what it did not say from the beginning.

mod decided;
mod derived;
mod showable;
mod since;
mod standing;
mod told;

use std::collections::HashMap;

use schemas::{Assertion, RecordId, ResourceId, SourceId};
use sqlx::Row as _;

use self::decided::decided;
use self::standing::{Case, Times, assertions};
use super::Catalogue;
use super::backend::{Connection, QueryBuilder};
use super::columns::{CHUNK, json_at, parsed_at, push_list};
use super::curation::standing_curations;
use super::error::CatalogueError;
use super::resources::{SELECT, published};
use super::settle::published_records;
use super::sources::{SourceFacts, source_facts};

pub(super) use self::since::{Since, since_after};

impl Catalogue {
    /// Every value that a published record of this resource gives or that follows from it, and what admins decided:
    /// field by field in the order of a resource, those that stand in it first, then by source and identifier. None for
    /// a resource that is not live.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn assertions_of(&self, id: &ResourceId) -> Result<Vec<Assertion>, CatalogueError> {
        let mut found = self.assertions_of_many(std::slice::from_ref(id)).await?;
        Ok(found.remove(id).unwrap_or_default())
    }

    /// The assertions of each of these resources that is live, as [`Catalogue::assertions_of`] gives them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn assertions_of_many(
        &self,
        ids: &[ResourceId],
    ) -> Result<HashMap<ResourceId, Vec<Assertion>>, CatalogueError> {
        let mut tx = self.begin_read().await?;
        let sources = source_facts(&mut tx).await?;
        let mut found = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            for case in cases(&mut tx, chunk, &sources).await? {
                found.insert(case.resource.id.clone(), assertions(&case));
            }
        }
        Ok(found)
    }
}

/// What is known of each of these resources that is live.
async fn cases(
    conn: &mut Connection,
    ids: &[ResourceId],
    sources: &HashMap<SourceId, SourceFacts>,
) -> Result<Vec<Case>, CatalogueError> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" WHERE state = 'live' AND id IN ");
    push_list(&mut query, ids.iter().map(ResourceId::as_str));
    let rows = query.build().fetch_all(&mut *conn).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let entries = published(conn, &rows).await?;
    let live: Vec<&ResourceId> = entries.iter().map(|entry| &entry.resource.id).collect();
    let mut records = published_records(conn, &live, sources).await?;
    let mut times = times_of(conn, &live).await?;
    let curations = standing_curations(conn, &live).await?;
    let mut cases = Vec::with_capacity(rows.len());
    for (row, entry) in rows.iter().zip(entries) {
        let resource = entry.resource;
        let records = records.remove(&resource.id).unwrap_or_default();
        cases.push(Case {
            stored: json_at(row, "resource", resource.id.as_str(), "metadata")?,
            times: records.iter().map(|record| times.remove(&record.id).unwrap_or_default()).collect(),
            decided: decided(curations.get(&resource.id).map_or(&[][..], Vec::as_slice)),
            records,
            resource,
        });
    }
    Ok(cases)
}

/// Since when the published records of these resources say what they say.
async fn times_of(
    conn: &mut Connection,
    resources: &[&ResourceId],
) -> Result<HashMap<RecordId, Times>, CatalogueError> {
    let mut query = QueryBuilder::new(
        "SELECT source, identifier, first_seen, since FROM record WHERE state IN ('live', 'missing') AND resource IN ",
    );
    push_list(&mut query, resources.iter().map(|id| id.as_str()));
    let rows = query.build().fetch_all(&mut *conn).await?;
    let mut times = HashMap::with_capacity(rows.len());
    for row in &rows {
        let id = RecordId { source: parsed_at(row, "record", "source")?, identifier: row.try_get("identifier")? };
        let since = json_at(row, "record", &id.to_string(), "since")?;
        times.insert(id, Times { first_seen: row.try_get("first_seen")?, since });
    }
    Ok(times)
}

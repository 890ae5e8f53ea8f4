//! Placement: looks up what decides to which resource a record belongs, and asks `resolve`.

use std::collections::{HashMap, HashSet};

use schemas::ResourceId;
use sqlx::{QueryBuilder, Row as _};

use super::backend::{Connection, Db};
use super::columns::{CHUNK, parse, parsed_at, push_list};
use super::error::CatalogueError;
use super::records::{Arrival, Known};
use super::resolve::{Placement, Situation, place};
use super::settle::Settlement;

/// A record to be placed, with what is stored of it.
pub(super) type Placing<'a> = (&'a Arrival, Option<&'a Known>);

/// Finds the resource of each of these records, in their order, and notes what has to be settled afterwards.
pub(super) async fn place_records(
    conn: &mut Connection,
    records: &[Placing<'_>],
    settlement: &mut Settlement,
) -> Result<Vec<ResourceId>, CatalogueError> {
    let mut facts = Facts::look_up(conn, records).await?;
    let mut resources = Vec::with_capacity(records.len());
    for (arrival, known) in records {
        let current = known.filter(|known| !known.resource_is_merged).map(|known| &known.resource);
        let situation = Situation {
            current,
            key_changed: known.is_some_and(|known| known.key != arrival.key),
            alone: current.is_some_and(|current| facts.members.get(current) == Some(&1)),
            holder: facts.holders.get(&arrival.key),
        };
        let resource = match place(situation) {
            Placement::Stay(current) => current.clone(),
            Placement::Rekey(current) => {
                let current = current.clone();
                if let Some(known) = known {
                    facts.holders.remove(&known.key);
                }
                facts.holders.insert(arrival.key.clone(), current.clone());
                settlement.keys.insert(current.clone(), arrival.key.clone());
                current
            }
            Placement::Join(holder) => holder.clone(),
            Placement::Found => {
                let founded = facts.found(conn, &arrival.key).await?;
                facts.holders.insert(arrival.key.clone(), founded.clone());
                settlement.keys.insert(founded.clone(), arrival.key.clone());
                founded
            }
        };
        let was_published = known.is_some_and(|known| known.state.is_published());
        let leaves = current.filter(|current| **current != resource);
        if let Some(left) = leaves {
            facts.count(left, -1);
            if was_published {
                settlement.regroup(left);
            } else {
                settlement.touched.insert(left.clone());
            }
            settlement.moved.entry(left.clone()).or_insert_with(|| resource.clone());
        }
        if current.is_none() || leaves.is_some() {
            facts.count(&resource, 1);
        }
        if current.is_none() || leaves.is_some() || !was_published {
            settlement.regroup(&resource);
        } else {
            settlement.touched.insert(resource.clone());
        }
        resources.push(resource);
    }
    Ok(resources)
}

/// What is looked up for a whole batch at once, and kept in step while its records are placed one by one.
#[derive(Debug)]
struct Facts {
    /// The resource that has a key.
    holders: HashMap<String, ResourceId>,
    /// Of resources that a record may leave: how many records they have, published or not.
    members: HashMap<ResourceId, i64>,
    /// Ids that resources have had, merged ones too: an id that redirects is never given again.
    taken: HashSet<ResourceId>,
}

impl Facts {
    async fn look_up(conn: &mut Connection, records: &[Placing<'_>]) -> Result<Self, CatalogueError> {
        let mut keys: Vec<&str> = Vec::new();
        let mut left: Vec<&ResourceId> = Vec::new();
        for (arrival, known) in records {
            match known {
                Some(known) if !known.resource_is_merged && known.key == arrival.key => {}
                Some(known) => {
                    keys.push(&arrival.key);
                    left.push(&known.resource);
                }
                None => keys.push(&arrival.key),
            }
        }
        let founding: Vec<ResourceId> = keys.iter().map(|key| ResourceId::founded_on(key)).collect();
        Ok(Self {
            holders: holders(conn, &keys).await?,
            members: members(conn, &left).await?,
            taken: taken(conn, &founding).await?,
        })
    }

    fn count(&mut self, resource: &ResourceId, more: i64) {
        if let Some(count) = self.members.get_mut(resource) {
            *count += more;
        }
    }

    /// An id for a resource founded on this key that no resource has had yet.
    ///
    /// The first founded on a key has its plain id. A later one, after the first has moved to another address or was
    /// merged away, counts on: so many look-ups as resources were founded on the key before.
    async fn found(&mut self, conn: &mut Connection, key: &str) -> Result<ResourceId, CatalogueError> {
        let mut id = ResourceId::founded_on(key);
        let mut number = 1_u64;
        while self.taken.contains(&id) {
            number += 1;
            id = ResourceId::founded_on(&format!("{key}#{number}"));
            let also_taken = taken(conn, std::slice::from_ref(&id)).await?;
            self.taken.extend(also_taken);
        }
        self.taken.insert(id.clone());
        Ok(id)
    }
}

async fn holders(conn: &mut Connection, keys: &[&str]) -> Result<HashMap<String, ResourceId>, CatalogueError> {
    let mut holders = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT id, resource_key FROM resource WHERE state IN ('live', 'withdrawn') AND resource_key IN ",
        );
        push_list(&mut query, chunk.iter().copied());
        for row in &query.build().fetch_all(&mut *conn).await? {
            holders.insert(row.try_get("resource_key")?, parsed_at(row, "resource", "id")?);
        }
    }
    Ok(holders)
}

async fn members(conn: &mut Connection, resources: &[&ResourceId]) -> Result<HashMap<ResourceId, i64>, CatalogueError> {
    let mut members = HashMap::with_capacity(resources.len());
    for chunk in resources.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new("SELECT resource, COUNT(*) AS members FROM record WHERE resource IN ");
        push_list(&mut query, chunk.iter().map(|id| id.as_str()));
        query.push(" GROUP BY resource");
        for row in &query.build().fetch_all(&mut *conn).await? {
            members.insert(parsed_at(row, "record", "resource")?, row.try_get("members")?);
        }
    }
    Ok(members)
}

async fn taken(conn: &mut Connection, ids: &[ResourceId]) -> Result<HashSet<ResourceId>, CatalogueError> {
    let mut taken = HashSet::new();
    for chunk in ids.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new("SELECT id FROM resource WHERE id IN ");
        push_list(&mut query, chunk.iter().map(ResourceId::as_str));
        let found: Vec<String> = query.build_query_scalar().fetch_all(&mut *conn).await?;
        for id in found {
            taken.insert(parse("resource", &id)?);
        }
    }
    Ok(taken)
}

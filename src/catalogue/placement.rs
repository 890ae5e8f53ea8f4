//! Placement: looks up what decides at which home a record belongs, and asks `resolve`.
//!
//! A record's home is the resource of its address alone. Whether that home stands for itself or was merged into another
//! resource, since what stands at both reads as one, is decided afterwards by `resolving`.

use std::collections::{BTreeSet, HashMap, HashSet};

use schemas::{Problem, RecordId, ResourceId};
use sqlx::Row as _;

use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, parse, parsed_at, push_list, push_numbers};
use super::error::CatalogueError;
use super::records::{Arrival, Known, Place};
use super::resolve::{MAX_RECORDS, Placement, Situation, own_key, place};
use super::settle::Settlement;

/// A record to be placed, with what is stored of it.
pub(super) type Placing<'a> = (&'a Arrival, Option<&'a Known>);

/// Finds the home and the resource of each of these records, in their order, and notes what has to be settled afterwards.
pub(super) async fn place_records(
    conn: &mut Connection,
    records: &[Placing<'_>],
    settlement: &mut Settlement,
) -> Result<Vec<Place>, CatalogueError> {
    let keys = keys_of(conn, records).await?;
    let mut facts = Facts::look_up(conn, records, &keys).await?;
    let mut places = Vec::with_capacity(records.len());
    for ((arrival, known), key) in records.iter().zip(keys) {
        let current = known.map(|known| &known.home);
        let situation = Situation {
            current,
            key_changed: known.is_some_and(|known| known.key != key),
            alone: current.is_some_and(|current| facts.members.get(current) == Some(&1)),
            holder: facts.holders.get(&key),
        };
        let home = match place(situation) {
            Placement::Stay(current) => current.clone(),
            Placement::Rekey(current) => {
                let current = current.clone();
                if let Some(known) = known {
                    facts.holders.remove(&known.key);
                }
                rekey(conn, &current, &key).await?;
                facts.holders.insert(key.clone(), current.clone());
                settlement.keys.insert(current.clone(), key.clone());
                current
            }
            Placement::Join(holder) => holder.clone(),
            Placement::Found => {
                let founded = facts.found(conn, &key).await?;
                facts.holders.insert(key.clone(), founded.clone());
                settlement.keys.insert(founded.clone(), key.clone());
                founded
            }
        };
        let was_published = known.is_some_and(|known| known.state.is_published());
        let resource = match known {
            Some(known) if known.home == home && was_published => known.resource.clone(),
            Some(_) | None => facts.resources.get(&home).cloned().unwrap_or_else(|| home.clone()),
        };
        note(settlement, *known, was_published, &resource);
        facts.move_in(current, was_published, &home);
        if facts.published.get(&home).copied().is_some_and(is_crowded) {
            settlement.crowded.insert(home.clone(), arrival.key.clone());
        }
        facts.resources.entry(home.clone()).or_insert_with(|| resource.clone());
        places.push(Place { home, resource, key });
    }
    Ok(places)
}

/// What each of these records is placed by: its address, unless that is one that many share, or the address of a thing
/// that an admin has said it is not.
async fn keys_of(conn: &mut Connection, records: &[Placing<'_>]) -> Result<Vec<String>, CatalogueError> {
    let shared = shared_addresses(conn, records).await?;
    let parted = addresses_of_others(conn, records).await?;
    let key_of = |(arrival, known): &Placing<'_>| {
        let is_of_another = known.is_some_and(|known| parted.contains(&(known.number, arrival.key.clone())));
        if is_of_another || shared.contains(&arrival.key) { own_key(&arrival.record.id) } else { arrival.key.clone() }
    };
    Ok(records.iter().map(key_of).collect())
}

/// Numbers of records that have come to another address, with the addresses of what an admin has split them from.
async fn addresses_of_others(
    conn: &mut Connection,
    records: &[Placing<'_>],
) -> Result<HashSet<(i64, String)>, CatalogueError> {
    let moved = records.iter().filter_map(|(arrival, known)| known.filter(|known| known.key != arrival.key));
    let moved: Vec<i64> = moved.map(|known| known.number).collect();
    let mut addresses = HashSet::new();
    for chunk in moved.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "SELECT l.one AS number, h.resource_key AS address FROM curated_link l \
             JOIN record o ON o.number = l.other JOIN resource h ON h.id = o.home WHERE l.joins = 0 AND l.one IN ",
        );
        push_numbers(&mut query, chunk.iter().copied());
        for row in &query.build().fetch_all(&mut *conn).await? {
            addresses.insert((row.try_get("number")?, row.try_get("address")?));
        }
    }
    Ok(addresses)
}

/// Whether more records are published at one home than one thing can have.
fn is_crowded(published: i64) -> bool {
    usize::try_from(published).is_ok_and(|published| published > MAX_RECORDS)
}

/// Notes which resources a record changes by going from where it was to this one.
fn note(settlement: &mut Settlement, known: Option<&Known>, was_published: bool, resource: &ResourceId) {
    let left = known.map(|known| &known.resource).filter(|before| *before != resource);
    if let Some(left) = left {
        if was_published {
            settlement.regroup(left);
        } else {
            settlement.touch(left);
        }
        settlement.moved.entry(left.clone()).or_insert_with(|| resource.clone());
    }
    if known.is_none() || left.is_some() || !was_published {
        settlement.regroup(resource);
    } else {
        settlement.touch(resource);
    }
}

/// Gives a home another key, also when it was merged into another resource and is not written otherwise.
async fn rekey(conn: &mut Connection, home: &ResourceId, key: &str) -> Result<(), CatalogueError> {
    sqlx::query("UPDATE resource SET resource_key = $2 WHERE id = $1")
        .bind(home.as_str())
        .bind(key)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// Of the addresses of these records, those that so many records give that none is found by it.
async fn shared_addresses(conn: &mut Connection, records: &[Placing<'_>]) -> Result<HashSet<String>, CatalogueError> {
    let mut shared = HashSet::new();
    for chunk in records.chunks(CHUNK) {
        let mut query = QueryBuilder::new("SELECT address FROM shared_address WHERE address IN ");
        push_list(&mut query, chunk.iter().map(|(arrival, _)| arrival.key.as_str()));
        let found: Vec<String> = query.build_query_scalar().fetch_all(&mut *conn).await?;
        shared.extend(found);
    }
    Ok(shared)
}

/// Takes apart the homes that have become crowded: an address that more than [`MAX_RECORDS`] records give, such as the
/// front page of a catalogue, names none of them. Each gets a home of its own, now and whenever it comes again; the
/// first that came keeps the one they had, so that its id goes on.
pub(super) async fn scatter_crowds(
    conn: &mut Connection,
    settlement: &mut Settlement,
) -> Result<Vec<Problem>, CatalogueError> {
    let mut problems = Vec::new();
    for (home, address) in std::mem::take(&mut settlement.crowded) {
        sqlx::query("INSERT INTO shared_address (address) VALUES ($1) ON CONFLICT DO NOTHING")
            .bind(address.as_str())
            .execute(&mut *conn)
            .await?;
        let rows = sqlx::query(
            "SELECT number, source, identifier, home, resource FROM record \
             WHERE home = $1 AND state IN ('live', 'missing') ORDER BY first_seen, number",
        )
        .bind(home.as_str())
        .fetch_all(&mut *conn)
        .await?;
        for (row, is_first) in rows.iter().zip(std::iter::once(true).chain(std::iter::repeat(false))) {
            let record = Housed::read(row)?;
            let key = own_key(&record.id);
            let own = if is_first { home.clone() } else { home_of_its_own(conn, &key).await? };
            if is_first {
                rekey(conn, &home, &key).await?;
            }
            settlement.keys.insert(own.clone(), key.clone());
            house(conn, &record, &own, Some(&key), settlement).await?;
        }
        let reason = format!("more than {MAX_RECORDS} records give this address, so each is a resource of its own");
        problems.push(Problem::warning(address, Some("url"), reason));
    }
    Ok(problems)
}

/// Gives a record a home of its own, and says which. It comes back to the home of its address with [`return_home`].
pub(super) async fn leave_home(
    conn: &mut Connection,
    number: i64,
    settlement: &mut Settlement,
) -> Result<ResourceId, CatalogueError> {
    let record = housed(conn, number).await?;
    let key = own_key(&record.id);
    let found = home_of_its_own(conn, &key).await?;
    settlement.keys.insert(found.clone(), key);
    house(conn, &record, &found, None, settlement).await?;
    Ok(found)
}

/// Brings a record back to the home of its address, and says which that is.
pub(super) async fn return_home(
    conn: &mut Connection,
    number: i64,
    settlement: &mut Settlement,
) -> Result<ResourceId, CatalogueError> {
    let record = housed(conn, number).await?;
    let key: String = sqlx::query_scalar("SELECT resource_key FROM record WHERE number = $1")
        .bind(number)
        .fetch_one(&mut *conn)
        .await?;
    let is_shared: Option<i64> = sqlx::query_scalar("SELECT 1 FROM shared_address WHERE address = $1")
        .bind(key.as_str())
        .fetch_optional(&mut *conn)
        .await?;
    let holder = if is_shared.is_some() { None } else { holders(conn, &[&key]).await?.remove(&key) };
    let Some(home) = holder else {
        // Nobody is there any more, or too many have been: it stays where it is.
        return Ok(record.home);
    };
    house(conn, &record, &home, None, settlement).await?;
    Ok(home)
}

/// A record and where it stands.
struct Housed {
    number: i64,
    id: RecordId,
    home: ResourceId,
    resource: ResourceId,
}

impl Housed {
    fn read(row: &Row) -> Result<Self, CatalogueError> {
        let id = RecordId { source: parsed_at(row, "record", "source")?, identifier: row.try_get("identifier")? };
        let (home, resource) = (parsed_at(row, "record", "home")?, parsed_at(row, "record", "resource")?);
        Ok(Self { number: row.try_get("number")?, id, home, resource })
    }
}

async fn housed(conn: &mut Connection, number: i64) -> Result<Housed, CatalogueError> {
    let row = sqlx::query("SELECT number, source, identifier, home, resource FROM record WHERE number = $1")
        .bind(number)
        .fetch_optional(&mut *conn)
        .await?
        .ok_or_else(|| CatalogueError::no_such("record", &number.to_string()))?;
    Housed::read(&row)
}

/// Moves a record to another home, to be resolved there.
async fn house(
    conn: &mut Connection,
    record: &Housed,
    home: &ResourceId,
    key: Option<&str>,
    settlement: &mut Settlement,
) -> Result<(), CatalogueError> {
    let at_home: Option<String> =
        sqlx::query_scalar("SELECT resource FROM record WHERE home = $1 AND state IN ('live', 'missing') LIMIT 1")
            .bind(home.as_str())
            .fetch_optional(&mut *conn)
            .await?;
    let resource = at_home.map_or(Ok(home.clone()), |resource| parse("record", &resource))?;
    sqlx::query(
        "UPDATE record SET home = $2, resource = $3, resource_key = COALESCE($4, resource_key), unresolved = 2 \
         WHERE number = $1",
    )
    .bind(record.number)
    .bind(home.as_str())
    .bind(resource.as_str())
    .bind(key)
    .execute(&mut *conn)
    .await?;
    settlement.regroup(&record.resource);
    settlement.regroup(&resource);
    Ok(())
}

/// The home that is founded on a key which no home has now: the one that was founded on it before, if that is empty.
async fn home_of_its_own(conn: &mut Connection, key: &str) -> Result<ResourceId, CatalogueError> {
    let empty: Option<String> = sqlx::query_scalar(
        "SELECT id FROM resource WHERE resource_key = $1 AND NOT EXISTS (SELECT 1 FROM record WHERE home = resource.id) \
         ORDER BY created, id LIMIT 1",
    )
    .bind(key)
    .fetch_optional(&mut *conn)
    .await?;
    match empty {
        Some(id) => parse("resource", &id),
        None => {
            let plain = ResourceId::founded_on(key);
            let mut facts = Facts { taken: taken(conn, &[plain]).await?, ..Facts::default() };
            facts.found(conn, key).await
        }
    }
}

/// What is looked up for a whole batch at once, and kept in step while its records are placed one by one.
#[derive(Debug, Default)]
struct Facts {
    /// The home that has a key.
    holders: HashMap<String, ResourceId>,
    /// The resource that a home was merged into, or itself.
    resources: HashMap<ResourceId, ResourceId>,
    /// How many records a home has, published or not.
    members: HashMap<ResourceId, i64>,
    /// How many of them are published.
    published: HashMap<ResourceId, i64>,
    /// Ids that resources have had, merged ones too: an id that redirects is never given again.
    taken: HashSet<ResourceId>,
}

impl Facts {
    async fn look_up(conn: &mut Connection, records: &[Placing<'_>], keys: &[String]) -> Result<Self, CatalogueError> {
        let mut moving: Vec<&str> = Vec::new();
        let mut homes: BTreeSet<ResourceId> = BTreeSet::new();
        for ((_, known), key) in records.iter().zip(keys) {
            homes.extend(known.map(|known| known.home.clone()));
            if known.is_none_or(|known| known.key != *key) {
                moving.push(key);
            }
        }
        let founding: Vec<ResourceId> = moving.iter().map(|key| ResourceId::founded_on(key)).collect();
        let holders = holders(conn, &moving).await?;
        homes.extend(holders.values().cloned());
        let homes: Vec<ResourceId> = homes.into_iter().collect();
        let taken = taken(conn, &founding).await?;
        let mut facts = Self { holders, taken, ..Self::default() };
        facts.count_members(conn, &homes).await?;
        Ok(facts)
    }

    /// A record that was at one home, if it was at any, is published at this one now.
    fn move_in(&mut self, before: Option<&ResourceId>, was_published: bool, home: &ResourceId) {
        if before != Some(home) {
            if let Some(before) = before {
                *self.members.entry(before.clone()).or_default() -= 1;
                *self.published.entry(before.clone()).or_default() -= i64::from(was_published);
            }
            *self.members.entry(home.clone()).or_default() += 1;
        }
        *self.published.entry(home.clone()).or_default() += i64::from(before != Some(home) || !was_published);
    }

    /// How many records are at each of these homes, and the resource that those which are published are in.
    async fn count_members(&mut self, conn: &mut Connection, homes: &[ResourceId]) -> Result<(), CatalogueError> {
        for chunk in homes.chunks(CHUNK) {
            let mut query = QueryBuilder::new(
                "SELECT home, COUNT(*) AS members, SUM(CASE WHEN state IN ('live', 'missing') THEN 1 ELSE 0 END) \
                 AS published, MAX(CASE WHEN state IN ('live', 'missing') THEN resource END) AS resource \
                 FROM record WHERE home IN ",
            );
            push_list(&mut query, chunk.iter().map(ResourceId::as_str));
            query.push(" GROUP BY home");
            for row in &query.build().fetch_all(&mut *conn).await? {
                let home: ResourceId = parsed_at(row, "record", "home")?;
                self.members.insert(home.clone(), row.try_get("members")?);
                self.published.insert(home.clone(), row.try_get("published")?);
                let resource: Option<String> = row.try_get("resource")?;
                if let Some(resource) = resource {
                    self.resources.insert(home, parse("record", &resource)?);
                }
            }
        }
        Ok(())
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

/// The homes that have these keys. One that was merged into another resource has its key as long as records are at home
/// there; one that all have left is nobody's home any more.
async fn holders(conn: &mut Connection, keys: &[&str]) -> Result<HashMap<String, ResourceId>, CatalogueError> {
    let mut holders = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(CHUNK) {
        let mut query = QueryBuilder::new("SELECT id, resource_key FROM resource WHERE resource_key IN ");
        push_list(&mut query, chunk.iter().copied());
        query.push(" AND (state <> 'merged' OR EXISTS (SELECT 1 FROM record WHERE home = resource.id))");
        for row in &query.build().fetch_all(&mut *conn).await? {
            holders.insert(row.try_get("resource_key")?, parsed_at(row, "resource", "id")?);
        }
    }
    Ok(holders)
}

async fn taken(conn: &mut Connection, ids: &[ResourceId]) -> Result<HashSet<ResourceId>, CatalogueError> {
    let mut taken = HashSet::new();
    for chunk in ids.chunks(CHUNK) {
        let mut query = QueryBuilder::new("SELECT id FROM resource WHERE id IN ");
        push_list(&mut query, chunk.iter().map(ResourceId::as_str));
        let found: Vec<String> = query.build_query_scalar().fetch_all(&mut *conn).await?;
        for id in found {
            taken.insert(parse("resource", &id)?);
        }
    }
    Ok(taken)
}

//! Records: what each source says about each thing, as it is stored, and whether it still says so.

use std::collections::HashMap;

use schemas::{Metadata, Record, ResourceId, SourceId};
use sqlx::Row as _;

use super::Catalogue;
use super::assertions::{Since, since_after};
use super::backend::{Connection, QueryBuilder};
use super::columns::{CHUNK, json_at, metadata_json, parsed_at, push_list, push_numbers};
use super::error::CatalogueError;
use super::words::note_unmapped;

/// How a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordState {
    /// Its source says so.
    Live,
    /// The last ok run did not see it. It counts as live until it is withdrawn.
    Missing,
    /// It was missing for too long.
    Withdrawn,
    /// Its source says that it is no more.
    Deleted,
}

impl RecordState {
    const ALL: [Self; 4] = [Self::Live, Self::Missing, Self::Withdrawn, Self::Deleted];

    fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Missing => "missing",
            Self::Withdrawn => "withdrawn",
            Self::Deleted => "deleted",
        }
    }

    /// Reads a state from the store.
    pub(super) fn parse(name: &str, key: &str) -> Result<Self, CatalogueError> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| CatalogueError::stored("record", key, format!("no state is called `{name}`")))
    }

    /// Whether it has a part in its resource.
    pub(super) fn is_published(self) -> bool {
        matches!(self, Self::Live | Self::Missing)
    }
}

/// A record that came in, with what is worked out from it once.
#[derive(Debug)]
pub(super) struct Arrival {
    /// The record.
    pub(super) record: Record,
    /// The hash of all it says.
    pub(super) content_hash: String,
    /// The key of the resource it belongs to.
    pub(super) key: String,
}

/// What is stored of a record that comes in again.
#[derive(Debug)]
pub(super) struct Known {
    /// Its number.
    pub(super) number: i64,
    /// The resource it is in.
    pub(super) resource: ResourceId,
    /// The resource of its address alone.
    pub(super) home: ResourceId,
    /// How it stands.
    pub(super) state: RecordState,
    /// The hash of all it said.
    pub(super) content_hash: String,
    /// The key it had.
    pub(super) key: String,
    /// When it was first seen.
    pub(super) first_seen: String,
}

/// When the source said what comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// In this run.
    Now,
    /// In an earlier run, whose payload is read anew. That says nothing of what is still there, nor since when.
    Before,
}

/// What is stored of these records of a source, by identifier.
pub(super) async fn known_records(
    conn: &mut Connection,
    source: &SourceId,
    identifiers: &[&str],
) -> Result<HashMap<String, Known>, CatalogueError> {
    let mut known = HashMap::with_capacity(identifiers.len());
    for chunk in identifiers.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "SELECT number, identifier, resource, home, state, content_hash, resource_key, first_seen FROM record \
             WHERE source = ",
        );
        query.push_bind(source.as_str()).push(" AND identifier IN ");
        push_list(&mut query, chunk.iter().copied());
        for row in &query.build().fetch_all(&mut *conn).await? {
            let identifier: String = row.try_get("identifier")?;
            let state: String = row.try_get("state")?;
            let record = Known {
                number: row.try_get("number")?,
                resource: parsed_at(row, "record", "resource")?,
                home: parsed_at(row, "record", "home")?,
                state: RecordState::parse(&state, &identifier)?,
                content_hash: row.try_get("content_hash")?,
                key: row.try_get("resource_key")?,
                first_seen: row.try_get("first_seen")?,
            };
            known.insert(identifier, record);
        }
    }
    Ok(known)
}

/// A record to be written, and where it belongs.
#[derive(Debug)]
pub(super) struct RecordWrite<'a> {
    /// The record.
    pub(super) arrival: &'a Arrival,
    /// What is stored of it.
    pub(super) known: Option<&'a Known>,
    /// Where it belongs.
    pub(super) place: Place,
}

/// Where a record belongs.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The resource of its address alone.
    pub(super) home: ResourceId,
    /// That, or what its home was merged into.
    pub(super) resource: ResourceId,
    /// What its home is found by.
    pub(super) key: String,
}

/// Writes records that are new, say something else than before, or are back. What is said now is live afterwards; what
/// was said before stands as it stood, and has changed when it did. All of them are to be resolved anew.
pub(super) async fn write_records(
    conn: &mut Connection,
    source: &SourceId,
    records: &[RecordWrite<'_>],
    said: Said,
    at: &str,
) -> Result<(), CatalogueError> {
    let standing = match said {
        Said::Now => {
            ", state = excluded.state, changed_at = excluded.changed_at, missing_since = NULL, missing_runs = 0"
        }
        Said::Before => "",
    };
    let mut next_number = next_number(conn).await?;
    for chunk in records.chunks(CHUNK) {
        let since = since_of(conn, chunk, said, at).await?;
        let mut numbered: Vec<(i64, &RecordWrite<'_>)> = Vec::with_capacity(chunk.len());
        for write in chunk {
            let number = write.known.map_or(next_number, |known| known.number);
            next_number += i64::from(write.known.is_none());
            numbered.push((number, write));
        }
        let mut query = QueryBuilder::new(
            "INSERT INTO record (number, source, identifier, home, resource, state, metadata, content_hash, \
             resource_key, url, payload, place, first_seen, changed_at, since, missing_since, missing_runs, unresolved) ",
        );
        query.push_values(&numbered, |mut row, (number, write)| {
            let record = &write.arrival.record;
            let first_seen = write.known.map_or(at, |known| known.first_seen.as_str());
            row.push_bind(*number)
                .push_bind(source.as_str())
                .push_bind(record.id.identifier.as_str())
                .push_bind(write.place.home.as_str())
                .push_bind(write.place.resource.as_str())
                .push_bind(RecordState::Live.name())
                .push_bind(metadata_json(&record.metadata))
                .push_bind(write.arrival.content_hash.as_str())
                .push_bind(write.place.key.as_str())
                .push_bind(record.metadata.url.as_deref())
                .push_bind(record.payload.as_ref().map(|hash| hash.0.as_str()))
                .push_bind(record.place.as_str())
                .push_bind(first_seen)
                .push_bind(at)
                .push_bind(since.get(number).map_or("{}", String::as_str))
                .push("NULL")
                .push("0")
                .push("2");
        });
        query.push(
            " ON CONFLICT (source, identifier) DO UPDATE SET home = excluded.home, resource = excluded.resource, \
             metadata = excluded.metadata, content_hash = excluded.content_hash, \
             resource_key = excluded.resource_key, url = excluded.url, payload = excluded.payload, \
             place = excluded.place, since = excluded.since, unresolved = 2",
        );
        query.push(standing);
        query.build().execute(&mut *conn).await?;
        let words: Vec<(i64, &Metadata)> =
            numbered.iter().map(|(number, write)| (*number, &write.arrival.record.metadata)).collect();
        note_unmapped(conn, &words).await?;
    }
    Ok(())
}

/// The number of the next new record. Only one transaction writes at a time, so nobody else takes it.
async fn next_number(conn: &mut Connection) -> Result<i64, CatalogueError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT MAX(number) FROM record").fetch_one(&mut *conn).await?;
    Ok(last.unwrap_or(0) + 1)
}

/// Since when each of these records, those that are known, has said what it says now, as JSON by number.
///
/// What was withdrawn or deleted and is back says everything anew. What is only read anew has been said since the record
/// last changed.
async fn since_of(
    conn: &mut Connection,
    records: &[RecordWrite<'_>],
    said: Said,
    at: &str,
) -> Result<HashMap<i64, String>, CatalogueError> {
    let known: HashMap<i64, (&Known, &Metadata)> = records
        .iter()
        .filter_map(|write| write.known.map(|known| (known.number, (known, &write.arrival.record.metadata))))
        .collect();
    let mut since = HashMap::with_capacity(known.len());
    if known.is_empty() {
        return Ok(since);
    }
    let mut query = QueryBuilder::new("SELECT number, metadata, since, changed_at FROM record WHERE number IN ");
    push_numbers(&mut query, known.keys().copied());
    for row in &query.build().fetch_all(&mut *conn).await? {
        let number: i64 = row.try_get("number")?;
        let Some((record, after)) = known.get(&number) else { continue };
        let key = number.to_string();
        let changed_at: String = row.try_get("changed_at")?;
        let at = match said {
            Said::Now => at,
            Said::Before => changed_at.as_str(),
        };
        let since_now = if record.state.is_published() {
            let before: Metadata = json_at(row, "record", &key, "metadata")?;
            let since_before: Since = json_at(row, "record", &key, "since")?;
            since_after(Some((&before, &since_before)), after, at)
        } else {
            since_after(Some((&Metadata::default(), &Since::default())), after, at)
        };
        since.insert(number, serde_json::to_string(&since_now).expect("a map of texts always serialises"));
    }
    Ok(since)
}

/// Records that were missing have been seen again, and say the same as before.
pub(super) async fn bring_back(
    conn: &mut Connection,
    source: &SourceId,
    identifiers: &[&str],
) -> Result<(), CatalogueError> {
    update(conn, "UPDATE record SET state = 'live', missing_since = NULL, missing_runs = 0", source, identifiers).await
}

/// Their source says that they are no more.
pub(super) async fn mark_deleted(
    conn: &mut Connection,
    source: &SourceId,
    identifiers: &[&str],
) -> Result<(), CatalogueError> {
    update(
        conn,
        "UPDATE record SET state = 'deleted', missing_since = NULL, missing_runs = 0, unresolved = 2",
        source,
        identifiers,
    )
    .await
}

/// They have been missing for too long.
pub(super) async fn mark_withdrawn(
    conn: &mut Connection,
    source: &SourceId,
    identifiers: &[&str],
) -> Result<(), CatalogueError> {
    update(conn, "UPDATE record SET state = 'withdrawn', unresolved = 2", source, identifiers).await
}

/// An ok run did not see them.
pub(super) async fn mark_missing(
    conn: &mut Connection,
    source: &SourceId,
    identifiers: &[&str],
    at: &str,
) -> Result<(), CatalogueError> {
    for chunk in identifiers.chunks(CHUNK) {
        let mut query =
            QueryBuilder::new("UPDATE record SET state = 'missing', missing_runs = CASE WHEN missing_since > ");
        // Where one is missing since later than now, a clock was wrong, then or now. Its days and runs begin anew with
        // the next run: dated by this one, they would be over at once if this clock is the wrong one.
        query.push_bind(at).push(" THEN 0 ELSE missing_runs + 1 END, missing_since = CASE WHEN missing_since > ");
        query.push_bind(at).push(" THEN NULL ELSE COALESCE(missing_since, ").push_bind(at);
        query.push(") END WHERE source = ").push_bind(source.as_str()).push(" AND identifier IN ");
        push_list(&mut query, chunk.iter().copied());
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

async fn update(
    conn: &mut Connection,
    statement: &'static str,
    source: &SourceId,
    identifiers: &[&str],
) -> Result<(), CatalogueError> {
    for chunk in identifiers.chunks(CHUNK) {
        let mut query = QueryBuilder::new(statement);
        query.push(" WHERE source = ").push_bind(source.as_str()).push(" AND identifier IN ");
        push_list(&mut query, chunk.iter().copied());
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

impl Catalogue {
    /// What these records of a source say, by identifier.
    pub(super) async fn metadata_of(
        &self,
        source: &SourceId,
        identifiers: &[String],
    ) -> Result<Vec<(String, Metadata)>, CatalogueError> {
        let mut found = Vec::with_capacity(identifiers.len());
        for chunk in identifiers.chunks(CHUNK) {
            let mut query = QueryBuilder::new("SELECT identifier, metadata FROM record WHERE source = ");
            query.push_bind(source.as_str()).push(" AND identifier IN ");
            push_list(&mut query, chunk.iter().map(String::as_str));
            for row in &query.build().fetch_all(&self.reader).await? {
                let identifier: String = row.try_get("identifier")?;
                let metadata = json_at(row, "record", &identifier, "metadata")?;
                found.push((identifier, metadata));
            }
        }
        Ok(found)
    }

    /// How many records of a source are published, those that are missing for now among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn live_record_count(&self, source: &SourceId) -> Result<u64, CatalogueError> {
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM record WHERE source = $1 AND state IN ('live', 'missing')")
                .bind(source.as_str())
                .fetch_one(&self.reader)
                .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// How many records of a source were not there in its last ok run, and are published until their grace is over.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn missing_record_count(&self, source: &SourceId) -> Result<u64, CatalogueError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM record WHERE source = $1 AND state = 'missing'")
            .bind(source.as_str())
            .fetch_one(&self.reader)
            .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

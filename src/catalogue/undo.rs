//! Undo: what records said before a run changed them, and putting them back when an admin takes the run back.
//!
//! While a run writes, the row of each record that it is about to change is kept beside it, in the same transaction; of
//! one that it brings it is kept that there was none. Rolling back puts the rows back through the same steps that every
//! record goes, so that resources, the change log and the index follow. Only the newest run of a source that changed
//! anything can be taken back, so what is put back is what stood before, whoever changed it since.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use schemas::{Metadata, PayloadHash, Record, RecordId, SourceId};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::Catalogue;
use super::absences::{DELETED_REASON, absent_reason};
use super::audit::note;
use super::backend::{Connection, QueryBuilder, Row};
use super::columns::{CHUNK, bigint, count_at, parsed_at, push_list, stamp};
use super::error::CatalogueError;
use super::harvests::HarvestState;
use super::placement::{Placing, place_records, scatter_crowds};
use super::records::{Arrival, Known, Place, RecordState, known_records, mark_withdrawn};
use super::resolve::resource_key;
use super::runs::{Next, end_dead_runs, refuse_while_running};
use super::settle::{Settlement, settle};
use super::words::note_unmapped;

/// What everybody is told of a resource that a run brought which was taken back.
const ROLLED_BACK_REASON: &str = "run rolled back";

/// What came of taking a run back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolledBack {
    /// The source that it read.
    pub source: SourceId,
    /// Records that say what they said before.
    pub restored: u64,
    /// Records that it brought, and that are withdrawn.
    pub withdrawn: u64,
}

/// What taking a run back would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WouldRollBack {
    /// Records that would say what they said before.
    pub restored: u64,
    /// Of these, those that are withdrawn or deleted now, and would come back.
    pub returning: u64,
    /// Records that the run brought, and that would be withdrawn.
    pub withdrawn: u64,
}

/// A row of a record as it was before a run. Where it belongs is found again by what it says.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    state: String,
    metadata: String,
    content_hash: String,
    url: Option<String>,
    payload: Option<String>,
    place: String,
    first_seen: String,
    changed_at: String,
    since: String,
    missing_since: Option<String>,
    missing_runs: i64,
}

impl Before {
    fn read(row: &Row) -> Result<Self, CatalogueError> {
        Ok(Self {
            state: row.try_get("state")?,
            metadata: row.try_get("metadata")?,
            content_hash: row.try_get("content_hash")?,
            url: row.try_get("url")?,
            payload: row.try_get("payload")?,
            place: row.try_get("place")?,
            first_seen: row.try_get("first_seen")?,
            changed_at: row.try_get("changed_at")?,
            since: row.try_get("since")?,
            missing_since: row.try_get("missing_since")?,
            missing_runs: row.try_get("missing_runs")?,
        })
    }
}

/// Keeps that a run brings these records, which nobody knew before it.
pub(super) async fn note_brought(
    conn: &mut Connection,
    harvest: &str,
    source: &SourceId,
    identifiers: &[&str],
) -> Result<(), CatalogueError> {
    let rows: Vec<(&str, Option<&str>)> = identifiers.iter().map(|identifier| (*identifier, None)).collect();
    write_undo(conn, harvest, source, &rows).await
}

/// Keeps what stands in the store of these records, which a run is about to change. What it has changed before stands
/// kept already, as it was before that.
pub(super) async fn keep_before(
    conn: &mut Connection,
    harvest: &str,
    source: &SourceId,
    identifiers: &[&str],
) -> Result<(), CatalogueError> {
    for chunk in identifiers.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "SELECT identifier, state, metadata, content_hash, url, payload, place, first_seen, changed_at, since, \
             missing_since, missing_runs FROM record WHERE source = ",
        );
        query.push_bind(source.as_str()).push(" AND identifier IN ");
        push_list(&mut query, chunk.iter().copied());
        let found = query.build().fetch_all(&mut *conn).await?;
        let mut before: Vec<(String, String)> = Vec::with_capacity(found.len());
        for row in &found {
            let json = serde_json::to_string(&Before::read(row)?).expect("texts and numbers always serialise");
            before.push((row.try_get("identifier")?, json));
        }
        let rows: Vec<(&str, Option<&str>)> =
            before.iter().map(|(identifier, json)| (identifier.as_str(), Some(json.as_str()))).collect();
        write_undo(conn, harvest, source, &rows).await?;
    }
    Ok(())
}

async fn write_undo(
    conn: &mut Connection,
    harvest: &str,
    source: &SourceId,
    rows: &[(&str, Option<&str>)],
) -> Result<(), CatalogueError> {
    for chunk in rows.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO undo_record (harvest, source, identifier, before) ");
        query.push_values(chunk, |mut row, (identifier, before)| {
            row.push_bind(harvest).push_bind(source.as_str()).push_bind(*identifier).push_bind(*before);
        });
        query.push(" ON CONFLICT (harvest, source, identifier) DO NOTHING");
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Of a row as it was before a run, what the record was read from.
#[derive(Debug, Deserialize)]
struct ReadFrom {
    payload: Option<String>,
}

/// Takes those out of these payloads that a record is read from again when a run is taken back.
pub(super) async fn spare_what_may_come_back(
    conn: &mut Connection,
    payloads: &mut BTreeSet<String>,
) -> Result<(), CatalogueError> {
    let mut after = (String::new(), String::new(), String::new());
    while !payloads.is_empty() {
        let rows = sqlx::query(
            "SELECT harvest, source, identifier, before FROM undo_record \
             WHERE (harvest, source, identifier) > ($1, $2, $3) AND before IS NOT NULL \
             ORDER BY harvest, source, identifier LIMIT $4",
        )
        .bind(after.0)
        .bind(after.1)
        .bind(after.2)
        .bind(bigint(CHUNK))
        .fetch_all(&mut *conn)
        .await?;
        let Some(last) = rows.last() else { break };
        after = (last.try_get("harvest")?, last.try_get("source")?, last.try_get("identifier")?);
        for row in &rows {
            let (identifier, json): (String, String) = (row.try_get("identifier")?, row.try_get("before")?);
            let read: ReadFrom = serde_json::from_str(&json)
                .map_err(|error| CatalogueError::stored("undo_record", &identifier, error))?;
            if let Some(payload) = read.payload {
                payloads.remove(&payload);
            }
        }
    }
    Ok(())
}

impl Catalogue {
    /// Whether a run can be taken back now.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no run has, [`CatalogueError::Superseded`] and [`CatalogueError::Busy`]
    /// with the reason why not; otherwise when the store cannot be read.
    pub async fn require_can_roll_back(&self, harvest: &str, now: Timestamp) -> Result<(), CatalogueError> {
        let mut tx = self.begin_read().await?;
        require_can_roll_back(&mut tx, harvest, &stamp(now)).await?;
        Ok(())
    }

    /// How much taking a run back would change, by what is kept of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn would_roll_back(&self, harvest: &str) -> Result<WouldRollBack, CatalogueError> {
        // What is kept is JSON that begins with the state, as `Before` does.
        let row = sqlx::query(
            "SELECT COUNT(u.before) AS restored, COUNT(*) - COUNT(u.before) AS withdrawn, \
             COUNT(CASE WHEN r.state IN ('withdrawn', 'deleted') AND (u.before LIKE '{\"state\":\"live\",%' \
             OR u.before LIKE '{\"state\":\"missing\",%') THEN 1 END) AS returning_now \
             FROM undo_record u LEFT JOIN record r ON r.source = u.source AND r.identifier = u.identifier \
             WHERE u.harvest = $1",
        )
        .bind(harvest)
        .fetch_one(&self.reader)
        .await?;
        Ok(WouldRollBack {
            restored: count_at(&row, "restored")?,
            returning: count_at(&row, "returning_now")?,
            withdrawn: count_at(&row, "withdrawn")?,
        })
    }

    /// When a run was taken back, RFC 3339, and who did it; `None` for one that was not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn rolled_back(&self, harvest: &str) -> Result<Option<(String, String)>, CatalogueError> {
        let row = sqlx::query(
            "SELECT rolled_back, COALESCE(rolled_back_by, '') AS who FROM harvest \
             WHERE id = $1 AND rolled_back IS NOT NULL",
        )
        .bind(harvest)
        .fetch_optional(&self.reader)
        .await?;
        row.map(|row| Ok((row.try_get("rolled_back")?, row.try_get("who")?))).transpose()
    }

    /// Of the runs over a source those that were taken back, by id: when, and who did it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn rolled_back_runs(
        &self,
        source: &SourceId,
    ) -> Result<HashMap<String, (String, String)>, CatalogueError> {
        let rows = sqlx::query(
            "SELECT id, rolled_back, COALESCE(rolled_back_by, '') AS who FROM harvest \
             WHERE source = $1 AND rolled_back IS NOT NULL",
        )
        .bind(source.as_str())
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(|row| Ok((row.try_get("id")?, (row.try_get("rolled_back")?, row.try_get("who")?)))).collect()
    }

    /// Takes a run back: every record that it changed says what it said before, and what it brought is withdrawn. The
    /// next run reads everything.
    ///
    /// All in one transaction, so that nobody sees half of it. The records wait to be resolved afterwards.
    ///
    /// # Errors
    /// As for [`Catalogue::require_can_roll_back`]; otherwise when the store cannot be written.
    pub async fn roll_back_harvest(
        &self,
        harvest: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<RolledBack, CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        let source = require_can_roll_back(&mut tx, harvest, &at).await?;
        end_dead_runs(&mut tx, &source, Next::AsksAgain, now).await?;
        let mut done = RolledBack { source, restored: 0, withdrawn: 0 };
        let mut after = String::new();
        loop {
            let page = kept_after(&mut tx, harvest, &done.source, &after).await?;
            let Some((last, _)) = page.last() else { break };
            after.clone_from(last);
            put_back(&mut tx, &page, &mut done, &at).await?;
        }
        forget_run(&mut tx, harvest, &done.source, who, &at).await?;
        let told = format!("{}: {} records put back, {} withdrawn", done.source, done.restored, done.withdrawn);
        note(&mut tx, who, "roll back run", harvest, &told, &at).await?;
        tx.commit().await?;
        Ok(done)
    }
}

/// The source of a run that can be taken back.
async fn require_can_roll_back(conn: &mut Connection, harvest: &str, at: &str) -> Result<SourceId, CatalogueError> {
    let refused = |reason: String| Err(CatalogueError::Superseded { reason });
    let row = sqlx::query(
        "SELECT source, state, started, rolled_back, created_count + changed_count + deleted_count AS changed, \
         (SELECT COUNT(*) FROM undo_record u WHERE u.harvest = h.id) AS kept FROM harvest h WHERE h.id = $1",
    )
    .bind(harvest)
    .fetch_optional(&mut *conn)
    .await?
    .ok_or_else(|| CatalogueError::no_such("harvest", harvest))?;
    let source: SourceId = parsed_at(&row, "harvest", "source")?;
    let (state, started): (String, String) = (row.try_get("state")?, row.try_get("started")?);
    if state == HarvestState::Running.name() {
        return refused("the run has not ended".to_owned());
    }
    let rolled_back: Option<String> = row.try_get("rolled_back")?;
    if let Some(when) = rolled_back {
        return refused(format!("the run was rolled back already, on {when}"));
    }
    if count_at(&row, "kept")? == 0 {
        return refused(if count_at(&row, "changed")? == 0 {
            "the run changed nothing, so there is nothing to take back".to_owned()
        } else {
            "what stood before the run is not kept any more".to_owned()
        });
    }
    let later: Option<String> = sqlx::query_scalar(
        "SELECT l.id FROM harvest l WHERE l.source = $1 AND l.rolled_back IS NULL \
         AND (l.started > $2 OR (l.started = $2 AND l.id > $3)) \
         AND EXISTS (SELECT 1 FROM undo_record u WHERE u.harvest = l.id) ORDER BY l.started DESC, l.id DESC LIMIT 1",
    )
    .bind(source.as_str())
    .bind(started)
    .bind(harvest)
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(later) = later {
        return refused(format!("the run {later} has changed something since; it is the one to roll back first"));
    }
    refuse_while_running(conn, &source, at).await?;
    Ok(source)
}

/// A page of what is kept of a run, by identifier: what stood before, or that there was nothing.
async fn kept_after(
    conn: &mut Connection,
    harvest: &str,
    source: &SourceId,
    after: &str,
) -> Result<Vec<(String, Option<Before>)>, CatalogueError> {
    let rows = sqlx::query(
        "SELECT identifier, before FROM undo_record WHERE harvest = $1 AND source = $2 AND identifier > $3 \
         ORDER BY identifier LIMIT $4",
    )
    .bind(harvest)
    .bind(source.as_str())
    .bind(after)
    .bind(bigint(CHUNK))
    .fetch_all(&mut *conn)
    .await?;
    let mut page = Vec::with_capacity(rows.len());
    for row in &rows {
        let identifier: String = row.try_get("identifier")?;
        let json: Option<String> = row.try_get("before")?;
        let before = json.map(|json| serde_json::from_str(&json)).transpose();
        let before = before.map_err(|error| CatalogueError::stored("undo_record", &identifier, error))?;
        page.push((identifier, before));
    }
    Ok(page)
}

/// Puts these records back, each kind of them with what everybody is told of the resources that it leaves empty.
async fn put_back(
    conn: &mut Connection,
    page: &[(String, Option<Before>)],
    done: &mut RolledBack,
    at: &str,
) -> Result<(), CatalogueError> {
    let source = done.source.clone();
    let identifiers: Vec<&str> = page.iter().map(|(identifier, _)| identifier.as_str()).collect();
    let known = known_records(conn, &source, &identifiers).await?;
    let brought: Vec<&str> =
        page.iter().filter(|(_, before)| before.is_none()).map(|(identifier, _)| identifier.as_str()).collect();
    let mut settlement = Settlement::default();
    for record in brought.iter().filter_map(|identifier| known.get(*identifier)) {
        settlement.regroup(&record.resource);
    }
    mark_withdrawn(conn, &source, &brought).await?;
    settle(conn, &settlement, ROLLED_BACK_REASON, at).await?;
    done.withdrawn += brought.len() as u64;

    let absent = absent_reason(&source);
    for (states, reason) in [
        (&[RecordState::Live, RecordState::Missing][..], ROLLED_BACK_REASON),
        (&[RecordState::Withdrawn][..], absent.as_str()),
        (&[RecordState::Deleted][..], DELETED_REASON),
    ] {
        let mut returning = Vec::new();
        for (identifier, before) in page {
            let Some(before) = before else { continue };
            if states.contains(&RecordState::parse(&before.state, identifier)?) {
                returning.push((arrival(&source, identifier, before)?, before));
            }
        }
        restore(conn, &returning, &known, reason, at).await?;
        done.restored += returning.len() as u64;
    }
    Ok(())
}

/// What a record said before, as if it came in now.
fn arrival(source: &SourceId, identifier: &str, before: &Before) -> Result<Arrival, CatalogueError> {
    let metadata: Metadata = serde_json::from_str(&before.metadata)
        .map_err(|error| CatalogueError::stored("undo_record", identifier, error))?;
    let record = Record {
        id: RecordId { source: source.clone(), identifier: identifier.to_owned() },
        metadata,
        payload: before.payload.clone().map(PayloadHash),
        place: before.place.clone(),
    };
    let key = resource_key(&record);
    Ok(Arrival { record, content_hash: before.content_hash.clone(), key })
}

/// Places these records by what they said before, and writes their rows as they were.
async fn restore(
    conn: &mut Connection,
    returning: &[(Arrival, &Before)],
    known: &HashMap<String, Known>,
    reason: &str,
    at: &str,
) -> Result<(), CatalogueError> {
    let placing: Vec<Placing<'_>> =
        returning.iter().map(|(arrival, _)| (arrival, known.get(arrival.record.id.identifier.as_str()))).collect();
    if placing.is_empty() {
        return Ok(());
    }
    let mut settlement = Settlement::default();
    let places = place_records(conn, &placing, &mut settlement).await?;
    for (((_, before), (_, known)), place) in returning.iter().zip(&placing).zip(&places) {
        // A record is never taken out of the store, so it is there.
        let Some(known) = known else { continue };
        write_before(conn, known.number, before, place).await?;
    }
    let words: Vec<(i64, &Metadata)> = placing
        .iter()
        .filter_map(|(arrival, known)| known.map(|known| (known.number, &arrival.record.metadata)))
        .collect();
    note_unmapped(conn, &words).await?;
    scatter_crowds(conn, &mut settlement).await?;
    settle(conn, &settlement, reason, at).await
}

async fn write_before(
    conn: &mut Connection,
    number: i64,
    before: &Before,
    place: &Place,
) -> Result<(), CatalogueError> {
    sqlx::query(
        "UPDATE record SET home = $2, resource = $3, state = $4, metadata = $5, content_hash = $6, \
         resource_key = $7, url = $8, payload = $9, place = $10, first_seen = $11, changed_at = $12, since = $13, \
         missing_since = $14, missing_runs = $15, unresolved = 2 WHERE number = $1",
    )
    .bind(number)
    .bind(place.home.as_str())
    .bind(place.resource.as_str())
    .bind(before.state.as_str())
    .bind(before.metadata.as_str())
    .bind(before.content_hash.as_str())
    .bind(place.key.as_str())
    .bind(before.url.as_deref())
    .bind(before.payload.as_deref())
    .bind(before.place.as_str())
    .bind(before.first_seen.as_str())
    .bind(before.changed_at.as_str())
    .bind(before.since.as_str())
    .bind(before.missing_since.as_deref())
    .bind(before.missing_runs)
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// What the run left behind beside its records. The next one asks for everything, and does not go on with this one; what
/// this one held waits for nobody any more.
async fn forget_run(
    conn: &mut Connection,
    harvest: &str,
    source: &SourceId,
    who: &str,
    at: &str,
) -> Result<(), CatalogueError> {
    sqlx::query("DELETE FROM held WHERE harvest = $1").bind(harvest).execute(&mut *conn).await?;
    sqlx::query("DELETE FROM undo_record WHERE harvest = $1").bind(harvest).execute(&mut *conn).await?;
    sqlx::query(
        "UPDATE harvest SET rolled_back = $2, rolled_back_by = $3, resumable = 0, \
         reason = CASE WHEN state = 'held' THEN 'held, and rolled back by an admin' ELSE reason END, \
         state = CASE WHEN state = 'held' THEN 'partial' ELSE state END WHERE id = $1",
    )
    .bind(harvest)
    .bind(at)
    .bind(who)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "UPDATE source SET harvested_with = NULL, memory = NULL, last_ok_at = (SELECT MAX(h.finished) FROM harvest h \
         WHERE h.source = $1 AND h.state = 'ok' AND h.manner <> 'replay' AND h.rolled_back IS NULL) WHERE id = $1",
    )
    .bind(source.as_str())
    .execute(&mut *conn)
    .await?;
    Ok(())
}

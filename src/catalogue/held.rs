//! Held: what a run would have taken away, until an admin has seen it and said yes, to all of it or in part.

use jiff::Timestamp;
use schemas::{Metadata, ResourceId, SourceId};
use sqlx::Row as _;

use super::Catalogue;
use super::absences::{DELETED_REASON, absent_reason};
use super::audit::note;
use super::backend::{Connection, QueryBuilder};
use super::columns::{CHUNK, bigint, flag_at, json_at, parsed_at, push_list, stamp};
use super::error::CatalogueError;
use super::harvests::HarvestState;
use super::records::{mark_deleted, mark_withdrawn};
use super::runs::refuse_while_running;
use super::settle::{Settlement, settle};
use super::undo::keep_before;

/// Why a record would have gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldCause {
    /// The run did not see it.
    Absent,
    /// Its source says that it is no more.
    Deleted,
}

impl HeldCause {
    const ALL: [Self; 2] = [Self::Absent, Self::Deleted];

    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Deleted => "deleted",
        }
    }

    fn parse(name: &str, key: &str) -> Result<Self, CatalogueError> {
        let found = Self::ALL.into_iter().find(|cause| cause.name() == name);
        found.ok_or_else(|| CatalogueError::stored("held", key, format!("no cause is called `{name}`")))
    }
}

/// One record of a held run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    /// Its identifier in its source.
    pub identifier: String,
    /// Why it would go.
    pub cause: HeldCause,
    /// Whether an admin has said yes.
    pub is_approved: bool,
    /// What it is called.
    pub title: String,
    /// Its address, when it has one.
    pub url: Option<String>,
    /// The resource it is in.
    pub resource: ResourceId,
}

/// Which records of a held run may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// All of them.
    All,
    /// Those with these identifiers; the others stay.
    Some(Vec<String>),
}

/// What came of an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// How many records have gone.
    pub gone: u64,
    /// How many still wait.
    pub waiting: u64,
    /// Identifiers that were approved and that this run does not hold: a slip of the one who approves.
    pub unknown: Vec<String>,
}

/// What would go stands written beside its run.
pub(super) async fn write_held(
    conn: &mut Connection,
    harvest: &str,
    records: &[(&str, HeldCause)],
) -> Result<(), CatalogueError> {
    for chunk in records.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO held (harvest, identifier, cause) ");
        query.push_values(chunk, |mut row, (identifier, cause)| {
            row.push_bind(harvest).push_bind(*identifier).push_bind(cause.name());
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// What is seen again waits for no decision any more, whichever run held it.
pub(super) async fn forget_held(
    conn: &mut Connection,
    source: &SourceId,
    identifiers: &[&str],
) -> Result<(), CatalogueError> {
    let waits: Option<String> = sqlx::query_scalar(
        "SELECT d.harvest FROM held d JOIN harvest h ON h.id = d.harvest \
         WHERE h.source = $1 AND d.decision IS NULL LIMIT 1",
    )
    .bind(source.as_str())
    .fetch_optional(&mut *conn)
    .await?;
    if waits.is_none() {
        return Ok(());
    }
    for chunk in identifiers.chunks(CHUNK) {
        let mut query = QueryBuilder::new(
            "DELETE FROM held WHERE decision IS NULL AND harvest IN (SELECT id FROM harvest WHERE source = ",
        );
        query.push_bind(source.as_str()).push(") AND identifier IN ");
        push_list(&mut query, chunk.iter().copied());
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

impl Catalogue {
    /// A page of what a held run would have taken away, by identifier, and how many there are in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn held_records(
        &self,
        harvest: &str,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<HeldRow>, u64), CatalogueError> {
        let mut tx = self.begin_read().await?;
        let total: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM held WHERE harvest = $1")
            .bind(harvest)
            .fetch_one(&mut *tx)
            .await?;
        let rows = sqlx::query(
            "SELECT d.identifier AS identifier, d.cause AS cause, d.decision AS decision, r.metadata AS metadata, \
             r.url AS url, r.resource AS resource FROM held d JOIN harvest h ON h.id = d.harvest \
             JOIN record r ON r.source = h.source AND r.identifier = d.identifier \
             WHERE d.harvest = $1 ORDER BY d.identifier LIMIT $2 OFFSET $3",
        )
        .bind(harvest)
        .bind(bigint(limit))
        .bind(bigint(offset))
        .fetch_all(&mut *tx)
        .await?;
        let mut held = Vec::with_capacity(rows.len());
        for row in &rows {
            let identifier: String = row.try_get("identifier")?;
            let cause: String = row.try_get("cause")?;
            let decision: Option<String> = row.try_get("decision")?;
            let metadata: Metadata = json_at(row, "record", &identifier, "metadata")?;
            held.push(HeldRow {
                cause: HeldCause::parse(&cause, &identifier)?,
                is_approved: decision.is_some(),
                title: metadata.title,
                url: row.try_get("url")?,
                resource: parsed_at(row, "record", "resource")?,
                identifier,
            });
        }
        Ok((held, u64::try_from(total).unwrap_or(0)))
    }

    /// How many records of a held run wait for an admin still.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn held_waiting(&self, harvest: &str) -> Result<u64, CatalogueError> {
        let mut tx = self.begin_read().await?;
        waiting(&mut tx, harvest).await
    }

    /// An admin's yes: these records of a held run go now. When none is left that waits, the run is ok. Who said it is
    /// written down with it.
    ///
    /// Of records that were seen again since, or went meanwhile, nothing is taken away.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no run has, [`CatalogueError::Superseded`] for a run that is not held
    /// or that a later one has followed, [`CatalogueError::Busy`] while another run over the source is alive, which may
    /// have seen what would go; otherwise when the store cannot be written.
    pub async fn approve_held(
        &self,
        harvest: &str,
        approval: &Approval,
        who: &str,
        now: Timestamp,
    ) -> Result<Approved, CatalogueError> {
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        let source = held_source(&mut tx, harvest).await?;
        refuse_while_running(&mut tx, &source, &at).await?;
        let chosen = chosen(&mut tx, harvest, &source, approval).await?;
        let of = |cause: HeldCause| -> Vec<&str> {
            chosen.iter().filter(|record| record.cause == cause).map(|record| record.identifier.as_str()).collect()
        };
        let going: Vec<&str> = chosen.iter().map(|record| record.identifier.as_str()).collect();
        keep_before(&mut tx, harvest, &source, &going).await?;
        mark_withdrawn(&mut tx, &source, &of(HeldCause::Absent)).await?;
        mark_deleted(&mut tx, &source, &of(HeldCause::Deleted)).await?;
        for (cause, reason) in
            [(HeldCause::Absent, absent_reason(&source)), (HeldCause::Deleted, DELETED_REASON.to_owned())]
        {
            let mut settlement = Settlement::default();
            for record in chosen.iter().filter(|record| record.cause == cause) {
                settlement.regroup(&record.resource);
            }
            settle(&mut tx, &settlement, &reason, &at).await?;
        }
        let unknown = not_held(&mut tx, harvest, approval).await?;
        decide(&mut tx, harvest, approval).await?;
        let waiting = waiting(&mut tx, harvest).await?;
        if waiting == 0 {
            end_as_approved(&mut tx, harvest, &source).await?;
        } else {
            tell_what_waits(&mut tx, harvest, waiting).await?;
        }
        let approved = Approved { gone: chosen.len() as u64, waiting, unknown };
        let told = format!("{} records gone, {} waiting", approved.gone, approved.waiting);
        note(&mut tx, who, "approve difference", harvest, &told, &at).await?;
        tx.commit().await?;
        Ok(approved)
    }
}

/// The source of a run that is held and is its last.
async fn held_source(conn: &mut Connection, harvest: &str) -> Result<SourceId, CatalogueError> {
    let row = sqlx::query(
        "SELECT source, state, (SELECT COUNT(*) FROM harvest l WHERE l.source = h.source AND l.id > h.id \
         AND l.state IN ('ok', 'held') AND l.manner IN ('harvest', 'push-all')) AS followed FROM harvest h WHERE h.id = $1",
    )
    .bind(harvest)
    .fetch_optional(&mut *conn)
    .await?
    .ok_or_else(|| CatalogueError::no_such("harvest", harvest))?;
    let state: String = row.try_get("state")?;
    if state != HarvestState::Held.name() {
        return Err(CatalogueError::Superseded { reason: format!("the run is {state}, not held") });
    }
    if flag_at(&row, "followed")? {
        let reason = "a later run has looked again; its difference is the one to approve".to_owned();
        return Err(CatalogueError::Superseded { reason });
    }
    parsed_at(&row, "harvest", "source")
}

/// A record that goes.
struct Chosen {
    identifier: String,
    resource: ResourceId,
    cause: HeldCause,
}

async fn chosen(
    conn: &mut Connection,
    harvest: &str,
    source: &SourceId,
    approval: &Approval,
) -> Result<Vec<Chosen>, CatalogueError> {
    let mut rows = Vec::new();
    let select = "SELECT d.identifier AS identifier, d.cause AS cause, r.resource AS resource FROM held d \
                  JOIN record r ON r.identifier = d.identifier AND r.state IN ('live', 'missing') \
                  WHERE d.decision IS NULL AND d.harvest = ";
    let begin = || {
        let mut query = QueryBuilder::new(select);
        query.push_bind(harvest).push(" AND r.source = ").push_bind(source.as_str());
        query
    };
    match approval {
        Approval::All => rows = begin().build().fetch_all(&mut *conn).await?,
        Approval::Some(identifiers) => {
            for chunk in identifiers.chunks(CHUNK) {
                let mut query = begin();
                query.push(" AND d.identifier IN ");
                push_list(&mut query, chunk.iter().map(String::as_str));
                rows.extend(query.build().fetch_all(&mut *conn).await?);
            }
        }
    }
    let mut chosen = Vec::with_capacity(rows.len());
    for row in &rows {
        let identifier: String = row.try_get("identifier")?;
        let cause: String = row.try_get("cause")?;
        let cause = HeldCause::parse(&cause, &identifier)?;
        chosen.push(Chosen { identifier, resource: parsed_at(row, "record", "resource")?, cause });
    }
    Ok(chosen)
}

async fn not_held(conn: &mut Connection, harvest: &str, approval: &Approval) -> Result<Vec<String>, CatalogueError> {
    let Approval::Some(identifiers) = approval else { return Ok(Vec::new()) };
    let mut unknown = Vec::new();
    for chunk in identifiers.chunks(CHUNK) {
        let mut query = QueryBuilder::new("SELECT identifier FROM held WHERE harvest = ");
        query.push_bind(harvest).push(" AND identifier IN ");
        push_list(&mut query, chunk.iter().map(String::as_str));
        let held: Vec<String> = query.build_query_scalar().fetch_all(&mut *conn).await?;
        unknown.extend(chunk.iter().filter(|identifier| !held.contains(identifier)).cloned());
    }
    Ok(unknown)
}

async fn decide(conn: &mut Connection, harvest: &str, approval: &Approval) -> Result<(), CatalogueError> {
    let begin = || {
        let mut query = QueryBuilder::new("UPDATE held SET decision = 'approved' WHERE harvest = ");
        query.push_bind(harvest.to_owned());
        query
    };
    match approval {
        Approval::All => {
            begin().build().execute(&mut *conn).await?;
        }
        Approval::Some(identifiers) => {
            for chunk in identifiers.chunks(CHUNK) {
                let mut query = begin();
                query.push(" AND identifier IN ");
                push_list(&mut query, chunk.iter().map(String::as_str));
                query.build().execute(&mut *conn).await?;
            }
        }
    }
    Ok(())
}

async fn waiting(conn: &mut Connection, harvest: &str) -> Result<u64, CatalogueError> {
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM held WHERE harvest = $1 AND decision IS NULL")
        .bind(harvest)
        .fetch_one(&mut *conn)
        .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// A part of the run has been decided: its reason says how many wait still.
async fn tell_what_waits(conn: &mut Connection, harvest: &str, waiting: u64) -> Result<(), CatalogueError> {
    let all: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM held WHERE harvest = $1").bind(harvest).fetch_one(&mut *conn).await?;
    let reason = format!(
        "{waiting} of {all} records would go still, absent or deleted; held until an admin has seen the difference"
    );
    sqlx::query("UPDATE harvest SET reason = $2 WHERE id = $1").bind(harvest).bind(reason).execute(&mut *conn).await?;
    Ok(())
}

/// The run saw everything, and what it did not see has gone: it is ok, as of when it ended.
async fn end_as_approved(conn: &mut Connection, harvest: &str, source: &SourceId) -> Result<(), CatalogueError> {
    sqlx::query("UPDATE harvest SET state = 'ok', reason = 'held, and approved by an admin' WHERE id = $1")
        .bind(harvest)
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE source SET last_ok_at = (SELECT finished FROM harvest WHERE id = $2) WHERE id = $1")
        .bind(source.as_str())
        .bind(harvest)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

//! Runs: how a harvest begins, how long it counts as alive, and how it ends.
//!
//! A run is leased. Whatever comes of it after it was ended, by itself or by another that found its lease over, is
//! refused: each batch asks with `require_running`, in the transaction that writes it.

use jiff::{SignedDuration, Timestamp};
use schemas::SourceId;
use sqlx::Row as _;

use super::Catalogue;
use super::backend::{Connection, QueryBuilder};
use super::columns::{bigint, new_id, push_list, stamp};
use super::error::CatalogueError;
use super::harvests::{HarvestEnd, HarvestManner, HarvestState};

/// So long a run counts as alive after it last said so. A machine that stands still for longer has lost its network too.
pub const LEASE: SignedDuration = SignedDuration::from_secs(90);

/// What the run after one that was ended before its time does with what that one kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It goes on where it stood: nothing was wrong with what was kept.
    GoesOn,
    /// It asks for everything: what was kept may be what broke it.
    AsksAgain,
}

/// Begins the statement that ends runs before their time, by what they had accepted until then as
/// `HarvestCounts::accepted` counts it. Of those that still run; what follows may say which.
fn end_running(reason: &str, next: Next, now: Timestamp) -> QueryBuilder {
    let mut query = QueryBuilder::new(
        "UPDATE harvest SET state = CASE WHEN created_count + changed_count + unchanged_count + deleted_count > 0 \
         THEN 'partial' ELSE 'failed' END, resumable = ",
    );
    query
        .push_bind(i64::from(next == Next::GoesOn))
        .push(", reason = ")
        .push_bind(reason)
        .push(", finished = ")
        .push_bind(stamp(now))
        .push(" WHERE state = 'running'");
    query
}

impl Catalogue {
    /// Begins a run over a source and gives its id. It is leased: [`Catalogue::renew_lease`] keeps it alive.
    ///
    /// A run over the same source whose lease is over has died, and is ended here. `began` is when the run began that
    /// this one goes on with.
    ///
    /// # Errors
    /// [`CatalogueError::Busy`] while another run over the source is alive; otherwise when the store has no such source
    /// or cannot be written.
    pub async fn start_harvest(
        &self,
        source: &SourceId,
        manner: HarvestManner,
        began: Option<&str>,
        now: Timestamp,
    ) -> Result<String, CatalogueError> {
        self.start_harvest_on(None, source, manner, began, now).await
    }

    /// The same for a run of this node: only a start of that node, or the end of the lease, ends it from outside.
    ///
    /// # Errors
    /// As [`Catalogue::start_harvest`].
    pub async fn start_harvest_on(
        &self,
        node: Option<&str>,
        source: &SourceId,
        manner: HarvestManner,
        began: Option<&str>,
        now: Timestamp,
    ) -> Result<String, CatalogueError> {
        let id = new_id(now);
        let at = stamp(now);
        let mut tx = self.begin_write().await?;
        refuse_while_running(&mut tx, source, &at).await?;
        end_dead_runs(&mut tx, source, Next::GoesOn, now).await?;
        sqlx::query(
            "INSERT INTO harvest (id, source, state, started, manner, began, lease_until, node) \
             VALUES ($1, $2, 'running', $3, $4, $5, $6, $7)",
        )
        .bind(id.as_str())
        .bind(source.as_str())
        .bind(at)
        .bind(manner.name())
        .bind(began)
        .bind(stamp(now + LEASE))
        .bind(node)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Says that a run is alive; to be said at least every half of [`LEASE`]. Whether it still was: one that has been
    /// ended meanwhile is to be given up.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn renew_lease(&self, id: &str, now: Timestamp) -> Result<bool, CatalogueError> {
        let renewed = sqlx::query("UPDATE harvest SET lease_until = $2 WHERE id = $1 AND state = 'running'")
            .bind(id)
            .bind(stamp(now + LEASE))
            .execute(&self.writer)
            .await?;
        Ok(renewed.rows_affected() > 0)
    }

    /// Writes down how a run ended and what it counted.
    ///
    /// Of an ok run also, in the same transaction, with what its source was read and what its kind remembers. What is
    /// live was last seen now, unless the run was a replay, which saw nothing.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuch`] for an id that no run has, [`CatalogueError::Superseded`] for a run that was ended
    /// meanwhile; otherwise when the store cannot be written.
    pub async fn finish_harvest(&self, id: &str, end: &HarvestEnd, now: Timestamp) -> Result<(), CatalogueError> {
        let at = stamp(now);
        let counts = &end.counts;
        let mut tx = self.begin_write().await?;
        require_running(&mut tx, id).await?;
        let row = sqlx::query(
            "UPDATE harvest SET state = $2, reason = $3, finished = $4, read_count = $5, created_count = $6, \
             changed_count = $7, unchanged_count = $8, deleted_count = $9, rejected_count = $10, \
             duplicate_count = $11, postponed_until = $12, resumable = $13 WHERE id = $1 RETURNING source, manner",
        )
        .bind(id)
        .bind(end.state.name())
        .bind(end.reason.as_deref())
        .bind(at.as_str())
        .bind(bigint(counts.read))
        .bind(bigint(counts.created))
        .bind(bigint(counts.changed))
        .bind(bigint(counts.unchanged))
        .bind(bigint(counts.deleted))
        .bind(bigint(counts.rejected))
        .bind(bigint(counts.duplicate))
        .bind(end.postponed_until.map(stamp))
        .bind(i64::from(end.is_resumable))
        .fetch_one(&mut *tx)
        .await?;
        let (source, manner): (String, String) = (row.try_get("source")?, row.try_get("manner")?);
        // Whoever looked again at everything has made an earlier difference obsolete.
        let looked_again = matches!(end.state, HarvestState::Ok | HarvestState::Held)
            && (manner == HarvestManner::Harvest.name() || manner == HarvestManner::PushAll.name());
        if looked_again {
            sqlx::query("DELETE FROM held WHERE harvest IN (SELECT id FROM harvest WHERE source = $1 AND id <> $2)")
                .bind(source.as_str())
                .bind(id)
                .execute(&mut *tx)
                .await?;
        }
        if let Some(harvested_with) = &end.harvested_with {
            let seen_at = (manner != HarvestManner::Replay.name()).then_some(at.as_str());
            sqlx::query(
                "UPDATE source SET harvested_with = $2, last_ok_at = COALESCE($3, last_ok_at), \
                 memory = COALESCE($4, memory) WHERE id = $1",
            )
            .bind(source)
            .bind(harvested_with.as_str())
            .bind(seen_at)
            .bind(end.memory.as_deref())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Ends a run that broke off: partial when it had accepted something, failed otherwise. One that has ended stays.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn break_off_harvest(&self, id: &str, reason: &str, now: Timestamp) -> Result<(), CatalogueError> {
        let mut query = end_running(reason, Next::AsksAgain, now);
        query.push(" AND id = ").push_bind(id);
        query.build().execute(&self.writer).await?;
        Ok(())
    }

    /// Ends the runs that a crash of this node left running, and those of nobody: partial when they had accepted
    /// something, failed otherwise. Says how many those were.
    ///
    /// To be called at start-up, before any worker.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn interrupt_unfinished_harvests(&self, node: &str, now: Timestamp) -> Result<u64, CatalogueError> {
        let mut query = end_running("interrupted", Next::GoesOn, now);
        query.push(" AND (node IS NULL OR node = ").push_bind(node).push(")");
        let done = query.build().execute(&self.writer).await?;
        Ok(done.rows_affected())
    }
}

/// Ends the runs of other nodes whose lease is over.
pub(super) async fn end_silent_runs(
    conn: &mut Connection,
    node: &str,
    spared: &[String],
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let mut query = end_running("interrupted", Next::GoesOn, now);
    query.push(" AND node <> ").push_bind(node).push(" AND lease_until < ").push_bind(stamp(now));
    push_but(&mut query, "id", spared);
    query.build().execute(&mut *conn).await?;
    Ok(())
}

/// Ends the runs that other nodes made for jobs whose lease is over: whoever takes up such a job begins a run of its own,
/// and what the node before it still writes must be refused from then on.
pub(super) async fn end_runs_of_lost_jobs(
    conn: &mut Connection,
    node: &str,
    spared: &[String],
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let mut query = end_running("interrupted", Next::GoesOn, now);
    query.push(
        " AND EXISTS (SELECT 1 FROM job j WHERE j.state = 'running' AND j.kind IN ('harvest', 'replay') \
         AND j.subject = harvest.source AND j.node = harvest.node AND j.node <> ",
    );
    query.push_bind(node).push(" AND j.lease_until < ").push_bind(stamp(now));
    push_but(&mut query, "j.id", spared);
    query.push(")");
    query.build().execute(&mut *conn).await?;
    Ok(())
}

/// Leaves out these ids.
pub(super) fn push_but(query: &mut QueryBuilder, column: &'static str, spared: &[String]) {
    if spared.is_empty() {
        return;
    }
    query.push(" AND ").push(column).push(" NOT IN ");
    push_list(query, spared.iter().map(String::as_str));
}

/// Refuses while a run over the source is alive.
pub(super) async fn refuse_while_running(
    conn: &mut Connection,
    source: &SourceId,
    at: &str,
) -> Result<(), CatalogueError> {
    let running: Option<String> =
        sqlx::query_scalar("SELECT started FROM harvest WHERE source = $1 AND state = 'running' AND lease_until > $2")
            .bind(source.as_str())
            .bind(at)
            .fetch_optional(&mut *conn)
            .await?;
    match running {
        Some(since) => Err(CatalogueError::Busy { source_id: source.to_string(), since }),
        None => Ok(()),
    }
}

/// Ends the runs over a source that are not alive, as [`refuse_while_running`] has just found, so that nothing comes of
/// them any more: a clock that is ahead takes one for dead that still writes.
pub(super) async fn end_dead_runs(
    conn: &mut Connection,
    source: &SourceId,
    next: Next,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let mut dead = end_running("interrupted", next, now);
    dead.push(" AND source = ").push_bind(source.as_str());
    dead.build().execute(&mut *conn).await?;
    Ok(())
}

/// Refuses what comes late: a run whose lease was over has been ended, and another may have begun since.
pub(super) async fn require_running(conn: &mut Connection, harvest: &str) -> Result<(), CatalogueError> {
    let state: Option<String> =
        sqlx::query_scalar("SELECT state FROM harvest WHERE id = $1").bind(harvest).fetch_optional(&mut *conn).await?;
    match state {
        Some(state) if state == HarvestState::Running.name() => Ok(()),
        Some(state) => Err(CatalogueError::Superseded { reason: format!("the run was ended meanwhile as {state}") }),
        None => Err(CatalogueError::no_such("harvest", harvest)),
    }
}

//! One run over a source: opened, kept alive while the work goes on, and ended whatever happens.
//!
//! A run that somebody else has ended meanwhile is given up: the store takes nothing more of it, and its source must not
//! be asked by two.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::{Context, anyhow};
use futures_util::FutureExt as _;
use schemas::SourceId;

use super::resolve::resolve_pending;
use crate::app::App;
use crate::catalogue::{HarvestEnd, HarvestManner, HarvestRow, LEASE};

/// So often the end of a run that broke off is written. What kept the store from taking a batch may pass in seconds.
const END_ATTEMPTS: u32 = 3;
/// A lease is renewed so many times before it would be over: every ten seconds, in which a run that was ended from
/// outside learns of it.
const BEATS_OF_A_LEASE: u32 = 9;
/// Between two of these attempts.
const END_PAUSE: Duration = Duration::from_millis(500);

/// Which run is to be opened.
pub(super) struct Opening<'a> {
    /// Over which source.
    pub(super) source: &'a SourceId,
    /// What it is made of.
    pub(super) manner: HarvestManner,
    /// When the run began that it goes on with.
    pub(super) began: Option<&'a str>,
}

/// Opens a run, does the work that is its id's, and writes down how it ended.
///
/// # Errors
/// When another run over the source is alive, when the work fails, which ends the run too, and when the store cannot
/// take the end.
pub(super) async fn in_a_run(
    app: &App,
    opening: &Opening<'_>,
    work: impl AsyncFnOnce(&str) -> anyhow::Result<HarvestEnd>,
) -> anyhow::Result<HarvestRow> {
    let Opening { source, manner, began } = opening;
    let node = Some(app.node_id.as_str());
    let id = app.catalogue.start_harvest_on(node, source, *manner, *began, app.clock.now()).await?;
    tracing::info!(source.id = %source, harvest.id = id, manner = manner.name(), "a harvest starts");
    // What a panic leaves half done is dropped with the run: a batch in the store is written whole or not at all.
    let ran = keep_alive(app, &id, AssertUnwindSafe(work(&id)).catch_unwind()).await;
    let ended = match ran {
        None => Err((anyhow!("the run over `{source}` was ended meanwhile: its lease was over"), "interrupted")),
        Some(Ok(Ok(end))) => match finish(app, source, &id, &end).await {
            Ok(row) => Ok(row),
            Err(error) => Err((error, "the store could not take what was read")),
        },
        Some(Ok(Err(error))) => Err((error, "the store could not take what was read")),
        Some(Err(_panic)) => Err((anyhow!("the harvest of `{source}` panicked"), "the harvest broke off")),
    };
    app.log_grew.notify_waiters();
    let ended = match ended {
        Ok(row) => Ok(row),
        Err((error, reason)) => {
            let told = format!("{error:#}");
            tracing::error!(source.id = %source, harvest.id = id, error = told, "a harvest broke off");
            break_off(app, &id, reason).await;
            Err(error)
        }
    };
    if app.stop.is_asked() {
        // Resolving may take minutes. What waits for it waits until the next start.
        return ended;
    }
    // Also after a run that broke off: what it had written stays. What cannot be resolved now waits for the next run.
    if let Err(error) = resolve(app, &id).await {
        tracing::error!(source.id = %source, harvest.id = id, error = format!("{error:#}"), "not all was resolved");
    }
    ended
}

/// Resolves what the run has changed, and writes into its report what was not made one.
async fn resolve(app: &App, id: &str) -> anyhow::Result<()> {
    let resolved = resolve_pending(app).await?;
    app.catalogue.add_problems_to(id, &resolved.problems).await?;
    Ok(())
}

/// Renews the lease of a run until its work is done. `None` when the run is no longer ours.
///
/// Both go on side by side: the work may hold the one connection that writes, and the renewal waits for it.
async fn keep_alive<T>(app: &App, id: &str, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut renewal = std::pin::pin!(renew_after_a_beat(app, id));
    loop {
        tokio::select! {
            done = &mut work => return Some(done),
            is_ours = &mut renewal => {
                if !is_ours {
                    return None;
                }
                renewal.set(renew_after_a_beat(app, id));
            }
        }
    }
}

/// Whether the run is still ours, as far as anybody says.
async fn renew_after_a_beat(app: &App, id: &str) -> bool {
    tokio::time::sleep(LEASE.unsigned_abs() / BEATS_OF_A_LEASE).await;
    match app.catalogue.renew_lease(id, app.clock.now()).await {
        Ok(is_ours) => is_ours,
        Err(error) => {
            tracing::warn!(harvest.id = id, error = %error, "the lease of a harvest could not be renewed");
            true
        }
    }
}

async fn finish(app: &App, source: &SourceId, id: &str, end: &HarvestEnd) -> anyhow::Result<HarvestRow> {
    let counts = &end.counts;
    if !counts.adds_up() {
        tracing::error!(source.id = %source, harvest.id = id, ?counts, "the counts of a harvest do not add up");
    }
    app.catalogue.finish_harvest(id, end, app.clock.now()).await?;
    let row = app.catalogue.harvest(id).await?.context("the harvest that has just been written")?;
    crate::metrics::count_harvest(row.state.name(), counts);
    tracing::info!(
        source.id = %source, harvest.id = id, state = row.state.name(), read = counts.read, created = counts.created,
        changed = counts.changed, rejected = counts.rejected, reason = row.reason, "a harvest ended"
    );
    Ok(row)
}

async fn break_off(app: &App, id: &str, reason: &str) {
    for attempt in 1..=END_ATTEMPTS {
        let Err(error) = app.catalogue.break_off_harvest(id, reason, app.clock.now()).await else {
            return;
        };
        let error = format!("{:#}", anyhow::Error::from(error));
        tracing::error!(harvest.id = id, attempt, error, "the end of a harvest could not be written");
        if attempt < END_ATTEMPTS {
            tokio::time::sleep(END_PAUSE).await;
        }
    }
}

//! Following the change log into the index: what the store says, searches find.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use index::IndexChange;
use schemas::ResourceId;
use tokio::time::timeout;

use super::in_time::in_time;
use super::{reindex, silent};
use crate::app::App;

/// So many changes are read from the log at once. One commit of the index for each batch.
const BATCH: usize = 1_000;
/// The log is looked at so often even when nobody rings: another process may have written to the store.
const POLL: Duration = Duration::from_millis(500);
/// After a failure of the index, the next try.
const RETRY: Duration = Duration::from_secs(5);

/// Brings the index to the end of the log and says to which position.
///
/// # Errors
/// When the store cannot be read or the index cannot be written.
pub async fn follow_to_head(app: &App) -> anyhow::Result<u64> {
    let _indexing = app.indexing.lock().await;
    follow_alone(app).await
}

/// As [`follow_to_head`], for one who holds `indexing` already.
///
/// # Errors
/// When the store cannot be read or the index cannot be written.
pub(super) async fn follow_alone(app: &App) -> anyhow::Result<u64> {
    loop {
        let from = app.index.position();
        let Some((changes, position)) = next_changes(app, from).await? else {
            return Ok(from);
        };
        let index = Arc::clone(&app.index);
        tokio::task::spawn_blocking(move || index.apply(&changes, position)).await?.context("writing the index")?;
    }
}

/// The next batch of the log after a position, as what the index is to do, and the position it leads to.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn next_changes(app: &App, from: u64) -> anyhow::Result<Option<(Vec<IndexChange>, u64)>> {
    in_time(read_changes(app, from)).await
}

async fn read_changes(app: &App, from: u64) -> anyhow::Result<Option<(Vec<IndexChange>, u64)>> {
    let rows = app.catalogue.changes_after(from, BATCH).await?;
    let Some(last) = rows.last() else {
        return Ok(None);
    };
    let position = last.seq;
    let mut changes: BTreeMap<ResourceId, IndexChange> =
        rows.into_iter().map(|row| (row.resource.clone(), IndexChange::Remove(row.resource))).collect();
    let ids: Vec<ResourceId> = changes.keys().cloned().collect();
    if ids.iter().any(|id| app.pins.is_about(id)) {
        // It may have been merged into another since, which its pins are about from now on.
        app.load_pins().await?;
    }
    if ids.iter().any(|id| app.views.is_about(id)) {
        app.load_views().await?;
    }
    for entry in app.catalogue.entries(&ids).await? {
        changes.insert(entry.resource.id.clone(), IndexChange::Put(Box::new(entry)));
    }
    Ok(Some((changes.into_values().collect(), position)))
}

/// The resources that the log tells of after a position.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn changed_since(app: &App, mut position: u64) -> anyhow::Result<HashSet<ResourceId>> {
    let mut changed = HashSet::new();
    loop {
        let rows = in_time(app.catalogue.changes_after(position, BATCH)).await?;
        let Some(last) = rows.last() else {
            return Ok(changed);
        };
        position = last.seq;
        changed.extend(rows.into_iter().map(|row| row.resource));
    }
}

/// Follows the log until the task is dropped. A failure is logged and tried again; searches go on meanwhile.
pub async fn follow(app: App) {
    loop {
        let rung = app.log_grew.notified();
        if let Err(error) = follow_to_head(&app).await {
            tracing::error!(error = format!("{error:#}"), "the index could not follow the change log");
            tokio::time::sleep(RETRY).await;
        }
        if app.index.is_damaged() {
            tracing::warn!("the index is built anew, since a file of it is damaged");
            if let Err(error) = reindex::reindex(&app, silent(), &app.stop).await {
                tracing::error!(error = format!("{error:#}"), "the damaged index could not be built anew");
                tokio::time::sleep(RETRY).await;
            }
        }
        let _ = timeout(POLL, rung).await;
    }
}

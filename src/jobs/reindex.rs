//! Making the next generation of the index beside the live one, and swapping it in.
//!
//! Searches run on the old generation until the moment of the swap. A kill at any point leaves the old one live.

use anyhow::{Context, ensure};
use index::{IndexChange, Rebuild};
use schemas::ResourceId;

use super::Progress;
use super::follow::next_changes;
use crate::app::App;

/// So many resources are read from the store at once.
const PAGE: usize = 1_000;

/// Rebuilds the index from the store and swaps the result in. Says how many resources it holds.
///
/// # Errors
/// When the store cannot be read, the index cannot be written, or the new generation does not hold what the store holds.
pub async fn reindex(app: &App, progress: Progress) -> anyhow::Result<u64> {
    let total = app.catalogue.live_count().await?;
    // What is written while we scan comes again from the log; a change is the same whether it is applied once or twice.
    let start = app.catalogue.head_seq().await?;
    let index = app.index.clone();
    let mut rebuild = tokio::task::spawn_blocking(move || index.start_rebuild()).await?.context("a new generation")?;
    let generation = rebuild.generation();
    tracing::info!(generation, resources = total, "a rebuild of the index starts");
    let mut after: Option<ResourceId> = None;
    let mut done = 0;
    loop {
        let entries = app.catalogue.scan(after.as_ref(), PAGE).await?;
        let Some(last) = entries.last() else {
            break;
        };
        after = Some(last.resource.id.clone());
        done += entries.len() as u64;
        let changes = entries.into_iter().map(|entry| IndexChange::Put(Box::new(entry))).collect();
        rebuild = write(rebuild, changes, None).await?;
        progress(done, Some(total));
    }
    rebuild = write(rebuild, Vec::new(), Some(start)).await?;
    rebuild = catch_up(app, rebuild).await?;

    // From here nothing else writes the index, so the new generation is not behind the one it takes the place of.
    let _indexing = app.indexing.lock().await;
    let rebuild = catch_up(app, rebuild).await?;
    let (holds, stored) = (rebuild.resource_count(), app.catalogue.live_count().await?);
    let head = app.catalogue.head_seq().await?;
    ensure!(
        holds == stored || head != rebuild.position(),
        "the new generation holds {holds} resources and the store {stored}; the old one stays"
    );
    let index = app.index.clone();
    tokio::task::spawn_blocking(move || index.promote(rebuild)).await?.context("swapping the generation")?;
    tracing::info!(generation, resources = holds, "a new generation of the index is live");
    Ok(holds)
}

async fn catch_up(app: &App, mut rebuild: Rebuild) -> anyhow::Result<Rebuild> {
    while let Some((changes, position)) = next_changes(app, rebuild.position()).await? {
        rebuild = write(rebuild, changes, Some(position)).await?;
    }
    Ok(rebuild)
}

async fn write(mut rebuild: Rebuild, changes: Vec<IndexChange>, commit_at: Option<u64>) -> anyhow::Result<Rebuild> {
    tokio::task::spawn_blocking(move || {
        rebuild.apply(&changes)?;
        if let Some(position) = commit_at {
            rebuild.commit(position)?;
        }
        Ok(rebuild)
    })
    .await?
}

//! Making the next generation of the index beside the live one, and swapping it in when the gate lets it.
//!
//! Searches run on the old generation until the moment of the swap. A kill at any point leaves the old one live. What the
//! gate asks is for `gate` to say; what became of each generation is written down, and an admin is told of a refused one.

use std::sync::Arc;

use anyhow::{Context, bail};
use index::{IndexChange, Rebuild};
use schemas::ResourceId;

use super::follow::{follow_alone, next_changes};
use super::in_time::in_time;
use super::publish::publish_for_new_nodes;
use super::{NotAgain, Progress, Stop};
use crate::app::App;
use crate::catalogue::{CatalogueError, NewGeneration};
use crate::gate::{self, Counts, GateRefused, GateReport, Verdict};
use crate::notices::{self, Notice, NoticeKind};

/// So many resources are read from the store at once.
const PAGE: usize = 1_000;

/// Rebuilds the index from the store and, when the gate lets it, swaps the result in. Says how many resources it holds.
/// Asked to stop, it drops what it has.
///
/// # Errors
/// [`GateRefused`] when the gate does not let it; otherwise when the store cannot be read, the index cannot be written, or
/// it was asked to stop. The old generation then stays.
pub async fn reindex(app: &App, progress: Progress, stop: &Stop) -> anyhow::Result<u64> {
    let rebuild = build(app, &progress, stop).await?;
    let resources = admit(app, rebuild).await?;
    publish_for_new_nodes(app).await;
    Ok(resources)
}

/// Fills the next generation, up to the end of the log.
async fn build(app: &App, progress: &Progress, stop: &Stop) -> anyhow::Result<Rebuild> {
    let total = in_time(app.catalogue.live_count()).await?;
    // What is written while we scan comes again from the log; a change is the same whether it is applied once or twice.
    let start = in_time(app.catalogue.head_seq()).await?;
    let index = Arc::clone(&app.index);
    let mut rebuild = tokio::task::spawn_blocking(move || index.start_rebuild()).await?.context("a new generation")?;
    let generation = rebuild.generation();
    tracing::info!(generation, resources = total, "a rebuild of the index starts");
    let mut after: Option<ResourceId> = None;
    let mut done = 0;
    loop {
        if let Some(why) = stop.why() {
            bail!("the rebuild was dropped: {why}");
        }
        let entries = in_time(app.catalogue.scan(after.as_ref(), PAGE)).await?;
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
    catch_up(app, rebuild).await
}

/// Lets a generation that has caught up go live, when the gate lets it; says how many resources it holds. One that is
/// refused is deleted.
///
/// # Errors
/// [`GateRefused`] when the gate does not let it; otherwise when the store or the index cannot be read or written. The old
/// generation then stays.
pub async fn admit(app: &App, rebuild: Rebuild) -> anyhow::Result<u64> {
    let (rebuild, report) = gate::judge(app, rebuild).await.context("judging the new generation")?;
    if report.verdict == Verdict::Refused {
        return Err(refuse(app, rebuild, report).await);
    }
    // From here nothing else writes the index, so the new generation is not behind the one it takes the place of.
    let indexing = app.indexing.lock().await;
    let rebuild = catch_up(app, rebuild).await?;
    let report = report.counted(in_time(Counts::of(app, &rebuild)).await?);
    if report.verdict == Verdict::Refused {
        drop(indexing);
        return Err(refuse(app, rebuild, report).await);
    }
    let (generation, resources, seq) = (rebuild.generation(), rebuild.resource_count(), rebuild.position());
    let index = Arc::clone(&app.index);
    tokio::task::spawn_blocking(move || index.promote(rebuild)).await?.context("swapping the generation")?;
    drop(indexing);
    app.standing.index_was_refused(false);
    tracing::info!(generation, resources, "a new generation of the index is live");
    let report = written(&report);
    let made = NewGeneration {
        node: &app.node_id,
        schema: app.index.schema(),
        number: generation,
        resources,
        seq,
        report: &report,
    };
    if let Err(error) = app.catalogue.generation_went_live(&made, app.index.previous(), app.clock.now()).await {
        // It answers all the same.
        tracing::error!(generation, error = %error, "that a generation is live could not be written down");
    }
    Ok(resources)
}

/// Deletes a generation that may not go live, writes down why, and tells an admin.
async fn refuse(app: &App, rebuild: Rebuild, report: GateReport) -> anyhow::Error {
    let (generation, resources, seq) = (rebuild.generation(), rebuild.resource_count(), rebuild.position());
    let json = written(&report);
    let refused = GateRefused { generation, reasons: report.reasons };
    tracing::error!(generation, reasons = refused.reasons.join("; "), "a new generation of the index was refused");
    if let Err(error) = tokio::task::spawn_blocking(move || drop(rebuild)).await {
        tracing::warn!(generation, error = %error, "a refused generation could not be deleted");
    }
    let made = NewGeneration {
        node: &app.node_id,
        schema: app.index.schema(),
        number: generation,
        resources,
        seq,
        report: &json,
    };
    if let Err(error) = app.catalogue.generation_was_refused(&made, app.clock.now()).await {
        tracing::error!(generation, error = %error, "that a generation was refused could not be written down");
    }
    let live = app.index.generation();
    let notice = Notice {
        kind: NoticeKind::Generation,
        subject: "A new generation of the index was refused".to_owned(),
        body: format!("{refused}.\nSearches go on from generation {live} of node {}.\n", app.node_id),
    };
    // Once an hour: a damaged index is tried again within seconds.
    let name = format!("generation-refused/{}/{}", app.node_id, app.clock.now().strftime("%Y-%m-%dT%H"));
    notices::send_once(app, &name, notice).await;
    // To begin again at once would come to the same.
    anyhow::Error::new(refused).context(NotAgain("the new generation may not go live".to_owned()))
}

fn written(report: &GateReport) -> String {
    serde_json::to_string(report).expect("numbers and texts can always be written as JSON")
}

/// Makes the generation before the live one live again, brings it to the end of the log, and says so in a sentence.
///
/// # Errors
/// When none is kept or it is damaged; when the store cannot be read or the index cannot be written.
pub async fn roll_back(app: &App) -> anyhow::Result<String> {
    let indexing = app.indexing.lock().await;
    let index = Arc::clone(&app.index);
    let (left, now_live) = (index.generation(), tokio::task::spawn_blocking(move || index.roll_back()).await??);
    tracing::warn!(generation = now_live, left, "the index went back to the generation before");
    let position = follow_alone(app).await?;
    drop(indexing);
    write_standing(app).await?;
    let resources = app.index.resource_count();
    Ok(format!("generation {now_live} is live again in place of {left}: {resources} resources at position {position}"))
}

/// What stands in place of the gate's report of a generation that it was not asked about.
const NOT_JUDGED: &str = "{}";

/// Writes down which generation answers, where no rebuild has done so: of the first one, and of one that another node has
/// published.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn note_live(app: &App) -> Result<(), CatalogueError> {
    let of = (app.node_id.as_str(), app.index.schema());
    if app.catalogue.is_known_to_be_live(of, app.index.generation()).await? {
        return Ok(());
    }
    write_standing(app).await
}

async fn write_standing(app: &App) -> Result<(), CatalogueError> {
    let live = NewGeneration {
        node: &app.node_id,
        schema: app.index.schema(),
        number: app.index.generation(),
        resources: app.index.resource_count(),
        seq: app.index.position(),
        report: NOT_JUDGED,
    };
    app.catalogue.generation_stands(&live, app.index.previous(), app.clock.now()).await
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

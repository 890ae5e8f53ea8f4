//! Serving: bring the store and the index up to date, then answer until told to stop.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use schemas::{Location, SourceKind};
use tokio::net::TcpListener;

use crate::app::App;
use crate::catalogue::JobKind;
use crate::jobs::forget::keep_forgetting;
use crate::jobs::harvest::harvest_source;
use crate::jobs::resolve::resolve_pending;
use crate::jobs::schedule::keep_schedule;
use crate::jobs::usage::keep_usage;
use crate::jobs::{follow, oai, reindex, silent, work};
use crate::web::router;

/// After the word to stop, running requests have so long to end.
const GRACE: Duration = Duration::from_secs(8);

/// What the catalogue needs before it can be served: the source files booked, what ships harvested, the pins and
/// the views read, the list for OAI-PMH and the index up to date.
///
/// A source that is a file is harvested here when it or its mapping has changed; one at an address is left to a job.
///
/// # Errors
/// When the store or the index cannot be written. What is wrong with a source is the state of its harvest.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    app.catalogue.interrupt_unfinished_harvests(app.clock.now()).await?;
    app.catalogue.interrupt_running_jobs(app.clock.now()).await?;
    app.book_sources().await?;
    for booked in app.sources.0.values() {
        let Some(row) = app.catalogue.source(&booked.source.id).await? else {
            continue;
        };
        let booked = &booked.with_accepted_words(app.catalogue.accepted_words(&booked.source.id).await?);
        if !row.enabled || row.harvested_with.as_deref() == Some(&booked.harvested_with()) {
            continue;
        }
        let is_file = matches!(booked.source.location, Location::File(_));
        // A sitemap in a file leads out to the network, page by page.
        let asks_nobody = is_file && !matches!(booked.source.kind, SourceKind::Sitemap(_));
        if asks_nobody {
            // The run has ended and says why; what the source gave before is served.
            if let Err(error) = harvest_source(app, booked, silent()).await {
                tracing::error!(source.id = %booked.source.id, error = format!("{error:#}"), "a harvest failed at start");
            }
        } else if row.harvested_with.is_some() && (is_file || booked.source.schedule != "manual") {
            // It is read otherwise than before; the first run of one that is new is the scheduler's.
            app.catalogue.enqueue_job(JobKind::Harvest, Some(booked.source.id.as_str()), app.clock.now()).await?;
        }
    }
    resolve_pending(app).await?;
    app.load_pins().await?;
    app.load_views().await?;
    oai::list_to_head(app).await?;
    bring_index_up_to_date(app).await
}

/// An index of another schema, or one that was lost, is made anew from the store; otherwise it follows the log.
///
/// # Errors
/// When the store cannot be read or the index cannot be written.
pub async fn bring_index_up_to_date(app: &App) -> anyhow::Result<()> {
    let head = app.catalogue.head_seq().await?;
    // An index that is ahead of the store was made from another store: a backup was put back.
    if (app.index.needs_rebuild() && head > 0) || app.index.position() > head {
        reindex::reindex(app, silent()).await?;
    }
    follow::follow_to_head(app).await?;
    Ok(())
}

/// Serves until the future ends. Jobs and the index run beside the answers.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let address = listener.local_addr().context("the address that is listened on")?;
    let following = tokio::spawn(follow::follow(app.clone()));
    let listing = tokio::spawn(oai::keep_listing(app.clone()));
    let counting = tokio::spawn(keep_usage(app.clone()));
    let forgetting = tokio::spawn(keep_forgetting(app.clone()));
    let working = tokio::spawn(work(app.clone()));
    let scheduling = tokio::spawn(keep_schedule(app.clone()));
    tracing::info!(resources = app.index.resource_count(), "Signpost serves on http://{address}");
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let graceful = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        tracing::info!("stopping: running requests are answered first");
        let _ = stopping.send(());
    });
    tokio::select! {
        ended = graceful.into_future() => ended.context("serving")?,
        () = async {
            let _ = stopped.await;
            tokio::time::sleep(GRACE).await;
        } => tracing::warn!("some requests were still open at the end of the grace"),
    }
    scheduling.abort();
    working.abort();
    following.abort();
    listing.abort();
    counting.abort();
    forgetting.abort();
    app.usage.flush(&app.catalogue, app.clock.local().date()).await?;
    Ok(())
}

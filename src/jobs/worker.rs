//! The worker: takes one queued job of each kind after the other, and writes down how each went.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Progress, follow, harvest, reindex, replay};
use crate::app::App;
use crate::catalogue::{CatalogueError, HarvestRow, HarvestState, JobEnd, JobKind, JobRow};

/// How often the queue is looked at, and progress is written down.
const POLL: Duration = Duration::from_millis(250);
/// So often the end of a job is written: without it the job would run on for everybody until the next start.
const END_ATTEMPTS: u32 = 5;
/// Between two of these attempts.
const END_PAUSE: Duration = Duration::from_secs(1);

/// So many sources are harvested at once. Fifty that answer slowly must not keep the others waiting, and waiting is most
/// of what a polite harvest does.
const HARVESTS_AT_ONCE: usize = 64;

/// Works off the queue until the task is dropped. Each kind has its turn: a reindex does not wait behind a long crawl.
pub async fn work(app: App) {
    tokio::join!(
        work_off(&app, JobKind::Harvest, HARVESTS_AT_ONCE),
        work_off(&app, JobKind::Replay, 1),
        work_off(&app, JobKind::Reindex, 1)
    );
}

/// Takes the jobs of a kind, so many of them at once.
async fn work_off(app: &App, kind: JobKind, at_once: usize) {
    let mut under_way = JoinSet::new();
    loop {
        if under_way.len() >= at_once {
            under_way.join_next().await;
            continue;
        }
        match app.catalogue.claim_job(kind, app.clock.now()).await {
            Ok(Some(job)) => {
                let app = app.clone();
                under_way.spawn(async move { run(&app, &job).await });
            }
            Ok(None) => tokio::time::sleep(POLL).await,
            Err(error) => {
                tracing::error!(error = %error, "the queue of jobs could not be read");
                tokio::time::sleep(POLL * 20).await;
            }
        }
        while under_way.try_join_next().is_some() {}
    }
}

/// Works off what is queued now, one job after the other, and what they queue meanwhile. Says how many jobs those were.
///
/// # Errors
/// When the queue cannot be read; how a job went stands in its row.
pub async fn run_queued(app: &App) -> Result<u64, CatalogueError> {
    let mut jobs = 0;
    for kind in [JobKind::Harvest, JobKind::Replay, JobKind::Reindex] {
        while let Some(job) = app.catalogue.claim_job(kind, app.clock.now()).await? {
            run(app, &job).await;
            jobs += 1;
        }
    }
    Ok(jobs)
}

/// How far a job is, as it tells us.
#[derive(Default)]
struct Figures {
    done: AtomicU64,
    /// Zero when it is not known.
    total: AtomicU64,
}

impl Figures {
    fn read(&self) -> (u64, Option<u64>) {
        let total = Some(self.total.load(Ordering::Relaxed)).filter(|total| *total > 0);
        (self.done.load(Ordering::Relaxed), total)
    }
}

async fn run(app: &App, job: &JobRow) {
    let figures = Arc::new(Figures::default());
    let progress: Progress = {
        let figures = Arc::clone(&figures);
        Arc::new(move |done, total| {
            figures.done.store(done, Ordering::Relaxed);
            figures.total.store(total.unwrap_or(0), Ordering::Relaxed);
        })
    };
    // A job that panics must not take the worker with it: it runs in a task of its own.
    let mut task = {
        let (app, job) = (app.clone(), job.clone());
        tokio::spawn(async move { perform(&app, &job, progress).await })
    };
    let mut written = Figures::default().read();
    let outcome = loop {
        tokio::select! {
            outcome = &mut task => break outcome,
            () = tokio::time::sleep(POLL) => write_progress(app, job, figures.read(), &mut written).await,
        }
    };
    write_progress(app, job, figures.read(), &mut written).await;
    let end = match outcome {
        Ok(Ok(message)) => JobEnd::Succeeded { message },
        Ok(Err(error)) => JobEnd::Failed { error: format!("{error:#}") },
        Err(panic) => JobEnd::Failed { error: format!("the job broke off: {panic}") },
    };
    if let JobEnd::Failed { error } = &end {
        tracing::error!(job.id, error, "a job failed");
    }
    write_end(app, job, &end).await;
}

/// Writes down how far a job is, unless that is what was written last.
async fn write_progress(app: &App, job: &JobRow, figures: (u64, Option<u64>), written: &mut (u64, Option<u64>)) {
    if figures == *written {
        return;
    }
    let (done, total) = figures;
    match app.catalogue.job_progress(&job.id, done, total, None, app.clock.now()).await {
        Ok(()) => *written = figures,
        Err(error) => tracing::warn!(job.id, error = %error, "the progress of a job could not be written"),
    }
}

async fn write_end(app: &App, job: &JobRow, end: &JobEnd) {
    for attempt in 1..=END_ATTEMPTS {
        let Err(error) = app.catalogue.finish_job(&job.id, end.clone(), app.clock.now()).await else {
            return;
        };
        tracing::error!(job.id, attempt, error = %error, "the end of a job could not be written");
        if attempt < END_ATTEMPTS {
            tokio::time::sleep(END_PAUSE).await;
        }
    }
}

async fn perform(app: &App, job: &JobRow, progress: Progress) -> anyhow::Result<String> {
    match job.kind {
        JobKind::Harvest => {
            let subject = job.subject.as_deref().unwrap_or_default();
            let row = harvest::harvest_source(app, harvest::find_source(app, subject)?, progress).await?;
            follow::follow_to_head(app).await?;
            told(&row)
        }
        JobKind::Replay => {
            let subject = job.subject.as_deref().unwrap_or_default();
            let row = replay::replay_source(app, harvest::find_source(app, subject)?, progress).await?;
            follow::follow_to_head(app).await?;
            told(&row)
        }
        JobKind::Reindex => {
            let resources = reindex::reindex(app, progress).await?;
            Ok(format!("{resources} resources in generation {}", app.index.generation()))
        }
    }
}

/// How a run went, in a sentence; one that failed is an error.
fn told(row: &HarvestRow) -> anyhow::Result<String> {
    let reason = row.reason.as_deref().unwrap_or_default();
    anyhow::ensure!(row.state != HarvestState::Failed, "the harvest failed: {reason}");
    let counts = &row.counts;
    let text = format!(
        "{}: {} read, {} created, {} changed. {reason}",
        row.state.name(),
        counts.read,
        counts.created,
        counts.changed
    );
    Ok(text.trim_end().to_owned())
}

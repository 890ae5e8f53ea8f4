//! The worker: takes one queued job after the other, and writes down how each went.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Progress, follow, harvest, reindex};
use crate::app::App;
use crate::catalogue::{HarvestState, JobEnd, JobKind, JobRow};

/// How often the queue is looked at, and progress is written down.
const POLL: Duration = Duration::from_millis(250);

/// Works off the queue until the task is dropped.
pub async fn work(app: App) {
    loop {
        match app.catalogue.claim_job(app.clock.now()).await {
            Ok(Some(job)) => run(&app, &job).await,
            Ok(None) => tokio::time::sleep(POLL).await,
            Err(error) => {
                tracing::error!(error = %error, "the queue of jobs could not be read");
                tokio::time::sleep(POLL * 20).await;
            }
        }
    }
}

async fn run(app: &App, job: &JobRow) {
    // A job that panics must not take the worker with it: it runs in a task of its own.
    let (done, total) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let progress: Progress = {
        let (done, total) = (Arc::clone(&done), Arc::clone(&total));
        Arc::new(move |so_far, of| {
            done.store(so_far, Ordering::Relaxed);
            total.store(of.unwrap_or(0), Ordering::Relaxed);
        })
    };
    let mut task = {
        let (app, job) = (app.clone(), job.clone());
        tokio::spawn(async move { perform(&app, &job, progress).await })
    };
    let outcome = loop {
        tokio::select! {
            outcome = &mut task => break outcome,
            () = tokio::time::sleep(POLL) => {
                let of = Some(total.load(Ordering::Relaxed)).filter(|total| *total > 0);
                let so_far = done.load(Ordering::Relaxed);
                if let Err(error) = app.catalogue.job_progress(&job.id, so_far, of, None, app.clock.now()).await {
                    tracing::warn!(job.id, error = %error, "the progress of a job could not be written");
                }
            }
        }
    };
    let end = match outcome {
        Ok(Ok(message)) => JobEnd::Succeeded { message },
        Ok(Err(error)) => JobEnd::Failed { error: format!("{error:#}") },
        Err(panic) => JobEnd::Failed { error: format!("the job broke off: {panic}") },
    };
    if let JobEnd::Failed { error } = &end {
        tracing::error!(job.id, error, "a job failed");
    }
    if let Err(error) = app.catalogue.finish_job(&job.id, end, app.clock.now()).await {
        tracing::error!(job.id, error = %error, "the end of a job could not be written");
    }
}

async fn perform(app: &App, job: &JobRow, progress: Progress) -> anyhow::Result<String> {
    match job.kind {
        JobKind::Harvest => {
            let subject = job.subject.as_deref().unwrap_or_default();
            let row = harvest::harvest_source(app, harvest::find_source(app, subject)?, progress).await?;
            follow::follow_to_head(app).await?;
            let reason = row.reason.clone().unwrap_or_default();
            anyhow::ensure!(row.state != HarvestState::Failed, "the harvest failed: {reason}");
            Ok(format!(
                "{}: {} read, {} created, {} changed. {reason}",
                row.state.name(),
                row.counts.read,
                row.counts.created,
                row.counts.changed
            )
            .trim_end()
            .to_owned())
        }
        JobKind::Reindex => {
            let resources = reindex::reindex(app, progress).await?;
            Ok(format!("{resources} resources in generation {}", app.index.generation()))
        }
    }
}

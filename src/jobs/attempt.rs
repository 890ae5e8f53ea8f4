//! One attempt at a job that was taken: the work in a task of its own, and beside it the watch that keeps the job, writes
//! down how far it is, and says the word when it is to stop.
//!
//! What the job does is for `worker` to say. Here it begins, is kept, and ends in its row, whatever happens to it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use jiff::SignedDuration;
use schemas::SourceLimits;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep};

use super::in_time::in_time;
use super::worker::{Done, perform};
use super::{Progress, Stop, Stopper, Why, harvest};
use crate::app::App;
use crate::catalogue::{CatalogueError, Hold, JobEnd, JobKind, JobRow, LEASE};

/// How often progress is written down, where there is any.
const TICK: Duration = Duration::from_secs(1);
/// After so many ticks it is looked whether somebody has called the job off.
const LOOK_TICKS: u64 = 2;
/// After so many the lease is renewed, which a silence of nine of them ends.
const RENEW_TICKS: u64 = 10;
/// So often the end of a job is written. Where the store takes none of them, the job is taken back when its lease is over.
const END_ATTEMPTS: u32 = 5;
/// Between two of these attempts.
const END_PAUSE: Duration = Duration::from_secs(1);
/// What was told to stop because the program ends has so long to do it: less than the program waits for its tasks.
const STOP_GRACE: Duration = Duration::from_secs(6);
/// What was called off has so long: a harvest hands over what it has read, and a large batch takes its time.
const CANCEL_GRACE: Duration = Duration::from_mins(1);

/// After its own deadline a harvest is resolved and indexed, which of a large one takes minutes.
const AFTER_A_HARVEST: Duration = Duration::from_hours(1);
/// Reading anew what was kept of a million records, or making an index of them, takes an hour or two.
const LONG_WORK: Duration = Duration::from_hours(6);
/// Comparing, copying and taking back are faster by far.
const SHORT_WORK: Duration = Duration::from_hours(2);

/// Does the work of a job that was taken, and writes down how it ended.
pub(super) async fn attempt(app: &App, job: &JobRow) {
    let figures = Arc::new(Figures::default());
    let progress = figures.as_progress();
    let (stopper, stop) = Stop::new();
    let limit = time_limit(app, job);
    // A job that panics must not take the worker with it: it runs in a task of its own, which ends with this one.
    let mut work = JoinSet::new();
    work.spawn({
        let (app, job, stop) = (app.clone(), job.clone(), stop.clone());
        async move { perform(&app, &job, progress, &stop).await }
    });
    let outcome = {
        let mut watching = std::pin::pin!(watch(app, job, &figures, &stopper, limit));
        let mut deadline = std::pin::pin!(sleep(limit));
        loop {
            tokio::select! {
                Some(outcome) = work.join_next() => break outcome,
                never = &mut watching => match never {},
                () = app.stop.asked(), if !stop.is_asked() => stopper.stop(),
                () = &mut deadline, if !stop.is_asked() => {
                    stopper.stop_because(Why::TookTooLong { minutes: limit.as_secs() / 60 });
                }
                // It does not listen, or not soon enough. What it was writing is written whole or not at all.
                () = patience(&stop) => work.abort_all(),
            }
        }
    };
    let _ = write_progress(app, job, figures.read()).await;
    write_end(app, job, end_of(job.kind, outcome, stop.why())).await;
}

/// How far a job is, as it tells us.
#[derive(Default)]
struct Figures {
    done: AtomicU64,
    /// Zero when it is not known.
    total: AtomicU64,
}

impl Figures {
    fn as_progress(self: &Arc<Self>) -> Progress {
        let figures = Arc::clone(self);
        Arc::new(move |done, total| {
            figures.done.store(done, Ordering::Relaxed);
            figures.total.store(total.unwrap_or(0), Ordering::Relaxed);
        })
    }

    fn read(&self) -> (u64, Option<u64>) {
        let total = Some(self.total.load(Ordering::Relaxed)).filter(|total| *total > 0);
        (self.done.load(Ordering::Relaxed), total)
    }
}

/// How long a job may take before it is told to stop.
fn time_limit(app: &App, job: &JobRow) -> Duration {
    match job.kind {
        JobKind::Harvest => {
            let booked = harvest::find_source(app, job.subject.as_deref().unwrap_or_default());
            // One that another node has just taken is read anew when the job begins.
            let limits = booked.map_or_else(|_| SourceLimits::default(), |booked| booked.source.limits.clone());
            let minutes = limits.deadline_minutes;
            Duration::from_secs(minutes.saturating_mul(60)).saturating_add(AFTER_A_HARVEST)
        }
        JobKind::Replay | JobKind::Reindex | JobKind::Backup => LONG_WORK,
        JobKind::RollBackRun | JobKind::RollBackIndex | JobKind::Drift | JobKind::Publish => SHORT_WORK,
    }
}

/// Ends when what was told to stop has had its time.
async fn patience(stop: &Stop) {
    stop.asked().await;
    let grace = match stop.why() {
        Some(Why::ServiceStops) => STOP_GRACE,
        Some(Why::Cancelled { .. } | Why::TakenOver | Why::TookTooLong { .. }) | None => CANCEL_GRACE,
    };
    sleep(grace).await;
}

/// Keeps the job as long as it is ours, writes down how far it is, and says the word when somebody has called it off.
async fn watch(app: &App, job: &JobRow, figures: &Figures, stopper: &Stopper, limit: Duration) -> Infallible {
    let limit = SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX);
    let mut deadline = app.clock.now().checked_add(limit).ok();
    let mut written = (0, None);
    // Taking it was the first word.
    let mut kept_at = Instant::now();
    for tick in 0_u64.. {
        let now = app.clock.now();
        let seen = if tick.is_multiple_of(RENEW_TICKS) {
            Some(in_time(app.catalogue.renew_job(job, deadline.take(), now)).await)
        } else if tick.is_multiple_of(LOOK_TICKS) {
            Some(in_time(app.catalogue.job_hold(job)).await)
        } else {
            None
        };
        match seen {
            Some(Ok(hold)) => {
                kept_at = Instant::now();
                heed(hold, stopper);
            }
            Some(Err(error)) => {
                tracing::warn!(job.id, error = %error, "the store does not say whether a job is still ours");
                if kept_at.elapsed() > LEASE.unsigned_abs() {
                    stopper.stop_because(Why::TakenOver);
                }
            }
            None => {}
        }
        let so_far = figures.read();
        if so_far != written && write_progress(app, job, so_far).await.is_ok() {
            written = so_far;
        }
        sleep(TICK).await;
    }
    std::future::pending().await
}

fn heed(hold: Hold, stopper: &Stopper) {
    match hold {
        Hold::Ours { cancelled_by: None } => {}
        Hold::Ours { cancelled_by: Some(by) } => stopper.stop_because(Why::Cancelled { by }),
        Hold::Lost => stopper.stop_because(Why::TakenOver),
    }
}

async fn write_progress(app: &App, job: &JobRow, figures: (u64, Option<u64>)) -> Result<(), CatalogueError> {
    let (done, total) = figures;
    let written = in_time(app.catalogue.job_progress(job, done, total, None, app.clock.now())).await;
    if let Err(error) = &written {
        tracing::debug!(job.id, error = %error, "the progress of a job could not be written");
    }
    written
}

/// How a job ended, from what came of its work and why it was told to stop, if it was.
fn end_of(kind: JobKind, outcome: Result<anyhow::Result<Done>, JoinError>, why: Option<Why>) -> JobEnd {
    let (error, message) = match outcome {
        Ok(Ok(Done::Whole(message))) => return JobEnd::Succeeded { message },
        Ok(Ok(Done::Cut(message))) => (anyhow!("{message}"), Some(message)),
        Ok(Err(error)) => (error, None),
        Err(panic) => (anyhow!("the job broke off: {panic}"), None),
    };
    match why {
        Some(Why::ServiceStops | Why::TakenOver) => JobEnd::PutBack,
        Some(Why::Cancelled { by }) => JobEnd::Cancelled { by, message },
        Some(why @ Why::TookTooLong { .. }) => JobEnd::Failed { error: why.to_string() },
        None if kind.is_tried_again() && !error.is::<NotAgain>() => {
            JobEnd::FailedForNow { error: format!("{error:#}") }
        }
        None => JobEnd::Failed { error: format!("{error:#}") },
    }
}

/// A job has failed, and would fail again: what is wrong is not in its way but in what it is about.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotAgain(pub String);

async fn write_end(app: &App, job: &JobRow, end: JobEnd) {
    if let JobEnd::Failed { error } | JobEnd::FailedForNow { error } = &end {
        tracing::error!(job.id, kind = job.kind.name(), attempt = job.attempts, error, "a job failed");
    }
    for attempt in 1..=END_ATTEMPTS {
        match in_time(app.catalogue.finish_job(job, end.clone(), app.clock.now())).await {
            Ok(row) => {
                let (state, kind) = (row.state.name(), row.kind.name());
                crate::metrics::count_job(kind, state);
                tracing::info!(job.id, kind, state, subject = row.subject, "a job is left");
                return;
            }
            Err(CatalogueError::Superseded { reason }) => {
                tracing::warn!(job.id, reason, "the end of a job was not written");
                return;
            }
            Err(error) => {
                tracing::error!(job.id, attempt, error = %error, "the end of a job could not be written");
            }
        }
        if attempt < END_ATTEMPTS {
            sleep(END_PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What came of the task of a job.
    type Came = Result<anyhow::Result<Done>, JoinError>;

    #[test]
    fn how_a_job_ended_follows_from_what_came_of_it_and_why_it_stopped() {
        let cut = || Ok(Ok(Done::Cut("partial: 5 read".to_owned())));
        let whole = || Ok(Ok(Done::Whole("ok: 5 read".to_owned())));
        let failed = || Ok(Err(anyhow!("the disk is full")));
        let refused = || Ok(Err(NotAgain("it lost resources".to_owned()).into()));
        let cancelled = || Some(Why::Cancelled { by: "Ada".to_owned() });
        let by = || "Ada".to_owned();
        let error = |text: &str| text.to_owned();
        let cases: [(JobKind, Came, Option<Why>, JobEnd); 9] = [
            (JobKind::Harvest, whole(), None, JobEnd::Succeeded { message: "ok: 5 read".to_owned() }),
            (JobKind::Harvest, whole(), cancelled(), JobEnd::Succeeded { message: "ok: 5 read".to_owned() }),
            (
                JobKind::Harvest,
                cut(),
                cancelled(),
                JobEnd::Cancelled { by: by(), message: Some("partial: 5 read".to_owned()) },
            ),
            (JobKind::Harvest, cut(), Some(Why::ServiceStops), JobEnd::PutBack),
            (JobKind::Harvest, failed(), None, JobEnd::Failed { error: error("the disk is full") }),
            (JobKind::Reindex, failed(), None, JobEnd::FailedForNow { error: error("the disk is full") }),
            (JobKind::Reindex, refused(), None, JobEnd::Failed { error: error("it lost resources") }),
            (JobKind::Reindex, failed(), Some(Why::TakenOver), JobEnd::PutBack),
            (
                JobKind::Backup,
                failed(),
                Some(Why::TookTooLong { minutes: 360 }),
                JobEnd::Failed { error: error("deadline: not done after 360 minutes") },
            ),
        ];
        for (number, (kind, outcome, why, expected)) in cases.into_iter().enumerate() {
            assert_eq!(end_of(kind, outcome, why), expected, "case {number}");
        }
    }
}

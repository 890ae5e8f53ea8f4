//! What is forgotten with time: words that people wrote for one purpose, once that is over, and what is no longer needed of
//! runs, jobs and fetches. What is kept for how long stands in `catalogue::retention`.

use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;

use crate::app::App;
use crate::catalogue::{ClockDoubt, Forgotten};
use crate::notices::{self, Notice, NoticeKind};

/// So long after it was begun it is done first: a machine that starts with a wrong clock has been told the time by then.
const AT_FIRST: Duration = Duration::from_hours(1);
/// Nothing is kept to the hour.
const EVERY: Duration = Duration::from_hours(24);
/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_mins(10);

/// Forgets an hour after the start and then every day, until the task is dropped; for the node that leads. A failure is
/// logged and tried again.
pub async fn keep_forgetting(app: App) {
    tokio::time::sleep(AT_FIRST).await;
    loop {
        tokio::time::sleep(forget_and_tell(&app).await).await;
    }
}

async fn forget_and_tell(app: &App) -> Duration {
    match forget_all(app).await {
        Ok((0, forgotten)) if forgotten.total() == 0 => EVERY,
        Ok((reports, forgotten)) => {
            let Forgotten { problems, runs, jobs, payloads, undo, notes } = forgotten;
            tracing::info!(reports, problems, runs, jobs, payloads, undo, notes, "what is old enough is forgotten");
            EVERY
        }
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "what is old could not be forgotten");
            AGAIN
        }
    }
}

/// Forgets what is old enough, and says how many reports that touches.
///
/// # Errors
/// When the store cannot be written.
pub async fn forget(app: &App) -> anyhow::Result<u64> {
    Ok(forget_all(app).await?.0)
}

/// Forgets what is old enough: what was written in reports, and everything else. Nothing while the clock may have jumped
/// ahead, since what is deleted does not come back when the clock does.
async fn forget_all(app: &App) -> anyhow::Result<(u64, Forgotten)> {
    let now = app.clock.now();
    let doubt = app.catalogue.doubt_clock(now).await.context("asking whether the clock can be right")?;
    if let Some(ClockDoubt::Ahead { since }) = doubt {
        tell_that_nothing_is_forgotten(app, since, now).await;
        return Ok((0, Forgotten::default()));
    }
    let reports = app.catalogue.forget_old_reports(now).await.context("forgetting what old reports say")?;
    let forgotten = app.catalogue.forget_what_is_old(now).await.context("forgetting what is no longer needed")?;
    Ok((reports, forgotten))
}

async fn tell_that_nothing_is_forgotten(app: &App, since: Timestamp, now: Timestamp) {
    tracing::error!(since = %since, now = %now, "nothing is deleted for being old: the clock may have jumped ahead");
    let body = format!(
        "The clock of {} says that it is {now:.0}, and after {since:.0} nothing was written down there for months. If \
         the clock is wrong, set it: nothing is deleted for being old until the service has run for some days. If the \
         service was switched off all the while, there is nothing to do.\n",
        app.public_url()
    );
    let notice =
        Notice { kind: NoticeKind::Job, subject: "the clock may be wrong: nothing old is deleted".to_owned(), body };
    notices::send_once(app, &format!("clock-{since:.0}"), notice).await;
}

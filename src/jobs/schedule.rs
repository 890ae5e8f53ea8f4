//! Keeping the schedule: every source that is due is harvested, and a source that needs an admin raises an alarm.
//!
//! Nothing is remembered between two ticks: what a source is due for follows from what stands in the store, so a tick may
//! come late, twice, or after a week in which the service was down. When a source is due is for `schedule` to say.
//!
//! Of several nodes the leader keeps it. Where two take themselves for the leader for a moment, the queue takes each due
//! moment of a source once: it is the key of the job.

use std::time::Duration;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use schemas::{Location, SourceId};

use super::in_time::in_time;
use crate::app::App;
use crate::catalogue::{AlarmKind, JobKind, ScheduleFacts};
use crate::schedule::{History, LastRun, Schedule, is_silent, next_start};

/// How often the schedule is looked at. A cron schedule names minutes, so twice a minute.
const TICK: Duration = Duration::from_secs(30);
/// How soon a node that has become the leader begins to keep it.
const FIRST_LOOK: Duration = Duration::from_secs(1);
/// So many runs in a row that were not whole are no accident any more.
const FAILURES_BEFORE_ALARM: u64 = 3;

/// Keeps the schedule while this node leads, until the program is told to stop. What goes wrong is logged, and tried
/// again at the next tick.
pub async fn keep_schedule(app: App) {
    while !app.stop.is_asked() {
        if app.leader.is_leader() {
            if let Err(error) = tick(&app).await {
                tracing::error!(error = format!("{error:#}"), "the schedule could not be kept");
            }
            pause(&app, TICK).await;
        } else {
            pause(&app, FIRST_LOOK).await;
        }
    }
}

async fn pause(app: &App, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = app.stop.asked() => {}
    }
}

/// Asks for a harvest of every source that is due now, then raises the alarms that have a cause and clears the others.
///
/// # Errors
/// When the store cannot be read or written. What was asked for before stays.
pub async fn tick(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let facts =
        in_time(app.catalogue.schedule_facts(now)).await.context("reading what the runs of all sources came to")?;
    let plans: Vec<Plan<'_>> = facts.iter().map(|facts| Plan::of(app, facts, now)).collect();
    start_due(app, &plans).await.context("asking for the harvests that are due")?;
    look_after_alarms(app, &plans, now).await.context("raising and clearing alarms")
}

/// What is expected of a source now.
struct Plan<'a> {
    facts: &'a ScheduleFacts,
    /// Manual, too, for one that is disabled or that this service has no file of.
    schedule: Schedule,
    /// Since when a run is due that nobody has asked for.
    due_since: Option<Timestamp>,
    /// How long a run may take.
    deadline: SignedDuration,
}

impl<'a> Plan<'a> {
    fn of(app: &App, facts: &'a ScheduleFacts, now: Timestamp) -> Self {
        let Some(booked) = app.sources().0.get(&facts.source).filter(|_| facts.enabled).cloned() else {
            return Self { facts, schedule: Schedule::Manual, due_since: None, deadline: SignedDuration::ZERO };
        };
        // The source book refuses a file whose schedule cannot be read, and admins cannot set such a one.
        let schedule = Schedule::parse(&facts.schedule).unwrap_or(Schedule::Manual);
        let can_be_asked = booked.source.location != Location::Pushed;
        let is_under_way = facts.is_running || facts.job_since.is_some();
        let due_since = if can_be_asked && !is_under_way {
            next_start(&schedule, &facts.source, &history(facts)).filter(|moment| *moment <= now)
        } else {
            None
        };
        let minutes = i64::try_from(booked.source.limits.deadline_minutes).unwrap_or(i64::from(i32::MAX));
        Self { facts, schedule, due_since, deadline: SignedDuration::from_mins(minutes) }
    }

    /// Why there should be an alarm of this kind.
    fn cause(&self, kind: AlarmKind, now: Timestamp) -> Option<String> {
        let facts = self.facts;
        match kind {
            AlarmKind::Silent => {
                let is_silent = is_silent(&self.schedule, facts.last_ok_at, facts.first_known, now);
                is_silent.then(|| silence_told(facts))
            }
            AlarmKind::Held => {
                let reason = facts.held.as_deref().filter(|_| facts.present)?;
                Some(format!("a run waits for an admin: {reason}"))
            }
            AlarmKind::Failing => {
                let failures = facts.failures_in_a_row;
                let reason = facts.last_run.as_ref().and_then(|run| run.reason.as_deref()).unwrap_or("no reason told");
                let is_failing = facts.enabled && failures >= FAILURES_BEFORE_ALARM;
                is_failing.then(|| format!("{failures} runs in a row were not whole; the last: {reason}"))
            }
        }
    }

    /// Whether a run may yet take the cause away: one is due, or was asked for no longer ago than it may take. After a
    /// week in which the service was down every source would be called silent otherwise, and so would one that an admin
    /// has just enabled.
    fn is_premature(&self, kind: AlarmKind, now: Timestamp) -> bool {
        let is_in_time = |since: Timestamp| now.duration_since(since) <= self.deadline;
        let is_awaited = self.due_since.is_some() || self.facts.job_since.is_some_and(is_in_time);
        kind == AlarmKind::Silent && is_awaited
    }
}

/// When a source is harvested next without being asked for; `None` when it is not. What has passed is due.
pub fn planned_start(app: &App, facts: &ScheduleFacts) -> Option<Timestamp> {
    let booked = app.sources().0.get(&facts.source).filter(|_| facts.enabled).cloned()?;
    if booked.source.location == Location::Pushed {
        return None;
    }
    next_start(&Schedule::parse(&facts.schedule).ok()?, &facts.source, &history(facts))
}

fn history(facts: &ScheduleFacts) -> History {
    let last_run = facts.last_run.as_ref();
    History {
        first_known: facts.first_known,
        last_run: last_run.map(|run| LastRun {
            started: run.started,
            finished: run.finished,
            state: run.state,
            is_resumable: run.is_resumable,
        }),
        failures_in_a_row: facts.failures_in_a_row,
        postponed_until: facts.postponed_until,
    }
}

fn silence_told(facts: &ScheduleFacts) -> String {
    let schedule = &facts.schedule;
    match facts.last_ok_at {
        Some(since) => format!("no ok run since {since:.0}; its schedule is `{schedule}`"),
        None => format!("no ok run ever; it is known since {:.0}, and its schedule is `{schedule}`", facts.first_known),
    }
}

async fn start_due(app: &App, plans: &[Plan<'_>]) -> anyhow::Result<()> {
    let mut due: Vec<(Timestamp, &SourceId)> =
        plans.iter().filter_map(|plan| plan.due_since.map(|since| (since, &plan.facts.source))).collect();
    // Whoever has been due for longest goes first.
    due.sort_unstable();
    for (since, source) in due {
        let key = format!("harvest/{source}/{since:.0}");
        let now = app.clock.now();
        let asked = app.catalogue.enqueue_job_once(&key, JobKind::Harvest, Some(source.as_str()), now);
        let job = in_time(asked).await?;
        tracing::info!(source.id = %source, due = %since, job.id = job.id, "a harvest is due");
    }
    Ok(())
}

async fn look_after_alarms(app: &App, plans: &[Plan<'_>], now: Timestamp) -> anyhow::Result<()> {
    let open = in_time(app.catalogue.open_alarms()).await?;
    for plan in plans {
        let source = &plan.facts.source;
        for kind in AlarmKind::ALL {
            let is_open = open.iter().any(|alarm| alarm.source == *source && alarm.kind == kind);
            match (plan.cause(kind, now), is_open) {
                (Some(message), false) if !plan.is_premature(kind, now) => {
                    if in_time(app.catalogue.raise_alarm(source, kind, &message, now)).await? {
                        let alarm = kind.name();
                        tracing::error!(source.id = %source, alarm, reason = message, "a source needs an admin");
                    }
                }
                (None, true) => {
                    in_time(app.catalogue.clear_alarm(source, kind, now)).await?;
                    tracing::info!(source.id = %source, alarm = kind.name(), "the cause of an alarm is gone");
                }
                (Some(_), _) | (None, false) => {}
            }
        }
    }
    Ok(())
}

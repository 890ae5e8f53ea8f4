//! Starting harvests and backups, following them as jobs, and calling them off.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::stream::{self, Stream};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::app::App;
use crate::catalogue::{Holder, JobKind, JobRow};
use crate::error::AppError;
use crate::jobs::harvest::find_source;
use crate::web::path::PathId;

/// A job as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct JobAnswer {
    id: String,
    kind: &'static str,
    subject: Option<String>,
    state: &'static str,
    done: u64,
    total: Option<u64>,
    message: Option<String>,
    error: Option<String>,
    /// How often it was begun.
    attempts: u64,
    created: String,
    started: Option<String>,
    finished: Option<String>,
    /// Who asked for it; nobody when it was the schedule.
    asked_by: Option<String>,
    /// The node that is at it, or was.
    node: Option<String>,
    /// When it has taken too long.
    deadline: Option<String>,
    /// When one that failed is tried again.
    not_before: Option<String>,
    /// Who called it off; while it runs, it stops soon.
    cancel_asked: Option<String>,
}

/// Jobs that a list shows.
const LISTED: usize = 100;
/// So often a job that is watched is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// So long one answer watches; whoever wants more asks again, as browsers do by themselves.
const WATCHED_FOR: Duration = Duration::from_mins(10);
/// A line without meaning after so much silence: proxies cut what says nothing for half a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The id of the last event about a job. A browser that asks again after it is told that nothing more comes.
const LAST_EVENT: &str = "ended";

impl From<JobRow> for JobAnswer {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind.name(),
            subject: row.subject,
            state: row.state.name(),
            done: row.done,
            total: row.total,
            message: row.message,
            error: row.error,
            attempts: row.attempts,
            created: row.created,
            started: row.started,
            finished: row.finished,
            asked_by: row.asked_by,
            node: row.node,
            deadline: row.deadline,
            not_before: row.not_before,
            cancel_asked: row.cancel_asked,
        }
    }
}

pub(super) async fn start_harvest(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
) -> Result<Response, AppError> {
    let booked = find_source(&app, &id).map_err(|_| AppError::no_such("source", &id))?;
    let source = Some(booked.source.id.as_str());
    let job = app.catalogue.enqueue_job_by(&holder.name, JobKind::Harvest, source, app.clock.now()).await?;
    Ok(accepted(job))
}

pub(super) async fn start_backup(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
) -> Result<Response, AppError> {
    if app.config.backup.folder.is_none() {
        let reason = "no folder for backups is configured: `folder` in `[backup]`".to_owned();
        return Err(AppError::Conflict { reason });
    }
    let job = app.catalogue.enqueue_job_by(&holder.name, JobKind::Backup, None, app.clock.now()).await?;
    Ok(accepted(job))
}

pub(super) fn accepted(job: JobRow) -> Response {
    let location = format!("/admin/v1/jobs/{}", job.id);
    (StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(JobAnswer::from(job))).into_response()
}

pub(super) async fn show_job(State(app): State<App>, PathId(id): PathId) -> Result<Json<JobAnswer>, AppError> {
    let row = app.catalogue.job(&id).await?.ok_or_else(|| AppError::no_such("job", &id))?;
    Ok(Json(row.into()))
}

pub(super) async fn list_jobs(State(app): State<App>) -> Result<Response, AppError> {
    let results: Vec<JobAnswer> = app.catalogue.list_jobs(LISTED).await?.into_iter().map(Into::into).collect();
    Ok(Json(serde_json::json!({ "total": results.len(), "results": results, "links": { "self": "/admin/v1/jobs" } }))
        .into_response())
}

/// One that waits is cancelled in the answer; one that runs says who called it off, and is cancelled soon.
pub(super) async fn cancel_job(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
) -> Result<Json<JobAnswer>, AppError> {
    let row = app.catalogue.cancel_job(&holder.name, &id, app.clock.now()).await.map_err(AppError::of_named)?;
    Ok(Json(row.into()))
}

/// A job as server-sent events: as it stands, and then at each change, until it has ended.
pub(super) async fn watch_job(
    State(app): State<App>,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let row = app.catalogue.job(&id).await?.ok_or_else(|| AppError::no_such("job", &id))?;
    if row.state.has_ended() && headers.get("last-event-id").is_some_and(|last| last == LAST_EVENT) {
        // HTML Standard, 9.2.3: whoever is answered so does not ask again.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let turn = Arc::clone(&app.job_watchers).try_acquire_owned().map_err(|_| AppError::Unavailable {
        reason: "too many jobs are watched at once; ask for the job itself now and then",
    })?;
    let watching = Watching { app, id, shown: None, until: Instant::now() + WATCHED_FOR, _turn: turn };
    Ok(Sse::new(events(watching)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// Somebody who watches a job.
struct Watching {
    app: App,
    id: String,
    shown: Option<JobRow>,
    until: Instant,
    _turn: OwnedSemaphorePermit,
}

impl Watching {
    /// The job as it stands otherwise than it was shown; `None` when there is no more to watch, or no more time.
    async fn next_change(&mut self) -> Option<JobRow> {
        while Instant::now() < self.until && !self.app.stop.is_asked() {
            match self.app.catalogue.job(&self.id).await {
                Ok(Some(row)) if self.shown.as_ref() != Some(&row) => {
                    self.shown = Some(row.clone());
                    return Some(row);
                }
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(error) => tracing::warn!(job.id = self.id, error = %error, "a watched job could not be read"),
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.app.stop.asked() => {}
            }
        }
        None
    }
}

fn events(watching: Watching) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some(watching), |watching| async move {
        let mut watching = watching?;
        let row = watching.next_change().await?;
        let has_ended = row.state.has_ended();
        let json = serde_json::to_string(&JobAnswer::from(row)).unwrap_or_default();
        let event = Event::default().data(json);
        let event = if has_ended { event.id(LAST_EVENT) } else { event };
        Some((Ok(event), (!has_ended).then_some(watching)))
    })
}

//! Starting harvests and rebuilds, and following them as jobs.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;

use crate::app::App;
use crate::catalogue::{Holder, JobKind, JobRow};
use crate::error::AppError;
use crate::jobs::harvest::find_source;

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
    created: String,
    started: Option<String>,
    finished: Option<String>,
}

/// Jobs that a list shows.
const LISTED: usize = 100;

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
            created: row.created,
            started: row.started,
            finished: row.finished,
        }
    }
}

pub(super) async fn start_harvest(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let booked = find_source(&app, &id).map_err(|_| AppError::no_such("source", &id))?;
    let source = Some(booked.source.id.as_str());
    let job = app.catalogue.enqueue_job_by(&holder.name, JobKind::Harvest, source, app.clock.now()).await?;
    Ok(accepted(job))
}

pub(super) async fn start_reindex(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
) -> Result<Response, AppError> {
    let job = app.catalogue.enqueue_job_by(&holder.name, JobKind::Reindex, None, app.clock.now()).await?;
    Ok(accepted(job))
}

pub(super) fn accepted(job: JobRow) -> Response {
    let location = format!("/admin/v1/jobs/{}", job.id);
    (StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(JobAnswer::from(job))).into_response()
}

pub(super) async fn show_job(State(app): State<App>, Path(id): Path<String>) -> Result<Json<JobAnswer>, AppError> {
    let row = app.catalogue.job(&id).await?.ok_or_else(|| AppError::no_such("job", &id))?;
    Ok(Json(row.into()))
}

pub(super) async fn list_jobs(State(app): State<App>) -> Result<Response, AppError> {
    let results: Vec<JobAnswer> = app.catalogue.list_jobs(LISTED).await?.into_iter().map(Into::into).collect();
    Ok(Json(serde_json::json!({ "total": results.len(), "results": results, "links": { "self": "/admin/v1/jobs" } }))
        .into_response())
}

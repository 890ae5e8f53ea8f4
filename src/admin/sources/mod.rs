//! Sources as an admin works with them: adding one, changing, enabling, scheduling and retiring it, and a preview of what
//! it would give.
//!
//! What each call does is in [`acts`], what it answers in [`answers`].

mod acts;
mod answers;

use axum::body::Body;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemas::SourceId;
use serde::Deserialize;

use self::answers::{PreviewAnswer, SourceDetail, SourceSummary, detail_of};
use crate::app::App;
use crate::catalogue::Holder;
use crate::error::{AppError, ParameterMistake};
use crate::health::find_source;
use crate::jobs::schedule::planned_start;
use crate::web::body::read_text;
use crate::web::path::PathId;

/// The member of a body that holds the text of a source.
const TOML: &str = "toml";

pub(super) async fn list_sources(State(app): State<App>) -> Result<Response, AppError> {
    let rows = app.catalogue.list_sources().await?;
    let mut runs = app.catalogue.health_of_all().await?;
    let facts = app.catalogue.schedule_facts(app.clock.now()).await?;
    let results: Vec<SourceSummary> = rows
        .into_iter()
        .map(|row| {
            let start = facts.iter().find(|facts| facts.source == row.id).and_then(|facts| planned_start(&app, facts));
            let run = runs.remove(&row.id);
            SourceSummary::of(row, run, start)
        })
        .collect();
    let links = serde_json::json!({ "self": "/admin/v1/sources" });
    Ok(Json(serde_json::json!({ "total": results.len(), "results": results, "links": links })).into_response())
}

pub(super) async fn show_source(State(app): State<App>, PathId(id): PathId) -> Result<Json<SourceDetail>, AppError> {
    let row = find_source(&app, &id).await?;
    Ok(Json(detail_of(&app, row).await?))
}

pub(super) async fn add_source(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    let toml = read_text(&headers, body, TOML).await?;
    let id = acts::add_source(&app, &holder, &toml).await?;
    let location = format!("/admin/v1/sources/{id}");
    let detail = detail(&app, &id).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(detail)).into_response())
}

pub(super) async fn change_source(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<SourceDetail>, AppError> {
    let toml = read_text(&headers, body, TOML).await?;
    let id = acts::change_source(&app, &holder, &id, &toml).await?;
    Ok(Json(detail(&app, &id).await?))
}

pub(super) async fn retire_source(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
) -> Result<Json<SourceDetail>, AppError> {
    let id = acts::retire_source(&app, &holder, &id).await?;
    Ok(Json(detail(&app, &id).await?))
}

/// Why the records of a source that is gone are to go too.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawalRequest {
    why: String,
}

pub(super) async fn withdraw_records(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
    body: Result<Json<WithdrawalRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let Json(request) = body.map_err(|rejection| bad_body(&rejection))?;
    if request.why.trim().is_empty() {
        return Err(AppError::BadRequest(vec![ParameterMistake::new("why", "expected the reason, for the audit log")]));
    }
    let withdrawn = acts::withdraw_records(&app, &holder, &id, request.why.trim()).await?;
    Ok(Json(serde_json::json!({ "withdrawn": withdrawn })).into_response())
}

/// Says what is wrong with a text, and stores nothing.
pub(super) async fn check_source(State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response, AppError> {
    let toml = read_text(&headers, body, TOML).await?;
    let source = acts::check_source(&app, &toml).await?.map_err(acts::refused)?;
    let answer = serde_json::json!({ "id": source.id.as_str(), "name": source.name, "kind": source.kind.name(),
        "schedule": source.schedule, "mistakes": [] });
    Ok(Json(answer).into_response())
}

pub(super) async fn preview_source(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
) -> Result<Json<PreviewAnswer>, AppError> {
    let (booked, sample) = acts::preview_source(&app, &holder, &id).await?;
    Ok(Json(PreviewAnswer::of(booked.source.id.as_str(), sample)))
}

/// Whether a source is harvested without being asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnablingRequest {
    enabled: bool,
}

pub(super) async fn enable_source(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
    body: Result<Json<EnablingRequest>, JsonRejection>,
) -> Result<Json<SourceDetail>, AppError> {
    let Json(request) = body.map_err(|rejection| bad_body(&rejection))?;
    let (id, hint) = acts::enable_source(&app, &holder, &id, request.enabled).await?;
    let mut detail = detail(&app, &id).await?;
    detail.hint = hint;
    Ok(Json(detail))
}

/// How often a source is harvested; null for what its text says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleRequest {
    schedule: Option<String>,
}

pub(super) async fn set_schedule(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
    body: Result<Json<ScheduleRequest>, JsonRejection>,
) -> Result<Json<SourceDetail>, AppError> {
    let Json(request) = body.map_err(|rejection| bad_body(&rejection))?;
    let id = acts::set_schedule(&app, &holder, &id, request.schedule.as_deref()).await?;
    Ok(Json(detail(&app, &id).await?))
}

async fn detail(app: &App, id: &SourceId) -> Result<SourceDetail, AppError> {
    let row = app.catalogue.source(id).await?.ok_or_else(|| AppError::no_such("source", id.as_str()))?;
    detail_of(app, row).await
}

fn bad_body(rejection: &JsonRejection) -> AppError {
    AppError::BadRequest(vec![ParameterMistake::new("body", rejection.body_text())])
}

//! Harvests as an admin sees them: how each went, what a held one would take away, and the yes to it.

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemas::{Problem, SourceId};
use serde::{Deserialize, Serialize};

use super::jobs::{JobAnswer, accepted};
use crate::api::sources::{HarvestAnswer, present_harvest};
use crate::app::App;
use crate::catalogue::{Approval, CatalogueError, HarvestRow, HeldRow, Holder, JobKind, WouldRollBack};
use crate::error::{AppError, ParameterMistake};
use crate::jobs::follow::follow_to_head;
use crate::jobs::harvest::find_source;
use crate::jobs::resolve::resolve_pending;
use crate::jobs::roll_back::COMES_AGAIN;
use crate::web::path::PathId;

/// Harvests that a list shows.
const LISTED: usize = 100;
/// Problems of a harvest that are shown at once.
const PROBLEMS: usize = 100;
/// Records of a held run that are shown at once, unless fewer are asked for.
const HELD_AT_ONCE: usize = 1_000;

pub(super) async fn list_harvests(State(app): State<App>, PathId(id): PathId) -> Result<Response, AppError> {
    let source = SourceId::parse(&id).map_err(|_| AppError::no_such("source", &id))?;
    app.catalogue.source(&source).await?.ok_or_else(|| AppError::no_such("source", &id))?;
    let rows = app.catalogue.harvests_of(&source, LISTED).await?;
    let rolled_back = app.catalogue.rolled_back_runs(&source).await?;
    let results: Vec<AdminHarvest> =
        rows.into_iter().map(|row| AdminHarvest::of(rolled_back.get(&row.id).cloned(), row)).collect();
    let this = format!("/admin/v1/sources/{source}/harvests");
    Ok(Json(serde_json::json!({ "total": results.len(), "results": results, "links": { "self": this } }))
        .into_response())
}

/// A harvest, and whether it was taken back.
#[derive(Debug, Serialize)]
struct AdminHarvest {
    #[serde(flatten)]
    harvest: HarvestAnswer,
    /// When an admin took back what it did, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    rolled_back: Option<String>,
    /// Who that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    rolled_back_by: Option<String>,
}

impl AdminHarvest {
    fn of(rolled_back: Option<(String, String)>, row: HarvestRow) -> Self {
        let (rolled_back, rolled_back_by) = rolled_back.unzip();
        Self { harvest: present_harvest(row), rolled_back, rolled_back_by }
    }
}

/// A harvest with its problems.
#[derive(Debug, Serialize)]
pub(super) struct HarvestReport {
    source: String,
    #[serde(flatten)]
    harvest: AdminHarvest,
    /// Why it cannot be rolled back now; null when it can.
    not_to_be_rolled_back: Option<String>,
    /// What rolling it back would change; null when it cannot be rolled back now.
    would_roll_back: Option<WouldAnswer>,
    /// The first problems; `harvest.problems` says how many there are.
    first_problems: Vec<Problem>,
}

/// What rolling a harvest back would change, in records.
#[derive(Debug, Serialize)]
struct WouldAnswer {
    /// Put back as they were.
    restored: u64,
    /// Of these, back into the search.
    returning: u64,
    /// Brought by the run, and withdrawn.
    withdrawn: u64,
}

impl From<WouldRollBack> for WouldAnswer {
    fn from(would: WouldRollBack) -> Self {
        Self { restored: would.restored, returning: would.returning, withdrawn: would.withdrawn }
    }
}

pub(super) async fn show_harvest(State(app): State<App>, PathId(id): PathId) -> Result<Json<HarvestReport>, AppError> {
    let row = find_harvest(&app, &id).await?;
    let (first_problems, _) = app.catalogue.problems_of(&row.id, PROBLEMS, 0).await?;
    let not_to_be_rolled_back = match app.catalogue.require_can_roll_back(&row.id, app.clock.now()).await {
        Ok(()) => None,
        Err(refused @ (CatalogueError::Superseded { .. } | CatalogueError::Busy { .. })) => Some(refused.to_string()),
        Err(error) => return Err(error.into()),
    };
    let would_roll_back =
        if not_to_be_rolled_back.is_none() { Some(app.catalogue.would_roll_back(&row.id).await?.into()) } else { None };
    let rolled_back = app.catalogue.rolled_back(&row.id).await?;
    let source = row.source.to_string();
    let harvest = AdminHarvest::of(rolled_back, row);
    Ok(Json(HarvestReport { source, harvest, not_to_be_rolled_back, would_roll_back, first_problems }))
}

/// What a held harvest would take away.
#[derive(Debug, Serialize)]
struct Difference {
    results: Vec<HeldAnswer>,
    /// Those that were approved among them.
    total: u64,
    /// How many wait for a decision still.
    waiting: u64,
    links: Links,
}

#[derive(Debug, Serialize)]
struct Links {
    #[serde(rename = "self")]
    this: String,
    next: Option<String>,
}

/// One record of it.
#[derive(Debug, Serialize)]
struct HeldAnswer {
    identifier: String,
    /// absent or deleted
    cause: &'static str,
    approved: bool,
    title: String,
    url: Option<String>,
    resource: String,
}

impl From<HeldRow> for HeldAnswer {
    fn from(row: HeldRow) -> Self {
        Self {
            identifier: row.identifier,
            cause: row.cause.name(),
            approved: row.is_approved,
            title: row.title,
            url: row.url,
            resource: row.resource.to_string(),
        }
    }
}

/// Which part of a difference is to be shown.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Part {
    offset: usize,
    limit: Option<usize>,
}

pub(super) async fn show_difference(
    State(app): State<App>,
    PathId(id): PathId,
    part: Result<Query<Part>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, AppError> {
    let Query(part) = part.map_err(|error| bad("offset, limit", &error.body_text()))?;
    let limit = part.limit.unwrap_or(HELD_AT_ONCE);
    if !(1..=HELD_AT_ONCE).contains(&limit) {
        return Err(bad("limit", &format!("expected 1 to {HELD_AT_ONCE}")));
    }
    let row = find_harvest(&app, &id).await?;
    let (rows, total) = app.catalogue.held_records(&row.id, limit, part.offset).await?;
    let waiting = app.catalogue.held_waiting(&row.id).await?;
    let seen = part.offset + rows.len();
    let this = format!("/admin/v1/harvests/{}/difference", row.id);
    let has_more = u64::try_from(seen).is_ok_and(|seen| seen < total) && !rows.is_empty();
    let next = has_more.then(|| format!("{this}?offset={seen}&limit={limit}"));
    let results = rows.into_iter().map(Into::into).collect();
    Ok(Json(Difference { results, total, waiting, links: Links { this, next } }).into_response())
}

/// An admin's yes: `{"all": true}`, or `{"identifiers": ["…"]}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalRequest {
    #[serde(default)]
    all: bool,
    #[serde(default)]
    identifiers: Vec<String>,
}

pub(super) async fn approve_difference(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
    body: Result<Json<ApprovalRequest>, axum::extract::rejection::JsonRejection>,
) -> Result<Response, AppError> {
    let Json(request) = body.map_err(|error| bad("body", &error.body_text()))?;
    let approval = match (request.all, request.identifiers.is_empty()) {
        (true, true) => Approval::All,
        (false, false) => Approval::Some(request.identifiers),
        (true, false) | (false, true) => return Err(bad("body", "expected either `all: true` or `identifiers`")),
    };
    let row = find_harvest(&app, &id).await?;
    // In a task of its own: a yes to a hundred thousand records outlives the patience of whoever gave it.
    let task = tokio::spawn({
        let (app, id) = (app.clone(), row.id.clone());
        async move { app.catalogue.approve_held(&id, &approval, &holder.name, app.clock.now()).await }
    });
    let approved = task.await.map_err(|error| AppError::Internal(error.into()))??;
    resolve_pending(&app).await?;
    app.log_grew.notify_waiters();
    follow_to_head(&app).await?;
    let harvest = present_harvest(find_harvest(&app, &id).await?);
    Ok(Json(serde_json::json!({ "gone": approved.gone, "waiting": approved.waiting, "unknown": approved.unknown, "harvest": harvest }))
        .into_response())
}

pub(super) async fn start_replay(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
) -> Result<Response, AppError> {
    let booked = find_source(&app, &id).map_err(|_| AppError::no_such("source", &id))?;
    let source = Some(booked.source.id.as_str());
    let job = app.catalogue.enqueue_job_by(&holder.name, JobKind::Replay, source, app.clock.now()).await?;
    Ok(accepted(job))
}

/// A run that is being taken back.
#[derive(Debug, Serialize)]
struct RollBackAnswer {
    #[serde(flatten)]
    job: JobAnswer,
    /// What whoever asked for it has to know.
    note: &'static str,
    links: RollBackLinks,
}

#[derive(Debug, Serialize)]
struct RollBackLinks {
    job: String,
    /// Where the source is disabled, so that the next run does not bring the same again.
    enabling: String,
}

pub(super) async fn roll_back_harvest(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
) -> Result<Response, AppError> {
    let row = find_harvest(&app, &id).await?;
    app.catalogue.require_can_roll_back(&row.id, app.clock.now()).await?;
    let now = app.clock.now();
    let job = app.catalogue.enqueue_job_by(&holder.name, JobKind::RollBackRun, Some(&row.id), now).await?;
    let location = format!("/admin/v1/jobs/{}", job.id);
    let links = RollBackLinks { job: location.clone(), enabling: format!("/admin/v1/sources/{}/enabling", row.source) };
    let answer = RollBackAnswer { job: JobAnswer::from(job), note: COMES_AGAIN, links };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(answer)).into_response())
}

async fn find_harvest(app: &App, id: &str) -> Result<HarvestRow, AppError> {
    app.catalogue.harvest(id).await?.ok_or_else(|| AppError::no_such("harvest", id))
}

fn bad(parameter: &str, detail: &str) -> AppError {
    AppError::BadRequest(vec![ParameterMistake::new(parameter, detail)])
}

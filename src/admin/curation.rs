//! Curation: what admins and curators decide about resources, and taking it back. A search sees each act at once.

use axum::extract::rejection::JsonRejection;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemas::{Decision, RecordId, ResourceId, SourceId};
use serde::Deserialize;
use serde_json::Value;

use crate::app::App;
use crate::catalogue::Holder;
use crate::error::{AppError, ParameterMistake};
use crate::jobs::follow::follow_to_head;
use crate::web::paging::ListQuery;
use crate::web::path::PathId;

/// What is decided about a resource, and why: `{"decision": {"kind": "hide", "reason": "…"}, "why": "…"}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CurationRequest {
    decision: DecisionRequest,
    why: String,
}

/// A [`Decision`] as it is sent: without what we write down beside it.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum DecisionRequest {
    Hide { reason: String },
    Pin {},
    Correct { field: String, value: Value },
    Lock { field: String },
    Merge { into: String },
    Split { record: RecordRequest },
}

/// A record as it is sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordRequest {
    source: String,
    identifier: String,
}

impl DecisionRequest {
    fn read(self) -> Result<Decision, AppError> {
        Ok(match self {
            Self::Hide { reason } => Decision::Hide { reason },
            Self::Pin {} => Decision::Pin,
            Self::Correct { field, value } => Decision::Correct { field, value },
            Self::Lock { field } => Decision::Lock { field, value: Value::Null },
            Self::Merge { into } => {
                let into = ResourceId::parse(&into).map_err(|error| bad("decision.into", error.to_string()))?;
                Decision::Merge { into, records: Vec::new() }
            }
            Self::Split { record: RecordRequest { source, identifier } } => {
                let source =
                    SourceId::parse(&source).map_err(|error| bad("decision.record.source", error.to_string()))?;
                Decision::Split { record: RecordId { source, identifier }, from: Vec::new() }
            }
        })
    }
}

/// Why a decision is taken back: `{"why": "…"}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UndoRequest {
    why: String,
}

pub(super) async fn curate_resource(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
    body: Result<Json<CurationRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let resource = read_id(&id)?;
    let Json(request) = body.map_err(|error| bad("body", error.body_text()))?;
    let decision = request.decision.read()?;
    let curation = app.catalogue.curate(&resource, decision, &holder.name, &request.why, app.clock.now()).await?;
    show_at_once(&app).await?;
    Ok((StatusCode::CREATED, Json(curation)).into_response())
}

pub(super) async fn undo_curation(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
    body: Result<Json<UndoRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let Json(request) = body.map_err(|error| bad("body", error.body_text()))?;
    let curation = app.catalogue.undo_curation(&id, &holder.name, &request.why, app.clock.now()).await?;
    show_at_once(&app).await?;
    Ok(Json(curation).into_response())
}

pub(super) async fn list_curations(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Response, AppError> {
    let resource = read_id(&id)?;
    let query = ListQuery::parse(raw.as_deref(), &[])?;
    app.catalogue.resource(&resource).await?.ok_or_else(|| AppError::no_such("resource", &id))?;
    let (results, total) = app.catalogue.curations_of(&resource, query.per_page, query.offset()).await?;
    Ok(query.page_of(&results, total, &format!("/admin/v1/resources/{resource}/curations")))
}

pub(super) async fn list_all_curations(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, AppError> {
    let query = ListQuery::parse(raw.as_deref(), &[])?;
    let (results, total) = app.catalogue.list_curations(query.per_page, query.offset()).await?;
    Ok(query.page_of(&results, total, "/admin/v1/curations"))
}

/// Brings the index to where the store is, so that whoever decided finds it decided.
async fn show_at_once(app: &App) -> Result<(), AppError> {
    app.log_grew.notify_waiters();
    follow_to_head(app).await?;
    Ok(())
}

fn read_id(id: &str) -> Result<ResourceId, AppError> {
    ResourceId::parse(id).map_err(|_| AppError::no_such("resource", id))
}

fn bad(parameter: &str, detail: String) -> AppError {
    AppError::BadRequest(vec![ParameterMistake::new(parameter, detail)])
}

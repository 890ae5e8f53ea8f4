//! `GET /v1/sources` and `GET /v1/sources/{id}`: every catalogue and its health, in public.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use schemas::SourceId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::catalogue::{HarvestCounts, HarvestRow};
use crate::error::AppError;
use crate::health::{PublicRun, SourceHealth, find_source, health_of, health_of_all};
use crate::web::etag;
use crate::web::links::Links;
use crate::web::path::PathId;
use crate::web::problem::Problem;
use crate::web::query::refuse_parameters;

/// The list of catalogues.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceList {
    /// The catalogues, by id.
    pub results: Vec<SourceAnswer>,
    /// How many there are.
    pub total: usize,
    /// This address.
    pub links: Links,
}

/// One catalogue and its health.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceAnswer {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Who runs it.
    pub organisation: String,
    /// Where people read it; null for a guide that is read here and nowhere else.
    pub homepage: Option<String>,
    /// The terms it is published on; null when it states none.
    pub licence: Option<String>,
    /// Whose words it speaks.
    pub nation: String,
    /// How it is read.
    pub kind: String,
    /// How often it is to be read.
    pub schedule: String,
    /// Whether it is harvested without being asked for.
    pub enabled: bool,
    /// Whether its source file is still there; the resources of one that is gone stay.
    pub present: bool,
    /// How many live resources have a record of it.
    pub resources: u64,
    /// How its last harvest went, or the one that waits for an admin; null when there was none.
    pub last_harvest: Option<HarvestAnswer>,
}

/// One harvest.
#[derive(Debug, Serialize, ToSchema)]
pub struct HarvestAnswer {
    /// Its id.
    pub id: String,
    /// What it is made of: harvest, replay, push (some records were sent) or push-all (all that there are).
    pub manner: String,
    /// running, ok, partial, held or failed.
    pub state: String,
    /// Why, when it is not simply ok.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it began, RFC 3339.
    pub started: String,
    /// When it ended, RFC 3339.
    pub finished: Option<String>,
    /// What it counted; `read` is the sum of the others.
    pub counts: CountsAnswer,
    /// How many problems it met.
    pub problems: u64,
}

/// What a harvest counted: read = created + changed + unchanged + deleted + rejected + duplicate.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the words of the sum above")]
pub struct CountsAnswer {
    pub read: u64,
    pub created: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub deleted: u64,
    pub rejected: u64,
    pub duplicate: u64,
}

/// Every catalogue and its health.
#[utoipa::path(
    get, path = "/v1/sources", tag = "Sources", operation_id = "list_sources",
    responses(
        (status = 200, description = "The catalogues", body = SourceList),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_sources(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    refuse_parameters(raw.as_deref())?;
    let results: Vec<SourceAnswer> = health_of_all(&app).await?.into_iter().map(present_source).collect();
    let links = Links { this: "/v1/sources".to_owned(), next: None, prev: None };
    tagged(&headers, &SourceList { total: results.len(), results, links })
}

/// One catalogue and its health.
#[utoipa::path(
    get, path = "/v1/sources/{id}", tag = "Sources", operation_id = "show_source",
    params(("id" = String, Path, description = "The id of the catalogue", example = "national-careers-service")),
    responses(
        (status = 200, description = "The catalogue", body = SourceAnswer),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such catalogue", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_source(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    refuse_parameters(raw.as_deref())?;
    let health = health_of(&app, find_source(&app, &id).await?).await?;
    tagged(&headers, &present_source(health))
}

/// The id of a source that there is or was.
///
/// # Errors
/// [`AppError::NotFound`] when there has never been one of this id.
pub(crate) async fn find_source_id(app: &App, id: &str) -> Result<SourceId, AppError> {
    Ok(find_source(app, id).await?.id)
}

/// A catalogue as it is shown.
fn present_source(health: SourceHealth) -> SourceAnswer {
    let homepage = health.homepage().map(ToOwned::to_owned);
    let SourceHealth { source, last_run } = health;
    SourceAnswer {
        id: source.id.to_string(),
        name: source.name,
        organisation: source.organisation,
        homepage,
        licence: source.licence,
        nation: source.nation,
        kind: source.kind,
        schedule: source.schedule,
        enabled: source.enabled,
        present: source.present,
        resources: source.resources,
        last_harvest: last_run.map(|run| present_harvest(run.into_row())),
    }
}

/// A harvest as it is shown to those who run it.
pub fn present_harvest(row: HarvestRow) -> HarvestAnswer {
    HarvestAnswer {
        id: row.id,
        manner: row.manner.name().to_owned(),
        state: row.state.name().to_owned(),
        reason: row.reason,
        started: row.started,
        finished: row.finished,
        counts: present_counts(&row.counts),
        problems: row.problems,
    }
}

/// As everybody may see it.
pub(crate) fn present_in_public(row: HarvestRow) -> HarvestAnswer {
    present_harvest(PublicRun::of(row).into_row())
}

fn present_counts(counts: &HarvestCounts) -> CountsAnswer {
    CountsAnswer {
        read: counts.read,
        created: counts.created,
        changed: counts.changed,
        unchanged: counts.unchanged,
        deleted: counts.deleted,
        rejected: counts.rejected,
        duplicate: counts.duplicate,
    }
}

/// An answer with its tag, or the word that the caller holds it already.
pub(super) fn tagged<T: Serialize>(headers: &HeaderMap, answer: &T) -> Result<Response, AppError> {
    let body = serde_json::to_string(answer).map_err(|error| AppError::Internal(error.into()))?;
    Ok(etag::answer(headers, "application/json", body))
}

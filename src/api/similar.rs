//! `GET /v1/resources/{id}/similar`: what is like a resource, and in what.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use index::SimilarHit;
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::ViewParameter;
use super::resources::{Whereabouts, locate, moved_to};
use super::search_body;
use crate::app::App;
use crate::error::AppError;
use crate::views::View;
use crate::web::caller::Caller;
use crate::web::etag;
use crate::web::links::Links;
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::problem::Problem;
use crate::web::query::{asked_view, this_hour};
use crate::web::values::Values;

/// What fits below a resource without pushing it aside.
const DEFAULT_LIMIT: usize = 6;
/// What is less alike than so many others is not alike.
const MAX_LIMIT: usize = 20;

/// What is like a resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarList {
    /// The resources, the likest first; fewer than asked for where nothing else is like it.
    pub results: Vec<SimilarAnswer>,
    /// How many are listed.
    pub total: usize,
    /// This address.
    pub links: Links,
}

/// A resource and in what it is like the one that was asked about.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarAnswer {
    /// The resource.
    #[serde(flatten)]
    #[schema(value_type = crate::api::openapi::Resource)]
    pub resource: serde_json::Value,
    /// What the two have in common, what weighs most first: `subject: Chemistry`, `title: crystal`.
    pub because: Vec<String>,
}

/// What is like a resource, and in what.
#[utoipa::path(
    get, path = "/v1/resources/{id}/similar", tag = "Search", operation_id = "list_similar",
    params(
        ("id" = String, Path, description = "The id of the resource", example = "011rmn2hc4hg4kvz"),
        ("limit" = Option<usize>, Query, description = "At most so many; 6 when left out", minimum = 1, maximum = 20, example = 3),
        ViewParameter,
    ),
    responses(
        (status = 200, description = "The resources", body = SimilarList),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 308, description = "The resource was merged into another; `Location` names what is like that"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There has never been such a resource", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "It was withdrawn; the problem says why and when", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many searches at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_similar(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let asked = AskedSimilar::read(&app, &caller, raw.as_deref())?;
    let resource_id = match locate(&app, &id).await? {
        Whereabouts::Here(entry) => entry.resource.id,
        Whereabouts::MergedInto(other) => return Ok(moved_to(&asked.address(other.as_str()))),
    };
    let this = asked.address(resource_id.as_str());
    let hour = this_hour(&app.clock);
    let tag = etag::of_index(&app, hour, &this);
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    // What is in the store and not yet in the index is like nothing for a moment.
    let view = asked.view.as_deref();
    let scope = view.map(View::scope).unwrap_or_default();
    let hits = app.similar(&resource_id, asked.limit, hour, scope).await?.unwrap_or_default();
    let results = hits.into_iter().map(|hit| present(hit, view)).collect::<serde_json::Result<Vec<_>>>();
    let results = results.map_err(|error| AppError::Internal(error.into()))?;
    let answer = SimilarList { total: results.len(), results, links: Links { this, next: None, prev: None } };
    Ok(etag::with_tag(Json(answer).into_response(), &tag))
}

/// How what is similar is asked for.
struct AskedSimilar {
    limit: usize,
    view: Option<Arc<View>>,
    /// The parameters as they were given, and the view that the key carries.
    values: Values,
}

impl AskedSimilar {
    fn read(app: &App, caller: &Caller, raw: Option<&str>) -> Result<Self, AppError> {
        let mut mistakes = Mistakes::default();
        let mut values = Values::read(raw, &["limit", "view"], &mut mistakes);
        let limit = values.number("limit", 1..=MAX_LIMIT, &mut mistakes).unwrap_or(DEFAULT_LIMIT);
        let view = asked_view(app, values.get("view"), caller.view(), &mut mistakes);
        mistakes.into_result().map_err(AppError::BadRequest)?;
        if let Some(view) = &view {
            values = values.with("view", Some(view.name().to_owned()));
        }
        Ok(Self { limit, view, values })
    }

    fn address(&self, id: &str) -> String {
        self.values.address(&format!("/v1/resources/{id}/similar"))
    }
}

fn present(hit: SimilarHit, view: Option<&View>) -> serde_json::Result<SimilarAnswer> {
    let resource = serde_json::from_str(&search_body::changed(&hit.json, &[], view)?)?;
    Ok(SimilarAnswer { resource, because: hit.because })
}

//! `GET /v1/resources/{id}/similar`: what is like a resource, and in what.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use index::SimilarHit;
use serde::Serialize;
use utoipa::ToSchema;

use super::resources::{Links, Whereabouts, locate, moved_to};
use crate::app::App;
use crate::error::AppError;
use crate::web::etag;
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::problem::Problem;
use crate::web::query::this_hour;

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
    ),
    responses(
        (status = 200, description = "The resources", body = SimilarList),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 308, description = "The resource was merged into another; `Location` names what is like that"),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There has never been such a resource", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "It was withdrawn; the problem says why and when", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many searches at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_similar(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let limit = read_limit(raw.as_deref().unwrap_or_default())?;
    let resource_id = match locate(&app, &id).await? {
        Whereabouts::Here(entry) => entry.resource.id,
        Whereabouts::MergedInto(other) => return Ok(moved_to(&address(other.as_str(), limit))),
    };
    let this = address(resource_id.as_str(), limit);
    let hour = this_hour(&app.clock);
    let tag = etag::of_index(&app, hour, &this);
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    // What is in the store and not yet in the index is like nothing for a moment.
    let hits = app.similar(&resource_id, limit, hour).await?.unwrap_or_default();
    let results = hits.into_iter().map(present).collect::<Result<Vec<SimilarAnswer>, AppError>>()?;
    let answer = SimilarList { total: results.len(), results, links: Links { this, next: None, prev: None } };
    Ok(etag::with_tag(Json(answer).into_response(), &tag))
}

fn read_limit(raw: &str) -> Result<usize, AppError> {
    let mut limit = None;
    let mut mistakes = Mistakes::default();
    for (name, value) in mistakes.pairs(raw) {
        match (name.as_ref(), value.trim()) {
            ("limit", "") => {}
            ("limit", _) if limit.is_some() => mistakes.add("limit", "given more than once"),
            ("limit", value) => {
                let number = value.parse::<usize>().ok().filter(|number| (1..=MAX_LIMIT).contains(number));
                if number.is_none() {
                    mistakes.add("limit", format!("a whole number from 1 to {MAX_LIMIT} is needed"));
                }
                limit = number.or(limit);
            }
            (other, _) => mistakes.add(other, "unknown parameter; allowed: limit"),
        }
        if mistakes.is_full() {
            break;
        }
    }
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(limit.unwrap_or(DEFAULT_LIMIT))
}

fn address(id: &str, limit: usize) -> String {
    if limit == DEFAULT_LIMIT {
        return format!("/v1/resources/{id}/similar");
    }
    format!("/v1/resources/{id}/similar?limit={limit}")
}

fn present(hit: SimilarHit) -> Result<SimilarAnswer, AppError> {
    let resource = serde_json::from_str(&hit.json).map_err(|error| AppError::Internal(error.into()))?;
    Ok(SimilarAnswer { resource, because: hit.because })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_from_1_to_20_and_6_when_left_out() {
        for (raw, expected) in [("", 6), ("limit=", 6), ("limit=1", 1), ("limit=20", 20)] {
            assert_eq!(read_limit(raw).unwrap(), expected, "{raw}");
        }
        for raw in ["limit=0", "limit=21", "limit=-1", "limit=x", "limit=2&limit=3", "limits=3"] {
            assert!(matches!(read_limit(raw), Err(AppError::BadRequest(_))), "{raw}");
        }
    }

    #[test]
    fn an_address_names_only_another_limit_than_the_usual_one() {
        assert_eq!(address("a", 6), "/v1/resources/a/similar");
        assert_eq!(address("a", 3), "/v1/resources/a/similar?limit=3");
    }
}

//! `GET /v1/resources` and `GET /v1/resources/{id}`.

use std::sync::{Arc, LazyLock};

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemas::{Assertion, Method, ResourceId, json_ld};
use serde::Serialize;
use utoipa::ToSchema;

use super::search_answer::SearchAnswer;
use super::search_body;
use crate::app::App;
use crate::catalogue::ResourceState;
use crate::error::AppError;
use crate::web::answers::{Answer, Key};
use crate::web::etag;
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::problem::Problem;
use crate::web::query::SearchQuery;

/// This page and its neighbours; addresses relative to the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct Links {
    /// This page.
    #[serde(rename = "self")]
    pub this: String,
    /// The next page, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The page before, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
}

/// One resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceAnswer {
    /// The resource, or its JSON-LD.
    #[serde(flatten)]
    #[schema(value_type = crate::api::openapi::Resource)]
    pub resource: serde_json::Value,
    /// With `include=assertions`: where each value comes from, field by field; those that stand in the resource first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assertions: Option<Vec<AssertionAnswer>>,
}

/// One value of one field, and where it comes from.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssertionAnswer {
    /// The field, as it is named in a resource.
    pub field: String,
    /// The value, of a list one of its values: the id of a concept, or what else stands in a resource. Null where an
    /// admin took the value away.
    pub value: serde_json::Value,
    /// How it came to be: `stated` by the source, `mapped` from its words or ages, `inferred` by us from its text, or
    /// `curated` by an admin.
    #[schema(value_type = String)]
    pub method: Method,
    /// How sure it is, from 0 to 1.
    pub confidence: f32,
    /// The source that says so; null for what an admin decided and for an address that its page has moved to.
    pub source: Option<String>,
    /// That source's own identifier of the record that says so.
    pub identifier: Option<String>,
    /// The words it rests on: those of the source, or the reason that an admin gave.
    pub evidence: Option<String>,
    /// Since when that has been said, RFC 3339.
    pub since: String,
    /// Whether the value stands in the resource.
    pub used: bool,
    /// Why it does not, or why it does where another value was there as well.
    pub reason: Option<String>,
}

impl From<Assertion> for AssertionAnswer {
    fn from(assertion: Assertion) -> Self {
        Self {
            field: assertion.field,
            value: assertion.value,
            method: assertion.method,
            confidence: assertion.confidence.value(),
            source: assertion.source.map(String::from),
            identifier: assertion.identifier,
            evidence: assertion.evidence,
            since: assertion.since,
            used: assertion.used,
            reason: assertion.reason,
        }
    }
}

/// The names of the fields of a resource, for `fields=`.
pub fn field_names() -> &'static [String] {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let schema = schemas::json_schema::schema_of_resource();
        schema["properties"].as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
    });
    &NAMES
}

/// Search: words, filters, exact facet counts.
#[utoipa::path(
    get, path = "/v1/resources", tag = "Search", operation_id = "search_resources",
    params(crate::api::openapi::SearchParameters),
    responses(
        (status = 200, description = "The resources that were found", body = SearchAnswer),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many searches at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn search_resources(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let key = Key::new(&app, raw.unwrap_or_default());
    if let Some(answer) = app.answers.get(&key) {
        return Ok(answer.to_response(&headers));
    }
    let query = SearchQuery::parse(key.raw(), &app).map_err(AppError::BadRequest)?;
    let tag = etag::of_index(&app, query.request.now, &query.cache_key());
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let results = app.search(query.request.clone()).await?;
    let links = search_body::links(&query, &results);
    let body = search_body::write(&query, &results, &links, &app.source_names())
        .map_err(|error| AppError::Internal(error.into()))?;
    let answer = Arc::new(Answer::json(body, tag, search_headers(&links, results.position)));
    app.answers.keep(key, &answer);
    Ok(answer.to_response(&headers))
}

fn search_headers(links: &Links, position: u64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::LINK, link_header(links));
    headers.insert(HeaderName::from_static("index-seq"), HeaderValue::from(position));
    headers
}

/// Proxies refuse an answer whose headers are much larger.
const MAX_LINK_BYTES: usize = 2 << 10;
const CONTEXT_LINK: &str =
    "</v1/context.jsonld>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"";

/// The neighbours of a page, where they are not too long, and the context. Source: RFC 8288.
fn link_header(links: &Links) -> HeaderValue {
    let mut parts = Vec::new();
    for (relation, link) in [("next", &links.next), ("prev", &links.prev)] {
        if let Some(link) = link {
            parts.push(format!("<{link}>; rel=\"{relation}\""));
        }
    }
    parts.push(CONTEXT_LINK.to_owned());
    let whole = parts.join(", ");
    let value = HeaderValue::from_str(&whole).ok().filter(|value| value.len() <= MAX_LINK_BYTES);
    value.unwrap_or(HeaderValue::from_static(CONTEXT_LINK))
}

/// One resource; `Accept: application/ld+json` gives schema.org JSON-LD.
#[utoipa::path(
    get, path = "/v1/resources/{id}", tag = "Search", operation_id = "show_resource",
    params(
        ("id" = String, Path, description = "The id of the resource"),
        ("include" = Option<String>, Query, description = "`assertions`: which source says each value, how, from which words and since when, and what lost and why"),
    ),
    responses(
        (status = 200, description = "The resource", body = ResourceAnswer),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 308, description = "It was merged into another; `Location` names that"),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There has never been such a resource", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "It was withdrawn; the problem says why and when", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_resource(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let with_assertions = read_include(raw.as_deref().unwrap_or_default())?;
    let entry = match locate(&app, &id).await? {
        Whereabouts::Here(entry) => entry,
        Whereabouts::MergedInto(other) => return Ok(moved_to(&format!("/v1/resources/{other}"))),
    };
    let resource_id = &entry.resource.id;
    let wants_json_ld = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/ld+json"));
    let resource = if wants_json_ld {
        let address = format!("{}/resources/{resource_id}", app.public_url());
        json_ld::to_json_ld(&entry.resource, &address, app.vocabularies)
    } else {
        serde_json::to_value(&entry.resource).map_err(|error| AppError::Internal(error.into()))?
    };
    let assertions = if with_assertions {
        let assertions = app.catalogue.assertions_of(resource_id).await?;
        Some(assertions.into_iter().map(AssertionAnswer::from).collect())
    } else {
        None
    };
    let answer = ResourceAnswer { resource, assertions };
    let body = serde_json::to_string(&answer).map_err(|error| AppError::Internal(error.into()))?;
    let tag = etag::of_parts(&[&body]);
    let mut response = if etag::is_held(&headers, &tag) {
        etag::not_modified(&tag)
    } else {
        let kind = if wants_json_ld { "application/ld+json" } else { "application/json" };
        etag::with_tag(([(header::CONTENT_TYPE, kind)], body).into_response(), &tag)
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

fn read_include(raw: &str) -> Result<bool, AppError> {
    let mut with_assertions = false;
    let mut mistakes = Mistakes::default();
    for (name, value) in mistakes.pairs(raw) {
        match (name.as_ref(), value.as_ref()) {
            ("include", "assertions") if with_assertions => mistakes.add("include", "given more than once"),
            ("include", "assertions") => with_assertions = true,
            ("include", "") => {}
            ("include", _) => mistakes.add("include", "allowed: assertions"),
            (other, _) => mistakes.add(other, "unknown parameter; allowed: include"),
        }
        if mistakes.is_full() {
            break;
        }
    }
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(with_assertions)
}

/// Where the resource of an address is.
pub(super) enum Whereabouts {
    /// Here.
    Here(Box<index::Entry>),
    /// It was merged into this one; see [`moved_to`].
    MergedInto(ResourceId),
}

/// Where the resource is that the address of a call names.
///
/// # Errors
/// [`AppError::NotFound`] when there has never been one of this id, [`AppError::Gone`] when it was withdrawn.
pub(super) async fn locate(app: &App, id: &str) -> Result<Whereabouts, AppError> {
    let unknown = || AppError::no_such("resource", id);
    let resource_id = ResourceId::parse(id).map_err(|_| unknown())?;
    match app.catalogue.resource(&resource_id).await?.ok_or_else(unknown)? {
        ResourceState::Live(entry) => Ok(Whereabouts::Here(entry)),
        ResourceState::Withdrawn { reason, at } => Err(AppError::Gone { id: id.to_owned(), reason, at }),
        ResourceState::Merged { into } => Ok(Whereabouts::MergedInto(into)),
    }
}

/// Another address for ever. The path holds an id of ours only, so it is a header value.
pub(super) fn moved_to(path: &str) -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, path.to_owned())]).into_response()
}

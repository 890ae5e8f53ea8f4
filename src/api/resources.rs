//! `GET /v1/resources` and `GET /v1/resources/{id}`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemas::{Assertion, Method, Resource, ResourceId, json_ld};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::openapi::{one_of, parameter};
use super::search_answer::SearchAnswer;
use super::search_body;
use crate::app::App;
use crate::catalogue::ResourceState;
use crate::error::AppError;
use crate::web::answers::{Answer, CountedSearch, Key};
use crate::web::caller::Caller;
use crate::web::etag;
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::problem::Problem;
use crate::web::query::SearchQuery;
use crate::web::values::Values;

pub use crate::web::links::{Links, field_names};

/// One resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceAnswer {
    /// The resource.
    #[serde(flatten)]
    #[schema(value_type = crate::api::openapi::Resource)]
    pub resource: serde_json::Value,
    /// With `include=assertions`: where each value comes from, field by field; those that stand in the resource first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<AssertionAnswer>)]
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
    #[schema(required = true)]
    pub source: Option<String>,
    /// That source's own identifier of the record that says so.
    #[schema(required = true)]
    pub identifier: Option<String>,
    /// The words it rests on: those of the source, or the reason that an admin gave.
    #[schema(required = true)]
    pub evidence: Option<String>,
    /// Since when that has been said, RFC 3339.
    pub since: String,
    /// Whether the value stands in the resource.
    pub used: bool,
    /// Why it does not, or why it does where another value was there as well.
    #[schema(required = true)]
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
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let view = caller.view();
    let key = Key::new(&app, "/v1/resources", raw.unwrap_or_default(), view);
    if let Some(answer) = app.answers.get(&key) {
        answer.counted().count(&app);
        return Ok(answer.to_response(&headers));
    }
    let query = SearchQuery::parse_through(key.raw(), &app, view).map_err(AppError::BadRequest)?;
    let tag = etag::of_index(&app, query.request.now, &query.cache_key());
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let results = app.search(query.request.clone()).await?;
    let links = search_body::links(&query, &results);
    let body = search_body::write(&query, &results, &links, &app.source_names())
        .map_err(|error| AppError::Internal(error.into()))?;
    let counted = CountedSearch::of(&query, &results);
    counted.count(&app);
    let answer =
        Arc::new(Answer::new(body, "application/json", tag, search_headers(&links, results.position), counted));
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
pub(super) const MAX_LINK_BYTES: usize = 2 << 10;
/// Where the context is.
const CONTEXT_PATH: &str = "/v1/context.jsonld";
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

/// The parameters of one resource.
pub struct ResourceParameters;

impl utoipa::IntoParams for ResourceParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let include = "`assertions`: which source says each value, how, from which words and since when, and what lost \
                       and why. Only with `format=json`.";
        let format = "The form of the answer, before what `Accept` asks for: `json`, or `jsonld` for schema.org \
                      `LearningResource` under our context.";
        vec![
            parameter("include", include, one_of(&["assertions"]), "assertions"),
            parameter("format", format, one_of(&["json", "jsonld"]), "json"),
        ]
    }
}

/// One resource; `format=jsonld`, or `Accept: application/ld+json`, gives schema.org JSON-LD.
#[utoipa::path(
    get, path = "/v1/resources/{id}", tag = "Search", operation_id = "show_resource",
    params(
        ("id" = String, Path, description = "The id of the resource", example = "011rmn2hc4hg4kvz"),
        ResourceParameters,
    ),
    responses(
        (status = 200, description = "The resource", content((ResourceAnswer = "application/json"), (Object = "application/ld+json"))),
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
    let asked = AskedResource::read(raw.as_deref(), &headers)?;
    let entry = match locate(&app, &id).await? {
        Whereabouts::Here(entry) => entry,
        Whereabouts::MergedInto(other) => {
            return Ok(moved_to(&asked.values.address(&format!("/v1/resources/{other}"))));
        }
    };
    let body = if asked.is_json_ld {
        let context = format!("{}{CONTEXT_PATH}", app.public_url());
        json_ld::to_json_ld(&entry.resource, app.public_url(), &context, app.vocabularies).to_string()
    } else {
        resource_body(&app, &entry.resource, asked.with_assertions).await?
    };
    let mut response = etag::answer(&headers, media_type(asked.is_json_ld), body);
    if !asked.is_json_ld {
        response.headers_mut().append(header::LINK, HeaderValue::from_static(CONTEXT_LINK));
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// A resource as it is stored and searched, number for number; what is asked for beside it is written behind its last
/// field. [`ResourceAnswer`] is the shape.
async fn resource_body(app: &App, resource: &Resource, with_assertions: bool) -> Result<String, AppError> {
    let mut body = serde_json::to_string(resource).map_err(|error| AppError::Internal(error.into()))?;
    if with_assertions {
        let assertions = app.store()?.assertions_of(&resource.id).await?;
        let assertions: Vec<AssertionAnswer> = assertions.into_iter().map(AssertionAnswer::from).collect();
        let assertions = serde_json::to_string(&assertions).map_err(|error| AppError::Internal(error.into()))?;
        body.pop();
        body.push_str(",\"assertions\":");
        body.push_str(&assertions);
        body.push('}');
    }
    Ok(body)
}

/// How one resource was asked for.
struct AskedResource {
    is_json_ld: bool,
    with_assertions: bool,
    /// The parameters as they were given.
    values: Values,
}

impl AskedResource {
    fn read(raw: Option<&str>, headers: &HeaderMap) -> Result<Self, AppError> {
        let mut mistakes = Mistakes::default();
        let values = Values::read(raw, &["include", "format"], &mut mistakes);
        let with_assertions = values.one_of("include", &["assertions"], &mut mistakes).is_some();
        let format = values.one_of("format", &["json", "jsonld"], &mut mistakes);
        let is_json_ld = format.map_or_else(|| prefers_json_ld(headers), |format| format == "jsonld");
        if is_json_ld && with_assertions {
            mistakes.add("include", "assertions have no form in JSON-LD; ask for `format=json` beside it");
        }
        mistakes.into_result().map_err(AppError::BadRequest)?;
        Ok(Self { is_json_ld, with_assertions, values })
    }
}

/// The media type of an answer that comes as JSON or as JSON-LD.
pub(super) fn media_type(is_json_ld: bool) -> &'static str {
    if is_json_ld { "application/ld+json" } else { "application/json" }
}

/// Whether a caller would rather have JSON-LD than our own JSON. Source: RFC 9110, 12.5.1.
///
/// JSON-LD must be named for that: who takes anything gets our own.
pub(super) fn prefers_json_ld(headers: &HeaderMap) -> bool {
    let mut wish_for_json_ld = 0.0;
    let mut wish_for_json = 0.0;
    for value in headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()) {
        for range in value.split(',') {
            let (media_type, wish) = read_range(range);
            if media_type.eq_ignore_ascii_case("application/ld+json") {
                wish_for_json_ld = wish;
            } else if media_type.eq_ignore_ascii_case("application/json") {
                wish_for_json = wish;
            }
        }
    }
    wish_for_json_ld > 0.0 && wish_for_json_ld >= wish_for_json
}

/// A media range and how much it is wished for, 1 where it does not say. Source: RFC 9110, 12.4.2.
fn read_range(range: &str) -> (&str, f32) {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    (media_type, quality.and_then(|quality| quality.parse().ok()).unwrap_or(1.0))
}

/// Where the resource of an address is.
pub(crate) enum Whereabouts {
    /// Here.
    Here(Box<index::Entry>),
    /// It was merged into this one; see [`moved_to`].
    MergedInto(ResourceId),
}

/// Where the resource is that the address of a call names.
///
/// # Errors
/// [`AppError::NotFound`] when there has never been one of this id, [`AppError::Gone`] when it was withdrawn.
pub(crate) async fn locate(app: &App, id: &str) -> Result<Whereabouts, AppError> {
    let unknown = || AppError::no_such("resource", id);
    let resource_id = ResourceId::parse(id).map_err(|_| unknown())?;
    match app.resource_state(&resource_id).await?.ok_or_else(unknown)? {
        ResourceState::Live(entry) => Ok(Whereabouts::Here(entry)),
        ResourceState::Withdrawn { reason, at } => Err(AppError::Gone { id: id.to_owned(), reason, at }),
        ResourceState::Merged { into } => Ok(Whereabouts::MergedInto(into)),
    }
}

/// For so long another address is taken for the right one without asking: a merge can be undone.
const MOVED_CACHE_CONTROL: &str = "public, max-age=60";

/// Another address, until the merge is undone. It holds an id of ours and what is escaped, so it is a header value.
pub(super) fn moved_to(address: &str) -> Response {
    let headers = [(header::LOCATION, address), (header::CACHE_CONTROL, MOVED_CACHE_CONTROL)];
    (StatusCode::PERMANENT_REDIRECT, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_ld_is_given_to_who_names_it_and_wants_it_no_less() {
        for (accept, expected) in [
            ("", false),
            ("*/*", false),
            ("application/json", false),
            ("application/ld+json", true),
            ("Application/LD+JSON; q=0.5, */*", true),
            ("application/json, application/ld+json", true),
            ("application/ld+json;q=0.3, application/json;q=0.9", false),
            ("application/ld+json;q=0", false),
            ("application/ld+json-not", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
            assert_eq!(prefers_json_ld(&headers), expected, "{accept}");
        }
    }

    #[test]
    fn a_format_goes_before_what_is_accepted_and_assertions_have_only_one() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/ld+json"));
        let read =
            |raw: &str, headers: &HeaderMap| AskedResource::read(Some(raw), headers).map(|asked| asked.is_json_ld);
        assert!(read("", &headers).unwrap());
        assert!(!read("format=json&include=assertions", &headers).unwrap());
        assert!(read("format=jsonld", &HeaderMap::new()).unwrap());
        for raw in ["include=assertions", "format=jsonld&include=assertions", "format=xml", "formats=json"] {
            assert!(matches!(read(raw, &headers), Err(AppError::BadRequest(told)) if told.len() == 1), "{raw}");
        }
    }
}

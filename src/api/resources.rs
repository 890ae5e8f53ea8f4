//! `GET /v1/resources` and `GET /v1/resources/{id}`.

use std::sync::LazyLock;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use index::{Facet, FacetCounts, Hit, SearchResults};
use schemas::{Assertion, Method, ResourceId, json_ld};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::app::App;
use crate::catalogue::ResourceState;
use crate::error::AppError;
use crate::web::etag;
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::problem::Problem;
use crate::web::query::{MAX_RESULTS, SearchQuery};

/// The answer to a search. Later versions only add to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    /// How many resources were found.
    pub total: u64,
    /// This page, from 1.
    pub page: usize,
    /// Results on a page.
    pub per_page: usize,
    /// The resources of this page, with `highlights` when asked for, and `unstated`: what was understood of the words
    /// but is not said of this resource.
    #[schema(value_type = Vec<crate::api::openapi::ResourceResult>)]
    pub results: Vec<Box<RawValue>>,
    /// Counts by facet; every count is the number of results that a click on it gives.
    #[schema(value_type = std::collections::HashMap<String, FacetAnswer>)]
    pub facets: serde_json::Map<String, serde_json::Value>,
    /// What was understood of the typed words.
    pub interpretation: InterpretationAnswer,
    /// Another spelling, when it would find more; not given yet.
    pub suggestion: Option<String>,
    /// Looser searches, when little is found; empty for now.
    pub looser: Vec<String>,
    /// This page and its neighbours.
    pub links: Links,
    /// The index that answered.
    pub index: IndexAnswer,
}

/// One facet.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetAnswer {
    /// Its values, the most frequent first.
    pub values: Vec<FacetValueAnswer>,
    /// How many further values there are.
    pub more: u64,
    /// How many results state no value; `_none` asks for them.
    pub not_stated: u64,
}

/// One value of a facet.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetValueAnswer {
    /// The value as a parameter takes it.
    pub id: String,
    /// The value as people read it.
    pub label: String,
    /// How many results a click on it gives.
    pub count: u64,
    /// How many of them have it inferred rather than stated.
    pub inferred: u64,
    /// Whether it is selected.
    pub selected: bool,
}

/// What was understood of the typed words.
#[derive(Debug, Serialize, ToSchema)]
pub struct InterpretationAnswer {
    /// What is left and searched as text.
    pub text: String,
    /// The concepts that were recognised.
    pub filters: Vec<InterpretedAnswer>,
}

/// A recognised concept.
#[derive(Debug, Serialize, ToSchema)]
pub struct InterpretedAnswer {
    /// Its facet.
    pub facet: String,
    /// The concept.
    pub id: String,
    /// Its label.
    pub label: String,
    /// The words that named it.
    pub matched: String,
}

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

/// The index that answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndexAnswer {
    /// Its generation; a rebuild makes the next.
    pub generation: u64,
    /// The change of the log up to which it has followed.
    pub seq: u64,
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
    let query = SearchQuery::parse(raw.as_deref().unwrap_or_default(), &app).map_err(AppError::BadRequest)?;
    let tag = etag::of_index(&app, query.request.now, &query.cache_key());
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let results = app.search(query.request.clone()).await?;
    let answer = present_search(&app, &query, &results);
    let mut response = Json(&answer).into_response();
    set_link_header(&mut response, &answer.links);
    if let Ok(value) = HeaderValue::from_str(&answer.index.seq.to_string()) {
        response.headers_mut().insert("index-seq", value);
    }
    Ok(etag::with_tag(response, &tag))
}

fn present_search(app: &App, query: &SearchQuery, results: &SearchResults) -> SearchAnswer {
    let names = app.source_names();
    let mut facets = serde_json::Map::new();
    for counts in &results.facets {
        let answer = present_facet(counts, &names);
        facets.insert(counts.facet.name().to_owned(), serde_json::json!(answer));
    }
    let filters = results.interpretation.filters.iter().map(|filter| InterpretedAnswer {
        facet: filter.facet.name().to_owned(),
        id: filter.id.clone(),
        label: filter.label.clone(),
        matched: filter.matched.clone(),
    });
    // A page that would reach past the limit is refused, so none is named.
    let last_page = results.total.div_ceil(query.per_page as u64).min((MAX_RESULTS / query.per_page) as u64);
    let link = |page: usize| format!("/v1/resources{}", query.with_page(page).trim_start_matches('/'));
    SearchAnswer {
        total: results.total,
        page: query.page,
        per_page: query.per_page,
        results: results.hits.iter().map(|hit| present_hit(hit, query)).collect(),
        facets,
        interpretation: InterpretationAnswer { text: results.interpretation.text.clone(), filters: filters.collect() },
        suggestion: None,
        looser: Vec::new(),
        links: Links {
            this: link(query.page),
            next: ((query.page as u64) < last_page).then(|| link(query.page + 1)),
            prev: (query.page > 1).then(|| link(query.page - 1)),
        },
        index: IndexAnswer { generation: results.generation, seq: results.position },
    }
}

/// A facet as it is shown; sources by their names.
pub fn present_facet(counts: &FacetCounts, source_names: &std::collections::BTreeMap<String, String>) -> FacetAnswer {
    let values = counts.values.iter().map(|value| FacetValueAnswer {
        id: value.id.clone(),
        label: match counts.facet {
            Facet::Source => source_names.get(&value.id).unwrap_or(&value.label).clone(),
            _ => value.label.clone(),
        },
        count: value.count,
        inferred: value.inferred,
        selected: value.selected,
    });
    FacetAnswer { values: values.collect(), more: counts.more, not_stated: counts.not_stated }
}

/// A stored resource is JSON already: what a search adds is written behind its last field.
fn present_hit(hit: &Hit, query: &SearchQuery) -> Box<RawValue> {
    let mut extra = String::new();
    if let Some(highlights) = &hit.highlights {
        let marked = serde_json::json!({ "title": highlights.title, "description": highlights.description });
        extra.push_str(",\"highlights\":");
        extra.push_str(&marked.to_string());
    }
    let unstated: Vec<&str> = hit.unstated.iter().map(|facet| facet.name()).collect();
    if !unstated.is_empty() {
        extra.push_str(",\"unstated\":");
        extra.push_str(&serde_json::json!(unstated).to_string());
    }
    let body = if query.fields.is_empty() { hit.json.clone() } else { only_fields(&hit.json, &query.fields) };
    let json = match body.strip_suffix('}') {
        Some(open) if !extra.is_empty() => format!("{}{}}}", open, if open == "{" { &extra[1..] } else { &extra }),
        _ => body,
    };
    RawValue::from_string(json).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// The resource with these fields alone; its id always stays.
fn only_fields(json: &str, fields: &[String]) -> String {
    let mut value: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| name == "id" || fields.contains(name));
    }
    value.to_string()
}

/// Proxies refuse an answer whose headers are much larger.
const MAX_LINK_BYTES: usize = 2 << 10;
const CONTEXT_LINK: &str =
    "</v1/context.jsonld>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"";

/// The neighbours of a page, where they are not too long, and the context. Source: RFC 8288.
fn set_link_header(response: &mut Response, links: &Links) {
    let mut parts = Vec::new();
    for (relation, link) in [("next", &links.next), ("prev", &links.prev)] {
        if let Some(link) = link {
            parts.push(format!("<{link}>; rel=\"{relation}\""));
        }
    }
    parts.push(CONTEXT_LINK.to_owned());
    let whole = parts.join(", ");
    let value = if whole.len() > MAX_LINK_BYTES { CONTEXT_LINK } else { whole.as_str() };
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(header::LINK, value);
    }
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
    let unknown = || AppError::no_such("resource", &id);
    let resource_id = ResourceId::parse(&id).map_err(|_| unknown())?;
    let entry = match app.catalogue.resource(&resource_id).await?.ok_or_else(unknown)? {
        ResourceState::Live(entry) => entry,
        ResourceState::Withdrawn { reason, at } => return Err(AppError::Gone { id, reason, at }),
        ResourceState::Merged { into } => return Ok(moved_to(&format!("/v1/resources/{into}"))),
    };
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
        let assertions = app.catalogue.assertions_of(&resource_id).await?;
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

/// Another address for ever. The path holds an id of ours only, so it is a header value.
fn moved_to(path: &str) -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, path.to_owned())]).into_response()
}

//! The OpenAPI 3.1 document, made from the handlers themselves, and its reader at `/docs`.

use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use index::Facet;
use schemas::{LinkState, json_schema};
use serde_json::{Value, json};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, RefOr, Required};
use utoipa::{IntoParams, ToSchema};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;
use crate::error::AppError;
use crate::web::etag;
use crate::web::problem::Problem;
use crate::web::query::{
    DEFAULT_PER_PAGE, MAX_FACET_QUERY_CHARACTERS, MAX_FACET_VALUES, MAX_PER_PAGE, MAX_QUERY_CHARACTERS, MAX_VALUES,
    refuse_parameters,
};

/// What stands at the head of the document.
pub fn head() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Signpost")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The open catalogue of STEM careers resources for UK schools. No key is needed, any site may call it. \
             Errors are RFC 9457 problem documents; an unknown parameter is an error, not silence.",
        ))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").build()))
        .contact(Some(ContactBuilder::new().name(Some("Signpost")).build()))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// A resource; its schema is the one that the types in `schemas/` generate.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its name stands in the document; its schema is put in from schemas/")]
pub struct Resource {
    id: String,
}

/// A resource as a search gives it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its name stands in the document; its schema is put in from schemas/")]
pub struct ResourceResult {
    id: String,
}

/// The parameters of a search: those every search has, and one for each facet.
pub struct SearchParameters;

impl IntoParams for SearchParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = narrowing_parameters().into_iter().chain(showing_parameters()).collect();
        for facet in Facet::ALL {
            let about = format!(
                "Only these values, repeated or separated by commas, at most {MAX_VALUES}; `_none` for what states none. {}",
                match facet {
                    Facet::Controlled(field) => format!("Concepts of `/v1/vocabularies/{}`.", field.name()),
                    Facet::Source => "Ids of `/v1/sources`.".to_owned(),
                    Facet::Publisher => "The publisher's name as it is given; not split at commas.".to_owned(),
                    Facet::Link => format!("One of: {}.", LinkState::ALL.map(LinkState::name).join(", ")),
                }
            );
            parameters.push(parameter(facet.name(), &about, text()));
        }
        parameters
    }
}

/// What is searched, but for the facets.
fn narrowing_parameters() -> [Parameter; 9] {
    let date = "A day, such as 2026-09-01.";
    let switch = || one_of(&["on", "off"]);
    [
        parameter("q", "Words to search for.", text().max_length(Some(MAX_QUERY_CHARACTERS))),
        parameter("age", "An age (`13`) or a half-open range of ages (`11-14`).", text()),
        parameter("duration_max", "At most so many minutes.", number().minimum(Some(0.0))),
        parameter("published_after", date, text()),
        parameter("updated_after", "A day or an RFC 3339 time; what we changed since then.", text()),
        parameter("starts_after", "A day; also brings what is over.", text()),
        parameter("deadline_before", date, text()),
        parameter("interpret", "`off` searches the literal words.", switch()),
        parameter("inferred", "`off` filters and counts by what sources state alone.", switch()),
    ]
}

/// Which part of the results is wanted, in which order, and how it is shown.
fn showing_parameters() -> [Parameter; 10] {
    let switch = || one_of(&["on", "off"]);
    let up_to =
        |most: usize| number().minimum(Some(1.0)).maximum(Some(f64::from(u32::try_from(most).unwrap_or(u32::MAX))));
    let per_page = format!("Results on a page; {DEFAULT_PER_PAGE} when left out.");
    let facets = "Which facets to count: all when left out, `none`, or names separated by commas.";
    [
        parameter("sort", "The order of results.", one_of(&["relevance", "newest", "title"])),
        parameter("page", "The page, from 1, to 10,000 results.", number().minimum(Some(1.0))),
        parameter("per_page", &per_page, up_to(MAX_PER_PAGE)),
        parameter(
            "cursor",
            "`*` begins a walk through all results, to any depth; each answer's `next` link goes on with it. What has \
             not changed comes exactly once, however the catalogue changes meanwhile. Not together with `page`.",
            text(),
        ),
        parameter("facets", facets, text()),
        parameter(
            "facet_q",
            "Lists only values of facets with words that begin like these; changes no count.",
            text().max_length(Some(MAX_FACET_QUERY_CHARACTERS)),
        ),
        parameter(
            "facet_limit",
            "At most so many values of a facet; selected ones come beyond.",
            up_to(MAX_FACET_VALUES),
        ),
        parameter("fields", "Which fields of a resource to give, separated by commas; all when left out.", text()),
        parameter("highlight", "`on` marks the words found, as HTML with `<mark>`.", switch()),
        parameter("explain", "`on` says of each result what its score is made of.", switch()),
    ]
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer)
}

fn one_of(values: &[&str]) -> ObjectBuilder {
    text().enum_values(Some(values.iter().map(|value| (*value).to_owned())))
}

fn parameter(name: &str, description: &str, schema: ObjectBuilder) -> Parameter {
    let schema: RefOr<Schema> = schema.build().into();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

/// The document as it is served: the handlers' own, with the schemas of `schemas/` put in.
pub fn document(handlers: &OpenApi) -> Value {
    let mut document = serde_json::to_value(handlers).expect("an OpenAPI document has string keys only");
    let mut resource = json_schema::schema_of_resource();
    let mut definitions = resource.as_object_mut().and_then(|schema| schema.remove("$defs")).unwrap_or_default();
    if let Some(schema) = resource.as_object_mut() {
        schema.remove("$schema");
        schema.remove("title");
    }
    point_to_components(&mut resource);
    point_to_components(&mut definitions);
    let result = json!({
        "description": "A resource as a search gives it; with `fields`, only those and its id.",
        "type": "object",
        "properties": {
            "id": { "type": "string" },
            "highlights": { "type": "object", "description": "Escaped HTML with the words found in <mark>.",
                "properties": { "title": { "type": ["string", "null"] }, "description": { "type": ["string", "null"] } } },
            "unstated": { "type": "array", "items": { "type": "string" },
                "description": "Facets that were understood of the words but are not stated of this resource." },
            "pinned": { "type": "boolean", "description": "True where an editor put it first for these words." },
            "score": { "type": "number", "description": "With `explain`; comparable within one answer only." },
            "explanation": { "type": "array", "description": "With `explain`: parts that add up to the score.",
                "items": { "type": "object", "required": ["what", "score"], "properties": {
                    "what": { "type": "string" }, "score": { "type": "number" } } } }
        },
        "required": ["id"],
        "additionalProperties": true
    });
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.insert("Resource".to_owned(), resource);
        schemas.insert("ResourceResult".to_owned(), result);
        for (name, schema) in definitions.as_object().cloned().unwrap_or_default() {
            schemas.insert(name, schema);
        }
    }
    document
}

/// `#/$defs/X` of a JSON Schema is `#/components/schemas/X` of an OpenAPI document.
fn point_to_components(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object.iter_mut() {
                match inner {
                    Value::String(text) if key == "$ref" => {
                        *text = text.replace("#/$defs/", "#/components/schemas/");
                    }
                    other => point_to_components(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(point_to_components),
        _ => {}
    }
}

/// `GET /v1/openapi.json`.
pub fn document_route(handlers: &OpenApi) -> Router<App> {
    let document = Arc::new(FixedDocument::new("application/json", &document(handlers)));
    let serve = move |RawQuery(raw): RawQuery, headers: HeaderMap| {
        let document = Arc::clone(&document);
        async move { document.answer(raw.as_deref(), &headers) }
    };
    Router::new().route("/v1/openapi.json", get(serve))
}

/// A document that stays as it is while the program runs, ready to be sent.
struct FixedDocument {
    media_type: &'static str,
    body: Bytes,
    tag: String,
}

impl FixedDocument {
    fn new(media_type: &'static str, document: &Value) -> Self {
        let text = document.to_string();
        let tag = etag::of_parts(&[&text]);
        Self { media_type, body: text.into(), tag }
    }

    fn answer(&self, raw: Option<&str>, headers: &HeaderMap) -> Result<Response, AppError> {
        refuse_parameters(raw)?;
        if etag::is_held(headers, &self.tag) {
            return Ok(etag::not_modified(&self.tag));
        }
        let response = ([(header::CONTENT_TYPE, self.media_type)], self.body.clone()).into_response();
        Ok(etag::with_tag(response, &self.tag))
    }
}

/// The reader of the document at `/docs`, whose files are inside the binary.
pub fn reader() -> Router<App> {
    let config = Config::from("/v1/openapi.json").validator_url("none").try_it_out_enabled(true);
    SwaggerUi::new("/docs").config(config).into()
}

/// What this service is.
#[utoipa::path(
    get, path = "/v1", tag = "About", operation_id = "show_version",
    responses(
        (status = 200, description = "Name, version and where to read more", body = Object),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_version(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Json<Value>, AppError> {
    refuse_parameters(raw.as_deref())?;
    Ok(Json(json!({ "name": "Signpost", "version": env!("CARGO_PKG_VERSION"), "api": "v1", "docs": "/docs",
        "openapi": "/v1/openapi.json", "resources": app.index.resource_count(),
        "index": { "generation": app.index.generation(), "seq": app.index.position() } })))
}

/// The context under which a resource is JSON-LD.
#[utoipa::path(
    get, path = "/v1/context.jsonld", tag = "About", operation_id = "show_context",
    responses(
        (status = 200, description = "The JSON-LD context", body = Object, content_type = "application/ld+json"),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_context(RawQuery(raw): RawQuery, headers: HeaderMap) -> Result<Response, AppError> {
    static CONTEXT: LazyLock<FixedDocument> =
        LazyLock::new(|| FixedDocument::new("application/ld+json", &schemas::json_ld::context()));
    CONTEXT.answer(raw.as_deref(), &headers)
}

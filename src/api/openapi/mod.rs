//! The OpenAPI 3.1 document, made from the handlers themselves, and its reader at `/docs/reader/`.

mod complete;
mod index_seq;
mod parameters;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use schemas::{Vocabularies, json_schema};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, ServerBuilder};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;
use crate::error::AppError;
use crate::web::deprecation::{self, DEPRECATIONS};
use crate::web::etag;
use crate::web::problem::Problem;
use crate::web::query::refuse_parameters;

pub use parameters::{ExportParameters, FeedParameters, NarrowingParameters, SearchParameters, ViewParameter};
pub(super) use parameters::{one_of, parameter, up_to, whole_number};

/// What stands at the head of the document.
pub fn head() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Signpost")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The open catalogue of STEM careers resources for UK schools. No key is needed, any site may call it. \
             Errors are RFC 9457 problem documents; an unknown parameter is an error, not silence. \
             The licence named here is that of the service; each catalogue has terms of its own for what it says, in \
             `/v1/sources`.",
        ))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build()))
        .contact(Some(ContactBuilder::new().name(Some("Signpost")).url(Some("/about")).build()))
        .build();
    let tags = TAGS.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build());
    // Relative: whoever reads the document has it from where the service is.
    let server = ServerBuilder::new().url("/").description(Some("This service")).build();
    OpenApiBuilder::new().info(info).tags(Some(tags)).servers(Some([server])).build()
}

/// What the calls are about, in the order in which the reader lists them.
const TAGS: [(&str, &str); 11] = [
    ("Search", "Find resources, and read one"),
    ("Feeds and exports", "A search as a feed, a calendar, or a file with all of it"),
    ("Vocabularies", "The controlled lists: subjects, levels, types and the others"),
    ("Coverage", "Where there is much and where there is nothing; which catalogues hold the same"),
    ("Changes", "Keep a copy in step"),
    ("OAI-PMH", "The same for harvesters of libraries"),
    ("Sources", "The catalogues, their health, and what becomes of their records"),
    ("Reports", "A dead link or a wrong detail, from whoever meets it"),
    ("Views", "What a partner presets for its own site"),
    ("Partners", "Keys, and how much a partner's views are used"),
    ("About", "What this service is"),
];

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

/// The document of these handlers, with the schemas of `schemas/` put in.
fn document(handlers: &OpenApi) -> Value {
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
            "pinned": { "type": "boolean",
                "description": "True where it is put first here, or an editor wants it among the first." },
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
        schemas.extend(parameters::value_schemas(Vocabularies::shipped()));
    }
    index_seq::mark(&mut document);
    complete::complete(&mut document);
    deprecation::mark(&mut document, DEPRECATIONS);
    document
}

/// The whole document of this program, whatever catalogues it serves.
pub fn document_of_routes() -> Value {
    let (_, handlers) = super::routes();
    document(&handlers)
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

/// `GET /v1/openapi.json`: the document, with the ids of the sources that there are.
pub fn document_route(handlers: &OpenApi, app: &App) -> Router<App> {
    let mut document = document(handlers);
    parameters::list_sources(&mut document, &app.source_names());
    let document = Arc::new(FixedDocument::new("application/json", &document));
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

/// The reader of the document at `/docs/reader/`, whose files are inside the binary.
pub fn reader() -> Router<App> {
    let config = Config::from("/v1/openapi.json").validator_url("none").try_it_out_enabled(true).use_base_layout();
    SwaggerUi::new("/docs/reader").config(config).into()
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
pub(crate) async fn show_context(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let context = schemas::json_ld::context(app.public_url());
    FixedDocument::new("application/ld+json", &context).answer(raw.as_deref(), &headers)
}

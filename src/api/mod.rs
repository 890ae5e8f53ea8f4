//! The open API under `/v1`, for everybody to read and for partners to send their records: parse, call, present.

pub mod duplicates;
pub mod openapi;
pub mod push;
pub mod reconciliation;
pub mod resources;
pub mod search_answer;
mod search_body;
pub mod similar;
pub mod sources;
pub mod suggest;
pub mod vocabularies;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The routes of the API, and the OpenAPI document made from them.
pub fn routes() -> (Router<App>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(openapi::head())
        .routes(routes!(openapi::show_version))
        .routes(routes!(resources::search_resources))
        .routes(routes!(resources::show_resource))
        .routes(routes!(similar::list_similar))
        .routes(routes!(suggest::list_suggestions))
        .routes(routes!(vocabularies::list_vocabularies))
        .routes(routes!(vocabularies::show_vocabulary))
        .routes(routes!(sources::list_sources))
        .routes(routes!(sources::show_source))
        .routes(routes!(duplicates::list_duplicates))
        .routes(routes!(reconciliation::reconcile_source))
        .routes(routes!(push::push_records))
        .routes(routes!(openapi::show_context))
        .split_for_parts()
}

//! The open API under `/v1`, for everybody to read and for partners to send their records: parse, call, present.

pub mod changes;
pub mod contract;
pub mod coverage;
pub mod duplicates;
pub mod formats;
pub mod openapi;
pub mod partners;
pub mod push;
pub mod reconciliation;
pub mod reports;
pub mod resources;
pub mod search_answer;
mod search_body;
pub mod similar;
pub mod sources;
pub mod suggest;
pub mod usage;
pub mod views;
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
        .routes(routes!(coverage::show_coverage))
        .routes(routes!(duplicates::list_duplicates))
        .routes(routes!(reconciliation::reconcile_source))
        .routes(routes!(push::push_records))
        .routes(routes!(changes::list_changes))
        .routes(routes!(formats::rss::show_rss))
        .routes(routes!(formats::atom::show_atom))
        .routes(routes!(formats::json_feed::show_json_feed))
        .routes(routes!(formats::calendar::show_calendar))
        .routes(routes!(formats::export::export_ndjson))
        .routes(routes!(formats::export::export_csv))
        .routes(routes!(formats::manifest::show_manifest))
        .routes(routes!(reports::create_report))
        .routes(routes!(reports::show_report))
        .routes(routes!(views::show_view))
        .routes(routes!(views::create_opening))
        .routes(routes!(partners::create_partner))
        .routes(routes!(partners::show_partner, partners::update_partner))
        .routes(routes!(partners::create_key))
        .routes(routes!(partners::revoke_key))
        .routes(routes!(views::list_partner_views))
        .routes(routes!(views::put_partner_view, views::delete_partner_view))
        .routes(routes!(usage::show_partner_usage))
        .routes(routes!(usage::export_partner_usage))
        .routes(routes!(openapi::show_context))
        .merge(crate::oai::routes())
        .split_for_parts()
}

//! The admin API under `/admin/v1`: bearer token, long work as jobs, every act written down.

mod alarms;
mod audit;
pub(crate) mod auth;
mod curation;
mod harvests;
mod inbox;
mod jobs;
mod partners;
mod pins;
mod reports;
mod views;
mod words;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post, put};

use crate::app::App;

/// The routes; every one of them needs a token.
pub fn routes(app: App) -> Router<App> {
    let curators = Router::new()
        .route("/resources/{id}/curations", get(curation::list_curations).post(curation::curate_resource))
        .route("/curations", get(curation::list_all_curations))
        .route("/curations/{id}/undo", post(curation::undo_curation))
        .route("/pins", get(pins::list_pins).post(pins::create_pin))
        .route("/pins/{id}/undo", post(pins::undo_pin))
        .route("/reports", get(inbox::list_reports))
        .route("/reports/{reference}/outcome", post(inbox::answer_report))
        .route("/words", get(words::list_words).post(words::accept_word))
        .route("/words/accepted", get(words::list_accepted))
        .route("/words/accepted/{id}/undo", post(words::undo_accepted))
        .route_layer(middleware::from_fn(auth::require_curator));
    let admins = Router::new()
        .route("/sources/{id}/harvests", post(jobs::start_harvest).get(harvests::list_harvests))
        .route("/sources/{id}/replay", post(harvests::start_replay))
        .route("/harvests/{id}", get(harvests::show_harvest))
        .route("/harvests/{id}/difference", get(harvests::show_difference))
        .route("/harvests/{id}/approval", post(harvests::approve_difference))
        .route("/reindex", post(jobs::start_reindex))
        .route("/partners", get(partners::list_partners))
        .route("/partners/{id}/revocation", post(partners::revoke_partner))
        .route("/keys/{id}/revocation", post(partners::revoke_key))
        .route("/views", get(views::list_views))
        .route("/views/{name}", put(views::put_view).delete(views::delete_any_view))
        .route("/usage", get(views::show_usage))
        .route("/alarms", get(alarms::list_alarms))
        .route("/completeness", get(reports::report_completeness))
        .route("/matches", get(reports::list_matches))
        .route("/audit", get(audit::list_audit))
        .route("/jobs", get(jobs::list_jobs))
        .route("/jobs/{id}", get(jobs::show_job))
        .route_layer(middleware::from_fn(auth::require_admin));
    curators.merge(admins).route_layer(middleware::from_fn_with_state(app, auth::require_token))
}

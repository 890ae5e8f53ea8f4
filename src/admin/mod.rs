//! The admin API under `/admin/v1`: bearer token, long work as jobs.

mod alarms;
pub(crate) mod auth;
mod harvests;
mod jobs;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

use crate::app::App;

/// The routes; every one of them needs a token.
pub fn routes(app: App) -> Router<App> {
    Router::new()
        .route("/sources/{id}/harvests", post(jobs::start_harvest).get(harvests::list_harvests))
        .route("/sources/{id}/replay", post(harvests::start_replay))
        .route("/harvests/{id}", get(harvests::show_harvest))
        .route("/harvests/{id}/difference", get(harvests::show_difference))
        .route("/harvests/{id}/approval", post(harvests::approve_difference))
        .route("/reindex", post(jobs::start_reindex))
        .route("/alarms", get(alarms::list_alarms))
        .route("/jobs", get(jobs::list_jobs))
        .route("/jobs/{id}", get(jobs::show_job))
        .route_layer(middleware::from_fn_with_state(app, auth::require_token))
}

//! The admin API under `/admin/v1`: bearer token, long work as jobs.

mod auth;
mod jobs;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

use crate::app::App;

/// The routes; every one of them needs a token.
pub fn routes(app: App) -> Router<App> {
    Router::new()
        .route("/sources/{id}/harvests", post(jobs::start_harvest).get(jobs::list_harvests))
        .route("/harvests/{id}", get(jobs::show_harvest))
        .route("/reindex", post(jobs::start_reindex))
        .route("/jobs", get(jobs::list_jobs))
        .route("/jobs/{id}", get(jobs::show_job))
        .route_layer(middleware::from_fn_with_state(app, auth::require_token))
}

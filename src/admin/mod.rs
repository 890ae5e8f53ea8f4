//! The admin API under `/admin/v1`: bearer token or signed in to the console, long work as jobs, every act written down.

mod alarms;
mod audit;
pub(crate) mod auth;
pub(crate) mod console;
mod curation;
mod document;
mod harvests;
mod inbox;
pub(crate) mod index;
mod jobs;
mod nodes;
mod partners;
mod pins;
mod reports;
mod routes;
pub(crate) mod sessions;
mod sources;
mod tokens;
mod views;
mod words;

use axum::Router;

use crate::app::App;

/// The routes; every one of them stands in the table of `routes.rs`, and needs a token or a session.
pub fn routes(app: App) -> Router<App> {
    routes::router(app, routes::table())
}

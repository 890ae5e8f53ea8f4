//! The pages: what people see. Rendered here, whole without scripts, with nothing from elsewhere.
//!
//! A handler parses, calls what the API calls, and lays the answer out as plain view structs; the templates only walk
//! through them. What is sent without escaping is made in `markup` and nowhere else.

mod assets;
mod errors;
mod keys;
pub(crate) mod layout;
mod levels;
mod markup;
mod notices;
mod once;
mod outbound;
mod report;
mod resource;
mod search;
mod sources;
mod wording;

use askama::Template;
use axum::Router;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::error::AppError;
use crate::web::etag;
use crate::web::path::PathId;

pub use errors::{PageError, error_page};

/// The routes of all pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/partners/key", get(keys::show_form).post(keys::make_key))
        .route("/", get(search::show_search))
        .route("/resources/{id}", get(resource::show_resource))
        .route("/resources/{id}/report", get(report::show_form).post(report::send_form))
        .route("/reports/{reference}", get(report::show_report))
        .route("/sources", get(sources::show_sources))
        .route("/about", get(|headers: HeaderMap| async move { notices::show_about(&headers) }))
        .route("/privacy", get(|headers: HeaderMap| async move { notices::show_privacy(&headers) }))
        .route("/accessibility", get(|headers: HeaderMap| async move { notices::show_accessibility(&headers) }))
}

/// The routes of what pages are made of.
pub fn files() -> Router<App> {
    Router::new()
        .route(
            "/assets/{*path}",
            get(|path: Result<PathId, AppError>, RawQuery(query): RawQuery, headers: HeaderMap| async move {
                let PathId(path) = path?;
                Ok::<_, PageError>(assets::show_asset(&path, query.as_deref(), &headers))
            }),
        )
        .route("/favicon.ico", get(|headers: HeaderMap| async move { assets::show_asset("logo.svg", None, &headers) }))
}

/// A page, or only the word that the one the browser holds is still right.
pub(crate) fn present(headers: &HeaderMap, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => etag::answer(headers, "text/html; charset=utf-8", html),
        Err(error) => cannot_render(&error),
    }
}

/// Whether the one who asks reads pages.
pub(crate) fn wants_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// A template that fails cannot be trusted to tell of it: plain words do.
fn cannot_render(error: &askama::Error) -> Response {
    tracing::error!(error = %error, "a page could not be rendered");
    (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side.\n").into_response()
}

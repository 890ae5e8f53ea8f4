//! The pages: what people see. Rendered here, whole without scripts, with nothing from elsewhere.
//!
//! A handler parses, calls what the API calls, and lays the answer out as plain view structs; the templates only walk
//! through them. What is sent without escaping is made where `markup` says, and nowhere else.

mod assets;
mod cards;
pub(crate) mod carried;
mod contact;
mod coverage;
mod design;
mod errors;
mod facet_words;
pub(crate) mod filters;
mod hits;
mod home;
mod icons;
mod kept;
mod keys;
pub(crate) mod layout;
mod levels;
mod list;
mod markup;
mod nations;
mod notices;
mod once;
mod outbound;
mod partners;
mod planner;
mod qr;
mod report;
mod resource;
mod search;
mod shared;
mod sources;
mod standing;
mod students;
pub(crate) mod wording;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use url::form_urlencoded;

use crate::app::App;
use crate::error::AppError;
use crate::web::etag;
use crate::web::path::PathId;

pub use errors::{PageError, dress, error_page, no_such_page};
pub(crate) use once::present_once;

/// The routes of all pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(show_front))
        .route("/students", get(students::show_students))
        .route("/resources/{id}", get(resource::show_resource))
        .route("/resources/{id}/report", get(report::show_form).post(report::send_form))
        .route("/reports/{reference}", get(report::show_report))
        .route("/list", get(list::show_list))
        .route("/planner", get(planner::show_planner).post(planner::paste_plan))
        .route("/planner.ics", get(planner::show_calendar))
        .route("/planner.csv", get(planner::export_plan))
        .route("/coverage", get(coverage::show_coverage))
        .route("/coverage.csv", get(coverage::export_coverage))
        .route("/sources", get(sources::show_sources))
        .route("/sources.atom", get(sources::show_feed))
        .route("/sources/{id}", get(sources::show_source))
        .route("/partners", get(partners::show_partners))
        .route("/partners/widget", get(partners::show_builder))
        .route("/partners/view", get(partners::show_view_form).post(partners::make_view))
        .route("/partners/key", get(keys::show_form).post(keys::make_key))
        .route("/about", get(notices::show_about))
        .route("/privacy", get(notices::show_privacy))
        .route("/accessibility", get(notices::show_accessibility))
        .route("/contact", get(notices::show_contact))
        .route("/design", get(design::show_design))
}

/// `/`: the start page for one who asks for nothing yet, else the search.
async fn show_front(app: State<App>, raw: RawQuery, headers: HeaderMap) -> Result<Response, PageError> {
    let asks = form_urlencoded::parse(raw.0.as_deref().unwrap_or_default().as_bytes());
    if asks.into_iter().all(|(name, _)| carried::CARRIED.contains(&&*name)) {
        home::show_start(app, raw, headers).await
    } else {
        search::show_search(app, raw, headers).await
    }
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
        .route(
            "/favicon.ico",
            get(|headers: HeaderMap| async move { assets::show_asset(assets::ICON, None, &headers) }),
        )
}

/// A page, or only the word that the one the browser holds is still right.
pub(crate) fn present(headers: &HeaderMap, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => etag::answer(headers, "text/html; charset=utf-8", markup::without_controls(html)),
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

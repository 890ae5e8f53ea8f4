//! `present_once`: a page for one person, which no cache on the way keeps.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::{cannot_render, markup};
use crate::web::etag::kept_by_nobody;

/// A page of this status, for the one who asks alone.
pub(crate) fn present_once(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => kept_by_nobody((status, Html(markup::without_controls(html))).into_response()),
        Err(error) => cannot_render(&error),
    }
}

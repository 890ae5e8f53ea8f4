//! Pages that are given again: like the answers of the API they are kept, whole, for as long as what they follow from
//! stays as it is. For pages that follow from the index, the names of the sources, pins, views and the hour; of what else
//! a page shows it may know what was so within the hour, as the map does of usage and of shares.

use std::sync::Arc;

use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;

use super::carried::Carried;
use super::errors::PageError;
use super::markup;
use crate::app::App;
use crate::error::AppError;
use crate::web::answers::{Answer, CountedSearch, Key};
use crate::web::etag;

/// A page as it was made.
pub(super) struct MadePage {
    html: String,
    counted: CountedSearch,
}

impl MadePage {
    /// Renders a page.
    ///
    /// # Errors
    /// Internal, when the template fails.
    pub(super) fn new(page: &impl Template) -> Result<Self, PageError> {
        let html = page.render().map_err(|error| AppError::Internal(error.into()))?;
        Ok(Self { html: markup::without_controls(html), counted: CountedSearch::default() })
    }

    /// The same, counted as a search each time it is given.
    pub(super) fn counting(self, counted: CountedSearch) -> Self {
        Self { counted, ..self }
    }
}

/// The page at this path, asked for with this query string: the one that is kept, or one that is made now.
///
/// One that carries a shortlist is of use to nobody else, and not kept.
///
/// # Errors
/// What making it ends in. That is not kept either.
pub(super) async fn kept_page(
    app: &App,
    headers: &HeaderMap,
    path: &'static str,
    raw: Option<&str>,
    make: impl AsyncFnOnce() -> Result<MadePage, PageError>,
) -> Result<Response, PageError> {
    let key = Key::new(app, path, raw.unwrap_or_default().to_owned(), None);
    if let Some(answer) = app.answers.get(&key) {
        answer.counted().count(app);
        return Ok(answer.to_response(headers));
    }
    let MadePage { html, counted } = make().await?;
    counted.count(app);
    let tag = etag::of_parts(&[&html]);
    let body = html.into_bytes();
    let answer = Arc::new(Answer::new(body, "text/html; charset=utf-8", tag, HeaderMap::new(), counted));
    if Carried::read(raw).list.is_empty() {
        app.answers.keep(key, &answer);
    }
    Ok(answer.to_response(headers))
}

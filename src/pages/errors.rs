//! `PageError`: what the API tells as a problem document, told to people, with a way on.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::layout::Layout;
use super::{cannot_render, wording};
use crate::app::App;
use crate::error::{AppError, ParameterMistake};

/// An [`AppError`] that is answered with a page.
#[derive(Debug)]
pub struct PageError(AppError);

impl<E: Into<AppError>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        self.0.log();
        let (status, retry_after) = (self.0.status(), self.0.retry_after_seconds());
        let (title, detail, mistakes) = match self.0 {
            AppError::BadRequest(mistakes) => {
                let detail = "The address of this page asks for something that Signpost does not know:";
                ("This search cannot be run", detail.to_owned(), mistakes)
            }
            AppError::NotFound { what, id, .. } => {
                let detail = format!("Signpost has never had a {what} “{id}”. Perhaps the address was cut short.");
                ("There is no such page", detail, Vec::new())
            }
            AppError::Gone { reason, at, .. } => {
                let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
                let day = wording::day(&at);
                let detail = format!("It was withdrawn on {day}{reason}. Its address is never used for anything else.");
                ("This resource was withdrawn", detail, Vec::new())
            }
            AppError::Unauthorised | AppError::Forbidden => {
                ("This page is not public", "It needs a token that may see it.".to_owned(), Vec::new())
            }
            error @ (AppError::Conflict { .. }
            | AppError::Unprocessable { .. }
            | AppError::UnsupportedType { .. }
            | AppError::TooLarge { .. }) => ("This cannot be done", format!("{error}."), Vec::new()),
            AppError::TooManyRequests { reason, .. } => {
                ("Please try again in a moment", format!("{reason}."), Vec::new())
            }
            AppError::Unavailable { reason } => ("Please try again in a moment", format!("{reason}."), Vec::new()),
            AppError::Internal(_) => {
                let detail = "It has been noted in the log. Trying again later may help.";
                ("Something went wrong on our side", detail.to_owned(), Vec::new())
            }
        };
        let mut response = respond(status, &ErrorPage { mistakes, ..ErrorPage::new(status, title, &detail) });
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    layout: Layout,
    /// The HTTP status, for those whom it helps.
    status: u16,
    title: String,
    detail: String,
    /// What is wrong with the address, parameter by parameter.
    mistakes: Vec<ParameterMistake>,
    /// How many resources a search from here would search.
    resources: Option<String>,
}

impl ErrorPage {
    fn new(status: StatusCode, title: &str, detail: &str) -> Self {
        Self {
            layout: Layout::new(title, ""),
            status: status.as_u16(),
            title: title.to_owned(),
            detail: detail.to_owned(),
            mistakes: Vec::new(),
            resources: None,
        }
    }
}

/// A page that says what is wrong and offers a search.
pub fn error_page(status: StatusCode, title: &str, detail: &str, app: &App) -> Response {
    let resources = app.index.resource_count();
    let resources = (resources > 0).then(|| wording::thousands(resources));
    respond(status, &ErrorPage { resources, ..ErrorPage::new(status, title, detail) })
}

/// The same without asking the index for anything.
pub(super) fn plain_error_page(status: StatusCode, title: &str, detail: &str) -> Response {
    respond(status, &ErrorPage::new(status, title, detail))
}

fn respond(status: StatusCode, page: &ErrorPage) -> Response {
    let mut response = match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => cannot_render(&error),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

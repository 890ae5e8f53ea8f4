//! `Refused`: what the admin API did not do, told as a page of the console, with a way on.

use askama::Template;
use axum::http::response::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::frame::{Frame, Place};
use crate::app::App;
use crate::error::{AppError, ParameterMistake};
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};

/// Something is wrong with one part of what was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Mistake {
    /// The part: a field of the form, mostly.
    pub(super) parameter: String,
    /// What is wrong with it.
    pub(super) detail: String,
}

/// What the admin API did not do.
#[derive(Debug)]
pub(super) struct Refused {
    /// The status it answered with.
    pub(super) status: StatusCode,
    /// Why, in a sentence.
    pub(super) detail: String,
    /// What is wrong with what was sent, all at once.
    pub(super) mistakes: Vec<Mistake>,
    retry_after_seconds: Option<u64>,
    /// What can be said of the index where the store cannot be asked.
    index: Option<Box<IndexFacts>>,
}

/// What the index of this node answers searches with.
#[derive(Debug)]
struct IndexFacts {
    /// Since when the store has not answered, where that is known.
    away_since: Option<String>,
    generation: u64,
    resources: u64,
    position: u64,
}

/// A problem document, as far as the console tells of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told {
    detail: String,
    errors: Vec<Mistake>,
}

impl Refused {
    /// An error of our own, told likewise.
    pub(super) fn of(error: AppError) -> Self {
        error.log();
        let retry_after_seconds = error.retry_after_seconds();
        let (status, detail) = (error.status(), error.to_string());
        let mistakes = if let AppError::BadRequest(told) = error {
            let one = |told: ParameterMistake| Mistake { parameter: told.parameter, detail: told.detail };
            told.into_iter().map(one).collect()
        } else {
            Vec::new()
        };
        Self { status, detail, mistakes, retry_after_seconds, index: None }
    }

    /// A problem that the API answered with.
    pub(super) fn of_answer(parts: &Parts, body: &[u8]) -> Self {
        let told: Told = serde_json::from_slice(body).unwrap_or_default();
        let retry_after = parts.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after_seconds = retry_after.and_then(|text| text.parse().ok());
        Self { status: parts.status, detail: told.detail, mistakes: told.errors, retry_after_seconds, index: None }
    }

    /// The same, with what is known of the index: searches go on from it while the store is away.
    pub(super) fn with_index_of(self, app: &App) -> Self {
        let facts = IndexFacts {
            away_since: app.standing.store_away_since().map(|since| since.to_string()),
            generation: app.index.generation(),
            resources: app.index.resource_count(),
            position: app.index.position(),
        };
        Self { index: Some(Box::new(facts)), ..self }
    }

    /// Whether what was sent is at fault, so that it can be put right and sent again.
    pub(super) fn is_about_what_was_sent(&self) -> bool {
        matches!(
            self.status,
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT | StatusCode::NOT_FOUND
        )
    }

    /// What is wrong, part by part; the whole where no part is named.
    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        if self.mistakes.is_empty() {
            return vec![Mistake { parameter: String::new(), detail: self.detail }];
        }
        self.mistakes
    }

    fn title(&self) -> &'static str {
        match self.status {
            StatusCode::FORBIDDEN => "Your token may not do this",
            StatusCode::NOT_FOUND => "There is no such thing",
            StatusCode::CONFLICT => "It stands otherwise now",
            StatusCode::TOO_MANY_REQUESTS => "Too many attempts for now",
            status if status.is_server_error() => "This cannot be answered now",
            _ => "This cannot be done as it was asked",
        }
    }
}

impl<E: Into<AppError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::of(error.into())
    }
}

#[derive(Template)]
#[template(path = "admin/refused.html")]
struct RefusedPage {
    layout: Layout,
    frame: Frame,
    title: &'static str,
    detail: String,
    mistakes: Vec<Mistake>,
    index: Option<Box<IndexFacts>>,
    /// Whether it is ours that does not answer, so that asking again may help.
    is_ours: bool,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (title, status) = (self.title(), self.status);
        let page = RefusedPage {
            layout: Layout::new(title, ""),
            frame: Frame::plain(Place::Nowhere),
            title,
            detail: self.detail,
            mistakes: self.mistakes,
            index: self.index,
            is_ours: status.is_server_error(),
        };
        let mut response = present_once(status, &page);
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_shown_again_as_text() {
        let attack = "<script>alert(1)</script>";
        let told =
            format!(r#"{{"detail": "{attack}", "errors": [{{"parameter": "{attack}", "detail": "{attack}"}}]}}"#);
        let (parts, ()) = axum::http::Response::builder().status(400).body(()).unwrap().into_parts();
        let refused = Refused::of_answer(&parts, told.as_bytes());
        assert_eq!((refused.mistakes.len(), refused.is_about_what_was_sent()), (1, true));
        let page = RefusedPage {
            layout: Layout::new(refused.title(), ""),
            frame: Frame::plain(Place::Nowhere),
            title: refused.title(),
            detail: refused.detail,
            mistakes: refused.mistakes,
            index: None,
            is_ours: false,
        };
        assert!(!page.render().unwrap().contains("<script>alert"));
    }

    #[test]
    fn an_answer_that_is_no_problem_document_is_told_all_the_same() {
        let (parts, ()) = axum::http::Response::builder().status(503).body(()).unwrap().into_parts();
        let refused = Refused::of_answer(&parts, b"<html>");
        assert_eq!(refused.into_response().status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}

//! `AppError`: the one error of the edge. Each variant is a status and an RFC 9457 problem type.
//!
//! Inner causes are logged here, once, and never sent.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemas::nearest;

use crate::catalogue::{CatalogueError, CurateError};
use crate::web::mistakes::hint;
use crate::web::problem::{Problem, Withdrawal};

/// So much of a name or an id that a caller sent is said again: more than any of ours has, and too little for a page.
const REPEATED_CHARACTERS: usize = 80;

/// What a caller sent, as it is said again: the beginning of it.
pub fn shown(text: &str) -> String {
    text.chars().take(REPEATED_CHARACTERS).collect()
}

/// What is busy now is mostly free after so many seconds.
const SOON_SECONDS: u64 = 2;

/// Something is wrong with one parameter of a request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ParameterMistake {
    /// The parameter, as it was sent.
    pub parameter: String,
    /// What is wrong with it and what is allowed.
    pub detail: String,
}

impl ParameterMistake {
    /// A mistake in this parameter.
    pub fn new(parameter: &str, detail: impl Into<String>) -> Self {
        Self { parameter: shown(parameter), detail: detail.into() }
    }
}

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The request is at fault; all its mistakes at once.
    #[error("{} parameters cannot be used", .0.len())]
    BadRequest(Vec<ParameterMistake>),
    /// There is no such thing.
    #[error("there is no {what} `{id}`{}", hint(nearest.as_deref()))]
    NotFound {
        /// What was asked for: resource, vocabulary, source, job.
        what: &'static str,
        /// The id as asked.
        id: String,
        /// The most similar one there is, where there are few enough to be known by heart.
        nearest: Option<String>,
    },
    /// There was such a thing.
    #[error("the resource `{id}` was withdrawn on {at}: {reason}")]
    Gone {
        /// The resource.
        id: String,
        /// Why it was withdrawn.
        reason: String,
        /// When, RFC 3339.
        at: String,
    },
    /// No token, or none we know.
    #[error(
        "a valid key or token is needed: `Authorization: Bearer …`, or a partner's key as `X-API-Key`, which \
         /partners/key makes"
    )]
    Unauthorised,
    /// The token may not do this.
    #[error("the token's role may not do this")]
    Forbidden,
    /// It stands otherwise than the request takes it to.
    #[error("{reason}")]
    Conflict {
        /// How it stands.
        reason: String,
    },
    /// What was sent cannot be used; the reason names the first problems with it.
    #[error("{reason}")]
    Unprocessable {
        /// Why.
        reason: String,
    },
    /// What was sent is of a type that is not read here.
    #[error("`{given}` is not read here; expected {expected}")]
    UnsupportedType {
        /// The type as sent.
        given: String,
        /// What is read.
        expected: &'static str,
    },
    /// What was sent is too large.
    #[error("at most {max_bytes} bytes are taken at once")]
    TooLarge {
        /// The limit.
        max_bytes: usize,
    },
    /// Whoever asks has asked too much for now.
    #[error("{reason}")]
    TooManyRequests {
        /// After so many seconds it is answered again.
        retry_after_seconds: u64,
        /// What was too much.
        reason: &'static str,
    },
    /// It cannot be answered now.
    #[error("{reason}")]
    Unavailable {
        /// Why, for the one who asks.
        reason: &'static str,
    },
    /// Something of ours broke. The cause is for the log.
    #[error("something went wrong on our side")]
    Internal(#[from] anyhow::Error),
}

impl AppError {
    /// There is none with this id, and nothing like it that could have been meant.
    pub fn no_such(what: &'static str, id: &str) -> Self {
        Self::no_such_among(what, id, std::iter::empty())
    }

    /// There is none with this id; of those there are, the most similar one may have been meant.
    pub fn no_such_among<'a>(what: &'static str, id: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let id = shown(id);
        let nearest = nearest(&id, known).map(ToOwned::to_owned);
        Self::NotFound { what, id, nearest }
    }

    /// What the store says of what a caller named: that there is no such thing is the caller's to know.
    pub fn of_named(error: CatalogueError) -> Self {
        match error {
            CatalogueError::NoSuch { what, id } => Self::no_such(what, &id),
            other => other.into(),
        }
    }

    /// What was sent is of another type than is read here.
    pub fn unsupported_type(given: &str, expected: &'static str) -> Self {
        Self::UnsupportedType { given: shown(given), expected }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Gone { .. } => StatusCode::GONE,
            Self::Unauthorised => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Unprocessable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UnsupportedType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// After how many seconds it may be asked again, where that helps.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::TooManyRequests { retry_after_seconds, .. } => Some(*retry_after_seconds),
            Self::Unavailable { .. } => Some(SOON_SECONDS),
            Self::BadRequest(_)
            | Self::NotFound { .. }
            | Self::Gone { .. }
            | Self::Unauthorised
            | Self::Forbidden
            | Self::Conflict { .. }
            | Self::Unprocessable { .. }
            | Self::UnsupportedType { .. }
            | Self::TooLarge { .. }
            | Self::Internal(_) => None,
        }
    }

    /// Writes the cause of an inner error to the log; the others are the caller's, who is told.
    pub fn log(&self) {
        if let Self::Internal(cause) = self {
            tracing::error!(error = format!("{cause:#}"), "a request failed");
        }
    }

    /// The problem document that tells of it.
    pub fn problem(&self) -> Problem {
        let (name, title) = match self {
            Self::BadRequest(_) => ("bad-parameter", "A parameter cannot be used"),
            Self::NotFound { .. } => ("not-found", "There is no such thing"),
            Self::Gone { .. } => ("withdrawn", "The resource was withdrawn"),
            Self::Unauthorised => ("unauthorised", "A token is needed"),
            Self::Forbidden => ("forbidden", "The token may not do this"),
            Self::Conflict { .. } => ("conflict", "It stands otherwise"),
            Self::Unprocessable { .. } => ("unprocessable", "What was sent cannot be used"),
            Self::UnsupportedType { .. } => ("unsupported-type", "This type is not read here"),
            Self::TooLarge { .. } => ("too-large", "What was sent is too large"),
            Self::TooManyRequests { .. } => ("too-many-requests", "Too many requests"),
            Self::Unavailable { .. } => ("unavailable", "Not available now"),
            Self::Internal(_) => ("internal", "Something went wrong on our side"),
        };
        let mut problem = Problem::new(self.status(), name, title, &self.to_string());
        match self {
            Self::BadRequest(mistakes) => {
                problem.detail = mistakes
                    .iter()
                    .map(|mistake| format!("`{}`: {}", mistake.parameter, mistake.detail))
                    .collect::<Vec<_>>()
                    .join("; ");
                problem.errors.clone_from(mistakes);
            }
            Self::Gone { reason, at, .. } => {
                problem.withdrawn = Some(Withdrawal { reason: reason.clone(), at: at.clone() });
            }
            _ => {}
        }
        problem
    }
}

impl From<CatalogueError> for AppError {
    fn from(error: CatalogueError) -> Self {
        match error {
            CatalogueError::Superseded { .. } | CatalogueError::Busy { .. } => {
                Self::Conflict { reason: error.to_string() }
            }
            CatalogueError::Unusable { .. }
            | CatalogueError::Database(_)
            | CatalogueError::Stored { .. }
            | CatalogueError::NoSuch { .. } => Self::Internal(error.into()),
        }
    }
}

impl From<CurateError> for AppError {
    fn from(error: CurateError) -> Self {
        match error {
            CurateError::Unfit { part, reason } => Self::BadRequest(vec![ParameterMistake::new(part, reason)]),
            CurateError::Stands { reason } => Self::Conflict { reason },
            CurateError::Catalogue(error) => Self::of_named(error),
        }
    }
}

impl From<index::IndexError> for AppError {
    fn from(error: index::IndexError) -> Self {
        Self::Internal(error.into())
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        self.log();
        let mut response = self.problem().into_response();
        if let Some(seconds) = self.retry_after_seconds() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_said_again_in_part_and_the_nearest_is_named() {
        let known = ["films", "posters"];
        let told = |id: &str| AppError::no_such_among("source", id, known.into_iter()).to_string();
        assert_eq!(told("film"), "there is no source `film`; did you mean `films`?");
        assert_eq!(told(&"é".repeat(1_000)), format!("there is no source `{}`", "é".repeat(REPEATED_CHARACTERS)));
    }

    #[test]
    fn what_a_caller_named_and_the_store_does_not_know_is_not_found() {
        let error = || CatalogueError::no_such("pin", "7");
        assert_eq!(AppError::of_named(error()).status(), StatusCode::NOT_FOUND);
        assert_eq!(AppError::from(error()).status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}

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

/// A full disk has room again when somebody has looked after it, or when what is forgotten every night is gone.
const FULL_SECONDS: u64 = 30;
/// What is said where only the store could answer, and it does not.
const STORE_AWAY: &str = "this needs the store, which does not answer now; searches go on";

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
    /// Another site made the browser of somebody who is signed in ask.
    #[error("this was sent from a page of another site; a cookie alone does not suffice for it")]
    OtherSite,
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
    /// What was to be sent did not come.
    #[error("what was sent came too slowly; at least {min_bytes} bytes are expected in {seconds} seconds")]
    TooSlow {
        /// So many bytes…
        min_bytes: u64,
        /// …in so many seconds.
        seconds: u64,
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
    /// There is no room to keep what was sent. The cause is for the log.
    #[error("there is no room to keep what was sent, so nothing of it was kept; searches go on")]
    Full(#[source] anyhow::Error),
    /// Something of ours broke. The cause is for the log.
    #[error("something went wrong on our side")]
    Internal(#[source] anyhow::Error),
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

    /// Whether only the store could have answered, and it does not.
    pub(crate) fn is_store_away(&self) -> bool {
        matches!(self, Self::Unavailable { reason } if *reason == STORE_AWAY)
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Gone { .. } => StatusCode::GONE,
            Self::Unauthorised => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::OtherSite => StatusCode::FORBIDDEN,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Unprocessable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UnsupportedType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Full(_) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// After how many seconds it may be asked again, where that helps.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::TooManyRequests { retry_after_seconds, .. } => Some(*retry_after_seconds),
            Self::Unavailable { .. } => Some(SOON_SECONDS),
            Self::Full(_) => Some(FULL_SECONDS),
            Self::BadRequest(_)
            | Self::NotFound { .. }
            | Self::Gone { .. }
            | Self::Unauthorised
            | Self::Forbidden
            | Self::OtherSite
            | Self::Conflict { .. }
            | Self::Unprocessable { .. }
            | Self::UnsupportedType { .. }
            | Self::TooLarge { .. }
            | Self::TooSlow { .. }
            | Self::Internal(_) => None,
        }
    }

    /// Writes the cause of an inner error to the log; the others are the caller's, who is told.
    pub fn log(&self) {
        match self {
            Self::Internal(cause) => tracing::error!(error = format!("{cause:#}"), "a request failed"),
            Self::Full(cause) => {
                tracing::error!(error = format!("{cause:#}"), "a request found no room to keep what it sent");
            }
            Self::BadRequest(_)
            | Self::NotFound { .. }
            | Self::Gone { .. }
            | Self::Unauthorised
            | Self::Forbidden
            | Self::OtherSite
            | Self::Conflict { .. }
            | Self::Unprocessable { .. }
            | Self::UnsupportedType { .. }
            | Self::TooLarge { .. }
            | Self::TooSlow { .. }
            | Self::TooManyRequests { .. }
            | Self::Unavailable { .. } => {}
        }
    }

    /// The problem document that tells of it.
    pub fn problem(&self) -> Problem {
        let (name, title) = match self {
            Self::BadRequest(_) => ("bad-parameter", "A parameter cannot be used"),
            Self::NotFound { .. } => ("not-found", "There is no such thing"),
            Self::Gone { .. } => ("withdrawn", "The resource was withdrawn"),
            Self::Unauthorised => ("unauthorised", "A token is needed"),
            Self::Forbidden | Self::OtherSite => ("forbidden", "The token may not do this"),
            Self::Conflict { .. } => ("conflict", "It stands otherwise"),
            Self::Unprocessable { .. } => ("unprocessable", "What was sent cannot be used"),
            Self::UnsupportedType { .. } => ("unsupported-type", "This type is not read here"),
            Self::TooLarge { .. } => ("too-large", "What was sent is too large"),
            Self::TooSlow { .. } => ("too-slow", "What was sent came too slowly"),
            Self::TooManyRequests { .. } => ("too-many-requests", "Too many requests"),
            Self::Unavailable { .. } => ("unavailable", "Not available now"),
            Self::Full(_) => ("insufficient-storage", "There is no room"),
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
        if matches!(error, CatalogueError::Database(_)) {
            crate::metrics::count_store_error();
        }
        if error.is_away() {
            // Who looks after the node says so in the log, once.
            return Self::Unavailable { reason: STORE_AWAY };
        }
        if error.is_full() {
            return Self::Full(error.into());
        }
        match error {
            CatalogueError::Superseded { .. } | CatalogueError::Busy { .. } => {
                Self::Conflict { reason: error.to_string() }
            }
            CatalogueError::Unusable { .. }
            | CatalogueError::OtherSchema { .. }
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
        if error.is_full() { Self::Full(error.into()) } else { Self::Internal(error.into()) }
    }
}

impl From<anyhow::Error> for AppError {
    fn from(error: anyhow::Error) -> Self {
        let is_full = |cause: &(dyn std::error::Error + 'static)| {
            let of_store = cause.downcast_ref::<CatalogueError>().is_some_and(CatalogueError::is_full);
            let of_index = cause.downcast_ref::<index::IndexError>().is_some_and(index::IndexError::is_full);
            let kind = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
            of_store || of_index || kind == Some(std::io::ErrorKind::StorageFull)
        };
        if error.chain().any(is_full) { Self::Full(error) } else { Self::Internal(error) }
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
    fn what_finds_no_room_is_told_to_come_back_however_deep_that_stands() {
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        let of_store = || CatalogueError::Database(full().into());
        for error in [
            AppError::from(of_store()),
            AppError::from(anyhow::Error::from(of_store()).context("taking records in")),
            AppError::from(anyhow::Error::from(full()).context("writing the index")),
            AppError::from(index::IndexError::Storage { path: "index".into(), source: full() }),
        ] {
            let problem = error.problem();
            assert_eq!((problem.status, problem.kind.as_str()), (507, "/problems/insufficient-storage"));
            assert_eq!(error.into_response().headers()[header::RETRY_AFTER], "30");
        }
        assert_eq!(AppError::from(anyhow::anyhow!("another cause")).status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn what_a_caller_named_and_the_store_does_not_know_is_not_found() {
        let error = || CatalogueError::no_such("pin", "7");
        assert_eq!(AppError::of_named(error()).status(), StatusCode::NOT_FOUND);
        assert_eq!(AppError::from(error()).status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}

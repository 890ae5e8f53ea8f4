//! Problems: RFC 9457 documents for everything that is not an answer.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::ParameterMistake;

/// A problem document. Source: RFC 9457, section 3.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// The kind of problem: an address under `/problems/` that explains it.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// Each parameter that cannot be used, and what is allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ParameterMistake>,
    /// Of a withdrawn resource: why and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawal>,
}

/// Why and when a resource was withdrawn.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Withdrawal {
    /// Why.
    pub reason: String,
    /// When, RFC 3339.
    pub at: String,
}

impl Problem {
    /// A problem of the kind `/problems/{name}`.
    pub fn new(status: StatusCode, name: &str, title: &str, detail: &str) -> Self {
        Self {
            kind: format!("/problems/{name}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.to_owned(),
            errors: Vec::new(),
            withdrawn: None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

/// The kinds of problem, each with what it means and what to do, for the pages under `/problems/`.
pub const KINDS: [(&str, &str); 12] = [
    (
        "bad-parameter",
        "A parameter is unknown, or its value is not allowed. `errors` names each one and says what is. Correct the request; sending it again as it is gives the same answer.",
    ),
    ("not-found", "No such thing has ever been published under this address."),
    (
        "withdrawn",
        "The resource was published and has been withdrawn; `withdrawn` says why and when. Its id is never used again. Remove it from your copy.",
    ),
    (
        "unauthorised",
        "This call needs `Authorization: Bearer TOKEN` with a token that is known, not expired and not revoked.",
    ),
    ("forbidden", "The token is known, but its role may not make this call."),
    (
        "conflict",
        "What the request is about stands otherwise: a harvest is running, or a later one has looked again. The detail says how; ask again when that is over.",
    ),
    (
        "unprocessable",
        "What was sent could be read as far as its form goes, but nothing in it can be used. The detail says why.",
    ),
    (
        "unsupported-type",
        "What was sent has a `Content-Type` that this call does not read; the detail names those it reads.",
    ),
    ("too-large", "What was sent is larger than this call takes at once. Send it in parts."),
    ("method-not-allowed", "This address does not answer this method; the `Allow` header names those it answers."),
    ("unavailable", "The service cannot answer now. Try again after the seconds in `Retry-After`."),
    ("internal", "Something broke on our side. It has been logged; trying again later may help."),
];

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

/// One kind of problem: what its page under `/problems/` says.
#[derive(Debug)]
pub struct Kind {
    /// The last part of its address.
    pub name: &'static str,
    /// The title that its documents bear.
    pub title: &'static str,
    /// The HTTP statuses that it comes with.
    pub statuses: &'static [u16],
    /// What it means.
    pub meaning: &'static str,
    /// What whoever asked does next.
    pub what_to_do: &'static str,
}

/// The kinds of problem. A test holds them against the documents that are sent.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "bad-parameter",
        title: "A parameter cannot be used",
        statuses: &[400],
        meaning: "A parameter, or a member of what was sent, is unknown, or its value is not allowed. The list “errors” \
                  names each one and says what is allowed; all mistakes of a request are told at once.",
        what_to_do: "Correct the request by what “errors” says. Sending it again as it is gives the same answer.",
    },
    Kind {
        name: "not-found",
        title: "There is no such thing",
        statuses: &[404],
        meaning: "Nothing has ever been published under this address.",
        what_to_do: "Look at the address, or search for the thing anew. What was published once and has gone answers \
                     otherwise: it is withdrawn.",
    },
    Kind {
        name: "withdrawn",
        title: "The resource was withdrawn",
        statuses: &[410],
        meaning: "The resource was published and has been withdrawn; “withdrawn” says why and when. Its id is never \
                  given to anything else.",
        what_to_do: "Remove it from your copy. Should it ever come back, the change log says so.",
    },
    Kind {
        name: "unauthorised",
        title: "A token is needed",
        statuses: &[401],
        meaning: "This call needs a token or a key, and what was sent is none that is known: it is missing, mistyped, \
                  expired or revoked.",
        what_to_do: "Send “Authorization: Bearer” and your token. Reading needs none: leave the header out. A partner \
                     makes a new key at /partners/key.",
    },
    Kind {
        name: "forbidden",
        title: "The token may not do this",
        statuses: &[403],
        meaning: "The token or key is known, but it may not make this call.",
        what_to_do: "Use one that may. A key reaches what belongs to its own partner, a token what its role allows.",
    },
    Kind {
        name: "conflict",
        title: "It stands otherwise",
        statuses: &[409],
        meaning: "What the request is about stands otherwise than the request takes it to: a harvest is running, or a \
                  later one has looked again. The detail says how.",
        what_to_do: "Look at how it stands now, and ask again when that still makes sense.",
    },
    Kind {
        name: "unprocessable",
        title: "What was sent cannot be used",
        statuses: &[422],
        meaning: "What was sent could be read as far as its form goes, but nothing in it can be used.",
        what_to_do: "The detail names the first things that are wrong; correct them and send it again.",
    },
    Kind {
        name: "unsupported-type",
        title: "This type is not read here",
        statuses: &[415],
        meaning: "What was sent has a Content-Type that this call does not read.",
        what_to_do: "Send one of those that the detail names, and say so in Content-Type.",
    },
    Kind {
        name: "too-large",
        title: "What was sent is too large",
        statuses: &[413],
        meaning: "What was sent is larger than this call takes at once.",
        what_to_do: "Send it in parts; the detail says how large each may be.",
    },
    Kind {
        name: "too-slow",
        title: "What was sent came too slowly",
        statuses: &[408],
        meaning: "The rest of what was announced did not come in time, so the connection was closed. Nothing was changed.",
        what_to_do: "Send it again, over a line that holds; in smaller parts where the call takes parts.",
    },
    Kind {
        name: "method-not-allowed",
        title: "Method not allowed",
        statuses: &[405],
        meaning: "This address does not answer this method.",
        what_to_do: "Use one of those that the header Allow names.",
    },
    Kind {
        name: "too-many-requests",
        title: "Too many requests",
        statuses: &[429],
        meaning: "Your address, or your key, has asked for more than its limit within a short time. Nothing is wrong with \
                  the request.",
        what_to_do: "Wait as many seconds as the header Retry-After says, then send it again as it is. RateLimit and \
                     RateLimit-Policy tell in every answer how much is left. Ask with If-None-Match, take the export \
                     instead of many single resources, or make a key at /partners/key.",
    },
    Kind {
        name: "not-implemented",
        title: "Not answered in this form",
        statuses: &[501],
        meaning: "This address answers in JSON only, and something else was asked for.",
        what_to_do: "Leave “format” out, or ask for “json”.",
    },
    Kind {
        name: "unavailable",
        title: "Not available now",
        statuses: &[503],
        meaning: "The service cannot answer now: too much is asked at once, or it took too long.",
        what_to_do: "Wait as many seconds as the header Retry-After says, then send it again as it is.",
    },
    Kind {
        name: "insufficient-storage",
        title: "There is no room",
        statuses: &[507],
        meaning: "There is no room on our side to keep what was sent, so nothing of it was kept. Reading goes on.",
        what_to_do: "Wait as many seconds as the header Retry-After says, then send it again as it is.",
    },
    Kind {
        name: "internal",
        title: "Something went wrong on our side",
        statuses: &[500],
        meaning: "Something broke on our side. The cause has been written to our log; nothing of it is told here.",
        what_to_do: "Try again later. Should it stay so, tell us the time and the address that you asked for.",
    },
];

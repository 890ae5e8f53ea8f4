//! What is laid around every route: security headers, CORS, compression, limits, and a problem for what breaks off.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any as AnyOrigin, CorsLayer};

use super::problem::Problem;
use crate::error::AppError;

/// No call of ours sends a body of this size.
const MAX_BODY_BYTES: usize = 1 << 20;
/// The longest that any answer may take…
const TIMEOUT: Duration = Duration::from_secs(30);
/// …but for a partner who sends all its records (32 MiB over a school's line, and their way into the store), and for
/// what an export of everything would be, which takes as long as the export.
const LONG_TIMEOUT: Duration = Duration::from_mins(10);

/// No script or style but our own files, nothing from elsewhere, in no one's frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The layers around every route; the last stands outermost, so that no answer goes without its headers.
pub fn around_everything(router: Router) -> Router {
    router
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(headers))
}

/// Makes every handler answer: one that breaks off or takes too long with a problem.
///
/// Every route needs it once. It stands inside [`cors`], so that a page of another site can read that problem.
pub fn always_answering<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(CatchPanicLayer::custom(panicked)).layer(middleware::from_fn(in_time))
}

/// Any site may read the public API from a browser; credentials are never sent along.
pub fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AnyOrigin)
        .allow_methods([Method::GET, Method::HEAD, Method::OPTIONS])
        .allow_headers([header::ACCEPT, header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE])
        .expose_headers(EXPOSED.map(HeaderName::from_static))
        .max_age(Duration::from_hours(24))
}

/// What a page of another site may read of an answer besides its body.
const EXPOSED: [&str; 10] = [
    "etag",
    "last-modified",
    "link",
    "index-seq",
    "content-disposition",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "deprecation",
    "sunset",
];

async fn headers(request: Request, next: Next) -> Response {
    // The reader of the API brings its own inline styles; everything else needs none.
    let is_reader = is_reader(request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let policy = if is_reader {
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    } else {
        CONTENT_SECURITY_POLICY
    };
    // What is made to be shown in frames of other sites says so itself.
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // Also where nothing was compressed: a cache must keep the two forms apart.
    if !headers.get_all(header::VARY).iter().any(|held| held == "accept-encoding") {
        headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}

fn is_reader(path: &str) -> bool {
    path == "/docs/reader" || path.starts_with("/docs/reader/")
}

async fn in_time(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_push = request.method() == Method::POST && path.ends_with("/records");
    let is_long = is_push || path == "/v1/export.manifest.json";
    let limit = if is_long { LONG_TIMEOUT } else { TIMEOUT };
    let answer = tokio::time::timeout(limit, next.run(request)).await;
    answer.unwrap_or_else(|_| AppError::Unavailable { reason: "it took too long to answer" }.into_response())
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that CatchPanicLayer asks for")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let cause = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(error = cause.unwrap_or("a panic without words"), "a handler broke off");
    let detail = "something went wrong on our side";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side", detail)
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_reader_may_bring_styles_of_its_own() {
        for (path, expected) in
            [("/docs/reader", true), ("/docs/reader/index.css", true), ("/docs", false), ("/docs/readers", false)]
        {
            assert_eq!(is_reader(path), expected, "{path}");
        }
    }
}

//! What is laid around every route: security headers, CORS, compression, limits, and a problem for what breaks off.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any as AnyOrigin, CorsLayer};

use super::pace;
use super::rate_limit::Refuse;
use super::request_log;
use crate::api::push::MAX_PUSH_BYTES;
use crate::config::ServerLimits;
use crate::error::AppError;

/// A partner who sends all its records (32 MiB over a school's line, and their way into the store), and what an export of
/// everything would be, which takes as long as the export, may take longer than other answers.
const LONG_TIMEOUT: Duration = Duration::from_mins(10);

/// No script or style but our own files, nothing from elsewhere, in no one's frame. The builder of the widget shows it in
/// a frame of its own page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The layers around every route; the last stands outermost, so that no answer goes without its headers.
pub fn around_everything(router: Router, limits: &ServerLimits) -> Router {
    router
        .layer(DefaultBodyLimit::max(usize::try_from(limits.body_bytes).unwrap_or(usize::MAX)))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(headers))
        .layer(middleware::from_fn(request_log::tell))
}

/// Makes every handler answer: for one that breaks off or takes too long this refuses, with a problem or with a page; so
/// it does for what is too large or comes too slowly.
///
/// Every route needs it once. It stands inside [`cors`], so that a page of another site can read that problem.
pub fn always_answering<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    refuse: Refuse,
    limits: &ServerLimits,
) -> Router<S> {
    let limits = Arc::new(limits.clone());
    let answer_wait = limits.answer_wait;
    let panicked = move |panic: Box<dyn Any + Send + 'static>| refuse(AppError::Internal(broken_off(&*panic)));
    let timely = middleware::from_fn(move |request, next| in_time(request, next, answer_wait, refuse));
    let paced = middleware::from_fn(move |request: Request, next: Next| {
        let max_bytes = if is_push(&request) { MOST_OF_A_PUSH } else { limits.body_bytes };
        pace::keep_pace(request, next, max_bytes, Arc::clone(&limits), refuse)
    });
    router.layer(CatchPanicLayer::custom(panicked)).layer(timely).layer(paced)
}

/// The push of records tells for itself what is too much, and reads a little more for that.
const MOST_OF_A_PUSH: u64 = 3 * MAX_PUSH_BYTES as u64;

fn is_push(request: &Request) -> bool {
    let path = request.uri().path();
    request.method() == Method::POST && path.starts_with("/v1/sources/") && path.ends_with("/records")
}

/// A preview asks a source for a minute, and may have waited for its turn as long before.
fn is_preview(request: &Request) -> bool {
    let path = request.uri().path();
    request.method() == Method::POST && path.starts_with("/admin/") && path.ends_with("/preview")
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

async fn in_time(request: Request, next: Next, wait: Duration, refuse: Refuse) -> Response {
    let is_long = is_push(&request) || is_preview(&request) || request.uri().path() == "/v1/export.manifest.json";
    let limit = if is_long { LONG_TIMEOUT.max(wait) } else { wait };
    let answer = tokio::time::timeout(limit, next.run(request)).await;
    answer.unwrap_or_else(|_| refuse(AppError::Unavailable { reason: "it took too long to answer" }))
}

fn broken_off(panic: &(dyn Any + Send)) -> anyhow::Error {
    let cause = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    anyhow::anyhow!("a handler broke off: {}", cause.unwrap_or("a panic without words"))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use axum::routing::get;

    use super::*;

    #[tokio::test]
    async fn a_handler_that_breaks_off_is_told_of_as_its_router_refuses() {
        let refuse: Refuse = |error| (error.status(), format!("a page: {error}")).into_response();
        let breaking = || async { assert!(Router::<()>::new().has_routes(), "on purpose") };
        let router = always_answering(Router::new().route("/", get(breaking)), refuse, &ServerLimits::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = client.get(format!("http://{address}/")).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.text().await.expect("a text"), "a page: something went wrong on our side");
    }

    #[test]
    fn only_the_reader_may_bring_styles_of_its_own() {
        for (path, expected) in
            [("/docs/reader", true), ("/docs/reader/index.css", true), ("/docs", false), ("/docs/readers", false)]
        {
            assert_eq!(is_reader(path), expected, "{path}");
        }
    }
}

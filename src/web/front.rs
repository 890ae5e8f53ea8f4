//! Front: what stands at the listener from its first moment, before the application behind it is open.
//!
//! A program that is started listens at once and says that it is starting; so nobody is refused a connection, and what
//! spreads requests over several nodes learns where to go instead. Once the index holds something, everything is passed
//! on. A node that only works passes on nothing but what its operators ask.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, any_service};
use serde_json::json;

use super::problem::Problem;
use super::router::router;
use crate::app::App;
use crate::nodes::Phase;
use crate::pages::wants_html;

/// What operators and their programs ask, which is answered in every part of a node's life.
const FOR_OPERATORS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// What is said until the application itself can say it.
const OPENING: &str = "opening the store and the index";

/// What stands at the listener. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct Front(Arc<OnceLock<Behind>>);

/// The application, once it is open.
struct Behind {
    app: App,
    service: MethodRouter,
}

impl Front {
    /// The routes for the listener.
    pub fn router(&self) -> Router {
        let front = self.clone();
        Router::new().fallback(move |request: Request| {
            let front = front.clone();
            async move { front.answer(request).await }
        })
    }

    /// Passes requests on to this application from now on. The first one that is given stays.
    pub fn open(&self, app: &App) {
        self.0.get_or_init(|| Behind { app: app.clone(), service: any_service(router(app.clone())) });
    }

    async fn answer(&self, request: Request) -> Response {
        let path = request.uri().path();
        let Some(Behind { app, service }) = self.0.get() else {
            return not_yet(path, request.headers(), OPENING);
        };
        if !app.config.server.role.answers() && !FOR_OPERATORS.contains(&path) {
            return works_only(path);
        }
        if let Phase::Starting(what) = app.standing.phase()
            && is_too_early(app, path)
        {
            return not_yet(path, request.headers(), what);
        }
        Handler::<(), ()>::call(service.clone(), request, ()).await
    }
}

/// Whether a node that makes itself ready cannot answer this yet: an index that holds nothing would say that there is
/// nothing.
fn is_too_early(app: &App, path: &str) -> bool {
    app.index.position() == 0 && !FOR_OPERATORS.contains(&path)
}

/// The answer while nothing can be answered.
fn not_yet(path: &str, headers: &HeaderMap, what: &str) -> Response {
    let mut response = match path {
        "/healthz" => axum::Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })).into_response(),
        "/readyz" => {
            let checks = json!([{ "name": "start", "status": "starting", "detail": what }]);
            let told = json!({ "status": "starting", "checks": checks });
            (StatusCode::SERVICE_UNAVAILABLE, axum::Json(told)).into_response()
        }
        _ if wants_html(headers) && !path.starts_with("/v1") => {
            (StatusCode::SERVICE_UNAVAILABLE, Html(PAGE)).into_response()
        }
        _ => {
            let detail = format!("the service is starting: {what}");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available now", &detail).into_response()
        }
    };
    let is_refused = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    if is_refused {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // A page of another site that shows our widget can say so to its readers.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// Plain, since nothing else can be sent yet.
const PAGE: &str = "<!doctype html><html lang=\"en-GB\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
                    content=\"width=device-width\"><title>Starting</title><h1>One moment</h1><p>The service is being \
                    started. Please load this page again in some seconds.</p></html>";

/// The answer of a node that answers nobody.
fn works_only(path: &str) -> Response {
    let shown: String = path.chars().take(120).collect();
    let detail = format!("this node works and answers nobody; ask another one for `{shown}`");
    Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", &detail).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};

    use super::*;

    async fn ask(path: &str, accept: &'static str) -> (StatusCode, HeaderMap, String) {
        let request = Request::builder().uri(path).header(header::ACCEPT, accept).body(Body::empty()).unwrap();
        let response = Front::default().answer(request).await;
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 10_000).await.unwrap();
        (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn before_anything_is_open_it_lives_and_is_not_ready() {
        let (status, _, body) = ask("/healthz", "*/*").await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains("\"ok\""), "{body}");
        let (status, headers, body) = ask("/readyz", "*/*").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("\"status\":\"starting\"") && headers.contains_key(header::RETRY_AFTER), "{body}");
    }

    #[tokio::test]
    async fn who_asks_too_early_is_told_when_to_come_back_as_a_problem_or_as_a_page() {
        let (status, headers, body) = ask("/v1/resources?q=a", "text/html").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        assert!(body.contains(OPENING), "{body}");
        let (status, headers, body) = ask("/coverage", "text/html").await;
        assert_eq!(
            (status, &headers[header::RETRY_AFTER]),
            (StatusCode::SERVICE_UNAVAILABLE, &HeaderValue::from_static("2"))
        );
        assert!(body.contains("<h1>"), "{body}");
    }
}

//! One line of log and one count for each request that is answered, and the id by which its lines are found again.
//!
//! A line has the template of the route and never what was asked for behind it: what people type, and keys, are nobody's
//! to keep. The id is made here, whatever a caller sends.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::metrics;

/// De facto; whoever reports a trouble can name the request by it.
const REQUEST_ID: &str = "x-request-id";
/// The route of what has none.
const NO_ROUTE: &str = "none";

/// Answers a request, counts it and writes it down: at `debug`, and what went wrong on our side at `info`.
pub(super) async fn tell(mut request: Request, next: Next) -> Response {
    let id = next_id();
    // What a caller sends under this name could be taken for ours further in.
    request.headers_mut().remove(REQUEST_ID);
    let method = name_of(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let began = Instant::now();
    let span = tracing::error_span!("request", request.id = id);
    let mut response = next.run(request).instrument(span).await;
    let duration = began.elapsed();
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let status = response.status().as_u16();
    metrics::count_request(route, method, status, duration);
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::info!(request.id = id, method, route, status, duration_ms, "a request was not answered");
    } else {
        tracing::debug!(request.id = id, method, route, status, duration_ms, "a request was answered");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Unlike any other of this program, and unlike those of its other runs and of other nodes.
fn next_id() -> String {
    static RUN: OnceLock<String> = OnceLock::new();
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let run = RUN.get_or_init(|| {
        let mut bytes = [0; 6];
        getrandom::fill(&mut bytes).expect("an operating system without randomness cannot serve anybody safely");
        let mut text = String::with_capacity(12);
        for byte in bytes {
            let _ = write!(text, "{byte:02x}");
        }
        text
    });
    format!("{run}-{:x}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// A caller may make up methods without end, and each would be a count of its own.
fn name_of(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_requests_have_one_id() {
        let ids: BTreeSet<String> = (0..100).map(|_| next_id()).collect();
        assert_eq!(ids.len(), 100);
        assert!(ids.iter().all(|id| HeaderValue::from_str(id).is_ok()), "{ids:?}");
    }

    #[test]
    fn methods_that_somebody_makes_up_are_one() {
        let made_up = Method::from_bytes(b"BREW").expect("a method");
        assert_eq!((name_of(&made_up), name_of(&Method::PUT)), ("other", "PUT"));
    }
}

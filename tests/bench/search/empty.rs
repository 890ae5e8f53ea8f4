//! A handler that does nothing: what HTTP alone costs here.

use axum::Router;
use axum::body::Bytes;
use axum::http::header;

/// Answers every path with the same body of so many bytes.
pub(crate) fn router(body_bytes: usize) -> Router {
    let body = Bytes::from(vec![b' '; body_bytes]);
    let answer = move || {
        let body = body.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], body) }
    };
    Router::new().fallback(answer)
}

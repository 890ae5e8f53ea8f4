//! The widget: `<signpost-search>` for the pages of others, as one script, as a page for a frame, and through oEmbed.
//!
//! What the element does is in `signpost-search.js`, how it looks in `signpost-search.css`, what it says in `words.json`;
//! `script` makes one file of them. It asks the open API like anybody else, so nothing here knows how to search.

mod embedding;
mod frame;
mod oembed;
mod script;

use std::borrow::Cow;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use crate::app::App;
use crate::error::AppError;
use crate::web::etag;
use crate::web::path::PathId;
use script::script;

/// An address with a hash always gives the same bytes. Source: RFC 8246.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// The others give what is newest, and a page asks once an hour.
const FOR_AN_HOUR: &str = "public, max-age=3600";

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const FRAME_SCRIPT: &str = include_str!("frame.js");
const FRAME_STYLE: &str = include_str!("frame.css");

/// The routes of all that other sites embed.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/embed/search", get(frame::show_frame))
        .route("/embed/{file}", get(show_file))
        .route("/oembed", get(oembed::show_embedding))
}

async fn show_file(State(app): State<App>, PathId(name): PathId, headers: HeaderMap) -> Result<Response, AppError> {
    let script = script();
    let (content_type, caching, body) = match name.as_str() {
        "v1.js" => (JAVASCRIPT, FOR_AN_HOUR, Cow::Borrowed(script.body.as_str())),
        "v1.json" => {
            let url = format!("{}/embed/{}", app.public_url(), script.name);
            let told = json!({ "url": url, "integrity": script.integrity, "bytes": script.body.len() });
            ("application/json", FOR_AN_HOUR, Cow::Owned(told.to_string()))
        }
        "frame.js" => (JAVASCRIPT, FOR_AN_HOUR, Cow::Borrowed(FRAME_SCRIPT)),
        "frame.css" => ("text/css; charset=utf-8", FOR_AN_HOUR, Cow::Borrowed(FRAME_STYLE)),
        name if name == script.name => (JAVASCRIPT, FOR_GOOD, Cow::Borrowed(script.body.as_str())),
        name => return Err(AppError::no_such("file", name)),
    };
    let tag = etag::of_parts(&[&body]);
    let mut response = if etag::is_held(&headers, &tag) {
        etag::not_modified(&tag)
    } else {
        let body = ([(header::CONTENT_TYPE, content_type)], Body::from(body)).into_response();
        etag::with_tag(body, &tag)
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    open_to_all(response.headers_mut());
    Ok(response)
}

/// Lets pages of any site load an answer: with a hash to check it by, which needs CORS, and where a page takes nothing
/// that does not say so. Source: Fetch, `Cross-Origin-Resource-Policy`.
fn open_to_all(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("cross-origin"));
}

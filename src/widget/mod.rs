//! The widget: `<signpost-search>` for the pages of others, as one script, as a page for a frame, and through oEmbed.
//!
//! What the element does is in `signpost-search.js`, how it looks in `signpost-search.css`, what it says in `words.json`;
//! `script` makes one file of them. It asks the open API like anybody else, so nothing here knows how to search.

mod embedding;
mod frame;
mod oembed;
mod script;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;

use crate::app::App;
use crate::error::AppError;
use crate::web::etag;
use crate::web::path::PathId;
use script::script;

pub(crate) use frame::SANDBOX;
pub(crate) use script::script as embed_script;

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
    let (media_type, body) = match name.as_str() {
        "v1.json" => {
            let url = format!("{}/embed/{}", app.public_url(), script.name);
            let told = json!({ "url": url, "integrity": script.integrity, "bytes": script.body.len() });
            ("application/json", Bytes::from(told.to_string()))
        }
        "frame.js" => (JAVASCRIPT, Bytes::from_static(FRAME_SCRIPT.as_bytes())),
        "frame.css" => ("text/css; charset=utf-8", Bytes::from_static(FRAME_STYLE.as_bytes())),
        name if name == "v1.js" || name == script.name => (JAVASCRIPT, Bytes::from_static(script.body.as_bytes())),
        name => return Err(AppError::no_such("file", name)),
    };
    let response = etag::answer(&headers, media_type, body);
    let mut response =
        if name == script.name { etag::kept_for_good(response) } else { etag::kept_for_an_hour(response) };
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

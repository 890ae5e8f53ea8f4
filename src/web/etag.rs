//! Entity tags: a partner who asks again for what has not changed is told so before anything is searched.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::DateTime;

use crate::app::App;

/// The tag of an answer that follows from the index, the names of the sources, what editors decided about searches and partners
/// about their views, the hour it was asked for and a key.
///
/// The hour is the `now` of the search: what ends must not stay on show behind an old tag.
pub fn of_index(app: &App, hour: DateTime, key: &str) -> String {
    let (generation, position) = (app.index.generation(), app.index.position());
    let (names, pins, views) = (app.source_names_mark(), app.pins.version(), app.views.version());
    of_parts(&[&format!("{generation} {position} {hour} {names} {pins} {views}"), key])
}

/// The tag of an answer that follows from these parts.
///
/// Weak, since bodies are compressed on the way (RFC 9110, 8.8.1).
pub fn of_parts(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    format!("W/\"{}\"", &hasher.finalize().to_hex()[..20])
}

/// Whether the caller holds this answer already. Source: RFC 9110, 13.1.2 (weak comparison).
pub fn is_held(headers: &HeaderMap, tag: &str) -> bool {
    let bare = tag.trim_start_matches("W/");
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').map(str::trim).any(|held| held == "*" || held.trim_start_matches("W/") == bare))
}

/// The answer to one who holds it already.
pub fn not_modified(tag: &str) -> Response {
    with_tag(StatusCode::NOT_MODIFIED.into_response(), tag)
}

/// For a minute nobody need ask again, and for five more an old answer may be shown while a new one is fetched.
const CACHE_CONTROL: &str = "public, max-age=60, stale-while-revalidate=300";

/// Puts the tag and the caching rule on an answer.
pub fn with_tag(mut response: Response, tag: &str) -> Response {
    set_tag(response.headers_mut(), tag);
    response
}

/// Puts the tag and the caching rule among the headers of an answer.
pub fn set_tag(headers: &mut HeaderMap, tag: &str) {
    if let Ok(value) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL));
}

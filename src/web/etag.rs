//! Entity tags: a partner who asks again for what has not changed is told so before anything is searched.

use axum::body::Bytes;
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
    of_bytes(parts.iter().map(|part| part.as_bytes()))
}

fn of_bytes<'a>(parts: impl Iterator<Item = &'a [u8]>) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
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

/// A body of this type, under a tag that follows from it; to one who holds it already only the word that it is still
/// right.
pub fn answer(headers: &HeaderMap, media_type: &'static str, body: impl Into<Bytes>) -> Response {
    let body = body.into();
    let tag = of_bytes(std::iter::once(&*body));
    if is_held(headers, &tag) {
        return not_modified(&tag);
    }
    with_tag(([(header::CONTENT_TYPE, media_type)], body).into_response(), &tag)
}

/// The answer to one who holds it already.
pub fn not_modified(tag: &str) -> Response {
    with_tag(StatusCode::NOT_MODIFIED.into_response(), tag)
}

/// For a minute nobody need ask again, and for five more an old answer may be shown while a new one is fetched.
const CACHE_CONTROL: &str = "public, max-age=60, stale-while-revalidate=300";
/// The same, for the browser of the one who asks alone.
const PRIVATE: &str = "private, max-age=60";
/// What carries its version in its address is always the same bytes. Source: RFC 8246.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// What changes with a new version of the service, at an address that stays.
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// An answer of which these bytes and no others are found at its address, ever.
pub fn kept_for_good(response: Response) -> Response {
    kept(response, FOR_GOOD)
}

/// An answer that may be another one tomorrow.
pub fn kept_for_an_hour(response: Response) -> Response {
    kept(response, FOR_AN_HOUR)
}

/// An answer of which these bytes are found at its address for good where the query string names their version, as in
/// `?v=0123456789abcdef`.
pub fn kept_by_version(response: Response, query: Option<&str>, version: &str) -> Response {
    if query.and_then(|query| query.strip_prefix("v=")) == Some(version) {
        kept_for_good(response)
    } else {
        kept_for_an_hour(response)
    }
}

/// An answer that holds what a visitor chose or wrote: their browser may keep it, and no cache on the way.
pub fn kept_privately(response: Response) -> Response {
    kept(response, PRIVATE)
}

/// An answer for the one who asks, and for no cache.
pub fn kept_by_nobody(response: Response) -> Response {
    kept(response, "no-store")
}

fn kept(mut response: Response, rule: &'static str) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
    response
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_not_sent_again() {
        let first = answer(&HeaderMap::new(), "text/plain", "a");
        let tag = first.headers()[header::ETAG].clone();
        let asked_again: HeaderMap = [(header::IF_NONE_MATCH, tag)].into_iter().collect();
        assert_eq!(answer(&asked_again, "text/plain", "a").status(), StatusCode::NOT_MODIFIED);
        assert_eq!(answer(&asked_again, "text/plain", "b").status(), StatusCode::OK);
    }

    #[test]
    fn a_versioned_address_is_kept_for_good_and_any_other_for_an_hour() {
        for (query, expected) in [(Some("v=12"), FOR_GOOD), (Some("v=1"), FOR_AN_HOUR), (None, FOR_AN_HOUR)] {
            let response = kept_by_version(Response::default(), query, "12");
            assert_eq!(response.headers()[header::CACHE_CONTROL], expected, "{query:?}");
        }
    }
}

//! What the pages of the documentation are made of: their style sheet, and the programs that they show.

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::AppError;
use crate::pages::error_page;
use crate::web::etag;
use crate::web::path::PathId;

const STYLESHEET: &str = include_str!("docs.css");

/// An address with a version always gives the same bytes. Source: RFC 8246.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// Without its version it may give others tomorrow.
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// A program that partners may copy.
#[derive(Debug)]
pub(super) struct Program {
    /// Its file name.
    pub(super) name: &'static str,
    /// The program itself.
    pub(super) text: &'static str,
}

/// The programs, from the files that `tests/partners/clients/run` runs.
pub(super) static PROGRAMS: [Program; 5] = [
    Program { name: "search.sh", text: include_str!("../../tests/partners/clients/search.sh") },
    Program { name: "search.mjs", text: include_str!("../../tests/partners/clients/search.mjs") },
    Program { name: "search.py", text: include_str!("../../tests/partners/clients/search.py") },
    Program { name: "sync.py", text: include_str!("../../tests/partners/clients/sync.py") },
    Program { name: "sync.mjs", text: include_str!("../../tests/partners/clients/sync.mjs") },
];

/// The address of the style sheet, with its version.
pub(super) fn stylesheet() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| format!("/docs/docs.css?v={}", stylesheet_version()));
    &ADDRESS
}

/// Eight bytes of the hash: enough to tell any two versions apart.
fn stylesheet_version() -> String {
    blake3::hash(STYLESHEET.as_bytes()).to_hex()[..16].to_owned()
}

/// The style sheet.
pub(super) fn show_stylesheet(query: Option<&str>, headers: &HeaderMap) -> Response {
    let is_versioned = query.and_then(|query| query.strip_prefix("v=")) == Some(stylesheet_version().as_str());
    let caching = if is_versioned { FOR_GOOD } else { FOR_AN_HOUR };
    show_text(STYLESHEET, "text/css; charset=utf-8", caching, headers)
}

/// A program, to be fetched and run.
pub(super) async fn show_program(
    path: Result<PathId, AppError>,
    State(app): State<App>,
    headers: HeaderMap,
) -> Response {
    let found = path.ok().and_then(|PathId(name)| PROGRAMS.iter().find(|program| program.name == name));
    let Some(program) = found else {
        return error_page(StatusCode::NOT_FOUND, "There is no such program", "Those there are stand at /docs.", &app);
    };
    // As text, so that a browser shows it and runs nothing.
    show_text(program.text, "text/plain; charset=utf-8", FOR_AN_HOUR, &headers)
}

fn show_text(text: &'static str, media_type: &'static str, caching: &'static str, headers: &HeaderMap) -> Response {
    let tag = etag::of_parts(&[text]);
    let mut response = if etag::is_held(headers, &tag) {
        etag::not_modified(&tag)
    } else {
        etag::with_tag(([(header::CONTENT_TYPE, media_type)], text).into_response(), &tag)
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_versioned_address_is_kept_for_good_and_a_bare_one_for_an_hour() {
        let query = stylesheet().split_once('?').map(|(_, query)| query);
        for (query, expected) in [(query, FOR_GOOD), (None, FOR_AN_HOUR), (Some("v=0"), FOR_AN_HOUR)] {
            let response = show_stylesheet(query, &HeaderMap::new());
            assert_eq!(response.headers()[header::CACHE_CONTROL], expected, "{query:?}");
        }
    }

    #[test]
    fn a_program_is_short_enough_to_read() {
        for program in &PROGRAMS {
            assert!(program.text.lines().count() <= 75, "{}", program.name);
        }
    }
}

//! What the pages of the documentation are made of: their style sheet, and the programs that they show.

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::app::App;
use crate::error::AppError;
use crate::pages::error_page;
use crate::web::etag;
use crate::web::path::PathId;

const STYLESHEET: &str = include_str!("docs.css");

/// A program that partners may copy.
#[derive(Debug)]
pub(super) struct Program {
    /// Its file name.
    pub(super) name: &'static str,
    /// The program itself.
    pub(super) text: &'static str,
}

/// The programs, which `tests/partners/clients/run` runs.
pub(super) static PROGRAMS: [Program; 5] = [
    Program { name: "search.sh", text: include_str!("clients/search.sh") },
    Program { name: "search.mjs", text: include_str!("clients/search.mjs") },
    Program { name: "search.py", text: include_str!("clients/search.py") },
    Program { name: "sync.py", text: include_str!("clients/sync.py") },
    Program { name: "sync.mjs", text: include_str!("clients/sync.mjs") },
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
    let response = etag::answer(headers, "text/css; charset=utf-8", STYLESHEET);
    etag::kept_by_version(response, query, &stylesheet_version())
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
    etag::kept_for_an_hour(etag::answer(&headers, "text/plain; charset=utf-8", program.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_that_pages_name_carries_the_version() {
        let query = stylesheet().split_once('?').map(|(_, query)| query);
        let caching = |query| show_stylesheet(query, &HeaderMap::new()).headers()["cache-control"].clone();
        assert!(query.is_some() && caching(query) != caching(None));
    }

    #[test]
    fn a_program_is_short_enough_to_read() {
        for program in &PROGRAMS {
            assert!(program.text.lines().count() <= 75, "{}", program.name);
        }
    }
}

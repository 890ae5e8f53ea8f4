//! Style sheet and logo, inside the binary. Their addresses carry a version, so that browsers keep them for good.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::errors;
use crate::web::etag;

#[derive(RustEmbed)]
#[folder = "src/pages/assets/"]
struct Assets;

/// The address of the style sheet.
pub(super) fn stylesheet() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| versioned_address("signpost.css"));
    &ADDRESS
}

/// The address of the logo.
pub(super) fn logo() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| versioned_address("logo.svg"));
    &ADDRESS
}

/// One file of ours.
pub(super) fn show_asset(path: &str, query: Option<&str>, headers: &HeaderMap) -> Response {
    let Some(file) = Assets::get(path) else {
        return errors::plain_error_page(StatusCode::NOT_FOUND, "There is no such file", "Nothing stands here.");
    };
    let version = version(&file);
    let tag = format!("W/\"{version}\"");
    let response = if etag::is_held(headers, &tag) {
        etag::not_modified(&tag)
    } else {
        let body = ([(header::CONTENT_TYPE, content_type(path))], Body::from(file.data)).into_response();
        etag::with_tag(body, &tag)
    };
    etag::kept_by_version(response, query, &version)
}

fn versioned_address(path: &str) -> String {
    let file = Assets::get(path).expect("the file ships inside the binary; a test asks for each");
    format!("/assets/{path}?v={}", version(&file))
}

/// Eight bytes of the file's hash: enough to tell any two of its versions apart.
fn version(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let start = hash.first_chunk::<8>().expect("a SHA-256 has 32 bytes");
    format!("{:016x}", u64::from_be_bytes(*start))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_pages_name_ships_and_has_a_content_type() {
        for address in [stylesheet(), logo()] {
            let path = address.strip_prefix("/assets/").and_then(|rest| rest.split('?').next()).unwrap();
            assert!(Assets::get(path).is_some(), "{address}");
            assert_ne!(content_type(path), "application/octet-stream", "{address}");
        }
    }

    #[test]
    fn the_address_that_pages_name_carries_the_version() {
        let query = stylesheet().split_once('?').map(|(_, query)| query);
        let caching = |query| show_asset("signpost.css", query, &HeaderMap::new()).headers()["cache-control"].clone();
        assert!(query.is_some() && caching(query) != caching(None));
    }

    #[test]
    fn a_path_that_leads_out_of_the_folder_finds_nothing() {
        for path in ["../mod.rs", "/etc/passwd", "", "signpost.css/"] {
            assert_eq!(show_asset(path, None, &HeaderMap::new()).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}

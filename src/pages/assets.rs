//! What pages are made of besides their HTML: one style sheet, scripts and the icon, inside the binary. Their addresses
//! carry a version, so that browsers keep them for good.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::wording::word;
use super::{errors, icons};
use crate::web::etag;

/// The parts of the style sheet, in the order in which they are joined: what all pages share, then each page, then what
/// may overrule them all.
const STYLES: [&str; 17] = [
    include_str!("assets/styles/tokens.css"),
    include_str!("assets/styles/base.css"),
    include_str!("assets/styles/controls.css"),
    include_str!("assets/styles/frame.css"),
    include_str!("assets/styles/search.css"),
    include_str!("assets/styles/results.css"),
    include_str!("assets/styles/resource.css"),
    include_str!("assets/styles/list.css"),
    include_str!("assets/styles/home.css"),
    include_str!("assets/styles/students.css"),
    include_str!("assets/styles/coverage.css"),
    include_str!("assets/styles/sources.css"),
    include_str!("assets/styles/planner.css"),
    include_str!("assets/styles/partners.css"),
    include_str!("assets/styles/design.css"),
    include_str!("assets/styles/access.css"),
    include_str!("assets/styles/print.css"),
];

/// The scripts. Each makes a page better that is whole without it, and says nothing itself: its words are in the page.
const SCRIPTS: [(&str, &str); 6] = [
    ("search.js", include_str!("assets/search.js")),
    ("facets.js", include_str!("assets/facets.js")),
    ("copy.js", include_str!("assets/copy.js")),
    ("planner.js", include_str!("assets/planner.js")),
    ("partners.js", include_str!("assets/partners.js")),
    ("admin.js", include_str!("assets/admin.js")),
];

const STYLESHEET: &str = "signpost.css";
/// What the pages of the console add to it. Visitors never load it.
pub(super) const CONSOLE_STYLESHEET: &str = "admin.css";
/// The icon that stands in a browser's tab.
pub(super) const ICON: &str = "logo.svg";

/// One file.
struct Asset {
    media_type: &'static str,
    text: String,
    version: String,
    address: String,
}

static ASSETS: LazyLock<BTreeMap<&'static str, Asset>> = LazyLock::new(|| {
    let scripts = SCRIPTS.map(|(name, text)| (name, "text/javascript; charset=utf-8", text.to_owned()));
    let others = [
        (STYLESHEET, "text/css; charset=utf-8", STYLES.map(bare).concat()),
        (CONSOLE_STYLESHEET, "text/css; charset=utf-8", bare(include_str!("assets/styles/admin.css"))),
        (ICON, "image/svg+xml", icons::logo().to_owned()),
    ];
    scripts
        .into_iter()
        .chain(others)
        .map(|(name, media_type, text)| (name, Asset::new(name, media_type, text)))
        .collect()
});

impl Asset {
    fn new(name: &str, media_type: &'static str, text: String) -> Self {
        // Eight bytes of the hash: enough to tell any two versions apart.
        let version = blake3::hash(text.as_bytes()).to_hex()[..16].to_owned();
        let address = format!("/assets/{name}?v={version}");
        Self { media_type, text, version, address }
    }
}

/// A style sheet without what only its readers need, comments and indents: a sixth less to send.
fn bare(style: &str) -> String {
    let mut rest = style;
    let mut rules = String::with_capacity(style.len());
    while let Some((before, comment)) = rest.split_once("/*") {
        rules.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    rules.push_str(rest);
    rules.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

/// The address of the style sheet.
pub(super) fn stylesheet() -> &'static str {
    address(STYLESHEET)
}

/// The address of the icon that stands in a browser's tab.
pub(super) fn icon() -> &'static str {
    address(ICON)
}

/// The address of a script.
pub(super) fn script(name: &str) -> &'static str {
    address(name)
}

fn address(name: &str) -> &'static str {
    &ASSETS.get(name).expect("every file that a page names ships inside the binary; a test asks for each").address
}

/// One file of ours.
pub(super) fn show_asset(path: &str, query: Option<&str>, headers: &HeaderMap) -> Response {
    let Some(asset) = ASSETS.get(path) else {
        return errors::plain_error_page(StatusCode::NOT_FOUND, word("errors.no-file-title"), word("errors.no-file"));
    };
    let response = etag::answer(headers, asset.media_type, asset.text.as_str());
    etag::kept_by_version(response, query, &asset.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_that_pages_name_carries_the_version() {
        let query = stylesheet().split_once('?').map(|(_, query)| query);
        let caching = |query| show_asset(STYLESHEET, query, &HeaderMap::new()).headers()["cache-control"].clone();
        assert!(query.is_some() && caching(query) != caching(None));
    }

    #[test]
    fn comments_and_indents_are_not_sent() {
        let style = "/* Why */\n\n.a {\n  top: 0; /* and\n  how */\n}\n";
        assert_eq!(bare(style), ".a {\ntop: 0;\n}\n");
        assert!(!ASSETS[STYLESHEET].text.contains("/*"));
    }

    #[test]
    fn no_script_and_no_style_asks_for_anything_elsewhere() {
        for (name, asset) in ASSETS.iter() {
            assert!(!asset.text.contains("@import") && !asset.text.contains("url(http"), "{name}");
        }
    }

    #[test]
    fn a_path_that_leads_out_of_the_folder_finds_nothing() {
        for path in ["../mod.rs", "/etc/passwd", "", "signpost.css/", "styles/base.css"] {
            assert_eq!(show_asset(path, None, &HeaderMap::new()).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}

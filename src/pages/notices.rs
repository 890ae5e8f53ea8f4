//! What Signpost says of itself: about, privacy, accessibility. The texts are in the templates.

use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;

use super::layout::Layout;
use super::present;

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage {
    layout: Layout,
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyPage {
    layout: Layout,
}

#[derive(Template)]
#[template(path = "accessibility.html")]
struct AccessibilityPage {
    layout: Layout,
}

/// What Signpost is and how it works.
pub(super) fn show_about(headers: &HeaderMap) -> Response {
    present(headers, &AboutPage { layout: Layout::new("About Signpost", "/about") })
}

/// What is known of visitors, which is nothing.
pub(super) fn show_privacy(headers: &HeaderMap) -> Response {
    present(headers, &PrivacyPage { layout: Layout::new("Privacy", "/privacy") })
}

/// For whom the pages work, and where they do not yet.
pub(super) fn show_accessibility(headers: &HeaderMap) -> Response {
    present(headers, &AccessibilityPage { layout: Layout::new("Accessibility", "/accessibility") })
}

//! What Signpost says of itself: about, privacy, accessibility. The texts are in the file of words.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::carried::Carried;
use super::errors::PageError;
use super::layout::Layout;
use super::wording::word;
use super::{filters, markup, present};
use crate::app::App;

pub(super) use super::contact::show_contact;

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage {
    layout: Layout,
    heading: &'static str,
    lead: &'static str,
    body: Safe<String>,
}

impl NoticePage {
    /// The notice at this path, by the names of its texts.
    fn new(path: &str, heading: &'static str, lead: &'static str, body: &str, carried: &Carried) -> Self {
        let (heading, lead) = (word(heading), word(lead));
        let layout = Layout::new(heading, path).described(lead).carrying(carried);
        Self { layout, heading, lead, body: markup::prose(body, carried) }
    }
}

/// What Signpost is and how it works.
pub(super) async fn show_about(
    State(_): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let carried = Carried::alone(raw.as_deref())?;
    let page = NoticePage::new("/about", "about.heading", "about.lead", "about.body", &carried);
    Ok(present(&headers, &page))
}

/// What is known of visitors, which is next to nothing.
pub(super) async fn show_privacy(
    State(_): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let carried = Carried::alone(raw.as_deref())?;
    let page = NoticePage::new("/privacy", "privacy.heading", "privacy.lead", "privacy.body", &carried);
    Ok(present(&headers, &page))
}

/// For whom the pages work, how that was tested, and where they do not yet.
pub(super) async fn show_accessibility(
    State(_): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let carried = Carried::alone(raw.as_deref())?;
    let page = NoticePage::new(
        "/accessibility",
        "accessibility.heading",
        "accessibility.lead",
        "accessibility.body",
        &carried,
    );
    Ok(present(&headers, &page))
}

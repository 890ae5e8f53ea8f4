//! What Signpost says of itself: about, privacy, accessibility. The texts are in the file of words.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::carried::{CARRIED, Carried};
use super::errors::PageError;
use super::layout::Layout;
use super::wording::word;
use super::{filters, markup, present};
use crate::app::App;
use crate::error::AppError;
use crate::web::mistakes::Mistakes;
use crate::web::values::Values;

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
    let carried = read_carried(raw.as_deref())?;
    let page = NoticePage::new("/about", "about.heading", "about.lead", "about.body", &carried);
    Ok(present(&headers, &page))
}

/// What is known of visitors, which is next to nothing.
pub(super) async fn show_privacy(
    State(_): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let carried = read_carried(raw.as_deref())?;
    let page = NoticePage::new("/privacy", "privacy.heading", "privacy.lead", "privacy.body", &carried);
    Ok(present(&headers, &page))
}

/// For whom the pages work, how that was tested, and where they do not yet.
pub(super) async fn show_accessibility(
    State(_): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let carried = read_carried(raw.as_deref())?;
    let page = NoticePage::new(
        "/accessibility",
        "accessibility.heading",
        "accessibility.lead",
        "accessibility.body",
        &carried,
    );
    Ok(present(&headers, &page))
}

/// What the visitor carries, on a page that takes nothing else.
pub(super) fn read_carried(raw: Option<&str>) -> Result<Carried, AppError> {
    let mut mistakes = Mistakes::default();
    let values = Values::read(raw, &CARRIED, &mut mistakes);
    let carried = Carried::strict(&values, &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(carried)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_refuses_what_it_does_not_know() {
        assert!(read_carried(Some("words=wales")).is_ok());
        for wrong in ["word=wales", "words=Wales", "words=wales&words=scotland", "list=zz"] {
            assert!(matches!(read_carried(Some(wrong)), Err(AppError::BadRequest(told)) if told.len() == 1), "{wrong}");
        }
    }
}

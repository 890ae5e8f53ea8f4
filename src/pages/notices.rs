//! What Signpost says of itself: about, privacy, accessibility. The texts are in the file of words.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::carried::{CARRIED, Carried};
use super::errors::PageError;
use super::layout::Layout;
use super::wording::{prose, word};
use super::{filters, present};
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
        Self { layout, heading, lead, body: carrying_prose(body, carried) }
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
    Values::read(raw, &CARRIED, &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(Carried::read(raw))
}

/// Prose of ours whose links to pages of ours take along what the visitor carries; those to the API stay as they are.
///
/// It is as safe to send as the prose: what is put into it is an address of ours, escaped.
pub(super) fn carrying_prose(name: &str, carried: &Carried) -> Safe<String> {
    const LINK: &str = "href=\"/";
    let html = prose(word(name));
    let mut parts = html.split(LINK);
    let mut page = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (path, rest) = part.split_once('"').unwrap_or((part, ""));
        let address = format!("/{path}");
        let is_page = !path.starts_with("v1");
        let address = if is_page { carried.address(&address).replace('&', "&amp;") } else { address };
        page.push_str("href=\"");
        page.push_str(&address);
        page.push('"');
        page.push_str(rest);
    }
    Safe(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_prose_take_along_what_is_carried_and_the_api_stays_as_it_is() {
        let nothing = Carried::default();
        let carried = Carried::read(Some("words=wales&list=011rmn2hc4hg4kvz"));
        let plain = carrying_prose("about.body", &nothing).0;
        assert_eq!(plain, prose(word("about.body")));
        let page = carrying_prose("about.body", &carried).0;
        assert!(page.contains("href=\"/sources?words=wales&amp;list=011rmn2hc4hg4kvz\""), "{page}");
        assert!(page.contains("href=\"https://") && !page.contains("\"/v1/coverage?words"), "{page}");
        assert_eq!(page.matches("<a ").count(), plain.matches("<a ").count());
    }

    #[test]
    fn a_notice_refuses_what_it_does_not_know() {
        assert!(read_carried(Some("words=wales")).is_ok());
        assert!(matches!(read_carried(Some("word=wales")), Err(AppError::BadRequest(told)) if told.len() == 1));
    }
}

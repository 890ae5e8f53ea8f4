//! `/contact`: how to reach whoever runs this Signpost; how the owner of a catalogue has it taken out, or put in.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::carried::Carried;
use super::errors::PageError;
use super::layout::Layout;
use super::outbound::Outbound;
use super::wording::word;
use super::{filters, markup, present};
use crate::app::App;

#[derive(Template)]
#[template(path = "contact.html")]
struct ContactPage {
    layout: Layout,
    /// The mail address of whoever runs it.
    mail: Option<String>,
    /// Their page for catalogues, where there is no mail address.
    website: Option<Outbound>,
    body: Safe<String>,
}

/// How to reach us.
pub(super) async fn show_contact(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let carried = Carried::alone(raw.as_deref())?;
    let config = &app.config;
    let page = ContactPage {
        layout: Layout::new(word("contact.heading"), "/contact").described(word("contact.lead")).carrying(&carried),
        mail: config.server.admin_email.clone(),
        website: config.harvest.contact_url.as_deref().and_then(Outbound::parse),
        body: markup::prose("contact.body", &carried),
    };
    Ok(present(&headers, &page))
}

//! `/partners/key`: a form with which somebody makes themself a key, and the page that shows it, once.
//!
//! It needs no script. No form on another site can send it: what the browser says of where it comes from is looked at.

use std::ops::RangeInclusive;

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::carried::Carried;
use super::errors::{PageError, refused_form};
use super::layout::Layout;
use super::once::present_once;
use super::wording::{say, word};
use super::{filters, present};
use crate::app::App;
use crate::catalogue::PartnerDetails;
use crate::partners::{CONTACT_CHARACTERS, NAME_CHARACTERS, make_partner, read_line};
use crate::web::body::read_form;
use crate::web::mistakes::Mistakes;
use crate::web::peer::Peer;

/// Where the form is, and where it is sent.
const PATH: &str = "/partners/key";

#[derive(Template)]
#[template(path = "keys.html")]
struct KeyPage {
    layout: Layout,
    /// Where the form is sent.
    action: String,
    docs_href: String,
    view_href: String,
    partners_href: String,
    name: Field,
    contact: Field,
    /// What the form has led to.
    made: Option<MadeKey>,
}

/// One field of the form, as it was filled in.
#[derive(Debug, Default)]
struct Field {
    value: String,
    /// What is wrong with it.
    mistake: Option<String>,
}

/// A partner that was made just now.
struct MadeKey {
    name: String,
    key: String,
    /// A call that shows how the key is sent.
    call: String,
}

impl KeyPage {
    fn new(carried: &Carried, name: Field, contact: Field, made: Option<MadeKey>) -> Self {
        let title = match (&made, name.mistake.is_some() || contact.mistake.is_some()) {
            (Some(_), _) => word("keys.title-made"),
            (None, true) => word("keys.title-mistake"),
            (None, false) => word("keys.title"),
        };
        let layout = Layout::new(title, PATH).described(word("keys.description")).carrying(carried);
        // The form needs none; the key and the call are copied.
        let layout = if made.is_some() { layout.scripted(&["copy.js"]) } else { layout };
        Self {
            layout,
            action: carried.address(PATH),
            docs_href: carried.address("/docs/keys"),
            view_href: carried.address("/partners/view"),
            partners_href: carried.address("/partners"),
            name,
            contact,
            made,
        }
    }
}

/// The empty form.
pub(super) async fn show_form(RawQuery(raw): RawQuery, headers: HeaderMap) -> Result<Response, PageError> {
    let carried = Carried::alone(raw.as_deref())?;
    Ok(present(&headers, &KeyPage::new(&carried, Field::default(), Field::default(), None)))
}

/// Makes a key of what was filled in; or shows what is wrong with it.
pub(super) async fn make_key(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, PageError> {
    let carried = Carried::alone(raw.as_deref())?;
    if let Some(refused) = refused_form(&headers, &app) {
        return Ok(refused);
    }
    let [given_name, given_contact] = read_form(&headers, body, ["name", "contact"]).await?;
    let (name, name_mistake) = read_field("name", &given_name, &NAME_CHARACTERS);
    let (contact, contact_mistake) = read_field("contact", &given_contact, &CONTACT_CHARACTERS);
    if name_mistake.is_some() || contact_mistake.is_some() {
        let name = Field { value: given_name, mistake: name_mistake };
        let contact = Field { value: given_contact, mistake: contact_mistake };
        return Ok(present_once(StatusCode::BAD_REQUEST, &KeyPage::new(&carried, name, contact, None)));
    }
    let details = PartnerDetails { name, contact, view: None };
    let (row, key) = make_partner(&app, &peer, &details).await?;
    let address = format!("{}/v1/resources?q=chemistry&facets=none", app.public_url());
    let made =
        MadeKey { name: row.details.name, call: format!("curl -H 'Authorization: Bearer {key}' '{address}'"), key };
    Ok(present_once(StatusCode::OK, &KeyPage::new(&carried, Field::default(), Field::default(), Some(made))))
}

/// A field as it is kept, and what is wrong with it in words for people.
fn read_field(name: &str, given: &str, characters: &RangeInclusive<usize>) -> (String, Option<String>) {
    let mut mistakes = Mistakes::default();
    let line = read_line(name, given, characters, &mut mistakes);
    let (least, most) = (characters.start(), characters.end());
    let mistake = mistakes.into_result().err().map(|_| say("keys.length", &[("least", least), ("most", most)]));
    (line, mistake)
}

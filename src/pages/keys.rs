//! `/partners/key`: a form with which somebody makes themself a key, and the page that shows it, once.
//!
//! It needs no script. No form on another site can send it: what the browser says of where it comes from is looked at.

use std::ops::RangeInclusive;

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::errors::{PageError, error_page};
use super::layout::Layout;
use super::once::present_once;
use super::present;
use crate::app::App;
use crate::catalogue::PartnerDetails;
use crate::partners::{CONTACT_CHARACTERS, NAME_CHARACTERS, make_partner, read_line};
use crate::web::body::read_form;
use crate::web::mistakes::Mistakes;
use crate::web::peer::Peer;
use crate::web::same_origin::is_same_origin;

/// Where the form is, and where it is sent.
const PATH: &str = "/partners/key";

#[derive(Template)]
#[template(path = "keys.html")]
struct KeyPage {
    layout: Layout,
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
    /// Where the service is, for the example.
    public_url: String,
}

impl KeyPage {
    fn new(name: Field, contact: Field, made: Option<MadeKey>) -> Self {
        let title = match (&made, name.mistake.is_some() || contact.mistake.is_some()) {
            (Some(_), _) => "Your key",
            (None, true) => "Not yet: get a key",
            (None, false) => "Get a key",
        };
        Self { layout: Layout::new(title, PATH), name, contact, made }
    }
}

/// The empty form.
pub(super) async fn show_form(headers: HeaderMap) -> Response {
    present(&headers, &KeyPage::new(Field::default(), Field::default(), None))
}

/// Makes a key of what was filled in; or shows what is wrong with it.
pub(super) async fn make_key(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, PageError> {
    if !is_same_origin(&headers, app.public_url()) {
        let detail = "This form was sent by a page of another site. Please fill it in here.";
        return Ok(error_page(StatusCode::FORBIDDEN, "This form is not taken from elsewhere", detail, &app));
    }
    let [given_name, given_contact] = read_form(&headers, body, ["name", "contact"]).await?;
    let (name, name_mistake) = read_field("name", &given_name, &NAME_CHARACTERS);
    let (contact, contact_mistake) = read_field("contact", &given_contact, &CONTACT_CHARACTERS);
    if name_mistake.is_some() || contact_mistake.is_some() {
        let name = Field { value: given_name, mistake: name_mistake };
        let contact = Field { value: given_contact, mistake: contact_mistake };
        return Ok(present_once(StatusCode::BAD_REQUEST, &KeyPage::new(name, contact, None)));
    }
    let details = PartnerDetails { name, contact, view: None };
    let (row, key) = make_partner(&app, &peer, &details).await?;
    let made = MadeKey { name: row.details.name, key, public_url: app.public_url().to_owned() };
    Ok(present_once(StatusCode::OK, &KeyPage::new(Field::default(), Field::default(), Some(made))))
}

/// A field as it is kept, and what is wrong with it in words for people.
fn read_field(name: &str, given: &str, characters: &RangeInclusive<usize>) -> (String, Option<String>) {
    let mut mistakes = Mistakes::default();
    let line = read_line(name, given, characters, &mut mistakes);
    let (least, most) = (characters.start(), characters.end());
    let mistake = mistakes.into_result().err().map(|_| format!("Please write {least} to {most} characters here."));
    (line, mistake)
}

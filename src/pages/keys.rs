//! `/partners/key`: a form with which somebody makes themself a key, and the page that shows it, once.
//!
//! It needs no script. No form on another site can send it: what the browser says of where it comes from is looked at.

use askama::Template;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::errors::{PageError, error_page};
use super::layout::Layout;
use super::{cannot_render, present};
use crate::api::partners::{CONTACT_CHARACTERS, NAME_CHARACTERS, make_partner, read_line};
use crate::app::App;
use crate::catalogue::PartnerDetails;
use crate::error::AppError;
use crate::web::mistakes::Mistakes;
use crate::web::peer::Peer;

/// Where the form is, and where it is sent.
const PATH: &str = "/partners/key";
/// What a form sends that has no files.
const FORM: &str = "application/x-www-form-urlencoded";
/// Both fields at their longest, each letter as many bytes, with room to spare.
const MAX_FORM_BYTES: usize = 8 << 10;

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
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, PageError> {
    if !is_from_here(&headers, app.public_url()) {
        let detail = "This form was sent by a page of another site. Please fill it in here.";
        return Ok(error_page(StatusCode::FORBIDDEN, "This form is not taken from elsewhere", detail, &app));
    }
    let (given_name, given_contact) = read_form(&headers, body)?;
    let (name, name_mistake) = read_field("name", &given_name, &NAME_CHARACTERS);
    let (contact, contact_mistake) = read_field("contact", &given_contact, &CONTACT_CHARACTERS);
    if name_mistake.is_some() || contact_mistake.is_some() {
        let name = Field { value: given_name, mistake: name_mistake };
        let contact = Field { value: given_contact, mistake: contact_mistake };
        return Ok(show_once(StatusCode::BAD_REQUEST, &KeyPage::new(name, contact, None)));
    }
    let details = PartnerDetails { name, contact, view: None };
    let (row, key) = make_partner(&app, &peer, &details).await?;
    let made = MadeKey { name: row.details.name, key, public_url: app.public_url().to_owned() };
    Ok(show_once(StatusCode::OK, &KeyPage::new(Field::default(), Field::default(), Some(made))))
}

/// Name and contact as they were typed; what is missing is empty.
fn read_form(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<(String, String), AppError> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(AppError::UnsupportedType { given: given.chars().take(80).collect(), expected: FORM });
    }
    let body = body.ok().filter(|body| body.len() <= MAX_FORM_BYTES);
    let body = body.ok_or(AppError::TooLarge { max_bytes: MAX_FORM_BYTES })?;
    let value_of = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(&body);
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    Ok((value_of("name"), value_of("contact")))
}

/// A field as it is kept, and what is wrong with it in words for people.
fn read_field(name: &str, given: &str, characters: &std::ops::RangeInclusive<usize>) -> (String, Option<String>) {
    let mut mistakes = Mistakes::default();
    let line = read_line(name, given, characters, &mut mistakes);
    let (least, most) = (characters.start(), characters.end());
    let mistake = mistakes.into_result().err().map(|_| format!("Please write {least} to {most} characters here."));
    (line, mistake)
}

/// Whether a form was sent by a page of ours, as far as the browser says. What is no browser says nothing, and may.
///
/// Source: Fetch Metadata, 2.3; for browsers without it the origin is compared, as RFC 6454, 7 has it.
fn is_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else {
        return true;
    };
    // A browser sends the host that it is at, whatever the page says that it shows.
    let is_this_host = origin.split_once("://").is_some_and(|(_, host)| text("host") == Some(host));
    is_this_host || origin == public_url
}

/// A page that nobody keeps.
fn show_once(status: StatusCode, page: &KeyPage) -> Response {
    let mut response = match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => cannot_render(&error),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_ours_may_send_the_form() {
        for (given, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://signpost.example")], false),
            (&[("origin", "https://signpost.example")], true),
            (&[("origin", "http://inside:8080"), ("host", "inside:8080")], true),
            (&[("origin", "https://evil.example"), ("host", "signpost.example")], false),
            (&[("origin", "null"), ("host", "signpost.example")], false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in given {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(is_from_here(&headers, "https://signpost.example"), expected, "{given:?}");
        }
    }

    #[test]
    fn a_form_is_read_by_its_fields() {
        let mut headers = HeaderMap::new();
        headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"));
        let body = Bytes::from_static(b"name=A+Society&contact=web%40example.org&more=1");
        let read = read_form(&headers, Ok(body)).unwrap();
        assert_eq!(read, ("A Society".to_owned(), "web@example.org".to_owned()));
        let long = Bytes::from(vec![b'a'; MAX_FORM_BYTES + 1]);
        assert!(matches!(read_form(&headers, Ok(long)), Err(AppError::TooLarge { .. })));
        assert!(matches!(read_form(&HeaderMap::new(), Ok(Bytes::new())), Err(AppError::UnsupportedType { .. })));
    }
}

//! `/v1/partners`, `/v1/partner`: a partner makes itself a key, and looks after it with that key.
//!
//! A key is in one answer only, the one that made it. Nothing here is kept by a cache.

use std::ops::RangeInclusive;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemas::nearest;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::app::App;
use crate::catalogue::{CatalogueError, KeyRow, PartnerDetails, PartnerRow};
use crate::error::{AppError, ParameterMistake};
use crate::web::caller::Caller;
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::peer::Peer;
use crate::web::problem::Problem;
use crate::web::query::refuse_parameters;
use crate::web::rate_limit::Act;

/// An organisation, a team or a person.
pub(crate) const NAME_CHARACTERS: RangeInclusive<usize> = 2..=100;
/// An address, a telephone number, or words on how to find somebody.
pub(crate) const CONTACT_CHARACTERS: RangeInclusive<usize> = 3..=200;
/// More than any of these calls has to say.
const MAX_BODY_BYTES: usize = 64 << 10;
/// So much of what was sent is said again.
const REPEATED_CHARACTERS: usize = 80;
/// What is read here.
const JSON: &str = "application/json";

/// What a partner says of itself when it comes.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its schema stands in the document; bodies are read so that all mistakes are told")]
pub struct PartnerRequest {
    /// What you are called: an organisation, a team, a person.
    #[schema(
        min_length = 2,
        max_length = 100,
        pattern = r"(?:[^\u0000-\u0020\u007F-\u00A0\u00AD\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF][\u0000-\u0020\u007F-\u00A0\u00AD\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF]*){2}"
    )]
    name: String,
    /// How to reach you about your key, as you like: it is not checked, and used for nothing else.
    #[schema(
        min_length = 3,
        max_length = 200,
        pattern = r"(?:[^\u0000-\u0020\u007F-\u00A0\u00AD\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF][\u0000-\u0020\u007F-\u00A0\u00AD\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF]*){3}"
    )]
    contact: String,
}

/// What a partner says of itself now. What is left out stays as it is.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its schema stands in the document; bodies are read so that all mistakes are told")]
pub struct PartnerChange {
    /// What you are called.
    #[schema(
        required = false,
        min_length = 2,
        max_length = 100,
        pattern = r"(?:[^\u0000-\u0020\u007F-\u00A0\u00AD\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF][\u0000-\u0020\u007F-\u00A0\u00AD\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF]*){2}"
    )]
    name: String,
    /// How to reach you about your key.
    #[schema(
        required = false,
        min_length = 3,
        max_length = 200,
        pattern = r"(?:[^\u0000-\u0020\u007F-\u00A0\u00AD\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF][\u0000-\u0020\u007F-\u00A0\u00AD\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF]*){3}"
    )]
    contact: String,
    /// The view that your keys see where a call names none; null for everything.
    view: Option<String>,
}

/// A partner, as it is shown to itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerAnswer {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// How to reach it about its key.
    pub contact: String,
    /// The view that its keys see where a call names none; null for everything.
    #[schema(required = true)]
    pub view: Option<String>,
    /// When it came, RFC 3339.
    pub created: String,
    /// Its keys, the oldest first; of revoked ones the latest few.
    pub keys: Vec<KeyAnswer>,
}

/// A key, as it is shown after it was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyAnswer {
    /// Its id.
    pub id: String,
    /// How it begins.
    pub prefix: String,
    /// When it was made, RFC 3339.
    pub created: String,
    /// When it was revoked, RFC 3339; null while it is valid.
    #[schema(required = true)]
    pub revoked: Option<String>,
}

/// A new partner, and its first key.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewPartnerAnswer {
    /// The partner.
    pub partner: PartnerAnswer,
    /// The key, in this answer only: it is not kept.
    pub key: String,
}

/// A new key.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewKeyAnswer {
    /// Its id.
    pub id: String,
    /// How it begins.
    pub prefix: String,
    /// When it was made, RFC 3339.
    pub created: String,
    /// The key, in this answer only: it is not kept.
    pub key: String,
}

impl From<PartnerRow> for PartnerAnswer {
    fn from(row: PartnerRow) -> Self {
        let PartnerDetails { name, contact, view } = row.details;
        let keys = row.keys.into_iter().map(KeyAnswer::from).collect();
        Self { id: row.id, name, contact, view, created: row.created, keys }
    }
}

impl From<KeyRow> for KeyAnswer {
    fn from(row: KeyRow) -> Self {
        Self { id: row.id, prefix: row.prefix, created: row.created, revoked: row.revoked }
    }
}

/// Makes a partner and its first key.
///
/// Reading needs no key. With one you may ask ten times as fast, and a view can be bound to it. The key is shown in
/// this answer only. Five may be made an hour from one address. Keys belong on servers, not into web pages: a page of
/// another site cannot send one.
#[utoipa::path(
    post, path = "/v1/partners", tag = "Partners", operation_id = "create_partner",
    request_body(content = PartnerRequest, content_type = "application/json",
        example = json!({ "name": "Society of Example Science", "contact": "web team, 020 7946 0000" })),
    responses(
        (status = 201, description = "The partner and its key", body = NewPartnerAnswer),
        (status = 400, description = "A body or a parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "More than 64 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create_partner(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, AppError> {
    refuse_parameters(raw.as_deref())?;
    let members = read_object(&headers, body)?;
    let mut mistakes = Mistakes::default();
    let known = ["name", "contact"];
    refuse_unknown(&members, &known, &mut mistakes);
    for name in known.into_iter().filter(|name| !members.contains_key(*name)) {
        mistakes.add(name, "missing; a text is needed");
    }
    let name = text_of(&members, "name", &NAME_CHARACTERS, &mut mistakes);
    let contact = text_of(&members, "contact", &CONTACT_CHARACTERS, &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    let details = PartnerDetails { name: name.unwrap_or_default(), contact: contact.unwrap_or_default(), view: None };
    let (row, key) = make_partner(&app, &peer, &details).await?;
    let answer = Json(NewPartnerAnswer { partner: row.into(), key });
    Ok(unkept((StatusCode::CREATED, [(header::LOCATION, "/v1/partner")], answer)))
}

/// Shows the partner whose key is sent.
#[utoipa::path(
    get, path = "/v1/partner", tag = "Partners", operation_id = "show_partner",
    security(("api_key" = []), ("api_key_header" = [])),
    responses(
        (status = 200, description = "The partner, its keys and its view", body = PartnerAnswer),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or none that is valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_partner(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
) -> Result<Response, AppError> {
    let holder = caller.partner()?;
    refuse_parameters(raw.as_deref())?;
    let row = app.catalogue.partner(&holder.partner).await.map_err(edge_error)?;
    Ok(unkept(Json(PartnerAnswer::from(row))))
}

/// Changes what the partner whose key is sent says of itself, and which view its keys see.
#[utoipa::path(
    patch, path = "/v1/partner", tag = "Partners", operation_id = "update_partner",
    request_body(content = PartnerChange, content_type = "application/json",
        example = json!({ "contact": "web@society.example", "view": null })),
    security(("api_key" = []), ("api_key_header" = [])),
    responses(
        (status = 200, description = "The partner as it is now", body = PartnerAnswer),
        (status = 400, description = "A body or a parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or none that is valid", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such view", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "More than 64 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn update_partner(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, AppError> {
    let holder = caller.partner()?;
    refuse_parameters(raw.as_deref())?;
    let members = read_object(&headers, body)?;
    let before = app.catalogue.partner(&holder.partner).await.map_err(edge_error)?.details;
    let details = read_change(&app, &members, before)?;
    let row = app.catalogue.update_partner(&holder.partner, &details).await.map_err(edge_error)?;
    Ok(unkept(Json(PartnerAnswer::from(row))))
}

/// Makes another key of the partner whose key is sent.
///
/// Two are valid at once, so that you can change from one to the other without a gap. The key is shown in this answer
/// only.
#[utoipa::path(
    post, path = "/v1/partner/keys", tag = "Partners", operation_id = "create_key",
    security(("api_key" = []), ("api_key_header" = [])),
    responses(
        (status = 201, description = "The key", body = NewKeyAnswer),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or none that is valid", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Two keys are valid already; revoke one first", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create_key(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
) -> Result<Response, AppError> {
    let holder = caller.partner()?;
    refuse_parameters(raw.as_deref())?;
    let (row, key) = app.catalogue.create_key(&holder.partner, app.clock.now()).await.map_err(edge_error)?;
    let answer = Json(NewKeyAnswer { id: row.id, prefix: row.prefix, created: row.created, key });
    Ok(unkept((StatusCode::CREATED, [(header::LOCATION, "/v1/partner")], answer)))
}

/// Revokes a key of the partner whose key is sent, at once. It may be the one that is sent, and the last one.
///
/// Who has revoked the last one makes a new partner, or asks us.
#[utoipa::path(
    delete, path = "/v1/partner/keys/{id}", tag = "Partners", operation_id = "revoke_key",
    params(("id" = String, Path, description = "The id of the key, from `/v1/partner`")),
    security(("api_key" = []), ("api_key_header" = [])),
    responses(
        (status = 204, description = "It is revoked, now or before"),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or none that is valid", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "You have no such key", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn revoke_key(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    id: Result<PathId, AppError>,
    RawQuery(raw): RawQuery,
) -> Result<Response, AppError> {
    let holder = caller.partner()?;
    let PathId(id) = id?;
    refuse_parameters(raw.as_deref())?;
    app.catalogue.revoke_key(&holder.partner, &id, app.clock.now()).await.map_err(edge_error)?;
    Ok(unkept(StatusCode::NO_CONTENT))
}

/// Makes a partner and its first key, where not too many were made from there.
pub(crate) async fn make_partner(
    app: &App,
    peer: &Peer,
    details: &PartnerDetails,
) -> Result<(PartnerRow, String), AppError> {
    let now = app.clock.now();
    app.limits.may(Act::Register, peer, now)?;
    Ok(app.catalogue.create_partner(details, now).await?)
}

fn read_change(app: &App, members: &Map<String, Value>, before: PartnerDetails) -> Result<PartnerDetails, AppError> {
    let mut mistakes = Mistakes::default();
    refuse_unknown(members, &["name", "contact", "view"], &mut mistakes);
    let name = text_of(members, "name", &NAME_CHARACTERS, &mut mistakes);
    let contact = text_of(members, "contact", &CONTACT_CHARACTERS, &mut mistakes);
    let view = match members.get("view") {
        None => before.view,
        Some(Value::Null) => None,
        Some(Value::String(view)) => Some(view.clone()),
        Some(_) => {
            mistakes.add("view", "expected the name of a view, or null");
            None
        }
    };
    mistakes.into_result().map_err(AppError::BadRequest)?;
    // One that was bound before may have gone since; that is no mistake of this request.
    if let Some(Value::String(asked)) = members.get("view") {
        require_view(app, asked)?;
    }
    Ok(PartnerDetails { name: name.unwrap_or(before.name), contact: contact.unwrap_or(before.contact), view })
}

fn require_view(app: &App, name: &str) -> Result<(), AppError> {
    if app.views.get(name).is_some() {
        return Ok(());
    }
    let names = app.views.names();
    let near = nearest(name, names.iter().map(String::as_str)).map(ToOwned::to_owned);
    Err(AppError::NotFound { what: "view", id: name.chars().take(REPEATED_CHARACTERS).collect(), nearest: near })
}

/// A body that is one JSON object.
fn read_object(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Map<String, Value>, AppError> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(JSON) {
        return Err(AppError::UnsupportedType {
            given: given.chars().take(REPEATED_CHARACTERS).collect(),
            expected: JSON,
        });
    }
    let body = body.ok().filter(|body| body.len() <= MAX_BODY_BYTES);
    let body = body.ok_or(AppError::TooLarge { max_bytes: MAX_BODY_BYTES })?;
    serde_json::from_slice(&body).map_err(|error| {
        AppError::BadRequest(vec![ParameterMistake::new("body", format!("expected a JSON object: {error}"))])
    })
}

fn refuse_unknown(members: &Map<String, Value>, known: &[&str], mistakes: &mut Mistakes) {
    for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
        let detail = match nearest(name, known.iter().copied()) {
            Some(near) => format!("unknown; did you mean `{near}`?"),
            None => format!("unknown; allowed: {}", known.join(", ")),
        };
        mistakes.add(name, detail);
    }
}

/// A text, where it was sent; one that cannot be used is a mistake.
fn text_of(
    members: &Map<String, Value>,
    name: &str,
    characters: &RangeInclusive<usize>,
    mistakes: &mut Mistakes,
) -> Option<String> {
    let Value::String(given) = members.get(name)? else {
        mistakes.add(name, "expected a text");
        return None;
    };
    Some(read_line(name, given, characters, mistakes))
}

/// A text as it is kept: one line, and nothing in it that cannot be seen. So many characters may be sent, and the
/// fewest must be seen.
pub(crate) fn read_line(
    name: &str,
    given: &str,
    characters: &RangeInclusive<usize>,
    mistakes: &mut Mistakes,
) -> String {
    let seen: String = given.chars().filter(|letter| is_seen(*letter) || letter.is_whitespace()).collect();
    let line = seen.split_whitespace().collect::<Vec<&str>>().join(" ");
    let (least, most) = (characters.start(), characters.end());
    let seen_count = line.chars().filter(|letter| is_seen(*letter)).count();
    if seen_count < *least || given.chars().count() > *most {
        mistakes.add(name, format!("expected {least} to {most} characters"));
    }
    line
}

/// Neither a space nor a control character nor one that only changes how others are laid out. The patterns in the
/// document say the same.
fn is_seen(letter: char) -> bool {
    !matches!(
        letter,
        '\0'..='\u{20}'
            | '\u{7f}'..='\u{a0}'
            | '\u{ad}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}'
            | '\u{3000}'
            | '\u{feff}'
    )
}

/// An answer that no cache keeps.
fn unkept(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A partner or key that is gone is told as such; nothing of ours broke.
pub(crate) fn edge_error(error: CatalogueError) -> AppError {
    match error {
        CatalogueError::NoSuch { what, id } => AppError::no_such(what, &id),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_one_line_of_what_can_be_seen() {
        for (given, expected) in [
            (" Ada\u{0}\n\tLovelace ", Some("Ada Lovelace")),
            ("Gymdeithas\u{202e} Gemeg", Some("Gymdeithas Gemeg")),
            ("a \u{200b} b", Some("a b")),
            ("化学", Some("化学")),
            ("", None),
            ("a", None),
            ("a\u{200b}\u{200b}", None),
            (" \u{3000}\u{feff}  ", None),
        ] {
            let mut mistakes = Mistakes::default();
            let line = read_line("name", given, &NAME_CHARACTERS, &mut mistakes);
            assert_eq!(mistakes.into_result().is_ok().then_some(line.as_str()), expected, "{given:?}");
        }
        let mut mistakes = Mistakes::default();
        read_line("name", &"x".repeat(101), &NAME_CHARACTERS, &mut mistakes);
        assert_eq!(mistakes.into_result().unwrap_err()[0].detail, "expected 2 to 100 characters");
    }

    #[test]
    fn an_unknown_member_is_a_mistake_that_names_the_nearest() {
        let members = Map::from_iter([("nmae".to_owned(), Value::Null), ("zzz".to_owned(), Value::Null)]);
        let mut mistakes = Mistakes::default();
        refuse_unknown(&members, &["name", "contact"], &mut mistakes);
        let told: Vec<String> = mistakes.into_result().unwrap_err().into_iter().map(|one| one.detail).collect();
        assert_eq!(told, ["unknown; did you mean `name`?", "unknown; allowed: name, contact"]);
    }
}

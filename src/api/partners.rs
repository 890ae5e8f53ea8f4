//! `/v1/partners`, `/v1/partner`: a partner makes itself a key, and looks after it with that key.
//!
//! A key is in one answer only, the one that made it. Nothing here is kept by a cache.

use std::ops::RangeInclusive;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemas::nearest;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::app::App;
use crate::catalogue::{KeyRow, MOST_VIEWS_OF_A_PARTNER, PartnerDetails, PartnerRow};
use crate::error::{AppError, shown};
use crate::partners::{CONTACT_CHARACTERS, NAME_CHARACTERS, make_partner, pattern_of_line, read_line};
use crate::web::body::{JSON, no_parameters, read_object, refuse_unknown};
use crate::web::caller::Caller;
use crate::web::etag::kept_by_nobody;
use crate::web::mistakes::{Mistakes, hint};
use crate::web::path::PathId;
use crate::web::peer::Peer;
use crate::web::problem::Problem;
use crate::web::query::refuse_parameters;

/// What a partner says of itself when it comes.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its schema stands in the document; bodies are read so that all mistakes are told")]
pub struct PartnerRequest {
    #[schema(schema_with = name_schema)]
    name: String,
    #[schema(schema_with = contact_schema)]
    contact: String,
}

/// What a partner says of itself now. What is left out stays as it is.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its schema stands in the document; bodies are read so that all mistakes are told")]
pub struct PartnerChange {
    #[schema(schema_with = name_schema)]
    name: Option<String>,
    #[schema(schema_with = contact_schema)]
    contact: Option<String>,
    /// The view that your keys see where a call names none; null for everything.
    view: Option<String>,
}

fn name_schema() -> ObjectBuilder {
    line_schema("What you are called: an organisation, a team, a person.", &NAME_CHARACTERS)
}

fn contact_schema() -> ObjectBuilder {
    let about = "How to reach you about your key, or a change to what you use, as you like: it is not checked, and used \
                 for nothing else.";
    line_schema(about, &CONTACT_CHARACTERS)
}

fn line_schema(description: &str, characters: &RangeInclusive<usize>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .min_length(Some(*characters.start()))
        .max_length(Some(*characters.end()))
        .pattern(Some(pattern_of_line(*characters.start())))
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
    body: Body,
) -> Result<Response, AppError> {
    let (members, mut mistakes) = read_object(&headers, body, &[JSON], no_parameters(raw.as_deref())).await?;
    let known = ["name", "contact"];
    refuse_unknown("", &members, &known, &mut mistakes);
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
    let row = app.store()?.partner(&holder.partner).await?;
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
        (status = 413, description = "More than 64 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn update_partner(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    let holder = caller.partner()?;
    let (members, mistakes) = read_object(&headers, body, &[JSON], no_parameters(raw.as_deref())).await?;
    let before = app.store()?.partner(&holder.partner).await?;
    let details = read_change(&app, &members, before, mistakes).await?;
    let row = app.store()?.update_partner(&holder.partner, &details).await?;
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
    let (row, key) = app.store()?.create_key(&holder.partner, app.clock.now()).await.map_err(AppError::of_named)?;
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
    app.store()?.revoke_key(&holder.partner, &id, app.clock.now()).await.map_err(AppError::of_named)?;
    Ok(unkept(StatusCode::NO_CONTENT))
}

/// What a partner says of itself after a change; every mistake of it at once.
async fn read_change(
    app: &App,
    members: &Map<String, Value>,
    before: PartnerRow,
    mut mistakes: Mistakes,
) -> Result<PartnerDetails, AppError> {
    let PartnerDetails { name: old_name, contact: old_contact, view: old_view } = before.details;
    refuse_unknown("", members, &["name", "contact", "view"], &mut mistakes);
    let name = text_of(members, "name", &NAME_CHARACTERS, &mut mistakes);
    let contact = text_of(members, "contact", &CONTACT_CHARACTERS, &mut mistakes);
    let view = match members.get("view") {
        // One that was bound before may have gone since; that is no mistake of this request.
        None => old_view,
        Some(Value::Null) => None,
        Some(Value::String(view)) => {
            check_view(app, &before.id, view, &mut mistakes).await?;
            Some(view.clone())
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            mistakes.add("view", "expected the name of a view, or null");
            None
        }
    };
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(PartnerDetails { name: name.unwrap_or(old_name), contact: contact.unwrap_or(old_contact), view })
}

/// A view must stand, whose it may be. Of those of the partner the nearest is named.
async fn check_view(app: &App, partner: &str, name: &str, mistakes: &mut Mistakes) -> Result<(), AppError> {
    if app.views.get(name).is_some() {
        return Ok(());
    }
    let (own, _) = app.store()?.list_views(Some(partner), MOST_VIEWS_OF_A_PARTNER, 0).await?;
    let name = shown(name);
    let near = nearest(&name, own.iter().map(|view| view.name.as_str()));
    mistakes.add("view", format!("there is no view `{name}`{}", hint(near)));
    Ok(())
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

/// An answer that no cache keeps.
fn unkept(answer: impl IntoResponse) -> Response {
    kept_by_nobody(answer.into_response())
}

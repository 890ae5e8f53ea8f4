//! Tokens as an admin sees them: making one, which is shown this once, and revoking one, which ends it at once.
//!
//! A token is exchanged without a restart: make the next, give it to whoever uses it, revoke the one before.

use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::{SignedDuration, Timestamp};
use schemas::{Location, SourceId};
use serde::Serialize;
use serde_json::{Map, Value};

use super::partners::RevocationRequest;
use crate::app::App;
use crate::catalogue::{Holder, NewToken, Role, TokenRow};
use crate::error::{AppError, shown};
use crate::jobs::harvest::find_source;
use crate::partners::read_line;
use crate::web::body::{JSON, no_parameters, read_object, refuse_unknown};
use crate::web::mistakes::{Mistakes, not_among};
use crate::web::paging::ListQuery;
use crate::web::path::PathId;

/// A name is for people to read, in lists and in the audit log.
const MAX_NAME_CHARACTERS: usize = 100;
/// Ten years: more is for ever, which is said by leaving it out.
const MOST_DAYS: u64 = 3_650;
/// What stands in a request for a token.
const MEMBERS: [&str; 4] = ["name", "role", "source", "expires_in_days"];

/// A token as it is shown.
#[derive(Debug, Serialize)]
struct TokenAnswer {
    id: String,
    name: String,
    role: &'static str,
    source: Option<String>,
    /// How it begins.
    prefix: String,
    created: String,
    /// null: it stays valid until it is revoked.
    expires: Option<String>,
    revoked: Option<String>,
    /// The token itself, when it was just made and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl TokenAnswer {
    fn of(row: TokenRow, token: Option<String>) -> Self {
        let TokenRow { id, name, role, source, prefix, created, expires, revoked } = row;
        Self { id, name, role: role.name(), source, prefix, created, expires, revoked, token }
    }
}

pub(super) async fn list_tokens(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, AppError> {
    let query = ListQuery::parse(raw.as_deref(), &[])?;
    let (rows, total) = app.catalogue.tokens(query.per_page, query.offset()).await?;
    let results: Vec<TokenAnswer> = rows.into_iter().map(|row| TokenAnswer::of(row, None)).collect();
    Ok(query.page_of(&results, total, "/admin/v1/tokens"))
}

pub(super) async fn create_token(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    let (members, mut mistakes) = read_object(&headers, body, &[JSON], no_parameters(raw.as_deref())).await?;
    let now = app.clock.now();
    let request = read_request(&app, &members, now, &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    let new =
        NewToken { name: &request.name, role: request.role, source: request.source.as_ref(), expires: request.expires };
    let (row, token) = app.catalogue.create_token_by(&holder.name, &new, now).await?;
    let mut response = (StatusCode::CREATED, Json(TokenAnswer::of(row, Some(token)))).into_response();
    // It is shown to whoever asked for it, and kept by nobody on the way.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What is asked for, as far as it is right.
struct TokenRequest {
    name: String,
    role: Role,
    source: Option<SourceId>,
    expires: Option<Timestamp>,
}

fn read_request(app: &App, members: &Map<String, Value>, now: Timestamp, mistakes: &mut Mistakes) -> TokenRequest {
    refuse_unknown("", members, &MEMBERS, mistakes);
    let name = read_line("name", text(members, "name", mistakes), &(1..=MAX_NAME_CHARACTERS), mistakes);
    let role = read_role(text(members, "role", mistakes), mistakes);
    let source = read_source(app, text(members, "source", mistakes), role, mistakes);
    TokenRequest { name, role, source, expires: read_expiry(members, now, mistakes) }
}

/// A member that is a text; empty where it is left out or null.
fn text<'m>(members: &'m Map<String, Value>, name: &str, mistakes: &mut Mistakes) -> &'m str {
    match members.get(name) {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text.trim(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            mistakes.add(name, "a text is needed");
            ""
        }
    }
}

fn read_role(given: &str, mistakes: &mut Mistakes) -> Role {
    Role::by_name(given).unwrap_or_else(|| {
        mistakes.add("role", not_among(given, &Role::ALL.map(Role::name)));
        Role::ReadOnly
    })
}

/// The source that a token of a source sends to: one to which something can be sent.
fn read_source(app: &App, given: &str, role: Role, mistakes: &mut Mistakes) -> Option<SourceId> {
    match (given.is_empty(), role == Role::Source) {
        (true, false) => None,
        (true, true) => {
            mistakes.add("source", "the id of the source is needed to which it may send records");
            None
        }
        (false, false) => {
            mistakes.add("source", "goes with `role`: `source`");
            None
        }
        (false, true) => {
            let Ok(booked) = find_source(app, given) else {
                mistakes.add("source", format!("there is no source `{}`", shown(given)));
                return None;
            };
            if booked.source.location != Location::Pushed {
                mistakes.add("source", "it is harvested, so there is nothing to send to it");
            }
            Some(booked.source.id.clone())
        }
    }
}

fn read_expiry(members: &Map<String, Value>, now: Timestamp, mistakes: &mut Mistakes) -> Option<Timestamp> {
    let given = members.get("expires_in_days").filter(|value| !value.is_null())?;
    let days = given.as_u64().filter(|days| (1..=MOST_DAYS).contains(days));
    let Some(days) = days.and_then(|days| i64::try_from(days).ok()) else {
        mistakes.add("expires_in_days", format!("a whole number from 1 to {MOST_DAYS} is needed, or null for never"));
        return None;
    };
    now.saturating_add(SignedDuration::from_hours(24 * days)).ok()
}

/// Whoever is signed in to the console with it is signed out.
pub(super) async fn revoke_token(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
    body: Result<Json<RevocationRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let why = RevocationRequest::read(body)?;
    let revoked = app.catalogue.revoke_token_by(&holder.name, &id, &why, app.clock.now()).await;
    let row = revoked.map_err(AppError::of_named)?;
    Ok(Json(TokenAnswer::of(row, None)).into_response())
}

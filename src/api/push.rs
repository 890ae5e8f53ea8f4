//! `POST /v1/sources/{id}/records`: a partner sends the records of its own source.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::StreamExt as _;
use schemas::Problem as RecordProblem;
use serde::Serialize;
use utoipa::ToSchema;

use super::sources::{HarvestAnswer, present_harvest};
use crate::app::App;
use crate::catalogue::{CatalogueError, HarvestState, Role, Scope};
use crate::error::AppError;
use crate::jobs::follow::follow_to_head;
use crate::jobs::harvest::find_source;
use crate::jobs::push::take_pushed;
use crate::web::body::require_type;
use crate::web::caller::{Caller, bearer};
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::problem::Problem;
use crate::web::values::Values;

/// So much is taken at once: the limit of one page of a catalogue. Source: the limits table of `crawler/README.md`.
pub const MAX_PUSH_BYTES: usize = 32 * 1024 * 1024;

/// Problems that are told in the answer.
const PROBLEMS: usize = 100;

/// Problems that are told when nothing at all could be used.
const TOLD_IN_AN_ERROR: usize = 10;

/// What is read here.
const NDJSON: &str = "application/x-ndjson";

/// What became of the records that were sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct PushAnswer {
    /// The run that took them in.
    pub harvest: HarvestAnswer,
    /// The first problems; `harvest.problems` says how many there are.
    #[schema(value_type = Vec<Object>)]
    pub first_problems: Vec<RecordProblem>,
}

/// Sends the records of a source, one JSON object on each line.
///
/// A line is read by the mapping of the source, or, when it has none, in the common schema. `{"identifier": "…",
/// "deleted": true}` says that a record is no more. Sending the same twice changes nothing. What was answered is kept.
#[utoipa::path(
    post, path = "/v1/sources/{id}/records", tag = "Sources", operation_id = "push_records",
    params(
        ("id" = String, Path, description = "The id of the source, whose file says `push = true`", example = "national-careers-service"),
        ("complete" = Option<bool>, Query, description = "Whether these are all records of the source, so that what is not among them is absent; false when left out"),
    ),
    request_body(content = String, content_type = "application/x-ndjson", description = "At most 32 MiB"),
    security(("source_token" = [])),
    responses(
        (status = 200, description = "What became of them; the state of the run is ok, partial or held", body = PushAnswer),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token, or none we know", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A token of another source, or a partner's key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such source", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Another run over the source is at it, or its file does not say `push`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "More than 32 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not NDJSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Nothing in it can be used", body = Problem, content_type = "application/problem+json"),
        (status = 507, description = "There is no room to keep them; nothing of them was kept", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn push_records(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    match require_source_token(&app, &headers, &id).await {
        Err(AppError::Unauthorised) if caller.holder.is_some() => return Ok(refuse_partner_key()),
        required => required?,
    }
    let scope = scope_of(raw.as_deref())?;
    require_type(&headers, &[NDJSON])?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    let body = read_all(body).await?;
    let booked = find_source(&app, &id).map_err(|_| AppError::no_such("source", &id))?;
    if booked.source.location != schemas::Location::Pushed {
        let reason = format!("the source `{id}` is harvested; its file does not say `push = true`");
        return Err(AppError::Conflict { reason });
    }
    let row = app.store()?.source(&booked.source.id).await?;
    if row.is_some_and(|row| !row.enabled) {
        return Err(AppError::Conflict { reason: format!("the source `{id}` is disabled") });
    }
    // In a task of its own: whoever hangs up in the middle must not leave half a run behind.
    let task = tokio::spawn({
        let (app, booked) = (app.clone(), booked.clone());
        async move { take_pushed(&app, &booked, body, content_type, scope).await }
    });
    let row = task.await.map_err(|error| AppError::Internal(error.into()))?.map_err(edge_error)?;
    follow_to_head(&app).await?;
    let (first_problems, _) = app.store()?.problems_of(&row.id, PROBLEMS, 0).await?;
    if row.state == HarvestState::Failed {
        let told = first_problems.iter().take(TOLD_IN_AN_ERROR).map(ToString::to_string);
        let reason = row.reason.into_iter().chain(told).collect::<Vec<_>>().join("; ");
        return Err(AppError::Unprocessable { reason });
    }
    Ok(Json(PushAnswer { harvest: present_harvest(row), first_problems }).into_response())
}

/// Reads what is sent, up to the limit. A little more is read and dropped, because whoever is cut off while sending does
/// not see the answer that says why.
async fn read_all(body: Body) -> Result<Vec<u8>, AppError> {
    let mut stream = body.into_data_stream();
    let (mut all, mut bytes) = (Vec::new(), 0_usize);
    while let Some(piece) = stream.next().await {
        let Ok(piece) = piece else {
            return Err(AppError::Unprocessable { reason: "it broke off while it was sent".to_owned() });
        };
        bytes = bytes.saturating_add(piece.len());
        if bytes <= MAX_PUSH_BYTES {
            all.extend_from_slice(&piece);
        } else if bytes > 2 * MAX_PUSH_BYTES {
            break;
        }
    }
    if bytes > MAX_PUSH_BYTES { Err(AppError::TooLarge { max_bytes: MAX_PUSH_BYTES }) } else { Ok(all) }
}

/// An admin may send to every source; the token of a source to that one.
async fn require_source_token(app: &App, headers: &HeaderMap, id: &str) -> Result<(), AppError> {
    let token = bearer(headers).ok_or(AppError::Unauthorised)?;
    let holder = app.store()?.holder_of_token(token, app.clock.now()).await?.ok_or(AppError::Unauthorised)?;
    let may = match holder.role {
        Role::Admin => true,
        Role::Source => holder.source.is_some_and(|source| source.as_str() == id),
        Role::Curator | Role::ReadOnly => false,
    };
    if may { Ok(()) } else { Err(AppError::Forbidden) }
}

/// The answer to a partner's key, which is valid and sends no records: who is told to make a key would make another.
fn refuse_partner_key() -> Response {
    let detail = "a partner's key sends no records: that takes a token of the source, which those who run this service \
                  make; /contact says how to reach them";
    Problem::new(StatusCode::FORBIDDEN, "forbidden", "A key sends no records", detail).into_response()
}

fn scope_of(raw: Option<&str>) -> Result<Scope, AppError> {
    let mut mistakes = Mistakes::default();
    let values = Values::read(raw, &["complete"], &mut mistakes);
    let is_complete = values.one_of("complete", &["true", "false"], &mut mistakes) == Some("true");
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(if is_complete { Scope::Everything } else { Scope::WhatCame })
}

fn edge_error(error: anyhow::Error) -> AppError {
    match error.downcast::<CatalogueError>() {
        Ok(error) => error.into(),
        Err(error) => error.into(),
    }
}

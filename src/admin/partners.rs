//! Partners, as an admin sees them: who has which keys, and revoking a key or a partner. A revoked key ends at once.

use axum::extract::rejection::JsonRejection;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

use crate::api::partners::PartnerAnswer;
use crate::app::App;
use crate::catalogue::{Holder, PartnerRow};
use crate::error::{AppError, ParameterMistake};
use crate::partners::read_line;
use crate::web::mistakes::Mistakes;
use crate::web::paging::ListQuery;
use crate::web::path::PathId;

/// A reason is for people to read: a sentence or a few, and no page.
const MAX_REASON_CHARACTERS: usize = 500;

/// A partner as an admin sees it.
#[derive(Debug, Serialize)]
struct ListedPartner {
    #[serde(flatten)]
    partner: PartnerAnswer,
    /// When it was revoked; null while it stands.
    revoked: Option<String>,
}

impl ListedPartner {
    fn new(row: PartnerRow) -> Self {
        let revoked = row.revoked.clone();
        Self { partner: row.into(), revoked }
    }
}

pub(super) async fn list_partners(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, AppError> {
    let query = ListQuery::parse(raw.as_deref(), &["q"])?;
    let (rows, total) = app.catalogue.list_partners(query.value("q"), query.per_page, query.offset()).await?;
    let results: Vec<ListedPartner> = rows.into_iter().map(ListedPartner::new).collect();
    Ok(query.page_of(&results, total, "/admin/v1/partners"))
}

/// Why a partner or a key is revoked: `{"why": "…"}`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RevocationRequest {
    why: String,
}

impl RevocationRequest {
    pub(super) fn read(body: Result<Json<Self>, JsonRejection>) -> Result<String, AppError> {
        let Json(request) =
            body.map_err(|error| AppError::BadRequest(vec![ParameterMistake::new("body", error.body_text())]))?;
        let mut mistakes = Mistakes::default();
        let why = read_line("why", &request.why, &(1..=MAX_REASON_CHARACTERS), &mut mistakes);
        mistakes.into_result().map_err(AppError::BadRequest)?;
        Ok(why)
    }
}

pub(super) async fn revoke_partner(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
    body: Result<Json<RevocationRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let why = RevocationRequest::read(body)?;
    let revoked = app.catalogue.revoke_partner(&id, &holder.name, &why, app.clock.now()).await;
    let row = revoked.map_err(AppError::of_named)?;
    Ok(Json(ListedPartner::new(row)).into_response())
}

pub(super) async fn revoke_key(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
    body: Result<Json<RevocationRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let why = RevocationRequest::read(body)?;
    let revoked = app.catalogue.revoke_any_key(&id, &holder.name, &why, app.clock.now()).await;
    let row = revoked.map_err(AppError::of_named)?;
    Ok(Json(ListedPartner::new(row)).into_response())
}

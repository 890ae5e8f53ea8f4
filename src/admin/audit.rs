//! The audit log: who did what, the newest first.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::catalogue::AuditRow;
use crate::error::{AppError, ParameterMistake};

/// Acts that are shown at once, unless fewer are asked for.
const LISTED: usize = 100;

/// An act as it is shown.
#[derive(Debug, Serialize)]
struct AuditAnswer {
    seq: u64,
    at: String,
    who: String,
    action: String,
    subject: String,
    detail: String,
}

impl From<AuditRow> for AuditAnswer {
    fn from(row: AuditRow) -> Self {
        let AuditRow { seq, at, who, action, subject, detail } = row;
        Self { seq, at, who, action, subject, detail }
    }
}

/// Which part of the log is to be shown: what was done before the act of this number.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Part {
    before: Option<u64>,
    limit: Option<usize>,
}

pub(super) async fn list_audit(
    State(app): State<App>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, AppError> {
    let Query(part) = part.map_err(|error| bad("before, limit", error.body_text()))?;
    let limit = part.limit.unwrap_or(LISTED);
    if !(1..=LISTED).contains(&limit) {
        return Err(bad("limit", format!("expected 1 to {LISTED}")));
    }
    let (rows, total) = app.catalogue.audit(part.before, limit).await?;
    // The first act of all has the number 1, so nothing is before that.
    let next = rows.last().filter(|row| rows.len() == limit && row.seq > 1).map(|row| address(Some(row.seq), limit));
    let results: Vec<AuditAnswer> = rows.into_iter().map(Into::into).collect();
    let links = serde_json::json!({ "self": address(part.before, limit), "next": next });
    Ok(Json(serde_json::json!({ "results": results, "total": total, "links": links })).into_response())
}

fn address(before: Option<u64>, limit: usize) -> String {
    match before {
        Some(before) => format!("/admin/v1/audit?before={before}&limit={limit}"),
        None => format!("/admin/v1/audit?limit={limit}"),
    }
}

fn bad(parameter: &str, detail: String) -> AppError {
    AppError::BadRequest(vec![ParameterMistake::new(parameter, detail)])
}

//! Alarms: what an admin should look at now, or what has been the matter with one source.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use schemas::SourceId;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::catalogue::AlarmRow;
use crate::error::{AppError, ParameterMistake};

/// Alarms of one source that a list shows.
const LISTED: usize = 100;

/// An alarm as it is shown.
#[derive(Debug, Serialize)]
struct AlarmAnswer {
    source: String,
    /// silent, held or failing
    kind: &'static str,
    message: String,
    raised: String,
    cleared: Option<String>,
}

impl From<AlarmRow> for AlarmAnswer {
    fn from(row: AlarmRow) -> Self {
        Self {
            source: row.source.to_string(),
            kind: row.kind.name(),
            message: row.message,
            raised: row.raised,
            cleared: row.cleared,
        }
    }
}

/// Which alarms are to be shown: the open ones of all sources, or all of one source.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Which {
    source: Option<String>,
}

pub(super) async fn list_alarms(
    State(app): State<App>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, AppError> {
    let Query(which) = which.map_err(|error| {
        AppError::BadRequest(vec![ParameterMistake::new(
            "?",
            format!("expected `source` alone: {}", error.body_text()),
        )])
    })?;
    let (rows, this) = match which.source {
        None => (app.catalogue.open_alarms().await?, "/admin/v1/alarms".to_owned()),
        Some(id) => {
            let source = find_source_id(&app, &id).await?;
            let rows = app.catalogue.alarms_of(&source, LISTED).await?;
            (rows, format!("/admin/v1/alarms?source={source}"))
        }
    };
    let results: Vec<AlarmAnswer> = rows.into_iter().map(Into::into).collect();
    Ok(Json(serde_json::json!({ "total": results.len(), "results": results, "links": { "self": this } }))
        .into_response())
}

/// The id of a source that there is or was.
async fn find_source_id(app: &App, id: &str) -> Result<SourceId, AppError> {
    let unknown = || AppError::no_such("source", id);
    let source = SourceId::parse(id).map_err(|_| unknown())?;
    app.catalogue.source(&source).await?.ok_or_else(unknown)?;
    Ok(source)
}

//! The inbox: what people report of resources, and the answers that curators give. Each answer is written down.

use axum::extract::rejection::JsonRejection;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemas::ResourceId;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::catalogue::{CatalogueError, Holder, ReportReference, ReportState, UserReportFilter, UserReportRow};
use crate::error::{AppError, ParameterMistake};
use crate::reports::plain_text;
use crate::web::mistakes::{Mistakes, not_among};
use crate::web::paging::ListQuery;
use crate::web::path::PathId;

/// An answer is a few sentences for somebody who waits for it, and no page.
const MAX_OUTCOME_CHARACTERS: usize = 1_000;

/// A report as it is shown to those who answer it.
#[derive(Debug, Serialize)]
struct InboxAnswer {
    reference: String,
    resource: String,
    kind: &'static str,
    field: Option<String>,
    /// What was written; null where nothing was, and a year after the answer.
    detail: Option<String>,
    state: &'static str,
    outcome: Option<String>,
    received: String,
    answered: Option<String>,
    answered_by: Option<String>,
    /// How often it was reported.
    times: u64,
}

impl From<UserReportRow> for InboxAnswer {
    fn from(row: UserReportRow) -> Self {
        Self {
            reference: row.reference.to_string(),
            resource: row.resource.to_string(),
            kind: row.kind.name(),
            field: row.field,
            detail: row.detail,
            state: row.state.name(),
            outcome: row.outcome,
            received: row.received,
            answered: row.answered,
            answered_by: row.answered_by,
            times: row.times,
        }
    }
}

pub(super) async fn list_reports(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, AppError> {
    let query = ListQuery::parse(raw.as_deref(), &["state", "resource"])?;
    let filter = read_filter(&query)?;
    let (rows, total) = app.catalogue.list_user_reports(&filter, query.per_page, query.offset()).await?;
    let results: Vec<InboxAnswer> = rows.into_iter().map(InboxAnswer::from).collect();
    Ok(query.page_of(&results, total, "/admin/v1/reports"))
}

/// How a report is answered: `{"state": "fixed", "outcome": "The link leads to the new page."}`. What is left out is
/// blank, so that it is told of with the rest.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OutcomeRequest {
    state: String,
    /// What whoever reported is told.
    outcome: String,
}

pub(super) async fn answer_report(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(reference): PathId,
    body: Result<Json<OutcomeRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let Json(request) =
        body.map_err(|error| AppError::BadRequest(vec![ParameterMistake::new("body", error.body_text())]))?;
    let (state, outcome) = read_request(&request)?;
    let unknown = || AppError::no_such("report", &reference);
    let parsed = ReportReference::parse(&reference).ok_or_else(unknown)?;
    let answered = app.catalogue.answer_user_report(&parsed, state, &outcome, &holder.name, app.clock.now()).await;
    let row = answered.map_err(|error| match error {
        CatalogueError::NoSuch { .. } => unknown(),
        other => other.into(),
    })?;
    Ok(Json(InboxAnswer::from(row)).into_response())
}

fn read_filter(query: &ListQuery) -> Result<UserReportFilter, AppError> {
    let mut mistakes = Mistakes::default();
    let state = query.value("state").and_then(|name| read_state(name, &ReportState::ALL, &mut mistakes));
    let resource = query.value("resource").map(ResourceId::parse).transpose().unwrap_or_else(|error| {
        mistakes.add("resource", error.to_string());
        None
    });
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(UserReportFilter { state, resource })
}

/// The answer, checked; every mistake of it at once.
fn read_request(request: &OutcomeRequest) -> Result<(ReportState, String), AppError> {
    let mut mistakes = Mistakes::default();
    let state = read_state(request.state.trim(), &ReportState::ANSWERS, &mut mistakes);
    let outcome = plain_text(&request.outcome);
    if !(1..=MAX_OUTCOME_CHARACTERS).contains(&outcome.chars().count()) {
        mistakes.add("outcome", format!("expected 1 to {MAX_OUTCOME_CHARACTERS} characters for whoever reported"));
    }
    mistakes.into_result().map_err(AppError::BadRequest)?;
    let nothing = || AppError::BadRequest(vec![ParameterMistake::new("body", "expected a whole answer")]);
    Ok((state.ok_or_else(nothing)?, outcome))
}

fn read_state(name: &str, allowed: &[ReportState], mistakes: &mut Mistakes) -> Option<ReportState> {
    let found = ReportState::by_name(name).filter(|state| allowed.contains(state));
    if found.is_none() {
        let names: Vec<&str> = allowed.iter().map(|state| state.name()).collect();
        mistakes.add("state", not_among(name, &names));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(state: &str, outcome: &str) -> OutcomeRequest {
        OutcomeRequest { state: state.to_owned(), outcome: outcome.to_owned() }
    }

    #[test]
    fn an_answer_says_what_was_decided_and_why() {
        let (state, outcome) = read_request(&request("fixed", " It leads\r\nto the new page. ")).unwrap();
        assert_eq!((state, outcome.as_str()), (ReportState::Fixed, "It leads\nto the new page."));
    }

    #[test]
    fn every_mistake_of_an_answer_is_told_at_once_and_no_answer_opens_a_report_again() {
        for wrong in [request("", " "), request("open", ""), request("fixd", &"x".repeat(1_001))] {
            let Err(AppError::BadRequest(mistakes)) = read_request(&wrong) else { panic!("{wrong:?}") };
            let named: Vec<&str> = mistakes.iter().map(|mistake| mistake.parameter.as_str()).collect();
            assert_eq!(named, ["state", "outcome"], "{wrong:?}");
        }
    }
}

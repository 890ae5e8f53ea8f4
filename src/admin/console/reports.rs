//! The inbox: what people report of resources, and the answer that each gets.

use askama::Template;
use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::answers::List;
use super::form::Form;
use super::frame::{Frame, Place, framed};
use super::pager::Pager;
use super::refused::{Mistake, Refused};
use super::visit::{Visit, back_to, query_of, segment};
use crate::catalogue::ReportState;
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};
use crate::web::path::PathId;

/// Shows those of every state; without a state, those that wait.
const EVERY: &str = "every";

/// A report.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UserReport {
    reference: String,
    resource: String,
    kind: String,
    field: Option<String>,
    detail: Option<String>,
    state: String,
    outcome: Option<String>,
    received: String,
    answered: Option<String>,
    answered_by: Option<String>,
    times: u64,
}

#[derive(Template)]
#[template(path = "admin/reports.html")]
struct ReportsPage {
    layout: Layout,
    frame: Frame,
    reports: Vec<UserReport>,
    /// The states one may ask for, and whether each is the one that is shown.
    states: Vec<(&'static str, bool)>,
    /// How a report may be answered.
    answers: [&'static str; ReportState::ANSWERS.len()],
    /// What an answer takes along, to come back to where one was.
    query: String,
    pager: Pager,
    /// The report whose answer cannot be used, what was written, and what is wrong with it.
    wrong: Option<Wrong>,
}

struct Wrong {
    reference: String,
    outcome: String,
    mistakes: Vec<Mistake>,
}

/// The reports that wait, or those of another state.
pub(super) async fn list_reports(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    reports_page(&visit, StatusCode::OK, None).await
}

async fn reports_page(visit: &Visit, status: StatusCode, wrong: Option<Wrong>) -> Result<Response, Refused> {
    let state = visit.value("state").unwrap_or(ReportState::Open.name());
    let asked = [("state", state), ("page", visit.value("page").unwrap_or_default())];
    let asked = asked.into_iter().filter(|(_, value)| !value.is_empty() && *value != EVERY);
    let list: List<UserReport> = visit.get(&format!("/reports{}", query_of(asked))).await?;
    let pager = Pager::of(visit, "/admin/reports", &["state"], &list);
    let names = ReportState::ALL.iter().map(|state| state.name()).chain([EVERY]);
    let (layout, frame) = framed(visit, Place::Reports, "Reports");
    let page = ReportsPage {
        layout,
        frame,
        reports: list.results,
        states: names.map(|name| (name, name == state)).collect(),
        answers: ReportState::ANSWERS.map(ReportState::name),
        query: visit.passed_on(&["state", "page"]),
        pager,
        wrong,
    };
    Ok(present_once(status, &page))
}

/// Answers a report; whoever made it reads the answer under its reference.
pub(super) async fn answer_report(
    Extension(visit): Extension<Visit>,
    PathId(reference): PathId,
    form: Form,
) -> Result<Response, Refused> {
    let outcome = form.lines("outcome");
    let answer = json!({ "state": form.text("state"), "outcome": outcome });
    match visit.post(&format!("/reports/{}/outcome", segment(&reference)), &answer).await {
        Ok(_) => Ok(back_to(&format!("/admin/reports{}", visit.passed_on(&["state", "page"])), "report-answered")),
        Err(refused) if !refused.mistakes.is_empty() => {
            let status = refused.status;
            let wrong = Wrong { reference, outcome, mistakes: refused.into_mistakes() };
            reports_page(&visit, status, Some(wrong)).await
        }
        Err(refused) => Err(refused),
    }
}

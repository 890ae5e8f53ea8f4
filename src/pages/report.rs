//! `/resources/{id}/report` and `/reports/{reference}`: telling us what is the matter, and coming back for the answer.
//!
//! A form that works without scripts and asks for no name. It comes in as reports through the API do.

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::errors::{PageError, plain_error_page};
use super::layout::Layout;
use super::once::present_once;
use super::wording;
use crate::app::App;
use crate::catalogue::{ReportKind, ReportState, UserReportRow};
use crate::error::{AppError, ParameterMistake};
use crate::reports::{MAX_DETAIL_CHARACTERS, ReportDraft, find_report, live_resource, receive};
use crate::web::body::read_form;
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::peer::Peer;
use crate::web::same_origin::is_same_origin;

/// The details that a form offers, as a reader of the page calls them. The API takes every field.
const DETAILS: [(&str, &str); 17] = [
    ("title", "Its name"),
    ("description", "The description"),
    ("url", "Where the link leads"),
    ("publisher", "Who publishes it"),
    ("resource_types", "What kind of thing it is"),
    ("levels", "The ages or stages it is for"),
    ("audiences", "Whom it is for"),
    ("subjects", "The subjects"),
    ("occupations", "The jobs it is about"),
    ("sectors", "The industries it is about"),
    ("duration", "How long it takes"),
    ("cost", "What it costs"),
    ("licence", "The terms of use"),
    ("nations", "Where in the United Kingdom it applies"),
    ("starts", "When it begins or ends"),
    ("deadline", "The deadline"),
    ("language", "The language"),
];

#[derive(Template)]
#[template(path = "report_form.html")]
struct ReportFormPage {
    layout: Layout,
    /// The resource that it is about.
    title: String,
    href: String,
    kinds: Vec<Choice>,
    details: Vec<Choice>,
    /// What was written before, where it could not be used.
    detail: String,
    max_characters: String,
    /// What to correct.
    mistakes: Vec<Mistake>,
}

/// Something to choose in the form.
struct Choice {
    name: &'static str,
    label: &'static str,
    is_chosen: bool,
}

/// What to correct, and where.
struct Mistake {
    /// The id of the part of the form.
    place: &'static str,
    says: String,
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    layout: Layout,
    reference: String,
    /// The address of this page, whole.
    address: String,
    /// What became of it, in a sentence.
    state: &'static str,
    /// The answer, paragraph by paragraph.
    answer: Vec<String>,
    /// The resource: its title, where it is live.
    resource: Option<String>,
    href: String,
    kind: &'static str,
    field: Option<String>,
    received: String,
    answered: Option<String>,
}

/// The form.
pub(super) async fn show_form(State(app): State<App>, id: Result<PathId, AppError>) -> Result<Response, PageError> {
    let PathId(id) = id?;
    let resource = live_resource(&app, &id).await?.resource;
    if resource.id.as_str() != id {
        return Ok(Redirect::permanent(&format!("/resources/{}/report", resource.id)).into_response());
    }
    Ok(present_once(StatusCode::OK, &form_page(&resource, &ReportDraft::default(), &[])))
}

/// Takes the form in and leads to the page of the report.
pub(super) async fn send_form(
    State(app): State<App>,
    id: Result<PathId, AppError>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, PageError> {
    let PathId(id) = id?;
    if !is_same_origin(&headers, app.public_url()) {
        let detail = "This form was sent from a page of another site. Please send it from its own page.";
        return Ok(plain_error_page(StatusCode::FORBIDDEN, "This cannot be done", detail));
    }
    let [kind, field, detail] = read_form(&headers, body, ["kind", "field", "detail"]).await?;
    let draft = ReportDraft { kind, field, detail };
    let resource = live_resource(&app, &id).await?.resource;
    let mut mistakes = Mistakes::default();
    let checked = draft.read(&mut mistakes);
    let mistakes = mistakes.into_result().err().unwrap_or_default();
    let Some(checked) = checked.filter(|_| mistakes.is_empty()) else {
        return Ok(present_once(StatusCode::BAD_REQUEST, &form_page(&resource, &draft, &mistakes)));
    };
    let taken = receive(&app, &peer, resource.id, checked).await?;
    Ok(Redirect::to(&format!("/reports/{}", taken.reference)).into_response())
}

/// What became of a report.
pub(super) async fn show_report(
    State(app): State<App>,
    reference: Result<PathId, AppError>,
) -> Result<Response, PageError> {
    let PathId(reference) = reference?;
    let row = find_report(&app, &reference).await?;
    let resource = match live_resource(&app, row.resource.as_str()).await {
        Ok(entry) => Some(entry.resource.title),
        Err(AppError::Gone { .. } | AppError::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(present_once(StatusCode::OK, &report_page(row, resource, app.public_url())))
}

fn form_page(resource: &schemas::Resource, draft: &ReportDraft, mistakes: &[ParameterMistake]) -> ReportFormPage {
    let choice = |chosen: &str, name: &'static str, label| Choice { name, label, is_chosen: chosen == name };
    ReportFormPage {
        layout: Layout::new("Report a problem", ""),
        title: resource.title.clone(),
        href: format!("/resources/{}", resource.id),
        kinds: ReportKind::ALL.map(|kind| choice(&draft.kind, kind.name(), said_kind(kind))).into(),
        details: DETAILS.map(|(name, label)| choice(&draft.field, name, label)).into(),
        detail: draft.detail.clone(),
        max_characters: wording::thousands(MAX_DETAIL_CHARACTERS),
        mistakes: mistakes.iter().map(correction).collect(),
    }
}

fn correction(mistake: &ParameterMistake) -> Mistake {
    let (place, says) = match mistake.parameter.as_str() {
        "kind" => ("kind-dead-link", "Choose what is the matter".to_owned()),
        "field" => ("field", "Choose a detail from the list, or none".to_owned()),
        _ => {
            let most = wording::thousands(MAX_DETAIL_CHARACTERS);
            ("detail", format!("Write at most {most} characters"))
        }
    };
    Mistake { place, says }
}

fn report_page(row: UserReportRow, resource: Option<String>, public_url: &str) -> ReportPage {
    let reference = row.reference.to_string();
    let outcome = row.outcome.unwrap_or_default();
    ReportPage {
        layout: Layout::new("Your report", ""),
        address: format!("{public_url}/reports/{reference}"),
        reference,
        state: said_state(row.state),
        answer: outcome.lines().map(str::trim).filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect(),
        resource,
        href: format!("/resources/{}", row.resource),
        kind: said_kind(row.kind),
        field: row.field.as_deref().map(said_field),
        received: wording::day(&row.received),
        answered: row.answered.as_deref().map(wording::day),
    }
}

fn said_kind(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::DeadLink => "The link does not work",
        ReportKind::WrongDetail => "A detail is wrong",
        ReportKind::NotSuitable => "It is not suitable for those it is said to be for",
        ReportKind::Duplicate => "It is listed twice",
        ReportKind::Other => "Something else",
    }
}

fn said_state(state: ReportState) -> &'static str {
    match state {
        ReportState::Open => "Thank you. Your report was received, and waits for one of our editors.",
        ReportState::Accepted => "An editor has read your report and agrees. Something will be done.",
        ReportState::Declined => "An editor has read your report. Nothing was changed.",
        ReportState::Fixed => "An editor has read your report and put it right.",
    }
}

/// A field as the form calls it. Through the API there may be one that the form does not offer.
fn said_field(field: &str) -> String {
    let label = DETAILS.iter().find(|(name, _)| *name == field).map(|(_, label)| (*label).to_owned());
    label.unwrap_or_else(|| field.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::links::field_names;

    #[test]
    fn every_detail_that_the_form_offers_is_a_field_of_a_resource() {
        for (name, _) in DETAILS {
            assert!(field_names().iter().any(|field| field == name), "{name}");
        }
    }

    #[test]
    fn a_field_is_said_as_the_form_calls_it() {
        assert_eq!(said_field("cost"), "What it costs");
        assert_eq!(said_field("age_range"), "age range");
    }
}

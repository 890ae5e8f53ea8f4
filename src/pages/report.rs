//! `/resources/{id}/report` and `/reports/{reference}`: telling us what is the matter, and coming back for the answer.
//!
//! A form that works without scripts and asks for no name. It comes in as reports through the API do.

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::carried::Carried;
use super::errors::{PageError, refused_form};
use super::filters;
use super::layout::Layout;
use super::once::present_once;
use super::wording::{self, say, word};
use crate::app::App;
use crate::catalogue::{ReportKind, ReportState, UserReportRow};
use crate::error::{AppError, ParameterMistake};
use crate::reports::{MAX_DETAIL_CHARACTERS, ReportDraft, find_report, live_resource, receive};
use crate::web::body::read_form;
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::peer::Peer;

/// The details that a form offers. The API takes every field.
const DETAILS: [&str; 17] = [
    "title",
    "description",
    "url",
    "publisher",
    "resource_types",
    "levels",
    "audiences",
    "subjects",
    "occupations",
    "sectors",
    "duration",
    "cost",
    "licence",
    "nations",
    "starts",
    "deadline",
    "language",
];

#[derive(Template)]
#[template(path = "report_form.html")]
struct ReportFormPage {
    layout: Layout,
    /// The resource that it is about.
    title: String,
    href: String,
    /// Where the form is sent.
    action: String,
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
pub(super) async fn show_form(
    State(app): State<App>,
    id: Result<PathId, AppError>,
    RawQuery(raw): RawQuery,
) -> Result<Response, PageError> {
    let PathId(id) = id?;
    let carried = Carried::read(raw.as_deref());
    let resource = live_resource(&app, &id).await?.resource;
    if resource.id.as_str() != id {
        let moved = carried.address(&format!("/resources/{}/report", resource.id));
        return Ok(Redirect::permanent(&moved).into_response());
    }
    Ok(present_once(StatusCode::OK, &form_page(&resource, &ReportDraft::default(), &[], &carried)))
}

/// Takes the form in and leads to the page of the report.
pub(super) async fn send_form(
    State(app): State<App>,
    id: Result<PathId, AppError>,
    RawQuery(raw): RawQuery,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, PageError> {
    let PathId(id) = id?;
    let carried = Carried::read(raw.as_deref());
    if let Some(refused) = refused_form(&headers, &app) {
        return Ok(refused);
    }
    let [kind, field, detail] = read_form(&headers, body, ["kind", "field", "detail"]).await?;
    let draft = ReportDraft { kind, field, detail };
    let resource = live_resource(&app, &id).await?.resource;
    let mut mistakes = Mistakes::default();
    let checked = draft.read(&mut mistakes);
    let mistakes = mistakes.into_result().err().unwrap_or_default();
    let Some(checked) = checked.filter(|_| mistakes.is_empty()) else {
        let page = form_page(&resource, &draft, &mistakes, &carried);
        return Ok(present_once(StatusCode::BAD_REQUEST, &page));
    };
    let taken = receive(&app, &peer, resource.id, checked).await?;
    Ok(Redirect::to(&carried.address(&format!("/reports/{}", taken.reference))).into_response())
}

/// What became of a report.
pub(super) async fn show_report(
    State(app): State<App>,
    reference: Result<PathId, AppError>,
    RawQuery(raw): RawQuery,
) -> Result<Response, PageError> {
    let PathId(reference) = reference?;
    let carried = Carried::read(raw.as_deref());
    let row = find_report(&app, &reference).await?;
    let resource = match live_resource(&app, row.resource.as_str()).await {
        Ok(entry) => Some(entry.resource.title),
        Err(AppError::Gone { .. } | AppError::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(present_once(StatusCode::OK, &report_page(row, resource, app.public_url(), &carried)))
}

fn form_page(
    resource: &schemas::Resource,
    draft: &ReportDraft,
    mistakes: &[ParameterMistake],
    carried: &Carried,
) -> ReportFormPage {
    let choice = |chosen: &str, name: &'static str, label| Choice { name, label, is_chosen: chosen == name };
    let path = format!("/resources/{}", resource.id);
    let details = DETAILS.into_iter().filter_map(|name| Some(choice(&draft.field, name, detail_label(name)?)));
    ReportFormPage {
        layout: Layout::new(word("report.form-title"), "").carrying(carried),
        title: resource.title.clone(),
        href: carried.address(&path),
        action: carried.address(&format!("{path}/report")),
        kinds: ReportKind::ALL.map(|kind| choice(&draft.kind, kind.name(), said_kind(kind))).into(),
        details: details.collect(),
        detail: draft.detail.clone(),
        max_characters: wording::thousands(MAX_DETAIL_CHARACTERS),
        mistakes: mistakes.iter().map(correction).collect(),
    }
}

fn correction(mistake: &ParameterMistake) -> Mistake {
    let (place, says) = match mistake.parameter.as_str() {
        "kind" => ("kind-dead-link", word("report.choose-kind").to_owned()),
        "field" => ("field", word("report.choose-field").to_owned()),
        _ => ("detail", say("report.too-long", &[("n", &wording::thousands(MAX_DETAIL_CHARACTERS))])),
    };
    Mistake { place, says }
}

fn report_page(row: UserReportRow, resource: Option<String>, public_url: &str, carried: &Carried) -> ReportPage {
    let reference = row.reference.to_string();
    let outcome = row.outcome.unwrap_or_default();
    ReportPage {
        layout: Layout::new(word("report.title"), "").carrying(carried),
        address: format!("{public_url}/reports/{reference}"),
        reference,
        state: said_state(row.state),
        answer: outcome.lines().map(str::trim).filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect(),
        resource,
        href: carried.address(&format!("/resources/{}", row.resource)),
        kind: said_kind(row.kind),
        field: row.field.as_deref().map(said_field),
        received: wording::day(&row.received),
        answered: row.answered.as_deref().map(wording::day),
    }
}

fn said_kind(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::DeadLink => word("report.kind-dead-link"),
        ReportKind::WrongDetail => word("report.kind-wrong-detail"),
        ReportKind::NotSuitable => word("report.kind-not-suitable"),
        ReportKind::Duplicate => word("report.kind-duplicate"),
        ReportKind::Other => word("report.kind-other"),
    }
}

fn said_state(state: ReportState) -> &'static str {
    match state {
        ReportState::Open => word("report.state-open"),
        ReportState::Accepted => word("report.state-accepted"),
        ReportState::Declined => word("report.state-declined"),
        ReportState::Fixed => word("report.state-fixed"),
    }
}

/// A detail as a reader of the page calls it; `None` of what the form does not offer.
fn detail_label(field: &str) -> Option<&'static str> {
    match field {
        "title" => Some(word("report.field-title")),
        "description" => Some(word("report.field-description")),
        "url" => Some(word("report.field-url")),
        "publisher" => Some(word("report.field-publisher")),
        "resource_types" => Some(word("report.field-types")),
        "levels" => Some(word("report.field-levels")),
        "audiences" => Some(word("report.field-audiences")),
        "subjects" => Some(word("report.field-subjects")),
        "occupations" => Some(word("report.field-occupations")),
        "sectors" => Some(word("report.field-sectors")),
        "duration" => Some(word("report.field-duration")),
        "cost" => Some(word("report.field-cost")),
        "licence" => Some(word("report.field-licence")),
        "nations" => Some(word("report.field-nations")),
        "starts" => Some(word("report.field-starts")),
        "deadline" => Some(word("report.field-deadline")),
        "language" => Some(word("report.field-language")),
        _ => None,
    }
}

/// A field as the form calls it. Through the API there may be one that the form does not offer.
fn said_field(field: &str) -> String {
    detail_label(field).map_or_else(|| field.replace('_', " "), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::links::field_names;

    #[test]
    fn every_detail_that_the_form_offers_is_a_field_of_a_resource_and_has_a_name() {
        for name in DETAILS {
            assert!(field_names().iter().any(|field| field == name), "{name}");
            assert!(detail_label(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_field_is_said_as_the_form_calls_it() {
        assert_eq!(said_field("cost"), word("report.field-cost"));
        assert_eq!(said_field("age_range"), "age range");
    }
}

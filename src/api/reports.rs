//! `POST /v1/reports` and `GET /v1/reports/{reference}`: what people tell us of a resource, and what we answered.
//!
//! No name and no contact is asked for, and nothing is kept of who reports: the reference is the way back to the
//! answer. Reading a report and taking it in is for `crate::reports`, which the form on the pages uses as well.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemas::ResourceId;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

use crate::app::App;
use crate::catalogue::{ReportKind, ReportState, UserReportRow};
use crate::error::{AppError, ParameterMistake};
use crate::reports::{CheckedReport, MAX_DETAIL_CHARACTERS, ReportDraft, find_report, live_resource, receive};
use crate::web::body::{JSON, no_parameters, read_object, refuse_unknown};
use crate::web::etag::kept_by_nobody;
use crate::web::links::field_names;
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::peer::Peer;
use crate::web::problem::Problem;
use crate::web::query::refuse_parameters;

/// The members of a report.
const MEMBERS: [&str; 4] = ["resource", "kind", "field", "detail"];

/// What is the matter with a resource. Neither a name nor a way to reach anybody belongs in here.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its schema stands in the document; bodies are read so that all mistakes are told")]
pub struct ReportRequest {
    #[schema(schema_with = resource_schema)]
    resource: String,
    #[schema(schema_with = kind_schema)]
    kind: String,
    #[schema(schema_with = given_field_schema)]
    field: Option<String>,
    #[schema(schema_with = detail_schema)]
    detail: Option<String>,
}

/// Where the answer will be.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportReceipt {
    /// The way back: it cannot be guessed, and nobody else is told.
    pub reference: String,
    /// The page that tells what becomes of the report.
    pub url: String,
    /// How it stands: a report that was just received waits.
    #[schema(schema_with = state_schema)]
    pub state: &'static str,
}

/// What became of a report. What was written in it is for editors alone, and does not come back.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportAnswer {
    /// The reference.
    pub reference: String,
    /// The resource that it is about.
    pub resource: String,
    /// What is the matter.
    #[schema(schema_with = kind_schema)]
    pub kind: &'static str,
    /// The field of the resource that it is about; null where none was named.
    #[schema(required = true)]
    pub field: Option<String>,
    /// What became of it.
    #[schema(schema_with = state_schema)]
    pub state: &'static str,
    /// The answer, in plain text; null while there is none.
    #[schema(required = true)]
    pub outcome: Option<String>,
    /// When it was received, RFC 3339.
    pub received: String,
    /// When it was answered last, RFC 3339; null while it was not.
    #[schema(required = true)]
    pub answered: Option<String>,
}

impl From<UserReportRow> for ReportAnswer {
    fn from(row: UserReportRow) -> Self {
        Self {
            reference: row.reference.to_string(),
            resource: row.resource.to_string(),
            kind: row.kind.name(),
            field: row.field,
            state: row.state.name(),
            outcome: row.outcome,
            received: row.received,
            answered: row.answered,
        }
    }
}

fn text_schema(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

/// A text, or null for none.
fn text_or_null_schema(description: &str) -> ObjectBuilder {
    text_schema(description).schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
}

fn resource_schema() -> ObjectBuilder {
    text_schema("The id of the resource. Of one that was merged into another, the report is about that.")
        .pattern(Some("^[0-9a-hjkmnp-tv-z]{16}$"))
        .examples(["dxw7p37wqzedjv9m"])
}

fn kind_schema() -> ObjectBuilder {
    text_schema("What is the matter.").enum_values(Some(ReportKind::ALL.map(ReportKind::name))).examples(["dead-link"])
}

fn state_schema() -> ObjectBuilder {
    let about = "`open` waits for an answer; `accepted` is right, and something will be done; `declined`: nothing will \
                 be done; `fixed`: something was done.";
    text_schema(about).enum_values(Some(ReportState::ALL.map(ReportState::name)))
}

fn given_field_schema() -> ObjectBuilder {
    let names = field_names().iter().map(|name| Value::from(name.as_str()));
    text_or_null_schema("The field of the resource that it is about: of a wrong detail, the one that is wrong.")
        .enum_values(Some(names.chain([Value::Null])))
}

fn detail_schema() -> ObjectBuilder {
    text_or_null_schema("What an editor should know, in plain text. Forgotten a year after the answer.")
        .max_length(Some(MAX_DETAIL_CHARACTERS))
}

/// Reports a dead link, a wrong detail or anything else that is the matter with a resource.
///
/// The same again, while it waits for an answer, gives the same reference. A dead link is asked soon.
#[utoipa::path(
    post, path = "/v1/reports", tag = "Reports", operation_id = "create_report",
    request_body(content = ReportRequest, content_type = "application/json", description = "At most 64 KiB",
        example = json!({ "resource": "dxw7p37wqzedjv9m", "kind": "wrong-detail", "field": "levels", "detail": "It is for years 9 to 11." })),
    responses(
        (status = 200, description = "It was counted into a report that waits already and says the same, or of which there are enough", body = ReportReceipt),
        (status = 201, description = "It was received", body = ReportReceipt),
        (status = 400, description = "No JSON object, or members that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There has never been such a resource", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The resource was withdrawn; the problem says why and when", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "More than 64 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 507, description = "There is no room to keep it", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create_report(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    let (members, mistakes) = read_object(&headers, body, &[JSON], no_parameters(raw.as_deref())).await?;
    let (resource, checked) = read_request(&members, mistakes)?;
    let resource = live_resource(&app, resource.as_str()).await?.resource.id;
    let taken = receive(&app, &peer, resource, checked).await?;
    let reference = taken.reference;
    let receipt = ReportReceipt {
        url: format!("{}/reports/{reference}", app.public_url()),
        reference: reference.to_string(),
        state: ReportState::Open.name(),
    };
    if !taken.is_new {
        return Ok(kept_by_nobody(Json(receipt).into_response()));
    }
    let location = HeaderValue::try_from(format!("/v1/reports/{reference}"));
    let location = location.map_err(|error| AppError::Internal(error.into()))?;
    Ok(kept_by_nobody((StatusCode::CREATED, [(header::LOCATION, location)], Json(receipt)).into_response()))
}

/// What became of a report.
#[utoipa::path(
    get, path = "/v1/reports/{reference}", tag = "Reports", operation_id = "show_report",
    params(
        ("reference" = String, Path, description = "The reference as it was given, `7k3m-02qd-x9ze-4hbt`; in either case, with or without hyphens"),
    ),
    responses(
        (status = 200, description = "What became of it; never to be cached", body = ReportAnswer),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such report", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_report(
    State(app): State<App>,
    PathId(reference): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Response, AppError> {
    refuse_parameters(raw.as_deref())?;
    let row = find_report(&app, &reference).await?;
    Ok(kept_by_nobody(Json(ReportAnswer::from(row)).into_response()))
}

fn read_request(members: &Map<String, Value>, mut mistakes: Mistakes) -> Result<(ResourceId, CheckedReport), AppError> {
    let resource = ResourceId::parse(needed(members, "resource").trim());
    let resource = resource.map_err(|error| mistakes.add("resource", error.to_string())).ok();
    let draft = ReportDraft {
        kind: needed(members, "kind"),
        field: optional(members, "field", &mut mistakes),
        detail: optional(members, "detail", &mut mistakes),
    };
    let checked = draft.read(&mut mistakes);
    refuse_unknown("", members, &MEMBERS, &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    let nothing = || AppError::BadRequest(vec![ParameterMistake::new("body", "expected a whole report")]);
    resource.zip(checked).ok_or_else(nothing)
}

/// The text of a member that must be there. What is no text is given as it is written, which nothing allows.
fn needed(members: &Map<String, Value>, name: &str) -> String {
    match members.get(name) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

/// The text of a member that may be left out or null.
fn optional(members: &Map<String, Value>, name: &str, mistakes: &mut Mistakes) -> String {
    match members.get(name) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(_) => {
            mistakes.add(name, "expected a text");
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(request: &Value) -> Result<(ResourceId, CheckedReport), Vec<ParameterMistake>> {
        let members = request.as_object().expect("an object");
        read_request(members, Mistakes::default()).map_err(|error| {
            let AppError::BadRequest(mistakes) = error else { panic!("{error}") };
            mistakes
        })
    }

    fn names(request: &Value) -> Vec<String> {
        read(request).expect_err("a mistake").into_iter().map(|mistake| mistake.parameter).collect()
    }

    #[test]
    fn a_report_needs_a_resource_and_a_kind_and_nothing_else() {
        let (resource, _) = read(&json!({ "resource": " dxw7p37wqzedjv9m", "kind": "dead-link" })).unwrap();
        assert_eq!(resource.as_str(), "dxw7p37wqzedjv9m");
        let nulls = json!({ "resource": "dxw7p37wqzedjv9m", "kind": "dead-link", "field": null, "detail": null });
        assert_eq!(read(&nulls).unwrap().1, read(&json!({ "resource": resource, "kind": "dead-link" })).unwrap().1);
    }

    #[test]
    fn every_mistake_of_a_report_is_told_at_once() {
        assert_eq!(names(&json!({})), ["resource", "kind"]);
        let wrong = json!({ "resource": 7, "kind": ["dead-link"], "field": "colour", "detail": "x".repeat(2_001),
            "email": "ada@example.org" });
        assert_eq!(names(&wrong), ["resource", "kind", "field", "detail", "email"]);
        assert_eq!(names(&json!({ "resource": "dxw7p37wqzedjv9m", "kind": "other", "detail": 1 })), ["detail"]);
        let told = read(&json!({ "resource": "dxw7p37wqzedjv9m", "kind": "deadlink", "fild": "cost" })).unwrap_err();
        let details: Vec<&str> = told.iter().map(|mistake| mistake.detail.as_str()).collect();
        assert!(details[0].starts_with("`deadlink`; did you mean `dead-link`?; allowed: dead-link, "), "{details:?}");
        assert_eq!(details[1], "unknown member; did you mean `field`?");
    }
}

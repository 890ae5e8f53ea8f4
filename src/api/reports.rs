//! `POST /v1/reports` and `GET /v1/reports/{reference}`: what people tell us of a resource, and what we answered.
//!
//! No name and no contact is asked for, and nothing is kept of who reports: the reference is the way back to the
//! answer. The form on the pages comes in by the same functions. Answering is for `admin::inbox`.

use axum::body::{Body, to_bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemas::{ResourceId, nearest};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

use super::resources::{Whereabouts, field_names, locate};
use crate::app::App;
use crate::catalogue::{NewUserReport, Received, ReportKind, ReportReference, ReportState, UserReportRow};
use crate::error::{AppError, ParameterMistake};
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::peer::Peer;
use crate::web::problem::Problem;
use crate::web::query::refuse_parameters;
use crate::web::rate_limit::Act;

/// The longest detail in a form takes 24 KB, every byte of it escaped.
const MAX_BODY_BYTES: usize = 64 << 10;
/// A page of text: more than anybody needs to say what is wrong, and little to read.
pub(crate) const MAX_DETAIL_CHARACTERS: usize = 2_000;
/// Editors come to the reports that wait on working days.
const TOO_MANY_RETRY_SECONDS: u64 = 24 * 60 * 60;
/// The members of a report.
const MEMBERS: [&str; 4] = ["resource", "kind", "field", "detail"];
/// What is said again of a value that is not allowed.
const REPEATED_CHARACTERS: usize = 80;

/// What is the matter with a resource. Neither a name nor a way to reach anybody belongs in here.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "its schema stands in the document; it is read member by member, so that all mistakes are told"
)]
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
        (status = 201, description = "It was received", body = ReportReceipt, headers(("Location" = String, description = "Where the answer will be"))),
        (status = 400, description = "No JSON object, or members that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There has never been such a resource", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The resource was withdrawn; the problem says why and when", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "More than 64 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create_report(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    refuse_parameters(raw.as_deref())?;
    let members = read_object(&headers, body).await?;
    let (resource, told) = read_request(&members)?;
    app.limits.may(Act::Report, &peer, app.clock.now())?;
    let resource = live_resource(&app, resource.as_str()).await?.resource.id;
    let (status, reference) = receive(&app, resource, told).await?;
    let receipt = ReportReceipt {
        url: format!("{}/reports/{reference}", app.public_url()),
        reference: reference.to_string(),
        state: ReportState::Open.name(),
    };
    let mut response = (status, Json(receipt)).into_response();
    if status == StatusCode::CREATED {
        let location = HeaderValue::try_from(format!("/v1/reports/{reference}"));
        response.headers_mut().insert(header::LOCATION, location.map_err(|error| AppError::Internal(error.into()))?);
    }
    Ok(not_stored(response))
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
    Ok(not_stored(Json(ReportAnswer::from(row)).into_response()))
}

/// A report as it was written: nothing of it checked, blank what was not given.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The name of a kind.
    pub(crate) kind: String,
    /// The name of a field of a resource.
    pub(crate) field: String,
    /// In free words.
    pub(crate) detail: String,
}

/// A report that can be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    kind: ReportKind,
    field: Option<String>,
    detail: Option<String>,
}

impl Written {
    /// Reads what was written; every mistake of it at once. `None` only where there is one.
    pub(crate) fn read(&self, mistakes: &mut Mistakes) -> Option<Told> {
        let kind = ReportKind::by_name(self.kind.trim());
        if kind.is_none() {
            mistakes.add("kind", not_among(&self.kind, &ReportKind::ALL.map(ReportKind::name)));
        }
        let field = self.field.trim();
        let is_field = field_names().iter().any(|name| name == field);
        if !field.is_empty() && !is_field {
            let names: Vec<&str> = field_names().iter().map(String::as_str).collect();
            mistakes.add("field", not_among(field, &names));
        }
        let detail = plain_text(&self.detail);
        if detail.chars().count() > MAX_DETAIL_CHARACTERS {
            mistakes.add("detail", format!("longer than {MAX_DETAIL_CHARACTERS} characters"));
        }
        let field = is_field.then(|| field.to_owned());
        Some(Told { kind: kind?, field, detail: (!detail.is_empty()).then_some(detail) })
    }
}

/// A text of several lines as it is kept: the lines of all systems end alike, and nothing in it controls a terminal.
pub(crate) fn plain_text(given: &str) -> String {
    let lines = given.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = lines.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    text.trim().to_owned()
}

/// Takes a report of a live resource in: 201 and its reference, or 200 and that of the one it was counted into.
///
/// # Errors
/// [`AppError::TooManyRequests`] when so many wait that nobody would come to it.
pub(crate) async fn receive(
    app: &App,
    resource: ResourceId,
    told: Told,
) -> Result<(StatusCode, ReportReference), AppError> {
    let report = NewUserReport { resource, kind: told.kind, field: told.field, detail: told.detail };
    match app.catalogue.receive_user_report(&report, app.clock.now()).await? {
        Received::New(reference) => Ok((StatusCode::CREATED, reference)),
        Received::CountedInto(reference) => Ok((StatusCode::OK, reference)),
        Received::TooMany => Err(AppError::TooManyRequests {
            retry_after_seconds: TOO_MANY_RETRY_SECONDS,
            reason: "so many reports wait for an answer that no more are taken; please try again tomorrow",
        }),
    }
}

/// The live resource of this id, or the one it was merged into.
///
/// # Errors
/// [`AppError::NotFound`] when there has never been one, [`AppError::Gone`] when it was withdrawn.
pub(crate) async fn live_resource(app: &App, id: &str) -> Result<Box<index::Entry>, AppError> {
    let into = match locate(app, id).await? {
        Whereabouts::Here(entry) => return Ok(entry),
        Whereabouts::MergedInto(other) => other,
    };
    match locate(app, into.as_str()).await? {
        Whereabouts::Here(entry) => Ok(entry),
        // It was looked up to the end of all merges, so another one came between.
        Whereabouts::MergedInto(_) => Err(AppError::Unavailable { reason: "the resource is being merged" }),
    }
}

/// The report of this reference.
///
/// # Errors
/// [`AppError::NotFound`] when there is none, whatever the reference is made of.
pub(crate) async fn find_report(app: &App, reference: &str) -> Result<UserReportRow, AppError> {
    let unknown = || AppError::no_such("report", reference);
    let parsed = ReportReference::parse(reference).ok_or_else(unknown)?;
    app.catalogue.user_report(&parsed).await?.ok_or_else(unknown)
}

/// What is told of a report is for one person, and no cache on the way keeps it.
pub(crate) fn not_stored(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The whole of a body of this type, bounded.
///
/// # Errors
/// [`AppError::UnsupportedType`] for another type, [`AppError::TooLarge`] for too much of it.
pub(crate) async fn read_body(headers: &HeaderMap, body: Body, expected: &'static str) -> Result<Vec<u8>, AppError> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = given.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(expected) {
        let given = given.chars().take(REPEATED_CHARACTERS).collect();
        return Err(AppError::UnsupportedType { given, expected });
    }
    match to_bytes(body, MAX_BODY_BYTES).await {
        Ok(bytes) => Ok(bytes.into()),
        // Or it broke off on the way, and nobody reads this.
        Err(_) => Err(AppError::TooLarge { max_bytes: MAX_BODY_BYTES }),
    }
}

async fn read_object(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, AppError> {
    let bytes = read_body(headers, body, "application/json").await?;
    let bad = |detail: String| AppError::BadRequest(vec![ParameterMistake::new("body", detail)]);
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(bad("expected a JSON object".to_owned())),
        Err(error) => Err(bad(format!("it is no JSON: {error}"))),
    }
}

fn read_request(members: &Map<String, Value>) -> Result<(ResourceId, Told), AppError> {
    let mut mistakes = Mistakes::default();
    let id = needed(members, "resource");
    let resource = match ResourceId::parse(id.trim()) {
        Ok(resource) => Some(resource),
        Err(error) => {
            mistakes.add("resource", error.to_string());
            None
        }
    };
    let written = Written {
        kind: needed(members, "kind"),
        field: optional(members, "field", &mut mistakes),
        detail: optional(members, "detail", &mut mistakes),
    };
    let told = written.read(&mut mistakes);
    for name in members.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
        if mistakes.is_full() {
            break;
        }
        mistakes.add(name, unknown(name));
    }
    mistakes.into_result().map_err(AppError::BadRequest)?;
    let nothing = || AppError::BadRequest(vec![ParameterMistake::new("body", "expected a whole report")]);
    resource.zip(told).ok_or_else(nothing)
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

fn unknown(name: &str) -> String {
    match nearest(name, MEMBERS.into_iter()) {
        Some(nearest) => format!("unknown member; did you mean `{nearest}`?"),
        None => format!("unknown member; allowed: {}", MEMBERS.join(", ")),
    }
}

/// What is said of a name that is none of these.
pub(crate) fn not_among(given: &str, allowed: &[&str]) -> String {
    let shown: String = given.trim().chars().take(REPEATED_CHARACTERS).collect();
    if shown.is_empty() {
        return format!("needed, one of: {}", allowed.join(", "));
    }
    let hint = nearest(&shown, allowed.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
    format!("`{shown}`{}; allowed: {}", hint.unwrap_or_default(), allowed.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(request: &Value) -> Result<(ResourceId, Told), Vec<ParameterMistake>> {
        read_request(request.as_object().expect("an object")).map_err(|error| {
            let AppError::BadRequest(mistakes) = error else { panic!("{error}") };
            mistakes
        })
    }

    fn names(request: &Value) -> Vec<String> {
        read(request).expect_err("a mistake").into_iter().map(|mistake| mistake.parameter).collect()
    }

    #[test]
    fn a_report_needs_a_resource_and_a_kind_and_nothing_else() {
        let (resource, told) = read(&json!({ "resource": "dxw7p37wqzedjv9m", "kind": "dead-link" })).unwrap();
        assert_eq!(resource.as_str(), "dxw7p37wqzedjv9m");
        assert_eq!(told, Told { kind: ReportKind::DeadLink, field: None, detail: None });
        let (_, told) = read(&json!({ "resource": "dxw7p37wqzedjv9m", "kind": "wrong-detail", "field": "cost",
            "detail": " It costs\r\n\u{0}£3.\u{1b}[2J " }))
        .unwrap();
        assert_eq!(told.field.as_deref(), Some("cost"));
        assert_eq!(told.detail.as_deref(), Some("It costs\n£3.[2J"));
        let (_, told) =
            read(&json!({ "resource": "dxw7p37wqzedjv9m", "kind": "other", "field": null, "detail": " " })).unwrap();
        assert_eq!((told.field, told.detail), (None, None));
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

    #[test]
    fn a_detail_is_measured_in_characters() {
        let report = |detail: String| json!({ "resource": "dxw7p37wqzedjv9m", "kind": "other", "detail": detail });
        assert!(read(&report("é".repeat(MAX_DETAIL_CHARACTERS))).is_ok());
        assert!(read(&report("é".repeat(MAX_DETAIL_CHARACTERS + 1))).is_err());
    }
}

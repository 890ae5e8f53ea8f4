//! `/oai`: the OAI-PMH 2.0 data provider, from which other catalogues harvest ours.
//!
//! A request goes in, by GET or as a form; XML comes out, also where the protocol has an error to tell. What is listed
//! and in which order is for `catalogue::oai`; the rules of the protocol are here. Source: OAI-PMH 2.0,
//! <http://www.openarchives.org/OAI/openarchivesprotocol.html>.

mod about;
mod arguments;
mod conditional;
mod dates;
mod dublin_core;
mod errors;
mod identifier;
mod lom;
mod parameters;
mod records;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::catalogue::OaiWalk;
use crate::error::AppError;
use crate::web::body::{FORM, is_of_type};
use crate::web::conditional::{is_unmodified, with_last_modified};
use crate::xml::Xml;
use arguments::{Arguments, Asked, MAX_RAW_BYTES};
use errors::{ErrorCode, OaiError};

/// The routes, for the OpenAPI document too.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(harvest_oai, post_oai))
}

/// What a verb says: the element of its name, or what is wrong.
type VerbAnswer = Result<Xml, Vec<OaiError>>;

/// How this repository is called, by itself and by others.
struct Repository {
    /// Its name within identifiers.
    name: String,
    /// The address under which the public reaches us; the host that a request names is never believed.
    public_url: String,
    /// What its sources are called.
    source_names: Arc<BTreeMap<String, String>>,
}

impl Repository {
    fn of(app: &App) -> Self {
        Self {
            name: identifier::repository_of(app),
            public_url: app.public_url().to_owned(),
            source_names: app.source_names(),
        }
    }

    fn base_url(&self) -> String {
        format!("{}/oai", self.public_url)
    }
}

/// The OAI-PMH 2.0 data provider: takes a copy of the catalogue, in Dublin Core or LOM, and keeps it in step.
///
/// Errors of the protocol are XML too, and their status is 200, as the protocol wants it.
#[utoipa::path(
    get, path = "/oai", tag = "OAI-PMH", operation_id = "harvest_oai",
    params(parameters::OaiParameters),
    responses(
        (status = 200, description = "What the verb says, or the errors of the protocol", body = String, content_type = "text/xml"),
        (status = 304, description = "Nothing has changed since the time that `If-Modified-Since` names"),
    )
)]
pub(crate) async fn harvest_oai(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let arguments = read_arguments(&[raw.unwrap_or_default().as_bytes()]);
    answer(&app, &arguments, Some(&headers)).await
}

/// The OAI-PMH 2.0 data provider, with the arguments as a form.
#[utoipa::path(
    post, path = "/oai", tag = "OAI-PMH", operation_id = "post_oai",
    request_body(content = parameters::OaiForm, content_type = "application/x-www-form-urlencoded", description = "The arguments that GET has in its address"),
    responses(
        (status = 200, description = "What the verb says, or the errors of the protocol", body = String, content_type = "text/xml"),
    )
)]
pub(crate) async fn post_oai(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    let arguments = if is_of_type(&headers, FORM) {
        match to_bytes(body, MAX_RAW_BYTES).await {
            // Both are read, so that an argument in the address as well is one that is given twice.
            Ok(form) => read_arguments(&[raw.unwrap_or_default().as_bytes(), &form]),
            Err(_) => Arguments::refused(too_long()),
        }
    } else {
        let message = "POST takes application/x-www-form-urlencoded, so there is no verb";
        Arguments::refused(OaiError::new(ErrorCode::BadVerb, message))
    };
    answer(&app, &arguments, None).await
}

fn read_arguments(parts: &[&[u8]]) -> Arguments {
    if parts.iter().map(|part| part.len()).sum::<usize>() > MAX_RAW_BYTES {
        return Arguments::refused(too_long());
    }
    let pairs: Vec<(String, String)> =
        parts.iter().flat_map(|part| url::form_urlencoded::parse(part).into_owned()).collect();
    Arguments::parse(&pairs)
}

fn too_long() -> OaiError {
    OaiError::new(ErrorCode::BadArgument, format!("the arguments are longer than {MAX_RAW_BYTES} bytes"))
}

/// The answer to a request; `headers` are those of one that may be conditional.
async fn answer(app: &App, arguments: &Arguments, headers: Option<&HeaderMap>) -> Result<Response, AppError> {
    let date = look_at_clock(app).await;
    let mut unchanged_since = None;
    let told = match &arguments.asked {
        Err(errors) => Err(errors.clone()),
        Ok(asked) => {
            if asked.is_about_records() {
                let extent = app.store()?.oai_extent().await?;
                unchanged_since = extent.and_then(|extent| conditional::unchanged_since(&extent.newest, &date));
            }
            let is_held = unchanged_since
                .zip(headers)
                .is_some_and(|(unchanged_since, headers)| is_unmodified(headers, unchanged_since));
            if is_held {
                return Ok(with_times(StatusCode::NOT_MODIFIED.into_response(), unchanged_since));
            }
            tell(app, asked, &date).await?
        }
    };
    let body = write_answer(&Repository::of(app).base_url(), &date, &arguments.echo, &told);
    let response = ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response();
    Ok(with_times(response, unchanged_since.filter(|_| told.is_ok())))
}

/// The time of an answer, RFC 3339 in UTC with whole seconds. The store is read after it.
///
/// The list gets its datestamps while it holds the other half of the gate. So what it takes in after this moment, and
/// may not be in this answer, is dated then or later: a harvester that goes on from the time of an answer loses nothing.
async fn look_at_clock(app: &App) -> String {
    let _at_the_gate = app.oai_gate.read().await;
    format!("{:.0}", app.clock.now())
}

fn with_times(mut response: Response, unchanged_since: Option<jiff::Timestamp>) -> Response {
    // An answer may be kept, and is asked about each time.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    match unchanged_since {
        Some(since) => with_last_modified(response, since),
        None => response,
    }
}

impl Asked {
    /// Whether the answer follows from the list, and is new when that is.
    fn is_about_records(&self) -> bool {
        match self {
            Self::Identify | Self::ListMetadataFormats { .. } => false,
            Self::ListSets | Self::GetRecord { .. } | Self::List { .. } | Self::GoOn(_) => true,
        }
    }
}

async fn tell(app: &App, asked: &Asked, date: &str) -> Result<VerbAnswer, AppError> {
    match asked {
        Asked::Identify => about::identify(app, date).await,
        Asked::ListMetadataFormats { identifier } => about::list_metadata_formats(app, identifier.as_deref()).await,
        Asked::ListSets => about::list_sets(app).await,
        Asked::GetRecord { identifier, prefix } => records::get_record(app, identifier, *prefix).await,
        Asked::List { verb, prefix, set, from, until } => {
            let walk = OaiWalk { set: set.clone(), from: from.clone(), until: until.clone(), going_on: None };
            records::begin(app, *verb, *prefix, walk, date).await
        }
        Asked::GoOn(token) => records::go_on(app, token).await,
    }
}

/// What every answer looks like. Source: OAI-PMH 2.0, 3.2.
fn write_answer(base_url: &str, date: &str, echo: &[(&'static str, String)], told: &VerbAnswer) -> String {
    let attributes = [
        ("xmlns", "http://www.openarchives.org/OAI/2.0/"),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ("xsi:schemaLocation", "http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"),
    ];
    let echo: Vec<(&str, &str)> = echo.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut document = Xml::document();
    document.holding("OAI-PMH", &attributes, |xml| {
        xml.text("responseDate", &[], date);
        xml.text("request", &echo, base_url);
        match told {
            Ok(told) => xml.append(told),
            Err(errors) => {
                for error in errors {
                    xml.text("error", &[("code", error.code.name())], &error.message);
                }
            }
        }
    });
    document.into_string()
}

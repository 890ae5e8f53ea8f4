//! `/v1/views/{name}` for everybody who shows a view, and `/v1/partner/views` for the partner whose it is.
//!
//! What a search through a view does is for the search. What a view may be is read in `crate::views::reading`.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemas::ResourceId;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::sources::tagged;
use crate::app::App;
use crate::catalogue::{CatalogueError, Density, Font, MOST_VIEWS_OF_A_PARTNER, Theme, ViewRow, ViewWriter, Written};
use crate::error::{AppError, ParameterMistake};
use crate::views::reading::check_name;
use crate::views::writing::{who, write_view};
use crate::web::body::{JSON, no_parameters, read_object, refuse_unknown};
use crate::web::caller::Caller;
use crate::web::etag::kept_by_nobody;
use crate::web::links::Links;
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::peer::Peer;
use crate::web::problem::Problem;
use crate::web::query::refuse_parameters;
use crate::web::rate_limit::Act;

/// A view, as everybody may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewAnswer {
    /// Its name, as `view=` takes it.
    pub name: String,
    /// What people read for it.
    pub title: String,
    /// What its searches are narrowed to before anything is asked: values by facet.
    pub filters: BTreeMap<String, Vec<String>>,
    /// What it puts on the addresses of its results.
    pub link_parameters: BTreeMap<String, String>,
    /// How it looks.
    pub theme: ThemeAnswer,
}

/// How a view looks; what is null is for the page that shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThemeAnswer {
    /// The colour of links and buttons.
    #[schema(required = true, pattern = "^#[0-9a-f]{6}$")]
    pub accent: Option<String>,
    /// The colour behind the text.
    #[schema(required = true, pattern = "^#[0-9a-f]{6}$")]
    pub background: Option<String>,
    /// The colour of the text.
    #[schema(required = true, pattern = "^#[0-9a-f]{6}$")]
    pub text: Option<String>,
    /// The letters: those of the page around it, or those of the reader's system.
    #[schema(required = true)]
    pub font: Option<FontName>,
    /// How round corners are.
    #[schema(required = true, minimum = 0, maximum = 24)]
    pub corner_px: Option<u8>,
    /// How close things stand.
    #[schema(required = true)]
    pub density: Option<DensityName>,
}

/// The letters of a view.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FontName {
    /// Those of the page around it.
    Inherit,
    /// Those of the reader's system.
    System,
}

/// How close things stand in a view.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DensityName {
    /// With room around them.
    Comfortable,
    /// More on a screen.
    Compact,
}

/// A view, as the partner sees it whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerViewAnswer {
    /// Its name, as `view=` takes it.
    pub name: String,
    /// What people read for it.
    pub title: String,
    /// What its searches are narrowed to before anything is asked: values by facet.
    pub filters: BTreeMap<String, Vec<String>>,
    /// The ids of the resources that stand first, in this order.
    pub pins: Vec<String>,
    /// The ids of the sources whose records do not count.
    pub hidden_sources: Vec<String>,
    /// What it puts on the addresses of its results.
    pub link_parameters: BTreeMap<String, String>,
    /// How it looks.
    pub theme: ThemeAnswer,
    /// When it was made, RFC 3339.
    pub created: String,
    /// When it was last changed, RFC 3339.
    pub changed: String,
}

/// The views of a partner.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerViewList {
    /// The views, by name.
    pub results: Vec<PartnerViewAnswer>,
    /// How many there are.
    pub total: u64,
    /// This address.
    pub links: Links,
}

/// What a view is to be. What is left out or null is nothing; what is not known is refused.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its schema stands in the document; bodies are read so that all mistakes are told")]
pub struct ViewRequest {
    /// What people read for it.
    #[schema(min_length = 1, max_length = 100)]
    title: String,
    /// Values by facet, as a search takes them: at most 10 facets of at most 50 values.
    filters: Option<BTreeMap<String, Vec<String>>>,
    /// The ids of resources that stand first where the filters let them in, in this order; they must be live.
    #[schema(max_items = 20)]
    pins: Option<Vec<String>>,
    /// The ids of sources whose records do not count. What another source knows as well is still found.
    #[schema(max_items = 50)]
    hidden_sources: Option<Vec<String>>,
    /// At most 5 parameters, such as `utm_source`, that are put on the addresses of results. Names are 1 to 40 of a-z,
    /// 0-9 and `_`, values 1 to 100 characters.
    link_parameters: Option<BTreeMap<String, String>>,
    /// How it looks.
    theme: Option<ThemeRequest>,
}

/// How a view is to look. The text must have a contrast of 4.5 with its background, the accent of 3, where both are
/// given.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its schema stands in the document; bodies are read so that all mistakes are told")]
pub struct ThemeRequest {
    /// The colour of links and buttons.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    accent: Option<String>,
    /// The colour behind the text.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    background: Option<String>,
    /// The colour of the text.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    text: Option<String>,
    /// The letters: those of the page around it, or those of the reader's system.
    font: Option<FontName>,
    /// How round corners are.
    #[schema(minimum = 0, maximum = 24)]
    corner_px: Option<u8>,
    /// How close things stand.
    density: Option<DensityName>,
}

/// A result that was opened.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its schema stands in the document; bodies are read so that all mistakes are told")]
pub struct OpeningRequest {
    /// The id of the resource.
    #[schema(pattern = "^[0-9a-hjkmnp-tv-z]{16}$")]
    resource: String,
}

impl ThemeAnswer {
    fn of(theme: Theme) -> Self {
        let font = theme.font.map(|font| match font {
            Font::Inherit => FontName::Inherit,
            Font::System => FontName::System,
        });
        let density = theme.density.map(|density| match density {
            Density::Comfortable => DensityName::Comfortable,
            Density::Compact => DensityName::Compact,
        });
        let Theme { accent, background, text, corner_px, .. } = theme;
        Self { accent, background, text, font, corner_px, density }
    }
}

impl PartnerViewAnswer {
    /// A view as the one sees it who may change it.
    pub(crate) fn of(row: ViewRow) -> Self {
        let definition = row.definition;
        Self {
            name: row.name,
            title: definition.title,
            filters: definition.filters,
            pins: definition.pins.into_iter().map(String::from).collect(),
            hidden_sources: definition.hidden_sources,
            link_parameters: definition.link_parameters,
            theme: ThemeAnswer::of(definition.theme),
            created: row.created,
            changed: row.changed,
        }
    }
}

/// A view: what it is called, what it presets and how it looks.
///
/// A search is asked through it with `view=` and its name. Which resources it puts first and which sources it hides is
/// seen in the results.
#[utoipa::path(
    get, path = "/v1/views/{name}", tag = "Views", operation_id = "show_view",
    params(("name" = String, Path, description = "The name of the view", example = "my-society")),
    responses(
        (status = 200, description = "The view", body = ViewAnswer),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such view", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_view(
    State(app): State<App>,
    PathId(name): PathId,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    refuse_parameters(raw.as_deref())?;
    let view = app.views.get(&name).ok_or_else(|| no_such_view(&app, &name))?;
    let definition = view.row.definition.clone();
    let answer = ViewAnswer {
        name,
        title: definition.title,
        filters: definition.filters,
        link_parameters: definition.link_parameters,
        theme: ThemeAnswer::of(definition.theme),
    };
    tagged(&headers, &answer)
}

/// The views of the partner whose key is sent.
#[utoipa::path(
    get, path = "/v1/partner/views", tag = "Views", operation_id = "list_partner_views",
    security(("api_key" = []), ("api_key_header" = [])),
    responses(
        (status = 200, description = "The views", body = PartnerViewList),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or none we know", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_partner_views(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
) -> Result<Response, AppError> {
    let holder = caller.partner()?;
    refuse_parameters(raw.as_deref())?;
    let (rows, total) = app.store()?.list_views(Some(&holder.partner), MOST_VIEWS_OF_A_PARTNER, 0).await?;
    let results = rows.into_iter().map(PartnerViewAnswer::of).collect();
    let links = Links { this: "/v1/partner/views".to_owned(), next: None, prev: None };
    Ok(kept_by_nobody(Json(PartnerViewList { results, total, links }).into_response()))
}

/// Makes a view, or puts this in the place of what it was.
///
/// The name is yours for ever, also when the view is deleted. A partner has at most 20 views. Searches see each change
/// at once.
#[utoipa::path(
    put, path = "/v1/partner/views/{name}", tag = "Views", operation_id = "put_partner_view",
    params((
        "name" = String, Path, description = "The name of the view: a-z, 0-9 and single `-` between them",
        min_length = 2, max_length = 40, example = "my-society"
    )),
    request_body(
        content = ViewRequest, description = "At most 64 KiB",
        example = json!({
            "title": "Chemistry careers", "filters": { "subject": ["chemistry"], "level": ["ks3", "ks4"] },
            "link_parameters": { "utm_source": "my-society" },
            "theme": { "accent": "#00539f", "background": "#ffffff", "text": "#1d1d1b", "font": "inherit" }
        })
    ),
    security(("api_key" = []), ("api_key_header" = [])),
    responses(
        (status = 200, description = "It was changed", body = PartnerViewAnswer),
        (status = 201, description = "It was made; `Location` names it", body = PartnerViewAnswer),
        (status = 400, description = "What cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or none we know", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The name is another's, or there are as many views as there may be, of one partner or in all", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "More than 64 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_partner_view(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Extension(peer): Extension<Peer>,
    PathId(name): PathId,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    let holder = caller.partner()?;
    let mut mistakes = no_parameters(raw.as_deref());
    check_name(&name, &mut mistakes);
    let (members, mistakes) = read_object(&headers, body, &[JSON], mistakes).await?;
    let written = write_view(&app, holder, &peer, &name, &members, mistakes).await?;
    Ok(answer_written(written, PartnerViewAnswer::of))
}

/// Deletes a view. Searches through it are refused from then on; its name stays yours.
#[utoipa::path(
    delete, path = "/v1/partner/views/{name}", tag = "Views", operation_id = "delete_partner_view",
    params(("name" = String, Path, description = "The name of the view", example = "my-society")),
    security(("api_key" = []), ("api_key_header" = [])),
    responses(
        (status = 204, description = "It was deleted"),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or none we know", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such view", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is another's", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_partner_view(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Extension(peer): Extension<Peer>,
    PathId(name): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Response, AppError> {
    let holder = caller.partner()?;
    refuse_parameters(raw.as_deref())?;
    app.limits.may(Act::WriteView, &peer, app.clock.now())?;
    delete_view(&app, &name, &ViewWriter::Partner(holder.partner.clone()), &who(holder)).await
}

/// Counts that a result of a view was opened.
///
/// Only the sum of a day is kept: not which resource, nor who opened it. The same JSON is also taken as `text/plain`,
/// so that a browser asks for no permission first.
#[utoipa::path(
    post, path = "/v1/views/{name}/openings", tag = "Views", operation_id = "create_opening",
    params(("name" = String, Path, description = "The name of the view", example = "my-society")),
    request_body(content = OpeningRequest, description = "The resource that was opened", example = json!({ "resource": "011rmn2hc4hg4kvz" })),
    responses(
        (status = 204, description = "It was counted"),
        (status = 400, description = "What cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such view, or there has never been such a resource", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "More than 64 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create_opening(
    State(app): State<App>,
    PathId(name): PathId,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    let mistakes = no_parameters(raw.as_deref());
    // A browser that sends text asks for no permission first.
    let (members, mistakes) = read_object(&headers, body, &[JSON, "text/plain"], mistakes).await?;
    let resource = read_opening(&members, mistakes)?;
    let view = app.views.get(&name).ok_or_else(|| no_such_view(&app, &name))?;
    if !app.store()?.knows_resource(&resource).await? {
        return Err(AppError::no_such("resource", resource.as_str()));
    }
    app.usage.opened(view.name());
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Which resource was opened.
fn read_opening(members: &Map<String, Value>, mut mistakes: Mistakes) -> Result<ResourceId, AppError> {
    refuse_unknown("", members, &["resource"], &mut mistakes);
    let text = members.get("resource").and_then(Value::as_str).unwrap_or_default();
    let resource = ResourceId::parse(text).map_err(|error| mistakes.add("resource", error.to_string())).ok();
    mistakes.into_result().map_err(AppError::BadRequest)?;
    resource.ok_or_else(|| AppError::BadRequest(vec![ParameterMistake::new("resource", "expected an id")]))
}

/// Deletes a view, and says so.
///
/// # Errors
/// [`AppError::NotFound`] when none of this name stands, [`AppError::Conflict`] when it is another's.
pub(crate) async fn delete_view(app: &App, name: &str, writer: &ViewWriter, who: &str) -> Result<Response, AppError> {
    app.store()?.delete_view(name, writer, who, app.clock.now()).await.map_err(|error| match error {
        CatalogueError::NoSuch { .. } => no_such_view(app, name),
        other => other.into(),
    })?;
    app.load_views().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What became of a view that was written, presented for whoever wrote it.
pub(crate) fn answer_written<T: Serialize>(written: Written, present: impl FnOnce(ViewRow) -> T) -> Response {
    let response = match written {
        Written::Created(row) => {
            // A name is a slug, so it is a header value.
            let location = [(header::LOCATION, format!("/v1/views/{}", row.name))];
            (StatusCode::CREATED, location, Json(present(row))).into_response()
        }
        Written::Changed(row) | Written::Unchanged(row) => Json(present(row)).into_response(),
    };
    kept_by_nobody(response)
}

/// There is no view of this name; the nearest one is named.
fn no_such_view(app: &App, name: &str) -> AppError {
    AppError::no_such_among("view", name, app.views.names().iter().map(String::as_str))
}

//! Views and their usage: every partner's and the service's own, under the same checks as a partner's. Searches see
//! each act at once.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Json};
use serde::Serialize;
use serde_json::Value;

use crate::api::usage::{AskedUsage, UsageAnswer, answer_usage};
use crate::api::views::{PartnerViewAnswer, answer_written, delete_view};
use crate::app::App;
use crate::catalogue::{CatalogueError, Holder, NewOwner, ViewRow, ViewWriter};
use crate::error::{AppError, shown};
use crate::views::reading::{check_name, read_view};
use crate::web::body::{JSON, read_object};
use crate::web::mistakes::Mistakes;
use crate::web::paging::ListQuery;
use crate::web::path::PathId;

/// A view as it is shown to those who look after all of them.
#[derive(Debug, Serialize)]
struct ViewAnswer {
    /// The partner it belongs to; null: the service's own.
    partner: Option<String>,
    #[serde(flatten)]
    view: PartnerViewAnswer,
}

impl ViewAnswer {
    fn of(row: ViewRow) -> Self {
        Self { partner: row.partner.clone(), view: PartnerViewAnswer::of(row) }
    }
}

pub(super) async fn list_views(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, AppError> {
    let query = ListQuery::parse(raw.as_deref(), &["partner"])?;
    let (rows, total) = app.catalogue.list_views(query.value("partner"), query.per_page, query.offset()).await?;
    let results: Vec<ViewAnswer> = rows.into_iter().map(ViewAnswer::of).collect();
    Ok(query.page_of(&results, total, "/admin/v1/views"))
}

/// Takes what a partner sends for its own view, and `partner`: the id of the one whose it is to be, null for the
/// service. Left out, it stays whose it is.
pub(super) async fn put_view(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(name): PathId,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    let mut mistakes = Mistakes::default();
    check_name(&name, &mut mistakes);
    let (mut members, mut mistakes) = read_object(&headers, body, &[JSON], mistakes).await?;
    let partner = members.shift_remove("partner");
    let definition = read_view(&app, &members, &mut mistakes).await?;
    let owner = read_owner(&app, partner, &mut mistakes).await?;
    mistakes.into_result().map_err(AppError::BadRequest)?;
    let writer = ViewWriter::Admin(owner);
    let written = app.catalogue.put_view(&name, &definition, &writer, &holder.name, app.clock.now()).await?;
    app.load_views().await?;
    Ok(answer_written(written, ViewAnswer::of))
}

pub(super) async fn delete_any_view(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(name): PathId,
) -> Result<Response, AppError> {
    delete_view(&app, &name, &ViewWriter::Admin(NewOwner::AsBefore), &holder.name).await
}

/// Usage of any view, or of all together and of what is searched without one.
pub(super) async fn show_usage(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Json<UsageAnswer>, AppError> {
    let names = app.catalogue.view_names(None).await?;
    let asked = AskedUsage::read(&app, raw.as_deref(), &names)?;
    Ok(Json(answer_usage(&app, &asked, None).await?))
}

async fn read_owner(app: &App, given: Option<Value>, mistakes: &mut Mistakes) -> Result<NewOwner, AppError> {
    match given {
        None => Ok(NewOwner::AsBefore),
        Some(Value::Null) => Ok(NewOwner::Service),
        Some(Value::String(id)) => match app.catalogue.partner(&id).await {
            Ok(_) => Ok(NewOwner::Partner(id)),
            Err(CatalogueError::NoSuch { .. }) => {
                mistakes.add("partner", format!("there is no partner `{}`", shown(&id)));
                Ok(NewOwner::AsBefore)
            }
            Err(error) => Err(error.into()),
        },
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            mistakes.add("partner", "the id of a partner is needed, or null");
            Ok(NewOwner::AsBefore)
        }
    }
}

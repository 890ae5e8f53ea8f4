//! `/problems/{name}`: each kind of problem explains itself, to people as a page and to programs as JSON.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};

use super::Frame;
use crate::app::App;
use crate::error::AppError;
use crate::pages::carried::Carried;
use crate::pages::filters;
use crate::pages::layout::Layout;
use crate::pages::{error_page, present, wants_html};
use crate::web::etag;
use crate::web::path::PathId;
use crate::web::problem::{KINDS, Kind, Problem};

/// The page that lists them all, among other things.
const LIST_PAGE: &str = "/docs/errors";

#[derive(Template)]
#[template(path = "docs_problem.html")]
struct ProblemPage {
    layout: Layout,
    frame: Frame,
    kind: &'static Kind,
}

/// `GET /problems/{name}`.
pub(super) async fn show_problem_kind(
    path: Result<PathId, AppError>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let name = path.map(|PathId(name)| name).unwrap_or_default();
    match KINDS.iter().find(|kind| kind.name == name) {
        Some(kind) if wants_html(&headers) => varied(present(&headers, &page_of(kind, raw.as_deref()))),
        Some(kind) => varied(show_json(&headers, &told(kind))),
        None if wants_html(&headers) => {
            let detail = "Those there are stand at /docs/errors.";
            error_page(StatusCode::NOT_FOUND, "There is no such kind of problem", detail, &app)
        }
        None => {
            let detail = "there is no such kind of problem; /problems lists those there are";
            Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail).into_response()
        }
    }
}

/// `GET /problems`.
pub(super) async fn list_problem_kinds(RawQuery(raw): RawQuery, headers: HeaderMap) -> Response {
    if wants_html(&headers) {
        let list = Carried::read(raw.as_deref()).address(LIST_PAGE);
        return varied(Redirect::to(&list).into_response());
    }
    let results: Vec<Value> = KINDS.iter().map(told).collect();
    let list = json!({ "total": results.len(), "results": results, "links": { "self": "/problems" } });
    varied(show_json(&headers, &list))
}

fn page_of(kind: &'static Kind, raw: Option<&str>) -> ProblemPage {
    let carried = Carried::read(raw);
    ProblemPage {
        layout: Layout::new(kind.title, LIST_PAGE).carrying(&carried),
        frame: Frame::new(LIST_PAGE, &carried),
        kind,
    }
}

/// A kind of problem as programs read it. Where a kind has several statuses, the first is the usual one.
fn told(kind: &Kind) -> Value {
    json!({
        "type": format!("/problems/{}", kind.name),
        "title": kind.title,
        "status": kind.statuses.first(),
        "statuses": kind.statuses,
        "meaning": kind.meaning,
        "what_to_do": kind.what_to_do,
    })
}

fn show_json(headers: &HeaderMap, value: &Value) -> Response {
    etag::answer(headers, "application/json", value.to_string())
}

/// One address gives two forms: a cache must keep them apart.
fn varied(mut response: Response) -> Response {
    response.headers_mut().append(header::VARY, header::HeaderValue::from_static("accept"));
    response
}

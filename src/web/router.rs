//! Every route in one list.

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};

use super::layers;
use super::path::PathId;
use super::problem::{KINDS, Problem};
use crate::app::App;
use crate::{admin, api, pages};

/// The whole service.
pub fn router(app: App) -> Router {
    let (open_api, document) = api::routes();
    // Whatever stands under /v1 may be called from any site, so also what says that something is not there.
    let public = open_api
        .merge(api::openapi::document_route(&document))
        .route("/v1/", any(answer_unknown_path))
        .route("/v1/{*rest}", any(answer_unknown_path))
        .method_not_allowed_fallback(refuse_method);
    let public = layers::always_answering(public).layer(layers::cors());
    let ours = Router::new()
        .merge(api::openapi::reader())
        .nest("/admin/v1", admin::routes(app.clone()))
        .merge(pages::routes())
        .route("/healthz", get(show_health))
        .route("/readyz", get(show_readiness))
        .route("/problems/{name}", get(show_problem_kind))
        .fallback(answer_unknown_path)
        .method_not_allowed_fallback(refuse_method);
    let router = public.merge(layers::always_answering(ours));
    layers::around_everything(router.with_state(app))
}

async fn show_health() -> &'static str {
    "ok\n"
}

/// 200 as soon as the store answers, with how many changes the index is behind it; 503 while it does not answer.
///
/// An index that is behind is ready all the same: it answers searches with what it has.
async fn show_readiness(State(app): State<App>) -> Response {
    match app.catalogue.head_seq().await {
        Ok(head) => {
            let position = app.index.position();
            axum::Json(serde_json::json!({ "store": "ok", "index": { "generation": app.index.generation(),
                "seq": position, "behind": head.saturating_sub(position), "resources": app.index.resource_count() } }))
            .into_response()
        }
        Err(error) => {
            tracing::error!(error = %error, "the store does not answer");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "Not available now",
                "the store does not answer",
            )
            .into_response()
        }
    }
}

async fn show_problem_kind(PathId(name): PathId) -> Response {
    match KINDS.iter().find(|(kind, _)| *kind == name) {
        Some((kind, meaning)) => format!("{kind}\n\n{meaning}\n").into_response(),
        None => unknown_path(&format!("/problems/{name}")),
    }
}

async fn answer_unknown_path(State(app): State<App>, OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    let path = uri.path();
    let is_machine = ["/v1", "/admin/v1", "/oai"].iter().any(|root| path.starts_with(root));
    let wants_html = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if wants_html && !is_machine {
        return pages::error_page(
            StatusCode::NOT_FOUND,
            "There is no such page",
            "Nothing has ever stood under this address.",
            &app,
        );
    }
    unknown_path(path)
}

fn unknown_path(path: &str) -> Response {
    let shown: String = path.chars().take(120).collect();
    let detail = format!("nothing answers at `{shown}`; /docs lists what there is");
    Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", &detail).into_response()
}

async fn refuse_method() -> Response {
    let detail = "this address does not answer this method";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail).into_response()
}

//! Every route in one list.

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};

use super::problem::Problem;
use super::rate_limit::Refuse;
use super::{deprecation, discovery, health, layers, metrics, min_seq, rate_limit};
use crate::app::App;
use crate::{admin, api, docs, pages, widget};

/// The whole service.
pub fn router(app: App) -> Router {
    crate::metrics::start();
    let (open_api, document) = api::routes();
    let bounds = app.config.limits.server.clone();
    let limited = |refuse: Refuse| middleware::from_fn_with_state((app.clone(), refuse), rate_limit::limit);
    let [as_problem, as_page]: [Refuse; 2] =
        [|error| error.into_response(), |error| pages::PageError::from(error).into_response()];
    // Whatever stands under /v1 may be called from any site, so also what says that something is not there.
    let public = open_api
        .merge(api::openapi::document_route(&document, &app))
        .route("/v1/", any(answer_unknown_path))
        .route("/v1/{*rest}", any(answer_unknown_path))
        .method_not_allowed_fallback(refuse_method)
        .layer(middleware::from_fn_with_state((app.clone(), min_seq::Waiting::default()), min_seq::with_seq))
        .layer(middleware::from_fn(deprecation::tell))
        .layer(limited(as_problem));
    let public = layers::always_answering(public, as_problem, &bounds).merge(widget::routes()).layer(layers::cors());
    let seq_of_writes = middleware::from_fn_with_state(app.clone(), min_seq::with_seq_of_writes);
    let ours = Router::new()
        .merge(api::openapi::reader())
        .merge(docs::routes())
        .nest("/admin/v1", admin::routes(app.clone()).layer(seq_of_writes))
        .merge(pages::files())
        .merge(discovery::routes().layer(limited(as_problem)))
        .route("/healthz", get(health::show_health))
        .route("/readyz", get(health::show_readiness))
        .route("/metrics", get(metrics::show_metrics))
        .fallback(answer_unknown_path)
        .method_not_allowed_fallback(refuse_method);
    let pages = layers::always_answering(pages::routes().layer(limited(as_page)), as_page, &bounds);
    let pages = pages.merge(layers::always_answering(admin::console::routes(app.clone()), as_page, &bounds));
    let ours =
        layers::always_answering(ours, as_problem, &bounds).merge(pages).layer(middleware::from_fn(pages::dress));
    let router = public.merge(ours);
    layers::around_everything(router.with_state(app), &bounds)
}

async fn answer_unknown_path(State(app): State<App>, OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    let path = uri.path();
    let is_machine = ["/v1", "/admin/v1", "/oai"].iter().any(|root| is_below(path, root));
    let wants_html = pages::wants_html(&headers);
    if wants_html && !is_machine {
        return pages::no_such_page(&app);
    }
    unknown_path(path)
}

/// `/v1` and `/v1/nothing` are below `/v1`; `/v10` is not.
fn is_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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

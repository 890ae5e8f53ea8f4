//! The console at `/admin`: what an admin does, as pages. Rendered here, whole without scripts.
//!
//! The console is the first client of the admin API: every page asks it in the visitor's name and every form sends what
//! a program would send, inside this process (see [`visit`]). So it can do nothing that the API does not do, the role is
//! judged in one place, and whatever is checked or written down there is checked and written down here. What the console
//! adds is the way in ([`sign_in`]), the words, and a page before each act that takes something away.
//!
//! Each form is sent with POST and answered with a redirect back to a page that says what was done.

mod answers;
mod audit;
mod confirm;
mod decisions;
mod duplicates;
mod form;
mod frame;
mod harvests;
mod index;
mod jobs;
mod overview;
mod pager;
mod partners;
mod pins;
mod refused;
mod reports;
mod resources;
mod sign_in;
mod source_texts;
mod sources;
mod tokens;
mod usage;
mod views;
mod visit;
mod words;

use std::future::ready;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::uri::PathAndQuery;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use url::form_urlencoded;

use super::auth::require_holder;
use crate::app::App;
use crate::error::AppError;
use crate::web::etag::kept_by_nobody;
use refused::Refused;
pub(crate) use visit::{query_of, segment};

/// Where the console begins.
const HOME: &str = "/admin";
/// Where one signs in.
const SIGN_IN: &str = "/admin/sign-in";

/// The pages of the console; all but the way in are for those who have signed in.
pub(crate) fn routes(app: App) -> Router<App> {
    // The admin API as it is called from outside, its guards among it.
    let api = Router::new().nest("/admin/v1", super::routes(app.clone())).with_state(app.clone());
    let visitors = middleware::from_fn(move |mut request: Request, next: Next| {
        request.extensions_mut().insert(visit::Api(api.clone()));
        next.run(request)
    });
    let pages = Router::new()
        .route(HOME, get(overview::show_overview))
        .merge(source_pages())
        .merge(work_pages())
        .merge(curation_pages())
        .merge(account_pages())
        .route_layer(middleware::from_fn(visit::receive))
        .route_layer(visitors)
        .route_layer(middleware::from_fn_with_state(app, let_in));
    Router::new()
        .merge(pages)
        .route("/admin/", get(|| async { Redirect::permanent(HOME) }))
        .route(SIGN_IN, get(sign_in::show_sign_in))
        .route("/admin/session", post(sign_in::sign_in))
        .route("/admin/sign-out", post(sign_in::sign_out))
        .layer(middleware::map_response(|response: Response| ready(kept_by_nobody(response))))
}

fn source_pages() -> Router<App> {
    Router::new()
        .route("/admin/sources", get(sources::list_sources))
        .route("/admin/add-source", get(source_texts::show_new).post(source_texts::add_source))
        .route("/admin/sources/{id}", get(sources::show_source))
        .route("/admin/sources/{id}/text", get(source_texts::show_text).post(source_texts::change_source))
        .route("/admin/sources/{id}/preview", post(sources::preview_source))
        .route("/admin/sources/{id}/enabling", post(sources::enable_source))
        .route("/admin/sources/{id}/schedule", post(sources::schedule_source))
        .route("/admin/sources/{id}/harvest", post(sources::harvest_source))
        .route("/admin/sources/{id}/replay", get(sources::ask_replay).post(sources::replay_source))
        .route("/admin/sources/{id}/removal", get(sources::ask_removal).post(sources::remove_source))
}

fn work_pages() -> Router<App> {
    Router::new()
        .route("/admin/harvests", get(harvests::list_harvests))
        .route("/admin/harvests/{id}", get(harvests::show_harvest))
        .route("/admin/harvests/{id}/difference", get(harvests::show_difference))
        .route("/admin/harvests/{id}/approval", get(harvests::ask_approval).post(harvests::approve))
        .route("/admin/harvests/{id}/rollback", get(harvests::ask_roll_back).post(harvests::roll_back))
        .route("/admin/jobs", get(jobs::list_jobs))
        .route("/admin/jobs/{id}", get(jobs::show_job))
        .route("/admin/jobs/{id}/cancellation", get(jobs::ask_cancel).post(jobs::cancel_job))
        .route("/admin/index", get(index::show_index))
        .route("/admin/index/rebuild", get(index::ask_rebuild).post(index::rebuild))
        .route("/admin/index/rollback", get(index::ask_roll_back).post(index::roll_back))
        .route("/admin/index/comparison", post(index::compare))
}

fn curation_pages() -> Router<App> {
    Router::new()
        .route("/admin/words", get(words::list_words).post(words::accept_word))
        .route("/admin/words/concepts/{id}", get(words::list_concepts))
        .route("/admin/words/accepted", get(words::list_accepted))
        .route("/admin/words/accepted/{id}/undo", get(words::ask_undo).post(words::undo_word))
        .route("/admin/reports", get(reports::list_reports))
        .route("/admin/reports/{reference}/outcome", post(reports::answer_report))
        .route("/admin/duplicates", get(duplicates::list_matches))
        .route("/admin/duplicates/merge", get(duplicates::ask_merge).post(duplicates::merge))
        .route("/admin/resources", get(resources::find_resource))
        .route("/admin/resources/{id}", get(resources::show_resource).post(resources::decide))
        .route("/admin/decisions", get(decisions::list_decisions))
        .route("/admin/decisions/{id}/undo", get(decisions::ask_undo).post(decisions::undo_decision))
        .route("/admin/pins", get(pins::list_pins).post(pins::create_pin))
        .route("/admin/pins/{id}/undo", get(pins::ask_undo).post(pins::undo_pin))
}

fn account_pages() -> Router<App> {
    Router::new()
        .route("/admin/partners", get(partners::list_partners))
        .route("/admin/partners/{id}/revocation", get(partners::ask_revoke).post(partners::revoke_partner))
        .route("/admin/keys/{id}/revocation", get(partners::ask_revoke_key).post(partners::revoke_key))
        .route("/admin/views", get(views::list_views))
        .route("/admin/views/{name}/deletion", get(views::ask_deletion).post(views::delete_view))
        .route("/admin/tokens", get(tokens::list_tokens).post(tokens::create_token))
        .route("/admin/tokens/{id}/revocation", get(tokens::ask_revoke).post(tokens::revoke_token))
        .route("/admin/usage", get(usage::show_usage))
        .route("/admin/audit", get(audit::list_audit))
}

/// Lets in who has signed in; sends others to the way in, from where they come back to the page they asked for.
async fn let_in(State(app): State<App>, request: Request, next: Next) -> Response {
    let wanted = match *request.method() {
        Method::GET | Method::HEAD => request.uri().path_and_query().map_or(HOME, PathAndQuery::as_str),
        // What was sent with a form is gone; its page is asked for again.
        _ => HOME,
    };
    let way_in = sign_in_address(wanted);
    match require_holder(State(app.clone()), request, next).await {
        Ok(response) => response,
        Err(AppError::Unauthorised) => Redirect::to(&way_in).into_response(),
        Err(error) => Refused::of(error).with_index_of(&app).into_response(),
    }
}

/// The way in, and from there to a page of the console.
fn sign_in_address(wanted: &str) -> String {
    if wanted == HOME {
        return SIGN_IN.to_owned();
    }
    let next = form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish();
    format!("{SIGN_IN}?{next}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_in_leads_back_to_what_was_asked_for() {
        assert_eq!(sign_in_address("/admin"), "/admin/sign-in");
        assert_eq!(sign_in_address("/admin/jobs?page=2"), "/admin/sign-in?next=%2Fadmin%2Fjobs%3Fpage%3D2");
    }
}

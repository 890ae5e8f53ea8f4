//! Who may call the admin API: one who holds a token that is known, in time and not revoked, or who signed in to the
//! console with one; and what each may do.
//!
//! [`require_holder`] says who it is and stands around every route; [`require`] stands inside it, at each call, and says
//! whether this one may make it. Handlers learn from the [`Holder`] in the request by whom they are asked.

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;

use super::routes::May;
use super::sessions;
use crate::app::App;
use crate::catalogue::{CatalogueError, Holder, Role};
use crate::error::AppError;
use crate::web::caller::bearer;
use crate::web::peer::Peer;
use crate::web::same_origin::is_same_origin;

/// Lets a request pass that bears a valid token, or the cookie of somebody who is signed in, and writes beside it whose
/// that is. The token of a source has no business here.
///
/// While the store is away nobody can be told apart, so nobody passes: 503, and never a guess.
///
/// # Errors
/// [`AppError::Unauthorised`], [`AppError::Forbidden`] and [`AppError::OtherSite`] as they say;
/// [`AppError::TooManyRequests`] where too much was guessed from.
pub(super) async fn require_holder(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, AppError> {
    let peer = app.limits.peer_of(&request);
    let holder = who_asks(&app, &peer, request.method(), request.headers()).await?;
    request.extensions_mut().insert(holder);
    Ok(next.run(request).await)
}

async fn who_asks(app: &App, peer: &Peer, method: &Method, headers: &HeaderMap) -> Result<Holder, AppError> {
    // Whatever the headers say: who has guessed too often from there is not heard at all.
    app.limits.may_sign_in(peer, app.clock.now())?;
    let holder = match bearer(headers) {
        Some(token) => holder_of_token(app, peer, token).await?,
        None => holder_of_cookie(app, peer, method, headers).await?,
    };
    match holder.role {
        Role::Admin | Role::Curator | Role::ReadOnly => Ok(holder),
        Role::Source => Err(AppError::Forbidden),
    }
}

/// Whose a token is. A wrong one is counted where it comes from.
///
/// # Errors
/// [`AppError::Unauthorised`] when it is nobody's, or was; [`AppError::TooManyRequests`] after too many such; unavailable
/// when the store cannot be read.
pub(crate) async fn holder_of_token(app: &App, peer: &Peer, token: &str) -> Result<Holder, AppError> {
    let now = app.clock.now();
    let found = app.store().map_err(store_away)?.holder_of_token(token, now).await.map_err(store_away)?;
    let Some(holder) = found else {
        app.limits.count_failed_sign_in(peer, now)?;
        return Err(AppError::Unauthorised);
    };
    app.limits.count_sign_in(peer, now);
    Ok(holder)
}

/// Who is signed in. A browser sends its cookie by itself, whoever makes it ask: so what changes something is heard
/// only from a page of ours.
async fn holder_of_cookie(app: &App, peer: &Peer, method: &Method, headers: &HeaderMap) -> Result<Holder, AppError> {
    let holder = sessions::holder(app, peer, headers).await?.ok_or(AppError::Unauthorised)?;
    let only_reads = matches!(*method, Method::GET | Method::HEAD);
    if only_reads || is_same_origin(headers, app.public_url()) { Ok(holder) } else { Err(AppError::OtherSite) }
}

/// Without the store nobody can be told apart.
pub(crate) fn store_away(error: CatalogueError) -> AppError {
    tracing::error!(error = format!("{:#}", anyhow::Error::from(error)), "the store does not say whose a token is");
    AppError::Unavailable { reason: "the store does not answer, so nobody can be signed in now" }
}

/// Lets a call pass that one of this role may make.
pub(super) async fn require(
    State(may): State<May>,
    Extension(holder): Extension<Holder>,
    request: Request,
    next: Next,
) -> Result<Response, AppError> {
    if may.lets(holder.role, request.method()) { Ok(next.run(request).await) } else { Err(AppError::Forbidden) }
}

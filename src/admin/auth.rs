//! Who may call the admin API: one who holds a token that is known, in time and not revoked.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::catalogue::Role;
use crate::error::AppError;

/// Lets a request pass when its token may make it: an admin may do all, curators and readers may look, and the token of
/// a source has no business here.
pub(super) async fn require_token(State(app): State<App>, request: Request, next: Next) -> Result<Response, AppError> {
    let token = bearer(request.headers()).ok_or(AppError::Unauthorised)?;
    let holder = app.catalogue.holder_of_token(token, app.clock.now()).await?.ok_or(AppError::Unauthorised)?;
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let may = match holder.role {
        Role::Admin => true,
        Role::Curator | Role::ReadOnly => only_reads,
        Role::Source => false,
    };
    if !may {
        return Err(AppError::Forbidden);
    }
    Ok(next.run(request).await)
}

/// The token of `Authorization: Bearer TOKEN`. Source: RFC 6750, 2.1; the scheme is compared without case (RFC 9110, 11.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 200).then_some(token)
}

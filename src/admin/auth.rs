//! Who may call the admin API: one who holds a token that is known, in time and not revoked, and what each may do.
//!
//! `require_token` says who it is and stands around every route; `require_curator` or `require_admin` stands inside it
//! and says who may write there. Handlers learn from the [`Holder`] in the request by whom they are asked.

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::catalogue::{Holder, Role};
use crate::error::AppError;
use crate::web::caller::bearer;

/// Lets a request pass that bears a valid token, and writes beside it whose that is. The token of a source has no
/// business here.
pub(super) async fn require_token(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, AppError> {
    let token = bearer(request.headers()).ok_or(AppError::Unauthorised)?;
    let holder = app.catalogue.holder_of_token(token, app.clock.now()).await?.ok_or(AppError::Unauthorised)?;
    match holder.role {
        Role::Admin | Role::Curator | Role::ReadOnly => {}
        Role::Source => return Err(AppError::Forbidden),
    }
    request.extensions_mut().insert(holder);
    Ok(next.run(request).await)
}

/// Around routes where curators may write as well as admins; all others may look.
pub(super) async fn require_curator(
    Extension(holder): Extension<Holder>,
    request: Request,
    next: Next,
) -> Result<Response, AppError> {
    let may_write = match holder.role {
        Role::Admin | Role::Curator => true,
        Role::ReadOnly | Role::Source => false,
    };
    pass(may_write, request, next).await
}

/// Around routes where only admins may write; all others may look.
pub(super) async fn require_admin(
    Extension(holder): Extension<Holder>,
    request: Request,
    next: Next,
) -> Result<Response, AppError> {
    pass(holder.role == Role::Admin, request, next).await
}

async fn pass(may_write: bool, request: Request, next: Next) -> Result<Response, AppError> {
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if may_write || only_reads { Ok(next.run(request).await) } else { Err(AppError::Forbidden) }
}

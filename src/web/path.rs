//! `PathId`: the part of an address that varies, as text.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::error::AppError;

/// The one parameter of a path. What is no text, such as `%FF`, or holds a NUL, which no store keeps, is the id of nothing:
/// not found, not a bad request.
///
/// A page takes `Result<PathId, AppError>`, so that it can tell of it as a page.
#[derive(Debug)]
pub struct PathId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) if !id.contains('\0') => Ok(Self(id)),
            Ok(_) | Err(_) => Err(AppError::no_such("path", parts.uri.path())),
        }
    }
}

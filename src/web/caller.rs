//! `Caller`: on whose behalf a request of the open API comes. Reading needs no key; who has one is told apart by it.
//!
//! A key stands in a header and never in the address, which is logged and shared. The tokens of the admin API and of
//! sources are none of these, and are left to the calls that take them.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::admin::auth::bearer;
use crate::catalogue::{KEY_MARK, KeyHolder};
use crate::error::AppError;

/// The header for those who cannot set `Authorization`. Caches are told of it in `rate_limit`.
const KEY_HEADER: &str = "x-api-key";

/// On whose behalf a request comes; it stands in the extensions of every request behind [`super::rate_limit::limit`].
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// Whose key came with it; `None` for everybody else.
    pub holder: Option<KeyHolder>,
}

impl Caller {
    /// The view that its key carries.
    pub fn view(&self) -> Option<&str> {
        self.holder.as_ref().and_then(|holder| holder.view.as_deref())
    }

    /// The partner whose key came with it.
    ///
    /// # Errors
    /// [`AppError::Unauthorised`] when none did.
    pub fn partner(&self) -> Result<&KeyHolder, AppError> {
        self.holder.as_ref().ok_or(AppError::Unauthorised)
    }
}

/// The key that came with a request: `Authorization: Bearer spk_…`, or else `X-API-Key` with whatever it says.
pub(super) fn presented_key(headers: &HeaderMap) -> Option<&str> {
    let of_bearer = bearer(headers).filter(|token| token.starts_with(KEY_MARK));
    // What is no text is no key of ours, and is refused as such.
    let of_header = || headers.get(KEY_HEADER).map(|value| value.to_str().unwrap_or_default().trim());
    of_bearer.or_else(of_header)
}

/// The answer to a key that nobody holds. It is not taken as none: who sends one counts on what it brings.
pub(super) fn refuse_key() -> Response {
    let detail = "the key that was sent is not known, or it was revoked; reading needs none, and /partners/key makes a \
                  new one";
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorised", "The key is not known", detail).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_is_a_bearer_token_of_its_kind_or_stands_in_its_own_header() {
        for (name, value, expected) in [
            ("authorization", "Bearer spk_1", Some("spk_1")),
            ("authorization", "bearer  spk_1 ", Some("spk_1")),
            ("authorization", "Bearer sp_1", None),
            ("authorization", "Basic spk_1", None),
            ("x-api-key", "spk_1", Some("spk_1")),
            ("x-api-key", "other", Some("other")),
            ("x-api-key", "\u{e9}", Some("")),
            ("x-apikey", "spk_1", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(presented_key(&headers), expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_bearer_token_of_a_source_does_not_hide_a_key() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer sp_1"));
        headers.insert(KEY_HEADER, HeaderValue::from_static("spk_1"));
        assert_eq!(presented_key(&headers), Some("spk_1"));
    }
}

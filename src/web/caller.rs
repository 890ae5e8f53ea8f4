//! `Caller`: on whose behalf a request of the open API comes. Reading needs no key; who has one is told apart by it.
//!
//! A key stands in a header and never in the address, which is logged and shared. The tokens of the admin API and of
//! sources are none of these, and are left to the calls that take them.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::catalogue::{CatalogueError, KeyHolder, TOKEN_MARK};
use crate::error::AppError;

/// The header for those who cannot set `Authorization`. Caches are told of it in `rate_limit`.
const KEY_HEADER: &str = "x-api-key";

/// On whose behalf a request comes; it stands in the extensions of every request behind [`super::rate_limit::limit`].
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// Whose key came with it; `None` for everybody else.
    pub holder: Option<KeyHolder>,
    /// Whether a key came that nobody could look up, for the store is away.
    pub is_unread: bool,
}

impl Caller {
    /// The view that its key carries.
    pub fn view(&self) -> Option<&str> {
        self.holder.as_ref().and_then(|holder| holder.view.as_deref())
    }

    /// The partner whose key came with it.
    ///
    /// # Errors
    /// [`AppError::Unauthorised`] when none did; unavailable when nobody can say whose the key is.
    pub fn partner(&self) -> Result<&KeyHolder, AppError> {
        let refused = || if self.is_unread { AppError::from(CatalogueError::away()) } else { AppError::Unauthorised };
        self.holder.as_ref().ok_or_else(refused)
    }
}

/// The keys that came with a request: `Authorization: Bearer …`, unless that is a token of the admin API or of a source,
/// and whatever `X-API-Key` says. Each must be right.
pub(super) fn presented_keys(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let of_bearer = bearer(headers).filter(|token| !token.starts_with(TOKEN_MARK));
    // What is no text is no key of ours, and is refused as such.
    let of_header = headers.get(KEY_HEADER).map(|value| value.to_str().unwrap_or_default().trim());
    of_bearer.into_iter().chain(of_header)
}

/// The token of `Authorization: Bearer TOKEN`. Source: RFC 6750, 2.1; the scheme is compared without case (RFC 9110,
/// 11.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 200).then_some(token)
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

    fn presented(headers: &[(&'static str, &str)]) -> Vec<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        presented_keys(&map).map(ToOwned::to_owned).collect()
    }

    #[test]
    fn a_key_is_a_bearer_token_or_stands_in_its_own_header() {
        for (name, value, expected) in [
            ("authorization", "Bearer spk_1", vec!["spk_1"]),
            ("authorization", "bearer  spk_1 ", vec!["spk_1"]),
            ("authorization", "Bearer nothing", vec!["nothing"]),
            ("authorization", "Bearer sp_1", vec![]),
            ("authorization", "Basic spk_1", vec![]),
            ("x-api-key", "spk_1", vec!["spk_1"]),
            ("x-api-key", "other", vec!["other"]),
            ("x-api-key", "\u{e9}", vec![""]),
            ("x-apikey", "spk_1", vec![]),
        ] {
            assert_eq!(presented(&[(name, value)]), expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_key_that_nobody_could_look_up_is_not_said_to_be_wrong() {
        let status = |caller: Caller| caller.partner().map(|_| ()).map_err(|error| error.status());
        assert_eq!(status(Caller::default()), Err(StatusCode::UNAUTHORIZED));
        assert_eq!(status(Caller { holder: None, is_unread: true }), Err(StatusCode::SERVICE_UNAVAILABLE));
    }

    #[test]
    fn a_token_of_a_source_hides_no_key_and_a_right_key_no_wrong_one() {
        assert_eq!(presented(&[("authorization", "Bearer sp_1"), (KEY_HEADER, "spk_1")]), ["spk_1"]);
        assert_eq!(presented(&[("authorization", "Bearer spk_1"), (KEY_HEADER, "spk_2")]), ["spk_1", "spk_2"]);
    }
}

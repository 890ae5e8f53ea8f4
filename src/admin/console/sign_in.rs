//! The way in and the way out: a token for a cookie, and the cookie for nothing.

use askama::Template;
use axum::extract::{FromRequest as _, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded;

use super::form::Form;
use super::frame::Frame;
use super::refused::Refused;
use super::{HOME, SIGN_IN};
use crate::admin::sessions;
use crate::app::App;
use crate::error::AppError;
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once};
use crate::web::same_origin::is_same_origin;

#[derive(Template)]
#[template(path = "admin/sign_in.html")]
struct SignInPage {
    layout: Layout,
    frame: Frame,
    /// The page one comes back to.
    next: String,
    /// Why one was not let in.
    mistake: Option<String>,
}

impl SignInPage {
    fn new(next: &str, said: Option<&str>, mistake: Option<String>) -> Self {
        Self {
            layout: Layout::new("Sign in", ""),
            frame: Frame::outside(said),
            next: own_page(next).to_owned(),
            mistake,
        }
    }
}

/// The form.
pub(super) async fn show_sign_in(RawQuery(raw): RawQuery) -> Response {
    let raw = raw.unwrap_or_default();
    let value = |wanted: &str| {
        form_urlencoded::parse(raw.as_bytes()).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    let next = value("next").unwrap_or_default();
    present_once(StatusCode::OK, &SignInPage::new(&next, value("said").as_deref(), None))
}

/// Gives a cookie for a token.
pub(super) async fn sign_in(State(app): State<App>, request: Request) -> Result<Response, Refused> {
    refuse_other_sites(&app, request.headers())?;
    let peer = app.limits.peer_of(&request);
    let form = Form::from_request(request, &app).await?;
    let next = own_page(form.text("next"));
    match sessions::open(&app, &peer, form.text("token")).await {
        Ok(cookie) => with_cookie(Redirect::to(next), &cookie),
        Err(error) => match why_not(&error) {
            Some(mistake) => Ok(not_let_in(next, mistake, &error)),
            None => Err(Refused::of(error).with_index_of(&app)),
        },
    }
}

/// Ends the session and takes the cookie away.
pub(super) async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Refused> {
    refuse_other_sites(&app, &headers)?;
    let cookie = sessions::end(&app, &headers).await?;
    with_cookie(Redirect::to(&format!("{SIGN_IN}?said=signed-out")), &cookie)
}

/// What is said to one who is not let in; `None` where it is not about the token.
fn why_not(error: &AppError) -> Option<String> {
    if let AppError::TooManyRequests { retry_after_seconds, .. } = error {
        return Some(format!("There were too many attempts from here. Try again in {retry_after_seconds} seconds."));
    }
    if matches!(error, AppError::Unauthorised) {
        return Some("This token is not known, or not valid any more.".to_owned());
    }
    matches!(error, AppError::Forbidden).then(|| "The token of a source opens nothing here.".to_owned())
}

fn not_let_in(next: &str, mistake: String, error: &AppError) -> Response {
    // Not 401, which would have to name a way for browsers to ask for a password by themselves. RFC 9110, 15.5.2.
    let status = match error.status() {
        StatusCode::UNAUTHORIZED => StatusCode::FORBIDDEN,
        other => other,
    };
    let mut response = present_once(status, &SignInPage::new(next, None, Some(mistake)));
    if let Some(seconds) = error.retry_after_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Another site could sign a visitor in under a name that is not theirs, and watch what they do under it.
fn refuse_other_sites(app: &App, headers: &HeaderMap) -> Result<(), AppError> {
    if is_same_origin(headers, app.public_url()) { Ok(()) } else { Err(AppError::OtherSite) }
}

fn with_cookie(redirect: Redirect, cookie: &str) -> Result<Response, Refused> {
    let mut value = HeaderValue::from_str(cookie).map_err(anyhow::Error::from)?;
    value.set_sensitive(true);
    let mut response = redirect.into_response();
    response.headers_mut().insert(header::SET_COOKIE, value);
    Ok(response)
}

/// The page to come back to, when it is one of the console; else where the console begins.
fn own_page(wanted: &str) -> &str {
    let rest = wanted.strip_prefix(HOME);
    let is_below = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let is_plain = wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_below && is_plain && !wanted.starts_with(SIGN_IN) { wanted } else { HOME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_out_of_the_console_by_signing_in() {
        for (wanted, expected) in [
            ("", HOME),
            ("/admin", "/admin"),
            ("/admin/jobs?page=2", "/admin/jobs?page=2"),
            ("/admin?said=approved", "/admin?said=approved"),
            ("/administrator", HOME),
            ("//evil.example/admin", HOME),
            ("https://evil.example/admin", HOME),
            ("/admin/..\\\\evil.example", HOME),
            ("/admin/\r\nset-cookie: a=b", HOME),
            ("/admin/sign-in?next=/admin", HOME),
        ] {
            assert_eq!(own_page(wanted), expected, "{wanted}");
        }
    }
}

//! `/.well-known/security.txt`: whom to tell of a weakness. Source: RFC 9116.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::ToSpan as _;

use crate::app::App;
use crate::web::etag;

/// RFC 9116, 2.5.5 recommends less than a year ahead.
const DAYS: i32 = 364;

/// `GET /.well-known/security.txt`.
pub(super) async fn show_security(State(app): State<App>, headers: HeaderMap) -> Response {
    let public_url = app.public_url();
    let contact = app.config.harvest.contact_url.clone().unwrap_or_else(|| format!("{public_url}/contact"));
    let expires = app.clock.local().date().saturating_add(DAYS.days());
    let text = format!(
        "Contact: {contact}\n\
         Expires: {expires}T00:00:00Z\n\
         Preferred-Languages: en\n\
         Canonical: {public_url}/.well-known/security.txt\n"
    );
    etag::answer(&headers, "text/plain; charset=utf-8", text)
}

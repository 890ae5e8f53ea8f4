//! Signing in to the console: a token is shown once, and a cookie stands for it while somebody works.
//!
//! The cookie holds a secret of its own and never the token: it is good for a working day at most, and gone when nobody
//! was there for half an hour. No script can read it, no other site makes the browser send it, and no other name of this
//! host can set it.

use axum::http::{HeaderMap, header};

use super::auth::{holder_of_token, store_away};
use crate::app::App;
use crate::catalogue::{Holder, Role, SESSION_HOURS, Session};
use crate::error::AppError;
use crate::web::peer::Peer;

/// The prefix makes browsers take it only over a secure connection, from this host and for all of it. Source: RFC 6265bis,
/// 4.1.3.2.
const NAME: &str = "__Host-signpost";
/// No secret of ours is longer.
const MAX_SECRET_BYTES: usize = 200;

/// Signs in who holds a token, and gives the line that the header `Set-Cookie` takes.
///
/// # Errors
/// [`AppError::Unauthorised`] when nobody holds it, [`AppError::Forbidden`] for the token of a source,
/// [`AppError::TooManyRequests`] after too many wrong ones from this address; unavailable when the store does not answer.
pub(crate) async fn open(app: &App, peer: &Peer, token: &str) -> Result<String, AppError> {
    app.limits.may_sign_in(peer, app.clock.now())?;
    let holder = holder_of_token(app, peer, token).await?;
    match holder.role {
        Role::Admin | Role::Curator | Role::ReadOnly => {}
        Role::Source => return Err(AppError::Forbidden),
    }
    let secret = app.catalogue.open_session(&holder, app.clock.now()).await.map_err(store_away)?;
    Ok(cookie(&secret, SESSION_HOURS * 3_600))
}

/// Who is signed in, as far as the cookies of a request say; `None` for nobody, or no more.
///
/// # Errors
/// [`AppError::TooManyRequests`] after too many secrets that were made up; unavailable when the store does not answer.
pub(crate) async fn holder(app: &App, peer: &Peer, headers: &HeaderMap) -> Result<Option<Holder>, AppError> {
    let Some(secret) = secret_of(headers) else {
        return Ok(None);
    };
    let now = app.clock.now();
    match app.store().map_err(store_away)?.session(secret, now).await.map_err(store_away)? {
        Session::Live { holder, is_to_be_seen } => {
            if is_to_be_seen {
                see(app, secret);
            }
            Ok(Some(holder))
        }
        // Nobody guessed it: a browser was left open.
        Session::Over => Ok(None),
        Session::Unknown => {
            app.limits.count_failed_sign_in(peer, now)?;
            Ok(None)
        }
    }
}

/// Signs out whoever is signed in, and gives the line for `Set-Cookie` that takes the cookie away.
///
/// # Errors
/// Unavailable when the store does not answer: the session goes on until it is over by itself.
pub(crate) async fn end(app: &App, headers: &HeaderMap) -> Result<String, AppError> {
    if let Some(secret) = secret_of(headers) {
        app.catalogue.end_session(secret, app.clock.now()).await.map_err(store_away)?;
    }
    Ok(cookie("", 0))
}

/// Writes down that somebody is there. Nobody waits for it: the store may be busy with a harvest.
fn see(app: &App, secret: &str) {
    let (app, secret) = (app.clone(), secret.to_owned());
    tokio::spawn(async move {
        if let Err(error) = app.catalogue.see_session(&secret, app.clock.now()).await {
            tracing::warn!(error = %error, "that somebody is at the console could not be written down");
        }
    });
}

fn cookie(secret: &str, seconds: i64) -> String {
    format!("{NAME}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

/// Source: RFC 6265, 5.4: pairs with semicolons between them, in as many lines as the browser likes.
fn secret_of(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(name, _)| *name == NAME).map(|(_, secret)| secret);
    ours.next().filter(|secret| !secret.is_empty() && secret.len() <= MAX_SECRET_BYTES)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_only_under_its_whole_name() {
        for (lines, expected) in [
            (&["__Host-signpost=spc_1"][..], Some("spc_1")),
            (&["a=b; __Host-signpost=spc_1; c=d"], Some("spc_1")),
            (&["a=b", "c; __Host-signpost=spc_1"], Some("spc_1")),
            (&["__Host-signpost=spc_1; __Host-signpost=spc_2"], Some("spc_1")),
            (&["signpost=spc_1; x__Host-signpost=spc_2"], None),
            (&["__Host-signpost="], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, HeaderValue::from_static(line));
            }
            assert_eq!(secret_of(&headers), expected, "{lines:?}");
        }
        let long = format!("{NAME}={}", "a".repeat(MAX_SECRET_BYTES + 1));
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&long).unwrap())]);
        assert_eq!(secret_of(&headers), None);
    }

    #[test]
    fn no_script_no_other_site_and_no_other_host_has_a_part_in_the_cookie() {
        let line = cookie("spc_1", 28_800);
        assert_eq!(line, "__Host-signpost=spc_1; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800");
    }
}

//! `Visit`: one request to the console: who asks, and the way to the admin API in their name.
//!
//! The API is called in this process, with the very headers that came with the request: the cookie says who asks, and
//! where a form comes from is looked at there once more. What comes back is JSON, or a problem, which is [`Refused`].

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Router, http};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::ServiceExt as _;
use url::form_urlencoded;

use super::refused::Refused;
use crate::catalogue::{Holder, Role};
use crate::error::AppError;

/// The longest answer is a page of a held run: a thousand records, each with an address of 2,000 bytes and a title.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// The admin API, ready to be called.
#[derive(Clone)]
pub(super) struct Api(pub(super) Router);

/// One request to the console.
#[derive(Clone)]
pub(super) struct Visit {
    /// Who asks.
    pub(super) holder: Holder,
    api: Api,
    headers: HeaderMap,
    socket: Option<ConnectInfo<SocketAddr>>,
    query: Vec<(String, String)>,
}

/// Puts the [`Visit`] beside a request of one who was let in.
pub(super) async fn receive(mut request: Request, next: Next) -> Response {
    let (Some(api), Some(holder)) =
        (request.extensions().get::<Api>().cloned(), request.extensions().get::<Holder>().cloned())
    else {
        return Refused::of(AppError::Unauthorised).into_response();
    };
    let mut headers = request.headers().clone();
    // They tell of the form that came, and not of what is sent on.
    for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::CONTENT_ENCODING, header::TRANSFER_ENCODING] {
        headers.remove(name);
    }
    let socket = request.extensions().get::<ConnectInfo<SocketAddr>>().copied();
    let raw = request.uri().query().unwrap_or_default();
    let query = form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
    request.extensions_mut().insert(Visit { holder, api, headers, socket, query });
    next.run(request).await
}

impl Visit {
    /// A parameter of the address, when it says something.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(held, _)| held == name).map(|(_, value)| value.trim()).filter(|text| !text.is_empty())
    }

    /// Those of these parameters that say something, as the query string of a call: `?state=open&page=2`, or nothing.
    pub(super) fn passed_on(&self, names: &[&'static str]) -> String {
        query_of(names.iter().filter_map(|name| self.value(name).map(|value| (*name, value))))
    }

    /// Whether whoever asks may decide about resources, words, reports and pins.
    pub(super) fn may_curate(&self) -> bool {
        match self.holder.role {
            Role::Admin | Role::Curator => true,
            Role::ReadOnly | Role::Source => false,
        }
    }

    /// Whether whoever asks may do all the rest.
    pub(super) fn may_administer(&self) -> bool {
        self.holder.role == Role::Admin
    }

    /// What the admin API answers at this path: `/jobs?page=2`.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Refused> {
        let answer = self.ask(Method::GET, path, None).await?;
        serde_json::from_value(answer).map_err(|error| Refused::of(AppError::Internal(error.into())))
    }

    /// Sends JSON to the admin API, and gives what it answers; null where it answers nothing.
    pub(super) async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, Refused> {
        self.ask(method, path, Some(body)).await
    }

    /// The same with POST.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Refused> {
        self.send(Method::POST, path, body).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Refused> {
        let broken = |error: anyhow::Error| Refused::of(AppError::Internal(error));
        let request = self.request(method, path, body).map_err(|error| broken(error.into()))?;
        let response = self.api.0.clone().oneshot(request).await.unwrap_or_else(|never: Infallible| match never {});
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, MAX_ANSWER_BYTES).await.map_err(|error| broken(error.into()))?;
        if !parts.status.is_success() {
            return Err(Refused::of_answer(&parts, &bytes));
        }
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|error| broken(error.into()))
    }

    fn request(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Request, http::Error> {
        let mut builder = http::Request::builder().method(method).uri(format!("/admin/v1{path}"));
        if let Some(headers) = builder.headers_mut() {
            headers.clone_from(&self.headers);
            headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
            if body.is_some() {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
        }
        let mut request = builder.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))?;
        if let Some(socket) = self.socket {
            request.extensions_mut().insert(socket);
        }
        Ok(request)
    }
}

/// A query string with its question mark; nothing where there are no pairs.
pub(crate) fn query_of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { query } else { format!("?{query}") }
}

/// Whatever an id holds, as one segment of a path. Source: RFC 3986, 2.3, unreserved characters.
pub(crate) fn segment(id: &str) -> String {
    let mut path = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push('%');
            path.push(char::from(b"0123456789ABCDEF"[usize::from(byte >> 4)]));
            path.push(char::from(b"0123456789ABCDEF"[usize::from(byte & 15)]));
        }
    }
    path
}

/// Back to a page of the console, which then says what was done: one of the words of [`super::frame::SAID`].
pub(super) fn back_to(path: &str, said: &str) -> Response {
    let joint = if path.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{path}{joint}said={said}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_leads_to_another_call() {
        for (id, expected) in
            [("programmes", "programmes"), ("a/b?c#d", "a%2Fb%3Fc%23d"), ("a b%2e", "a%20b%252e"), ("é", "%C3%A9")]
        {
            assert_eq!(segment(id), expected);
        }
    }

    #[test]
    fn a_query_string_is_there_when_it_says_something() {
        assert_eq!(query_of(std::iter::empty()), "");
        assert_eq!(query_of([("q", "a b"), ("page", "2")].into_iter()), "?q=a+b&page=2");
    }
}

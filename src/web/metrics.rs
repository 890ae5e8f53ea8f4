//! `/metrics`: the figures of the service, for whom the configuration lets read them.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::config::MetricsAccess;
use crate::error::AppError;
use crate::metrics;

/// What a proxy writes into what it passes on. Source: RFC 7239, and what was in use before it.
const MARKS_OF_A_PROXY: [&str; 3] = ["forwarded", "x-forwarded-for", "via"];

/// The figures. Whoever may not read them is told that there is nothing here.
pub(super) async fn show_metrics(State(app): State<App>, request: Request) -> Result<Response, AppError> {
    let may_read = match app.config.server.metrics {
        MetricsAccess::Open => true,
        MetricsAccess::Loopback => is_from_this_machine(&request),
        MetricsAccess::Off => false,
    };
    if !may_read {
        return Err(AppError::no_such("page", "/metrics"));
    }
    let page = metrics::render(&app).await;
    let headers =
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, page).into_response())
}

/// Of the connection, not of what a header says; and a proxy on this machine asks for somebody else.
fn is_from_this_machine(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_near = peer.is_some_and(|ConnectInfo(address)| address.ip().to_canonical().is_loopback());
    is_near && !MARKS_OF_A_PROXY.iter().any(|name| request.headers().contains_key(*name))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(peer: Option<&str>, headers: &[&'static str]) -> Request {
        let mut request = Request::new(Body::empty());
        if let Some(peer) = peer {
            let address: SocketAddr = peer.parse().expect("an address");
            request.extensions_mut().insert(ConnectInfo(address));
        }
        for name in headers {
            request.headers_mut().insert(*name, header::HeaderValue::from_static("127.0.0.1"));
        }
        request
    }

    #[test]
    fn only_who_is_on_this_machine_and_no_proxy_is_near() {
        for (peer, headers, expected) in [
            (Some("127.0.0.1:9"), &["via"][..], false),
            (Some("127.0.0.1:9"), &[], true),
            (Some("[::1]:9"), &[], true),
            (Some("[::ffff:127.0.0.1]:9"), &[], true),
            (Some("127.0.0.1:9"), &["x-forwarded-for"], false),
            (Some("127.0.0.1:9"), &["forwarded"], false),
            (Some("203.0.113.5:9"), &[], false),
            (Some("203.0.113.5:9"), &["x-forwarded-for"], false),
            (None, &[], false),
        ] {
            assert_eq!(is_from_this_machine(&request(peer, headers)), expected, "{peer:?} {headers:?}");
        }
    }
}

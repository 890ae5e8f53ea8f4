//! A call of a server that runs, by HTTP at the address that it has written into the store.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, ensure};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use super::call::{Answered, Call, MAX_ANSWER_BYTES};
use crate::catalogue::NodeRow;
use crate::config::Config;

/// A machine in the same network answers within this time, or is not there.
const CONNECT_WAIT: Duration = Duration::from_secs(3);
/// So much longer than the server gives itself, so that its own word comes first.
const LONGER: Duration = Duration::from_secs(5);

/// Where a node is reached from here; `None` where that does not follow from what it says.
///
/// One that listens at every address is reached by loopback when it is the node of this data directory, and else by the
/// name of its machine. The loopback of another machine leads nowhere.
pub(super) fn address_of(node: &NodeRow, is_own: bool) -> Option<String> {
    let listens: SocketAddr = node.address.parse().ok()?;
    let port = listens.port();
    if listens.ip().is_unspecified() {
        if !is_own {
            return Some(format!("{}:{port}", node.name)).filter(|_| !node.name.is_empty());
        }
        let loopback: IpAddr = if listens.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        return Some(SocketAddr::new(loopback, port).to_string());
    }
    Some(listens.to_string())
}

/// Asks the first of these addresses that is reached. `None` when none is: nothing was asked then.
///
/// # Errors
/// When one was reached and its answer did not come.
pub(super) async fn ask(
    config: &Config,
    addresses: &[String],
    call: &Call,
    token: &str,
) -> anyhow::Result<Option<Answered>> {
    // No proxy and no redirect: the token goes where the store says and nowhere else.
    let client = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_WAIT)
        .timeout(config.limits.server.answer_wait.max(call.patience).saturating_add(LONGER))
        .user_agent(concat!("Signpost/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("making the HTTP client")?;
    for address in addresses {
        match send(&client, address, call, token).await {
            Ok(response) => return read(response).await.map(Some),
            Err(error) if error.is_connect() => {}
            Err(error) => return Err(error).with_context(|| format!("the server at {address}")),
        }
    }
    Ok(None)
}

async fn send(client: &Client, address: &str, call: &Call, token: &str) -> reqwest::Result<Response> {
    let url = format!("http://{address}/admin/v1{}", call.path);
    let request = client.request(call.method.clone(), url).bearer_auth(token).header("accept", "application/json");
    let request = match &call.body {
        Some(body) => request.header("content-type", "application/json").body(body.to_string()),
        None => request,
    };
    request.send().await
}

async fn read(mut response: Response) -> anyhow::Result<Answered> {
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.context("the answer broke off")? {
        body.extend_from_slice(&chunk);
        ensure!(body.len() <= MAX_ANSWER_BYTES, "the answer is longer than {MAX_ANSWER_BYTES} bytes");
    }
    Ok(Answered { status, body })
}

//! `Call`: one call of the admin API, and who is asked: the server that works on this store, or, where none runs, the same
//! router in this process.
//!
//! Either way it is made with a token that is lent for this one call, so the API judges and writes down what is done here
//! as it does for everybody. What the answer says is for [`super::answer`].

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use axum::http::{Method, StatusCode};
use clap::Args;
use serde_json::Value;

use super::answer::Refused;
use super::{here, there};
use crate::admin::console::query_of;
use crate::catalogue::{COMMAND_LINE, Catalogue, LentToken, NodeRow, StorePlace};
use crate::cli::{Options, output};
use crate::clock::Clock;
use crate::config::{Config, NodeRole};
use crate::data_dir::{DataLock, InUse};
use crate::nodes::node_id;

/// The longest answer is a page of a held run: a thousand records, each with an address of 2,000 bytes and a title.
pub(super) const MAX_ANSWER_BYTES: usize = 16 << 20;
/// A server that has just been started says within this time where it listens.
const SAYS_WHERE: Duration = Duration::from_secs(10);
/// It is looked for so often.
const POLL: Duration = Duration::from_millis(200);
/// A name that signs decisions is for people to read.
const MAX_NAME_CHARACTERS: usize = 60;

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// How.
    pub(super) method: Method,
    /// What, behind `/admin/v1`.
    pub(super) path: String,
    /// What is sent with it.
    pub(super) body: Option<Value>,
    /// How long the server may be at it, where that is longer than at others.
    pub(super) patience: Duration,
}

/// Which part of a list is shown.
#[derive(Debug, Args)]
pub(in crate::cli) struct Page {
    /// The page, from 1 [default: 1]
    #[arg(long, value_name = "NUMBER")]
    page: Option<usize>,
    /// Rows on a page, 1 to 100 [default: 20]
    #[arg(long, value_name = "NUMBER")]
    per_page: Option<usize>,
}

impl Call {
    /// Looks, with those parameters that say something.
    pub(super) fn get(path: &str, parameters: &[(&str, Option<String>)]) -> Self {
        let given = parameters.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        Self::new(Method::GET, format!("{path}{}", query_of(given)), None)
    }

    /// Looks at a page of a list.
    pub(super) fn get_page(path: &str, page: &Page, parameters: &[(&str, Option<String>)]) -> Self {
        let number = |number: Option<usize>| number.map(|number| number.to_string());
        let part = [("page", number(page.page)), ("per_page", number(page.per_page))];
        Self::get(path, &[parameters, part.as_slice()].concat())
    }

    /// Acts.
    pub(super) fn post(path: String, body: Value) -> Self {
        Self::new(Method::POST, path, Some(body))
    }

    /// Acts where there is nothing more to say.
    pub(super) fn post_alone(path: String) -> Self {
        Self::new(Method::POST, path, None)
    }

    /// Makes or changes what has a name.
    pub(super) fn put(path: String, body: Value) -> Self {
        Self::new(Method::PUT, path, Some(body))
    }

    /// Deletes.
    pub(super) fn delete(path: String) -> Self {
        Self::new(Method::DELETE, path, None)
    }

    fn new(method: Method, path: String, body: Option<Value>) -> Self {
        Self { method, path, body, patience: Duration::ZERO }
    }

    /// Whether it only looks.
    pub(super) fn only_reads(&self) -> bool {
        self.method == Method::GET
    }
}

/// What was answered.
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// Makes a call and gives its answer; null where it answers nothing.
///
/// # Errors
/// [`Refused`] when the API does not do it; otherwise when nobody can be asked.
pub(super) async fn ask(options: &Options, call: &Call) -> anyhow::Result<Value> {
    let Answered { status, body } = Box::pin(send(options, call)).await?;
    if !status.is_success() {
        return Err(Refused::of_answer(status, &body).into());
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).context("the answer is no JSON")
}

async fn send(options: &Options, call: &Call) -> anyhow::Result<Answered> {
    let opened = if call.only_reads() { options.open_existing_store().await? } else { options.open_store().await? };
    let (config, catalogue) = opened;
    let is_served = is_served_from_here(&config)?;
    let may_be_served = is_served || matches!(catalogue.place(), StorePlace::Postgres(_));
    if may_be_served && let Some(answered) = ask_a_server(&config, &catalogue, call, is_served).await? {
        return Ok(answered);
    }
    if is_served {
        bail!("a server works on {} and cannot be asked; `signpost doctor` looks further", catalogue.place());
    }
    let (app, _lock) = options.open("admin").await?;
    let token = lend(&app.catalogue).await?;
    let answered = Box::pin(here::ask(&app, call, token.secret())).await;
    take_back(&app.catalogue, &token).await;
    answered
}

/// Whether a server holds the data directory. Another command that does is waited for by nobody.
fn is_served_from_here(config: &Config) -> anyhow::Result<bool> {
    match DataLock::take(&config.catalogue.data_dir, "look") {
        Ok(_free) => Ok(false),
        Err(error) if error.downcast_ref::<InUse>().is_some_and(InUse::is_server) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Asks the nodes that are alive, one after the other until one is reached. `None` when none is.
async fn ask_a_server(
    config: &Config,
    catalogue: &Catalogue,
    call: &Call,
    is_served: bool,
) -> anyhow::Result<Option<Answered>> {
    let own = node_id(&config.catalogue.data_dir)?;
    let began = Instant::now();
    loop {
        let nodes = catalogue.alive_nodes(Clock::system().now()).await?;
        let addresses = addresses(nodes, &own);
        if !addresses.is_empty() {
            let token = lend(catalogue).await?;
            let answered = there::ask(config, &addresses, call, token.secret()).await;
            take_back(catalogue, &token).await;
            if let Some(answered) = answered? {
                return Ok(Some(answered));
            }
        }
        // One that holds the directory is there, and says soon where it listens.
        if !is_served || began.elapsed() >= SAYS_WHERE {
            return Ok(None);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Where nodes that answer are reached, each once: first the node of this data directory.
fn addresses(mut nodes: Vec<NodeRow>, own: &str) -> Vec<String> {
    nodes.retain(|node| node.role != NodeRole::Worker.name());
    nodes.sort_by_key(|node| node.id != own);
    let mut seen = BTreeSet::new();
    let found = nodes.iter().filter_map(|node| there::address_of(node, node.id == own));
    found.filter(|address| seen.insert(address.clone())).collect()
}

async fn lend(catalogue: &Catalogue) -> anyhow::Result<LentToken> {
    Ok(catalogue.lend_token(&name(), Clock::system().now()).await?)
}

/// What was done is done: that the token could not be taken back is a remark beside it.
async fn take_back(catalogue: &Catalogue, token: &LentToken) {
    if let Err(error) = catalogue.take_back_token(token).await {
        output::note(&format!("the token of this call could not be taken back and ends in a minute: {error}"));
    }
}

/// The name that what is done here is signed with. Nobody proves who they are: whoever may read the store may do all.
#[expect(clippy::disallowed_methods, reason = "this is the command line; the system says so who sits at it")]
fn name() -> String {
    let user = ["SUDO_USER", "USER"].into_iter().find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty()));
    signed(user.as_deref())
}

fn signed(user: Option<&str>) -> String {
    let Some(user) = user else { return COMMAND_LINE.to_owned() };
    let user: String = user.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARACTERS).collect();
    format!("{COMMAND_LINE} of {user}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, role: &str, address: &str) -> NodeRow {
        NodeRow {
            id: id.to_owned(),
            name: "elsewhere".to_owned(),
            version: "1.0.0".to_owned(),
            role: role.to_owned(),
            schema: "abc".to_owned(),
            address: address.to_owned(),
            started: "2026-11-21T09:00:00Z".to_owned(),
            heartbeat: "2026-11-21T09:00:00Z".to_owned(),
            generation: 1,
            seq: 7,
            resources: 5,
            state: "ready".to_owned(),
            detail: None,
            stopped: None,
            is_alive: true,
        }
    }

    #[test]
    fn the_node_of_this_directory_is_asked_first_and_one_that_only_works_never() {
        let nodes = vec![
            node("far", "api", "10.0.0.7:8080"),
            node("far-again", "all", "10.0.0.7:8080"),
            node("worker", "worker", "10.0.0.8:8080"),
            node("own", "all", "0.0.0.0:8081"),
        ];
        assert_eq!(addresses(nodes, "own"), ["127.0.0.1:8081", "10.0.0.7:8080"]);
    }

    #[test]
    fn an_act_is_signed_with_who_sits_there_where_that_is_known() {
        assert_eq!(signed(None), "command line");
        assert_eq!(signed(Some("ada\u{1b}")), "command line of ada");
    }

    #[test]
    fn parameters_that_say_nothing_are_left_out() {
        let page = Page { page: Some(2), per_page: None };
        let call = Call::get_page("/words", &page, &[("field", None), ("q", Some("a b".to_owned()))]);
        assert_eq!((call.path.as_str(), call.only_reads()), ("/words?q=a+b&page=2", true));
    }
}

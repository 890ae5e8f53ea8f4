//! Health: whether the program is up, whether this node can do its work, and what is the matter when it cannot.
//!
//! Anybody may ask, so nothing here names a path, an address of ours or what the database said.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::catalogue::{CatalogueError, ClockDoubt, NodeRow, StoreFacts};
use crate::nodes::{NodeState, Phase, registry, told_of_newer_schema};

/// A store that does not say how it stands within this time counts as away: who balances the load asks every few seconds.
const STORE_WITHIN: Duration = Duration::from_secs(2);
/// A job that has waited for longer has no worker. Of harvests 64 run at once, so they do not queue for long.
const WAITS_LONG: SignedDuration = SignedDuration::from_mins(15);
/// Who is told 503 should ask again after so many seconds.
const RETRY_AFTER: &str = "2";

/// How a node stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// All is well.
    Ready,
    /// It answers, and somebody should look at something.
    Degraded,
    /// It makes itself ready.
    Starting,
    /// It was told to stop.
    Stopping,
    /// It cannot answer.
    Unready,
}

impl Status {
    /// A degraded node gets its requests all the same. While the store is away every node is degraded at once, and each
    /// answers searches from its own index: a 503 here would have the balancer take all of them away and turn a trouble
    /// of the admins into an outage for the schools. What needs the store says 503 for itself.
    fn code(self) -> StatusCode {
        match self {
            Self::Ready | Self::Degraded => StatusCode::OK,
            Self::Starting | Self::Stopping | Self::Unready => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// How one part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Mark {
    /// It is well.
    Ok,
    /// Somebody should look at it.
    Warn,
    /// It does not work.
    Fail,
}

/// One part, and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    status: Mark,
    detail: String,
}

impl Check {
    fn ok(name: &'static str, detail: String) -> Self {
        Self { name, status: Mark::Ok, detail }
    }

    fn warn(name: &'static str, detail: String) -> Self {
        Self { name, status: Mark::Warn, detail }
    }
}

/// 200 as long as the program runs: whatever is the matter, to start it again would not help.
pub(super) async fn show_health() -> Response {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

/// Whether this node should be sent requests, and what is the matter with each of its parts.
pub(super) async fn show_readiness(State(app): State<App>) -> Response {
    let told = ask_store(&app).await;
    let checks = checks(&app, told.as_ref());
    let status = status_of(&app, &checks);
    let head = told.map(|told| told.facts.head);
    let position = app.index.position();
    let answer = json!({
        "status": status,
        "version": env!("CARGO_PKG_VERSION"),
        "index": { "generation": app.index.generation(), "seq": position,
            "behind": head.map(|head| head.saturating_sub(position)), "resources": app.index.resource_count() },
        "checks": checks,
    });
    let mut response = (status.code(), Json(answer)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status.code() != StatusCode::OK {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
    }
    response
}

/// What an admin should look at, by the part that it is about, each with a sentence. Empty when all is well.
pub(crate) async fn what_is_not_well(app: &App) -> Vec<(&'static str, String)> {
    let told = ask_store(app).await;
    let not_well = checks(app, told.as_ref()).into_iter().filter(|check| check.status != Mark::Ok);
    not_well.map(|check| (check.name, check.detail)).collect()
}

/// What the store says when it is asked.
struct Told {
    facts: StoreFacts,
    /// The nodes that work on it.
    nodes: Vec<NodeRow>,
    /// What it says against the clock of this machine.
    doubt: Option<ClockDoubt>,
}

fn checks(app: &App, told: Option<&Told>) -> Vec<Check> {
    let mut checks = vec![check_store(app, told.is_some()), check_index(app, told), check_disk(app)];
    if let Some(Told { facts, nodes, doubt }) = told {
        checks.push(check_jobs(facts, app.clock.now()));
        checks.push(check_clock(*doubt, app.clock.now()));
        checks.push(check_nodes(app, nodes));
    }
    checks
}

/// What the store says; `None` when it says nothing in time.
async fn ask_store(app: &App) -> Option<Told> {
    let ask = async {
        let (store, now) = (app.store()?, app.clock.now());
        let (facts, nodes) = (store.store_facts().await?, store.alive_nodes(now).await?);
        Ok::<_, CatalogueError>(Told { facts, nodes, doubt: store.doubt_clock(now).await? })
    };
    match tokio::time::timeout(STORE_WITHIN, ask).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::error!(error = %error, "the store does not answer");
            None
        }
        Err(_) => {
            tracing::error!("the store does not answer in time");
            None
        }
    }
}

fn status_of(app: &App, checks: &[Check]) -> Status {
    match app.standing.phase() {
        Phase::Stopping => return Status::Stopping,
        Phase::Starting(_) if app.standing.state() == NodeState::Starting => return Status::Starting,
        // While the store is waited for, searches are answered where the index holds something.
        Phase::Starting(_) | Phase::Running => {}
    }
    let has_nothing = app.index.needs_rebuild() && app.index.resource_count() == 0;
    let store_is_away = checks.iter().any(|check| check.status == Mark::Fail);
    if app.standing.is_store_replaced() || (has_nothing && store_is_away) {
        return Status::Unready;
    }
    if checks.iter().all(|check| check.status == Mark::Ok) { Status::Ready } else { Status::Degraded }
}

fn check_store(app: &App, answers: bool) -> Check {
    if answers {
        return match app.standing.newer_schema() {
            None => Check::ok("store", "it answers".to_owned()),
            Some(schema) => Check::warn("store", told_of_newer_schema(schema)),
        };
    }
    let since = app.standing.store_away_since().unwrap_or_else(|| app.clock.now());
    let detail = format!("it has not answered since {since:.0}; searches go on from the index");
    Check { name: "store", status: Mark::Fail, detail }
}

/// An index that is behind is well all the same: it answers searches with what it has.
fn check_index(app: &App, told: Option<&Told>) -> Check {
    let index = &app.index;
    let behind = told.map_or_else(String::new, |told| {
        format!(", {} changes behind", told.facts.head.saturating_sub(index.position()))
    });
    let stands = format!("generation {}, {} resources{behind}", index.generation(), index.resource_count());
    if index.is_damaged() {
        return Check::warn("index", format!("{stands}; a file of it is damaged, and it is built anew"));
    }
    if app.standing.is_index_refused() {
        return Check::warn("index", format!("{stands}; it had to be made anew, and the new one was refused"));
    }
    Check::ok("index", stands)
}

fn check_disk(app: &App) -> Check {
    let Some(free_bytes) = app.disk.free_bytes() else {
        return Check::ok("disk", "nobody has looked yet".to_owned());
    };
    let free = format!("{} MiB are free", free_bytes >> 20);
    if app.disk.is_low() {
        return Check::warn("disk", format!("{free}, so nothing new is begun until there is more"));
    }
    Check::ok("disk", free)
}

fn check_jobs(facts: &StoreFacts, now: Timestamp) -> Check {
    let Some(since) = facts.oldest_queued else {
        return Check::ok("jobs", "none waits".to_owned());
    };
    let waited = now.duration_since(since);
    let detail = format!("one has waited for {} minutes", waited.as_mins().max(0));
    if waited > WAITS_LONG { Check::warn("jobs", detail) } else { Check::ok("jobs", detail) }
}

/// A clock that went back dates what is new before what is old; to one that jumped ahead everything is old.
fn check_clock(doubt: Option<ClockDoubt>, now: Timestamp) -> Check {
    match doubt {
        None => Check::ok("clock", format!("{now:.0}")),
        Some(doubt @ ClockDoubt::Behind { .. }) => Check::warn("clock", format!("it is {now:.0}, and {doubt}")),
        Some(doubt @ ClockDoubt::Ahead { .. }) => {
            Check::warn("clock", format!("it is {now:.0}, and {doubt}; nothing is deleted for being old meanwhile"))
        }
    }
}

/// Nodes of two versions are no mistake while they are brought up one after the other.
fn check_nodes(app: &App, nodes: &[NodeRow]) -> Check {
    let own = registry::word(app);
    let others: Vec<&NodeRow> = nodes.iter().filter(|node| node.id != app.node_id).collect();
    let differing = others.iter().filter(|node| node.version != own.version || node.schema != own.schema).count();
    let detail = format!("{} others", others.len());
    if differing > 0 {
        return Check::warn("nodes", format!("{detail}, {differing} of them of another version or another index"));
    }
    Check::ok("nodes", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_degraded_node_is_sent_requests_and_one_that_starts_or_stops_is_not() {
        let codes = [Status::Ready, Status::Degraded, Status::Starting, Status::Stopping, Status::Unready]
            .map(|status| status.code().as_u16());
        assert_eq!(codes, [200, 200, 503, 503, 503]);
    }

    #[test]
    fn a_job_that_waits_for_long_is_told() {
        let now = at("2026-11-21T09:00:00Z");
        for (queued, mark) in
            [(None, Mark::Ok), (Some("2026-11-21T08:50:00Z"), Mark::Ok), (Some("2026-11-21T08:40:00Z"), Mark::Warn)]
        {
            let facts = StoreFacts { head: 1, oldest_queued: queued.map(at) };
            assert_eq!(check_jobs(&facts, now).status, mark, "{facts:?}");
        }
    }
}

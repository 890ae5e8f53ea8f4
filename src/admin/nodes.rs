//! The nodes that work on this store, and how each stands.

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;

use crate::app::App;
use crate::catalogue::{CatalogueError, NodeRow};
use crate::error::AppError;
use crate::web::query::refuse_parameters;

/// All nodes, and what they should agree on.
#[derive(Debug, Serialize)]
pub(super) struct NodeList {
    results: Vec<NodeAnswer>,
    total: usize,
    /// The end of the change log, which the index of each node follows.
    head: u64,
    /// The id of the node that answers.
    this: String,
    links: SelfLink,
}

#[derive(Debug, Serialize)]
struct SelfLink {
    #[serde(rename = "self")]
    this: &'static str,
}

/// A node as it is shown.
#[derive(Debug, Serialize)]
struct NodeAnswer {
    id: String,
    name: String,
    version: String,
    role: String,
    /// starting, ready, degraded or stopping, as it said last; gone when it said nothing for thirty seconds; stopped when
    /// it ended in order.
    state: String,
    detail: Option<String>,
    address: String,
    /// Whether it leads, as it said itself within fifteen seconds.
    leads: bool,
    started: String,
    heartbeat: String,
    stopped: Option<String>,
    index: NodeIndex,
}

#[derive(Debug, Serialize)]
struct NodeIndex {
    schema: String,
    generation: u64,
    seq: u64,
    /// How many changes of the log it does not know yet.
    behind: u64,
    resources: u64,
}

pub(super) async fn list_nodes(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Json<NodeList>, AppError> {
    refuse_parameters(raw.as_deref())?;
    let rows = app.catalogue.list_nodes(app.clock.now()).await?;
    let head = app.catalogue.head_seq().await?;
    let leader = leader(&app).await?;
    let results: Vec<NodeAnswer> = rows.into_iter().map(|row| present(row, leader.as_deref(), head)).collect();
    let links = SelfLink { this: "/admin/v1/nodes" };
    Ok(Json(NodeList { total: results.len(), results, head, this: app.node_id.clone(), links }))
}

/// The node that leads. The one that answers knows better of itself what the store may have heard some seconds ago.
async fn leader(app: &App) -> Result<Option<String>, CatalogueError> {
    if app.leader.is_leader() {
        return Ok(Some(app.node_id.clone()));
    }
    Ok(app.catalogue.leader(app.clock.now()).await?.filter(|node| *node != app.node_id))
}

fn present(row: NodeRow, leader: Option<&str>, head: u64) -> NodeAnswer {
    NodeAnswer {
        leads: leader == Some(row.id.as_str()),
        state: state_of(&row),
        id: row.id,
        name: row.name,
        version: row.version,
        role: row.role,
        detail: row.detail,
        address: row.address,
        started: row.started,
        heartbeat: row.heartbeat,
        stopped: row.stopped,
        index: NodeIndex {
            schema: row.schema,
            generation: row.generation,
            seq: row.seq,
            behind: head.saturating_sub(row.seq),
            resources: row.resources,
        },
    }
}

/// What it said last, unless it has ended or fallen silent since.
fn state_of(row: &NodeRow) -> String {
    if row.stopped.is_some() {
        "stopped".to_owned()
    } else if row.is_alive {
        row.state.clone()
    } else {
        "gone".to_owned()
    }
}

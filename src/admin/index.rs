//! The index of every node: its generations and what the gate said of each, a rebuild, the way back, the comparison with
//! the store.
//!
//! Only a node itself can do anything with its index, so whatever is asked for is a job that this node takes. The gate
//! cannot be passed by: there is nothing to say so with.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use serde_json::{Map, Value};

use super::jobs::{JobAnswer, accepted};
use crate::app::App;
use crate::catalogue::{CatalogueError, DriftRow, GenerationRow, Holder, JobKind, JobRow};
use crate::error::AppError;
use crate::web::body::{JSON, no_parameters, read_object, refuse_unknown};
use crate::web::query::refuse_parameters;

/// How the index of this node stands, and what is known of those of all nodes.
#[derive(Debug)]
pub(crate) struct IndexState {
    /// The number of the live generation.
    pub(crate) generation: u64,
    /// The one before it, which can be taken back.
    pub(crate) previous: Option<u64>,
    /// How far the live one follows the change log.
    pub(crate) position: u64,
    /// The end of the log.
    pub(crate) head: u64,
    /// How many resources the live one holds.
    pub(crate) resources: u64,
    /// Whether a file of it was found damaged.
    pub(crate) is_damaged: bool,
    /// The generations of all nodes, the last built first.
    pub(crate) generations: Vec<GenerationRow>,
    /// What comparing indexes with the store has found, the last first.
    pub(crate) drift: Vec<DriftRow>,
}

/// Says how the index of this node stands, and what is known of those of all nodes.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn index_state(app: &App) -> Result<IndexState, CatalogueError> {
    let index = &app.index;
    Ok(IndexState {
        generation: index.generation(),
        previous: index.previous(),
        position: index.position(),
        head: app.catalogue.head_seq().await?,
        resources: index.resource_count(),
        is_damaged: index.is_damaged(),
        generations: app.catalogue.list_generations().await?,
        drift: app.catalogue.list_drift().await?,
    })
}

/// Asks every node that is alive to build its index anew. The job of this node comes first.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) async fn queue_rebuilds(app: &App, holder: &Holder) -> Result<Vec<JobRow>, CatalogueError> {
    let now = app.clock.now();
    let mut nodes = vec![app.node_id.clone()];
    let alive = app.catalogue.alive_nodes(now).await?;
    nodes.extend(alive.into_iter().map(|node| node.id).filter(|id| *id != app.node_id));
    let mut jobs = Vec::with_capacity(nodes.len());
    for node in nodes {
        jobs.push(app.catalogue.enqueue_job_by(&holder.name, JobKind::Reindex, Some(&node), now).await?);
    }
    app.jobs_wait.notify_waiters();
    Ok(jobs)
}

/// Asks a node, or this one, to do something with its index: to go back to the generation before, to compare it with the
/// store, to publish it.
///
/// # Errors
/// [`AppError::NotFound`] for a node that nobody has heard of within a day; [`AppError::Conflict`] for what this node
/// cannot do as it stands; otherwise when the store cannot be read or written.
pub(crate) async fn queue_for_node(
    app: &App,
    holder: &Holder,
    kind: JobKind,
    node: Option<&str>,
) -> Result<JobRow, AppError> {
    let now = app.clock.now();
    let node = node.unwrap_or(&app.node_id);
    if node == app.node_id {
        if let Some(reason) = why_not(app, kind) {
            return Err(AppError::Conflict { reason });
        }
    } else if !app.catalogue.list_nodes(now).await?.iter().any(|known| known.id == node) {
        return Err(AppError::no_such("node", node));
    }
    let job = app.catalogue.enqueue_job_by(&holder.name, kind, Some(node), now).await?;
    app.jobs_wait.notify_waiters();
    Ok(job)
}

/// Why this node cannot do it now.
fn why_not(app: &App, kind: JobKind) -> Option<String> {
    if kind == JobKind::RollBackIndex && app.index.previous().is_none() {
        return Some("there is no earlier generation to go back to; a rebuild makes a new one".to_owned());
    }
    if kind == JobKind::Publish && app.config.index.shared_folder.is_none() {
        return Some("no folder is configured to publish in: `shared_folder` in `[index]`".to_owned());
    }
    None
}

/// The index as it is shown.
#[derive(Debug, Serialize)]
struct IndexAnswer {
    /// The id of the node that answers.
    node: String,
    /// What its index is built with.
    schema: String,
    generation: u64,
    /// The generation that a rollback goes back to.
    previous: Option<u64>,
    seq: u64,
    /// How many changes of the log it does not know yet.
    behind: u64,
    resources: u64,
    damaged: bool,
    generations: Vec<GenerationAnswer>,
    drift: Vec<DriftAnswer>,
    links: SelfLink,
}

#[derive(Debug, Serialize)]
struct SelfLink {
    #[serde(rename = "self")]
    this: &'static str,
}

#[derive(Debug, Serialize)]
struct GenerationAnswer {
    node: String,
    schema: String,
    number: u64,
    /// live, previous, refused or gone
    state: &'static str,
    made: String,
    promoted: Option<String>,
    resources: u64,
    seq: u64,
    /// What the gate said.
    report: Value,
}

#[derive(Debug, Serialize)]
struct DriftAnswer {
    node: String,
    at: String,
    compared: u64,
    missing: u64,
    surplus: u64,
    differing: u64,
    repaired: u64,
}

impl From<GenerationRow> for GenerationAnswer {
    fn from(row: GenerationRow) -> Self {
        Self {
            report: serde_json::from_str(&row.report).unwrap_or_default(),
            node: row.node,
            schema: row.schema,
            number: row.number,
            state: row.state.name(),
            made: row.made,
            promoted: row.promoted,
            resources: row.resources,
            seq: row.seq,
        }
    }
}

impl From<DriftRow> for DriftAnswer {
    fn from(row: DriftRow) -> Self {
        let DriftRow { node, at, drift } = row;
        let (compared, repaired) = (drift.compared, drift.repaired);
        Self {
            node,
            at,
            compared,
            missing: drift.missing,
            surplus: drift.surplus,
            differing: drift.differing,
            repaired,
        }
    }
}

pub(super) async fn show_index(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, AppError> {
    refuse_parameters(raw.as_deref())?;
    let state = index_state(&app).await?;
    let answer = IndexAnswer {
        node: app.node_id.clone(),
        schema: app.index.schema().to_owned(),
        generation: state.generation,
        previous: state.previous,
        seq: state.position,
        behind: state.head.saturating_sub(state.position),
        resources: state.resources,
        damaged: state.is_damaged,
        generations: state.generations.into_iter().map(Into::into).collect(),
        drift: state.drift.into_iter().map(Into::into).collect(),
        links: SelfLink { this: "/admin/v1/index" },
    };
    Ok(Json(answer).into_response())
}

/// The job of the node that answers, and those of all.
#[derive(Debug, Serialize)]
struct RebuildsAnswer {
    #[serde(flatten)]
    this: JobAnswer,
    jobs: Vec<JobAnswer>,
}

pub(super) async fn start_reindex(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
) -> Result<Response, AppError> {
    let jobs = queue_rebuilds(&app, &holder).await?;
    let this = jobs.first().cloned().ok_or_else(|| AppError::Internal(anyhow::anyhow!("no job was queued")))?;
    let location = format!("/admin/v1/jobs/{}", this.id);
    let answer = RebuildsAnswer { this: this.into(), jobs: jobs.into_iter().map(Into::into).collect() };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(answer)).into_response())
}

pub(super) async fn roll_back_index(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    ask_node(&app, &holder, JobKind::RollBackIndex, read_node(raw, &headers, body).await?).await
}

pub(super) async fn check_index(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    ask_node(&app, &holder, JobKind::Drift, read_node(raw, &headers, body).await?).await
}

pub(super) async fn publish_index(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    ask_node(&app, &holder, JobKind::Publish, read_node(raw, &headers, body).await?).await
}

async fn ask_node(app: &App, holder: &Holder, kind: JobKind, node: Option<String>) -> Result<Response, AppError> {
    Ok(accepted(queue_for_node(app, holder, kind, node.as_deref()).await?))
}

/// The node that is named: `{"node": "…"}`. Where nothing is sent, or null, it is the one that answers.
async fn read_node(raw: Option<String>, headers: &HeaderMap, body: Body) -> Result<Option<String>, AppError> {
    let mistakes = no_parameters(raw.as_deref());
    let (members, mut mistakes) = if headers.contains_key(header::CONTENT_TYPE) {
        read_object(headers, body, &[JSON], mistakes).await?
    } else {
        (Map::new(), mistakes)
    };
    refuse_unknown("", &members, &["node"], &mut mistakes);
    let node = match members.get("node") {
        None | Some(Value::Null) => None,
        Some(Value::String(node)) => Some(node.clone()),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            mistakes.add("node", "the id of a node is needed");
            None
        }
    };
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(node)
}

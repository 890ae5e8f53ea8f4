//! `signpost reindex`: building the index anew, and what else is done with it as a whole.
//!
//! Beside a running server it is a job of that server, whose index it is; without one it is done here. What another node
//! is to do is a job of that node.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use super::jobs;
use super::output::{self, Bar};
use super::{Ended, Options};
use crate::app::App;
use crate::catalogue::{COMMAND_LINE, Catalogue, JobKind, JobState};
use crate::clock::Clock;
use crate::config::Config;
use crate::data_dir::{DataLock, InUse};
use crate::jobs::{drift, publish, reindex};
use crate::nodes::node_id;

/// How often a job of the server is looked at.
const POLL: Duration = Duration::from_millis(200);

/// Stands for all nodes where one is named; the ids of nodes are hexadecimal.
const ALL_NODES: &str = "all";

#[derive(Debug, Args)]
pub(super) struct ReindexArgs {
    /// Build nothing: make the generation before the live one live again
    #[arg(long, group = "instead")]
    roll_back: bool,
    /// Build nothing: compare the index with the store, and repair it
    #[arg(long, group = "instead")]
    check: bool,
    /// Build nothing: publish the live generation in the shared folder, for new nodes to begin with
    #[arg(long, group = "instead")]
    publish: bool,
    /// Do so with the index of this node, as `signpost nodes` names it, or of all that are alive: each as a job of its
    /// own, which is followed [default: the index of the data directory]
    #[arg(long, value_name = "ID|all")]
    node: Option<String>,
}

impl ReindexArgs {
    fn kind(&self) -> JobKind {
        if self.roll_back {
            JobKind::RollBackIndex
        } else if self.check {
            JobKind::Drift
        } else if self.publish {
            JobKind::Publish
        } else {
            JobKind::Reindex
        }
    }
}

pub(super) async fn run(options: &Options, args: &ReindexArgs) -> anyhow::Result<Ended> {
    let kind = args.kind();
    if let Some(named) = &args.node {
        return ask_nodes(options, kind, named).await;
    }
    let bar = Bar::new(kind.name());
    let message = match options.open("reindex").await {
        Ok((app, _lock)) => work_here(&app, args, &bar).await?,
        Err(error) if error.downcast_ref::<InUse>().is_some_and(InUse::is_server) => {
            let (config, catalogue) = options.open_store().await?;
            let node = node_id(&config.catalogue.data_dir)?;
            let now = Clock::system().now();
            let job = catalogue.enqueue_job_by(COMMAND_LINE, kind, Some(&node), now).await?;
            let (state, message) = follow_job(&config, &catalogue, &job.id, &bar).await?;
            if state != JobState::Succeeded {
                bail!("the job ended as {}: {message}", state.name());
            }
            message
        }
        Err(error) => return Err(error),
    };
    bar.finish();
    output::table(options.format(), &[kind.name()], &[vec![json!(message)]]);
    Ok(Ended::Ok)
}

/// Has each of the nodes that are named so do it, and follows them all to the end.
async fn ask_nodes(options: &Options, kind: JobKind, named: &str) -> anyhow::Result<Ended> {
    let (_, catalogue) = options.open_existing_store().await?;
    let now = Clock::system().now();
    let mut nodes = catalogue.list_nodes(now).await?;
    // What is queued for one that has ended waits for it to be started again.
    nodes.retain(|node| node.is_alive && (named == ALL_NODES || node.id == named));
    if nodes.is_empty() {
        let none = if named == ALL_NODES { "no node is".to_owned() } else { format!("the node `{named}` is not") };
        bail!("{none} running; `signpost nodes` names those heard of within a day");
    }
    let mut queued = Vec::with_capacity(nodes.len());
    for node in &nodes {
        queued.push(catalogue.enqueue_job_by(COMMAND_LINE, kind, Some(&node.id), now).await?.id);
    }
    jobs::follow_all(options, &catalogue, &queued).await
}

/// Does it in this process, which has the data directory to itself.
async fn work_here(app: &App, args: &ReindexArgs, bar: &Bar) -> anyhow::Result<String> {
    app.catalogue.note_start_by(COMMAND_LINE, args.kind(), &app.node_id, app.clock.now()).await?;
    if args.roll_back {
        return reindex::roll_back(app).await;
    }
    if args.check {
        return drift::check(app, bar.progress(), &app.stop).await;
    }
    if args.publish {
        return publish::publish(app).await;
    }
    let resources = reindex::reindex(app, bar.progress(), &app.stop).await?;
    Ok(format!("{resources} resources in generation {}", app.index.generation()))
}

/// Follows a job of the running server to its end.
///
/// # Errors
/// When the server ends before the job: its lock is free then, and nobody works the job off.
pub(super) async fn follow_job(
    config: &Config,
    catalogue: &Catalogue,
    id: &str,
    bar: &Bar,
) -> anyhow::Result<(JobState, String)> {
    let progress = bar.progress();
    loop {
        let job = catalogue.job(id).await?.context("the job that has just been queued")?;
        progress(job.done, job.total);
        if job.state.has_ended() {
            return Ok((job.state, job.message.or(job.error).unwrap_or_default()));
        }
        if DataLock::take(&config.catalogue.data_dir, "look").is_ok() {
            bail!("the server ended before its job {id} did; the job is taken up when it starts again");
        }
        tokio::time::sleep(POLL).await;
    }
}

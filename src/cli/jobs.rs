//! `signpost jobs list|show|follow|cancel`.
//!
//! All of it works beside a running server, on the store alone; the server sees within two seconds what was called off.

use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::output::{self, Bar};
use super::{Ended, Options};
use crate::catalogue::{COMMAND_LINE, Catalogue, JobRow, JobState};
use crate::clock::Clock;

/// Jobs that a list shows.
const LISTED: usize = 100;
/// How often a job is looked at.
const POLL: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(super) struct JobsArgs {
    #[command(subcommand)]
    command: JobsCommand,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// The last jobs, and how each stands
    List,
    /// One job
    Show {
        /// Its id
        id: String,
    },
    /// Follow a job to its end; ends as it does
    Follow {
        /// Its id
        id: String,
    },
    /// Call a job off: one that waits at once, one that runs as soon as it can stop
    Cancel {
        /// Its id
        id: String,
    },
}

impl JobsArgs {
    /// Those of `jobs follow ID`.
    pub(super) fn follow(id: &str) -> Self {
        Self { command: JobsCommand::Follow { id: id.to_owned() } }
    }
}

pub(super) async fn run(options: &Options, args: &JobsArgs) -> anyhow::Result<Ended> {
    let (_config, catalogue) = options.open_existing_store().await?;
    match &args.command {
        JobsCommand::List => {
            let rows = catalogue.list_jobs(LISTED).await?;
            print(options, &rows);
            Ok(Ended::Ok)
        }
        JobsCommand::Show { id } => {
            print(options, &[find(&catalogue, id).await?]);
            Ok(Ended::Ok)
        }
        JobsCommand::Follow { id } => follow_all(options, &catalogue, std::slice::from_ref(id)).await,
        JobsCommand::Cancel { id } => {
            let row = catalogue.cancel_job(COMMAND_LINE, id, Clock::system().now()).await?;
            if row.state == JobState::Running {
                output::note("it is told to stop; `signpost jobs follow` says when it has");
            }
            print(options, &[row]);
            Ok(Ended::Ok)
        }
    }
}

/// Follows jobs to their ends, one after the other, and prints how each ended. Failed unless all of them succeeded.
pub(super) async fn follow_all(options: &Options, catalogue: &Catalogue, ids: &[String]) -> anyhow::Result<Ended> {
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.push(follow(catalogue, id).await?);
    }
    print(options, &rows);
    let have_succeeded = rows.iter().all(|row| row.state == JobState::Succeeded);
    Ok(if have_succeeded { Ended::Ok } else { Ended::Failed })
}

async fn find(catalogue: &Catalogue, id: &str) -> anyhow::Result<JobRow> {
    catalogue
        .job(id)
        .await?
        .with_context(|| format!("there is no job `{id}`; `signpost jobs list` names the last ones"))
}

/// Looks at a job until it has ended. One that nobody takes up waits; whoever watches may go at any moment.
async fn follow(catalogue: &Catalogue, id: &str) -> anyhow::Result<JobRow> {
    let bar = Bar::new(id);
    let progress = bar.progress();
    let mut is_told = false;
    loop {
        let row = find(catalogue, id).await?;
        progress(row.done, row.total);
        if row.state.has_ended() {
            bar.finish();
            return Ok(row);
        }
        if row.state == JobState::Queued && !is_told {
            output::note("it waits for a running server to take it up");
            is_told = true;
        }
        tokio::time::sleep(POLL).await;
    }
}

fn print(options: &Options, rows: &[JobRow]) {
    let columns = ["job", "kind", "subject", "state", "done", "total", "created", "finished", "asked_by", "message"];
    let table: Vec<Vec<Value>> = rows.iter().map(cells).collect();
    output::table(options.format(), &columns, &table);
}

fn cells(row: &JobRow) -> Vec<Value> {
    let told = row.error.as_ref().or(row.message.as_ref());
    vec![
        json!(row.id),
        json!(row.kind.name()),
        json!(row.subject),
        json!(row.state.name()),
        json!(row.done),
        json!(row.total),
        json!(row.created),
        json!(row.finished),
        json!(row.asked_by),
        json!(told),
    ]
}

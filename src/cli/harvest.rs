//! `signpost harvest [SOURCE...]`.

use clap::Args;
use serde_json::{Value, json};

use super::output::{self, Bar};
use super::serve::told_to_stop;
use super::{Ended, Options};
use crate::app::App;
use crate::catalogue::{COMMAND_LINE, Catalogue, HarvestRow, HarvestState, JobKind};
use crate::clock::Clock;
use crate::data_dir::InUse;
use crate::jobs::harvest::{find_source, harvest_source};
use crate::serve::bring_index_up_to_date;
use crate::source_book::SourceBook;

#[derive(Debug, Args)]
pub(super) struct HarvestArgs {
    /// The ids of the sources; every enabled one when none is named
    #[arg(value_name = "SOURCE")]
    named: Vec<String>,
}

pub(super) async fn run(options: &Options, args: &HarvestArgs) -> anyhow::Result<Ended> {
    let rows = match options.open("harvest").await {
        Ok((app, _lock)) => harvest_here(&app, &args.named).await?,
        Err(error) if error.downcast_ref::<InUse>().is_some_and(InUse::is_server) => {
            ask_the_server(options, &args.named).await?
        }
        Err(error) => return Err(error),
    };
    let columns =
        ["source", "state", "read", "created", "changed", "unchanged", "deleted", "rejected", "duplicate", "reason"];
    let table: Vec<Vec<Value>> = rows.iter().map(row_cells).collect();
    output::table(options.format(), &columns, &table);
    Ok(judge(&rows))
}

fn row_cells(row: &HarvestRow) -> Vec<Value> {
    let counts = &row.counts;
    vec![
        json!(row.source.as_str()),
        json!(row.state.name()),
        json!(counts.read),
        json!(counts.created),
        json!(counts.changed),
        json!(counts.unchanged),
        json!(counts.deleted),
        json!(counts.rejected),
        json!(counts.duplicate),
        json!(row.reason),
    ]
}

fn judge(rows: &[HarvestRow]) -> Ended {
    if rows.iter().any(|row| matches!(row.state, HarvestState::Failed | HarvestState::Running)) {
        Ended::Failed
    } else if rows.iter().any(|row| matches!(row.state, HarvestState::Partial | HarvestState::Held)) {
        Ended::PartialOrHeld
    } else {
        Ended::Ok
    }
}

/// Nobody else holds the directory: the work is done here, the index included. Told to stop, it ends where the next
/// harvest goes on.
async fn harvest_here(app: &App, named: &[String]) -> anyhow::Result<Vec<HarvestRow>> {
    app.catalogue.interrupt_unfinished_harvests(&app.node_id, app.clock.now()).await?;
    app.book_sources().await?;
    let stopper = app.stopper.clone();
    tokio::spawn(async move {
        told_to_stop().await;
        stopper.stop();
    });
    let mut rows = Vec::new();
    for id in choose(&app.catalogue, &app.sources(), named).await? {
        if app.stop.is_asked() {
            break;
        }
        let booked = find_source(app, &id)?;
        app.catalogue.note_start_by(COMMAND_LINE, JobKind::Harvest, &id, app.clock.now()).await?;
        let bar = Bar::new(&id);
        let row = harvest_source(app, &booked, bar.progress()).await;
        bar.finish();
        rows.push(row?);
    }
    // Otherwise the index follows at the next start.
    if !app.stop.is_asked() {
        bring_index_up_to_date(app).await?;
    }
    Ok(rows)
}

/// A server holds the directory: it does the work, and we follow it to its end.
async fn ask_the_server(options: &Options, named: &[String]) -> anyhow::Result<Vec<HarvestRow>> {
    let (config, catalogue) = options.open_store().await?;
    let book = SourceBook::open(&config.catalogue)?.with_stored(&catalogue.stored_sources().await?);
    let clock = Clock::system();
    let mut rows = Vec::new();
    for id in choose(&catalogue, &book, named).await? {
        let job = catalogue.enqueue_job_by(COMMAND_LINE, JobKind::Harvest, Some(&id), clock.now()).await?;
        let bar = Bar::new(&id);
        let (state, message) = super::reindex::follow_job(&config, &catalogue, &job.id, &bar).await?;
        bar.finish();
        let ended = catalogue.job(&job.id).await?.unwrap_or(job);
        match catalogue.harvest_of_job(&ended).await? {
            Some(row) => rows.push(row),
            // The server has source files of its own, and may not know this one.
            None => anyhow::bail!("the running server's job for `{id}` ended as {}: {message}", state.name()),
        }
    }
    Ok(rows)
}

/// The named sources, or every enabled one.
async fn choose(catalogue: &Catalogue, book: &SourceBook, named: &[String]) -> anyhow::Result<Vec<String>> {
    if named.is_empty() {
        let rows = catalogue.list_sources().await?;
        let enabled = rows.into_iter().filter(|row| row.enabled && book.0.contains_key(&row.id));
        return Ok(enabled.map(|row| row.id.to_string()).collect());
    }
    for id in named {
        crate::jobs::harvest::find_in(book, id)?;
    }
    Ok(named.to_vec())
}

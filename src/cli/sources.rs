//! `signpost sources list|check|enable|disable`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::check::{self, CheckArgs};
use super::{Ended, Options, output};
use crate::clock::Clock;
use crate::jobs::harvest::find_in;
use crate::source_book::SourceBook;

#[derive(Debug, Args)]
pub(super) struct SourcesArgs {
    #[command(subcommand)]
    command: SourcesCommand,
}

#[derive(Debug, Subcommand)]
enum SourcesCommand {
    /// Every source, and how its last harvest went
    List,
    /// Tell every mistake in source files, then read a sample and show what it would give
    Check(CheckArgs),
    /// Harvest this source too when all enabled ones are harvested
    Enable {
        /// Its id
        id: String,
    },
    /// Do not harvest this source any more; what it gave stays
    Disable {
        /// Its id
        id: String,
    },
}

pub(super) async fn run(options: &Options, args: &SourcesArgs) -> anyhow::Result<Ended> {
    match &args.command {
        SourcesCommand::List => list(options).await,
        SourcesCommand::Check(args) => check::run(options, args).await,
        SourcesCommand::Enable { id } => set_enabled(options, id, true).await,
        SourcesCommand::Disable { id } => set_enabled(options, id, false).await,
    }
}

async fn list(options: &Options) -> anyhow::Result<Ended> {
    let (config, catalogue) = options.open_store().await?;
    let book = SourceBook::open(&config.catalogue)?;
    let stored = catalogue.list_sources().await?;
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for (id, booked) in &book.0 {
        let row = stored.iter().find(|row| row.id == *id);
        let last = catalogue.health(id).await?;
        rows.push(vec![
            json!(id.as_str()),
            json!(booked.source.kind.name()),
            json!(row.map_or(booked.source.enabled, |row| row.enabled)),
            json!(row.map_or(0, |row| row.resources)),
            json!(last.as_ref().map(|last| last.state.name())),
            json!(last.as_ref().and_then(|last| last.finished.clone())),
            json!(booked.source.name),
        ]);
    }
    let columns = ["source", "kind", "enabled", "resources", "last_state", "last_finished", "name"];
    output::table(options.format(), &columns, &rows);
    Ok(Ended::Ok)
}

async fn set_enabled(options: &Options, id: &str, enabled: bool) -> anyhow::Result<Ended> {
    let (config, catalogue) = options.open_store().await?;
    let book = SourceBook::open(&config.catalogue)?;
    let booked = find_in(&book, id)?;
    let source = &booked.source;
    let now = Clock::system().now();
    catalogue.put_source(source, &booked.file, &booked.toml, booked.shipped, source.enabled, now).await?;
    catalogue.set_source_enabled(&source.id, enabled).await?;
    output::note(&format!("{id} is {}", if enabled { "enabled" } else { "disabled" }));
    Ok(Ended::Ok)
}

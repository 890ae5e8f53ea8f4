//! `signpost sources list|check|enable|disable`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use crawler::SourceFiles;
use schemas::{Location, Source};
use serde_json::{Value, json};

use super::{Ended, Format, Options, output};
use crate::jobs::harvest::find_in;
use crate::source_book::{SourceBook, mistakes_in};

#[derive(Debug, Args)]
pub(super) struct SourcesArgs {
    #[command(subcommand)]
    command: SourcesCommand,
}

#[derive(Debug, Subcommand)]
enum SourcesCommand {
    /// Every source, and how its last harvest went
    List,
    /// Read source files and tell every mistake in them
    Check {
        /// The files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
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
        SourcesCommand::Check { files } => check(options, files),
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
        let last = catalogue.last_harvest(id).await?;
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

fn check(options: &Options, files: &[PathBuf]) -> anyhow::Result<Ended> {
    let config = options.config()?;
    let data = config.catalogue.source_data.as_deref();
    let mut rows = Vec::new();
    for path in files {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {name}"))?;
        match Source::parse(&name, &text) {
            Err(mistakes) => {
                for mistake in mistakes {
                    rows.push(vec![
                        json!(mistake.file),
                        json!(mistake.line),
                        json!(mistake.key),
                        json!(mistake.reason),
                    ]);
                }
            }
            Ok(source) => {
                for (key, reason) in mistakes_beside(path, &source, data) {
                    rows.push(vec![json!(name), json!(null), json!(key), json!(reason)]);
                }
            }
        }
    }
    if rows.is_empty() && options.format() == Format::Text {
        let count = files.len();
        output::note(&format!("{count} source file{}, no mistakes", if count == 1 { "" } else { "s" }));
        return Ok(Ended::Ok);
    }
    output::table(options.format(), &["file", "line", "key", "mistake"], &rows);
    Ok(if rows.is_empty() { Ended::Ok } else { Ended::Failed })
}

/// What is wrong with a source file that only its surroundings tell: its name, its data, its selectors.
fn mistakes_beside(path: &Path, source: &Source, data: Option<&Path>) -> Vec<(&'static str, String)> {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut mistakes = mistakes_in(&file, source);
    if let Location::File(file) = &source.location {
        let sources = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let files = SourceFiles::Folder { sources: sources.to_owned(), data: data.map(Path::to_owned) };
        if let Err(error) = files.read(file, source.limits.max_bytes.unwrap_or(u64::MAX >> 1)) {
            mistakes.push(("where.file", error.to_string()));
        }
    }
    mistakes
}

async fn set_enabled(options: &Options, id: &str, enabled: bool) -> anyhow::Result<Ended> {
    let (config, catalogue) = options.open_store().await?;
    let book = SourceBook::open(&config.catalogue)?;
    let booked = find_in(&book, id)?;
    let source = &booked.source;
    catalogue.put_source(source, &booked.file, &booked.toml, booked.shipped, source.enabled).await?;
    catalogue.set_source_enabled(&source.id, enabled).await?;
    output::note(&format!("{id} is {}", if enabled { "enabled" } else { "disabled" }));
    Ok(Ended::Ok)
}

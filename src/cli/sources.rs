//! `signpost sources list|show|check|add|change|preview|retire|withdraw|enable|disable|schedule|roll-back`.
//!
//! What is decided here stands in the store: a running server takes it up within seconds. What is a call of the admin API
//! is made in [`admin`].

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use schemas::{Source, SourceId};
use serde_json::{Value, json};

use super::check::{self, CheckArgs};
use super::output::Bar;
use super::{Ended, Options, admin, output, reindex};
use crate::catalogue::{COMMAND_LINE, Catalogue, JobKind, JobState};
use crate::clock::Clock;
use crate::config::Config;
use crate::data_dir::InUse;
use crate::jobs::harvest::find_in;
use crate::jobs::roll_back::roll_back_run;
use crate::schedule::Schedule;
use crate::source_book::{SourceBook, read_stored};

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
    /// Add a source to the store; it is not harvested before it is enabled
    Add {
        /// Its text, written as a source file is
        file: PathBuf,
    },
    /// Give a source that was added another text
    Change {
        /// Its text, written as a source file is
        file: PathBuf,
    },
    /// Retire a source that was added; its resources stay
    Retire {
        /// Its id
        id: String,
    },
    /// Set how often a source is harvested, whatever its text says
    Schedule {
        /// Its id
        id: String,
        /// manual, hourly, daily, weekly, monthly or five cron fields; left out: what its text says
        when: Option<String>,
    },
    /// Take back what a run did, the newest of its source that changed anything
    RollBack {
        /// The id of the run
        run: String,
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
    #[command(flatten)]
    Admin(admin::SourceCommand),
}

pub(super) async fn run(options: &Options, args: &SourcesArgs) -> anyhow::Result<Ended> {
    match &args.command {
        SourcesCommand::List => list(options).await,
        SourcesCommand::Check(args) => check::run(options, args).await,
        SourcesCommand::Add { file } => put_text(options, file, Put::New).await,
        SourcesCommand::Change { file } => put_text(options, file, Put::Other).await,
        SourcesCommand::Retire { id } => retire(options, id).await,
        SourcesCommand::Schedule { id, when } => set_schedule(options, id, when.as_deref()).await,
        SourcesCommand::RollBack { run } => roll_back(options, run).await,
        SourcesCommand::Enable { id } => set_enabled(options, id, true).await,
        SourcesCommand::Disable { id } => set_enabled(options, id, false).await,
        SourcesCommand::Admin(command) => {
            make_known(options, command).await?;
            admin::run_of_source(options, command).await
        }
    }
}

async fn list(options: &Options) -> anyhow::Result<Ended> {
    let (config, catalogue) = options.open_existing_store().await?;
    let book = book_of(&config, &catalogue).await?;
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

/// The sources of this service: the files, and what admins have added.
async fn book_of(config: &Config, catalogue: &Catalogue) -> anyhow::Result<SourceBook> {
    Ok(SourceBook::open(&config.catalogue)?.with_stored(&catalogue.stored_sources().await?))
}

/// Finds a source and writes down what its file says, since no server may have read that yet.
async fn booked(config: &Config, catalogue: &Catalogue, id: &str) -> anyhow::Result<SourceId> {
    let files = SourceBook::open(&config.catalogue)?;
    let found = find_in(&book_of(config, catalogue).await?, id)?;
    let source = &found.source;
    if files.0.contains_key(&source.id) {
        let now = Clock::system().now();
        catalogue.put_source(source, &found.file, &found.toml, found.shipped, source.enabled, now).await?;
    }
    Ok(source.id.clone())
}

/// Writes down a source that has a file which no server has read yet: the API knows those that stand in the store.
async fn make_known(options: &Options, command: &admin::SourceCommand) -> anyhow::Result<()> {
    let opened = if command.only_reads() { options.open_existing_store().await? } else { options.open_store().await? };
    let (config, catalogue) = opened;
    let Ok(id) = SourceId::parse(command.id()) else { return Ok(()) };
    if catalogue.source(&id).await?.is_none() && SourceBook::open(&config.catalogue)?.0.contains_key(&id) {
        booked(&config, &catalogue, id.as_str()).await?;
    }
    Ok(())
}

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Put {
    New,
    Other,
}

async fn put_text(options: &Options, file: &Path, put: Put) -> anyhow::Result<Ended> {
    let (config, catalogue) = options.open_store().await?;
    let name = file.display().to_string();
    let toml = std::fs::read_to_string(file).with_context(|| format!("reading {name}"))?;
    let Some(source) = read(options, &name, &toml) else { return Ok(Ended::Failed) };
    anyhow::ensure!(
        !SourceBook::open(&config.catalogue)?.0.contains_key(&source.id),
        "`{}` is the id of a source that has a file; the file is the one to change",
        source.id
    );
    let now = Clock::system().now();
    let told = match put {
        Put::New => {
            catalogue.add_source(&source, &toml, COMMAND_LINE, now).await?;
            "is added; enable it when its sample is what you want"
        }
        Put::Other => {
            catalogue.change_source(&source, &toml, COMMAND_LINE, now).await?;
            catalogue.republish_changed_sources(now).await?;
            "is changed"
        }
    };
    output::note(&format!("{} {told}", source.id));
    Ok(Ended::Ok)
}

/// The source in a text; `None` when its mistakes were told.
fn read(options: &Options, name: &str, toml: &str) -> Option<Source> {
    match read_stored(toml) {
        Ok(source) => Some(source),
        Err(mistakes) => {
            let rows: Vec<Vec<Value>> = mistakes
                .into_iter()
                .map(|it| vec![json!(name), json!(it.line), json!(it.key), json!(it.reason)])
                .collect();
            output::table(options.format(), &["file", "line", "key", "mistake"], &rows);
            None
        }
    }
}

async fn retire(options: &Options, id: &str) -> anyhow::Result<Ended> {
    let (config, catalogue) = options.open_store().await?;
    let id = booked(&config, &catalogue, id).await?;
    catalogue.retire_source(&id, COMMAND_LINE, Clock::system().now()).await?;
    output::note(&format!("{id} is retired; its resources stay"));
    Ok(Ended::Ok)
}

async fn set_schedule(options: &Options, id: &str, when: Option<&str>) -> anyhow::Result<Ended> {
    if let Some(Err(reason)) = when.map(Schedule::parse) {
        anyhow::bail!("{reason}");
    }
    let (config, catalogue) = options.open_store().await?;
    let id = booked(&config, &catalogue, id).await?;
    catalogue.set_schedule(&id, when, COMMAND_LINE, Clock::system().now()).await?;
    output::note(&format!("{id} is harvested: {}", when.unwrap_or("as its text says")));
    Ok(Ended::Ok)
}

/// Does it here, or asks the server that holds the directory and follows it to its end.
async fn roll_back(options: &Options, run: &str) -> anyhow::Result<Ended> {
    let bar = Bar::new("roll back");
    let told = match options.open("roll back").await {
        Ok((app, _lock)) => {
            app.catalogue.require_can_roll_back(run, app.clock.now()).await?;
            roll_back_run(&app, run, COMMAND_LINE).await?
        }
        Err(error) if error.downcast_ref::<InUse>().is_some_and(InUse::is_server) => {
            let (config, catalogue) = options.open_store().await?;
            let now = Clock::system().now();
            catalogue.require_can_roll_back(run, now).await?;
            let job = catalogue.enqueue_job_by(COMMAND_LINE, JobKind::RollBackRun, Some(run), now).await?;
            let (state, message) = reindex::follow_job(&config, &catalogue, &job.id, &bar).await?;
            anyhow::ensure!(state == JobState::Succeeded, "it ended as {}: {message}", state.name());
            message
        }
        Err(error) => return Err(error),
    };
    bar.finish();
    output::table(options.format(), &["roll_back"], &[vec![json!(told)]]);
    Ok(Ended::Ok)
}

async fn set_enabled(options: &Options, id: &str, enabled: bool) -> anyhow::Result<Ended> {
    let (config, catalogue) = options.open_store().await?;
    let id = booked(&config, &catalogue, id).await?;
    catalogue.enable_source(&id, enabled, COMMAND_LINE, Clock::system().now()).await?;
    output::note(&format!("{id} is {}", if enabled { "enabled" } else { "disabled" }));
    Ok(Ended::Ok)
}

//! What else an admin does, on the command line: each command is one call of the admin API, so that what may be done, what
//! is checked and what is written down is said there and nowhere else.
//!
//! One file a group of commands says which call each makes, and which parts of the answer people are shown. Who is asked
//! is for [`call`], how the answer is printed for [`answer`].

mod answer;
mod call;
mod curations;
mod harvests;
mod here;
mod partners;
mod pins;
mod reports;
mod sources;
mod there;
mod watching;
mod words;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::jobs::{self, JobsArgs};
use super::{Ended, Options};
use crate::catalogue::JobState;
use answer::Table;
use call::Call;

pub(super) use sources::SourceCommand;

/// The groups of commands.
#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// List, show and replay harvests; say yes to what a held one would take away
    #[command(subcommand)]
    Harvests(harvests::HarvestsCommand),
    /// List words that no vocabulary knows, and say what they mean
    #[command(subcommand)]
    Words(words::WordsCommand),
    /// List what users reported, and answer it
    #[command(subcommand)]
    Reports(reports::ReportsCommand),
    /// List, make and take back decisions about resources: hide, pin, correct, lock, merge, split
    #[command(subcommand)]
    Curations(curations::CurationsCommand),
    /// List, add and take away what stands first or last for single searches
    #[command(subcommand)]
    Pins(pins::PinsCommand),
    /// List partners and their keys; revoke a partner
    #[command(subcommand)]
    Partners(partners::PartnersCommand),
    /// Revoke a key of a partner
    #[command(subcommand)]
    Keys(partners::KeysCommand),
    /// List, make, change and delete views
    #[command(subcommand)]
    Views(partners::ViewsCommand),
    /// How much the service, or one view, is used
    #[command(after_help = watching::USAGE_EXAMPLE)]
    Usage(watching::UsageArgs),
    /// What an admin should look at now, or what has been the matter with one source
    #[command(after_help = watching::ALARMS_EXAMPLE)]
    Alarms(watching::AlarmsArgs),
    /// Who did what, the newest first
    #[command(after_help = watching::AUDIT_EXAMPLE)]
    Audit(watching::AuditArgs),
    /// The nodes that work on this store, and how each stands
    #[command(after_help = watching::NODES_EXAMPLE)]
    Nodes,
    /// How the index stands: its generations, what the gate said of each, what comparisons found
    #[command(after_help = watching::INDEX_EXAMPLE)]
    Index,
    /// Records that were found to be about one thing, and why
    #[command(after_help = watching::DUPLICATES_EXAMPLE)]
    Duplicates(watching::DuplicatesArgs),
    /// How complete the resources are
    #[command(after_help = watching::COMPLETENESS_EXAMPLE)]
    Completeness(watching::CompletenessArgs),
}

/// A call, and what people are shown of its answer.
struct Asked {
    call: Call,
    shown: &'static [Table],
}

pub(super) async fn run(options: &Options, command: &AdminCommand) -> anyhow::Result<Ended> {
    make(options, command.asked()?).await
}

/// Those of its commands that stand under `signpost sources`.
pub(super) async fn run_of_source(options: &Options, command: &SourceCommand) -> anyhow::Result<Ended> {
    make(options, command.asked()).await
}

async fn make(options: &Options, Asked { call, shown }: Asked) -> anyhow::Result<Ended> {
    let answer = call::ask(options, &call).await?;
    answer::show(options.format(), &answer, shown);
    Ok(Ended::Ok)
}

/// Has a backup taken into the folder that is configured, and follows that job to its end.
pub(super) async fn take_backup(options: &Options) -> anyhow::Result<Ended> {
    let job = call::ask(options, &Call::post_alone("/backups".to_owned())).await?;
    let id = job["id"].as_str().context("the answer names no job")?;
    let (_, catalogue) = options.open_store().await?;
    let waits = catalogue.job(id).await?.filter(|job| job.state == JobState::Queued);
    if let Some(error) = waits.and_then(|job| job.error) {
        bail!("{error}; a running server tries it again");
    }
    jobs::run(options, &JobsArgs::follow(id)).await
}

impl AdminCommand {
    fn asked(&self) -> anyhow::Result<Asked> {
        Ok(match self {
            Self::Harvests(command) => command.asked(),
            Self::Words(command) => command.asked(),
            Self::Reports(command) => command.asked(),
            Self::Curations(command) => command.asked(),
            Self::Pins(command) => command.asked(),
            Self::Partners(command) => command.asked(),
            Self::Keys(command) => command.asked(),
            Self::Views(command) => command.asked()?,
            Self::Usage(args) => args.asked(),
            Self::Alarms(args) => args.asked(),
            Self::Audit(args) => args.asked(),
            Self::Nodes => watching::nodes(),
            Self::Index => watching::index(),
            Self::Duplicates(args) => args.asked(),
            Self::Completeness(args) => args.asked(),
        })
    }
}

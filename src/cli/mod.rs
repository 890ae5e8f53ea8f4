//! The command line: one file a subcommand. Results go to standard output, everything else to standard error.

mod admin;
mod backup;
mod check;
mod config;
mod doctor;
mod export;
mod harvest;
mod jobs;
mod limits;
mod output;
mod reindex;
mod restore;
mod schemas;
mod serve;
mod sources;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::app::App;
use crate::catalogue::{Catalogue, CatalogueError, StorePlace};
use crate::clock::Clock;
use crate::config::{CatalogueConfig, Config, ConfigError, Overrides};
use crate::data_dir::{DataLock, make_data_dir};
use crate::jobs::harvest::UnknownSource;
use crate::source_book::SourceBook;
use crate::telemetry::{self, LogFormat};

pub(crate) use output::Format;

/// An open catalogue and search service for STEM careers resources.
#[derive(Debug, Parser)]
#[command(name = "signpost", version, about, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  signpost                                   serve on http://127.0.0.1:8080 what ships inside
  signpost serve --listen 0.0.0.0:80 --data-dir /var/lib/signpost
  signpost harvest programmes                harvest one catalogue and say how it went
  signpost sources check my-catalogue.toml   tell its mistakes, read a sample, show what it would give
  signpost sources add my-catalogue.toml     add it; `signpost sources enable ID` begins with it
  signpost token create --role admin         print a new token, to sign in at /admin and for its API
  signpost export > resources.ndjson         every resource, one JSON object a line
  signpost backup /backups/today.zst         the whole store in one file, while it is served
  signpost restore /backups/today.zst        put it back, with no server running; --check only reads it
  signpost reindex                           build the index anew; --roll-back, --check, --publish, --node
  signpost jobs list                         what runs, what waits, how it ended
  signpost harvests approve RUN --all        say yes to what a held harvest would take away
  signpost words list                        words that no vocabulary knows; `accept` says what one means
  signpost reports list --state open         what users reported; `answer` answers
  signpost audit                             who did what
  signpost config                            every setting: its value, its default, the reason for it
  signpost doctor                            what is wrong, and what to do about it

Every option above is also read from SIGNPOST_<OPTION> (--data-dir: SIGNPOST_DATA_DIR) and from the file of --config.
Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 a harvest was partial or held, or the doctor warns.";

/// Options that every command takes.
#[derive(Debug, Args)]
struct Options {
    /// What this node of several does: api, worker or all [default: all]
    #[arg(long = "node-role", global = true, env = "SIGNPOST_NODE_ROLE", value_name = "ROLE")]
    node_role: Option<String>,
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, global = true, env = "SIGNPOST_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The address under which the public reaches the service [default: http:// and the address listened on]
    #[arg(long, global = true, env = "SIGNPOST_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Answers to searches are kept in so many bytes, to be given again; 0 keeps none [default: 67108864]
    #[arg(long, global = true, env = "SIGNPOST_SEARCH_CACHE_BYTES", value_name = "BYTES")]
    search_cache_bytes: Option<u64>,
    /// The PostgreSQL database that is the store of record [default: a file in the data directory]
    #[arg(long, global = true, env = "SIGNPOST_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
    /// The folder of the store and the index [default: ./data]
    #[arg(long, global = true, env = "SIGNPOST_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// A folder of source files, in place of those that ship; may be given several times
    #[arg(long, global = true, env = "SIGNPOST_SOURCES", value_name = "DIR", value_delimiter = ':')]
    sources: Vec<PathBuf>,
    /// The folder in which those source files look up `file = "…"` [default: beside the source file]
    #[arg(long, global = true, env = "SIGNPOST_SOURCE_DATA", value_name = "DIR")]
    source_data: Option<PathBuf>,
    /// A page that says who harvests; it stands in the user agent [default: the public address]
    #[arg(long, global = true, env = "SIGNPOST_CONTACT_URL", value_name = "URL")]
    contact_url: Option<String>,
    /// Whether callers are limited: on or off [default: on]
    #[arg(long, global = true, env = "SIGNPOST_RATE_LIMIT", value_name = "SWITCH")]
    rate_limit: Option<String>,
    /// Addresses or prefixes of the proxies whose X-Forwarded-For is believed [default: none]
    #[arg(long, global = true, env = "SIGNPOST_TRUSTED_PROXIES", value_name = "ADDRESSES", value_delimiter = ',')]
    trusted_proxies: Vec<String>,
    /// A configuration file (TOML)
    #[arg(long, global = true, env = "SIGNPOST_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// How results are printed [default: text]
    #[arg(long, global = true, env = "SIGNPOST_FORMAT", value_enum)]
    format: Option<Format>,
    /// How log lines are written [default: text]
    #[arg(long, global = true, env = "SIGNPOST_LOG_FORMAT", value_enum)]
    log_format: Option<LogFormat>,
    /// Which log lines are written: error, warn, info, debug, or a filter by module [default: info for serve, else warn]
    #[arg(long, global = true, env = "SIGNPOST_LOG", value_name = "LEVEL")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and the pages (what `signpost` alone does)
    Serve,
    /// Harvest sources: all enabled ones, or those named
    Harvest(harvest::HarvestArgs),
    /// Build the index anew beside the live one and swap it in
    Reindex(reindex::ReindexArgs),
    /// List jobs, follow one to its end, or call it off
    Jobs(jobs::JobsArgs),
    /// Write every live resource as NDJSON to standard output
    Export,
    /// List, check, add, preview, enable, schedule and retire sources; take a run back; withdraw what one gave
    Sources(sources::SourcesArgs),
    /// Print every key of the configuration with its value, its default and the reason for it
    Config,
    /// Make, list and revoke tokens of the admin API
    Token(token::TokenArgs),
    /// Write the whole store into one file, while it is in use
    Backup(backup::BackupArgs),
    /// Put a backup in place of what is in the store
    Restore(restore::RestoreArgs),
    /// Look for whatever is wrong, and say what to do about it
    Doctor,
    #[command(flatten)]
    Admin(admin::AdminCommand),
    /// Write the generated JSON Schemas into schemas/json
    Schemas(schemas::SchemasArgs),
}

/// How a command ended, when nothing broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Ok,
    Failed,
    PartialOrHeld,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let mut cli = Cli::parse();
    cli.options.settle();
    // Long work shows its own progress; only serving is watched through its log.
    let is_serving = matches!(cli.command, None | Some(Command::Serve));
    let filter = cli.options.log.as_deref().unwrap_or(if is_serving { "info" } else { "warn" });
    telemetry::start(cli.options.log_format.unwrap_or(LogFormat::Text), filter);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(run(&cli)) {
        Ok(Ended::Ok) => ExitCode::SUCCESS,
        Ok(Ended::Failed) => ExitCode::from(1),
        Ok(Ended::PartialOrHeld) => ExitCode::from(3),
        Err(error) => fail(&error),
    }
}

/// Wrong usage is 2, as everywhere; whatever else broke is 1.
fn fail(error: &anyhow::Error) -> ExitCode {
    output::error(&format!("{error:#}"));
    if error.is::<ConfigError>() || error.is::<UnknownSource>() { ExitCode::from(2) } else { ExitCode::from(1) }
}

async fn run(cli: &Cli) -> anyhow::Result<Ended> {
    match &cli.command {
        None | Some(Command::Serve) => serve::run(&cli.options).await,
        Some(Command::Harvest(args)) => harvest::run(&cli.options, args).await,
        Some(Command::Reindex(args)) => reindex::run(&cli.options, args).await,
        Some(Command::Jobs(args)) => jobs::run(&cli.options, args).await,
        Some(Command::Export) => export::run(&cli.options).await,
        Some(Command::Sources(args)) => sources::run(&cli.options, args).await,
        Some(Command::Config) => config::run(&cli.options),
        Some(Command::Token(args)) => token::run(&cli.options, args).await,
        Some(Command::Backup(args)) => backup::run(&cli.options, args).await,
        Some(Command::Restore(args)) => restore::run(&cli.options, args).await,
        Some(Command::Doctor) => doctor::run(&cli.options).await,
        Some(Command::Admin(command)) => admin::run(&cli.options, command).await,
        Some(Command::Schemas(args)) => schemas::run(args),
    }
}

impl Options {
    /// Fills in from the configuration file how to print and to log, where nothing else says it.
    ///
    /// A file that cannot be used is left to the command, which tells what is wrong with it.
    fn settle(&mut self) {
        let output = self.config().map(|config| config.output).unwrap_or_default();
        self.format = self.format.or_else(|| Format::from_str(output.format.as_deref()?, true).ok());
        self.log_format = self.log_format.or_else(|| LogFormat::from_str(output.log_format.as_deref()?, true).ok());
        self.log = self.log.take().or(output.log);
    }

    /// How results are printed.
    fn format(&self) -> Format {
        self.format.unwrap_or(Format::Text)
    }

    fn config(&self) -> Result<Config, ConfigError> {
        let overrides = Overrides {
            role: self.node_role.clone(),
            listen: self.listen.clone(),
            public_url: self.public_url.clone(),
            search_cache_bytes: self.search_cache_bytes,
            database_url: self.database_url.clone(),
            data_dir: self.data_dir.clone(),
            sources: self.sources.clone(),
            source_data: self.source_data.clone(),
            contact_url: self.contact_url.clone(),
            rate_limit: self.rate_limit.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
        };
        Config::load(self.config.as_deref(), &overrides)
    }

    /// Reads the configuration and the source files; the mistakes of both are told at once.
    fn config_and_sources(&self) -> Result<(Config, SourceBook), ConfigError> {
        let config = self.config();
        let places = match &config {
            Ok(config) => config.catalogue.clone(),
            // What the command line says of sources can be read all the same.
            Err(_) => CatalogueConfig {
                sources: self.sources.clone(),
                source_data: self.source_data.clone(),
                ..CatalogueConfig::default()
            },
        };
        match (config, SourceBook::open(&places)) {
            (Ok(config), Ok(book)) => Ok((config, book)),
            (Err(ConfigError(mistakes)), Ok(_)) | (Ok(_), Err(ConfigError(mistakes))) => Err(ConfigError(mistakes)),
            (Err(ConfigError(mut mistakes)), Err(ConfigError(more))) => {
                mistakes.extend(more);
                Err(ConfigError(mistakes))
            }
        }
    }

    /// Opens the application for a command that works on the data itself, and holds the lock while it does.
    async fn open(&self, command: &str) -> anyhow::Result<(App, DataLock)> {
        let (config, book) = self.config_and_sources()?;
        let lock = DataLock::take(&config.catalogue.data_dir, command)?;
        let place = config.catalogue.store_place();
        if matches!(place, StorePlace::Postgres(_)) {
            // Others may be working on it, and nobody on a file: the lock is ours.
            Catalogue::found_schema(&place).await?;
        }
        let app = App::open(config, book, Clock::system()).await?;
        Ok((app, lock))
    }

    /// Opens only the store, beside a server that may be running. One of an older schema is migrated only where no server
    /// can be: a file that nobody holds. Where there was none, whoever asked is told that there is an empty one now: it is
    /// seldom the one that was meant.
    async fn open_store(&self) -> anyhow::Result<(Config, Catalogue)> {
        self.open_store_or_make(true).await
    }

    /// As [`Options::open_store`], for a command that only looks: where there is no store it is refused and nothing is
    /// made, for an empty one would answer that there is nothing, and be backed up over what there was.
    async fn open_existing_store(&self) -> anyhow::Result<(Config, Catalogue)> {
        self.open_store_or_make(false).await
    }

    async fn open_store_or_make(&self, may_make: bool) -> anyhow::Result<(Config, Catalogue)> {
        let config = self.config()?;
        let data_dir = &config.catalogue.data_dir;
        if may_make {
            make_data_dir(data_dir)?;
        }
        let place = config.catalogue.store_place();
        let (is_new, lock) = match Catalogue::found_schema(&place).await {
            Ok(None) if !may_make => return Err(no_store(&place)),
            Ok(found) => (found.is_none(), None),
            Err(other @ CatalogueError::OtherSchema { .. }) if matches!(place, StorePlace::File(_)) => {
                (false, Some(DataLock::take(data_dir, "migrate").map_err(|_| other)?))
            }
            Err(error) => return Err(error.into()),
        };
        let catalogue = Catalogue::open(&place).await?;
        drop(lock);
        if is_new {
            output::note(&format!(
                "there was no store, so an empty one was made: {}; if yours is elsewhere, say where with --data-dir, \
                 --database-url or --config",
                in_full(&place)
            ));
        }
        Ok((config, catalogue))
    }

    /// Refuses where there is no store, and one of another schema, which opening would migrate.
    async fn require_own_schema(&self) -> anyhow::Result<()> {
        let place = self.config()?.catalogue.store_place();
        Catalogue::found_schema(&place).await?.map(|_| ()).ok_or_else(|| no_store(&place))
    }
}

/// Whoever looks is told where there is nothing to look at: most stand in another folder than they think.
fn no_store(place: &StorePlace) -> anyhow::Error {
    let within = match place {
        StorePlace::File(path) => in_full(&StorePlace::File(path.parent().unwrap_or(path).to_owned())),
        StorePlace::Postgres(_) => in_full(place),
    };
    anyhow::anyhow!(
        "there is no store in {within}; if yours is elsewhere, say where with --data-dir, --database-url or --config; \
         `signpost serve` makes a new one"
    )
}

/// Where a store is, wherever whoever reads it stands.
fn in_full(place: &StorePlace) -> String {
    match place {
        StorePlace::File(path) => std::path::absolute(path).unwrap_or_else(|_| path.clone()).display().to_string(),
        StorePlace::Postgres(_) => place.to_string(),
    }
}

//! `signpost token create|list|revoke`.

use clap::{Args, Subcommand, ValueEnum};
use schemas::Location;
use serde_json::{Value, json};

use super::{Ended, Options, output};
use crate::catalogue::Role;
use crate::clock::Clock;
use crate::jobs::harvest::find_in;
use crate::source_book::SourceBook;

#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token and print it, once; only its hash is kept
    Create {
        /// What it may do
        #[arg(long, env = "SIGNPOST_ROLE", value_enum, default_value_t = RoleName::Admin)]
        role: RoleName,
        /// With `--role source`: the source it may send records to
        #[arg(long, env = "SIGNPOST_SOURCE", required_if_eq("role", "source"))]
        source: Option<String>,
        /// Whose it is
        #[arg(long, env = "SIGNPOST_NAME", default_value = "")]
        name: String,
    },
    /// List tokens by their first characters
    List,
    /// Revoke a token at once
    Revoke {
        /// Its id, or its first characters as `list` shows them
        token: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    Admin,
    Curator,
    ReadOnly,
    /// Sends records to one source
    Source,
}

pub(super) async fn run(options: &Options, args: &TokenArgs) -> anyhow::Result<Ended> {
    let (config, catalogue) = options.open_store().await?;
    let now = Clock::system().now();
    match &args.command {
        TokenCommand::Create { role, source, name } => {
            let role = match role {
                RoleName::Admin => Role::Admin,
                RoleName::Curator => Role::Curator,
                RoleName::ReadOnly => Role::ReadOnly,
                RoleName::Source => Role::Source,
            };
            let token = match source {
                Some(source) if role == Role::Source => {
                    let book = SourceBook::open(&config.catalogue)?;
                    let source = &find_in(&book, source)?.source;
                    anyhow::ensure!(
                        source.location == Location::Pushed,
                        "`{}` is harvested: its file does not say `push = true`, so there is nothing to send to it",
                        source.id
                    );
                    catalogue.create_source_token(name, &source.id, now).await?
                }
                Some(_) => anyhow::bail!("`--source` goes with `--role source`"),
                None => catalogue.create_token(name, role, now).await?,
            };
            output::line(&token);
        }
        TokenCommand::List => {
            let rows: Vec<Vec<Value>> = catalogue
                .list_tokens()
                .await?
                .into_iter()
                .map(|row| {
                    vec![
                        json!(row.id),
                        json!(row.prefix),
                        json!(row.role.name()),
                        json!(row.source),
                        json!(row.name),
                        json!(row.created),
                        json!(row.revoked),
                    ]
                })
                .collect();
            output::table(options.format(), &["id", "token", "role", "source", "name", "created", "revoked"], &rows);
        }
        TokenCommand::Revoke { token } => {
            catalogue.revoke_token(token, now).await?;
            output::note("revoked");
        }
    }
    Ok(Ended::Ok)
}

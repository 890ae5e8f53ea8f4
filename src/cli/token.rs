//! `signpost token create|list|revoke`.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{Ended, Options, output};
use crate::catalogue::Role;
use crate::clock::Clock;

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
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Curator => Self::Curator,
            RoleName::ReadOnly => Self::ReadOnly,
        }
    }
}

pub(super) async fn run(options: &Options, args: &TokenArgs) -> anyhow::Result<Ended> {
    let (_, catalogue) = options.open_store().await?;
    let now = Clock::system().now();
    match &args.command {
        TokenCommand::Create { role, name } => {
            let token = catalogue.create_token(name, (*role).into(), now).await?;
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
                        json!(row.name),
                        json!(row.created),
                        json!(row.revoked),
                    ]
                })
                .collect();
            output::table(options.format(), &["id", "token", "role", "name", "created", "revoked"], &rows);
        }
        TokenCommand::Revoke { token } => {
            catalogue.revoke_token(token, now).await?;
            output::note("revoked");
        }
    }
    Ok(Ended::Ok)
}

//! `signpost token create|list|revoke`.

use clap::{Args, Subcommand, ValueEnum};
use jiff::SignedDuration;
use schemas::Location;
use serde_json::{Value, json};

use super::{Ended, Options, output};
use crate::catalogue::{COMMAND_LINE, NewToken, Role};
use crate::clock::Clock;
use crate::jobs::harvest::find_in;
use crate::source_book::SourceBook;

/// What the list shows of each.
const TOKEN_COLUMNS: &[&str] = &["id", "token", "role", "source", "name", "created", "expires", "revoked"];
/// Ten years: more is for ever, which is said by leaving it out.
const MOST_HOURS: i64 = 10 * 366 * 24;

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
        /// How long it is valid: so many hours, days or weeks, such as 12h, 90d or 8w [default: until it is revoked]
        #[arg(long, env = "SIGNPOST_EXPIRES", value_name = "TIME", value_parser = read_lifetime)]
        expires: Option<SignedDuration>,
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
    let (config, catalogue) = match args.command {
        TokenCommand::Create { .. } => options.open_store().await?,
        TokenCommand::List | TokenCommand::Revoke { .. } => options.open_existing_store().await?,
    };
    let now = Clock::system().now();
    match &args.command {
        TokenCommand::Create { role, source, name, expires } => {
            let role = match role {
                RoleName::Admin => Role::Admin,
                RoleName::Curator => Role::Curator,
                RoleName::ReadOnly => Role::ReadOnly,
                RoleName::Source => Role::Source,
            };
            let source = match source {
                Some(source) if role == Role::Source => {
                    let stored = catalogue.stored_sources().await?;
                    let booked = find_in(&SourceBook::open(&config.catalogue)?.with_stored(&stored), source)?;
                    let source = &booked.source;
                    anyhow::ensure!(
                        source.location == Location::Pushed,
                        "`{}` is harvested: its file does not say `push = true`, so there is nothing to send to it",
                        source.id
                    );
                    Some(source.id.clone())
                }
                Some(_) => anyhow::bail!("`--source` goes with `--role source`"),
                None => None,
            };
            let expires = expires.map(|lifetime| now.saturating_add(lifetime)).transpose()?;
            let new = NewToken { name, role, source: source.as_ref(), expires };
            let (_, token) = catalogue.create_token_by(COMMAND_LINE, &new, now).await?;
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
                        json!(row.expires),
                        json!(row.revoked),
                    ]
                })
                .collect();
            output::table(options.format(), TOKEN_COLUMNS, &rows);
        }
        TokenCommand::Revoke { token } => {
            catalogue.revoke_token(token, now).await?;
            output::note("revoked");
        }
    }
    Ok(Ended::Ok)
}

/// `90d` as the time it means.
fn read_lifetime(text: &str) -> Result<SignedDuration, String> {
    let wrong =
        || format!("expected a number of hours, days or weeks up to ten years, such as 12h, 90d or 8w; not `{text}`");
    let count = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let hours_of_one = match &text[count.len()..] {
        "h" => 1,
        "d" => 24,
        "w" => 24 * 7,
        _ => return Err(wrong()),
    };
    let hours = count.parse::<i64>().ok().and_then(|count| count.checked_mul(hours_of_one));
    hours.filter(|hours| (1..=MOST_HOURS).contains(hours)).map(SignedDuration::from_hours).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_number_and_its_unit() {
        for (text, hours) in [("12h", 12), ("90d", 90 * 24), ("8w", 8 * 7 * 24)] {
            assert_eq!(read_lifetime(text), Ok(SignedDuration::from_hours(hours)), "{text}");
        }
        for wrong in ["", "90", "d", "0d", "-1d", "1y", "99999d", "9999999999999999999h", "1 d", "9é"] {
            assert!(read_lifetime(wrong).is_err(), "{wrong}");
        }
    }
}

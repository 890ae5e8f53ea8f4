//! Secrets in the wrong place: where others can read them, or where we ourselves would give them out.

use std::os::unix::fs::PermissionsExt as _;

use url::Url;

use super::{Finding, Patient};
use crate::catalogue::TOKEN_MARK;
use crate::config::Config;
use crate::source_book::SourceBook;

const ABOUT: &str = "secrets";
/// Keys of the configuration whose values open something.
const SECRET_KEYS: [&str; 4] = ["database_url", "smtp_url", "webhook_secret", "webhook_url"];
/// Parameters of addresses that are keys, whatever their owners call them.
const SECRET_PARAMETERS: [&str; 8] =
    ["key", "api_key", "apikey", "token", "access_token", "secret", "password", "auth"];
/// A token is longer than the words that may begin as one does.
const SHORTEST_TOKEN: usize = 20;

pub(super) fn look_at(patient: &Patient<'_>, config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if patient.shows_database_url {
        let advice = "put it into the environment (SIGNPOST_DATABASE_URL) or into a file (`database_url_file`), and change \
                      the password";
        let found = "--database-url stands on the command line, which every user of this machine can read";
        findings.push(Finding::warn(ABOUT, found, advice));
    }
    findings.extend(look_at_config_file(patient));
    if let Some(reason) = secret_in(&config.server.public_url) {
        let advice = "take it out of `public_url`, which stands in every page we give out, and change it";
        findings.push(Finding::fail(ABOUT, format!("the public address holds {reason}"), advice));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(ABOUT, "none stands where others read it"));
    }
    findings
}

fn look_at_config_file(patient: &Patient<'_>) -> Option<Finding> {
    let path = patient.config_file?;
    let mode = path.metadata().ok()?.permissions().mode();
    let text = std::fs::read_to_string(path).ok()?;
    let given = SECRET_KEYS.iter().find(|key| text.lines().any(|line| is_set(line, key)))?;
    let is_open = mode & 0o004 != 0;
    is_open.then(|| {
        let shown = path.display();
        let advice = format!("`chmod o-r {shown}`, or put it into a file of its own (`{given}_file`)");
        Finding::warn(ABOUT, format!("{shown} holds `{given}`, and every user of this machine can read it"), advice)
    })
}

fn is_set(line: &str, key: &str) -> bool {
    line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
}

pub(super) fn look_at_sources(book: &SourceBook) -> Vec<Finding> {
    let mut findings = Vec::new();
    for booked in book.0.values() {
        let held = booked.toml.split(['"', '\'', ' ', '\n', '=']).find_map(secret_in);
        if let Some(reason) = held {
            let advice = "ask the catalogue for an open address, or change what it opens: admins, logs and backups show \
                          source files";
            findings.push(Finding::warn(ABOUT, format!("{} holds {reason}", booked.file), advice));
        }
    }
    findings
}

/// What a text holds that opens something. The thing itself is not told.
fn secret_in(text: &str) -> Option<&'static str> {
    if text.starts_with(TOKEN_MARK) && text.len() >= SHORTEST_TOKEN {
        return Some("a token of ours");
    }
    let url = Url::parse(text).ok().filter(Url::has_host)?;
    if url.password().is_some() || !url.username().is_empty() {
        return Some("an address with a name or a password in it");
    }
    let is_key = |name: &str| SECRET_PARAMETERS.contains(&name.to_ascii_lowercase().as_str());
    url.query_pairs().any(|(name, _)| is_key(name.as_ref())).then_some("an address with a key in it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_something_is_recognised_and_what_does_not_is_left_alone() {
        let token = format!("{TOKEN_MARK}{}", "x".repeat(40));
        for (text, expected) in [
            (token.as_str(), Some("a token of ours")),
            ("https://ada:secret@example.org/", Some("an address with a name or a password in it")),
            ("https://example.org/api?Api_Key=1", Some("an address with a key in it")),
            ("https://example.org/api?page=1", None),
            (TOKEN_MARK, None),
            ("keystage", None),
        ] {
            assert_eq!(secret_in(text), expected, "{text}");
        }
        assert!(is_set("  smtp_url = \"x\"", "smtp_url") && !is_set("smtp_url_file = \"x\"", "smtp_url"));
    }
}

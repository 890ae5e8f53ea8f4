//! Secrets in the wrong place: where others can read them, or where we ourselves would give them out.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use url::Url;

use super::place::OTHERS;
use super::{Finding, Patient};
use crate::catalogue::TOKEN_MARK;
use crate::config::Config;
use crate::source_book::SourceBook;

const ABOUT: &str = "secrets";
/// Keys of the configuration whose values open something.
const SECRET_KEYS: [&str; 4] = ["database_url", "smtp_url", "webhook_secret", "webhook_url"];
/// What all but the owner may do. Source: chmod(1).
const NOT_OWNER: u32 = 0o077;
/// Where systemd puts credentials. An access list lets the service in, and what that grants shows as rights of the group.
/// Source: acl(5), "Correspondence between ACL entries and file permission bits".
const CREDENTIALS: &str = "/run/credentials";
/// Where containers are handed their secrets: nobody else is in there, and each program reads them under a number of its
/// own.
const OF_CONTAINERS: &str = "/run/secrets";
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
    if let Some(path) = patient.config_file {
        findings.extend(look_at_config_file(path));
    }
    if let Some(reason) = secret_in(&config.server.public_url) {
        let advice = "take it out of `public_url`, which stands in every page we give out, and change it";
        findings.push(Finding::fail(ABOUT, format!("the public address holds {reason}"), advice));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(ABOUT, "none stands where others read it"));
    }
    findings
}

/// The secrets in the configuration file, and the files that it names for the others.
fn look_at_config_file(path: &Path) -> Vec<Finding> {
    // It was read before, so that it can be is not for us to say.
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let sections: toml::Table = text.parse().unwrap_or_default();
    let (mut findings, mut inline) = (Vec::new(), Vec::new());
    for (section, settings) in &sections {
        for (key, value) in settings.as_table().into_iter().flatten() {
            if SECRET_KEYS.contains(&key.as_str()) {
                inline.push(format!("`{section}.{key}`"));
            } else if key.strip_suffix("_file").is_some_and(|key| SECRET_KEYS.contains(&key))
                && let Some(file) = value.as_str()
            {
                findings.extend(look_at_secret_file(&format!("{section}.{key}"), Path::new(file)));
            }
        }
    }
    let is_open = path.metadata().is_ok_and(|about| about.permissions().mode() & 0o004 != 0);
    if is_open && !inline.is_empty() {
        let (shown, inline) = (path.display(), inline.join(", "));
        let advice =
            format!("`chmod o-r {shown}`, or put each into a file of its own, named by its key with `_file` behind");
        let found = format!("{shown} holds {inline}, and every user of this machine can read it");
        findings.push(Finding::warn(ABOUT, found, advice));
    }
    findings
}

fn look_at_secret_file(key: &str, file: &Path) -> Option<Finding> {
    let mode = file.metadata().ok()?.permissions().mode();
    if file.starts_with(OF_CONTAINERS) {
        return None;
    }
    let closed_to = if file.starts_with(CREDENTIALS) { OTHERS } else { NOT_OWNER };
    (mode & closed_to != 0).then(|| {
        let shown = file.display();
        let found = format!("`{key}`: {shown} is open to others than its owner (mode {:03o})", mode & 0o777);
        let advice = format!("`chmod go= {shown}`, and give it to the user that the service runs as (chown)");
        Finding::warn(ABOUT, found, advice)
    })
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
    }

    #[test]
    fn each_secret_that_others_may_read_is_named_wherever_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let [config, database, call] = ["signpost.toml", "database", "call"].map(|name| folder.path().join(name));
        let text = format!(
            "[catalogue]\ndatabase_url_file = \"{}\"\n[index]\njudged_queries = \"judged.toml\"\n[notify]\n\
             smtp_url = \"smtps://a:b@example.org\"\nwebhook_secret = \"c\"\nwebhook_url_file = \"{}\"\n",
            database.display(),
            call.display()
        );
        let set_mode =
            |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        for (path, text) in [(&config, text.as_str()), (&database, "x"), (&call, "x")] {
            std::fs::write(path, text).unwrap();
            set_mode(path, 0o600);
        }
        assert!(look_at_config_file(&config).is_empty(), "they are closed");
        set_mode(&config, 0o644);
        set_mode(&database, 0o644);
        set_mode(&call, 0o640);
        let found: Vec<String> = look_at_config_file(&config).into_iter().map(|finding| finding.found).collect();
        assert_eq!(
            found,
            [
                format!(
                    "`catalogue.database_url_file`: {} is open to others than its owner (mode 644)",
                    database.display()
                ),
                format!("`notify.webhook_url_file`: {} is open to others than its owner (mode 640)", call.display()),
                format!(
                    "{} holds `notify.smtp_url`, `notify.webhook_secret`, and every user of this machine can read it",
                    config.display()
                ),
            ]
        );
    }
}

//! Every key of the configuration with its value, its default and its reason.
//!
//! What `signpost config` prints, before the limits that are no keys (`cli/limits`). A test holds the list against what is
//! read of the file, so that no key is forgotten.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::Config;

/// One key, or one limit that is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Its section and its name: `limits.body_bytes`.
    pub name: &'static str,
    /// What it is set to; null where it is not. A secret is never told.
    pub value: Value,
    /// What it is when nobody says otherwise.
    pub default: Value,
    /// Why that is the default, or what it is for.
    pub reason: &'static str,
}

/// Its name, its value in a configuration, and its reason.
type Row = (&'static str, fn(&Config) -> Value, &'static str);

impl Config {
    /// All keys, in the order in which a file would have them.
    pub fn keys(&self) -> Vec<Key> {
        let defaults = Self::default();
        let rows = [SERVER, CATALOGUE, REST, LIMITS].concat();
        let key = |(name, read, reason): Row| Key { name, value: read(self), default: read(&defaults), reason };
        rows.into_iter().map(key).collect()
    }
}

const SERVER: &[Row] = &[
    ("server.role", |c| json!(c.server.role.name()), "api, worker or all; one machine does everything"),
    ("server.listen", |c| json!(c.server.listen.to_string()), "loopback: what faces the internet is a proxy with TLS"),
    (
        "server.public_url",
        |c| json!(c.server.public_url),
        "stands in links we give out; a request's Host is not believed",
    ),
    (
        "server.search_cache_bytes",
        |c| json!(c.server.search_cache_bytes),
        "what many schools look for in the same hour",
    ),
    (
        "server.admin_email",
        |c| json!(c.server.admin_email),
        "OAI-PMH asks for it; one at the public address when not set",
    ),
    ("server.oai_identifier", |c| json!(c.server.oai_identifier), "stands in OAI-PMH identifiers, for ever"),
    (
        "server.metrics",
        |c| json!(c.server.metrics.name()),
        "open, loopback or off; figures tell when a service is in trouble",
    ),
];

const CATALOGUE: &[Row] = &[
    (
        "catalogue.database_url",
        |c| secret(c.catalogue.database.is_some()),
        "PostgreSQL; a file in data_dir when not set",
    ),
    ("catalogue.database_url_file", |_| Value::Null, "a file that holds it, in its place"),
    ("catalogue.data_dir", |c| path(Some(&c.catalogue.data_dir)), "one folder is the whole service"),
    ("catalogue.sources", |c| json!(folders(c)), "folders of source files, in place of the shipped ones"),
    (
        "catalogue.source_data",
        |c| path(c.catalogue.source_data.as_deref()),
        "where their files are; beside them when not set",
    ),
    (
        "harvest.contact_url",
        |c| json!(c.harvest.contact_url),
        "tells catalogues who asks; the public address when not set",
    ),
];

const REST: &[Row] = &[
    (
        "backup.folder",
        |c| path(c.backup.folder.as_deref()),
        "best on another disk; no backup is taken by itself when not set",
    ),
    ("backup.keep", |c| json!(c.backup.keep), "two weeks of nights"),
    ("backup.schedule", |c| json!(c.backup.schedule), "daily, weekly or five cron fields; before the night's harvests"),
    (
        "index.judged_queries",
        |c| path(c.index.judged_queries.as_deref()),
        "judges a new generation; titles do when not set",
    ),
    ("index.shared_folder", |c| path(c.index.shared_folder.as_deref()), "new nodes begin with what is published there"),
    ("notify.smtp_url", |c| secret(c.notify.mail.is_some()), "the mail server; nobody is told by mail when not set"),
    ("notify.smtp_url_file", |_| Value::Null, "a file that holds it, in its place"),
    ("notify.from", |c| json!(c.notify.mail.as_ref().map(|mail| mail.from.to_string())), "who the mail is from"),
    ("notify.to", |c| json!(addressees(c)), "whom the mail goes to"),
    ("notify.webhook_url", |c| secret(c.notify.call.is_some()), "what is called; nobody when not set"),
    ("notify.webhook_url_file", |_| Value::Null, "a file that holds it, in its place"),
    ("notify.webhook_secret", |c| secret(has_webhook_secret(c)), "what the call is signed with"),
    ("notify.webhook_secret_file", |_| Value::Null, "a file that holds it, in its place"),
    ("notify.digest", |c| json!(switch(c.notify.has_digest)), "on: it says too when nothing happened"),
    ("output.format", |c| json!(c.output.format), "text or json; text when not set"),
    ("output.log_format", |c| json!(c.output.log_format), "text or json; text when not set"),
    ("output.log", |c| json!(c.output.log), "info for serve, else warn, when not set"),
];

const LIMITS: &[Row] = &[
    ("limits.rate_limit", |c| json!(switch(c.limits.is_on)), "off is for measuring, and for tests"),
    ("limits.anonymous_per_second", |c| json!(c.limits.anonymous_per_second), "more than any person or page asks"),
    ("limits.anonymous_burst", |c| json!(c.limits.anonymous_burst), "a class that presses a button together"),
    ("limits.keyed_per_second", |c| json!(c.limits.keyed_per_second), "ten times as much for who can be reached"),
    ("limits.keyed_burst", |c| json!(c.limits.keyed_burst), "two seconds of it"),
    (
        "limits.failed_sign_ins_per_minute",
        |c| json!(c.limits.failed_sign_ins_per_minute),
        "of one address, somebody who mistypes",
    ),
    (
        "limits.all_failed_sign_ins_per_minute",
        |c| json!(c.limits.all_failed_sign_ins_per_minute),
        "of all addresses, sixty that guess",
    ),
    ("limits.connections", |c| json!(c.limits.server.connections), "a thousand pupils with four each; 20 KB apiece"),
    (
        "limits.connections_per_address",
        |c| json!(c.limits.server.connections_per_address),
        "two classes behind one address",
    ),
    (
        "limits.header_read_s",
        |c| seconds(c.limits.server.header_read),
        "a head is a packet or a few; also how long idle",
    ),
    ("limits.header_bytes", |c| json!(c.limits.server.header_bytes), "the longest address given out takes 16 KB"),
    ("limits.body_bytes", |c| json!(c.limits.server.body_bytes), "no call but the push of records takes a tenth of it"),
    ("limits.body_wait_s", |c| seconds(c.limits.server.body_wait), "within so long something of a body has to come"),
    ("limits.body_bytes_per_second", |c| json!(c.limits.server.body_bytes_per_second), "the slowest line does better"),
    ("limits.write_wait_s", |c| seconds(c.limits.server.write_wait), "a line that takes nothing for so long is gone"),
    ("limits.query_wait_s", |c| seconds(c.limits.server.query_wait), "an answer that comes later is of no use"),
    ("limits.answer_wait_s", |c| seconds(c.limits.server.answer_wait), "whoever waits for longer has left"),
    ("limits.stop_wait_s", |c| seconds(c.limits.server.stop_wait), "supervisors kill after ten seconds"),
    ("limits.trusted_proxies", |c| json!(proxies(c)), "whose X-Forwarded-For is believed; nobody's unless it is said"),
];

/// A time as this list tells it.
pub(crate) fn seconds(time: Duration) -> Value {
    json!(time.as_secs())
}

fn path(path: Option<&Path>) -> Value {
    path.map_or(Value::Null, |path| json!(path.display().to_string()))
}

fn folders(config: &Config) -> Vec<String> {
    config.catalogue.sources.iter().map(|folder| folder.display().to_string()).collect()
}

/// A secret is told of and never told.
fn secret(is_set: bool) -> Value {
    if is_set { json!("(set)") } else { Value::Null }
}

fn switch(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

fn addressees(config: &Config) -> Vec<String> {
    config.notify.mail.iter().flat_map(|mail| &mail.to).map(ToString::to_string).collect()
}

fn has_webhook_secret(config: &Config) -> bool {
    config.notify.call.as_ref().is_some_and(|call| call.secret.is_some())
}

fn proxies(config: &Config) -> Vec<String> {
    config.limits.trusted_proxies.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::Overrides;

    /// The files in which keys are read, each with its section.
    const FILES: [(&str, &str); 8] = [
        ("server", include_str!("server.rs")),
        ("catalogue", include_str!("catalogue.rs")),
        ("harvest", include_str!("harvest.rs")),
        ("backup", include_str!("backup.rs")),
        ("index", include_str!("index.rs")),
        ("limits", include_str!("limits.rs")),
        ("limits", include_str!("server_limits.rs")),
        ("output", include_str!("output.rs")),
    ];

    /// The keys that the code of a file asks for: the first text behind `table, ` or `number(` or `seconds(`.
    fn read_in(code: &str) -> impl Iterator<Item = &str> {
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        let marks = ["(&mut table, \"", "number(\"", "seconds(\""];
        let found = marks.into_iter().flat_map(|mark| code.split(mark).skip(1));
        found.filter_map(|rest| rest.split('"').next())
    }

    #[test]
    fn every_key_that_is_read_is_listed_with_a_reason() {
        let keys = Config::default().keys();
        let listed: BTreeSet<&str> = keys.iter().map(|key| key.name).collect();
        assert_eq!(listed.len(), keys.len(), "none is listed twice");
        for (section, code) in FILES {
            let read: Vec<String> = read_in(code).map(|name| format!("{section}.{name}")).collect();
            assert!(!read.is_empty(), "{section}");
            for name in read {
                assert!(listed.contains(name.as_str()), "`{name}` is read and not listed");
            }
        }
    }

    #[test]
    fn every_default_is_one_that_a_file_may_say() {
        let mut lines = Vec::new();
        for section in ["server", "catalogue", "harvest", "backup", "index", "notify", "output", "limits"] {
            lines.push(format!("[{section}]"));
            let keys = Config::default().keys().into_iter().filter(|key| !key.default.is_null());
            lines.extend(keys.filter_map(|key| {
                let name = key.name.strip_prefix(section)?.strip_prefix('.')?;
                Some(format!("{name} = {}", key.default))
            }));
        }
        let file = lines.join("\n");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("signpost.toml");
        std::fs::write(&path, &file).expect("a file");
        let read = Config::load(Some(&path), &Overrides::default());
        let read = read.unwrap_or_else(|error| panic!("{error}\n{file}"));
        assert_eq!(read.keys(), Config::default().keys());
    }

    #[test]
    fn no_secret_is_told() {
        let file = "[notify]\nsmtp_url = \"smtps://ada:hunter2@mail.example.org\"\nfrom = \"signpost@example.org\"\nto = [\"ada@example.org\"]\nwebhook_url = \"https://hooks.example.org/T0/hunter2\"\nwebhook_secret = \"hunter2hunter2hunter2\"\n";
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("signpost.toml");
        std::fs::write(&path, file).expect("a file");
        let told = match Config::load(Some(&path), &Overrides::default()) {
            Ok(config) => format!("{:?}", config.keys()),
            Err(error) => error.to_string(),
        };
        assert!(!told.contains("hunter2"), "{told}");
    }
}

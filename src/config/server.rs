//! How it is served.

use std::net::SocketAddr;

use schemas::{TomlReader, TomlTable, parse_address};

use super::{MetricsAccess, Overrides};

/// What one of several nodes does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NodeRole {
    /// Answers, and follows the change log into its own index. Harvests nothing.
    Api,
    /// Works: jobs, schedules, links, notices. Answers nobody but those who look after it.
    Worker,
    /// Both. What one machine does, so it is the default.
    #[default]
    All,
}

impl NodeRole {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Api, Self::Worker, Self::All];

    /// The name in the configuration, in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Worker => "worker",
            Self::All => "all",
        }
    }

    /// Whether it answers the API and the pages.
    pub fn answers(self) -> bool {
        match self {
            Self::Api | Self::All => true,
            Self::Worker => false,
        }
    }

    /// Whether it works off jobs and keeps schedules.
    pub fn works(self) -> bool {
        match self {
            Self::Worker | Self::All => true,
            Self::Api => false,
        }
    }
}

/// `[server]`
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// What this node does: `api`, `worker` or `all`.
    pub role: NodeRole,
    /// Where to listen. Loopback by default: what faces the internet is a proxy with TLS, set up on purpose.
    pub listen: SocketAddr,
    /// The address under which the public reaches it, without a slash at the end; it stands in links we give out.
    /// A request's own `Host` is never believed.
    pub public_url: String,
    /// The bytes in which answers to searches, and pages, are kept to be given again; none are with 0, which is for
    /// measuring.
    pub search_cache_bytes: u64,
    /// The mail address of whoever runs it, which OAI-PMH asks for; one at the public address when none is given.
    pub admin_email: Option<String>,
    /// The domain name that stands in OAI-PMH identifiers, for ever; the host of the public address when none is given.
    pub oai_identifier: Option<String>,
    /// Who may read `/metrics`: `open`, `loopback` or `off`.
    pub metrics: MetricsAccess,
}

/// Some 2,600 answers of the API of 24 KB, or 500 pages of 90 to 170 KB: what many schools look for in the same hour, and
/// little beside the index.
const DEFAULT_SEARCH_CACHE_BYTES: u64 = 64 << 20;
/// More than any machine has to spare for it.
const MAX_SEARCH_CACHE_BYTES: u64 = 1 << 40;

/// The port that every example in the README names.
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

impl Default for ServerConfig {
    fn default() -> Self {
        let listen: SocketAddr = DEFAULT_LISTEN.parse().expect("the default is an address");
        let public_url = format!("http://{listen}");
        Self {
            role: NodeRole::default(),
            listen,
            public_url,
            search_cache_bytes: DEFAULT_SEARCH_CACHE_BYTES,
            admin_email: None,
            oai_identifier: None,
            metrics: MetricsAccess::default(),
        }
    }
}

impl ServerConfig {
    pub(super) fn read<'t>(
        reader: &mut TomlReader<'t>,
        top: &mut TomlTable<'t>,
        overrides: &Overrides,
        mistakes: &mut Vec<String>,
    ) -> Self {
        let mut table = reader.table(top, "server");
        let role = reader.text(&mut table, "role");
        let role_place = reader.place(&table, "role");
        let listen = reader.text(&mut table, "listen");
        let public_url = reader.text(&mut table, "public_url");
        let search_cache_bytes = reader.number(&mut table, "search_cache_bytes", 0..=MAX_SEARCH_CACHE_BYTES);
        let admin_email = reader.text(&mut table, "admin_email");
        let oai_identifier = reader.text(&mut table, "oai_identifier");
        let metrics = reader.text(&mut table, "metrics");
        let metrics_place = reader.place(&table, "metrics");
        let oai_place = reader.place(&table, "oai_identifier");
        let email_place = reader.place(&table, "admin_email");
        let (listen_place, public_url_place) = (reader.place(&table, "listen"), reader.place(&table, "public_url"));
        reader.close(&table);
        let role_place = if overrides.role.is_some() { "--node-role" } else { &role_place };
        let role = read_role(overrides.role.clone().or(role), role_place, mistakes);
        let written = overrides.listen.clone().or(listen).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
        let listen = written.parse().unwrap_or_else(|_| {
            let place = if overrides.listen.is_some() { "--listen" } else { &listen_place };
            mistakes.push(format!("{place}: `{written}`: expected an address and a port, such as {DEFAULT_LISTEN}"));
            Self::default().listen
        });
        let public_url = match overrides.public_url.clone().or(public_url) {
            None => format!("http://{listen}"),
            Some(url) => {
                if let Err(reason) = parse_address(&url).and_then(|url| check_public(&url)) {
                    let place = if overrides.public_url.is_some() { "--public-url" } else { &public_url_place };
                    mistakes.push(format!("{place}: {reason}"));
                }
                url.trim_end_matches('/').to_owned()
            }
        };
        let search_cache_bytes =
            overrides.search_cache_bytes.or(search_cache_bytes).unwrap_or(DEFAULT_SEARCH_CACHE_BYTES);
        if admin_email.as_ref().is_some_and(|email| !is_mail_address(email)) {
            mistakes.push(format!("{email_place}: expected a mail address, such as signpost@example.org"));
        }
        if oai_identifier.as_ref().is_some_and(|name| !is_repository_identifier(name)) {
            mistakes.push(format!("{oai_place}: expected a domain name, such as signpost.example.org"));
        }
        let metrics = MetricsAccess::read(metrics.as_deref(), &metrics_place, mistakes);
        Self { role, listen, public_url, search_cache_bytes, admin_email, oai_identifier, metrics }
    }
}

fn read_role(written: Option<String>, place: &str, mistakes: &mut Vec<String>) -> NodeRole {
    let Some(written) = written else {
        return NodeRole::default();
    };
    NodeRole::ALL.into_iter().find(|role| role.name() == written).unwrap_or_else(|| {
        let allowed = NodeRole::ALL.map(NodeRole::name).join(", ");
        mistakes.push(format!("{place}: `{written}`: expected one of {allowed}"));
        NodeRole::default()
    })
}

/// It stands in links we give out and in every user agent: a key that somebody put there would be everybody's.
fn check_public(url: &url::Url) -> Result<(), String> {
    if url.query().is_none() && url.fragment().is_none() {
        return Ok(());
    }
    Err("an address with `?` or `#` in it; expected one that others are put behind, such as https://example.org"
        .to_owned())
}

/// Source: OAI-PMH.xsd, `emailType`.
fn is_mail_address(text: &str) -> bool {
    let is_whole = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    text.split_once('@').is_some_and(|(name, host)| is_whole(name) && is_whole(host) && host.contains('.'))
}

/// Whether a name may stand in OAI-PMH identifiers: labels of letters, digits and hyphens, each beginning with a
/// letter, at least two. Source: oai-identifier.xsd, `repositoryIdentifierType`.
pub(crate) fn is_repository_identifier(text: &str) -> bool {
    let is_label = |label: &str| {
        label.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && label.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    };
    text.contains('.') && text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_one_of_three_and_a_node_of_its_own_does_everything() {
        let mut mistakes = Vec::new();
        assert_eq!(read_role(None, "role", &mut mistakes), NodeRole::All);
        assert_eq!(read_role(Some("worker".to_owned()), "role", &mut mistakes), NodeRole::Worker);
        assert!(mistakes.is_empty());
        assert_eq!(read_role(Some("slave".to_owned()), "--node-role", &mut mistakes), NodeRole::All);
        assert_eq!(mistakes, ["--node-role: `slave`: expected one of api, worker, all"]);
    }

    #[test]
    fn every_node_answers_or_works() {
        for role in NodeRole::ALL {
            assert!(role.answers() || role.works(), "{}", role.name());
        }
        assert!(NodeRole::All.answers() && NodeRole::All.works());
    }
}

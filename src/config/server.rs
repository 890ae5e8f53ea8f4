//! How it is served.

use std::net::SocketAddr;

use schemas::{TomlReader, TomlTable, parse_address};

use super::Overrides;

/// `[server]`
#[derive(Debug, Clone)]
pub struct ServerConfig {
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
            listen,
            public_url,
            search_cache_bytes: DEFAULT_SEARCH_CACHE_BYTES,
            admin_email: None,
            oai_identifier: None,
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
        let listen = reader.text(&mut table, "listen");
        let public_url = reader.text(&mut table, "public_url");
        let search_cache_bytes = reader.number(&mut table, "search_cache_bytes", 0..=MAX_SEARCH_CACHE_BYTES);
        let admin_email = reader.text(&mut table, "admin_email");
        let oai_identifier = reader.text(&mut table, "oai_identifier");
        let oai_place = reader.place(&table, "oai_identifier");
        let email_place = reader.place(&table, "admin_email");
        let (listen_place, public_url_place) = (reader.place(&table, "listen"), reader.place(&table, "public_url"));
        reader.close(&table);
        let written = overrides.listen.clone().or(listen).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
        let listen = written.parse().unwrap_or_else(|_| {
            let place = if overrides.listen.is_some() { "--listen" } else { &listen_place };
            mistakes.push(format!("{place}: `{written}`: expected an address and a port, such as {DEFAULT_LISTEN}"));
            Self::default().listen
        });
        let public_url = match overrides.public_url.clone().or(public_url) {
            None => format!("http://{listen}"),
            Some(url) => {
                if let Err(reason) = parse_address(&url) {
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
        Self { listen, public_url, search_cache_bytes, admin_email, oai_identifier }
    }
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

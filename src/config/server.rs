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
    /// The bytes in which answers to searches are kept to be given again; none are with 0, which is for measuring.
    pub search_cache_bytes: u64,
}

/// Some 2,600 answers of 24 KB: what many schools look for in the same hour, and little beside the index.
const DEFAULT_SEARCH_CACHE_BYTES: u64 = 64 << 20;
/// More than any machine has to spare for it.
const MAX_SEARCH_CACHE_BYTES: u64 = 1 << 40;

/// The port that every example in the README names.
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

impl Default for ServerConfig {
    fn default() -> Self {
        let listen: SocketAddr = DEFAULT_LISTEN.parse().expect("the default is an address");
        let public_url = format!("http://{listen}");
        Self { listen, public_url, search_cache_bytes: DEFAULT_SEARCH_CACHE_BYTES }
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
        Self { listen, public_url, search_cache_bytes }
    }
}

//! What does an address answer? The one way out to the network.
//!
//! In goes a [`FetchRequest`], out comes a [`Fetched`] or a [`FetchError`]; nothing of a body is understood here
//! but its character set. [`HttpFetcher`] keeps the rules of a polite and careful robot on the way: the address
//! guard, robots.txt, one rate for each host, retries, redirects followed one by one, and limits on everything.
//! [`ScriptedFetcher`] answers from memory, for tests. What to ask for, and when, is left to the kinds.

pub mod address;
pub mod charset;
mod error;
mod exchange;
mod http;
pub mod limits;
mod politeness;
mod prescan;
#[cfg(test)]
mod rebinding;
pub mod retry;
pub mod revalidate;
mod robots;
mod robots_rules;
pub mod scripted;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use url::Url;

pub use self::charset::decode;
pub use self::error::FetchError;
pub use self::http::{HttpFetcher, HttpFetcherConfig};
pub use self::limits::FetchLimits;
pub use self::politeness::registrable_domain;
pub use self::revalidate::Validators;
pub use self::robots::robots_allow;
pub use self::scripted::ScriptedFetcher;

/// Asks one address and brings back what it answers.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Fetches one address, following its redirects.
    ///
    /// # Errors
    ///
    /// Fails when the address may not be asked, when it does not answer with a success, and when the answer breaks a
    /// limit. [`FetchError::is_transient`] says whether a later try may go better.
    async fn fetch(&self, request: &FetchRequest) -> Result<Fetched, FetchError>;
}

/// What to fetch, and how far to go for it.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchRequest {
    /// The address to ask.
    pub url: Url,
    /// What an earlier answer said about its version; empty to fetch in any case.
    pub validators: Validators,
    /// How long, how much, how often.
    pub limits: FetchLimits,
    /// Which addresses may be reached.
    pub access: Access,
    /// What to do with a body that is larger than the limit.
    pub oversize: Oversize,
}

/// What to do with a body that is larger than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Oversize {
    /// It is an error: half a page is not a page.
    #[default]
    Refuse,
    /// Its beginning is enough.
    Cut,
}

impl FetchRequest {
    /// Asks for a public address, unconditionally, within the default limits.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            validators: Validators::default(),
            limits: FetchLimits::default(),
            access: Access::default(),
            oversize: Oversize::default(),
        }
    }
}

/// Which addresses a fetch may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Only addresses anybody on the internet can reach, on ports 80 and 443.
    #[default]
    PublicOnly,
    /// Loopback and private addresses too, on any port: for sources whose own file allows it.
    AllowPrivate,
}

impl Access {
    /// Returns what is left of a permission when one address leads to another.
    ///
    /// Private addresses stay open only on the host and port they were opened for (and on the `https` of that host):
    /// a source that may be private must not lead us to its neighbours, by a redirect or by a link.
    #[must_use]
    pub fn at(self, granted_for: &Url, target: &Url) -> Self {
        let same_host = granted_for.host() == target.host();
        let same_port = granted_for.port_or_known_default() == target.port_or_known_default();
        let upgraded = target.scheme() == "https" && target.port().is_none();
        match self {
            Self::AllowPrivate if same_host && (same_port || upgraded) => Self::AllowPrivate,
            Self::AllowPrivate | Self::PublicOnly => Self::PublicOnly,
        }
    }
}

/// What an address answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The address that was asked for.
    pub requested_url: Url,
    /// The address that answered, after all redirects.
    pub final_url: Url,
    /// The HTTP status: 2xx, or 304 when nothing changed.
    pub status: u16,
    /// The `Content-Type` header as it came.
    pub content_type: Option<String>,
    /// The body after decompression; empty when nothing changed.
    pub body: Vec<u8>,
    /// What to send along next time, to be told that nothing changed.
    pub validators: Validators,
    /// Whether the body is still the one the request's validators were given with.
    pub not_modified: bool,
    /// The `Link` headers as they came.
    pub links: Vec<String>,
    /// Where the address has moved to for good: the last one that was reached by permanent redirects alone.
    pub moved_to: Option<Url>,
}

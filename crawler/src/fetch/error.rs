//! Why did a fetch fail, and may it go well another time?
//!
//! Each variant is a thing a caller may do something about. Retries and waits are over when one of these comes out.

use std::time::Duration;

use url::Url;

use super::limits::COMPRESSION_LAYERS;
use super::retry;

/// Why an address gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address must not be reached at all.
    #[error("{url} is refused: {reason}")]
    AddressRefused {
        /// The address, without credentials.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The host asks robots to stay away from this address.
    #[error("robots.txt of the host disallows {url}")]
    RobotsDisallowed {
        /// The address.
        url: String,
    },
    /// The rules of the host are unknown, so nothing of it may be fetched.
    #[error("robots.txt of {host} cannot be reached, so its pages must wait")]
    RobotsUnreachable {
        /// Host, and port where it is not the usual one.
        host: String,
        /// Whether there was a connection at all: a host that is there may only have a robots.txt that fails.
        connected: bool,
    },
    /// The answer is neither a success nor "not modified".
    #[error("{url} answered {status}, expected a success")]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The body is larger than allowed, counted after decompression.
    #[error("{url} is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit it broke.
        limit_bytes: u64,
    },
    /// The answer did not begin, or did not end, in time.
    #[error("{url} did not answer within {limit:?}")]
    Timeout {
        /// The address.
        url: String,
        /// The limit it broke.
        limit: Duration,
    },
    /// The body trickles in more slowly than allowed.
    #[error("{url} sends fewer than {min_bytes} bytes in {window:?}", window = super::limits::RATE_WINDOW)]
    TooSlow {
        /// The address.
        url: String,
        /// The least that had to arrive in each window.
        min_bytes: u64,
    },
    /// The address leads on and on.
    #[error("{url} redirects more than {limit} times")]
    TooManyRedirects {
        /// The address that was asked for.
        url: String,
        /// The limit it broke.
        limit: u8,
    },
    /// A redirect leaves `https` for `http`.
    #[error("{from} redirects to {to}, which gives up https")]
    InsecureRedirect {
        /// The encrypted address.
        from: String,
        /// The address in the clear.
        to: String,
    },
    /// The host asks to be left alone for longer than a run should wait.
    #[error("{url} asks to come back in {retry_after_s} s")]
    Postponed {
        /// The address.
        url: String,
        /// The wait it asks for, in seconds.
        retry_after_s: u64,
    },
    /// No connection, or one that broke.
    #[error("{url} cannot be fetched")]
    Transport {
        /// The address.
        url: String,
        /// What went wrong below.
        #[source]
        source: reqwest::Error,
    },
    /// The body is packed in a way we did not ask for.
    #[error("{url} is encoded as {encoding:?}, expected {layers} layer of gzip or br", layers = COMPRESSION_LAYERS)]
    EncodingRefused {
        /// The address.
        url: String,
        /// The `Content-Encoding` header.
        encoding: String,
    },
    /// What should be an address is none.
    #[error("{url:?} is not an address: {reason}")]
    BadUrl {
        /// The text, at most its first 200 characters.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The HTTP client itself cannot be made, for instance because the system has no root certificates.
    #[error("the http client cannot be set up")]
    Setup {
        /// What went wrong below.
        #[source]
        source: reqwest::Error,
    },
}

impl FetchError {
    /// Returns whether the same fetch may go well later, with nobody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::RobotsUnreachable { .. }
            | Self::Timeout { .. }
            | Self::TooSlow { .. }
            | Self::Postponed { .. }
            | Self::Transport { .. } => true,
            Self::Status { status, .. } => retry::is_worth_retrying(*status),
            Self::AddressRefused { .. }
            | Self::RobotsDisallowed { .. }
            | Self::TooLarge { .. }
            | Self::TooManyRedirects { .. }
            | Self::InsecureRedirect { .. }
            | Self::EncodingRefused { .. }
            | Self::BadUrl { .. }
            | Self::Setup { .. } => false,
        }
    }
}

/// Returns an address as it may be shown in messages and logs: without the credentials it may carry.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    // Both fail only for addresses that have no place for credentials, which is what we want of them.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_do_not_show() {
        let url = Url::parse("https://user:secret@example.org/a?b#c").expect("a good address");
        assert_eq!(shown(&url), "https://example.org/a?b#c");
    }

    #[test]
    fn a_missing_page_stays_missing_and_a_busy_server_recovers() {
        let status = |status| FetchError::Status { url: String::new(), status };
        assert!(!status(404).is_transient());
        assert!(status(503).is_transient());
    }
}

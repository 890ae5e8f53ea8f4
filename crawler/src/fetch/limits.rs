//! How long, how much, how often? Every number the fetcher stops at.
//!
//! The defaults are the limits table in crawler/README.md. [`FetchLimits`] holds what a source may set for itself;
//! the rest are rules of the robot and the same for all. What stands in a body is limited in [`crate::limits`].

use std::time::Duration;

/// How long a connection may take, name lookup and TLS included. Source: the limits table.
pub const CONNECT: Duration = Duration::from_secs(10);

/// Connections to one host. Whoever asks it holds its turn meanwhile, so that one is all it takes. Source: the limits
/// table.
pub const CONNECTIONS_PER_HOST: usize = 1;

/// Between two requests to one host, unless its source asks for more. Source: the limits table.
pub const DELAY: Duration = Duration::from_secs(1);

/// The longest pause between two requests to one host that anything may ask for, so that a slip in a source's file
/// (`delay_ms` in the billions) does not stop a harvest for ever.
pub const LONGEST_DELAY: Duration = Duration::from_hours(1);

/// A `Crawl-delay` is honoured up to here. Source: the limits table.
pub const LONGEST_CRAWL_DELAY: Duration = Duration::from_mins(1);

/// The size of a body after decompression. Source: the limits table; for kinds with larger files see [`crate::limits`].
pub const BODY_BYTES: u64 = 32 * 1024 * 1024;

/// How often a body may be compressed. The client unpacks it once and leaves the name of every further layer in the
/// header, by which it is refused. Source: the limits table.
pub const COMPRESSION_LAYERS: u8 = 1;

/// From sending a request to the end of the answer's head. Source: the limits table.
pub const FIRST_BYTE: Duration = Duration::from_secs(30);

/// From sending a request to the end of the answer. Source: the limits table.
pub const WHOLE: Duration = Duration::from_mins(2);

/// The span in which [`FetchLimits::min_rate_bytes_per_10s`] must arrive. Source: the limits table.
pub const RATE_WINDOW: Duration = Duration::from_secs(10);

/// The slowest a body may arrive: 1 KiB a second over ten seconds. Source: the limits table.
pub const MIN_RATE_BYTES_PER_10S: u64 = 10 * 1024;

/// Redirects followed for one fetch. Source: the limits table.
pub const REDIRECTS: u8 = 5;

/// Tries after the first one. With the back-off this gives a server seven seconds to recover.
pub const RETRIES: u8 = 3;

/// The wait before the first retry; each further one waits twice as long.
pub const BACK_OFF: Duration = Duration::from_secs(1);

/// A `Retry-After` up to here is waited for; a longer one postpones the source. Source: the limits table.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(1);

/// How long the rules of a host are kept. RFC 9309, 2.4: no longer than 24 hours.
pub const ROBOTS_AGE: Duration = Duration::from_hours(24);

/// How long a host counts as unreachable before its rules are asked for again: one bad minute must not cost a day.
pub const ROBOTS_UNREACHABLE_AGE: Duration = Duration::from_mins(10);

/// Redirects followed to a robots.txt. RFC 9309, 2.3.1.2: at least five.
pub const ROBOTS_REDIRECTS: u8 = 5;

/// Hosts whose rules or last request are remembered. Ten times the sources we expect.
pub const HOSTS: usize = 10_000;

/// How far one fetch may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// The least time between the starts of two requests to one host; a longer `Crawl-delay` wins.
    pub delay: Duration,
    /// The largest body, counted after decompression.
    pub body_bytes: u64,
    /// The longest wait for the head of an answer.
    pub first_byte: Duration,
    /// The longest time one answer may take from the request to its last byte.
    pub whole: Duration,
    /// Redirects that are followed; one more is an error.
    pub redirects: u8,
    /// Tries after the first one, for answers and failures that may pass.
    pub retries: u8,
    /// The wait before the first retry; it doubles with each.
    pub back_off: Duration,
    /// The least that must arrive of a body in any ten seconds.
    pub min_rate_bytes_per_10s: u64,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            delay: DELAY,
            body_bytes: BODY_BYTES,
            first_byte: FIRST_BYTE,
            whole: WHOLE,
            redirects: REDIRECTS,
            retries: RETRIES,
            back_off: BACK_OFF,
            min_rate_bytes_per_10s: MIN_RATE_BYTES_PER_10S,
        }
    }
}

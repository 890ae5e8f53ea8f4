//! How long and how much one connection may ask of us, and how many there may be.
//!
//! They keep who is slow, or means harm, from taking what others need; nobody who reads a page over a school's line ever
//! meets one of them.

use std::ops::RangeInclusive;
use std::time::Duration;

use schemas::{TomlReader, TomlTable};

/// What stands in `[limits]` about connections, requests and answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerLimits {
    /// Connections that are open at once.
    pub connections: u64,
    /// Of these, how many may come from one address. Loopback and trusted proxies are not counted.
    pub connections_per_address: u64,
    /// In so long the head of a request has to be there. So long a connection may also stay open without one.
    pub header_read: Duration,
    /// The longest head of a request: its address and all its headers.
    pub header_bytes: u64,
    /// The largest body of a request; a partner that sends its records may send more.
    pub body_bytes: u64,
    /// Of a body that is being sent, something has to come in so long…
    pub body_wait: Duration,
    /// …and at least so many bytes of it for each second.
    pub body_bytes_per_second: u64,
    /// So long an answer may wait for whoever asked to take the next of it.
    pub write_wait: Duration,
    /// So long one search may take once its turn has come.
    pub query_wait: Duration,
    /// In so long every answer has begun; a push of records and the manifest of an export have ten minutes.
    pub answer_wait: Duration,
    /// So long running requests have to end once the word to stop was given.
    pub stop_wait: Duration,
}

/// What a thousand pupils open at once with browsers of four connections each. One takes some 20 KB, so 80 MB in all.
const CONNECTIONS: u64 = 4_096;
/// Two classes behind one address, each of thirty-two browsers with six connections, and their neighbours.
const CONNECTIONS_PER_ADDRESS: u64 = 512;
/// A head is one packet or a few; who opens connections and says nothing is let go before it hurts.
const HEADER_READ_SECONDS: u64 = 10;
/// The longest address that is given out, a plan of a whole school, takes 16 KB; most servers take 8 to 64.
const HEADER_BYTES: u64 = 64 << 10;
/// No call but the push of records takes more, and none needs a tenth of it.
const BODY_BYTES: u64 = 1 << 20;
/// The slowest line that a form is sent over does better; catalogues are held to the same.
const BODY_WAIT_SECONDS: u64 = 10;
const BODY_BYTES_PER_SECOND: u64 = 1_024;
/// A line that takes nothing for so long is gone; whoever holds an answer open on purpose is let go within a quarter of a
/// minute.
const WRITE_WAIT_SECONDS: u64 = 12;
/// A search over a million resources takes a twentieth of it; one that takes longer was made to. An answer that comes later is of no
/// use to who types.
const QUERY_WAIT_SECONDS: u64 = 1;
/// A search takes milliseconds. Whoever waits for longer than this has left.
const ANSWER_WAIT_SECONDS: u64 = 30;
/// What supervisors leave to a program before they kill it is ten seconds. Source: docker stop.
const STOP_WAIT_SECONDS: u64 = 8;

const MOST_CONNECTIONS: u64 = 1_000_000;
const HOUR_SECONDS: u64 = 3_600;

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS,
            connections_per_address: CONNECTIONS_PER_ADDRESS,
            header_read: Duration::from_secs(HEADER_READ_SECONDS),
            header_bytes: HEADER_BYTES,
            body_bytes: BODY_BYTES,
            body_wait: Duration::from_secs(BODY_WAIT_SECONDS),
            body_bytes_per_second: BODY_BYTES_PER_SECOND,
            write_wait: Duration::from_secs(WRITE_WAIT_SECONDS),
            query_wait: Duration::from_secs(QUERY_WAIT_SECONDS),
            answer_wait: Duration::from_secs(ANSWER_WAIT_SECONDS),
            stop_wait: Duration::from_secs(STOP_WAIT_SECONDS),
        }
    }
}

impl ServerLimits {
    /// Reads what `[limits]` says of them.
    pub(super) fn read<'t>(reader: &mut TomlReader<'t>, table: &mut TomlTable<'t>) -> Self {
        let defaults = Self::default();
        let mut number = |key: &'static str, default: u64, allowed: RangeInclusive<u64>| {
            reader.number(table, key, allowed).unwrap_or(default)
        };
        let connections = number("connections", defaults.connections, 16..=MOST_CONNECTIONS);
        let connections_per_address =
            number("connections_per_address", defaults.connections_per_address, 1..=MOST_CONNECTIONS);
        // No less than what every browser sends; and hyper reads into no smaller a buffer than 8 KiB.
        let header_bytes = number("header_bytes", defaults.header_bytes, 8 << 10..=1 << 20);
        let body_bytes = number("body_bytes", defaults.body_bytes, 64 << 10..=1 << 30);
        let body_bytes_per_second = number("body_bytes_per_second", defaults.body_bytes_per_second, 1..=1 << 20);
        let mut seconds = |key: &'static str, default: Duration| {
            Duration::from_secs(number(key, default.as_secs(), 1..=HOUR_SECONDS))
        };
        Self {
            connections,
            connections_per_address,
            header_read: seconds("header_read_s", defaults.header_read),
            header_bytes,
            body_bytes,
            body_wait: seconds("body_wait_s", defaults.body_wait),
            body_bytes_per_second,
            write_wait: seconds("write_wait_s", defaults.write_wait),
            query_wait: seconds("query_wait_s", defaults.query_wait),
            answer_wait: seconds("answer_wait_s", defaults.answer_wait),
            stop_wait: seconds("stop_wait_s", defaults.stop_wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (ServerLimits, Vec<String>) {
        let (mut reader, mut top) = TomlReader::open("signpost.toml", text);
        let mut table = reader.table(&mut top, "limits");
        let limits = ServerLimits::read(&mut reader, &mut table);
        reader.close(&table);
        (limits, reader.finish().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_left_out_is_the_default() {
        assert_eq!(read(""), (ServerLimits::default(), Vec::new()));
        let (limits, mistakes) = read("[limits]\nheader_read_s = 3\nbody_bytes = 100000\n");
        assert_eq!((limits.header_read, limits.body_bytes, mistakes.len()), (Duration::from_secs(3), 100_000, 0));
    }

    #[test]
    fn no_limit_can_be_set_to_nothing_or_to_more_than_can_be() {
        for wrong in
            ["header_read_s = 0", "connections = 1", "body_bytes = 1", "stop_wait_s = 3601", "header_bytes = 1"]
        {
            assert_eq!(read(&format!("[limits]\n{wrong}\n")).1.len(), 1, "{wrong}");
        }
    }
}

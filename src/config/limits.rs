//! How much one caller may ask, and whose word is believed on who calls.

use std::net::IpAddr;

use ipnet::IpNet;
use schemas::{TomlReader, TomlTable};

use super::{Overrides, ServerLimits};

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsConfig {
    /// Whether callers are limited at all: `rate_limit = "on"` or `"off"`. Off is for measuring, and for tests.
    pub is_on: bool,
    /// The requests a second that one address may make in the long run without a key.
    pub anonymous_per_second: u64,
    /// The requests that it may make at once.
    pub anonymous_burst: u64,
    /// The requests a second that one partner may make in the long run with its keys.
    pub keyed_per_second: u64,
    /// The requests that it may make at once.
    pub keyed_burst: u64,
    /// The wrong tokens and failed sign-ins a minute of one address, after which no token is heard from there.
    pub failed_sign_ins_per_minute: u64,
    /// The same of all addresses together, after which new ones are not heard.
    pub all_failed_sign_ins_per_minute: u64,
    /// How long and how much one connection may ask, and how many there may be.
    pub server: ServerLimits,
    /// The proxies in front of us, whose `X-Forwarded-For` is believed; none by default. Behind a proxy that does not
    /// stand here all callers are one.
    pub trusted_proxies: Vec<IpNet>,
}

/// More than any person or page asks, and little for one machine of ours.
const DEFAULT_ANONYMOUS_PER_SECOND: u64 = 60;
/// A class that presses a button together, and its neighbours.
const DEFAULT_ANONYMOUS_BURST: u64 = 120;
/// Ten times as much for who can be reached when it is too much.
const DEFAULT_KEYED_PER_SECOND: u64 = 600;
/// Two seconds of it, as without a key.
const DEFAULT_KEYED_BURST: u64 = 1_200;
/// Somebody who mistypes; a token is 256 bits, but who tries is told to stop.
const DEFAULT_FAILED_SIGN_INS_PER_MINUTE: u64 = 10;
/// Sixty addresses that guess as fast as each may. No service of ours has so many admins that mistype.
const DEFAULT_ALL_FAILED_SIGN_INS_PER_MINUTE: u64 = 600;
/// More than one machine answers; and a thousandth of a millisecond can still be told from the next.
const MOST: u64 = 250_000;

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            is_on: true,
            anonymous_per_second: DEFAULT_ANONYMOUS_PER_SECOND,
            anonymous_burst: DEFAULT_ANONYMOUS_BURST,
            keyed_per_second: DEFAULT_KEYED_PER_SECOND,
            keyed_burst: DEFAULT_KEYED_BURST,
            failed_sign_ins_per_minute: DEFAULT_FAILED_SIGN_INS_PER_MINUTE,
            all_failed_sign_ins_per_minute: DEFAULT_ALL_FAILED_SIGN_INS_PER_MINUTE,
            server: ServerLimits::default(),
            trusted_proxies: Vec::new(),
        }
    }
}

impl LimitsConfig {
    pub(super) fn read<'t>(
        reader: &mut TomlReader<'t>,
        top: &mut TomlTable<'t>,
        overrides: &Overrides,
        mistakes: &mut Vec<String>,
    ) -> Self {
        let defaults = Self::default();
        let mut table = reader.table(top, "limits");
        let switch = reader.text(&mut table, "rate_limit");
        let mut number = |key: &'static str, default: u64| reader.number(&mut table, key, 1..=MOST).unwrap_or(default);
        let anonymous_per_second = number("anonymous_per_second", defaults.anonymous_per_second);
        let anonymous_burst = number("anonymous_burst", defaults.anonymous_burst);
        let keyed_per_second = number("keyed_per_second", defaults.keyed_per_second);
        let keyed_burst = number("keyed_burst", defaults.keyed_burst);
        let failed_sign_ins_per_minute = number("failed_sign_ins_per_minute", defaults.failed_sign_ins_per_minute);
        let all_failed_sign_ins_per_minute =
            number("all_failed_sign_ins_per_minute", defaults.all_failed_sign_ins_per_minute);
        let server = ServerLimits::read(reader, &mut table);
        let proxies = reader.texts(&mut table, "trusted_proxies").unwrap_or_default();
        let (switch_place, proxies_place) =
            (reader.place(&table, "rate_limit"), reader.place(&table, "trusted_proxies"));
        reader.close(&table);
        let (switch, place) = match &overrides.rate_limit {
            Some(given) => (Some(given.as_str()), "--rate-limit"),
            None => (switch.as_deref(), switch_place.as_str()),
        };
        let is_on = read_switch(switch, place, mistakes);
        let (proxies, place) = if overrides.trusted_proxies.is_empty() {
            (&proxies, proxies_place.as_str())
        } else {
            (&overrides.trusted_proxies, "--trusted-proxies")
        };
        let trusted_proxies = proxies.iter().filter_map(|text| read_proxy(text, place, mistakes)).collect();
        Self {
            is_on,
            anonymous_per_second,
            anonymous_burst,
            keyed_per_second,
            keyed_burst,
            failed_sign_ins_per_minute,
            all_failed_sign_ins_per_minute,
            server,
            trusted_proxies,
        }
    }
}

fn read_switch(given: Option<&str>, place: &str, mistakes: &mut Vec<String>) -> bool {
    match given {
        None | Some("on") => true,
        Some("off") => false,
        Some(other) => {
            mistakes.push(format!("{place}: `{other}`: expected `on` or `off`"));
            true
        }
    }
}

/// An address, or all that begin alike: `10.0.0.7`, `10.0.0.0/8`, `2001:db8::/32`.
fn read_proxy(text: &str, place: &str, mistakes: &mut Vec<String>) -> Option<IpNet> {
    let text = text.trim();
    let address = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
    let found = address.ok().or_else(|| text.parse().ok());
    if found.is_none() {
        mistakes.push(format!("{place}: `{text}`: expected an address or a prefix, such as 10.0.0.7 or 10.0.0.0/8"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, overrides: &Overrides) -> (LimitsConfig, Vec<String>) {
        let (mut reader, mut top) = TomlReader::open("signpost.toml", text);
        let mut mistakes = Vec::new();
        let limits = LimitsConfig::read(&mut reader, &mut top, overrides, &mut mistakes);
        mistakes.extend(reader.finish().iter().map(ToString::to_string));
        (limits, mistakes)
    }

    #[test]
    fn what_is_left_out_is_the_default_and_the_command_line_wins() {
        assert_eq!(read("", &Overrides::default()), (LimitsConfig::default(), Vec::new()));
        let file =
            "[limits]\nrate_limit = \"on\"\nanonymous_burst = 7\ntrusted_proxies = [\"10.0.0.7\", \"fd00::/8\"]\n";
        let (limits, mistakes) = read(file, &Overrides { rate_limit: Some("off".to_owned()), ..Overrides::default() });
        assert_eq!((limits.is_on, limits.anonymous_burst, limits.keyed_burst, mistakes.len()), (false, 7, 1_200, 0));
        let proxies: Vec<String> = limits.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(proxies, ["10.0.0.7/32", "fd00::/8"]);
        let overrides = Overrides { trusted_proxies: vec!["::1".to_owned()], ..Overrides::default() };
        assert_eq!(read(file, &overrides).0.trusted_proxies.len(), 1);
    }

    #[test]
    fn every_mistake_is_told_with_what_is_allowed() {
        let file = "[limits]\nrate_limit = \"perhaps\"\nkeyed_burst = 0\ntrusted_proxies = [\"proxy.example\", \"10.0.0.0/33\"]\nanonymous_brst = 1\n";
        let told = read(file, &Overrides::default()).1.join("\n");
        for expected in [
            "signpost.toml:2: `limits.rate_limit`: `perhaps`: expected `on` or `off`",
            "signpost.toml:4: `limits.trusted_proxies`: `proxy.example`: expected an address or a prefix",
            "`10.0.0.0/33`: expected an address or a prefix",
            "signpost.toml:3: `limits.keyed_burst`: an integer; expected a whole number from 1 to 250000",
            "`limits.anonymous_brst`: unknown key; did you mean `anonymous_burst`?",
        ] {
            assert!(told.contains(expected), "{expected}\nnot in\n{told}");
        }
        let overrides = Overrides { rate_limit: Some("no".to_owned()), ..Overrides::default() };
        assert_eq!(read("", &overrides).1, ["--rate-limit: `no`: expected `on` or `off`"]);
    }
}

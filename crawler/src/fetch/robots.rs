//! Does the host let a robot in? robots.txt by RFC 9309, remembered for each scheme, host and port.
//!
//! In goes what asking for robots.txt gave, out come the rules for one robot: ours. The asking itself, which keeps the
//! same limits and the same pace as any other request, is done by the fetcher.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::error::{FetchError, shown};
use super::limits::{FetchLimits, HOSTS, LONGEST_CRAWL_DELAY, ROBOTS_AGE, ROBOTS_REDIRECTS, ROBOTS_UNREACHABLE_AGE};
use super::robots_rules::{FILE_BYTES, RobotRules};

/// What one host lets our robot do.
pub(super) enum Rules {
    /// The host answered: these are its rules, or it has none.
    Stated(RobotRules),
    /// RFC 9309, 2.3.1.4: an unreachable robots.txt disallows everything. Whether there was a connection at all.
    Unreachable { connected: bool },
}

impl Rules {
    /// Understands what asking for robots.txt gave.
    ///
    /// Fails only where nothing was learnt about the host: the address is refused, or the host asks for time.
    pub(super) fn understand(answer: Result<Vec<u8>, FetchError>, robot: &str) -> Result<Self, FetchError> {
        match answer {
            Ok(file) => Ok(Self::parse(&file, robot)),
            Err(error @ (FetchError::AddressRefused { .. } | FetchError::Postponed { .. })) => Err(error),
            // RFC 9309, 2.3.1.3: with 400 to 499 there is no file, and no rule.
            // 2.3.1.2: nor with more redirects than are followed.
            Err(FetchError::Status { status: 400..=499, .. } | FetchError::TooManyRedirects { .. }) => {
                Ok(Self::Stated(RobotRules::default()))
            }
            // There is no such name, nobody listens, or whoever does cannot prove who they are.
            Err(FetchError::Transport { source, .. }) if source.is_connect() => {
                Ok(Self::Unreachable { connected: false })
            }
            // Whatever else went wrong, the rules are unknown.
            Err(_) => Ok(Self::Unreachable { connected: true }),
        }
    }

    fn parse(file: &[u8], robot: &str) -> Self {
        Self::Stated(RobotRules::parse(first_whole_lines(file), robot))
    }

    /// Checks one address of the host these rules are of.
    pub(super) fn check(&self, url: &Url) -> Result<(), FetchError> {
        match self {
            Self::Stated(rules) if rules.allow(url.as_str()) => Ok(()),
            Self::Stated(_) => Err(FetchError::RobotsDisallowed { url: shown(url) }),
            Self::Unreachable { connected } => {
                Err(FetchError::RobotsUnreachable { host: url.authority().to_owned(), connected: *connected })
            }
        }
    }

    /// Returns the least time between two requests that the host asks for.
    pub(super) fn crawl_delay(&self) -> Duration {
        match self {
            Self::Stated(rules) => rules.crawl_delay().unwrap_or_default().min(LONGEST_CRAWL_DELAY),
            Self::Unreachable { .. } => Duration::ZERO,
        }
    }

    fn age_limit(&self) -> Duration {
        match self {
            Self::Stated(_) => ROBOTS_AGE,
            Self::Unreachable { .. } => ROBOTS_UNREACHABLE_AGE,
        }
    }
}

/// Returns whether a robots.txt lets a robot of this product token ask for an address, as it is written.
pub fn robots_allow(file: &[u8], robot: &str, address: &str) -> bool {
    RobotRules::parse(file, robot).allow(address)
}

/// Returns where the rules for an address are (RFC 9309, 2.3).
pub(super) fn location(url: &Url) -> Result<Url, FetchError> {
    url.join("/robots.txt").map_err(|error| FetchError::AddressRefused { url: shown(url), reason: error.to_string() })
}

/// Returns the limits for asking for robots.txt, given those for the page it is about.
pub(super) fn limits(page: &FetchLimits) -> FetchLimits {
    // One byte more than is parsed tells that the last line was cut.
    let body_bytes = u64::try_from(FILE_BYTES + 1).unwrap_or(u64::MAX);
    FetchLimits { body_bytes, redirects: ROBOTS_REDIRECTS, ..*page }
}

/// Leaves out the line that was cut where reading stopped: half a rule may say the opposite of the whole.
fn first_whole_lines(file: &[u8]) -> &[u8] {
    let Some(read) = file.get(..=FILE_BYTES) else {
        return file;
    };
    let length = read.iter().rposition(|&byte| ends_line(byte)).unwrap_or(0);
    &file[..length]
}

fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The rules of one host, once they are known. Held locked while they are asked for, so that they are asked for once.
#[derive(Default)]
pub(super) struct Remembered {
    rules: Option<(Arc<Rules>, Instant)>,
}

impl Remembered {
    /// Returns the rules, unless they are unknown or too old.
    pub(super) fn fresh(&self, now: Instant) -> Option<Arc<Rules>> {
        let (rules, stale_at) = self.rules.as_ref()?;
        (now < *stale_at).then(|| Arc::clone(rules))
    }

    /// Keeps rules that were just learnt.
    pub(super) fn keep(&mut self, rules: Rules, now: Instant) -> Arc<Rules> {
        let stale_at = now + rules.age_limit();
        let rules = Arc::new(rules);
        self.rules = Some((Arc::clone(&rules), stale_at));
        rules
    }
}

type Slot = Arc<tokio::sync::Mutex<Remembered>>;

/// The rules of all hosts met so far, at most [`HOSTS`] of them.
#[derive(Default)]
pub(super) struct RulesOfHosts {
    slots: Mutex<HashMap<String, Slot>>,
}

impl RulesOfHosts {
    /// Returns the place where the rules for an address are kept.
    pub(super) fn slot(&self, url: &Url, now: Instant) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = url.origin().ascii_serialization();
        if slots.len() >= HOSTS && !slots.contains_key(&origin) {
            make_room(&mut slots, now);
        }
        Arc::clone(slots.entry(origin).or_default())
    }
}

/// Forgets what is stale, or else any one host: at worst its rules are asked for once more.
fn make_room(slots: &mut HashMap<String, Slot>, now: Instant) {
    slots.retain(|_, slot| slot.try_lock().map_or(true, |remembered| remembered.fresh(now).is_some()));
    if slots.len() >= HOSTS
        && let Some(any) = slots.keys().next().cloned()
    {
        slots.remove(&any);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ROBOT: &str = "SignpostBot";

    fn allows(file: &[u8], path: &str) -> bool {
        let url = Url::parse("https://example.org").and_then(|base| base.join(path)).expect("a good address");
        Rules::parse(file, ROBOT).check(&url).is_ok()
    }

    #[rstest]
    #[case::everybody("User-agent: *\nDisallow: /private", "/private/a", false)]
    #[case::elsewhere("User-agent: *\nDisallow: /private", "/public", true)]
    #[case::ours_wins("User-agent: *\nDisallow: /\nUser-agent: signpostbot\nAllow: /", "/a", true)]
    #[case::ours_with_a_version("User-agent: SignpostBot/2.1\nDisallow: /", "/a", false)]
    #[case::ours_with_a_comment("User-agent: SignpostBot # please\nDisallow: /", "/a", false)]
    #[case::a_longer_name("User-agent: SignpostBot-Images\nDisallow: /", "/a", true)]
    #[case::a_shorter_name("User-agent: Signpost\nDisallow: /", "/a", true)]
    #[case::star_with_a_version("User-agent: */2.1\nDisallow: /", "/a", true)]
    #[case::delay_between_names("User-agent: SignpostBot\nCrawl-delay: 5\nUser-agent: Other\nDisallow: /", "/a", false)]
    #[case::longest_rule_wins("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true)]
    #[case::old_line_ends("User-agent: *\rDisallow: /a", "/a", false)]
    #[case::byte_order_mark("\u{feff}User-agent: *\nDisallow: /a", "/a", false)]
    #[case::empty("", "/a", true)]
    fn a_file_is_read_as_the_rfc_says(#[case] file: &str, #[case] path: &str, #[case] expected: bool) {
        assert_eq!(allows(file.as_bytes(), path), expected);
    }

    #[rstest]
    #[case::short("User-agent: *\nCrawl-delay: 2.5", Duration::from_millis(2500))]
    #[case::longer_than_we_honour("User-agent: *\nCrawl-delay: 3600", LONGEST_CRAWL_DELAY)]
    #[case::of_another_robot("User-agent: Other\nCrawl-delay: 5", Duration::ZERO)]
    #[case::none("User-agent: *", Duration::ZERO)]
    fn a_crawl_delay_is_honoured_up_to_a_minute(#[case] file: &str, #[case] expected: Duration) {
        assert_eq!(Rules::parse(file.as_bytes(), ROBOT).crawl_delay(), expected);
    }

    #[rstest]
    #[case::missing(404, true)]
    #[case::forbidden(403, true)]
    #[case::failing(500, false)]
    #[case::unavailable(503, false)]
    fn no_file_allows_everything_and_no_answer_allows_nothing(#[case] status: u16, #[case] expected: bool) {
        let url = Url::parse("https://example.org/a").expect("a good address");
        let answer = Err(FetchError::Status { url: String::new(), status });
        let rules = Rules::understand(answer, ROBOT).expect("a status tells something");
        assert_eq!(rules.check(&url).is_ok(), expected);
    }

    #[test]
    fn a_rule_that_was_cut_does_not_count() {
        let mut file = b"User-agent: *\nDisallow: /\n".to_vec();
        file.resize(FILE_BYTES - 8, b'\n');
        file.extend_from_slice(b"Allow: /a/long/path");
        // Up to the limit it reads `Allow: /a`.
        assert!(!allows(&file, "/a/other"));
    }

    #[test]
    fn rules_are_asked_for_again_after_a_day() {
        let mut remembered = Remembered::default();
        let now = Instant::now();
        remembered.keep(Rules::parse(b"", ROBOT), now);
        assert!(remembered.fresh(now + ROBOTS_AGE - Duration::from_secs(1)).is_some());
        assert!(remembered.fresh(now + ROBOTS_AGE).is_none());
    }
}

//! Does the host let a robot in? robots.txt by RFC 9309, remembered for each scheme, host and port.
//!
//! In goes what asking for robots.txt gave, out come the rules for one robot: ours. The asking itself, which keeps the
//! same limits and the same pace as any other request, is done by the fetcher.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use robotxt::{AccessResult, BYTE_LIMIT, Robots};
use tokio::time::Instant;
use url::Url;

use super::error::{FetchError, shown};
use super::limits::{FetchLimits, HOSTS, LONGEST_CRAWL_DELAY, ROBOTS_AGE, ROBOTS_REDIRECTS, ROBOTS_UNREACHABLE_AGE};

/// The spellings of the two records that are looked at before the parser; the same ones it knows.
const USER_AGENT: [&str; 3] = ["user-agent", "user agent", "useragent"];
const CRAWL_DELAY: [&str; 3] = ["crawl-delay", "crawl delay", "crawldelay"];

/// What one host lets our robot do.
pub(super) enum Rules {
    /// The host answered: these are its rules, or it has none.
    Stated { robots: Robots, crawl_delay: Duration },
    /// RFC 9309, 2.3.1.4: an unreachable robots.txt disallows everything.
    Unreachable,
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
            Err(FetchError::Status { status: 400..=499, .. }) => {
                Ok(Self::from_access(AccessResult::Unavailable, robot))
            }
            Err(FetchError::TooManyRedirects { .. }) => Ok(Self::from_access(AccessResult::TooManyRedirects, robot)),
            // Whatever else went wrong, the rules are unknown.
            Err(_) => Ok(Self::Unreachable),
        }
    }

    fn parse(file: &[u8], robot: &str) -> Self {
        let file = first_whole_lines(file);
        let delays = Robots::parse(&bare(file, CrawlDelays::Kept), robot);
        let delay = delays.crawl_delay().unwrap_or(Duration::ZERO);
        Self::Stated {
            robots: Robots::parse(&bare(file, CrawlDelays::Dropped), robot),
            crawl_delay: delay.min(LONGEST_CRAWL_DELAY),
        }
    }

    fn from_access(access: AccessResult<'_>, robot: &str) -> Self {
        Self::Stated { robots: Robots::from_access(access, robot), crawl_delay: Duration::ZERO }
    }

    /// Checks one address of the host these rules are of.
    pub(super) fn check(&self, url: &Url) -> Result<(), FetchError> {
        match self {
            Self::Stated { robots, .. } if robots.is_url_allowed(url) => Ok(()),
            Self::Stated { .. } => Err(FetchError::RobotsDisallowed { url: shown(url) }),
            Self::Unreachable => Err(FetchError::RobotsUnreachable { host: url.authority().to_owned() }),
        }
    }

    /// Returns the least time between two requests that the host asks for.
    pub(super) fn crawl_delay(&self) -> Duration {
        match self {
            Self::Stated { crawl_delay, .. } => *crawl_delay,
            Self::Unreachable => Duration::ZERO,
        }
    }

    fn age_limit(&self) -> Duration {
        match self {
            Self::Stated { .. } => ROBOTS_AGE,
            Self::Unreachable => ROBOTS_UNREACHABLE_AGE,
        }
    }
}

/// Returns whether a robots.txt lets a robot of this product token ask for an address.
pub fn robots_allow(file: &[u8], robot: &str, url: &Url) -> bool {
    Rules::parse(file, robot).check(url).is_ok()
}

/// Returns where the rules for an address are.
pub(super) fn location(url: &Url) -> Result<Url, FetchError> {
    robotxt::robots_url(url).map_err(|error| FetchError::AddressRefused { url: shown(url), reason: error.to_string() })
}

/// Returns the limits for asking for robots.txt, given those for the page it is about.
pub(super) fn limits(page: &FetchLimits) -> FetchLimits {
    // One byte more than is parsed tells that the last line was cut.
    let body_bytes = u64::try_from(BYTE_LIMIT + 1).unwrap_or(u64::MAX);
    FetchLimits { body_bytes, redirects: ROBOTS_REDIRECTS, ..*page }
}

/// Leaves out the line that was cut where reading stopped: half a rule may say the opposite of the whole.
fn first_whole_lines(file: &[u8]) -> &[u8] {
    let Some(read) = file.get(..=BYTE_LIMIT) else {
        return file;
    };
    let length = read.iter().rposition(|&byte| ends_line(byte)).unwrap_or(0);
    &file[..length]
}

fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b'\0')
}

/// What becomes of the `Crawl-delay` lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CrawlDelays {
    Kept,
    Dropped,
}

/// Rewrites a file so that the parser reads its groups as RFC 9309 does.
///
/// A name is compared by its product token, so `SignpostBot/0.1` becomes `SignpostBot` (2.2.1). And a line that the RFC
/// does not know must not end the list of names of a group, which the parser lets `Crawl-delay` do (2.2.4).
fn bare(file: &[u8], delays: CrawlDelays) -> Vec<u8> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut bare = Vec::with_capacity(file.len());
    for line in file.split(|&byte| ends_line(byte)) {
        if let Some(name) = value_of(line, &USER_AGENT) {
            bare.extend_from_slice(b"user-agent: ");
            bare.extend_from_slice(product_token(name));
        } else if delays == CrawlDelays::Kept || value_of(line, &CRAWL_DELAY).is_none() {
            bare.extend_from_slice(line);
        }
        bare.push(b'\n');
    }
    bare
}

/// Returns the value of a line that has one of these keys, followed by a colon or at least a space.
fn value_of<'a>(line: &'a [u8], spellings: &[&str]) -> Option<&'a [u8]> {
    let line = line.trim_ascii();
    let after_key = spellings.iter().find_map(|spelling| {
        let (key, rest) = line.split_at_checked(spelling.len())?;
        key.eq_ignore_ascii_case(spelling.as_bytes()).then_some(rest)
    })?;
    let value = after_key.trim_ascii_start();
    match value.strip_prefix(b":") {
        Some(value) => Some(value.trim_ascii_start()),
        None if value.len() < after_key.len() => Some(value),
        None => None,
    }
}

fn product_token(name: &[u8]) -> &[u8] {
    if let [b'*'] | [b'*', b' ' | b'\t' | b'#', ..] = name {
        return b"*";
    }
    let belongs = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-');
    let length = name.iter().position(|byte| !belongs(byte)).unwrap_or(name.len());
    &name[..length]
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
        file.resize(BYTE_LIMIT - 8, b'\n');
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

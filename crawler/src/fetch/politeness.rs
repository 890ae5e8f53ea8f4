//! When may the next request to a host start? One at a time, with a pause between, whoever asks.
//!
//! A host is a registrable domain, so that `www` and `api` of one organisation share a pace. One [`Politeness`] serves
//! all sources; a [`Turn`] is held for as long as a request, its retries and its body take. How long the pause is comes
//! from the source's limits and the host's robots.txt.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep_until};
use url::{Host, Url};

use super::address::is_localhost;
use super::limits::{HOSTS, LONGEST_DELAY};

/// When the last request to a host started, and the pause that whoever made it keeps; `None` before the first.
type LastStart = Option<(Instant, Duration)>;
type Slot = Arc<tokio::sync::Mutex<LastStart>>;

/// The pace of every host met so far.
#[derive(Default)]
pub(super) struct Politeness {
    hosts: Mutex<HashMap<String, Slot>>,
}

impl Politeness {
    /// Waits until nobody else asks this host and `delay` has passed since the last request to it started.
    pub(super) async fn turn(&self, url: &Url, delay: Duration) -> Turn {
        let slot = self.slot(registrable_domain(url));
        let mut turn = Turn { last_start: slot.lock_owned().await, delay: delay.min(LONGEST_DELAY) };
        turn.start_again_after(Duration::ZERO).await;
        turn
    }

    fn slot(&self, key: String) -> Slot {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= HOSTS && !hosts.contains_key(&key) {
            forget_idle(&mut hosts, Instant::now());
        }
        Arc::clone(hosts.entry(key).or_default())
    }
}

/// The right to ask one host, until it is dropped.
pub(super) struct Turn {
    last_start: OwnedMutexGuard<LastStart>,
    delay: Duration,
}

impl Turn {
    /// Waits for `wait`, and longer where the host's pace asks for it; then another request may start.
    pub(super) async fn start_again_after(&mut self, wait: Duration) {
        let now = Instant::now();
        let wanted = now + wait.min(LONGEST_DELAY);
        // The longer of the two pauses: a host that asks one source for patience is not asked the sooner by another.
        let polite = self.last_start.map_or(now, |(start, delay)| start + delay.max(self.delay));
        sleep_until(wanted.max(polite)).await;
        *self.last_start = Some((Instant::now(), self.delay));
    }
}

/// Forgets hosts whose last request is so long ago that no pause can still be due. Those being asked stay.
fn forget_idle(hosts: &mut HashMap<String, Slot>, now: Instant) {
    hosts.retain(|_, slot| {
        let is_waited_for = Arc::strong_count(slot) > 1;
        let is_recent =
            slot.try_lock().map_or(true, |last_start| last_start.is_some_and(|(start, _)| now < start + LONGEST_DELAY));
        is_waited_for || is_recent
    });
}

/// Returns what a pace is kept for: the registrable domain, or host and port where there are no domains.
pub fn registrable_domain(url: &Url) -> String {
    match url.host() {
        Some(Host::Domain(domain)) if !is_localhost(domain) => {
            let domain = domain.trim_end_matches('.');
            // A public suffix, `gov.uk` for one, can be a host as well; it is then a domain of its own.
            psl::domain_str(domain).unwrap_or(domain).to_owned()
        }
        Some(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_)) | None => {
            let host = url.host_str().unwrap_or_default();
            let port = url.port_or_known_default().unwrap_or_default();
            format!("{host}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const PAUSE: Duration = Duration::from_millis(30);

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a good address")
    }

    #[rstest]
    #[case::subdomain("https://api.example.org/a", "example.org")]
    #[case::scheme_and_port_do_not_matter("http://www.example.org:8080/", "example.org")]
    #[case::second_level("https://www.physics.ox.ac.uk/", "ox.ac.uk")]
    #[case::below_a_public_suffix("https://www.gov.uk/", "www.gov.uk")]
    #[case::public_suffix("https://gov.uk/", "gov.uk")]
    #[case::final_dot("https://www.example.org./", "example.org")]
    #[case::no_domain("http://intranet/", "intranet")]
    #[case::localhost("http://localhost:8080/", "localhost:8080")]
    #[case::loopback("http://127.0.0.1:8080/", "127.0.0.1:8080")]
    #[case::loopback_v6("http://[::1]/", "[::1]:80")]
    fn a_pace_is_kept_for_each_registrable_domain(#[case] address: &str, #[case] expected: &str) {
        assert_eq!(registrable_domain(&url(address)), expected);
    }

    #[tokio::test]
    async fn two_requests_to_one_domain_keep_their_distance() {
        let politeness = Politeness::default();
        let started = Instant::now();
        drop(politeness.turn(&url("https://www.example.org/"), PAUSE).await);
        drop(politeness.turn(&url("https://api.example.org/"), PAUSE).await);
        assert!(started.elapsed() >= PAUSE);
    }

    #[tokio::test]
    async fn requests_to_two_domains_do_not_wait_for_each_other() {
        let politeness = Politeness::default();
        let first = politeness.turn(&url("https://example.org/"), LONGEST_DELAY).await;
        let second = politeness.turn(&url("https://example.com/"), LONGEST_DELAY).await;
        drop((first, second));
    }

    #[tokio::test]
    async fn a_retry_keeps_the_distance_too() {
        let politeness = Politeness::default();
        let mut turn = politeness.turn(&url("https://example.org/"), PAUSE).await;
        let started = Instant::now();
        turn.start_again_after(Duration::ZERO).await;
        assert!(started.elapsed() >= PAUSE / 2);
    }

    #[tokio::test]
    async fn an_idle_host_is_forgotten_and_a_busy_one_is_not() {
        let politeness = Politeness::default();
        drop(politeness.turn(&url("https://example.org/"), PAUSE).await);
        let busy = politeness.turn(&url("https://example.com/"), PAUSE).await;
        let mut hosts = politeness.hosts.lock().expect("nobody else holds it");
        forget_idle(&mut hosts, Instant::now() + LONGEST_DELAY * 2);
        assert_eq!(hosts.keys().collect::<Vec<_>>(), ["example.com"]);
        drop(busy);
    }
}

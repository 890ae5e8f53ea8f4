//! How much one caller may ask: a bucket for each address, a larger one for each partner, and slow ones for acts.
//!
//! [`limit`] stands around the open API, OAI-PMH and the pages, inside CORS so that a page of another site can read
//! what is left. It says who calls, and it puts [`Caller`] and [`Peer`] into the request for the handlers. Who asks is
//! [`super::peer`]'s to say, and how a bucket fills `super::buckets`'s.

use std::hash::Hash;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use jiff::Timestamp;
use url::form_urlencoded;

use super::buckets::{Buckets, Quota};
use super::caller::{Caller, presented_keys, refuse_key};
use super::peer::Peer;
use super::sign_in_limits::SignInLimits;
use crate::app::App;
use crate::catalogue::{CatalogueError, KeyHolder};
use crate::config::LimitsConfig;
use crate::error::AppError;

/// Buckets count in quarters of a request, so that what is asked with every key that is pressed can cost less.
const QUARTERS: u32 = 4;
/// What a suggestion costs. Thirty-two pupils behind one address type some hundred letters a second.
const SUGGESTION_COST: u32 = 1;
/// The pages that ask the index or the store several times, with what they cost: less than they ask, so that a class that
/// opens the page for students at once is still let in.
const DEAR_PAGES: [(&str, u32); 6] = [
    ("/students", 3 * QUARTERS),
    ("/coverage", 2 * QUARTERS),
    ("/coverage.csv", 4 * QUARTERS),
    ("/sources", 2 * QUARTERS),
    ("/sources.atom", 2 * QUARTERS),
    ("/list", 2 * QUARTERS),
];
/// What one catalogue costs, whichever it is.
const SOURCE_PAGE: (&str, u32) = ("/sources/", 3 * QUARTERS);
/// The page of plans. It asks for nothing that is dear, but where something is to be found for a plan.
const PLAN_PAGE: &str = "/planner";
/// What a plan costs whose example is found anew: as many requests as it searches at most.
const EXAMPLE: (&str, u32) = ("example", 8 * QUARTERS);
/// What a plan costs beside which something is found, by up to three searches, and the parameters that ask for it.
const FINDING: ([&str; 5], u32) = (["find", "find_for", "find_year", "gap", "fill"], 2 * QUARTERS);
/// A key is 256 bits and cannot be guessed; but who tries is told to stop.
const WRONG_KEYS_A_MINUTE: u64 = 10;
/// A partner is made once. Five leave room for the colleagues behind the same address.
const REGISTRATIONS_AN_HOUR: u64 = 5;
/// A class that finds broken links and says so; not a machine that fills the list of reports.
const REPORTS_AN_HOUR: u64 = 20;
/// A partner tries things out; each is written down for ever, and every search reads the views anew.
const WRITTEN_VIEWS_AN_HOUR: u64 = 60;

const HOUR_SECONDS: u64 = 3_600;
const MINUTE_SECONDS: u64 = 60;

/// Both headers are structured fields. Source: draft-ietf-httpapi-ratelimit-headers, sections 3 and 4.
const RATE_LIMIT: &str = "ratelimit";
const RATE_LIMIT_POLICY: &str = "ratelimit-policy";

/// What is limited beside requests, by address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Making a partner and its key.
    Register,
    /// Reporting a resource.
    Report,
    /// Making, changing or deleting a view.
    WriteView,
}

/// All limits, and how far each caller is from them. Cheap to clone; all clones share the buckets.
#[derive(Debug, Clone)]
pub struct RateLimits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    is_on: bool,
    trusted_proxies: Vec<IpNet>,
    anonymous: Policy<Peer>,
    keyed: Policy<String>,
    wrong_keys: Buckets<Peer>,
    sign_ins: SignInLimits,
    registrations: Buckets<Peer>,
    reports: Buckets<Peer>,
    written_views: Buckets<Peer>,
}

impl RateLimits {
    /// Full buckets for everybody.
    pub fn new(config: &LimitsConfig) -> Self {
        let hourly = |most: u64| Buckets::new(Quota::new(most, HOUR_SECONDS, most));
        Self(Arc::new(Inner {
            is_on: config.is_on,
            trusted_proxies: config.trusted_proxies.clone(),
            anonymous: Policy::new("anonymous", config.anonymous_per_second, config.anonymous_burst),
            keyed: Policy::new("keyed", config.keyed_per_second, config.keyed_burst),
            wrong_keys: Buckets::new(Quota::new(WRONG_KEYS_A_MINUTE, MINUTE_SECONDS, WRONG_KEYS_A_MINUTE)),
            sign_ins: SignInLimits::new(config),
            registrations: hourly(REGISTRATIONS_AN_HOUR),
            reports: hourly(REPORTS_AN_HOUR),
            written_views: hourly(WRITTEN_VIEWS_AN_HOUR),
        }))
    }

    /// Whether somebody may do this now. It counts as done.
    ///
    /// # Errors
    /// [`AppError::TooManyRequests`] when it was done too often.
    pub fn may(&self, act: Act, peer: &Peer, now: Timestamp) -> Result<(), AppError> {
        let (buckets, reason) = match act {
            Act::Register => (&self.0.registrations, "too many keys were made from your address; try again later"),
            Act::Report => (&self.0.reports, "too many reports came from your address; try again later"),
            Act::WriteView => (&self.0.written_views, "too many views were written from your address; try again later"),
        };
        if self.0.is_on { grant(buckets, peer, now, reason) } else { Ok(()) }
    }

    /// Who sent a request, as its limits are counted.
    pub fn peer_of(&self, request: &Request) -> Peer {
        Peer::of(request, &self.0.trusted_proxies)
    }

    /// Whether somebody at this address may sign in, or show a token, at all.
    ///
    /// # Errors
    /// [`AppError::TooManyRequests`] after too many that were wrong.
    pub fn may_sign_in(&self, peer: &Peer, now: Timestamp) -> Result<(), AppError> {
        if self.0.is_on { self.0.sign_ins.may_try(peer, now) } else { Ok(()) }
    }

    /// Counts a token or a sign-in that was wrong.
    ///
    /// # Errors
    /// [`AppError::TooManyRequests`] when it was one too many.
    pub fn count_failed_sign_in(&self, peer: &Peer, now: Timestamp) -> Result<(), AppError> {
        if !self.0.is_on {
            return Ok(());
        }
        // Without the address, which is written down nowhere.
        self.0.sign_ins.count_failed(peer, now).inspect_err(|_| {
            tracing::warn!(
                "too many wrong tokens came from an address, or from all: none is heard from there for a while"
            );
        })
    }

    /// Remembers from where a token was right.
    pub fn count_sign_in(&self, peer: &Peer, now: Timestamp) {
        self.0.sign_ins.count_right(peer, now);
    }

    fn ask_without_key(&self, peer: &Peer, cost: u32, now: Timestamp) -> Standing {
        if self.0.is_on { self.0.anonymous.ask(peer, cost, now) } else { Standing::default() }
    }

    fn ask_with_key(&self, partner: &str, cost: u32, now: Timestamp) -> Standing {
        if self.0.is_on { self.0.keyed.ask(&partner.to_owned(), cost, now) } else { Standing::default() }
    }

    /// Whether this address has lately sent as many wrong keys as it may.
    fn is_guessing(&self, peer: &Peer, now: Timestamp) -> bool {
        self.0.is_on && self.0.wrong_keys.take(peer, 0, now).left == 0
    }

    fn count_wrong_key(&self, peer: &Peer, now: Timestamp) -> Result<(), AppError> {
        let reason = "too many wrong keys came from your address; try again later, or without a key";
        if self.0.is_on { grant(&self.0.wrong_keys, peer, now, reason) } else { Ok(()) }
    }
}

fn grant(buckets: &Buckets<Peer>, peer: &Peer, now: Timestamp, reason: &'static str) -> Result<(), AppError> {
    match buckets.take(peer, 1, now).retry_after_seconds() {
        None => Ok(()),
        Some(retry_after_seconds) => Err(AppError::TooManyRequests { retry_after_seconds, reason }),
    }
}

/// A limit as it is told to callers.
#[derive(Debug)]
struct Policy<K> {
    name: &'static str,
    /// `"anonymous";q=120;w=2`: so many whole requests at once, come back after so many seconds.
    told: String,
    buckets: Buckets<K>,
}

impl<K: Clone + Eq + Hash> Policy<K> {
    fn new(name: &'static str, per_second: u64, burst: u64) -> Self {
        let quarters = u64::from(QUARTERS);
        let quota = Quota::new(per_second.saturating_mul(quarters), 1, burst.saturating_mul(quarters));
        let told = format!("\"{name}\";q={burst};w={}", quota.window_seconds());
        Self { name, told, buckets: Buckets::new(quota) }
    }

    fn ask(&self, key: &K, cost: u32, now: Timestamp) -> Standing {
        let taken = self.buckets.take(key, cost, now);
        let left = taken.left / i128::from(QUARTERS);
        Standing {
            policy: HeaderValue::from_str(&self.told).ok(),
            left: HeaderValue::from_str(&format!("\"{}\";r={left};t={}", self.name, taken.full_in_seconds())).ok(),
            retry_after_seconds: taken.retry_after_seconds(),
        }
    }
}

/// How a caller stands after a request was counted. By default: not limited.
#[derive(Debug, Clone, Default)]
struct Standing {
    policy: Option<HeaderValue>,
    left: Option<HeaderValue>,
    /// When the request is refused: the seconds after which it would be granted.
    retry_after_seconds: Option<u64>,
}

impl Standing {
    fn check(&self) -> Result<(), AppError> {
        let reason = "you ask faster than can be answered; slow down, or ask for a key at /partners/key";
        match self.retry_after_seconds {
            None => Ok(()),
            Some(retry_after_seconds) => Err(AppError::TooManyRequests { retry_after_seconds, reason }),
        }
    }

    fn write(self, headers: &mut HeaderMap) {
        let lines = [(RATE_LIMIT_POLICY, self.policy), (RATE_LIMIT, self.left)];
        for (name, value) in lines {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
    }
}

/// Why a request goes no further.
enum Refusal {
    /// It bears a key that nobody holds.
    WrongKey,
    Error(AppError),
}

impl<E: Into<AppError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// How a request is told that it goes no further: as a problem, or as a page.
pub type Refuse = fn(AppError) -> Response;

/// Says who calls, counts the request, and lets it pass or not.
pub async fn limit(State((app, refuse)): State<(App, Refuse)>, mut request: Request, next: Next) -> Response {
    let peer = Peer::of(&request, &app.limits.0.trusted_proxies);
    let cost = cost_of(request.uri());
    let keys: Vec<String> = presented_keys(request.headers()).map(ToOwned::to_owned).collect();
    let (admitted, standing) = admit(&app, &peer, &keys, cost).await;
    let mut response = match admitted {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(peer);
            next.run(request).await
        }
        Err(Refusal::WrongKey) => refuse_key(),
        Err(Refusal::Error(error)) => refuse(error),
    };
    standing.write(response.headers_mut());
    keep_apart(response.headers_mut(), !keys.is_empty());
    response
}

/// Who calls, where the limits let them; and how they stand then.
async fn admit(app: &App, peer: &Peer, keys: &[String], cost: u32) -> (Result<Caller, Refusal>, Standing) {
    let now = app.clock.now();
    if keys.is_empty() {
        let standing = app.limits.ask_without_key(peer, cost, now);
        return (standing.check().map(|()| Caller::default()).map_err(Refusal::from), standing);
    }
    // Who has sent many wrong keys may still be behind one address with a partner whose key is right. So it is looked
    // up, but no faster than anybody may ask without one.
    if app.limits.is_guessing(peer, now) {
        let standing = app.limits.ask_without_key(peer, cost, now);
        if let Err(error) = standing.check() {
            return (Err(error.into()), standing);
        }
    }
    match holder_of_all(app, keys).await {
        Ok(Some(holder)) => {
            let standing = app.limits.ask_with_key(&holder.partner, cost, now);
            let caller = Caller { holder: Some(holder), is_unread: false };
            (standing.check().map(|()| caller).map_err(Refusal::from), standing)
        }
        Ok(None) => {
            let standing = app.limits.ask_without_key(peer, cost, now);
            let counted = app.limits.count_wrong_key(peer, now).and_then(|()| standing.check());
            (Err(counted.map_or_else(Refusal::from, |()| Refusal::WrongKey)), standing)
        }
        // Whose key it is nobody can say now, and what the index answers needs none: who sends one is answered as
        // everybody is, within everybody's limits, rather than not at all. What needs the key says for itself that it
        // cannot be looked up.
        Err(error) if error.is_away() => {
            let standing = app.limits.ask_without_key(peer, cost, now);
            let caller = Caller { holder: None, is_unread: true };
            (standing.check().map(|()| caller).map_err(Refusal::from), standing)
        }
        Err(error) => (Err(error.into()), Standing::default()),
    }
}

/// Whose the first of these keys is; `None` where any of them is nobody's.
async fn holder_of_all(app: &App, keys: &[String]) -> Result<Option<KeyHolder>, CatalogueError> {
    let mut first = None;
    for key in keys {
        let Some(holder) = app.store()?.holder_of_key(key).await? else {
            return Ok(None);
        };
        first.get_or_insert(holder);
    }
    Ok(first)
}

fn cost_of(uri: &Uri) -> u32 {
    let path = uri.path();
    if matches!(path, "/v1/suggest" | "/opensearch/suggest") {
        return SUGGESTION_COST;
    }
    if path == PLAN_PAGE {
        return cost_of_plan(uri.query().unwrap_or_default());
    }
    if path.starts_with(SOURCE_PAGE.0) {
        return SOURCE_PAGE.1;
    }
    DEAR_PAGES.iter().find(|(dear, _)| *dear == path).map_or(QUARTERS, |(_, cost)| *cost)
}

/// What a plan costs, by the parameters that are filled in. Their names are read as the page reads them.
fn cost_of_plan(query: &str) -> u32 {
    let mut cost = QUARTERS;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if value.trim().is_empty() {
            continue;
        }
        if name == EXAMPLE.0 {
            return EXAMPLE.1;
        }
        if FINDING.0.contains(&&*name) {
            cost = FINDING.1;
        }
    }
    cost
}

/// Whose a key is that somebody typed into a form. A wrong one counts as one that a program sends does.
///
/// # Errors
/// [`AppError::TooManyRequests`] after too many wrong ones; internal when the store cannot be read.
pub async fn holder_of_typed(app: &App, peer: &Peer, key: &str) -> Result<Option<KeyHolder>, AppError> {
    let now = app.clock.now();
    if app.limits.is_guessing(peer, now) {
        app.limits.count_wrong_key(peer, now)?;
    }
    let holder = app.store()?.holder_of_key(key).await?;
    if holder.is_none() {
        app.limits.count_wrong_key(peer, now)?;
    }
    Ok(holder)
}

/// Keeps what caches hold for those with a key apart from what they hold for everybody.
fn keep_apart(headers: &mut HeaderMap, has_key: bool) {
    headers.append(header::VARY, HeaderValue::from_static("authorization, x-api-key"));
    let cached = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
    let Some(rest) = cached.and_then(|value| value.strip_prefix("public")).filter(|_| has_key) else {
        return;
    };
    if let Ok(private) = HeaderValue::from_str(&format!("private{rest}")) {
        headers.insert(header::CACHE_CONTROL, private);
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::web::peer::tests::peer;

    const SOCKET: &str = "203.0.113.5";

    fn at(milliseconds: i64) -> Timestamp {
        let start: Timestamp = "2026-11-22T09:00:00Z".parse().expect("a time");
        start.saturating_add(SignedDuration::from_millis(milliseconds)).expect("a time")
    }

    fn limits() -> RateLimits {
        RateLimits::new(&LimitsConfig::default())
    }

    #[test]
    fn a_class_of_thirty_two_behind_one_address_is_never_refused() {
        const PUPILS: i64 = 32;
        const LETTERS: i64 = 15;
        // All at once, and each a little after the last: both happen.
        for apart_ms in [0, 10, 100] {
            let mut asked: Vec<(i64, u32)> = Vec::new();
            for pupil in 0..PUPILS {
                let start = pupil * apart_ms;
                asked.push((start, QUARTERS));
                asked.extend((0..LETTERS).map(|letter| (start + 2_000 + letter * 333, SUGGESTION_COST)));
                asked.extend([7_500, 25_000, 60_000].map(|later| (start + later, QUARTERS)));
            }
            asked.sort_unstable();
            let (limits, school) = (limits(), peer(SOCKET, &[]));
            for (when, cost) in asked {
                let standing = limits.ask_without_key(&school, cost, at(when));
                assert_eq!(standing.retry_after_seconds, None, "{apart_ms} ms apart, after {when} ms");
            }
        }
    }

    #[test]
    fn what_asks_often_costs_more_and_a_class_may_still_open_it_at_once() {
        let cost = |address: &str| cost_of(&address.parse().expect("an address"));
        assert_eq!((cost("/v1/suggest?q=a"), cost("/?q=a"), cost("/planner")), (1, QUARTERS, QUARTERS));
        assert!(cost("/planner?example=on") > cost("/sources/rsc") && cost("/sources/rsc") > cost("/about"));
        let (limits, school) = (limits(), peer(SOCKET, &[]));
        for pupil in 0..32 {
            let standing = limits.ask_without_key(&school, cost("/students?q=vet"), at(0));
            assert_eq!(standing.retry_after_seconds, None, "pupil {pupil}");
        }
    }

    #[test]
    fn a_plan_costs_what_it_searches_however_its_address_is_written() {
        for (query, cost) in [
            ("example=on", EXAMPLE.1),
            ("%65xample=on", EXAMPLE.1),
            ("find=&example=on", EXAMPLE.1),
            ("example=&find=", QUARTERS),
            ("at=13-2~a&words=wales&title=example%3Dnone", QUARTERS),
            ("find=soap", FINDING.1),
            ("g%61p=gatsby-5~13", FINDING.1),
            ("fill=13-2", FINDING.1),
        ] {
            assert_eq!(cost_of(&format!("/planner?{query}").parse().expect("an address")), cost, "{query}");
        }
    }

    #[test]
    fn a_forged_header_never_resets_the_limit() {
        let limits = limits();
        let granted = (0..10_000)
            .filter(|number: &u32| {
                let forged = format!("{}.{}.{}.{}", number % 223, number % 251, number / 251, number % 7);
                let lines = [forged.as_str(), "10.0.0.7", "::1"];
                let standing = limits.ask_without_key(&peer(SOCKET, &lines), QUARTERS, at(0));
                standing.check().is_ok()
            })
            .count();
        assert_eq!(granted, 120);
    }

    #[test]
    fn behind_a_trusted_proxy_only_the_last_address_has_a_bucket() {
        let limits = limits();
        let granted = |client: &str| {
            (0..500)
                .filter(|number: &u32| {
                    let line = format!("198.51.100.{}, {client}", number % 250);
                    limits.ask_without_key(&peer("10.0.0.7", &[&line]), QUARTERS, at(0)).check().is_ok()
                })
                .count()
        };
        assert_eq!((granted("192.0.2.1"), granted("192.0.2.2"), granted("192.0.2.1")), (120, 120, 0));
    }

    #[test]
    fn what_is_left_is_told_in_whole_requests_and_counts_down() {
        let (limits, somebody) = (limits(), peer(SOCKET, &[]));
        let told = |cost: u32, when: i64| {
            let mut headers = HeaderMap::new();
            let standing = limits.ask_without_key(&somebody, cost, at(when));
            let wait = standing.retry_after_seconds;
            standing.write(&mut headers);
            assert_eq!(headers["ratelimit-policy"], "\"anonymous\";q=120;w=2");
            (headers["ratelimit"].to_str().unwrap().to_owned(), wait)
        };
        assert_eq!(told(QUARTERS, 0), ("\"anonymous\";r=119;t=1".to_owned(), None));
        assert_eq!(told(SUGGESTION_COST, 0), ("\"anonymous\";r=118;t=1".to_owned(), None));
        for _ in 0..118 {
            assert_eq!(told(QUARTERS, 0).1, None);
        }
        assert_eq!(told(QUARTERS, 0), ("\"anonymous\";r=0;t=2".to_owned(), Some(1)));
        assert_eq!(told(QUARTERS, 1_000).1, None);
    }

    #[test]
    fn a_partner_has_a_bucket_of_its_own() {
        let (limits, partner) = (limits(), "society");
        let granted = (0..2_000).filter(|_| limits.ask_with_key(partner, QUARTERS, at(0)).check().is_ok()).count();
        assert_eq!(granted, 1_200);
        assert!(limits.ask_with_key("another", QUARTERS, at(0)).check().is_ok());
        assert!(limits.ask_without_key(&peer(SOCKET, &[]), QUARTERS, at(0)).check().is_ok());
    }

    #[test]
    fn acts_have_slow_buckets_and_say_when_to_come_back() {
        let (limits, somebody) = (limits(), peer(SOCKET, &[]));
        for (act, most, wait) in [(Act::Register, 5, 720), (Act::Report, 20, 180)] {
            for _ in 0..most {
                limits.may(act, &somebody, at(0)).unwrap();
            }
            let Err(AppError::TooManyRequests { retry_after_seconds, .. }) = limits.may(act, &somebody, at(0)) else {
                panic!("{act:?} is refused");
            };
            assert_eq!(retry_after_seconds, wait, "{act:?}");
            limits.may(act, &somebody, at(720_000)).unwrap();
            limits.may(act, &peer("203.0.113.6", &[]), at(0)).unwrap();
        }
    }

    #[test]
    fn ten_wrong_keys_a_minute_are_told_so_and_no_more() {
        let (limits, somebody) = (limits(), peer(SOCKET, &[]));
        for _ in 0..10 {
            assert!(!limits.is_guessing(&somebody, at(0)));
            limits.count_wrong_key(&somebody, at(0)).unwrap();
        }
        assert!(limits.is_guessing(&somebody, at(0)));
        assert!(limits.count_wrong_key(&somebody, at(0)).is_err());
        assert!(limits.count_wrong_key(&somebody, at(6_000)).is_ok());
    }

    #[test]
    fn switched_off_nobody_is_refused_or_told_of_a_limit() {
        let limits = RateLimits::new(&LimitsConfig { is_on: false, ..LimitsConfig::default() });
        let somebody = peer(SOCKET, &[]);
        for _ in 0..1_000 {
            let standing = limits.ask_without_key(&somebody, QUARTERS, at(0));
            assert!(standing.check().is_ok() && standing.left.is_none());
            limits.may(Act::Register, &somebody, at(0)).unwrap();
            limits.count_wrong_key(&somebody, at(0)).unwrap();
        }
    }

    #[test]
    fn an_answer_to_a_key_is_not_for_shared_caches() {
        for (has_key, before, after) in [
            (true, "public, max-age=60", "private, max-age=60"),
            (false, "public, max-age=60", "public, max-age=60"),
            (true, "no-store", "no-store"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(before));
            keep_apart(&mut headers, has_key);
            assert_eq!(headers[header::CACHE_CONTROL], after);
            assert_eq!(headers[header::VARY], "authorization, x-api-key");
        }
    }
}

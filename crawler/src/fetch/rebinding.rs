//! Rebinding: a name that stands for something else each time it is looked up. What was judged is what is dialled.
//!
//! The names are those of the tests, and so is the canary: a listener on this machine that nobody may ever connect to.
//! What the names give carries its port, which the client dials where a URL names none.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rstest::rstest;
use url::Url;

use super::address::{GuardedResolver, Lookup};
use super::{Access, Fetch, FetchError, FetchLimits, FetchRequest, HttpFetcher, HttpFetcherConfig};

/// So many names are asked for with each script, which makes a thousand fetches in all.
const NAMES: usize = 200;

/// What each name stands for the first time it is looked up, the second time, and so on; the last holds for ever after.
struct Scripted {
    answers: Vec<Vec<SocketAddr>>,
    /// How often each name was looked up.
    lookups: Mutex<HashMap<String, usize>>,
}

impl Scripted {
    fn new(answers: Vec<Vec<SocketAddr>>) -> Arc<Self> {
        Arc::new(Self { answers, lookups: Mutex::default() })
    }
}

#[async_trait]
impl Lookup for Scripted {
    async fn look_up(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
        let mut lookups = self.lookups.lock().expect("no test panics with it");
        let before = lookups.entry(host.to_owned()).or_default();
        let answer = self.answers.get(*before).or(self.answers.last());
        *before += 1;
        Ok(answer.cloned().unwrap_or_default())
    }
}

/// Hands on whatever a name stands for, as a client does that has no guard.
struct Unguarded(Arc<Scripted>);

impl Resolve for Unguarded {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(look_up_anything(Arc::clone(&self.0), name.as_str().to_owned()))
    }
}

async fn look_up_anything(
    lookup: Arc<Scripted>,
    host: String,
) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Box::new(lookup.look_up(&host).await?.into_iter()))
}

/// A listener that nobody may connect to, and where it is.
fn canary() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.set_nonblocking(true).expect("a listener need not wait");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// How many have connected since this was last asked. The system keeps those that nobody has accepted.
fn connects(canary: &TcpListener) -> usize {
    std::iter::from_fn(|| canary.accept().ok()).count()
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("a good address")
}

fn fetcher(lookup: &Arc<Scripted>) -> HttpFetcher {
    let lookup: Arc<dyn Lookup> = Arc::<Scripted>::clone(lookup);
    HttpFetcher::with_lookup(HttpFetcherConfig::new("https://example.org/bot"), lookup).expect("the client is set up")
}

/// Asks twice at most, without waiting: each time the name is looked up.
fn request(url: &str) -> FetchRequest {
    let limits =
        FetchLimits { delay: Duration::ZERO, back_off: Duration::from_millis(1), retries: 1, ..FetchLimits::default() };
    FetchRequest { limits, ..FetchRequest::new(Url::parse(url).expect("a good address")) }
}

#[tokio::test]
async fn what_a_name_stands_for_on_this_machine_is_never_dialled_whenever_it_says_so() {
    let (canary, private) = canary();
    let (public, public_v6) = (address("8.8.8.8:0"), address("[2606:4700:4700::1111]:0"));
    // What each lookup gives, and how many it takes until a name is given up: one for each time that it is dialled.
    for (answers, lookups_each) in [
        (vec![vec![public], vec![private]], 2),
        (vec![vec![public, private]], 2),
        (vec![vec![private, public], vec![public, private]], 2),
        (vec![vec![public_v6, private, public], vec![private]], 2),
        (vec![vec![private], vec![public]], 1),
    ] {
        let lookup = Scripted::new(answers.clone());
        let fetcher = fetcher(&lookup);
        for number in 0..NAMES {
            let fetched = fetcher.fetch(&request(&format!("http://name-{number}.example.org/a"))).await;
            let is_kept_out =
                matches!(fetched, Err(FetchError::AddressRefused { .. } | FetchError::RobotsUnreachable { .. }));
            assert!(is_kept_out, "{answers:?}: {fetched:?}");
        }
        assert_eq!(connects(&canary), 0, "{answers:?}");
        let lookups = lookup.lookups.lock().expect("no test panics with it");
        assert_eq!(lookups.len(), NAMES);
        assert!(lookups.values().all(|times| *times == lookups_each), "{answers:?}: {lookups:?}");
    }
}

#[tokio::test]
async fn without_the_guard_the_same_names_lead_to_this_machine() {
    let (canary, private) = canary();
    let lookup = Scripted::new(vec![vec![private]]);
    let client = reqwest::Client::builder().no_proxy().dns_resolver(Unguarded(lookup)).build().expect("a client");

    let answer = client.get("http://name.example.org/a").timeout(Duration::from_secs(1)).send().await;

    assert!(answer.is_err(), "nobody answers there");
    assert_eq!(connects(&canary), 1);
}

#[tokio::test]
async fn a_redirect_to_a_name_that_stands_for_this_machine_is_not_followed() {
    let (canary, private) = canary();
    let router = Router::new().fallback(|uri: Uri| async move {
        match uri.path() {
            "/a" => (StatusCode::FOUND, [("location", "http://name.example.org/b")]).into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let origin = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut request = request(&format!("http://{origin}/a"));
    request.access = Access::AllowPrivate;

    let fetched = fetcher(&Scripted::new(vec![vec![private]])).fetch(&request).await;

    assert!(matches!(fetched, Err(FetchError::AddressRefused { .. })), "{fetched:?}");
    assert_eq!(connects(&canary), 0);
}

#[rstest]
#[case::both_families(&["127.0.0.1:0", "[2606:4700:4700::1111]:0"], &["[2606:4700:4700::1111]:0"])]
#[case::the_other_way_round(&["[::1]:0", "8.8.8.8:0"], &["8.8.8.8:0"])]
#[case::order_is_kept(&["8.8.4.4:0", "10.0.0.1:0", "8.8.8.8:0"], &["8.8.4.4:0", "8.8.8.8:0"])]
#[case::mapped(&["[::ffff:127.0.0.1]:0", "[::ffff:8.8.8.8]:0"], &["[::ffff:8.8.8.8]:0"])]
#[case::translated(&["[64:ff9b::7f00:1]:0", "[2002:7f00:1::]:0", "8.8.8.8:0"], &["8.8.8.8:0"])]
#[case::only_private(&["10.0.0.1:0", "169.254.169.254:0", "[fd00::1]:0", "[fe80::1]:0"], &[])]
#[case::nothing(&[], &[])]
#[tokio::test]
async fn of_all_that_a_name_stands_for_only_what_is_public_is_handed_on(
    #[case] stands_for: &[&str],
    #[case] expected: &[&str],
) {
    let addresses = |texts: &[&str]| texts.iter().map(|text| address(text)).collect::<Vec<_>>();
    let resolver = GuardedResolver::over(Scripted::new(vec![addresses(stands_for)]));

    let found = resolver.resolve("name.example.org".parse().expect("a good name")).await;

    assert_eq!(found.is_err(), expected.is_empty());
    let handed_on: Vec<SocketAddr> = found.into_iter().flatten().collect();
    assert_eq!(handed_on, addresses(expected));
}

//! Politeness, seen by those who are asked: twenty hosts with two sources each, and all of them are harvested at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use signpost::catalogue::{HarvestRow, HarvestState};
use signpost::jobs::{harvest, silent};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::harness::TestApp;

const HOSTS: usize = 20;
/// The sources on each host, by their folders.
const FOLDERS: [&str; 2] = ["careers", "lessons"];
/// So many pages each source lists in its sitemap.
const PAGES: usize = 4;
/// What the file of each source asks for: between the starts of two requests.
const DELAY: Duration = Duration::from_millis(30);
/// So long each answer waits for another request that comes too early.
const PATIENCE: Duration = Duration::from_millis(10);

/// One host, and what it has seen.
struct Host {
    origin: String,
    open: AtomicUsize,
    most_open: AtomicUsize,
    another: Notify,
    asked: Mutex<Vec<Asked>>,
}

/// One request as its host saw it.
struct Asked {
    path: String,
    user_agent: String,
    arrived: Instant,
    answered: Instant,
    status: StatusCode,
}

impl Host {
    async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let host = Arc::new(Self {
            origin: format!("http://{}", listener.local_addr().expect("an address")),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
            another: Notify::new(),
            asked: Mutex::default(),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&host));
        tokio::spawn(async move { axum::serve(listener, router).await });
        host
    }

    /// What stands at a path, with its type. There is no robots.txt.
    fn page(&self, path: &str) -> Option<(&'static str, String)> {
        let (folder, name) = path.trim_start_matches('/').split_once('/')?;
        if name != "sitemap.xml" {
            return Some(("text/html", format!("<title>{folder}</title><h1>Number {name} of the {folder}</h1>")));
        }
        let page = |number: usize| format!("<url><loc>{}/{folder}/{number}</loc></url>", self.origin);
        let pages: Vec<String> = (0..PAGES).map(page).collect();
        Some(("application/xml", format!("<urlset>{}</urlset>", pages.concat())))
    }

    /// What was asked since the last time this was called.
    fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panics while holding this lock"))
    }
}

async fn answer(State(host): State<Arc<Host>>, request: Request) -> Response {
    let arrived = Instant::now();
    host.most_open.fetch_max(host.open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    host.another.notify_waiters();
    let _ = timeout(PATIENCE, host.another.notified()).await;
    let in_header = |name: HeaderName| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let path = request.uri().path().to_owned();
    let etag = format!("\"{path}\"");
    let response = match host.page(&path) {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(_) if in_header(header::IF_NONE_MATCH) == etag => StatusCode::NOT_MODIFIED.into_response(),
        Some((kind, body)) => ([(header::CONTENT_TYPE, kind.to_owned()), (header::ETAG, etag)], body).into_response(),
    };
    let (user_agent, status) = (in_header(header::USER_AGENT), response.status());
    let asked = Asked { path, user_agent, arrived, answered: Instant::now(), status };
    host.asked.lock().expect("nobody panics while holding this lock").push(asked);
    host.open.fetch_sub(1, Ordering::SeqCst);
    response
}

fn toml(id: &str, origin: &str, folder: &str) -> String {
    format!(
        "id = \"{id}\"\nname = \"{id}\"\norganisation = \"Example Society\"\nlicence = \"cc-by-4.0\"\nkind = \"sitemap\"\n\
         [where]\nurl = \"{origin}/{folder}/sitemap.xml\"\n[limits]\ndelay_ms = {}\n[access]\nallow_private = true\n",
        DELAY.as_millis()
    )
}

/// Harvests all sources at once, through the one fetcher of the application.
async fn harvest_all(app: &TestApp) -> Vec<HarvestRow> {
    let mut running = JoinSet::new();
    for id in app.app.sources().0.keys() {
        let (app, id) = (app.app.clone(), id.to_string());
        running.spawn(async move {
            let booked = harvest::find_source(&app, &id).expect("a source of this id");
            harvest::harvest_source(&app, &booked, silent()).await.expect("the store can be written")
        });
    }
    running.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_host_is_asked_by_one_at_a_time_with_pauses_and_for_nothing_twice_that_has_not_changed() {
    let mut hosts = Vec::new();
    for _ in 0..HOSTS {
        hosts.push(Host::start().await);
    }
    let files = hosts.iter().enumerate().flat_map(|(number, host)| {
        FOLDERS.map(|folder| {
            let id = format!("{folder}-{number}");
            (format!("{id}.toml"), toml(&id, &host.origin, folder))
        })
    });
    let files: Vec<(String, String)> = files.collect();
    let sources: Vec<(&str, String)> = files.iter().map(|(name, toml)| (name.as_str(), toml.clone())).collect();
    let app = TestApp::with_sources(&sources, &[]).await;
    let whole = u64::try_from(PAGES).unwrap();

    for row in harvest_all(&app).await {
        assert_eq!((row.state, row.counts.created), (HarvestState::Ok, whole), "{row:?}");
    }
    let mut spans = Vec::new();
    for host in &hosts {
        let asked = host.asked();
        assert_eq!((asked.len(), asked[0].path.as_str()), (1 + FOLDERS.len() * (1 + PAGES), "/robots.txt"));
        check_manners(&asked);
        spans.push((asked[0].arrived, asked[asked.len() - 1].answered));
    }
    spans.sort();
    assert!(spans.windows(2).any(|pair| pair[1].0 < pair[0].1), "one host did not wait for another");

    for row in harvest_all(&app).await {
        assert_eq!((row.state, row.counts.unchanged), (HarvestState::Ok, whole), "{row:?}");
    }
    for host in &hosts {
        let asked = host.asked();
        assert_eq!(asked.len(), FOLDERS.len() * (1 + PAGES));
        check_manners(&asked);
        let sent_again = asked.iter().find(|one| one.status != StatusCode::NOT_MODIFIED);
        assert!(sent_again.is_none(), "{:?}", sent_again.map(|one| &one.path));
        assert_eq!(host.most_open.load(Ordering::SeqCst), 1, "{} was asked by several at once", host.origin);
    }
}

/// Every request says who asks and keeps its distance from those before it.
///
/// How long a request was on its way is not seen here, but it set out after the one before it was answered. So from an
/// answer to any later request there lie at least the pauses between the requests that follow the answered one.
fn check_manners(asked: &[Asked]) {
    for (number, later) in asked.iter().enumerate() {
        let who = &later.user_agent;
        let says_who_asks = who.starts_with("SignpostBot/") && who.ends_with(" (+https://example.org/who-harvests)");
        assert!(says_who_asks, "{}: {who}", later.path);
        for (before, earlier) in asked[..number].iter().enumerate() {
            let pauses = u32::try_from(number - before - 1).expect("a small number");
            let apart = later.arrived.duration_since(earlier.answered);
            assert!(apart >= DELAY * pauses, "{} and {} are {apart:?} apart", earlier.path, later.path);
        }
    }
}

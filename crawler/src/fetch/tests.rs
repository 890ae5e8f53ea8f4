//! The rules of the road, seen by a real server on this machine: what [`HttpFetcher`] asks, when, and what it accepts.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::net::TcpListener;
use tokio::time::Instant;
use url::Url;

use super::{Access, Fetch, FetchError, FetchLimits, FetchRequest, Fetched, HttpFetcher, HttpFetcherConfig};

/// One request as the server saw it.
struct Asked {
    path: String,
    headers: HeaderMap,
    /// How often this path was asked for before.
    before: usize,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

type Log = Arc<Mutex<Vec<(String, Instant)>>>;

/// A server that answers by a function, and 404 where that gives nothing; it notes every request.
struct Origin {
    base: Url,
    log: Log,
}

impl Origin {
    async fn start<F>(answer: F) -> Self
    where
        F: Fn(&Asked) -> Option<Response> + Clone + Send + Sync + 'static,
    {
        let log = Log::default();
        let notes = Arc::clone(&log);
        let router = Router::new().fallback(move |uri: Uri, headers: HeaderMap| {
            let path = uri.path().to_owned();
            let before = note(&notes, &path);
            let response = answer(&Asked { path, headers, before });
            async move { response.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response()) }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base: Url::parse(&format!("http://{address}/")).expect("a good address"), log }
    }

    fn url(&self, path: &str) -> Url {
        self.base.join(path).expect("a good path")
    }

    fn request(&self, path: &str) -> FetchRequest {
        FetchRequest { access: Access::AllowPrivate, limits: quick(), ..FetchRequest::new(self.url(path)) }
    }

    fn asked(&self) -> Vec<String> {
        self.log.lock().expect("no test panics with it").iter().map(|(path, _)| path.clone()).collect()
    }
}

fn note(log: &Log, path: &str) -> usize {
    let mut log = log.lock().expect("no test panics with it");
    let before = log.iter().filter(|(earlier, _)| earlier == path).count();
    log.push((path.to_owned(), Instant::now()));
    before
}

/// Limits under which a test need not wait.
fn quick() -> FetchLimits {
    FetchLimits { delay: Duration::ZERO, back_off: Duration::from_millis(1), ..FetchLimits::default() }
}

fn fetcher() -> HttpFetcher {
    HttpFetcher::new(HttpFetcherConfig::new("https://example.org/bot")).expect("the client is set up")
}

async fn fetch(request: &FetchRequest) -> Result<Fetched, FetchError> {
    fetcher().fetch(request).await
}

fn redirect(to: &str) -> Response {
    (StatusCode::FOUND, [("location", to.to_owned())]).into_response()
}

fn page(body: &'static str) -> Response {
    ([("content-type", "text/html")], body).into_response()
}

#[tokio::test]
async fn a_redirect_is_followed_and_the_final_address_told() {
    let origin = Origin::start(|asked| match asked.path.as_str() {
        "/old" => Some(redirect("/new")),
        "/new" => Some(page("here")),
        _ => None,
    })
    .await;

    let fetched = fetch(&origin.request("/old")).await.expect("it leads to a page");

    assert_eq!((fetched.requested_url, fetched.final_url), (origin.url("/old"), origin.url("/new")));
    assert_eq!((fetched.status, fetched.body.as_slice()), (200, b"here".as_slice()));
    assert_eq!(origin.asked(), ["/robots.txt", "/old", "/new"]);
}

#[tokio::test]
async fn a_redirect_too_many_is_an_error() {
    let origin = Origin::start(|asked| (asked.path == "/loop").then(|| redirect("/loop"))).await;

    let fetched = fetch(&origin.request("/loop")).await;

    assert!(matches!(fetched, Err(FetchError::TooManyRedirects { limit: 5, .. })));
    assert_eq!(origin.asked().iter().filter(|path| *path == "/loop").count(), 6);
}

#[tokio::test]
async fn a_private_source_cannot_lead_to_its_neighbours() {
    let neighbour = Origin::start(|_| Some(page("secret"))).await;
    let target = neighbour.url("/admin");
    let origin = Origin::start(move |asked| (asked.path == "/a").then(|| redirect(target.as_str()))).await;

    let fetched = fetch(&origin.request("/a")).await;

    assert!(matches!(fetched, Err(FetchError::AddressRefused { .. })));
    assert!(neighbour.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_to_a_file_is_refused() {
    let origin = Origin::start(|asked| (asked.path == "/a").then(|| redirect("file:///etc/passwd"))).await;
    assert!(matches!(fetch(&origin.request("/a")).await, Err(FetchError::AddressRefused { .. })));
}

#[tokio::test]
async fn a_loopback_address_is_not_even_asked_without_permission() {
    let origin = Origin::start(|_| Some(page("secret"))).await;
    let mut request = origin.request("/a");
    request.access = Access::PublicOnly;

    assert!(matches!(fetch(&request).await, Err(FetchError::AddressRefused { .. })));
    assert!(origin.asked().is_empty());
}

#[tokio::test]
async fn the_size_limit_counts_bytes_after_decompression() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b' '; 1024 * 1024]).expect("memory takes it");
    let packed = encoder.finish().expect("memory takes it");
    assert!(packed.len() < 4096);
    let origin = Origin::start(move |asked| {
        let packed = packed.clone();
        (asked.path == "/bomb").then(|| ([("content-encoding", "gzip")], packed).into_response())
    })
    .await;
    let mut request = origin.request("/bomb");

    request.limits.body_bytes = 1024 * 1024;
    assert_eq!(fetch(&request).await.expect("it just fits").body.len(), 1024 * 1024);
    request.limits.body_bytes = 64 * 1024;
    assert!(matches!(fetch(&request).await, Err(FetchError::TooLarge { limit_bytes: 65_536, .. })));
}

#[tokio::test]
async fn a_second_layer_of_compression_is_refused() {
    let origin = Origin::start(|asked| {
        (asked.path == "/bomb").then(|| ([("content-encoding", "gzip, gzip")], "packed").into_response())
    })
    .await;
    assert!(matches!(fetch(&origin.request("/bomb")).await, Err(FetchError::EncodingRefused { .. })));
}

#[tokio::test]
async fn a_disallowed_page_is_not_asked_for() {
    let origin = Origin::start(|asked| match asked.path.as_str() {
        "/robots.txt" => Some(page("User-agent: SignpostBot\nDisallow: /private")),
        _ => Some(page("a page")),
    })
    .await;

    let refused = fetch(&origin.request("/private/a")).await;
    let allowed = fetch(&origin.request("/public")).await;

    assert!(matches!(refused, Err(FetchError::RobotsDisallowed { .. })));
    assert!(allowed.is_ok());
    assert!(!origin.asked().contains(&"/private/a".to_owned()));
}

#[tokio::test]
async fn a_failing_robots_txt_closes_the_site() {
    let origin = Origin::start(|asked| match asked.path.as_str() {
        "/robots.txt" => Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        _ => Some(page("a page")),
    })
    .await;

    let fetched = fetch(&origin.request("/a")).await;

    assert!(matches!(fetched, Err(FetchError::RobotsUnreachable { connected: true, .. })));
    assert!(!origin.asked().contains(&"/a".to_owned()));
}

#[tokio::test]
async fn a_host_that_nobody_can_connect_to_is_told_from_one_whose_robots_txt_fails() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    drop(listener);
    let url = Url::parse(&format!("http://{address}/a")).expect("a good address");
    let request = FetchRequest { access: Access::AllowPrivate, limits: quick(), ..FetchRequest::new(url) };

    assert!(matches!(fetch(&request).await, Err(FetchError::RobotsUnreachable { connected: false, .. })));
}

#[tokio::test]
async fn a_host_that_never_answers_is_given_up_in_time() {
    // Connections wait in the queue of a listener that nobody serves.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    let url = Url::parse(&format!("http://{address}/a")).expect("a good address");
    let limits = FetchLimits { first_byte: Duration::from_millis(50), ..quick() };
    let request = FetchRequest { access: Access::AllowPrivate, limits, ..FetchRequest::new(url) };

    assert!(matches!(fetch(&request).await, Err(FetchError::RobotsUnreachable { connected: true, .. })));
}

#[tokio::test]
async fn robots_txt_is_asked_for_once() {
    let origin = Origin::start(|_| Some(page(""))).await;
    let fetcher = fetcher();
    for path in ["/a", "/b"] {
        fetcher.fetch(&origin.request(path)).await.expect("a page");
    }
    assert_eq!(origin.asked(), ["/robots.txt", "/a", "/b"]);
}

#[tokio::test]
async fn an_unchanged_page_comes_without_its_body() {
    let origin = Origin::start(|asked| match (asked.path.as_str(), asked.header("if-none-match")) {
        ("/a", Some("\"1\"")) => Some(StatusCode::NOT_MODIFIED.into_response()),
        ("/a", _) => Some(([("etag", "\"1\"")], "a page").into_response()),
        _ => None,
    })
    .await;
    let mut request = origin.request("/a");
    let first = fetch(&request).await.expect("a page");
    request.validators = first.validators.clone();

    let second = fetch(&request).await.expect("no news");

    assert!(!first.not_modified && second.not_modified);
    assert_eq!((second.status, second.body.len()), (304, 0));
    assert_eq!(second.validators, first.validators);
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again() {
    let origin = Origin::start(|asked| match (asked.path.as_str(), asked.before) {
        ("/a", 0 | 1) => Some(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        ("/a", _) => Some(page("at last")),
        _ => None,
    })
    .await;

    let fetched = fetch(&origin.request("/a")).await.expect("the third try succeeds");

    assert_eq!(fetched.text(), "at last");
    assert_eq!(origin.asked(), ["/robots.txt", "/a", "/a", "/a"]);
}

#[tokio::test]
async fn a_server_that_stays_in_trouble_is_given_up_after_three_retries() {
    let origin = Origin::start(|asked| (asked.path == "/a").then(|| StatusCode::BAD_GATEWAY.into_response())).await;

    let fetched = fetch(&origin.request("/a")).await;

    assert!(matches!(fetched, Err(FetchError::Status { status: 502, .. })));
    assert_eq!(origin.asked(), ["/robots.txt", "/a", "/a", "/a", "/a"]);
}

#[tokio::test]
async fn a_server_that_asks_for_a_day_is_left_alone() {
    let origin = Origin::start(|asked| {
        let busy = || (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "86400")]).into_response();
        (asked.path == "/a").then(busy)
    })
    .await;

    let fetched = fetch(&origin.request("/a")).await;

    assert!(matches!(fetched, Err(FetchError::Postponed { retry_after_s: 86_400, .. })));
    assert_eq!(origin.asked(), ["/robots.txt", "/a"]);
}

#[tokio::test]
async fn a_missing_page_is_asked_for_once() {
    let origin = Origin::start(|_| None).await;

    let fetched = fetch(&origin.request("/a")).await;

    assert!(matches!(fetched, Err(FetchError::Status { status: 404, .. })));
    assert_eq!(origin.asked(), ["/robots.txt", "/a"]);
}

#[tokio::test]
async fn every_request_says_who_asks_and_carries_no_credentials() {
    let origin = Origin::start(|asked| {
        let is_named = asked.header("user-agent").is_some_and(|robot| robot.contains("(+https://example.org/bot)"));
        let is_bare = asked.header("authorization").or(asked.header("cookie")).is_none();
        Some(if is_named && is_bare { page("welcome") } else { StatusCode::FORBIDDEN.into_response() })
    })
    .await;
    assert!(fetch(&origin.request("/a")).await.is_ok());
}

#[tokio::test]
async fn two_requests_to_one_host_keep_their_distance() {
    let origin = Origin::start(|_| Some(page(""))).await;
    let fetcher = fetcher();
    let request = |path| {
        let mut request = origin.request(path);
        request.limits.delay = Duration::from_millis(50);
        request
    };
    let (first, second) = (request("/a"), request("/b"));

    let (first, second) = tokio::join!(fetcher.fetch(&first), fetcher.fetch(&second));

    assert!(first.is_ok() && second.is_ok());
    let log = origin.log.lock().expect("no test panics with it");
    assert_eq!(log.len(), 3);
    for pair in log.windows(2) {
        // The way to the server takes one request a little longer than the other.
        assert!(pair[1].1 - pair[0].1 >= Duration::from_millis(40));
    }
}

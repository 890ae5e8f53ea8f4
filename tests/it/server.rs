//! Who is slow, sends too much or means harm: each is let go in time, told why where that helps, and nobody else feels it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use serde_json::Value;
use signpost::catalogue::Role;
use signpost::config::LimitsConfig;
use signpost::web::server::serve_connections;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout};

use crate::harness::{Program, TestApp};

/// Limits of a second, so that no test waits for longer.
const IMPATIENT: &str = "[limits]\nheader_read_s = 1\nbody_wait_s = 1\nwrite_wait_s = 1\n";
/// Whatever is let go after a second is gone by now, on a machine that is busy too.
const LONG: Duration = Duration::from_secs(20);

async fn connect(app: &TestApp) -> TcpStream {
    let address = app.origin.strip_prefix("http://").expect("an origin");
    TcpStream::connect(address).await.expect("a connection")
}

/// What comes over a connection until the other end closes it.
async fn rest_of(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("the other end closes in time");
    // To be cut off is to be closed too.
    let _ = read;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What comes of a request as it stands, until the other end closes the connection.
pub(crate) async fn answer_to(app: &TestApp, request: &[u8]) -> String {
    let mut stream = connect(app).await;
    stream.write_all(request).await.expect("it is sent");
    rest_of(&mut stream).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opens_connections_and_says_nothing_is_let_go_and_nobody_else_feels_it() {
    const HALF_OPEN: usize = 200;
    let app = TestApp::configured(IMPATIENT).await;
    let mut held = Vec::new();
    for nth in 0..HALF_OPEN {
        let mut stream = connect(&app).await;
        // Some say nothing at all, some a part of a head, some end the head never.
        let said: &[u8] = [&b""[..], b"GET /v1 HT", b"GET /v1 HTTP/1.1\r\nhost: x\r\nx-more: "][nth % 3];
        stream.write_all(said).await.expect("it is sent");
        held.push(stream);
    }
    for _ in 0..20 {
        assert_eq!(app.get("/v1/resources?facets=none&per_page=1").await.status, 200);
    }
    for stream in &mut held {
        assert_eq!(rest_of(stream).await, "", "closed without an answer");
    }
}

#[tokio::test]
async fn a_connection_that_is_idle_is_closed_and_one_that_is_used_stays_open() {
    let app = TestApp::configured(IMPATIENT).await;
    let mut stream = connect(&app).await;
    for _ in 0..3 {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it is open");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 200");
        // The rest of the answer is read with the beginning of nothing more.
        let mut rest = vec![0; 16 << 10];
        assert!(stream.read(&mut rest).await.expect("the rest") > 0);
    }
    rest_of(&mut stream).await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_with_408() {
    let app = TestApp::configured(IMPATIENT).await;
    for path in ["/v1/reports", "/v1/partners", "/v1/sources/programmes/records"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{{\"kind\":"
        );
        let answer = answer_to(&app, head.as_bytes()).await;
        // Whoever has no token is not waited for.
        let expected = if path.ends_with("/records") { "HTTP/1.1 401" } else { "HTTP/1.1 408" };
        assert!(answer.starts_with(expected), "{path}: {answer}");
        if expected.ends_with("408") {
            assert!(answer.contains("/problems/too-slow") && answer.contains("connection: close"), "{answer}");
        }
    }
}

#[tokio::test]
async fn who_sends_a_byte_now_and_then_is_not_waited_for_without_end() {
    let app = TestApp::configured(IMPATIENT).await;
    let mut stream = connect(&app).await;
    let head =
        b"POST /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n";
    stream.write_all(head).await.expect("it is sent");
    let (mut reader, mut writer) = stream.into_split();
    let begun = Instant::now();
    let dripping = tokio::spawn(async move {
        let mut drip = tokio::time::interval(Duration::from_millis(100));
        while begun.elapsed() < LONG && writer.write_all(b" ").await.is_ok() {
            drip.tick().await;
        }
    });
    let mut answer = [0; 12];
    timeout(LONG, reader.read_exact(&mut answer)).await.expect("in time").expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 408");
    drop(reader);
    dripping.abort();
}

#[tokio::test]
async fn what_is_too_large_is_refused_as_such_by_every_call_that_takes_something() {
    let app = TestApp::shipped().await;
    let bearer = format!("Bearer {}", app.token(Role::Admin).await);
    let read = app.json("/v1/openapi.json").await;
    let admin = app.get_with("/admin/v1/openapi.json", &[("authorization", &bearer)]).await.json();
    let mut asked = 0;
    for (path, operations) in
        [&read, &admin].into_iter().flat_map(|document| document["paths"].as_object().expect("paths"))
    {
        for (method, operation) in operations.as_object().expect("operations") {
            // The push of records takes more than this, from whoever may push.
            if operation["requestBody"].is_null() || path.ends_with("/records") {
                continue;
            }
            let path = path.replace(['{', '}'], "");
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
            let answer = app.call(&method.to_uppercase(), &path, &headers, vec![b' '; 5 << 20]).await;
            assert_eq!(answer.status, 413, "{method} {path}: {}", answer.body);
            asked += 1;
        }
    }
    assert!(asked > 15, "{asked} calls take something");
}

#[tokio::test]
async fn what_turns_out_to_be_too_large_is_refused_as_such_too() {
    let app = TestApp::shipped().await;
    let token = app.token(Role::Admin).await;
    let mut request = format!(
        "POST /admin/v1/words HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n200000\r\n"
    )
    .into_bytes();
    request.resize(request.len() + (2 << 20), b' ');
    let answer = answer_to(&app, &request).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("/problems/too-large"), "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_long_or_no_http_is_refused_and_the_connection_closed() {
    let app = TestApp::shipped().await;
    let long_header = format!("GET /v1 HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(100_000));
    let many_headers = format!("GET /v1 HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-one: 1\r\n".repeat(1_000));
    for (request, expected) in [
        (long_header.as_str(), "HTTP/1.1 431"),
        (many_headers.as_str(), "HTTP/1.1 431"),
        ("GET /v1 HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", "HTTP/1.1 400"),
        ("GET /v1 HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", "HTTP/1.1 400"),
        ("GET /v1 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n", "HTTP/1.1 400"),
        ("GET /v1 HTTP/1.1\r\nhost : x\r\n\r\n", "HTTP/1.1 400"),
        ("GET /v1 HTTP/1.1\r\nhost: x\r\nx-one: 1\rx-two: 2\r\n\r\n", "HTTP/1.1 400"),
        ("POST /oai HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n", "HTTP/1.1 400"),
        ("hello\r\n\r\n", "HTTP/1.1 400"),
    ] {
        let answer = answer_to(&app, request.as_bytes()).await;
        assert!(answer.starts_with(expected), "{}: {answer}", &request[..60.min(request.len())]);
    }
}

#[tokio::test]
async fn no_second_request_hides_behind_a_length_beside_chunks_and_the_connection_is_closed() {
    let app = TestApp::shipped().await;
    let hidden = "GET /v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n";
    // The chunks alone count, and nothing follows the answer. Source: RFC 9112, 6.1.
    for lengths in [
        "content-length: 5\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 5",
        "transfer-encoding: chunked\r\ncontent-length: 500",
        "content-length: 0\r\ntransfer-encoding: chunked\r\ncontent-length: 5",
    ] {
        let request = format!("POST /oai HTTP/1.1\r\nhost: x\r\n{lengths}\r\n\r\n0\r\n\r\n{hidden}");
        let answer = answer_to(&app, request.as_bytes()).await;
        let answered = answer.matches("HTTP/1.1 ").count();
        assert!(answered == 1 && !answer.contains("/v1/nothing"), "{lengths}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_and_takes_nothing_is_let_go() {
    let app = TestApp::configured(IMPATIENT).await;
    let mut stream = connect(&app).await;
    let request = b"GET /v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n";
    let asking = async {
        // Answers fill what lies between us; then neither end goes on, until the other gives up.
        while stream.write_all(request).await.is_ok() {}
    };
    timeout(LONG, asking).await.expect("the other end gives up");
    assert_eq!(app.get("/healthz").await.status, 200);
}

/// A server of its own with one slow answer, and how to tell it to stop.
async fn slow_server(
    limits: LimitsConfig,
) -> (SocketAddr, Arc<Notify>, Arc<Notify>, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, released) = (Arc::clone(&begun), Arc::clone(&go_on));
    let slow = move |ConnectInfo(_): ConnectInfo<SocketAddr>| async move {
        told.notify_one();
        released.notified().await;
        "done"
    };
    let router = Router::new().route("/slow", get(slow)).route("/", get(|| async { "here" }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let stopped = async move {
            let _ = stopped.await;
        };
        serve_connections(listener, router, &limits, stopped).await;
    });
    (address, begun, go_on, stop, serving)
}

#[tokio::test]
async fn what_runs_when_the_word_to_stop_comes_is_answered_and_nobody_new_is_let_in() {
    let (address, begun, go_on, stop, serving) = slow_server(LimitsConfig::default()).await;
    let mut idle = TcpStream::connect(address).await.expect("a connection");
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it is sent");
    let mut answer = vec![0; 1_000];
    assert!(idle.read(&mut answer).await.expect("an answer") > 0);
    let mut running = TcpStream::connect(address).await.expect("a connection");
    running.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it is sent");
    begun.notified().await;
    // It has connected and its request is on its way.
    let mut late = TcpStream::connect(address).await.expect("a connection");
    stop.send(()).expect("it listens");
    late.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it is sent");
    let told = rest_of(&mut late).await;
    assert!(told.starts_with("HTTP/1.1 200") && told.contains("connection: close"), "{told}");
    assert_eq!(rest_of(&mut idle).await, "", "nothing runs there");
    go_on.notify_one();
    let told = rest_of(&mut running).await;
    assert!(told.starts_with("HTTP/1.1 200") && told.contains("connection: close") && told.ends_with("done"), "{told}");
    drop((late, idle, running));
    timeout(LONG, serving).await.expect("it ends").expect("it ends well");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn what_does_not_come_to_an_end_is_cut_off_when_its_time_is_over() {
    let mut limits = LimitsConfig::default();
    limits.server.stop_wait = Duration::from_millis(50);
    let (address, begun, _go_on, stop, serving) = slow_server(limits).await;
    let mut running = TcpStream::connect(address).await.expect("a connection");
    running.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it is sent");
    begun.notified().await;
    stop.send(()).expect("it listens");
    timeout(LONG, serving).await.expect("it ends").expect("it ends well");
    assert_eq!(rest_of(&mut running).await, "");
}

#[test]
fn the_program_names_every_key_and_every_limit_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("signpost.toml"), "[limits]\nbody_bytes = 99999\n").expect("a file");
    let config = folder.path().join("signpost.toml").display().to_string();
    let program = Program::new(&folder.path().join("data")).args(&["config", "--format", "json", "--config", &config]);
    let output = program.run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let row = |key: &str| rows.as_array().expect("rows").iter().find(|row| row["key"] == key).expect("a key").clone();
    assert_eq!(
        (&row("limits.body_bytes")["value"], &row("limits.body_bytes")["default"]),
        (&99_999.into(), &1_048_576.into())
    );
    assert_eq!(row("limits.header_read_s")["value"], 10);
    assert_eq!(
        (&row("api.query_characters")["value"], &row("api.query_characters")["settable"]),
        (&512.into(), &"no".into())
    );
    for (limit, value) in [("fetch.redirects", 5), ("read.xml_depth", 128), ("source.pages", 10_000)] {
        assert_eq!((&row(limit)["value"], &row(limit)["settable"]), (&value.into(), &"no".into()), "{limit}");
    }
    assert!(rows.as_array().expect("rows").iter().all(|row| row["reason"].as_str().is_some_and(|why| why.len() > 5)));
}

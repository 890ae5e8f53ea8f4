//! What an admin is told: by mail, by a call, once each, and again when nobody took it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use signpost::catalogue::NoticeRow;
use signpost::jobs::schedule::tick;
use signpost::notices::{Notice, NoticeKind, deliver_due, look_for_news, send, send_once};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::harness::{TestApp, source_toml};

/// Longer than any of it takes; a test that waits for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail server that takes every mail and hands it over.
struct MailServer {
    address: SocketAddr,
    mails: UnboundedReceiver<String>,
}

impl MailServer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (sender, mails) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take_mail(stream, sender.clone()));
            }
        });
        Self { address, mails }
    }

    async fn mail(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.mails.recv()).await.expect("a mail in time").expect("a mail")
    }

    fn has_more(&mut self) -> bool {
        self.mails.try_recv().is_ok()
    }
}

/// As much of RFC 5321 as one mail needs.
async fn take_mail(stream: TcpStream, mails: UnboundedSender<String>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut mail: Option<String> = None;
    writer.write_all(b"220 test\r\n").await.expect("it listens");
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match &mut mail {
            Some(text) if line == "." => {
                mails.send(std::mem::take(text)).expect("the test listens");
                mail = None;
                "250 taken\r\n"
            }
            Some(text) => {
                text.push_str(&line);
                text.push('\n');
                continue;
            }
            None if line.starts_with("EHLO") => "250-test\r\n250 SIZE 1000000\r\n",
            None if line == "DATA" => {
                mail = Some(String::new());
                "354 go on\r\n"
            }
            None if line == "QUIT" => "221 bye\r\n",
            None => "250 ok\r\n",
        };
        if writer.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Who is called: answers with these statuses in turn, then 204, and hands over what came.
#[derive(Clone)]
struct Called {
    statuses: Arc<Mutex<VecDeque<u16>>>,
    calls: UnboundedSender<(HeaderMap, Bytes)>,
}

async fn start_called(statuses: &[u16]) -> (SocketAddr, UnboundedReceiver<(HeaderMap, Bytes)>) {
    let (calls, received) = unbounded_channel();
    let called = Called { statuses: Arc::new(Mutex::new(statuses.iter().copied().collect())), calls };
    let answer = |State(called): State<Called>, headers: HeaderMap, body: Bytes| async move {
        called.calls.send((headers, body)).expect("the test listens");
        let status = called.statuses.lock().expect("nobody panics here").pop_front().unwrap_or(204);
        StatusCode::from_u16(status).expect("a status")
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback(answer).with_state(called);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, received)
}

async fn call(received: &mut UnboundedReceiver<(HeaderMap, Bytes)>) -> (HeaderMap, Bytes) {
    tokio::time::timeout(PATIENCE, received.recv()).await.expect("a call in time").expect("a call")
}

fn disk(body: &str) -> Notice {
    Notice { kind: NoticeKind::Disk, subject: "little room".to_owned(), body: body.to_owned() }
}

fn mail_config(server: &MailServer) -> String {
    format!(
        "[notify]\nsmtp_url = \"smtp://{}\"\nfrom = \"Signpost <signpost@example.org>\"\nto = [\"admin@example.org\"]\n",
        server.address
    )
}

async fn the_notice(app: &TestApp) -> NoticeRow {
    let rows = app.app.catalogue.list_notices(10).await.expect("notices");
    let mut about_the_disk = rows.into_iter().filter(|row| row.kind == "disk");
    let row = about_the_disk.next().expect("a notice");
    assert_eq!(about_the_disk.next(), None);
    row
}

#[tokio::test]
async fn a_notice_is_mailed_once_in_plain_text() {
    let mut server = MailServer::start().await;
    let app = TestApp::configured(&mail_config(&server)).await;
    for _ in 0..2 {
        send_once(&app.app, "disk-1", disk("so many bytes are left")).await;
        deliver_due(&app.app).await.expect("the outbox can be read");
    }
    let mail = server.mail().await;
    for expected in ["Subject: [Signpost] little room", "Message-ID: <disk-1@", "so many bytes are left", "text/plain"]
    {
        assert!(mail.contains(expected), "{expected} not in\n{mail}");
    }
    assert!(!server.has_more());
    let row = the_notice(&app).await;
    assert!(row.sent.is_some() && row.last_error.is_none(), "{row:?}");
}

#[tokio::test]
async fn a_call_is_signed_and_tried_again_until_it_is_taken() {
    let (address, mut calls) = start_called(&[500, 302]).await;
    let app = TestApp::configured(&format!(
        "[notify]\nwebhook_url = \"http://{address}/hook?key=hush\"\nwebhook_secret = \"shared\"\n"
    ))
    .await;
    send(&app.app, disk("so many bytes are left")).await;
    let mut bodies = Vec::new();
    for minutes in [0, 1, 2] {
        app.pass_seconds(60 * minutes + 1);
        deliver_due(&app.app).await.expect("the outbox can be read");
        let (headers, body) = call(&mut calls).await;
        let mut mac = Hmac::<Sha256>::new_from_slice(b"shared").expect("a key");
        mac.update(&body);
        let expected: Vec<String> = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(headers["signpost-signature"].to_str().unwrap(), format!("sha256={}", expected.concat()));
        bodies.push(body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "each try says the same: {bodies:?}");
    let told: Value = serde_json::from_slice(&bodies[0]).unwrap();
    assert_eq!((&told["kind"], &told["subject"]), (&Value::from("disk"), &Value::from("little room")));
    assert_eq!(told["id"].as_str(), Some(the_notice(&app).await.id.as_str()));
}

#[tokio::test]
async fn what_one_way_has_taken_it_does_not_get_again_for_the_other() {
    let mut server = MailServer::start().await;
    let (address, mut calls) = start_called(&[500]).await;
    let config = format!("{}webhook_url = \"http://{address}/hush\"\n", mail_config(&server));
    let app = TestApp::configured(&config).await;
    send(&app.app, disk("so many bytes are left")).await;
    deliver_due(&app.app).await.expect("the outbox can be read");
    call(&mut calls).await;
    server.mail().await;
    app.pass_seconds(61);
    deliver_due(&app.app).await.expect("the outbox can be read");
    call(&mut calls).await;
    // Whoever delivers holds the outbox until all is written down.
    deliver_due(&app.app).await.expect("the outbox can be read");
    assert!(!server.has_more());
    assert!(the_notice(&app).await.sent.is_some());
}

#[tokio::test]
async fn what_nobody_takes_for_a_day_is_given_up_and_no_secret_is_kept() {
    // Nobody listens there any more.
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let app = TestApp::configured(&format!("[notify]\nwebhook_url = \"http://{closed}/?key=hush\"\n")).await;
    send(&app.app, disk("so many bytes are left")).await;
    deliver_due(&app.app).await.expect("the outbox can be read");
    let row = the_notice(&app).await;
    assert!(row.sent.is_none() && row.next_try.is_some(), "{row:?}");
    assert!(row.last_error.as_deref().is_some_and(|error| !error.contains("hush")), "{row:?}");
    app.pass_days(2);
    deliver_due(&app.app).await.expect("the outbox can be read");
    let row = the_notice(&app).await;
    assert_eq!((row.sent, row.next_try), (None, None));
}

#[tokio::test]
async fn an_alarm_of_a_source_and_its_end_are_told_once_each() {
    let toml = source_toml("a", "file = \"a.json\"");
    let app = TestApp::with_sources(&[("a.toml", toml)], &[("a.json", "<!doctype html><h1>Welcome</h1>")]).await;
    for _ in 0..3 {
        app.harvest("a").await;
    }
    tick(&app.app).await.unwrap();
    for _ in 0..2 {
        look_for_news(&app.app).await.unwrap();
    }
    let list = r#"[{"id": 1, "title": "Soap", "url": "https://example.org/soap"}]"#;
    std::fs::write(app.source_dir().join("a.json"), list).unwrap();
    app.harvest("a").await;
    tick(&app.app).await.unwrap();
    for _ in 0..2 {
        look_for_news(&app.app).await.unwrap();
    }
    let rows = app.app.catalogue.list_notices(10).await.unwrap();
    let mut subjects: Vec<&str> = rows.iter().map(|row| row.subject.as_str()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["Catalogue a: failing", "Catalogue a: no longer failing"]);
}

#[tokio::test]
async fn the_digest_of_a_week_is_plain_text_and_told_once() {
    let app = TestApp::shipped().await;
    let text = signpost::jobs::digest::digest(&app.app).await.unwrap();
    for expected in
        ["RESOURCES", "are published", "WAITING FOR YOU", "ASKED FOR AND NOT FOUND", "SOURCES", "last ok 2026"]
    {
        assert!(text.contains(expected), "{expected} not in\n{text}");
    }
    let monday = jiff::civil::date(2026, 11, 23);
    for _ in 0..2 {
        signpost::jobs::digest::send(&app.app, monday).await.unwrap();
    }
    let rows = app.app.catalogue.list_notices(10).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.id == "digest-2026-11-23").count(), 1, "{rows:?}");
}

//! A catalogue on loopback that misbehaves on purpose: an OAI-PMH repository of 200 records in pages of 50.
//!
//! Written on bare sockets, because a well-made server does not let one do what is done here. A scenario is named by
//! what it does; a name that ends in `2` behaves well in the first run and badly in the second.

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const RECORDS: u32 = 200;
const PAGE: u32 = 50;

/// A misbehaving catalogue.
pub(super) struct Origin {
    pub(super) address: String,
    state: Arc<State>,
}

struct State {
    scenario: &'static str,
    /// Where connections are counted that must never be made.
    canary: String,
    run: AtomicU32,
    asked: Mutex<Vec<String>>,
}

/// What is answered.
enum Reply {
    /// Status, extra headers, body.
    Whole(u16, Vec<(String, String)>, Vec<u8>),
    /// A head with no end, or a body that never comes.
    Never,
    /// The head, then a byte now and then.
    Slow(Vec<u8>),
    /// The head, then spaces for ever.
    Endless,
    /// Half of the body that was announced.
    Cut(Vec<u8>),
    /// A head of a megabyte.
    Flood,
}

impl Origin {
    pub(super) async fn start(scenario: &'static str, canary: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Mutex::new(Vec::new());
        let state = Arc::new(State { scenario, canary: canary.to_owned(), run: AtomicU32::new(1), asked });
        let serving = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&serving)));
            }
        });
        Self { address, state }
    }

    /// From now on it is the second run.
    pub(super) fn second_run(&self) {
        self.state.run.store(2, Ordering::SeqCst);
    }

    /// The paths that were asked for so far, robots.txt left out.
    pub(super) fn asked(&self) -> Vec<String> {
        self.state.asked.lock().expect("nobody panics while holding this lock").clone()
    }
}

async fn serve(mut socket: TcpStream, state: Arc<State>) {
    // One request for each connection, which every client must bear.
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match socket.read(&mut buffer).await {
            Ok(read) if read > 0 && head.len() < 64 * 1024 => head.extend_from_slice(&buffer[..read]),
            Ok(_) | Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split_whitespace().nth(1).unwrap_or("/").to_owned();
    let reply = if path.starts_with("/robots.txt") {
        Reply::Whole(404, Vec::new(), Vec::new())
    } else {
        let number = {
            let mut asked = state.asked.lock().expect("nobody panics while holding this lock");
            asked.push(path.clone());
            asked.iter().filter(|one| **one == path).count()
        };
        reply(&state, &path, number)
    };
    // Whoever hangs up in the middle is right to.
    let _ = write(&mut socket, reply).await;
}

async fn write(socket: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Whole(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                head += &[name.as_str(), ": ", value.as_str(), "\r\n"].concat();
            }
            socket.write_all(head.as_bytes()).await?;
            socket.write_all(b"\r\n").await?;
            socket.write_all(&body).await
        }
        Reply::Never => std::future::pending().await,
        Reply::Slow(body) => {
            let head = format!(
                "HTTP/1.1 200 X\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            socket.write_all(head.as_bytes()).await?;
            for byte in body {
                socket.write_all(&[byte]).await?;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Ok(())
        }
        Reply::Endless => {
            socket.write_all(b"HTTP/1.1 200 X\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n<OAI-PMH>").await?;
            let spaces = vec![b' '; 64 * 1024];
            loop {
                socket.write_all(&spaces).await?;
            }
        }
        Reply::Cut(body) => {
            let head = format!(
                "HTTP/1.1 200 X\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            socket.write_all(head.as_bytes()).await?;
            socket.write_all(&body[..body.len() / 2]).await
        }
        Reply::Flood => {
            socket.write_all(b"HTTP/1.1 200 X\r\n").await?;
            for number in 0..20_000 {
                socket.write_all(format!("X-Flood-{number}: {}\r\n", "x".repeat(50)).as_bytes()).await?;
            }
            socket.write_all(b"Content-Length: 0\r\n\r\n").await
        }
    }
}

fn argument(path: &str, name: &str) -> Option<String> {
    let (_, query) = path.split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// What is answered to this path, which is asked for the `number`th time.
fn reply(state: &State, path: &str, number: usize) -> Reply {
    let scenario = state.scenario;
    let is_second = state.run.load(Ordering::SeqCst) == 2;
    let xml = |text: String| Reply::Whole(200, header("Content-Type", "text/xml; charset=utf-8"), text.into_bytes());
    if let Some(hop) = path.strip_prefix("/hop/").and_then(|rest| rest.split('?').next()?.parse::<u32>().ok()) {
        return Reply::Whole(302, header("Location", &format!("/hop/{}", hop + 1)), Vec::new());
    }
    if argument(path, "verb").as_deref() == Some("Identify") {
        return xml(answer(IDENTIFY));
    }
    let first = argument(path, "resumptionToken").map_or(0, |token| token.parse().unwrap_or(0));
    let end = first + PAGE;
    let usual = || page(scenario, first, end, &if end < RECORDS { end.to_string() } else { String::new() });
    let last = first + PAGE >= RECORDS;
    match scenario {
        "no_final_token" if last => xml(usual().replace("<resumptionToken></resumptionToken>", "")),
        "wrong_ct" => Reply::Whole(200, header("Content-Type", "text/html"), usual().into_bytes()),
        "utf16" => Reply::Whole(200, header("Content-Type", "text/xml"), utf16(&usual())),
        "retry_after" if number == 1 => Reply::Whole(503, header("Retry-After", "1"), Vec::new()),
        "retry_after_day" if first == 100 => Reply::Whole(503, header("Retry-After", "86400"), Vec::new()),
        "token_expires" if first == 100 && number == 1 => {
            xml(answer("<error code=\"badResumptionToken\">it has expired</error>"))
        }
        "flaky500" if number == 1 => Reply::Whole(500, Vec::new(), b"oh no".to_vec()),
        "trailing_garbage" => xml(format!("{}\n<!-- served by -->\n%%garbage", usual())),
        "leading_garbage" => xml(format!("\n\nWarning: include() failed in index.php\n{}", usual())),
        "latin1_as_utf8" => {
            let body = usual().replace("Careers", "Caf\u{e9}s");
            let latin1 = body.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
            Reply::Whole(200, header("Content-Type", "text/xml; charset=utf-8"), latin1)
        }
        "gzip_mislabel" => {
            let mut headers = header("Content-Type", "text/xml");
            headers.extend(header("Content-Encoding", "gzip"));
            Reply::Whole(200, headers, usual().into_bytes())
        }
        // The token of every page is the same, and what it gives goes on all the same.
        "same_token_next_page" => {
            let first = u32::try_from(number - 1).unwrap_or(0) * PAGE
                + if argument(path, "resumptionToken").is_some() { PAGE } else { 0 };
            let token = if first + PAGE < RECORDS { "again" } else { "" };
            xml(page(scenario, first, first + PAGE, token))
        }
        "same_token_same_page" => xml(page(scenario, 0, PAGE, "again")),
        "token_cycle" => xml(page(scenario, first % 100, first % 100 + PAGE, &((first + PAGE) % 100).to_string())),
        "token_no_records" if first >= 100 => {
            xml(answer(&format!("<ListRecords><resumptionToken>{}</resumptionToken></ListRecords>", first + 1)))
        }
        "infinite_unique" => xml(page(scenario, first, end, &end.to_string())),
        "bad_xml_midlist" if first == 50 => {
            xml(usual().replace("<dc:title>Careers lesson 70</dc:title>", "<dc:title>Careers <b lesson 70</dc:tilte>"))
        }
        "ctrl_char_midlist" if first == 50 => xml(usual().replace("lesson 70<", "lesson \u{1}70<")),
        "named_entity_midlist" if first == 50 => xml(usual().replace("lesson 70<", "lesson &unheardof; 70<")),
        "truncated" if first == 100 => Reply::Cut(usual().into_bytes()),
        "slow_body" => Reply::Slow(usual().into_bytes()),
        "never_answers" => Reply::Never,
        "endless_body" => Reply::Endless,
        "gzip_bomb" => {
            let mut headers = header("Content-Type", "text/xml");
            headers.extend(header("Content-Encoding", "gzip"));
            Reply::Whole(200, headers, gzip(&vec![b' '; 256 << 20]))
        }
        "deep_nesting" => xml(format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000))),
        "billion_laughs" => xml(usual().replace("<OAI-PMH", &format!("{LAUGHS}<OAI-PMH")).replace("lesson", "&lol9;")),
        "xxe" => {
            let canary = &state.canary;
            let entities = format!(
                "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\"><!ENTITY b SYSTEM \"{canary}/b\">\
                 <!ENTITY % c SYSTEM \"{canary}/c\"> %c;]>"
            );
            xml(usual().replace("<OAI-PMH", &format!("{entities}<OAI-PMH")).replace("lesson", "&a; &b;"))
        }
        "header_flood" => Reply::Flood,
        "redir_private" => Reply::Whole(302, header("Location", "http://169.254.169.254/latest"), Vec::new()),
        "redir_other_port" => Reply::Whole(302, header("Location", &state.canary), Vec::new()),
        "redir_decimal" => {
            let port = state.canary.rsplit(':').next().unwrap_or_default();
            Reply::Whole(302, header("Location", &format!("http://2130706433:{port}/")), Vec::new())
        }
        "redir_file" => Reply::Whole(302, header("Location", "file:///etc/passwd"), Vec::new()),
        "redir_self" => Reply::Whole(302, header("Location", path), Vec::new()),
        "chain30" => Reply::Whole(302, header("Location", "/hop/1"), Vec::new()),
        "shrink90" if is_second => xml(page(scenario, 0, 20, "")),
        "empty2" if is_second => xml(answer("<ListRecords></ListRecords>")),
        "none2" if is_second => xml(answer("<error code=\"noRecordsMatch\">nothing</error>")),
        "html2" if is_second => {
            let html = "<!doctype html><title>Maintenance</title><h1>Back soon</h1>";
            Reply::Whole(200, header("Content-Type", "text/html"), html.into())
        }
        "http500_2" if is_second => Reply::Whole(500, Vec::new(), b"oh no".to_vec()),
        "http403_2" if is_second => Reply::Whole(403, Vec::new(), b"go away".to_vec()),
        "http429_2" if is_second => Reply::Whole(429, header("Retry-After", "7200"), Vec::new()),
        "truncated2" if is_second && first == 100 => Reply::Cut(usual().into_bytes()),
        "mass_delete2" if is_second => xml(usual().replace("<header>", "<header status=\"deleted\">")),
        _ => xml(usual()),
    }
}

fn header(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned())]
}

const IDENTIFY: &str = "<Identify><repositoryName>R</repositoryName><baseURL>http://127.0.0.1/</baseURL>\
    <protocolVersion>2.0</protocolVersion><adminEmail>a@example.org</adminEmail>\
    <earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>no</deletedRecord>\
    <granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>";

const LAUGHS: &str = "<!DOCTYPE x [<!ENTITY lol \"lol\"><!ENTITY lol1 \"&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;\">\
    <!ENTITY lol9 \"&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;\">]>";

fn answer(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
         <responseDate>2026-11-20T08:00:00Z</responseDate><request>http://127.0.0.1/</request>{inside}</OAI-PMH>"
    )
}

fn page(scenario: &str, first: u32, end: u32, token: &str) -> String {
    let mut records = String::new();
    for number in first..end {
        let identifier = match scenario {
            "huge_id" if number == 70 => "i".repeat(1 << 20),
            "log_injection" => format!("oai:x:{number}&#10;ERROR forged&#13;&#27;[31m"),
            _ => format!("oai:x:{number}"),
        };
        let title = match scenario {
            "huge_title" if number == 70 => "t".repeat(20 << 20),
            "xss" => format!(
                "&lt;script&gt;alert({number})&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; lesson {number}"
            ),
            _ => format!("Careers lesson {number}"),
        };
        let datestamp = match scenario {
            "future_dates" => "9999-12-31T00:00:00Z",
            "bad_dates" => "0000-13-45T99:99:99Z",
            _ => "2026-11-01T10:00:00Z",
        };
        let date = match scenario {
            "future_dates" => "9999-12-31",
            "bad_dates" => "the day before yesterday",
            _ => "2025-03-11",
        };
        let record = format!(
            "<record><header><identifier>{identifier}</identifier><datestamp>{datestamp}</datestamp></header><metadata>\
             <oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{title}</dc:title><dc:date>{date}</dc:date>\
             <dc:identifier>https://example.org/lessons/{number}</dc:identifier></oai_dc:dc></metadata></record>"
        );
        records.push_str(&record);
        if scenario == "dup_ids" {
            records.push_str(&record);
        }
    }
    answer(&format!("<ListRecords>{records}<resumptionToken>{token}</resumptionToken></ListRecords>"))
}

fn utf16(text: &str) -> Vec<u8> {
    let text = text.replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\"");
    let mark = [0xff, 0xfe];
    mark.into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

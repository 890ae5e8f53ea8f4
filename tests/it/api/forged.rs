//! Cursors and resumption tokens that we did not give. Each carries a check against damage and no secret: whoever makes
//! one up reads what is public, or is refused, and breaks nothing.

use futures_util::StreamExt as _;
use index::{Cursor, Help, LastKey};
use serde_json::json;
use signpost::jobs::oai::list_to_head;

use crate::harness::{TestApp, source_toml};

/// So many of each are tried.
const TRIED: u64 = 10_000;
/// …and so many at once over HTTP.
const AT_ONCE: usize = 16;

/// Bytes that look like chance and are the same in every run.
fn chance(number: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&number.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).expect("less than 16");
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}

/// The same with the check that says it is whole, of so many bytes.
fn checked(body: &[u8], check_bytes: usize) -> String {
    hex(&[body, &blake3::hash(body).as_bytes()[..check_bytes]].concat())
}

fn word<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes[..N].try_into().expect("enough bytes")
}

#[test]
fn no_made_up_cursor_is_read_but_one_with_a_right_check() {
    let mut read = 0;
    for number in 0..TRIED {
        let length = usize::try_from(number % 300).expect("a small number");
        let body = chance(number, length);
        assert_eq!(Cursor::parse(&hex(&body)), None, "{number}");
        // One that is whole has our layout or is refused; what is read is written again as it came.
        let mut body = [vec![1], body].concat();
        if let Some(help) = body.get_mut(17) {
            *help %= 4;
        }
        if let Some(kind) = body.get_mut(18) {
            *kind %= 4;
        }
        let text = checked(&body, 6);
        if let Some(cursor) = Cursor::parse(&text) {
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor), "{number}");
            read += 1;
        }
    }
    assert!(read > 1_000, "{read} were whole");
}

#[tokio::test]
async fn a_cursor_that_is_whole_and_made_up_leads_to_results_or_is_refused() {
    let app = TestApp::shipped().await;
    for search in ["q=chemistry", "sort=newest", "sort=title"] {
        let first = app.json(&format!("/v1/resources?facets=none&per_page=2&{search}&cursor=*")).await;
        let next = first["links"]["next"].as_str().expect("a second page");
        let given = next.split("cursor=").nth(1).expect("a cursor").split('&').next().unwrap_or_default();
        let given = Cursor::parse(given).expect("a cursor of ours");
        for number in 0..150 {
            let bytes = chance(number, 32);
            let last = match bytes[0] % 3 {
                0 => LastKey::Score(f32::from_le_bytes(word(&bytes[1..]))),
                1 => LastKey::Newest(i64::from_le_bytes(word(&bytes[1..]))),
                _ => LastKey::Title(hex(&bytes[1..9])),
            };
            let help = [Help::None, Help::Corrected, Help::Loose][usize::from(bytes[9] % 3)];
            let weights = bytes[10..10 + usize::from(bytes[26] % 12)].iter().map(|weight| u16::from(*weight) << 8);
            let tie = u64::from_le_bytes(word(&bytes[18..]));
            let made_up = Cursor { last, help, tie, weights: weights.collect(), ..given.clone() };
            let path = format!("/v1/resources?facets=none&per_page=2&{search}&cursor={made_up}");
            let answer = app.get(&path).await;
            assert!(matches!(answer.status, 200 | 400), "{path}: {} {}", answer.status, answer.body);
        }
    }
}

/// Text of the shape of a resumption token: a right check or none, and inside what chance puts there.
fn token(number: u64) -> String {
    let bytes = chance(number, 64);
    if number.is_multiple_of(2) {
        return hex(&bytes[..=usize::from(bytes[0] % 60)]);
    }
    let stamp = |byte: u8| match byte % 4 {
        0 => *b"2026-11-21T09:00:00Z",
        1 => *b"9999-12-31T23:59:59Z",
        2 => *b"2026-13-41T25:61:61Z",
        _ => *b"--------------------",
    };
    let mut body = vec![1, bytes[1] % 3, bytes[2] % 3];
    for byte in &bytes[3..6] {
        body.extend(stamp(*byte));
    }
    body.extend(bytes[6..22].iter().map(|byte| b"0123456789abcdefghjkmnpqrstvwxyz"[usize::from(byte % 32)]));
    body.extend(&bytes[22..38]);
    body.extend_from_slice([&b"source:few"[..], b"", b"subject", &bytes[38..50]][usize::from(bytes[50] % 4)]);
    checked(&body, 8)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_made_up_resumption_token_gets_more_than_a_list_or_an_error_of_the_protocol() {
    let few = json!([{ "id": 1, "title": "Soap", "url": "https://example.org/soap" },
        { "id": 2, "title": "Bridges", "url": "https://example.org/bridges" }]);
    let toml = source_toml("few", "file = \"few.json\"");
    let app = TestApp::with_sources(&[("few.toml", toml)], &[("few.json", &few.to_string())]).await;
    list_to_head(&app.app).await.expect("the list can be written");
    let app = &app;
    let ask = |number: u64| async move {
        let path = format!("/oai?verb=ListRecords&resumptionToken={}", token(number));
        let answer = app.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let is_refused = answer.body.contains("<error code=\"badResumptionToken\"");
        assert!(is_refused || answer.body.contains("<ListRecords>"), "{path}: {}", answer.body);
        is_refused
    };
    let refused: Vec<bool> = futures_util::stream::iter(0..TRIED).map(ask).buffer_unordered(AT_ONCE).collect().await;
    assert!(refused.contains(&true) && refused.contains(&false), "some were as good as ours");
}

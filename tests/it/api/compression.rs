//! Every answer comes packed as the client can unpack it, and caches are told to keep the forms apart.

use std::io::Read as _;

use crate::harness::TestApp;

const PATHS: [&str; 8] = [
    "/v1/resources?q=chemistry",
    "/v1/export.ndjson",
    "/v1/export.csv",
    "/v1/export.manifest.json",
    "/v1/feed.rss",
    "/v1/feed.ics?starts_after=2020-01-01",
    "/oai?verb=ListRecords&metadataPrefix=oai_dc",
    "/",
];

/// What came: the status, the form it came in, the names in `Vary`, its tag, and its bytes as they were on the way.
struct Packed {
    status: u16,
    encoding: Option<String>,
    vary: String,
    tag: Option<String>,
    bytes: Vec<u8>,
}

async fn ask(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Packed {
    let client = reqwest::Client::builder().no_proxy().no_gzip().no_brotli().build().expect("a client");
    let mut request = client.get(format!("{}{path}", app.origin));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
    let all = response.headers();
    let text = |name: &str| all.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    let vary = all.get_all("vary").iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(", ");
    let (encoding, tag) = (text("content-encoding"), text("etag"));
    Packed {
        status: response.status().as_u16(),
        encoding,
        vary,
        tag,
        bytes: response.bytes().await.expect("a body").to_vec(),
    }
}

/// The bytes as they were before they were packed; `None` where nothing here can unpack them.
fn unpacked(encoding: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    match encoding {
        "gzip" => {
            let mut whole = Vec::new();
            flate2::read::GzDecoder::new(bytes).read_to_end(&mut whole).expect("gzip");
            Some(whole)
        }
        "zstd" => Some(zstd::decode_all(bytes).expect("zstd")),
        _ => None,
    }
}

#[tokio::test]
async fn every_answer_comes_in_the_form_that_is_asked_for_and_says_the_same() {
    let app = TestApp::shipped().await;
    for path in PATHS {
        let plain = ask(&app, path, &[("accept-encoding", "identity")]).await;
        assert_eq!((plain.status, plain.encoding.as_deref()), (200, None), "{path}");
        for encoding in ["br", "zstd", "gzip"] {
            let packed = ask(&app, path, &[("accept-encoding", encoding)]).await;
            assert_eq!((packed.status, packed.encoding.as_deref()), (200, Some(encoding)), "{path}");
            assert!(packed.bytes.len() < plain.bytes.len(), "{path}: {encoding} makes it no longer");
            // When an answer of OAI-PMH was written stands in it.
            let is_dated = path.starts_with("/oai");
            if let Some(whole) = unpacked(encoding, &packed.bytes).filter(|_| !is_dated) {
                assert!(whole == plain.bytes, "{path}: {encoding} holds something else");
            }
        }
    }
}

#[tokio::test]
async fn caches_keep_the_forms_apart_whatever_is_answered() {
    let app = TestApp::shipped().await;
    let names_it = |packed: &Packed| packed.vary.to_ascii_lowercase().matches("accept-encoding").count() == 1;
    for path in PATHS {
        let mut held = 0;
        for encoding in ["identity", "br", "zstd", "gzip"] {
            let first = ask(&app, path, &[("accept-encoding", encoding)]).await;
            assert!(names_it(&first), "{path} {encoding}: {}", first.vary);
            let Some(tag) = first.tag else { continue };
            let again = ask(&app, path, &[("accept-encoding", encoding), ("if-none-match", &tag)]).await;
            assert_eq!((again.status, again.bytes.len()), (304, 0), "{path} {encoding}");
            assert!(names_it(&again), "{path} {encoding}: {}", again.vary);
            held += 1;
        }
        assert!(held == 4 || path.starts_with("/oai"), "{path} has no tag");
    }
    let refused = ask(&app, "/v1/resources?colour=red", &[("accept-encoding", "gzip")]).await;
    assert!(refused.status == 400 && names_it(&refused), "{}", refused.vary);
}

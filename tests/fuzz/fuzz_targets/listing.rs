//! Listings: pages whose elements are records, and pages whose elements lead to others. None of those is there.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use schemas::Source;
use signpost_fuzz::{harvest, source};

const LIST: &str = "https://example.org/list";

static RECORDS: LazyLock<Source> = LazyLock::new(|| listing("", "identifier = \"@data-id\"\ndescription = \"p\"\n"));
static LINKS: LazyLock<Source> =
    LazyLock::new(|| listing("link = \"a\"\nnext = \"a[rel=next]\"\n", "title = \"h1\"\n"));

fn listing(place: &str, mapping: &str) -> Source {
    source(&format!(
        "kind = \"listing\"\n[where]\nurl = \"{LIST}\"\nitems = \"li, div.card\"\n{place}[mapping]\n{mapping}"
    ))
}

fuzz_target!(|bytes: &[u8]| {
    for source in [&RECORDS, &LINKS] {
        harvest(source, &[(LIST, "text/html", bytes)]);
    }
});

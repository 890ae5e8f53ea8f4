//! Feeds: RSS, Atom, JSON Feed and exports of `WordPress`, which show in the bytes themselves.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use schemas::Source;
use signpost_fuzz::{harvest, source};

const FEED: &str = "https://example.org/feed";

static SOURCE: LazyLock<Source> = LazyLock::new(|| {
    source(&format!(
        "kind = \"feed\"\n[where]\nurl = \"{FEED}\"\n[mapping]\nlevels = \"category[level]\"\n\
         place = \"media:group/media:title\"\n"
    ))
});

fuzz_target!(|bytes: &[u8]| {
    harvest(&SOURCE, &[(FEED, "application/xml", bytes)]);
});

//! Web pages: selectors, JSON-LD, microdata, RDFa Lite, meta tags and the main text.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use schemas::Source;
use signpost_fuzz::{source, take_apart};

static SELECTED: LazyLock<Source> = LazyLock::new(|| {
    source(
        "kind = \"sitemap\"\n[where]\nurl = \"https://example.org/sitemap.xml\"\n[mapping]\nimage = \"img.hero@src\"\n\
         description = { template = \"{.lead} {main p}\" }\nkeywords = \"ul.tags li\"\n",
    )
});
static SAID: LazyLock<Source> = LazyLock::new(|| {
    source(
        "kind = \"sitemap\"\n[where]\nurl = \"https://example.org/sitemap.xml\"\n\
         trust = [\"microdata\", \"rdfa\", \"json-ld\", \"text\", \"meta\"]\n",
    )
});

fuzz_target!(|bytes: &[u8]| {
    for source in [&SELECTED, &SAID] {
        take_apart(source, "https://example.org/careers/lifeguard?x=1", Some("text/html"), bytes);
    }
});

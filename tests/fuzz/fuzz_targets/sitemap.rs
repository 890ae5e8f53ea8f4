//! Sitemaps: XML, lines and gzip, and the robots.txt that names them. No page that they list is there.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use schemas::Source;
use signpost_fuzz::{harvest, source};

const SITEMAP: &str = "https://example.org/sitemap.xml";
const ROBOTS: &str = "https://example.org/robots.txt";

static NAMED: LazyLock<Source> = LazyLock::new(|| sitemap_at(SITEMAP));
static DISCOVERED: LazyLock<Source> = LazyLock::new(|| sitemap_at(ROBOTS));

fn sitemap_at(address: &str) -> Source {
    source(&format!("kind = \"sitemap\"\n[where]\nurl = \"{address}\"\n"))
}

fuzz_target!(|bytes: &[u8]| {
    harvest(&NAMED, &[(SITEMAP, "application/xml", bytes)]);
    harvest(&DISCOVERED, &[(ROBOTS, "text/plain", bytes)]);
});

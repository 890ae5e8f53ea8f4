//! JSON: one document or lines, as the kind reads them and as each of its presets does.
//!
//! The first byte says how the rest is read: `p` plainly, `w` as `WordPress`, `k` as CKAN, `a` as JSON:API, `u` as what
//! a partner pushes in our own schema. Bytes that begin with another one are read plainly, as they are.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use schemas::Source;
use signpost_fuzz::{source, take_apart};

static PLAIN: LazyLock<Source> = LazyLock::new(|| {
    source(
        "kind = \"json\"\n[where]\nfile = \"records\"\n[mapping]\ntitle = \"/title\"\nurl = \"/url\"\n\
         description = { template = \"{/a} {/b/0}\" }\n",
    )
});
static WORDPRESS: LazyLock<Source> = LazyLock::new(|| preset("wordpress"));
static CKAN: LazyLock<Source> = LazyLock::new(|| preset("ckan"));
static JSON_API: LazyLock<Source> = LazyLock::new(|| preset("json-api"));
static PUSHED: LazyLock<Source> = LazyLock::new(|| source("kind = \"json\"\n[where]\npush = true\n"));

fn preset(name: &str) -> Source {
    source(&format!("kind = \"json\"\n[where]\nurl = \"https://example.org/api/records\"\npreset = \"{name}\"\n"))
}

fuzz_target!(|bytes: &[u8]| {
    let (source, document) = match bytes.split_first() {
        Some((b'p', rest)) => (&*PLAIN, rest),
        Some((b'w', rest)) => (&*WORDPRESS, rest),
        Some((b'k', rest)) => (&*CKAN, rest),
        Some((b'a', rest)) => (&*JSON_API, rest),
        Some((b'u', rest)) => (&*PUSHED, rest),
        Some(_) | None => (&*PLAIN, bytes),
    };
    take_apart(source, "https://example.org/api/records", Some("application/json"), document);
});

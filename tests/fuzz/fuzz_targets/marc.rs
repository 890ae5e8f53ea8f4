//! MARC: ISO 2709 in MARC-8 and UTF-8, and MARCXML, which show in the bytes themselves.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use schemas::Source;
use signpost_fuzz::{source, take_apart};

static LIBRARY: LazyLock<Source> = LazyLock::new(|| {
    source(
        "kind = \"marc\"\n[where]\nfile = \"records\"\n[mapping]\ntopics = [\"6xx$a\", \"245$c\"]\n\
         [defaults]\nheld_by = [\"Example Library\"]\n",
    )
});
static STATED: LazyLock<Source> =
    LazyLock::new(|| source("kind = \"marc\"\n[where]\nfile = \"records\"\ncharset = \"windows-1251\"\n"));

fuzz_target!(|bytes: &[u8]| {
    for source in [&LIBRARY, &STATED] {
        take_apart(source, "file:records", None, bytes);
    }
});

//! OAI-PMH: one answer for every question, as the description of a repository and as the beginning of its list; with
//! Dublin Core, LOM, MODS or MARCXML in its records.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use schemas::Source;
use signpost_fuzz::{harvest, source, take_apart};

const IDENTIFY: &str = "https://example.org/oai?verb=Identify";
const LIST: &str = "https://example.org/oai?verb=ListRecords&metadataPrefix=oai_dc";

static SOURCE: LazyLock<Source> =
    LazyLock::new(|| source("kind = \"oai-pmh\"\n[where]\nurl = \"https://example.org/oai\"\n"));
static MAPPED: LazyLock<Source> = LazyLock::new(|| {
    source(
        "kind = \"oai-pmh\"\n[where]\nurl = \"https://example.org/oai\"\n[mapping]\n\
         keywords = [\"dc:subject\", \"general/keyword/string@language\", \"650$a\"]\n",
    )
});

fuzz_target!(|bytes: &[u8]| {
    harvest(&SOURCE, &[(IDENTIFY, "text/xml", bytes), (LIST, "text/xml", bytes)]);
    take_apart(&MAPPED, LIST, Some("text/xml"), bytes);
});

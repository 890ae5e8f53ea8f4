//! Tables: whatever stands in a file, or in one part of a workbook.
//!
//! The first byte says what the rest is: `c` the file; of an XLSX workbook `s` the sheet, `t` the shared texts, `b` the
//! list of sheets, `y` the styles; of an ODS workbook `o` the content. Bytes that begin with another one are the file.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use schemas::Source;
use signpost_fuzz::{let_panics_be_caught, ods, source, take_apart, xlsx};

static TABLE: LazyLock<Source> = LazyLock::new(|| {
    source(
        "kind = \"table\"\n[where]\nfile = \"records\"\n[mapping]\ntitle = \"title\"\nurl = \"url\"\n\
         keywords = { from = \"tags\", split = \"|\" }\n",
    )
});

fuzz_target!(|bytes: &[u8]| {
    let_panics_be_caught();
    let file = match bytes.split_first() {
        Some((b'c', rest)) => rest.to_vec(),
        Some((b's', rest)) => xlsx("xl/worksheets/sheet1.xml", rest),
        Some((b't', rest)) => xlsx("xl/sharedStrings.xml", rest),
        Some((b'b', rest)) => xlsx("xl/workbook.xml", rest),
        Some((b'y', rest)) => xlsx("xl/styles.xml", rest),
        Some((b'o', rest)) => ods(rest),
        Some(_) | None => bytes.to_vec(),
    };
    take_apart(&TABLE, "file:records", None, &file);
});

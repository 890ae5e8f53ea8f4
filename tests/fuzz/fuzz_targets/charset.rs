//! Character sets: the first line is the content type, empty for none, the rest is the body.
#![no_main]

use crawler::fetch::decode;
use libfuzzer_sys::fuzz_target;
use signpost_fuzz::first_line;

fuzz_target!(|bytes: &[u8]| {
    let (content_type, body) = first_line(bytes);
    let stated = Some(content_type.as_str()).filter(|stated| !stated.is_empty());
    let text = decode(body, stated);
    // No charset that is decoded here makes more than three bytes of one.
    assert!(text.len() <= 3 * body.len() + 3, "{} bytes became {}", body.len(), text.len());
});

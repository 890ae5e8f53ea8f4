//! robots.txt: the first line is the path that is asked for, the rest is the file.
#![no_main]

use crawler::fetch::robots_allow;
use libfuzzer_sys::fuzz_target;
use signpost_fuzz::first_line;
use url::Url;

fuzz_target!(|bytes: &[u8]| {
    let (path, file) = first_line(bytes);
    let url = Url::parse("https://example.org/").and_then(|host| host.join(&path));
    let Ok(url) = url else { return };
    let once = robots_allow(file, "Signpost", url.as_str());
    assert_eq!(robots_allow(file, "Signpost", url.as_str()), once, "the same question has the same answer");
});

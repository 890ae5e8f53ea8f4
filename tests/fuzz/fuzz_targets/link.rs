//! Links: is the page that answers the one that was asked for? The first line is the address that answered, the second
//! the one that it has moved to, the rest is the page.
#![no_main]

use crawler::fetch::{Fetched, Validators};
use crawler::link::LinkAnswer;
use crawler::link::soft_404::judge;
use libfuzzer_sys::fuzz_target;
use signpost_fuzz::first_line;
use url::Url;

fuzz_target!(|bytes: &[u8]| {
    let (reached, rest) = first_line(bytes);
    let (moved_to, body) = first_line(rest);
    let Ok(requested_url) = Url::parse("https://www.example.org/posters/soap") else { return };
    let Ok(final_url) = requested_url.join(&reached) else { return };
    if !matches!(final_url.scheme(), "http" | "https") {
        return;
    }
    let answer = judge(&Fetched {
        moved_to: requested_url.join(&moved_to).ok().filter(|_| !moved_to.is_empty()),
        requested_url,
        final_url,
        status: 200,
        content_type: Some("text/html".to_owned()),
        body: body.to_vec(),
        validators: Validators::default(),
        not_modified: false,
        links: Vec::new(),
    });
    if let LinkAnswer::Moved { to } = answer {
        assert!(matches!(to.scheme(), "http" | "https"), "{to}");
    }
});

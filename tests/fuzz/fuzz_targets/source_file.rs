//! Source files: every key and every mistake, and the selectors in those that are right.
#![no_main]

use crawler::extract::check_selectors;
use libfuzzer_sys::fuzz_target;
use schemas::Source;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    match Source::parse("fuzz.toml", &text) {
        Ok(source) => {
            check_selectors(&source);
            assert_eq!(Source::parse("fuzz.toml", &text).as_ref(), Ok(&source), "it is read the same again");
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "a file that is refused has a mistake");
            for mistake in mistakes {
                let _ = mistake.to_string();
            }
        }
    }
});

//! Written: does a source say a value in so many words, or was it read from others?
//!
//! What was read from other words is kept with them, so that one can ask where a value comes from.

use jiff::civil::{Date, DateTime};

/// So many characters of the words are kept.
const MAX_CHARACTERS: usize = 200;

/// Whether a text is this date as ISO 8601 writes it, perhaps with a time behind: `2016-08-04`, `2016-08-04T15:46Z`.
pub(crate) fn says_date(text: &str, date: Date) -> bool {
    text.trim().strip_prefix(&date.to_string()).is_some_and(|behind| !behind.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a text is this date and time as ISO 8601 writes it, or as much of it as the source knows: `2026-06-12`,
/// `2026-06-12 14:30`. In another zone it says another hour, and was read.
pub(crate) fn says_time(text: &str, at: DateTime) -> bool {
    const DATE_BYTES: usize = "2026-06-12".len();
    let written = text.trim().replacen(' ', "T", 1);
    let iso = at.to_string();
    written.len() >= DATE_BYTES && iso.starts_with(&written)
}

/// Whether a text is a duration of ISO 8601: `PT1H30M`.
pub(crate) fn says_duration(text: &str) -> bool {
    text.trim_start().starts_with('P')
}

/// The words as they are kept.
pub(crate) fn shortened(words: &str) -> String {
    words.chars().take(MAX_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_said_or_read() {
        let date = "2016-08-04".parse::<Date>().expect("a date");
        for text in ["2016-08-04", " 2016-08-04T15:46:22+00:00", "2016-08-04 15:46"] {
            assert!(says_date(text, date), "{text}");
        }
        for text in ["4 August 2016", "2016-08", "20160804", "2016-08-041", ""] {
            assert!(!says_date(text, date), "{text}");
        }
    }

    #[test]
    fn a_time_is_said_or_read() {
        let at = "2026-06-12T14:30:00".parse::<DateTime>().expect("a time");
        for text in ["2026-06-12", "2026-06-12T14:30", "2026-06-12 14:30:00"] {
            assert!(says_time(text, at), "{text}");
        }
        for text in ["2026-06-12T13:30:00Z", "12 June 2026 at 2.30pm", "2026", ""] {
            assert!(!says_time(text, at), "{text}");
        }
    }

    #[test]
    fn words_are_kept_up_to_a_length() {
        assert_eq!(shortened(&"é".repeat(300)).chars().count(), MAX_CHARACTERS);
        assert!(says_duration("PT45M") && !says_duration("45 minutes"));
    }
}

//! Conditional requests by time: who asks again whether anything has changed is told so before the list is read.
//!
//! An answer is as new as the newest datestamp of the list. Source: RFC 9110, 8.8.2 and 13.1.3.

use jiff::{SignedDuration, Timestamp};

/// Since when nothing has changed: the end of the newest second in which something did. `None` while that second lasts,
/// for more may change in it.
///
/// `newest` is the newest datestamp and `now` what the time is, both RFC 3339 in UTC with whole seconds.
pub(super) fn unchanged_since(newest: &str, now: &str) -> Option<Timestamp> {
    if newest >= now {
        return None;
    }
    newest.parse::<Timestamp>().ok()?.checked_add(SignedDuration::from_secs(1)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_within_a_second_counts_to_its_end() {
        let since = unchanged_since("2026-11-21T09:30:00Z", "2026-11-21T09:30:01Z").expect("a time");
        assert_eq!(since.to_string(), "2026-11-21T09:30:01Z");
        assert_eq!(unchanged_since("2026-11-21T09:30:00Z", "2026-11-21T09:30:00Z"), None);
    }
}

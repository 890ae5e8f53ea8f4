//! Dates of HTTP: when an answer was last changed, and whether the caller says that it has seen that already.
//!
//! For answers whose parts know when they changed. Entity tags are in [`super::etag`] and come first.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The form in which dates are written. Source: RFC 9110, 5.6.7, IMF-fixdate.
const IMF_FIXDATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
/// The forms in which they are read: the two old ones, of RFC 850 and of asctime, must be understood as well.
const READ: [&str; 3] = [IMF_FIXDATE, "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// A moment as HTTP writes it: `Sat, 21 Nov 2026 09:00:00 GMT`. What is less than a second is left out.
pub(crate) fn http_date(moment: Timestamp) -> String {
    moment.strftime(IMF_FIXDATE).to_string()
}

/// The moment of a date as HTTP writes it; `None` for anything else.
fn parse_http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let local = READ.iter().find_map(|form| DateTime::strptime(form, text).ok())?;
    local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Whether the caller has seen what was last changed then.
///
/// A date counts only where no entity tag was sent, which says more. Source: RFC 9110, 13.1.3.
pub(crate) fn is_unmodified(headers: &HeaderMap, last_modified: Timestamp) -> bool {
    if headers.contains_key(header::IF_NONE_MATCH) {
        return false;
    }
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok()).and_then(parse_http_date);
    since.is_some_and(|since| last_modified.as_second() <= since.as_second())
}

/// Says when an answer was last changed.
pub(crate) fn with_last_modified(mut response: Response, last_modified: Timestamp) -> Response {
    if let Ok(value) = HeaderValue::from_str(&http_date(last_modified)) {
        response.headers_mut().insert(header::LAST_MODIFIED, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn asked_with(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_moment_is_written_as_http_writes_it() {
        assert_eq!(http_date(moment("2026-11-21T09:00:00.75Z")), "Sat, 21 Nov 2026 09:00:00 GMT");
        assert_eq!(http_date(moment("2026-03-02T23:05:09Z")), "Mon, 02 Mar 2026 23:05:09 GMT");
    }

    #[test]
    fn the_three_forms_of_a_date_are_read() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(parse_http_date(text), Some(moment("1994-11-06T08:49:37Z")), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_counts_as_not_sent() {
        for text in ["", "yesterday", "2026-11-21", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT"] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn who_has_seen_the_last_change_is_told_so_to_the_second() {
        let last = moment("2026-11-21T09:00:00.9Z");
        for (since, expected) in [
            ("Sat, 21 Nov 2026 09:00:00 GMT", true),
            ("Sat, 21 Nov 2026 09:00:01 GMT", true),
            ("Sat, 21 Nov 2026 08:59:59 GMT", false),
            ("whenever", false),
        ] {
            assert_eq!(is_unmodified(&asked_with(&[(header::IF_MODIFIED_SINCE, since)]), last), expected, "{since}");
        }
        assert!(!is_unmodified(&HeaderMap::new(), last));
    }

    #[test]
    fn a_date_is_not_looked_at_beside_an_entity_tag() {
        let headers = asked_with(&[
            (header::IF_MODIFIED_SINCE, "Sat, 21 Nov 2026 09:00:00 GMT"),
            (header::IF_NONE_MATCH, "W/\"another\""),
        ]);
        assert!(!is_unmodified(&headers, moment("2026-11-21T09:00:00Z")));
    }
}

//! When is it worth asking again, and how long to wait before?
//!
//! Pure: statuses, headers and numbers in, durations out. The waiting and the counting are done by the exchange.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

/// The back-off stops doubling here; a server that needs longer says so with `Retry-After`.
const LONGEST_BACK_OFF: Duration = Duration::from_mins(5);

/// The current form of a date in HTTP. Some servers get the day of the week wrong, and nothing depends on it.
static IMF_FIXDATE: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// The two old forms that must still be read. Source: RFC 9110, 5.6.7.
const OLD_DATE_FORMATS: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// Returns whether a status is a passing trouble of the server rather than an answer.
pub const fn is_worth_retrying(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

/// Reads a `Retry-After` header: seconds, or a date to be counted from `now`.
///
/// A date that has passed is no wait at all. `None` for anything else. Source: RFC 9110, 10.2.3.
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are still a wait, only one that nobody will sit through.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let moment = parse_http_date(value)?;
    Some(Duration::try_from(now.duration_until(moment)).unwrap_or(Duration::ZERO))
}

/// Reads a date as HTTP writes it, in any of its three forms.
pub fn parse_http_date(value: &str) -> Option<Timestamp> {
    let value = value.trim();
    if let Ok(moment) = IMF_FIXDATE.parse_timestamp(value) {
        return Some(moment);
    }
    OLD_DATE_FORMATS.iter().find_map(|format| {
        let civil = DateTime::strptime(format, value).ok()?;
        let moment = civil.to_zoned(TimeZone::UTC).ok()?;
        Some(moment.timestamp())
    })
}

/// Returns the wait before retry number `attempt`, counted from 0: the base, doubled each time, and up to a quarter
/// more by `jitter` (0 for none, 255 for all of it).
pub fn delay_before(base: Duration, attempt: u8, jitter: u8) -> Duration {
    let factor = 2_u32.saturating_pow(u32::from(attempt));
    let wait = base.saturating_mul(factor).min(LONGEST_BACK_OFF);
    wait + wait.saturating_mul(u32::from(jitter)) / 1024
}

/// Returns the jitter of one retry of one address: different for each, the same whenever it is computed.
pub fn jitter_for(url: &str, attempt: u8) -> u8 {
    let digest = blake3::hash(format!("{attempt} {url}").as_bytes());
    digest.as_bytes()[0]
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::seconds("120", Some(120))]
    #[case::none_at_all("0", Some(0))]
    #[case::spaces(" 5 ", Some(5))]
    #[case::date("Sun, 06 Nov 1994 08:49:37 GMT", Some(37))]
    #[case::date_with_the_wrong_weekday("Mon, 06 Nov 1994 08:49:37 GMT", Some(37))]
    #[case::date_of_rfc_850("Sunday, 06-Nov-94 08:49:37 GMT", Some(37))]
    #[case::date_of_asctime("Sun Nov  6 08:49:37 1994", Some(37))]
    #[case::past_date("Sun, 06 Nov 1994 08:00:00 GMT", Some(0))]
    #[case::more_than_fits("99999999999999999999999", Some(u64::MAX))]
    #[case::negative("-1", None)]
    #[case::fraction("1.5", None)]
    #[case::words("soon", None)]
    #[case::empty("", None)]
    fn a_wait_is_read_from_seconds_and_dates(#[case] value: &str, #[case] expected_s: Option<u64>) {
        let now = "1994-11-06T08:49:00Z".parse().expect("a good moment");
        let expected = expected_s.map(Duration::from_secs);
        assert_eq!(parse_retry_after(value, now), expected);
    }

    #[rstest]
    #[case::first(0, 0, 1000)]
    #[case::second(1, 0, 2000)]
    #[case::third(2, 0, 4000)]
    #[case::far_too_many(255, 0, 300_000)]
    fn the_wait_doubles_up_to_a_limit(#[case] attempt: u8, #[case] jitter: u8, #[case] expected_ms: u64) {
        let wait = delay_before(Duration::from_secs(1), attempt, jitter);
        assert_eq!(wait, Duration::from_millis(expected_ms));
    }

    #[test]
    fn jitter_adds_less_than_a_quarter() {
        let wait = delay_before(Duration::from_secs(4), 0, u8::MAX);
        assert!(wait > Duration::from_millis(4900) && wait < Duration::from_secs(5));
    }
}

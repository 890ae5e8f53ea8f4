//! Writing calendars: RFC 5545 lines, their values escaped, folded, and times as calendars anywhere read them.
//!
//! A time of ours is local time in the United Kingdom, and a calendar is read anywhere: it is written in UTC. What begins
//! on a day and says no time is an event of the whole day, wherever it is read.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use url::Url;

/// A line is no longer, its end not counted. Source: RFC 5545, 3.1.
const MAX_LINE_OCTETS: usize = 75;
/// The time of day at which what ends with its day is over.
pub(crate) const END_OF_DAY: Time = Time::constant(23, 59, 59, 0);
/// A calendar must hold something: where there is no event, the zone that its times are in. Source: RFC 5545, 3.6.
const EMPTY: [&str; 8] = [
    "BEGIN:VTIMEZONE",
    "TZID:Etc/UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
];

/// The lines of a calendar, folded.
#[derive(Debug, Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// A calendar of this name, from its beginning.
    pub(crate) fn calendar(name: &str) -> Self {
        let mut lines = Self::default();
        lines.add("BEGIN", "VCALENDAR");
        lines.add("VERSION", "2.0");
        lines.add("PRODID", "-//Signpost//Signpost//EN");
        lines.add("CALSCALE", "GREGORIAN");
        lines.add("METHOD", "PUBLISH");
        // The name in two ways: RFC 7986, 5.1, and as it was written before.
        lines.add("NAME", &escape(name));
        lines.add("X-WR-CALNAME", &escape(name));
        lines
    }

    /// Adds a property. Its value is escaped already, as its kind asks for.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.fold(&format!("{name}:{value}"));
    }

    /// Says when an event begins and ends. Midnight counts as no time, as it does where records are read.
    pub(crate) fn span(&mut self, starts: DateTime, ends: Option<DateTime>) {
        let ends_with_its_day = ends.is_none_or(|ends| ends.time() == END_OF_DAY || ends.time() == Time::midnight());
        if starts.time() == Time::midnight() && ends_with_its_day {
            self.add("DTSTART;VALUE=DATE", &day(starts.date()));
            // The end is the first day that no longer belongs to it. Source: RFC 5545, 3.6.1.
            let last = ends.map_or(starts.date(), DateTime::date);
            if let Ok(after) = last.tomorrow() {
                self.add("DTEND;VALUE=DATE", &day(after));
            }
            return;
        }
        for (name, time) in [("DTSTART", Some(starts)), ("DTEND", ends)] {
            if let Some(moment) = time.and_then(moment_of) {
                self.add(name, &utc(moment));
            }
        }
    }

    /// The calendar, closed. `is_empty` says that no event was written.
    pub(crate) fn finish(mut self, is_empty: bool) -> String {
        if is_empty {
            for line in EMPTY {
                self.fold(line);
            }
        }
        self.add("END", "VCALENDAR");
        self.0
    }

    /// Writes a line; what is too long goes on in the next, behind a blank. No character is taken apart.
    fn fold(&mut self, line: &str) {
        let mut octets = 0;
        for character in line.chars() {
            if octets + character.len_utf8() > MAX_LINE_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(character);
            octets += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// The host of our address, which ends the name of every event of ours.
pub(crate) fn host_of(public_url: &str) -> String {
    let host = Url::parse(public_url).ok().and_then(|url| url.host_str().map(ToOwned::to_owned));
    host.unwrap_or_else(|| "signpost".to_owned())
}

/// The moment of a local time in the United Kingdom.
fn moment_of(local: DateTime) -> Option<Timestamp> {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    local.to_zoned(zone).ok().map(|zoned| zoned.timestamp())
}

fn day(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// A moment as the value of a property.
pub(crate) fn utc(moment: Timestamp) -> String {
    moment.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text as the value of a property; control characters are dropped. Source: RFC 5545, 3.3.11.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let unix = text.replace("\r\n", "\n");
    for character in unix.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' | '\r' => escaped.push_str("\\n"),
            '\t' => escaped.push('\t'),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// An address as the value of a property: nothing in it is escaped, so nothing in it may end the line.
pub(crate) fn uri(address: &str) -> String {
    address.chars().filter(|character| !character.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(starts: &str, ends: Option<&str>) -> String {
        let mut lines = Lines::default();
        lines.span(starts.parse().expect("a time"), ends.map(|ends| ends.parse().expect("a time")));
        lines.0
    }

    #[test]
    fn a_local_time_is_written_in_utc_and_a_day_as_a_day() {
        for (starts, ends, expected) in [
            (
                "2026-07-01T10:00:00",
                Some("2026-07-01T11:00:00"),
                "DTSTART:20260701T090000Z\r\nDTEND:20260701T100000Z\r\n",
            ),
            ("2026-01-05T10:00:00", None, "DTSTART:20260105T100000Z\r\n"),
            ("2026-01-05T00:00:00", None, "DTSTART;VALUE=DATE:20260105\r\nDTEND;VALUE=DATE:20260106\r\n"),
            (
                "2026-01-05T00:00:00",
                Some("2026-01-07T23:59:59"),
                "DTSTART;VALUE=DATE:20260105\r\nDTEND;VALUE=DATE:20260108\r\n",
            ),
            (
                "2026-01-05T00:00:00",
                Some("2026-01-05T15:00:00"),
                "DTSTART:20260105T000000Z\r\nDTEND:20260105T150000Z\r\n",
            ),
        ] {
            assert_eq!(span(starts, ends), expected, "{starts}");
        }
    }

    #[test]
    fn a_text_cannot_end_its_line() {
        assert_eq!(escape("a\r\nEND:VEVENT\rb\u{0}c\\d"), "a\\nEND:VEVENT\\nbc\\\\d");
        assert_eq!(uri("https://example.org/\r\nEND:VEVENT"), "https://example.org/END:VEVENT");
    }

    #[test]
    fn lines_are_folded_between_characters() {
        let mut lines = Lines::default();
        lines.add("SUMMARY", &"ä🔭".repeat(60));
        let unfolded = lines.0.replace("\r\n ", "");
        assert_eq!(unfolded, format!("SUMMARY:{}\r\n", "ä🔭".repeat(60)));
        assert!(lines.0.split("\r\n").all(|line| line.len() <= MAX_LINE_OCTETS), "{}", lines.0);
    }
}

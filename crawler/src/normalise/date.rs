//! Dates: which day, and at which hour, does a text name?
//!
//! Numbers are read day first, as in the UK; month first only where the second number cannot be a month. What a missing
//! time stands for depends on whether something begins or ends, and the caller says which.

use jiff::civil::{Date, DateTime, Time, time};
use jiff::tz::TimeZone;

/// Longer texts are sentences.
const MAX_BYTES: usize = 64;

/// UK time by its rule since 1996: an hour ahead from the last Sunday of March to the last of October.
const UK_TIME: &str = "GMT0BST,M3.5.0/1,M10.5.0";

/// In the order of the calendar.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const FILLERS: [&str; 5] = ["the", "of", "at", "on", "-"];

/// Names of local times; their hour is taken as it is written. Source: RFC 5322, 4.3, and the UK and its neighbours.
const LOCAL_ZONES: [&str; 13] =
    ["bst", "ist", "wet", "west", "cet", "cest", "est", "edt", "cst", "cdt", "mst", "mdt", "pst"];

/// What a date without a time stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayPart {
    /// Something begins: the first minute of that day.
    Start,
    /// Something ends: the last second of that day.
    End,
}

/// Reads a date; the day as it is written, whatever the time zone beside it.
///
/// `"2016-08-04T15:46:22+00:00"`, `"04/08/2016"` and `"4 August 2016"` -> 2016-08-04; `"August 2016"` -> its first day;
/// `"2016"` -> `None`, and so is what lies outside 1900 to 2100. A sitemap that says "2016" of a page does not say that
/// it is unchanged since January; where a year is enough, ask [`parse_day`].
pub fn parse_date(text: &str) -> Option<Date> {
    Draft::read(text)?.date()
}

/// Reads a date, or a year alone, of which the first day stands for it: `"1999"` -> 1999-01-01.
///
/// Right for when something was published, of which people ask in years; wrong for when it takes place.
pub fn parse_day(text: &str) -> Option<Date> {
    parse_date(text).or_else(|| {
        let year = text.trim();
        let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        if is_year { parse_date(&format!("{year}-01-01")) } else { None }
    })
}

/// Reads a date with its time, as local time.
///
/// Midnight counts as no time, since that is how sources without times write a day. UTC becomes UK time; any other
/// zone is taken as that of the place, so its hour stays as it is written.
pub fn parse_datetime(text: &str, part: DayPart) -> Option<DateTime> {
    let draft = Draft::read(text)?;
    let date = draft.date()?;
    match (draft.time.filter(|time| *time != Time::midnight()), part) {
        (Some(time), _) if draft.is_utc => in_the_uk(date.to_datetime(time)),
        (Some(time), _) => Some(date.to_datetime(time)),
        (None, DayPart::Start) => Some(date.to_datetime(Time::midnight())),
        (None, DayPart::End) => Some(date.to_datetime(time(23, 59, 59, 0))),
    }
}

fn in_the_uk(utc: DateTime) -> Option<DateTime> {
    let zone = TimeZone::posix(UK_TIME).expect("the rule is a constant that a test reads");
    Some(utc.to_zoned(TimeZone::UTC).ok()?.with_time_zone(zone).datetime())
}

/// What has been read so far, one word at a time.
#[derive(Default)]
struct Draft {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    time: Option<Time>,
    is_utc: bool,
    /// The date came as eight digits, so that four or six more are its time.
    is_compact: bool,
}

impl Draft {
    fn read(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        if trimmed.len() > MAX_BYTES {
            return None;
        }
        let lower = trimmed.to_lowercase();
        // RFC 9557 writes the name of the zone behind, in brackets.
        let spaced = part_date_from_time(lower.split('[').next().unwrap_or_default());
        let mut draft = Self::default();
        let mut words = spaced.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
        words.all(|word| draft.take(word)).then_some(draft)
    }

    fn date(&self) -> Option<Date> {
        let year = self.year.filter(|year| (1900..=2100).contains(year))?;
        Date::new(year, self.month?, self.day.unwrap_or(1)).ok()
    }

    /// Takes in one word; false when it is none of a date.
    fn take(&mut self, word: &str) -> bool {
        if FILLERS.contains(&word) || LOCAL_ZONES.contains(&word) || is_name_of(word, &WEEKDAYS).is_some() {
            return true;
        }
        if let Some(place) = is_name_of(word, &MONTHS) {
            let is_first = self.month.is_none();
            self.month = i8::try_from(place + 1).ok();
            return is_first;
        }
        if let Some(is_utc) = zone(word) {
            self.is_utc = is_utc;
            return true;
        }
        if word == "am" || word == "pm" {
            self.time = self.time.and_then(|clock| at_hour(clock.hour(), clock, Some(word == "pm")));
            return self.time.is_some();
        }
        if self.take_numbers(word) {
            return true;
        }
        match read_clock(word) {
            Some((clock, is_utc)) if self.time.is_none() => {
                self.time = Some(clock);
                self.is_utc |= is_utc;
                true
            }
            _ => false,
        }
    }

    /// Takes `2016-08-04`, `04/08/2016`, `20160804`, `2016`, `4` or `4th`.
    fn take_numbers(&mut self, word: &str) -> bool {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let word = match word.strip_suffix('z') {
            Some(rest) if rest.len() >= 8 || self.is_compact => {
                self.is_utc = true;
                rest
            }
            Some(_) | None => word,
        };
        let parts: Vec<&str> = word.split(['-', '/', '.']).collect();
        if !parts.iter().all(|part| digits(part)) {
            let day = ["st", "nd", "rd", "th"].into_iter().find_map(|ending| word.strip_suffix(ending));
            return day.is_some_and(|day| digits(day) && self.set_day(day));
        }
        match (parts.as_slice(), word.len()) {
            ([year, month, day], _) if year.len() == 4 => self.set(year, month, day),
            ([day, month, year], _) if year.len() == 4 => {
                let is_month_first = month.parse::<u8>().is_ok_and(|number| number > 12);
                if is_month_first { self.set(year, day, month) } else { self.set(year, month, day) }
            }
            ([year, month], _) if year.len() == 4 => self.set(year, month, "1"),
            ([all], 8) => {
                self.is_compact = true;
                self.set(&all[..4], &all[4..6], &all[6..])
            }
            ([all], 4 | 6) if self.is_compact && self.time.is_none() => {
                let number = |range: std::ops::Range<usize>| all.get(range).map_or(Some(0), |part| part.parse().ok());
                let parts = (number(0..2), number(2..4), number(4..6));
                let (Some(hour), Some(minute), Some(second)) = parts else {
                    return false;
                };
                self.time = Time::new(hour, minute, second, 0).ok();
                self.time.is_some()
            }
            ([year], 4) if self.year.is_none() => {
                self.year = year.parse().ok();
                self.year.is_some()
            }
            ([day], 1 | 2) => self.set_day(day),
            _ => false,
        }
    }

    fn set_day(&mut self, day: &str) -> bool {
        if self.day.is_some() {
            return false;
        }
        self.day = day.parse().ok();
        self.day.is_some()
    }

    fn set(&mut self, year: &str, month: &str, day: &str) -> bool {
        if self.year.is_some() || self.month.is_some() || self.day.is_some() {
            return false;
        }
        (self.year, self.month, self.day) = (year.parse().ok(), month.parse().ok(), day.parse().ok());
        self.year.is_some() && self.month.is_some() && self.day.is_some()
    }
}

/// `2016-08-04t15:46` with a space for the `t`.
fn part_date_from_time(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    text.char_indices()
        .map(|(at, c)| if c == 't' && is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)) { ' ' } else { c })
        .collect()
}

/// The place of the name that this word is, or shortens to three letters or more: `aug`, `sept.`.
fn is_name_of(word: &str, names: &[&str]) -> Option<usize> {
    let word = word.trim_end_matches('.');
    names.iter().position(|name| word.len() >= 3 && name.starts_with(word))
}

/// Whether a zone is UTC; `None` when the word is no zone. `z`, `+0000`, `-05:00`.
fn zone(word: &str) -> Option<bool> {
    if matches!(word, "z" | "utc" | "gmt") {
        return Some(true);
    }
    let offset = word.strip_prefix(['+', '-'])?;
    let is_offset = offset.len() >= 2 && offset.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    is_offset.then(|| offset.bytes().all(|byte| matches!(byte, b'0' | b':')))
}

/// Reads `15:46`, `15:46:22.793`, `15:46:22+00:00`, `3pm` or `10.30am`, and whether it is in UTC.
fn read_clock(word: &str) -> Option<(Time, bool)> {
    let (clock, is_utc) = match word.find(['z', '+', '-']) {
        Some(at) => (&word[..at], zone(&word[at..])?),
        None => (word, false),
    };
    let (clock, afternoon) = match (clock.strip_suffix("am"), clock.strip_suffix("pm")) {
        (Some(clock), _) => (clock.replace('.', ":"), Some(false)),
        (None, Some(clock)) => (clock.replace('.', ":"), Some(true)),
        (None, None) if clock.contains(':') => (clock.to_owned(), None),
        (None, None) => return None,
    };
    let mut parts = clock.split(':');
    let hour: i8 = parts.next()?.parse().ok()?;
    let minute: i8 = parts.next().unwrap_or("0").parse().ok()?;
    let second: i8 = parts.next().unwrap_or("0").split('.').next()?.parse().ok()?;
    let written = Time::new(0, minute, second, 0).ok()?;
    if parts.next().is_some() { None } else { Some((at_hour(hour, written, afternoon)?, is_utc)) }
}

/// The minutes and seconds of a time at another hour, which is one of the twelve when before or after noon is said.
fn at_hour(hour: i8, clock: Time, afternoon: Option<bool>) -> Option<Time> {
    let hour = match (afternoon, hour) {
        (None, _) | (Some(false), 1..=11) | (Some(true), 12) => hour,
        (Some(false), 12) => 0,
        (Some(true), 1..=11) => hour + 12,
        (Some(_), _) => return None,
    };
    Time::new(hour, clock.minute(), clock.second(), 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::iso("2016-08-04T15:46:22+00:00", Some("2016-08-04"))]
    #[case::oer_trailing_space("2023-06-05T12:28:38 ", Some("2023-06-05"))]
    #[case::phet("2025-09-11 11:08:26.793", Some("2025-09-11"))]
    #[case::phet_midnight("2014-04-18 00:00:00.0", Some("2014-04-18"))]
    #[case::gtn_offset("2022-10-18 14:23:35 +0000", Some("2022-10-18"))]
    #[case::ncce_utc("2024-04-15 12:23:53 UTC", Some("2024-04-15"))]
    #[case::ncce_day_first("07/01/2019 00:00:00", Some("2019-01-07"))]
    #[case::month_first("12/25/2019", Some("2019-12-25"))]
    #[case::dots("4.8.2016", Some("2016-08-04"))]
    #[case::tess_compact("20210314", Some("2021-03-14"))]
    #[case::tess_compact_time("20220112T110000", Some("2022-01-12"))]
    #[case::words("4 August 2016", Some("2016-08-04"))]
    #[case::weekday("Thursday 4th Aug 2016, 10am", Some("2016-08-04"))]
    #[case::american("August 4, 2016", Some("2016-08-04"))]
    #[case::month("August 2016", Some("2016-08-01"))]
    #[case::iso_month("2016-08", Some("2016-08-01"))]
    #[case::rfc_2822("Tue, 03 Mar 2020 10:00:00 GMT", Some("2020-03-03"))]
    #[case::named_zone("2020-03-03T10:00:00+00:00[Europe/London]", Some("2020-03-03"))]
    #[case::year("2016", None)]
    #[case::short_year("07/01/19", None)]
    #[case::no_such_day("31/02/2019", None)]
    #[case::too_early("0001-01-01T00:00:00", None)]
    #[case::too_late("3016-01-01", None)]
    #[case::period("4 to 6 August 2016", None)]
    #[case::words_only("coming soon", None)]
    #[case::nothing("", None)]
    fn a_text_names_a_day(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(parse_date(text).map(|date| date.to_string()).as_deref(), expected);
    }

    #[rstest]
    #[case::oai_year("2010", Some("2010-01-01"))]
    #[case::marc_year(" 1999 ", Some("1999-01-01"))]
    #[case::month("May 2019", Some("2019-05-01"))]
    #[case::day("4 August 2016", Some("2016-08-04"))]
    #[case::not_of_our_time("0999", None)]
    #[case::no_year("12345", None)]
    #[case::school_year("2018/19", None)]
    #[case::nothing("", None)]
    fn a_year_alone_is_its_first_day(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(parse_day(text).map(|date| date.to_string()).as_deref(), expected);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            assert!(parse_day(&text).is_none_or(|day| (1900..=2100).contains(&day.year())), "{text:.40}");
            assert!(parse_datetime(&text, DayPart::End).is_none_or(|at| at.year() <= 2101), "{text:.40}");
        }
    }

    #[rstest]
    #[case::local("2022-01-12T11:00", "2022-01-12T11:00:00", "2022-01-12T11:00:00")]
    #[case::compact("20220112T110000", "2022-01-12T11:00:00", "2022-01-12T11:00:00")]
    #[case::compact_utc("20220712T110000Z", "2022-07-12T12:00:00", "2022-07-12T12:00:00")]
    #[case::utc_in_winter("2026-01-12T11:00:00Z", "2026-01-12T11:00:00", "2026-01-12T11:00:00")]
    #[case::utc_in_summer("2026-06-12T23:30:00Z", "2026-06-13T00:30:00", "2026-06-13T00:30:00")]
    #[case::summer_time("2026-06-12T10:00:00+01:00", "2026-06-12T10:00:00", "2026-06-12T10:00:00")]
    #[case::far_away("2026-06-12T10:00:00-05:00", "2026-06-12T10:00:00", "2026-06-12T10:00:00")]
    #[case::day("12/06/2026", "2026-06-12T00:00:00", "2026-06-12T23:59:59")]
    #[case::ncce_midnight("11/03/2019 00:00:00", "2019-03-11T00:00:00", "2019-03-11T23:59:59")]
    #[case::spoken("12 June 2026 at 2.30pm", "2026-06-12T14:30:00", "2026-06-12T14:30:00")]
    #[case::spoken_apart("12 June 2026, 12:15 am", "2026-06-12T00:15:00", "2026-06-12T00:15:00")]
    fn a_text_names_an_hour(#[case] text: &str, #[case] start: &str, #[case] end: &str) {
        let read = |part| parse_datetime(text, part).map(|at| at.to_string());
        assert_eq!((read(DayPart::Start).as_deref(), read(DayPart::End).as_deref()), (Some(start), Some(end)));
    }

    #[test]
    fn what_is_no_hour_is_no_time() {
        for text in ["2026-06-12T25:00", "2026-06-12 13pm", "10:30", "2026-06-12 10:30 11:30"] {
            assert_eq!(parse_datetime(text, DayPart::Start), None, "{text}");
        }
    }
}

//! How numbers, dates, ages and durations are said on a page, and in which language a text is.

mod words;

use std::fmt::Display;

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use schemas::{AgeRange, Resource};

pub(crate) use words::{counted, fill, prose, say, word};

/// A number as people read it: `12345` -> `12,345`.
pub(crate) fn thousands(number: impl Display) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A day: `2026-11-21` and `2026-11-21T09:00:00Z` -> "21 November 2026". What is no date comes back as it is.
pub(crate) fn day(text: &str) -> String {
    local_time(text).map_or_else(|| text.to_owned(), said_day)
}

/// A day and, unless it is midnight, the time: `2026-11-21T09:30:00` -> "21 November 2026, 09:30".
pub(crate) fn moment(text: &str) -> String {
    match local_time(text) {
        Some(time) if time.time() == Time::midnight() => said_day(time),
        Some(time) => say("shared.moment", &[("time", &time.strftime("%H:%M")), ("day", &said_day(time))]),
        None => text.to_owned(),
    }
}

fn said_day(time: DateTime) -> String {
    say("shared.day", &[("day", &time.day()), ("month", &month(time.month())), ("year", &time.year())])
}

/// A month, from 1: "January".
pub(super) fn month(number: i8) -> &'static str {
    match number {
        1 => word("shared.months.january"),
        2 => word("shared.months.february"),
        3 => word("shared.months.march"),
        4 => word("shared.months.april"),
        5 => word("shared.months.may"),
        6 => word("shared.months.june"),
        7 => word("shared.months.july"),
        8 => word("shared.months.august"),
        9 => word("shared.months.september"),
        10 => word("shared.months.october"),
        11 => word("shared.months.november"),
        _ => word("shared.months.december"),
    }
}

/// With an offset it is an instant, told as clocks in the United Kingdom show it; without one it is local already.
fn local_time(text: &str) -> Option<DateTime> {
    match text.parse::<Timestamp>() {
        Ok(instant) => {
            let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
            Some(instant.to_zoned(zone).datetime())
        }
        Err(_) => text.parse().ok(),
    }
}

/// How long something takes: `PT1H30M` -> "1 hour 30 minutes". What is no duration comes back as it is.
pub(super) fn duration(text: &str) -> String {
    said_duration(text).unwrap_or_else(|| text.to_owned())
}

fn said_duration(text: &str) -> Option<String> {
    let span: Span = text.parse().ok()?;
    let hours = u64::try_from(span.get_hours()).ok()?;
    let minutes = u64::try_from(span.get_minutes()).ok()?;
    match (hours, minutes) {
        (0, 0) => None,
        (0, minutes) => Some(counted("shared.minutes", minutes)),
        (hours, 0) => Some(counted("shared.hours", hours)),
        (hours, minutes) => Some(format!("{} {}", counted("shared.hours", hours), counted("shared.minutes", minutes))),
    }
}

/// Ages as schools say them: `11..14` -> "Ages 11 to 14".
pub(super) fn ages(range: AgeRange) -> String {
    if range.to() == AgeRange::NO_UPPER_END {
        say("shared.ages-from", &[("from", &range.from())])
    } else {
        say("shared.ages", &[("from", &range.from()), ("to", &range.to())])
    }
}

/// The language of a resource as HTML names it, when it is not that of the page.
pub(super) fn foreign_language(resource: &Resource) -> Option<String> {
    let id = resource.language.as_ref()?.id.as_str();
    // What is signed is still described in English.
    (!matches!(id, "en" | "bsl")).then(|| id.to_owned())
}

/// At most so many characters, cut between words.
pub(super) fn shorten(text: &str, max_characters: usize) -> String {
    if text.chars().count() <= max_characters {
        return text.to_owned();
    }
    let cut: String = text.chars().take(max_characters).collect();
    let at_word = cut.rfind(char::is_whitespace).filter(|place| *place > 0).unwrap_or(cut.len());
    format!("{}…", cut[..at_word].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, said) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), said);
        }
    }

    #[test]
    fn dates_are_said_in_words_and_instants_as_british_clocks_show_them() {
        for (text, said) in [
            ("2026-11-01", "1 November 2026"),
            ("2026-11-21T09:00:00Z", "21 November 2026"),
            ("2026-06-30T23:30:00Z", "1 July 2026"),
            ("2026-06-30T23:30:00", "30 June 2026"),
            ("soon", "soon"),
        ] {
            assert_eq!(day(text), said, "{text}");
        }
        assert_eq!(moment("2026-11-21T09:30:00"), "21 November 2026, 09:30");
        assert_eq!(moment("2026-11-21T00:00:00"), "21 November 2026");
    }

    #[test]
    fn durations_are_said_in_hours_and_minutes() {
        for (text, said) in [
            ("PT1H30M", "1 hour 30 minutes"),
            ("PT45M", "45 minutes"),
            ("PT2H", "2 hours"),
            ("PT0M", "PT0M"),
            ("a lesson", "a lesson"),
        ] {
            assert_eq!(duration(text), said, "{text}");
        }
    }

    #[test]
    fn ages_without_an_upper_end_say_so() {
        assert_eq!(ages("11-14".parse().unwrap()), "Ages 11 to 14");
        assert_eq!(ages("16-99".parse().unwrap()), "Ages 16 and over");
    }

    #[test]
    fn a_text_is_cut_between_words_and_never_inside_a_character() {
        assert_eq!(shorten("short", 240), "short");
        assert_eq!(shorten("one two three", 9), "one two…");
        assert_eq!(shorten("ééééé", 3), "ééé…");
    }
}

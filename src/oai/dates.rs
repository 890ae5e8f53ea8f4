//! The two forms in which harvesters write times: a day, or a second of a day in UTC. Source: OAI-PMH 2.0, 3.3.

use jiff::civil::{Date, DateTime};

/// How fine a time was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Granularity {
    /// `2026-11-21`
    Day,
    /// `2026-11-21T09:30:00Z`
    Second,
}

/// A time as a harvester wrote it. Its ends are RFC 3339 in UTC with whole seconds, whose text order is time order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    /// How fine it was written.
    pub(super) granularity: Granularity,
    /// The first second of it.
    pub(super) first: String,
    /// The last second of it: of a day, one before midnight.
    pub(super) last: String,
}

impl Moment {
    /// Reads a time; `None` for other forms and for days and times that there are not.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if has_shape(text, "0000-00-00") {
            let day: Date = text.parse().ok()?;
            let is_a_day = day.year() > 0 && day.to_string() == text;
            return is_a_day.then(|| Self {
                granularity: Granularity::Day,
                first: format!("{text}T00:00:00Z"),
                last: format!("{text}T23:59:59Z"),
            });
        }
        if !has_shape(text, "0000-00-00T00:00:00Z") {
            return None;
        }
        let bare = text.trim_end_matches('Z');
        let time: DateTime = bare.parse().ok()?;
        // The second comparison refuses 23:59:60, which would be read as the second before.
        let is_a_time = time.year() > 0 && time.to_string() == bare;
        is_a_time.then(|| Self { granularity: Granularity::Second, first: text.to_owned(), last: text.to_owned() })
    }
}

/// Whether a text has a digit where the shape has one, and otherwise the same characters.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reaches_to_its_last_second() {
        let day = Moment::parse("2026-02-28").expect("a day");
        assert_eq!(day.granularity, Granularity::Day);
        assert_eq!((day.first.as_str(), day.last.as_str()), ("2026-02-28T00:00:00Z", "2026-02-28T23:59:59Z"));
    }

    #[test]
    fn a_second_is_its_own_first_and_last() {
        for text in ["2026-11-21T09:30:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
            let second = Moment::parse(text).expect("a second");
            assert_eq!(second.granularity, Granularity::Second);
            assert_eq!((second.first.as_str(), second.last.as_str()), (text, text));
        }
    }

    #[test]
    fn other_forms_and_impossible_times_are_none() {
        for text in [
            "",
            "2026",
            "2026-11",
            "2026-11-31",
            "2026-02-29",
            "0000-01-01",
            "2026-1-1",
            "20261121",
            "2026-11-21T09:30Z",
            "2026-11-21T09:30:00",
            "2026-11-21T09:30:00.5Z",
            "2026-11-21T09:30:00+00:00",
            "2026-11-21t09:30:00z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T23:59:60Z",
            "2026-11-21 09:30:00Z",
            "2026-11-21\u{200b}",
            "２０２６-11-21",
            "yesterday",
        ] {
            assert_eq!(Moment::parse(text), None, "{text:?}");
        }
    }
}

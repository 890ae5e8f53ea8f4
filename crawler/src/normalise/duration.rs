//! Duration: how many minutes does it take?
//!
//! Of a span the longer end counts: a teacher who plans 30 minutes for "30-45 mins" runs out of lesson.

/// A school day has five or six lessons of an hour; nobody who writes "1 day" means 24 hours.
const DAY_SECONDS: u64 = 6 * 3_600;

/// A school week.
const WEEK_SECONDS: u64 = 5 * DAY_SECONDS;

/// Sixty school days, longer than the longest placement; what is longer is a number in the wrong unit.
const MAX_MINUTES: u32 = 60 * 360;

/// Longer texts are sentences.
const MAX_BYTES: usize = 80;

/// Amounts are kept in thousandths, so that "1.5 hours" needs no floating point.
const ONE: u64 = 1_000;

const NUMBER_WORDS: [(&str, u64); 12] = [
    ("a", 1),
    ("an", 1),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
];

/// Words that change nothing.
const FILLERS: [&str; 14] = [
    "and",
    "of",
    "up",
    "approx",
    "approximately",
    "about",
    "around",
    "circa",
    "c",
    "ca",
    "roughly",
    "total",
    "long",
    "duration",
];

/// Reads how long something takes, in minutes; `None` when it is not understood, nothing, or over sixty school days.
///
/// `"PT1H30M"`, `"1.5 hours"` and `"1 hour and a half"` -> 90; a bare number is minutes; `"30-45 mins"` -> 45;
/// `"1 day"` -> 360, a day at school.
pub fn parse_minutes(text: &str) -> Option<u32> {
    let lower = text.trim().to_lowercase();
    if lower.len() > MAX_BYTES {
        return None;
    }
    let seconds = iso_8601(&lower).or_else(|| clock(&lower)).or_else(|| words(&lower))?;
    u32::try_from(seconds.div_ceil(60)).ok().filter(|minutes| (1..=MAX_MINUTES).contains(minutes))
}

/// `pt1h30m`, `p1d`, `p2w`. Months and years are no length of a lesson.
fn iso_8601(text: &str) -> Option<u64> {
    let body = text.strip_prefix('p')?;
    let (days, hours) = body.split_once('t').unwrap_or((body, ""));
    let days = iso_part(days, &[('w', WEEK_SECONDS), ('d', DAY_SECONDS)])?;
    let hours = iso_part(hours, &[('h', 3_600), ('m', 60), ('s', 1)])?;
    days.checked_add(hours)
}

fn iso_part(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut total = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let (amount, after) = amount_at(rest)?;
        let unit = after.chars().next()?;
        let (_, seconds) = units.iter().find(|(letter, _)| *letter == unit)?;
        total = total.checked_add(times(amount, *seconds)?)?;
        rest = &after[unit.len_utf8()..];
    }
    Some(total)
}

/// `00:45:00`. Two numbers alone could be hours and minutes, or minutes and seconds.
fn clock(text: &str) -> Option<u64> {
    let parts: Vec<u64> = text.split(':').map(|part| part.parse::<u64>().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [hours, minutes @ 0..=59, seconds @ 0..=59] => hours.checked_mul(3_600)?.checked_add(minutes * 60 + seconds),
        _ => None,
    }
}

/// `2 hrs`, `1 hour 30`, `half a day`, `30-45 mins`, `45 minutes to 1 hour`, `90`.
fn words(text: &str) -> Option<u64> {
    let text = text.replace(" and a half", ".5").replace('½', ".5").replace(['–', '—'], "-");
    let mut reader = Words::default();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        if let Some((amount, after)) = amount_at(rest) {
            reader.number(amount)?;
            rest = after;
        } else if c.is_alphabetic() {
            let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
            reader.word(&rest[..end])?;
            rest = &rest[end..];
        } else {
            match c {
                // "half-day" and "30-minute" are one thing, "30-45" is two.
                '-' if rest[1..].starts_with(char::is_alphabetic) => {}
                '-' => reader.other_end(),
                ' ' | '\u{a0}' | ',' | '.' | '(' | ')' | '~' | ':' => {}
                _ => return None,
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    reader.total()
}

#[derive(Default)]
struct Words {
    /// A number that waits for its unit.
    amount: Option<u64>,
    /// The sum so far.
    seconds: u64,
    /// The longest of the ends of a span that were read before.
    other_end: u64,
    last_unit: Option<u64>,
}

impl Words {
    fn number(&mut self, amount: u64) -> Option<()> {
        self.amount = match self.amount {
            None => Some(amount),
            // "one" and then ".5".
            Some(whole) if amount < ONE => Some(whole + amount),
            Some(_) => return None,
        };
        Some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        if word == "half" {
            self.amount = Some(ONE / 2);
        } else if let Some((_, number)) = NUMBER_WORDS.iter().find(|(name, _)| *name == word) {
            // "half a day" has its number already.
            self.amount = self.amount.or(Some(number * ONE));
        } else if matches!(word, "to" | "or") {
            self.other_end();
        } else if let Some(seconds) = unit(word) {
            self.seconds = self.seconds.checked_add(times(self.amount.take()?, seconds)?)?;
            self.last_unit = Some(seconds);
        } else if !FILLERS.contains(&word) {
            return None;
        }
        Some(())
    }

    /// What was read is one end of a span. A number without a unit is less than the one that follows.
    fn other_end(&mut self) {
        self.other_end = self.other_end.max(self.seconds);
        self.seconds = 0;
        self.amount = None;
    }

    fn total(&self) -> Option<u64> {
        let trailing = match (self.amount, self.last_unit) {
            (None, _) => 0,
            // "an hour.5" is "an hour and a half"; "1 hour 30" counts on in minutes.
            (Some(part), Some(unit)) if part < ONE => times(part, unit)?,
            (Some(minutes), _) => times(minutes, 60)?,
        };
        self.seconds.checked_add(trailing).map(|seconds| seconds.max(self.other_end))
    }
}

fn unit(word: &str) -> Option<u64> {
    Some(match word {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => DAY_SECONDS,
        "w" | "wk" | "wks" | "week" | "weeks" => WEEK_SECONDS,
        _ => return None,
    })
}

/// An amount of thousandths in seconds.
fn times(amount: u64, unit_seconds: u64) -> Option<u64> {
    amount.checked_mul(unit_seconds).map(|thousandths| thousandths.div_ceil(ONE))
}

/// The decimal number that a text begins with, in thousandths, and what follows.
fn amount_at(text: &str) -> Option<(u64, &str)> {
    let end_of_digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = text.split_at(end_of_digits(text));
    let (decimals, after) = match rest.strip_prefix('.') {
        Some(fraction) => fraction.split_at(end_of_digits(fraction)),
        None => ("", rest),
    };
    if decimals.is_empty() {
        return Some((whole.parse::<u64>().ok()?.checked_mul(ONE)?, rest));
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let thousandths: u64 = format!("{decimals:0<3}").get(..3)?.parse().ok()?;
    Some((whole.checked_mul(ONE)?.checked_add(thousandths)?, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::iso("PT1H30M", Some(90))]
    #[case::iso_minutes("PT45M", Some(45))]
    #[case::iso_seconds("PT45S", Some(1))]
    #[case::iso_fraction("PT0.5H", Some(30))]
    #[case::iso_day("P1D", Some(360))]
    #[case::iso_month("P1M", None)]
    #[case::clock("00:45:00", Some(45))]
    #[case::unclear_clock("12:34", None)]
    #[case::minutes("45 minutes", Some(45))]
    #[case::glued("60min", Some(60))]
    #[case::hour("1 hour", Some(60))]
    #[case::in_words("One hour", Some(60))]
    #[case::decimal("1.5 hours", Some(90))]
    #[case::tess_decimal("1.3 hours", Some(78))]
    #[case::half_sign("1½ hours", Some(90))]
    #[case::and_a_half("an hour and a half", Some(90))]
    #[case::one_and_a_half("one and a half hours", Some(90))]
    #[case::short("2 hrs", Some(120))]
    #[case::two_units("1 hour 30 minutes", Some(90))]
    #[case::second_unit_left_out("1h30", Some(90))]
    #[case::bare("90", Some(90))]
    #[case::day("1 day", Some(360))]
    #[case::half_day("half a day", Some(180))]
    #[case::half_day_too("Half-day", Some(180))]
    #[case::hyphen("30-minute", Some(30))]
    #[case::weeks("2 weeks", Some(3_600))]
    #[case::span("30-45 mins", Some(45))]
    #[case::span_of_units("45 minutes to 1 hour", Some(60))]
    #[case::up_to("Approx. up to 2 hours", Some(120))]
    #[case::per_week("2 hours per week", None)]
    #[case::lessons("6 lessons", None)]
    #[case::too_long("61 days", None)]
    #[case::zero("0", None)]
    #[case::huge("99999999999999999999 hours", None)]
    #[case::words_only("varies", None)]
    #[case::nothing("", None)]
    fn a_text_takes_minutes(#[case] text: &str, #[case] expected: Option<u32>) {
        assert_eq!(parse_minutes(text), expected);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            assert!(parse_minutes(&text).is_none_or(|minutes| minutes <= MAX_MINUTES), "{text:.40}");
        }
    }
}

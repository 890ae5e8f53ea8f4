//! Cron: at which minutes do five fields speak? Minute, hour, day of month, month and weekday, in UTC.
//!
//! As in crontab(5): `*`, numbers, ranges, lists, and steps over `*` or a range. A weekday is 0 to 7, and both 0 and 7
//! are Sunday. Where the day of month and the weekday are both given, one of the two is enough. Names of months and
//! days, `@daily` and seconds are not read.

use std::iter::StepBy;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::tz::Offset;

const SECONDS_A_MINUTE: i64 = 60;
const MINUTES_A_DAY: i64 = 24 * 60;
/// No day that comes at all is further away: from one 29th of February to the next it is eight years around 2100.
const DAYS_AHEAD: i64 = 8 * 366;

/// The minutes that five cron fields name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: Numbers,
    hours: Numbers,
    days: Numbers,
    months: Numbers,
    weekdays: Numbers,
    /// Whether neither the day of month nor the weekday begins with `*`: then a day needs to match only one of them.
    either_day: bool,
}

/// Numbers below 64, one bit for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Numbers(u64);

impl Numbers {
    fn has(self, number: impl Into<i64>) -> bool {
        let number: i64 = number.into();
        (self.0 >> number) & 1 == 1
    }
}

/// One of the five fields.
struct Field {
    name: &'static str,
    first: u8,
    last: u8,
}

const MINUTE: Field = Field { name: "minute", first: 0, last: 59 };
const HOUR: Field = Field { name: "hour", first: 0, last: 23 };
const DAY: Field = Field { name: "day of month", first: 1, last: 31 };
const MONTH: Field = Field { name: "month", first: 1, last: 12 };
const WEEKDAY: Field = Field { name: "weekday", first: 0, last: 7 };

impl Cron {
    /// Reads five fields: `"30 2 * * 1-5"`, half past two from Monday to Friday.
    ///
    /// # Errors
    /// With what is wrong and what was expected, also for a day that never comes, such as the 31st of February.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let &[minute, hour, day, month, weekday] = fields.as_slice() else {
            let count = fields.len();
            return Err(format!("{count} fields; expected five: minute, hour, day of month, month, weekday"));
        };
        let weekdays = WEEKDAY.read(weekday)?;
        let cron = Self {
            minutes: MINUTE.read(minute)?,
            hours: HOUR.read(hour)?,
            days: DAY.read(day)?,
            months: MONTH.read(month)?,
            // 7 is Sunday too.
            weekdays: Numbers(weekdays.0 | (weekdays.0 >> 7)),
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        };
        match cron.next_after(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(cron),
            None => Err(format!("`{text}`: there is no such day in any year")),
        }
    }

    /// The first of its minutes that begins after a moment; `None` only at the end of the calendar.
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let next_minute = moment.as_second().div_euclid(SECONDS_A_MINUTE) + 1;
        let first_day = next_minute.div_euclid(MINUTES_A_DAY);
        for day in first_day..=first_day + DAYS_AHEAD {
            if !self.has_day(day)? {
                continue;
            }
            let from = if day == first_day { next_minute.rem_euclid(MINUTES_A_DAY) } else { 0 };
            if let Some(minute) = (from..MINUTES_A_DAY).find(|minute| self.has_minute(*minute)) {
                return Timestamp::from_second((day * MINUTES_A_DAY + minute) * SECONDS_A_MINUTE).ok();
            }
        }
        None
    }

    /// Whether it speaks on this day, counted from the first of January 1970; `None` beyond the calendar.
    fn has_day(&self, day: i64) -> Option<bool> {
        let midnight = Timestamp::from_second(day * MINUTES_A_DAY * SECONDS_A_MINUTE).ok()?;
        let date = Offset::UTC.to_datetime(midnight).date();
        let day_fits = self.days.has(date.day());
        let weekday_fits = self.weekdays.has(date.weekday().to_sunday_zero_offset());
        let fits = if self.either_day { day_fits || weekday_fits } else { day_fits && weekday_fits };
        Some(fits && self.months.has(date.month()))
    }

    fn has_minute(&self, minute_of_day: i64) -> bool {
        self.hours.has(minute_of_day / 60) && self.minutes.has(minute_of_day % 60)
    }
}

impl Field {
    fn read(&self, text: &str) -> Result<Numbers, String> {
        let mut bits = 0_u64;
        for part in text.split(',') {
            let numbers = self.read_part(part).ok_or_else(|| {
                let Self { name, first, last } = self;
                format!("{name} `{part}`: expected `*` or numbers from {first} to {last}, also as 1-5, 1,3 or */2")
            })?;
            for number in numbers {
                bits |= 1_u64 << number;
            }
        }
        Ok(Numbers(bits))
    }

    fn read_part(&self, part: &str) -> Option<StepBy<RangeInclusive<u8>>> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if range == "*" => (self.first, self.last),
            // crontab(5) gives a step over one number no meaning, and programs differ in what they make of it.
            None if step.is_some() => return None,
            None => (number(range)?, number(range)?),
        };
        let step = step.unwrap_or(1);
        let is_right = self.first <= from && from <= to && to <= self.last && step >= 1;
        is_right.then(|| (from..=to).step_by(usize::from(step)))
    }
}

/// Digits and nothing else: `parse` alone would take `+5` too.
fn number(text: &str) -> Option<u8> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn five_fields_name_minutes() {
        // The 16th of November 2026 is a Monday.
        let cases = [
            ("30 6 * * *", "2026-11-16T06:29:59Z", "2026-11-16T06:30:00Z"),
            ("30 6 * * *", "2026-11-16T06:30:00Z", "2026-11-17T06:30:00Z"),
            ("30 6 * * *", "2026-11-16T06:29:59.9Z", "2026-11-16T06:30:00Z"),
            ("* * * * *", "2026-12-31T23:59:30Z", "2027-01-01T00:00:00Z"),
            ("*/15 9-16 * * *", "2026-11-16T09:46:00Z", "2026-11-16T10:00:00Z"),
            ("*/15 9-16 * * *", "2026-11-16T16:45:00Z", "2026-11-17T09:00:00Z"),
            ("5,35 0-6/3 * * *", "2026-11-16T00:35:00Z", "2026-11-16T03:05:00Z"),
            ("0 2 * * 1-5", "2026-11-20T02:00:00Z", "2026-11-23T02:00:00Z"),
            ("0 2 * * 0", "2026-11-16T00:00:00Z", "2026-11-22T02:00:00Z"),
            ("0 2 * * 7", "2026-11-16T00:00:00Z", "2026-11-22T02:00:00Z"),
            ("0 2 * * 5-7", "2026-11-22T02:00:00Z", "2026-11-27T02:00:00Z"),
            ("0 2 1 */3 *", "2026-11-16T00:00:00Z", "2027-01-01T02:00:00Z"),
            ("0 2 31 * *", "2026-11-16T00:00:00Z", "2026-12-31T02:00:00Z"),
            ("0 0 29 2 *", "2026-11-16T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
        ];
        for (fields, after, expected) in cases {
            let cron = Cron::parse(fields).expect(fields);
            assert_eq!(cron.next_after(time(after)), Some(time(expected)), "{fields} after {after}");
        }
    }

    #[test]
    fn of_day_and_weekday_one_is_enough_when_both_are_given() {
        let after = time("2026-11-16T12:00:00Z");
        let next = |fields: &str| Cron::parse(fields).expect(fields).next_after(after);
        assert_eq!(next("0 0 20 * 3"), Some(time("2026-11-18T00:00:00Z")), "the Wednesday comes first");
        assert_eq!(next("0 0 17 * 3"), Some(time("2026-11-17T00:00:00Z")), "the 17th comes first");
        assert_eq!(next("0 0 */20 * 6"), Some(time("2026-11-21T00:00:00Z")), "with `*` both are needed");
    }

    #[test]
    fn what_is_no_cron_is_told_with_its_field() {
        let cases = [
            ("* * * *", "4 fields; expected five"),
            ("60 * * * *", "minute `60`: expected `*` or numbers from 0 to 59"),
            ("* 24 * * *", "hour `24`"),
            ("* * 0 * *", "day of month `0`: expected `*` or numbers from 1 to 31"),
            ("* * * 13 *", "month `13`"),
            ("* * * * 8", "weekday `8`: expected `*` or numbers from 0 to 7"),
            ("5-1 * * * *", "minute `5-1`"),
            ("*/0 * * * *", "minute `*/0`"),
            ("5/10 * * * *", "minute `5/10`"),
            ("1,,2 * * * *", "minute ``"),
            ("-5 * * * *", "minute `-5`"),
            ("+5 * * * *", "minute `+5`"),
            ("300 * * * *", "minute `300`"),
            ("* * * jan *", "month `jan`"),
            ("0 0 31 2 *", "`0 0 31 2 *`: there is no such day in any year"),
        ];
        for (fields, expected) in cases {
            let told = Cron::parse(fields).expect_err(fields);
            assert!(told.contains(expected), "{fields}: {told}");
        }
    }
}

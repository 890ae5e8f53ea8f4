//! `Values`: the parameters of a call that takes a few by their names, each once.
//!
//! Strict, and every mistake told at once: what is unknown is answered with the nearest name there is, and a value that
//! is not allowed with those that are. A blank value counts as not given: a form sends them.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemas::AgeRange;

use super::mistakes::{Mistakes, not_among, unknown_parameter};

/// Years whose every day and moment a timestamp holds.
const YEARS: RangeInclusive<i16> = -9998..=9998;
const NO_DATE: &str = "a date is needed, such as 2026-09-01";

/// What was given, in the order in which it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(Vec<(&'static str, String)>);

impl Values {
    /// Reads a query string in which only these names may stand.
    pub fn read(raw: Option<&str>, names: &[&'static str], mistakes: &mut Mistakes) -> Self {
        let mut values = Self::default();
        for (name, value) in mistakes.pairs(raw.unwrap_or_default()) {
            if mistakes.is_full() {
                break;
            }
            let Some(known) = names.iter().copied().find(|known| *known == name) else {
                mistakes.add(&name, unknown_parameter(&name, names));
                continue;
            };
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            if values.get(known).is_some() {
                mistakes.add(known, "given more than once");
                continue;
            }
            values.0.push((known, value.to_owned()));
        }
        values
    }

    /// The first value of each of these names, in a query string in which others may stand that somebody else judges.
    pub fn pick(raw: Option<&str>, names: &[&'static str], mistakes: &mut Mistakes) -> Self {
        let mut values = Self::default();
        for (name, value) in mistakes.pairs(raw.unwrap_or_default()) {
            let value = value.trim();
            let known = names.iter().copied().find(|known| *known == name && !value.is_empty());
            if let Some(known) = known.filter(|known| values.get(known).is_none()) {
                values.0.push((known, value.to_owned()));
            }
        }
        values
    }

    /// The value of this name, when it was given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(held, _)| *held == name).map(|(_, value)| value.as_str())
    }

    /// The value of this name as a number; `None` when it was not given, or is not one that is allowed.
    pub fn number<T>(&self, name: &str, allowed: RangeInclusive<T>, mistakes: &mut Mistakes) -> Option<T>
    where
        T: FromStr + PartialOrd + Display,
    {
        match read_number(self.get(name)?, &allowed) {
            Ok(number) => Some(number),
            Err(detail) => {
                mistakes.add(name, detail);
                None
            }
        }
    }

    /// The value of this name as one of these; `None` when it was not given, or is none of them.
    pub fn one_of(&self, name: &str, allowed: &[&'static str], mistakes: &mut Mistakes) -> Option<&'static str> {
        let value = self.get(name)?;
        let found = allowed.iter().copied().find(|one| *one == value);
        if found.is_none() {
            mistakes.add(name, not_among(value, allowed));
        }
        found
    }

    /// The same values, but this one of this name, behind the others; none when it is `None`.
    #[must_use]
    pub fn with(&self, name: &'static str, value: Option<String>) -> Self {
        let others = self.0.iter().filter(|(held, _)| *held != name).cloned();
        Self(others.chain(value.map(|value| (name, value))).collect())
    }

    /// The address at this path with these values, and no others.
    pub fn address(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        format!("{path}?{query}")
    }
}

/// A value as a switch, or what is said of one that is none.
pub(super) fn read_switch(value: &str) -> Result<bool, String> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(not_among(value, &["on", "off"])),
    }
}

/// A value as a day, or what is said of one that is none.
pub(super) fn read_date(value: &str) -> Result<Date, String> {
    let date = value.parse::<Date>().ok().filter(|date| YEARS.contains(&date.year()));
    date.ok_or_else(|| NO_DATE.to_owned())
}

/// A value as a moment, of a day its beginning, or what is said of one that is neither.
pub(super) fn read_time(value: &str) -> Result<Timestamp, String> {
    if let Ok(time) = value.parse() {
        return Ok(time);
    }
    let midnight = read_date(value)?.to_zoned(TimeZone::UTC);
    midnight.map(|time| time.timestamp()).map_err(|_| NO_DATE.to_owned())
}

/// A value as a range of ages, either end first, or what is said of one that is none; twice the same age is that one.
pub(super) fn read_ages(value: &str) -> Result<AgeRange, String> {
    let ends = value.split_once('-').and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)));
    let ages = match ends {
        Some((from, to)) if from == to => format!("{from}"),
        Some((from, to)) => format!("{}-{}", u8::min(from, to), u8::max(from, to)),
        None => value.to_owned(),
    };
    ages.parse::<AgeRange>()
}

/// A value as a whole number, or what is said of one that is not allowed.
pub(super) fn read_number<T>(value: &str, allowed: &RangeInclusive<T>) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    let number = value.parse::<T>().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| format!("a whole number from {} to {} is needed", allowed.start(), allowed.end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ParameterMistake;

    fn read(raw: &str) -> (Values, Vec<ParameterMistake>) {
        let mut mistakes = Mistakes::default();
        let values = Values::read(Some(raw), &["after", "format"], &mut mistakes);
        values.number("after", 1..=9, &mut mistakes);
        values.one_of("format", &["json", "jsonld"], &mut mistakes);
        (values, mistakes.into_result().err().unwrap_or_default())
    }

    #[test]
    fn what_is_given_is_read_and_blank_values_count_as_not_given() {
        let (values, mistakes) = read("format=+json&after=");
        assert_eq!((values.get("format"), values.get("after"), mistakes), (Some("json"), None, Vec::new()));
        assert_eq!(values.address("/v1/a"), "/v1/a?format=json");
        assert_eq!(Values::default().address("/v1/a"), "/v1/a");
        assert_eq!(values.with("after", Some("7".to_owned())).address("/v1/a"), "/v1/a?format=json&after=7");
        assert_eq!(values.with("format", None), Values::default());
    }

    #[test]
    fn every_day_that_is_taken_is_a_moment() {
        for day in ["-009998-01-01", "9998-12-31", "2026-09-01"] {
            assert!(read_time(day).is_ok(), "{day}");
        }
        for wrong in ["9999-12-31", "2026-02-30", "soon", ""] {
            assert_eq!((read_date(wrong), read_time(wrong)), (Err(NO_DATE.to_owned()), Err(NO_DATE.to_owned())));
        }
    }

    #[test]
    fn ages_may_be_written_either_way_round() {
        for (written, read) in [("11-14", "11-14"), ("14-11", "11-14"), ("13-13", "13"), ("13", "13")] {
            assert_eq!(read_ages(written), read.parse::<AgeRange>(), "{written}");
        }
        assert!(read_ages("x-1").is_err());
    }

    #[test]
    fn what_is_picked_leaves_the_rest_to_others() {
        let mut mistakes = Mistakes::default();
        let values = Values::pick(Some("q=soap&limit=&limit=5&limit=6"), &["limit", "rows"], &mut mistakes);
        assert_eq!((values.get("limit"), values.get("q"), values.get("rows")), (Some("5"), None, None));
        assert!(mistakes.into_result().is_ok());
    }

    #[test]
    fn every_mistake_is_told_at_once_with_what_was_probably_meant() {
        let (_, mistakes) = read("afer=1&after=10&format=jsonl&format=json");
        let told: Vec<(&str, &str)> =
            mistakes.iter().map(|mistake| (mistake.parameter.as_str(), mistake.detail.as_str())).collect();
        assert_eq!(told[0], ("afer", "unknown parameter; did you mean `after`?"));
        assert_eq!(told[1], ("format", "given more than once"));
        assert_eq!(told[2], ("after", "a whole number from 1 to 9 is needed"));
        assert!(told[3].1.starts_with("`jsonl`; did you mean `json") && told[3].1.ends_with("allowed: json, jsonld"));
        assert_eq!(told.len(), 4);
    }
}

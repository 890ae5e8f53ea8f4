//! `Values`: the parameters of a call that takes a few by their names, each once.
//!
//! Strict, and every mistake told at once: what is unknown is answered with the nearest name there is, and a value that
//! is not allowed with those that are. A blank value counts as not given: a form sends them.

use std::ops::RangeInclusive;

use schemas::nearest;

use super::mistakes::Mistakes;

/// So much of a value that cannot be used is said again.
const REPEATED_CHARACTERS: usize = 80;

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
                mistakes.add(&name, unknown(&name, names));
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
    pub fn number(&self, name: &str, allowed: RangeInclusive<u64>, mistakes: &mut Mistakes) -> Option<u64> {
        let number = self.get(name)?.parse::<u64>().ok().filter(|number| allowed.contains(number));
        if number.is_none() {
            let (least, most) = (allowed.start(), allowed.end());
            mistakes.add(name, format!("a whole number from {least} to {most} is needed"));
        }
        number
    }

    /// The value of this name as one of these; `None` when it was not given, or is none of them.
    pub fn one_of(&self, name: &str, allowed: &[&'static str], mistakes: &mut Mistakes) -> Option<&'static str> {
        let value = self.get(name)?;
        let found = allowed.iter().copied().find(|one| *one == value);
        if found.is_none() {
            let shown: String = value.chars().take(REPEATED_CHARACTERS).collect();
            let hint = nearest(value, allowed.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
            let all = allowed.join(", ");
            mistakes.add(name, format!("`{shown}`{}; allowed: {all}", hint.unwrap_or_default()));
        }
        found
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

fn unknown(name: &str, names: &[&'static str]) -> String {
    match nearest(name, names.iter().copied()) {
        Some(nearest) => format!("unknown parameter; did you mean `{nearest}`?"),
        None => format!("unknown parameter; allowed: {}", names.join(", ")),
    }
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

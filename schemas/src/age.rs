//! Ages: the common ground of every level of every nation.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A half-open range of ages in years: key stage 3 is `11..14`, a single year of age `13..14`.
///
/// Serialised as `{"from": 11, "to": 14}`. Written as people write it, `11-14`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Ends", into = "Ends")]
#[schemars(with = "Ends")]
pub struct AgeRange {
    from: u8,
    to: u8,
}

/// The two ends of an [`AgeRange`] as they are written in JSON.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
struct Ends {
    /// The youngest age, in years, included.
    from: u8,
    /// The age, in years, at which it ends, not included; 99 where it has no upper end.
    to: u8,
}

/// Why two numbers are not a range of ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{from} to {to} is not a range of ages (0 to 99, the first below the second)")]
pub struct AgeRangeError {
    /// The first number.
    pub from: u8,
    /// The second.
    pub to: u8,
}

impl AgeRange {
    /// The highest age we write; a range up to it has no upper end.
    pub const NO_UPPER_END: u8 = 99;

    /// Makes a range.
    ///
    /// # Errors
    /// When it is empty, turned round, or reaches beyond 99.
    pub fn new(from: u8, to: u8) -> Result<Self, AgeRangeError> {
        if from < to && to <= Self::NO_UPPER_END { Ok(Self { from, to }) } else { Err(AgeRangeError { from, to }) }
    }

    /// The youngest age, included.
    pub fn from(self) -> u8 {
        self.from
    }

    /// The end, not included.
    pub fn to(self) -> u8 {
        self.to
    }

    /// Whether two ranges are for the same young people: they overlap by at least half of the shorter one.
    ///
    /// `11..14` and `13..16` share one year of three: no. `11..14` and `13..14`: yes.
    pub fn matches(self, other: Self) -> bool {
        let overlap = self.to.min(other.to).saturating_sub(self.from.max(other.from));
        let shorter = (self.to - self.from).min(other.to - other.from);
        overlap > 0 && u16::from(overlap) * 2 >= u16::from(shorter)
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn span(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }
}

impl fmt::Display for AgeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

impl FromStr for AgeRange {
    type Err = String;

    /// Reads `13` (that year of age) or `11-14` (half-open, as everywhere).
    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("`{text}` is not an age (13) or a range of ages (11-14)");
        let number = |part: &str| part.trim().parse::<u8>().map_err(|_| expected());
        match text.split_once('-') {
            Some((from, to)) => Self::new(number(from)?, number(to)?).map_err(|error| error.to_string()),
            None => {
                let age = number(text)?;
                Self::new(age, age.saturating_add(1)).map_err(|_| expected())
            }
        }
    }
}

impl TryFrom<Ends> for AgeRange {
    type Error = AgeRangeError;
    fn try_from(ends: Ends) -> Result<Self, AgeRangeError> {
        Self::new(ends.from, ends.to)
    }
}

impl From<AgeRange> for Ends {
    fn from(range: AgeRange) -> Self {
        Self { from: range.from, to: range.to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AgeRange {
        text.parse().expect("a range")
    }

    #[test]
    fn ranges_match_when_they_share_half_of_the_shorter() {
        for (a, b, expected) in [
            ("11-14", "11-14", true),
            ("11-14", "13", true),
            ("11-14", "11-15", true),
            ("11-14", "13-16", false),
            ("11-14", "14-16", false),
            ("5-18", "11-14", true),
            ("13-15", "14-16", true),
        ] {
            assert_eq!(range(a).matches(range(b)), expected, "{a} and {b}");
            assert_eq!(range(b).matches(range(a)), expected, "{b} and {a}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["", "14-11", "11-11", "-3", "7-300", "ks3", "100"] {
            assert!(text.parse::<AgeRange>().is_err(), "{text}");
        }
    }
}

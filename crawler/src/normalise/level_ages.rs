//! Ages in the words of a level: how old are those whom it is for?
//!
//! Half-open, as everywhere: `11-14` is 11..14, `under 11s` is 0..11, `over 16s` is 16 and above.

use schemas::AgeRange;

use super::level::LevelReading;
use super::level_reader::{ABOVE, BELOW, Reader};
use super::level_words::{Kind, Series};

/// A range from below this age to above the other is for everybody, which says nothing.
const EVERYBODY: (u8, u8) = (5, 25);

/// Two numbers without a word could be school years as well, up to year 13: "7-11" is not read. With this end or a higher
/// one they are ages.
const SURELY_AN_AGE: u8 = 14;

/// What was said behind a number about what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    None,
    Years,
    YearsOld,
}

/// What a word in front of an age does to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// `under`, `up to`
    Below,
    /// `over`, `from`
    Above,
    /// `between`, which has two.
    Between,
}

impl Reader<'_> {
    /// Everything as ages; `None` when some of it is none.
    pub(super) fn only_ages(&mut self) -> Option<Vec<AgeRange>> {
        self.pass_separators();
        if let Some((Series::Age, length)) = self.series_at(self.at) {
            self.at += length;
        }
        let is_bounded = self.begins_bounded_ages(self.at);
        let ages = if is_bounded { vec![self.bounded_ages()?] } else { self.ages(true)? };
        self.pass_separators();
        (self.at == self.tokens.len()).then_some(ages)
    }

    fn pass_separators(&mut self) {
        while self.kind(self.at) == Some(Kind::Separator) {
            self.at += 1;
        }
    }

    /// Ages as readings. Unless it is said that they are ages, they must be.
    pub(super) fn age_readings(&mut self, is_said: bool) -> Option<Vec<LevelReading>> {
        self.ages(is_said).map(|ranges| ranges.into_iter().map(LevelReading::Ages).collect())
    }

    /// `11-14`, `11-14 and 14-16`, `11 to 14 years`, `11+`.
    fn ages(&mut self, is_said: bool) -> Option<Vec<AgeRange>> {
        let mut ranges = vec![self.age_range(is_said)?];
        while is_said && self.kind(self.at) == Some(Kind::Separator) {
            let mut next = self.at;
            while self.kind(next) == Some(Kind::Separator) {
                next += 1;
            }
            if !matches!(self.kind(next), Some(Kind::Number(_))) {
                break;
            }
            self.at = next;
            ranges.push(self.age_range(is_said)?);
        }
        Some(ranges)
    }

    fn age_range(&mut self, is_said: bool) -> Option<AgeRange> {
        let mut from = self.age()?;
        let mut unit = self.unit();
        let mut to = None;
        match (self.kind(self.at), self.kind(self.at + 1)) {
            (Some(Kind::Dash), Some(Kind::Number(_))) => {
                self.at += 1;
                to = Some(self.age()?);
                unit = unit.max(self.unit());
            }
            // schema.org writes "11 and above" as "11-".
            (Some(Kind::Dash), None) if is_said => {
                self.at += 1;
                to = Some(AgeRange::NO_UPPER_END);
            }
            (Some(Kind::Plus), _) => {
                self.at += 1;
                to = Some(AgeRange::NO_UPPER_END);
            }
            _ if self.passes_end(&ABOVE) => to = Some(AgeRange::NO_UPPER_END),
            _ if self.passes_end(&BELOW) => {
                (from, to) = (0, Some(from.saturating_add(1)));
                unit = unit.max(Unit::Years);
            }
            _ => {}
        }
        let must_be_ages = match to {
            Some(to) => unit > Unit::None || to.max(from) >= SURELY_AN_AGE,
            None => unit == Unit::YearsOld,
        };
        let range = self.range(from, to.unwrap_or(from.saturating_add(1)), is_said || must_be_ages)?;
        (is_said || must_be_ages || (to.is_some() && self.fits(range))).then_some(range)
    }

    /// The range between two ages, the wrong way round or not; `None` when it is empty or everybody's.
    fn range(&mut self, from: u8, to: u8, are_ages: bool) -> Option<AgeRange> {
        let range = AgeRange::new(from.min(to), from.max(to)).ok()?;
        if range.from() < EVERYBODY.0 && range.to() > EVERYBODY.1 {
            self.noticed.is_everybody |= are_ages;
            return None;
        }
        if from > to && are_ages {
            self.noticed.turned_round = Some((u32::from(to), u32::from(from)));
        }
        Some(range)
    }

    /// Whether a range is that of the levels before it, give or take a year: "KS2 (7-11)".
    fn fits(&self, range: AgeRange) -> bool {
        self.ages_so_far.is_some_and(|ages| {
            range.from().saturating_add(1) >= ages.from() && range.to() <= ages.to().saturating_add(1)
        })
    }

    fn age(&mut self) -> Option<u8> {
        let Some(Kind::Number(number)) = self.kind(self.at) else {
            return None;
        };
        self.at += 1;
        u8::try_from(number).ok()
    }

    /// Passes over `years`, `yrs`, `years old`, `year-olds`.
    fn unit(&mut self) -> Unit {
        let mut unit = Unit::None;
        loop {
            let is_before_number = matches!(self.kind(self.at + 1), Some(Kind::Number(_)));
            if self.is_word(self.at, &["years", "year", "yrs", "yr", "y"]) && !is_before_number {
                unit = unit.max(Unit::Years);
                self.at += 1;
            } else if self.is_word(self.at, &["old", "olds", "yo"]) {
                unit = Unit::YearsOld;
                self.at += 1;
            } else if self.kind(self.at) == Some(Kind::Dash)
                && self.is_word(self.at + 1, &["old", "olds", "year", "years"])
            {
                self.at += 1;
            } else {
                return unit;
            }
        }
    }

    /// Whether `under 11s`, `over 16`, `up to age 11`, `from 11` or `between 11 and 14` begins here.
    pub(super) fn begins_bounded_ages(&self, at: usize) -> bool {
        self.bound_at(at).is_some()
    }

    /// What the words here do to an age, and where that age stands.
    fn bound_at(&self, at: usize) -> Option<(Bound, usize)> {
        let word = self.tokens.get(at).filter(|token| token.kind == Kind::Word)?.text.to_lowercase();
        let (bound, mut next) = match word.as_str() {
            "under" | "below" => (Bound::Below, at + 1),
            "up" if self.kind(at + 1) == Some(Kind::Dash) => (Bound::Below, at + 2),
            "over" | "above" | "from" => (Bound::Above, at + 1),
            "between" => (Bound::Between, at + 1),
            _ => return None,
        };
        while self.kind(next) == Some(Kind::Dash) || self.is_word(next, &["the", "age", "ages", "aged", "of"]) {
            next += 1;
        }
        matches!(self.kind(next), Some(Kind::Number(_))).then_some((bound, next))
    }

    /// Reads what [`Reader::begins_bounded_ages`] tells of.
    pub(super) fn bounded_ages(&mut self) -> Option<AgeRange> {
        let (bound, next) = self.bound_at(self.at)?;
        self.at = next;
        let first = self.age()?;
        self.unit();
        match (bound, self.kind(self.at), self.kind(self.at + 1)) {
            (Bound::Between, Some(Kind::Separator | Kind::Dash), Some(Kind::Number(_)))
            | (Bound::Above, Some(Kind::Dash), Some(Kind::Number(_))) => {
                self.at += 1;
                let second = self.age()?;
                self.unit();
                self.range(first, second, true)
            }
            (Bound::Below, ..) => self.range(0, first, true),
            (Bound::Above, ..) => self.range(first, AgeRange::NO_UPPER_END, true),
            (Bound::Between, ..) => None,
        }
    }
}

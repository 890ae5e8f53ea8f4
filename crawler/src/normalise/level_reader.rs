//! Reading levels: what do the words of a level mean, one after the other?
//!
//! The reader goes over the tokens once. Every part is a series with numbers, ages, or a phrase of the vocabulary; at
//! the first part that is none of them it gives up. How a caller asks is in [`super::level`].

use schemas::{AgeRange, ControlledField, Found, Vocabularies};

use super::level::LevelReading;
use super::level_words::{Kind, Series, Token, tokens};

/// How old those are who begin a grade of the United States: grade + 5.
const AGE_BEFORE_GRADE: u32 = 5;

/// A range from below this age to above the other is for everybody, which says nothing.
const EVERYBODY: (u8, u8) = (5, 25);

/// Two numbers without a word could be school years as well, up to year 13: "7-11" is not read. With this end or a higher
/// one they are ages.
const SURELY_AN_AGE: u8 = 14;

/// Words around a level that change nothing.
const FILLERS: [&str; 16] = [
    "suitable",
    "for",
    "aimed",
    "at",
    "pupils",
    "students",
    "learners",
    "children",
    "young",
    "people",
    "in",
    "the",
    "of",
    "only",
    "approx",
    "approximately",
];

/// What was said behind a number about what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    None,
    Years,
    YearsOld,
}

pub(super) struct Reader<'t> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    /// The token that is read next.
    at: usize,
    nation: &'t str,
}

impl<'t> Reader<'t> {
    pub(super) fn of(text: &'t str, nation: &'t str) -> Self {
        Self { text, tokens: tokens(text), at: 0, nation }
    }
}

impl Reader<'_> {
    /// Whether a number comes first, which no name of the vocabulary but a pair of ages does.
    pub(super) fn begins_with_number(&self) -> bool {
        matches!(self.kind(0), Some(Kind::Number(_)))
    }

    /// Everything as levels; `None` when some of it is not understood.
    pub(super) fn levels(mut self) -> Option<Vec<LevelReading>> {
        let mut readings = Vec::new();
        while let Some(kind) = self.kind(self.at) {
            match kind {
                Kind::Separator | Kind::Dash | Kind::Plus => self.at += 1,
                Kind::Word | Kind::Number(_) => readings.extend(self.item()?),
            }
        }
        Some(readings)
    }

    /// Everything as ages; `None` when some of it is none.
    pub(super) fn only_ages(mut self) -> Option<Vec<AgeRange>> {
        if let Some((Series::Age, length)) = self.series_at(0) {
            self.at = length;
        }
        self.ages(true).filter(|_| self.at == self.tokens.len())
    }

    fn item(&mut self) -> Option<Vec<LevelReading>> {
        if let Some((series, length)) = self.series_at(self.at) {
            self.at += length;
            return if series == Series::Age { self.age_readings(true) } else { self.series(series) };
        }
        if matches!(self.kind(self.at), Some(Kind::Number(_))) {
            return self.age_readings(false);
        }
        if let Some(half) = self.half_of_key_stage_2() {
            return Some(half);
        }
        let begun = self.tokens.get(self.at).and_then(|token| Series::begun_by(token.text));
        if let Some(series) = begun.filter(|_| self.kind(self.at + 1) == Some(Kind::Dash)) {
            return self.series(series);
        }
        self.phrase()
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// The concept that a whole phrase names.
    pub(super) fn known(&self, phrase: &str) -> Option<LevelReading> {
        match Vocabularies::shipped().find(ControlledField::Level, phrase, self.nation) {
            Found::ByLabel(id) | Found::ByAlternative(id) => Some(LevelReading::Concept(id)),
            Found::Ambiguous(_) | Found::Nothing => None,
        }
    }

    /// The series named here before a number, and how many tokens come before that number.
    fn series_at(&self, at: usize) -> Option<(Series, usize)> {
        let (series, words) = Series::named_by(self.tokens.get(at..)?)?;
        let length = words + usize::from(self.kind(at + words) == Some(Kind::Dash));
        self.number_at(at + length, series).map(|_| (series, length))
    }

    fn number_at(&self, at: usize, series: Series) -> Option<u32> {
        let token = self.tokens.get(at)?;
        match token.kind {
            Kind::Number(number) => Some(number),
            Kind::Word if Series::begun_by(token.text) == Some(series) => Some(0),
            Kind::Word | Kind::Dash | Kind::Plus | Kind::Separator => None,
        }
    }

    /// `3`, `3-4`, `3 and 4`, `7, 8 & 9`, `5/6/7`, `7-Y9`, `12+`, behind the name of the series.
    fn series(&mut self, series: Series) -> Option<Vec<LevelReading>> {
        let last = series.last(self.nation);
        let mut numbers = vec![self.number_at(self.at, series).filter(|number| *number <= last)?];
        self.at += 1;
        while let Some(joint @ (Kind::Dash | Kind::Separator | Kind::Plus)) = self.kind(self.at) {
            let mut next = self.at + 1;
            while joint == Kind::Separator && self.kind(next) == Some(Kind::Separator) {
                next += 1;
            }
            match self.series_at(next) {
                Some((same, length)) if same == series => next += length,
                Some(_) => break,
                None => {}
            }
            let Some(number) = self.number_at(next, series).filter(|number| *number <= last) else {
                break;
            };
            let before = *numbers.last()?;
            if joint == Kind::Dash {
                if number <= before {
                    return None;
                }
                numbers.extend(before + 1..=number);
            } else {
                numbers.push(number);
            }
            self.at = next + 1;
        }
        if self.kind(self.at) == Some(Kind::Plus) {
            self.at += 1;
            let before = *numbers.last()?;
            numbers.extend(before + 1..=last);
        }
        if series == Series::Grade { grades(&numbers) } else { self.each(series, &numbers) }
    }

    fn each(&self, series: Series, numbers: &[u32]) -> Option<Vec<LevelReading>> {
        numbers.iter().map(|number| self.known(&series.label(*number))).collect()
    }

    /// English schools halve key stage 2: lower is years 3 and 4, upper is years 5 and 6.
    fn half_of_key_stage_2(&mut self) -> Option<Vec<LevelReading>> {
        let word = self.tokens.get(self.at)?.text.to_lowercase();
        let (years, length) = match word.as_str() {
            "upper" => ([5, 6], 1 + self.series_at(self.at + 1).filter(|(series, _)| *series == Series::KeyStage)?.1),
            "lower" => ([3, 4], 1 + self.series_at(self.at + 1).filter(|(series, _)| *series == Series::KeyStage)?.1),
            "uks" => ([5, 6], 1),
            "lks" => ([3, 4], 1),
            _ => return None,
        };
        if self.nation == "northern-ireland" || self.kind(self.at + length) != Some(Kind::Number(2)) {
            return None;
        }
        self.at += length + 1;
        self.each(Series::Year, &years)
    }

    fn age_readings(&mut self, is_said: bool) -> Option<Vec<LevelReading>> {
        self.ages(is_said).map(|ranges| ranges.into_iter().map(LevelReading::Ages).collect())
    }

    /// `11-14`, `11-14 and 14-16`, `11 to 14 years`, `11+`. Without a word for it, only what must be ages.
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
        let from = self.age()?;
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
            (Some(Kind::Separator), Some(Kind::Word))
                if self.is_word(self.at + 1, &["over", "above", "up", "older"]) =>
            {
                self.at += 2;
                to = Some(AgeRange::NO_UPPER_END);
            }
            _ => {}
        }
        let must_be_ages = match to {
            Some(to) => unit > Unit::None || to >= SURELY_AN_AGE,
            None => unit == Unit::YearsOld,
        };
        let range = AgeRange::new(from, to.unwrap_or(from.saturating_add(1))).ok()?;
        let is_everybody = range.from() < EVERYBODY.0 && range.to() > EVERYBODY.1;
        ((is_said || must_be_ages) && !is_everybody).then_some(range)
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

    fn is_word(&self, at: usize, words: &[&str]) -> bool {
        self.tokens.get(at).is_some_and(|token| words.iter().any(|word| token.text.eq_ignore_ascii_case(word)))
    }

    /// Words up to the next separator or series, which the vocabulary must know: `post-16`, `second level`, `FE`.
    fn phrase(&mut self) -> Option<Vec<LevelReading>> {
        let start = self.tokens.get(self.at)?.start;
        let mut end = start;
        while let Some(token) = self.tokens.get(self.at) {
            let is_over = matches!(token.kind, Kind::Separator | Kind::Plus)
                || (end > start && self.series_at(self.at).is_some());
            if is_over {
                break;
            }
            end = token.start + token.text.len();
            self.at += 1;
        }
        let words: Vec<&str> = self.text[start..end].split_whitespace().collect();
        if let [ordinal, grade] = words.as_slice()
            && grade.eq_ignore_ascii_case("grade")
            && let Ok(number) = ordinal.trim_end_matches(char::is_alphabetic).parse::<u32>()
        {
            return grades(&[number]);
        }
        if let Some(reading) = self.known_or_level(&words.join(" ")) {
            return Some(vec![reading]);
        }
        let is_filler = |word: &&&str| FILLERS.contains(&word.to_lowercase().trim_end_matches(':'));
        let leading = words.iter().take_while(is_filler).count();
        let trailing = words[leading..].iter().rev().take_while(is_filler).count();
        let rest = &words[leading..words.len() - trailing];
        if rest.is_empty() { Some(Vec::new()) } else { Some(vec![self.known_or_level(&rest.join(" "))?]) }
    }

    /// "First and second levels" names the noun once, and in the plural.
    fn known_or_level(&self, phrase: &str) -> Option<LevelReading> {
        let singular = phrase.strip_suffix("levels").map(|before| format!("{before}level"));
        let singular = singular.as_deref().unwrap_or(phrase);
        let has_noun = self.tokens.iter().any(|token| token.text.to_lowercase().starts_with("level"));
        self.known(singular).or_else(|| if has_noun { self.known(&format!("{singular} level")) } else { None })
    }
}

fn grades(numbers: &[u32]) -> Option<Vec<LevelReading>> {
    let (first, last) = (numbers.iter().min()?, numbers.iter().max()?);
    if *last > Series::Grade.last("uk") {
        return None;
    }
    let from = u8::try_from(first + AGE_BEFORE_GRADE).ok()?;
    let to = u8::try_from(last + AGE_BEFORE_GRADE + 1).ok()?;
    Some(vec![LevelReading::Grades(AgeRange::new(from, to).ok()?)])
}

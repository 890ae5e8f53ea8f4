//! Reading levels: what do the words of a level mean, one after the other?
//!
//! The reader goes over the tokens once. Every part is a series with numbers, ages, or a name; at the first part that is
//! none of them it gives up. Ages are read in [`super::level_ages`]; how a caller asks is in [`super::level`].

use schemas::{AgeRange, ControlledField, Found, Vocabularies};

use super::level::LevelReading;
use super::level_names::named;
use super::level_nations::mark_nations;
use super::level_words::{Kind, Series, Token, tokens};

/// How old those are who begin a grade of the United States: grade + 5.
const AGE_BEFORE_GRADE: u32 = 5;

/// Words around a level that change nothing.
const FILLERS: [&str; 45] = [
    "suitable",
    "for",
    "aimed",
    "at",
    "pupil",
    "pupils",
    "student",
    "students",
    "learner",
    "learners",
    "child",
    "children",
    "young",
    "people",
    "teachers",
    "class",
    "classes",
    "in",
    "the",
    "of",
    "only",
    "from",
    "mainly",
    "mostly",
    "ideal",
    "best",
    "recommended",
    "appropriate",
    "designed",
    "approx",
    "approximately",
    "school",
    "schools",
    "sqa",
    "level",
    "levels",
    "year",
    "years",
    "group",
    "groups",
    "stage",
    "stages",
    "key",
    "age",
    "ages",
];

/// Behind a level: this and what is above it.
pub(super) const ABOVE: [&str; 8] = ["over", "above", "up", "upwards", "upward", "older", "onwards", "beyond"];

/// Behind a level: this and what is below it.
pub(super) const BELOW: [&str; 4] = ["under", "below", "younger", "downwards"];

/// The two papers that a GCSE may be taken in.
const TIERS: [&str; 4] = ["foundation", "higher", "foundation tier", "higher tier"];

/// What a reader noticed beside what it read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Noticed {
    /// The ends of a range that stood the wrong way round, the lower one first.
    pub(super) turned_round: Option<(u32, u32)>,
    /// It names a stage or year that there is not.
    pub(super) has_no_such: bool,
    /// It gives ages, and they are everybody's.
    pub(super) is_everybody: bool,
}

pub(super) struct Reader<'t> {
    text: &'t str,
    pub(super) tokens: Vec<Token<'t>>,
    /// Whose words the tokens are, where the label says so.
    nations: Vec<Option<&'static str>>,
    /// The token that is read next.
    pub(super) at: usize,
    /// The nation of the source.
    nation: &'t str,
    /// The ages of what was read so far.
    pub(super) ages_so_far: Option<AgeRange>,
    pub(super) noticed: Noticed,
}

impl<'t> Reader<'t> {
    pub(super) fn of(text: &'t str, nation: &'t str) -> Self {
        let marked = mark_nations(tokens(text));
        Self {
            text,
            tokens: marked.tokens,
            nations: marked.nations,
            at: 0,
            nation,
            ages_so_far: None,
            noticed: Noticed::default(),
        }
    }

    /// Whose word a token is.
    fn nation_at(&self, at: usize) -> &'t str {
        self.nations.get(at).copied().flatten().unwrap_or(self.nation)
    }
}

impl Reader<'_> {
    /// Whether a number comes first, which no name of the vocabulary but a pair of ages does.
    pub(super) fn begins_with_number(&self) -> bool {
        matches!(self.kind(0), Some(Kind::Number(_)))
    }

    /// The whole text, when it is the name of a level.
    pub(super) fn whole(&self) -> Option<Vec<LevelReading>> {
        self.known(self.text, self.nation)
    }

    /// Everything as levels; `None` when some of it is not understood.
    pub(super) fn levels(&mut self) -> Option<Vec<LevelReading>> {
        let mut readings = Vec::new();
        let mut is_after_dash = false;
        while let Some(kind) = self.kind(self.at) {
            match kind {
                Kind::Dash => {
                    is_after_dash = true;
                    self.at += 1;
                }
                Kind::Separator | Kind::Plus => {
                    is_after_dash = false;
                    self.at += 1;
                }
                Kind::Word | Kind::Number(_) => {
                    let next = self.item()?;
                    let Some(ages) = span_of(&next) else {
                        readings.extend(next);
                        continue;
                    };
                    // "Nursery to year 6": what lies between is meant as well.
                    if let Some(before) = self.ages_so_far
                        && is_after_dash
                        && before.to() < ages.from()
                    {
                        readings.push(LevelReading::Ages(before.span(ages)));
                    }
                    is_after_dash = false;
                    self.ages_so_far = Some(self.ages_so_far.map_or(ages, |before| before.span(ages)));
                    readings.extend(next);
                }
            }
        }
        Some(readings)
    }

    fn item(&mut self) -> Option<Vec<LevelReading>> {
        if let Some(length) = self.phase_before_ages() {
            let mut readings = self.known(self.tokens.get(self.at)?.text, self.nation_at(self.at))?;
            self.at += length;
            readings.extend(self.age_readings(true)?);
            return Some(readings);
        }
        if let Some((series, length)) = self.series_at(self.at) {
            self.at += length;
            return if series == Series::Age { self.age_readings(true) } else { self.series(series) };
        }
        if self.begins_bounded_ages(self.at) {
            return Some(vec![LevelReading::Ages(self.bounded_ages()?)]);
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

    pub(super) fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    pub(super) fn is_word(&self, at: usize, words: &[&str]) -> bool {
        self.tokens.get(at).is_some_and(|token| words.iter().any(|word| token.text.eq_ignore_ascii_case(word)))
    }

    /// What a whole phrase names.
    fn known(&self, phrase: &str, nation: &str) -> Option<Vec<LevelReading>> {
        match Vocabularies::shipped().find(ControlledField::Level, phrase, nation) {
            Found::ByLabel(id) | Found::ByAlternative(id) => Some(vec![LevelReading::Concept(id)]),
            Found::Ambiguous(_) => None,
            Found::Nothing if self.is_tier(phrase) => Some(Vec::new()),
            Found::Nothing => named(phrase, nation),
        }
    }

    /// Whether a word is a tier of GCSE, which is no level: "GCSE (Higher)".
    fn is_tier(&self, phrase: &str) -> bool {
        let is_gcse = || self.tokens.iter().any(|token| token.text.to_lowercase().starts_with("gcse"));
        TIERS.contains(&phrase.to_lowercase().as_str()) && is_gcse()
    }

    /// The series named here before a number, and how many tokens come before that number.
    pub(super) fn series_at(&self, at: usize) -> Option<(Series, usize)> {
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

    /// Whose years they are. Beside S1 to S6 a P7 is Scotland's, whoever writes it.
    fn nation_of(&self, series: Series, at: usize) -> &str {
        let is_beside_secondary =
            || (0..self.tokens.len()).any(|at| matches!(self.series_at(at), Some((Series::Secondary, _))));
        if series == Series::Primary && is_beside_secondary() { "scotland" } else { self.nation_at(at) }
    }

    /// `Primary 4-11`, `Secondary 11-18`: the numbers are ages, since no nation has so many years of it. How many tokens
    /// come before them.
    fn phase_before_ages(&self) -> Option<usize> {
        if !self.is_word(self.at, &["primary", "secondary"]) {
            return None;
        }
        let (series, length) = self.series_at(self.at)?;
        let first = self.at + length;
        match (self.kind(first), self.kind(first + 1), self.kind(first + 2)) {
            (Some(Kind::Number(_)), Some(Kind::Dash), Some(Kind::Number(to)))
                if to > series.last(self.nation_at(self.at)) =>
            {
                Some(length)
            }
            _ => None,
        }
    }

    /// `3`, `3-4`, `3 and 4`, `7, 8 & 9`, `5/6/7`, `7-Y9`, `12+`, `3 and above`, behind the name of the series.
    fn series(&mut self, series: Series) -> Option<Vec<LevelReading>> {
        let nation = self.nation_of(series, self.at).to_owned();
        let last = series.last(&nation);
        let Some(first) = self.number_at(self.at, series).filter(|number| *number <= last) else {
            self.noticed.has_no_such = true;
            return None;
        };
        self.at += 1;
        let mut numbers = vec![first];
        while let Some((joint, number, end)) = self.joined(series, last) {
            if number > last {
                self.noticed.has_no_such |= joint == Kind::Dash;
                break;
            }
            self.at = end;
            if joint == Kind::Dash {
                if !self.fill_up_to(series, &mut numbers, number) {
                    return Some(Vec::new());
                }
            } else {
                numbers.push(number);
            }
        }
        if self.passes_end(&ABOVE) || self.passes_plus() {
            let highest = numbers.iter().copied().max().unwrap_or(last);
            numbers.extend(highest + 1..=last);
        } else if self.passes_end(&BELOW) {
            let lowest = numbers.iter().copied().min().unwrap_or(1);
            numbers.splice(0..0, 1..lowest);
        }
        if series == Series::Grade { grades(&numbers) } else { self.each(series, &numbers, &nation) }
    }

    /// A number that goes on with a series: how it is joined, which it is, and where it ends.
    fn joined(&self, series: Series, last: u32) -> Option<(Kind, u32, usize)> {
        let joint = self.kind(self.at).filter(|kind| matches!(kind, Kind::Dash | Kind::Separator | Kind::Plus))?;
        let mut next = self.at + 1;
        while joint == Kind::Separator && self.kind(next) == Some(Kind::Separator) {
            next += 1;
        }
        // "Year 9 (NI Year 10)" are two things.
        if self.nations.get(next) != self.nations.get(self.at.saturating_sub(1)) {
            return None;
        }
        match self.series_at(next) {
            Some((same, length)) if same == series => next += length,
            Some(_) => return None,
            None if joint == Kind::Separator && self.looks_like_ages(self.at, next, last) => return None,
            None => {}
        }
        Some((joint, self.number_at(next, series)?, next + 1))
    }

    /// Whether a number behind separators begins ages, not more of the series: "KS1 (5-7)", "KS1, 5-7".
    fn looks_like_ages(&self, separator: usize, number: usize, last: u32) -> bool {
        let is_in_brackets = self.tokens[separator..number].iter().any(|token| matches!(token.text, "(" | "["));
        let goes_beyond = self.kind(number + 1) == Some(Kind::Dash)
            && matches!(self.kind(number + 2), Some(Kind::Number(to)) if to > last);
        is_in_brackets || goes_beyond
    }

    /// Adds all numbers of a range, the wrong way round or not; false for grades of an examination, "grades 9-4", which
    /// name no level.
    fn fill_up_to(&mut self, series: Series, numbers: &mut Vec<u32>, number: u32) -> bool {
        let before = numbers.last().copied().unwrap_or(number);
        if number >= before {
            numbers.extend(before + 1..=number);
            return true;
        }
        if series == Series::Grade {
            return false;
        }
        self.noticed.turned_round = Some((number, before));
        numbers.pop();
        numbers.extend(number..=before);
        true
    }

    fn passes_plus(&mut self) -> bool {
        let is_plus = self.kind(self.at) == Some(Kind::Plus);
        self.at += usize::from(is_plus);
        is_plus
    }

    /// Passes over `and above`, `onwards`; not over `and over 16s`, which begins something of its own.
    pub(super) fn passes_end(&mut self, words: &[&str]) -> bool {
        let word = self.at + usize::from(self.kind(self.at) == Some(Kind::Separator));
        // "Up to year 9" goes on as well.
        let goes_on = self.begins_bounded_ages(word) || self.kind(word + 1) == Some(Kind::Dash);
        let is_end = self.is_word(word, words) && !goes_on;
        if is_end {
            self.at = word + 1;
        }
        is_end
    }

    fn each(&self, series: Series, numbers: &[u32], nation: &str) -> Option<Vec<LevelReading>> {
        let mut readings = Vec::with_capacity(numbers.len());
        for number in numbers {
            for reading in self.known(&series.label(*number), nation)? {
                if !readings.contains(&reading) {
                    readings.push(reading);
                }
            }
        }
        Some(readings)
    }

    /// English schools halve key stage 2: lower is years 3 and 4, upper is years 5 and 6.
    fn half_of_key_stage_2(&mut self) -> Option<Vec<LevelReading>> {
        let word = self.tokens.get(self.at)?.text.to_lowercase();
        let (years, length) = match word.as_str() {
            "upper" => ([5, 6], 1 + self.key_stage_at(self.at + 1)?),
            "lower" => ([3, 4], 1 + self.key_stage_at(self.at + 1)?),
            "uks" => ([5, 6], 1),
            "lks" => ([3, 4], 1),
            _ => return None,
        };
        let nation = self.nation_at(self.at).to_owned();
        if nation == "northern-ireland" || self.kind(self.at + length) != Some(Kind::Number(2)) {
            return None;
        }
        self.at += length + 1;
        self.each(Series::Year, &years, &nation)
    }

    /// How many tokens name a key stage before its number.
    fn key_stage_at(&self, at: usize) -> Option<usize> {
        self.series_at(at).filter(|(series, _)| *series == Series::KeyStage).map(|(_, length)| length)
    }

    /// Words up to the next separator, series or ages, which must be a name: `post-16`, `second level`, `FE`.
    fn phrase(&mut self) -> Option<Vec<LevelReading>> {
        let begin = self.at;
        let mut end = begin;
        while self.kind(end).is_some_and(|kind| !matches!(kind, Kind::Separator | Kind::Plus)) {
            let begins_another = end > begin
                && (self.series_at(end).is_some() || (self.begins_ages(end) && self.words(begin, end).all(is_filler)));
            if begins_another {
                break;
            }
            end += 1;
        }
        // A dash at the end joins the name to what comes.
        while end > begin + 1 && self.kind(end - 1) == Some(Kind::Dash) {
            end -= 1;
        }
        // "GCSE to A level" is two names with a dash between them, "early years to S3" is one.
        let dashes = (begin + 1..end).rev().filter(|at| self.kind(*at) == Some(Kind::Dash));
        let mut ends = std::iter::once(end).chain(dashes);
        let (end, found) = ends.find_map(|end| Some((end, self.name(begin, end)?)))?;
        self.at = end;
        Some(found)
    }

    fn begins_ages(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(Kind::Number(_))) || self.begins_bounded_ages(at)
    }

    /// The words of some tokens as they stand in the text, with the signs that are no tokens.
    fn words(&self, begin: usize, end: usize) -> impl Iterator<Item = &str> {
        let last = end.checked_sub(1).and_then(|at| self.tokens.get(at)).filter(|_| begin < end);
        let slice = match (self.tokens.get(begin), last) {
            (Some(first), Some(last)) => &self.text[first.start..last.start + last.text.len()],
            _ => "",
        };
        slice.split_whitespace()
    }

    fn name(&self, begin: usize, end: usize) -> Option<Vec<LevelReading>> {
        let words: Vec<&str> = self.words(begin, end).collect();
        if let [ordinal, grade] = words.as_slice()
            && grade.eq_ignore_ascii_case("grade")
            && let Ok(number) = ordinal.trim_end_matches(char::is_alphabetic).parse::<u32>()
        {
            return grades(&[number]);
        }
        let nation = self.nation_at(begin);
        if let Some(found) = self.known_or_level(&words.join(" "), nation) {
            return Some(found);
        }
        let leading = words.iter().take_while(|word| is_filler(word)).count();
        let rest = &words[leading..];
        if rest.is_empty() {
            return Some(Vec::new());
        }
        // A filler may be a part of the name: "high school students".
        let trailing = rest.iter().rev().take_while(|word| is_filler(word)).count();
        (0..=trailing).find_map(|cut| self.known_or_level(&rest[..rest.len() - cut].join(" "), nation))
    }

    /// "First and second levels" names the noun once, and in the plural.
    fn known_or_level(&self, phrase: &str, nation: &str) -> Option<Vec<LevelReading>> {
        let singular = phrase.strip_suffix("levels").map(|before| format!("{before}level"));
        let singular = singular.as_deref().unwrap_or(phrase);
        let has_noun = || self.tokens.iter().any(|token| token.text.to_lowercase().starts_with("level"));
        let with_noun = || if has_noun() { self.known(&format!("{singular} level"), nation) } else { None };
        self.known(singular, nation).or_else(with_noun)
    }
}

fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word.to_lowercase().trim_end_matches(':'))
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

/// The range that holds the ages of all of them.
pub(super) fn span_of(readings: &[LevelReading]) -> Option<AgeRange> {
    readings.iter().filter_map(LevelReading::ages).reduce(AgeRange::span)
}

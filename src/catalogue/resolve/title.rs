//! Title: a title as what can be compared of it: words, groups of letters, codes, numbers, and whether it names a job.

use schemas::{ControlledField, Found, Vocabularies};

use super::minhash::{hash, mix, mix_two, sorted, upper};
use super::words::{Kind, Rarity, Token, is_job_noun, rarity, tokens};

/// So much of a title is read; a longer one is a description.
const MAX_TITLE_CHARS: usize = 300;
/// So many words, numbers or codes of a title are kept.
const MAX_TITLE_WORDS: usize = 40;

/// The title as its words.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Title {
    /// Its words, joined by spaces; of codes written with marks the pieces and the whole.
    pub(super) spelled: String,
    /// Its different words, sorted by hash.
    pub(super) words: Vec<Word>,
    /// Hashes of three letters each, sorted.
    pub(super) trigrams: Vec<u32>,
    /// Its model and part numbers.
    pub(super) codes: Vec<Box<str>>,
    /// Its numbers, each with what it counts, sorted.
    pub(super) numbers: Vec<Number>,
    /// Whether it is the name of a job, which anybody may write about.
    pub(super) names_a_job: bool,
    /// The hash of its words in their order.
    pub(super) whole: u64,
    /// The hash of the first number of two digits and more with the letter before it, as the core of a code.
    pub(super) counted: Option<u64>,
}

/// A word of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    pub(super) hash: u32,
    pub(super) rarity: Rarity,
    /// Where it stands in `spelled`.
    pub(super) place: Place,
}

/// A part of a title: its first byte, and the byte after its last. [`MAX_TITLE_CHARS`] keeps it small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    from: u16,
    to: u16,
}

/// A number of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    /// The hash of what it counts: the word before it, its unit, or that it is a year.
    pub(super) of: u32,
    /// The hash of the number.
    pub(super) value: u32,
    /// Where it stands in `spelled`.
    pub(super) place: Place,
}

impl Number {
    /// Whether both count the same, and so much of it.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        self.of == other.of && self.value == other.value
    }
}

impl Title {
    /// Reads a title; where it ends with the publisher's name, that is left out.
    pub(super) fn of(title: &str, publisher: &str) -> Self {
        let title: String = title.chars().take(MAX_TITLE_CHARS).collect();
        let title = without_publisher(&title, publisher);
        let mut tokens = tokens(title);
        tokens.truncate(MAX_TITLE_WORDS);
        let (spelled, places) = spell(&tokens);
        let placed = tokens.iter().zip(&places);
        let mut words: Vec<Word> = placed
            .map(|(token, place)| Word { hash: short_hash(&token.text), rarity: rarity(token), place: *place })
            .collect();
        words.sort_unstable();
        words.dedup_by_key(|word| word.hash);
        let mut codes: Vec<Box<str>> =
            tokens.iter().filter(|token| token.kind == Kind::Code).map(|token| token.text.as_str().into()).collect();
        codes.sort_unstable();
        codes.dedup();
        Self {
            words,
            trigrams: trigrams_of(&tokens),
            codes,
            numbers: numbers_of(&tokens, &places),
            names_a_job: is_name_of_job(title, &tokens),
            whole: tokens.iter().fold(0, |whole, token| mix_two(whole, hash(&token.text))),
            counted: counted_in(&tokens),
            spelled,
        }
    }

    /// The word or number at a place.
    pub(super) fn at(&self, place: Place) -> &str {
        self.spelled.get(usize::from(place.from)..usize::from(place.to)).unwrap_or_default()
    }
}

/// The tokens joined by spaces, and where each of them stands.
fn spell(tokens: &[Token]) -> (String, Vec<Place>) {
    let mut spelled = String::new();
    let mut places = Vec::with_capacity(tokens.len());
    let short = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
    for token in tokens {
        if !spelled.is_empty() {
            spelled.push(' ');
        }
        let from = short(spelled.len());
        spelled.push_str(&token.text);
        places.push(Place { from, to: short(spelled.len()) });
    }
    (spelled, places)
}

/// A code without the letters at its end, which name a colour or a country: `nnh965wh` -> `nnh965`.
pub(super) fn stem_of_code(code: &str) -> &str {
    let stem = code.trim_end_matches(|c: char| !c.is_ascii_digit());
    if stem.len() >= 3 { stem } else { code }
}

/// `"Solar energy engineer | NUSTEM"` by NUSTEM -> `"Solar energy engineer"`.
fn without_publisher<'t>(title: &'t str, publisher: &str) -> &'t str {
    let Some((before, after)) = [" | ", " - ", " – ", " — "].iter().find_map(|mark| title.rsplit_once(mark)) else {
        return title;
    };
    let is_publisher = !publisher.is_empty() && tokens(after) == tokens(publisher);
    if is_publisher && !before.trim().is_empty() { before } else { title }
}

fn trigrams_of(tokens: &[Token]) -> Vec<u32> {
    let mut trigrams = Vec::new();
    for token in tokens {
        let letters: Vec<char> = std::iter::once(' ').chain(token.text.chars()).chain(std::iter::once(' ')).collect();
        for three in letters.windows(3) {
            let packed = three.iter().fold(0_u64, |packed, letter| (packed << 21) | u64::from(u32::from(*letter)));
            trigrams.push(upper(mix(packed)));
        }
    }
    sorted(trigrams)
}

/// `"Lowepro Edit 100 case"` -> the hash of `t100`, which is also the core of the code `edit100bk`.
fn counted_in(tokens: &[Token]) -> Option<u64> {
    tokens.windows(2).find_map(|pair| {
        let letter = pair[0].text.chars().last().filter(|_| pair[0].kind == Kind::Word)?;
        let digits = &pair[1].text;
        let is_number = digits.len() >= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| hash(&format!("{letter}{digits}")))
    })
}

/// Words before which a number is a step: `part two`, `lesson iv`.
const COUNTED: [&str; 22] = [
    "book", "chapter", "class", "day", "episode", "grade", "lesson", "level", "module", "part", "phase", "section",
    "series", "session", "set", "stage", "step", "term", "unit", "volume", "week", "year",
];

fn numbers_of(tokens: &[Token], places: &[Place]) -> Vec<Number> {
    let mut numbers = Vec::new();
    for (at, (token, place)) in tokens.iter().zip(places).enumerate() {
        let before = at.checked_sub(1).map(|before| tokens[before].text.as_str()).unwrap_or_default();
        let is_last = at + 1 == tokens.len();
        if let Some((of, value)) = number_of(token, before, is_last) {
            numbers.push(Number { of: short_hash(of), value: short_hash(&value), place: *place });
        }
    }
    numbers.sort_unstable();
    numbers.dedup_by(|one, other| one.same_as(other));
    numbers
}

/// What a number counts, and the number: `ks3` -> `ks`, `3`; `year 7` and `y7` -> `year`, `7`; `42in` -> `in`, `42`.
fn number_of<'t>(token: &'t Token, before: &'t str, is_last: bool) -> Option<(&'t str, String)> {
    let text = token.text.as_str();
    if token.kind == Kind::Word {
        let is_step = COUNTED.contains(&before);
        let counted = counting_word(text).filter(|_| is_step);
        let value = counted.or_else(|| roman(text).filter(|_| is_step || (is_last && text.len() > 1)))?;
        return Some((before, value.to_string()));
    }
    if token.kind == Kind::Code {
        return None;
    }
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let unit = text.trim_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_year = unit.is_empty() && digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
    let of = match unit {
        "" if is_year => "the year",
        "" => before,
        "y" | "yr" => "year",
        other => other,
    };
    let value = digits.trim_start_matches('0');
    Some((of, if value.is_empty() { "0".to_owned() } else { value.to_owned() }))
}

fn counting_word(word: &str) -> Option<usize> {
    let words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    words.iter().position(|counting| *counting == word).map(|place| place + 1)
}

fn roman(word: &str) -> Option<usize> {
    let words = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"];
    words.iter().position(|roman| *roman == word).map(|place| place + 1)
}

/// Words that pages put around the name of a job.
const ABOUT_JOBS: [&str; 14] =
    ["a", "an", "as", "become", "becoming", "being", "career", "how", "job", "profile", "role", "the", "to", "what"];

fn is_name_of_job(title: &str, tokens: &[Token]) -> bool {
    if Vocabularies::shipped().find(ControlledField::Occupation, title, "uk") != Found::Nothing {
        return true;
    }
    let words: Vec<&str> =
        tokens.iter().map(|token| token.text.as_str()).filter(|word| !ABOUT_JOBS.contains(word)).collect();
    let ends_with_noun = words.last().is_some_and(|last| is_job_noun(last));
    ends_with_noun && words.len() <= 4
}

fn short_hash(text: &str) -> u32 {
    upper(hash(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_job_is_known_with_what_pages_put_around_it() {
        for (title, names_a_job) in [
            ("Chemical engineer", true),
            ("Becoming a nurse", true),
            ("Web developers", true),
            ("Solar Energy Engineer - Careers Hub", true),
            ("Forces", false),
            ("How engineers tested the longest bridge in the world", false),
        ] {
            assert_eq!(Title::of(title, "Careers hub").names_a_job, names_a_job, "{title}");
        }
    }

    #[test]
    fn numbers_are_kept_with_what_they_count() {
        for (one, other) in [
            ("Forces, year 7", "Year 7 forces"),
            ("Y07", "Year 7"),
            ("Tides part two", "Tides, Part II"),
            ("Lesson 3: tides", "Tides lesson three"),
            ("Tides 2019", "2019 tides"),
        ] {
            let (one, other) = (Title::of(one, ""), Title::of(other, ""));
            assert!(one.numbers.len() == 1 && other.numbers.len() == 1, "{one:?} {other:?}");
            assert!(one.numbers[0].same_as(&other.numbers[0]), "{one:?} {other:?}");
        }
        assert!(Title::of("One of the tides and I", "").numbers.is_empty());
    }

    #[test]
    fn a_long_title_is_cut() {
        let title = Title::of(&"tide ebb ".repeat(100), "");
        assert_eq!(title.words.len(), 2);
        assert!(title.spelled.len() <= MAX_TITLE_CHARS);
    }
}

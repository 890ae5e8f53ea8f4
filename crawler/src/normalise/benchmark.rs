//! Benchmark: which of the Gatsby Benchmarks do words name?
//!
//! Titles are found by the vocabulary itself; here are numbers, which is how most people call them, with or without the
//! title behind. Where a benchmark is asked for, a number alone is one.

use schemas::{ConceptId, ControlledField};

use super::labels::in_any_number;

/// Source: Gatsby Charitable Foundation, "Good Career Guidance", 2014 and 2025.
const BENCHMARKS: std::ops::RangeInclusive<u32> = 1..=8;

/// A number and its title are no longer.
const MAX_BYTES: usize = 300;

/// Words around the number.
const WORDS: [&str; 14] = [
    "gatsby",
    "benchmark",
    "benchmarks",
    "gb",
    "gbs",
    "bm",
    "bms",
    "career",
    "careers",
    "no",
    "number",
    "and",
    "or",
    "to",
];

/// Finds the benchmarks that words name; nothing when any part of them is not understood.
///
/// `"GB4"`, `"BM 4"`, `"4"` and `"Benchmark 4: Linking curriculum learning to careers"` -> gatsby-4; `"Gatsby 4 and 5"` ->
/// both; `"Gatsby Benchmarks 2-4"` -> three; `"Benchmark 9"` -> nothing.
pub fn benchmarks_of(words: &str, nation: &str) -> Vec<ConceptId> {
    let words = words.trim();
    if words.len() > MAX_BYTES {
        return Vec::new();
    }
    let found = numbered(words);
    if !found.is_empty() {
        return found;
    }
    if let Some(id) = in_any_number(ControlledField::Benchmark, words, nation) {
        return vec![id];
    }
    with_title(words, nation).unwrap_or_default()
}

/// The numbers, when there is nothing else but words around them.
fn numbered(words: &str) -> Vec<ConceptId> {
    let lower = words.to_lowercase();
    let mut numbers: Vec<u32> = Vec::new();
    let mut rest = lower.as_str();
    let mut is_span = false;
    while let Some(c) = rest.chars().next() {
        let is_number = c.is_ascii_digit();
        let length = if is_number {
            rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
        } else if c.is_alphabetic() {
            rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len())
        } else {
            c.len_utf8()
        };
        let (piece, behind) = rest.split_at(length);
        rest = behind;
        if is_number {
            let Some(number) = piece.parse::<u32>().ok().filter(|number| BENCHMARKS.contains(number)) else {
                return Vec::new();
            };
            let before = numbers.last().copied().filter(|_| is_span).unwrap_or(number);
            numbers.extend(before.min(number)..=before.max(number));
            is_span = false;
        } else if c.is_alphabetic() {
            if !WORDS.contains(&piece) {
                return Vec::new();
            }
            is_span = piece == "to" || (is_span && piece != "and" && piece != "or");
        } else if matches!(c, '-' | '–') {
            is_span = !numbers.is_empty();
        } else if !matches!(c, ' ' | ',' | '&' | '/' | '+' | '#' | '.' | ':' | '(' | ')' | '\u{a0}') {
            return Vec::new();
        }
    }
    let mut found: Vec<ConceptId> = Vec::new();
    for number in numbers {
        found.extend(ConceptId::parse(&format!("gatsby-{number}")).ok().filter(|id| !found.contains(id)));
    }
    found
}

/// A number with the title behind it. Titles are worded anew every few years, so that the number decides; not against a
/// title that is another's.
fn with_title(words: &str, nation: &str) -> Option<Vec<ConceptId>> {
    let at = words.find([':', '.', '-', '–', '—', ')'])?;
    let (number, title) = words.split_at(at);
    let title = title.trim_start_matches([':', '.', '-', '–', '—', ')', ' ']);
    let found = numbered(number);
    let [id] = found.as_slice() else {
        return None;
    };
    let is_of_another = in_any_number(ControlledField::Benchmark, title, nation).is_some_and(|other| other != *id);
    let is_title = title.starts_with(char::is_alphabetic) && !title.contains(|c: char| c.is_ascii_digit());
    (is_title && !is_of_another).then_some(found)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::labels::testing::joined;
    use super::*;

    #[rstest]
    #[case::short("GB4", "gatsby-4")]
    #[case::spaced("BM 4", "gatsby-4")]
    #[case::number("4", "gatsby-4")]
    #[case::cec_title("Benchmark 4: Linking curriculum learning to careers", "gatsby-4")]
    #[case::cec_old_title("Gatsby Benchmark 3 - Addressing the needs of each pupil", "gatsby-3")]
    #[case::title_alone("Personal guidance", "gatsby-8")]
    #[case::numbered_title("5. Encounters with employers and employees", "gatsby-5")]
    #[case::two("Gatsby 4 and 5", "gatsby-4 gatsby-5")]
    #[case::list("GB1, GB2 & GB8", "gatsby-1 gatsby-2 gatsby-8")]
    #[case::span("Gatsby Benchmarks 2-4", "gatsby-2 gatsby-3 gatsby-4")]
    #[case::span_in_words("Benchmarks 5 to 7", "gatsby-5 gatsby-6 gatsby-7")]
    #[case::said_twice("GB4, Benchmark 4", "gatsby-4")]
    #[case::no_such("Benchmark 9", "")]
    #[case::one_that_there_is_not("GB4 and GB9", "")]
    #[case::none("0", "")]
    #[case::title_of_another("Benchmark 4: Personal guidance", "")]
    #[case::other_words("Year 4", "")]
    #[case::huge("99999999999999999999", "")]
    #[case::nothing("", "")]
    fn words_name_benchmarks(#[case] words: &str, #[case] expected: &str) {
        assert_eq!(joined(&benchmarks_of(words, "england")), expected);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            assert!(benchmarks_of(&text, "england").len() <= 8, "{text:.40}");
        }
    }
}

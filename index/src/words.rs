//! What was typed: words, "phrases" and -exclusions. A small grammar of our own, with a limit on everything.
//!
//! Every input is a search. An unbalanced quote makes the rest a phrase; a sign without a word says nothing; what is
//! only punctuation searches for nothing, which is browsing. No brackets, no field names, no wildcards: the engine's
//! own parser, which knows these, is never given what people type.

use crate::analysis;
use crate::limits::{MAX_PHRASE_WORDS, MAX_TERMS};

/// Of a word that is too long for the index, so much is searched for, and not found.
const MAX_WORD_CHARACTERS: usize = 100;

/// One word or phrase that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypedTerm {
    /// As typed, without quotes and sign.
    pub(crate) typed: String,
    /// The words it is searched by; at least one. `"D&T"` -> `d`, `t`.
    pub(crate) stems: Vec<String>,
    pub(crate) is_phrase: bool,
    pub(crate) is_excluded: bool,
}

/// Reads what was typed. Empty when nothing in it can be searched for.
pub(crate) fn parse(text: &str) -> Vec<TypedTerm> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start_matches(is_gap);
    while !rest.is_empty() && terms.len() < MAX_TERMS {
        let unsigned = rest.trim_start_matches('-');
        let is_excluded = unsigned.len() < rest.len();
        let (typed, is_phrase, after) = if let Some(quoted) = unsigned.strip_prefix(is_quote) {
            let (inside, after) = quoted.split_once(is_quote).unwrap_or((quoted, ""));
            (inside, true, after)
        } else {
            let end = unsigned.find(|c: char| is_gap(c) || is_quote(c)).unwrap_or(unsigned.len());
            (&unsigned[..end], false, &unsigned[end..])
        };
        terms.extend(TypedTerm::new(typed, is_phrase, is_excluded));
        rest = after.trim_start_matches(is_gap);
    }
    terms
}

/// Terms as text again, as an answer shows them.
pub(crate) fn as_text<'a>(terms: impl IntoIterator<Item = &'a TypedTerm>) -> String {
    let written: Vec<String> = terms.into_iter().map(TypedTerm::as_text).collect();
    written.join(" ")
}

impl TypedTerm {
    fn new(typed: &str, is_phrase: bool, is_excluded: bool) -> Option<Self> {
        if !typed.contains(char::is_alphanumeric) {
            return None;
        }
        let text = if is_phrase { typed } else { without_possessive(typed) };
        let mut stems: Vec<String> =
            analysis::words(text).into_iter().map(|word| word.stem).take(MAX_PHRASE_WORDS).collect();
        if stems.is_empty() {
            // Too long to be indexed. It is kept, so that it finds nothing; dropped, it would find everything.
            stems.push(text.chars().take(MAX_WORD_CHARACTERS).collect());
        }
        Some(Self { typed: typed.to_owned(), stems, is_phrase, is_excluded })
    }

    /// Whether it is a plain word that is asked for.
    pub(crate) fn is_word(&self) -> bool {
        !self.is_phrase && !self.is_excluded
    }

    fn as_text(&self) -> String {
        let sign = if self.is_excluded { "-" } else { "" };
        let quote = if self.is_phrase { "\"" } else { "" };
        format!("{sign}{quote}{}{quote}", self.typed)
    }
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”')
}

/// `"women's"` -> `"women"`: the index holds the `s` as a word of its own, which need not follow.
fn without_possessive(word: &str) -> &str {
    word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::words("polymer  lab", "polymer lab")]
    #[case::phrase("\"polymer lab\" careers", "\"polymer lab\" careers")]
    #[case::curly_quotes("“polymer lab”", "\"polymer lab\"")]
    #[case::exclusion("lab -video", "lab -video")]
    #[case::excluded_phrase("lab -\"case study\"", "lab -\"case study\"")]
    #[case::several_signs("--video", "-video")]
    #[case::hyphen_inside("a-level", "a-level")]
    #[case::hyphen_between("KS3 - chemistry", "KS3 chemistry")]
    #[case::unbalanced_quote("lab \"polymer careers", "lab \"polymer careers\"")]
    #[case::nested_quotes("\"a \"b\" c\"", "\"a \" b \" c\"")]
    #[case::only_quotes("\"\"\"\"\"", "")]
    #[case::sign_and_star("- *", "")]
    #[case::only_punctuation("?! ... ()", "")]
    #[case::emoji("🦄🧪", "")]
    #[case::empty("", "")]
    #[case::blank(" \t\n ", "")]
    #[case::control_characters("lab\u{0}\u{7}careers", "lab careers")]
    #[case::right_to_left("مرحبا \u{200f}عالم", "مرحبا \u{200f}عالم")]
    #[case::symbols("D&T C++ C#", "D&T C++ C#")]
    #[case::field_syntax("title:secret AND (x OR [a TO b])", "title:secret AND (x OR [a TO b])")]
    fn what_is_typed_is_read_and_written_again(#[case] typed: &str, #[case] expected: &str) {
        assert_eq!(as_text(&parse(typed)), expected);
    }

    #[test]
    fn everything_has_a_limit() {
        assert_eq!(parse(&"word ".repeat(2_000)).len(), MAX_TERMS);
        assert_eq!(parse(&format!("\"{}\"", "word ".repeat(2_000)))[0].stems.len(), MAX_PHRASE_WORDS);
        assert_eq!(parse(&"a-".repeat(5_000))[0].stems.len(), MAX_PHRASE_WORDS);
        assert!(parse(&"\"".repeat(10_000)).is_empty());
        assert!(parse(&"-".repeat(10_000)).is_empty());
        assert!(parse(&"(".repeat(10_000)).is_empty());
    }

    #[test]
    fn a_word_that_is_too_long_is_searched_and_not_dropped() {
        let terms = parse(&"x".repeat(10_000));
        assert_eq!(terms[0].stems[0].len(), MAX_WORD_CHARACTERS);
    }

    #[test]
    fn a_possessive_is_the_word_itself() {
        assert_eq!(parse("women's")[0].stems, parse("women")[0].stems);
        assert_eq!(parse("women’s")[0].stems, parse("women")[0].stems);
    }
}

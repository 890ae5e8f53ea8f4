//! How text becomes words: the same way when it is indexed, searched and marked.
//!
//! Words are runs of letters and digits, in lower case, without accents, cut to their English stem:
//! `"Café nurses"` -> `cafe`, `nurs`.

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer, TokenStream,
};

/// The name of the analyser of all text fields.
pub(crate) const ENGLISH: &str = "signpost_english";

/// Longer runs of letters are no words but encoded data, and would bloat the index.
const MAX_WORD_BYTES: usize = 64;

/// Folded values are cut here: names that differ only later are the same to a reader.
const MAX_FOLDED_BYTES: usize = 200;

/// Words that say nothing about what is looked for. They are searched only when there is nothing else.
const STOP_WORDS: [&str; 88] = [
    "a",
    "about",
    "actually",
    "age",
    "aged",
    "ages",
    "all",
    "also",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "been",
    "by",
    "can",
    "could",
    "did",
    "do",
    "does",
    "find",
    "for",
    "from",
    "get",
    "had",
    "has",
    "have",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "just",
    "like",
    "look",
    "looking",
    "lots",
    "me",
    "my",
    "near",
    "need",
    "not",
    "of",
    "on",
    "or",
    "our",
    "please",
    "really",
    "should",
    "show",
    "so",
    "some",
    "something",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "things",
    "this",
    "to",
    "us",
    "very",
    "want",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "why",
    "will",
    "with",
    "without",
    "would",
    "you",
    "your",
];

/// Words that tell nothing apart in a catalogue of careers resources.
const TRUE_OF_EVERYTHING: [&str; 4] = ["career", "careers", "resource", "resources"];

/// A word of a text and where it stands there, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) stem: String,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Makes the analyser known to an index. Needed after each opening: the engine does not keep it.
pub(crate) fn register(index: &tantivy::Index) {
    index.tokenizers().register(ENGLISH, english());
}

/// The words of a text as they are indexed.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut analyser = english();
    let mut stream = analyser.token_stream(text);
    let mut words = Vec::new();
    while stream.advance() {
        let token = stream.token();
        words.push(Word { stem: token.text.clone(), from: token.offset_from, to: token.offset_to });
    }
    words
}

/// A text as one value that knows no case, accents or punctuation; not stemmed, cut at 200 bytes.
///
/// `"A Café: Menu"` -> `"a cafe menu"`.
pub(crate) fn folded(text: &str) -> String {
    let mut analyser =
        TextAnalyzer::builder(SimpleTokenizer::default()).filter(LowerCaser).filter(AsciiFoldingFilter).build();
    let mut stream = analyser.token_stream(text);
    let mut folded = String::new();
    while stream.advance() && folded.len() < MAX_FOLDED_BYTES {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(&stream.token().text);
    }
    folded.truncate(folded.floor_char_boundary(MAX_FOLDED_BYTES));
    folded
}

/// Whether a typed word says nothing. In capitals it may be a name: "IT" is a subject, "it" says nothing.
pub(crate) fn is_stop_word(typed: &str) -> bool {
    let is_capitals = typed.len() > 1 && typed.chars().all(char::is_uppercase);
    !is_capitals && STOP_WORDS.contains(&typed.to_lowercase().as_str())
}

/// Whether a typed word is true of the whole catalogue: everything here is a resource about careers, and few say so.
pub(crate) fn is_true_of_everything(typed: &str) -> bool {
    TRUE_OF_EVERYTHING.contains(&typed.to_lowercase().as_str())
}

fn english() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(MAX_WORD_BYTES))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::English))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.stem).collect()
    }

    #[test]
    fn case_accents_and_endings_make_no_difference() {
        assert_eq!(stems("NURSES"), stems("nurse"));
        assert_eq!(stems("Café"), stems("cafe"));
        assert_eq!(stems("D&T"), ["d", "t"]);
    }

    #[test]
    fn a_word_says_where_it_stands() {
        let found = words("Ein Café!");
        assert_eq!((found[1].from, found[1].to), (4, 9));
    }

    #[test]
    fn encoded_data_is_no_word() {
        assert!(words(&"x".repeat(500)).is_empty());
    }

    #[test]
    fn a_folded_value_knows_no_case_or_punctuation_and_is_cut_between_characters() {
        assert_eq!(folded("  A Café: Menu! "), "a cafe menu");
        assert_eq!(folded("🦄 ..."), "");
        assert!(folded(&"ж".repeat(500)).len() <= MAX_FOLDED_BYTES);
    }

    #[test]
    fn a_stop_word_in_capitals_is_a_name() {
        assert!(is_stop_word("it") && is_stop_word("It") && is_stop_word("A"));
        assert!(!is_stop_word("IT") && !is_stop_word("chemistry"));
    }

    #[test]
    fn stop_words_are_in_order_and_in_lower_case() {
        assert!(STOP_WORDS.is_sorted());
        assert!(STOP_WORDS.iter().all(|word| word.to_lowercase() == *word));
    }
}

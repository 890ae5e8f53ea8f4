//! How text becomes words: the same way when it is indexed, searched and marked.
//!
//! Words are runs of letters and digits, in lower case, without accents, cut to their English stem:
//! `"Café nurses"` -> `cafe`, `nurs`.

use std::borrow::Cow;
use std::cell::RefCell;

use frostem::{Algorithm, Stemmer};
use tantivy::tokenizer::{
    AsciiFoldingFilter, LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer, Token, TokenStream, Tokenizer,
    WhitespaceTokenizer,
};

/// The name of the tokeniser of words that were taken apart here and are given with blanks between.
pub(crate) const GIVEN: &str = "signpost_given";

/// The name of the tokeniser that repeats each given word as often as its first character says.
pub(crate) const IMPACTS: &str = "signpost_impacts";

/// Raised when the same text gives other words: older indexes are then out of date.
pub(crate) const VERSION: u32 = 2;

/// Longer runs of letters are no words but encoded data, and would bloat the index.
const MAX_WORD_BYTES: usize = 64;

/// Folded values are cut here: names that differ only later are the same to a reader.
const MAX_FOLDED_BYTES: usize = 200;

/// Words that say nothing about what is looked for. They are searched only when there is nothing else.
const STOP_WORDS: [&str; 183] = [
    "a",
    "about",
    "actually",
    "age",
    "aged",
    "ages",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "are",
    "arent",
    "around",
    "as",
    "at",
    "be",
    "been",
    "bit",
    "both",
    "but",
    "by",
    "can",
    "cant",
    "come",
    "could",
    "did",
    "do",
    "does",
    "doesnt",
    "doing",
    "done",
    "dont",
    "each",
    "else",
    "every",
    "everything",
    "except",
    "find",
    "for",
    "from",
    "get",
    "gets",
    "getting",
    "give",
    "given",
    "gives",
    "going",
    "good",
    "had",
    "has",
    "have",
    "hello",
    "her",
    "here",
    "hi",
    "his",
    "how",
    "i",
    "id",
    "if",
    "im",
    "in",
    "into",
    "involve",
    "involved",
    "involves",
    "involving",
    "is",
    "isnt",
    "it",
    "its",
    "ive",
    "just",
    "kind",
    "kinds",
    "know",
    "let",
    "like",
    "look",
    "looking",
    "lot",
    "lots",
    "many",
    "may",
    "maybe",
    "me",
    "might",
    "more",
    "most",
    "much",
    "must",
    "my",
    "near",
    "need",
    "no",
    "not",
    "of",
    "on",
    "one",
    "ones",
    "only",
    "or",
    "other",
    "our",
    "ours",
    "out",
    "over",
    "people",
    "person",
    "please",
    "really",
    "related",
    "relating",
    "relevant",
    "same",
    "see",
    "should",
    "show",
    "so",
    "some",
    "someone",
    "something",
    "sort",
    "sorts",
    "still",
    "such",
    "suitable",
    "take",
    "taking",
    "tell",
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
    "those",
    "through",
    "to",
    "too",
    "under",
    "up",
    "us",
    "use",
    "used",
    "useful",
    "uses",
    "using",
    "very",
    "via",
    "want",
    "wants",
    "was",
    "way",
    "ways",
    "we",
    "well",
    "were",
    "what",
    "whats",
    "when",
    "where",
    "which",
    "while",
    "who",
    "whole",
    "whos",
    "why",
    "will",
    "with",
    "without",
    "wont",
    "would",
    "yes",
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

/// Words that the stemmer would take for one, each with the stem that it has instead.
///
/// Source: pairs of everyday meaning in our catalogues that share a stem of Porter's English stemmer.
const KEPT_APART: [(&str, &str); 25] = [
    ("animated", "animate"),
    ("animation", "animate"),
    ("animations", "animate"),
    ("animator", "animate"),
    ("animators", "animate"),
    ("engine", "engine"),
    ("engines", "engine"),
    ("experience", "experience"),
    ("experienced", "experience"),
    ("experiences", "experience"),
    ("international", "international"),
    ("marine", "marine"),
    ("mars", "mars"),
    ("news", "news"),
    ("opera", "opera"),
    ("operas", "opera"),
    ("organ", "organ"),
    ("organic", "organic"),
    ("organs", "organ"),
    ("physicist", "physics"),
    ("physicists", "physics"),
    ("physics", "physics"),
    ("universal", "universal"),
    ("universe", "universe"),
    ("universes", "universe"),
];

/// Makes the tokenisers known to an index. Needed after each opening: the engine does not keep them.
pub(crate) fn register(index: &tantivy::Index) {
    index.tokenizers().register(GIVEN, WhitespaceTokenizer::default());
    index.tokenizers().register(IMPACTS, Repeating);
}

/// The words of a text, folded and stemmed, in their order.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for_each_word(text, |folded, from, to| words.push(Word { stem: stem(folded), from, to }));
    words
}

/// Gives each word of a text, in lower case and without accents, and where it stands, in bytes.
pub(crate) fn for_each_word(text: &str, mut take: impl FnMut(&str, usize, usize)) {
    thread_local! {
        static ANALYSER: RefCell<TextAnalyzer> = RefCell::new(folding());
    }
    ANALYSER.with_borrow_mut(|analyser| {
        let mut stream = analyser.token_stream(text);
        while stream.advance() {
            let token = stream.token();
            take(&token.text, token.offset_from, token.offset_to);
        }
    });
}

/// The stem of a folded word.
pub(crate) fn stem(folded: &str) -> String {
    thread_local! {
        static STEMMER: RefCell<Stemmer> = RefCell::new(Stemmer::new(Algorithm::English));
    }
    if let Ok(place) = KEPT_APART.binary_search_by_key(&folded, |(word, _)| word) {
        return KEPT_APART[place].1.to_owned();
    }
    STEMMER.with_borrow_mut(|stemmer| stemmer.stem(&with_s(folded)).into_owned())
}

/// Shorter words with a z are other words: a prize, a size.
const MIN_LETTERS_WITH_S: usize = 7;

/// The British way to write a word of Greek ending: `organization` -> `organisation`, `analyze` -> `analyse`.
fn with_s(folded: &str) -> Cow<'_, str> {
    if folded.len() < MIN_LETTERS_WITH_S || !folded.contains('z') {
        return Cow::Borrowed(folded);
    }
    let mut word = folded.to_owned();
    for (american, british) in [("ize", "ise"), ("iza", "isa"), ("izi", "isi"), ("yze", "yse"), ("yzi", "ysi")] {
        word = word.replace(american, british);
    }
    Cow::Owned(word)
}

/// A text as one value that knows no case, accents or punctuation; not stemmed, cut at 200 bytes.
///
/// `"A Café: Menu"` -> `"a cafe menu"`.
pub(crate) fn folded(text: &str) -> String {
    let mut folded = String::new();
    for_each_word(text, |word, _, _| {
        if folded.len() < MAX_FOLDED_BYTES {
            if !folded.is_empty() {
                folded.push(' ');
            }
            folded.push_str(word);
        }
    });
    folded.truncate(folded.floor_char_boundary(MAX_FOLDED_BYTES));
    folded
}

/// Whether a typed word says nothing. In capitals it may be a name: "IT" is a subject, "it" says nothing.
pub(crate) fn is_stop_word(typed: &str) -> bool {
    let is_capitals = typed.len() > 1 && typed.chars().all(char::is_uppercase);
    !is_capitals && STOP_WORDS.binary_search(&typed.to_lowercase().as_str()).is_ok()
}

/// Shorter words are a letter away from too many.
const MIN_LETTERS_NEAR: usize = 5;

/// The word that says nothing which a wrongly typed one probably is: "arnet" is "arent", and turns round what follows.
pub(crate) fn stop_word_near(typed: &str) -> Option<&'static str> {
    let word = typed.to_lowercase();
    let is_near = |stop: &&str| {
        stop.len() >= MIN_LETTERS_NEAR && word.starts_with(&stop[..1]) && strsim::osa_distance(stop, &word) == 1
    };
    STOP_WORDS.into_iter().find(is_near)
}

/// Whether a typed word is true of the whole catalogue: everything here is a resource about careers, and few say so.
pub(crate) fn is_true_of_everything(typed: &str) -> bool {
    TRUE_OF_EVERYTHING.contains(&typed.to_lowercase().as_str())
}

fn folding() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(MAX_WORD_BYTES))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

/// The highest number that [`write_repeated`] can write.
pub(crate) const MAX_REPEATS: u8 = 16;

const NO_REPEATS: u8 = b'0';

/// Writes a word as [`IMPACTS`] reads it: it then occurs so often, from 1 to [`MAX_REPEATS`].
pub(crate) fn write_repeated(text: &mut String, word: &str, repeats: u8) {
    text.push(char::from(NO_REPEATS + repeats.clamp(1, MAX_REPEATS)));
    text.push_str(word);
    text.push(' ');
}

/// The engine keeps of a word in a document how often it occurs there. We have better use for that number.
#[derive(Debug, Clone, Copy)]
struct Repeating;

struct RepeatingStream<'a> {
    rest: std::str::Split<'a, char>,
    token: Token,
    repeats: u8,
}

impl Tokenizer for Repeating {
    type TokenStream<'a> = RepeatingStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> RepeatingStream<'a> {
        RepeatingStream { rest: text.split(' '), token: Token::default(), repeats: 0 }
    }
}

impl TokenStream for RepeatingStream<'_> {
    fn advance(&mut self) -> bool {
        while self.repeats == 0 {
            let Some(written) = self.rest.next() else {
                return false;
            };
            // What was written begins with one ASCII character.
            let Some((repeats, word)) = written.split_at_checked(1) else {
                continue;
            };
            self.repeats = repeats.as_bytes()[0].saturating_sub(NO_REPEATS);
            self.token.text.clear();
            self.token.text.push_str(word);
            self.token.position = self.token.position.wrapping_add(1);
        }
        self.repeats -= 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
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
    fn words_that_only_look_alike_are_kept_apart() {
        for (one, other) in [
            ("physics", "physical"),
            ("animals", "animation"),
            ("engine", "engineering"),
            ("experience", "experiment"),
            ("universe", "university"),
            ("organic", "organisation"),
        ] {
            assert_ne!(stems(one), stems(other), "{one}, {other}");
        }
        assert_eq!(stems("physicists"), stems("physics"));
        assert_eq!(stems("animators"), stems("animation"));
    }

    #[test]
    fn american_and_british_endings_are_one() {
        assert_eq!(stems("organization"), stems("organisation"));
        assert_eq!(stems("specializing"), stems("specialising"));
        assert_eq!(stems("analyze"), stems("analyse"));
        assert_ne!(stems("prize"), stems("prise"));
    }

    #[test]
    fn the_words_that_are_kept_apart_are_in_order() {
        assert!(KEPT_APART.is_sorted_by_key(|(word, _)| word));
    }

    #[test]
    fn a_word_occurs_as_often_as_was_written() {
        let mut text = String::new();
        write_repeated(&mut text, "lab", 2);
        write_repeated(&mut text, "x", 200);
        let mut tokeniser = Repeating;
        let mut stream = tokeniser.token_stream(&text);
        let mut occurring = Vec::new();
        while stream.advance() {
            occurring.push(stream.token().text.clone());
        }
        assert_eq!(occurring.iter().filter(|word| *word == "lab").count(), 2);
        assert_eq!(occurring.len(), 2 + usize::from(MAX_REPEATS));
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
    fn a_stop_word_is_known_by_all_but_one_of_its_letters() {
        assert_eq!(stop_word_near("arnet"), Some("arent"));
        assert_eq!(stop_word_near("Withuot"), Some("without"));
        assert_eq!(stop_word_near("chemistry"), None);
        assert_eq!(stop_word_near("teh"), None);
    }

    #[test]
    fn stop_words_are_in_order_and_in_lower_case() {
        assert!(STOP_WORDS.is_sorted());
        assert!(STOP_WORDS.iter().all(|word| word.to_lowercase() == *word));
    }
}

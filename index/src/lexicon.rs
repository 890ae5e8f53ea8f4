//! Words and their stems by number, as long as many resources are taken apart one after the other.
//!
//! A catalogue uses the same words again and again. Each is folded and stemmed once, and what is counted, sorted and
//! compared for a resource are small numbers. A lexicon belongs to one thread.

use std::collections::HashMap;

use crate::analysis;

/// The number of a stem. Numbers mean nothing beyond their lexicon and the resource they were made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StemId(u32);

/// The number of a folded word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WordId(u32);

/// A word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WordOfText {
    pub(crate) word: WordId,
    pub(crate) stem: StemId,
}

/// Past so many texts it is begun anew: hostile catalogues never use a word twice.
const MAX_TEXTS: usize = 400_000;

/// Words and stems by number.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    numbers: HashMap<Box<str>, WordOfText>,
    stems: HashMap<Box<str>, StemId>,
    texts: Vec<Box<str>>,
}

impl Lexicon {
    /// Makes room before the next resource. All numbers given before are void.
    pub(crate) fn begin(&mut self) {
        if self.texts.len() > MAX_TEXTS {
            *self = Self::default();
        }
    }

    /// The words of a text in their order.
    pub(crate) fn words(&mut self, text: &str) -> Vec<WordOfText> {
        let mut words = Vec::with_capacity(text.len() / 6);
        analysis::for_each_word(text, |folded, _, _| words.push(self.number(folded)));
        words
    }

    fn number(&mut self, folded: &str) -> WordOfText {
        if let Some(known) = self.numbers.get(folded) {
            return *known;
        }
        let stem = analysis::stem(folded);
        let stem = match self.stems.get(stem.as_str()) {
            Some(known) => *known,
            None => {
                let id = StemId(self.keep(&stem));
                self.stems.insert(Box::from(stem), id);
                id
            }
        };
        let known = WordOfText { word: WordId(self.keep(folded)), stem };
        self.numbers.insert(Box::from(folded), known);
        known
    }

    fn keep(&mut self, text: &str) -> u32 {
        self.texts.push(Box::from(text));
        u32::try_from(self.texts.len() - 1).expect("begun anew long before")
    }

    /// A stem.
    pub(crate) fn text(&self, stem: StemId) -> &str {
        &self.texts[stem.0 as usize]
    }

    /// A folded word.
    pub(crate) fn word(&self, word: WordId) -> &str {
        &self.texts[word.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_different_words_of_one_stem() {
        let mut lexicon = Lexicon::default();
        let words = lexicon.words("Nurse nurses NURSE");
        assert_eq!(words[0], words[2]);
        assert_eq!(words[0].stem, words[1].stem);
        assert_ne!(words[0].word, words[1].word);
        assert_eq!((lexicon.word(words[1].word), lexicon.text(words[1].stem)), ("nurses", "nurs"));
    }

    #[test]
    fn a_full_lexicon_is_begun_anew() {
        let mut lexicon = Lexicon::default();
        for number in 0..MAX_TEXTS {
            lexicon.keep(&number.to_string());
        }
        lexicon.words("one more");
        lexicon.begin();
        assert!(lexicon.texts.is_empty());
    }
}

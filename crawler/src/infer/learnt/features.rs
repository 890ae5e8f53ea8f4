//! Features: which words, pairs of words and letter sequences does a text hold?
//!
//! A feature is a number, the hash of what it stands for; each remembers the word it comes from, so that a weight can
//! be led back to the text. What a feature means for a subject or a stage is left to [`super::model`].

/// No text is read further than this: a title with 2,000 characters of description fills half of it.
const MAX_WORDS: usize = 600;

/// Longer runs of letters are no words.
const MAX_LETTERS: usize = 40;

/// The lengths of letter sequences. With shorter ones every text looks alike, longer ones are words.
const SEQUENCE_LETTERS: std::ops::RangeInclusive<usize> = 3..=5;

/// Words that say nothing alone. They still count in pairs.
const STOP_WORDS: [&str; 26] = [
    "a", "an", "and", "are", "as", "be", "by", "can", "for", "from", "how", "i", "in", "is", "it", "my", "of", "on",
    "or", "s", "that", "the", "this", "to", "we", "with",
];

/// What a feature stands for. The order is that of the rows of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A word without its ending.
    Word,
    /// Two words side by side.
    Pair,
    /// Some letters in a row, within a word.
    Letters,
}

impl Kind {
    /// The kind stands in the two lowest bits of a feature.
    const fn bits(self) -> u32 {
        match self {
            Self::Word => 0,
            Self::Pair => 1,
            Self::Letters => 2,
        }
    }

    /// The kind of a feature; `None` for a number that is no feature.
    pub(super) const fn of(feature: u32) -> Option<Self> {
        match feature & 3 {
            0 => Some(Self::Word),
            1 => Some(Self::Pair),
            2 => Some(Self::Letters),
            _ => None,
        }
    }
}

/// A feature and the word it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Feature {
    pub(super) hash: u32,
    /// Which of the words; for a pair the second.
    pub(super) word: u32,
}

/// A text as its features, in its order. A feature that occurs twice is there twice.
#[derive(Debug, Default)]
pub(super) struct Features<'text> {
    /// The words as they stand in the text.
    pub(super) words: Vec<&'text str>,
    pub(super) features: Vec<Feature>,
}

impl<'text> Features<'text> {
    /// The features of some texts. Pairs do not reach from one text into the next.
    pub(super) fn of(texts: impl IntoIterator<Item = &'text str>) -> Self {
        let mut features = Self::default();
        let mut spelling = Spelling::default();
        for text in texts {
            features.add(text, &mut spelling);
        }
        features
    }

    fn add(&mut self, text: &'text str, spelling: &mut Spelling) {
        let mut last = None;
        for word in words_of(text) {
            if self.words.len() == MAX_WORDS {
                return;
            }
            spelling.set(word);
            last = Some(self.add_word(word, spelling, last));
        }
    }

    /// Adds the features of a word, and of the pair it makes with the one before; gives its own.
    fn add_word(&mut self, word: &'text str, spelling: &mut Spelling, last: Option<u32>) -> u32 {
        let at = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.push(word);
        let stem = hash_of_word(&spelling.lower);
        if !is_stop_word(&spelling.lower) {
            self.features.push(Feature { hash: stem, word: at });
            self.add_letters(spelling, at);
        }
        if let Some(last) = last {
            let both = last.to_le_bytes().into_iter().chain(stem.to_le_bytes());
            self.features.push(Feature { hash: hash_of(Kind::Pair, both), word: at });
        }
        stem
    }

    fn add_letters(&mut self, spelling: &mut Spelling, at: u32) {
        let (framed, starts) = spelling.frame();
        for length in SEQUENCE_LETTERS {
            for ends in starts.windows(length + 1) {
                let letters = &framed[ends[0]..ends[length]];
                self.features.push(Feature { hash: hash_of(Kind::Letters, letters.bytes()), word: at });
            }
        }
    }
}

/// How a word is spelt. One serves all words of a text, so that a word needs no memory of its own.
#[derive(Debug, Default)]
struct Spelling {
    /// The word in small letters.
    lower: String,
    framed: String,
    starts: Vec<usize>,
}

impl Spelling {
    fn set(&mut self, word: &str) {
        self.lower.clear();
        if word.is_ascii() {
            self.lower.push_str(word);
            self.lower.make_ascii_lowercase();
        } else {
            self.lower.push_str(&word.to_lowercase());
        }
    }

    /// The word between two marks, and where each character begins and the last one ends.
    fn frame(&mut self) -> (&str, &[usize]) {
        self.framed.clear();
        self.framed.extend(["_", &self.lower, "_"]);
        self.starts.clear();
        self.starts.extend(self.framed.char_indices().map(|(start, _)| start));
        self.starts.push(self.framed.len());
        (&self.framed, &self.starts)
    }
}

/// The feature of a single word; `None` when it is a stop word, or none at all.
pub(super) fn word_feature(word: &str) -> Option<u32> {
    let lower = words_of(word).next()?.to_lowercase();
    (!is_stop_word(&lower)).then(|| hash_of_word(&lower))
}

/// The words of a text: runs of letters and digits, and single signs.
pub(super) fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(|letter: char| is_letter(letter) || is_sign(letter))?;
        let from = &rest[start..];
        let is_run = from.starts_with(is_letter);
        let mut letters = from.char_indices().enumerate().skip(1);
        let end = letters.find(|(count, (_, letter))| !is_run || *count == MAX_LETTERS || !is_letter(*letter));
        let end = end.map_or(from.len(), |(_, (at, _))| at);
        rest = &from[end..];
        Some(&from[..end])
    })
}

/// Nearly all letters are ASCII, where no table need be asked.
fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || (!letter.is_ascii() && letter.is_alphanumeric() && !is_sign(letter))
}

/// Signs that count as words: mathematics and chemistry are written with them.
const fn is_sign(letter: char) -> bool {
    matches!(
        letter,
        '×' | '÷' | '=' | '<' | '>' | '%' | '+' | '²' | '³' | '√' | 'π' | '−' | '°' | '£' | '≤' | '≥' | '≠'
    )
}

fn is_stop_word(lower: &str) -> bool {
    STOP_WORDS.binary_search(&lower).is_ok()
}

/// The feature of a word in small letters, which is that of its stem.
fn hash_of_word(lower: &str) -> u32 {
    let (stem, ending) = stem_of(lower);
    hash_of(Kind::Word, stem.bytes().chain(ending.bytes()))
}

/// A word without the endings of plural, past and progress, as far as they can be told by letters alone: what is kept of
/// it, and what takes the place of its ending.
fn stem_of(lower: &str) -> (&str, &'static str) {
    let length = lower.chars().count();
    if let Some(kept) = lower.strip_suffix("ies").filter(|_| length > 4) {
        return (kept, "y");
    }
    let is_plural = length > 3 && !["ss", "us", "is"].iter().any(|ending| lower.ends_with(ending));
    let one = lower.strip_suffix('s').filter(|_| is_plural).unwrap_or(lower);
    let present = match one.strip_suffix("ing") {
        Some(kept) if length > 5 => kept,
        _ => one.strip_suffix("ed").filter(|_| length > 4).unwrap_or(one),
    };
    (present.strip_suffix('e').filter(|_| length > 4).unwrap_or(present), "")
}

/// FNV-1a with 32 bits, the lowest two of them replaced by the kind. Public domain: RFC 9923.
fn hash_of(kind: Kind, bytes: impl IntoIterator<Item = u8>) -> u32 {
    let start = (0x811c_9dc5 ^ kind.bits()).wrapping_mul(0x0100_0193);
    let hash = bytes.into_iter().fold(start, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    // The last multiplication moves little into the lowest bits; the shift brings higher ones down.
    ((hash ^ (hash >> 15)) & !3) | kind.bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_of_letters_and_digits_and_single_signs() {
        let words: Vec<&str> = words_of("F = ma, 5² is 25: «Ångström»!").collect();
        assert_eq!(words, ["F", "=", "ma", "5", "²", "is", "25", "Ångström"]);
        assert_eq!(words_of(&"a".repeat(100)).map(str::len).collect::<Vec<_>>(), [40, 40, 20]);
    }

    #[test]
    fn endings_do_not_part_what_is_one_word() {
        let same = [("Acids", "acid"), ("properties", "property"), ("mixing", "mixed"), ("circles", "CIRCLE")];
        for (one, other) in same {
            assert_eq!(word_feature(one), word_feature(other), "{one}, {other}");
        }
        assert_ne!(word_feature("gas"), word_feature("gap"));
        assert_eq!((word_feature("The"), word_feature("...")), (None, None));
    }

    #[test]
    fn an_ending_goes_only_where_enough_is_left() {
        let cases = [("studies", "study"), ("dies", "die"), ("bus", "bus"), ("glasses", "glass"), ("drawings", "draw")];
        let more = [("sing", "sing"), ("feeding", "feed"), ("bed", "bed"), ("mixed", "mix"), ("étés", "été")];
        for (word, expected) in cases.into_iter().chain(more) {
            let (kept, ending) = stem_of(word);
            assert_eq!(format!("{kept}{ending}"), expected, "{word}");
        }
    }

    #[test]
    fn every_feature_names_a_word_of_the_text_and_a_kind() {
        let features = Features::of(["The pH of salts", "", "Å ÷ 🧪 s"]);
        assert_eq!(features.words, ["The", "pH", "of", "salts", "Å", "÷", "s"]);
        for feature in &features.features {
            assert!((feature.word as usize) < features.words.len() && Kind::of(feature.hash).is_some());
        }
    }

    #[test]
    fn a_long_text_is_read_in_part() {
        assert_eq!(Features::of([" a b".repeat(100_000).as_str()]).words.len(), MAX_WORDS);
    }

    #[test]
    fn stop_words_are_in_order_because_they_are_searched_so() {
        assert!(STOP_WORDS.is_sorted());
    }
}

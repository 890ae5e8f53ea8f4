//! Words: which parts does a record have to read, and which words stand in them?
//!
//! A text comes in, its words go out: each as it stands, as it is compared, and with what parts it from the word
//! before. What words mean is left to [`super::lexicon`] and to each field.

use schemas::{Metadata, normalise_label};

/// Of a description so many characters are read. What a thing is and for whom is said at its beginning; what comes
/// later are often the words of a whole page.
const MAX_DESCRIPTION_CHARACTERS: usize = 2_000;

/// So many keywords, and as many topics, are read. A record with more has the words of a whole site.
const MAX_KEYWORDS: usize = 50;

/// So many folders of an address are read.
const MAX_FOLDERS: usize = 8;

/// Evidence is cut here: a sentence, not a page.
const MAX_EVIDENCE_CHARACTERS: usize = 200;

/// A word that denies reaches over so many words behind it: "no experience of physics", "not suitable for KS3".
const DENIAL_REACH: usize = 4;

/// Words that deny what follows.
const DENIALS: [&str; 13] = [
    "not",
    "no",
    "never",
    "without",
    "isnt",
    "arent",
    "dont",
    "doesnt",
    "neither",
    "nor",
    "except",
    "excluding",
    "unlike",
];

/// Words that take a denial back: "not only", "not just".
const NO_DENIALS: [&str; 4] = ["only", "just", "merely", "matter"];

/// Where in a record a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Title,
    Keyword,
    Topic,
    /// A folder of the address: all but the last step of its path, which as a rule is the title again.
    Folder,
    Description,
}

/// What parts a word from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// A space, a hyphen: the words may be one name.
    Joined,
    /// A comma or a slash.
    Comma,
    /// The end of a sentence or of a part of it, a bracket, a dash between spaces; the beginning of the text.
    Break,
}

/// One word of a text.
#[derive(Debug)]
pub(super) struct Word<'t> {
    /// As it stands.
    pub(super) text: &'t str,
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// As words are compared: lower case, no apostrophe, singular.
    pub(super) key: String,
    /// What stands before it.
    pub(super) gap: Gap,
}

impl Word<'_> {
    /// Whether it is written in capitals: `GCSE`, `GCSEs`, `T`.
    pub(super) fn is_in_capitals(&self) -> bool {
        let letters = self.text.strip_suffix('s').filter(|rest| rest.len() > 1).unwrap_or(self.text);
        letters.contains(char::is_uppercase) && !letters.contains(char::is_lowercase)
    }

    /// The number it is, with or without a plural: `9`, `9s`.
    pub(super) fn number(&self) -> Option<u8> {
        self.text.strip_suffix('s').unwrap_or(self.text).parse().ok()
    }
}

/// One text of a record, taken apart.
#[derive(Debug)]
pub(super) struct Passage<'t> {
    pub(super) part: Part,
    pub(super) text: &'t str,
    pub(super) words: Vec<Word<'t>>,
    /// Whether all of it is in capitals, so that capitals say nothing.
    pub(super) is_shouted: bool,
}

impl<'t> Passage<'t> {
    pub(super) fn of(part: Part, text: &'t str) -> Self {
        let words = words_of(text);
        // "D&T" is in capitals because it always is.
        let has_long_words = words.iter().any(|word| word.text.chars().count() > 3);
        let is_shouted = words.len() > 1 && has_long_words && !text.contains(char::is_lowercase);
        Self { part, text, words, is_shouted }
    }

    /// The words as they stand in the text, from `first` on, `count` of them.
    pub(super) fn evidence(&self, first: usize, count: usize) -> String {
        let end = self.end_of(first + count - 1);
        self.text[self.words[first].start..end].chars().take(MAX_EVIDENCE_CHARACTERS).collect()
    }

    /// Where a word ends, in bytes.
    pub(super) fn end_of(&self, at: usize) -> usize {
        self.words[at].start + self.words[at].text.len()
    }

    /// What stands between a word and the one before it.
    pub(super) fn between(&self, at: usize) -> &'t str {
        if at == 0 { "" } else { &self.text[self.end_of(at - 1)..self.words[at].start] }
    }

    /// The key of a word; empty where there is none.
    pub(super) fn key(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.key.as_str())
    }

    /// The keys of at most `most` words before a place, the nearest first, as far as nothing breaks them off.
    pub(super) fn before(&self, at: usize, most: usize) -> impl Iterator<Item = &str> {
        let from = at.saturating_sub(most);
        let breaks = (from + 1..=at).rev().find(|place| self.gap(*place) == Gap::Break);
        (breaks.unwrap_or(from)..at).rev().map(move |place| self.key(place))
    }

    /// The keys of at most `most` words from a place on, as far as nothing breaks them off.
    pub(super) fn after(&self, at: usize, most: usize) -> impl Iterator<Item = &str> {
        let known = self.words.iter().skip(at).take(most);
        known.take_while(|word| word.gap != Gap::Break).map(|word| word.key.as_str())
    }

    /// What parts a word from the one before; beyond the last one the text ends.
    pub(super) fn gap(&self, at: usize) -> Gap {
        self.words.get(at).map_or(Gap::Break, |word| word.gap)
    }

    /// Whether a word before this place denies it.
    pub(super) fn is_denied(&self, at: usize) -> bool {
        let mut taken_back = false;
        for key in self.before(at, DENIAL_REACH) {
            if DENIALS.contains(&key) {
                return !taken_back;
            }
            taken_back = NO_DENIALS.contains(&key);
        }
        false
    }
}

/// Everything of a record that is read, in the order of how much it says.
pub(super) fn passages_of(metadata: &Metadata) -> Vec<Passage<'_>> {
    let mut passages = vec![Passage::of(Part::Title, &metadata.title)];
    let keywords = metadata.keywords.iter().take(MAX_KEYWORDS);
    passages.extend(keywords.map(|keyword| Passage::of(Part::Keyword, keyword)));
    let topics = metadata.topics.iter().take(MAX_KEYWORDS);
    passages.extend(topics.map(|topic| Passage::of(Part::Topic, topic)));
    let url = metadata.url.as_deref().unwrap_or_default();
    passages.extend(folders_of(url).map(|folder| Passage::of(Part::Folder, folder)));
    let description = beginning_of(metadata.description.as_deref().unwrap_or_default());
    passages.push(Passage::of(Part::Description, description));
    passages.retain(|passage| !passage.words.is_empty());
    passages
}

/// As much of a description as is read.
pub(super) fn beginning_of(description: &str) -> &str {
    let end = description.char_indices().nth(MAX_DESCRIPTION_CHARACTERS).map_or(description.len(), |(at, _)| at);
    &description[..end]
}

/// The folders in the path of an address: of `https://example.org/posters/ks3/bridges` those are `posters` and `ks3`.
fn folders_of(url: &str) -> impl Iterator<Item = &str> {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').filter(|folder| !folder.is_empty()).take(MAX_FOLDERS)
}

/// The name of the host in an address, as it stands there.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#', ':']).next().unwrap_or_default()
}

/// The keys of a label's words. Signs part words here as they do in a text.
pub(super) fn keys_of(label: &str) -> Vec<String> {
    normalise_label(label).split_whitespace().map(|word| singular(word.to_owned())).collect()
}

/// Takes a text apart.
fn words_of(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::with_capacity(text.len() / 6 + 1);
    let mut gap = Gap::Break;
    let mut begun: Option<usize> = None;
    for (at, c) in text.char_indices() {
        if c.is_alphanumeric() || (begun.is_some() && is_apostrophe(c)) {
            begun.get_or_insert(at);
            continue;
        }
        if let Some(start) = begun.take() {
            words.push(word_at(text, start, at, gap));
            gap = Gap::Joined;
        }
        if c == '&' {
            words.push(Word { text: &text[at..=at], start: at, key: "and".to_owned(), gap });
            gap = Gap::Joined;
        } else {
            gap = gap.max(gap_of(c, &text[..at], &text[at + c.len_utf8()..]));
        }
    }
    if let Some(start) = begun {
        words.push(word_at(text, start, text.len(), gap));
    }
    words
}

fn word_at(text: &str, start: usize, end: usize, gap: Gap) -> Word<'_> {
    let text = text[start..end].trim_end_matches(is_apostrophe);
    let lower: String = if text.is_ascii() {
        text.chars().filter(|c| *c != '\'').map(|c| c.to_ascii_lowercase()).collect()
    } else {
        text.chars().filter(|c| !is_apostrophe(*c)).flat_map(char::to_lowercase).collect()
    };
    Word { text, start, key: singular(lower), gap }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘')
}

/// How far a sign parts the words on its sides.
fn gap_of(c: char, before: &str, after: &str) -> Gap {
    let is_spaced = || before.ends_with(char::is_whitespace) || after.starts_with(char::is_whitespace);
    match c {
        '-' | '‐' | '‑' | '–' | '—' | '−' if is_spaced() => Gap::Break,
        '.' if after.is_empty() || after.starts_with(char::is_whitespace) => Gap::Break,
        '.' | '-' | '‐' | '‑' | '–' | '—' | '−' | '_' | '\'' | '’' | '‘' | '%' => Gap::Joined,
        ',' | '/' | '+' => Gap::Comma,
        c if c.is_whitespace() => Gap::Joined,
        _ => Gap::Break,
    }
}

/// A word without the ending of a plural. Other words with such an ending lose it as well, here and in every label.
fn singular(mut word: String) -> String {
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    let cut = if !word.ends_with('s') || word.len() < 4 || ends(&["ss", "us", "is"]) {
        0
    } else if word.len() > 4 && ends(&["sses", "shes", "ches", "xes"]) {
        2
    } else {
        1
    };
    let is_ies = cut == 1 && word.len() > 4 && word.ends_with("ies");
    word.truncate(word.len() - cut);
    if is_ies {
        word.truncate(word.len() - 2);
        word.push('y');
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plural("Posters", "poster")]
    #[case::ies("Galaxies", "galaxy")]
    #[case::es("classes", "class")]
    #[case::double_s("glass", "glass")]
    #[case::short("gas", "gas")]
    #[case::apostrophe("Bachelor's degree", "bachelor degree")]
    #[case::ampersand("D&T", "d and t")]
    #[case::hyphen("A-level", "a level")]
    #[case::accent("Ŵyl", "ŵyl")]
    fn words_are_compared_in_the_singular(#[case] text: &str, #[case] expected: &str) {
        let keys: Vec<String> = words_of(text).into_iter().map(|word| word.key).collect();
        assert_eq!(keys.join(" "), expected);
        assert_eq!(keys_of(text), keys, "labels are taken apart as texts are");
    }

    #[test]
    fn signs_part_words_more_or_less() {
        use Gap::{Break, Comma, Joined};
        let gaps: Vec<Gap> =
            words_of("one two-three, four – five. Six (3.5").into_iter().map(|word| word.gap).collect();
        assert_eq!(gaps, [Break, Joined, Joined, Comma, Break, Break, Break, Joined]);
    }

    #[rstest]
    #[case::not("This is not suitable for KS3", true)]
    #[case::no("No experience of physics", true)]
    #[case::without("without any maths", true)]
    #[case::not_only("Not only for KS3", false)]
    #[case::another_sentence("It is not hard. Physics", false)]
    #[case::far_away("Not that anybody in the whole room would mind physics", false)]
    fn a_denial_reaches_over_a_few_words(#[case] text: &str, #[case] expected: bool) {
        let passage = Passage::of(Part::Description, text);
        assert_eq!(passage.is_denied(passage.words.len() - 1), expected);
    }

    #[test]
    fn evidence_is_what_stands_in_the_text() {
        let passage = Passage::of(Part::Title, "For Years 7–9: bridges");
        assert_eq!(passage.evidence(1, 3), "Years 7–9");
        assert_eq!(passage.evidence(4, 1), "bridges");
    }

    #[test]
    fn an_address_is_read_by_its_folders() {
        let folders: Vec<&str> = folders_of("https://example.org/a/key-stage-3/posters/bridges/?x=/y/").collect();
        assert_eq!(folders, ["a", "key-stage-3", "posters"]);
        assert_eq!(folders_of("https://example.org/bridges").count(), 0);
        assert_eq!(folders_of("no address").count(), 0);
        assert_eq!(host_of("https://www.youtube.com/watch?v=1"), "www.youtube.com");
    }

    #[test]
    fn a_long_description_is_read_at_its_beginning() {
        let long = "é".repeat(3_000);
        assert_eq!(beginning_of(&long).chars().count(), MAX_DESCRIPTION_CHARACTERS);
        assert_eq!(beginning_of("short"), "short");
    }
}

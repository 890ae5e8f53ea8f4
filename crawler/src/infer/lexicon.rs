//! The lexicon: which concepts do the words of a text name?
//!
//! One table from first words to phrases, made once out of the vocabularies and `words.toml`, and one pass over the
//! words of a text. It says what is named and where; whether the thing is about it is left to each field.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use schemas::toml_reader::TomlValue;
use schemas::{Concept, ConceptId, ControlledField, Found, TomlReader, Vocabularies};

use super::words::{Gap, Part, Passage, Word, keys_of};

/// Labels of more words are sentences, which no title holds.
const MAX_PHRASE_WORDS: usize = 10;

/// Capitals decide about words of at most so many letters: IT, GCSE, BTEC; longer ones are capitals by fashion.
const MAX_CAPITALS: usize = 5;

const WORDS: &str = include_str!("words.toml");

/// How freely a phrase is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Wherever it stands.
    Anywhere,
    /// Beside a word that makes it plain.
    Vague,
    /// Where a text is nothing else.
    Alone,
    /// As a folder of an address.
    Folder,
    /// As a keyword.
    Keyword,
}

impl Scope {
    /// The list that a phrase belongs to. What is named in one does not hide what is named in another.
    fn list(self) -> List {
        match self {
            Self::Anywhere | Self::Vague | Self::Alone => List::Texts,
            Self::Folder => List::Folders,
            Self::Keyword => List::Keywords,
        }
    }
}

/// Where phrases are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Texts,
    Folders,
    Keywords,
}

#[derive(Debug)]
struct Phrase {
    field: ControlledField,
    concept: ConceptId,
    scope: Scope,
    words: Vec<PhraseWord>,
}

/// A word of a phrase.
#[derive(Debug, PartialEq, Eq)]
struct PhraseWord {
    key: String,
    /// Whether it must stand in capitals.
    in_capitals: bool,
    /// How far it may stand from the word before: over a comma only where the label itself has one.
    gap: Gap,
    /// The word in lower case, where it is read in just this number.
    exact: Option<String>,
}

/// A concept that is named in a passage.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) field: ControlledField,
    pub(super) concept: &'static ConceptId,
    pub(super) scope: Scope,
    /// The first of its words.
    pub(super) first: usize,
    /// How many words it takes.
    pub(super) count: usize,
}

impl Mention {
    /// The place behind its last word.
    pub(super) fn end(&self) -> usize {
        self.first + self.count
    }

    /// Whether the passage says nothing else.
    pub(super) fn is_all_of(&self, passage: &Passage<'_>) -> bool {
        self.count == passage.words.len()
    }
}

/// The phrases by their first words, the longest first.
struct Lexicon(HashMap<String, Vec<Phrase>>);

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::build);

/// Every concept that a passage names, in its order; of overlapping names of one field the longest.
pub(super) fn mentions(passage: &Passage<'_>) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    for (at, word) in passage.words.iter().enumerate() {
        let Some(phrases) = LEXICON.0.get(&word.key) else {
            continue;
        };
        for phrase in phrases {
            let list = phrase.scope.list();
            let overlaps = |held: &Mention| held.field == phrase.field && held.end() > at && held.scope.list() == list;
            let mut near = found.iter().rev().take_while(|held| held.first + MAX_PHRASE_WORDS > at);
            if phrase.stands_at(passage, at) && !near.any(overlaps) {
                found.push(Mention {
                    field: phrase.field,
                    concept: &phrase.concept,
                    scope: phrase.scope,
                    first: at,
                    count: phrase.words.len(),
                });
            }
        }
    }
    found
}

impl Phrase {
    fn stands_at(&self, passage: &Passage<'_>, at: usize) -> bool {
        let Some(words) = passage.words.get(at..at + self.words.len()) else {
            return false;
        };
        let is_one = words.iter().zip(&self.words).skip(1).all(|(word, known)| word.gap <= known.gap);
        is_one && words.iter().zip(&self.words).all(|(word, known)| known.is(word, passage.is_shouted))
    }
}

impl PhraseWord {
    /// Whether a word of a text is this word. Where the whole text is in capitals, they say nothing.
    fn is(&self, word: &Word<'_>, is_shouted: bool) -> bool {
        word.key == self.key
            && (!self.in_capitals || (word.is_in_capitals() && !is_shouted))
            && self.exact.as_ref().is_none_or(|exact| word.text.to_lowercase() == *exact)
    }
}

impl Lexicon {
    fn build() -> Self {
        let mut lexicon = Self(HashMap::new());
        let words = WrittenWords::read();
        for (field, table) in [
            (ControlledField::Type, &words.types),
            (ControlledField::Audience, &words.audiences),
            (ControlledField::Route, &words.routes),
            (ControlledField::Sector, &words.sectors),
        ] {
            lexicon.add_written(field, Scope::Anywhere, table);
        }
        lexicon.add_written(ControlledField::Type, Scope::Folder, &words.folder_types);
        lexicon.add_written(ControlledField::Type, Scope::Keyword, &words.keyword_types);
        for concept in &Vocabularies::shipped().of(ControlledField::Subject).concepts {
            lexicon.add_labels(ControlledField::Subject, concept, |key| {
                (!words.never.contains(key)).then_some(Scope::Anywhere)
            });
        }
        for concept in &Vocabularies::shipped().of(ControlledField::Sector).concepts {
            if concept.scheme.as_deref() == Some("service") {
                let scope = |key: &str| Some(if words.vague.contains(key) { Scope::Vague } else { Scope::Anywhere });
                lexicon.add_labels(ControlledField::Sector, concept, scope);
            }
        }
        let occupations = &Vocabularies::shipped().of(ControlledField::Occupation).concepts;
        // Jobs come before the unit groups that they belong to: what is said first of a phrase stays.
        let (jobs, groups): (Vec<&Concept>, Vec<&Concept>) =
            occupations.iter().partition(|concept| concept.scheme.as_deref() == Some("occupation"));
        for concept in jobs.into_iter().chain(groups) {
            let scope = |key: &str| Some(if words.alone.contains(key) { Scope::Alone } else { Scope::Anywhere });
            lexicon.add_labels(ControlledField::Occupation, concept, scope);
        }
        for phrases in lexicon.0.values_mut() {
            phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.words.len()));
        }
        lexicon
    }

    fn add_written(&mut self, field: ControlledField, scope: Scope, table: &[(String, Vec<String>)]) {
        for (id, phrases) in table {
            let concept = ConceptId::parse(id).expect("the concepts of words.toml are checked by a test");
            for phrase in phrases {
                self.add(field, scope, &concept, phrase);
            }
        }
    }

    /// Adds the labels of a concept that the vocabulary itself would read as this concept.
    fn add_labels(&mut self, field: ControlledField, concept: &Concept, scope: impl Fn(&str) -> Option<Scope>) {
        for label in std::iter::once(&concept.label).chain(&concept.alt) {
            // Of labels with a remark in brackets nobody writes the remark.
            if label.contains('(') {
                continue;
            }
            let (Found::ByLabel(id) | Found::ByAlternative(id)) = Vocabularies::shipped().find(field, label, "uk")
            else {
                continue;
            };
            let Some(scope) = scope(&keys_of(label).join(" ")).filter(|_| id.as_str() == concept.id) else {
                continue;
            };
            self.add(field, scope, &id, label);
        }
    }

    fn add(&mut self, field: ControlledField, scope: Scope, concept: &ConceptId, label: &str) {
        let (is_exact, label) = label.strip_prefix('=').map_or((false, label), |label| (true, label));
        let keys = keys_of(label);
        if keys.is_empty() || keys.len() > MAX_PHRASE_WORDS {
            return;
        }
        let passage = Passage::of(Part::Keyword, label);
        let is_short = |text: &str| text.trim_end_matches('s').chars().count() <= MAX_CAPITALS;
        let word_of = |(key, word): (String, &Word<'_>)| PhraseWord {
            key,
            in_capitals: word.is_in_capitals() && is_short(word.text),
            gap: word.gap.min(Gap::Comma),
            exact: is_exact.then(|| word.text.to_lowercase()),
        };
        let words: Vec<PhraseWord> = keys.into_iter().zip(&passage.words).map(word_of).collect();
        let Some(first) = words.first() else {
            return;
        };
        let phrases = self.0.entry(first.key.clone()).or_default();
        let is_there = |held: &Phrase| held.field == field && held.scope.list() == scope.list() && held.words == words;
        if !phrases.iter().any(is_there) {
            phrases.push(Phrase { field, concept: concept.clone(), scope, words });
        }
    }
}

/// A table of `words.toml`: concepts and the phrases for each.
type WrittenTable = Vec<(String, Vec<String>)>;

/// What stands in `words.toml`.
struct WrittenWords {
    types: WrittenTable,
    folder_types: WrittenTable,
    keyword_types: WrittenTable,
    audiences: WrittenTable,
    routes: WrittenTable,
    sectors: WrittenTable,
    /// Keys of labels of subjects that are not read.
    never: HashSet<String>,
    /// Keys of labels of sectors that are read with care.
    vague: HashSet<String>,
    /// Keys of labels of occupations that are read alone.
    alone: HashSet<String>,
}

impl WrittenWords {
    fn read() -> Self {
        let (mut reader, mut root) = TomlReader::open("words.toml", WORDS);
        let mut table = |name: &'static str| -> WrittenTable {
            let entries = reader.table(&mut root, name).entries();
            entries.into_iter().map(|(key, value)| (key, texts_of(value))).collect()
        };
        let (never, alone) = (table("never"), table("alone"));
        let keys = |table: &WrittenTable, name: &str| -> HashSet<String> {
            let labels = table.iter().filter(|(key, _)| key == name).flat_map(|(_, labels)| labels);
            labels.map(|label| keys_of(label).join(" ")).collect()
        };
        Self {
            types: table("type"),
            folder_types: table("folder_type"),
            keyword_types: table("keyword_type"),
            audiences: table("audience"),
            routes: table("route"),
            sectors: table("sector"),
            never: keys(&never, "subject"),
            vague: keys(&never, "vague_sector"),
            alone: keys(&alone, "occupation"),
        }
    }
}

fn texts_of(value: Option<TomlValue>) -> Vec<String> {
    match value {
        Some(TomlValue::Text(text)) => vec![text],
        Some(TomlValue::Texts(texts)) => texts,
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plural(ControlledField::Type, "Posters", "poster")]
    #[case::longest(ControlledField::Route, "Degree apprenticeships", "apprenticeship-degree")]
    #[case::two(ControlledField::Subject, "Physics and chemistry", "physics chemistry")]
    #[case::alternative(ControlledField::Subject, "Maths", "mathematics")]
    #[case::letters(ControlledField::Subject, "D&T", "design-technology")]
    #[case::capitals(ControlledField::Route, "A levels", "a-level")]
    #[case::no_capitals(ControlledField::Route, "a level playing field", "")]
    #[case::shouted(ControlledField::Route, "AT A LEVEL", "")]
    #[case::never(ControlledField::Subject, "It is art", "")]
    #[case::over_a_break(ControlledField::Occupation, "Civil. Engineer", "")]
    #[case::occupation(ControlledField::Occupation, "Civil engineers", "civil-engineer")]
    #[case::over_a_comma(ControlledField::Route, "Advanced, higher", "")]
    #[case::exact(ControlledField::Route, "Choosing your Highers", "higher")]
    #[case::other_number(ControlledField::Route, "Higher things", "")]
    #[case::exact_beside_another(ControlledField::Route, "SQA higher", "higher")]
    fn words_name_concepts(#[case] field: ControlledField, #[case] text: &str, #[case] expected: &str) {
        let passage = Passage::of(Part::Title, text);
        let is_read = |mention: &Mention| mention.field == field && mention.scope.list() == List::Texts;
        let of_field = mentions(&passage).into_iter().filter(is_read);
        let ids: Vec<&str> = of_field.map(|mention| mention.concept.as_str()).collect();
        assert_eq!(ids.join(" "), expected);
    }

    #[test]
    fn every_concept_of_the_written_words_exists() {
        let words = WrittenWords::read();
        for (field, table) in [
            (ControlledField::Type, &words.types),
            (ControlledField::Type, &words.folder_types),
            (ControlledField::Type, &words.keyword_types),
            (ControlledField::Audience, &words.audiences),
            (ControlledField::Route, &words.routes),
            (ControlledField::Sector, &words.sectors),
        ] {
            assert!(!table.is_empty(), "{field:?}");
            for (id, phrases) in table {
                assert!(Vocabularies::shipped().of(field).get(id).is_some(), "{field:?} {id}");
                assert!(!phrases.is_empty(), "{id} has no phrases");
            }
        }
        assert!(!words.never.is_empty() && !words.vague.is_empty() && !words.alone.is_empty());
    }
}

//! What a typed word may have been meant to be: words that the resources themselves are written with.
//!
//! In goes one word as it was typed, out come words that occur, the likeliest first. The dictionary is that of the field
//! `exact`, over all segments; there is no list of English, so whatever is proposed finds something. Only the mistakes
//! that everybody makes are known by heart, from the synonyms. Whether a word is to be corrected, whether the correction
//! is searched or only offered, and what is remembered of it, is for the caller to say.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use schemas::Vocabularies;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

use crate::analysis;
use crate::document::{BEGINNINGS, pair_of};
use crate::fields::Fields;
use crate::limits::MAX_NEAR_WORDS;

/// The kind of synonym that is a common mistake.
const MISSPELLING: &str = "misspelling";

/// Longer words are names of substances, or nothing; an automaton for them would be large.
const MAX_LETTERS: usize = 32;

/// In capitals, words up to this length are taken for acronyms (BTEC, IGCSE, UNESCO), longer ones for shouting.
const MAX_ACRONYM_LETTERS: usize = 6;

/// More proposals are not kept, however many are asked for.
const MAX_KEPT: usize = 20;

/// A word that occurs is doubted only for one that is so many times as frequent. Where others take ten, three is enough
/// here: what has the word as it was typed stays first, and a suggestion is run before it is made.
const MORE_FREQUENT: u64 = 3;

/// A word so many times rarer than another proposal is most likely the same mistake, made by a catalogue.
const FAR_RARER: u64 = 100;

/// A word is not split into, nor joined from, parts that are shorter.
const MIN_PART_LETTERS: usize = 2;

/// A word that was respelt by its sound may differ by so many letters more.
const DISTANCE_BESIDE_SOUND: u8 = 1;

/// Beginnings as they are typed, and others that sound the same. Looked at only when nothing else is found, since all
/// other mistakes are rarely made in the first letter.
const SAME_SOUND: [(&str, &str); 18] = [
    ("c", "k"),
    ("c", "s"),
    ("e", "i"),
    ("f", "ph"),
    ("g", "j"),
    ("i", "e"),
    ("j", "g"),
    ("k", "c"),
    ("k", "ch"),
    ("kn", "n"),
    ("n", "kn"),
    ("ph", "f"),
    ("ps", "s"),
    ("r", "wr"),
    ("s", "c"),
    ("s", "ps"),
    ("wr", "r"),
    ("z", "x"),
];

/// A word that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Correction {
    /// The word, or the two words, folded.
    pub(crate) word: String,
    /// How many letters were left out, put in, taken for others, or changed places with their neighbours.
    pub(crate) distance: u8,
    /// How many resources have it. Resources that were deleted lately may count.
    pub(crate) resources: u64,
}

/// Corrects words, with the common mistakes at hand.
#[derive(Debug)]
pub(crate) struct Spelling {
    /// The word that is meant, by the mistake.
    common: HashMap<String, String>,
}

impl Spelling {
    pub(crate) fn new(vocabularies: &Vocabularies) -> Self {
        let mut common = HashMap::new();
        for synonym in vocabularies.synonyms().iter().filter(|synonym| synonym.kind == MISSPELLING) {
            for mistake in &synonym.alt {
                common.insert(analysis::folded(mistake), analysis::folded(&synonym.label));
            }
        }
        Self { common }
    }

    /// Words that may have been meant by a word, the likeliest first; at most `limit`, and never more than twenty.
    ///
    /// Given as it was typed, since capitals tell an acronym. None for codes, acronyms and words of under four letters;
    /// of up to seven letters one may be wrong, of more two. What occurs itself has only corrections that are far more
    /// frequent.
    pub(crate) fn corrections(
        &self,
        searcher: &Searcher,
        fields: &Fields,
        typed: &str,
        limit: usize,
    ) -> tantivy::Result<Vec<Correction>> {
        let word = analysis::folded(typed);
        let max_distance = allowed_distance(typed, &word);
        if max_distance == 0 || limit == 0 {
            return Ok(Vec::new());
        }
        let held = resources_with(searcher, fields.exact, &word)?;
        let mut found: Vec<Correction> = self.common_mistake(searcher, fields, &word, held)?.into_iter().collect();
        if found.len() < limit {
            let others = from_dictionary(searcher, fields, &word, max_distance, held)?;
            found.extend(ranked(&word, others));
        }
        let mut seen = HashSet::new();
        found.retain(|correction| seen.insert(correction.word.clone()));
        found.truncate(limit.min(MAX_KEPT));
        Ok(found)
    }

    fn common_mistake(
        &self,
        searcher: &Searcher,
        fields: &Fields,
        word: &str,
        held: u64,
    ) -> tantivy::Result<Option<Correction>> {
        let Some(meant) = self.common.get(word) else {
            return Ok(None);
        };
        let resources = resources_with(searcher, fields.exact, meant)?;
        let correction = Correction { word: meant.clone(), distance: distance(word, meant), resources };
        Ok(is_more_frequent(resources, held).then_some(correction))
    }
}

/// How many resources have a word in a field, given as the field holds it. Resources that were deleted lately may count.
pub(crate) fn resources_with(searcher: &Searcher, field: Field, word: &str) -> tantivy::Result<u64> {
    searcher.doc_freq(&Term::from_field_text(field, word))
}

/// Two typed words as the one that may have been meant: `micro biology` -> `microbiology`.
///
/// Not where the two stand next to each other in titles about as often.
pub(crate) fn joined(
    searcher: &Searcher,
    fields: &Fields,
    first: &str,
    second: &str,
) -> tantivy::Result<Option<Correction>> {
    let (first, second) = (analysis::folded(first), analysis::folded(second));
    let word = format!("{first}{second}");
    if !is_part(&first) || !is_part(&second) || word.chars().count() > MAX_LETTERS {
        return Ok(None);
    }
    let apart = side_by_side(searcher, fields, &first, &second)?;
    let resources = resources_with(searcher, fields.exact, &word)?;
    Ok(is_more_frequent(resources, apart).then_some(Correction { word, distance: 1, resources }))
}

/// A word that is being typed as the beginning of words in titles that may have been meant, one letter away.
///
/// `chemes` -> `chemis`. Cut at the length of the longest beginning. None where [`Spelling::corrections`] gives none
/// either.
pub(crate) fn beginning(searcher: &Searcher, fields: &Fields, typed: &str) -> tantivy::Result<Option<Correction>> {
    let word = analysis::folded(typed);
    if allowed_distance(typed, &word) == 0 {
        return Ok(None);
    }
    let begun: String = word.chars().take(*BEGINNINGS.end()).collect();
    let mut found = near(searcher, fields.beginnings, &begun, 1)?;
    found.retain(|correction| correction.word != begun);
    Ok(ranked(&begun, found).into_iter().next())
}

/// By how many letters a correction may differ from a word; 0 when it is not to be corrected.
fn allowed_distance(typed: &str, word: &str) -> u8 {
    let letters = word.chars().count();
    let is_acronym =
        letters <= MAX_ACRONYM_LETTERS && typed.contains(char::is_uppercase) && !typed.contains(char::is_lowercase);
    if is_acronym || !word.chars().all(char::is_alphabetic) {
        return 0;
    }
    match letters {
        4..=7 => 1,
        8..=MAX_LETTERS => 2,
        _ => 0,
    }
}

fn is_more_frequent(resources: u64, held: u64) -> bool {
    resources > 0 && resources >= held.saturating_mul(MORE_FREQUENT)
}

/// The words near a word and the two words it may be; if there are none, those that are near it by their sound.
fn from_dictionary(
    searcher: &Searcher,
    fields: &Fields,
    word: &str,
    max_distance: u8,
    held: u64,
) -> tantivy::Result<Vec<Correction>> {
    let is_meant = |correction: &Correction| correction.word != word && is_more_frequent(correction.resources, held);
    let mut found = near(searcher, fields.exact, word, max_distance)?;
    found.extend(splits(searcher, fields, word)?);
    found.retain(is_meant);
    if !found.is_empty() {
        return Ok(found);
    }
    for respelt in respellings(word) {
        let near_by_sound = near(searcher, fields.exact, &respelt, DISTANCE_BESIDE_SOUND)?;
        found.extend(near_by_sound.into_iter().map(|near| Correction { distance: near.distance + 1, ..near }));
    }
    found.retain(is_meant);
    Ok(found)
}

/// The words of a field that begin with the same letter as a word and are at most so far from it; itself with them.
fn near(searcher: &Searcher, field: Field, word: &str, max_distance: u8) -> tantivy::Result<Vec<Correction>> {
    // With `true` two neighbours that changed places are one mistake.
    let automaton = FuzzyTermQuery::new(Term::from_field_text(field, word), max_distance, true).automaton()?;
    let (from, to) = with_the_same_letter(word);
    let mut found: HashMap<String, u64> = HashMap::new();
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(field)?;
        let mut terms = inverted.terms().search(&automaton).ge(&from).lt(&to).into_stream()?;
        for _ in 0..MAX_NEAR_WORDS {
            let Some((term, info)) = terms.next() else {
                break;
            };
            let term = String::from_utf8_lossy(term);
            if term.chars().all(char::is_alphabetic) {
                *found.entry(term.into_owned()).or_default() += u64::from(info.doc_freq);
            }
        }
    }
    let corrections = found.into_iter().map(|(found, resources)| {
        let distance = distance(word, &found);
        Correction { word: found, distance, resources }
    });
    Ok(corrections.collect())
}

/// From where to where the words with the first letter of this one stand in a dictionary, which is in order of bytes.
fn with_the_same_letter(word: &str) -> (Vec<u8>, Vec<u8>) {
    let length = word.chars().next().map_or(0, char::len_utf8);
    let from = word.as_bytes()[..length].to_vec();
    let mut to = from.clone();
    if let Some(last) = to.last_mut() {
        // No byte of UTF-8 is the highest one.
        *last += 1;
    }
    (from, to)
}

/// A word as two that stand next to each other in a title: `datascience` -> `data science`.
fn splits(searcher: &Searcher, fields: &Fields, word: &str) -> tantivy::Result<Vec<Correction>> {
    let mut found = Vec::new();
    let letters = word.chars().count();
    for (place, _) in word.char_indices().take((letters + 1).saturating_sub(MIN_PART_LETTERS)).skip(MIN_PART_LETTERS) {
        let (first, second) = word.split_at(place);
        let resources = side_by_side(searcher, fields, first, second)?;
        if resources > 0 {
            found.push(Correction { word: format!("{first} {second}"), distance: 1, resources });
        }
    }
    Ok(found)
}

/// In how many titles two words stand next to each other, as they are written or with other endings.
fn side_by_side(searcher: &Searcher, fields: &Fields, first: &str, second: &str) -> tantivy::Result<u64> {
    let pair = pair_of(&analysis::stem(first), &analysis::stem(second));
    let resources = resources_with(searcher, fields.pairs, &pair)?;
    // A stem is not yet a word: `datascienc` is no data science.
    for part in [first, second] {
        if resources == 0 || resources_with(searcher, fields.exact, part)? == 0 {
            return Ok(0);
        }
    }
    Ok(resources)
}

fn is_part(word: &str) -> bool {
    word.chars().count() >= MIN_PART_LETTERS && word.chars().all(char::is_alphabetic) && !analysis::is_stop_word(word)
}

/// A word with other beginnings: those that sound the same, and its first two letters the other way round.
fn respellings(word: &str) -> Vec<String> {
    let with_sound = |(typed, meant): &(&str, &str)| Some(format!("{meant}{}", word.strip_prefix(typed)?));
    let mut respellings: Vec<String> = SAME_SOUND.iter().filter_map(with_sound).collect();
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() > 1 {
        letters.swap(0, 1);
        respellings.push(letters.into_iter().collect());
    }
    respellings
}

/// The likeliest first: fewer letters wrong, more frequent, alike in sound, alike at the end.
fn ranked(word: &str, mut found: Vec<Correction>) -> Vec<Correction> {
    let most = found.iter().map(|correction| correction.resources).max().unwrap_or(0);
    let typed_sound = sound(word);
    found.sort_by_cached_key(|one| {
        let is_far_rarer = one.resources < most / FAR_RARER;
        // Twice as often is a difference; a few more is chance.
        let frequency = one.resources.max(1).ilog2();
        let likeness = (sound(&one.word) == typed_sound, shared_ending(word, &one.word));
        (is_far_rarer, one.distance, Reverse(frequency), Reverse(likeness), one.word.clone())
    });
    found
}

/// A word by its consonants, those that are mistaken for each other as one: `farmacist`, `pharmacist` -> `16523`.
///
/// Source: the classes of Soundex, US patent 1,261,167.
fn sound(word: &str) -> String {
    let mut sound = String::new();
    for letter in word.chars() {
        let class = match letter {
            'b' | 'f' | 'p' | 'v' => '1',
            'c' | 'g' | 'j' | 'k' | 'q' | 's' | 'x' | 'z' => '2',
            'd' | 't' => '3',
            'l' => '4',
            'm' | 'n' => '5',
            'r' => '6',
            _ => continue,
        };
        if !sound.ends_with(class) {
            sound.push(class);
        }
    }
    sound
}

/// How many letters two words share at their ends.
fn shared_ending(one: &str, other: &str) -> usize {
    one.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b).count()
}

fn distance(one: &str, other: &str) -> u8 {
    u8::try_from(strsim::osa_distance(one, other)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::short("gas", 0)]
    #[case::four("nuse", 1)]
    #[case::seven("phisics", 1)]
    #[case::eight("arcitect", 2)]
    #[case::acronym("IGCSE", 0)]
    #[case::shouted("CHEMESTRY", 2)]
    #[case::code("ks3x", 0)]
    #[case::year("2026", 0)]
    #[case::two_words("data-science", 0)]
    #[case::question("chemestry?", 2)]
    #[case::accents("Économie", 2)]
    #[case::nothing("?", 0)]
    fn the_longer_a_word_the_more_letters_may_be_wrong(#[case] typed: &str, #[case] expected: u8) {
        assert_eq!(allowed_distance(typed, &analysis::folded(typed)), expected);
    }

    #[test]
    fn a_word_that_is_too_long_is_not_corrected() {
        assert_eq!(allowed_distance("", &"a".repeat(MAX_LETTERS)), 2);
        assert_eq!(allowed_distance("", &"a".repeat(MAX_LETTERS + 1)), 0);
    }

    #[test]
    fn what_sounds_alike_has_the_same_consonants() {
        assert_eq!(sound("farmacist"), "16523");
        assert_eq!(sound("farmacist"), sound("pharmacist"));
        assert_eq!(sound("nurce"), sound("nurse"));
        assert_ne!(sound("nurse"), sound("nude"));
    }

    #[test]
    fn a_word_is_respelt_by_its_sound() {
        let respelt = respellings("fisics");
        assert!(respelt.contains(&"phisics".to_owned()) && respelt.contains(&"ifsics".to_owned()), "{respelt:?}");
        assert!(respellings("hcemistry").contains(&"chemistry".to_owned()));
        assert!(respellings("x").is_empty());
    }

    #[test]
    fn a_far_rarer_word_comes_after_one_that_is_further_away() {
        let of = |word: &str, distance, resources| Correction { word: word.to_owned(), distance, resources };
        let found = vec![of("apprentships", 1, 3), of("apprenticeship", 2, 900), of("apprentices", 2, 500)];
        let words: Vec<String> = ranked("apprentiship", found).into_iter().map(|one| one.word).collect();
        assert_eq!(words, ["apprenticeship", "apprentices", "apprentships"]);
    }

    #[test]
    fn the_words_with_a_letter_stand_together() {
        assert_eq!(with_the_same_letter("nurse"), (b"n".to_vec(), b"o".to_vec()));
        let (from, to) = with_the_same_letter("ж");
        assert!(from.as_slice() <= "жа".as_bytes() && "жя".as_bytes() < to.as_slice());
    }
}

//! Labels as people write them: which concepts do words name that are no label, letter by letter?
//!
//! The plural, several labels in one, and a level in front or behind: what every controlled field meets. What only one
//! field meets is in the file of that field.

use schemas::{ConceptId, ControlledField, Found, Vocabularies};

use super::level::{Levels, read_levels};
use super::slug::slug;

/// Longer words are a text.
pub(super) const MAX_BYTES: usize = 1_000;

/// More is a sentence, or a list of everything.
const MAX_PARTS: usize = 20;

/// A level in front of other words has no more words: "Key Stages 3 and 4", "for pupils in years 7 to 9".
const MAX_LEVEL_WORDS: usize = 8;

/// What stands between the labels of a list, the strongest first, and how a label that holds it is put together again.
const JOINTS: [(Joint, &str); 4] = [
    (Joint::Signs(&[';', '|', '•', '\n']), "; "),
    (Joint::Signs(&['/']), "/"),
    (Joint::Signs(&[',']), ", "),
    (Joint::Words(&[" and ", " or ", " plus ", "&", "+"]), " and "),
];

/// In front of the last part of a list: "biology, chemistry, and physics".
const BEFORE_LAST: [&str; 3] = ["and ", "or ", "& "];

/// Signs that are left at the end of words when something behind them was taken away.
const LOOSE: [char; 8] = ['-', '–', '—', ':', ',', ';', '/', '|'];

enum Joint {
    Signs(&'static [char]),
    Words(&'static [&'static str]),
}

/// Concepts that words name, and what the words say of levels besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// In the order of the words; empty when they are not understood.
    pub concepts: Vec<ConceptId>,
    /// Of "GCSE chemistry", key stage 4.
    pub levels: Levels,
}

/// The concept of exactly this label or id.
pub(super) fn labelled(field: ControlledField, word: &str, nation: &str) -> Option<ConceptId> {
    match Vocabularies::shipped().find(field, word, nation) {
        Found::ByLabel(id) | Found::ByAlternative(id) => Some(id),
        Found::Ambiguous(_) | Found::Nothing => None,
    }
}

/// The concept of a label, in the singular or the plural; or of an id that is written as words.
///
/// `"Videos"` -> video; `"Careers leader"` -> careers-leader.
pub(super) fn in_any_number(field: ControlledField, word: &str, nation: &str) -> Option<ConceptId> {
    let word = word.trim();
    labelled(field, word, nation).or_else(|| {
        let spellings = other_numbers(word);
        let by_label = spellings.iter().find_map(|spelling| labelled(field, spelling, nation));
        by_label.or_else(|| spellings.iter().find_map(|spelling| with_id(field, &slug(spelling))))
    })
}

fn with_id(field: ControlledField, id: &str) -> Option<ConceptId> {
    let concept = Vocabularies::shipped().of(field).get(id)?;
    ConceptId::parse(&concept.id).ok()
}

/// In lower case: the words themselves, and what their last word may be in the singular or the plural. Not all of it is
/// English; what is not is no label.
fn other_numbers(words: &str) -> Vec<String> {
    let lower = words.to_lowercase();
    let (before, last) = match lower.rfind(char::is_whitespace) {
        Some(at) => lower.split_at(at),
        None => ("", lower.as_str()),
    };
    let last = last.trim_start();
    let mut found = vec![lower.clone()];
    let mut add = |stem: &str, ending: &str| found.push(format!("{before} {stem}{ending}").trim().to_owned());
    for (plural, singular) in
        [("children", "child"), ("people", "person"), ("men", "man"), ("ies", "y"), ("zes", ""), ("es", ""), ("s", "")]
    {
        if let Some(stem) = last.strip_suffix(plural) {
            add(stem, singular);
        }
    }
    if let Some(stem) = last.strip_suffix('y') {
        add(stem, "ies");
    }
    add(last, "s");
    found
}

/// Reads several labels in one, all or nothing: what is not understood to the end is left whole, so that somebody sees it.
///
/// `read` reads one label. `"Biology, Chemistry and Physics"` -> three; `"Design and technology, maths"` -> two.
pub(super) fn list_of(words: &str, read: &dyn Fn(&str) -> Vec<ConceptId>) -> Vec<ConceptId> {
    if words.len() > MAX_BYTES { Vec::new() } else { list_from(words, &JOINTS, read) }
}

fn list_from(words: &str, joints: &[(Joint, &str)], read: &dyn Fn(&str) -> Vec<ConceptId>) -> Vec<ConceptId> {
    for (place, (joint, glue)) in joints.iter().enumerate() {
        let parts = parts(words, joint);
        if (2..=MAX_PARTS).contains(&parts.len())
            && let Some(found) = each_of(&parts, glue, &joints[place + 1..], read)
        {
            return found;
        }
    }
    Vec::new()
}

fn each_of(
    parts: &[&str],
    glue: &str,
    weaker: &[(Joint, &str)],
    read: &dyn Fn(&str) -> Vec<ConceptId>,
) -> Option<Vec<ConceptId>> {
    let mut found: Vec<ConceptId> = Vec::new();
    let mut rest = parts;
    while !rest.is_empty() {
        // The longest run that is one label: "Computing, technology and digital" stands in a list as well.
        let longest = (1..=rest.len()).rev().find_map(|length| {
            let ids = read(&rest[..length].join(glue));
            if ids.is_empty() { None } else { Some((length, ids)) }
        });
        let (length, ids) = longest.unwrap_or_else(|| (1, list_from(rest[0], weaker, read)));
        if ids.is_empty() {
            return None;
        }
        for id in ids {
            if !found.contains(&id) {
                found.push(id);
            }
        }
        rest = &rest[length..];
    }
    Some(found)
}

fn parts<'t>(words: &'t str, joint: &Joint) -> Vec<&'t str> {
    let parts: Vec<&str> = match joint {
        Joint::Signs(signs) => words.split(|c: char| signs.contains(&c)).collect(),
        Joint::Words(between) => split_at_words(words, between),
    };
    let trimmed = parts.into_iter().map(|part| {
        let part = part.trim();
        BEFORE_LAST.iter().find_map(|word| part.strip_prefix(word)).unwrap_or(part).trim()
    });
    trimmed.filter(|part| !part.is_empty()).collect()
}

fn split_at_words<'t>(words: &'t str, between: &[&str]) -> Vec<&'t str> {
    // Lower case in ASCII keeps every byte where it is.
    let lower = words.to_ascii_lowercase();
    let mut parts = Vec::new();
    let mut from = 0;
    let next = |from: usize| between.iter().filter_map(|word| Some((lower[from..].find(*word)?, word.len()))).min();
    while let Some((at, length)) = next(from) {
        parts.push(&words[from..from + at]);
        from += at + length;
    }
    parts.push(&words[from..]);
    parts
}

/// Takes a level off the beginning or the end of words, where `read` reads the rest. Nothing when no part is a level.
///
/// `"GCSE Chemistry"` -> chemistry and key stage 4; `"students aged 11-14"` -> students and 11..14.
pub(super) fn with_levels(words: &str, nation: &str, read: &dyn Fn(&str) -> Vec<ConceptId>) -> Named {
    let words = if words.len() > MAX_BYTES { "" } else { words };
    let all: Vec<&str> = words.split_whitespace().collect();
    for length in 1..=MAX_LEVEL_WORDS.min(all.len().saturating_sub(1)) {
        let behind = all.len() - length;
        for (level, rest) in [(&all[..length], &all[length..]), (&all[behind..], &all[..behind])] {
            let levels = read_levels(&level.join(" "), nation);
            if levels.readings.is_empty() {
                continue;
            }
            let concepts = read(rest.join(" ").trim_matches(LOOSE).trim());
            if !concepts.is_empty() {
                return Named { concepts, levels };
            }
        }
    }
    Named::default()
}

/// Words in brackets at the end, and what stands before them: `"Nurse (adult)"` -> `("Nurse", "adult")`.
pub(super) fn bracketed(words: &str) -> Option<(&str, &str)> {
    let (before, inside) = words.trim().strip_suffix(')')?.rsplit_once('(')?;
    let (before, inside) = (before.trim(), inside.trim());
    if before.is_empty() || inside.is_empty() { None } else { Some((before, inside)) }
}

/// The concept that a list of names gives to a word, as [`schemas::normalise_label`] writes it.
pub(super) fn in_table(table: &[(&str, &str)], word: &str) -> Option<ConceptId> {
    let label = schemas::normalise_label(word);
    let (_, id) = table.iter().find(|(name, _)| *name == label)?;
    ConceptId::parse(id).ok()
}

/// Concepts of a field that has nothing of its own: in any number, alone or in a list.
pub fn listed(field: ControlledField, word: &str, nation: &str) -> Vec<ConceptId> {
    let one = |word: &str| -> Vec<ConceptId> { in_any_number(field, word, nation).into_iter().collect() };
    let found = one(word);
    if found.is_empty() { list_of(word, &one) } else { found }
}

#[cfg(test)]
pub(super) mod testing {
    use schemas::{ConceptId, ControlledField, Vocabularies};

    /// Ids as a test writes them.
    pub(crate) fn joined(ids: &[ConceptId]) -> String {
        ids.iter().map(ConceptId::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Every name of a table is written as it is looked up, and means a concept that there is.
    pub(crate) fn check_table(field: ControlledField, table: &[(&str, &str)]) {
        for (name, id) in table {
            assert_eq!(schemas::normalise_label(name), *name);
            assert!(Vocabularies::shipped().of(field).get(id).is_some(), "{name}: {id}");
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::testing::joined;
    use super::*;

    #[rstest]
    #[case::two_nations(ControlledField::Nation, "England and Wales", "england wales")]
    #[case::three(ControlledField::Nation, "England, Scotland & Wales", "england scotland wales")]
    #[case::comma_before_and(ControlledField::Nation, "England, Wales, and Scotland", "england wales scotland")]
    #[case::label_with_and(ControlledField::Region, "Yorkshire and The Humber", "yorkshire-humber")]
    #[case::list_with_such_a_label(
        ControlledField::Region,
        "London; Yorkshire and The Humber; Kent",
        "london yorkshire-humber south-east"
    )]
    #[case::said_twice(ControlledField::Region, "Leeds and Sheffield", "yorkshire-humber")]
    #[case::all_or_nothing(ControlledField::Nation, "England and France", "")]
    #[case::nothing(ControlledField::Nation, " , ", "")]
    fn lists_are_read_all_or_nothing(#[case] field: ControlledField, #[case] word: &str, #[case] expected: &str) {
        assert_eq!(joined(&listed(field, word, "uk")), expected);
    }

    #[rstest]
    #[case::plural("Videos", "video")]
    #[case::plural_of_y("Bursaries", "funding")]
    #[case::plural_of_z("Quizzes", "game-quiz")]
    #[case::plural_of_s("Case studies", "case-study")]
    #[case::singular("Classroom resource", "teaching")]
    #[case::id_in_words("Job Profile", "job-profile")]
    #[case::unknown("Quidditches", "")]
    fn a_label_is_found_in_any_number(#[case] word: &str, #[case] expected: &str) {
        let found: Vec<ConceptId> = in_any_number(ControlledField::Type, word, "uk").into_iter().collect();
        assert_eq!(joined(&found), expected);
    }

    #[test]
    fn brackets_at_the_end_are_taken_off() {
        assert_eq!(bracketed("Nurse (adult)"), Some(("Nurse", "adult")));
        for words in ["Nurse", "(adult)", "Nurse ()", "Nurse (adult) again", ")", "()"] {
            assert_eq!(bracketed(words), None, "{words}");
        }
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            for field in ControlledField::ALL {
                assert!(listed(field, &text, "uk").len() <= MAX_PARTS * 3, "{text:.40}");
            }
            assert!(with_levels(&text, "uk", &|_: &str| Vec::new()).concepts.is_empty());
            assert!(bracketed(&text).is_none_or(|(before, _)| !before.is_empty()));
        }
    }
}

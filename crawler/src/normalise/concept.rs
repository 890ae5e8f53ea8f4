//! Concepts: which of our concepts does a source's word mean?
//!
//! The source's own list of words comes first, then the labels of our vocabularies, then the ways to write levels,
//! licences and languages that no list of labels could hold. What becomes of the record is left to [`crate::map`].

use std::collections::BTreeMap;

use schemas::{AgeRange, Claim, ConceptId, Confidence, ControlledField, Found, Method, Vocabularies};

use super::language::language_of;
use super::level::{LevelReading, parse_levels};
use super::licence::licence_of;

/// How sure the ages of an American grade are for a British child: school years begin at other birthdays.
const GRADE_CONFIDENCE: f32 = 0.8;

/// What a word means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// These concepts, and of a level perhaps ages.
    Known {
        /// In the order of the words; empty when there are only ages.
        concepts: Vec<Claim<ConceptId>>,
        /// The range that holds all ages.
        ages: Option<Claim<AgeRange>>,
    },
    /// The source's mapping says that it means nothing to us.
    Nothing,
    /// Several, and nothing decides between them; in the vocabulary's order.
    Ambiguous(Vec<ConceptId>),
    /// No list of ours knows it.
    Unknown,
}

/// Finds what a word means in a field.
///
/// `own_words` is the mapping of the source, `nation` whose words they are. A concept found by its own label is stated;
/// any other is mapped, with the word as its evidence.
pub fn read_word(
    field: ControlledField,
    word: &str,
    own_words: &BTreeMap<String, Vec<String>>,
    nation: &str,
) -> Meaning {
    if let Some(ids) = own_meaning(own_words, word) {
        let concepts: Vec<Claim<ConceptId>> =
            ids.iter().filter_map(|id| ConceptId::parse(id).ok()).map(|id| Claim::mapped(id, word)).collect();
        return if concepts.is_empty() { Meaning::Nothing } else { Meaning::Known { concepts, ages: None } };
    }
    match Vocabularies::shipped().find(field, word, nation) {
        Found::ByLabel(id) => one(Claim::stated(id)),
        Found::ByAlternative(id) => one(Claim::mapped(id, word)),
        Found::Ambiguous(candidates) => Meaning::Ambiguous(candidates),
        Found::Nothing => written_otherwise(field, word, nation),
    }
}

fn one(claim: Claim<ConceptId>) -> Meaning {
    Meaning::Known { concepts: vec![claim], ages: None }
}

/// The meaning that a mapping gives a word: just as it stands, then in any case.
pub(crate) fn own_meaning<'w>(own_words: &'w BTreeMap<String, Vec<String>>, word: &str) -> Option<&'w Vec<String>> {
    if own_words.is_empty() {
        return None;
    }
    own_words.get(word).or_else(|| {
        let lower = word.to_lowercase();
        own_words.iter().find(|(key, _)| key.trim().to_lowercase() == lower).map(|(_, ids)| ids)
    })
}

fn written_otherwise(field: ControlledField, word: &str, nation: &str) -> Meaning {
    let found = match field {
        ControlledField::Level => return level(word, nation),
        ControlledField::Licence => licence_of(word),
        ControlledField::Language => language_of(word),
        ControlledField::Subject
        | ControlledField::Type
        | ControlledField::Audience
        | ControlledField::Sector
        | ControlledField::Occupation
        | ControlledField::Route
        | ControlledField::Benchmark
        | ControlledField::LearningArea
        | ControlledField::Medium
        | ControlledField::Cost
        | ControlledField::Nation
        | ControlledField::Region
        | ControlledField::Inclusion => None,
    };
    found.map_or(Meaning::Unknown, |id| one(Claim::mapped(id, word)))
}

fn level(word: &str, nation: &str) -> Meaning {
    let mut concepts = Vec::new();
    let mut ages: Option<Claim<AgeRange>> = None;
    for reading in parse_levels(word, nation) {
        let (range, confidence) = match reading {
            LevelReading::Concept(id) => {
                concepts.push(Claim::mapped(id, word));
                continue;
            }
            LevelReading::Ages(range) => (range, Confidence::FULL),
            LevelReading::Grades(range) => {
                (range, Confidence::new(GRADE_CONFIDENCE).expect("the constant is from 0 to 1"))
            }
        };
        let claim = Claim { value: range, method: Method::Mapped, confidence, evidence: Some(word.to_owned()) };
        ages = Some(widened(ages, claim));
    }
    if concepts.is_empty() && ages.is_none() { Meaning::Unknown } else { Meaning::Known { concepts, ages } }
}

/// The claim of both ranges: as wide as both, as sure as the less sure, with the words of each.
pub(crate) fn widened(before: Option<Claim<AgeRange>>, next: Claim<AgeRange>) -> Claim<AgeRange> {
    let Some(before) = before else {
        return next;
    };
    let confidence = if next.confidence < before.confidence { next.confidence } else { before.confidence };
    let evidence = match (before.evidence, next.evidence) {
        (Some(first), Some(second)) if first != second => Some(format!("{first}; {second}")),
        (first, second) => first.or(second),
    };
    Claim { value: before.value.span(next.value), method: before.method.min(next.method), confidence, evidence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn own_words() -> BTreeMap<String, Vec<String>> {
        BTreeMap::from([
            ("Sums".to_owned(), vec!["mathematics".to_owned(), "statistics".to_owned()]),
            ("Misc".to_owned(), Vec::new()),
            ("HIGH_SCHOOL".to_owned(), vec!["phase-upper-secondary".to_owned()]),
        ])
    }

    fn read(field: ControlledField, word: &str) -> String {
        match read_word(field, word, &own_words(), "uk") {
            Meaning::Known { concepts, ages } => {
                let concepts = concepts.iter().map(|claim| format!("{:?} {}", claim.method, claim.value));
                let ages = ages.iter().map(|claim| format!("ages {} at {}", claim.value, claim.confidence.value()));
                concepts.chain(ages).collect::<Vec<_>>().join(", ")
            }
            Meaning::Nothing => "nothing".to_owned(),
            Meaning::Ambiguous(candidates) => format!("ambiguous {}", candidates.len()),
            Meaning::Unknown => "unknown".to_owned(),
        }
    }

    #[rstest]
    #[case::own_word(ControlledField::Subject, "Sums", "Mapped mathematics, Mapped statistics")]
    #[case::own_word_in_any_case(ControlledField::Subject, "sums", "Mapped mathematics, Mapped statistics")]
    #[case::means_nothing(ControlledField::Subject, "Misc", "nothing")]
    #[case::phet_own_word(ControlledField::Level, "HIGH_SCHOOL", "Mapped phase-upper-secondary")]
    #[case::label(ControlledField::Subject, "Chemistry", "Stated chemistry")]
    #[case::alternative(ControlledField::Subject, "Maths", "Mapped mathematics")]
    #[case::levels(ControlledField::Level, "KS3-4", "Mapped ks3, Mapped ks4")]
    #[case::ages(ControlledField::Level, "ages 5-7 and 7-11", "ages 5-11 at 1")]
    #[case::grades(ControlledField::Level, "Grade 6-8", "ages 11-14 at 0.8")]
    #[case::licence(ControlledField::Licence, "https://creativecommons.org/licenses/by-nc/3.0/", "Mapped cc-by-nc-4.0")]
    #[case::language(ControlledField::Language, "en-GB", "Mapped en")]
    #[case::unknown(ControlledField::Subject, "quidditch", "unknown")]
    #[case::unknown_language(ControlledField::Language, "de", "unknown")]
    fn a_word_means_concepts(#[case] field: ControlledField, #[case] word: &str, #[case] expected: &str) {
        assert_eq!(read(field, word), expected);
    }

    #[test]
    fn a_mapped_concept_rests_on_the_word() {
        let Meaning::Known { concepts, .. } = read_word(ControlledField::Subject, "sums", &own_words(), "uk") else {
            panic!("it is in the mapping");
        };
        assert_eq!(concepts[0].evidence.as_deref(), Some("sums"));
    }
}

//! Concepts: which of our concepts does a source's word mean?
//!
//! The source's own list of words comes first, then the words that an admin has accepted for it, then the labels of our
//! vocabularies, then the ways to write one that no list of labels could hold, one file for each field. What becomes of
//! the record is left to [`crate::map`].

use std::collections::BTreeMap;

use schemas::{
    AgeRange, Claim, ConceptId, Confidence, ControlledField, Found, Method, Source, TargetField, Vocabularies,
    normalise_label,
};

use super::audience::audiences_of;
use super::benchmark::benchmarks_of;
use super::cost::cost_of;
use super::labels::{Named, listed};
use super::language::language_of;
use super::level::{LevelReading, Levels, read_levels};
use super::licence::licence_of;
use super::occupation::occupations_of;
use super::resource_type::types_of;
use super::route::{route_of_nation, routes_of};
use super::sector::sectors_of;
use super::subject::subjects_of;

/// How sure the ages of an American grade are for a British child: school years begin at other birthdays.
const GRADE_CONFIDENCE: f32 = 0.8;

/// How sure a range is that stood the wrong way round: one of its ends may be a slip.
const TURNED_CONFIDENCE: f32 = 0.8;

/// What a word means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// These concepts, and perhaps ages.
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

/// A word as it was read in a field.
#[derive(Debug, Clone, PartialEq)]
pub struct WordRead {
    /// What it means there.
    pub meaning: Meaning,
    /// Levels that a word for something else names besides: of "GCSE chemistry", key stage 4.
    pub levels: Vec<Claim<ConceptId>>,
    /// What a person is to be told: what was made of it, or why it is no value of ours, `KS7`, `all ages`.
    pub remarks: Vec<String>,
}

impl From<Meaning> for WordRead {
    /// A word of which nothing else is to be said.
    fn from(meaning: Meaning) -> Self {
        Self { meaning, levels: Vec::new(), remarks: Vec::new() }
    }
}

/// The words of one source for one field, and what they mean; an empty list says that a word means nothing to us.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnWords<'s> {
    /// Those of its mapping, as they are written there.
    pub mapping: Option<&'s BTreeMap<String, Vec<String>>>,
    /// Those that an admin has accepted, as [`normalise_label`] writes them.
    pub accepted: Option<&'s BTreeMap<String, Vec<String>>>,
}

impl<'s> OwnWords<'s> {
    /// The words that a source has for a field.
    pub fn of(source: &'s Source, field: ControlledField) -> Self {
        Self {
            mapping: source.mapping.get(&TargetField::Concepts(field)).map(|rule| &rule.words),
            accepted: source.accepted_words.get(&field),
        }
    }

    fn meaning(self, word: &str) -> Option<&'s Vec<String>> {
        let accepted = || self.accepted?.get(&normalise_label(word));
        self.mapping.and_then(|words| own_meaning(words, word)).or_else(accepted)
    }
}

/// Finds what a word means in a field; [`read_own_word`] without what is said besides.
///
/// `own_words` is the mapping of the source, `nation` whose words they are.
pub fn read_word(
    field: ControlledField,
    word: &str,
    own_words: &BTreeMap<String, Vec<String>>,
    nation: &str,
) -> Meaning {
    read_own_word(field, word, OwnWords { mapping: Some(own_words), accepted: None }, nation).meaning
}

/// Reads a word in a field.
///
/// `nation` is whose words they are. A concept found by its own label is stated; any other is mapped, with the word as
/// its evidence.
pub fn read_own_word(field: ControlledField, word: &str, own_words: OwnWords<'_>, nation: &str) -> WordRead {
    if let Some(ids) = own_words.meaning(word) {
        let concepts: Vec<Claim<ConceptId>> =
            ids.iter().filter_map(|id| ConceptId::parse(id).ok()).map(|id| Claim::mapped(id, word)).collect();
        return if concepts.is_empty() { Meaning::Nothing.into() } else { known(concepts).into() };
    }
    let in_this_nation = if field == ControlledField::Route { route_of_nation(word, nation) } else { None };
    if let Some(id) = in_this_nation {
        return known(vec![Claim::mapped(id, word)]).into();
    }
    match Vocabularies::shipped().find(field, word, nation) {
        Found::ByLabel(id) => known(vec![Claim::stated(id)]).into(),
        Found::ByAlternative(id) => known(vec![Claim::mapped(id, word)]).into(),
        Found::Ambiguous(candidates) => Meaning::Ambiguous(candidates).into(),
        Found::Nothing => written_otherwise(field, word, nation),
    }
}

fn known(concepts: Vec<Claim<ConceptId>>) -> Meaning {
    Meaning::Known { concepts, ages: None }
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

fn written_otherwise(field: ControlledField, word: &str, nation: &str) -> WordRead {
    let found = match field {
        ControlledField::Level => return level(read_levels(word, nation), word),
        ControlledField::Subject => return named(subjects_of(word, nation), word),
        ControlledField::Audience => return named(audiences_of(word, nation), word),
        ControlledField::Type => types_of(word, nation),
        ControlledField::Sector => sectors_of(word, nation),
        ControlledField::Occupation => occupations_of(word, nation),
        ControlledField::Route => routes_of(word, nation),
        ControlledField::Benchmark => benchmarks_of(word, nation),
        ControlledField::Cost => cost_of(word).into_iter().collect(),
        ControlledField::Licence => licence_of(word).into_iter().collect(),
        ControlledField::Language => language_of(word).into_iter().collect(),
        ControlledField::LearningArea
        | ControlledField::Nation
        | ControlledField::Region
        | ControlledField::Inclusion => listed(field, word, nation),
        ControlledField::Medium => Vec::new(),
    };
    named(Named { concepts: found, levels: Levels::default() }, word)
}

/// Concepts, and levels beside them, that all rest on one word.
fn named(found: Named, word: &str) -> WordRead {
    let (levels, ages) = claims_of(&found.levels, word);
    let concepts: Vec<Claim<ConceptId>> = found.concepts.into_iter().map(|id| Claim::mapped(id, word)).collect();
    let is_known = !concepts.is_empty() || !levels.is_empty() || ages.is_some();
    let meaning = if is_known { Meaning::Known { concepts, ages } } else { Meaning::Unknown };
    WordRead { meaning, levels, remarks: found.levels.remarks }
}

fn level(read: Levels, word: &str) -> WordRead {
    let (concepts, ages) = claims_of(&read, word);
    let is_known = !concepts.is_empty() || ages.is_some();
    let meaning = if is_known { Meaning::Known { concepts, ages } } else { Meaning::Unknown };
    WordRead { meaning, levels: Vec::new(), remarks: read.remarks }
}

fn claims_of(read: &Levels, word: &str) -> (Vec<Claim<ConceptId>>, Option<Claim<AgeRange>>) {
    let sure = |value: f32| Confidence::new(value).expect("the constants are from 0 to 1");
    let whole = if read.is_turned_round { sure(TURNED_CONFIDENCE) } else { Confidence::FULL };
    let mut levels = Vec::new();
    let mut ages: Option<Claim<AgeRange>> = None;
    for reading in &read.readings {
        let (range, confidence) = match reading {
            LevelReading::Concept(id) => {
                levels.push(Claim { confidence: whole, ..Claim::mapped(id.clone(), word) });
                continue;
            }
            LevelReading::Ages(range) => (*range, whole),
            LevelReading::Grades(range) => (*range, sure(GRADE_CONFIDENCE)),
        };
        let claim = Claim { value: range, method: Method::Mapped, confidence, evidence: Some(word.to_owned()) };
        ages = Some(widened(ages, claim));
    }
    (levels, ages)
}

/// The claim of an age range that stands where nothing but ages can stand. One that was turned round is less sure, and
/// rests on its words.
pub(crate) fn claim_of_ages(range: AgeRange, is_turned_round: bool, words: &str) -> Claim<AgeRange> {
    if !is_turned_round {
        let is_written_so = words.parse::<AgeRange>() == Ok(range) && words.contains('-');
        return if is_written_so { Claim::stated(range) } else { Claim::mapped(range, words) };
    }
    let confidence = Confidence::new(TURNED_CONFIDENCE).expect("the constant is from 0 to 1");
    Claim { confidence, ..Claim::mapped(range, words) }
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
        let mapping = own_words();
        let read = read_own_word(field, word, OwnWords { mapping: Some(&mapping), accepted: None }, "uk");
        match read.meaning {
            Meaning::Known { concepts, ages } => {
                let concepts = concepts.iter().chain(&read.levels).map(told);
                let ages = ages.iter().map(|claim| format!("ages {} at {}", claim.value, claim.confidence.value()));
                concepts.chain(ages).collect::<Vec<_>>().join(", ")
            }
            Meaning::Nothing => "nothing".to_owned(),
            Meaning::Ambiguous(candidates) => format!("ambiguous {}", candidates.len()),
            Meaning::Unknown if read.remarks.is_empty() => "unknown".to_owned(),
            Meaning::Unknown => read.remarks.join("; "),
        }
    }

    fn told(claim: &Claim<ConceptId>) -> String {
        let confidence = claim.confidence.value();
        let sure = if claim.confidence == Confidence::FULL { String::new() } else { format!(" at {confidence}") };
        format!("{:?} {}{sure}", claim.method, claim.value)
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
    #[case::turned_round(ControlledField::Level, "ages 14-11", "ages 11-14 at 0.8")]
    #[case::years_turned_round(
        ControlledField::Level,
        "Years 8 to 7",
        "Mapped eng-year-7 at 0.8, Mapped eng-year-8 at 0.8"
    )]
    #[case::no_such_stage(ControlledField::Level, "KS7", "`KS7` names no level that there is")]
    #[case::everybody(ControlledField::Level, "all ages", "`all ages` says nothing about whom it is for")]
    #[case::subject_with_level(ControlledField::Subject, "GCSE Chemistry", "Mapped chemistry, Mapped ks4")]
    #[case::people_with_ages(ControlledField::Audience, "students aged 11-14", "Mapped student, ages 11-14 at 1")]
    #[case::types(ControlledField::Type, "Posters and films", "Mapped poster, Mapped video")]
    #[case::sector(ControlledField::Sector, "the nuclear industry", "Mapped nuclear")]
    #[case::occupation(ControlledField::Occupation, "Nurses", "Mapped nurse")]
    #[case::route(ControlledField::Route, "T-Levels in Health", "Mapped t-level-health")]
    #[case::benchmark(ControlledField::Benchmark, "4", "Mapped gatsby-4")]
    #[case::no_such_benchmark(ControlledField::Benchmark, "Benchmark 9", "unknown")]
    #[case::cost(ControlledField::Cost, "from £20 per pupil", "Mapped paid")]
    #[case::nations(ControlledField::Nation, "England and Wales", "Mapped england, Mapped wales")]
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

    #[test]
    fn accepted_words_go_behind_the_mapping_and_before_the_vocabulary() {
        let mapping = own_words();
        let of = |word: &str, id: &str| (word.to_owned(), vec![id.to_owned()]);
        let accepted =
            BTreeMap::from([of("sums", "physics"), of("potion class", "chemistry"), of("maths", "statistics")]);
        let own = OwnWords { mapping: Some(&mapping), accepted: Some(&accepted) };
        for (word, expected) in
            [("Sums", "mathematics"), ("Potion-class", "chemistry"), ("Maths", "statistics"), ("Physics", "physics")]
        {
            let Meaning::Known { concepts, .. } = read_own_word(ControlledField::Subject, word, own, "uk").meaning
            else {
                panic!("{word} is known");
            };
            assert_eq!(concepts[0].value.as_str(), expected, "{word}");
        }
    }

    #[test]
    fn a_foundation_apprenticeship_of_scotland_is_not_englands() {
        let of = |nation: &str| match read_word(
            ControlledField::Route,
            "Foundation Apprenticeship",
            &BTreeMap::new(),
            nation,
        ) {
            Meaning::Known { concepts, .. } => concepts[0].value.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(of("scotland"), "foundation-apprenticeship-scotland");
        assert_eq!(of("england"), "apprenticeship-foundation");
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            for field in ControlledField::ALL {
                assert_ne!(read_word(field, &text, &BTreeMap::new(), "uk"), Meaning::Nothing, "{text:.40}");
            }
        }
    }
}

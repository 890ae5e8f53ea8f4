//! Finding a concept by any of its labels, whatever the case, the punctuation, or "and" for "&".
//!
//! Some labels mean two things. What is ambiguous stays ambiguous unless the nation, or the capitals, decide it.

use super::{Concept, Vocabularies, Vocabulary};
use crate::id::ConceptId;
use crate::metadata::ControlledField;

/// What a word was found to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Exactly one concept, by its own label or id.
    ByLabel(ConceptId),
    /// Exactly one concept, by an alternative label.
    ByAlternative(ConceptId),
    /// Several, and nothing decides between them; in the vocabulary's order.
    Ambiguous(Vec<ConceptId>),
    /// None.
    Nothing,
}

/// A label as it is compared: lower case, "&" as "and", punctuation as space.
///
/// `"Design & Technology"`, `"design and technology"` and `"DESIGN-AND-TECHNOLOGY"` are one;
/// `"A-level"` and `"A level"` too. An apostrophe vanishes: `"Bachelor's"` -> `"bachelors"`.
pub fn normalise_label(label: &str) -> String {
    let mut out = String::with_capacity(label.len());
    for c in label.chars() {
        match c {
            '&' => out.push_str(" and "),
            '\'' | '’' | '‘' => {}
            '+' => out.push('+'),
            c if c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ => out.push(' '),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Short words that are everyday words in lower case and a label only in capitals: "IT" is a subject, "it" is not.
const UPPER_ONLY: [&str; 14] = ["IT", "AI", "HE", "FE", "MA", "FA", "GA", "AH", "ML", "CS", "PP", "AS", "BA", "IB"];

impl Vocabularies {
    /// Finds the concept of a controlled field that a source's or user's word names.
    ///
    /// `nation` is whose words they are, as a concept of the nation vocabulary; `uk` leaves years to England and Wales,
    /// whose Year 9 has the same ages. Northern Ireland's Year 9 is a year younger, so there the nation decides.
    pub fn find(&self, field: ControlledField, word: &str, nation: &str) -> Found {
        let list = self.of(field);
        let trimmed = word.trim();
        if let Some(concept) = list.get(trimmed) {
            return Found::ByLabel(concept.concept_id());
        }
        let upper = trimmed.to_uppercase();
        if UPPER_ONLY.contains(&upper.as_str()) && trimmed != upper {
            return Found::Nothing;
        }
        let key = normalise_label(trimmed);
        let Some(places) = list.by_label.get(&key) else {
            return Found::Nothing;
        };
        let candidates: Vec<&Concept> = places.iter().map(|place| &list.concepts[*place]).collect();
        decide(list, &candidates, &key, nation)
    }
}

fn decide(list: &Vocabulary, candidates: &[&Concept], key: &str, nation: &str) -> Found {
    let by_label: Vec<&Concept> =
        candidates.iter().copied().filter(|concept| normalise_label(&concept.label) == key).collect();
    if list.name == "level" {
        return decide_level(candidates, key, nation);
    }
    // Where a list holds several schemes, the one that people choose from wins: "Construction" is our sector, and not the
    // section of a classification that has just this label.
    if let Some(ours) = candidates.iter().find(|concept| concept.scheme.as_deref() == Some("service")) {
        let id = ours.concept_id();
        return if normalise_label(&ours.label) == key { Found::ByLabel(id) } else { Found::ByAlternative(id) };
    }
    // A preferred label wins over an alternative one; among equals the vocabulary's order, where it holds several schemes.
    match (by_label.as_slice(), candidates) {
        ([first, rest @ ..], _) if rest.is_empty() || first.scheme.is_some() => Found::ByLabel(first.concept_id()),
        ([], [only]) => Found::ByAlternative(only.concept_id()),
        ([], several) | (several, _) => match broadest(list, several) {
            Some(concept) => Found::ByAlternative(concept.concept_id()),
            None => Found::Ambiguous(several.iter().map(|concept| concept.concept_id()).collect()),
        },
    }
}

/// The one that stands above all others: "IT" names computing and, below it, ICT; what holds for both is computing.
fn broadest<'a>(list: &Vocabulary, candidates: &[&'a Concept]) -> Option<&'a Concept> {
    candidates.iter().copied().find(|one| {
        candidates
            .iter()
            .filter(|other| other.id != one.id)
            .all(|other| list.ancestors(&other.id).any(|above| above.id == one.id))
    })
}

/// A level by its nation. A word of the asked nation wins; for `uk`, England's reading where England has one.
fn decide_level(candidates: &[&Concept], key: &str, nation: &str) -> Found {
    let of_nation = |wanted: &str| -> Vec<&Concept> {
        candidates.iter().copied().filter(|concept| concept.nation.as_deref() == Some(wanted)).collect()
    };
    let order: &[&str] = match nation {
        "northern-ireland" => &["northern-ireland", "uk"],
        "scotland" => &["scotland", "uk", "england"],
        "wales" => &["wales", "uk", "england"],
        _ => &["england", "uk", "wales", "scotland", "northern-ireland"],
    };
    for wanted in order {
        let here = of_nation(wanted);
        // A phase and a stage may share a word (sixth form): the narrower says more, its ages being within the other's.
        let narrowest = here
            .iter()
            .min_by_key(|concept| (stage_rank(concept), concept.ages.map_or(u8::MAX, |[from, to]| to - from)));
        if let Some(concept) = narrowest {
            let id = concept.concept_id();
            return if normalise_label(&concept.label) == key { Found::ByLabel(id) } else { Found::ByAlternative(id) };
        }
    }
    match candidates {
        [] => Found::Nothing,
        [only] => Found::ByAlternative(only.concept_id()),
        several => Found::Ambiguous(several.iter().map(|concept| concept.concept_id()).collect()),
    }
}

/// "Sixth form" names key stage 5 and both its years: the stage is what is meant.
fn stage_rank(concept: &Concept) -> u8 {
    match concept.kind.as_deref() {
        Some("key_stage" | "cfe_level" | "progression_step") => 0,
        Some("year_group") => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::case("subject", "MATHS", "uk", "mathematics")]
    #[case::ampersand("subject", "Design & Technology", "uk", "design-technology")]
    #[case::letters("subject", "D&T", "uk", "design-technology")]
    #[case::hyphen("route", "a-levels", "england", "a-level")]
    #[case::key_stage("level", "KS3", "uk", "ks3")]
    #[case::year_in_england("level", "Year 9", "england", "eng-year-9")]
    #[case::year_in_wales("level", "Year 9", "wales", "wal-year-9")]
    #[case::year_in_the_uk("level", "Y9", "uk", "eng-year-9")]
    #[case::scottish_year("level", "S1", "uk", "sco-s1")]
    #[case::scottish_primary("level", "P1", "scotland", "sco-p1")]
    #[case::primary_in_northern_ireland("level", "P1", "northern-ireland", "ni-year-1")]
    #[case::s1_in_scotland("level", "S1", "scotland", "sco-s1")]
    #[case::capitals("subject", "AI", "uk", "ai")]
    #[case::job_title_of_a_unit_group("occupation", "Technical manager", "uk", "soc2020-1121")]
    #[case::sixth_form("level", "sixth form", "england", "ks5")]
    #[case::service_scheme_first("sector", "Manufacturing", "uk", "manufacturing")]
    #[case::job("occupation", "biochemist", "uk", "biochemist")]
    #[case::id("licence", "cc-by-4.0", "uk", "cc-by-4.0")]
    fn a_word_names_one_concept(#[case] field: &str, #[case] word: &str, #[case] nation: &str, #[case] id: &str) {
        let field = ControlledField::by_name(field).expect("a field");
        match Vocabularies::shipped().find(field, word, nation) {
            Found::ByLabel(found) | Found::ByAlternative(found) => assert_eq!(found.as_str(), id),
            other => panic!("{word} gave {other:?}"),
        }
    }

    #[test]
    fn year_9_in_northern_ireland_is_not_englands() {
        let found = Vocabularies::shipped().find(ControlledField::Level, "Year 9", "northern-ireland");
        assert_eq!(found, Found::ByAlternative(ConceptId::parse("ni-year-9").expect("an id")));
    }

    #[test]
    fn it_is_a_subject_only_in_capitals() {
        let vocabularies = Vocabularies::shipped();
        assert_eq!(vocabularies.find(ControlledField::Subject, "it", "uk"), Found::Nothing);
        assert_ne!(vocabularies.find(ControlledField::Subject, "IT", "uk"), Found::Nothing);
        assert_eq!(vocabularies.find(ControlledField::Subject, "ml", "uk"), Found::Nothing);
        assert_eq!(vocabularies.find(ControlledField::Sector, "it", "uk"), Found::Nothing);
        assert_eq!(vocabularies.find(ControlledField::Level, "he", "uk"), Found::Nothing);
        assert_ne!(vocabularies.find(ControlledField::Level, "HE", "uk"), Found::Nothing);
    }

    #[test]
    fn a_word_no_list_knows_names_nothing() {
        for word in ["", "   ", "quidditch", "🦄", "&", "year 99", "ks7"] {
            assert_eq!(Vocabularies::shipped().find(ControlledField::Level, word, "uk"), Found::Nothing, "{word}");
        }
    }

    #[test]
    fn every_label_of_every_concept_finds_it_or_says_what_else_it_could_be() {
        let vocabularies = Vocabularies::shipped();
        for field in ControlledField::ALL {
            for concept in &vocabularies.of(field).concepts {
                let nation = concept.nation.as_deref().unwrap_or("uk");
                assert_ne!(vocabularies.find(field, &concept.label, nation), Found::Nothing, "{}", concept.id);
            }
        }
    }

    #[test]
    fn the_crosswalk_agrees_with_the_ages_of_the_levels() {
        let text = include_str!("../../vocabularies/level_crosswalk.toml");
        let table: toml::Table = toml::from_str(text).expect("the crosswalk is TOML");
        let levels = Vocabularies::shipped().of(ControlledField::Level);
        for row in table["row"].as_array().expect("rows") {
            let age = row["age_on_31_aug"].as_integer().expect("an age");
            for (_, id) in row.as_table().expect("a row") {
                let Some(ages) = id.as_str().and_then(|id| levels.get(id)).and_then(|level| level.ages) else {
                    continue;
                };
                assert!(i64::from(ages[0]) <= age + 1 && age < i64::from(ages[1]), "{id} at {age}: {ages:?}");
            }
        }
    }
}

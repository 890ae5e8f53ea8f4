//! Subject: which school subjects do words name?
//!
//! Labels of the vocabulary are found by the vocabulary itself; here are several in one, subjects with a level before or
//! behind them ("GCSE Chemistry", "Biology (KS4)"), and names that mean a subject only where a subject is asked for.

use schemas::{ConceptId, ControlledField};

use super::labels::{Named, in_any_number, in_table, list_of, with_levels};

const FIELD: ControlledField = ControlledField::Subject;

/// Names of subjects that elsewhere are words for many things.
const NAMES: [(&str, &str); 15] = [
    ("business", "business-economics"),
    ("career education", "pshe-careers"),
    ("careers", "pshe-careers"),
    ("design and tech", "design-technology"),
    ("engineering and technology", "engineering"),
    ("food", "food-technology"),
    ("health and medicine", "human-health"),
    ("maths and numeracy", "mathematics"),
    ("maths and statistics", "mathematics"),
    ("science technology engineering and mathematics", "stem-general"),
    ("science technology engineering and maths", "stem-general"),
    ("stem careers", "stem-general"),
    ("stem subjects", "stem-general"),
    ("technology and engineering", "engineering"),
    ("the environment", "environmental-science"),
];

/// Words behind a subject that change nothing.
const BEHIND: [&str; 6] = [" lessons", " resources", " education", " teaching", " activities", " curriculum"];

/// Finds the subjects that words name, and the levels they name besides.
///
/// `"Biology, Chemistry and Physics"` -> the three; `"GCSE Chemistry"` -> chemistry, with key stage 4; nothing when any
/// part is not understood. `nation` is whose words they are.
pub fn subjects_of(words: &str, nation: &str) -> Named {
    let plain = |words: &str| -> Vec<ConceptId> {
        let found = one(words, nation);
        if found.is_empty() { list_of(words, &|part: &str| one(part, nation)) } else { found }
    };
    let concepts = plain(words);
    if concepts.is_empty() { with_levels(words, nation, &plain) } else { Named { concepts, ..Named::default() } }
}

fn one(word: &str, nation: &str) -> Vec<ConceptId> {
    let found = in_any_number(FIELD, word, nation)
        .or_else(|| in_table(&NAMES, word))
        .or_else(|| area_of_nation(word, nation))
        .or_else(|| without_what_is_behind(word, nation));
    found.into_iter().collect()
}

/// Wales and Northern Ireland teach science and technology as one area; elsewhere the words are two subjects.
fn area_of_nation(word: &str, nation: &str) -> Option<ConceptId> {
    let id = match nation {
        "wales" => "cfw-science-technology",
        "northern-ireland" => "ni-science-technology",
        _ => return None,
    };
    in_table(&[("science and technology", id)], word)
}

fn without_what_is_behind(word: &str, nation: &str) -> Option<ConceptId> {
    let lower = word.to_lowercase();
    let subject = BEHIND.iter().find_map(|behind| lower.strip_suffix(*behind))?;
    in_any_number(FIELD, subject, nation)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::labels::testing::{check_table, joined};
    use super::super::level::LevelReading;
    use super::*;

    #[rstest]
    #[case::oak("design-and-technology", "uk", "design-technology", "")]
    #[case::oer_plural("physical sciences", "uk", "physics", "")]
    #[case::ncce_option("Earth Science", "uk", "earth-science", "")]
    #[case::ncce_careers("Careers", "uk", "pshe-careers", "")]
    #[case::nustem_primary("Science (Primary)", "uk", "science", "phase-primary")]
    #[case::list("Biology, Chemistry and Physics", "uk", "biology chemistry physics", "")]
    #[case::slash("Science / Maths", "uk", "science mathematics", "")]
    #[case::label_with_and("Design and Technology and Maths", "uk", "design-technology mathematics", "")]
    #[case::spelled_out("Science, Technology, Engineering and Maths", "uk", "stem-general", "")]
    #[case::gcse("GCSE Chemistry", "uk", "chemistry", "ks4")]
    #[case::a_level("A level Physics", "uk", "physics", "ks5")]
    #[case::a_level_with_hyphen("A-level Statistics", "uk", "statistics", "ks5")]
    #[case::year("Year 9 Science", "uk", "science", "eng-year-9")]
    #[case::year_of_northern_ireland("Year 9 Science", "northern-ireland", "science", "ni-year-9")]
    #[case::stage_in_brackets("Biology (KS4)", "uk", "biology", "ks4")]
    #[case::stage_behind("Maths for KS2", "uk", "mathematics", "ks2")]
    #[case::stage_after_a_dash("Computing - Key Stages 3 and 4", "uk", "computing", "ks3 ks4")]
    #[case::scottish("Higher Chemistry", "scotland", "chemistry", "sco-s5 sco-s6")]
    #[case::list_with_a_level("GCSE Biology and Chemistry", "uk", "biology chemistry", "ks4")]
    #[case::education("Computing education", "uk", "computing", "")]
    #[case::area_of_wales("Science and Technology", "wales", "cfw-science-technology", "")]
    #[case::oer_half_understood("Forestry and Agriculture", "uk", "", "")]
    #[case::oer_unknown("Reading Foundation Skills", "uk", "", "")]
    #[case::level_only("KS3", "uk", "", "")]
    #[case::remark_in_brackets("Mathematics (non-calculator)", "uk", "", "")]
    #[case::no_such_level("Year 99 Science", "uk", "", "")]
    #[case::nothing("", "uk", "", "")]
    fn words_name_subjects(
        #[case] words: &str,
        #[case] nation: &str,
        #[case] subjects: &str,
        #[case] expected_levels: &str,
    ) {
        let named = subjects_of(words, nation);
        let levels: Vec<ConceptId> = named.levels.readings.iter().filter_map(concept_of).collect();
        assert_eq!((joined(&named.concepts).as_str(), joined(&levels).as_str()), (subjects, expected_levels));
    }

    fn concept_of(reading: &LevelReading) -> Option<ConceptId> {
        match reading {
            LevelReading::Concept(id) => Some(id.clone()),
            LevelReading::Ages(_) | LevelReading::Grades(_) => None,
        }
    }

    #[test]
    fn every_name_means_a_subject() {
        check_table(FIELD, &NAMES);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            let _ = subjects_of(&text, "uk");
        }
    }
}

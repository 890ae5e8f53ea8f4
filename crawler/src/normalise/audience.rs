//! Audience: for whom is something, by the words of its source?
//!
//! Labels of the vocabulary are found by the vocabulary itself; here are the plural, several in one, and people with
//! their level ("KS3 teachers", "students aged 11-14"). A level alone, "Year 9", says for which level and not for whom.

use schemas::{ConceptId, ControlledField};

use super::labels::{MAX_BYTES, Named, in_any_number, in_table, list_of, with_levels};
use super::level::read_levels;

const FIELD: ControlledField = ControlledField::Audience;

/// Other names of audiences.
const NAMES: [(&str, &str); 15] = [
    ("career adviser", "careers-adviser"),
    ("career advisers", "careers-adviser"),
    ("career advisor", "careers-adviser"),
    ("career advisors", "careers-adviser"),
    ("career leader", "careers-leader"),
    ("career leaders", "careers-leader"),
    ("early career teachers", "trainee-teacher"),
    ("head teacher", "senior-leader"),
    ("head teachers", "senior-leader"),
    ("schoolchildren", "student"),
    ("student teachers", "trainee-teacher"),
    ("teaching staff", "teacher"),
    ("teens", "student"),
    ("trainee teachers", "trainee-teacher"),
    ("youth", "student"),
];

/// Words before people that change nothing, each with its space.
const BEFORE: [&str; 10] = [
    "for ",
    "aimed at ",
    "suitable for ",
    "designed for ",
    "intended for ",
    "all ",
    "the ",
    "school ",
    "our ",
    "your ",
];

/// Finds for whom words say that something is, and the levels they name besides.
///
/// `"For teachers"` -> teacher; `"students aged 11-14"` -> student, with 11..14; `"Year 9"` -> nobody, with year 9;
/// nothing when any part is not understood.
pub fn audiences_of(words: &str, nation: &str) -> Named {
    if words.len() > MAX_BYTES {
        return Named::default();
    }
    let plain = |words: &str| -> Vec<ConceptId> {
        let found = one(words, nation);
        if found.is_empty() { list_of(words, &|part: &str| one(part, nation)) } else { found }
    };
    let concepts = plain(words);
    if !concepts.is_empty() {
        return Named { concepts, ..Named::default() };
    }
    let named = with_levels(words, nation, &plain);
    if !named.concepts.is_empty() {
        return named;
    }
    let levels = read_levels(words, nation);
    if levels.readings.is_empty() { Named::default() } else { Named { concepts: Vec::new(), levels } }
}

fn one(word: &str, nation: &str) -> Vec<ConceptId> {
    let lower = word.trim().to_lowercase();
    let mut rest = lower.as_str();
    let find = |word: &str| in_any_number(FIELD, word, nation).or_else(|| in_table(&NAMES, word));
    loop {
        if let Some(found) = find(rest) {
            return vec![found];
        }
        let Some(shorter) = BEFORE.iter().find_map(|before| rest.strip_prefix(*before)) else {
            return Vec::new();
        };
        rest = shorter;
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::labels::testing::{check_table, joined};
    use super::super::level::LevelReading;
    use super::*;

    #[rstest]
    #[case::teachers("Teachers", "teacher", "")]
    #[case::for_teachers("For teachers", "teacher", "")]
    #[case::oer_user("Teacher", "teacher", "")]
    #[case::oer_parent("Parent", "parent", "")]
    #[case::lrmi_role("student", "student", "")]
    #[case::careers_leaders("Careers leaders", "careers-leader", "")]
    #[case::advisors("Career Advisors", "careers-adviser", "")]
    #[case::children("Suitable for all children", "student", "")]
    #[case::two("Parents/carers", "parent", "")]
    #[case::three("Teachers, parents and students", "teacher parent student", "")]
    #[case::stage("KS3 teachers", "teacher", "ks3")]
    #[case::ages("students aged 11-14", "student", "11-14")]
    #[case::years("Pupils in Years 7 to 9", "student", "eng-year-7 eng-year-8 eng-year-9")]
    #[case::primary_teachers("Primary school teachers", "primary-teacher", "")]
    #[case::secondary_teachers("Secondary school teachers", "teacher", "phase-secondary")]
    #[case::sixth_formers("Sixth formers", "student", "")]
    #[case::level_alone("Year 9", "", "eng-year-9")]
    #[case::ages_alone("11-14 year olds", "", "11-14")]
    #[case::tess_role("mbr", "", "")]
    #[case::half_understood("Teachers and wizards", "", "")]
    #[case::filler("for all", "", "")]
    #[case::nothing("", "", "")]
    fn words_say_for_whom(#[case] words: &str, #[case] audiences: &str, #[case] expected_levels: &str) {
        let named = audiences_of(words, "uk");
        let levels: Vec<String> = named.levels.readings.iter().map(told).collect();
        assert_eq!((joined(&named.concepts), levels.join(" ")), (audiences.to_owned(), expected_levels.to_owned()));
    }

    fn told(reading: &LevelReading) -> String {
        match reading {
            LevelReading::Concept(id) => id.to_string(),
            LevelReading::Ages(ages) | LevelReading::Grades(ages) => ages.to_string(),
        }
    }

    #[test]
    fn every_name_means_an_audience() {
        check_table(FIELD, &NAMES);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            let _ = audiences_of(&text, "uk");
        }
    }
}

//! Route: which ways into work do words name?
//!
//! Labels of the vocabulary are found by the vocabulary itself; here are the plural, several in one, apprenticeships by
//! their level, T Levels by their subject, and names that mean one thing in Scotland and another in England.

use schemas::{ConceptId, ControlledField, normalise_label};

use super::labels::{bracketed, in_any_number, in_table, labelled, list_of};

const FIELD: ControlledField = ControlledField::Route;

/// Other names of routes.
const NAMES: [(&str, &str); 16] = [
    ("apprenticeship", "route-apprenticeship"),
    ("apprenticeships", "route-apprenticeship"),
    ("bachelors", "degree"),
    ("degrees", "degree"),
    ("first degree", "degree"),
    ("graduate apprenticeship", "graduate-apprenticeship"),
    ("graduate apprenticeships", "graduate-apprenticeship"),
    ("modern apprenticeship", "modern-apprenticeship"),
    ("modern apprenticeships", "modern-apprenticeship"),
    ("postgraduate degree", "masters"),
    ("undergraduate", "degree"),
    ("university", "degree"),
    ("university degree", "degree"),
    ("university degrees", "degree"),
    ("vocational", "route-technical"),
    ("vocational qualifications", "route-technical"),
];

/// The levels at which apprenticeships are offered. Source: Department for Education, "Become an apprentice".
const APPRENTICESHIPS: [(u32, &str); 6] = [
    (2, "apprenticeship-2"),
    (3, "apprenticeship-3"),
    (4, "apprenticeship-4-5"),
    (5, "apprenticeship-4-5"),
    (6, "apprenticeship-degree"),
    (7, "apprenticeship-degree"),
];

/// Words of an apprenticeship that say its level once more, or nothing.
const OF_APPRENTICESHIPS: [&str; 14] = [
    "apprenticeship",
    "apprenticeships",
    "apprentice",
    "level",
    "levels",
    "and",
    "or",
    "intermediate",
    "advanced",
    "higher",
    "degree",
    "standard",
    "standards",
    "training",
];

/// A foundation apprenticeship of Scotland is for pupils, one of England is a job.
const OF_SCOTLAND: [(&str, &str); 2] = [
    ("foundation apprenticeship", "foundation-apprenticeship-scotland"),
    ("foundation apprenticeships", "foundation-apprenticeship-scotland"),
];

/// The route that a word names in this nation alone, whatever the vocabulary's own order says.
pub fn route_of_nation(word: &str, nation: &str) -> Option<ConceptId> {
    if nation == "scotland" { in_table(&OF_SCOTLAND, word) } else { None }
}

/// Finds the routes that words name; nothing when any part of them is not understood.
///
/// `"Level 3 apprenticeships"` -> apprenticeship-3; `"T-Levels in Health"` -> t-level-health; `"university degree"` ->
/// degree.
pub fn routes_of(words: &str, nation: &str) -> Vec<ConceptId> {
    let found = one(words, nation);
    if found.is_empty() { list_of(words, &|part: &str| one(part, nation)) } else { found }
}

fn one(word: &str, nation: &str) -> Vec<ConceptId> {
    let name = route_of_nation(word, nation)
        .or_else(|| in_any_number(FIELD, word, nation))
        .or_else(|| in_table(&NAMES, word))
        .or_else(|| t_level(word, nation))
        .or_else(|| without_honours(word, nation));
    name.map_or_else(|| apprenticeships(word), |found| vec![found])
}

/// `"T Level in Health"`, `"T-Levels: Science"`.
fn t_level(word: &str, nation: &str) -> Option<ConceptId> {
    let label = normalise_label(word);
    let subject = ["t levels in ", "t level in ", "t levels ", "t level "]
        .into_iter()
        .find_map(|begin| label.strip_prefix(begin))?;
    labelled(FIELD, &format!("T Level: {subject}"), nation)
}

/// `"BSc (Hons)"`.
fn without_honours(word: &str, nation: &str) -> Option<ConceptId> {
    let (before, _) =
        bracketed(word).filter(|(_, inside)| matches!(normalise_label(inside).as_str(), "hons" | "honours"))?;
    in_any_number(FIELD, before, nation)
}

/// `"Apprenticeship (level 3)"`, `"Level 4 and 5 apprenticeships"`, `"Level 6 degree apprenticeship"`. Of a span of levels
/// both ends and what lies between.
fn apprenticeships(word: &str) -> Vec<ConceptId> {
    let label = normalise_label(word);
    let words: Vec<&str> = label.split(' ').filter(|word| *word != "to").collect();
    let numbers: Vec<u32> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let is_known = |word: &&str| OF_APPRENTICESHIPS.contains(word) || word.parse::<u32>().is_ok();
    let is_one = words.iter().any(|word| word.starts_with("apprentice")) && words.iter().all(is_known);
    let is_span = numbers.len() == 2 && (word.contains('-') || word.contains('–') || label.contains(" to "));
    let is_asked = |level: u32| match numbers.as_slice() {
        [from, to] if is_span => (*from..=*to).contains(&level),
        listed => listed.contains(&level),
    };
    let has_level = |number: &u32| APPRENTICESHIPS.iter().any(|(level, _)| level == number);
    if !is_one || !numbers.iter().all(has_level) {
        return Vec::new();
    }
    let mut found: Vec<ConceptId> = Vec::new();
    for (_, id) in APPRENTICESHIPS.into_iter().filter(|(level, _)| is_asked(*level)) {
        found.extend(ConceptId::parse(id).ok().filter(|id| !found.contains(id)));
    }
    found
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::labels::testing::{check_table, joined};
    use super::*;

    #[rstest]
    #[case::level("Level 3 apprenticeship", "uk", "apprenticeship-3")]
    #[case::plural("Level 3 apprenticeships", "uk", "apprenticeship-3")]
    #[case::brackets("Apprenticeship (level 3)", "uk", "apprenticeship-3")]
    #[case::ifate_levels("Level 4 and 5 apprenticeships", "uk", "apprenticeship-4-5")]
    #[case::span("Apprenticeships, levels 2-4", "uk", "apprenticeship-2 apprenticeship-3 apprenticeship-4-5")]
    #[case::span_in_words("Level 2 to 3 apprenticeship", "uk", "apprenticeship-2 apprenticeship-3")]
    #[case::degree_apprenticeship("Level 6 degree apprenticeship", "uk", "apprenticeship-degree")]
    #[case::degree_apprenticeships("Degree apprenticeships", "uk", "apprenticeship-degree")]
    #[case::any("Apprenticeships", "uk", "route-apprenticeship")]
    #[case::modern("Modern Apprenticeships", "scotland", "modern-apprenticeship")]
    #[case::foundation_of_scotland("Foundation Apprenticeship", "scotland", "foundation-apprenticeship-scotland")]
    #[case::foundation_of_england("Foundation apprenticeships", "england", "apprenticeship-foundation")]
    #[case::t_levels("T-Levels", "uk", "t-level")]
    #[case::t_levels_in("T-Levels in Health", "uk", "t-level-health")]
    #[case::t_level_with_colon("T Level: Science", "uk", "t-level-science")]
    #[case::university("university degree", "uk", "degree")]
    #[case::honours("BSc (Hons)", "uk", "degree")]
    #[case::two_degrees("MSc/PhD", "uk", "masters doctorate")]
    #[case::list("A levels, T Levels and apprenticeships", "uk", "a-level t-level route-apprenticeship")]
    #[case::plural_of_letters("HNDs", "uk", "hnd")]
    #[case::no_such_level("Level 9 apprenticeship", "uk", "")]
    #[case::level_alone("Level 3", "uk", "")]
    #[case::t_level_of_nothing("T Level in Quidditch", "uk", "")]
    #[case::half_understood("A levels and luck", "uk", "")]
    #[case::nothing("", "uk", "")]
    fn words_name_routes(#[case] words: &str, #[case] nation: &str, #[case] expected: &str) {
        assert_eq!(joined(&routes_of(words, nation)), expected);
    }

    #[test]
    fn every_name_means_a_route() {
        check_table(FIELD, &NAMES);
        check_table(FIELD, &OF_SCOTLAND);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            let _ = routes_of(&text, "scotland");
        }
    }
}

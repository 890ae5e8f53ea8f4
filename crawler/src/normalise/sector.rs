//! Sector: which part of the economy do words name?
//!
//! Labels of the vocabulary are found by the vocabulary itself; here are several in one, where a label may hold the comma
//! that also stands between labels, and names such as "the nuclear industry".

use schemas::{ConceptId, ControlledField};

use super::labels::{in_any_number, in_table, list_of};

const FIELD: ControlledField = ControlledField::Sector;

/// Names of sectors that elsewhere are words for many things.
const NAMES: [(&str, &str); 14] = [
    ("creative", "ncs-creative-and-media"),
    ("engineering", "ncs-engineering-and-maintenance"),
    ("finance", "finance-data"),
    ("hospitality", "ncs-hospitality-and-food"),
    ("ict", "digital-tech"),
    ("it and digital", "digital-tech"),
    ("law", "ncs-law-and-legal"),
    ("leisure", "ncs-sports-and-leisure"),
    ("media", "ncs-creative-and-media"),
    ("police", "ncs-emergency-and-uniform-services"),
    ("retail", "ncs-retail-and-sales"),
    ("science", "ncs-science-and-research"),
    ("technology", "digital-tech"),
    ("tourism", "ncs-travel-and-tourism"),
];

/// Words before a sector that change nothing, each with its space.
const BEFORE: [&str; 4] = ["the ", "careers in ", "jobs in ", "working in "];

/// Words behind a sector that change nothing, each with its space.
const BEHIND: [&str; 6] = [" sector", " sectors", " industry", " industries", " jobs", " careers"];

/// Finds the sectors that words name; nothing when any part of them is not understood.
///
/// `"Computing, technology and digital, Healthcare"` -> the two categories; `"the nuclear industry"` -> nuclear.
pub fn sectors_of(words: &str, nation: &str) -> Vec<ConceptId> {
    let found = one(words, nation);
    if found.is_empty() { list_of(words, &|part: &str| one(part, nation)) } else { found }
}

fn one(word: &str, nation: &str) -> Vec<ConceptId> {
    let lower = word.trim().to_lowercase();
    let before = BEFORE.iter().find_map(|before| lower.strip_prefix(*before)).unwrap_or(&lower);
    let name = BEHIND.iter().find_map(|behind| before.strip_suffix(*behind)).unwrap_or(before);
    let found = in_any_number(FIELD, word, nation)
        .or_else(|| in_any_number(FIELD, name, nation))
        .or_else(|| in_table(&NAMES, name));
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::labels::testing::{check_table, joined};
    use super::*;

    #[rstest]
    #[case::ncs_category("Computing, technology and digital", "ncs-computing-technology-and-digital")]
    #[case::ncs_two_categories(
        "Computing, technology and digital,Managerial",
        "ncs-computing-technology-and-digital ncs-managerial"
    )]
    #[case::ncs_three_categories(
        "Engineering and maintenance,Manufacturing,Science and research",
        "ncs-engineering-and-maintenance manufacturing ncs-science-and-research"
    )]
    #[case::skills_england_route("Engineering & Manufacturing", "route-engineering-and-manufacturing")]
    #[case::skills_england_routes(
        "Legal, finance and accounting; Sales, marketing and procurement",
        "route-legal-finance-and-accounting route-sales-marketing-and-procurement"
    )]
    #[case::industry("the nuclear industry", "nuclear")]
    #[case::sector("Energy sector", "energy-utilities")]
    #[case::careers_in("Careers in nursing", "healthcare-nhs")]
    #[case::engineering("Engineering", "ncs-engineering-and-maintenance")]
    #[case::health_and_care("Health and social care", "healthcare-nhs ncs-social-care")]
    #[case::eventbrite_category("Charity & Causes", "")]
    #[case::half_understood("Manufacturing and dragons", "")]
    #[case::nothing("", "")]
    fn words_name_sectors(#[case] words: &str, #[case] expected: &str) {
        assert_eq!(joined(&sectors_of(words, "uk")), expected);
    }

    #[test]
    fn every_name_means_a_sector() {
        check_table(FIELD, &NAMES);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            let _ = sectors_of(&text, "uk");
        }
    }
}

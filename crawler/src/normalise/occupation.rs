//! Occupation: which jobs do words name?
//!
//! Labels of the vocabulary are found by the vocabulary itself; here are the plural, several in one, brackets, names that
//! are turned round ("Engineer, civil"), and codes of SOC 2020.

use schemas::{ConceptId, ControlledField, Vocabularies};

use super::labels::{bracketed, in_any_number, list_of};

const FIELD: ControlledField = ControlledField::Occupation;

/// A unit group has four digits. Source: ONS, SOC 2020 volume 1.
const CODE_DIGITS: usize = 4;

/// Words before a job that change nothing, each with its space.
const BEFORE: [&str; 6] = ["a ", "an ", "the ", "become a ", "become an ", "being a "];

/// Finds the jobs that words name; nothing when any part of them is not understood.
///
/// `"Nurses"` -> nurse; `"Engineer, civil"` and `"Engineer (civil)"` -> civil-engineer; `"SOC 2231"` -> its unit group. A
/// code of SOC 2010 names other jobs, and is not read.
pub fn occupations_of(words: &str, nation: &str) -> Vec<ConceptId> {
    if let Some(found) = unit_group(words).or_else(|| turned_round(words, nation)) {
        return vec![found];
    }
    let found = one(words, nation);
    if found.is_empty() { list_of(words, &|part: &str| one(part, nation)) } else { found }
}

fn one(word: &str, nation: &str) -> Vec<ConceptId> {
    let lower = word.trim().to_lowercase();
    let name = BEFORE.iter().find_map(|before| lower.strip_prefix(*before));
    let found = in_any_number(FIELD, word, nation)
        .or_else(|| in_any_number(FIELD, name?, nation))
        .or_else(|| in_brackets(word, nation));
    found.into_iter().collect()
}

/// `"Nurse (mental health)"` -> mental-health-nurse; where no such job is known, the job before the bracket.
fn in_brackets(word: &str, nation: &str) -> Option<ConceptId> {
    let (job, kind) = bracketed(word)?;
    in_any_number(FIELD, &format!("{kind} {job}"), nation).or_else(|| in_any_number(FIELD, job, nation))
}

/// `"Engineer, civil"`: as an index prints it.
fn turned_round(words: &str, nation: &str) -> Option<ConceptId> {
    let (job, kind) = words.split_once(',')?;
    let (job, kind) = (job.trim(), kind.trim());
    let is_one_name = !job.is_empty() && !kind.is_empty() && !kind.contains(',');
    if is_one_name { in_any_number(FIELD, &format!("{kind} {job}"), nation) } else { None }
}

/// `"2231"`, `"SOC 2231"`, `"SOC 2020: 2231"`, `"2231 Nurses"`.
fn unit_group(words: &str) -> Option<ConceptId> {
    let lower = words.trim().to_lowercase();
    let (is_soc, rest) = match lower.strip_prefix("soc") {
        Some(rest) => (true, rest),
        None => (false, lower.as_str()),
    };
    let mut words = rest.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut code = words.next()?;
    if is_soc && code == "2020" {
        // Twenty-twenty is the edition, unless it stands alone; no unit group has this code.
        code = words.next()?;
    }
    let is_code = |word: &str| word.len() == CODE_DIGITS && word.bytes().all(|byte| byte.is_ascii_digit());
    // More numbers are another edition, or more groups.
    if !is_code(code) || words.any(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    let groups = &Vocabularies::shipped().of(FIELD).concepts;
    let group = groups.iter().find(|one| one.notation.as_deref() == Some(code) && one.id.starts_with("soc2020-"))?;
    ConceptId::parse(&group.id).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::labels::testing::joined;
    use super::*;

    #[rstest]
    #[case::plural("Nurses", "nurse")]
    #[case::plural_of_a_pair("Chemical engineers", "chemical-engineer")]
    #[case::ncs_brackets("Production manager (manufacturing)", "production-manager-manufacturing")]
    #[case::brackets_as_another_name("Nurse (adult)", "nurse")]
    #[case::brackets_as_a_job("Nurse (mental health)", "mental-health-nurse")]
    #[case::brackets_not_known("Nurse (space station)", "nurse")]
    #[case::turned_round("Engineer, civil", "civil-engineer")]
    #[case::list("Paramedic, zoologist and economist", "paramedic zoologist economist")]
    #[case::article("Become a physiotherapist", "physiotherapist")]
    #[case::code("2113", "soc2020-2113")]
    #[case::soc("SOC 2113", "soc2020-2113")]
    #[case::soc_2020("SOC 2020: 2113", "soc2020-2113")]
    #[case::soc2020("SOC2020 2113", "soc2020-2113")]
    #[case::code_and_title("2113 Biochemists and biomedical scientists", "soc2020-2113")]
    #[case::soc_2010("SOC 2010: 2113", "")]
    #[case::soc2010("SOC2010 2113", "")]
    #[case::no_group_of_ours("SOC 9999", "")]
    #[case::edition_alone("SOC 2020", "")]
    #[case::half_understood("Paramedic and dragon rider", "")]
    #[case::nothing("", "")]
    fn words_name_jobs(#[case] words: &str, #[case] expected: &str) {
        assert_eq!(joined(&occupations_of(words, "uk")), expected);
    }

    #[test]
    fn no_text_is_too_much() {
        for text in super::super::hostile_texts() {
            let _ = occupations_of(&text, "uk");
        }
    }
}

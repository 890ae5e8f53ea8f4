//! Occupation: which job is it about, where no source says?
//!
//! A title that is the name of a job is about it. Inside a longer title the name must stand free: a "dance movement
//! psychotherapist" is no psychotherapist of ours, and what comes before a name changes it. In a description only a
//! name of several words counts, where the text says what the job is or who does it.

use schemas::{Claim, ConceptId, ControlledField};

use super::lexicon::{Mention, Scope};
use super::words::{Gap, Part, Passage};
use super::{Candidate, Reading, audience, choose};

/// Where jobs are named in passing the confidence is below this.
pub(super) const THRESHOLD: f32 = 0.55;

/// So many jobs are named at most.
const MOST: usize = 3;

/// A title that is the label. What is left to doubt is that labels have other meanings.
const WHOLE_TITLE: f32 = 0.95;

/// A title that is an everyday word as well: "Carpenter", "Keeper".
const WHOLE_TITLE_EVERYDAY: f32 = 0.75;

/// A label of several words that stands free in a longer title: "Meet a civil engineer".
const FREE_NAME: f32 = 0.85;

/// A label of one word that stands free: "A day in the life of a chemist".
const FREE_WORD: f32 = 0.75;

/// A label of several words behind another word: "Junior software developer". Of the 13 such titles of the National
/// Careers Service whose label is a job and no unit group, 9 name a kind of that job.
const MODIFIED: f32 = 0.6;

/// A keyword that is the label.
const KEYWORD: f32 = 0.7;

/// Where a description begins with the job: "Civil engineers design …". Those of the National Careers Service are
/// nearly always right, but its wording is what the words here were made after.
const DEFINED: f32 = 0.85;

/// Where a description says who does it: "works as a civil engineer".
const WORKS_AS: f32 = 0.6;

/// "For" makes readers of a job over so many words: "for our new civil engineers".
const READERS_REACH: usize = 3;

/// Words before a name that leave it as it is.
const BEFORE: [&str; 25] = [
    "a", "an", "the", "and", "or", "of", "with", "as", "by", "to", "from", "meet", "become", "becoming", "be", "being",
    "our", "your", "ask", "are", "is", "what", "why", "do", "like",
];

/// Words behind a name that leave it as it is.
const AFTER: [&str; 26] = [
    "and",
    "or",
    "at",
    "in",
    "for",
    "with",
    "on",
    "to",
    "who",
    "is",
    "are",
    "do",
    "career",
    "job",
    "profile",
    "role",
    "work",
    "case",
    "apprenticeship",
    "apprentice",
    "from",
    "of",
    "talk",
    "vacancy",
    "working",
    "day",
];

pub(super) fn infer(reading: &Reading<'_>) -> Vec<Claim<ConceptId>> {
    let mut candidates = Vec::new();
    for (passage, mention) in reading.naming(ControlledField::Occupation) {
        if are_readers(reading, passage, mention) {
            continue;
        }
        let confidence = match passage.part {
            Part::Title => in_title(passage, mention),
            Part::Keyword => (mention.is_all_of(passage) && mention.scope == Scope::Anywhere).then_some(KEYWORD),
            Part::Description => in_description(passage, mention),
            Part::Topic | Part::Folder => None,
        };
        candidates.extend(confidence.map(|confidence| (passage.part, Candidate::of(passage, mention, confidence))));
    }
    // A job in the title is what the thing is about; those in the description are its colleagues.
    let has_title = candidates.iter().any(|(part, _)| *part == Part::Title);
    let read = candidates.into_iter().filter(|(part, _)| !has_title || *part == Part::Title);
    choose(read.map(|(_, candidate)| candidate).collect(), THRESHOLD, MOST)
}

/// "Webinar for maths teachers": it is for them, and not about their job.
fn are_readers(reading: &Reading<'_>, passage: &Passage<'_>, mention: &Mention) -> bool {
    let is_for = passage.part == Part::Title && passage.before(mention.first, READERS_REACH).any(|key| key == "for");
    is_for
        || reading.naming(ControlledField::Audience).any(|(other, audience)| {
            std::ptr::eq(other, passage)
                && audience.first < mention.end()
                && mention.first < audience.end()
                && audience::is_addressed(passage, audience)
        })
}

fn in_title(passage: &Passage<'_>, mention: &Mention) -> Option<f32> {
    let is_plain = mention.scope == Scope::Anywhere;
    if mention.is_all_of(passage) {
        return Some(if is_plain { WHOLE_TITLE } else { WHOLE_TITLE_EVERYDAY });
    }
    if !is_plain || passage.is_denied(mention.first) || !is_free_behind(passage, mention) {
        return None;
    }
    let is_free = passage.gap(mention.first) != Gap::Joined || BEFORE.contains(&passage.key(mention.first - 1));
    match (is_free, mention.count) {
        (true, 1) => Some(FREE_WORD),
        (true, _) => Some(FREE_NAME),
        (false, 1) => None,
        (false, _) => (!is_unit_group(mention)).then_some(MODIFIED),
    }
}

fn is_free_behind(passage: &Passage<'_>, mention: &Mention) -> bool {
    passage.gap(mention.end()) != Gap::Joined || AFTER.contains(&passage.key(mention.end()))
}

fn in_description(passage: &Passage<'_>, mention: &Mention) -> Option<f32> {
    if mention.count < 2 || mention.scope != Scope::Anywhere || is_unit_group(mention) {
        return None;
    }
    let begins = match mention.first {
        0 => true,
        1 => ["a", "an", "the", "our"].contains(&passage.key(0)),
        _ => false,
    };
    if begins {
        return Some(DEFINED);
    }
    let before: Vec<&str> = passage.before(mention.first, 2).collect();
    let works_as = matches!(before.as_slice(), ["a" | "an", "as" | "become" | "becoming" | "being" | "am"]);
    (works_as && !passage.is_denied(mention.first)).then_some(WORKS_AS)
}

/// The groups of the Standard Occupational Classification have labels that name a dozen jobs at once.
fn is_unit_group(mention: &Mention) -> bool {
    mention.concept.as_str().starts_with("soc2020-")
}

#[cfg(test)]
mod tests {
    use crate::infer::tests::read;
    use rstest::rstest;
    use schemas::ControlledField;

    #[rstest]
    #[case::title_is_it("Biochemist", "", "biochemist 0.95")]
    #[case::plural("Biochemists", "", "biochemist 0.95")]
    #[case::free_in_title("Meet a civil engineer", "", "civil-engineer 0.85")]
    #[case::free_word("A day in the life of a biochemist", "", "biochemist 0.75")]
    #[case::name_behind_comma("Anna, biochemist", "", "biochemist 0.75")]
    #[case::modified("Trainee civil engineer", "", "civil-engineer 0.6")]
    #[case::ncs_another_job("Dance movement psychotherapist", "", "")]
    #[case::ncs_lock_keeper("Lock keeper", "", "")]
    #[case::part_of_another_name("Civil engineer toy set", "", "")]
    #[case::defined("What next?", "Civil engineers design bridges.", "civil-engineer 0.85")]
    #[case::works_as("Sarah's story", "She works as a civil engineer in Leeds.", "civil-engineer 0.6")]
    #[case::in_passing("Bridges", "You will hear how bridges stand and what civil engineers know.", "")]
    #[case::everyday("Carpenter", "", "carpenter 0.75")]
    #[case::readers("Webinar for maths teachers", "", "")]
    #[case::new_readers("Webinar for new secondary school teachers", "", "")]
    #[case::readers_who_are_no_teachers("Webinar for civil engineers", "", "")]
    #[case::denied("You need not be a civil engineer", "", "")]
    #[case::title_goes_first("Biochemist", "Civil engineers build labs.", "biochemist 0.95")]
    #[case::nothing("Photosynthesis", "Leaves make sugar.", "")]
    fn jobs_are_read_where_the_text_is_about_them(
        #[case] title: &str,
        #[case] description: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(read(ControlledField::Occupation, title, description), expected);
    }
}

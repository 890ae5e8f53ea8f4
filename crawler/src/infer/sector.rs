//! Sector: which part of the economy is it about, where no source says?
//!
//! A job belongs to sectors. Else the words for a sector are read where a text is about work: a lesson on energy is not
//! about the energy industry.

use schemas::{Claim, ConceptId, ControlledField, Vocabularies};

use super::lexicon::{Mention, Scope};
use super::setting::{Purpose, Setting};
use super::words::{Gap, Part, Passage};
use super::{Candidate, Reading, choose};

/// Below the second sector of a job whose name is all of a title.
pub(super) const THRESHOLD: f32 = 0.6;

/// What is about more sectors is about work at large.
const MOST: usize = 2;

/// How often the first and the second sector of a job is one that the National Careers Service files it under: 224 of
/// 238, and 48 of 63, of its profiles whose title is a job of ours.
const OF_JOB: [f32; 2] = [0.94, 0.76];

/// A sector in the title of a job: 129 of 145 such titles of the National Careers Service are filed under it.
const JOB_TITLE: f32 = 0.85;

/// "Careers in aerospace", "the nuclear industry", in a title or a keyword.
const OF_INDUSTRY: f32 = 0.8;

/// The same in a description.
const OF_INDUSTRY_DESCRIBED: f32 = 0.65;

/// An unmistakable word for a sector in the title or keyword of something about work.
const NAMED: f32 = 0.7;

/// Words behind a sector's that make it plain.
const BEHIND: [&str; 12] = [
    "industry",
    "sector",
    "career",
    "job",
    "apprenticeship",
    "company",
    "employer",
    "profession",
    "workforce",
    "role",
    "apprentice",
    "business",
];

/// A keyword may have so many words beside the sector's: "aerospace industry". With more it is a name.
const WORDS_BESIDE: usize = 1;

/// Words before a sector's that make it plain, if one of them stands before "in", "within" or "into".
const BEFORE: [&str; 10] =
    ["career", "job", "work", "working", "role", "apprenticeship", "placement", "employer", "opportunity", "people"];

pub(super) fn infer(
    reading: &Reading<'_>,
    setting: Setting,
    occupations: &[Claim<ConceptId>],
) -> Vec<Claim<ConceptId>> {
    let mut candidates: Vec<Candidate> = occupations.iter().flat_map(of_occupation).collect();
    for (passage, mention) in reading.naming(ControlledField::Sector) {
        if passage.is_denied(mention.first) {
            continue;
        }
        let confidence = confidence_of(passage, mention, setting);
        candidates.extend(confidence.map(|confidence| Candidate::of(passage, mention, confidence)));
    }
    choose(candidates, THRESHOLD, MOST)
}

/// The sectors that a job belongs to; they rest on what the job rests on.
fn of_occupation(occupation: &Claim<ConceptId>) -> Vec<Candidate> {
    let list = Vocabularies::shipped().of(ControlledField::Occupation);
    let Some(job) = list.get(occupation.value.as_str()) else {
        return Vec::new();
    };
    let sectors = job.related.get(ControlledField::Sector.name()).into_iter().flatten();
    let evidence = occupation.evidence.as_ref().unwrap_or(&job.label);
    let sure = sectors.zip(OF_JOB).filter_map(|(id, share)| {
        let concept = ConceptId::parse(id).ok()?;
        let confidence = occupation.confidence.value() * share;
        Some(Candidate { concept, confidence, evidence: evidence.clone() })
    });
    sure.collect()
}

fn confidence_of(passage: &Passage<'_>, mention: &Mention, setting: Setting) -> Option<f32> {
    if !setting.is_of_careers {
        return None;
    }
    let is_industry = is_of_industry(passage, mention);
    let is_plain = mention.scope == Scope::Anywhere;
    let is_short = passage.words.len() <= mention.count + WORDS_BESIDE;
    match passage.part {
        Part::Title if setting.purpose == Purpose::Job => Some(JOB_TITLE),
        Part::Title if is_industry => Some(OF_INDUSTRY),
        Part::Title if is_plain => Some(NAMED),
        Part::Keyword if is_industry && is_short => Some(OF_INDUSTRY),
        Part::Keyword if is_plain => mention.is_all_of(passage).then_some(NAMED),
        Part::Description if is_industry => Some(OF_INDUSTRY_DESCRIBED),
        Part::Title | Part::Keyword | Part::Description | Part::Topic | Part::Folder => None,
    }
}

fn is_of_industry(passage: &Passage<'_>, mention: &Mention) -> bool {
    let is_behind = passage.gap(mention.end()) == Gap::Joined && BEHIND.contains(&passage.key(mention.end()));
    let before: Vec<&str> = passage.before(mention.first, 3).collect();
    // "Careers in space", "jobs in the nuclear …".
    let is_before = match before.as_slice() {
        ["in" | "within" | "into", work, ..] | ["the", "in" | "within" | "into", work] => BEFORE.contains(work),
        _ => false,
    };
    is_behind || is_before
}

#[cfg(test)]
mod tests {
    use crate::infer::tests::{read, read_keyword, read_with};
    use rstest::rstest;
    use schemas::ControlledField;

    #[rstest]
    #[case::careers_in("Careers in aerospace", "", "aerospace-aviation 0.8")]
    #[case::vague_beside_industry("The nuclear industry", "", "nuclear 0.8")]
    #[case::named("Motorsport: people and their careers", "", "automotive 0.7")]
    #[case::described("Bridges", "Find out about jobs in the energy sector.", "energy-utilities 0.65")]
    #[case::lesson_on_energy("Energy transfers", "I can say how energy is stored.", "")]
    #[case::lesson_on_sound("Sound and space", "I can say why space is silent.", "")]
    #[case::everyday("Gas, power and wind", "", "")]
    #[case::oak_working_with("Working with electricity", "I can say how a circuit works.", "")]
    #[case::webinar("Webinar for maths teachers", "", "")]
    #[case::denied("No careers in aerospace", "", "")]
    #[case::not_only("Not only careers in aerospace", "", "aerospace-aviation 0.8")]
    #[case::nothing("Photosynthesis", "Leaves make sugar.", "")]
    fn sectors_are_read_where_a_text_is_about_work(
        #[case] title: &str,
        #[case] description: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(read(ControlledField::Sector, title, description), expected);
    }

    #[rstest]
    #[case::industry("aerospace industry", "aerospace-aviation 0.8")]
    #[case::oer_name("Centre for Strengthening the Aerospace Profession", "")]
    fn a_keyword_is_short_where_it_names_a_sector(#[case] keyword: &str, #[case] expected: &str) {
        assert_eq!(read_keyword(ControlledField::Sector, "Bridges", keyword), expected);
    }

    #[test]
    fn a_sector_named_in_the_text_about_a_job_is_that_of_its_customers() {
        let stated = [(ControlledField::Type, "job-profile")];
        assert_eq!(read_with(ControlledField::Sector, "Anna", "She makes signs for aerospace.", &stated), "");
    }

    #[test]
    fn a_job_belongs_to_sectors() {
        assert!(read(ControlledField::Sector, "Civil engineer", "").starts_with("construction-built-environment 0.8"));
        let stated = [(ControlledField::Type, "job-profile")];
        let of_profile = read_with(ControlledField::Sector, "Steel erector's mate", "", &stated);
        assert_eq!(of_profile, "chemicals-materials 0.85");
    }
}

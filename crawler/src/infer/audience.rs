//! Audience: for whom is it, where no source says?
//!
//! Somebody is an audience when the thing is said to be for them: "for teachers", "a guide for parents". That they are
//! spoken of is not enough: nurses care for children and teachers work with students.

use schemas::{Claim, ConceptId, ControlledField, Vocabularies};

use super::lexicon::{Mention, Scope};
use super::setting::{Purpose, Setting};
use super::words::{Gap, Part, Passage};
use super::{Candidate, Reading, choose};

/// Above what descriptions say in passing, which is not read; all that is read reaches it.
pub(super) const THRESHOLD: f32 = 0.6;

/// Things for everybody say so in other words.
const MOST: usize = 2;

/// "… for teachers", in a title.
const TITLE: f32 = 0.9;

/// "Teacher guide".
const GUIDE: f32 = 0.8;

/// "… for teachers", in a description. 48 of 50 such were right.
const DESCRIBED_EDUCATORS: f32 = 0.95;

/// "… for students", in a description: often teachers are the readers.
const DESCRIBED_STUDENTS: f32 = 0.65;

/// "… for employers", in a description.
const DESCRIBED: f32 = 0.75;

/// A folder or a keyword that is the audience.
const WHOLE: f32 = 0.7;

/// "For" reaches over so many words: "for all year 9 pupils".
const REACH: usize = 5;

/// Words that say for whom something is.
const FOR: [&str; 3] = ["for", "aimed", "inviting"];

/// Words that say it of educators. What inspires students is for those who teach them.
const HELPING: [&str; 6] = ["help", "helping", "support", "supporting", "inspire", "inspiring"];

/// Those who teach and guide, with all that is below them in the vocabulary.
const EDUCATORS: [&str; 3] = ["teacher", "careers-professional", "senior-leader"];

/// Of these a description speaks for another reason: in none of 15 cases it was for them, and parents are named beside
/// their children.
const ONLY_IN_TITLES: [&str; 3] = ["training-provider", "general-public", "parent"];

/// Words between that begin another thought: "for use with students", "for the care of children".
const BETWEEN: [&str; 12] = ["with", "of", "in", "to", "from", "about", "by", "who", "that", "into", "on", "as"];

/// With these before it, "for" is about work: "care for children", "cook for pupils".
const WORK: [&str; 14] = [
    "care",
    "caring",
    "cook",
    "cooking",
    "work",
    "working",
    "look",
    "looking",
    "responsible",
    "search",
    "searching",
    "account",
    "pay",
    "advocate",
];

/// What has an audience in its name.
const GUIDES: [&str; 12] = [
    "guide",
    "pack",
    "note",
    "toolkit",
    "resource",
    "handbook",
    "area",
    "zone",
    "information",
    "briefing",
    "guidance",
    "hub",
];

pub(super) fn infer(reading: &Reading<'_>, setting: Setting) -> Vec<Claim<ConceptId>> {
    let mut candidates = Vec::new();
    for (passage, mention) in reading.naming(ControlledField::Audience) {
        if mention.scope != Scope::Anywhere || is_part_of_a_job(reading, passage, mention) {
            continue;
        }
        let confidence = match passage.part {
            Part::Title if is_addressed(passage, mention) => Some(TITLE),
            Part::Title => names_guide(passage, mention).then_some(GUIDE),
            Part::Keyword | Part::Folder => mention.is_all_of(passage).then_some(WHOLE),
            Part::Description if setting.purpose != Purpose::Job && is_addressed(passage, mention) => {
                described(mention)
            }
            Part::Description | Part::Topic => None,
        };
        candidates.extend(confidence.map(|confidence| Candidate::of(passage, mention, confidence)));
    }
    choose(candidates, THRESHOLD, MOST)
}

/// How sure it is of those to whom a description speaks.
fn described(mention: &Mention) -> Option<f32> {
    if is_educator(mention) {
        return Some(DESCRIBED_EDUCATORS);
    }
    match mention.concept.as_str() {
        id if ONLY_IN_TITLES.contains(&id) => None,
        "student" => Some(DESCRIBED_STUDENTS),
        _ => Some(DESCRIBED),
    }
}

fn is_educator(mention: &Mention) -> bool {
    let id = mention.concept.as_str();
    let mut above = Vocabularies::shipped().of(ControlledField::Audience).ancestors(id);
    EDUCATORS.contains(&id) || above.any(|concept| EDUCATORS.contains(&concept.id.as_str()))
}

/// "Children's nurse": not for children. "For secondary school teachers" is for them, whose job it is.
fn is_part_of_a_job(reading: &Reading<'_>, passage: &Passage<'_>, mention: &Mention) -> bool {
    reading.naming(ControlledField::Occupation).any(|(other, job)| {
        std::ptr::eq(other, passage)
            && job.first < mention.end()
            && mention.first < job.end()
            && job.count > mention.count
            && !(job.end() == mention.end() && is_addressed(passage, mention))
    })
}

/// Whether a thing is said to be for them.
pub(super) fn is_addressed(passage: &Passage<'_>, mention: &Mention) -> bool {
    let last = mention.end() - 1;
    let is_possessive =
        passage.words[last].text.contains(['\'', '’']) || passage.text[passage.end_of(last)..].starts_with(['\'', '’']);
    if is_possessive || passage.is_denied(mention.first) {
        return false;
    }
    let before: Vec<&str> = passage.before(mention.first, REACH).collect();
    let is_helped = is_educator(mention);
    let says_for = |key: &&str| FOR.contains(key) || (is_helped && HELPING.contains(key));
    let Some(said) = before.iter().position(says_for) else {
        return false;
    };
    let is_direct = !before[..said].iter().any(|key| BETWEEN.contains(key)) || before[said] == "aimed";
    let is_work = before.get(said + 1).is_some_and(|key| WORK.contains(key));
    is_direct && !is_work
}

fn names_guide(passage: &Passage<'_>, mention: &Mention) -> bool {
    let is_named = passage.gap(mention.end()) == Gap::Joined && GUIDES.contains(&passage.key(mention.end()));
    let is_heading = mention.first == 0 && passage.gap(mention.end()) == Gap::Break && !mention.is_all_of(passage);
    (is_named || is_heading) && !passage.is_denied(mention.first)
}

#[cfg(test)]
mod tests {
    use crate::infer::tests::read;
    use rstest::rstest;
    use schemas::ControlledField;

    #[rstest]
    #[case::title("Careers toolkit for teachers", "", "teacher 0.9")]
    #[case::longest("Resources for primary teachers", "", "primary-teacher 0.9")]
    #[case::careers_leaders("Webinar for careers leaders", "", "careers-leader 0.9")]
    #[case::parents("Parents' guide to apprenticeships", "", "parent 0.8")]
    #[case::teacher_pack("Bridges: teacher pack", "", "teacher 0.8")]
    #[case::description("Bridges", "This is aimed at students.", "student 0.65")]
    #[case::level_between("Bridges", "Suitable for all Year 9 pupils.", "student 0.65")]
    #[case::two("Bridges", "Made for teachers and for employers.", "teacher 0.95, employer 0.75")]
    #[case::parents_described("Bridges", "Made for teachers and for parents.", "teacher 0.95")]
    #[case::parents_in_a_title("Apprenticeships for parents", "", "parent 0.9")]
    #[case::everyone("Bridges", "Science is for everyone.", "")]
    #[case::universities("Bridges", "Fees for universities went up.", "")]
    #[case::supporting_girls("Supporting girls in computing", "", "")]
    #[case::inspiring("Bridges", "Inspire young people with bridges.", "")]
    #[case::helping_teachers("Bridges", "It helps teachers to support students.", "teacher 0.95")]
    #[case::support_for_leaders("Bridges", "Supporting careers leaders in schools.", "careers-leader 0.95")]
    #[case::job_of_readers("Webinar for secondary school teachers", "", "teacher 0.9")]
    #[case::maths_teachers("Webinar for maths teachers", "", "maths-teacher 0.9")]
    #[case::denied("Bridges", "This is not for teachers.", "")]
    #[case::work("Cook", "They cook for pupils.", "")]
    #[case::care("Nurse", "You will care for children in hospital.", "")]
    #[case::with_students("Bridges", "Slides for use with students.", "")]
    #[case::spoken_of("Bridges", "Students asked what bridges are.", "")]
    #[case::nothing("Photosynthesis", "Leaves make sugar.", "")]
    fn a_thing_is_for_whom_it_is_said_to_be(#[case] title: &str, #[case] description: &str, #[case] expected: &str) {
        assert_eq!(read(ControlledField::Audience, title, description), expected);
    }
}

//! Level: for which stages, years or ages is it, where no source says?
//!
//! Words for a level are looked for in the title, then in keywords, folders of the address and the description; the
//! first that has any decides. A title names its readers; a description speaks of many things, so that there a year or
//! an age counts only where it is said of whom the thing is for. What the words mean is left to [`crate::normalise`],
//! and the key stage of a lesson without such words to [`super::learnt`]; a worksheet or an activity may be for any.

use schemas::{AgeRange, Claim, ConceptId, Confidence, ControlledField, Method, Vocabularies};

use super::level_marks::{Mark, Named, Sort, marks};
use super::setting::{Purpose, Setting};
use super::subject::Guess;
use super::words::{Part, Passage};
use super::{Candidate, Reading, choose};

/// Of what the model says less surely every second key stage is right, even of Oak's own lessons: 503 in 1,000.
pub(super) const THRESHOLD: f32 = 0.6;

/// A thing for more levels than these is for their ages.
const MOST: usize = 3;

/// In a title.
const TITLE: f32 = 0.95;

/// A keyword or a folder of the address that is a level.
const WHOLE: f32 = 0.9;

/// A topic that names a level: "Year 9 options".
const TOPIC: f32 = 0.8;

/// In a description, said of whom it is for.
const SAID_OF_READERS: f32 = 0.8;

/// A key stage in a description, whatever is said of it: nobody but teachers speaks of them.
const KEY_STAGE_IN_PASSING: f32 = 0.6;

/// In a description so many words before a level may say that it is that of the readers.
const REACH_BEFORE: usize = 5;

/// And so many behind it.
const REACH_BEHIND: usize = 2;

/// Words before a level that say so.
const READERS_BEFORE: [&str; 17] = [
    "for", "suitable", "aimed", "designed", "targeted", "ideal", "teach", "teaching", "taught", "teacher", "your",
    "pupil", "student", "learner", "children", "child", "level",
];

/// Words behind a level that say so.
const READERS_BEHIND: [&str; 14] = [
    "pupil",
    "student",
    "learner",
    "child",
    "children",
    "class",
    "classroom",
    "lesson",
    "teacher",
    "curriculum",
    "group",
    "specification",
    "computing",
    "science",
];

/// With these before it, a level is one that readers have left behind, or have not come to: "since key stage 2".
const ELSEWHERE: [&str; 10] =
    ["since", "previous", "prior", "beyond", "before", "after", "following", "left", "leaving", "between"];

/// Levels that are found by words.
#[derive(Default)]
pub(super) struct Levels {
    pub(super) concepts: Vec<Claim<ConceptId>>,
    pub(super) ages: Option<Claim<AgeRange>>,
}

/// The levels that words name.
pub(super) fn infer(reading: &Reading<'_>, setting: Setting) -> Levels {
    let order = [Part::Title, Part::Keyword, Part::Topic, Part::Folder, Part::Description];
    let mut found = order.into_iter().map(|part| {
        let passages = reading.passages.iter().filter(|passage| passage.part == part);
        passages.flat_map(|passage| said_in(passage, reading.nation, setting)).collect::<Vec<Said>>()
    });
    found.find(|said| !said.is_empty()).map(together).unwrap_or_default()
}

/// The key stage that the model would give a lesson.
pub(super) fn guess(setting: Setting, guess: Option<&Guess<'_>>) -> Vec<Claim<ConceptId>> {
    const STAGES: [&str; 4] = ["ks1", "ks2", "ks3", "ks4"];
    if setting.purpose != Purpose::Lesson {
        return Vec::new();
    }
    let Some((stage, confidence, evidence)) = guess.and_then(Guess::stage) else {
        return Vec::new();
    };
    let concept = STAGES.get(stage).and_then(|id| ConceptId::parse(id).ok());
    choose(concept.map(|concept| Candidate { concept, confidence, evidence }).into_iter().collect(), THRESHOLD, 1)
}

/// A level in a text, with how sure it is that it is for this level.
struct Said {
    named: Vec<Named>,
    confidence: f32,
    evidence: String,
}

fn said_in(passage: &Passage<'_>, nation: &str, setting: Setting) -> Vec<Said> {
    // What a job or a person has to do with schools is no level of the reader; neither is a course for adults.
    let is_unread = passage.part == Part::Description && (setting.purpose == Purpose::Job || setting.is_elsewhere);
    if is_unread {
        return Vec::new();
    }
    let read = marks(passage, nation).into_iter().filter_map(|mark| {
        let confidence = confidence_of(passage, &mark, setting)?;
        let evidence = passage.evidence(mark.first, mark.count);
        Some(Said { named: mark.named, confidence, evidence })
    });
    read.collect()
}

fn confidence_of(passage: &Passage<'_>, mark: &Mark, setting: Setting) -> Option<f32> {
    let is_elsewhere = passage.before(mark.first, 3).any(|key| ELSEWHERE.contains(&key));
    if is_elsewhere || passage.is_denied(mark.first) {
        return None;
    }
    let is_whole = mark.count == passage.words.len();
    let is_exact = mark.sort != Sort::School;
    match passage.part {
        // Years elsewhere are counted in another way.
        Part::Title if setting.is_elsewhere && mark.sort == Sort::Year => None,
        // "Primary school teacher" is a job.
        Part::Title => (setting.purpose != Purpose::Job || is_exact).then_some(TITLE),
        Part::Keyword | Part::Folder => is_whole.then_some(WHOLE),
        Part::Topic => is_exact.then_some(TOPIC),
        Part::Description if is_of_readers(passage, mark) => Some(SAID_OF_READERS),
        Part::Description => (mark.sort == Sort::KeyStage).then_some(KEY_STAGE_IN_PASSING),
    }
}

fn is_of_readers(passage: &Passage<'_>, mark: &Mark) -> bool {
    let said_before = passage.before(mark.first, REACH_BEFORE).any(|key| READERS_BEFORE.contains(&key));
    let said_behind = passage.after(mark.first + mark.count, REACH_BEHIND).any(|key| READERS_BEHIND.contains(&key));
    mark.says_readers || said_before || said_behind
}

/// The levels of one part of a record, the surest first. More than [`MOST`], or ages alone, become a range of ages.
fn together(said: Vec<Said>) -> Levels {
    let ages: Vec<(AgeRange, f32, String)> = said
        .iter()
        .flat_map(|one| one.named.iter().map(move |named| (named, one)))
        .filter_map(|(named, one)| Some((named.ages()?, one.confidence, one.evidence.clone())))
        .collect();
    let candidates: Vec<Candidate> = said
        .into_iter()
        .flat_map(|one| {
            let Said { named, confidence, evidence } = one;
            named.into_iter().filter_map(move |named| match named {
                Named::Concept(concept) => Some(Candidate { concept, confidence, evidence: evidence.clone() }),
                Named::Ages(_) => None,
            })
        })
        .collect();
    let concepts = choose(candidates, THRESHOLD, MOST + 1);
    if (1..=MOST).contains(&concepts.len()) {
        return Levels { concepts, ages: None };
    }
    let widest = ages.into_iter().reduce(|(ages, confidence, evidence), (more, less_sure, _)| {
        (ages.span(more), confidence.min(less_sure), evidence)
    });
    Levels { concepts: Vec::new(), ages: widest.and_then(claim) }
}

fn claim((ages, confidence, evidence): (AgeRange, f32, String)) -> Option<Claim<AgeRange>> {
    let confidence = Confidence::new(confidence)?;
    Some(Claim { value: ages, method: Method::Inferred, confidence, evidence: Some(evidence) })
}

impl Named {
    /// The ages of those for whom it is.
    fn ages(&self) -> Option<AgeRange> {
        match self {
            Self::Concept(id) => Vocabularies::shipped().of(ControlledField::Level).get(id.as_str())?.age_range(),
            Self::Ages(ages) => Some(*ages),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::infer::tests::{read, read_at, read_of, read_with};
    use rstest::rstest;
    use schemas::ControlledField;

    #[rstest]
    #[case::key_stage("KS3 chemistry careers", "ks3 0.95")]
    #[case::spelled("Bridges for key stage 3", "ks3 0.95")]
    #[case::span("KS3-4: bridges", "ks3 0.95, ks4 0.95")]
    #[case::two("Bridges (KS2 and KS3)", "ks2 0.95, ks3 0.95")]
    #[case::year("Year 9 options", "eng-year-9 0.95")]
    #[case::short_year("Y9 options", "eng-year-9 0.95")]
    #[case::years("Bridges for Years 7 to 9", "ks3 0.95")]
    #[case::ages("Bridges, ages 11-14", "ages 11-14 0.95")]
    #[case::aged("Bridges for pupils aged 7 to 11", "ages 7-11 0.95")]
    #[case::year_olds("Bridges for 11–14 year olds", "ages 11-14 0.95")]
    #[case::bare_ages("Bridges (11-16)", "ages 11-16 0.95")]
    #[case::gcse("GCSE chemistry: bonding", "ks4 0.95")]
    #[case::a_level("A level physics: waves", "ks5 0.95")]
    #[case::sixth_form("Sixth form talks", "ks5 0.95")]
    #[case::post_16("Post-16 options", "phase-post-16 0.95")]
    #[case::primary("Bridges for primary schools", "phase-primary 0.95")]
    #[case::ncce_primary("Leading primary computing", "phase-primary 0.95")]
    #[case::both_schools("Resources for primary and secondary schools", "phase-primary 0.95, phase-secondary 0.95")]
    #[case::both_schools_in_short("Primary/secondary schools: bridges", "phase-primary 0.95, phase-secondary 0.95")]
    #[case::and_above("Bridges for KS3 and above", "ks3 0.95, ks4 0.95, ks5 0.95")]
    #[case::post_primary("Post-primary science", "")]
    #[case::primary_teacher("Meet Anna, a primary teacher", "")]
    #[case::primary_teachers("Bridges for primary teachers", "phase-primary 0.95")]
    #[case::medical_student("A day in the life of a Year 3 medical student", "")]
    #[case::student_nurse("Anna, Year 2 student nurse", "")]
    #[case::trainees("Years 2 and 3 trainees", "")]
    #[case::year_elsewhere("Year 9 options in a US high school", "")]
    #[case::scottish_span("S1 to S3 bridges", "sco-s1 0.95, sco-s2 0.95, sco-s3 0.95")]
    #[case::all("KS1, KS2, KS3 and KS4 bridges", "ages 5-16 0.95")]
    #[case::denied("Not suitable for KS3", "")]
    #[case::year_2000("Year 2000 and after", "")]
    #[case::year_of_a_project("The bridge project, Year 2 of 3", "")]
    #[case::girls_in_2019("Girls in year 2019", "")]
    #[case::level_playing_field("A level playing field", "")]
    #[case::primary_source("Primary sources of energy", "")]
    #[case::primary_care("Primary care today", "")]
    #[case::rise("A 7-11% rise", "")]
    #[case::ks7("KS7", "")]
    #[case::console("PS4 and other consoles", "")]
    #[case::since("What they know since key stage 2", "")]
    #[case::nothing("Photosynthesis", "")]
    fn a_title_says_for_whom(#[case] title: &str, #[case] expected: &str) {
        let stated = [(ControlledField::Type, "poster")];
        assert_eq!(read_with(ControlledField::Level, title, "", &stated), expected);
    }

    #[rstest]
    #[case::for_pupils("For Year 9 pupils.", "eng-year-9 0.8")]
    #[case::suitable("Suitable for KS3.", "ks3 0.8")]
    #[case::key_stage("It builds up to KS4 work.", "ks4 0.6")]
    #[case::gcse_students("It supports GCSE students.", "ks4 0.8")]
    #[case::primary("Use it in primary school classrooms.", "phase-primary 0.8")]
    #[case::ages("Suitable for ages 11-14.", "ages 11-14 0.8")]
    #[case::between_ages("Suitable if aged between 11 and 14.", "ages 11-14 0.8")]
    #[case::two_ages("Suitable for ages 10 and 14 for girls, and ages 12 and 16 for boys.", "")]
    #[case::both_schools("For primary and secondary schools.", "phase-primary 0.8, phase-secondary 0.8")]
    #[case::founded("Founded 14-16 years ago.", "")]
    #[case::adults("People aged 25 to 64 in work.", "")]
    #[case::grades_wanted("You need 5 GCSEs at grades 9 to 4.", "")]
    #[case::year_of_degree("In year 3 of her degree.", "")]
    #[case::rise("There was a 7-11% rise.", "")]
    #[case::denied("This is not suitable for KS3.", "")]
    fn a_description_says_for_whom_only_of_its_readers(#[case] description: &str, #[case] expected: &str) {
        let stated = [(ControlledField::Type, "poster")];
        assert_eq!(read_with(ControlledField::Level, "Bridges", description, &stated), expected);
    }

    #[rstest]
    #[case::england("Year 9 options", "england", "eng-year-9 0.95")]
    #[case::northern_ireland("Year 9 options", "northern-ireland", "ni-year-9 0.95")]
    #[case::wales("PS4 bridges", "wales", "cfw-ps4 0.95")]
    #[case::scotland("P5 bridges", "scotland", "sco-p5 0.95")]
    #[case::third_level("Third level bridges", "scotland", "cfe-third 0.95")]
    #[case::third_level_elsewhere("Third level parking", "england", "")]
    fn the_nation_decides(#[case] title: &str, #[case] nation: &str, #[case] expected: &str) {
        assert_eq!(read_of(ControlledField::Level, title, "", nation), expected);
    }

    #[test]
    fn a_folder_says_for_whom() {
        let read = read_at(ControlledField::Level, "Bridges", "", "https://example.org/key-stage-3/bridges");
        assert_eq!(read, "ks3 0.9");
    }

    #[test]
    fn what_a_teacher_does_is_not_for_pupils() {
        let stated = [(ControlledField::Type, "job-profile")];
        let duties = "You teach pupils at key stage 3 (ages 11 to 14).";
        assert_eq!(read_with(ControlledField::Level, "Secondary school teacher", duties, &stated), "");
    }

    #[test]
    fn what_is_no_lesson_gets_no_level_from_the_model() {
        assert_eq!(read(ControlledField::Level, "How plants make sugar", "Photosynthesis in leaves."), "");
    }
}

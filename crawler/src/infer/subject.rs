//! Subject: which school subject is it about, where no source says?
//!
//! A title that names a subject is about it, unless it is a lesson: lessons on polymers are taught in design and
//! technology. There the model decides, which has learnt from lessons and is asked of nothing that has to do with work.
//! A job leads to the subjects that it needs.

use schemas::{Claim, ConceptId, ControlledField, Vocabularies};

use super::learnt::{KnownText, Prediction, Text};
use super::lexicon::Mention;
use super::setting::{Purpose, Setting};
use super::words::{Gap, Part, Passage};
use super::{Candidate, Reading, choose};

/// Of what the model says less surely hardly more is right than wrong: 598 in 1,000 of Oak's lessons, rather fewer of
/// others.
pub(super) const THRESHOLD: f32 = 0.6;

/// What is about more subjects is about none of them.
const MOST: usize = 2;

/// A title that names the subject.
const TITLE: f32 = 0.9;

/// A folder of the address that is the subject: `/chemistry/`.
const FOLDER: f32 = 0.8;

/// A keyword that is the subject.
const KEYWORD: f32 = 0.75;

/// A subject that a job needs, where the title is the name of the job.
const OF_JOB: f32 = 0.65;

/// So many subjects of a job are named.
const JOB_SUBJECTS: usize = 2;

/// A title must be the name of a job so surely before subjects follow from it.
const SURE_OF_JOB: f32 = 0.9;

/// Of a lesson the model is asked when it is as likely STEM as not. Lessons are what it was made of.
const STEM_OF_LESSON: f32 = 0.5;

/// Of anything else it is asked only when it is sure. Source: `../shared/METHODS.md`: of material that is no STEM 30 %
/// gets a probability over 0.8.
const STEM_OF_OTHERS: f32 = 0.8;

/// And then its answer must be as sure.
const SURE_OF_OTHERS: f32 = 0.8;

/// The model must know so much of the words. Of a text in Welsh it knows less than a fifth, and finds a subject even in
/// that; of the lessons of Teach Computing, which it has not seen, 4 in 1,000 lie below.
const KNOWN: f32 = 0.6;

/// And of what is no lesson so much, where often a title is all there is: "Growth mindset activity".
const KNOWN_OF_OTHERS: f32 = 0.8;

/// A branch of science is named when the model is so sure of it; else science as a whole.
const BRANCH: f32 = 0.6;

/// The branches of science that the model tells apart.
const BRANCHES: [&str; 3] = ["biology", "chemistry", "physics"];

/// Subjects under names that nobody gives to a topic. They decide even in the title of a lesson.
const SCHOOL_NAMES: [&str; 8] = [
    "biology",
    "chemistry",
    "physics",
    "combined-science",
    "mathematics",
    "computing",
    "computer-science",
    "design-technology",
];

/// Statistics are figures, unless they are all of a title or an examination is named beside them.
const STATISTICS: &str = "statistics";

/// Words of examinations.
const EXAMINATIONS: [&str; 2] = ["gcse", "level"];

/// Words before a subject's that make it another thing: "social science", "reverse engineering", "rocket science".
const LURES_BEFORE: [&str; 22] = [
    "social",
    "political",
    "information",
    "library",
    "cognitive",
    "management",
    "rocket",
    "domestic",
    "reverse",
    "prompt",
    "genetic",
    "citizen",
    "actuarial",
    "military",
    "christian",
    "team",
    "sexual",
    "crime",
    "employment",
    "software",
    "open",
    "data",
];

/// Words behind a subject's that make it another thing: "science fiction", "chemistry between actors".
const LURES_BEHIND: [&str; 6] = ["fiction", "between", "envy", "among", "museum", "centre"];

/// So many words of a text are the evidence of the model.
const EVIDENCE_WORDS: usize = 3;

/// What the model says of a record.
pub(super) struct Guess<'t> {
    text: KnownText<'t, 't>,
    prediction: Prediction,
}

impl<'t> Guess<'t> {
    /// Asks the model about what it may know; `None` for what it does not.
    ///
    /// It has learnt from lessons for pupils: of work, and of what is for adults or for schools elsewhere, it is not
    /// asked. Neither is it heard where most words are new to it, as those of another language are.
    pub(super) fn of(reading: &Reading<'t>, setting: Setting) -> Option<Self> {
        let (least, least_known) = match setting.purpose {
            Purpose::Lesson | Purpose::Material => (STEM_OF_LESSON, KNOWN),
            Purpose::Unknown => (STEM_OF_OTHERS, KNOWN_OF_OTHERS),
            Purpose::Job => return None,
        };
        if setting.is_of_careers || setting.is_elsewhere || setting.is_for_adults {
            return None;
        }
        let metadata = reading.metadata;
        let text = reading.model.read_text(&Text {
            title: &metadata.title,
            description: metadata.description.as_deref().unwrap_or_default(),
            keywords: &metadata.keywords,
            topics: &metadata.topics,
        });
        let prediction = text.predict();
        let is_heard = prediction.stem >= least && prediction.known >= least_known;
        is_heard.then_some(Self { text, prediction })
    }

    /// The key stage, from 0 on, with how sure it is and the words it rests on; `None` when it rests on none.
    pub(super) fn stage(&self) -> Option<(usize, f32, String)> {
        let stage = self.prediction.best_stage();
        let words = self.text.words_for_stage(stage, EVIDENCE_WORDS);
        let probability = self.prediction.stages.get(stage).copied()?;
        (!words.is_empty()).then(|| (stage, probability, words.join(", ")))
    }

    /// The subject: a branch of science when it is sure of the branch, else the most probable.
    fn subject(&self, least: f32) -> Option<Candidate> {
        let subjects = &self.prediction.subjects;
        let of_science = |id: &str| id == "science" || BRANCHES.contains(&id);
        let science: f32 = subjects.iter().filter(|(id, _)| of_science(id)).map(|(_, probability)| probability).sum();
        let (best, probability) = *subjects.first()?;
        let others = subjects.iter().find(|(id, _)| !of_science(id)).copied().unwrap_or((best, 0.0));
        let (id, confidence) = if BRANCHES.contains(&best) && probability >= BRANCH {
            (best, probability)
        } else if science >= others.1 {
            ("science", science)
        } else {
            others
        };
        let words = self.text.words_for_subject(id, EVIDENCE_WORDS);
        if confidence < least || words.is_empty() {
            return None;
        }
        let concept = ConceptId::parse(id).ok()?;
        Some(Candidate { concept, confidence: confidence.min(1.0), evidence: words.join(", ") })
    }
}

pub(super) fn infer(
    reading: &Reading<'_>,
    setting: Setting,
    occupations: &[Claim<ConceptId>],
    guess: Option<&Guess<'_>>,
) -> Vec<Claim<ConceptId>> {
    let named = named(reading, setting);
    let guessed = |least: f32| guess.and_then(|guess| guess.subject(least)).into_iter().collect::<Vec<_>>();
    let is_school_name = |candidate: &Candidate| SCHOOL_NAMES.contains(&candidate.concept.as_str());
    let in_order = match setting.purpose {
        Purpose::Lesson | Purpose::Material if named.iter().any(is_school_name) => [named, Vec::new(), Vec::new()],
        Purpose::Lesson | Purpose::Material => [guessed(THRESHOLD), named, Vec::new()],
        Purpose::Job => [named, needed_by(occupations), Vec::new()],
        Purpose::Unknown => [named, needed_by(occupations), guessed(SURE_OF_OTHERS)],
    };
    let mut chosen = in_order.into_iter().map(|candidates| choose(candidates, THRESHOLD, MOST));
    without_broader(chosen.find(|claims| !claims.is_empty()).unwrap_or_default())
}

/// The subjects that the title, a folder or a keyword names.
fn named(reading: &Reading<'_>, setting: Setting) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    if setting.is_elsewhere || setting.is_for_adults {
        return candidates;
    }
    for (passage, mention) in reading.naming(ControlledField::Subject) {
        let is_whole = mention.is_all_of(passage);
        if is_figures(passage, mention) {
            continue;
        }
        let confidence = match passage.part {
            Part::Title => (!is_lure(passage, mention)).then_some(TITLE),
            Part::Folder if is_whole => Some(FOLDER),
            // The keywords of a lesson are the words it introduces, and not what it is filed under.
            Part::Keyword if is_whole && !setting.purpose.is_of_lessons() => Some(KEYWORD),
            Part::Folder | Part::Keyword | Part::Topic | Part::Description => None,
        };
        candidates.extend(confidence.map(|confidence| Candidate::of(passage, mention, confidence)));
    }
    candidates
}

fn is_lure(passage: &Passage<'_>, mention: &Mention) -> bool {
    let (first, end) = (mention.first, mention.end());
    let is_joined = passage.gap(end) == Gap::Joined;
    let is_science_of = passage.key(end - 1) == "science" && passage.key(end) == "of";
    passage.is_denied(first)
        || passage.before(first, 1).any(|key| LURES_BEFORE.contains(&key))
        || (is_joined && (is_science_of || LURES_BEHIND.contains(&passage.key(end))))
}

/// "Labour market statistics": not the subject of that name.
fn is_figures(passage: &Passage<'_>, mention: &Mention) -> bool {
    let is_title = passage.part == Part::Title && mention.is_all_of(passage);
    let mut around = passage.before(mention.first, 2).chain(passage.after(mention.end(), 2));
    // "GCSE Statistics" is a name of two words.
    mention.concept.as_str() == STATISTICS
        && mention.count == 1
        && !is_title
        && !around.any(|key| EXAMINATIONS.contains(&key))
}

/// The subjects that jobs need which are surely what the thing is about; they rest on what the job rests on.
fn needed_by(occupations: &[Claim<ConceptId>]) -> Vec<Candidate> {
    let list = Vocabularies::shipped().of(ControlledField::Occupation);
    let sure = occupations.iter().filter(|claim| claim.confidence.value() >= SURE_OF_JOB);
    let jobs = sure.filter_map(|claim| Some((claim, list.get(claim.value.as_str())?)));
    let needed = jobs.flat_map(|(claim, job)| {
        let subjects = job.related.get(ControlledField::Subject.name()).into_iter().flatten();
        let evidence = claim.evidence.as_ref().unwrap_or(&job.label);
        subjects.take(JOB_SUBJECTS).map(move |id| (id, evidence.clone()))
    });
    needed
        .filter_map(|(id, evidence)| {
            Some(Candidate { concept: ConceptId::parse(id).ok()?, confidence: OF_JOB, evidence })
        })
        .collect()
}

/// Of a subject and a part of it only the part: it counts for both.
fn without_broader(claims: Vec<Claim<ConceptId>>) -> Vec<Claim<ConceptId>> {
    let list = Vocabularies::shipped().of(ControlledField::Subject);
    let above: Vec<&str> = claims
        .iter()
        .flat_map(|claim| list.ancestors(claim.value.as_str()))
        .map(|concept| concept.id.as_str())
        .collect();
    claims.into_iter().filter(|claim| !above.contains(&claim.value.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use crate::infer::tests::{read, read_at, read_with};
    use rstest::rstest;
    use schemas::ControlledField;

    const CAREERS: [(ControlledField, &str); 1] = [(ControlledField::Type, "poster")];

    #[rstest]
    #[case::title("What can I do with chemistry?", "chemistry 0.9")]
    #[case::short_name("Careers that use maths", "mathematics 0.9")]
    #[case::letters("Careers from D&T", "design-technology 0.9")]
    #[case::two("Physics and biology in medicine today", "physics 0.9, biology 0.9")]
    #[case::part_of_another("Science careers: physics", "physics 0.9")]
    #[case::statistics("Statistics", "statistics 0.9")]
    #[case::a_level_statistics("A level statistics careers", "statistics 0.9")]
    fn a_title_names_its_subject(#[case] title: &str, #[case] expected: &str) {
        assert_eq!(read_with(ControlledField::Subject, title, "", &CAREERS), expected);
    }

    #[rstest]
    #[case::actors("Chemistry between actors")]
    #[case::social("Careers in social science")]
    #[case::fiction("Science fiction week")]
    #[case::science_of("The science of reading")]
    #[case::reverse("Reverse engineering of contracts")]
    #[case::denied("No physics needed")]
    #[case::everyday("The art of building space")]
    #[case::elsewhere("Community college biology")]
    #[case::figures("Apprenticeship statistics")]
    #[case::labour_market("Labour market statistics")]
    #[case::software("Software engineering careers")]
    #[case::open_science("Open Science")]
    fn a_word_in_another_sense_is_no_subject(#[case] title: &str) {
        let stated = [(ControlledField::Type, "case-study")];
        assert_eq!(read_with(ControlledField::Subject, title, "", &stated), "");
    }

    #[test]
    fn no_experience_of_physics_says_nothing_of_physics() {
        let stated = [(ControlledField::Type, "case-study")];
        let read = read_with(ControlledField::Subject, "Joinery", "No experience of physics needed.", &stated);
        assert_eq!(read, "");
    }

    #[test]
    fn a_folder_names_its_subject() {
        let read =
            read_at(ControlledField::Subject, "Posters for walls", "", "https://example.org/chemistry/posters-1");
        assert_eq!(read, "chemistry 0.8");
    }

    #[test]
    fn a_job_leads_to_the_subjects_it_needs() {
        let stated = [(ControlledField::Type, "job-profile")];
        let read = read_with(ControlledField::Subject, "Civil engineer", "", &stated);
        assert_eq!(read, "physics 0.65, mathematics 0.65");
    }

    #[rstest]
    #[case::history("Hanes Cymru: y castell", "Gwers am gestyll Cymru yn yr Oesoedd Canol.")]
    #[case::religion("Addysg Grefyddol: Dewi Sant", "Gwers am fywyd Dewi Sant a dathliadau Cymreig.")]
    #[case::interview("Interview skills lesson plan", "")]
    #[case::careers_quiz("STEM careers quiz activity pack", "")]
    #[case::mindset("Growth mindset activity", "")]
    fn the_model_is_not_heard_of_what_it_does_not_know(#[case] title: &str, #[case] description: &str) {
        assert_eq!(read(ControlledField::Subject, title, description), "");
    }

    #[test]
    fn a_lesson_in_another_language_gets_nothing_from_the_model() {
        let stated = [(ControlledField::Type, "lesson-plan")];
        let description = "Gwers am gestyll Cymru yn yr Oesoedd Canol.";
        for field in [ControlledField::Subject, ControlledField::Level] {
            assert_eq!(read_with(field, "Hanes Cymru: y castell", description, &stated), "");
        }
    }

    #[test]
    fn what_is_for_adults_names_no_school_subject() {
        assert_eq!(read(ControlledField::Subject, "Biology: a textbook", ""), "");
    }

    #[test]
    fn a_lesson_is_of_the_subject_that_teaches_such_lessons() {
        let description = "I can add fractions with different denominators. Find a common denominator first.";
        assert!(read(ControlledField::Subject, "Adding fractions", description).starts_with("mathematics"));
        let of_drama = "I can show what a character in a play feels by how I move on the stage.";
        assert_eq!(read(ControlledField::Subject, "Chemistry between actors", of_drama), "");
    }
}

//! The setting: what sort of text is it that is read?
//!
//! The same words mean different things in a lesson, in the profile of a job and in a course for adults elsewhere. What
//! a source states of the type goes before what the text looks like.

use std::collections::HashMap;
use std::sync::LazyLock;

use schemas::{Claim, ConceptId, Method};

use super::resource_type;
use super::words::{Gap, Part, Passage, Word};

/// Types of what is used in a lesson.
const LESSON_TYPES: [&str; 6] =
    ["teaching", "lesson-plan", "activity", "practical-experiment", "presentation", "club-pack"];

/// Types of what tells of a job or of somebody who does it.
const JOB_TYPES: [&str; 4] = ["job-profile", "case-study", "vacancy", "labour-market-information"];

/// Types of what is a lesson as a whole, for those of one stage.
const WHOLE_LESSON_TYPES: [&str; 2] = ["teaching", "lesson-plan"];

/// How the outcome of a lesson begins. Further on it is anybody's: "I love my job because I can work outdoors".
const OUTCOME: [&str; 2] = ["i", "can"];

/// Words that hardly stand anywhere but in what is used in a lesson.
const LESSON_WORDS: [&[&str]; 7] = [
    &["in", "this", "lesson"],
    &["pupil", "will"],
    &["pupil", "learn"],
    &["pupil", "can"],
    &["child", "will"],
    &["children", "will"],
    &["learning", "objective"],
];

/// Words that show that a text is about work.
const CAREER_WORDS: [&str; 17] = [
    "career",
    "job",
    "employer",
    "apprenticeship",
    "apprentice",
    "workplace",
    "profession",
    "occupation",
    "vacancy",
    "recruitment",
    "employment",
    "salary",
    "workforce",
    "industry",
    "interview",
    "employability",
    "cv",
];

/// Words of schools and colleges of the United States, and of those who write for them. With the words for adults, 44
/// in 100 rows of OER Commons use one; of 3,824 lessons of Oak a single one does.
const ELSEWHERE_WORDS: [&[&str]; 22] = [
    &["k", "12"],
    &["k12"],
    &["ngss"],
    &["common", "core"],
    &["kindergarten"],
    &["middle", "school"],
    &["high", "school"],
    &["elementary"],
    &["grader"],
    &["freshman"],
    &["sophomore"],
    &["community", "college"],
    &["college", "student"],
    &["college", "level"],
    &["faculty"],
    &["semester"],
    &["syllabus"],
    &["instructor"],
    &["post", "secondary"],
    &["postsecondary"],
    &["oer"],
    &["open", "educational"],
];

/// Words of what is for adults. What is about careers uses them of its readers' future.
const ADULT_WORDS: [&[&str]; 16] = [
    &["undergraduate"],
    &["graduate"],
    &["postgraduate"],
    &["bachelor"],
    &["lecture"],
    &["textbook"],
    &["professional", "development"],
    &["professional", "learning"],
    &["adult", "learner"],
    &["adult", "education"],
    &["higher", "education"],
    &["esl"],
    &["librarian"],
    &["instructional"],
    &["pedagogy"],
    &["curricula"],
];

/// What sort of text it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Setting {
    /// What it is used for.
    pub(super) purpose: Purpose,
    /// Whether it has to do with work.
    pub(super) is_of_careers: bool,
    /// Whether it is for schools and colleges elsewhere.
    pub(super) is_elsewhere: bool,
    /// Whether it is for adults.
    pub(super) is_for_adults: bool,
}

/// What a text is used for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Purpose {
    /// As a lesson, as its source or its words say.
    Lesson,
    /// In a lesson, or at least it is called by the name of such a thing.
    Material,
    /// To learn of a job, or of somebody who does it: what it says of schools is said of a way to work.
    Job,
    /// For anything else, or nobody knows.
    #[default]
    Unknown,
}

impl Purpose {
    /// Whether it is used in lessons.
    pub(super) fn is_of_lessons(self) -> bool {
        match self {
            Self::Lesson | Self::Material => true,
            Self::Job | Self::Unknown => false,
        }
    }

    /// A type decides that is stated, or that a title ends with; else the words do. The folder `/lesson/` of a library
    /// holds lectures as well.
    fn of(types: &[Claim<ConceptId>], says_lesson: bool) -> Self {
        let is_one_of = |claim: &Claim<ConceptId>, list: &[&str]| list.contains(&claim.value.as_str());
        let is_stated = |claim: &Claim<ConceptId>| claim.method != Method::Inferred;
        let is_sure = |claim: &Claim<ConceptId>| is_stated(claim) || claim.confidence.value() >= resource_type::HEAD;
        let may_be_lesson = types.iter().all(|claim| is_one_of(claim, &LESSON_TYPES));
        if types.iter().any(|claim| is_one_of(claim, &JOB_TYPES)) {
            Self::Job
        } else if types.iter().any(|claim| is_stated(claim) && is_one_of(claim, &WHOLE_LESSON_TYPES))
            || (may_be_lesson && says_lesson)
        {
            Self::Lesson
        } else if types.iter().any(|claim| is_sure(claim) && is_one_of(claim, &LESSON_TYPES)) {
            Self::Material
        } else {
            Self::Unknown
        }
    }
}

impl Setting {
    /// The setting of a record with these types and occupations.
    pub(super) fn of(types: &[Claim<ConceptId>], occupations: &[Claim<ConceptId>], passages: &[Passage<'_>]) -> Self {
        let signs = Signs::of(passages);
        let purpose = Purpose::of(types, signs.lesson);
        // A lesson may speak of industry; what has to do with work says so where it names itself.
        let read = |passage: &&Passage<'_>| passage.part != Part::Description || !purpose.is_of_lessons();
        let is_of_careers =
            purpose == Purpose::Job || !occupations.is_empty() || passages.iter().filter(read).any(says_career);
        let is_elsewhere = signs.elsewhere || passages.iter().any(counts_grades);
        let is_for_adults = !is_of_careers && signs.adults;
        Self { purpose, is_of_careers, is_elsewhere, is_for_adults }
    }
}

/// What the words of a text are a sign of.
#[derive(Debug, Clone, Copy)]
enum Sign {
    Lesson,
    Elsewhere,
    Adults,
}

/// The words that are a sign, by the first of them.
type SignWords = HashMap<&'static str, Vec<(Sign, &'static [&'static str])>>;

static SIGN_WORDS: LazyLock<SignWords> = LazyLock::new(|| {
    let lists: [(Sign, &'static [&'static [&'static str]]); 3] =
        [(Sign::Lesson, &LESSON_WORDS), (Sign::Elsewhere, &ELSEWHERE_WORDS), (Sign::Adults, &ADULT_WORDS)];
    let mut words = SignWords::new();
    for (sign, list) in lists {
        for keys in list {
            words.entry(keys[0]).or_default().push((sign, *keys));
        }
    }
    words
});

/// The signs in a text.
#[derive(Debug, Clone, Copy, Default)]
struct Signs {
    lesson: bool,
    elsewhere: bool,
    adults: bool,
}

impl Signs {
    /// All signs, in one pass over the words.
    fn of(passages: &[Passage<'_>]) -> Self {
        let mut signs = Self::default();
        for passage in passages {
            signs.lesson |= passage.part == Part::Description && stands_at(passage, 0, &OUTCOME);
            for (at, word) in passage.words.iter().enumerate() {
                let known = SIGN_WORDS.get(word.key.as_str()).into_iter().flatten();
                for (sign, _) in known.filter(|(_, keys)| stands_at(passage, at, keys)) {
                    match sign {
                        Sign::Lesson => signs.lesson = true,
                        Sign::Elsewhere => signs.elsewhere = true,
                        Sign::Adults => signs.adults = true,
                    }
                }
            }
        }
        signs
    }
}

fn says_career(passage: &Passage<'_>) -> bool {
    passage.words.iter().any(|word| CAREER_WORDS.contains(&word.key.as_str()))
}

/// Whether these words stand there side by side.
fn stands_at(passage: &Passage<'_>, at: usize, keys: &[&str]) -> bool {
    passage.words.get(at..at + keys.len()).is_some_and(|words| {
        let is_one = words.iter().skip(1).all(|word| word.gap != Gap::Break);
        is_one && words.iter().zip(keys).all(|(word, key)| word.key == *key)
    })
}

/// "Grade 6", "6th grade", "math": what schools of the United States write. "Grades 9 to 4" are those of a GCSE.
fn counts_grades(passage: &Passage<'_>) -> bool {
    let is_grade = |pair: &[Word<'_>]| {
        let (before, after) = (&pair[0], &pair[1]);
        let is_numbered = before.text.eq_ignore_ascii_case("grade") && after.number().is_some();
        after.gap == Gap::Joined && (is_numbered || (is_ordinal(before.text) && after.key == "grade"))
    };
    passage.words.windows(2).any(is_grade) || passage.words.iter().any(|word| word.text.eq_ignore_ascii_case("math"))
}

/// `6th`, `2nd`.
fn is_ordinal(text: &str) -> bool {
    let digits = text.trim_end_matches(char::is_alphabetic);
    !digits.is_empty() && digits.len() < text.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use schemas::Confidence;

    fn setting(title: &str, description: &str, resource_type: Option<&str>) -> Setting {
        let types: Vec<Claim<ConceptId>> =
            resource_type.iter().map(|id| Claim::stated(ConceptId::parse(id).expect("an id"))).collect();
        let passages = [Passage::of(Part::Title, title), Passage::of(Part::Description, description)];
        Setting::of(&types, &[], &passages)
    }

    #[rstest]
    #[case::stated("Controlling sprites", "", Some("lesson-plan"), Purpose::Lesson)]
    #[case::oak_outcome("Controlling sprites", "I can explain what a sprite is.", None, Purpose::Lesson)]
    #[case::poster("Controlling sprites", "I can explain what a sprite is.", Some("poster"), Purpose::Unknown)]
    #[case::worksheet("Controlling sprites", "", Some("activity"), Purpose::Material)]
    #[case::own_outcome("Controlling sprites", "I can explain what a sprite is.", Some("activity"), Purpose::Lesson)]
    #[case::outdoors("Anna", "I love my job because I can work outdoors.", None, Purpose::Unknown)]
    #[case::job("Chemist", "Chemists study matter.", Some("job-profile"), Purpose::Job)]
    #[case::nothing("Chemist", "Chemists study matter.", None, Purpose::Unknown)]
    fn a_purpose_is_known_by_the_type_or_the_words(
        #[case] title: &str,
        #[case] description: &str,
        #[case] resource_type: Option<&str>,
        #[case] expected: Purpose,
    ) {
        assert_eq!(setting(title, description, resource_type).purpose, expected);
    }

    #[rstest]
    #[case::grade("Fractions for grade 6", true)]
    #[case::ordinal("7th Grade Science", true)]
    #[case::math("Fun math", true)]
    #[case::maths("Fun maths", false)]
    #[case::college("Community college biology", true)]
    #[case::gcse_grades("You need 5 GCSEs at grades 9 to 4", false)]
    #[case::school("Bridges for key stage 2", false)]
    fn schools_elsewhere_are_known_by_their_words(#[case] title: &str, #[case] expected: bool) {
        assert_eq!(setting(title, "", None).is_elsewhere, expected);
    }

    #[rstest]
    #[case::oer_folder("lesson-plan", 0.8, "", Purpose::Unknown)]
    #[case::folder_and_outcome("lesson-plan", 0.8, "I can explain what a sprite is.", Purpose::Lesson)]
    #[case::end_of_a_title("lesson-plan", 0.85, "", Purpose::Material)]
    #[case::weak_end_of_a_title("activity", 0.65, "", Purpose::Unknown)]
    #[case::job_folder("case-study", 0.8, "", Purpose::Job)]
    fn an_inferred_type_makes_a_lesson_only_where_the_title_says_so(
        #[case] id: &str,
        #[case] confidence: f32,
        #[case] description: &str,
        #[case] expected: Purpose,
    ) {
        let value = ConceptId::parse(id).expect("an id");
        let confidence = Confidence::new(confidence).expect("a confidence");
        let claim = Claim { value, method: Method::Inferred, confidence, evidence: None };
        let passages = [Passage::of(Part::Title, "Sprites"), Passage::of(Part::Description, description)];
        assert_eq!(Setting::of(&[claim], &[], &passages).purpose, expected);
    }

    #[test]
    fn what_is_for_adults_is_not_about_the_future_of_pupils() {
        assert!(setting("Postgraduate biology", "", None).is_for_adults);
        assert!(!setting("Careers for graduates in biology", "", None).is_for_adults);
    }

    #[test]
    fn a_lesson_that_speaks_of_industry_is_not_about_careers() {
        let of_industry = "I can say how plastics are used in industry.";
        assert!(!setting("Plastics", of_industry, Some("lesson-plan")).is_of_careers);
        assert!(setting("Careers with plastics", of_industry, Some("lesson-plan")).is_of_careers);
        assert!(setting("Plastics", "Jobs in an industry that grows", None).is_of_careers);
    }
}

//! Marks of levels: where in a text do words name a stage, a year group or ages?
//!
//! Each mark is found by the words it must begin with, made as long as the words allow, and read by
//! [`crate::normalise::parse_levels`]. Whether the level is that of the readers is left to [`super::level`].

use schemas::{AgeRange, ConceptId, ControlledField, Found, Vocabularies};

use super::words::{Gap, Part, Passage, Word};
use crate::normalise::{LevelReading, parse_levels};

/// The words of one mark: "Years 7, 8, 9, 10 and 11" has seven.
const MAX_WORDS: usize = 8;

/// Ages of those at school. Others are of workers, or of fossils.
const SCHOOL_AGES: (u8, u8) = (3, 19);

/// Words that begin a mark, as keys, beside those with a number in them.
const BEGINNINGS: [&str; 20] = [
    "a",
    "age",
    "aged",
    "eyf",
    "first",
    "fourth",
    "gcse",
    "key",
    "lower",
    "national",
    "post",
    "primary",
    "progression",
    "reception",
    "second",
    "secondary",
    "senior",
    "sixth",
    "third",
    "upper",
];

/// Words behind "primary" and "secondary" that make a school of it.
const OF_SCHOOL: [&str; 20] = [
    "school",
    "pupil",
    "child",
    "children",
    "classroom",
    "class",
    "teacher",
    "student",
    "learner",
    "age",
    "computing",
    "science",
    "math",
    "mathematic",
    "stem",
    "curriculum",
    "education",
    "programming",
    "phase",
    "engineering",
];

/// Words behind a year that make it one of something else: "Year 2 of 3", "Year 3 medical student".
const NO_SCHOOL_YEAR: [&str; 17] = [
    "of",
    "report",
    "review",
    "evaluation",
    "result",
    "undergraduate",
    "degree",
    "at",
    "apprentice",
    "medical",
    "dental",
    "veterinary",
    "nursing",
    "midwifery",
    "phd",
    "trainee",
    "university",
];

/// Words behind "student" that make a year one of a training: "Year 2 student nurse".
const IN_TRAINING: [&str; 6] = ["nurse", "midwife", "paramedic", "doctor", "teacher", "vet"];

/// Words behind a level, after "and" or "or", that count in those above it.
const ABOVE: [&str; 6] = ["above", "up", "upward", "over", "onward", "beyond"];

/// Words behind "GCSE" where a job asks for it.
const ASKED_FOR: [&str; 6] = ["grade", "or", "at", "equivalent", "qualification", "result"];

/// Words behind "A level" where it is none.
const NO_A_LEVEL: [&str; 9] = ["playing", "of", "ground", "surface", "head", "crossing", "line", "field", "that"];

/// What a mark names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Concept(ConceptId),
    Ages(AgeRange),
}

/// What sort of words names a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A key stage, of which only schools speak.
    KeyStage,
    /// A year group.
    Year,
    /// A class or a step: S1, a progression step.
    Class,
    /// An examination, or a stage with a name of its own.
    Named,
    /// Ages.
    Ages,
    /// No more than the word for a school.
    School,
}

/// Where a text names a level.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) named: Vec<Named>,
    pub(super) sort: Sort,
    /// Whether the words themselves say that it is about young people: "11-14 year olds".
    pub(super) says_readers: bool,
}

/// The marks of a passage, in its order.
pub(super) fn marks(passage: &Passage<'_>, nation: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut at = 0;
    while at < passage.words.len() {
        match mark_at(passage, at, nation) {
            Some(mark) => {
                at = mark.first + mark.count;
                marks.push(mark);
            }
            None => at += 1,
        }
    }
    marks
}

fn mark_at(passage: &Passage<'_>, at: usize, nation: &str) -> Option<Mark> {
    // Most words begin no mark, and are done with here.
    let key = passage.key(at);
    let is_numbered = key.len() <= 4 && key.starts_with(['k', 'y', 's', 'p']);
    let begins = is_numbered || key.starts_with(|c: char| c.is_ascii_digit()) || BEGINNINGS.contains(&key);
    if !begins {
        return None;
    }
    series(passage, at, nation).or_else(|| ages(passage, at)).or_else(|| school(passage, at, nation))
}

/// Key stages, years, and the classes of Scotland and Wales: what has a name and numbers.
fn series(passage: &Passage<'_>, at: usize, nation: &str) -> Option<Mark> {
    let key = passage.key(at);
    let (letters, number) = key.split_at(key.find(|c: char| c.is_ascii_digit()).unwrap_or(key.len()));
    let is_key_stage = letters == "ks"
        || (key == "key" && passage.key(at + 1) == "stage")
        || (matches!(key, "upper" | "lower") && passage.key(at + 1).starts_with("ks"));
    let in_capitals = passage.words[at].is_in_capitals();
    let is_year = matches!(letters, "year" | "yr") || (letters == "y" && !number.is_empty());
    let is_class = in_capitals && !number.is_empty() && is_class(letters, nation);
    let is_span = in_capitals && matches!(letters, "s" | "p") && !number.is_empty() && is_span(passage, at);
    let is_step = key == "progression" && passage.key(at + 1) == "step";
    let sort = match (is_key_stage, is_year, is_class || is_span || is_step) {
        (true, ..) => Sort::KeyStage,
        (false, true, _) => Sort::Year,
        (false, false, true) => Sort::Class,
        (false, false, false) => return None,
    };
    let count = longest(passage, at);
    let count = count + words_above(passage, at + count);
    for count in (1..=count).rev() {
        let text = &passage.text[passage.words[at].start..passage.end_of(at + count - 1)];
        let read = parse_levels(&text.replace('-', if passage.part == Part::Folder { " " } else { "-" }), nation);
        let named: Vec<Named> = read.into_iter().filter_map(named).collect();
        if !named.is_empty() {
            let is_of_something_else = is_year && is_other_year(passage, at + count);
            return (!is_of_something_else).then_some(Mark { first: at, count, named, sort, says_readers: false });
        }
    }
    None
}

/// P1 to P7 and S1 to S6 are classes in Scotland, P1 to P7 in Northern Ireland, PS1 to PS5 steps in Wales.
fn is_class(letters: &str, nation: &str) -> bool {
    matches!((letters, nation), ("s" | "p", "scotland") | ("p", "northern-ireland") | ("ps" | "cc", "wales"))
}

/// "S1-S3", "S1 to S3", "P5/6/7": alone, S1 may be anything.
fn is_span(passage: &Passage<'_>, at: usize) -> bool {
    let next = if passage.key(at + 1) == "to" { at + 2 } else { at + 1 };
    let letters = |at: usize| passage.key(at).trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let is_same = letters(next) == letters(at) && passage.key(next).len() == passage.key(at).len();
    let is_listed = || letters(next).is_empty() && passage.between(next).contains('/');
    passage.gap(next) != Gap::Break && (is_same || is_listed())
}

fn is_other_year(passage: &Passage<'_>, behind: usize) -> bool {
    let (next, third) = (passage.key(behind), passage.key(behind + 1));
    let is_in_training = next == "student" && IN_TRAINING.contains(&third);
    passage.gap(behind) == Gap::Joined && (NO_SCHOOL_YEAR.contains(&next) || is_in_training)
}

/// How many words count in the levels above: "KS3 and above".
fn words_above(passage: &Passage<'_>, behind: usize) -> usize {
    let is_joined = passage.gap(behind) == Gap::Joined && passage.gap(behind + 1) == Gap::Joined;
    let is_above = matches!(passage.key(behind), "and" | "or") && ABOVE.contains(&passage.key(behind + 1));
    if is_joined && is_above { 2 } else { 0 }
}

fn named(reading: LevelReading) -> Option<Named> {
    match reading {
        LevelReading::Concept(id) => Some(Named::Concept(id)),
        LevelReading::Ages(ages) => Some(Named::Ages(ages)),
        // Grades of the United States are no level of anybody here, unless their source states them.
        LevelReading::Grades(_) => None,
    }
}

/// How many words from here on may belong to one series: its name, numbers, and what joins them.
fn longest(passage: &Passage<'_>, at: usize) -> usize {
    let mut end = at + 1;
    while end < passage.words.len() && end - at < MAX_WORDS && passage.gap(end) != Gap::Break {
        let key = passage.key(end);
        let is_name = matches!(key, "stage" | "step" | "group" | "year" | "yr" | "key" | "ks");
        let is_joint = matches!(key, "to" | "and" | "or");
        let is_number = key.len() <= 2 && passage.words[end].number().is_some();
        let is_numbered =
            key.len() <= 4 && key.ends_with(|c: char| c.is_ascii_digit()) && key.starts_with(['k', 'y', 's', 'p']);
        // "KS3 4 lessons": a number belongs to the series behind its name or a sign that joins.
        let before = passage.key(end - 1);
        let follows_name = matches!(before, "stage" | "step" | "group" | "year" | "yr" | "ks" | "to" | "and" | "or");
        let is_joined = follows_name || passage.between(end).contains(['-', '–', '—', '/', ',', '+']);
        if !(is_name || is_joint || is_numbered || (is_number && is_joined)) {
            break;
        }
        end += 1;
    }
    // What joins must join something.
    while end > at + 1 && matches!(passage.key(end - 1), "to" | "and" | "or") {
        end -= 1;
    }
    end - at
}

/// "Ages 11-14", "aged 7 to 11", "11-14 year olds", "(11-16)".
fn ages(passage: &Passage<'_>, at: usize) -> Option<Mark> {
    let is_said = matches!(passage.key(at), "age" | "aged");
    let mut next = at + usize::from(is_said);
    if is_said && matches!(passage.key(next), "range" | "group" | "between" | "from") {
        next += 1;
    }
    let from = passage.words.get(next)?.number()?;
    // "Ages 10 and 14" are two ages; "between 10 and 14" are all of them.
    let is_between = next > 0 && passage.key(next - 1) == "between";
    let is_to = passage.key(next + 1) == "to" || (is_between && passage.key(next + 1) == "and");
    let second = next + 1 + usize::from(is_to);
    let joins = is_to || passage.between(second.min(passage.words.len() - 1)).contains(['-', '–', '—']);
    let to = passage.words.get(second).filter(|_| joins && passage.gap(second) != Gap::Break);
    let to = to.and_then(Word::number)?;
    let mut end = second + 1;
    let is_years = matches!(passage.key(end), "year" | "yr") && matches!(passage.key(end + 1), "old" | "olds");
    if is_years {
        end += 2;
    }
    let in_brackets = passage.part == Part::Title
        && passage.between(next).contains('(')
        && passage.text[passage.end_of(second)..].starts_with(')');
    let range = AgeRange::new(from, to).ok().filter(|_| from >= SCHOOL_AGES.0 && to <= SCHOOL_AGES.1)?;
    let mark =
        Mark { first: at, count: end - at, named: vec![Named::Ages(range)], sort: Sort::Ages, says_readers: is_years };
    (is_said || is_years || in_brackets).then_some(mark)
}

/// Schools and examinations: "primary schools", "sixth form", "GCSE", "A level".
fn school(passage: &Passage<'_>, at: usize, nation: &str) -> Option<Mark> {
    // "Post-primary" is secondary in Northern Ireland, and anything after it elsewhere.
    if passage.before(at, 1).any(|key| key == "post") {
        return None;
    }
    if let Some(both) = both_schools(passage, at, nation) {
        return Some(both);
    }
    let (key, next, third) = (passage.key(at), passage.key(at + 1), passage.key(at + 2));
    let is_joined = passage.gap(at + 1) == Gap::Joined;
    let in_capitals = passage.words[at].is_in_capitals() && !passage.is_shouted;
    let is_described = passage.part == Part::Description;
    let (label, count) = match (key, next) {
        ("primary", next) if is_joined && OF_SCHOOL.contains(&next) => ("primary", 2),
        ("secondary", next) if is_joined && OF_SCHOOL.contains(&next) => ("secondary", 2),
        ("sixth" | "6th", "form" | "former") => ("sixth form", 2),
        ("post", "16") => ("post-16", 2),
        ("eyf", _) if in_capitals => ("EYFS", 1),
        ("reception", "class" | "children" | "pupil") => ("Reception", 2),
        ("gcse", _) if in_capitals && !ASKED_FOR.contains(&next) && !is_counted(passage, at) => ("GCSE", 1),
        ("a", "level") if in_capitals && !NO_A_LEVEL.contains(&third) && !is_described => ("KS5", 2),
        ("third" | "second" | "first" | "fourth", "level") if nation == "scotland" => return cfe_level(passage, at),
        ("senior", "phase") if nation == "scotland" => ("senior phase", 2),
        // Pupils take it in the fourth year.
        ("national", "5") if !is_described => ("S4", 2),
        _ => return None,
    };
    let is_school = matches!(label, "primary" | "secondary");
    if is_school && is_one_teacher(passage, at + 1) {
        return None;
    }
    let concept = find(label, nation)?;
    let sort = if is_school { Sort::School } else { Sort::Named };
    let says_readers = count == 2 && are_readers(next);
    Some(Mark { first: at, count, named: vec![Named::Concept(concept)], sort, says_readers })
}

/// "Primary and secondary schools", "primary/secondary pupils".
fn both_schools(passage: &Passage<'_>, at: usize, nation: &str) -> Option<Mark> {
    let joint = usize::from(matches!(passage.key(at + 1), "and" | "or"));
    let (second, noun) = (at + joint + 1, at + joint + 2);
    let is_pair = matches!((passage.key(at), passage.key(second)), ("primary", "secondary") | ("secondary", "primary"));
    let is_parted = joint == 1 || passage.gap(second) == Gap::Comma;
    let is_one = passage.gap(at + 1) != Gap::Break && passage.gap(second) != Gap::Break;
    let is_of_school = passage.gap(noun) == Gap::Joined && OF_SCHOOL.contains(&passage.key(noun));
    if !(is_pair && is_parted && is_one && is_of_school) || is_one_teacher(passage, noun) {
        return None;
    }
    let named = [find(passage.key(at), nation)?, find(passage.key(second), nation)?].map(Named::Concept).to_vec();
    let says_readers = are_readers(passage.key(noun));
    Some(Mark { first: at, count: noun + 1 - at, named, sort: Sort::School, says_readers })
}

/// "Teacher", "school teacher": one of them is a job, and many are readers.
fn is_one_teacher(passage: &Passage<'_>, noun: usize) -> bool {
    let teacher = if passage.key(noun) == "school" { noun + 1 } else { noun };
    passage.words.get(teacher).is_some_and(|word| word.key == "teacher" && !word.text.ends_with('s'))
}

fn are_readers(key: &str) -> bool {
    matches!(key, "pupil" | "children" | "student" | "learner" | "former")
}

/// "5 GCSEs", "four GCSEs": how many of them a job asks for.
fn is_counted(passage: &Passage<'_>, at: usize) -> bool {
    let numbers = ["two", "three", "four", "five", "some", "need", "have", "like", "good"];
    passage.before(at, 1).any(|key| numbers.contains(&key) || key.parse::<u8>().is_ok())
}

fn cfe_level(passage: &Passage<'_>, at: usize) -> Option<Mark> {
    let concept = find(&format!("{} level", passage.key(at)), "scotland")?;
    let named = vec![Named::Concept(concept)];
    Some(Mark { first: at, count: 2, named, sort: Sort::Named, says_readers: false })
}

fn find(label: &str, nation: &str) -> Option<ConceptId> {
    match Vocabularies::shipped().find(ControlledField::Level, label, nation) {
        Found::ByLabel(id) | Found::ByAlternative(id) => Some(id),
        Found::Ambiguous(_) | Found::Nothing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::one("Bridges in KS3 lessons", "KS3")]
    #[case::span("For Key Stages 3 and 4: bridges", "Key Stages 3 and 4")]
    #[case::list("Years 7, 8 and 9 together", "Years 7, 8 and 9")]
    #[case::number_of_something_else("KS3 4 lessons", "KS3")]
    #[case::joint_without_end("KS3 and bridges", "KS3")]
    #[case::several("KS2 bridges, then Year 9 towers", "KS2 | Year 9")]
    #[case::scottish_list("P5/6/7 bridges", "P5/6/7")]
    #[case::year_olds("for 7-11 year-olds", "7-11 year-olds")]
    #[case::table("Table S1 and figure P2", "")]
    #[case::model("The S3 model", "")]
    #[case::ago("14-16 years ago", "")]
    #[case::percent("7-11%", "")]
    #[case::fossils("fossils aged 10 to 90", "")]
    #[case::both_schools("For primary and secondary schools", "primary and secondary schools")]
    #[case::two_sorts("Primary and secondary colours", "")]
    #[case::and_above("KS3 and above: bridges", "KS3 and above")]
    #[case::two_ages("ages 10 and 14 for girls", "")]
    #[case::between("aged between 10 and 14", "aged between 10 and 14")]
    #[case::nothing("", "")]
    fn a_mark_is_as_long_as_its_words_allow(#[case] text: &str, #[case] expected: &str) {
        let passage = Passage::of(Part::Title, text);
        let found = marks(&passage, "uk").into_iter().map(|mark| passage.evidence(mark.first, mark.count));
        assert_eq!(found.collect::<Vec<_>>().join(" | "), expected);
    }
}

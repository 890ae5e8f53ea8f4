//! The classes: which of our subjects and stages does a lesson belong to?
//!
//! Says what Oak's subjects are called in our vocabulary. How a text is told to belong to one is left to
//! [`super::model`].

use std::collections::BTreeMap;

use super::lessons::Lesson;

/// How many subjects are told apart.
pub(super) const SUBJECTS: usize = 8;

/// Key stages 1 to 4.
pub(super) const STAGES: usize = 4;

/// Concepts of the subject vocabulary. The first four are science, as a whole and its branches.
pub(super) const SUBJECT_IDS: [&str; SUBJECTS] =
    ["science", "biology", "chemistry", "physics", "mathematics", "computing", "design-technology", "food-technology"];

/// How many of the subjects are science or a branch of it.
pub(super) const SCIENCES: usize = 4;

/// The subject of each lesson, as a place in [`SUBJECT_IDS`]; `None` for what is none of them.
///
/// A lesson of combined science that is also taught in a branch belongs to the branch: the text is the same, and the
/// branch says more.
pub(super) fn subjects_of(lessons: &[Lesson]) -> Vec<Option<usize>> {
    let mut branches: BTreeMap<&str, usize> = BTreeMap::new();
    for lesson in lessons {
        if let Some(subject @ 1..SCIENCES) = subject_of(&lesson.subject) {
            branches.insert(&lesson.id, subject);
        }
    }
    let subject = |lesson: &Lesson| {
        let own = subject_of(&lesson.subject);
        if own == Some(0) { branches.get(lesson.id.as_str()).copied().or(own) } else { own }
    };
    lessons.iter().map(subject).collect()
}

fn subject_of(name: &str) -> Option<usize> {
    let id = match name {
        "combined-science" => "science",
        "design-and-technology" => "design-technology",
        "cooking-nutrition" => "food-technology",
        other => other,
    };
    SUBJECT_IDS.iter().position(|known| *known == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_of_combined_science_belongs_to_its_branch() {
        let lesson = |id: &str, subject: &str| Lesson {
            id: id.to_owned(),
            unit: String::new(),
            title: String::new(),
            outcome: String::new(),
            key_points: String::new(),
            keywords: Vec::new(),
            subject: subject.to_owned(),
            stage: 3,
        };
        let lessons = [
            lesson("a", "combined-science"),
            lesson("a", "chemistry"),
            lesson("b", "combined-science"),
            lesson("c", "cooking-nutrition"),
            lesson("d", "history"),
        ];
        assert_eq!(subjects_of(&lessons), [Some(2), Some(2), Some(0), Some(7), None]);
    }
}

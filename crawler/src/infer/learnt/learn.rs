//! Learning: which model do these lessons make?
//!
//! Each lesson is an example twice: by its title and outcome alone, and with its key points and keywords. How sure the
//! model may be is measured on lessons of units that it has not seen. How a single part is fitted is left to
//! [`super::fit`].

use std::collections::BTreeMap;

use super::classes::{SCIENCES, STAGES, SUBJECTS, subjects_of};
use super::dictionary::{Dictionary, Known};
use super::ensemble::{Ensemble, OPINIONS, Seen, average};
use super::features::{Features, Kind};
use super::fit::{BayesOptions, Example, LogisticOptions, fit_bayes, fit_logistic, fit_temperature};
use super::lessons::{Lesson, groups_of};
use super::linear::{Linear, shares, tempered};
use super::model::Model;
use super::nearest::{Nearest, Neighbour};
use super::shape::{FIGURES, shape_of};
use super::stem::Stem;

/// The words of other subjects.
const OTHER_SUBJECTS: &str = include_str!("../../../models/other-subjects.txt");

/// What occurs in fewer lessons is chance, or a spelling mistake. Pairs and letters are many and each says little: with
/// 2 for all of them the model is twice as large and no better.
const fn least_lessons(kind: Kind) -> u16 {
    match kind {
        Kind::Word => 2,
        Kind::Pair => 3,
        Kind::Letters => 5,
    }
}

/// Into how many parts the lessons are parted to measure how sure the model may be.
const FOLDS: usize = 5;

/// How much rarer subjects count for more in logistic regression: 0 not at all, 1 until all are even.
const BALANCE: f32 = 0.7;

/// Makes a model of lessons. Lessons of subjects that are not ours are left out.
///
/// Takes the time of six models, some 20 seconds for 3,800 lessons if the compiler optimised it. Without a lesson the
/// model knows no word and says the same of every text.
pub fn learn(lessons: &[Lesson]) -> Model {
    let lessons = prepare(lessons);
    let all: Vec<&Prepared<'_>> = lessons.iter().collect();
    let mut model = learn_parts(&all);
    let folds = folds_of(&lessons);
    let mut held_back = Vec::new();
    for fold in 0..FOLDS {
        let (rest, held): (Vec<_>, Vec<_>) = lessons.iter().zip(&folds).partition(|(_, of)| **of != fold);
        let rest: Vec<&Prepared<'_>> = rest.into_iter().map(|(lesson, _)| lesson).collect();
        let part = learn_parts(&rest);
        held_back.extend(held.into_iter().map(|(lesson, _)| HeldBack::of(lesson, &part)));
    }
    set_temperatures(&mut model.subjects, &held_back, |held| (held.subject, held.subjects));
    set_temperatures(&mut model.stages, &held_back, |held| (held.stage, held.stages));
    model
}

/// A lesson as its features.
struct Prepared<'lesson> {
    subject: usize,
    stage: usize,
    group: usize,
    /// Title and outcome.
    brief: Features<'lesson>,
    /// Title, outcome, key points and keywords.
    full: Features<'lesson>,
    shape: [f32; FIGURES],
}

fn prepare(lessons: &[Lesson]) -> Vec<Prepared<'_>> {
    let labelled = lessons.iter().zip(subjects_of(lessons)).zip(groups_of(lessons));
    let ours = labelled.filter_map(|((lesson, subject), group)| Some((lesson, subject?, group)));
    let prepared = ours.map(|(lesson, subject, group)| {
        let brief = [lesson.title.as_str(), lesson.outcome.as_str()];
        let rest = lesson.keywords.iter().map(String::as_str);
        Prepared {
            subject,
            stage: lesson.stage.min(STAGES - 1),
            group,
            brief: Features::of(brief),
            full: Features::of(brief.into_iter().chain([lesson.key_points.as_str()]).chain(rest)),
            shape: shape_of(&lesson.title, &lesson.outcome),
        }
    });
    prepared.collect()
}

/// Parts the lessons into folds of about the same size; lessons of a group are in one fold.
fn folds_of(lessons: &[Prepared<'_>]) -> Vec<usize> {
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for lesson in lessons {
        *sizes.entry(lesson.group).or_default() += 1;
    }
    // The groups in an order that has nothing to do with their content.
    let mut groups: Vec<usize> = sizes.keys().copied().collect();
    groups.sort_by_key(|group| u32::try_from(*group).unwrap_or(u32::MAX).wrapping_mul(0x9e37_79b1));
    let mut filled = [0; FOLDS];
    let mut folds: BTreeMap<usize, usize> = BTreeMap::new();
    for group in groups {
        let emptiest = (0..FOLDS).min_by_key(|fold| filled[*fold]).unwrap_or(0);
        filled[emptiest] += sizes[&group];
        folds.insert(group, emptiest);
    }
    lessons.iter().map(|lesson| folds[&lesson.group]).collect()
}

/// A model whose temperatures are all 1.
fn learn_parts(lessons: &[&Prepared<'_>]) -> Model {
    let dictionary = dictionary_of(lessons);
    let see = |features: &Features<'_>, lesson: &Prepared<'_>| {
        Seen::new(dictionary.known(&features.features), lesson.shape, &dictionary)
    };
    let briefs = lessons.iter().map(|lesson| (see(&lesson.brief, lesson), *lesson));
    let fulls = lessons.iter().map(|lesson| (see(&lesson.full, lesson), *lesson));
    let seen: Vec<(Seen, &Prepared<'_>)> = briefs.chain(fulls).collect();
    let subjects = learn_subjects(&seen, &dictionary);
    let stages = learn_stages(&seen, &dictionary);
    let nearest = nearest_of(&seen[lessons.len()..], &dictionary);
    Model { dictionary, nearest, subjects, stages, stem: Stem::of(OTHER_SUBJECTS) }
}

fn dictionary_of(lessons: &[&Prepared<'_>]) -> Dictionary {
    let mut counts: BTreeMap<u32, u16> = BTreeMap::new();
    for lesson in lessons {
        let mut features: Vec<u32> = lesson.full.features.iter().map(|feature| feature.hash).collect();
        features.sort_unstable();
        features.dedup();
        for feature in features {
            let count = counts.entry(feature).or_default();
            *count = count.saturating_add(1);
        }
    }
    let is_frequent =
        |(feature, count): &(u32, u16)| Kind::of(*feature).is_some_and(|kind| *count >= least_lessons(kind));
    let counted = counts.into_iter().filter(is_frequent).collect();
    Dictionary::new(counted, u16::try_from(lessons.len()).unwrap_or(u16::MAX))
}

fn learn_subjects(seen: &[(Seen, &Prepared<'_>)], dictionary: &Dictionary) -> Ensemble<SUBJECTS, SCIENCES> {
    let mut counts = [0.0_f32; SUBJECTS];
    for (_, lesson) in seen {
        counts[lesson.subject] += 1.0;
    }
    let usual = counts.iter().sum::<f32>() / counts.iter().fold(0.0, |count, _| count + 1.0);
    let examples: Vec<Example<'_>> = seen
        .iter()
        .map(|(seen, lesson)| {
            let weight = (usual / counts[lesson.subject]).powf(BALANCE);
            Example { seen, class: lesson.subject, weight }
        })
        .collect();
    let bayes = fit_bayes(&examples, &BayesOptions { rows: dictionary.rows_up_to(Kind::Pair), smoothing: 0.2 });
    let logistic = fit_logistic(&examples, &LogisticOptions { rows: dictionary.len(), freedom: 20.0, steps: 120 });
    ensemble_of(bayes, logistic)
}

fn learn_stages(seen: &[(Seen, &Prepared<'_>)], dictionary: &Dictionary) -> Ensemble<STAGES, 1> {
    let examples: Vec<Example<'_>> =
        seen.iter().map(|(seen, lesson)| Example { seen, class: lesson.stage, weight: 1.0 }).collect();
    let bayes = fit_bayes(&examples, &BayesOptions { rows: dictionary.rows_up_to(Kind::Pair), smoothing: 1.0 });
    let logistic = fit_logistic(&examples, &LogisticOptions { rows: dictionary.len(), freedom: 4.0, steps: 80 });
    ensemble_of(bayes, logistic)
}

fn ensemble_of<const CLASSES: usize, const GROUP: usize>(
    bayes: Linear<CLASSES>,
    (logistic, shape): (Linear<CLASSES>, [[f32; CLASSES]; FIGURES]),
) -> Ensemble<CLASSES, GROUP> {
    Ensemble { bayes, logistic, shape, temperatures: [1.0; OPINIONS], between: 1.0, within: 1.0 }
}

fn nearest_of(seen: &[(Seen, &Prepared<'_>)], dictionary: &Dictionary) -> Nearest {
    let words = dictionary.rows_up_to(Kind::Word);
    let neighbours = seen.iter().map(|(seen, lesson)| Neighbour {
        subject: u8::try_from(lesson.subject).unwrap_or(0),
        stage: u8::try_from(lesson.stage).unwrap_or(0),
        words: seen.known.iter().take_while(|known| known.row < words).filter_map(word_of).collect(),
    });
    Nearest::new(neighbours.collect(), words)
}

/// The row of a word with how often it occurs; more than four times count as four in any case.
fn word_of(known: &Known) -> Option<(u32, u32)> {
    let times = [1_u16, 2, 3, 4].into_iter().filter(|times| f32::from(*times) <= known.times).max()?;
    Some((u32::try_from(known.row).ok()?, u32::from(times)))
}

/// What a model says about the title and outcome of a lesson that it has not seen.
struct HeldBack {
    subject: usize,
    stage: usize,
    subjects: [[f32; SUBJECTS]; OPINIONS],
    stages: [[f32; STAGES]; OPINIONS],
}

impl HeldBack {
    fn of(lesson: &Prepared<'_>, model: &Model) -> Self {
        let known = model.dictionary.known(&lesson.brief.features);
        let seen = Seen::new(known, lesson.shape, &model.dictionary);
        let votes = model.nearest.votes(&seen.known, &model.dictionary);
        Self {
            subject: lesson.subject,
            stage: lesson.stage,
            subjects: model.subjects.opinions(&seen, votes.subjects),
            stages: model.stages.opinions(&seen, votes.stages),
        }
    }
}

/// Makes each opinion as sure as it was right about what it had not seen, and then their average.
fn set_temperatures<const CLASSES: usize, const GROUP: usize>(
    ensemble: &mut Ensemble<CLASSES, GROUP>,
    held_back: &[HeldBack],
    said: impl Fn(&HeldBack) -> (usize, [[f32; CLASSES]; OPINIONS]),
) {
    let (classes, opinions): (Vec<usize>, Vec<[[f32; CLASSES]; OPINIONS]>) = held_back.iter().map(said).unzip();
    for (opinion, temperature) in ensemble.temperatures.iter_mut().enumerate() {
        *temperature = fit_temperature(&classes, |index, temperature| {
            shares(opinions[index][opinion].map(|score| score / temperature))
        });
    }
    let averages: Vec<[f32; CLASSES]> =
        opinions.iter().map(|opinions| average(opinions, ensemble.temperatures)).collect();
    // What surprises about the group and what surprises within it add up, so one is fitted after the other.
    let fit = |at: &dyn Fn(usize, f32) -> [f32; CLASSES]| fit_temperature(&classes, at);
    ensemble.between = fit(&|index, between| tempered::<CLASSES, GROUP>(averages[index], between, 1.0));
    if GROUP > 1 {
        ensemble.within = fit(&|index, within| tempered::<CLASSES, GROUP>(averages[index], ensemble.between, within));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::learnt::Text;

    fn lesson(number: usize, title: &str, subject: &str, stage: usize) -> Lesson {
        Lesson {
            id: format!("made-up-{number}"),
            unit: format!("unit {}", number / 2),
            title: format!("{title} {number}"),
            outcome: format!("I can talk about {title}."),
            key_points: format!("What {title} means. | Why {title} matters."),
            keywords: vec![title.to_owned()],
            subject: subject.to_owned(),
            stage,
        }
    }

    fn made_up() -> Vec<Lesson> {
        let kinds = [
            ("counting beads", "mathematics", 0),
            ("solving quadratic equations", "mathematics", 3),
            ("bonding of ions", "chemistry", 3),
            ("growing beans", "science", 0),
            ("writing loops", "computing", 2),
            ("poems about rain", "english", 1),
        ];
        let numbered = (0..60).map(|number| (number, kinds[number % kinds.len()]));
        numbered.map(|(number, (title, subject, stage))| lesson(number, title, subject, stage)).collect()
    }

    #[test]
    fn the_same_lessons_make_the_same_bytes_and_these_the_same_model() {
        let model = learn(&made_up());
        let bytes = model.to_bytes();
        assert_eq!(learn(&made_up()).to_bytes(), bytes);
        assert_eq!(Model::read(&bytes).unwrap(), model);
    }

    #[test]
    fn what_lessons_were_about_is_recognised() {
        let model = learn(&made_up());
        let cases = [("Quadratic equations", "mathematics", 3), ("Bonding", "chemistry", 3), ("Beans", "science", 0)];
        for (title, subject, stage) in cases {
            let said = model.predict(&Text { title, description: "", keywords: &[], topics: &[] });
            assert_eq!((said.subjects[0].0, said.best_stage()), (subject, stage), "{title}: {said:?}");
        }
    }

    #[test]
    fn no_lessons_make_a_model_that_knows_nothing() {
        let model = learn(&[]);
        let said = model.predict(&Text { title: "Acids", description: "", keywords: &[], topics: &[] });
        assert!(said.stem < 0.25 && (said.stages[0] - 0.25).abs() < 1e-3, "{said:?}");
        assert_eq!(Model::read(&model.to_bytes()).unwrap(), model);
    }

    #[test]
    fn lessons_of_a_group_are_in_one_fold_and_folds_of_one_size() {
        let lessons = made_up();
        let prepared = prepare(&lessons);
        let folds = folds_of(&prepared);
        for (one, fold) in prepared.iter().zip(&folds) {
            assert!(prepared.iter().zip(&folds).all(|(other, of)| one.group != other.group || fold == of));
        }
        assert!((0..FOLDS).all(|fold| folds.iter().filter(|of| **of == fold).count() >= 5));
    }
}

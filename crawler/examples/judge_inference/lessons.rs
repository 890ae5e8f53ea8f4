//! Lessons: how well are subject and key stage read from lessons that the model has not seen?
//!
//! Lessons of one unit, copies of a lesson, and lessons with the same title stay on one side. The bare model answers
//! everything; [`infer_with`] is judged beside it, with what it leaves unsaid.

use std::collections::{BTreeMap, BTreeSet};

use crawler::infer::infer_with;
use crawler::infer::learnt::{Lesson, Model, Prediction, Text, learn};
use schemas::{Claim, ConceptId, ControlledField, Metadata, Source};

use crate::figures::{Tally, area_under_curve, calibration_error, macro_f1, share};

/// Into how many parts the lessons are parted.
const FOLDS: usize = 5;

/// The least confidences for which the table of key stages says what they would bring.
const THRESHOLDS: [f32; 6] = [0.0, 0.3, 0.4, 0.5, 0.6, 0.7];

/// The ids of key stages 1 to 4.
const STAGES: [&str; 4] = ["ks1", "ks2", "ks3", "ks4"];

/// How much of a lesson is read.
#[derive(Clone, Copy)]
enum Extent {
    TitleAndOutcome,
    AllText,
}

/// A lesson with what is true of it.
struct Judged<'l> {
    lesson: &'l Lesson,
    /// Every subject that the lesson has, under whichever name it is copied.
    labels: BTreeSet<&'static str>,
    fold: usize,
}

/// A model for each fold, which has not seen its lessons; or the same for all.
pub(crate) enum Models<'m> {
    Folds(Vec<Model>),
    One(&'m Model),
}

impl Models<'_> {
    fn of(&self, fold: usize) -> &Model {
        match self {
            Self::Folds(models) => &models[fold],
            Self::One(model) => model,
        }
    }
}

/// Learns a model for each fold from the lessons of the others.
pub(crate) fn learn_folds(lessons: &[Lesson]) -> Models<'static> {
    let folds = folds_of(lessons);
    let models = (0..FOLDS).map(|fold| {
        let rest = lessons.iter().zip(&folds).filter(|(_, of)| **of != fold);
        learn(&rest.map(|(lesson, _)| lesson.clone()).collect::<Vec<_>>())
    });
    Models::Folds(models.collect())
}

/// Texts that are no STEM, and what they are.
pub(crate) struct Others {
    pub(crate) name: String,
    pub(crate) lessons: Vec<Lesson>,
}

/// What the models say of the lessons, and how well they tell them from all `others`.
pub(crate) fn judge(lessons: &[Lesson], others: &[Others], models: &Models<'_>, source: &Source) -> Vec<String> {
    let judged = judged(lessons);
    let mut lines = Vec::new();
    for (extent, name) in [(Extent::TitleAndOutcome, "title and outcome"), (Extent::AllText, "all text")] {
        let bare: Vec<(&Judged<'_>, Prediction)> =
            judged.iter().map(|one| (one, predict(models.of(one.fold), one.lesson, extent))).collect();
        lines.push(format!("{} lessons, {name}", judged.len()));
        lines.extend(bare_subjects(&bare));
        lines.extend(bare_stages(&bare));
        lines.extend(others.iter().map(|others| against(others, &bare, models, extent)));
        lines.extend(with_abstentions(&judged, models, source, extent));
    }
    lines
}

/// How well lessons are told from texts that are no STEM. Each of those is asked of one model only, in turn.
fn against(others: &Others, bare: &[(&Judged<'_>, Prediction)], models: &Models<'_>, extent: Extent) -> String {
    let positives: Vec<f32> = bare.iter().map(|(_, prediction)| prediction.stem).collect();
    let numbered = others.lessons.iter().enumerate();
    let negatives: Vec<f32> =
        numbered.map(|(index, lesson)| predict(models.of(index % FOLDS), lesson, extent).stem).collect();
    let area = area_under_curve(&positives, &negatives);
    format!("  STEM against {} {}: AUC {area:.3}", negatives.len(), others.name)
}

fn bare_subjects(bare: &[(&Judged<'_>, Prediction)]) -> Vec<String> {
    let mut pairs = Vec::new();
    let mut sure = Vec::new();
    let mut either = 0;
    for (one, prediction) in bare {
        let (said, probability) = merged(prediction);
        let truth = one.labels.first().map_or("", |label| class_of(label));
        pairs.push((truth, said));
        sure.push((probability, truth == said));
        either += usize::from(prediction.subjects.first().is_some_and(|(id, _)| one.labels.contains(id)));
    }
    vec![
        format!(
            "  subject, bare: macro-F1 {:.3} with the sciences as one, ECE {:.3}",
            macro_f1(&pairs),
            calibration_error(&sure)
        ),
        format!("  subject, bare: single label, any label of the lesson accepted: {:.3}", share(either, bare.len())),
    ]
}

fn bare_stages(bare: &[(&Judged<'_>, Prediction)]) -> Vec<String> {
    let said: Vec<(f32, usize)> = bare
        .iter()
        .map(|(one, prediction)| {
            let stage = prediction.best_stage();
            (prediction.stages[stage], stage.abs_diff(one.lesson.stage))
        })
        .collect();
    let sure: Vec<(f32, bool)> = said.iter().map(|(probability, off)| (*probability, *off == 0)).collect();
    let mut lines = vec![format!("  key stage, bare: ECE {:.3}", calibration_error(&sure))];
    for threshold in THRESHOLDS {
        let kept: Vec<usize> = said.iter().filter(|(sure, _)| *sure >= threshold).map(|(_, off)| *off).collect();
        lines.push(format!(
            "  key stage, bare, from {threshold:.1} on: coverage {:.3}  exact {:.3}  within one {:.3}",
            share(kept.len(), said.len()),
            share(kept.iter().filter(|off| **off == 0).count(), kept.len()),
            share(kept.iter().filter(|off| **off <= 1).count(), kept.len())
        ));
    }
    lines
}

fn with_abstentions(judged: &[Judged<'_>], models: &Models<'_>, source: &Source, extent: Extent) -> Vec<String> {
    let (mut subjects, mut stages, mut near) = (Tally::default(), Tally::default(), Tally::default());
    for one in judged {
        let mut metadata = record_of(one.lesson, extent);
        infer_with(models.of(one.fold), &mut metadata, source);
        let truths: BTreeSet<&str> = one.labels.iter().map(|label| class_of(label)).collect();
        let said =
            |field| metadata.concepts(field).iter().map(|claim| (claim.confidence.value(), claim.value.as_str()));
        let of_subject = said(ControlledField::Subject).map(|(sure, id)| (sure, truths.contains(class_of(id))));
        subjects.add(&of_subject.collect::<Vec<_>>());
        let off = |id: &str| STAGES.iter().position(|stage| *stage == id).map(|at| at.abs_diff(one.lesson.stage));
        let of_stage: Vec<(f32, Option<usize>)> =
            said(ControlledField::Level).map(|(sure, id)| (sure, off(id))).collect();
        stages.add(&of_stage.iter().map(|(sure, off)| (*sure, *off == Some(0))).collect::<Vec<_>>());
        near.add(&of_stage.iter().map(|(sure, off)| (*sure, off.is_some_and(|off| off <= 1))).collect::<Vec<_>>());
    }
    let mut lines = vec![format!("  subject, with abstentions:               {}", subjects.line())];
    lines.extend(subjects.table());
    lines.push(format!("  key stage, with abstentions, exact:      {}", stages.line()));
    lines.extend(stages.table());
    lines.push(format!("  key stage, with abstentions, within one: {}", near.line()));
    lines
}

/// A lesson as a record that states its type, as its source does, and neither subject nor level.
fn record_of(lesson: &Lesson, extent: Extent) -> Metadata {
    let mut metadata = Metadata { title: lesson.title.clone(), ..Metadata::default() };
    metadata.description = Some(description_of(lesson, extent));
    if matches!(extent, Extent::AllText) {
        metadata.keywords.clone_from(&lesson.keywords);
    }
    let lesson_plan = ConceptId::parse("lesson-plan").expect("it is written as an id");
    metadata.add_concept(ControlledField::Type, Claim::stated(lesson_plan));
    metadata
}

fn description_of(lesson: &Lesson, extent: Extent) -> String {
    match extent {
        Extent::TitleAndOutcome => lesson.outcome.clone(),
        Extent::AllText => format!("{} {}", lesson.outcome, lesson.key_points),
    }
}

fn predict(model: &Model, lesson: &Lesson, extent: Extent) -> Prediction {
    let keywords: &[String] = if matches!(extent, Extent::AllText) { &lesson.keywords } else { &[] };
    let description = description_of(lesson, extent);
    model.predict(&Text { title: &lesson.title, description: &description, keywords, topics: &[] })
}

/// The most probable subject with the sciences as one, and how probable it is.
fn merged(prediction: &Prediction) -> (&'static str, f32) {
    let mut classes: BTreeMap<&'static str, f32> = BTreeMap::new();
    for (id, probability) in &prediction.subjects {
        *classes.entry(class_of(id)).or_default() += probability;
    }
    classes.into_iter().max_by(|(_, one), (_, other)| one.total_cmp(other)).unwrap_or(("", 0.0))
}

/// A subject with the sciences as one; of others the subject that it is part of.
fn class_of(id: &str) -> &'static str {
    match id {
        "science"
        | "biology"
        | "chemistry"
        | "physics"
        | "combined-science"
        | "environmental-science"
        | "human-health"
        | "earth-science"
        | "astronomy-space" => "science",
        "mathematics" | "statistics" => "mathematics",
        "computing" | "computer-science" | "ict" | "cyber-security" => "computing",
        "design-technology" => "design-technology",
        "food-technology" => "food-technology",
        _ => "another",
    }
}

/// The subject of our vocabulary that a lesson's is; `None` for those that are none of ours.
fn label_of(subject: &str) -> Option<&'static str> {
    Some(match subject {
        "science" | "combined-science" => "science",
        "biology" => "biology",
        "chemistry" => "chemistry",
        "physics" => "physics",
        "mathematics" | "maths" => "mathematics",
        "computing" => "computing",
        "design-and-technology" | "design-technology" => "design-technology",
        "cooking-nutrition" => "food-technology",
        _ => return None,
    })
}

fn judged(lessons: &[Lesson]) -> Vec<Judged<'_>> {
    let mut labels: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
    for lesson in lessons {
        labels.entry(&lesson.id).or_default().extend(label_of(&lesson.subject));
    }
    let folds = folds_of(lessons);
    let ours = lessons.iter().zip(folds).filter(|(lesson, _)| label_of(&lesson.subject).is_some());
    ours.map(|(lesson, fold)| Judged { lesson, labels: labels[lesson.id.as_str()].clone(), fold }).collect()
}

/// The fold of each lesson: one for all lessons that share a unit, a title or an id, or are joined by such.
fn folds_of(lessons: &[Lesson]) -> Vec<usize> {
    let mut leaders: Vec<usize> = (0..lessons.len()).collect();
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for (index, lesson) in lessons.iter().enumerate() {
        let units = lesson.unit.split('|').map(str::trim).filter(|unit| !unit.is_empty());
        let mut keys: Vec<String> = units.map(|unit| format!("unit {}", unit.to_lowercase())).collect();
        keys.push(format!("title {}", lesson.title.to_lowercase()));
        keys.push(format!("id {}", lesson.id));
        for key in keys {
            let other = *first.entry(key).or_insert(index);
            let (one, other) = (leader(&leaders, index), leader(&leaders, other));
            leaders[one.max(other)] = one.min(other);
        }
    }
    let groups: Vec<usize> = (0..lessons.len()).map(|index| leader(&leaders, index)).collect();
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for group in &groups {
        *sizes.entry(*group).or_default() += 1;
    }
    // The largest groups first, each into the fold that has least.
    let mut by_size: Vec<(usize, usize)> = sizes.into_iter().collect();
    by_size.sort_by_key(|(group, size)| (std::cmp::Reverse(*size), *group));
    let mut filled = [0; FOLDS];
    let mut fold_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (group, size) in by_size {
        let fold = (0..FOLDS).min_by_key(|fold| filled[*fold]).unwrap_or(0);
        filled[fold] += size;
        fold_of.insert(group, fold);
    }
    groups.iter().map(|group| fold_of[group]).collect()
}

fn leader(leaders: &[usize], mut index: usize) -> usize {
    while leaders[index] != index {
        index = leaders[index];
    }
    index
}

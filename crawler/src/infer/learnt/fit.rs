//! Fitting: which weights tell the classes of some examples apart best?
//!
//! Naive Bayes by counting, logistic regression by steps down the slope of its loss, temperatures by trying. All of it
//! goes through the examples in their order and leaves nothing to chance. Which examples is left to
//! [`super::learn`](mod@super::learn).

use super::ensemble::Seen;
use super::linear::{Linear, shares};
use super::shape::FIGURES;

/// What every example has beside its features, so that a class can be frequent. Small, or it would be learnt instead.
const CONSTANT: f32 = 0.3;

/// The steepest curve of the loss, for values of length 1 with the constant and the shape: half of their square.
const STEEPNESS: f32 = 0.75;

/// A text with the class it belongs to.
pub(super) struct Example<'seen> {
    pub(super) seen: &'seen Seen,
    pub(super) class: usize,
    /// How many examples it counts for.
    pub(super) weight: f32,
}

/// How naive Bayes is to be fitted.
pub(super) struct BayesOptions {
    /// How many rows get a weight, counted from the first.
    pub(super) rows: usize,
    /// What every class has seen of every feature before it has seen anything.
    pub(super) smoothing: f32,
}

/// Counts in how many examples of each class each feature occurs, and takes logarithms.
pub(super) fn fit_bayes<const CLASSES: usize>(examples: &[Example<'_>], options: &BayesOptions) -> Linear<CLASSES> {
    let mut counts = vec![[0.0_f32; CLASSES]; options.rows];
    let mut features = [0.0_f32; CLASSES];
    let mut texts = [1.0_f32; CLASSES];
    for example in examples {
        texts[example.class] += 1.0;
        for known in &example.seen.known {
            let Some(counts) = counts.get_mut(known.row) else { continue };
            counts[example.class] += 1.0;
            features[example.class] += 1.0;
        }
    }
    let before = counts.iter().fold(0.0, |sum, _| sum + options.smoothing);
    for row in &mut counts {
        for (count, features) in row.iter_mut().zip(features) {
            *count = ((*count + options.smoothing) / (features + before)).ln();
        }
        // Only differences between classes matter; without the average they fit into a byte.
        let average = row.iter().sum::<f32>() / row.iter().fold(0.0, |count, _| count + 1.0);
        for weight in row {
            *weight -= average;
        }
    }
    let all: f32 = texts.iter().sum();
    Linear::of(texts.map(|texts| (texts / all).ln()), &counts)
}

/// How logistic regression is to be fitted.
pub(super) struct LogisticOptions {
    /// How many rows get a weight.
    pub(super) rows: usize,
    /// How far weights may go from 0: the larger, the further (`C` of other libraries).
    pub(super) freedom: f32,
    pub(super) steps: usize,
}

/// The weights for features, with the bias, and those for the shape.
pub(super) fn fit_logistic<const CLASSES: usize>(
    examples: &[Example<'_>],
    options: &LogisticOptions,
) -> (Linear<CLASSES>, [[f32; CLASSES]; FIGURES]) {
    let total: f32 = examples.iter().map(|example| example.weight).sum();
    let pull = 1.0 / (options.freedom * total.max(1.0));
    let step = 1.0 / (STEEPNESS + pull);
    let ratio = (pull * step).sqrt();
    // Nesterov's accelerated descent for a loss of this steepness and this pull towards 0.
    let momentum = (1.0 - ratio) / (1.0 + ratio);
    let mut weights = vec![[0.0_f32; CLASSES]; options.rows + FIGURES + 1];
    let mut ahead = weights.clone();
    for _ in 0..options.steps {
        let slope = slope_of(examples, &ahead, pull, total);
        for ((weight, ahead), slope) in
            weights.as_flattened_mut().iter_mut().zip(ahead.as_flattened_mut()).zip(slope.as_flattened())
        {
            let next = *ahead - step * slope;
            *ahead = next + momentum * (next - *weight);
            *weight = next;
        }
    }
    let (features, rest) = weights.split_at(options.rows);
    let mut shape = [[0.0; CLASSES]; FIGURES];
    shape.copy_from_slice(&rest[..FIGURES]);
    (Linear::of(rest[FIGURES].map(|weight| weight * CONSTANT), features), shape)
}

/// How the loss changes with each weight.
fn slope_of<const CLASSES: usize>(
    examples: &[Example<'_>],
    weights: &[[f32; CLASSES]],
    pull: f32,
    total: f32,
) -> Vec<[f32; CLASSES]> {
    let mut slope: Vec<[f32; CLASSES]> = weights.iter().map(|row| row.map(|weight| weight * pull)).collect();
    for example in examples {
        let mut scores = [0.0; CLASSES];
        for (row, value) in inputs(example.seen, weights.len()) {
            for (score, weight) in scores.iter_mut().zip(&weights[row]) {
                *score += weight * value;
            }
        }
        let mut errors = shares(scores);
        errors[example.class] -= 1.0;
        let errors = errors.map(|error| error * example.weight / total);
        for (row, value) in inputs(example.seen, weights.len()) {
            for (slope, error) in slope[row].iter_mut().zip(&errors) {
                *slope += error * value;
            }
        }
    }
    slope
}

/// The features of a text, its shape and the constant, each with its row among so many.
fn inputs(seen: &Seen, rows: usize) -> impl Iterator<Item = (usize, f32)> {
    let features = seen.known.iter().zip(&seen.values).map(|(known, value)| (known.row, *value));
    let rest = seen.shape.into_iter().chain([CONSTANT]);
    features.chain((rows - FIGURES - 1..).zip(rest))
}

/// The temperature, between 0.4 and 12, under which what happened is least surprising.
pub(super) fn fit_temperature<const CLASSES: usize>(
    classes: &[usize],
    probabilities_at: impl Fn(usize, f32) -> [f32; CLASSES],
) -> f32 {
    let surprise = |temperature: f32| -> f32 {
        let each = classes.iter().enumerate();
        each.map(|(index, class)| -probabilities_at(index, temperature)[*class].max(1e-7).ln()).sum()
    };
    let temperatures = std::iter::successors(Some(0.4_f32), |last| Some(last * 1.05)).take(70);
    let tried = temperatures.map(|temperature| (surprise(temperature), temperature));
    tried.min_by(|(one, _), (other, _)| one.total_cmp(other)).map_or(1.0, |(_, temperature)| temperature)
}

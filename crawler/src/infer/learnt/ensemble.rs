//! Three opinions as one: what do word counts, weighed features and the nearest lessons say together?
//!
//! Naive Bayes over words and pairs, logistic regression over all features and the shape of the text, and the votes of
//! the nearest lessons are each made as sure as they deserve by a temperature, then averaged. They err in different
//! places: together they beat the best of them by two points. What they are learnt from is left to
//! [`super::learn`](mod@super::learn).

use super::bytes::{Damaged, Reader, Writer};
use super::dictionary::{Dictionary, Known};
use super::features::Kind;
use super::linear::{Linear, normalised, shares, tempered};
use super::shape::FIGURES;

/// Naive Bayes, logistic regression, nearest lessons.
pub(super) const OPINIONS: usize = 3;

/// How many words and pairs a title and an outcome have at most. Naive Bayes takes every further word as further proof,
/// though the words of a description say much the same, so those of longer texts share the weight of so many.
const MAX_PROOFS: f32 = 30.0;

/// A text as the opinions see it.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) known: Vec<Known>,
    /// How much each known feature counts in logistic regression: the rarer and the more often the more, of length 1.
    pub(super) values: Vec<f32>,
    pub(super) shape: [f32; FIGURES],
}

impl Seen {
    pub(super) fn new(known: Vec<Known>, shape: [f32; FIGURES], dictionary: &Dictionary) -> Self {
        let value = |known: &Known| (1.0 + known.times.ln()) * dictionary.rarity(known.row);
        let mut values: Vec<f32> = known.iter().map(value).collect();
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        for value in &mut values {
            *value /= length;
        }
        Self { known, values, shape }
    }
}

/// What is needed to tell some classes apart, of which the first `GROUP` are kinds of one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ensemble<const CLASSES: usize, const GROUP: usize> {
    /// Rows for words and pairs only.
    pub(super) bayes: Linear<CLASSES>,
    /// Rows for all features.
    pub(super) logistic: Linear<CLASSES>,
    pub(super) shape: [[f32; CLASSES]; FIGURES],
    /// One for each opinion.
    pub(super) temperatures: [f32; OPINIONS],
    /// One for the average.
    pub(super) between: f32,
    /// One for the kinds of the group.
    pub(super) within: f32,
}

impl<const CLASSES: usize, const GROUP: usize> Ensemble<CLASSES, GROUP> {
    /// The scores of each opinion, not yet tempered; those of the nearest lessons are the logarithms of their votes.
    pub(super) fn opinions(&self, seen: &Seen, votes: [f32; CLASSES]) -> [[f32; CLASSES]; OPINIONS] {
        let mut bayes = self.bayes.bias();
        let mut logistic = self.logistic.bias();
        let mut proofs = 0.0_f32;
        for (known, value) in seen.known.iter().zip(&seen.values) {
            proofs += if self.bayes.has_row(known.row) { 1.0 } else { 0.0 };
            self.bayes.add(known.row, 1.0, &mut bayes);
            self.logistic.add(known.row, *value, &mut logistic);
        }
        for (weights, figure) in self.shape.iter().zip(seen.shape) {
            for (score, weight) in logistic.iter_mut().zip(weights) {
                *score += weight * figure;
            }
        }
        let bayes = bayes.map(|score| score * (MAX_PROOFS / proofs.max(MAX_PROOFS)));
        [bayes, logistic, votes.map(|vote| vote.max(f32::MIN_POSITIVE).ln())]
    }

    /// The probability of each class.
    pub(super) fn mix(&self, opinions: &[[f32; CLASSES]; OPINIONS]) -> [f32; CLASSES] {
        tempered::<CLASSES, GROUP>(average(opinions, self.temperatures), self.between, self.within)
    }

    /// What a known feature says for each class, beside what it says on average.
    pub(super) fn says(&self, row: usize, value: f32) -> [f32; CLASSES] {
        let [bayes, logistic] = [self.bayes.row(row), self.logistic.row(row)];
        let [of_bayes, of_logistic, _] = self.temperatures;
        let mut says = [0.0; CLASSES];
        for (class, said) in says.iter_mut().enumerate() {
            *said = bayes[class] / of_bayes + logistic[class] * value / of_logistic;
        }
        let average = says.iter().sum::<f32>() / says.iter().fold(0.0, |count, _| count + 1.0);
        says.map(|said| said - average)
    }

    pub(super) fn write(&self, to: &mut Writer) {
        self.bayes.write(to);
        self.logistic.write(to);
        to.floats(self.shape.as_flattened());
        to.floats(&self.temperatures);
        to.floats(&[self.between, self.within]);
    }

    pub(super) fn read(from: &mut Reader<'_>, dictionary: &Dictionary) -> Result<Self, Damaged> {
        let bayes = Linear::read(from, dictionary.rows_up_to(Kind::Pair))?;
        let logistic = Linear::read(from, dictionary.len())?;
        let mut shape = [[0.0; CLASSES]; FIGURES];
        for weights in &mut shape {
            *weights = from.floats()?;
        }
        let temperatures = from.floats()?;
        let [between, within] = from.floats()?;
        if temperatures.iter().chain([&between, &within]).any(|temperature| *temperature < 0.01) {
            return Err(Damaged("a temperature is too low"));
        }
        Ok(Self { bayes, logistic, shape, temperatures, between, within })
    }
}

/// The average of tempered opinions.
pub(super) fn average<const CLASSES: usize>(
    opinions: &[[f32; CLASSES]; OPINIONS],
    temperatures: [f32; OPINIONS],
) -> [f32; CLASSES] {
    let mut sum = [0.0; CLASSES];
    for (scores, temperature) in opinions.iter().zip(temperatures) {
        let opinion = shares(scores.map(|score| score / temperature));
        for (sum, probability) in sum.iter_mut().zip(opinion) {
            *sum += probability;
        }
    }
    normalised(sum)
}

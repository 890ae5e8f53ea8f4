//! Linear scores: how much does each feature speak for each of some classes?
//!
//! Weights are kept at one byte. Where they come from is left to [`super::learn`](mod@super::learn), what a row stands
//! for to [`super::dictionary`].

use super::bytes::{Damaged, Reader, Writer};

/// One row of weights for each feature, one weight for each class.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Linear<const CLASSES: usize> {
    /// What a class has before anything is read.
    bias: [f32; CLASSES],
    /// What a weight of 1 is worth.
    unit: f32,
    rows: Vec<[i8; CLASSES]>,
}

impl<const CLASSES: usize> Linear<CLASSES> {
    /// Keeps the weights at one byte each, the largest as 127.
    pub(super) fn of(bias: [f32; CLASSES], weights: &[[f32; CLASSES]]) -> Self {
        let largest = weights.as_flattened().iter().fold(f32::MIN_POSITIVE, |most, weight| most.max(weight.abs()));
        let unit = largest / f32::from(i8::MAX);
        let rows = weights.iter().map(|row| row.map(|weight| byte_of(weight / unit))).collect();
        Self { bias, unit, rows }
    }

    pub(super) const fn bias(&self) -> [f32; CLASSES] {
        self.bias
    }

    pub(super) const fn has_row(&self, row: usize) -> bool {
        row < self.rows.len()
    }

    /// What a feature says for each class; nothing for a feature that has no row.
    pub(super) fn row(&self, row: usize) -> [f32; CLASSES] {
        self.rows.get(row).map_or([0.0; CLASSES], |weights| weights.map(|weight| f32::from(weight) * self.unit))
    }

    /// Adds what a feature says, `times` over.
    pub(super) fn add(&self, row: usize, times: f32, scores: &mut [f32; CLASSES]) {
        let Some(weights) = self.rows.get(row) else { return };
        let times = times * self.unit;
        for (score, weight) in scores.iter_mut().zip(weights) {
            *score += f32::from(*weight) * times;
        }
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.floats(&self.bias);
        to.floats(&[self.unit]);
        to.signed_bytes(self.rows.as_flattened());
    }

    /// Reads as many rows as are told beforehand.
    pub(super) fn read(from: &mut Reader<'_>, rows: usize) -> Result<Self, Damaged> {
        let bias = from.floats()?;
        let [unit] = from.floats()?;
        let rows = (0..from.fitting(rows, CLASSES)?).map(|_| from.signed_bytes()).collect::<Result<_, _>>()?;
        Ok(Self { bias, unit, rows })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounded and clamped to what a byte holds")]
fn byte_of(value: f32) -> i8 {
    value.round().clamp(-127.0, 127.0) as i8
}

/// Turns scores into probabilities: each its share of the exponentials.
pub(super) fn shares<const CLASSES: usize>(scores: [f32; CLASSES]) -> [f32; CLASSES] {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    normalised(scores.map(|score| (score - most).exp()))
}

/// Makes a distribution flatter (above 1) or sharper (below).
///
/// The first `GROUP` classes are kinds of one: `between` is for that one among the rest, `within` for its kinds.
pub(super) fn tempered<const CLASSES: usize, const GROUP: usize>(
    probabilities: [f32; CLASSES],
    between: f32,
    within: f32,
) -> [f32; CLASSES] {
    let power = |probability: f32, temperature: f32| (probability.max(1e-9).ln() / temperature).exp();
    let mut powers = probabilities.map(|probability| power(probability, between));
    let whole = probabilities.iter().take(GROUP).sum::<f32>().max(f32::MIN_POSITIVE);
    let kinds = probabilities.map(|probability| power(probability / whole, within));
    let all_kinds: f32 = kinds.iter().take(GROUP).sum();
    for (power_of_kind, kind) in powers.iter_mut().zip(kinds).take(GROUP) {
        *power_of_kind = power(whole, between) * kind / all_kinds;
    }
    normalised(powers)
}

/// Makes weights add up to 1; all the same when there is nothing to share out.
pub(super) fn normalised<const CLASSES: usize>(weights: [f32; CLASSES]) -> [f32; CLASSES] {
    let total: f32 = weights.iter().sum();
    if total > 0.0 && total.is_finite() { weights.map(|weight| weight / total) } else { even() }
}

fn even<const CLASSES: usize>() -> [f32; CLASSES] {
    let classes = f32::from(u8::try_from(CLASSES).unwrap_or(u8::MAX));
    [1.0 / classes; CLASSES]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_at_one_byte_is_nearly_the_weight() {
        let linear = Linear::of([0.5, 0.0], &[[1.0, -2.0], [0.25, 0.0]]);
        let mut scores = linear.bias();
        linear.add(0, 2.0, &mut scores);
        linear.add(7, 9.0, &mut scores);
        assert!((scores[0] - 2.5).abs() < 0.05 && (scores[1] + 4.0).abs() < 0.05, "{scores:?}");
        assert!((linear.row(1)[0] - 0.25).abs() < 0.02);
    }

    #[test]
    fn shares_add_up_to_one_whatever_the_scores() {
        for scores in [[0.0, 0.0], [500.0, -500.0], [f32::MAX, f32::MIN], [f32::NAN, 1.0]] {
            let total: f32 = shares(scores).iter().sum();
            assert!((total - 1.0).abs() < 1e-6, "{scores:?}");
        }
    }

    #[test]
    fn a_temperature_changes_how_sure_it_is_and_a_group_has_its_own() {
        assert!(tempered::<2, 1>([0.9, 0.1], 2.0, 1.0)[0] < 0.9);
        let cooled = tempered::<3, 2>([0.4, 0.2, 0.4], 1.0, 0.5);
        assert!((cooled[0] + cooled[1] - 0.6).abs() < 1e-5 && (cooled[0] / cooled[1] - 4.0).abs() < 1e-3, "{cooled:?}");
    }
}

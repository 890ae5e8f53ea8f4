//! The figures of a ranking: graded gain, first good answer, share found, and whether one ranking beats another.
//!
//! A ranking is the grades of its results in order, 0 for what nobody judged; beside it stand all grades that the search
//! has. Pure: no index, no files.

use crate::judging::random::Random;

/// The highest grade: just what was asked for. 2 is a good answer, 1 is of some use, 0 is none.
pub(crate) const HIGHEST_GRADE: u8 = 3;

/// From this grade on a result is an answer that a teacher is glad of; what counts for the first answer and for recall.
pub(crate) const GOOD: u8 = 2;

/// So often the searches are drawn anew to see how far the difference between two rankings rests on a few of them.
const RESAMPLES: usize = 10_000;

/// Normalised discounted cumulative gain of the first results, with the gain 2^grade - 1. `None` where no judged
/// resource is of any use: there is nothing to rank well.
pub(crate) fn ndcg_at(depth: usize, ranked: &[u8], judged: &[u8]) -> Option<f64> {
    let mut best = judged.to_vec();
    best.sort_unstable_by_key(|grade| std::cmp::Reverse(*grade));
    let ideal = discounted_gain(depth, &best);
    (ideal > 0.0).then(|| discounted_gain(depth, ranked) / ideal)
}

fn discounted_gain(depth: usize, grades: &[u8]) -> f64 {
    let gained = grades.iter().take(depth).enumerate();
    gained.fold(0.0, |sum, (place, grade)| sum + gain(*grade) / (number(place) + 2.0).log2())
}

fn gain(grade: u8) -> f64 {
    f64::from((1_u32 << u32::from(grade.min(HIGHEST_GRADE))) - 1)
}

/// One over the place of the first good answer; 0 where there is none.
pub(crate) fn reciprocal_rank(ranked: &[u8]) -> f64 {
    ranked.iter().position(|grade| *grade >= GOOD).map_or(0.0, |place| 1.0 / (number(place) + 1.0))
}

/// The share of the good answers that stand among the first results. `None` where there is no good answer.
pub(crate) fn recall_at(depth: usize, ranked: &[u8], judged: &[u8]) -> Option<f64> {
    let good = |grades: &[u8]| number(grades.iter().filter(|grade| **grade >= GOOD).count());
    let all = good(judged);
    (all > 0.0).then(|| good(&ranked[..ranked.len().min(depth)]) / all)
}

/// The mean; 0 of nothing.
pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values.into_iter().fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / number(count) }
}

/// A count as a number to reckon with.
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What two rankings of the same searches differ by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Comparison {
    /// The mean of ours less the mean of the other.
    pub(crate) difference: f64,
    /// Below this the difference is in one of forty resamples.
    pub(crate) low: f64,
    /// Above this the difference is in one of forty resamples.
    pub(crate) high: f64,
    /// In this share of the resamples ours is the better.
    pub(crate) better: f64,
}

/// Compares two rankings search by search: the searches are drawn anew, with repetition, and the difference of the means
/// is looked at each time (paired bootstrap). The two lists are in the same order.
pub(crate) fn compare(ours: &[f64], other: &[f64]) -> Comparison {
    let differences: Vec<f64> = ours.iter().zip(other).map(|(one, other)| one - other).collect();
    let mut random = Random::seeded("bootstrap");
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| resampled_mean(&differences, &mut random)).collect();
    means.sort_by(f64::total_cmp);
    let cut = RESAMPLES / 40;
    Comparison {
        difference: mean(differences),
        low: means[cut],
        high: means[RESAMPLES - cut - 1],
        better: number(means.iter().filter(|mean| **mean > 0.0).count()) / number(RESAMPLES),
    }
}

fn resampled_mean(differences: &[f64], random: &mut Random) -> f64 {
    mean((0..differences.len()).map(|_| differences[random.below(differences.len())]))
}

impl std::fmt::Display for Comparison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { difference, low, high, better } = self;
        write!(
            f,
            "{difference:+.3} [{low:+.3}, {high:+.3}], better in {:.1} % of {RESAMPLES} resamples",
            better * 100.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(value: f64, expected: f64) -> bool {
        (value - expected).abs() < 1e-9
    }

    #[test]
    fn gains_are_discounted_by_place_and_held_against_the_best_order() {
        // Found: 7/log2(2) + 3/log2(3) + 0 + 1/log2(5) = 7 + 1.892789 + 0.430677 = 9.323466.
        // Best:  7/log2(2) + 3/log2(3) + 3/log2(4) + 1/log2(5) = 7 + 1.892789 + 1.5 + 0.430677 = 10.823466.
        // Both, and those below, were also worked out by a program of our own in another language: 0.861412229214394.
        let found = ndcg_at(10, &[3, 2, 0, 1], &[3, 2, 1, 2]).unwrap();
        assert!(is(found, 0.861_412_229_214_394), "{found}");
        assert!(is(ndcg_at(10, &[3, 2, 1], &[1, 2, 3]).unwrap(), 1.0));
    }

    #[test]
    fn what_stands_below_the_tenth_place_gains_nothing() {
        // Found: 1/log2(11) = 0.289065; the 3 in place 11 is too late. Best: 7 + 1/log2(3) = 7.630930.
        let found = ndcg_at(10, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3], &[1, 3]).unwrap();
        assert!(is(found, 0.037_880_682_387_699_684), "{found}");
        // Twelve are relevant, ten have room: the best order is ten ones.
        let found = ndcg_at(10, &[0, 1, 1, 0, 1], &[1; 12]).unwrap();
        assert!(is(found, 0.334_051_444_664_215_6), "{found}");
    }

    #[test]
    fn a_search_that_nothing_answers_has_no_gain_to_be_measured_by() {
        assert_eq!(ndcg_at(10, &[0, 0], &[0, 0]), None);
        assert_eq!(recall_at(50, &[1], &[1]), None);
    }

    #[test]
    fn the_first_good_answer_counts_and_not_one_of_some_use() {
        assert!(is(reciprocal_rank(&[1, 0, 2, 3]), 1.0 / 3.0));
        assert!(is(reciprocal_rank(&[1, 1]), 0.0));
    }

    #[test]
    fn recall_is_the_share_of_good_answers_among_the_first() {
        assert!(is(recall_at(3, &[2, 0, 3, 2], &[2, 3, 2, 2, 1]).unwrap(), 0.5));
        assert!(is(recall_at(50, &[2], &[2]).unwrap(), 1.0));
    }

    // Worked out by a program of our own in another language, with the same chance.
    #[test]
    fn two_rankings_are_compared_search_by_search() {
        let ours = [0.9, 0.8, 0.4, 0.7, 0.6, 1.0, 0.5, 0.3];
        let other = [0.5, 0.7, 0.5, 0.6, 0.2, 0.9, 0.6, 0.3];
        let compared = compare(&ours, &other);
        assert!(is(compared.difference, 0.1125), "{compared}");
        assert!(is(compared.low, 0.0) && is(compared.high, 0.2375), "{compared}");
        assert!((compared.better - 0.9718).abs() < 0.005, "{compared}");
    }

    #[test]
    fn a_difference_that_all_searches_share_is_certain() {
        let compared = compare(&[0.75, 1.0], &[0.5, 0.75]);
        assert_eq!(compared, Comparison { difference: 0.25, low: 0.25, high: 0.25, better: 1.0 });
    }

    #[test]
    fn nothing_has_the_mean_zero() {
        assert!(is(mean([]), 0.0));
        assert!(is(mean([0.2, 0.4]), 0.3));
    }
}

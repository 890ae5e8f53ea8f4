//! Figures: how often is what was said right, how much was said, and was it as sure as it was right?

/// Bins of a table of calibration.
const BINS: usize = 10;

/// What was said of some records, and whether it is right.
#[derive(Default)]
pub(crate) struct Tally {
    /// Records whose truth is known.
    records: usize,
    /// Of those, the ones of which something was said.
    answered: usize,
    /// Of those, the ones of which something right was said.
    found: usize,
    /// Every value that was said: how sure, and whether it is right.
    values: Vec<(f32, bool)>,
}

impl Tally {
    /// Counts one record: each value that was said of it, with how sure it was and whether it is right.
    pub(crate) fn add(&mut self, said: &[(f32, bool)]) {
        self.records += 1;
        self.answered += usize::from(!said.is_empty());
        self.found += usize::from(said.iter().any(|(_, is_right)| *is_right));
        self.values.extend_from_slice(said);
    }

    /// One line: precision of values, recall and coverage of records, F1, calibration error.
    pub(crate) fn line(&self) -> String {
        let (precision, recall) = (self.precision().unwrap_or(0.0), share(self.found, self.records));
        let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        format!(
            "records {:5}  precision {precision:.3}  recall {recall:.3}  coverage {:.3}  F1 {f1:.3}  ECE {:.3}",
            self.records,
            share(self.answered, self.records),
            calibration_error(&self.values)
        )
    }

    /// How often a value is right; `None` when nothing was said.
    fn precision(&self) -> Option<f64> {
        let right = self.values.iter().filter(|(_, is_right)| *is_right).count();
        (!self.values.is_empty()).then(|| share(right, self.values.len()))
    }

    /// The table of calibration: for each bin how many values, how sure on average, how often right.
    pub(crate) fn table(&self) -> Vec<String> {
        let bins = bins_of(&self.values);
        let filled = bins.into_iter().enumerate().filter(|(_, bin)| !bin.is_empty());
        let lines = filled.map(|(index, bin)| {
            let (sure, right) = means(&bin);
            format!(
                "      {:.1} to {:.1}: {:5} values, sure {sure:.3}, right {right:.3}",
                tenth(index),
                tenth(index + 1),
                bin.len()
            )
        });
        lines.collect()
    }
}

/// One line of means over sources, each of which counts the same, however many records it has.
///
/// A large source decides what all records together say; what is to hold for the next source is this. Of precision and
/// calibration only those sources count of which something was said.
pub(crate) fn mean_line(tallies: &[Tally]) -> String {
    let precisions: Vec<f64> = tallies.iter().filter_map(Tally::precision).collect();
    let recalls: Vec<f64> = tallies.iter().map(|tally| share(tally.found, tally.records)).collect();
    let coverages: Vec<f64> = tallies.iter().map(|tally| share(tally.answered, tally.records)).collect();
    let said = tallies.iter().filter(|tally| !tally.values.is_empty());
    let errors: Vec<f64> = said.map(|tally| calibration_error(&tally.values)).collect();
    format!(
        "sources {:5}  precision {:.3}  recall {:.3}  coverage {:.3}  ECE {:.3}",
        tallies.len(),
        mean(&precisions),
        mean(&recalls),
        mean(&coverages),
        mean(&errors)
    )
}

/// The table of calibration, each bin as the mean over the sources that have values in it.
pub(crate) fn mean_table(tallies: &[Tally]) -> Vec<String> {
    let all: Vec<Vec<Vec<(f32, bool)>>> = tallies.iter().map(|tally| bins_of(&tally.values)).collect();
    let mut lines = Vec::new();
    for index in 0..BINS {
        let filled = all.iter().map(|bins| &bins[index]).filter(|bin| !bin.is_empty());
        let (sure, right): (Vec<f64>, Vec<f64>) = filled.map(|bin| means(bin)).unzip();
        if sure.is_empty() {
            continue;
        }
        lines.push(format!(
            "      {:.1} to {:.1}: {:5} sources, sure {:.3}, right {:.3}",
            tenth(index),
            tenth(index + 1),
            sure.len(),
            mean(&sure),
            mean(&right)
        ));
    }
    lines
}

/// 0 of nothing.
fn mean(figures: &[f64]) -> f64 {
    figures.iter().sum::<f64>() / number(figures.len()).max(1.0)
}

/// A part of a whole; 0 of nothing.
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { number(part) / number(whole) }
}

/// How far confidence and truth lie apart, on average over the values, in ten bins of equal width.
pub(crate) fn calibration_error(values: &[(f32, bool)]) -> f64 {
    let apart = bins_of(values).into_iter().filter(|bin| !bin.is_empty()).map(|bin| {
        let (sure, right) = means(&bin);
        (sure - right).abs() * share(bin.len(), values.len())
    });
    apart.sum()
}

/// The chance that one of the first is higher than one of the others.
pub(crate) fn area_under_curve(positives: &[f32], negatives: &[f32]) -> f64 {
    let mut all: Vec<(f32, bool)> = positives.iter().map(|score| (*score, true)).collect();
    all.extend(negatives.iter().map(|score| (*score, false)));
    all.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let (mut below, mut won) = (0.0, 0.0);
    for same in all.chunk_by(|(one, _), (other, _)| one.total_cmp(other).is_eq()) {
        let ours = number(same.iter().filter(|(_, is_positive)| *is_positive).count());
        let theirs = number(same.len()) - ours;
        won += ours * (below + theirs / 2.0);
        below += theirs;
    }
    won / (number(positives.len()) * number(negatives.len())).max(1.0)
}

/// The mean of the F1 of each class, from pairs of truth and answer.
pub(crate) fn macro_f1(pairs: &[(&str, &str)]) -> f64 {
    let mut classes: Vec<&str> = pairs.iter().map(|(truth, _)| *truth).collect();
    classes.sort_unstable();
    classes.dedup();
    let of_class = |class: &&str| {
        let right = pairs.iter().filter(|(truth, said)| truth == class && said == class).count();
        let either = pairs.iter().filter(|(truth, said)| (truth == class) != (said == class)).count();
        share(2 * right, 2 * right + either)
    };
    classes.iter().map(of_class).sum::<f64>() / number(classes.len()).max(1.0)
}

fn bins_of(values: &[(f32, bool)]) -> Vec<Vec<(f32, bool)>> {
    let mut bins = vec![Vec::new(); BINS];
    for value in values {
        let bin = (1..BINS).filter(|index| f64::from(value.0) >= tenth(*index)).count();
        bins[bin].push(*value);
    }
    bins
}

fn means(bin: &[(f32, bool)]) -> (f64, f64) {
    let sure: f64 = bin.iter().map(|(confidence, _)| f64::from(*confidence)).sum();
    let right = bin.iter().filter(|(_, is_right)| *is_right).count();
    (sure / number(bin.len()).max(1.0), share(right, bin.len()))
}

fn tenth(index: usize) -> f64 {
    number(index) / number(BINS)
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

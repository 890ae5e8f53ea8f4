//! Is it STEM: does a text speak of what the lessons speak of, or of something else?
//!
//! A model that has only seen STEM finds a subject for anything, so the probability of a subject says little here.
//! Three signs together do: how sure the subject is and how much of the text is known, how like the nearest lesson is,
//! and how many words belong to other school subjects. A threshold is left to the caller.

use super::bytes::{Damaged, Reader, Writer};
use super::classes::{SCIENCES, SUBJECTS};
use super::dictionary::Dictionary;
use super::features::{Features, Kind, word_feature};
use super::nearest::Votes;

/// How many signs there are.
const SIGNS: usize = 3;

/// What each sign weighs, in the order of the fields of [`Signs`], and the sum that leaves it open.
///
/// No command makes them. They are a logistic regression, rounded. For STEM spoke lessons of units that the model had not
/// seen (weight 3) and rows of OER Commons and of the National Careers Service about STEM (1/2 each); against it seventy
/// sentences of other school subjects written by us (2) and the rows of both catalogues about something else (1 each).
/// Fitted anew it gives 2.25, 2.19, -6.34 and 0.91, which separates all of these as well to three digits; the higher
/// sum says STEM a little less often. None of these rows is quite unseen by what is measured on them later.
const WEIGHTS: [f32; SIGNS] = [2.3, 2.3, -6.2];
const EVEN: f32 = 1.2;

/// In how many lessons of other subjects one of their words is thought to occur: ten of some 2,000 in each.
const SHARE_OF_OTHERS: f32 = 0.005;

/// The words of other subjects, as features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stem {
    /// Ascending.
    others: Vec<u32>,
}

/// What speaks for and against a text being about STEM.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Signs {
    /// How far the subject is from being open, sciences taken as one, times the share of the words that is known from
    /// lessons, rare words weighing more: 0 to 1.
    pub(super) sureness: f32,
    /// How like the nearest lesson is.
    pub(super) likeness: f32,
    /// How much the words speak for other subjects, on average over all words.
    pub(super) otherness: f32,
}

impl Signs {
    pub(super) fn of(
        features: &Features<'_>,
        votes: &Votes,
        subjects: &[f32; SUBJECTS],
        dictionary: &Dictionary,
        stem: &Stem,
    ) -> Self {
        let mut known = 0.0;
        let mut all = 0.0;
        let mut otherness = 0.0;
        let mut count = 0.0;
        for word in features.features.iter().filter(|feature| Kind::of(feature.hash) == Some(Kind::Word)) {
            let row = dictionary.row(word.hash);
            let rarity = row.map_or(dictionary.rarity_of_unknown(), |row| dictionary.rarity(row));
            known += if row.is_some() { rarity } else { 0.0 };
            all += rarity;
            count += 1.0;
            if stem.others.binary_search(&word.hash).is_ok() {
                otherness += (SHARE_OF_OTHERS / dictionary.share_of_lessons(row)).ln().max(0.0);
            }
        }
        if count < 1.0 {
            return Self { sureness: 0.0, likeness: 0.0, otherness: 0.0 };
        }
        Self { sureness: certainty(subjects) * known / all, likeness: votes.likeness, otherness: otherness / count }
    }

    /// How sure it is that a text with these signs is about STEM.
    pub(super) fn probability(self) -> f32 {
        let signs = [self.sureness, self.likeness, self.otherness];
        let sum: f32 = signs.iter().zip(WEIGHTS).map(|(sign, weight)| sign * weight).sum();
        1.0 / (1.0 + (EVEN - sum).exp())
    }
}

impl Stem {
    /// Reads the words from lines such as `music: melody rhythm`; lines that begin with `#` are comments.
    pub(super) fn of(lines: &str) -> Self {
        let lists = lines.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(':'));
        let words = lists.flat_map(|(_, words)| words.split([' ', '-']));
        let mut others: Vec<u32> = words.filter_map(word_feature).collect();
        others.sort_unstable();
        others.dedup();
        Self { others }
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.count(self.others.len());
        let mut before = 0;
        for feature in &self.others {
            to.number(feature - before);
            before = *feature;
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut others = Vec::new();
        let mut before: u32 = 0;
        for _ in 0..from.count(1)? {
            before = before.checked_add(from.number()?).ok_or(Damaged("a word is out of bounds"))?;
            others.push(before);
        }
        Ok(Self { others })
    }
}

/// 1 less the entropy of a distribution over science, mathematics and the rest, as a share of the largest there can be.
fn certainty(subjects: &[f32; SUBJECTS]) -> f32 {
    let (sciences, rest) = subjects.split_at(SCIENCES);
    let science: f32 = sciences.iter().sum();
    let entropy: f32 = rest.iter().chain([&science]).map(|share| -share * share.max(f32::MIN_POSITIVE).ln()).sum();
    let largest = rest.iter().fold(1.0_f32, |count, _| count + 1.0).ln();
    (1.0 - entropy / largest).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_subjects_make_stem_less_likely() {
        let stem = Stem::of("# a comment: atom\nmusic: melody call-and-response\nno list of words\n");
        let dictionary = Dictionary::new(vec![(word_feature("atom").unwrap(), 5)], 100);
        let votes = Votes { subjects: [0.125; SUBJECTS], stages: [0.25; 4], likeness: 0.5 };
        let mut sure = [0.0; SUBJECTS];
        sure[2] = 1.0;
        let about = |text: &str| Signs::of(&Features::of([text]), &votes, &sure, &dictionary, &stem).probability();
        let said = ["the atom", "the thing", "the melody", "response"].map(about);
        assert!(said[0] > said[1] && said[1] > said[2] && said[1] > said[3], "{said:?}");
        assert!(about("") < said[1], "nothing is no STEM");
    }

    #[test]
    fn a_subject_is_certain_when_only_the_branch_of_science_is_open() {
        let mut subjects = [0.0; SUBJECTS];
        subjects[..SCIENCES].fill(0.25);
        assert!(certainty(&subjects) > 0.99);
        assert!(certainty(&[0.125; SUBJECTS]) < 0.2);
    }
}

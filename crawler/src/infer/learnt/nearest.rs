//! The nearest lessons: what are those lessons about that share most words with a text?
//!
//! BM25 over the words of every lesson. Each lesson votes for its subject and its stage, the more alike the more. What
//! becomes of the votes is left to [`super::model`].

use super::bytes::{Damaged, Reader, Writer};
use super::classes::{STAGES, SUBJECTS};
use super::dictionary::{Dictionary, Known};
use super::linear::normalised;

/// How fast a repeated word stops to count. BM25 as it is usually set.
const SATURATION: f32 = 1.2;

/// How much a long lesson is held against its words. The figure hardly matters between .4 and .8.
const LENGTH_WEIGHT: f32 = 0.6;

/// A lesson votes with its likeness to this power, the most alike with 1: a few lessons decide, the many only lean.
const SHARPNESS: i32 = 6;

/// What every class has before the votes, so that none is ever ruled out.
const EVEN_VOTES: f32 = 0.02;

/// A word counts at most so often in a lesson.
const MAX_TIMES: u32 = 4;

/// A lesson as its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Neighbour {
    pub(super) subject: u8,
    pub(super) stage: u8,
    /// Rows of the dictionary, ascending, each with how often the word occurs.
    pub(super) words: Vec<(u32, u32)>,
}

/// All lessons, by the words they hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Nearest {
    neighbours: Vec<Neighbour>,
    /// For each word the lessons that hold it, and how much it counts in each.
    holders: Vec<Vec<(u32, f32)>>,
}

/// What the lessons say about a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Votes {
    pub(super) subjects: [f32; SUBJECTS],
    pub(super) stages: [f32; STAGES],
    /// How alike the most alike lesson is: 0 for no word in common, 1 for as alike as if it held every known word.
    pub(super) likeness: f32,
}

impl Nearest {
    /// The lessons, where the first `words` rows of the dictionary are words.
    pub(super) fn new(mut neighbours: Vec<Neighbour>, words: usize) -> Self {
        for (_, times) in neighbours.iter_mut().flat_map(|neighbour| &mut neighbour.words) {
            *times = (*times).clamp(1, MAX_TIMES);
        }
        let lengths: Vec<f32> = neighbours.iter().map(length_of).collect();
        let total: f32 = lengths.iter().sum();
        let count = lengths.iter().fold(0.0, |count, _| count + 1.0);
        let usual = if total > 0.0 { total / count } else { 1.0 };
        let mut holders = vec![Vec::new(); words];
        for ((number, neighbour), length) in (0..).zip(&neighbours).zip(lengths) {
            let held_against = SATURATION * (1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * length / usual);
            for (row, times) in &neighbour.words {
                let times = small(*times);
                let Some(holders) = usize::try_from(*row).ok().and_then(|row| holders.get_mut(row)) else { continue };
                holders.push((number, times * (SATURATION + 1.0) / (times + held_against)));
            }
        }
        Self { neighbours, holders }
    }

    /// What the lessons say about a text of these known features.
    pub(super) fn votes(&self, known: &[Known], dictionary: &Dictionary) -> Votes {
        let mut likeness = vec![0.0_f32; self.neighbours.len()];
        let mut highest = 0.0;
        for Known { row, .. } in known {
            let Some(holders) = self.holders.get(*row) else { continue };
            let rarity = dictionary.rarity(*row) - 0.5;
            highest += rarity * (SATURATION + 1.0) / (1.0 + SATURATION);
            for (number, counts) in holders {
                if let Some(likeness) = usize::try_from(*number).ok().and_then(|number| likeness.get_mut(number)) {
                    *likeness += rarity * counts;
                }
            }
        }
        let most = likeness.iter().copied().fold(0.0, f32::max);
        self.count(&likeness, most, if highest > 0.0 { (most / highest).min(1.0) } else { 0.0 })
    }

    fn count(&self, likeness: &[f32], most: f32, relative: f32) -> Votes {
        let mut subjects = [EVEN_VOTES; SUBJECTS];
        let mut stages = [EVEN_VOTES; STAGES];
        for (neighbour, likeness) in self.neighbours.iter().zip(likeness).filter(|(_, likeness)| **likeness > 0.0) {
            let vote = (likeness / most).powi(SHARPNESS);
            subjects[usize::from(neighbour.subject)] += vote;
            stages[usize::from(neighbour.stage)] += vote;
        }
        Votes { subjects: normalised(subjects), stages: normalised(stages), likeness: relative }
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.count(self.neighbours.len());
        for neighbour in &self.neighbours {
            to.bytes(&[neighbour.subject, neighbour.stage]);
            to.count(neighbour.words.len());
            let mut before = 0;
            for (row, times) in &neighbour.words {
                to.number((row - before) * MAX_TIMES + times - 1);
                before = *row;
            }
        }
    }

    pub(super) fn read(from: &mut Reader<'_>, words: usize) -> Result<Self, Damaged> {
        let neighbours = (0..from.count(3)?).map(|_| Neighbour::read(from, words)).collect::<Result<_, _>>()?;
        Ok(Self::new(neighbours, words))
    }
}

impl Neighbour {
    fn read(from: &mut Reader<'_>, rows: usize) -> Result<Self, Damaged> {
        let [subject, stage] = from.array()?;
        if usize::from(subject) >= SUBJECTS || usize::from(stage) >= STAGES {
            return Err(Damaged("a lesson has no such subject or stage"));
        }
        let mut words = Vec::new();
        let mut row: u32 = 0;
        for _ in 0..from.count(1)? {
            let number = from.number()?;
            row = row.checked_add(number / MAX_TIMES).ok_or(Damaged("a lesson holds no such word"))?;
            words.push((row, number % MAX_TIMES + 1));
        }
        let is_known = words.last().is_none_or(|(last, _)| usize::try_from(*last).is_ok_and(|last| last < rows));
        if is_known { Ok(Self { subject, stage, words }) } else { Err(Damaged("a lesson holds no such word")) }
    }
}

fn length_of(neighbour: &Neighbour) -> f32 {
    neighbour.words.iter().map(|(_, times)| small(*times)).sum()
}

fn small(count: u32) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lesson_with_the_rarer_word_in_common_has_the_larger_vote() {
        let dictionary = Dictionary::new(vec![(4, 2), (8, 1), (12, 1)], 2);
        let neighbour = |subject, stage, words: &[(u32, u32)]| Neighbour { subject, stage, words: words.to_vec() };
        let nearest = Nearest::new(vec![neighbour(4, 0, &[(0, 1), (1, 1)]), neighbour(5, 3, &[(0, 1), (2, 9)])], 3);
        let known = [0, 2].map(|row| Known { row, times: 1.0 });
        let votes = nearest.votes(&known, &dictionary);
        assert!(votes.subjects[5] > votes.subjects[4] && votes.stages[3] > votes.stages[0], "{votes:?}");
        assert!(votes.likeness > 0.9 && votes.likeness <= 1.0);
        assert!(nearest.votes(&[], &dictionary).likeness.abs() < f32::EPSILON);
    }
}

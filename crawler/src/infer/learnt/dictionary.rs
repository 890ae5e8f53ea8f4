//! The dictionary: which features does a model know, and how rare is each?
//!
//! A known feature has a row. Rows are ordered by kind, words first, so that a part of the model that looks at words
//! alone keeps only the first rows. What a row weighs is left to [`super::linear`] and [`super::nearest`].

use super::bytes::{Damaged, Reader, Writer};
use super::features::{Feature, Kind};

/// The known features.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dictionary {
    /// Ordered by kind and number.
    features: Vec<u32>,
    /// In how many lessons each occurs.
    lessons_with: Vec<u16>,
    lessons: u16,
    /// Rows by feature, each plus one, 0 for an empty place; open addressing, a power of two places.
    places: Vec<u32>,
}

/// A known feature of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Known {
    pub(super) row: usize,
    /// How often it occurs in the text.
    pub(super) times: f32,
}

impl Dictionary {
    /// A dictionary of some features, each with the number of lessons it occurs in, of so many lessons.
    pub(super) fn new(mut counted: Vec<(u32, u16)>, lessons: u16) -> Self {
        counted.retain(|(feature, _)| Kind::of(*feature).is_some());
        counted.sort_unstable_by_key(|(feature, _)| (feature & 3, *feature));
        counted.dedup_by_key(|(feature, _)| *feature);
        let (features, lessons_with): (Vec<u32>, Vec<u16>) = counted.into_iter().unzip();
        let places = places_of(&features);
        Self { features, lessons_with, lessons, places }
    }

    pub(super) fn len(&self) -> usize {
        self.features.len()
    }

    /// How many rows, counted from the first, are of this kind or one before it.
    pub(super) fn rows_up_to(&self, kind: Kind) -> usize {
        self.features.partition_point(|feature| Kind::of(*feature).is_none_or(|found| found <= kind))
    }

    /// How rare a feature is: from 1, what every lesson holds, to about 9.
    pub(super) fn rarity(&self, row: usize) -> f32 {
        let with = self.lessons_with.get(row).copied().unwrap_or(0).max(1);
        1.0 + (f32::from(self.lessons.max(1)) / f32::from(with)).max(1.0).ln()
    }

    /// Which share of the lessons holds a feature; a little more than none for one without a row.
    pub(super) fn share_of_lessons(&self, row: Option<usize>) -> f32 {
        let with = row.and_then(|row| self.lessons_with.get(row)).copied().unwrap_or(0);
        (f32::from(with) + 0.5) / (f32::from(self.lessons) + 1.0)
    }

    /// How rare a feature counts that no lesson holds.
    pub(super) fn rarity_of_unknown(&self) -> f32 {
        1.0 + f32::from(self.lessons.max(1)).ln()
    }

    /// The row of a feature, if it is known.
    pub(super) fn row(&self, feature: u32) -> Option<usize> {
        let mask = self.places.len().checked_sub(1)?;
        let mut place = spread(feature) & mask;
        loop {
            let row = usize::try_from(self.places[place]).ok()?.checked_sub(1)?;
            if self.features[row] == feature {
                return Some(row);
            }
            place = (place + 1) & mask;
        }
    }

    /// The known features of a text, each once, by row.
    pub(super) fn known(&self, features: &[Feature]) -> Vec<Known> {
        let mut rows: Vec<usize> = features.iter().filter_map(|feature| self.row(feature.hash)).collect();
        rows.sort_unstable();
        let mut known: Vec<Known> = Vec::with_capacity(rows.len());
        for row in rows {
            match known.last_mut() {
                Some(last) if last.row == row => last.times += 1.0,
                _ => known.push(Known { row, times: 1.0 }),
            }
        }
        known
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.number(self.lessons.into());
        to.count(self.features.len());
        let mut before = 0;
        for feature in &self.features {
            // Wraps once for each kind, where the numbers begin again.
            to.number(feature.wrapping_sub(before));
            before = *feature;
        }
        for count in &self.lessons_with {
            to.number((*count).into());
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let lessons = read_small(from)?;
        let count = from.count(2)?;
        let mut features = Vec::with_capacity(count);
        let mut before: u32 = 0;
        for _ in 0..count {
            before = before.wrapping_add(from.number()?);
            features.push(before);
        }
        let order = |feature: &u32| (feature & 3, *feature);
        let is_ordered = features.windows(2).all(|pair| order(&pair[0]) < order(&pair[1]));
        if !is_ordered || features.iter().any(|feature| Kind::of(*feature).is_none()) {
            return Err(Damaged("its features are out of order"));
        }
        let lessons_with = (0..count).map(|_| read_small(from)).collect::<Result<_, _>>()?;
        let places = places_of(&features);
        Ok(Self { features, lessons_with, lessons, places })
    }
}

fn read_small(from: &mut Reader<'_>) -> Result<u16, Damaged> {
    u16::try_from(from.number()?).map_err(|_| Damaged("a count is too large"))
}

/// At most half of the places are taken, so that an unknown feature soon meets an empty one.
fn places_of(features: &[u32]) -> Vec<u32> {
    let mut places = vec![0; (features.len() * 2 + 1).next_power_of_two()];
    let mask = places.len() - 1;
    for (number, feature) in (1..).zip(features) {
        let mut place = spread(*feature) & mask;
        while places[place] != 0 {
            place = (place + 1) & mask;
        }
        places[place] = number;
    }
    places
}

/// The two lowest bits of a feature are its kind and say little.
fn spread(feature: u32) -> usize {
    usize::try_from(feature.wrapping_mul(0x9e37_79b1) >> 8).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_ordered_by_kind_and_found_again() {
        let dictionary = Dictionary::new(vec![(2, 1), (1, 2), (8, 3), (4, 4), (3, 9)], 10);
        assert_eq!(
            [4, 8, 1, 2, 12, 3].map(|feature| dictionary.row(feature)),
            [Some(0), Some(1), Some(2), Some(3), None, None]
        );
        let kinds = [Kind::Word, Kind::Pair, Kind::Letters];
        assert_eq!(kinds.map(|kind| dictionary.rows_up_to(kind)), [2, 3, 4]);
        assert!(dictionary.rarity(3) > dictionary.rarity(0));
    }

    #[test]
    fn a_text_is_counted_by_row() {
        let dictionary = Dictionary::new(vec![(4, 1), (8, 1)], 2);
        let features = [8, 12, 8, 4].map(|hash| Feature { hash, word: 0 });
        assert_eq!(dictionary.known(&features), [Known { row: 0, times: 1.0 }, Known { row: 1, times: 2.0 }]);
        assert!(Dictionary::new(Vec::new(), 0).known(&features).is_empty());
    }
}

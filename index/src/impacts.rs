//! How much each word says about a resource: one number for all the places where it stands.
//!
//! For each word the fields of text compete, and the best counts in full, the others by a small share (a dis-max). In a
//! field a word counts by BM25's rule: more often says more, ever less so, and in a long text it says less. All of that
//! is known when a resource is indexed, so it is worked out then and kept with the word; a search has one list to read
//! for each word, whatever the number of fields. What only the whole catalogue knows, how rare a word is, comes in when
//! searching.
//!
//! Source of the rule: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), 3.4; of keeping whole
//! impacts instead of frequencies: Anh and Moffat, Vector-space ranking with effective early termination (2001).

use crate::analysis::{self, MAX_REPEATS};
use crate::lexicon::{Lexicon, StemId, WordOfText};

/// A field of text, as far as ranking goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Zone {
    Title,
    /// Other titles, and other names of the jobs it is about.
    Alternatives,
    /// Labels of its concepts and of those above them: who searches for science finds chemistry.
    Concepts,
    /// The source's own words, its unmapped ones among them.
    Keywords,
    Description,
    /// Who issues, made or holds it, and where: rarely what is meant, but typed.
    Publisher,
}

const ZONES: usize = 6;

impl Zone {
    pub(crate) const ALL: [Self; ZONES] =
        [Self::Title, Self::Alternatives, Self::Concepts, Self::Keywords, Self::Description, Self::Publisher];

    /// What a word in it is worth. Measured on judged searches: a title of 2 helps, of 4 or more it loses; all else at
    /// half to one does best.
    fn weight(self) -> f32 {
        match self {
            Self::Title => 2.0,
            Self::Alternatives => 1.8,
            Self::Concepts => 1.2,
            Self::Keywords => 1.0,
            Self::Description => 0.8,
            Self::Publisher => 0.5,
        }
    }

    /// The number of words that is usual in it. A constant and not the mean of the catalogue, so that a resource counts
    /// the same whatever else is there.
    fn usual_words(self) -> f32 {
        match self {
            Self::Title => 6.0,
            Self::Alternatives | Self::Publisher => 3.0,
            Self::Concepts | Self::Keywords => 2.0,
            Self::Description => 60.0,
        }
    }

    /// For people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Alternatives => "other titles",
            Self::Concepts => "concepts",
            Self::Keywords => "keywords",
            Self::Description => "description",
            Self::Publisher => "publisher",
        }
    }
}

/// How soon a word that comes again says nothing new. Source: METHODS, Ranking.
const K1: f32 = 1.2;
/// How much the length of a text counts, 0 to 1. Source: METHODS, Ranking.
const B: f32 = 0.6;
/// Of the fields in which a word stands the best counts in full, each other one by this share.
const TIE_BREAKER: f32 = 0.1;

/// What a word can say is kept in steps of equal ratio, 20 % each: within 10 % of what was worked out. Finer steps would
/// make indexing slower and order nothing better, for how well BM25 itself is known is far from that.
const LOWEST: f32 = 0.6;
const STEP: f32 = 1.2;

/// How much each word of a resource says, gathered text by text.
#[derive(Debug, Default)]
pub(crate) struct Impacts {
    /// By stem, in no order, several times each: of the same field the best counts.
    found: Vec<(StemId, Zone, f32)>,
}

impl Impacts {
    /// Adds a text. Of several texts in one field each stands for itself: a name is not worth less for having others
    /// beside it.
    pub(crate) fn add(&mut self, zone: Zone, words: &[WordOfText]) {
        let mut stems: Vec<StemId> = words.iter().map(|word| word.stem).collect();
        stems.sort_unstable();
        let length = f32::from(u16::try_from(stems.len()).unwrap_or(u16::MAX));
        let norm = K1 * (1.0 - B + B * length / zone.usual_words());
        for same in stems.chunk_by(|one, other| one == other) {
            let times = f32::from(u16::try_from(same.len()).unwrap_or(u16::MAX));
            self.found.push((same[0], zone, zone.weight() * times * (K1 + 1.0) / (times + norm)));
        }
    }

    /// All words as the engine's tokeniser [`analysis::IMPACTS`] reads them.
    pub(crate) fn written(mut self, lexicon: &Lexicon) -> String {
        self.found.sort_unstable_by_key(|(stem, zone, _)| (*stem, *zone as usize));
        let mut text = String::with_capacity(self.found.len() * 8);
        for of_stem in self.found.chunk_by(|one, other| one.0 == other.0) {
            analysis::write_repeated(&mut text, lexicon.text(of_stem[0].0), code(together(&by_zone(of_stem))));
        }
        text
    }

    /// What a word is worth in each field where it stands, the best first; they do not add up to [`value`] of the whole.
    pub(crate) fn zones(&self, stem: &str, lexicon: &Lexicon) -> Vec<(Zone, f32)> {
        let of_stem: Vec<(StemId, Zone, f32)> =
            self.found.iter().filter(|(id, _, _)| lexicon.text(*id) == stem).copied().collect();
        let mut zones: Vec<(Zone, f32)> =
            Zone::ALL.into_iter().zip(by_zone(&of_stem)).filter(|(_, worth)| *worth > 0.0).collect();
        zones.sort_by(|a, b| b.1.total_cmp(&a.1));
        zones
    }
}

/// The best of each field.
fn by_zone(found: &[(StemId, Zone, f32)]) -> [f32; ZONES] {
    let mut zones = [0.0_f32; ZONES];
    for (_, zone, worth) in found {
        let held = &mut zones[*zone as usize];
        *held = held.max(*worth);
    }
    zones
}

/// How much a kept number says: what it was before it was made small, within 10 %.
pub(crate) fn value(code: u32) -> f32 {
    let steps = i32::try_from(code.clamp(1, u32::from(MAX_REPEATS)) - 1).unwrap_or(0);
    LOWEST * STEP.powi(steps)
}

/// How many there are of [`values`].
pub(crate) const VALUES: usize = MAX_REPEATS as usize + 1;

/// All of [`value`], by code; the first stands for none.
pub(crate) fn values() -> [f32; VALUES] {
    let mut values = [0.0; VALUES];
    for (code, held) in (0_u32..).zip(&mut values) {
        *held = if code == 0 { 0.0 } else { value(code) };
    }
    values
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a code can be")]
fn code(worth: f32) -> u8 {
    let steps = (worth / LOWEST).ln() / STEP.ln();
    (steps.round() + 1.0).clamp(1.0, f32::from(MAX_REPEATS)) as u8
}

fn together(zones: &[f32; ZONES]) -> f32 {
    let best = zones.iter().copied().fold(0.0, f32::max);
    let sum: f32 = zones.iter().sum();
    best + TIE_BREAKER * (sum - best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(texts: &[(Zone, &str)], word: &str) -> f32 {
        let (mut impacts, mut lexicon) = (Impacts::default(), Lexicon::default());
        for (zone, text) in texts {
            impacts.add(*zone, &lexicon.words(text));
        }
        let found: Vec<_> = impacts.found.iter().filter(|(stem, _, _)| lexicon.text(*stem) == word).copied().collect();
        together(&by_zone(&found))
    }

    #[test]
    fn a_word_in_the_title_says_more_than_one_in_the_text() {
        assert!(code_of(&[(Zone::Title, "lab work")], "lab") > code_of(&[(Zone::Description, "lab work")], "lab"));
    }

    #[test]
    fn a_word_in_title_and_text_says_a_little_more_than_one_in_the_title() {
        let both = code_of(&[(Zone::Title, "lab work"), (Zone::Description, "lab work")], "lab");
        let title = code_of(&[(Zone::Title, "lab work")], "lab");
        assert!(both > title && both < title * 1.2, "{title} {both}");
    }

    #[test]
    fn in_a_short_text_a_word_says_more() {
        assert!(
            code_of(&[(Zone::Title, "lab")], "lab") > code_of(&[(Zone::Title, "all of our lab and its work")], "lab")
        );
    }

    #[test]
    fn a_name_is_not_worth_less_for_having_others_beside_it() {
        let alone = code_of(&[(Zone::Concepts, "lab")], "lab");
        let among = code_of(&[(Zone::Concepts, "lab"), (Zone::Concepts, "something else")], "lab");
        assert!((alone - among).abs() < f32::EPSILON);
    }

    #[test]
    fn what_is_kept_is_near_what_was_worked_out() {
        for worth in [0.6_f32, 0.77, 1.0, 2.0, 3.3, 4.4, 4.8] {
            let kept = value(u32::from(code(worth)));
            assert!((kept / worth - 1.0).abs() < 0.1, "{worth} {kept}");
        }
        assert_eq!(code(0.001), 1);
        assert_eq!(code(1_000.0), MAX_REPEATS);
    }

    #[test]
    fn a_word_that_is_the_whole_title_can_be_told_from_one_that_is_half_of_it() {
        let (whole, half) =
            (code_of(&[(Zone::Title, "lab")], "lab"), code_of(&[(Zone::Title, "a new lab of ours")], "lab"));
        assert!(code(whole) > code(half) && code(whole) < MAX_REPEATS, "{whole} {half}");
    }
}

//! The model: which subject and which key stage does a text seem to be about, and how sure is that?
//!
//! Takes title, description, keywords and topics; gives calibrated probabilities, the words they rest on, and how sure
//! it is that the text is about STEM at all. Whether that is sure enough to say is left to the caller, and what sources
//! state outweighs it in any case. How a model is made is left to [`super::learn`](mod@super::learn).

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use super::bytes::{Damaged, Reader, Writer};
use super::classes::{SCIENCES, STAGES, SUBJECT_IDS, SUBJECTS};
use super::dictionary::Dictionary;
use super::ensemble::{Ensemble, Seen};
use super::features::{Features, Kind, word_feature};
use super::nearest::Nearest;
use super::shape::shape_of;
use super::stem::{Signs, Stem};

/// The first bytes of every model: a name and the version of what follows.
const MAGIC: [u8; 8] = *b"SPLearn1";

/// Longer descriptions are read so far: what a resource is about stands at its beginning.
const MAX_CHARACTERS: usize = 2000;

/// What being one stage off is worth, beside 1 for the right stage.
///
/// With 0 the most probable stage wins: a little more often right, but two stages off more often.
const NEIGHBOUR_WORTH: f32 = 1.0;

/// What a record says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its description. Only the first 2,000 characters are read.
    pub description: &'a str,
    /// Its keywords.
    pub keywords: &'a [String],
    /// Its topics, in the source's own words.
    pub topics: &'a [String],
}

/// What a text seems to be about.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Concepts of the subject vocabulary with their probabilities, the most probable first. They add up to 1.
    ///
    /// `biology`, `chemistry` and `physics` lie below `science`, which here means science as a whole: how sure it is
    /// that a text is about science is the sum of all four.
    pub subjects: Vec<(&'static str, f32)>,
    /// The probabilities of key stages 1 to 4.
    pub stages: [f32; STAGES],
    /// How sure it is that this is STEM material, from 0 to 1. Where it is low, subjects and stages mean nothing.
    pub stem: f32,
    /// Which share of the words the model knows, from 0 to 1. Where it is low, nothing here means anything.
    pub known: f32,
}

impl Prediction {
    /// The key stage to name, 0 for key stage 1: the one that is likely to be right, or else next to it.
    pub fn best_stage(&self) -> usize {
        let at = |stage: Option<usize>| stage.and_then(|stage| self.stages.get(stage)).copied().unwrap_or(0.0);
        let worth = |stage: usize| {
            at(Some(stage)) + NEIGHBOUR_WORTH * (at(stage.checked_sub(1)) + at(Some(stage)) + at(Some(stage + 1)))
        };
        (0..STAGES).max_by(|one, other| worth(*one).total_cmp(&worth(*other))).unwrap_or(0)
    }
}

/// Why bytes are no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelError {
    reason: &'static str,
}

impl fmt::Display for ModelError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "not a model of lessons: {}", self.reason)
    }
}

impl Error for ModelError {}

impl From<Damaged> for ModelError {
    fn from(Damaged(reason): Damaged) -> Self {
        Self { reason }
    }
}

/// What has been learnt from lessons. The same lessons give the same model, to the byte.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(super) dictionary: Dictionary,
    pub(super) nearest: Nearest,
    pub(super) subjects: Ensemble<SUBJECTS, SCIENCES>,
    pub(super) stages: Ensemble<STAGES, 1>,
    pub(super) stem: Stem,
}

impl Model {
    /// Reads a model that [`Model::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// When the bytes are something else, or damaged. Never sets aside more memory than a small multiple of them.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut from = Reader::new(bytes);
        if from.array()? != MAGIC {
            return Err(ModelError { reason: "it begins with other bytes" });
        }
        let dictionary = Dictionary::read(&mut from)?;
        let nearest = Nearest::read(&mut from, dictionary.rows_up_to(Kind::Word))?;
        let subjects = Ensemble::read(&mut from, &dictionary)?;
        let stages = Ensemble::read(&mut from, &dictionary)?;
        let stem = Stem::read(&mut from)?;
        if !from.is_at_end() {
            return Err(ModelError { reason: "something follows its end" });
        }
        Ok(Self { dictionary, nearest, subjects, stages, stem })
    }

    /// The bytes of the model.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.bytes(&MAGIC);
        self.dictionary.write(&mut to);
        self.nearest.write(&mut to);
        self.subjects.write(&mut to);
        self.stages.write(&mut to);
        self.stem.write(&mut to);
        to.into_bytes()
    }

    /// Reads a text once, for all that may be asked about it.
    pub fn read_text<'text>(&self, text: &Text<'text>) -> KnownText<'_, 'text> {
        let features = features_of(text);
        let shape = shape_of(text.title, beginning(text.description));
        let seen = Seen::new(self.dictionary.known(&features.features), shape, &self.dictionary);
        KnownText { model: self, features, seen }
    }

    /// Says what a text seems to be about: [`KnownText::predict`] for those who ask nothing else.
    pub fn predict(&self, text: &Text<'_>) -> Prediction {
        self.read_text(text).predict()
    }

    /// [`KnownText::words_for_subject`] for those who ask nothing else.
    pub fn words_for_subject(&self, text: &Text<'_>, subject: &str, most: usize) -> Vec<String> {
        self.read_text(text).words_for_subject(subject, most)
    }

    /// [`KnownText::words_for_stage`] for those who ask nothing else.
    pub fn words_for_stage(&self, text: &Text<'_>, stage: usize, most: usize) -> Vec<String> {
        self.read_text(text).words_for_stage(stage, most)
    }
}

/// A text that a model has read, with what the model knows of it.
pub struct KnownText<'model, 'text> {
    model: &'model Model,
    features: Features<'text>,
    seen: Seen,
}

impl KnownText<'_, '_> {
    /// Says what the text seems to be about.
    ///
    /// A text without a known word gets what is usual among lessons, and a `stem` of less than a quarter.
    pub fn predict(&self) -> Prediction {
        let Self { model, features, seen } = self;
        let votes = model.nearest.votes(&seen.known, &model.dictionary);
        let subjects = model.subjects.mix(&model.subjects.opinions(seen, votes.subjects));
        let stages = model.stages.mix(&model.stages.opinions(seen, votes.stages));
        let stem = Signs::of(features, &votes, &subjects, &model.dictionary, &model.stem).probability();
        let mut named: Vec<(&'static str, f32)> = SUBJECT_IDS.into_iter().zip(subjects).collect();
        named.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let known = share_known(features, &model.dictionary);
        Prediction { subjects: named, stages, stem, known }
    }

    /// The words of the text that speak most for a subject, at most so many, as they stand in it.
    ///
    /// The words that speak for `science` speak for science as against other subjects. Empty for an unknown subject.
    pub fn words_for_subject(&self, subject: &str, most: usize) -> Vec<String> {
        let Some(class) = SUBJECT_IDS.iter().position(|id| *id == subject) else { return Vec::new() };
        let weigh = |says: [f32; SUBJECTS]| {
            if class == 0 { says[..SCIENCES].iter().copied().fold(f32::MIN, f32::max) } else { says[class] }
        };
        self.words_for(&self.model.subjects, weigh, most)
    }

    /// The words of the text that speak most for a key stage, 0 for key stage 1; at most so many, as they stand in it.
    pub fn words_for_stage(&self, stage: usize, most: usize) -> Vec<String> {
        self.words_for(&self.model.stages, |says| says.get(stage).copied().unwrap_or(0.0), most)
    }

    fn words_for<const CLASSES: usize, const GROUP: usize>(
        &self,
        ensemble: &Ensemble<CLASSES, GROUP>,
        weigh: impl Fn([f32; CLASSES]) -> f32,
        most: usize,
    ) -> Vec<String> {
        let seen = &self.seen;
        let value_of = |row| seen.known.binary_search_by_key(&row, |known| known.row).map_or(0.0, |at| seen.values[at]);
        let mut weights = vec![0.0; self.features.words.len()];
        for feature in &self.features.features {
            let Some(row) = self.model.dictionary.row(feature.hash) else { continue };
            let Some(weight) = usize::try_from(feature.word).ok().and_then(|word| weights.get_mut(word)) else {
                continue;
            };
            *weight += weigh(ensemble.says(row, value_of(row)));
        }
        heaviest(&self.features.words, &weights, most)
    }
}

/// Which share of the words is known, stop words left out; 0 when there are no others.
fn share_known(features: &Features<'_>, dictionary: &Dictionary) -> f32 {
    let (mut known, mut all) = (0.0_f32, 0.0_f32);
    for word in features.features.iter().filter(|feature| Kind::of(feature.hash) == Some(Kind::Word)) {
        known += if dictionary.row(word.hash).is_some() { 1.0 } else { 0.0 };
        all += 1.0;
    }
    known / all.max(1.0)
}

/// The features of everything that is read of a text.
fn features_of<'a>(text: &Text<'a>) -> Features<'a> {
    let words = text.keywords.iter().chain(text.topics).map(String::as_str);
    Features::of([text.title, beginning(text.description)].into_iter().chain(words))
}

fn beginning(description: &str) -> &str {
    description.char_indices().nth(MAX_CHARACTERS).map_or(description, |(end, _)| &description[..end])
}

/// The words with most weight above 0, each once, the heaviest first. Stop words explain nothing.
fn heaviest(words: &[&str], weights: &[f32], most: usize) -> Vec<String> {
    let mut best: BTreeMap<String, (f32, &str)> = BTreeMap::new();
    for (word, weight) in words.iter().zip(weights) {
        let explains = *weight > 0.0 && word_feature(word).is_some() && word.chars().any(char::is_alphanumeric);
        if explains {
            let entry = best.entry(word.to_lowercase()).or_insert((*weight, word));
            entry.0 = entry.0.max(*weight);
        }
    }
    let mut best: Vec<(f32, &str)> = best.into_values().collect();
    best.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    best.into_iter().take(most).map(|(_, word)| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(stages: [f32; STAGES]) -> Prediction {
        Prediction { subjects: Vec::new(), stages, stem: 1.0, known: 1.0 }
    }

    #[test]
    fn the_stage_to_name_is_likely_to_be_right_or_next_to_it() {
        let cases = [
            ([0.7, 0.1, 0.1, 0.1], 0, "a clear one"),
            ([0.4, 0.0, 0.25, 0.35], 3, "the most probable would be two or three off more often than not"),
            ([0.0, 0.0, 0.0, 1.0], 3, "the last has one neighbour only"),
            ([f32::NAN; STAGES], 3, "nothing sensible, and no panic"),
        ];
        for (stages, best, why) in cases {
            assert_eq!(prediction(stages).best_stage(), best, "{why}");
        }
    }

    #[test]
    fn the_heaviest_words_stand_as_in_the_text_and_once() {
        let words = ["Acids", "the", "acids", "=", "metals", "story"];
        assert_eq!(heaviest(&words, &[2.0, 9.0, 3.0, 9.0, 2.5, -1.0], 3), ["Acids", "metals"]);
        assert_eq!(heaviest(&words, &[2.0, 9.0, 3.0, 9.0, 2.5, -1.0], 1), ["Acids"]);
    }

    #[test]
    fn a_text_that_is_read_once_says_what_it_says_when_read_each_time() {
        let keywords = ["pH".to_owned()];
        let about = Text { title: "Acids", description: "Neutralise an acid.", keywords: &keywords, topics: &[] };
        let model = Model::shipped();
        let read = model.read_text(&about);
        assert_eq!(read.predict(), model.predict(&about));
        assert_eq!(read.words_for_subject("chemistry", 3), model.words_for_subject(&about, "chemistry", 3));
        assert_eq!(read.words_for_stage(2, 3), model.words_for_stage(&about, 2, 3));
    }

    #[test]
    fn a_description_is_read_to_its_limit_in_characters() {
        assert_eq!(beginning("short"), "short");
        assert_eq!(beginning(&"é".repeat(3000)).chars().count(), MAX_CHARACTERS);
    }
}

//! Wording: how much two titles say the same by their words.
//!
//! In go two profiles, out comes what their titles share, and what that weighs. A title is read in one of two ways. Where
//! a model number stands in one of them, the number names the thing and every shop words the rest as it likes;
//! elsewhere the words are the name.

use std::cmp::Ordering;

use super::minhash::{count, count_both};
use super::profile::Profile;
use super::title::{Title, Word};

/// How much a word weighs by its rarity. Codes have a field of their own.
const WEIGHT_BY_RARITY: [f32; 6] = [0.1, 1.0, 1.6, 2.3, 3.4, 0.0];

/// The same title, word for word; all that the name of a job says, and common words.
const EXACT: f32 = 1.0;
/// What is added for the same title when its words are many and rare.
const EXACT_AND_RICH: f32 = 6.0;
/// A title that is nearly the same, when its words are many and rare, and in any case.
const ALIKE_AND_RICH: f32 = 4.2;
const ALIKE: f32 = 1.2;
/// A title that is another one.
const UNLIKE: f32 = 3.4;
/// Words that stand in the place of others: "metals" for "polymers".
const REPLACED: f32 = 5.0;
/// From a quarter of unlike letters on, replaced words are other words and no slips of the pen.
const SLIPS: f32 = 4.0;

/// Of a thing with a model number: that it is one, its letters, its words, and what the other's text has of them.
const THING: f32 = 1.5;
const THING_LETTERS: f32 = 2.7;
const THING_WORDS: f32 = 4.0;
const THING_EXPLAINED: f32 = 1.8;

/// What two titles share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wording {
    /// The weight of the words that both have.
    shared: f32,
    /// The weight of the words that one has instead of the other's.
    replaced: f32,
    /// Of what only one of them has, the part that stands in the other's text; 0 to 1.
    explained: f32,
    /// How alike they are by words, 0 to 1.
    by_words: f32,
    /// How alike they are by groups of three letters, 0 to 1.
    by_letters: f32,
}

/// The words that one title has and the other has not.
#[derive(Debug, Clone, Copy, Default)]
struct Alone {
    weight: f32,
    in_other_text: f32,
}

impl Alone {
    fn add(&mut self, word: &Word, other: &Profile) {
        self.weight += weight(word);
        if other.text.words.binary_search(&word.hash).is_ok() {
            self.in_other_text += weight(word);
        }
    }
}

impl Wording {
    /// Compares the titles of two records.
    pub(super) fn of(one: &Profile, other: &Profile) -> Self {
        let (mine, theirs) = (one.title.words.as_slice(), other.title.words.as_slice());
        let mut shared = 0.0;
        let (mut alone, mut alone_there) = (Alone::default(), Alone::default());
        let (mut at, mut there) = (0, 0);
        while at < mine.len() && there < theirs.len() {
            match mine[at].hash.cmp(&theirs[there].hash) {
                Ordering::Less => alone.add(&mine[at], other),
                Ordering::Equal => shared += weight(&mine[at]),
                Ordering::Greater => alone_there.add(&theirs[there], one),
            }
            let order = mine[at].hash.cmp(&theirs[there].hash);
            at += usize::from(order.is_le());
            there += usize::from(order.is_ge());
        }
        mine[at..].iter().for_each(|word| alone.add(word, other));
        theirs[there..].iter().for_each(|word| alone_there.add(word, one));
        let both = (shared + alone.weight) * (shared + alone_there.weight);
        let unshared = alone.weight + alone_there.weight;
        let explained = alone.in_other_text + alone_there.in_other_text;
        Self {
            shared,
            replaced: alone.weight.min(alone_there.weight),
            explained: if unshared > 0.0 { explained / unshared } else { 0.0 },
            by_words: if both > 0.0 { shared / both.sqrt() } else { 0.0 },
            by_letters: share_of_trigrams(&one.title, &other.title),
        }
    }

    /// How much the shared words name: nothing when they are few and common, near to 1 when they are many and rare.
    fn richness(&self) -> f32 {
        ((self.shared - 2.0) / (self.shared + 4.0)).max(0.0)
    }

    /// The weight of titles that name something by their words.
    pub(super) fn as_a_text(&self, one: &Title, other: &Title) -> f32 {
        let weight = if one.whole == other.whole {
            EXACT + EXACT_AND_RICH * self.richness()
        } else {
            let like = f32::midpoint(self.by_words, self.by_letters);
            let other_words = (SLIPS * (1.0 - self.by_letters)).min(1.0) * self.replaced / (self.shared + 2.0);
            let alike = ALIKE_AND_RICH * self.richness() * (2.0 * like - 1.0).max(0.0) + ALIKE * like;
            alike - UNLIKE * (0.5 - like).max(0.0) - REPLACED * other_words
        };
        // Anybody may write about a job: its name names no page.
        if one.names_a_job && other.names_a_job { weight.min(EXACT) } else { weight }
    }

    /// The weight of titles one of which has a model number.
    pub(super) fn as_a_thing(&self) -> f32 {
        let words = THING_WORDS * self.richness() * self.by_words;
        THING + THING_LETTERS * self.by_letters + words + THING_EXPLAINED * self.explained
    }
}

fn weight(word: &Word) -> f32 {
    WEIGHT_BY_RARITY[usize::from(word.rarity)]
}

fn share_of_trigrams(one: &Title, other: &Title) -> f32 {
    let all = one.trigrams.len() + other.trigrams.len();
    if all == 0 { 0.0 } else { 2.0 * count(count_both(&one.trigrams, &other.trigrams)) / count(all) }
}

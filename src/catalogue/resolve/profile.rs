//! Profile: what is compared of one record, and the keys by which it meets the records worth comparing.
//!
//! In goes what a record says; out comes something small that knows its words, numbers and codes by hash. Which of two
//! profiles are about the same thing, `compare` says; where the keys stand, the store knows.

use std::cmp::Reverse;
use std::collections::HashSet;

use jiff::civil::DateTime;
use schemas::{ConceptId, ControlledField, Metadata, Method};

use super::identifiers::{declared_identifiers, is_address};
use super::minhash::{Sketch, bands, hash, minima, mix_two, sorted, upper};
use super::title::{Title, Word, stem_of_code};
use super::words::{RARE, Rarity, Token, rarity, tokens};

/// So much of a description is read: what follows is seldom about what the thing is, and a page of any length costs the same.
const MAX_DESCRIPTION_CHARS: usize = 2_000;
/// So many different words of a description are kept, the first ones.
const MAX_TEXT_WORDS: usize = 160;
/// So many creators are compared.
const MAX_CREATORS: usize = 12;
/// So many keys a record stands under in the store.
const MAX_BUCKETS: usize = 24;
/// So many codes of a title give keys, three each.
const MAX_CODES: usize = 3;
/// So many of the rarest words of a title give keys in pairs.
const MAX_RARE_WORDS: usize = 4;
/// Words of this rarity and above give a key alone.
const ALONE_FROM: Rarity = 3;

/// So many words give keys alone.
const MAX_ALONE: usize = 3;

// What a key stands for, so that no two sorts of keys meet.
const WHOLE_TITLE: u64 = 1;
const CODE: u64 = 2;
const RARE_WORD: u64 = 3;
const CORE_OF_CODE: u64 = 4;
const BAND_OF_TEXT: u64 = 5;
const PAIR_OF_WORDS: u64 = 6;

/// What is compared of one record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    pub(super) identifiers: Vec<String>,
    pub(super) title: Title,
    pub(super) text: Text,
    /// The publisher's name in plain words.
    pub(super) publisher: String,
    /// Sorted by family name.
    pub(super) creators: Vec<Creator>,
    pub(super) published: Option<Published>,
    /// When it begins.
    pub(super) starts: Option<DateTime>,
    /// The types that the source states.
    pub(super) types: Vec<ConceptId>,
    /// The language that the source states.
    pub(super) language: Option<ConceptId>,
}

/// The description as samples of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Text {
    /// Hashes of its words that are not everywhere, sorted.
    pub(super) words: Vec<u32>,
    /// Its runs of three words.
    pub(super) runs: Sketch,
    /// For the bands.
    minima: Option<[u64; 16]>,
}

/// Who made it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Creator {
    /// The family name, or the last word of an organisation's.
    pub(super) family: String,
    /// The first letter of the given name; a space when it has none.
    pub(super) initial: char,
}

impl Creator {
    /// Whether both names may be of one person.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        let initials_agree = self.initial == other.initial || self.initial == ' ' || other.initial == ' ';
        initials_agree && self.family == other.family
    }
}

/// When it was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) year: i16,
    /// Whether the source gave no more than the year: then it is an edition, and no day on which a page was written.
    pub(super) year_only: bool,
}

impl Profile {
    /// What is compared of a record that says this.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let publisher = metadata.publisher.as_deref().unwrap_or_default();
        let stated = |field| metadata.concepts(field).iter().filter(|claim| claim.method != Method::Inferred);
        Self {
            identifiers: declared_identifiers(metadata),
            title: Title::of(&metadata.title, publisher),
            text: Text::of(metadata.description.as_deref().unwrap_or_default()),
            publisher: joined(&tokens(publisher)),
            creators: creators_of(&metadata.creators),
            published: metadata
                .date_published
                .map(|date| Published { year: date.year(), year_only: date.month() == 1 && date.day() == 1 }),
            starts: metadata.starts,
            types: stated(ControlledField::Type).map(|claim| claim.value.clone()).collect(),
            language: stated(ControlledField::Language).next().map(|claim| claim.value.clone()),
        }
    }

    /// The identifiers that it declares: `doi:10.1000/182`, `isbn:9780306406157`, `url:https://example.org/a`. Sorted.
    pub(crate) fn identifiers(&self) -> &[String] {
        &self.identifiers
    }

    /// Whether both declare a name that was given to one thing: a DOI, an ISBN. Another address is less: many pages about
    /// one subject name the same page.
    pub(super) fn shares_name(&self, other: &Self) -> bool {
        let mut names = self.identifiers.iter().filter(|identifier| !is_address(identifier));
        names.any(|name| other.identifiers.contains(name))
    }

    /// The keys of the record in the store, sorted, each once. Records that share one are worth comparing.
    ///
    /// The same record has the same keys for ever. They stand for its rare words and codes, alone and in pairs, for the
    /// title as a whole, and for bands of its text.
    pub(crate) fn buckets(&self) -> Vec<i64> {
        let mut keys = self.title_keys();
        if let Some(minima) = &self.text.minima {
            keys.extend(bands(minima, 2, BAND_OF_TEXT));
        }
        let mut met = HashSet::new();
        keys.retain(|key| met.insert(*key));
        keys.truncate(MAX_BUCKETS);
        let mut buckets: Vec<i64> = keys.into_iter().map(u64::cast_signed).collect();
        buckets.sort_unstable();
        buckets
    }

    fn title_keys(&self) -> Vec<u64> {
        let title = &self.title;
        let mut keys = Vec::with_capacity(MAX_BUCKETS);
        if !title.words.is_empty() {
            keys.push(mix_two(WHOLE_TITLE, title.whole));
        }
        keys.extend(title.codes.iter().take(MAX_CODES).flat_map(|code| code_keys(code)));
        keys.extend(title.counted.map(|counted| mix_two(CORE_OF_CODE, counted)));
        let mut rare: Vec<&Word> = title.words.iter().filter(|word| (1..=RARE).contains(&word.rarity)).collect();
        rare.sort_by_key(|word| (Reverse(word.rarity), word.hash));
        rare.truncate(MAX_RARE_WORDS);
        let alone = rare.iter().filter(|word| word.rarity >= ALONE_FROM).take(MAX_ALONE);
        keys.extend(alone.map(|word| mix_two(RARE_WORD, u64::from(word.hash))));
        for (at, one) in rare.iter().enumerate() {
            for other in &rare[at + 1..] {
                let (low, high) = (one.hash.min(other.hash), one.hash.max(other.hash));
                keys.push(mix_two(PAIR_OF_WORDS, mix_two(u64::from(low), u64::from(high))));
            }
        }
        keys
    }
}

/// The keys of a code as it is, of its stem, and of its core: `mdrex55bk`, `mdrex55`, `x55`.
fn code_keys(code: &str) -> impl Iterator<Item = u64> {
    let stem = stem_of_code(code);
    let letters = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let last_letter = letters.char_indices().next_back().map_or(0, |(at, _)| at);
    let core = Some(&stem[last_letter..]).filter(|core| core.len() >= 3);
    let core_key = core.map(|core| mix_two(CORE_OF_CODE, hash(core)));
    [mix_two(CODE, hash(code)), mix_two(CODE, hash(stem))].into_iter().chain(core_key)
}

impl Text {
    fn of(description: &str) -> Self {
        let end = description.char_indices().nth(MAX_DESCRIPTION_CHARS).map_or(description.len(), |(at, _)| at);
        let tokens = tokens(&description[..end]);
        let hashes: Vec<u64> = tokens.iter().map(|token| hash(&token.text)).collect();
        let runs: Vec<u64> = hashes.windows(3).map(|run| mix_two(mix_two(run[0], run[1]), run[2])).collect();
        let mut words: Vec<u32> = Vec::new();
        for (token, hash) in tokens.iter().zip(&hashes) {
            if rarity(token) > 0 && words.len() < MAX_TEXT_WORDS {
                words.push(upper(*hash));
            }
        }
        Self { words: sorted(words), runs: Sketch::of(&runs), minima: minima(&runs) }
    }
}

fn joined(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn creators_of(creators: &[String]) -> Vec<Creator> {
    let names = creators.iter().flat_map(|creator| names_in(creator));
    let mut found: Vec<Creator> = names.take(MAX_CREATORS).filter_map(creator_of).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The names in a text that may list several: `"Ann Ward, Sam Ray"`; but `"Ward, Ann"` is one.
fn names_in(text: &str) -> Vec<&str> {
    let lists: Vec<&str> = text.split([';', '|', '&']).flat_map(|part| part.split(" and ")).collect();
    let mut names = Vec::new();
    for list in lists {
        let parts: Vec<&str> = list.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        let is_one_name = parts.len() == 2 && !parts[0].contains(' ');
        if is_one_name {
            names.push(list.trim());
        } else {
            names.extend(parts);
        }
    }
    names
}

fn creator_of(name: &str) -> Option<Creator> {
    let (given, family) = match name.split_once(',') {
        Some((family, given)) => (given, family),
        None => name.trim().rsplit_once(' ').unwrap_or(("", name)),
    };
    let family = tokens(family).pop()?;
    let initial = tokens(given).first().and_then(|token| token.text.chars().next()).unwrap_or(' ');
    Some(Creator { family: family.text, initial })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "Tides rise and fall twice a day because the moon pulls at the water. Stand on the pier at Whitby \
        for six hours with a stick, a tape and a notebook, and you will have measured the moon.";

    fn profile(title: &str, description: &str) -> Profile {
        let description = Some(description.to_owned()).filter(|text| !text.is_empty());
        Profile::of(&Metadata { title: title.to_owned(), description, ..Metadata::default() })
    }

    fn meet(one: &Profile, other: &Profile) -> bool {
        let there = other.buckets();
        one.buckets().iter().any(|key| there.contains(key))
    }

    #[test]
    fn records_that_may_be_the_same_meet_and_others_do_not() {
        assert!(meet(&profile("Measure the moon", TEXT), &profile("A day at the pier", &TEXT[..150])));
        assert!(meet(&profile("MEASURE THE MOON.", ""), &profile("Measure the moon", "")));
        assert!(meet(&profile("Kestrel Edit 100 case", ""), &profile("Camera case - EDIT100BK", "")));
        assert!(meet(&profile("Kestrel KM-X240 lens", ""), &profile("Microscope KMX240BK", "")));
        assert!(!meet(&profile("Measure the moon", TEXT), &profile("Forces", "Push, pull and twist.")));
        assert!(!meet(&profile("", ""), &profile("", "")));
    }

    #[test]
    fn the_keys_in_the_store_stay_what_they_are() {
        assert_eq!(profile("Forces", "").buckets(), [-7_159_769_716_407_182_522]);
    }

    #[test]
    fn names_are_read_in_either_order_and_from_lists() {
        let read = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            let names = creators_of(&texts).into_iter().map(|name| format!("{} {}", name.initial, name.family));
            names.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(read(&["Ann Ward, Sam Ray"]), "s ray, a ward");
        assert_eq!(read(&["Ward, Ann", "Ray, S. J."]), "s ray, a ward");
        assert_eq!(read(&["Ann Ward and Sam Ray; José Böhm"]), "j bohm, s ray, a ward");
        assert_eq!(read(&["", ",", "Madonna"]), "  madonna");
    }

    proptest! {
        #[test]
        fn the_keys_are_few_sorted_and_always_the_same(title in any::<String>(), text in "([a-z]{1,8} ){0,400}") {
            let buckets = profile(&title, &text).buckets();
            prop_assert!(buckets.len() <= MAX_BUCKETS);
            prop_assert!(buckets.is_sorted_by(|one, next| one < next));
            prop_assert_eq!(buckets, profile(&title, &text).buckets());
        }

        #[test]
        fn a_profile_is_small_whatever_a_record_says(title in "[a-z0-9 -]{0,2000}", text in "([a-z]{1,8} ){0,2000}") {
            let profile = profile(&title, &text);
            prop_assert!(profile.text.words.len() <= MAX_TEXT_WORDS);
            prop_assert!(profile.title.spelled.len() <= 1_000);
            prop_assert!(profile.title.trigrams.len() <= 1_000);
        }
    }
}

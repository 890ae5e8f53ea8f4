//! Codes: whether the model and part numbers of two titles are of one thing.
//!
//! Shops write a number with and without its marks, its colour and its country: `KX-TS3282B`, `KXTS3282`.

use super::minhash::count;
use super::profile::Profile;
use super::title::{Title, stem_of_code};
use super::words::CODE;

/// The same code.
const SAME_CODE: f32 = 3.3;
/// The code of one stands in the text of the other.
const CODE_IN_TEXT: f32 = 1.4;
/// Both have codes, and none of them is like one of the other's.
const OTHER_CODE: f32 = 3.0;

/// What the codes of two titles say.
pub(super) fn weigh_codes(one: &Profile, other: &Profile) -> f32 {
    let (mine, theirs) = (&one.title.codes, &other.title.codes);
    if mine.is_empty() && theirs.is_empty() {
        return 0.0;
    }
    let pairs = mine.iter().flat_map(|code| theirs.iter().map(move |their_code| (code, their_code)));
    let alike = pairs.map(|(code, their_code)| likeness(code, their_code)).fold(0.0, f32::max);
    if alike > 0.0 {
        return SAME_CODE * alike;
    }
    let in_pieces = in_pieces(&one.title, &other.title).max(in_pieces(&other.title, &one.title));
    if in_pieces > 0.0 {
        return SAME_CODE * in_pieces;
    }
    if stands_in_text(&one.title, other) || stands_in_text(&other.title, one) {
        return CODE_IN_TEXT;
    }
    if mine.is_empty() || theirs.is_empty() { 0.0 } else { -OTHER_CODE }
}

/// How alike two codes are, from 0 (another one) to 1. Short ones say less: many makers have an `s32`.
fn likeness(one: &str, other: &str) -> f32 {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if short == long {
        return strength(short);
    }
    let digits = short.bytes().filter(u8::is_ascii_digit).count();
    let ends_in_digit = |text: &str| text.ends_with(|c: char| c.is_ascii_digit());
    if let Some(rest) = long.strip_prefix(short) {
        let goes_on = ends_in_digit(short) && rest.starts_with(|c: char| c.is_ascii_digit());
        return if digits >= 2 && !goes_on { 0.9 * strength(short) } else { 0.0 };
    }
    if let Some(before) = long.strip_suffix(short) {
        return if digits >= 4 && !ends_in_digit(before) { 0.8 * strength(short) } else { 0.0 };
    }
    let (stem, other_stem) = (stem_of_code(short), stem_of_code(long));
    if stem == other_stem && stem.len() >= 4 { 0.8 * strength(stem) } else { 0.0 }
}

/// How much a code of this length says.
fn strength(code: &str) -> f32 {
    ((count(code.len()) - 2.0) / 4.0).min(1.0)
}

/// Whether a code of one title stands in the other in pieces: `edit100bk` in "Lowepro Edit 100 case".
fn in_pieces(one: &Title, other: &Title) -> f32 {
    if one.codes.is_empty() {
        return 0.0;
    }
    let joined = other.spelled.replace(' ', "");
    let likeness_of = |code: &str| {
        let stem = stem_of_code(code);
        let without_first = stem.char_indices().nth(1).map_or("", |(at, _)| &stem[at..]);
        if stem.len() >= 4 && joined.contains(stem) {
            0.8 * strength(stem)
        } else if without_first.len() >= 5 && joined.contains(without_first) {
            0.5
        } else {
            0.0
        }
    };
    one.codes.iter().map(|code| likeness_of(code)).fold(0.0, f32::max)
}

fn stands_in_text(title: &Title, profile: &Profile) -> bool {
    let mut codes = title.words.iter().filter(|word| word.rarity == CODE);
    codes.any(|code| profile.text.words.binary_search(&code.hash).is_ok())
}

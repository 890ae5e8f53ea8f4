//! The shape of a text: how long are its words and its title?
//!
//! Lessons for older pupils use longer words and say more. A few figures, each near 0 for a usual lesson and kept within
//! bounds, since texts that are no lessons may have any shape. What a shape says is left to [`super::learn`](mod@super::learn).

use super::features::words_of;

/// How many figures a shape has.
pub(super) const FIGURES: usize = 5;

/// Figures are small beside the weights of words, so that they lean and do not push.
const SCALE: f32 = 0.15;

/// From this length on a word is long.
const LONG_LETTERS: usize = 9;

/// A longer text is not the sentence or two that lessons have, and its length says nothing.
const MAX_WORDS: f32 = 45.0;

/// No figure counts for more than so many usual deviations.
const MAX_DEVIATIONS: f32 = 2.5;

/// The shape of a title and a description.
pub(super) fn shape_of(title: &str, description: &str) -> [f32; FIGURES] {
    let mut words = 0.0_f32;
    let mut title_words = 0.0_f32;
    let mut letters = 0.0_f32;
    let mut long = 0.0_f32;
    let mut numbers = 0.0_f32;
    for (word, is_title) in
        words_of(title).map(|word| (word, true)).chain(words_of(description).map(|word| (word, false)))
    {
        let length = word.chars().count();
        words += 1.0;
        title_words += if is_title { 1.0 } else { 0.0 };
        letters += f32::from(u8::try_from(length).unwrap_or(u8::MAX));
        long += if length >= LONG_LETTERS { 1.0 } else { 0.0 };
        numbers += if word.bytes().all(|byte| byte.is_ascii_digit()) { 1.0 } else { 0.0 };
    }
    if words < 1.0 {
        return [0.0; FIGURES];
    }
    // Nor does the length of a title alone.
    let has_usual_length = words > title_words && words <= MAX_WORDS;
    let deviations = [
        if has_usual_length { (words - 18.0) / 8.0 } else { 0.0 },
        letters / words - 5.0,
        (long / words - 0.15) / 0.15,
        numbers / words / 0.15,
        (title_words - 6.0) / 4.0,
    ];
    deviations.map(|deviation| deviation.clamp(-MAX_DEVIATIONS, MAX_DEVIATIONS) * SCALE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_and_long_texts_show() {
        let short = shape_of("Big and small", "I can see it.");
        let long = shape_of("Gravitational acceleration", "Investigating electromagnetic interactions quantitatively.");
        assert!(long[1] > short[1] && long[2] > short[2] && long[4] < short[4]);
        assert!(shape_of("", " ... ").iter().all(|figure| figure.abs() < f32::EPSILON));
        assert!(shape_of("", &"extraordinarily ".repeat(500)).iter().all(|figure| figure.abs() < 0.4));
    }
}

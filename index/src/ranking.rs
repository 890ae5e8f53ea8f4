//! The numbers that decide what comes first, each with its reason. Weights of fields are in `fields`.
//!
//! A score is the sum of what the words found (BM25) and of these constants. None of them decides what is found.

/// Of the fields in which a word is found the best counts in full, each other one by this share:
/// a word in title and text says a little more than one in the title.
pub(crate) const TIE_BREAKER: f32 = 0.1;

/// What meets a wish about whom it is for or how it comes stands before all that states nothing about it.
/// Far above any sum of word scores, which stay below a hundred.
pub(crate) const SOFT_TIER: f32 = 1_000.0;

/// A resource that is filed under a concept, beside what the concept's words find in its text.
/// About what a word in a title is worth, so that one which also has the word there still comes first.
pub(crate) const CONCEPT_MATCH: f32 = 3.0;

/// The typed words, in their order, in the title; times the score of the phrase.
pub(crate) const TITLE_PHRASE: f32 = 1.5;

/// All that was typed is the title, or another title, of the thing. Above what a few words can reach.
pub(crate) const EXACT_TITLE: f32 = 30.0;

/// Between words of a title phrase so many others may stand: "careers chemistry" finds "careers in chemistry".
pub(crate) const TITLE_SLOP: u32 = 1;

/// How many of so many words must be found: one or two all, of more three quarters, rounded up.
///
/// `3 -> 3`, `4 -> 3`, `8 -> 6`.
pub(crate) fn minimum_words(count: usize) -> usize {
    if count <= 2 { count } else { (count * 3).div_ceil(4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_words_a_quarter_may_be_missing() {
        let minimums: Vec<usize> = (0..=8).map(minimum_words).collect();
        assert_eq!(minimums, [0, 1, 2, 3, 3, 4, 5, 6, 6]);
    }
}

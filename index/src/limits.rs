//! How long may a search be, and how much may it look at? The numbers at which reading and completing stop.
//!
//! How many results and values an answer has is said by whoever asks: [`SearchRequest`](crate::SearchRequest).

/// Terms of one search. Nobody types more; programs do, and further ones are not looked at.
pub const MAX_TERMS: usize = 32;

/// Words of one phrase, or of a word that is several (`a-b-c`). Further ones are not looked at.
pub const MAX_PHRASE_WORDS: usize = 16;

/// Letters by which the beginning of a word is looked up. A single letter begins everything.
pub const MIN_BEGINNING_LETTERS: usize = 2;

/// Other words that are searched beside those of one search, for those who type a whole page: each is one more list.
pub const MAX_OTHER_WORDS: usize = 64;

/// Words of one segment that are looked at for one that may be misspelt. Two letters away from a word there are rarely
/// more than a hundred.
pub const MAX_NEAR_WORDS: usize = 1_000;

/// Resources that are looked at for titles that go on as typed, so that an answer takes no more than a millisecond or
/// two in a catalogue of any size. Only a few letters fit more; then each segment gives its share.
pub const MAX_TITLES_LOOKED_AT: u64 = 20_000;

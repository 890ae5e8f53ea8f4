//! A set of documents of one segment, a bit for each.

use tantivy::DocId;

/// So many documents in one word.
const WORD: u32 = u64::BITS;

/// A set of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// None of so many documents.
    pub(crate) fn none(documents: u32) -> Self {
        Self { words: vec![0; documents.div_ceil(WORD) as usize] }
    }

    /// All of so many documents.
    pub(crate) fn all(documents: u32) -> Self {
        let mut all = Self { words: vec![u64::MAX; documents.div_ceil(WORD) as usize] };
        let beyond = all.words.len() * WORD as usize - documents as usize;
        if let Some(last) = all.words.last_mut() {
            *last >>= beyond;
        }
        all
    }

    #[inline]
    pub(crate) fn insert(&mut self, doc: DocId) {
        self.words[(doc / WORD) as usize] |= 1 << (doc % WORD);
    }

    #[inline]
    pub(crate) fn remove(&mut self, doc: DocId) {
        self.words[(doc / WORD) as usize] &= !(1 << (doc % WORD));
    }

    #[inline]
    pub(crate) fn contains(&self, doc: DocId) -> bool {
        (self.words[(doc / WORD) as usize] >> (doc % WORD)) & 1 == 1
    }

    /// Hands out its documents in their order.
    #[inline]
    pub(crate) fn for_each(&self, mut each: impl FnMut(DocId)) {
        for (word, first) in self.words.iter().zip((0_u32..).step_by(WORD as usize)) {
            let mut rest = *word;
            while rest != 0 {
                each(first + rest.trailing_zeros());
                rest &= rest - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(bits: &Bits) -> Vec<DocId> {
        let mut documents = Vec::new();
        bits.for_each(|doc| documents.push(doc));
        documents
    }

    #[test]
    fn all_are_just_those_that_there_are() {
        for count in [0, 1, 63, 64, 65, 128, 200] {
            assert_eq!(documents(&Bits::all(count)), (0..count).collect::<Vec<_>>());
            assert!(documents(&Bits::none(count)).is_empty());
        }
    }

    #[test]
    fn what_is_put_in_is_there_until_it_is_taken_out() {
        let mut bits = Bits::none(130);
        for doc in [129, 0, 63, 64] {
            bits.insert(doc);
        }
        bits.remove(63);
        assert_eq!(documents(&bits), [0, 64, 129]);
        assert!(bits.contains(64) && !bits.contains(63) && !bits.contains(128));
    }
}

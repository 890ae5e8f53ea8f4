//! Chance that repeats itself: the same seed gives the same numbers on every machine.
//!
//! Source: `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014), begun from the
//! FNV-1a hash of a text.

/// A row of numbers that look like chance.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The row that belongs to this text.
    pub(crate) fn seeded(text: &str) -> Self {
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, hash))
    }

    /// The next number.
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number, below this bound; 0 where the bound is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        let scaled = (u128::from(self.draw()) * u128::from(bound)) >> 64;
        usize::try_from(scaled).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The first three numbers of the authors' own program for the seed 0.
    #[test]
    fn the_numbers_are_those_of_splitmix() {
        let mut random = Random(0);
        let drawn = [random.draw(), random.draw(), random.draw()];
        assert_eq!(drawn, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
    }

    // Worked out by a program of ten lines in another language.
    #[test]
    fn a_text_is_a_seed() {
        assert_eq!(Random::seeded("need-01").0, 0xb447_efae_1de0_bc93);
        assert_eq!(Random::seeded("need-01").below(10), 9);
        assert_eq!(Random::seeded("need-01").below(0), 0);
    }
}

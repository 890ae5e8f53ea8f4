//! Numbers that look random and are the same in every run, so that two runs measure the same thing.

/// A stream of numbers: xorshift64*. Source: Vigna, "An experimental exploration of Marsaglia's xorshift generators,
/// scrambled", 2016.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// Seeds that follow each other give streams that have nothing in common.
    pub(crate) fn new(seed: u64) -> Self {
        let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // Zero would stay zero.
        Self((state ^ (state >> 31)) | 1)
    }

    fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below another one; 0 below 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let scaled = (u128::from(self.number()) * u128::from(end)) >> 64;
        u64::try_from(scaled).expect("it is below the end, which is one")
    }

    /// A place in a list of this length.
    pub(crate) fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("it is below the length, which is one")
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of several; there must be one.
    pub(crate) fn pick<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        &several[self.place(several.len())]
    }
}

/// The weight of the first rank; the last of 100,000 still weighs something.
const FIRST_WEIGHT: u64 = 1 << 40;

/// Ranks of which the n-th comes up one n-th as often as the first, as words of a language do.
#[derive(Debug)]
pub(crate) struct Zipf {
    /// Where the share of each rank ends.
    ends: Vec<u64>,
}

impl Zipf {
    pub(crate) fn new(ranks: usize) -> Self {
        let mut end = 0;
        let ends = (1..=ranks as u64).map(|rank| {
            end += FIRST_WEIGHT / rank;
            end
        });
        Self { ends: ends.collect() }
    }

    /// A rank, from 0.
    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let place = random.below(self.ends.last().copied().unwrap_or_default());
        self.ends.partition_point(|end| *end <= place)
    }
}

//! Minhash: small samples of a text that say how much of it another text shares, and keys that two such texts meet at.
//!
//! In go hashes of a text's pieces; out come a [`Sketch`] to compare by and band keys to look candidates up by. The
//! hash is fixed for ever, because its values stand in the store.

/// The hash of a text: FNV-1a with the finaliser of `MurmurHash3`, both in the public domain.
pub(super) fn hash(text: &str) -> u64 {
    let folded = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mix(folded)
}

/// Spreads the bits of a number over all of its bits.
pub(super) fn mix(number: u64) -> u64 {
    let mut mixed = number;
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ (mixed >> 33)
}

/// Two hashes as one; the order counts.
pub(super) fn mix_two(one: u64, other: u64) -> u64 {
    mix(one.rotate_left(29) ^ other.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The upper half of a hash.
pub(super) fn upper(hash: u64) -> u32 {
    u32::try_from(hash >> 32).expect("half of 64 bits are 32")
}

/// The hashes in their order, each once.
pub(super) fn sorted(mut hashes: Vec<u32>) -> Vec<u32> {
    hashes.sort_unstable();
    hashes.dedup();
    hashes.shrink_to_fit();
    hashes
}

/// The smallest hashes of a set: all of a small one, a fair sample of a large one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sketch {
    /// The smallest hashes, sorted, each once.
    kept: Vec<u32>,
    /// Below this nothing was left out.
    whole_below: u64,
}

impl Sketch {
    /// How many hashes are kept. The share that two texts have in common is then known to about a tenth.
    const KEPT: usize = 128;

    /// The sketch of a set, in any order and with repetitions.
    pub(super) fn of(hashes: &[u64]) -> Self {
        let mut kept: Vec<u32> = hashes.iter().map(|hash| upper(*hash)).collect();
        kept.sort_unstable();
        kept.dedup();
        let whole_below = kept.get(Self::KEPT).map_or(1 << 32, |first_left_out| u64::from(*first_left_out));
        kept.truncate(Self::KEPT);
        kept.shrink_to_fit();
        Self { kept, whole_below }
    }

    /// Of what both sketches can tell: how many hashes one has, how many the other, and how many both.
    pub(super) fn shared(&self, other: &Self) -> Shared {
        let limit = self.whole_below.min(other.whole_below);
        let below = |sketch: &Self| sketch.kept.partition_point(|hash| u64::from(*hash) < limit);
        let (mine, theirs) = (&self.kept[..below(self)], &other.kept[..below(other)]);
        Shared { one: mine.len(), other: theirs.len(), both: count_both(mine, theirs) }
    }
}

/// What two sets have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shared {
    /// How many one has.
    pub(super) one: usize,
    /// How many the other has.
    pub(super) other: usize,
    /// How many both have.
    pub(super) both: usize,
}

/// How many numbers stand in both of two sorted lists without repetitions.
pub(super) fn count_both(one: &[u32], other: &[u32]) -> usize {
    let (mut at, mut there, mut both) = (0, 0, 0);
    while at < one.len() && there < other.len() {
        let (mine, theirs) = (one[at], other[there]);
        both += usize::from(mine == theirs);
        at += usize::from(mine <= theirs);
        there += usize::from(theirs <= mine);
    }
    both
}

/// A count as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "counts of words of a title or a text are small")]
pub(super) fn count(number: usize) -> f32 {
    number as f32
}

/// The smallest hash in each of sixteen parts of a set: `MinHash` by one permutation.
///
/// An empty part takes from the next that is not, so that small sets have bands as well. `None` for an empty set.
pub(super) fn minima(hashes: &[u64]) -> Option<[u64; 16]> {
    let mut minima = [u64::MAX; 16];
    for hash in hashes {
        let part = usize::try_from(hash & 15).expect("four bits fit");
        minima[part] = minima[part].min(hash >> 4);
    }
    if hashes.is_empty() {
        return None;
    }
    let taken = minima;
    for (part, minimum) in minima.iter_mut().enumerate() {
        let filled = (0..16).map(|step| taken[(part + step) % 16]).find(|hash| *hash != u64::MAX);
        *minimum = filled.unwrap_or(u64::MAX);
    }
    Some(minima)
}

/// The keys of bands of so many rows: two sets that share much share a key of a band.
pub(super) fn bands(minima: &[u64; 16], rows: usize, seed: u64) -> impl Iterator<Item = u64> {
    minima.chunks(rows).enumerate().map(move |(band, rows)| {
        let place = u64::try_from(band).expect("at most sixteen bands");
        rows.iter().fold(mix_two(seed, place), |key, row| mix_two(key, *row))
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_hash_is_the_same_for_ever() {
        assert_eq!(hash(""), 0xefd0_1f60_ba99_2926);
        assert_eq!(hash("nurse"), hash("nurse"));
        assert_ne!(mix_two(1, 2), mix_two(2, 1));
    }

    #[test]
    fn a_sketch_of_a_part_is_in_the_sketch_of_the_whole() {
        let whole: Vec<u64> = (0..500).map(mix).collect();
        let shared = Sketch::of(&whole).shared(&Sketch::of(&whole[..60]));
        assert_eq!(shared.both, shared.other);
        assert!(shared.one > shared.other);
    }

    #[test]
    fn a_set_without_members_has_no_bands() {
        assert_eq!(minima(&[]), None);
    }

    proptest! {
        #[test]
        fn order_and_repetition_change_no_sketch_and_no_band(
            (hashes, shuffled) in vec(any::<u64>(), 1..200).prop_flat_map(|hashes| {
                let twice = [hashes.clone(), hashes.clone()].concat();
                (Just(hashes), Just(twice).prop_shuffle())
            })
        ) {
            prop_assert_eq!(Sketch::of(&hashes), Sketch::of(&shuffled));
            prop_assert_eq!(minima(&hashes), minima(&shuffled));
        }
    }
}

//! Token buckets: who may take how much, at once and in the long run. In come a key, a cost and the time; out comes
//! whether it is granted and what is left. Knows no HTTP.
//!
//! Ours and not a crate's, because three things are wanted together that the known one has singly: costs that differ,
//! what is left after each taking, and a time that is given, so that no test sleeps. The arithmetic is that of the
//! generic cell rate algorithm (ITU-T I.371): of each bucket only the moment is kept at which it will be full again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

use jiff::Timestamp;

/// A bucket takes some 60 bytes, so that all take a few megabytes whoever asks. Far more than schools that search at
/// the same moment; who comes when all are in use shares one bucket with those who come then.
pub(super) const MOST_BUCKETS: usize = 100_000;
/// Buckets that are full again are dropped so often: nobody's address is held in memory much longer than it needs.
const SWEEP_EVERY: i128 = 60 * SECOND;
/// …and, where there is no room for another, so often: a sweep looks at all of them.
const SWEEP_FOR_ROOM_EVERY: i128 = SECOND;

const SECOND: i128 = 1_000_000_000;

/// How much a bucket holds, and how fast it fills.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    /// Nanoseconds in which one token comes back.
    interval: i128,
    /// The tokens in a full bucket.
    burst: i128,
}

/// What became of one taking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// How long to wait until it would be granted, nanoseconds; 0 when it was.
    wait: i128,
    /// How long until the bucket is full, nanoseconds.
    full_in: i128,
    /// The tokens left.
    pub(super) left: i128,
}

impl Taken {
    /// `None` when it was granted; otherwise the seconds after which it would be, at least 1.
    pub(super) fn retry_after_seconds(&self) -> Option<u64> {
        (self.wait > 0).then(|| seconds_up(self.wait).max(1))
    }

    /// The seconds after which the bucket is full.
    pub(super) fn full_in_seconds(&self) -> u64 {
        seconds_up(self.full_in)
    }
}

impl Quota {
    /// So many tokens at once, and so many in each period of these seconds.
    pub(super) fn new(tokens: u64, period_seconds: u64, burst: u64) -> Self {
        let interval = i128::from(period_seconds) * SECOND / i128::from(tokens.max(1));
        Self { interval: interval.max(1), burst: i128::from(burst.max(1)) }
    }

    /// The seconds in which an empty bucket fills.
    pub(super) fn window_seconds(&self) -> u64 {
        seconds_up(self.window())
    }

    fn window(&self) -> i128 {
        self.interval * self.burst
    }

    fn take(&self, full_at: &mut i128, cost: u32, now: i128) -> Taken {
        let empty = now + self.window();
        // No bucket is emptier than empty: a clock that is put back shuts nobody out.
        let before = (*full_at).clamp(now, empty);
        let after = before + i128::from(cost) * self.interval;
        let wait = (after - empty).max(0);
        *full_at = if wait == 0 { after } else { before };
        Taken { wait, full_in: *full_at - now, left: (empty - *full_at) / self.interval }
    }
}

/// A bucket for each of many.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    pub(super) quota: Quota,
    held: Mutex<Held<K>>,
}

#[derive(Debug)]
struct Held<K> {
    /// When each bucket will be full, nanoseconds since 1970. A bucket that is not here is full.
    buckets: HashMap<K, i128>,
    /// The same of the bucket of those for whom there is no room.
    newcomers: i128,
    swept_at: i128,
}

impl<K: Clone + Eq + Hash> Buckets<K> {
    /// Full ones.
    pub(super) fn new(quota: Quota) -> Self {
        let held = Held { buckets: HashMap::new(), newcomers: 0, swept_at: 0 };
        Self { quota, held: Mutex::new(held) }
    }

    /// Takes tokens out of one bucket, or tells how long to wait; what is not granted takes none. A cost of 0 looks.
    pub(super) fn take(&self, key: &K, cost: u32, now: Timestamp) -> Taken {
        let now = now.as_nanosecond();
        let mut held = self.held.lock().expect("nobody panics while holding this lock");
        held.sweep(now);
        if let Some(full_at) = held.buckets.get_mut(key) {
            return self.quota.take(full_at, cost, now);
        }
        if held.buckets.len() >= MOST_BUCKETS {
            return self.quota.take(&mut held.newcomers, cost, now);
        }
        let mut full_at = now;
        let taken = self.quota.take(&mut full_at, cost, now);
        if full_at > now {
            held.buckets.insert(key.clone(), full_at);
        }
        taken
    }

    /// How long to wait until one token could be taken, in whole seconds, at least 1. It takes none.
    pub(super) fn wait_for_one(&self, key: &K, now: Timestamp) -> u64 {
        let missing = self.quota.interval - (self.quota.window() - self.take(key, 0, now).full_in);
        seconds_up(missing.max(0)).max(1)
    }

    /// How many buckets are held.
    #[cfg(test)]
    fn held(&self) -> usize {
        self.held.lock().expect("nobody panics while holding this lock").buckets.len()
    }
}

impl<K: Eq + Hash> Held<K> {
    /// Drops the buckets that are full again, when it is time to.
    fn sweep(&mut self, now: i128) {
        let every = if self.buckets.len() >= MOST_BUCKETS { SWEEP_FOR_ROOM_EVERY } else { SWEEP_EVERY };
        let is_fresh = (self.swept_at..self.swept_at + every).contains(&now);
        if !is_fresh {
            self.buckets.retain(|_, full_at| *full_at > now);
            self.swept_at = now;
        }
    }
}

fn seconds_up(nanoseconds: i128) -> u64 {
    u64::try_from((nanoseconds + SECOND - 1) / SECOND).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        let start: Timestamp = "2026-11-22T09:00:00Z".parse().expect("a time");
        start.saturating_add(SignedDuration::from_millis(milliseconds)).expect("a time")
    }

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let buckets = Buckets::new(Quota::new(10, 1, 20));
        for left in (0..20).rev() {
            let taken = buckets.take(&"a", 1, at(0));
            assert_eq!((taken.retry_after_seconds(), taken.left), (None, left));
        }
        let refused = buckets.take(&"a", 1, at(0));
        assert_eq!((refused.retry_after_seconds(), refused.left, refused.full_in_seconds()), (Some(1), 0, 2));
        assert_eq!(buckets.take(&"a", 1, at(99)).retry_after_seconds(), Some(1));
        assert_eq!(buckets.take(&"a", 1, at(100)).retry_after_seconds(), None);
        assert_eq!(buckets.take(&"a", 1, at(100)).retry_after_seconds(), Some(1), "what is refused takes nothing");
        assert_eq!(buckets.take(&"b", 1, at(100)).left, 19, "another has a bucket of its own");
        assert_eq!(buckets.take(&"a", 0, at(60_000)).left, 20);
    }

    #[test]
    fn what_costs_more_takes_more_and_slow_buckets_say_how_long() {
        let buckets = Buckets::new(Quota::new(5, 3_600, 5));
        assert_eq!(buckets.quota.window_seconds(), 3_600);
        assert_eq!(buckets.take(&"a", 4, at(0)).left, 1);
        assert_eq!(buckets.take(&"a", 4, at(0)).retry_after_seconds(), Some(3 * 720));
        assert_eq!(buckets.take(&"a", 1, at(0)).left, 0);
    }

    #[test]
    fn a_clock_that_is_put_back_shuts_nobody_out() {
        let buckets = Buckets::new(Quota::new(1, 1, 2));
        buckets.take(&"a", 2, at(3_600_000));
        assert_eq!(buckets.take(&"a", 1, at(0)).retry_after_seconds(), Some(1));
        assert_eq!(buckets.take(&"a", 1, at(1_000)).retry_after_seconds(), None);
    }

    #[test]
    fn no_more_buckets_are_held_than_may_be_and_full_ones_are_dropped() {
        let buckets = Buckets::new(Quota::new(1, 1, 2));
        for key in 0..MOST_BUCKETS {
            buckets.take(&key, 1, at(0));
        }
        assert_eq!(buckets.held(), MOST_BUCKETS);
        let newcomers: Vec<i128> = (0..3).map(|key| buckets.take(&(MOST_BUCKETS + key), 1, at(1)).left).collect();
        assert_eq!((newcomers, buckets.held()), (vec![1, 0, 0], MOST_BUCKETS), "newcomers share one");
        assert_eq!(buckets.take(&0, 1, at(1)).retry_after_seconds(), None, "who has one keeps it");
        buckets.take(&MOST_BUCKETS, 1, at(1_500));
        assert_eq!(buckets.held(), 2, "those that are full again made room");
    }

    #[test]
    fn nobody_is_remembered_for_long() {
        let buckets = Buckets::new(Quota::new(1, 1, 2));
        buckets.take(&"a", 1, at(0));
        buckets.take(&"b", 0, at(59_000));
        assert_eq!(buckets.held(), 1);
        buckets.take(&"b", 0, at(60_000));
        assert_eq!(buckets.held(), 0);
    }
}

//! Hourly: what takes long to count is counted once for all who ask, and kept for an hour.
//!
//! Counting reads a large part of the store, and pages that anybody may open show what comes of it. What is counted, and
//! what it is asked by, is for [`crate::app`] to say. Nothing falls out but for something newer of the same key, so
//! whoever asks brings keys of which there are few.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

/// So long a count is good enough for people. What programs compare is asked for as of now.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Counts by key, each as it was made last.
pub(crate) struct Hourly<K, T> {
    kept: RwLock<BTreeMap<K, Kept<T>>>,
    /// Held while something is counted: of many who ask at once one counts, and one reader of the store is busy with it.
    counting: Mutex<()>,
    /// How often counting has begun.
    begun: AtomicU64,
}

struct Kept<T> {
    counted: Arc<T>,
    at: Timestamp,
    /// The how-manieth count this was.
    nth: u64,
}

impl<K, T> Default for Hourly<K, T> {
    fn default() -> Self {
        Self { kept: RwLock::default(), counting: Mutex::default(), begun: AtomicU64::default() }
    }
}

impl<K: Ord, T> Hourly<K, T> {
    /// What was counted within the hour; otherwise it is counted now. Waits for nobody as long as something is kept.
    ///
    /// # Errors
    /// Those of counting. What was kept before stays.
    pub(crate) async fn within_the_hour<E>(
        &self,
        key: K,
        now: Timestamp,
        count: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        if let Some(counted) = self.fresh(&key, now) {
            return Ok(counted);
        }
        let _turn = self.counting.lock().await;
        match self.fresh(&key, now) {
            Some(counted) => Ok(counted),
            None => self.count(key, now, count).await,
        }
    }

    /// What is so now: what is kept where it still holds; otherwise it is counted.
    ///
    /// Of many who wait for their turn while everything changes, all but the first take what that one counted after
    /// they had asked, so that a queue is worked off by two counts at most.
    ///
    /// # Errors
    /// Those of looking whether it still holds, and of counting.
    pub(crate) async fn as_of_now<E>(
        &self,
        key: K,
        now: Timestamp,
        still_holds: impl AsyncFnOnce(Arc<T>) -> Result<bool, E>,
        count: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let begun_before = self.begun.load(Ordering::SeqCst);
        let _turn = self.counting.lock().await;
        if let Some((counted, nth)) = self.kept(&key)
            && (nth > begun_before || still_holds(Arc::clone(&counted)).await?)
        {
            return Ok(counted);
        }
        self.count(key, now, count).await
    }

    /// To be called by whoever has the turn.
    async fn count<E>(&self, key: K, now: Timestamp, count: impl AsyncFnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        let nth = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let counted = Arc::new(count().await?);
        let kept = Kept { counted: Arc::clone(&counted), at: now, nth };
        self.kept.write().expect("nobody panics while holding this lock").insert(key, kept);
        Ok(counted)
    }

    /// What is kept and no older than an hour. A clock that was wrong may have dated it later than now: it is none.
    fn fresh(&self, key: &K, now: Timestamp) -> Option<Arc<T>> {
        let kept = self.kept.read().expect("nobody panics while holding this lock");
        let one = kept.get(key)?;
        let age = now.duration_since(one.at);
        (SignedDuration::ZERO..KEPT_FOR).contains(&age).then(|| Arc::clone(&one.counted))
    }

    fn kept(&self, key: &K) -> Option<(Arc<T>, u64)> {
        let kept = self.kept.read().expect("nobody panics while holding this lock");
        kept.get(key).map(|one| (Arc::clone(&one.counted), one.nth))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::future::join_all;

    use super::*;

    fn minute(number: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + 60 * number).expect("a time")
    }

    /// A count says the how-manieth it was.
    struct Counter {
        hourly: Hourly<&'static str, u64>,
        counts: AtomicU64,
    }

    impl Counter {
        fn new() -> Self {
            Self { hourly: Hourly::default(), counts: AtomicU64::default() }
        }

        async fn count(&self) -> Result<u64, Infallible> {
            let nth = self.counts.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::task::yield_now().await;
            Ok(nth)
        }

        async fn page(&self, key: &'static str, at: Timestamp) -> u64 {
            let Ok(counted) = self.hourly.within_the_hour(key, at, async || self.count().await).await;
            *counted
        }

        async fn exact(&self, holds: bool) -> u64 {
            let still_holds = async |_| Ok::<bool, Infallible>(holds);
            let Ok(counted) = self.hourly.as_of_now("a", minute(0), still_holds, async || self.count().await).await;
            *counted
        }
    }

    #[tokio::test]
    async fn what_was_counted_is_kept_for_an_hour_by_key() {
        let counter = Counter::new();
        let mut seen = Vec::new();
        for (key, at) in [("a", 0), ("a", 59), ("b", 59), ("a", 60), ("a", 119), ("b", 118), ("a", 10)] {
            seen.push(counter.page(key, minute(at)).await);
        }
        assert_eq!(seen, [1, 1, 2, 3, 3, 2, 4], "and what is dated later than now is counted anew");
    }

    #[tokio::test]
    async fn of_many_pages_at_once_one_counts() {
        let counter = Counter::new();
        let seen = join_all((0..20).map(|_| counter.page("a", minute(0)))).await;
        assert!(seen.iter().all(|nth| *nth == 1), "{seen:?}");
    }

    #[tokio::test]
    async fn who_asks_as_of_now_has_it_counted_when_what_is_kept_holds_no_more() {
        let counter = Counter::new();
        assert_eq!(counter.page("a", minute(0)).await, 1);
        assert_eq!((counter.exact(true).await, counter.exact(false).await, counter.exact(true).await), (1, 2, 2));
        assert_eq!(counter.page("a", minute(1)).await, 2, "a page has what was counted last");
    }

    #[tokio::test]
    async fn a_queue_is_worked_off_by_two_counts_while_everything_changes() {
        let counter = Counter::new();
        let first = counter.exact(false);
        let (_, seen) = tokio::join!(first, join_all((0..20).map(|_| counter.exact(false))));
        assert!(counter.counts.load(Ordering::SeqCst) <= 2, "{seen:?}");
    }

    #[tokio::test]
    async fn a_count_that_fails_is_not_kept() {
        let hourly: Hourly<&str, u64> = Hourly::default();
        let failed = hourly.within_the_hour("a", minute(0), async || Err::<u64, &str>("no store")).await;
        assert_eq!(failed, Err("no store"));
        let counted = hourly.within_the_hour("a", minute(0), async || Ok::<u64, &str>(7)).await;
        assert_eq!(counted.as_deref(), Ok(&7));
    }
}

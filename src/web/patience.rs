//! `Patience`: how long to wait for somebody from whom something comes, or does not.
//!
//! Only the time that is really waited counts: what we spend on something else ourselves is nobody's fault. Who sends or
//! takes a little now and then is not waited for without end either: so much has to have come by the time it is over.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// How long somebody is waited for.
#[derive(Debug)]
pub(super) struct Patience {
    wait: Duration,
    enough: u64,
    /// How long it has been waited since enough had come.
    waited: Duration,
    /// How much has come since.
    came: u64,
    /// Since when it is being waited.
    since: Option<Instant>,
    end: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    /// Waits for so long, and begins anew whenever so much has come.
    pub(super) fn new(wait: Duration, enough: u64) -> Self {
        Self { wait, enough, waited: Duration::ZERO, came: 0, since: None, end: None }
    }

    /// So much has come.
    pub(super) fn come(&mut self, bytes: usize) {
        if let Some(since) = self.since.take() {
            self.waited = self.waited.saturating_add(since.elapsed());
        }
        self.came = self.came.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if self.came >= self.enough {
            (self.waited, self.came) = (Duration::ZERO, 0);
        }
    }

    /// Nothing comes now. Ready when it was waited for long enough.
    pub(super) fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let left = self.wait.saturating_sub(self.waited);
        let end = self.end.get_or_insert_with(|| Box::pin(tokio::time::sleep(left)));
        if self.since.is_none() {
            let now = Instant::now();
            self.since = Some(now);
            end.as_mut().reset(now + left);
        }
        end.as_mut().poll(context)
    }

    /// Whether somebody is being waited for.
    #[cfg(test)]
    fn is_waiting(&self) -> bool {
        self.since.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const WAIT: Duration = Duration::from_millis(40);

    async fn end_of(patience: &mut Patience) -> Duration {
        let begun = Instant::now();
        poll_fn(|context| patience.poll_end(context)).await;
        begun.elapsed()
    }

    #[tokio::test]
    async fn who_sends_nothing_is_waited_for_once() {
        let mut patience = Patience::new(WAIT, 10);
        assert!(end_of(&mut patience).await >= WAIT);
        assert!(patience.is_waiting());
    }

    #[tokio::test]
    async fn a_little_now_and_then_wins_no_time_and_enough_wins_all() {
        let mut patience = Patience::new(WAIT, 10);
        end_of(&mut patience).await;
        patience.come(9);
        assert!(!patience.is_waiting());
        assert!(end_of(&mut patience).await < WAIT, "the time is used up already");
        patience.come(1);
        assert!(end_of(&mut patience).await >= WAIT, "ten have come");
    }

    #[tokio::test]
    async fn what_we_spend_ourselves_does_not_count() {
        let mut patience = Patience::new(WAIT, 10);
        let polled = poll_fn(|context| Poll::Ready(patience.poll_end(context))).await;
        assert!(polled.is_pending());
        patience.come(1);
        let waited = patience.waited;
        // Nobody is waited for between here and the next look, however long that takes.
        let begun = Instant::now();
        while begun.elapsed() < WAIT {
            std::hint::spin_loop();
        }
        assert!(end_of(&mut patience).await + waited >= WAIT, "the time that we took was counted");
    }
}

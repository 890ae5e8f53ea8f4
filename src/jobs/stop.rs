//! Stop: the word by which long work is asked to end before it is done, and why.
//!
//! It is only a word: whoever does the work listens where it can end cleanly. The first reason that is given stays.

use std::fmt;

use tokio::sync::watch;

/// Why work is to end before it is done. As text it is what the report of a run says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The whole program ends.
    ServiceStops,
    /// Somebody called it off.
    Cancelled {
        /// The name of the token that it was called off with.
        by: String,
    },
    /// It was silent for too long, and somebody else may have taken it over.
    TakenOver,
    /// It has taken too long.
    TookTooLong {
        /// How long it may take.
        minutes: u64,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ServiceStops => f.write_str("stopped: the service was told to stop"),
            Self::Cancelled { by } => write!(f, "cancelled by {by}"),
            Self::TakenOver => f.write_str("interrupted: its lease was over, and another may have taken it up"),
            Self::TookTooLong { minutes } => write!(f, "deadline: not done after {minutes} minutes"),
        }
    }
}

/// Whoever may say the word.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<Option<Why>>);

impl Stopper {
    /// Says that the program ends.
    pub fn stop(&self) {
        self.stop_because(Why::ServiceStops);
    }

    /// Says why the work is to end. Who comes second is not heard.
    pub fn stop_because(&self, why: Why) {
        self.0.send_if_modified(|said| {
            let is_first = said.is_none();
            if is_first {
                *said = Some(why);
            }
            is_first
        });
    }
}

/// Hears the word. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<Why>>);

impl Stop {
    /// A word that can be said, and one who hears it.
    pub fn new() -> (Stopper, Self) {
        let (said, heard) = watch::channel(None);
        (Stopper(said), Self(heard))
    }

    /// A word that nobody can say.
    pub fn never() -> Self {
        Self::new().1
    }

    /// Whether the word was said.
    pub fn is_asked(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Why, once the word was said.
    pub fn why(&self) -> Option<Why> {
        self.0.borrow().clone()
    }

    /// Waits for the word. Where nobody is left who could say it, for ever.
    pub async fn asked(&self) {
        let mut heard = self.0.clone();
        let nobody_is_left = heard.wait_for(Option::is_some).await.is_err();
        if nobody_is_left {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn the_first_reason_stays_and_everybody_hears_it() {
        let (stopper, stop) = Stop::new();
        let early = stop.clone();
        assert!(!stop.is_asked() && early.asked().now_or_never().is_none());
        stopper.stop_because(Why::Cancelled { by: "Ada".to_owned() });
        stopper.stop();
        early.asked().await;
        stop.asked().await;
        assert_eq!(stop.why().map(|why| why.to_string()).as_deref(), Some("cancelled by Ada"));
    }

    #[tokio::test]
    async fn where_nobody_is_left_to_say_it_nothing_is_stopped() {
        let (stopper, stop) = Stop::new();
        drop(stopper);
        assert!(stop.asked().now_or_never().is_none() && !stop.is_asked());
        assert!(Stop::never().asked().now_or_never().is_none());
        let (stopper, stop) = Stop::new();
        stopper.stop();
        drop(stopper);
        assert!(stop.asked().now_or_never().is_some(), "what was said stays said");
    }
}

//! Which of several nodes keeps the schedules, checks links and sends notices: the one that holds a lock of the store.
//!
//! The store lets go of the lock when the node's connection ends, so a dead leader stands in nobody's way. Between that
//! and the moment the old one notices, two may take themselves for the leader for some seconds: whatever only the leader
//! does is therefore also safe to be done twice, and a schedule's moment has one key in the queue.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, timeout};

use crate::app::App;
use crate::catalogue::{Catalogue, Lead};

/// So often the lock is tried, or looked after.
const EVERY: Duration = Duration::from_secs(5);
/// A store that does not say within this time whether we hold the lock counts as one that does not say so.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// So long a word that we lead is believed: a program that stood still must ask again before it does anything. Twice the
/// beat, and one answer.
const BELIEVED_FOR: Duration = Duration::from_secs(13);

/// Whether this node leads. Cheap to clone; all clones tell the same.
#[derive(Debug, Clone)]
pub struct Leader(Arc<Inner>);

struct Inner {
    held: Mutex<Option<Lead>>,
    /// Until when we lead, unless we hear otherwise.
    until: watch::Sender<Option<Instant>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Leader")
    }
}

impl Default for Leader {
    fn default() -> Self {
        Self(Arc::new(Inner { held: Mutex::new(None), until: watch::Sender::new(None) }))
    }
}

impl Leader {
    /// Whether this node leads now. Nobody does who has not asked yet.
    pub fn is_leader(&self) -> bool {
        self.0.until.borrow().is_some_and(|until| Instant::now() < until)
    }

    /// Asks the store, and takes the lead when nobody has it. Says whether this node leads now.
    pub async fn ask(&self, catalogue: &Catalogue) -> bool {
        let mut held = self.0.held.lock().await;
        let asked_at = Instant::now();
        let leads = match held.as_mut() {
            Some(lead) => timeout(ANSWER_WITHIN, lead.still_holds()).await.unwrap_or(false),
            None => false,
        };
        if !leads {
            // Whatever it was, it is let go of before it is asked for anew.
            *held = None;
            *held = match timeout(ANSWER_WITHIN, catalogue.try_lead()).await {
                Ok(Ok(lead)) => lead,
                Ok(Err(error)) => {
                    tracing::debug!(error = %error, "the store did not say who leads");
                    None
                }
                Err(_) => None,
            };
        }
        let leads = held.is_some();
        let led = self.0.until.send_replace(leads.then(|| asked_at + BELIEVED_FOR)).is_some();
        if leads != led {
            tracing::info!(leads, "this node {}", if leads { "leads now" } else { "leads no more" });
        }
        leads
    }

    /// Lets go, so that another may lead at once.
    pub async fn let_go(&self) {
        *self.0.held.lock().await = None;
        self.0.until.send_replace(None);
    }

    /// Ends when this node leads.
    async fn comes_to_lead(&self) {
        let mut until = self.0.until.subscribe();
        // The sender lives as long as we do.
        let _ = until.wait_for(Option::is_some).await;
    }

    /// Ends when this node leads no more, or has not heard for too long that it does.
    async fn leads_no_more(&self) {
        let mut until = self.0.until.subscribe();
        loop {
            let Some(end) = *until.borrow_and_update() else {
                return;
            };
            tokio::select! {
                () = tokio::time::sleep_until(end) => return,
                changed = until.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

/// Tries to lead, or looks whether it still does, until the program stops; then lets go.
pub async fn keep_leading(app: App) {
    while !app.stop.is_asked() {
        if app.leader.ask(&app.catalogue).await {
            // For admins, whichever node they ask. What could not be written is said again with the next beat.
            let told = timeout(ANSWER_WITHIN, app.catalogue.note_leader(&app.node_id, app.clock.now())).await;
            if let Ok(Err(error)) = told {
                tracing::debug!(error = %error, "that this node leads could not be written");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.stop.asked() => {}
        }
    }
    if app.leader.is_leader()
        && let Ok(Err(error)) = timeout(ANSWER_WITHIN, app.catalogue.forget_leader(&app.node_id)).await
    {
        tracing::debug!(error = %error, "that this node leads could not be taken back");
    }
    app.leader.let_go().await;
}

/// Does a task while this node leads: begins it each time the node comes to lead, and drops it when it leads no more.
pub async fn while_leading<F: Future<Output = ()>>(app: App, task: impl Fn(App) -> F) {
    loop {
        app.leader.comes_to_lead().await;
        tokio::select! {
            biased;
            () = app.leader.leads_no_more() => {}
            () = task(app.clone()) => return,
        }
        // The word may have grown old without being taken back; it is not believed before it is said again.
        tokio::time::sleep(EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::StorePlace;

    #[tokio::test]
    async fn the_only_node_of_a_store_leads_once_it_has_asked() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&StorePlace::File(folder.path().join("signpost.db"))).await.unwrap();
        let leader = Leader::default();
        assert!(!leader.is_leader());
        assert!(leader.ask(&catalogue).await);
        assert!(leader.is_leader());
        leader.let_go().await;
        assert!(!leader.is_leader());
    }

    #[tokio::test]
    async fn a_word_that_has_grown_old_is_not_believed() {
        let leader = Leader::default();
        leader.0.until.send_replace(Some(Instant::now() + BELIEVED_FOR));
        leader.comes_to_lead().await;
        assert!(leader.is_leader());
        leader.0.until.send_replace(Some(Instant::now()));
        assert!(!leader.is_leader());
        leader.leads_no_more().await;
    }
}

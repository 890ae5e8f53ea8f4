//! How this node stands, for whoever asks it and for its row in the store: one word, and a sentence that says why.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;
use tokio::sync::Notify;

/// Which part of its life the program is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It makes itself ready, and this is what it is doing.
    Starting(&'static str),
    /// It does what it is for.
    Running,
    /// It was told to stop.
    Stopping,
}

/// How a node stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeState {
    /// It makes itself ready.
    Starting,
    /// All is well.
    Ready,
    /// It answers from its index, and something else is the matter.
    Degraded,
    /// It was told to stop.
    Stopping,
}

impl NodeState {
    /// The name in the store and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::Stopping => "stopping",
        }
    }
}

/// What is said where the gate did not let a new index live.
const INDEX_REFUSED: &str = "the index had to be made anew and the new one was refused; what was there answers";

/// What is said where a newer program has migrated the store while this one works on it.
pub fn told_of_newer_schema(schema: i64) -> String {
    format!("a newer program has migrated the store to schema {schema}; start that program here too")
}

/// How this node stands. Cheap to clone; all clones tell the same.
#[derive(Debug, Clone)]
pub struct Standing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    facts: RwLock<Facts>,
    /// Rung when another part of its life begins, for the one who writes down how it stands.
    phase_changed: Notify,
}

#[derive(Debug)]
struct Facts {
    phase: Phase,
    started: Timestamp,
    address: String,
    store_away_since: Option<Timestamp>,
    is_store_replaced: bool,
    is_store_prepared: bool,
    is_index_refused: bool,
    newer_schema: Option<i64>,
    voice: Voice,
}

/// How this program speaks under the id of its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voice {
    /// It has said nothing yet.
    Silent,
    /// It has spoken.
    Heard,
    /// It has spoken, and another program after it.
    Doubled,
}

impl Standing {
    /// Of a program that is started now.
    pub fn new(now: Timestamp) -> Self {
        let facts = Facts {
            phase: Phase::Starting("opening the store and the index"),
            started: now,
            address: String::new(),
            store_away_since: None,
            is_store_replaced: false,
            is_store_prepared: false,
            is_index_refused: false,
            newer_schema: None,
            voice: Voice::Silent,
        };
        Self(Arc::new(Inner { facts: RwLock::new(facts), phase_changed: Notify::new() }))
    }

    /// Begins a part of its life. Who was told to stop does nothing else any more.
    pub fn enter(&self, phase: Phase) {
        let mut facts = self.write();
        if facts.phase != Phase::Stopping {
            facts.phase = phase;
            self.0.phase_changed.notify_one();
        }
    }

    /// Ends when another part of its life has begun since this ended the last time. For one who waits.
    pub async fn changes_phase(&self) {
        self.0.phase_changed.notified().await;
    }

    /// Says where it listens.
    pub fn listens_at(&self, address: String) {
        self.write().address = address;
    }

    /// Says that the store has answered; gives back since when it had not.
    pub fn store_answered(&self) -> Option<Timestamp> {
        self.write().store_away_since.take()
    }

    /// Says that the store does not answer; whether that is new.
    pub fn store_is_away(&self, now: Timestamp) -> bool {
        let mut facts = self.write();
        let is_new = facts.store_away_since.is_none();
        facts.store_away_since.get_or_insert(now);
        is_new
    }

    /// Says that another store stands where the one stood that the index was made from.
    pub fn store_was_replaced(&self) {
        self.write().is_store_replaced = true;
    }

    /// Says that this node has made ready what stands in the store.
    pub fn store_is_prepared(&self) {
        self.write().is_store_prepared = true;
    }

    /// Whether this node has made ready what stands in the store; false on one that never led.
    pub fn is_store_prepared(&self) -> bool {
        self.read().is_store_prepared
    }

    /// Says whether the index had to be made anew and the new one was refused.
    pub fn index_was_refused(&self, was_refused: bool) {
        self.write().is_index_refused = was_refused;
    }

    /// Whether the index had to be made anew, and what was there answers because the new one was refused.
    pub fn is_index_refused(&self) -> bool {
        self.read().is_index_refused
    }

    /// Says which schema a newer program has given the store, if one has; whether that is new.
    pub fn store_is_of_newer_schema(&self, schema: Option<i64>) -> bool {
        let mut facts = self.write();
        let is_new = schema.is_some() && facts.newer_schema != schema;
        facts.newer_schema = schema;
        is_new
    }

    /// The schema that a newer program has given the store; `None` while it is this program's.
    pub fn newer_schema(&self) -> Option<i64> {
        self.read().newer_schema
    }

    /// Says that this program has spoken in the store under the id of this node.
    pub fn is_heard(&self) {
        self.write().voice = Voice::Heard;
    }

    /// Whether it has, since it was started.
    pub fn was_heard(&self) -> bool {
        self.read().voice != Voice::Silent
    }

    /// Says that another program speaks under the same id.
    pub fn found_its_double(&self) {
        self.write().voice = Voice::Doubled;
    }

    /// Whether another program speaks under the same id.
    pub fn has_a_double(&self) -> bool {
        self.read().voice == Voice::Doubled
    }

    /// Which part of its life it is in.
    pub fn phase(&self) -> Phase {
        self.read().phase
    }

    /// When it was started.
    pub fn started(&self) -> Timestamp {
        self.read().started
    }

    /// Where it listens; empty until it does.
    pub fn address(&self) -> String {
        self.read().address.clone()
    }

    /// Since when the store has not answered; `None` while it does.
    pub fn store_away_since(&self) -> Option<Timestamp> {
        self.read().store_away_since
    }

    /// Whether another store stands where the one stood that the index was made from.
    pub fn is_store_replaced(&self) -> bool {
        self.read().is_store_replaced
    }

    /// In one word.
    pub fn state(&self) -> NodeState {
        let facts = self.read();
        match facts.phase {
            Phase::Stopping => NodeState::Stopping,
            Phase::Starting(_) | Phase::Running if facts.is_store_replaced || facts.store_away_since.is_some() => {
                NodeState::Degraded
            }
            Phase::Starting(_) => NodeState::Starting,
            Phase::Running if facts.is_index_refused || facts.newer_schema.is_some() => NodeState::Degraded,
            Phase::Running => NodeState::Ready,
        }
    }

    /// Why it is not ready, in a sentence; `None` when it is.
    pub fn detail(&self) -> Option<String> {
        let facts = self.read();
        if facts.is_store_replaced {
            return Some("the store was replaced by another; this program ends, to begin anew on it".to_owned());
        }
        let away = facts
            .store_away_since
            .map(|since| format!("the store has not answered since {since:.0}; searches go on from the index"));
        match facts.phase {
            Phase::Starting(what) => Some(away.unwrap_or_else(|| what.to_owned())),
            Phase::Running => {
                let refused = || facts.is_index_refused.then(|| INDEX_REFUSED.to_owned());
                away.or_else(refused).or_else(|| facts.newer_schema.map(told_of_newer_schema))
            }
            Phase::Stopping => Some("it was told to stop".to_owned()),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Facts> {
        self.0.facts.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Facts> {
        self.0.facts.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_node_says_in_one_word_how_it_stands_and_in_a_sentence_why() {
        let standing = Standing::new(at("2026-11-21T09:00:00Z"));
        assert_eq!(standing.state(), NodeState::Starting);
        assert_eq!(standing.detail().as_deref(), Some("opening the store and the index"));
        standing.enter(Phase::Running);
        assert_eq!((standing.state(), standing.detail()), (NodeState::Ready, None));
        assert!(standing.store_is_away(at("2026-11-21T09:01:00Z")));
        assert!(!standing.store_is_away(at("2026-11-21T09:01:05Z")));
        assert_eq!(standing.state(), NodeState::Degraded);
        let told = "the store has not answered since 2026-11-21T09:01:00Z; searches go on from the index";
        assert_eq!(standing.detail().as_deref(), Some(told));
        assert_eq!(standing.store_answered(), Some(at("2026-11-21T09:01:00Z")));
        assert_eq!((standing.state(), standing.store_answered()), (NodeState::Ready, None));
        standing.index_was_refused(true);
        assert_eq!((standing.state(), standing.detail().as_deref()), (NodeState::Degraded, Some(INDEX_REFUSED)));
        standing.index_was_refused(false);
        assert_eq!(standing.state(), NodeState::Ready);
        assert!(standing.store_is_of_newer_schema(Some(12)));
        assert!(!standing.store_is_of_newer_schema(Some(12)));
        assert_eq!((standing.state(), standing.detail()), (NodeState::Degraded, Some(told_of_newer_schema(12))));
        assert!(!standing.store_is_of_newer_schema(None), "a backup of its own schema was put back");
        assert_eq!(standing.state(), NodeState::Ready);
    }

    #[tokio::test]
    async fn whoever_writes_down_how_it_stands_hears_of_each_part_of_its_life_even_afterwards() {
        let standing = Standing::new(at("2026-11-21T09:00:00Z"));
        standing.enter(Phase::Running);
        standing.changes_phase().await;
        let waits = standing.clone();
        let heard = tokio::spawn(async move { waits.changes_phase().await });
        standing.enter(Phase::Stopping);
        heard.await.unwrap();
    }

    #[test]
    fn who_was_told_to_stop_begins_nothing_else() {
        let standing = Standing::new(at("2026-11-21T09:00:00Z"));
        standing.enter(Phase::Stopping);
        standing.enter(Phase::Running);
        assert_eq!(standing.state(), NodeState::Stopping);
    }

    #[test]
    fn a_store_that_was_replaced_makes_no_node_ready() {
        let standing = Standing::new(at("2026-11-21T09:00:00Z"));
        standing.enter(Phase::Running);
        standing.store_was_replaced();
        assert_eq!(standing.state(), NodeState::Degraded);
        assert!(standing.detail().is_some_and(|detail| detail.contains("replaced")));
    }
}

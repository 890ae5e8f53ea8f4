//! `Exports`: whose turn it is to take the whole of a search along; and `Manifests`: what was counted of such files.
//!
//! A turn is taken before the walk begins and is over when it is dropped. What a file holds and how it is sent is in
//! `api::formats`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::AppError;
use crate::web::caller::Caller;
use crate::web::peer::Peer;

/// Exports at once. Each holds a thread and some ten megabytes, and is kept up by the slowest line.
pub const EXPORTS_AT_ONCE: usize = 16;
/// Of those, exports of one partner or one address: a second for a browser that tries again while the first still ends.
pub const EXPORTS_OF_ONE: usize = 2;
/// So long an export waits for its turn before it is told to come back.
const TURN_WAIT: Duration = Duration::from_secs(2);
/// One that is given up ends within this time, and most others do.
const RETRY_SECONDS: u64 = 60;
/// Partners ask for a few searches each; a manifest is some hundred bytes.
const MANIFESTS_KEPT: u64 = 100;

/// Who takes an export: a partner, whatever key and address it comes from, or else an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taker {
    /// The partner of this id.
    Partner(String),
    /// Somebody without a key.
    Peer(Peer),
}

impl Taker {
    /// Who sent a request.
    pub fn of(caller: &Caller, peer: Peer) -> Self {
        caller.holder.as_ref().map_or(Self::Peer(peer), |holder| Self::Partner(holder.partner.clone()))
    }
}

/// The turns of those who take the whole of a search with them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Exports {
    turns: Arc<Semaphore>,
    /// Who has a turn or waits for one, once for each.
    takers: Arc<Mutex<Vec<Taker>>>,
}

impl Default for Exports {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(EXPORTS_AT_ONCE)), takers: Arc::default() }
    }
}

impl Exports {
    /// A turn; it is over when what is given here is dropped.
    ///
    /// # Errors
    /// [`AppError::TooManyRequests`] for one who has [`EXPORTS_OF_ONE`] already, [`AppError::Unavailable`] when all turns
    /// stay taken.
    pub async fn take_turn(&self, taker: Taker) -> Result<Turn, AppError> {
        let place = self.take_place(taker)?;
        let turn = timeout(TURN_WAIT, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| AppError::Unavailable { reason: "too many exports at once; try again in a moment" })?
            .map_err(|error| AppError::Internal(error.into()))?;
        Ok(Turn { _turn: turn, _place: place })
    }

    /// How many have a turn.
    pub fn under_way(&self) -> usize {
        EXPORTS_AT_ONCE - self.turns.available_permits()
    }

    fn take_place(&self, taker: Taker) -> Result<Place, AppError> {
        let mut takers = self.takers.lock().expect("nobody panics while holding this lock");
        if takers.iter().filter(|one| **one == taker).count() >= EXPORTS_OF_ONE {
            let reason = "two exports of yours are under way; take the next when one of them has ended";
            return Err(AppError::TooManyRequests { retry_after_seconds: RETRY_SECONDS, reason });
        }
        takers.push(taker.clone());
        Ok(Place { takers: Arc::clone(&self.takers), taker })
    }
}

/// A turn to walk through everything a search finds.
#[derive(Debug)]
pub struct Turn {
    _turn: OwnedSemaphorePermit,
    _place: Place,
}

/// One of the few exports that one may have at once.
#[derive(Debug)]
struct Place {
    takers: Arc<Mutex<Vec<Taker>>>,
    taker: Taker,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut takers = self.takers.lock().expect("nobody panics while holding this lock");
        if let Some(place) = takers.iter().position(|one| *one == self.taker) {
            takers.swap_remove(place);
        }
    }
}

/// What was counted of each state of the index, search and view. Cheap to clone.
#[derive(Clone)]
pub struct Manifests(Cache<String, Arc<Counted>>);

impl Default for Manifests {
    fn default() -> Self {
        Self(Cache::new(MANIFESTS_KEPT))
    }
}

impl std::fmt::Debug for Manifests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Manifests")
    }
}

/// What was counted of the files of one search.
#[derive(Debug)]
pub(crate) struct Counted {
    /// The resources that each of them holds.
    pub(crate) total: u64,
    /// Length and SHA-256 of each, in the order in which a manifest lists them.
    pub(crate) files: Vec<(u64, String)>,
}

impl Manifests {
    /// What was counted under this tag.
    pub(crate) fn get(&self, tag: &str) -> Option<Arc<Counted>> {
        self.0.get(tag)
    }

    /// What was counted under this tag, or is counted now; of many who ask at once one counts. It blocks.
    ///
    /// # Errors
    /// When it cannot be counted.
    pub(crate) fn get_or_count(
        &self,
        tag: String,
        count: impl FnOnce() -> anyhow::Result<Counted>,
    ) -> anyhow::Result<Arc<Counted>> {
        let counted = self.0.try_get_with(tag, || count().map(Arc::new));
        counted.map_err(|error: Arc<anyhow::Error>| anyhow::anyhow!("counting an export: {error:#}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partner(id: usize) -> Taker {
        Taker::Partner(id.to_string())
    }

    #[tokio::test]
    async fn one_has_two_turns_and_no_third_until_one_is_over() {
        let exports = Exports::default();
        let first = exports.take_turn(partner(1)).await.unwrap();
        let _second = exports.take_turn(partner(1)).await.unwrap();
        let third = exports.take_turn(partner(1)).await;
        assert!(matches!(third, Err(AppError::TooManyRequests { retry_after_seconds: 60, .. })), "{third:?}");
        let _of_another = exports.take_turn(partner(2)).await.unwrap();
        assert_eq!(exports.under_way(), 3);
        drop(first);
        assert!(exports.take_turn(partner(1)).await.is_ok());
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_nothing_behind() {
        let exports = Exports::default();
        let mut turns = Vec::new();
        for id in 0..EXPORTS_AT_ONCE {
            turns.push(exports.take_turn(partner(id)).await.unwrap());
        }
        let another = partner(EXPORTS_AT_ONCE);
        for _ in 0..=EXPORTS_OF_ONE {
            let waiting = timeout(Duration::ZERO, exports.take_turn(another.clone())).await;
            assert!(waiting.is_err(), "{waiting:?}");
        }
        turns.pop();
        assert!(exports.take_turn(another).await.is_ok());
    }
}

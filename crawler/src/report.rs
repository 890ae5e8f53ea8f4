//! What did a run meet? The counts that only the crawler knows; created, changed and unchanged are the store's.

use std::time::Duration;

use crate::intake::Outcome;

/// The counts of one run: `read` = accepted + `rejected` + `duplicate` + `deleted`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Everything that was handed over.
    pub read: u64,
    /// What cannot be used.
    pub rejected: u64,
    /// What came before in the same run.
    pub duplicate: u64,
    /// What the source itself says is no more.
    pub deleted: u64,
    /// Addresses asked and files read.
    pub pages: u64,
    /// Those of them that have not changed since they were kept.
    pub unchanged_pages: u64,
    /// What the kind wants to be told by the next run, once this one was ok. See [`Manner::memory`].
    ///
    /// [`Manner::memory`]: crate::Manner::memory
    pub memory: Option<String>,
    /// So long the source asked to be left alone; longer than a run waits.
    pub postponed: Option<Duration>,
}

impl Report {
    /// The records that can be published.
    pub fn accepted(&self) -> u64 {
        self.read - self.rejected - self.duplicate - self.deleted
    }

    /// Counts one outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        self.read += 1;
        match outcome {
            Outcome::Record(..) => {}
            Outcome::Rejected { .. } => self.rejected += 1,
            Outcome::Duplicate(_) => self.duplicate += 1,
            Outcome::Deleted(_) => self.deleted += 1,
        }
    }
}

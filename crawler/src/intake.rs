//! Intake: where a harvest hands over what it read. The crawler knows no store; the store implements this.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use schemas::{PayloadHash, Problem, Record};

use crate::fetch::Validators;

/// Takes what a harvest reads, and remembers for the next one what was fetched.
#[async_trait]
pub trait Intake: Send {
    /// What the last run fetched from this place (an address, or `file:NAME`); `None` when nothing was kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn kept(&mut self, place: &str) -> Result<Option<Kept>, IntakeError>;

    /// The bytes of a payload that [`Intake::kept`] told of. They may be many, so they come only when asked for.
    ///
    /// # Errors
    /// When the store cannot be read, or has no such payload.
    async fn kept_body(&mut self, hash: &PayloadHash) -> Result<Vec<u8>, IntakeError>;

    /// What is kept of this place was asked about and has not changed. Written with the next batch, or lost with it.
    fn seen_again(&mut self, place: &str);

    /// Keeps a payload as it came, so that it can be mapped anew without asking the source again.
    ///
    /// # Errors
    /// When the store cannot be written.
    async fn keep(&mut self, payload: Payload) -> Result<(), IntakeError>;

    /// Takes a batch of outcomes, at most [`BATCH`], in the order in which they were read. All or nothing.
    ///
    /// It may still be on its way to the store when this returns; [`Intake::flush`] says when it has arrived.
    ///
    /// # Errors
    /// When the store cannot be written. Nothing of this batch, or of the one before, was taken then.
    async fn take(&mut self, batch: Vec<Outcome>) -> Result<(), IntakeError>;

    /// Returns once everything that was taken is written.
    ///
    /// # Errors
    /// When the store cannot be written. Nothing of the last batch was taken then.
    async fn flush(&mut self) -> Result<(), IntakeError>;
}

/// So many outcomes are handed over at once: enough that a transaction is worth its sync, little enough to be redone.
pub const BATCH: usize = 500;

/// A payload that an earlier run kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// With which to ask whether it has changed.
    pub validators: Validators,
    /// Its content type as declared.
    pub content_type: Option<String>,
    /// Its hash.
    pub hash: PayloadHash,
    /// When it came, or was last seen to be unchanged.
    pub at: Timestamp,
}

/// A payload to keep.
#[derive(Debug, Clone)]
pub struct Payload {
    /// Where it came from: an address, or `file:NAME`.
    pub place: String,
    /// With which to ask next time whether it has changed.
    pub validators: Validators,
    /// Its content type as declared.
    pub content_type: Option<String>,
    /// Its hash.
    pub hash: PayloadHash,
    /// The bytes, as they came. Shared, because they are read while they are kept.
    pub body: Arc<Vec<u8>>,
}

/// What became of one thing that a source says.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A record that can be published, with what was not understood of it.
    Record(Box<Record>, Vec<Problem>),
    /// One that cannot, and why. Where it is known which one it is, it is there and only cannot be read: not absent.
    Rejected {
        /// Why.
        problem: Problem,
        /// Its identifier, when that much could be read.
        identifier: Option<String>,
    },
    /// The source itself says that the record with this identifier is no more.
    Deleted(String),
    /// This identifier came before in the same run.
    Duplicate(Problem),
}

/// Documents that are here already: sent to us, or kept by earlier runs.
#[async_trait]
pub trait Documents: Send {
    /// The next one; `None` after the last.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn next(&mut self) -> Result<Option<Payload>, IntakeError>;
}

/// Why the store could not take something.
#[derive(Debug, thiserror::Error)]
#[error("the store refused")]
pub struct IntakeError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

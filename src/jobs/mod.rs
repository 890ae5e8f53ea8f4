//! Jobs: long work, each idempotent, observable, and safe to be killed at any moment.
//!
//! A job is a row in the store; the worker of a running server takes the oldest of each kind. The command line works
//! through the same functions when no server runs.

mod attempt;
pub mod backup;
pub mod digest;
pub mod drift;
pub mod follow;
pub mod forget;
pub mod harvest;
mod in_time;
pub mod links;
pub mod oai;
pub mod preview;
pub mod publish;
pub mod push;
pub mod reindex;
pub mod replay;
pub mod resolve;
pub mod roll_back;
mod run;
pub mod schedule;
mod stop;
pub mod usage;
mod worker;

use std::sync::Arc;

pub use attempt::NotAgain;
pub use stop::{Stop, Stopper, Why};
pub use worker::{run_queued, run_queued_of, work};

/// Told how far a job is: done, of how many when that is known.
pub type Progress = Arc<dyn Fn(u64, Option<u64>) + Send + Sync>;

/// A progress that nobody looks at.
pub fn silent() -> Progress {
    Arc::new(|_, _| {})
}

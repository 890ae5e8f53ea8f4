#![doc = include_str!("../README.md")]

pub mod harvest;
pub mod report;

pub mod error;
pub mod files;
pub mod intake;

pub mod fetch;
pub mod raw;

mod kinds;

pub mod extract;
pub mod map;
pub mod normalise;

#[cfg(test)]
mod testing;

pub use error::HarvestError;
pub use files::SourceFiles;
pub use harvest::{Ending, Freshness, Outside, PIPELINE_VERSION, harvest};
pub use intake::{Intake, IntakeError, Kept, Outcome, Payload};
pub use report::Report;

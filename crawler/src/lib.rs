#![doc = include_str!("../README.md")]

pub mod harvest;
pub mod report;

pub mod error;
pub mod files;
pub mod intake;

pub mod fetch;
pub mod limits;
pub mod link;
mod names;
pub mod raw;

pub mod feed;
mod formats;
pub mod marc;
pub mod table;
pub mod xml;

mod kinds;

pub mod extract;
pub mod infer;
pub mod map;
pub mod normalise;

#[cfg(test)]
mod testing;

pub use error::HarvestError;
pub use files::SourceFiles;
pub use harvest::{Ending, Freshness, Manner, Outside, PIPELINE_VERSION, Repeats, harvest, read_documents};
pub use intake::{Documents, Intake, IntakeError, Kept, Outcome, Payload};
pub use report::Report;

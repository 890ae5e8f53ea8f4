//! What all handlers share: the list of routes, the reading of paths and parameters, addresses, problems, entity tags,
//! and the answers that are given again.

mod addresses;
pub mod answers;
pub mod etag;
pub mod layers;
pub mod mistakes;
pub mod paging;
pub mod path;
pub mod problem;
pub mod query;
pub mod router;
mod typed;

pub use router::router;

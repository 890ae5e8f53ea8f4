//! What all handlers share: the list of routes, the reading of paths and parameters, problems, entity tags.

pub mod etag;
pub mod layers;
pub mod mistakes;
pub mod paging;
pub mod path;
pub mod problem;
pub mod query;
pub mod router;

pub use router::router;

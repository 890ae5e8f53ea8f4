//! What all handlers share: the list of routes, the reading of a search's parameters, problems, entity tags.

pub mod etag;
pub mod layers;
pub mod problem;
pub mod query;
pub mod router;

pub use router::router;

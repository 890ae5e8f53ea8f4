//! What all handlers share: the list of routes, the reading of paths and parameters, addresses, problems, entity tags,
//! the answers that are given again, who asks, and how much each may ask.

mod addresses;
pub mod answers;
pub(crate) mod body;
mod buckets;
pub mod caller;
pub(crate) mod conditional;
pub mod deprecation;
pub mod discovery;
pub mod etag;
pub mod facet_values;
pub mod front;
pub(crate) mod health;
pub mod layers;
pub mod links;
mod metrics;
pub mod min_seq;
pub mod mistakes;
mod pace;
pub mod paging;
pub mod path;
mod patience;
pub mod peer;
pub mod problem;
pub mod query;
pub mod rate_limit;
mod request_log;
pub mod router;
pub(crate) mod same_origin;
pub mod server;
mod sign_in_limits;
mod typed;
pub mod values;

pub use router::router;

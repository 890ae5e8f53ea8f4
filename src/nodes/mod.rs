//! Nodes: one program among several on the same store. Who it is, how it stands, who leads, and what wakes it.
//!
//! There is no protocol of ours between nodes: each speaks to the store alone. What it says of itself is
//! [`registry`]'s, which of them keeps schedules [`leader`]'s, and that something has changed elsewhere [`wake`]'s.
//! Everything here is also true of a single machine, which leads always and is woken by nobody but itself.

mod identity;
pub mod leader;
mod opening;
pub mod registry;
mod standing;
pub mod wake;

pub use identity::{forget_node_id, node_id, remember_store, remembered_store};
pub use leader::Leader;
pub use opening::open_index;
pub use standing::{NodeState, Phase, Standing, told_of_newer_schema};

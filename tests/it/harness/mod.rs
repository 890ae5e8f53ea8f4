//! What every test stands on.

mod app;
pub(crate) mod postgres;
mod program;
mod site;

pub(crate) use app::{Answer, TestApp, source_toml};
pub(crate) use program::Program;
pub(crate) use site::Site;

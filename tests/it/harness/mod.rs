//! What every test stands on.

mod app;
mod program;
mod site;

pub(crate) use app::{Answer, TestApp, source_toml};
pub(crate) use program::Program;
pub(crate) use site::Site;

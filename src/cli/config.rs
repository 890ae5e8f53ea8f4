//! `signpost config`: every key with its value, its default and its reason.

use serde_json::{Value, json};

use super::limits::fixed;
use super::{Ended, Options, output};
use crate::config::Key;

pub(super) fn run(options: &Options) -> anyhow::Result<Ended> {
    let config = options.config()?;
    let settable = config.keys().into_iter().map(|key| row(key, "yes"));
    let promised = fixed().into_iter().map(|key| row(key, "no"));
    let rows: Vec<Vec<Value>> = settable.chain(promised).collect();
    output::table(options.format(), &["key", "value", "default", "settable", "reason"], &rows);
    Ok(Ended::Ok)
}

fn row(key: Key, settable: &str) -> Vec<Value> {
    vec![json!(key.name), key.value, key.default, json!(settable), json!(key.reason)]
}

//! `signpost reports list|answer`.

use clap::Subcommand;
use serde_json::json;

use super::Asked;
use super::answer::{Cell, Table};
use super::call::{Call, Page};
use crate::admin::console::segment;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ReportsCommand {
    /// What users reported
    #[command(after_help = "Example:\n  signpost reports list --state open")]
    List {
        /// Only those that stand so: open, accepted, declined or fixed
        #[arg(long)]
        state: Option<String>,
        /// Only those about this resource
        #[arg(long, value_name = "ID")]
        resource: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Answer a report; whoever made it finds the answer
    #[command(
        after_help = "Example:\n  signpost reports answer 7c4k-… --state fixed --outcome \"The link leads to the new page.\""
    )]
    Answer {
        /// Its reference
        reference: String,
        /// What was decided: accepted, declined or fixed
        #[arg(long)]
        state: String,
        /// What whoever reported is told
        #[arg(long, value_name = "TEXT")]
        outcome: String,
    },
}

const COLUMNS: &[(&str, Cell)] = &[
    ("reference", Cell::At("/reference")),
    ("state", Cell::At("/state")),
    ("kind", Cell::At("/kind")),
    ("field", Cell::At("/field")),
    ("resource", Cell::At("/resource")),
    ("times", Cell::At("/times")),
    ("received", Cell::At("/received")),
    ("detail", Cell::Text("/detail")),
    ("outcome", Cell::Text("/outcome")),
];

const LISTED: &[Table] = &[Table { at: "/results", columns: COLUMNS }];
const ONE: &[Table] = &[Table { at: "", columns: COLUMNS }];

impl ReportsCommand {
    pub(super) fn asked(&self) -> Asked {
        match self {
            Self::List { state, resource, page } => {
                let narrowed = [("state", state.clone()), ("resource", resource.clone())];
                Asked { call: Call::get_page("/reports", page, &narrowed), shown: LISTED }
            }
            Self::Answer { reference, state, outcome } => {
                let path = format!("/reports/{}/outcome", segment(reference));
                Asked { call: Call::post(path, json!({ "state": state, "outcome": outcome })), shown: ONE }
            }
        }
    }
}

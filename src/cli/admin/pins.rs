//! `signpost pins list|add|undo`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::Asked;
use super::answer::{Cell, Table};
use super::call::{Call, Page};
use crate::admin::console::segment;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PinsCommand {
    /// What stands first or last for single searches
    #[command(after_help = "Example:\n  signpost pins list --state active")]
    List {
        /// Only those of this search
        #[arg(long, value_name = "WORDS")]
        query: Option<String>,
        /// Only those that stand so: active, expired or undone
        #[arg(long)]
        state: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Put a resource first, or last, for a search
    #[command(
        after_help = "Example:\n  signpost pins add \"soap makers\" 0198c5… --owner Ada --reason \"asked for by teachers\" --expires 2027-08-31"
    )]
    Add(NewPin),
    /// Take one away
    #[command(after_help = "Example:\n  signpost pins undo 0198c5d2-…")]
    Undo {
        /// Its id
        id: String,
    },
}

/// What is to stand first or last.
#[derive(Debug, Args)]
pub(in crate::cli) struct NewPin {
    /// The search, as it is typed
    query: String,
    /// The id of the resource
    resource: String,
    /// Who is responsible
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The last day on which it counts, at most a year ahead
    #[arg(long, value_name = "DAY")]
    expires: String,
    /// Its place among those of the same search, from 1 [default: behind the others]
    #[arg(long, value_name = "NUMBER")]
    position: Option<i64>,
    /// Last, and not first
    #[arg(long, conflicts_with = "position")]
    bury: bool,
}

const COLUMNS: &[(&str, Cell)] = &[
    ("id", Cell::At("/id")),
    ("query", Cell::At("/query")),
    ("action", Cell::At("/action")),
    ("position", Cell::At("/position")),
    ("resource", Cell::At("/resource")),
    ("live", Cell::At("/live")),
    ("state", Cell::At("/state")),
    ("expires", Cell::At("/expires")),
    ("owner", Cell::At("/owner")),
    ("reason", Cell::Text("/reason")),
];

const LISTED: &[Table] = &[Table { at: "/results", columns: COLUMNS }];
const ONE: &[Table] = &[Table { at: "", columns: COLUMNS }];

impl PinsCommand {
    pub(super) fn asked(&self) -> Asked {
        match self {
            Self::List { query, state, page } => {
                let narrowed = [("query", query.clone()), ("state", state.clone())];
                Asked { call: Call::get_page("/pins", page, &narrowed), shown: LISTED }
            }
            Self::Add(pin) => Asked { call: pin.call(), shown: ONE },
            Self::Undo { id } => Asked { call: Call::post_alone(format!("/pins/{}/undo", segment(id))), shown: ONE },
        }
    }
}

impl NewPin {
    fn call(&self) -> Call {
        let pin = json!({
            "query": self.query,
            "action": if self.bury { "bury" } else { "pin" },
            "resource": self.resource,
            "position": self.position,
            "owner": self.owner,
            "reason": self.reason,
            "expires": self.expires,
        });
        Call::post("/pins".to_owned(), pin)
    }
}

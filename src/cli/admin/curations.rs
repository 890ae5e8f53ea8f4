//! `signpost curations list|decide|undo`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::Asked;
use super::answer::{Cell, Table};
use super::call::{Call, Page};
use crate::admin::console::segment;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CurationsCommand {
    /// All decisions, the newest first
    #[command(after_help = "Example:\n  signpost curations list --resource 0198c5…")]
    List {
        /// Only those about this resource
        #[arg(long, value_name = "ID")]
        resource: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Decide about a resource; it survives every later harvest
    #[command(after_help = DECIDE_EXAMPLES)]
    Decide {
        /// The id of the resource
        resource: String,
        /// Why, for other admins
        #[arg(long, value_name = "TEXT")]
        why: String,
        #[command(subcommand)]
        decision: DecisionCommand,
    },
    /// Take a decision back
    #[command(after_help = "Example:\n  signpost curations undo 0198c5d2-… --why \"a slip\"")]
    Undo {
        /// The id of the decision; `signpost curations list` names it
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

const DECIDE_EXAMPLES: &str = "\
Examples:
  signpost curations decide 0198c5… --why \"a teacher wrote\" hide --reason \"it sells something\"
  signpost curations decide 0198c5… --why \"as on the poster\" correct title \"Soap makers\"
  signpost curations decide 0198c5… --why \"it is for all\" correct levels '[\"ks3\", \"ks4\"]'
  signpost curations decide 0198c5… --why \"the same poster\" merge 0198c6…";

/// What is decided.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DecisionCommand {
    /// It is not published
    Hide {
        /// Why, for everybody to read
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// It is one of those that stand first
    Pin,
    /// A field says this, whatever the records say
    Correct {
        /// The field, as it is named in a resource
        field: String,
        /// Text; a list as JSON; null takes the value away
        #[arg(value_parser = read_value)]
        value: Value,
    },
    /// A field stays as it is, whatever later harvests bring
    Lock {
        /// The field, as it is named in a resource
        field: String,
    },
    /// It is the same thing as another, whose id stays
    Merge {
        /// The id of that one
        into: String,
    },
    /// One of its records is about another thing
    Split {
        /// The source of the record
        source: String,
        /// The identifier of the record
        identifier: String,
    },
}

const COLUMNS: &[(&str, Cell)] = &[
    ("id", Cell::At("/id")),
    ("resource", Cell::At("/resource")),
    ("decision", Cell::At("/decision/kind")),
    ("field", Cell::At("/decision/field")),
    ("into", Cell::At("/decision/into")),
    ("who", Cell::At("/who")),
    ("at", Cell::At("/at")),
    ("undone", Cell::At("/undone/at")),
    ("why", Cell::Text("/why")),
];

const LISTED: &[Table] = &[Table { at: "/results", columns: COLUMNS }];
const ONE: &[Table] = &[Table { at: "", columns: COLUMNS }];

impl CurationsCommand {
    pub(super) fn asked(&self) -> Asked {
        match self {
            Self::List { resource, page } => {
                let path = match resource {
                    Some(resource) => format!("/resources/{}/curations", segment(resource)),
                    None => "/curations".to_owned(),
                };
                Asked { call: Call::get_page(&path, page, &[]), shown: LISTED }
            }
            Self::Decide { resource, why, decision } => {
                let path = format!("/resources/{}/curations", segment(resource));
                Asked { call: Call::post(path, json!({ "decision": decision.body(), "why": why })), shown: ONE }
            }
            Self::Undo { id, why } => {
                let path = format!("/curations/{}/undo", segment(id));
                Asked { call: Call::post(path, json!({ "why": why })), shown: ONE }
            }
        }
    }
}

impl DecisionCommand {
    fn body(&self) -> Value {
        match self {
            Self::Hide { reason } => json!({ "kind": "hide", "reason": reason }),
            Self::Pin => json!({ "kind": "pin" }),
            Self::Correct { field, value } => json!({ "kind": "correct", "field": field, "value": value }),
            Self::Lock { field } => json!({ "kind": "lock", "field": field }),
            Self::Merge { into } => json!({ "kind": "merge", "into": into }),
            Self::Split { source, identifier } => {
                json!({ "kind": "split", "record": { "source": source, "identifier": identifier } })
            }
        }
    }
}

/// A value of a field: `null` and what begins as a list are JSON, all else is text.
fn read_value(text: &str) -> Result<Value, String> {
    if text == "null" {
        return Ok(Value::Null);
    }
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).map_err(|error| format!("a list is written as JSON: {error}"));
    }
    Ok(Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_text_unless_it_is_a_list_or_null() {
        for (text, expected) in [
            ("Soap makers", json!("Soap makers")),
            ("2026", json!("2026")),
            ("null", Value::Null),
            ("[\"ks3\"]", json!(["ks3"])),
        ] {
            assert_eq!(read_value(text), Ok(expected), "{text}");
        }
        assert!(read_value("[ks3]").is_err());
    }
}

//! What is wrong with one record, page or word: a value beside the result, never the end of a run.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a problem costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The record is kept; something of it was not understood.
    Warning,
    /// The record cannot be used.
    Rejected,
}

/// One thing that is wrong, told so that someone can act on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Whether the record was kept.
    pub severity: Severity,
    /// Where: a row, a pointer, an address, an identifier; at most 300 characters.
    pub place: String,
    /// The field it is about, when it is about one.
    pub field: Option<String>,
    /// What is wrong and what was expected; at most 500 characters.
    pub reason: String,
}

/// Places and reasons quote outside text, so they are cut: a report must stay readable and small.
const MAX_PLACE_CHARACTERS: usize = 300;
const MAX_REASON_CHARACTERS: usize = 500;

impl Problem {
    /// The record is kept, this much was lost.
    pub fn warning(place: impl fmt::Display, field: Option<&str>, reason: impl fmt::Display) -> Self {
        Self::new(Severity::Warning, place, field, reason)
    }

    /// The record is not used.
    pub fn rejected(place: impl fmt::Display, field: Option<&str>, reason: impl fmt::Display) -> Self {
        Self::new(Severity::Rejected, place, field, reason)
    }

    fn new(severity: Severity, place: impl fmt::Display, field: Option<&str>, reason: impl fmt::Display) -> Self {
        Self {
            severity,
            place: printable(&place.to_string(), MAX_PLACE_CHARACTERS),
            field: field.map(ToOwned::to_owned),
            reason: printable(&reason.to_string(), MAX_REASON_CHARACTERS),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{}: {field}: {}", self.place, self.reason),
            None => write!(f, "{}: {}", self.place, self.reason),
        }
    }
}

/// Outside text on one line and without control characters, so that it cannot forge a line of a log.
fn printable(text: &str, max_characters: usize) -> String {
    let mut out: String = text.chars().take(max_characters).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(max_characters).is_some() {
        out.push('…');
    }
    out
}

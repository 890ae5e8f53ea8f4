//! Curation: what an admin decided about a resource. Laid over every later harvest, and undone with one call.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{RecordId, ResourceId};

/// What was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Decision {
    /// It is not published: its address answers 410 with the reason.
    Hide {
        /// Why, for everybody to read.
        reason: String,
    },
    /// It is one of those that stand first.
    Pin,
    /// A field says this, whatever the records say.
    Correct {
        /// The field, as it is named in a resource: `title`, `levels`.
        field: String,
        /// The value as in a resource: text; a list of texts; of a controlled field the ids. Null takes the value away.
        value: Value,
    },
    /// A field stays as it is, whatever later harvests bring.
    Lock {
        /// The field, as it is named in a resource.
        field: String,
        /// What it said when it was locked, as it stands in stored metadata. Written down by us, never sent.
        #[serde(default)]
        value: Value,
    },
    /// It is the same thing as another: its records go there.
    Merge {
        /// That one.
        into: ResourceId,
        /// A record of each of the two, which hold them together. Written down by us, never sent.
        #[serde(default)]
        records: Vec<RecordId>,
    },
    /// One of its records is about another thing.
    Split {
        /// The record that leaves.
        record: RecordId,
        /// Those it leaves. Written down by us, never sent.
        #[serde(default)]
        from: Vec<RecordId>,
    },
}

impl Decision {
    /// The name in JSON and in the audit log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hide { .. } => "hide",
            Self::Pin => "pin",
            Self::Correct { .. } => "correct",
            Self::Lock { .. } => "lock",
            Self::Merge { .. } => "merge",
            Self::Split { .. } => "split",
        }
    }
}

/// A decision with who made it, when and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curation {
    /// Its id.
    pub id: String,
    /// The resource it is about, as it was named then.
    pub resource: ResourceId,
    /// What was decided.
    pub decision: Decision,
    /// The name of the token that it was made with.
    pub who: String,
    /// The reason that was given.
    pub why: String,
    /// When, RFC 3339.
    pub at: String,
    /// Who has undone it, when and why; null while it holds.
    pub undone: Option<Undone>,
}

/// That a decision does not hold any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Undone {
    /// The name of the token that it was undone with.
    pub who: String,
    /// The reason that was given.
    pub why: String,
    /// When, RFC 3339.
    pub at: String,
}

//! Where a value comes from: the method, how sure it is, and the words it rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::SourceId;

/// How a value came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Read out of the text by us; no source says it.
    Inferred,
    /// The source's own word, brought to ours through a vocabulary, a mapping or the ages of a level.
    Mapped,
    /// The source says just this.
    Stated,
    /// An admin decided it.
    Curated,
}

/// How sure a value is, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f32", into = "f32")]
#[schemars(with = "f32")]
pub struct Confidence(f32);

impl Confidence {
    /// What a source states, we take as said.
    pub const FULL: Self = Self(1.0);

    /// Makes a confidence; `None` when the number is not within 0 to 1.
    pub fn new(value: f32) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// The number, from 0 to 1.
    pub fn value(self) -> f32 {
        self.0
    }
}

impl TryFrom<f32> for Confidence {
    type Error = String;
    fn try_from(value: f32) -> Result<Self, String> {
        Self::new(value).ok_or_else(|| format!("{value} is not a confidence from 0 to 1"))
    }
}

impl From<Confidence> for f32 {
    fn from(confidence: Confidence) -> f32 {
        confidence.0
    }
}

/// A value together with where it comes from. One truth: assertions are read off it, never kept beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Claim<T> {
    /// The value.
    pub value: T,
    /// How it came to be.
    pub method: Method,
    /// How sure it is; left out in JSON when full.
    #[serde(default = "full", skip_serializing_if = "is_full")]
    pub confidence: Confidence,
    /// The source's words it rests on, where they differ from the value's own label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

impl<T> Claim<T> {
    /// What the source says in so many words.
    pub fn stated(value: T) -> Self {
        Self { value, method: Method::Stated, confidence: Confidence::FULL, evidence: None }
    }

    /// What the source says in other words, which are the evidence.
    pub fn mapped(value: T, evidence: &str) -> Self {
        Self { value, method: Method::Mapped, confidence: Confidence::FULL, evidence: Some(evidence.to_owned()) }
    }
}

fn full() -> Confidence {
    Confidence::FULL
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_full(confidence: &Confidence) -> bool {
    *confidence == Confidence::FULL
}

/// One value of one field of a resource, with its provenance, as it is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assertion {
    /// The field, as it is named in a resource: `levels`, `title`.
    pub field: String,
    /// The value: a concept id, or the text itself.
    pub value: serde_json::Value,
    /// How it came to be.
    pub method: Method,
    /// How sure it is, from 0 to 1.
    pub confidence: Confidence,
    /// The source that says so; null for what an admin decided, and for an address that we followed to where it moved.
    pub source: Option<SourceId>,
    /// That source's own identifier of the record that says so; null for what an admin decided.
    pub identifier: Option<String>,
    /// The words it rests on.
    pub evidence: Option<String>,
    /// Since when that has been said, RFC 3339.
    pub since: String,
    /// Whether the value stands in the resource.
    pub used: bool,
    /// Why it does not, or why it does where another value was there as well.
    pub reason: Option<String>,
}

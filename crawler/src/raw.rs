//! Raw values: what a kind read out of a payload, as text and nothing understood yet.

use std::collections::BTreeMap;

use schemas::{PayloadHash, TargetField};

/// One record as its source wrote it.
#[derive(Debug, Clone)]
pub struct RawRecord {
    /// Where in the payload: `row 17`, `/items/3`; the address of a page.
    pub place: String,
    /// The payload it was read from.
    pub payload: Option<PayloadHash>,
    /// What it says.
    pub values: RawValues,
}

/// The values of a record, in the shape its kind has.
#[derive(Debug, Clone)]
pub enum RawValues {
    /// Cells by column name.
    Row(BTreeMap<String, String>),
    /// A JSON object; a mapping names values by JSON Pointer.
    Json(serde_json::Value),
    /// A web page.
    Page(RawPage),
}

/// What was read out of one page.
#[derive(Debug, Clone, Default)]
pub struct RawPage {
    /// The address it was read from, after redirects.
    pub url: String,
    /// What each selector of the mapping selected, in document order.
    pub selected: BTreeMap<String, Vec<String>>,
    /// What the page says of itself: JSON-LD first, then meta tags. A mapping goes before it.
    pub described: BTreeMap<TargetField, Vec<String>>,
}

impl RawRecord {
    /// The values under a column, pointer or selector; empty when there are none. Blank ones are left out.
    pub fn values(&self, from: &str) -> Vec<String> {
        let found = match &self.values {
            RawValues::Row(cells) => cells.get(from).cloned().into_iter().collect(),
            RawValues::Json(value) => value.pointer(from).map(json_texts).unwrap_or_default(),
            RawValues::Page(page) => page.selected.get(from).cloned().unwrap_or_default(),
        };
        found.into_iter().filter(|text| !text.trim().is_empty()).collect()
    }
}

/// A JSON value as texts: a scalar is one, an array of scalars several; objects and null are none.
fn json_texts(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Null | serde_json::Value::Object(_) => Vec::new(),
        serde_json::Value::Bool(flag) => vec![flag.to_string()],
        serde_json::Value::Number(number) => vec![number.to_string()],
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(items) => items.iter().filter(|item| !item.is_array()).flat_map(json_texts).collect(),
    }
}

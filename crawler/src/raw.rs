//! Raw values: what a kind read out of a payload, as text and nothing understood yet.

use std::collections::BTreeMap;

use schemas::{PayloadHash, TargetField};

use crate::marc::MarcRecord;
use crate::xml::XmlElement;

/// One record as its source wrote it.
#[derive(Debug, Clone)]
pub struct RawRecord {
    /// Where in the payload: `row 17`, `/items/3`; the address of a page.
    pub place: String,
    /// The payload it was read from.
    pub payload: Option<PayloadHash>,
    /// The address of the record's own page, when that is where it was read. It goes by it if it has no identifier.
    pub page: Option<String>,
    /// What relative addresses in it are relative to; the address of its document as a rule.
    pub base: Option<String>,
    /// What its format says by itself and its source trusts more than the mapping.
    pub trusted: BTreeMap<TargetField, Vec<String>>,
    /// What its format says by itself: the title of a feed's entry, the JSON-LD of a page. The mapping goes before it.
    pub described: BTreeMap<TargetField, Vec<String>>,
    /// What the mapping can name.
    pub values: RawValues,
}

/// The values of a record, in the shape its kind has.
#[derive(Debug, Clone)]
pub enum RawValues {
    /// Cells by column name.
    Row(BTreeMap<String, String>),
    /// A JSON object; a mapping names values by JSON Pointer.
    Json(serde_json::Value),
    /// What each selector of the mapping selected on a web page, in document order.
    Page(BTreeMap<String, Vec<String>>),
    /// Values by name, each perhaps several times: the elements of a feed's entry.
    Fields(BTreeMap<String, Vec<String>>),
    /// An XML element; a mapping names values by a path of elements, `dc:title` or `general/title/string@language`.
    Xml(XmlElement),
    /// A MARC record; a mapping names values by field and subfields, `245$ab`.
    Marc(MarcRecord),
}

impl RawRecord {
    /// A record of which nothing but its values is known.
    pub fn new(place: impl Into<String>, payload: Option<PayloadHash>, values: RawValues) -> Self {
        let place = place.into();
        Self { place, payload, page: None, base: None, trusted: BTreeMap::new(), described: BTreeMap::new(), values }
    }

    /// Whether its values were taken from a web page, and are text as a reader sees it.
    pub fn is_of_page(&self) -> bool {
        matches!(self.values, RawValues::Page(_))
    }

    /// The values under a column, pointer or selector; empty when there are none. Blank ones are left out.
    pub fn values(&self, from: &str) -> Vec<String> {
        let found = match &self.values {
            RawValues::Row(cells) => cells.get(from).cloned().into_iter().collect(),
            RawValues::Json(value) => value.pointer(from).map(json_texts).unwrap_or_default(),
            RawValues::Page(fields) | RawValues::Fields(fields) => fields.get(from).cloned().unwrap_or_default(),
            RawValues::Xml(element) => element.values(from),
            RawValues::Marc(record) => record.values(from),
        };
        found.into_iter().filter(|text| !text.trim().is_empty()).collect()
    }
}

/// A JSON value as texts: a scalar is one, an array of scalars several; objects and null are none.
pub(crate) fn json_texts(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Null | serde_json::Value::Object(_) => Vec::new(),
        serde_json::Value::Bool(flag) => vec![flag.to_string()],
        serde_json::Value::Number(number) => vec![number.to_string()],
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(items) => items.iter().filter(|item| !item.is_array()).flat_map(json_texts).collect(),
    }
}

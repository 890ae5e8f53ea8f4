//! What do pages say of themselves, in the eyes of extruct?
//!
//! A page passes when everything that is read of it is the same: the blocks of JSON-LD, the items of microdata, the
//! properties of Open Graph, the elements of Dublin Core. What extruct makes of `RDFa` the suite does not say, so there
//! it is what the W3C expects of its own examples. White space is folded; a value alone is the same as a list of one, and
//! the order in a list does not count, nor do the names of nodes that have no address.

use std::collections::BTreeMap;
use std::path::Path;

use crawler::extract::structured_data;
use crawler::fetch::decode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::{Case, Verdict, bytes, folded, lines};

/// Where the reference found every page.
const ADDRESS: &str = "http://ex.example/";

/// Where the examples of `RDFa` are in their expectations.
const RDFA_ADDRESS: &str = "http://www.example.com/index.html";

/// How the expectations of `RDFa` are called; files of other names are microformats, or about pages of similar names.
const RDFA_FILES: &str = ".expanded.json";

/// Pages in `RDFa` 1.0, or with the `rel` and `rev` of its full form. Of these the suite says nothing else.
const FULL_RDFA: [&str; 2] = ["misc/Portfolio_Niels_Lubberman.html", "wikipedia/xhtml+rdfa.html"];

#[derive(Deserialize)]
struct PageCase {
    id: String,
    html_b64: String,
    author_expected: BTreeMap<String, Value>,
    oracle_extruct: Reference,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default, rename = "json-ld")]
    json_ld: Vec<Value>,
    #[serde(default)]
    microdata: Vec<Value>,
    #[serde(default)]
    opengraph: Vec<OpenGraph>,
    #[serde(default)]
    dublincore: Vec<DublinCore>,
}

#[derive(Deserialize)]
struct OpenGraph {
    properties: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct DublinCore {
    elements: Vec<DublinCoreTag>,
    terms: Vec<DublinCoreTag>,
}

/// A `meta` element, or a link.
#[derive(Deserialize)]
struct DublinCoreTag {
    #[serde(alias = "rel")]
    name: String,
    #[serde(alias = "href")]
    content: String,
}

pub(super) fn run(folder: &Path) -> Vec<Case> {
    let cases = lines::<PageCase>(&folder.join("cases.jsonl")).into_iter();
    cases.map(|case| Case::judged(case.id.clone(), || judge(&case))).collect()
}

fn judge(case: &PageCase) -> Verdict {
    let html = decode(&bytes(&case.html_b64), Some("text/html"));
    let said_at = |address: &str| structured_data(&html, &Url::parse(address).expect("an address"));
    let said = said_at(ADDRESS);
    let reference = &case.oracle_extruct;
    if FULL_RDFA.contains(&case.id.as_str()) {
        return Verdict::LeftOut("it is in full RDFa, and RDFa Lite is what we read");
    }
    let microdata: Vec<Value> = reference.microdata.iter().map(in_our_shape).collect();
    let mut formats = vec![
        ("JSON-LD", said.json_ld, reference.json_ld.clone()),
        ("microdata", said.microdata, microdata),
        ("Open Graph", pairs(said.open_graph), reference.open_graph()),
        ("Dublin Core", pairs(said.dublin_core), reference.dublin_core()),
    ];
    if let Some((_, expected)) = case.author_expected.iter().find(|(file, _)| file.ends_with(RDFA_FILES)) {
        formats.push(("RDFa", said_at(RDFA_ADDRESS).rdfa, expected.as_array().cloned().unwrap_or_default()));
    }
    let mistake = formats.into_iter().find_map(|(format, ours, expected)| {
        let (ours, expected) = (normal_list(&ours), normal_list(&expected));
        (ours != expected).then(|| format!("{format}: {}", difference(&ours, &expected)))
    });
    mistake.map_or(Verdict::Passed, Verdict::Failed)
}

impl Reference {
    fn open_graph(&self) -> Vec<Value> {
        pairs(self.opengraph.iter().flat_map(|found| found.properties.clone()))
    }

    fn dublin_core(&self) -> Vec<Value> {
        let tags = self.dublincore.iter().flat_map(|found| found.elements.iter().chain(&found.terms));
        pairs(tags.map(|tag| (tag.name.clone(), tag.content.clone())))
    }
}

fn pairs(named: impl IntoIterator<Item = (String, String)>) -> Vec<Value> {
    named.into_iter().map(|(name, content)| json!({ name: content })).collect()
}

/// An item of extruct's as ours are: properties, type and identifier beside each other.
fn in_our_shape(value: &Value) -> Value {
    let Value::Object(item) = value else {
        return value.clone();
    };
    let is_item = |name: &String| matches!(name.as_str(), "type" | "id" | "value" | "properties" | "textContent");
    if !item.keys().all(is_item) {
        return value.clone();
    }
    let mut node = Map::new();
    for (theirs, ours) in [("type", "@type"), ("id", "@id"), ("value", "@value")] {
        if let Some(value) = item.get(theirs) {
            node.insert(ours.to_owned(), value.clone());
        }
    }
    for (name, value) in item.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let value = match value {
            Value::Array(values) => Value::Array(values.iter().map(in_our_shape).collect()),
            one => in_our_shape(one),
        };
        node.insert(name.clone(), value);
    }
    Value::Object(node)
}

/// The values in an order of their own, each in the one form of all that are the same to us.
fn normal_list(values: &[Value]) -> Vec<Value> {
    let mut values: Vec<Value> = values.iter().map(normal).collect();
    values.sort_by_cached_key(Value::to_string);
    values
}

fn normal(value: &Value) -> Value {
    match value {
        Value::String(name) if name.starts_with("_:") => Value::String("_:".to_owned()),
        Value::String(text) => Value::String(folded(text)),
        Value::Array(values) => Value::Array(normal_list(values)),
        Value::Object(members) => {
            let in_list = |value: &Value| match value {
                Value::Array(values) => normal_list(values),
                one => vec![normal(one)],
            };
            let sorted: BTreeMap<String, Vec<Value>> =
                members.iter().map(|(name, value)| (name.clone(), in_list(value))).collect();
            Value::Object(sorted.into_iter().map(|(name, values)| (name, Value::Array(values))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The first values that are only in one of them; of two objects, what is not the same in both.
fn difference(ours: &[Value], expected: &[Value]) -> String {
    let surplus = ours.iter().find(|value| !expected.contains(value));
    let missing = expected.iter().find(|value| !ours.contains(value));
    let count = format!("{} of ours, {} expected", ours.len(), expected.len());
    match (surplus, missing) {
        (Some(Value::Object(ours)), Some(Value::Object(expected))) => {
            let own = |one: &Map<String, Value>, other: &Map<String, Value>| {
                let own = one.iter().filter(|(name, value)| other.get(*name) != Some(*value));
                Value::Object(own.map(|(name, value)| (name.clone(), value.clone())).collect())
            };
            format!("{count}; ours {}, expected {}", own(ours, expected), own(expected, ours))
        }
        (surplus, missing) => format!("{count}; ours {surplus:?}, expected {missing:?}"),
    }
}

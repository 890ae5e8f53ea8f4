//! A schema as what is compared of it, and how references in a document are followed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::MAX_DEPTH;

/// A schema as what is compared of it: references followed, `allOf` laid together, the alternatives of `oneOf` and
/// `anyOf` too, since each of them may be what is sent.
#[derive(Default)]
pub(super) struct Shape<'a> {
    pub(super) types: BTreeSet<&'a str>,
    pub(super) values: BTreeSet<String>,
    pub(super) properties: BTreeMap<&'a str, &'a Value>,
    pub(super) required: BTreeSet<&'a str>,
    /// Everything else, by keyword.
    pub(super) parts: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Shape<'a> {
    pub(super) fn of(document: &'a Value, schema: &'a Value) -> Self {
        let mut shape = Self::default();
        shape.add(document, schema, 0);
        shape
    }

    fn add(&mut self, document: &'a Value, schema: &'a Value, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let schema = resolve(document, schema);
        match schema.get("type") {
            Some(Value::String(kind)) => self.types.extend([kind.as_str()]),
            Some(Value::Array(kinds)) => self.types.extend(kinds.iter().filter_map(Value::as_str)),
            _ => {}
        }
        self.values.extend(items(schema, "enum").chain(schema.get("const")).map(Value::to_string));
        self.properties.extend(members(schema, "properties"));
        self.required.extend(items(schema, "required").filter_map(Value::as_str));
        for (keyword, value) in schema.as_object().into_iter().flatten() {
            self.parts.insert(keyword, value);
        }
        for part in items(schema, "allOf") {
            self.add(document, part, depth + 1);
        }
        self.add_alternatives(document, items(schema, "oneOf").chain(items(schema, "anyOf")), depth);
    }

    /// What all alternatives say of a value is said of it: what they require, and that there are no other types and
    /// values. Null has no properties that it could lack.
    fn add_alternatives(&mut self, document: &'a Value, alternatives: impl Iterator<Item = &'a Value>, depth: usize) {
        let mut shapes = Vec::new();
        for alternative in alternatives {
            let mut shape = Self::default();
            shape.add(document, alternative, depth + 1);
            shapes.push(shape);
        }
        let is_null = |shape: &Self| shape.types.len() == 1 && shape.types.contains("null");
        let have_types = shapes.iter().all(|shape| !shape.types.is_empty());
        let have_values = shapes.iter().all(|shape| is_null(shape) || !shape.values.is_empty());
        let required = shapes.iter().filter(|shape| !is_null(shape)).map(|shape| shape.required.clone());
        self.required.extend(required.reduce(|all, more| &all & &more).unwrap_or_default());
        for shape in shapes {
            self.types.extend(shape.types.into_iter().filter(|_| have_types));
            self.values.extend(shape.values.into_iter().filter(|_| have_values));
            self.properties.extend(shape.properties);
            self.parts.extend(shape.parts);
        }
    }
}

/// What a reference leads to, within the document; the value itself where it is none.
pub(super) fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let mut reached = value;
    for _ in 0..MAX_DEPTH {
        let Some(target) = reference(reached).strip_prefix('#').filter(|pointer| !pointer.is_empty()) else { break };
        let Some(next) = document.pointer(target) else { break };
        reached = next;
    }
    reached
}

fn reference(value: &Value) -> &str {
    value.get("$ref").and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let object: Option<&Map<String, Value>> = value.get(name).and_then(Value::as_object);
    object.into_iter().flatten().map(|(name, member)| (name.as_str(), member))
}

pub(super) fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

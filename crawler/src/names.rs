//! Names: which values of a raw record can a mapping name, and does a mapping read them?
//!
//! For whoever writes a mapping; a harvest needs none of it. What stands under a name is told by [`RawRecord::values`].

use std::collections::BTreeMap;

use serde_json::Value;

use crate::marc::{DataField, MarcRecord};
use crate::normalise::gather::NULLS;
use crate::raw::{RawRecord, RawValues, json_texts};
use crate::xml::{XmlElement, XmlNode};

/// Objects and elements within each other that are looked into; LOM has its texts at the fourth level.
const MAX_DEPTH: usize = 4;
/// Names of one record; nobody reads a longer list.
const MAX_NAMES: usize = 200;
/// Longer names are nothing that somebody writes into a mapping.
const MAX_NAME_BYTES: usize = 200;

impl RawRecord {
    /// What a mapping can name here, each with its first value: columns, JSON Pointers, elements, fields with their
    /// subfield. Of a list of objects only the first is looked into. Nothing of a web page, which has selectors without
    /// end.
    pub fn names(&self) -> Vec<(String, String)> {
        let mut names = Names::default();
        match &self.values {
            RawValues::Row(cells) => {
                for (name, cell) in cells.iter().filter(|(_, cell)| !NULLS.contains(&cell.trim())) {
                    names.add(name, cell);
                }
            }
            RawValues::Json(value) => names.add_json("", value, 0),
            RawValues::Page(_) => {}
            RawValues::Fields(fields) => {
                for (name, values) in fields {
                    names.add(name, values.first().map_or("", String::as_str));
                }
            }
            RawValues::Xml(element) => names.add_xml("", element, &element.namespace, 0),
            RawValues::Marc(record) => names.add_marc(record),
        }
        names.0.into_iter().collect()
    }

    /// Whether a mapping from `from` reads what [`Self::names`] calls `name`. Prefixes and conditions in a path of
    /// elements are not compared.
    pub fn reads(&self, from: &str, name: &str) -> bool {
        let goes_on_with = |longer: &str, shorter: &str, sign: char| {
            longer.strip_prefix(shorter).is_some_and(|rest| rest.is_empty() || rest.starts_with(sign))
        };
        match &self.values {
            RawValues::Row(_) | RawValues::Page(_) => from == name,
            // One of a list, `/tags/0`.
            RawValues::Json(_) => goes_on_with(from, name, '/'),
            // `category` has what stands under `category[SCHEME]` too.
            RawValues::Fields(_) => goes_on_with(name, from, '['),
            RawValues::Xml(_) => path_reads(from, name),
            RawValues::Marc(_) => field_reads(from, name),
        }
    }
}

/// Each name with its first value.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn add(&mut self, name: &str, value: &str) {
        let is_usable = !name.is_empty() && name.len() <= MAX_NAME_BYTES && !value.trim().is_empty();
        if is_usable && !self.is_full() && !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    fn is_full(&self) -> bool {
        self.0.len() >= MAX_NAMES
    }

    /// Calls itself for each of [`MAX_DEPTH`] objects within each other, and the lists between them.
    fn add_json(&mut self, pointer: &str, value: &Value, depth: usize) {
        if self.is_full() || pointer.len() > MAX_NAME_BYTES {
            return;
        }
        match value {
            Value::Object(members) if depth < MAX_DEPTH => {
                for (key, member) in members {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    self.add_json(&format!("{pointer}/{key}"), member, depth + 1);
                }
            }
            Value::Array(items) if items.first().is_some_and(Value::is_object) => {
                self.add_json(&format!("{pointer}/0"), &items[0], depth);
            }
            Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                let texts = json_texts(value);
                self.add(pointer, texts.iter().find(|text| !text.trim().is_empty()).map_or("", String::as_str));
            }
        }
    }

    /// Calls itself at most [`MAX_DEPTH`] deep. Elements in the namespace of the whole are named without a prefix.
    fn add_xml(&mut self, path: &str, element: &XmlElement, namespace: &str, depth: usize) {
        if self.is_full() || path.len() > MAX_NAME_BYTES {
            return;
        }
        // Where a schema of the document lies says nothing of the record.
        for (name, value) in element.attributes.iter().filter(|(name, _)| !name.starts_with("xsi:")) {
            self.add(&format!("{path}@{name}"), value);
        }
        if element.children.iter().any(|child| matches!(child, XmlNode::Text(text) if !text.trim().is_empty())) {
            self.add(path, &element.text());
        }
        if depth == MAX_DEPTH {
            return;
        }
        for child in element.elements() {
            let has_prefix = !child.prefix.is_empty() && child.namespace != namespace;
            let step = if has_prefix { format!("{}:{}", child.prefix, child.name) } else { child.name.clone() };
            let path = if path.is_empty() { step } else { format!("{path}/{step}") };
            self.add_xml(&path, child, namespace, depth + 1);
        }
    }

    fn add_marc(&mut self, record: &MarcRecord) {
        for (tag, value) in &record.control_fields {
            self.add(tag, value);
        }
        for field in &record.data_fields {
            for (code, value) in &field.subfields {
                self.add(&format!("{}${code}", field.tag), value);
            }
        }
    }
}

/// Whether a path of a mapping leads to the elements at another path, or to one around them, whose text is theirs too.
fn path_reads(from: &str, name: &str) -> bool {
    let ((from, attribute), (name, own_attribute)) = (split_attribute(from), split_attribute(name));
    if attribute != own_attribute {
        return false;
    }
    // Of a path that says "at any depth" only what stands behind that is compared.
    let (is_anywhere, from) = match from.rsplit_once("//") {
        Some((_, behind)) => (true, behind),
        None => (from.starts_with('/'), from),
    };
    let (wanted, own) = (local_steps(from), local_steps(name));
    let Some(last) = own.len().checked_sub(wanted.len()) else { return false };
    let mut places = if is_anywhere { 0..=last } else { 0..=0 };
    places.any(|place| {
        let is_whole = attribute.is_none() || place == last;
        is_whole && own[place..].iter().zip(&wanted).all(|(own, wanted)| *wanted == "*" || own == wanted)
    })
}

/// A path, and the name of the attribute at its end, without prefix.
fn split_attribute(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once('@') {
        Some((steps, name)) if !name.contains(['/', ']']) => (steps, name.rsplit(':').next()),
        Some(_) | None => (path, None),
    }
}

/// The names in a path without prefixes and conditions.
fn local_steps(path: &str) -> Vec<&str> {
    let names = path.split('/').map(|step| step.split_once('[').map_or(step, |(name, _)| name));
    names.filter(|name| !name.is_empty()).map(|name| name.split_once(':').map_or(name, |(_, local)| local)).collect()
}

/// Whether a mapping from a field of MARC reads a field or subfield, asked of a record that has nothing else.
fn field_reads(from: &str, name: &str) -> bool {
    let mut record = MarcRecord::default();
    match name.split_once('$') {
        Some((tag, code)) => {
            let subfields = code.chars().map(|code| (code, name.to_owned())).collect();
            record.data_fields.push(DataField { tag: tag.to_owned(), subfields, ..DataField::default() });
        }
        None => record.control_fields.push((name.to_owned(), name.to_owned())),
    }
    !record.values(from).is_empty()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn named(values: RawValues) -> Vec<String> {
        let record = RawRecord::new("here", None, values);
        let names = record.names();
        for (name, value) in &names {
            assert_eq!(record.values(name).first(), Some(value), "{name} is what a mapping would write");
            assert!(record.reads(name, name), "{name}");
        }
        names.into_iter().map(|(name, value)| format!("{name}: {value}")).collect()
    }

    fn element(name: &str, attributes: &[(&str, &str)], children: Vec<XmlNode>) -> XmlElement {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (name, prefix) = (local.to_owned(), prefix.to_owned());
        XmlElement { name, namespace: prefix.clone(), prefix, attributes, children }
    }

    fn lom() -> RawValues {
        let text = |text: &str| XmlNode::Text(text.to_owned());
        let string = element("lom:string", &[("xml:lang", "en")], vec![text("Lifeguard")]);
        let title = element("lom:title", &[], vec![text(" "), XmlNode::Element(string)]);
        let general = element("lom:general", &[], vec![XmlNode::Element(title)]);
        let date = element("dc:date", &[], vec![text("2025")]);
        let again = element("dc:date", &[], vec![text("2026")]);
        let parts = [general, date, again].map(XmlNode::Element);
        RawValues::Xml(element("lom:lom", &[("xsi:schemaLocation", "x"), ("id", "7")], parts.into()))
    }

    fn marc() -> RawValues {
        let subfields = vec![('a', "Chemistry".to_owned()), ('x', "Careers".to_owned())];
        RawValues::Marc(MarcRecord {
            leader: String::new(),
            control_fields: vec![("001".to_owned(), "123".to_owned())],
            data_fields: vec![DataField { tag: "650".to_owned(), indicators: [' ', ' '], subfields }],
        })
    }

    #[test]
    fn a_record_tells_what_a_mapping_can_name() {
        let cells = [("Title", "Tides"), ("Level", "(null)"), ("Code", " ")];
        let cells = cells.map(|(name, cell)| (name.to_owned(), cell.to_owned()));
        assert_eq!(named(RawValues::Row(cells.into())), ["Title: Tides"]);
        let object = json!({
            "id": 1, "no": null, "a/b": "c", "tags": ["", "x", "y"], "by": [{"name": "Jo"}, {"mail": "m"}],
            "deep": {"deep": {"deep": {"deep": {"deep": 1}, "end": true}}},
        });
        assert_eq!(
            named(RawValues::Json(object)),
            ["/a~1b: c", "/by/0/name: Jo", "/deep/deep/deep/end: true", "/id: 1", "/tags: x"]
        );
        assert_eq!(
            named(lom()),
            ["@id: 7", "dc:date: 2025", "general/title/string: Lifeguard", "general/title/string@xml:lang: en"]
        );
        assert_eq!(named(marc()), ["001: 123", "650$a: Chemistry", "650$x: Careers"]);
    }

    #[test]
    fn a_record_of_very_many_names_tells_some_of_them() {
        let object = (0..1_000).map(|number| (format!("k{number}"), json!(number))).collect();
        assert_eq!(named(RawValues::Json(object)).len(), MAX_NAMES);
    }

    #[rstest]
    #[case::pointer(RawValues::Json(json!({})), "/title", "/title", true)]
    #[case::one_of_a_list(RawValues::Json(json!({})), "/tags/0", "/tags", true)]
    #[case::another_pointer(RawValues::Json(json!({})), "/title", "/titles", false)]
    #[case::scheme(RawValues::Fields(BTreeMap::new()), "category", "category[tag]", true)]
    #[case::path(lom(), "lom:general/lom:title/lom:string", "general/title/string", true)]
    #[case::around(lom(), "general/title", "general/title/string", true)]
    #[case::inside(lom(), "general/title/string", "general/title", false)]
    #[case::any_depth(lom(), "//string", "general/title/string", true)]
    #[case::any_name(lom(), "general/*/string", "general/title/string", true)]
    #[case::condition(lom(), "general/title[lang=en]/string", "general/title/string", true)]
    #[case::attribute(lom(), "//string@lang", "general/title/string@xml:lang", true)]
    #[case::no_attribute(lom(), "general/title/string", "general/title/string@xml:lang", false)]
    #[case::attribute_of_what_is_around(lom(), "//title@lang", "general/title/string@xml:lang", false)]
    #[case::own_attribute(lom(), "@id", "@id", true)]
    #[case::subfields(marc(), "650$ab", "650$a", true)]
    #[case::whole_field(marc(), "650", "650$x", true)]
    #[case::any_digit(marc(), "6xx$a", "650$a", true)]
    #[case::another_subfield(marc(), "650$a", "650$x", false)]
    #[case::control_field(marc(), "001", "001", true)]
    fn a_mapping_reads_names(#[case] values: RawValues, #[case] from: &str, #[case] name: &str, #[case] reads: bool) {
        assert_eq!(RawRecord::new("here", None, values).reads(from, name), reads);
    }
}

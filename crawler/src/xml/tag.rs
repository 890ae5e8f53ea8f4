//! Tags: what does a start tag say? Its name, its attributes, and the namespaces that it declares.
//!
//! What a tag may measure is limited here, and what all tags around a place may declare.

use quick_xml::events::attributes::Attributes;

use super::entities::{KnownNames, push_text};
use super::markup::begins_name;
use crate::limits::{MAX_ATTRIBUTES, START_TAG_BYTES};

/// Namespaces in force at one place. Every name is looked up in them, so that more would cost time: the richest
/// catalogues declare about thirty.
const MAX_NAMESPACES: usize = 128;

/// Every element keeps its namespace, so that a longer one would cost memory: none that is in use has half as many.
const NAMESPACE_BYTES: usize = 256;

/// A start tag, as it was read.
pub(super) struct StartTag<'t> {
    /// Its name as it stands, `dc:title`.
    pub(super) name: &'t str,
    /// Its attributes, without those that declare a namespace.
    pub(super) attributes: Vec<(String, String)>,
    /// The namespaces it declares: prefix, which may be empty, and name.
    declared: Vec<(String, String)>,
    /// What is wrong with it.
    pub(super) fault: Option<String>,
}

impl<'t> StartTag<'t> {
    /// Reads what stands between `<` and `>`.
    pub(super) fn read(tag: &'t str, known: KnownNames) -> Self {
        let name_bytes = tag.find(|c: char| c.is_ascii_whitespace()).unwrap_or(tag.len());
        let name = &tag[..name_bytes];
        let mut read = Self { name, attributes: Vec::new(), declared: Vec::new(), fault: None };
        if tag.len() > START_TAG_BYTES {
            let reason = format!("a start tag of {} bytes, at most {START_TAG_BYTES} are allowed", tag.len());
            read.fault = Some(reason);
            return read;
        }
        let mut attributes = Attributes::html(tag, name_bytes);
        attributes.with_checks(false);
        for (number, attribute) in attributes.enumerate() {
            if number == MAX_ATTRIBUTES {
                read.note(format!("more than {MAX_ATTRIBUTES} attributes"));
                break;
            }
            match attribute {
                Ok(attribute) => read.take(attribute.key.into_inner(), &attribute.value, known),
                Err(error) => read.note(format!("a broken attribute: {error}")),
            }
        }
        read
    }

    fn take(&mut self, name: &str, raw: &str, known: KnownNames) {
        if !name.starts_with(begins_name) {
            self.note("an attribute without a name".to_owned());
            return;
        }
        let mut value = String::new();
        if let Some(fault) = push_text(&mut value, raw, known) {
            self.note(fault);
        }
        match name.split_once(':') {
            Some(("xmlns", prefix)) => self.declared.push((prefix.to_owned(), value)),
            None if name == "xmlns" => self.declared.push((String::new(), value)),
            Some(_) | None => self.attributes.push((name.to_owned(), value)),
        }
    }

    fn note(&mut self, fault: String) {
        self.fault.get_or_insert(fault);
    }

    /// Its prefix, which may be empty, and its name without it.
    pub(super) fn prefix_and_name(&self) -> (&'t str, &'t str) {
        self.name.split_once(':').unwrap_or(("", self.name))
    }

    /// The value of an attribute, by its whole name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// The namespaces in force at a place, the innermost last.
#[derive(Default)]
pub(super) struct Namespaces {
    declared: Vec<(String, String)>,
}

impl Namespaces {
    /// Which namespace the name in a tag is in; empty when in none.
    pub(super) fn of(&self, tag: &StartTag<'_>) -> String {
        let (prefix, _) = tag.prefix_and_name();
        let around = self.declared.iter().rev();
        let found = tag.declared.iter().rev().chain(around).find(|(own, _)| own == prefix);
        let namespace = found.map_or("", |(_, namespace)| namespace.as_str());
        if namespace.len() > NAMESPACE_BYTES { String::new() } else { namespace.to_owned() }
    }

    /// Goes into an element: how many declarations come into force with its tag.
    pub(super) fn enter(&mut self, tag: &mut StartTag<'_>) -> usize {
        let room = MAX_NAMESPACES - self.declared.len();
        if tag.declared.len() > room {
            tag.note(format!("more than {MAX_NAMESPACES} namespaces"));
            tag.declared.truncate(room);
        }
        let count = tag.declared.len();
        self.declared.append(&mut tag.declared);
        count
    }

    /// Leaves the innermost element, with which so many declarations came into force.
    pub(super) fn leave(&mut self, count: usize) {
        self.declared.truncate(self.declared.len().saturating_sub(count));
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(tag: &str) -> StartTag<'_> {
        StartTag::read(tag, KnownNames::OfXml)
    }

    #[rstest]
    #[case::none("a", &[], None)]
    #[case::quotes("a b='1' c = \"2'\"", &[("b", "1"), ("c", "2'")], None)]
    #[case::references("a b='&lt;&#233;'", &[("b", "<\u{e9}")], None)]
    #[case::declarations("a xmlns='x' xmlns:b='y' b:c='1'", &[("b:c", "1")], None)]
    #[case::twice("a b='1' b='2'", &[("b", "1"), ("b", "2")], None)]
    #[case::of_html("a b c=1", &[("b", ""), ("c", "1")], None)]
    #[case::address("a b='?c=1&d=2'", &[("b", "?c=1&d=2")], Some("a `&` that begins no reference"))]
    #[case::no_name("a = 'b' c='1'", &[("c", "1")], Some("an attribute without a name"))]
    fn attributes_are_read(#[case] tag: &str, #[case] expected: &[(&str, &str)], #[case] fault: Option<&str>) {
        let tag = read(tag);
        let found: Vec<_> = tag.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!((tag.name, found.as_slice()), ("a", expected));
        assert_eq!(tag.fault.as_deref(), fault);
    }

    #[test]
    fn a_quote_without_an_end_costs_one_attribute() {
        let tag = read("a b='1' c='2");
        assert_eq!(tag.attributes, [("b".to_owned(), "1".to_owned())]);
        assert!(tag.fault.is_some_and(|fault| fault.starts_with("a broken attribute: ")));
    }

    #[test]
    fn a_tag_beyond_the_limits_is_told() {
        let many = (0..300).map(|number| format!(" a{number}=''")).collect::<Vec<_>>().concat();
        let tag = format!("a{many}");
        let tag = read(&tag);
        assert_eq!((tag.attributes.len(), tag.fault.as_deref()), (256, Some("more than 256 attributes")));

        let large = format!("a b='{}'", "x".repeat(START_TAG_BYTES));
        let tag = read(&large);
        assert_eq!((tag.name, tag.attributes.len()), ("a", 0));
        assert_eq!(tag.fault.as_deref(), Some("a start tag of 65542 bytes, at most 65536 are allowed"));
    }

    #[test]
    fn a_prefix_means_what_is_declared_nearest() {
        let mut namespaces = Namespaces::default();
        let mut outer = read("a:a xmlns:a='1' xmlns='2'");
        assert_eq!(namespaces.of(&outer), "1");
        let count = namespaces.enter(&mut outer);
        assert_eq!(
            (count, namespaces.of(&read("b")), namespaces.of(&read("a:b xmlns:a='3'"))),
            (2, "2".to_owned(), "3".to_owned())
        );
        assert_eq!((namespaces.of(&read("c:b")), namespaces.of(&read("b xmlns=''"))), (String::new(), String::new()));
        namespaces.leave(count);
        assert_eq!(namespaces.of(&read("a:b")), "");
    }

    #[test]
    fn endless_declarations_are_cut() {
        let mut namespaces = Namespaces::default();
        let many = (0..100).map(|number| format!(" xmlns:a{number}='{number}'")).collect::<Vec<_>>().concat();
        let (tag, large) = (format!("a{many}"), format!("b xmlns='{}'", "x".repeat(300)));
        assert_eq!(namespaces.enter(&mut read(&tag)), 100);
        let mut again = read(&tag);
        assert_eq!((namespaces.enter(&mut again), again.fault.as_deref()), (28, Some("more than 128 namespaces")));
        assert_eq!(namespaces.of(&read(&large)), "");
    }
}

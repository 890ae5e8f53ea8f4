//! XML events: what does a reference stand for, and what does an attribute say?
//!
//! For the kinds that read XML as a stream. Entities are never expanded but the five of XML.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart};

/// The character that a reference stands for. Others than the five of XML and those by number stay as they came.
pub(super) fn resolved(reference: &BytesRef<'_>) -> String {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => character.to_string(),
        Ok(None) | Err(_) => {
            resolve_xml_entity(reference).map_or_else(|| format!("&{};", &**reference), ToOwned::to_owned)
        }
    }
}

/// The first attribute that has this name, be it the whole one or the one behind the prefix.
pub(super) fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let has_name = |own: &str| own == name || own.split_once(':').is_some_and(|(_, local)| local == name);
    for attribute in start.attributes().with_checks(false).flatten() {
        if has_name(attribute.key.into_inner()) {
            return Some(match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value.into_owned(),
                // An ampersand that stands for itself.
                Err(_) => attribute.value.into_owned(),
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;
    use quick_xml::events::Event;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("<a href=\"/b\"/>", Some("/b"))]
    #[case::prefixed("<a x:href='/b'/>", Some("/b"))]
    #[case::longer_name("<a href-lang=\"en\"/>", None)]
    #[case::reference("<a href=\"?x=1&amp;y=2\"/>", Some("?x=1&y=2"))]
    #[case::bare_ampersand("<a href=\"?x=1&y=2\"/>", Some("?x=1&y=2"))]
    #[case::entity("<a href=\"&lol;\"/>", Some("&lol;"))]
    #[case::twice("<a href=\"/b\" href=\"/c\"/>", Some("/b"))]
    fn an_attribute_is_read(#[case] text: &str, #[case] expected: Option<&str>) {
        let Ok(Event::Empty(start)) = Reader::from_str(text).read_event() else { panic!("{text} is an element") };
        assert_eq!(attribute(&start, "href").as_deref(), expected);
    }
}

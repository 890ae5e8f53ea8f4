//! MARCXML: which record does an XML element hold?
//!
//! Elements are known by their local names, for libraries write the namespace under any prefix, or leave it out.
//! Source: MARC 21 XML Schema, and ISO 25577 (`MarcXchange`), which has the same elements.

use super::record::{DataField, MarcRecord};
use crate::xml::XmlElement;

const CONTROL_FIELD: &str = "controlfield";
const DATA_FIELD: &str = "datafield";
const LEADER: &str = "leader";

/// The element of the record in an element: itself, or the first one in it, as in a collection or in an answer of SRU
/// or OAI-PMH, whose own records have the same name. Goes as deep as the reader lets elements nest.
pub(crate) fn element_of(element: &XmlElement) -> Option<&XmlElement> {
    let is_part = |part: &XmlElement| [LEADER, CONTROL_FIELD, DATA_FIELD].contains(&part.name.as_str());
    if element.name == "record" && element.elements().any(is_part) {
        return Some(element);
    }
    element.elements().find_map(element_of)
}

/// Reads the record that an element holds. What is missing in it is missing in the record.
pub(crate) fn from_xml(element: &XmlElement) -> MarcRecord {
    let mut record = MarcRecord::default();
    for part in element.elements() {
        match part.name.as_str() {
            LEADER => record.leader = with_positions(&part.text()),
            CONTROL_FIELD => record.control_fields.push((tag_of(part), with_positions(&part.text()))),
            DATA_FIELD => record.data_fields.push(data_field(part)),
            _ => {}
        }
    }
    record
}

/// Text in which each character has its place, blanks too. White space around it is its own when it is on one line.
fn with_positions(text: &str) -> String {
    if text.contains('\n') { text.trim().to_owned() } else { text.to_owned() }
}

fn tag_of(part: &XmlElement) -> String {
    part.attribute("tag").unwrap_or_default().trim().to_owned()
}

fn data_field(part: &XmlElement) -> DataField {
    let indicator = |name: &str| part.attribute(name).and_then(|value| value.chars().next()).unwrap_or(' ');
    let subfields = part.elements_named("subfield").filter_map(|subfield| {
        let code = subfield.attribute("code")?.chars().next()?;
        Some((code, subfield.text()))
    });
    DataField { tag: tag_of(part), indicators: [indicator("ind1"), indicator("ind2")], subfields: subfields.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::tests::{element, text, text_with};

    fn record() -> XmlElement {
        let subfields = vec![text_with("subfield", ("code", "a"), "Water :"), text("subfield", "no code")];
        element(
            "marc:record",
            &[],
            vec![
                text("marc:leader", "\n   00925njm a22002777a 4500\n "),
                text_with("marc:controlfield", ("tag", "001"), "  7 "),
                element("marc:datafield", &[("tag", "245"), ("ind1", "1"), ("ind2", "")], subfields),
                text("marc:note", "Not of MARC."),
            ],
        )
    }

    #[test]
    fn an_element_holds_a_record() {
        let read = from_xml(&record());
        assert_eq!(read.leader, "00925njm a22002777a 4500");
        assert_eq!(read.control_fields, [("001".to_owned(), "  7 ".to_owned())]);
        let title =
            DataField { tag: "245".to_owned(), indicators: ['1', ' '], subfields: vec![('a', "Water :".to_owned())] };
        assert_eq!(read.data_fields, [title]);
    }

    #[test]
    fn a_record_inside_a_record_of_a_protocol_is_found() {
        let header = element("header", &[], vec![text("identifier", "oai:example.org:7")]);
        let answer = element("record", &[], vec![header, element("metadata", &[], vec![record()])]);
        assert_eq!(element_of(&answer), Some(&record()));
        assert_eq!(element_of(&element("record", &[], vec![text("title", "A row")])), None);
    }
}

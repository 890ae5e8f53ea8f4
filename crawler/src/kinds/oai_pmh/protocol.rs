//! The protocol: what does one answer of a repository say? Its records, errors and token, or what the repository is.
//!
//! Text goes in, the parts of the answer come out one after the other, so that a large one is never held as a whole.
//! What a list of answers means together is left to the walk. Source: OAI-PMH 2.0.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kinds::markup_in_place_of_data;
use crate::xml::{Found, XmlElement, XmlNode, XmlReader};

/// The parts of an answer to `ListRecords`; `GetRecord` has the same.
const PARTS: &[&str] = &["responseDate", "record", "error", "resumptionToken"];

/// The part of an answer to `Identify`.
const IDENTIFY: &[&str] = &["Identify"];

/// The root of an answer, and that of a repository in one file. Source: OAI-PMH 2.0, 3.2, and the specification for
/// static repositories.
const ROOTS: [&str; 2] = ["OAI-PMH", "Repository"];

/// An answer, read part by part.
pub(super) struct Answer<'t> {
    reader: XmlReader<'t>,
}

/// A part of an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    /// When it was given.
    ResponseDate(String),
    /// A record, or the word that there is one no more.
    Record(OaiRecord),
    /// Why there is no list, or something to say beside it.
    Error(OaiError),
    /// Where the list goes on.
    Token(ResumptionToken),
}

/// A record as it came.
#[derive(Debug, Default, PartialEq)]
pub(super) struct OaiRecord {
    /// Which record of the answer it is, from 1.
    pub(super) number: usize,
    /// The identifier in its header.
    pub(super) identifier: Option<String>,
    /// The date in its header.
    pub(super) datestamp: Option<String>,
    /// Whether its header says that it is deleted.
    pub(super) is_deleted: bool,
    /// What stands in its metadata.
    pub(super) metadata: Option<XmlElement>,
    /// What is broken in it.
    pub(super) trouble: Option<String>,
    /// Whether the answer breaks off in it.
    pub(super) is_half: bool,
}

/// An error of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OaiError {
    /// Its code: `noRecordsMatch`.
    pub(super) code: String,
    /// What the repository says about it.
    pub(super) text: String,
}

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResumptionToken {
    /// What to send; empty when the list ends here.
    pub(super) value: String,
    /// How many records the whole list has, perhaps by estimation.
    pub(super) complete_list_size: Option<u64>,
}

impl<'t> Answer<'t> {
    /// Begins to read an answer. The error says what came instead.
    pub(super) fn open(text: &'t str) -> Result<Self, String> {
        Ok(Self { reader: open(text, PARTS)? })
    }

    /// Whether it breaks off before its end, once it was read through.
    pub(super) fn breaks_off(&self) -> bool {
        self.reader.breaks_off()
    }

    /// Why records may be missing in it, once it was read through.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.reader.trouble()
    }
}

impl Iterator for Answer<'_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let found = self.reader.next()?;
        let part = match found.element.name.as_str() {
            "responseDate" => Part::ResponseDate(text_of(&found.element)),
            "error" => Part::Error(OaiError {
                code: found.element.attribute("code").unwrap_or_default().trim().to_owned(),
                text: text_of(&found.element),
            }),
            "resumptionToken" => {
                let size = found.element.attribute("completeListSize").and_then(|size| size.trim().parse().ok());
                Part::Token(ResumptionToken { value: text_of(&found.element), complete_list_size: size })
            }
            _ => Part::Record(OaiRecord::of(found)),
        };
        Some(part)
    }
}

impl OaiRecord {
    fn of(found: Found) -> Self {
        let header = found.element.element("header");
        let in_header = |name: &str| {
            let text = header.and_then(|header| header.element(name)).map(text_of);
            text.filter(|text| !text.is_empty())
        };
        let status = header.and_then(|header| header.attribute("status")).unwrap_or_default();
        Self {
            number: found.number,
            identifier: in_header("identifier"),
            datestamp: in_header("datestamp"),
            is_deleted: status.trim().eq_ignore_ascii_case("deleted"),
            metadata: into_element(found.element, |element| element.name == "metadata")
                .and_then(|metadata| into_element(metadata, |_| true)),
            trouble: found.trouble,
            is_half: found.is_half,
        }
    }
}

impl OaiError {
    /// Whether it says nothing.
    pub(super) fn is_blank(&self) -> bool {
        self.code.is_empty() && self.text.is_empty()
    }
}

impl fmt::Display for OaiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_str(), self.text.as_str()) {
            ("", text) => f.write_str(text),
            (code, "") => f.write_str(code),
            (code, text) => write!(f, "{code}: {text}"),
        }
    }
}

/// How exact the dates of a repository are, and how exact those in requests may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Granularity {
    /// To the day. Every repository knows days.
    #[default]
    Day,
    /// To the second.
    Second,
}

/// Whether a repository tells of records that it has no more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum DeletedRecords {
    /// It does not: only a whole list shows what is gone.
    #[default]
    Untold,
    /// It does, for ever or for a time.
    Told,
}

/// What a repository says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Repository {
    pub(super) granularity: Granularity,
    pub(super) deleted_records: DeletedRecords,
    /// No record is older.
    pub(super) earliest: Option<Timestamp>,
}

impl Repository {
    /// Reads an answer to `Identify`. What it does not say is taken as the least that every repository does; the error
    /// says what came instead of an answer.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let Some(identify) = open(text, IDENTIFY)?.next().map(|found| found.element) else {
            return Ok(Self::default());
        };
        let says = |name: &str| identify.element(name).map(text_of).unwrap_or_default();
        let is_exact = says("granularity").to_ascii_lowercase().contains("hh:mm:ss");
        let is_told = matches!(says("deletedRecord").to_ascii_lowercase().as_str(), "persistent" | "transient");
        Ok(Self {
            granularity: if is_exact { Granularity::Second } else { Granularity::Day },
            deleted_records: if is_told { DeletedRecords::Told } else { DeletedRecords::Untold },
            earliest: parse_datestamp(&says("earliestDatestamp")),
        })
    }
}

/// A moment of the protocol: `2026-11-21T09:00:00Z`, or `2026-11-21` for the beginning of that day.
pub(super) fn parse_datestamp(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().or_else(|_| format!("{text}T00:00:00Z").parse::<Timestamp>()).ok()
}

/// Begins to read an answer at its root, whatever a server has said before it.
fn open<'t>(text: &'t str, wanted: &'static [&'static str]) -> Result<XmlReader<'t>, String> {
    let text = text.find("<OAI-PMH").map_or(text, |at| &text[at..]);
    let mut reader = XmlReader::new(text, wanted);
    let what = match reader.root().map(|root| root.name) {
        Some(name) if ROOTS.contains(&name.as_str()) => return Ok(reader),
        Some(name) if name.eq_ignore_ascii_case("html") => "HTML".to_owned(),
        Some(_) if markup_in_place_of_data(text) == Some("HTML") => "HTML".to_owned(),
        Some(name) => format!("XML with `{name}`"),
        None => "no XML".to_owned(),
    };
    Err(format!("{what}, expected an answer in OAI-PMH"))
}

fn text_of(element: &XmlElement) -> String {
    element.text().trim().to_owned()
}

/// The first fitting element in another, taken out of it.
fn into_element(element: XmlElement, fits: impl Fn(&XmlElement) -> bool) -> Option<XmlElement> {
    element.children.into_iter().find_map(|child| match child {
        XmlNode::Element(element) if fits(&element) => Some(element),
        XmlNode::Element(_) | XmlNode::Text(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn answer(parts: &str) -> String {
        format!("<?xml version=\"1.0\"?>\n<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">{parts}</OAI-PMH>")
    }

    fn parts(text: &str) -> Vec<Part> {
        Answer::open(text).expect("it is an answer").collect()
    }

    #[test]
    fn an_answer_comes_in_parts() {
        let text = answer(
            "<responseDate> 2026-11-21T09:00:00Z </responseDate><request verb=\"ListRecords\"/><ListRecords>\
             <record><header><identifier> oai:1 </identifier><datestamp>2026-01-02</datestamp><setSpec>a</setSpec>\
             </header><metadata>\n<dc><title>One</title></dc></metadata><about><x/></about></record>\
             <record><header status=\"deleted\"><identifier>oai:2</identifier></header></record>\
             <resumptionToken cursor=\"0\" completeListSize=\"3\" expirationDate=\"2026-11-21T10:00:00Z\"> a&amp;b\
             </resumptionToken></ListRecords>",
        );
        let parts = parts(&text);
        assert_eq!(parts[0], Part::ResponseDate("2026-11-21T09:00:00Z".to_owned()));
        let Part::Record(first) = &parts[1] else { panic!("{:?} is no record", parts[1]) };
        assert_eq!((first.identifier.as_deref(), first.datestamp.as_deref()), (Some("oai:1"), Some("2026-01-02")));
        assert_eq!(first.metadata.as_ref().map(|dc| (dc.name.as_str(), dc.text())), Some(("dc", "One".to_owned())));
        let deleted =
            OaiRecord { number: 2, identifier: Some("oai:2".to_owned()), is_deleted: true, ..OaiRecord::default() };
        assert_eq!(parts[2], Part::Record(deleted));
        let token = ResumptionToken { value: "a&b".to_owned(), complete_list_size: Some(3) };
        assert_eq!(parts[3..], [Part::Token(token)]);
    }

    #[test]
    fn a_record_of_a_library_in_a_record_is_its_metadata() {
        let text = answer(
            "<ListRecords><record><header><identifier>1</identifier></header><metadata>\
             <record xmlns=\"http://www.loc.gov/MARC21/slim\"><leader/></record></metadata></record>\
             <record><header><identifier>2</identifier></header></record></ListRecords>",
        );
        let parts = parts(&text);
        let Part::Record(first) = &parts[0] else { panic!("{:?} is no record", parts[0]) };
        assert_eq!(first.metadata.as_ref().map(|record| record.children.len()), Some(1));
        assert_eq!((parts.len(), first.trouble.as_deref()), (2, None));
    }

    #[rstest]
    #[case::code_and_text("<error code=\"badVerb\"> no such verb </error>", &["badVerb: no such verb"])]
    #[case::several("<error code=\"badVerb\"/><error>what?</error>", &["badVerb", "what?"])]
    #[case::empty("<error/>", &[""])]
    fn errors_are_told(#[case] parts_of_answer: &str, #[case] expected: &[&str]) {
        let text = answer(parts_of_answer);
        let told: Vec<String> = parts(&text)
            .iter()
            .map(|part| match part {
                Part::Error(error) => error.to_string(),
                Part::ResponseDate(_) | Part::Record(_) | Part::Token(_) => panic!("{part:?} is no error"),
            })
            .collect();
        assert_eq!(told, expected);
    }

    #[rstest]
    #[case::html("<!DOCTYPE html><title>Down</title>", "HTML, expected an answer in OAI-PMH")]
    #[case::html_without_a_type("<html><body>Down</body></html>", "HTML, expected an answer in OAI-PMH")]
    #[case::another_format("<?xml version='1.0'?><rss/>", "XML with `rss`, expected an answer in OAI-PMH")]
    #[case::no_xml("{\"error\": 1}", "no XML, expected an answer in OAI-PMH")]
    fn what_is_no_answer_is_named(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(Answer::open(text).err().as_deref(), Some(expected));
        assert_eq!(Repository::read(text).err().as_deref(), Some(expected));
    }

    #[test]
    fn what_a_server_says_around_an_answer_does_not_matter() {
        let text = format!("<br />\n<b>Warning</b>: x<y in &z\n{}\n<p>0.3 s", answer("<error code=\"a\"/>"));
        let mut around = Answer::open(&text).expect("it is an answer");
        assert_eq!(around.by_ref().count(), 1);
        assert_eq!((around.trouble(), around.breaks_off()), (None, false));
        assert_eq!(parts("<o:OAI-PMH xmlns:o='u'><o:error code='a'/></o:OAI-PMH>").len(), 1);
    }

    #[rstest]
    #[case::exact(
        "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity><deletedRecord>transient</deletedRecord>\
         <earliestDatestamp>2001-02-03T04:05:06Z</earliestDatestamp>",
        Granularity::Second,
        DeletedRecords::Told,
        Some("2001-02-03T04:05:06Z")
    )]
    #[case::by_days(
        "<granularity>YYYY-MM-DD</granularity><deletedRecord>persistent</deletedRecord>\
         <earliestDatestamp>2001-02-03</earliestDatestamp>",
        Granularity::Day,
        DeletedRecords::Told,
        Some("2001-02-03T00:00:00Z")
    )]
    #[case::untold("<deletedRecord>no</deletedRecord>", Granularity::Day, DeletedRecords::Untold, None)]
    #[case::silent("", Granularity::Day, DeletedRecords::Untold, None)]
    fn a_repository_says_what_it_is(
        #[case] says: &str,
        #[case] granularity: Granularity,
        #[case] deleted_records: DeletedRecords,
        #[case] earliest: Option<&str>,
    ) {
        let earliest = earliest.and_then(parse_datestamp);
        let expected = Repository { granularity, deleted_records, earliest };
        assert_eq!(Repository::read(&answer(&format!("<Identify>{says}</Identify>"))), Ok(expected));
    }

    #[test]
    fn an_error_in_place_of_a_description_is_taken_as_the_least() {
        let text = answer("<error code=\"badVerb\">Illegal verb</error>");
        assert_eq!(Repository::read(&text), Ok(Repository::default()));
    }
}

//! Formats: what does a record of XML metadata say in our fields?
//!
//! An element goes in, texts by field come out, as its standard means them and nothing understood yet. Which format
//! it is shows in the element itself: Dublin Core (simple and qualified), LOM, MODS or MARCXML. What a source's own
//! mapping says goes before all of it, and what the words mean is left to [`crate::map`].

mod dublin_core;
mod lom;
mod mods;
mod vcard;

use std::collections::{BTreeMap, HashSet};

use schemas::{ControlledField, Found, TargetField, Vocabularies, parse_address};

use crate::marc;
use crate::normalise::{licence_of, parse_ages, parse_levels};
use crate::xml::XmlElement;

/// Texts by field, in the order of the record.
pub(crate) type Described = BTreeMap<TargetField, Vec<String>>;

/// The words of a record carry no nation; those that differ by nation are left to the mapping of the source.
const NATION: &str = "uk";

/// Longer notes on an audience are sentences.
const MAX_AUDIENCE_BYTES: usize = 200;

/// Longer statements of rights are texts, in which a licence is only mentioned.
const MAX_LICENCE_BYTES: usize = 200;

/// Longer names of digital objects are texts that happen to begin with a number.
const MAX_NAME_BYTES: usize = 300;

/// Words for types that we call otherwise, without spaces. Source: DCMI Type Vocabulary, MODS `typeOfResource`.
const TYPES: [(&str, &str); 5] = [
    ("movingimage", "video"),
    ("sound", "audio"),
    ("soundrecording", "audio"),
    ("soundrecording-nonmusical", "audio"),
    ("interactiveresource", "interactive"),
];

/// Words for types that say nothing of use to a teacher, without spaces. Source: the same, and `EPrints`.
const EMPTY_TYPES: [&str; 12] = [
    "text",
    "collection",
    "dataset",
    "image",
    "stillimage",
    "physicalobject",
    "software",
    "service",
    "other",
    "peerreviewed",
    "nonpeerreviewed",
    "mixedmaterial",
];

/// Where the names of digital objects are resolved.
const DOI: &str = "https://doi.org/";
const HANDLE: &str = "https://hdl.handle.net/";

/// What a record says by itself; nothing when it is in none of the formats.
pub(crate) fn describe_xml(element: &XmlElement) -> Described {
    match element.name.as_str() {
        "lom" => lom::describe(element),
        "mods" => mods::describe(element),
        "modsCollection" => element.element("mods").map(mods::describe).unwrap_or_default(),
        "record" | "collection" => match marc::element_of(element) {
            Some(record) => marc::describe(&marc::from_xml(record)),
            None => dublin_core::describe(element),
        },
        _ => dublin_core::describe(element),
    }
}

/// Adds a text without the white space around it. Blank ones are passed over.
pub(crate) fn add(described: &mut Described, field: TargetField, text: &str) {
    let text = text.trim();
    if !text.is_empty() {
        described.entry(field).or_default().push(text.to_owned());
    }
}

/// A controlled field as a target.
pub(crate) const fn concepts(field: ControlledField) -> TargetField {
    TargetField::Concepts(field)
}

/// Adds a word that a record is filed under. It is a keyword, and a subject too where it is the name of one of ours:
/// libraries and repositories have thousands of others, which nobody could map one by one.
pub(crate) fn add_subject(described: &mut Described, word: &str) {
    add(described, TargetField::Keywords, word);
    if is_known(ControlledField::Subject, word) {
        add(described, concepts(ControlledField::Subject), word);
    }
}

/// Adds a word for what a record is, in our words where the standard has others, and not when it says nothing.
fn add_type(described: &mut Described, word: &str) {
    let (has_scheme, name) = match word.trim().rsplit_once('/') {
        Some((before, name)) => (before.contains(':'), name),
        None => (false, word.trim()),
    };
    let compared: String = name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let ours = TYPES.iter().find(|(theirs, _)| *theirs == compared).map(|(_, ours)| *ours);
    // Of addresses only those that end in a word of ours can be read: `http://purl.org/dc/dcmitype/MovingImage`.
    let is_empty = has_scheme || EMPTY_TYPES.contains(&compared.as_str());
    match ours {
        Some(ours) => add(described, concepts(ControlledField::Type), ours),
        None if is_empty => {}
        None => add(described, concepts(ControlledField::Type), word),
    }
}

/// Adds a note on whom something is for to the field that understands it; `false` when none does.
pub(crate) fn add_audience(described: &mut Described, text: &str) -> bool {
    let text = text.trim();
    if text.len() > MAX_AUDIENCE_BYTES {
        return false;
    }
    let field = if is_known(ControlledField::Audience, text) {
        concepts(ControlledField::Audience)
    } else if parse_ages(text).is_some() {
        TargetField::AgeRange
    } else if !parse_levels(text, NATION).is_empty() {
        concepts(ControlledField::Level)
    } else {
        return false;
    };
    add(described, field, text);
    true
}

/// Adds a text on rights when a licence of ours can be recognised in it; sentences about copyright are none. Of a long
/// one only the address of a licence counts.
pub(crate) fn add_licence(described: &mut Described, text: &str) {
    let is_address_of_one = |word: &&str| word.starts_with("http") && is_licence(word);
    let said = match text.len() {
        0..=MAX_LICENCE_BYTES => Some(text).filter(|text| is_licence(text)),
        _ => text.split_whitespace().find(is_address_of_one),
    };
    add(described, concepts(ControlledField::Licence), said.unwrap_or_default());
}

fn is_licence(text: &str) -> bool {
    is_known(ControlledField::Licence, text) || licence_of(text).is_some()
}

fn is_known(field: ControlledField, word: &str) -> bool {
    match Vocabularies::shipped().find(field, word, NATION) {
        Found::ByLabel(_) | Found::ByAlternative(_) => true,
        Found::Ambiguous(_) | Found::Nothing => false,
    }
}

/// A date in full: of a year alone its first day, as [`crate::normalise::parse_date`] does with a month.
///
/// `"2016"` -> `"2016-01-01"`. There a bare number could be anything, here its standard says that it is a year.
pub(crate) fn whole_date(text: &str) -> String {
    let text = text.trim();
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_year { format!("{text}-01-01") } else { text.to_owned() }
}

/// The earliest of dates that begin with their year, or else the first: a repository adds when it took something in to
/// when that was issued.
fn earliest<'t>(dates: &[&'t str]) -> Option<&'t str> {
    let begins_with_year = |text: &&&str| {
        let year = text.trim().as_bytes();
        year.len() >= 4 && year[..4].iter().all(u8::is_ascii_digit)
    };
    dates.iter().filter(begins_with_year).min().or(dates.first()).copied()
}

/// Adds the addresses among identifiers: the first is where the record is, the others are the same thing elsewhere.
pub(crate) fn add_addresses<'t>(described: &mut Described, identifiers: impl Iterator<Item = &'t str>) {
    for address in addresses(identifiers) {
        let field = if described.contains_key(&TargetField::Url) { TargetField::SameAs } else { TargetField::Url };
        add(described, field, &address);
    }
}

/// The addresses among identifiers: those of pages as they came, then those that only resolve.
///
/// `"doi:10.1000/182"` and `"10.1000/182"` -> `https://doi.org/10.1000/182`; `"hdl:2027/1"` likewise.
pub(crate) fn addresses<'t>(identifiers: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut pages = Vec::new();
    let mut resolved = Vec::new();
    for identifier in identifiers {
        if let Some(page) = page_address(identifier) {
            let only_resolves = ["doi.org/", "hdl.handle.net/"].iter().any(|host| page.contains(host));
            if only_resolves { resolved.push(page.to_owned()) } else { pages.push(page.to_owned()) }
        } else if let Some(address) = resolver_address(identifier.trim()) {
            resolved.push(address);
        }
    }
    pages.append(&mut resolved);
    let mut seen = HashSet::new();
    pages.retain(|address| seen.insert(address.clone()));
    pages
}

/// A text that is an http or https address, and nothing else.
fn page_address(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_address = !text.contains(char::is_whitespace) && parse_address(text).is_ok();
    is_address.then_some(text)
}

fn resolver_address(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let after = |marks: &[&str]| {
        marks.iter().find(|mark| lower.starts_with(**mark)).and_then(|mark| text.get(mark.len()..)).map(str::trim)
    };
    if let Some(handle) = after(&["hdl:", "info:hdl/"]) {
        return is_name(handle).then(|| format!("{HANDLE}{handle}"));
    }
    let doi = after(&["doi:", "doi ", "info:doi/"]).unwrap_or(text);
    (doi.starts_with("10.") && is_name(doi)).then(|| format!("{DOI}{doi}"))
}

/// Whether a text is `prefix/name`, as handles and DOIs are, of which every prefix begins with a digit.
fn is_name(text: &str) -> bool {
    let is_short = text.len() <= MAX_NAME_BYTES && !text.contains(char::is_whitespace);
    is_short
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.split_once('/').is_some_and(|(_, name)| !name.is_empty())
}

/// Of elements that say the same in several languages the one in English, or else the one without a language, or else
/// the first. Blank ones do not count.
fn preferred<'e>(elements: &[&'e XmlElement]) -> Option<&'e XmlElement> {
    let said: Vec<&'e XmlElement> =
        elements.iter().copied().filter(|element| !element.text().trim().is_empty()).collect();
    let english = said.iter().find(|element| is_english(element));
    let neutral = || said.iter().find(|element| language(element).is_none());
    english.or_else(neutral).or(said.first()).copied()
}

/// Those of several elements that are in the language of the preferred one, or in none.
fn in_one_language<'e>(elements: &[&'e XmlElement]) -> Vec<&'e XmlElement> {
    let chosen = preferred(elements).and_then(language);
    let fits = |element: &&'e XmlElement| {
        let own = language(element);
        own.is_none() || own == chosen || (is_english(element) && chosen.is_some_and(begins_english))
    };
    elements.iter().copied().filter(fits).collect()
}

/// The language that an element states: `xml:lang` everywhere, `language` in LOM.
fn language(element: &XmlElement) -> Option<&str> {
    let stated = element.attribute("lang").or_else(|| element.attribute("language"));
    stated.filter(|tag| !tag.trim().is_empty())
}

fn is_english(element: &XmlElement) -> bool {
    language(element).is_some_and(begins_english)
}

fn begins_english(tag: &str) -> bool {
    tag.trim().get(..2).is_some_and(|code| code.eq_ignore_ascii_case("en"))
}

#[cfg(test)]
pub(crate) mod tests {
    use rstest::rstest;

    use super::*;
    use crate::xml::XmlNode;

    /// An element of this name with attributes and what is in it.
    pub(crate) fn element(name: &str, attributes: &[(&str, &str)], children: Vec<XmlElement>) -> XmlElement {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        XmlElement {
            name: local.to_owned(),
            prefix: prefix.to_owned(),
            attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            children: children.into_iter().map(XmlNode::Element).collect(),
            ..XmlElement::default()
        }
    }

    /// An element that holds only text.
    pub(crate) fn text(name: &str, text: &str) -> XmlElement {
        XmlElement { children: vec![XmlNode::Text(text.to_owned())], ..element(name, &[], Vec::new()) }
    }

    /// An element that holds only text, with one attribute.
    pub(crate) fn text_with(name: &str, attribute: (&str, &str), content: &str) -> XmlElement {
        XmlElement { children: text(name, content).children, ..element(name, &[attribute], Vec::new()) }
    }

    /// Every field with its values, one a line.
    pub(crate) fn lines(described: &Described) -> String {
        let lines = described.iter().map(|(field, values)| format!("{}: {}", field.name(), values.join(" | ")));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_marc_record_in_a_collection_is_recognised() {
        let subfield = text_with("subfield", ("code", "a"), "Careers in chemistry /");
        let title = element("marc:datafield", &[("tag", "245"), ("ind1", "1"), ("ind2", "0")], vec![subfield]);
        let collection = element("marc:collection", &[], vec![element("marc:record", &[], vec![title])]);
        assert_eq!(lines(&describe_xml(&collection)), "title: Careers in chemistry");
    }

    #[rstest]
    #[case::page_before_doi(
        &["doi:10.1000/182", "http://example.org/a"],
        &["http://example.org/a", "https://doi.org/10.1000/182"]
    )]
    #[case::doi_as_address(
        &["https://doi.org/10.1000/182", "https://example.org/a"],
        &["https://example.org/a", "https://doi.org/10.1000/182"]
    )]
    #[case::bare_doi(&["10.1000/182"], &["https://doi.org/10.1000/182"])]
    #[case::handle(&["hdl:2027/1", "hdl:2027/1"], &["https://hdl.handle.net/2027/1"])]
    #[case::citations(&["Ayres, R. (1978) http://example.org/a", "978-0-471-38314-7", "urn:isbn:0471383147"], &[])]
    #[case::no_doi(&["10. Chemistry", "doi:none"], &[])]
    fn identifiers_hold_addresses(#[case] identifiers: &[&str], #[case] expected: &[&str]) {
        assert_eq!(addresses(identifiers.iter().copied()), expected);
    }

    #[rstest]
    #[case::ours("Video", "resource_types: Video")]
    #[case::dcmi("MovingImage", "resource_types: video")]
    #[case::dcmi_address("http://purl.org/dc/dcmitype/Sound", "resource_types: audio")]
    #[case::unknown_is_listed_for_the_admin("Monograph", "resource_types: Monograph")]
    #[case::with_a_slash("Worksheet/Activity", "resource_types: Worksheet/Activity")]
    #[case::says_nothing("Still Image", "")]
    #[case::another_address("info:eu-repo/semantics/article", "")]
    fn a_type_is_taken_when_it_says_something(#[case] word: &str, #[case] expected: &str) {
        let mut described = Described::new();
        add_type(&mut described, word);
        assert_eq!(lines(&described), expected);
    }

    #[test]
    fn a_licence_is_taken_where_one_can_be_recognised() {
        let long = "Everybody may read it, and nobody may sell it. ".repeat(5);
        let address = "https://creativecommons.org/licenses/by/4.0/";
        let mut described = Described::new();
        for text in ["All of it is ours.", "CC BY 4.0", &format!("{long} See {address} for more."), &long] {
            add_licence(&mut described, text);
        }
        assert_eq!(lines(&described), format!("licence: CC BY 4.0 | {address}"));
    }

    #[test]
    fn a_keyword_is_a_subject_only_when_it_is_one_of_ours() {
        let mut described = Described::new();
        for word in ["Chemistry", "QD Inorganic compounds"] {
            add_subject(&mut described, word);
        }
        assert_eq!(lines(&described), "keywords: Chemistry | QD Inorganic compounds\nsubjects: Chemistry");
    }

    #[test]
    fn the_earliest_date_counts() {
        assert_eq!(earliest(&["2008-05-01T10:00:00Z", "2006", "2007-01-01"]), Some("2006"));
        assert_eq!(earliest(&["c. 1990"]), Some("c. 1990"));
        assert_eq!(earliest(&[]), None);
    }

    #[test]
    fn english_goes_before_no_language_and_that_before_others() {
        let welsh = text_with("title", ("xml:lang", "cy"), "Gyrfaoedd");
        let neutral = text("title", "Neutral");
        let english = text_with("title", ("language", "en-GB"), "Careers");
        let chosen = |elements: &[&XmlElement]| preferred(elements).map(XmlElement::text);
        assert_eq!(chosen(&[&welsh, &neutral, &english]).as_deref(), Some("Careers"));
        assert_eq!(chosen(&[&welsh, &neutral]).as_deref(), Some("Neutral"));
        assert_eq!(chosen(&[&welsh]).as_deref(), Some("Gyrfaoedd"));
        assert_eq!(in_one_language(&[&welsh, &neutral, &english]), [&neutral, &english]);
    }
}

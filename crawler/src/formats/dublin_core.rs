//! Dublin Core: what does a record in `oai_dc`, or in the qualified terms, say in our fields?
//!
//! An element goes in whose own elements are terms, texts by field come out. Terms are known by their local names, for
//! repositories put `dc` and `dcterms` into many containers. Source: DCMI Metadata Terms.

use schemas::{ControlledField, TargetField};

use super::{
    Described, add, add_addresses, add_audience, add_licence, add_subject, add_type, addresses, concepts, earliest,
    in_one_language, preferred, whole_date,
};
use crate::normalise::parse_minutes;
use crate::xml::XmlElement;

/// Our field, then the terms it is read from; the first that says something counts.
const FIELDS: [(TargetField, &[&str]); 4] = [
    (TargetField::Publisher, &["publisher"]),
    (TargetField::Creators, &["creator", "contributor"]),
    (concepts(ControlledField::Level), &["educationLevel"]),
    (concepts(ControlledField::Language), &["language"]),
];

/// Between several subjects in one element. A comma stands inside the headings of libraries.
const SUBJECT_SEPARATOR: char = ';';

/// What a record in Dublin Core says.
pub(super) fn describe(element: &XmlElement) -> Described {
    let mut described = Described::new();
    add_titles(element, &mut described);
    for text in in_one_language(&first_of(element, &["abstract", "description"])) {
        add(&mut described, TargetField::Description, &value(text));
    }
    for (field, terms) in FIELDS {
        for text in values(element, terms) {
            add(&mut described, field, &text);
        }
    }
    for subject in values(element, &["subject"]) {
        for word in subject.split(SUBJECT_SEPARATOR) {
            add_subject(&mut described, word);
        }
    }
    for word in values(element, &["type"]) {
        add_type(&mut described, &word);
    }
    for text in values(element, &["audience"]) {
        if !add_audience(&mut described, &text) {
            add(&mut described, concepts(ControlledField::Audience), &text);
        }
    }
    add_identifiers(element, &mut described);
    add_dates(element, &mut described);
    add_rights(element, &mut described);
    described
}

fn add_titles(element: &XmlElement, described: &mut Described) {
    let titles = first_of(element, &["title"]);
    let Some(chosen) = preferred(&titles) else { return };
    add(described, TargetField::Title, &value(chosen));
    for title in titles.iter().filter(|title| !std::ptr::eq(**title, chosen)) {
        add(described, TargetField::AlternativeTitles, &value(title));
    }
    for text in values(element, &["alternative"]) {
        add(described, TargetField::AlternativeTitles, &text);
    }
}

/// The address of a record. `EPrints` states that of a record without a file only as a relation.
fn add_identifiers(element: &XmlElement, described: &mut Described) {
    let identifiers = values(element, &["identifier"]);
    add_addresses(described, identifiers.iter().map(String::as_str));
    if !described.contains_key(&TargetField::Url) {
        let relations = values(element, &["relation"]);
        let related = addresses(relations.iter().map(String::as_str));
        add(described, TargetField::Url, related.first().map_or("", String::as_str));
    }
}

fn add_dates(element: &XmlElement, described: &mut Described) {
    for (field, terms) in [
        (TargetField::DatePublished, &["issued", "date", "created", "available"][..]),
        (TargetField::DateModified, &["modified"][..]),
    ] {
        let dates = values(element, terms);
        let texts: Vec<&str> = dates.iter().map(String::as_str).collect();
        add(described, field, &earliest(&texts).map(whole_date).unwrap_or_default());
    }
    for extent in values(element, &["extent"]) {
        // "12 pages" and "30 x 40 cm" are extents too.
        if extent.trim().starts_with("PT") && parse_minutes(&extent).is_some() {
            add(described, TargetField::Duration, &extent);
        }
    }
}

fn add_rights(element: &XmlElement, described: &mut Described) {
    for text in values(element, &["license"]) {
        add(described, concepts(ControlledField::Licence), &text);
    }
    for text in values(element, &["rights"]) {
        add_licence(described, &text);
    }
}

/// The elements of the first of these terms that says something.
fn first_of<'e>(element: &'e XmlElement, terms: &[&str]) -> Vec<&'e XmlElement> {
    let of_term = |term: &&str| -> Vec<&'e XmlElement> {
        element.elements().filter(|own| own.name == **term && !value(own).trim().is_empty()).collect()
    };
    terms.iter().map(of_term).find(|found| !found.is_empty()).unwrap_or_default()
}

fn values(element: &XmlElement, terms: &[&str]) -> Vec<String> {
    first_of(element, terms).into_iter().map(value).collect()
}

/// What an element says: its text, or the address that it refers to instead, `rdf:resource`.
fn value(element: &XmlElement) -> String {
    let text = element.text();
    if text.trim().is_empty() { element.attribute("resource").unwrap_or_default().to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::tests::{element, lines, text, text_with};

    #[test]
    fn a_record_of_a_repository_says_its_fields() {
        let record = element(
            "oai_dc:dc",
            &[],
            vec![
                text("dc:title", "Careers in water"),
                text("dc:creator", "Ward, Ann"),
                text("dc:creator", "Ray, Sam"),
                text("dc:contributor", "Somebody else"),
                text("dc:subject", "Chemistry; Water, drinking"),
                text("dc:description", "What people do."),
                text("dc:publisher", "Example University"),
                text("dc:date", "2019-05-02T10:00:00Z"),
                text("dc:date", "2018"),
                text("dc:type", "Lesson plan"),
                text("dc:type", "NonPeerReviewed"),
                text("dc:identifier", "Ward, Ann (2018) Careers in water."),
                text("dc:identifier", "doi:10.1000/182"),
                text("dc:identifier", "https://repository.example.org/7"),
                text("dc:language", "eng"),
                text("dc:rights", "The copyright is ours."),
                text("dc:rights", "https://creativecommons.org/licenses/by/4.0/"),
            ],
        );
        let expected = "title: Careers in water\ndescription: What people do.\nurl: https://repository.example.org/7\n\
            same_as: https://doi.org/10.1000/182\npublisher: Example University\ncreators: Ward, Ann | Ray, Sam\n\
            keywords: Chemistry | Water, drinking\ndate_published: 2018-01-01\nsubjects: Chemistry\n\
            resource_types: Lesson plan\nlicence: https://creativecommons.org/licenses/by/4.0/\nlanguage: eng";
        assert_eq!(lines(&describe(&record)), expected);
    }

    #[test]
    fn the_qualified_terms_go_before_the_simple_ones() {
        let record = element(
            "qualifieddc",
            &[],
            vec![
                text("dc:date", "2001-01-01"),
                text("dcterms:issued", "2020-06-01"),
                text("dcterms:modified", "2021"),
                text("dcterms:abstract", "Short."),
                text("dc:description", "Deposited by a librarian."),
                text("dcterms:alternative", "Another name"),
                text("dc:title", "A name"),
                text("dcterms:educationLevel", "Key stage 3"),
                text("dcterms:audience", "teacher"),
                text("dcterms:audience", "11-14"),
                text("dcterms:audience", "Everybody"),
                text("dcterms:extent", "PT45M"),
                text("dcterms:extent", "12"),
                element("dcterms:license", &[("rdf:resource", "https://example.org/terms")], Vec::new()),
                text("dc:relation", "https://repository.example.org/8"),
            ],
        );
        let expected = "title: A name\nalternative_titles: Another name\ndescription: Short.\n\
            url: https://repository.example.org/8\ndate_published: 2020-06-01\ndate_modified: 2021-01-01\n\
            duration: PT45M\nage_range: 11-14\nlevels: Key stage 3\naudiences: teacher | Everybody\n\
            licence: https://example.org/terms";
        assert_eq!(lines(&describe(&record)), expected);
    }

    #[test]
    fn of_several_languages_english_is_the_title() {
        let record = element(
            "dc",
            &[],
            vec![
                text_with("title", ("xml:lang", "cy"), "Gyrfaoedd"),
                text_with("title", ("xml:lang", "en"), "Careers"),
                text_with("description", ("xml:lang", "cy"), "Yn Gymraeg"),
                text_with("description", ("xml:lang", "en"), "In English"),
            ],
        );
        let expected = "title: Careers\nalternative_titles: Gyrfaoedd\ndescription: In English";
        assert_eq!(lines(&describe(&record)), expected);
    }

    #[test]
    fn what_is_no_dublin_core_says_nothing() {
        assert!(describe(&element("resource", &[], vec![text("name", "A"), text("title", " ")])).is_empty());
    }
}

//! LOM: what does a learning object's metadata say in our fields?
//!
//! An element goes in, texts by field come out. The two bindings differ in names and in how a text carries its language
//! (IEEE: `learningResourceType`, `string`; IMS 1.2, which UK LOM Core uses: `learningresourcetype`, `langstring`), so
//! names are compared in any case. Source: IEEE 1484.12.1-2002 and 1484.12.3-2005, UK LOM Core 0.3.

use schemas::{ControlledField, TargetField};

use super::vcard::name_in;
use super::{
    Described, add, add_addresses, add_audience, add_licence, add_subject, add_type, addresses, concepts, preferred,
    whole_date,
};
use crate::normalise::parse_ages;
use crate::xml::XmlElement;

/// Who made it. Source: IEEE 1484.12.1, 2.3.1.
const CREATOR_ROLES: [&str; 3] = ["author", "content provider", "creator"];

/// Relations to a picture of it. Source: Learning Resource Exchange 4.0.
const PICTURE_RELATIONS: [&str; 2] = ["haspreview", "hasthumbnail"];

/// What a record in LOM says.
pub(super) fn describe(element: &XmlElement) -> Described {
    let mut described = Described::new();
    add_general(element, &mut described);
    add_contributions(element, &mut described);
    add_places(element, &mut described);
    for educational in at(element, &["educational"]) {
        add_educational(educational, &mut described);
    }
    add_rights(element, &mut described);
    add_classifications(element, &mut described);
    described
}

fn add_general(element: &XmlElement, described: &mut Described) {
    for (field, name) in [(TargetField::Title, "title"), (TargetField::Description, "description")] {
        for text in at(element, &["general", name]) {
            add(described, field, &in_words(text));
        }
    }
    for keyword in at(element, &["general", "keyword"]) {
        add_subject(described, &in_words(keyword));
    }
    for language in at(element, &["general", "language"]) {
        let tag = language.text();
        // "none" is how LOM says that there are no words in it.
        if !matches!(tag.trim(), "none" | "x-none") {
            add(described, concepts(ControlledField::Language), &tag);
        }
    }
}

fn add_contributions(element: &XmlElement, described: &mut Described) {
    let mut first_made = None;
    for contribution in at(element, &["lifeCycle", "contribute"]) {
        let role = term(contribution, "role").to_lowercase();
        let is_publisher = role == "publisher";
        let is_creator = CREATOR_ROLES.contains(&role.as_str());
        let field = if is_publisher { TargetField::Publisher } else { TargetField::Creators };
        if is_publisher || is_creator {
            for entity in at(contribution, &["entity"]).into_iter().chain(at(contribution, &["centity"])) {
                add(described, field, &name_in(&entity.text()));
            }
        }
        let mut dates = at(contribution, &["date", "dateTime"]).into_iter().map(|date| whole_date(&date.text()));
        let date = dates.find(|date| !date.is_empty());
        if is_publisher {
            add(described, TargetField::DatePublished, &date.unwrap_or_default());
        } else if is_creator && first_made.is_none() {
            first_made = date;
        }
    }
    if !described.contains_key(&TargetField::DatePublished) {
        add(described, TargetField::DatePublished, &first_made.unwrap_or_default());
    }
}

/// Where it is: its location, and identifiers that are addresses.
fn add_places(element: &XmlElement, described: &mut Described) {
    let locations = at(element, &["technical", "location"]).into_iter().map(XmlElement::text);
    let entries = at(element, &["general", "identifier", "entry"]).into_iter().map(in_words);
    let catalogue_entries = at(element, &["general", "catalogentry", "entry"]).into_iter().map(in_words);
    let places: Vec<String> = locations.chain(entries).chain(catalogue_entries).collect();
    add_addresses(described, places.iter().map(String::as_str));
    for relation in at(element, &["relation"]) {
        let kind = term(relation, "kind").to_lowercase();
        if PICTURE_RELATIONS.contains(&kind.as_str()) {
            let entries = at(relation, &["resource", "identifier", "entry"]).into_iter().map(in_words);
            let entries: Vec<String> = entries.collect();
            for address in addresses(entries.iter().map(String::as_str)) {
                add(described, TargetField::Image, &address);
            }
        }
    }
}

fn add_educational(educational: &XmlElement, described: &mut Described) {
    for word in terms(educational, "learningResourceType") {
        add_type(described, &word);
    }
    for word in terms(educational, "intendedEndUserRole") {
        add(described, concepts(ControlledField::Audience), &word);
    }
    for word in terms(educational, "context") {
        add(described, concepts(ControlledField::Level), &word);
    }
    for range in at(educational, &["typicalAgeRange"]) {
        // LOM writes "11-U" for eleven and above. Some write a stage where ages should stand.
        let text = in_words(range).trim().replace("-U", "+").replace("-u", "+");
        if parse_ages(&text).is_some() {
            add(described, TargetField::AgeRange, &text);
        } else if !text.is_empty() && !add_audience(described, &text) {
            add(described, concepts(ControlledField::Level), &text);
        }
    }
    let time = at(educational, &["typicalLearningTime"]);
    for text in time.into_iter().flat_map(|time| at(time, &["duration"]).into_iter().chain(at(time, &["dateTime"]))) {
        let text = text.text();
        // "PT0S" and "P0Y0M0D" are empty forms that somebody saved.
        if text.contains(|c: char| ('1'..='9').contains(&c)) {
            add(described, TargetField::Duration, &text);
        }
    }
}

/// LOM says whether something costs, not what.
fn add_rights(element: &XmlElement, described: &mut Described) {
    for rights in at(element, &["rights"]) {
        for text in at(rights, &["description"]) {
            add_licence(described, &in_words(text));
        }
        match term(rights, "cost").to_lowercase().as_str() {
            "no" => add(described, concepts(ControlledField::Cost), "free"),
            "yes" => add(described, concepts(ControlledField::Cost), "paid"),
            _ => {}
        }
    }
}

/// A classification by discipline says what it is about; one by level, for whom.
fn add_classifications(element: &XmlElement, described: &mut Described) {
    for classification in at(element, &["classification"]) {
        let field = match term(classification, "purpose").to_lowercase().as_str() {
            "discipline" => Some(ControlledField::Subject),
            "educational level" => Some(ControlledField::Level),
            _ => None,
        };
        if let Some(field) = field {
            for taxon in at(classification, &["taxonPath", "taxon", "entry"]) {
                add(described, concepts(field), &in_words(taxon));
            }
        }
        for keyword in at(classification, &["keyword"]) {
            add_subject(described, &in_words(keyword));
        }
    }
}

/// The elements at the end of a path of names, in any case.
fn at<'e>(element: &'e XmlElement, path: &[&str]) -> Vec<&'e XmlElement> {
    let mut found = vec![element];
    for name in path {
        let inside = found.into_iter().flat_map(XmlElement::elements);
        found = inside.filter(|own| own.name.eq_ignore_ascii_case(name)).collect();
    }
    found
}

/// The text of an element that holds it in several languages, or just so.
fn in_words(element: &XmlElement) -> String {
    let strings = [at(element, &["string"]), at(element, &["langstring"])].concat();
    match preferred(&strings) {
        Some(chosen) => chosen.text(),
        None if strings.is_empty() => element.text(),
        None => String::new(),
    }
}

/// The words of a vocabulary under a name. The list that they are from stands beside them and is passed over.
fn terms(element: &XmlElement, name: &str) -> Vec<String> {
    let values = at(element, &[name]).into_iter().filter_map(|own| at(own, &["value"]).first().copied());
    values.map(in_words).collect()
}

/// The first of them, without the white space around it.
fn term(element: &XmlElement, name: &str) -> String {
    terms(element, name).first().map(|word| word.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::tests::{element, lines, text, text_with};

    fn holding(name: &str, children: Vec<XmlElement>) -> XmlElement {
        element(name, &[], children)
    }

    fn string(name: &str, content: &str) -> XmlElement {
        holding(name, vec![text_with("string", ("language", "en"), content)])
    }

    fn vocabulary(name: &str, word: &str) -> XmlElement {
        holding(name, vec![text("source", "LOMv1.0"), text("value", word)])
    }

    fn contribution(role: &str, entity: &str, date: &str) -> XmlElement {
        let date = holding("date", vec![text("dateTime", date)]);
        holding("contribute", vec![vocabulary("role", role), text("entity", entity), date])
    }

    #[test]
    fn a_learning_object_says_its_fields() {
        let identifier = holding("identifier", vec![text("catalog", "URI"), text("entry", "https://example.org/id/7")]);
        let title = holding(
            "title",
            vec![text_with("string", ("language", "cy"), "Dŵr"), text_with("string", ("language", "en"), "Water")],
        );
        let general = holding(
            "lom:general",
            vec![
                identifier,
                title,
                text("language", "en"),
                string("description", "All."),
                string("keyword", "Physics"),
            ],
        );
        let life = holding(
            "lom:lifeCycle",
            vec![
                contribution("author", "BEGIN:VCARD\nFN:Ann Ward\nEND:VCARD", "2019-01-02"),
                contribution("publisher", "BEGIN:VCARD\nORG:Example Society;Schools\nEND:VCARD", "2020"),
                contribution("unknown", "BEGIN:VCARD\nFN:Nobody\nEND:VCARD", "1999"),
            ],
        );
        let technical = holding("lom:technical", vec![text("location", "https://example.org/water")]);
        let educational = holding(
            "lom:educational",
            vec![
                vocabulary("learningResourceType", "simulation"),
                vocabulary("intendedEndUserRole", "learner"),
                vocabulary("context", "school"),
                string("typicalAgeRange", "11-U"),
                string("typicalAgeRange", "Key stage 3"),
                holding("typicalLearningTime", vec![text("duration", "PT1H")]),
            ],
        );
        let rights = holding(
            "lom:rights",
            vec![vocabulary("cost", "no"), string("description", "https://creativecommons.org/licenses/by/4.0/")],
        );
        let taxon = holding("taxon", vec![text("id", "54"), string("entry", "Chemistry")]);
        let path = holding("taxonPath", vec![string("source", "A list"), taxon]);
        let discipline = holding("lom:classification", vec![vocabulary("purpose", "discipline"), path]);
        let lom = holding("lom:lom", vec![general, life, technical, educational, rights, discipline]);
        let expected = "title: Water\ndescription: All.\nurl: https://example.org/water\n\
            same_as: https://example.org/id/7\npublisher: Example Society\ncreators: Ann Ward\nkeywords: Physics\n\
            date_published: 2020-01-01\nduration: PT1H\nage_range: 11+\nsubjects: Physics | Chemistry\n\
            levels: school | Key stage 3\nresource_types: simulation\naudiences: learner\ncost: free\n\
            licence: https://creativecommons.org/licenses/by/4.0/\nlanguage: en";
        assert_eq!(lines(&describe(&lom)), expected);
    }

    #[test]
    fn the_older_binding_is_read_too() {
        let words =
            |name: &str, content: &str| holding(name, vec![text_with("langstring", ("xml:lang", "en"), content)]);
        let value = holding("learningresourcetype", vec![words("source", "A list"), words("value", "Worksheet")]);
        let card = text("vcard", "BEGIN:VCARD FN:Ann Ward END:VCARD");
        let author = holding("role", vec![words("source", "A list"), words("value", "Author")]);
        let made = holding("date", vec![text("datetime", "2005-06-07")]);
        let contribute = holding("contribute", vec![author, holding("centity", vec![card]), made]);
        let lom = holding(
            "lom",
            vec![
                holding(
                    "general",
                    vec![words("title", "Water"), holding("catalogentry", vec![words("entry", "doi:10.1000/182")])],
                ),
                holding("lifecycle", vec![contribute]),
                holding("educational", vec![value]),
            ],
        );
        let expected = "title: Water\nurl: https://doi.org/10.1000/182\ncreators: Ann Ward\n\
            date_published: 2005-06-07\nresource_types: Worksheet";
        assert_eq!(lines(&describe(&lom)), expected);
    }
}

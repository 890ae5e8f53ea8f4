//! A resource in IEEE LOM (`oai_lom`): what repositories of learning resources read.
//!
//! Where LOM has a list of words of its own we give its word, and beside it ours, named by the address of our
//! vocabulary. The schema that we name is the loose one, which allows words of other lists. Source: IEEE
//! 1484.12.1-2002 and 1484.12.3-2005; the order of elements is theirs.

use schemas::{Concept, ConceptRef, ControlledField, Resource, Vocabularies};

use super::dublin_core::{language_tag, licence_uri};
use crate::xml::Xml;

/// The namespace.
pub(super) const NAMESPACE: &str = "http://ltsc.ieee.org/xsd/LOM";
/// Where its schema is.
pub(super) const SCHEMA: &str = "http://ltsc.ieee.org/xsd/lomv1.0/lomLoose.xsd";

/// The list of words that LOM brings itself.
const OWN_WORDS: &str = "LOMv1.0";
/// The language of our labels.
const LABELS_LANGUAGE: &str = "en";

/// Types of ours that LOM has a word for. Source: IEEE 1484.12.1, 5.2.
const LOM_TYPES: [(&str, &str); 6] = [
    ("practical-experiment", "experiment"),
    ("presentation", "slide"),
    ("job-profile", "narrative text"),
    ("case-study", "narrative text"),
    ("booklet", "narrative text"),
    ("research-report", "narrative text"),
];

/// Roles of schema.org that LOM has a word for. Source: IEEE 1484.12.1, 5.5.
const LOM_ROLES: [(&str, &str); 3] = [("student", "learner"), ("teacher", "teacher"), ("administrator", "manager")];

/// Who begins at this age has left school.
const ADULT: u8 = 18;

/// Writes a resource, which is called by this identifier here. `page` is its address with us.
pub(super) fn write(xml: &mut Xml, resource: &Resource, identifier: &str, page: &str, public_url: &str) {
    let location = format!("{NAMESPACE} {SCHEMA}");
    let attributes = [
        ("xmlns", NAMESPACE),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ("xsi:schemaLocation", location.as_str()),
    ];
    xml.holding("lom", &attributes, |xml| {
        write_general(xml, resource, page);
        write_life_cycle(xml, resource);
        xml.holding("metaMetadata", &[], |xml| {
            write_identifier(xml, "oai", identifier);
            xml.text("metadataSchema", &[], OWN_WORDS);
            xml.text("language", &[], LABELS_LANGUAGE);
        });
        if let Some(url) = &resource.url {
            xml.holding("technical", &[], |xml| xml.text("location", &[], url));
        }
        write_educational(xml, resource, public_url);
        write_rights(xml, resource);
        write_classification(xml, "discipline", ControlledField::Subject, &resource.subjects, public_url);
        write_classification(xml, "educational level", ControlledField::Level, &resource.levels, public_url);
    });
}

fn write_general(xml: &mut Xml, resource: &Resource, page: &str) {
    let tag = language_tag(resource);
    xml.holding("general", &[], |xml| {
        for address in resource.url.iter().chain(&resource.same_as) {
            write_identifier(xml, "URI", address);
        }
        write_identifier(xml, "URI", page);
        write_string(xml, "title", tag, &resource.title);
        xml.text_if_any("language", tag);
        if let Some(description) = &resource.description {
            write_string(xml, "description", tag, description);
        }
        for word in resource.topics.iter().chain(&resource.keywords) {
            write_string(xml, "keyword", tag, word);
        }
        for place in resource.nations.iter().chain(&resource.regions) {
            write_string(xml, "coverage", Some(LABELS_LANGUAGE), &place.label);
        }
    });
}

/// Who made it and who issues it. When it was published stands beside the publisher; where there is none, beside
/// somebody unknown.
fn write_life_cycle(xml: &mut Xml, resource: &Resource) {
    let date = resource.date_published.as_deref();
    if resource.creators.is_empty() && resource.publisher.is_none() && date.is_none() {
        return;
    }
    xml.holding("lifeCycle", &[], |xml| {
        for creator in &resource.creators {
            write_contribution(xml, "author", Some(&creator_card(creator)), None);
        }
        match &resource.publisher {
            Some(publisher) => write_contribution(xml, "publisher", Some(&publisher_card(publisher)), date),
            None if date.is_some() => write_contribution(xml, "unknown", None, date),
            None => {}
        }
    });
}

fn write_contribution(xml: &mut Xml, role: &str, card: Option<&str>, date: Option<&str>) {
    xml.holding("contribute", &[], |xml| {
        write_word(xml, "role", OWN_WORDS, role);
        xml.text_if_any("entity", card);
        if let Some(date) = date {
            xml.holding("date", &[], |xml| xml.text("dateTime", &[], date));
        }
    });
}

/// A person or a body: who made something is not always a person, and which part of a name is which is not known.
fn creator_card(name: &str) -> String {
    let name = card_text(name);
    format!("BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nN:{name};;;;\nEND:VCARD")
}

fn publisher_card(name: &str) -> String {
    let name = card_text(name);
    format!("BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nN:{name};;;;\nORG:{name}\nEND:VCARD")
}

/// Source: RFC 2426, 5.
fn card_text(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;");
    text.split(['\r', '\n']).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn write_educational(xml: &mut Xml, resource: &Resource, public_url: &str) {
    let mut types: Vec<&str> = resource.resource_types.iter().filter_map(lom_type).collect();
    types.sort_unstable();
    types.dedup();
    let mut roles: Vec<&str> = resource.audiences.iter().filter_map(lom_role).collect();
    roles.sort_unstable();
    roles.dedup();
    xml.holding("educational", &[], |xml| {
        write_words(xml, "learningResourceType", &types, ControlledField::Type, &resource.resource_types, public_url);
        write_words(xml, "intendedEndUserRole", &roles, ControlledField::Audience, &resource.audiences, public_url);
        if let Some(ages) = resource.age_range {
            let context = if ages.from() < ADULT { "school" } else { "higher education" };
            write_word(xml, "context", OWN_WORDS, context);
            write_string(xml, "typicalAgeRange", Some(LABELS_LANGUAGE), &ages.to_string());
        }
        if let Some(duration) = &resource.duration {
            xml.holding("typicalLearningTime", &[], |xml| xml.text("duration", &[], duration));
        }
    });
}

/// The words of LOM, then ours.
fn write_words(
    xml: &mut Xml,
    name: &str,
    words: &[&str],
    field: ControlledField,
    concepts: &[ConceptRef],
    public_url: &str,
) {
    for word in words {
        write_word(xml, name, OWN_WORDS, word);
    }
    for concept in concepts {
        write_word(xml, name, &list_address(field, public_url), &concept.label);
    }
}

fn lom_type(concept: &ConceptRef) -> Option<&'static str> {
    LOM_TYPES.iter().find(|(ours, _)| *ours == concept.id.as_str()).map(|(_, theirs)| *theirs)
}

/// A science teacher is a teacher: the role is that of the concept, or of the next one above it that has one.
fn lom_role(concept: &ConceptRef) -> Option<&'static str> {
    let audiences = Vocabularies::shipped().of(ControlledField::Audience);
    let id = concept.id.as_str();
    let role_of = |concept: &'static Concept| concept.schema_role.as_deref();
    let role = audiences.get(id).and_then(role_of).or_else(|| audiences.ancestors(id).find_map(role_of))?;
    LOM_ROLES.iter().find(|(ours, _)| *ours == role).map(|(_, theirs)| *theirs)
}

fn write_rights(xml: &mut Xml, resource: &Resource) {
    let cost = resource.cost.as_ref().map(|cost| match cost.id.as_str() {
        "free" | "free-registration" => "no",
        _ => "yes",
    });
    if cost.is_none() && resource.licence.is_none() {
        return;
    }
    xml.holding("rights", &[], |xml| {
        if let Some(cost) = cost {
            write_word(xml, "cost", OWN_WORDS, cost);
        }
        if let Some(licence) = &resource.licence {
            let restricted = if licence.id.as_str() == "cc0" { "no" } else { "yes" };
            write_word(xml, "copyrightAndOtherRestrictions", OWN_WORDS, restricted);
            // An address says it to machines; LOM has one description here.
            let terms = licence_uri(resource).unwrap_or(&licence.label);
            write_string(xml, "description", Some(LABELS_LANGUAGE), terms);
        }
    });
}

fn write_classification(
    xml: &mut Xml,
    purpose: &str,
    field: ControlledField,
    concepts: &[ConceptRef],
    public_url: &str,
) {
    if concepts.is_empty() {
        return;
    }
    xml.holding("classification", &[], |xml| {
        write_word(xml, "purpose", OWN_WORDS, purpose);
        for concept in concepts {
            xml.holding("taxonPath", &[], |xml| {
                write_string(xml, "source", Some("x-none"), &list_address(field, public_url));
                xml.holding("taxon", &[], |xml| {
                    xml.text("id", &[], concept.id.as_str());
                    write_string(xml, "entry", Some(LABELS_LANGUAGE), &concept.label);
                });
            });
        }
    });
}

fn list_address(field: ControlledField, public_url: &str) -> String {
    format!("{public_url}/v1/vocabularies/{}", field.name())
}

fn write_identifier(xml: &mut Xml, catalogue: &str, entry: &str) {
    xml.holding("identifier", &[], |xml| {
        xml.text("catalog", &[], catalogue);
        xml.text("entry", &[], entry);
    });
}

fn write_word(xml: &mut Xml, name: &str, list: &str, word: &str) {
    xml.holding(name, &[], |xml| {
        xml.text("source", &[], list);
        xml.text("value", &[], word);
    });
}

fn write_string(xml: &mut Xml, name: &str, language: Option<&str>, text: &str) {
    let attributes: Vec<(&str, &str)> = language.map(|tag| ("language", tag)).into_iter().collect();
    xml.holding(name, &[], |xml| xml.text("string", &attributes, text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_add_lines_to_a_card() {
        assert_eq!(
            creator_card("Ward, Ann; \\\r\nEMAIL:x"),
            "BEGIN:VCARD\nVERSION:3.0\nFN:Ward\\, Ann\\; \\\\ EMAIL:x\nN:Ward\\, Ann\\; \\\\ EMAIL:x;;;;\nEND:VCARD"
        );
    }

    #[test]
    fn every_type_and_role_that_is_translated_is_one_of_ours() {
        let types = Vocabularies::shipped().of(ControlledField::Type);
        assert!(LOM_TYPES.iter().all(|(ours, _)| types.get(ours).is_some()));
        let audiences = Vocabularies::shipped().of(ControlledField::Audience);
        let roles: Vec<&str> = audiences.concepts.iter().filter_map(|one| one.schema_role.as_deref()).collect();
        assert!(LOM_ROLES.iter().all(|(ours, _)| roles.contains(ours)));
    }
}

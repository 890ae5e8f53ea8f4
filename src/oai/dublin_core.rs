//! A resource in simple Dublin Core (`oai_dc`): what every harvester reads.
//!
//! Fifteen elements for all our fields. Levels, sectors, occupations and routes are said as subjects, for that is where
//! a teacher's search in another catalogue finds them; nations and regions as coverage. For whom a resource is has no
//! element: `oai_lom` says it.

use std::collections::{BTreeMap, HashSet};

use schemas::{ConceptRef, ControlledField, Resource, Vocabularies};

use crate::xml::Xml;

/// The namespace of the container.
pub(super) const NAMESPACE: &str = "http://www.openarchives.org/OAI/2.0/oai_dc/";
/// Where its schema is.
pub(super) const SCHEMA: &str = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd";

/// Writes a resource. `page` is its address with us.
pub(super) fn write(xml: &mut Xml, resource: &Resource, page: &str, source_names: &BTreeMap<String, String>) {
    let location = format!("{NAMESPACE} {SCHEMA}");
    let attributes = [
        ("xmlns:oai_dc", NAMESPACE),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ("xsi:schemaLocation", location.as_str()),
    ];
    xml.holding("oai_dc:dc", &attributes, |xml| {
        for (name, text) in statements(resource, page, source_names) {
            xml.text(name, &[], text);
        }
    });
}

/// All that is said, element by element, nothing twice.
fn statements<'r>(
    resource: &'r Resource,
    page: &'r str,
    source_names: &'r BTreeMap<String, String>,
) -> Vec<(&'static str, &'r str)> {
    let mut said = Vec::new();
    let mut say = |name: &'static str, texts: &mut dyn Iterator<Item = &'r str>| {
        said.extend(texts.map(|text| (name, text)));
    };
    say("dc:title", &mut std::iter::once(resource.title.as_str()).chain(strings(&resource.alternative_titles)));
    say("dc:creator", &mut strings(&resource.creators));
    for concepts in [&resource.subjects, &resource.levels, &resource.sectors, &resource.occupations, &resource.routes] {
        say("dc:subject", &mut labels(concepts));
    }
    say("dc:subject", &mut strings(&resource.topics).chain(strings(&resource.keywords)));
    say("dc:description", &mut resource.description.as_deref().into_iter());
    say("dc:publisher", &mut resource.publisher.as_deref().into_iter());
    let date = resource.date_published.as_deref().or(resource.date_modified.as_deref());
    say("dc:date", &mut date.into_iter());
    say("dc:type", &mut labels(&resource.resource_types));
    say("dc:format", &mut labels(resource.medium.as_slice()));
    say("dc:identifier", &mut resource.url.as_deref().into_iter().chain([page]));
    let sources = resource.records.iter().map(|record| record.source.as_str());
    say("dc:source", &mut sources.map(|id| source_names.get(id).map_or(id, String::as_str)));
    say("dc:language", &mut language_tag(resource).into_iter());
    say("dc:relation", &mut strings(&resource.same_as));
    say("dc:coverage", &mut labels(&resource.nations).chain(labels(&resource.regions)));
    say("dc:rights", &mut labels(resource.licence.as_slice()).chain(licence_uri(resource)));
    let mut seen = HashSet::new();
    said.retain(|statement| seen.insert(*statement));
    said
}

fn strings(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().map(String::as_str)
}

fn labels(concepts: &[ConceptRef]) -> impl Iterator<Item = &str> {
    concepts.iter().map(|concept| concept.label.as_str())
}

/// The BCP 47 tag of its language.
pub(super) fn language_tag(resource: &Resource) -> Option<&'static str> {
    let id = resource.language.as_ref()?.id.as_str();
    Vocabularies::shipped().of(ControlledField::Language).get(id)?.notation.as_deref()
}

/// The address of its terms, where they have one.
pub(super) fn licence_uri(resource: &Resource) -> Option<&'static str> {
    let id = resource.licence.as_ref()?.id.as_str();
    Vocabularies::shipped().of(ControlledField::Licence).get(id)?.uri.as_deref()
}

//! A resource as JSON-LD: schema.org `LearningResource` with the LRMI properties.
//!
//! Pages and the API carry [`to_json_ld`]; the [`context`] covers that form, and maps the names of our own JSON, so that
//! the API's answers are JSON-LD too. Both forms give a resource and a concept the same address.

use serde_json::{Map, Value, json};

use crate::metadata::ControlledField;
use crate::resource::{ConceptRef, Resource};
use crate::vocabulary::Vocabularies;

const CONTEXT: &str = include_str!("../json/context.jsonld");

/// The context of schema.org, which every reader of pages knows.
pub const SCHEMA_ORG: &str = "https://schema.org/";

/// The context under which our answers are JSON-LD, as it is served at this origin (no slash at the end). Source:
/// JSON-LD 1.1, section 4.1.
///
/// The file holds what is the same everywhere. What is added here are addresses: the `id` of a concept is found in its
/// vocabulary, that of a source among the sources, and that of a resource in a list among the resources.
pub fn context(origin: &str) -> Value {
    let mut document: Value = serde_json::from_str(CONTEXT).expect("the context that ships is JSON; a test reads it");
    let terms = &mut document["@context"];
    for field in ControlledField::ALL {
        terms[field.field()]["@context"] = concept_terms(&list_address(origin, field));
    }
    for name in ["records", "assertions"] {
        terms[name]["@context"]["@base"] = json!(format!("{origin}/v1/sources/"));
    }
    terms["results"]["@context"] = json!({ "@base": format!("{origin}/v1/resources/") });
    document
}

/// The terms inside a value of a controlled field, and no others: an id must not be taken for one of our names.
///
/// Such a value stands for itself and only names its concept: how it came to be is said of this resource, not of the
/// concept.
fn concept_terms(list: &str) -> Value {
    json!([null, {
        "@vocab": format!("{list}#"),
        "id": { "@id": "https://schema.org/sameAs", "@type": "@vocab" },
        "label": "https://schema.org/name",
        "notation": "https://schema.org/termCode",
        "method": "urn:signpost:method",
    }])
}

fn list_address(origin: &str, field: ControlledField) -> String {
    format!("{origin}/v1/vocabularies/{}", field.name())
}

/// A resource in the words of schema.org, under this context: [`SCHEMA_ORG`], or the address of ours. The origin, without
/// a slash at the end, is where the service is reached.
pub fn to_json_ld(resource: &Resource, origin: &str, context: &str, vocabularies: &Vocabularies) -> Value {
    let mut out = Map::new();
    out.insert("@context".to_owned(), json!(context));
    out.insert("@id".to_owned(), json!(format!("{origin}/v1/resources/{}", resource.id)));
    out.insert("@type".to_owned(), kinds(resource, vocabularies));
    out.insert("name".to_owned(), json!(resource.title));
    let terms = |field, concepts: &[ConceptRef]| defined_terms(origin, field, concepts, vocabularies);
    let properties = [
        ("url", json!(resource.url)),
        ("mainEntityOfPage", json!(format!("{origin}/resources/{}", resource.id))),
        ("sameAs", json!(resource.same_as)),
        ("alternateName", json!(resource.alternative_titles)),
        ("description", json!(resource.description)),
        ("inLanguage", json!(resource.language.as_ref().map(|language| &language.id))),
        ("publisher", named("Organization", resource.publisher.as_deref())),
        ("creator", Value::Array(resource.creators.iter().map(|name| named("Thing", Some(name))).collect())),
        ("keywords", json!(resource.keywords)),
        ("datePublished", json!(resource.date_published)),
        ("dateModified", json!(resource.date_modified)),
        ("learningResourceType", labels(&resource.resource_types)),
        ("timeRequired", json!(resource.duration)),
        ("isAccessibleForFree", is_free(resource)),
        ("license", licence(resource, vocabularies)),
        ("audience", audience(resource, vocabularies)),
        ("educationalLevel", terms(ControlledField::Level, &resource.levels)),
        ("typicalAgeRange", json!(resource.age_range.map(|range| range.to_string()))),
        ("about", terms(ControlledField::Subject, &resource.subjects)),
        ("teaches", json!(resource.topics)),
        ("startDate", json!(resource.starts)),
        ("endDate", json!(resource.ends)),
        ("creativeWorkStatus", json!(resource.closed)),
    ];
    for (name, value) in properties {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            out.insert(name.to_owned(), value);
        }
    }
    Value::Object(out)
}

/// `LearningResource`, and what else its types are in schema.org.
fn kinds(resource: &Resource, vocabularies: &Vocabularies) -> Value {
    let types = vocabularies.of(ControlledField::Type);
    let mut kinds = vec![json!("LearningResource")];
    for kind in resource.resource_types.iter().filter_map(|kind| types.get(kind.id.as_str())?.schema_type.as_deref()) {
        if !kinds.contains(&json!(kind)) {
            kinds.push(json!(kind));
        }
    }
    Value::Array(kinds)
}

fn is_free(resource: &Resource) -> Value {
    match resource.cost.as_ref().map(|cost| cost.id.as_str()) {
        Some("free" | "free-registration") => json!(true),
        Some(_) => json!(false),
        None => Value::Null,
    }
}

/// The address of a licence; of one that has none, its name. Source: schema.org `license`.
fn licence(resource: &Resource, vocabularies: &Vocabularies) -> Value {
    let Some(licence) = &resource.licence else { return Value::Null };
    let concept = vocabularies.of(ControlledField::Licence).get(licence.id.as_str());
    match concept.and_then(|concept| concept.uri.as_deref()) {
        Some(uri) => json!(uri),
        None => named("CreativeWork", Some(&licence.label)),
    }
}

fn audience(resource: &Resource, vocabularies: &Vocabularies) -> Value {
    let audiences = vocabularies.of(ControlledField::Audience);
    let one = |one: &ConceptRef| {
        let role = audiences.get(one.id.as_str()).and_then(|concept| concept.schema_role.as_deref());
        json!({ "@type": "EducationalAudience", "educationalRole": role.unwrap_or(&one.label) })
    };
    resource.audiences.iter().map(one).collect()
}

/// Concepts with their own addresses. Source: schema.org `DefinedTerm`.
fn defined_terms(origin: &str, field: ControlledField, concepts: &[ConceptRef], vocabularies: &Vocabularies) -> Value {
    let (list, address) = (vocabularies.of(field), list_address(origin, field));
    let term = |one: &ConceptRef| {
        let mut term = json!({
            "@id": format!("{address}#{}", one.id), "@type": "DefinedTerm", "name": one.label, "termCode": one.id,
            "inDefinedTermSet": address,
        });
        if let Some(uri) = list.get(one.id.as_str()).and_then(|concept| concept.uri.as_deref()) {
            term["url"] = json!(uri);
        }
        term
    };
    concepts.iter().map(term).collect()
}

fn named(kind: &str, name: Option<&str>) -> Value {
    name.map_or(Value::Null, |name| json!({ "@type": kind, "name": name }))
}

fn labels(concepts: &[ConceptRef]) -> Value {
    concepts.iter().map(|concept| json!(concept.label)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assertion::Method;
    use crate::id::{ConceptId, ResourceId};
    use crate::metadata::Metadata;
    use crate::resource::{Link, LinkState, Publication};

    const ORIGIN: &str = "https://signpost.example";

    fn value(id: &str, label: &str) -> ConceptRef {
        let id = ConceptId::parse(id).expect("an id");
        ConceptRef { id, label: label.to_owned(), notation: None, method: Method::Stated }
    }

    fn resource() -> Resource {
        let publication = Publication {
            id: ResourceId::founded_on("a key"),
            records: Vec::new(),
            link: Link { state: LinkState::Unchecked, checked_at: None },
            created: "2026-11-21T09:00:00Z".to_owned(),
            updated: "2026-11-21T09:00:00Z".to_owned(),
            description_in_full: true,
            pinned: false,
        };
        let metadata = Metadata { title: "Soap".to_owned(), ..Metadata::default() };
        let mut resource = Resource::publish(&metadata, publication, Vocabularies::shipped());
        resource.levels = vec![value("ks3", "Key Stage 3")];
        resource.resource_types = vec![value("job-profile", "Job profile")];
        resource.same_as = vec!["https://elsewhere.example/soap".to_owned()];
        resource
    }

    /// The names of what stands inside a field of a resource.
    fn fields_of(schema: &Value, definition: &str) -> Vec<String> {
        let properties = schema["$defs"][definition]["properties"].as_object().expect("properties");
        properties.keys().cloned().collect()
    }

    #[test]
    fn every_field_of_a_published_resource_stands_in_the_context() {
        let schema = schemars::schema_for!(Resource).to_value();
        let context = context(ORIGIN);
        let terms = &context["@context"];
        for name in schema["properties"].as_object().expect("properties").keys() {
            assert!(terms.get(name).is_some(), "{name}");
        }
        // `url` and `title` inside keep the meaning that they have outside.
        let is_told = |scope: &Value, name: &str| scope.get(name).is_some() || terms.get(name).is_some();
        for (field, definition) in [("records", "RecordRef"), ("link", "Link"), ("age_range", "AgeRange")] {
            for name in fields_of(&schema, definition) {
                assert!(is_told(&terms[field]["@context"], &name), "{name} of {field}");
            }
        }
        for field in ControlledField::ALL {
            for name in fields_of(&schema, "ConceptRef") {
                assert!(terms[field.field()]["@context"][1].get(&name).is_some(), "{name} of {}", field.field());
            }
        }
    }

    #[test]
    fn no_concept_is_taken_for_one_of_our_own_names() {
        for list in Vocabularies::shipped().lists() {
            for name in ["id", "label", "notation", "method"] {
                assert!(list.get(name).is_none(), "{name} of {}", list.name);
            }
        }
    }

    #[test]
    fn what_has_no_term_of_its_own_is_a_word_of_schema_org() {
        assert_eq!(context(ORIGIN)["@context"]["@vocab"], SCHEMA_ORG);
        let (resource, vocabularies) = (resource(), Vocabularies::shipped());
        let address = format!("{ORIGIN}/v1/context.jsonld");
        let ours = to_json_ld(&resource, ORIGIN, &address, vocabularies);
        let theirs = to_json_ld(&resource, ORIGIN, SCHEMA_ORG, vocabularies);
        assert_eq!((&ours["@context"], &theirs["@context"]), (&json!(address), &json!(SCHEMA_ORG)));
        assert_eq!(ours["@type"], json!(["LearningResource", "Occupation"]));
        for name in ours.as_object().expect("an object").keys().filter(|name| !name.starts_with('@')) {
            // Terms of our own under the names that the schema.org form uses mean what schema.org means by them.
            let terms = context(ORIGIN);
            let Some(term) = terms["@context"].get(name) else { continue };
            let meaning = term.as_str().or(term["@id"].as_str());
            assert_eq!(meaning, Some(format!("schema:{name}").as_str()));
        }
    }

    #[test]
    fn both_forms_name_a_resource_and_a_concept_by_the_same_addresses() {
        let resource = resource();
        let document = to_json_ld(&resource, ORIGIN, SCHEMA_ORG, Vocabularies::shipped());
        let context = context(ORIGIN);
        let base = context["@context"]["results"]["@context"]["@base"].as_str().expect("an address");
        assert_eq!(document["@id"], format!("{base}{}", resource.id));
        let concepts = context["@context"]["levels"]["@context"][1]["@vocab"].as_str().expect("an address");
        assert_eq!(document["educationalLevel"][0]["@id"], format!("{concepts}ks3"));
        assert_eq!(document["sameAs"], json!(["https://elsewhere.example/soap"]));
    }
}

//! A resource as JSON-LD: schema.org `LearningResource` with the LRMI properties.
//!
//! Pages carry [`to_json_ld`]; the context maps the names of our own JSON, so that the API's answers are JSON-LD too.

use serde_json::{Map, Value, json};

use crate::metadata::ControlledField;
use crate::resource::{ConceptRef, Resource};
use crate::vocabulary::Vocabularies;

const CONTEXT: &str = include_str!("../json/context.jsonld");

/// The context under which a resource of ours is JSON-LD. Source: JSON-LD 1.1, section 3.1.
pub fn context() -> Value {
    serde_json::from_str(CONTEXT).expect("the context that ships is JSON; a test reads it")
}

/// A resource in the words of schema.org, for pages. `address` is the address of its page with us.
pub fn to_json_ld(resource: &Resource, address: &str, vocabularies: &Vocabularies) -> Value {
    let types = vocabularies.of(ControlledField::Type);
    let mut kinds = vec![json!("LearningResource")];
    for kind in resource.resource_types.iter().filter_map(|kind| types.get(kind.id.as_str())?.schema_type.as_deref()) {
        if !kinds.contains(&json!(kind)) {
            kinds.push(json!(kind));
        }
    }
    let mut out = Map::new();
    out.insert("@context".to_owned(), json!("https://schema.org/"));
    out.insert("@id".to_owned(), json!(address));
    out.insert("@type".to_owned(), Value::Array(kinds));
    out.insert("name".to_owned(), json!(resource.title));
    let free = match resource.cost.as_ref().map(|cost| cost.id.as_str()) {
        Some("free" | "free-registration") => json!(true),
        Some(_) => json!(false),
        None => Value::Null,
    };
    let levels = vocabularies.of(ControlledField::Level);
    let educational_levels: Vec<Value> = resource
        .levels
        .iter()
        .map(|level| {
            let mut term = json!({ "@type": "DefinedTerm", "name": level.label, "termCode": level.id });
            if let Some(uri) = levels.get(level.id.as_str()).and_then(|concept| concept.uri.as_deref()) {
                term["url"] = json!(uri);
            }
            term
        })
        .collect();
    let audiences = vocabularies.of(ControlledField::Audience);
    let audience: Vec<Value> = resource
        .audiences
        .iter()
        .map(|one| {
            let role = audiences.get(one.id.as_str()).and_then(|concept| concept.schema_role.as_deref());
            json!({ "@type": "EducationalAudience", "educationalRole": role.unwrap_or(&one.label) })
        })
        .collect();
    let licence = resource.licence.as_ref().map(|licence| {
        let list = vocabularies.of(ControlledField::Licence);
        list.get(licence.id.as_str()).and_then(|concept| concept.uri.clone()).unwrap_or_else(|| licence.label.clone())
    });
    let properties = [
        ("url", json!(resource.url)),
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
        ("isAccessibleForFree", free),
        ("license", json!(licence)),
        ("audience", Value::Array(audience)),
        ("educationalLevel", Value::Array(educational_levels)),
        ("typicalAgeRange", json!(resource.age_range.map(|range| range.to_string()))),
        ("about", labels(&resource.subjects)),
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

fn named(kind: &str, name: Option<&str>) -> Value {
    name.map_or(Value::Null, |name| json!({ "@type": kind, "name": name }))
}

fn labels(concepts: &[ConceptRef]) -> Value {
    concepts.iter().map(|concept| json!(concept.label)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_published_resource_stands_in_the_context() {
        let schema = schemars::schema_for!(Resource);
        let context = context();
        for name in schema.to_value()["properties"].as_object().expect("properties").keys() {
            assert!(context["@context"].get(name).is_some(), "{name}");
        }
    }
}

//! A vocabulary as SKOS in JSON-LD: a concept scheme and its concepts, for whoever keeps vocabularies in a store of
//! linked data.
//!
//! Pure: a list and the address of the lists go in, a document comes out. The address of a concept is that of its
//! vocabulary with its id behind `#`, so that it leads to the document it stands in.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::vocabulary::{Concept, Vocabulary};

/// A vocabulary as SKOS. `address` is where the vocabularies are, `https://signpost.example/v1/vocabularies`.
///
/// A public address that one concept has for itself is an exact match. One that several concepts share is wider than each
/// of them, and close; so are further addresses, of which there may be several in one list. Source: SKOS Reference, 10.
pub fn to_skos(list: &Vocabulary, address: &str) -> Value {
    let scheme = format!("{address}/{}", list.name);
    let mut narrower: HashMap<&str, Vec<String>> = HashMap::new();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for concept in &list.concepts {
        if let Some(broader) = &concept.broader {
            narrower.entry(broader).or_default().push(concept_address(&scheme, &concept.id));
        }
        if let Some(uri) = &concept.uri {
            *uses.entry(uri).or_default() += 1;
        }
    }
    let top = list.concepts.iter().filter(|concept| concept.broader.is_none());
    let top: Vec<String> = top.map(|concept| concept_address(&scheme, &concept.id)).collect();
    let mut graph = vec![json!({
        "id": scheme, "type": "ConceptScheme", "title": list.title, "publisher": list.publisher,
        "version": list.version, "licence": list.licence, "source": list.address, "hasTopConcept": top,
    })];
    for concept in &list.concepts {
        let below = narrower.remove(concept.id.as_str()).unwrap_or_default();
        let is_shared = concept.uri.as_deref().is_some_and(|uri| uses[uri] > 1);
        graph.push(Value::Object(concept_node(concept, &scheme, address, &below, is_shared)));
    }
    json!({ "@context": context(), "@graph": graph })
}

fn concept_address(scheme: &str, id: &str) -> String {
    format!("{scheme}#{id}")
}

fn concept_node(
    concept: &Concept,
    scheme: &str,
    address: &str,
    narrower: &[String],
    shares_its_uri: bool,
) -> Map<String, Value> {
    let uri: Vec<&String> = concept.uri.iter().collect();
    let (exact, shared) = if shares_its_uri { (Vec::new(), uri) } else { (uri, Vec::new()) };
    let close: Vec<&String> = shared.into_iter().chain(&concept.same_as).collect();
    let alternatives: Vec<&String> = concept.alt.iter().filter(|label| **label != concept.label).collect();
    let related = concept.related.iter().flat_map(|(list, ids)| ids.iter().map(move |id| (list, id)));
    let related: Vec<String> = related.map(|(list, id)| format!("{address}/{list}#{id}")).collect();
    let properties = [
        ("id", json!(concept_address(scheme, &concept.id))),
        ("type", json!("Concept")),
        ("prefLabel", json!(concept.label)),
        ("altLabel", json!(alternatives)),
        ("notation", json!(concept.notation)),
        ("identifier", json!(concept.id)),
        ("definition", json!(concept.description)),
        ("note", json!(concept.note)),
        ("inScheme", json!(scheme)),
        ("topConceptOf", json!(concept.broader.is_none().then_some(scheme))),
        ("broader", json!(concept.broader.as_ref().map(|id| concept_address(scheme, id)))),
        ("narrower", json!(narrower)),
        ("exactMatch", json!(exact)),
        ("closeMatch", json!(close)),
        ("relatedMatch", json!(related)),
        ("typicalAgeRange", json!(concept.age_range().map(|range| range.to_string()))),
    ];
    let is_said = |value: &Value| !value.is_null() && value.as_array().is_none_or(|values| !values.is_empty());
    let said = properties.into_iter().filter(|(_, value)| is_said(value));
    said.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The context stands in the document, so that it can be read without asking us or anybody for another.
fn context() -> Value {
    let skos = "http://www.w3.org/2004/02/skos/core#";
    let mut terms = json!({
        "skos": skos,
        "dct": "http://purl.org/dc/terms/",
        "id": "@id",
        "type": "@type",
        "Concept": "skos:Concept",
        "ConceptScheme": "skos:ConceptScheme",
        "title": { "@id": "dct:title", "@language": "en" },
        "publisher": { "@id": "dct:publisher", "@language": "en" },
        "version": "http://www.w3.org/2002/07/owl#versionInfo",
        "licence": "dct:license",
        "source": { "@id": "dct:source", "@type": "@id" },
        "identifier": "dct:identifier",
        "notation": "skos:notation",
        "typicalAgeRange": "https://schema.org/typicalAgeRange",
    });
    for name in ["prefLabel", "altLabel", "definition", "note"] {
        terms[name] = json!({ "@id": format!("skos:{name}"), "@language": "en" });
    }
    for name in
        ["hasTopConcept", "topConceptOf", "inScheme", "broader", "narrower", "exactMatch", "closeMatch", "relatedMatch"]
    {
        terms[name] = json!({ "@id": format!("skos:{name}"), "@type": "@id" });
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabularies;

    const ADDRESS: &str = "https://signpost.example/v1/vocabularies";

    fn skos(name: &str) -> Value {
        to_skos(Vocabularies::shipped().by_name(name).expect("a vocabulary"), ADDRESS)
    }

    fn nodes(document: &Value) -> HashMap<&str, &Value> {
        let graph = document["@graph"].as_array().expect("a graph");
        graph.iter().map(|node| (node["id"].as_str().expect("an id"), node)).collect()
    }

    #[test]
    fn a_concept_says_where_it_stands_and_both_ends_of_a_relation_agree() {
        for list in Vocabularies::shipped().lists() {
            let document = to_skos(list, ADDRESS);
            let nodes = nodes(&document);
            assert_eq!(nodes.len(), list.concepts.len() + 1, "{}", list.name);
            let scheme = format!("{ADDRESS}/{}", list.name);
            let top = nodes[scheme.as_str()]["hasTopConcept"].as_array().expect("top concepts");
            for (id, node) in nodes.iter().filter(|(id, _)| **id != scheme) {
                assert_eq!((&node["inScheme"], &node["type"]), (&json!(scheme), &json!("Concept")), "{id}");
                assert_eq!(top.contains(&json!(id)), node.get("topConceptOf").is_some(), "{id}");
                let Some(broader) = node["broader"].as_str() else { continue };
                let below = nodes[broader]["narrower"].as_array().expect("narrower concepts");
                assert!(below.contains(&json!(id)), "{id}");
            }
        }
    }

    #[test]
    fn every_name_in_the_document_stands_in_its_context() {
        for list in Vocabularies::shipped().lists() {
            let document = to_skos(list, ADDRESS);
            for node in document["@graph"].as_array().expect("a graph") {
                for name in node.as_object().expect("an object").keys() {
                    assert!(document["@context"].get(name).is_some(), "{name}");
                }
            }
        }
    }

    #[test]
    fn an_address_that_several_concepts_share_equals_none_of_them() {
        for list in Vocabularies::shipped().lists() {
            let document = to_skos(list, ADDRESS);
            let mut exact: Vec<&Value> = nodes(&document).values().filter_map(|node| node.get("exactMatch")).collect();
            let count = exact.len();
            exact.sort_by_key(ToString::to_string);
            exact.dedup();
            assert_eq!(exact.len(), count, "{}", list.name);
        }
        let audience = skos("audience");
        assert!(nodes(&audience).values().any(|node| node.get("closeMatch").is_some()));
    }

    #[test]
    fn what_goes_with_a_concept_in_other_vocabularies_is_there() {
        let occupations = skos("occupation");
        let subjects = skos("subject");
        let subjects = nodes(&subjects);
        let related: Vec<&str> = nodes(&occupations)
            .values()
            .filter_map(|node| node["relatedMatch"].as_array())
            .flatten()
            .filter_map(Value::as_str)
            .filter(|address| address.starts_with(&format!("{ADDRESS}/subject#")))
            .collect();
        assert!(!related.is_empty());
        assert!(related.iter().all(|address| subjects.contains_key(address)));
    }

    #[test]
    fn no_label_is_both_the_one_to_show_and_another() {
        let levels = skos("level");
        let stage = nodes(&levels)[format!("{ADDRESS}/level#ks3").as_str()].clone();
        assert_eq!((&stage["prefLabel"], &stage["typicalAgeRange"]), (&json!("Key Stage 3"), &json!("11-14")));
        assert!(!stage["altLabel"].as_array().expect("labels").contains(&stage["prefLabel"]));
    }
}

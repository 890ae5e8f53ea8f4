//! What the judges read: for each need the first results of all that compete, mixed, and without saying who found what.

use std::collections::{BTreeMap, BTreeSet};

use index::Entry;
use schemas::ConceptRef;
use serde_json::{Value, json};

use crate::judging::engines::{Engine, Engines};
use crate::judging::needs::Need;
use crate::judging::random::Random;

/// So many results of each engine are judged.
const DEPTH: usize = 20;

/// A judge reads so much of a description.
const DESCRIPTION_CHARACTERS: usize = 600;

/// One line for each need and result. A need that misspells another brings its results to that one's.
///
/// # Errors
/// When an engine fails.
pub(crate) fn pool(engines: &Engines, needs: &[Need]) -> anyhow::Result<Vec<Value>> {
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for need in needs {
        let of_need = found.entry(need.judged_as()).or_default();
        for engine in Engine::ALL {
            of_need.extend(engines.find(engine, &need.query, DEPTH)?);
        }
    }
    let mut lines = Vec::new();
    for need in needs.iter().filter(|need| need.misspells.is_none()) {
        let mut ids: Vec<&String> = found[need.id.as_str()].iter().collect();
        ids.sort_by_cached_key(|id| Random::seeded(&format!("pool {} {id}", need.id)).draw());
        let entries = ids.into_iter().filter_map(|id| engines.entries().get_key_value(id));
        lines.extend(entries.map(|(id, entry)| line(need, id, entry)));
    }
    Ok(lines)
}

fn line(need: &Need, id: &str, entry: &Entry) -> Value {
    let resource = &entry.resource;
    let labels =
        |concepts: &[ConceptRef]| -> Vec<String> { concepts.iter().map(|concept| concept.label.clone()).collect() };
    let description = entry.full_description.as_ref().or(resource.description.as_ref());
    json!({
        "need": need.id,
        "query": need.query,
        "user": need.user,
        "good_answer_set": need.good_answer_set,
        "must": need.must,
        "avoid": need.avoid,
        "resource": id,
        "title": resource.title,
        "description": description.map(|text| text.chars().take(DESCRIPTION_CHARACTERS).collect::<String>()),
        "types": labels(&resource.resource_types),
        "levels": labels(&resource.levels),
        "subjects": labels(&resource.subjects),
        "audiences": labels(&resource.audiences),
        "nations": labels(&resource.nations),
        "routes": labels(&resource.routes),
        "inclusion": labels(&resource.inclusion),
        "publisher": resource.publisher,
        "source": resource.records.first().map(|record| record.source.as_str()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judging::engines::tests::{engines, entry};

    #[test]
    fn a_pool_holds_each_result_once_and_does_not_say_who_found_it() {
        let entries = [entry("Chemists", "They work in a lab."), entry("Labs", &"Glass. ".repeat(200))];
        let (engines, _folder) = engines(&entries);
        let mut misspelling = Need::asking("m", "labs");
        misspelling.misspells = Some("n".to_owned());
        let needs = [Need::asking("n", "chemists"), misspelling];
        let lines = pool(&engines, &needs).unwrap();
        let mut titles: Vec<&str> = lines.iter().filter_map(|line| line["title"].as_str()).collect();
        titles.sort_unstable();
        assert_eq!(titles, ["Chemists", "Labs"], "what the misspelling finds is judged for the need");
        for line in &lines {
            assert_eq!((&line["need"], &line["query"]), (&json!("n"), &json!("chemists")));
            assert!(line["description"].as_str().unwrap().len() <= 600);
            assert_eq!(line.as_object().unwrap().len(), 18, "{line}");
        }
        assert_eq!(lines, pool(&engines, &needs).unwrap(), "the order is the same each time");
    }
}

//! Since: since when a record has said each of its values.
//!
//! A record keeps a time only for what it has said for less long than it has been known, so most keep none.

use std::collections::{BTreeMap, HashSet};

use schemas::Metadata;
use serde::{Deserialize, Serialize};

use super::told::{Told, told};

/// Since when a record has said the values that it did not say from the beginning: a short hash of each, and the time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Since(BTreeMap<String, String>);

impl Since {
    /// Since when this value is said, of a record that was first seen then.
    pub(super) fn of<'s>(&'s self, value: &Told, first_seen: &'s str) -> &'s str {
        if self.0.is_empty() {
            return first_seen;
        }
        self.0.get(&key(value)).map_or(first_seen, String::as_str)
    }
}

/// What a record keeps when it says something else from now on, or is new.
///
/// What it said before keeps its time. A value that has gone leaves nothing, so one that comes back is new. At most as
/// many times are kept as the record has values.
pub(crate) fn since_after(before: Option<(&Metadata, &Since)>, after: &Metadata, at: &str) -> Since {
    let Some((before, since)) = before else {
        return Since::default();
    };
    let held: HashSet<String> = told(before).iter().map(key).collect();
    let mut times = BTreeMap::new();
    for value in told(after) {
        let key = key(&value);
        let time = if held.contains(&key) { since.0.get(&key).cloned() } else { Some(at.to_owned()) };
        if let Some(time) = time {
            times.insert(key, time);
        }
    }
    Since(times)
}

/// Names a value among those of its record. Forty-eight bits: a record has some hundreds, and should two ever share
/// theirs, one of them bears the time of the other.
fn key(value: &Told) -> String {
    let named = (&value.field, &value.claim.value, value.claim.method);
    let json = serde_json::to_vec(&named).expect("texts and JSON always serialise");
    blake3::hash(&json).to_hex()[..12].to_owned()
}

#[cfg(test)]
mod tests {
    use schemas::{Claim, ConceptId, ControlledField, Method};

    use super::*;

    const FIRST: &str = "2026-11-01T09:00:00Z";

    fn with(keywords: &[&str]) -> Metadata {
        let keywords = keywords.iter().map(|word| (*word).to_owned()).collect();
        Metadata { title: "A".to_owned(), keywords, ..Metadata::default() }
    }

    fn times(since: &Since, metadata: &Metadata) -> Vec<String> {
        let times = told(metadata).into_iter().map(|value| {
            let text = value.claim.value.as_str().unwrap_or_default().to_owned();
            format!("{text} {}", &since.of(&value, FIRST)[8..10])
        });
        times.collect()
    }

    #[test]
    fn each_value_bears_the_time_of_the_harvest_that_brought_it() {
        let (first, second, third) = (with(&["one", "two"]), with(&["two"]), with(&["two", "one"]));
        let at_first = since_after(None, &first, FIRST);
        assert_eq!(at_first, Since::default());
        let at_second = since_after(Some((&first, &at_first)), &second, "2026-11-02T09:00:00Z");
        assert_eq!(times(&at_second, &second), ["A 01", "two 01"]);
        let at_third = since_after(Some((&second, &at_second)), &third, "2026-11-03T09:00:00Z");
        assert_eq!(times(&at_third, &third), ["A 01", "two 01", "one 03"], "what goes and comes back is new");
        let at_fourth = since_after(Some((&third, &at_third)), &third, "2026-11-04T09:00:00Z");
        assert_eq!(at_fourth, at_third);
        assert_eq!(at_fourth.0.len(), 1);
    }

    #[test]
    fn the_same_value_by_another_method_is_another_value() {
        let level = |method: Method| {
            let value = ConceptId::parse("ks3").expect("an id");
            let mut metadata = Metadata::default();
            metadata.add_concept(ControlledField::Level, Claim { method, ..Claim::stated(value) });
            metadata
        };
        let (inferred, stated) = (level(Method::Inferred), level(Method::Stated));
        let since = since_after(Some((&inferred, &Since::default())), &stated, "2026-11-05T09:00:00Z");
        assert_eq!(times(&since, &stated), ["ks3 05"]);
    }

    #[test]
    fn it_is_stored_as_a_json_object() {
        let since = since_after(Some((&with(&[]), &Since::default())), &with(&["one"]), "2026-11-05T09:00:00Z");
        let json = serde_json::to_string(&since).expect("JSON");
        assert!(json.starts_with('{') && json.contains("2026-11-05T09:00:00Z"), "{json}");
        assert_eq!(serde_json::from_str::<Since>(&json).expect("what was written"), since);
        assert_eq!(serde_json::from_str::<Since>("{}").expect("nothing"), Since::default());
    }
}

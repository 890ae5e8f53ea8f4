//! Decided: what standing decisions of admins say of the fields of a resource.
//!
//! What a decision says is what `overlay` would write for it alone, so that both always agree.

use schemas::{Claim, Confidence, Curation, Decision, Metadata, Method};
use serde_json::Value;

use super::told::{Said, Told, told};
use crate::catalogue::resolve::{Merged, lay_over};

/// How a field was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// It says something that an admin gave.
    Corrected,
    /// It stays as it was.
    Locked,
}

/// A decision about a field that stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decided {
    /// The field, as it is named in a resource.
    pub(super) field: String,
    /// What it says now, value by value; one value that is null where it was taken away.
    pub(super) said: Vec<Said>,
    /// When, RFC 3339.
    at: String,
    manner: Manner,
}

impl Decided {
    /// Why a record is not heard on a field: `an admin corrected the field on 2026-11-22`.
    pub(super) fn sentence(&self, field: &str) -> String {
        let named = if self.field == field { "the field".to_owned() } else { format!("`{}`", self.field) };
        let day = self.at.get(..10).unwrap_or(&self.at);
        match self.manner {
            Manner::Corrected => format!("an admin corrected {named} on {day}"),
            Manner::Locked => format!("an admin locked {named} on {day}"),
        }
    }
}

/// Those of these decisions, the oldest first, that say what a field is.
pub(super) fn decided(curations: &[Curation]) -> Vec<Decided> {
    curations.iter().filter_map(of_field).collect()
}

/// The decision that counts for a field: the last one on it. On ages that nobody decided on, the last correction of
/// levels, which takes them away.
pub(super) fn last_on<'d>(decided: &'d [Decided], field: &str) -> Option<&'d Decided> {
    let last = |field: &str| decided.iter().rfind(|one| one.field == field);
    let of_levels = || last("levels").filter(|decided| field == "age_range" && decided.manner == Manner::Corrected);
    last(field).or_else(of_levels)
}

fn of_field(curation: &Curation) -> Option<Decided> {
    let (field, manner) = match &curation.decision {
        Decision::Correct { field, .. } => (field, Manner::Corrected),
        Decision::Lock { field, .. } => (field, Manner::Locked),
        Decision::Hide { .. } | Decision::Pin | Decision::Merge { .. } | Decision::Split { .. } => return None,
    };
    let mut alone = Merged { metadata: Metadata::default(), description_in_full: true };
    lay_over(&mut alone, std::slice::from_ref(curation));
    let mut values = told(&alone.metadata);
    if values.is_empty() {
        values.push(Told::new(field, Claim::stated(Value::Null)));
    }
    let evidence = Some(curation.why.clone()).filter(|why| !why.is_empty());
    let said = values.into_iter().map(|one| {
        let (value, evidence) = (one.claim.value, evidence.clone());
        let claim = Claim { value, method: Method::Curated, confidence: Confidence::FULL, evidence };
        Said { told: Told::new(&one.field, claim), since: curation.at.clone(), shortened: None }
    });
    Some(Decided { field: field.clone(), said: said.collect(), at: curation.at.clone(), manner })
}

#[cfg(test)]
mod tests {
    use schemas::ResourceId;
    use serde_json::json;

    use super::*;

    fn curation(at: &str, decision: Decision) -> Curation {
        Curation {
            id: at.to_owned(),
            resource: ResourceId::founded_on("x"),
            decision,
            who: "an admin".to_owned(),
            why: "its page says so".to_owned(),
            at: at.to_owned(),
            undone: None,
        }
    }

    fn lock(field: &str, value: Value) -> Decision {
        Decision::Lock { field: field.to_owned(), value }
    }

    fn correct(field: &str, value: Value) -> Decision {
        Decision::Correct { field: field.to_owned(), value }
    }

    #[test]
    fn a_decision_says_its_values_as_they_are_published() {
        let ages = json!({ "from": 11, "to": 14 });
        let levels = json!([{ "value": "ks3", "method": "stated" }]);
        for (decision, expected) in [
            (correct("title", json!("Soap ")), vec![("title", json!("Soap"))]),
            (correct("levels", json!(["ks3", "ks4"])), vec![("levels", json!("ks3")), ("levels", json!("ks4"))]),
            (correct("duration", json!(90)), vec![("duration", json!("PT1H30M"))]),
            (correct("age_range", ages.clone()), vec![("age_range", ages.clone())]),
            (correct("publisher", Value::Null), vec![("publisher", Value::Null)]),
            (correct("keywords", json!([])), vec![("keywords", Value::Null)]),
            (lock("duration", json!(90)), vec![("duration", json!("PT1H30M"))]),
            (lock("levels", levels), vec![("levels", json!("ks3"))]),
            (lock("publisher", Value::Null), vec![("publisher", Value::Null)]),
        ] {
            let decided = decided(&[curation("2026-11-22T09:00:00Z", decision)]);
            let said = decided[0].said.iter().map(|said| (said.told.field.as_str(), said.told.claim.value.clone()));
            assert_eq!(said.collect::<Vec<_>>(), expected);
            for said in &decided[0].said {
                assert_eq!(said.told.claim.method, Method::Curated);
                assert_eq!(said.told.claim.evidence.as_deref(), Some("its page says so"));
            }
        }
    }

    #[test]
    fn the_last_decision_on_a_field_counts_and_some_say_nothing_of_fields() {
        let decisions = [
            curation("2026-11-22T09:00:00Z", correct("title", json!("A"))),
            curation("2026-11-23T09:00:00Z", lock("title", json!("B"))),
            curation("2026-11-24T09:00:00Z", correct("levels", json!(["ks3"]))),
            curation("2026-11-24T09:00:00Z", Decision::Pin),
        ];
        let decided = decided(&decisions);
        assert_eq!(decided.len(), 3);
        for (field, expected) in [
            ("title", Some("an admin locked the field on 2026-11-23")),
            ("levels", Some("an admin corrected the field on 2026-11-24")),
            ("age_range", Some("an admin corrected `levels` on 2026-11-24")),
            ("publisher", None),
        ] {
            let sentence = last_on(&decided, field).map(|last| last.sentence(field));
            assert_eq!(sentence.as_deref(), expected, "{field}");
        }
    }
}

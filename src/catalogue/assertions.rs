//! Assertions: every value of a resource with its provenance, read off the records it is made of.

use jiff::SignedDuration;
use schemas::{Assertion, Claim, Metadata, ResourceId, SourceId, short_description};
use serde_json::Value;
use sqlx::Row as _;

use super::Catalogue;
use super::columns::{json_at, parsed_at};
use super::error::CatalogueError;

impl Catalogue {
    /// Every value that a published record of this resource gives, record by record, first seen first. None for a
    /// resource that is not live.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn assertions_of(&self, id: &ResourceId) -> Result<Vec<Assertion>, CatalogueError> {
        let rows = sqlx::query(
            "SELECT record.source, identifier, metadata, changed_at, allows_republishing FROM record \
             JOIN source ON source.id = record.source \
             WHERE resource = $1 AND state IN ('live', 'missing') ORDER BY first_seen, record.source, identifier",
        )
        .bind(id.as_str())
        .fetch_all(&self.reader)
        .await?;
        let mut assertions = Vec::new();
        for row in &rows {
            let source: SourceId = parsed_at(row, "record", "source")?;
            let identifier: String = row.try_get("identifier")?;
            let since: String = row.try_get("changed_at")?;
            let mut metadata: Metadata = json_at(row, "record", &identifier, "metadata")?;
            let in_full: i64 = row.try_get("allows_republishing")?;
            if in_full == 0 {
                metadata.description = metadata.description.as_deref().map(short_description);
            }
            assertions.extend(assertions_in(&metadata, &source, &since));
        }
        Ok(assertions)
    }
}

/// The values of one record. Fields are named as in a resource; a list is one assertion for each of its values.
fn assertions_in(metadata: &Metadata, source: &SourceId, since: &str) -> Vec<Assertion> {
    let assertion = |field: &str, claim: Claim<Value>| Assertion {
        field: field.to_owned(),
        value: claim.value,
        method: claim.method,
        confidence: claim.confidence,
        source: source.clone(),
        evidence: claim.evidence,
        since: since.to_owned(),
    };
    let mut assertions = Vec::new();
    // Read off the JSON, so that a field which is new to the schema is new here too.
    let json = serde_json::to_value(metadata).expect("metadata has string keys only and always serialises");
    for (field, value) in json.as_object().into_iter().flatten() {
        match (field.as_str(), value) {
            // These bear claims of their own, or are named otherwise in a resource.
            ("concepts" | "age_range" | "unmapped" | "duration_minutes", _) => {}
            (field, Value::Array(values)) => {
                assertions.extend(values.iter().map(|value| assertion(field, Claim::stated(value.clone()))));
            }
            (field, value) => assertions.push(assertion(field, Claim::stated(value.clone()))),
        }
    }
    if let Some(minutes) = metadata.duration_minutes {
        // Its text is ISO 8601, as in a resource: `PT1H30M`.
        let duration = SignedDuration::from_mins(i64::from(minutes)).to_string();
        assertions.push(assertion("duration", Claim::stated(Value::from(duration))));
    }
    for unmapped in &metadata.unmapped {
        assertions.push(assertion("keywords", Claim::stated(Value::from(unmapped.word.as_str()))));
    }
    if let Some(ages) = &metadata.age_range {
        let value = serde_json::to_value(ages.value).expect("two numbers always serialise");
        assertions.push(assertion("age_range", with_value(ages, value)));
    }
    for (field, claims) in &metadata.concepts {
        for claim in claims {
            let value = Value::from(claim.value.as_str());
            assertions.push(assertion(field.field(), with_value(claim, value)));
        }
    }
    assertions
}

/// The same claim with its value as it is written.
fn with_value<T>(claim: &Claim<T>, value: Value) -> Claim<Value> {
    Claim { value, method: claim.method, confidence: claim.confidence, evidence: claim.evidence.clone() }
}

#[cfg(test)]
mod tests {
    use schemas::{AgeRange, ConceptId, Confidence, ControlledField, Method, UnmappedWord};

    use super::*;

    #[test]
    fn every_value_is_told_with_its_method_and_named_as_in_a_resource() {
        let mut metadata = Metadata {
            title: "A".to_owned(),
            keywords: vec!["one".to_owned(), "two".to_owned()],
            duration_minutes: Some(90),
            age_range: Some(Claim::mapped(AgeRange::new(11, 14).expect("a range"), "Y7-9")),
            unmapped: vec![UnmappedWord { field: ControlledField::Subject, word: "Sums".to_owned() }],
            ..Metadata::default()
        };
        let confidence = Confidence::new(0.5).expect("a confidence");
        let value = ConceptId::parse("ks3").expect("an id");
        let claim = Claim { value, method: Method::Inferred, confidence, evidence: Some("Year 9".to_owned()) };
        metadata.add_concept(ControlledField::Level, claim);

        let source = SourceId::parse("a").expect("an id");
        let told: Vec<String> = assertions_in(&metadata, &source, "2026-11-21T09:00:00Z")
            .iter()
            .map(|assertion| {
                let evidence = assertion.evidence.as_deref().unwrap_or("-");
                format!("{} {} {:?} {evidence}", assertion.field, assertion.value, assertion.method)
            })
            .collect();
        let expected = [
            r#"title "A" Stated -"#,
            r#"keywords "one" Stated -"#,
            r#"keywords "two" Stated -"#,
            r#"duration "PT1H30M" Stated -"#,
            r#"keywords "Sums" Stated -"#,
            r#"age_range {"from":11,"to":14} Mapped Y7-9"#,
            r#"levels "ks3" Inferred Year 9"#,
        ];
        assert_eq!(told, expected);
    }
}

//! Told: what one record says, value by value, named and written as in a resource.
//!
//! In go metadata, out comes each value by itself with its method and its words. Which of them stand in the resource is
//! asked in `standing`.

use std::collections::HashSet;

use jiff::SignedDuration;
use schemas::{Claim, ControlledField, Metadata};
use serde_json::Value;

/// Fields of metadata that bear claims of their own, or are named otherwise in a resource.
const TOLD_OTHERWISE: [&str; 5] = ["concepts", "age_range", "unmapped", "duration_minutes", "read_from"];

/// One value of one field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    /// The field, as it is named in a resource.
    pub(super) field: String,
    /// The value as it is published, with where it comes from.
    pub(super) claim: Claim<Value>,
    /// Of a word that no vocabulary knows: the field it was given for. It is published as a keyword.
    pub(super) given_for: Option<ControlledField>,
}

/// A value as it may be shown to everybody, and since when it is said.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    /// The value.
    pub(super) told: Told,
    /// Since when, RFC 3339.
    pub(super) since: String,
    /// Why less of it is shown than was said.
    pub(super) shortened: Option<String>,
}

impl Told {
    /// A value of a field.
    pub(super) fn new(field: &str, claim: Claim<Value>) -> Self {
        Self { field: field.to_owned(), claim, given_for: None }
    }
}

/// Every value that these fields hold, a list value by value. Empty texts say nothing and are left out.
pub(super) fn told(metadata: &Metadata) -> Vec<Told> {
    let mut values = plain_values(metadata);
    if let Some(minutes) = metadata.duration_minutes {
        let words = metadata.read_from.get("duration").or_else(|| metadata.read_from.get("duration_minutes"));
        values.push(Told::new("duration", read_from(Value::from(iso_duration(minutes)), words)));
    }
    values.extend(unmapped_words(metadata));
    if let Some(ages) = &metadata.age_range {
        let value = serde_json::to_value(ages.value).expect("two numbers always serialise");
        values.push(Told::new("age_range", with_value(ages, value)));
    }
    for (field, claims) in &metadata.concepts {
        let of_field = claims.iter().map(|claim| with_value(claim, Value::from(claim.value.as_str())));
        values.extend(of_field.map(|claim| Told::new(field.field(), claim)));
    }
    values
}

/// `90` -> `PT1H30M`, as in a resource. Source: ISO 8601, 5.5.2.
pub(super) fn iso_duration(minutes: u32) -> String {
    SignedDuration::from_mins(i64::from(minutes)).to_string()
}

/// The fields that are one text, one date or a list of texts.
fn plain_values(metadata: &Metadata) -> Vec<Told> {
    // Read off the JSON, so that a field which is new to the schema is new here too.
    let json = serde_json::to_value(metadata).expect("metadata has string keys only and always serialises");
    let Value::Object(fields) = json else {
        return Vec::new();
    };
    let mut told = Vec::new();
    for (field, value) in fields {
        if TOLD_OTHERWISE.contains(&field.as_str()) {
            continue;
        }
        let words = metadata.read_from.get(&field);
        let values = match value {
            Value::Array(values) => values,
            one => vec![one],
        };
        let said = values.into_iter().filter(|value| *value != "");
        told.extend(said.map(|value| Told::new(&field, read_from(value, words))));
    }
    told
}

/// What no vocabulary knows stands among the keywords, each word once.
fn unmapped_words(metadata: &Metadata) -> Vec<Told> {
    let mut met: HashSet<&str> = metadata.keywords.iter().map(String::as_str).collect();
    let new_words = metadata.unmapped.iter().filter(|unmapped| met.insert(&unmapped.word));
    let claim = |word: &str| Claim::stated(Value::from(word));
    new_words
        .map(|unmapped| Told { given_for: Some(unmapped.field), ..Told::new("keywords", claim(&unmapped.word)) })
        .collect()
}

/// A value that was said in so many words, or was read from these.
fn read_from(value: Value, words: Option<&String>) -> Claim<Value> {
    match words {
        Some(words) => Claim::mapped(value, words),
        None => Claim::stated(value),
    }
}

/// The same claim with its value as it is written.
fn with_value<T>(claim: &Claim<T>, value: Value) -> Claim<Value> {
    Claim { value, method: claim.method, confidence: claim.confidence, evidence: claim.evidence.clone() }
}

#[cfg(test)]
mod tests {
    use schemas::{AgeRange, ConceptId, Confidence, Method, UnmappedWord};

    use super::*;

    #[test]
    fn every_value_is_told_with_its_method_and_named_as_in_a_resource() {
        let unmapped = |word: &str| UnmappedWord { field: ControlledField::Subject, word: word.to_owned() };
        let mut metadata = Metadata {
            title: "A".to_owned(),
            keywords: vec!["one".to_owned(), "two".to_owned()],
            duration_minutes: Some(90),
            date_published: Some("2016-08-04".parse().expect("a day")),
            age_range: Some(Claim::mapped(AgeRange::new(11, 14).expect("a range"), "Y7-9")),
            unmapped: vec![unmapped("Sums"), unmapped("two"), unmapped("Sums")],
            ..Metadata::default()
        };
        metadata.read_from.insert("date_published".to_owned(), "4 August 2016".to_owned());
        let confidence = Confidence::new(0.5).expect("a confidence");
        let value = ConceptId::parse("ks3").expect("an id");
        let claim = Claim { value, method: Method::Inferred, confidence, evidence: Some("Year 9".to_owned()) };
        metadata.add_concept(ControlledField::Level, claim);

        let told: Vec<String> = told(&metadata)
            .iter()
            .map(|told| {
                let evidence = told.claim.evidence.as_deref().unwrap_or("-");
                format!("{} {} {:?} {evidence}", told.field, told.claim.value, told.claim.method)
            })
            .collect();
        let expected = [
            r#"title "A" Stated -"#,
            r#"keywords "one" Stated -"#,
            r#"keywords "two" Stated -"#,
            r#"date_published "2016-08-04" Mapped 4 August 2016"#,
            r#"duration "PT1H30M" Stated -"#,
            r#"keywords "Sums" Stated -"#,
            r#"age_range {"from":11,"to":14} Mapped Y7-9"#,
            r#"levels "ks3" Inferred Year 9"#,
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn an_empty_record_says_nothing() {
        assert!(told(&Metadata::default()).is_empty());
    }
}

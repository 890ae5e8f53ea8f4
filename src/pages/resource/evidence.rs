//! How we know what no catalogue says in so many words: which values were read out of the text, which were brought to our
//! words from others, which an editor decided, and the words that each rests on.
//!
//! In go the assertions of a resource; what lost against another value is left out, the API tells of it.

use std::collections::BTreeMap;

use schemas::{AgeRange, Assertion, ControlledField, Method, Vocabularies};
use serde_json::Value;

use super::facts::label;
use crate::pages::wording::{self, say, shorten, word};

/// So much of the words that a value rests on.
const WORDS_CHARACTERS: usize = 160;
/// So much of a value that is a text.
const VALUE_CHARACTERS: usize = 120;

/// Of the values that stand in a resource, those that want a word on where they come from.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Read out of the text by us.
    pub(super) inferred: Vec<KnownValue>,
    /// The catalogue's own words, brought to ours.
    pub(super) matched: Vec<KnownValue>,
    /// Decided by an editor.
    pub(super) decided: Vec<KnownValue>,
}

/// One value, and how it is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KnownValue {
    field: String,
    id: Option<String>,
    /// What the field is called.
    pub(super) label: &'static str,
    pub(super) value: String,
    /// The words it rests on.
    pub(super) words: Option<String>,
    /// How sure we are, where we are not.
    pub(super) sure: Option<String>,
    /// The catalogue whose words they are.
    pub(super) source: String,
}

impl Evidence {
    /// Reads it off the assertions. Each value stands once, however many catalogues say it.
    pub(super) fn read(
        assertions: Vec<Assertion>,
        vocabularies: &Vocabularies,
        sources: &BTreeMap<String, String>,
    ) -> Self {
        let mut evidence = Self::default();
        for assertion in assertions.into_iter().filter(|assertion| assertion.used) {
            let list = match assertion.method {
                Method::Stated => continue,
                Method::Mapped => &mut evidence.matched,
                Method::Inferred => &mut evidence.inferred,
                Method::Curated => &mut evidence.decided,
            };
            let Some(known) = known_value(assertion, vocabularies, sources) else {
                continue;
            };
            if !list.iter().any(|held| (&held.field, &held.value) == (&known.field, &known.value)) {
                list.push(known);
            }
        }
        evidence
    }

    /// The words that a value which was read out of the text rests on.
    pub(super) fn words(&self, field: &str, id: &str) -> Option<&str> {
        let found = self.inferred.iter().find(|known| known.field == field && known.id.as_deref() == Some(id))?;
        found.words.as_deref()
    }

    /// Whether there is anything to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.inferred.is_empty() && self.matched.is_empty() && self.decided.is_empty()
    }
}

/// `None` of a value that was taken away, and of a field that is none of ours to show.
fn known_value(
    assertion: Assertion,
    vocabularies: &Vocabularies,
    sources: &BTreeMap<String, String>,
) -> Option<KnownValue> {
    let controlled = ControlledField::ALL.into_iter().find(|field| field.field() == assertion.field);
    let id = assertion.value.as_str().filter(|_| controlled.is_some()).map(ToOwned::to_owned);
    let value = match (controlled, &assertion.value) {
        (Some(field), Value::String(id)) => vocabularies.of(field).label(id).to_owned(),
        (_, value) => said_value(&assertion.field, value)?,
    };
    let source = assertion.source.map_or_else(
        || word("resource.known-by-editor").to_owned(),
        |source| sources.get(source.as_str()).map_or(source.as_str(), String::as_str).to_owned(),
    );
    let percent = format!("{:.0}", f64::from(assertion.confidence.value()) * 100.0);
    Some(KnownValue {
        label: controlled.map_or_else(|| plain_label(&assertion.field), |field| Some(label(field)))?,
        field: assertion.field,
        id,
        value,
        words: assertion.evidence.map(|words| shorten(&words, WORDS_CHARACTERS)),
        sure: (assertion.method == Method::Inferred).then(|| say("resource.sure", &[("percent", &percent)])),
        source,
    })
}

/// A value that is no concept, as the page says it elsewhere.
fn said_value(field: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) if field == "duration" => Some(wording::duration(text)),
        Value::String(text) if matches!(field, "date_published" | "date_modified") => Some(wording::day(text)),
        Value::String(text) if matches!(field, "starts" | "ends" | "deadline") => Some(wording::moment(text)),
        Value::String(text) => Some(shorten(text, VALUE_CHARACTERS)),
        Value::Object(_) => serde_json::from_value::<AgeRange>(value.clone()).ok().map(wording::ages),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

/// What a field without a vocabulary is called; `None` of what the page does not show by itself.
fn plain_label(field: &str) -> Option<&'static str> {
    match field {
        "title" => Some(word("resource.fact-title")),
        "description" => Some(word("resource.fact-description")),
        "url" => Some(word("resource.fact-url")),
        "publisher" => Some(word("resource.fact-publisher")),
        "creators" => Some(word("resource.fact-creators")),
        "age_range" => Some(word("resource.fact-ages")),
        "duration" => Some(word("resource.fact-duration")),
        "topics" => Some(word("resource.fact-topics")),
        "keywords" => Some(word("resource.fact-keywords")),
        "date_published" => Some(word("resource.fact-published")),
        "date_modified" => Some(word("resource.fact-modified")),
        "starts" => Some(word("resource.fact-starts")),
        "ends" => Some(word("resource.fact-ends")),
        "deadline" => Some(word("resource.fact-deadline")),
        "place" => Some(word("resource.fact-place")),
        "held_by" => Some(word("resource.fact-held-by")),
        "closed" => Some(word("resource.closed")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use schemas::{Confidence, SourceId};
    use serde_json::json;

    use super::*;

    fn assertion(field: &str, value: Value, method: Method, evidence: &str) -> Assertion {
        Assertion {
            field: field.to_owned(),
            value,
            method,
            confidence: Confidence::new(0.9).expect("a confidence"),
            source: Some(SourceId::parse("example").expect("an id")),
            identifier: Some("1".to_owned()),
            evidence: Some(evidence.to_owned()),
            since: "2026-11-20T10:00:00Z".to_owned(),
            used: true,
            reason: None,
        }
    }

    fn read(assertions: Vec<Assertion>) -> Evidence {
        let sources = BTreeMap::from([("example".to_owned(), "Careers in Example Science".to_owned())]);
        Evidence::read(assertions, Vocabularies::shipped(), &sources)
    }

    #[test]
    fn an_inferred_value_says_from_which_words_and_how_sure() {
        let evidence = read(vec![assertion("subjects", json!("chemistry"), Method::Inferred, "mixing acids")]);
        let known = &evidence.inferred[0];
        assert_eq!((known.value.as_str(), known.words.as_deref()), ("Chemistry", Some("mixing acids")));
        assert_eq!(known.sure, Some(say("resource.sure", &[("percent", &90)])));
        assert_eq!(known.source, "Careers in Example Science");
        assert_eq!(evidence.words("subjects", "chemistry"), Some("mixing acids"));
        assert_eq!(evidence.words("levels", "chemistry"), None);
    }

    #[test]
    fn what_is_stated_or_lost_is_not_listed_and_each_value_stands_once() {
        let lost = Assertion { used: false, ..assertion("subjects", json!("physics"), Method::Mapped, "forces") };
        let mapped = || assertion("levels", json!("ks3"), Method::Mapped, "Y7-9");
        let stated = assertion("subjects", json!("biology"), Method::Stated, "");
        let taken_away = assertion("duration", Value::Null, Method::Curated, "nobody knows");
        let evidence = read(vec![lost, mapped(), mapped(), stated, taken_away]);
        assert_eq!((evidence.matched.len(), evidence.inferred.len(), evidence.decided.len()), (1, 0, 0));
        assert!(read(Vec::new()).is_empty());
    }

    #[test]
    fn ages_and_durations_are_said_as_the_page_says_them() {
        let ages = json!({ "from": 11, "to": 14 });
        let evidence = read(vec![
            assertion("age_range", ages, Method::Mapped, "Key Stage 3"),
            assertion("duration", json!("PT45M"), Method::Mapped, "one lesson"),
        ]);
        let said: Vec<_> = evidence.matched.iter().map(|known| known.value.as_str()).collect();
        assert_eq!(said, [wording::ages("11-14".parse().unwrap()), wording::duration("PT45M")]);
    }
}

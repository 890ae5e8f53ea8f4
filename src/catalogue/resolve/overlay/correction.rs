//! Correction: reads what an admin says that a field of a resource should say.
//!
//! A name and a JSON value come in; the value as it stands in stored metadata comes out, or a sentence that says what
//! was expected.

use crawler::normalise::{DayPart, parse_date, parse_datetime, parse_minutes, plain_text};
use schemas::validate::{MAX_TEXT_BYTES, MAX_TITLE_CHARACTERS};
use schemas::{
    AgeRange, Claim, ConceptId, Confidence, ControlledField, Found, Method, Vocabularies, nearest, parse_address,
};
use serde_json::Value;

use super::{DESCRIPTION, KEYWORDS, TITLE, json};

/// Checks that a field can be decided on. The error says which one may have been meant.
pub(crate) fn check_field(field: &str) -> Result<(), String> {
    if shape_of(field).is_some() {
        return Ok(());
    }
    let plain = PLAIN.iter().map(|(name, _)| *name);
    let names: Vec<&str> = plain.chain(ControlledField::ALL.into_iter().map(ControlledField::field)).collect();
    let advice = match nearest(field, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", names.join(", ")),
    };
    Err(format!("`{}` is no field that can be decided on; {advice}", quoted(field)))
}

/// Checks a correction: that there is such a field, and that the value is one of it. The error says what is expected.
pub(crate) fn check_correction(field: &str, value: &Value) -> Result<(), String> {
    check_field(field)?;
    if let Some(Shape::Concepts(controlled)) = shape_of(field) {
        let words = value.as_str().into_iter().chain(value.as_array().into_iter().flatten().filter_map(Value::as_str));
        for word in words {
            check_concept(controlled, word)?;
        }
    }
    corrected(field, value, "").map(drop)
}

/// Longer lists are typed by nobody; a list of all there is says nothing.
const MAX_VALUES: usize = 100;
/// So much of a word that was sent is said again.
const QUOTED_CHARACTERS: usize = 80;

/// What values a field takes.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Texts,
    Address,
    Addresses,
    Day,
    Time(DayPart),
    Minutes,
    Ages,
    Concepts(ControlledField),
}

/// The fields that are not controlled, as they are named in a resource.
const PLAIN: [(&str, Shape); 20] = [
    (TITLE, Shape::Text),
    ("alternative_titles", Shape::Texts),
    (DESCRIPTION, Shape::Text),
    ("url", Shape::Address),
    ("same_as", Shape::Addresses),
    ("image", Shape::Address),
    ("publisher", Shape::Text),
    ("creators", Shape::Texts),
    (KEYWORDS, Shape::Texts),
    ("topics", Shape::Texts),
    ("date_published", Shape::Day),
    ("date_modified", Shape::Day),
    ("duration", Shape::Minutes),
    ("age_range", Shape::Ages),
    ("starts", Shape::Time(DayPart::Start)),
    ("ends", Shape::Time(DayPart::End)),
    ("deadline", Shape::Time(DayPart::End)),
    ("place", Shape::Text),
    ("held_by", Shape::Text),
    ("closed", Shape::Text),
];

/// The name of a field that is not controlled, as we write it.
pub(super) fn plain_name(field: &str) -> Option<&'static str> {
    PLAIN.iter().map(|(name, _)| *name).find(|name| *name == field)
}

fn shape_of(field: &str) -> Option<Shape> {
    let plain = PLAIN.iter().find(|(name, _)| *name == field).map(|(_, shape)| *shape);
    plain.or_else(|| ControlledField::by_field(field).map(Shape::Concepts))
}

/// A correction as it stands in stored metadata; nothing where it takes the value away.
pub(super) fn corrected(field: &str, value: &Value, why: &str) -> Result<Option<Value>, String> {
    let Some(shape) = shape_of(field) else {
        return check_field(field).map(|()| None);
    };
    if value.is_null() {
        let reason = "expected text: a resource needs a title".to_owned();
        return if field == TITLE { Err(reason) } else { Ok(None) };
    }
    let read = read_value(shape, value, why)?;
    if field == TITLE && read.as_str().is_some_and(|title| title.chars().count() > MAX_TITLE_CHARACTERS) {
        return Err(format!("a title of more than {MAX_TITLE_CHARACTERS} characters"));
    }
    Ok(Some(read).filter(|read| !read.as_array().is_some_and(Vec::is_empty)))
}

/// Reads a value that is not null, as it stands in stored metadata.
fn read_value(shape: Shape, value: &Value, why: &str) -> Result<Value, String> {
    match shape {
        Shape::Text => read_text(value).map(Value::from),
        Shape::Texts => read_list(value, "texts", read_text).map(Value::from),
        Shape::Address => read_address(value).map(Value::from),
        Shape::Addresses => read_list(value, "addresses", read_address).map(Value::from),
        Shape::Day => {
            let day = value.as_str().and_then(parse_date);
            day.map(|day| json(&day)).ok_or_else(|| "expected a day such as \"2026-11-21\", or null".to_owned())
        }
        Shape::Time(part) => {
            let time = value.as_str().and_then(|text| parse_datetime(text, part));
            time.map(|time| json(&time))
                .ok_or_else(|| "expected a local time such as \"2026-11-21T09:30\", or null".to_owned())
        }
        Shape::Minutes => read_minutes(value).map(Value::from),
        Shape::Ages => {
            let ages: AgeRange = serde_json::from_value(value.clone())
                .map_err(|error| format!("expected ages such as {{\"from\": 11, \"to\": 14}}, or null: {error}"))?;
            Ok(json(&claim(ages, why)))
        }
        Shape::Concepts(field) => {
            let ids =
                if field.is_single() { vec![read_concept(value)?] } else { read_list(value, "ids", read_concept)? };
            Ok(ids.into_iter().map(|id| json(&claim(id, why))).collect())
        }
    }
}

/// What an admin says, for the reason that was given.
pub(super) fn claim<T>(value: T, why: &str) -> Claim<T> {
    Claim { value, method: Method::Curated, confidence: Confidence::FULL, evidence: Some(why.to_owned()) }
}

/// Text is made plain as that of a source is.
fn read_text(value: &Value) -> Result<String, String> {
    let text = value.as_str().map(plain_text).ok_or("expected text, or null")?;
    if text.is_empty() {
        return Err("expected text that says something, or null to take the value away".to_owned());
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(format!("text of more than {MAX_TEXT_BYTES} bytes"));
    }
    Ok(text)
}

fn read_address(value: &Value) -> Result<String, String> {
    let text = value.as_str().ok_or("expected an address, or null")?.trim();
    parse_address(text).map(|_| text.to_owned())
}

fn read_minutes(value: &Value) -> Result<u32, String> {
    let text = match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(minutes) => minutes.as_u64().map(|minutes| minutes.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let minutes = text.and_then(|text| parse_minutes(&text));
    minutes.ok_or_else(|| "expected a duration such as \"PT1H30M\", whole minutes such as 90, or null".to_owned())
}

fn read_concept(value: &Value) -> Result<ConceptId, String> {
    let text = value.as_str().ok_or("expected the id of a concept, or null")?;
    ConceptId::parse(text).map_err(|error| error.to_string())
}

/// A list that holds nothing twice.
fn read_list<T: PartialEq>(
    value: &Value,
    of: &str,
    read: impl Fn(&Value) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let given = value.as_array().ok_or_else(|| format!("expected a list of {of}, or null"))?;
    if given.len() > MAX_VALUES {
        return Err(format!("{} {of}; at most {MAX_VALUES} are taken", given.len()));
    }
    let mut values: Vec<T> = Vec::with_capacity(given.len());
    for one in given {
        let read = read(one).map_err(|reason| format!("in the list of {of}: {reason}"))?;
        if !values.contains(&read) {
            values.push(read);
        }
    }
    Ok(values)
}

fn check_concept(field: ControlledField, word: &str) -> Result<(), String> {
    let vocabularies = Vocabularies::shipped();
    let list = vocabularies.of(field);
    if list.get(word).is_some() {
        return Ok(());
    }
    let meant = match vocabularies.find(field, word, "uk") {
        Found::ByLabel(id) | Found::ByAlternative(id) => Some(id.to_string()),
        Found::Ambiguous(_) | Found::Nothing => {
            nearest(word, list.concepts.iter().map(|concept| concept.id.as_str())).map(ToOwned::to_owned)
        }
    };
    let advice = match meant {
        Some(id) => format!("did you mean `{id}`?"),
        None => format!("/v1/vocabularies/{} lists them", field.name()),
    };
    Err(format!("`{}` is the id of no {}; {advice}", quoted(word), field.name().replace('_', " ")))
}

fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_a_correction_is_refused_with_what_is_expected() {
        let many: Vec<String> = (0..=MAX_VALUES).map(|number| number.to_string()).collect();
        for (field, value, expected) in [
            ("titel", json!("A"), "did you mean `title`?"),
            ("completeness?", json!(1), "is no field that can be decided on"),
            ("title", json!(""), "text that says something"),
            ("title", Value::Null, "needs a title"),
            ("title", json!("x".repeat(501)), "more than 500 characters"),
            ("title", json!(["A"]), "expected text"),
            ("keywords", json!("A"), "expected a list of texts"),
            ("keywords", json!(many), "at most 100"),
            ("url", json!("javascript:alert(1)"), "not an http or https address"),
            ("same_as", json!(["example.org"]), "is not an address"),
            ("date_published", json!("soon"), "such as \"2026-11-21\""),
            ("starts", json!(9), "a local time"),
            ("duration", json!(-5), "whole minutes"),
            ("age_range", json!({ "from": 14, "to": 11 }), "14 to 11 is not a range of ages"),
            ("levels", json!(["KS3"]), "did you mean `ks3`?"),
            ("levels", json!(["ks33"]), "did you mean `ks3`?"),
            ("levels", json!("ks3"), "expected a list of ids"),
            ("cost", json!(["free"]), "the id of a concept"),
        ] {
            let reason = check_correction(field, &value).expect_err(field);
            assert!(reason.contains(expected), "{field}: {reason}");
        }
    }
}

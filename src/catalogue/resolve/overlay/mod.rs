//! Overlay: what admins decided about a resource, laid over what its records say together.
//!
//! In go the merged fields and the standing decisions; out come the fields as they are published, whether it is hidden
//! and whether it stands first. What is decided on is a field as it is named in a resource; what is put there is a value
//! as it stands in stored metadata. Pure: which decisions stand is looked up by `curation`.

mod correction;

use schemas::{ControlledField, Curation, Decision, Metadata, short_description};
use serde::Serialize;
use serde_json::{Map, Value};

use self::correction::{corrected, plain_name};
use super::merge::Merged;

pub(crate) use self::correction::{check_correction, check_field};

/// What decisions say of a resource beside its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Overlaid {
    /// Why it is not published; `None` when it is.
    pub(crate) hidden: Option<String>,
    /// Whether it is one of those that stand first.
    pub(crate) pinned: bool,
}

/// Lays the standing decisions about one resource, the oldest first, over its fields. Of two about the same field the
/// later one counts.
///
/// What cannot be read any more lays nothing over: it was checked when it was decided.
pub(crate) fn lay_over(merged: &mut Merged, curations: &[Curation]) -> Overlaid {
    let mut overlaid = Overlaid::default();
    let mut fields: Vec<Laid<'_>> = Vec::new();
    // Where no record describes it any more, nobody is left who allows that.
    let is_free = merged.description_in_full && merged.metadata.description.is_some();
    for curation in curations {
        match &curation.decision {
            Decision::Hide { reason } => overlaid.hidden = Some(reason.clone()),
            Decision::Pin => overlaid.pinned = true,
            Decision::Correct { field, value } => {
                if let Ok(value) = corrected(field, value, &curation.why) {
                    fields.push(Laid { field, value, manner: Manner::Corrected, in_full: true });
                }
            }
            Decision::Lock { field, value } => {
                let value = Some(value.clone()).filter(|value| !value.is_null());
                // What an admin wrote and then locked is an admin's own.
                let is_own = fields.iter().any(|laid| {
                    laid.manner == Manner::Corrected && laid.field == field.as_str() && laid.value == value
                });
                fields.push(Laid { field, value, manner: Manner::Locked, in_full: is_own || is_free });
            }
            Decision::Merge { .. } | Decision::Split { .. } => {}
        }
    }
    // Levels come first: corrected ones take the ages of the records away, and what was decided about ages stays.
    fields.sort_by_key(|laid| laid.field != LEVELS);
    let decides_fields = !fields.is_empty();
    for laid in fields {
        put(merged, laid);
    }
    if decides_fields {
        let shown = merged.metadata.url.clone();
        merged.metadata.same_as.retain(|address| Some(address) != shown.as_ref());
    }
    overlaid
}

/// Corrects a field, as [`lay_over`] does for a standing decision. The error says what is expected.
pub(crate) fn correct(merged: &mut Merged, field: &str, value: &Value, why: &str) -> Result<(), String> {
    let value = corrected(field, value, why)?;
    put(merged, Laid { field, value, manner: Manner::Corrected, in_full: true });
    Ok(())
}

/// What a field says now, as it stands in stored metadata, claims and all; null when it says nothing. A lock keeps it.
///
/// Of a description it is as much as may be published. Levels that only follow from ages are not among the levels:
/// whoever locks those locks `age_range`.
pub(crate) fn field_value(merged: &Merged, field: &str) -> Value {
    let metadata = &merged.metadata;
    match field {
        DESCRIPTION if !merged.description_in_full => metadata.description.as_deref().map(short_description).into(),
        KEYWORDS => {
            // Words that no vocabulary knows are published as keywords.
            let mut words: Vec<&str> = metadata.keywords.iter().map(String::as_str).collect();
            for unmapped in &metadata.unmapped {
                if !words.contains(&unmapped.word.as_str()) {
                    words.push(&unmapped.word);
                }
            }
            if words.is_empty() { Value::Null } else { Value::from(words) }
        }
        field => part_of(field).and_then(|part| part.of(&stored(metadata)).cloned()).unwrap_or_default(),
    }
}

const TITLE: &str = "title";
const DESCRIPTION: &str = "description";
const KEYWORDS: &str = "keywords";
const LEVELS: &str = "levels";

/// What goes in the place of a field, as it stands in stored metadata; nothing where it is to say nothing.
#[derive(Debug)]
struct Laid<'c> {
    field: &'c str,
    value: Option<Value>,
    manner: Manner,
    /// Whether a description may be published in full: an admin's own always, and one that was locked as a catalogue
    /// gave it while the terms of what the records say now allow it. A locked text is not told from one that its
    /// catalogue has changed a little since, so a catalogue that closes its terms closes both.
    in_full: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Corrected,
    Locked,
}

/// Puts a value in the place of what the records say.
fn put(merged: &mut Merged, laid: Laid<'_>) {
    let Some(part) = part_of(laid.field) else { return };
    let mut parts = stored(&merged.metadata);
    part.put(&mut parts, laid.value);
    match (laid.field, laid.manner) {
        // They are published together, so they were decided together.
        (KEYWORDS, Manner::Corrected | Manner::Locked) => Part::Plain("unmapped").put(&mut parts, None),
        // Ages bring levels with them, so whoever says the levels says the ages too.
        (LEVELS, Manner::Corrected) => Part::Plain("age_range").put(&mut parts, None),
        (_, Manner::Corrected | Manner::Locked) => {}
    }
    let Ok(metadata) = serde_json::from_value::<Metadata>(Value::Object(parts)) else { return };
    if laid.field == DESCRIPTION {
        // What is short enough for any terms is published as it is.
        let is_short = metadata.description.as_deref().is_none_or(|text| short_description(text) == text);
        merged.description_in_full = laid.in_full || is_short;
    }
    merged.metadata = metadata;
}

/// Where a field stands in stored metadata.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// Under a name of its own.
    Plain(&'static str),
    /// Among the claims of controlled fields.
    Claims(ControlledField),
}

fn part_of(field: &str) -> Option<Part> {
    match ControlledField::by_field(field) {
        Some(controlled) => Some(Part::Claims(controlled)),
        None if field == "duration" => Some(Part::Plain("duration_minutes")),
        None => plain_name(field).map(Part::Plain),
    }
}

impl Part {
    fn of(self, parts: &Map<String, Value>) -> Option<&Value> {
        match self {
            Self::Plain(name) => parts.get(name),
            Self::Claims(field) => parts.get("concepts")?.get(field.name()),
        }
    }

    fn put(self, parts: &mut Map<String, Value>, value: Option<Value>) {
        let (place, name) = match self {
            Self::Plain(name) => (Some(parts), name),
            Self::Claims(field) => {
                let concepts = parts.entry("concepts").or_insert_with(|| Value::Object(Map::new()));
                (concepts.as_object_mut(), field.name())
            }
        };
        let Some(place) = place else { return };
        match value {
            Some(value) => place.insert(name.to_owned(), value),
            None => place.remove(name),
        };
    }
}

fn stored(metadata: &Metadata) -> Map<String, Value> {
    json(metadata).as_object().cloned().unwrap_or_default()
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("what is stored has string keys only and always serialises")
}

#[cfg(test)]
mod tests {
    use schemas::{AgeRange, Claim, ConceptId, Method, ResourceId, UnmappedWord};
    use serde_json::json;

    use super::correction::claim;
    use super::*;

    fn decided(decision: Decision) -> Curation {
        Curation {
            id: "1".to_owned(),
            resource: ResourceId::founded_on("x"),
            decision,
            who: "Ada".to_owned(),
            why: "it is wrong".to_owned(),
            at: "2026-11-21T09:00:00Z".to_owned(),
            undone: None,
        }
    }

    fn correction(field: &str, value: Value) -> Curation {
        decided(Decision::Correct { field: field.to_owned(), value })
    }

    fn lock(merged: &Merged, field: &str) -> Curation {
        decided(Decision::Lock { field: field.to_owned(), value: field_value(merged, field) })
    }

    fn concept(id: &str) -> ConceptId {
        ConceptId::parse(id).expect("an id")
    }

    fn merged() -> Merged {
        let mut metadata = Metadata {
            title: "Bridges".to_owned(),
            description: Some("How bridges stand.".to_owned()),
            url: Some("https://example.org/bridges".to_owned()),
            same_as: vec!["https://example.org/b".to_owned()],
            keywords: vec!["steel".to_owned()],
            duration_minutes: Some(45),
            age_range: Some(Claim::mapped(AgeRange::new(11, 14).expect("a range"), "KS3")),
            unmapped: vec![UnmappedWord { field: ControlledField::Subject, word: "girders".to_owned() }],
            ..Metadata::default()
        };
        metadata.add_concept(ControlledField::Level, Claim::stated(concept("ks3")));
        Merged { metadata, description_in_full: false }
    }

    #[test]
    fn every_field_of_a_resource_can_be_corrected_and_reads_as_curated() {
        for (field, value, part, stored) in [
            ("title", json!("Arches "), "title", json!("Arches")),
            ("creators", json!(["Ada", "Ada"]), "creators", json!(["Ada"])),
            ("url", json!("https://example.org/c"), "url", json!("https://example.org/c")),
            ("date_published", json!("2026-11-21"), "date_published", json!("2026-11-21")),
            ("ends", json!("2026-11-21T16:00"), "ends", json!("2026-11-21T16:00:00")),
            ("duration", json!("PT1H30M"), "duration_minutes", json!(90)),
            ("duration", json!(20), "duration_minutes", json!(20)),
            ("publisher", json!("<b>A &amp; B</b>"), "publisher", json!("A & B")),
        ] {
            assert_eq!(check_correction(field, &value), Ok(()), "{field}");
            let mut corrected = merged();
            assert_eq!(lay_over(&mut corrected, &[correction(field, value)]), Overlaid::default());
            assert_eq!(json(&corrected.metadata)[part], stored, "{field}");
        }
        let mut corrected = merged();
        let single = correction("cost", json!("free"));
        lay_over(&mut corrected, &[correction("levels", json!(["ks4", "ks5"])), single]);
        let levels = corrected.metadata.concepts(ControlledField::Level);
        assert_eq!(levels[0], claim(concept("ks4"), "it is wrong"));
        assert_eq!((levels.len(), corrected.metadata.concepts(ControlledField::Cost).len()), (2, 1));
        assert_eq!(corrected.metadata.age_range, None, "the ages of the records would bring key stage 3 back");
    }

    #[test]
    fn corrected_ages_stand_beside_corrected_levels_in_either_order() {
        let levels = || correction("levels", json!(["ks4"]));
        let ages = || correction("age_range", json!({ "from": 15, "to": 16 }));
        for curations in [[levels(), ages()], [ages(), levels()]] {
            let mut corrected = merged();
            lay_over(&mut corrected, &curations);
            assert_eq!(
                corrected.metadata.age_range.map(|ages| (ages.value.from(), ages.method)),
                Some((15, Method::Curated))
            );
        }
    }

    #[test]
    fn null_takes_a_value_away() {
        for (field, part) in [
            ("description", "description"),
            ("keywords", "unmapped"),
            ("age_range", "age_range"),
            ("levels", "concepts"),
        ] {
            let mut corrected = merged();
            lay_over(&mut corrected, &[correction(field, Value::Null)]);
            assert!(json(&corrected.metadata).get(part).is_none(), "{field}: {:?}", corrected.metadata);
        }
    }

    #[test]
    fn the_later_of_two_decisions_about_a_field_counts() {
        let mut corrected = merged();
        lay_over(&mut corrected, &[correction("title", json!("First")), correction("title", json!("Second"))]);
        assert_eq!(corrected.metadata.title, "Second");
        let locked = lock(&merged(), "title");
        lay_over(&mut corrected, &[correction("title", json!("First")), locked]);
        assert_eq!(corrected.metadata.title, "Bridges");
    }

    #[test]
    fn a_lock_keeps_what_stood_there_and_also_that_nothing_did() {
        let before = merged();
        let mut after = merged();
        after.metadata = Metadata {
            title: "Tunnels".to_owned(),
            publisher: Some("Somebody".to_owned()),
            url: before.metadata.url.clone(),
            keywords: vec!["stone".to_owned()],
            ..Metadata::default()
        };
        let fields = ["title", "description", "publisher", "keywords", "duration", "levels", "age_range", "same_as"];
        let locks: Vec<Curation> = fields.into_iter().map(|field| lock(&before, field)).collect();
        lay_over(&mut after, &locks);
        let keywords = vec!["steel".to_owned(), "girders".to_owned()];
        assert_eq!(after.metadata, Metadata { keywords, unmapped: Vec::new(), ..before.metadata });
    }

    #[test]
    fn a_description_is_published_in_full_only_where_somebody_allows_it() {
        let mut ours = merged();
        lay_over(&mut ours, &[correction("description", json!("Why bridges stand."))]);
        assert!(ours.description_in_full);

        let long = Some("Bridges stand. ".repeat(50));
        let with_terms = |description_in_full| Merged {
            metadata: Metadata { description: long.clone(), ..merged().metadata },
            description_in_full,
        };
        let mut elsewhere = merged();
        lay_over(&mut elsewhere, &[lock(&with_terms(false), "description")]);
        let locked = elsewhere.metadata.description.expect("a description");
        assert!(elsewhere.description_in_full && locked.chars().count() <= 200, "{locked}");

        let mut on_other_terms = with_terms(false);
        lay_over(&mut on_other_terms, &[lock(&with_terms(true), "description")]);
        assert_eq!((on_other_terms.description_in_full, on_other_terms.metadata.description), (false, long));
    }

    #[test]
    fn a_locked_description_of_a_catalogue_keeps_to_the_terms_that_hold_now() {
        let long = "Bridges stand. ".repeat(50);
        let says = |text: Option<&str>, description_in_full| Merged {
            metadata: Metadata { description: text.map(ToOwned::to_owned), ..merged().metadata },
            description_in_full,
        };
        let locked = lock(&says(Some(&long), true), "description");
        let changed = format!("{long}Still.");
        for (text, terms, expected) in [
            (Some(long.as_str()), true, true),
            (Some(changed.as_str()), true, true),
            (Some(long.as_str()), false, false),
            (Some(changed.as_str()), false, false),
            (None, true, false),
        ] {
            let mut after = says(text, terms);
            lay_over(&mut after, std::slice::from_ref(&locked));
            assert_eq!(after.metadata.description.as_deref(), Some(long.as_str()));
            assert_eq!(after.description_in_full, expected, "{text:?} where terms say {terms}");
        }

        let own = correction("description", json!(long.trim()));
        let lock_of = |text: &str| lock(&says(Some(text), true), "description");
        for (curations, expected) in [
            (vec![own.clone(), lock_of(long.trim())], true),
            (vec![own.clone(), lock_of(&changed)], false),
            (vec![lock_of(&changed), own], true),
        ] {
            let mut after = says(Some("Something else."), false);
            lay_over(&mut after, &curations);
            assert_eq!(after.description_in_full, expected, "{curations:?}");
        }
    }

    #[test]
    fn the_corrected_address_is_not_another_address_as_well() {
        let mut corrected = merged();
        lay_over(&mut corrected, &[correction("url", json!("https://example.org/b"))]);
        assert_eq!(corrected.metadata.same_as, Vec::<String>::new());
    }

    #[test]
    fn hiding_and_pinning_leave_the_fields_alone() {
        let mut decided_on = merged();
        let hide = decided(Decision::Hide { reason: "not for schools".to_owned() });
        let overlaid = lay_over(&mut decided_on, &[hide, decided(Decision::Pin)]);
        assert_eq!(overlaid, Overlaid { hidden: Some("not for schools".to_owned()), pinned: true });
        assert_eq!(decided_on, merged());
    }
}

//! The fields of a resource as facts: a label, its values, and how we know them.

use schemas::{ConceptRef, ControlledField, Method, Resource, Vocabularies};

use crate::pages::{levels, wording};

/// Facts under one heading; never none.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) facts: Vec<Fact>,
}

/// One field.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) values: Vec<FactValue>,
}

/// One value.
#[derive(Debug)]
pub(super) struct FactValue {
    pub(super) text: String,
    /// The search for what shares it.
    pub(super) href: Option<String>,
    /// How we know it, when its catalogue does not simply say so.
    pub(super) note: Option<&'static str>,
}

/// Everything that is known, in the order in which a teacher asks.
pub(super) fn sections(resource: &Resource, vocabularies: &Vocabularies) -> Vec<Section> {
    [
        ("Who it is for", who(resource, vocabularies)),
        ("What it is", what(resource)),
        ("What it is about", about(resource)),
        ("When and where", when_and_where(resource)),
    ]
    .into_iter()
    .map(|(heading, facts)| Section { heading, facts: facts.into_iter().flatten().collect() })
    .filter(|section| !section.facts.is_empty())
    .collect()
}

/// Whether any value carries a note.
pub(super) fn have_notes(sections: &[Section]) -> bool {
    let mut values = sections.iter().flat_map(|section| &section.facts).flat_map(|fact| &fact.values);
    values.any(|value| value.note.is_some())
}

fn who(resource: &Resource, vocabularies: &Vocabularies) -> Vec<Option<Fact>> {
    let mut facts = vec![text("Ages", resource.age_range.map(wording::ages))];
    facts.extend(levels_by_nation(resource, vocabularies).into_iter().map(Some));
    facts.extend([
        concepts("Audience", ControlledField::Audience, resource),
        concepts("Nations", ControlledField::Nation, resource),
        concepts("English regions", ControlledField::Region, resource),
        concepts("Sets out to reach", ControlledField::Inclusion, resource),
    ]);
    facts
}

fn levels_by_nation(resource: &Resource, vocabularies: &Vocabularies) -> Vec<Fact> {
    let (list, nations) = (vocabularies.of(ControlledField::Level), vocabularies.of(ControlledField::Nation));
    let held: Vec<&ConceptRef> = resource.levels.iter().collect();
    levels::by_nation(held, |level| level.id.as_str(), list, nations)
        .into_iter()
        .map(|(nation, held)| Fact {
            label: if nation == "uk" { "Phase".to_owned() } else { format!("Levels in {}", nations.label(nation)) },
            values: held.into_iter().map(|level| concept(level, ControlledField::Level)).collect(),
        })
        .collect()
}

fn what(resource: &Resource) -> Vec<Option<Fact>> {
    vec![
        concepts("Type", ControlledField::Type, resource),
        concepts("How it comes", ControlledField::Medium, resource),
        text("How long it takes", resource.duration.as_deref().map(wording::duration)),
        concepts("Cost", ControlledField::Cost, resource),
        concepts("Terms of use", ControlledField::Licence, resource),
        concepts("Language", ControlledField::Language, resource),
        text("Publisher", resource.publisher.clone()),
        texts("Made by", &resource.creators),
        text("Published", resource.date_published.as_deref().map(wording::day)),
        text("Last changed by its publisher", resource.date_modified.as_deref().map(wording::day)),
    ]
}

fn about(resource: &Resource) -> Vec<Option<Fact>> {
    vec![
        concepts("Subjects", ControlledField::Subject, resource),
        texts("Topics", &resource.topics),
        concepts("Sectors", ControlledField::Sector, resource),
        concepts("Jobs", ControlledField::Occupation, resource),
        concepts("Ways into work", ControlledField::Route, resource),
        concepts("Gatsby Benchmarks", ControlledField::Benchmark, resource),
        concepts("Career learning areas (CDI)", ControlledField::LearningArea, resource),
        texts("Filed under", &resource.keywords),
    ]
}

fn when_and_where(resource: &Resource) -> Vec<Option<Fact>> {
    let moment = |time: &Option<String>| time.as_deref().map(wording::moment);
    vec![
        text("Starts", moment(&resource.starts)),
        text("Ends", moment(&resource.ends)),
        text("Enter or apply by", moment(&resource.deadline)),
        text("Place", resource.place.clone()),
        text("Held by", resource.held_by.clone()),
    ]
}

fn text(label: &str, value: Option<String>) -> Option<Fact> {
    let value = FactValue { text: value?, href: None, note: None };
    Some(Fact { label: label.to_owned(), values: vec![value] })
}

fn texts(label: &str, values: &[String]) -> Option<Fact> {
    let values: Vec<FactValue> =
        values.iter().map(|text| FactValue { text: text.clone(), href: None, note: None }).collect();
    (!values.is_empty()).then(|| Fact { label: label.to_owned(), values })
}

fn concepts(label: &str, field: ControlledField, resource: &Resource) -> Option<Fact> {
    let held = resource.concepts(field);
    (!held.is_empty())
        .then(|| Fact { label: label.to_owned(), values: held.iter().map(|value| concept(value, field)).collect() })
}

fn concept(value: &ConceptRef, field: ControlledField) -> FactValue {
    let text = match &value.notation {
        Some(code) => format!("{} (SOC 2020: {code})", value.label),
        None => value.label.clone(),
    };
    // Concept ids need no escaping in an address.
    FactValue { text, href: Some(format!("/?{}={}", field.name(), value.id)), note: note(value.method) }
}

fn note(method: Method) -> Option<&'static str> {
    match method {
        Method::Stated => None,
        Method::Mapped => Some("matched"),
        Method::Inferred => Some("inferred"),
        Method::Curated => Some("checked"),
    }
}

#[cfg(test)]
mod tests {
    use schemas::ConceptId;

    use super::*;

    fn subject(method: Method) -> ConceptRef {
        let id = ConceptId::parse("chemistry").unwrap();
        ConceptRef { id, label: "Chemistry".to_owned(), notation: None, method }
    }

    #[test]
    fn a_value_leads_to_its_search_and_says_when_no_catalogue_says_it() {
        let stated = concept(&subject(Method::Stated), ControlledField::Subject);
        assert_eq!((stated.href.as_deref(), stated.note), (Some("/?subject=chemistry"), None));
        assert_eq!(concept(&subject(Method::Inferred), ControlledField::Subject).note, Some("inferred"));
    }

    #[test]
    fn a_field_without_values_is_no_fact() {
        assert!(text("Place", None).is_none());
        assert!(texts("Topics", &[]).is_none());
    }
}

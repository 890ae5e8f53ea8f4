//! What a resource says, laid out for the bare engine: the same texts and the same values of facets as ours has.

use std::collections::BTreeSet;

use index::{Entry, Facet};
use schemas::{ControlledField, Vocabularies};

/// The fields whose labels are text.
const SEARCHED_LABELS: [ControlledField; 5] = [
    ControlledField::Subject,
    ControlledField::Type,
    ControlledField::Sector,
    ControlledField::Occupation,
    ControlledField::Route,
];

/// Title, alternatives, labels of concepts, keywords, description, publisher.
pub(super) fn texts(entry: &Entry, vocabularies: &Vocabularies) -> [String; 6] {
    let resource = &entry.resource;
    [
        resource.title.clone(),
        resource.alternative_titles.join(" "),
        labels(entry, vocabularies).join(" "),
        resource.keywords.join(" "),
        resource.description.clone().unwrap_or_default(),
        resource.publisher.clone().unwrap_or_default(),
    ]
}

/// The labels and alternative labels of its concepts, and the labels of those above them.
fn labels<'a>(entry: &'a Entry, vocabularies: &'a Vocabularies) -> Vec<&'a str> {
    let mut labels = Vec::new();
    for field in SEARCHED_LABELS {
        let list = vocabularies.of(field);
        for reference in entry.resource.concepts(field) {
            labels.push(reference.label.as_str());
            if let Some(concept) = list.get(reference.id.as_str()) {
                labels.extend(concept.alt.iter().map(String::as_str));
            }
            labels.extend(list.ancestors(reference.id.as_str()).map(|broader| broader.label.as_str()));
        }
    }
    labels
}

/// Its values in a facet, broader ones with them.
pub(super) fn facet_values(entry: &Entry, facet: Facet, vocabularies: &Vocabularies) -> BTreeSet<String> {
    match facet {
        Facet::Controlled(field) => concepts(entry, field, vocabularies),
        Facet::Publisher => entry.resource.publisher.iter().cloned().collect(),
        Facet::Source | Facet::Link => BTreeSet::new(),
    }
}

fn concepts(entry: &Entry, field: ControlledField, vocabularies: &Vocabularies) -> BTreeSet<String> {
    let list = vocabularies.of(field);
    let mut values = BTreeSet::new();
    for reference in entry.resource.concepts(field) {
        values.insert(reference.id.as_str().to_owned());
        values.extend(list.ancestors(reference.id.as_str()).map(|broader| broader.id.clone()));
    }
    if field == ControlledField::Level {
        values.extend(vocabularies.levels_matching(&entry.age_ranges).map(|level| level.id.clone()));
    }
    if field == ControlledField::Nation && values.contains("uk") {
        values.extend(list.concepts.iter().map(|nation| nation.id.clone()));
    }
    values
}

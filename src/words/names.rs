//! Names: what concepts are called, taken apart for comparing. Labels, alternatives, and synonyms that map to a concept.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemas::{ControlledField, Synonym, Vocabularies, normalise_label};

/// Names that are near a concept, not the same; by how much they count.
const WEIGHT_RELATED: f64 = 0.8;
/// A name so short is an everyday word unless it is written just so: "IT", "AS", "MA".
const SHORT_NAME: usize = 3;

/// Words that say nothing by themselves. "A" is not one of them: it is all that tells an A level from a level.
const SMALL_WORDS: [&str; 8] = ["and", "for", "in", "of", "on", "or", "the", "with"];

/// A name of a concept: its label, an alternative, or a synonym that maps to it.
pub(super) struct Name {
    /// Where the concept stands in its vocabulary.
    pub(super) place: usize,
    /// As it is written.
    pub(super) text: String,
    /// As labels are compared.
    pub(super) key: String,
    /// Its telling words without their endings.
    pub(super) stems: Vec<String>,
    /// Where it lists several things, each of them.
    pub(super) parts: Vec<Vec<String>>,
    /// How much it counts, up to 1.
    pub(super) weight: f64,
}

/// Every name of every field. There are some thousands, so they are taken apart once.
pub(super) static NAMES: LazyLock<BTreeMap<ControlledField, Vec<Name>>> = LazyLock::new(|| {
    let vocabularies = Vocabularies::shipped();
    ControlledField::ALL.into_iter().map(|field| (field, names_of(vocabularies, field))).collect()
});

fn names_of(vocabularies: &Vocabularies, field: ControlledField) -> Vec<Name> {
    let concepts = &vocabularies.of(field).concepts;
    let mut names = Vec::new();
    for (place, concept) in concepts.iter().enumerate() {
        let texts = std::iter::once(&concept.label).chain(&concept.alt);
        names.extend(texts.map(|text| Name::new(place, text.clone(), 1.0)));
    }
    // What people type for a thing is often no name of it.
    for synonym in vocabularies.synonyms().iter().filter(|synonym| synonym.direction != "query-only") {
        let ids = synonym.maps_to.get(field.name()).into_iter().flatten();
        for place in ids.filter_map(|id| concepts.iter().position(|concept| concept.id == *id)) {
            let texts = std::iter::once(&synonym.label).chain(&synonym.alt);
            names.extend(texts.map(|text| Name::new(place, as_it_counts(synonym, text), weight_of(synonym))));
        }
    }
    names
}

/// The text of a synonym; in capitals where it counts only so.
fn as_it_counts(synonym: &Synonym, text: &str) -> String {
    if synonym.upper_only.iter().any(|upper| upper == text) { text.to_uppercase() } else { text.to_owned() }
}

fn weight_of(synonym: &Synonym) -> f64 {
    let is_related = synonym.kind == "related" || synonym.direction == "related-both";
    if is_related { WEIGHT_RELATED } else { 1.0 }
}

impl Name {
    fn new(place: usize, text: String, weight: f64) -> Self {
        let key = normalise_label(&text);
        Self { place, stems: stems(&key), parts: parts(&text), key, text, weight }
    }

    /// Whether it is an everyday word unless it is written just so.
    pub(super) fn is_short(&self) -> bool {
        self.key.chars().count() <= SHORT_NAME
    }
}

/// The words of a text without their endings, and without those that say nothing unless there are no others.
pub(super) fn stems(key: &str) -> Vec<String> {
    let telling: Vec<String> =
        key.split_whitespace().filter(|word| !SMALL_WORDS.contains(word)).map(singular).collect();
    if telling.is_empty() { key.split_whitespace().map(singular).collect() } else { telling }
}

/// A word without the ending of a plural. Both sides of a comparison lose it, so "physic" does no harm.
fn singular(word: &str) -> String {
    let is_long = word.chars().count() > SHORT_NAME;
    let Some(bare) = word.strip_suffix('s').filter(|_| is_long) else {
        return word.to_owned();
    };
    if let Some(stem) = bare.strip_suffix("ie") {
        return format!("{stem}y");
    }
    let is_no_plural = ["s", "u", "i"].iter().any(|ending| bare.ends_with(ending));
    if is_no_plural {
        return word.to_owned();
    }
    let hissing = ["xe", "che", "she", "sse"].iter().any(|ending| bare.ends_with(ending));
    let stem = if hissing { bare.strip_suffix('e').unwrap_or(bare) } else { bare };
    stem.to_owned()
}

/// The things that a text lists: "Energy and nuclear engineering" -> energy, nuclear engineering. None of one thing.
pub(super) fn parts(text: &str) -> Vec<Vec<String>> {
    let key = normalise_label(&text.replace(['/', ',', ';', '|'], " and "));
    let parts: Vec<Vec<String>> =
        key.split(" and ").flat_map(|part| part.split(" or ")).map(stems).filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 { parts } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plural_has_the_stem_of_its_singular() {
        let cases = [
            ("studies", "study"),
            ("boxes", "box"),
            ("batches", "batch"),
            ("classes", "class"),
            ("courses", "course"),
            ("glass", "glass"),
            ("campus", "campus"),
            ("gas", "gas"),
        ];
        for (plural, stem) in cases {
            assert_eq!(singular(plural), stem, "{plural}");
        }
    }
}

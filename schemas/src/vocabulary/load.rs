//! Reading the shipped vocabulary files, and refusing what would break a promise: a lost broader concept, a circle, an id twice.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::lookup::normalise_label;
use super::{Concept, Synonym, Vocabularies, Vocabulary};
use crate::id::ConceptId;
use crate::metadata::ControlledField;

/// What is wrong with a vocabulary file.
#[derive(Debug, thiserror::Error)]
pub enum VocabularyError {
    /// Not TOML, or not of our shape.
    #[error("vocabulary {name}: {source}")]
    Unreadable {
        /// The file.
        name: &'static str,
        /// Where and why.
        source: toml::de::Error,
    },
    /// A concept that cannot stand.
    #[error("vocabulary {name}: concept `{concept}`: {reason}")]
    Concept {
        /// The vocabulary.
        name: String,
        /// The concept.
        concept: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// In the order of [`ControlledField::ALL`], then those that belong to no field.
const FILES: [(&str, &str); 17] = [
    ("subject", include_str!("../../vocabularies/subject.toml")),
    ("level", include_str!("../../vocabularies/level.toml")),
    ("type", include_str!("../../vocabularies/type.toml")),
    ("audience", include_str!("../../vocabularies/audience.toml")),
    ("sector", include_str!("../../vocabularies/sector.toml")),
    ("occupation", include_str!("../../vocabularies/occupation.toml")),
    ("route", include_str!("../../vocabularies/route.toml")),
    ("benchmark", include_str!("../../vocabularies/benchmark.toml")),
    ("learning_area", include_str!("../../vocabularies/learning_area.toml")),
    ("medium", include_str!("../../vocabularies/medium.toml")),
    ("cost", include_str!("../../vocabularies/cost.toml")),
    ("licence", include_str!("../../vocabularies/licence.toml")),
    ("language", include_str!("../../vocabularies/language.toml")),
    ("nation", include_str!("../../vocabularies/nation.toml")),
    ("region", include_str!("../../vocabularies/region.toml")),
    ("inclusion", include_str!("../../vocabularies/inclusion.toml")),
    ("careers_model", include_str!("../../vocabularies/careers_model.toml")),
];

const SYNONYMS: &str = include_str!("../../vocabularies/synonyms.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VocabularyFile {
    name: String,
    title: String,
    publisher: String,
    version: String,
    licence: String,
    address: String,
    concept: Vec<Concept>,
}

/// Its head is for people.
#[derive(Deserialize)]
struct SynonymFile {
    synonym: Vec<Synonym>,
}

pub(super) fn load_shipped() -> Result<Vocabularies, VocabularyError> {
    let mut lists = Vec::with_capacity(FILES.len());
    let mut hasher = blake3::Hasher::new();
    for (name, text) in FILES {
        hasher.update(text.as_bytes());
        let file: VocabularyFile =
            toml::from_str(text).map_err(|source| VocabularyError::Unreadable { name, source })?;
        lists.push(index_labels(file)?);
    }
    for (field, list) in ControlledField::ALL.iter().zip(&lists) {
        assert_eq!(field.name(), list.name, "FILES stands in the order of ControlledField::ALL");
    }
    hasher.update(SYNONYMS.as_bytes());
    let synonyms: SynonymFile =
        toml::from_str(SYNONYMS).map_err(|source| VocabularyError::Unreadable { name: "synonyms", source })?;
    Ok(Vocabularies { lists, synonyms: synonyms.synonym, fingerprint: hasher.finalize().to_hex()[..16].to_owned() })
}

fn index_labels(file: VocabularyFile) -> Result<Vocabulary, VocabularyError> {
    let refuse = |concept: &str, reason| VocabularyError::Concept {
        name: file.name.clone(),
        concept: concept.to_owned(),
        reason,
    };
    let mut by_id = HashMap::new();
    let mut by_label: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, concept) in file.concept.iter().enumerate() {
        if ConceptId::parse(&concept.id).is_err() {
            return Err(refuse(&concept.id, "its id is not a concept id"));
        }
        if by_id.insert(concept.id.clone(), place).is_some() {
            return Err(refuse(&concept.id, "its id stands twice"));
        }
        if concept.ages.is_some() && concept.age_range().is_none() {
            return Err(refuse(&concept.id, "its ages are no range"));
        }
        for label in std::iter::once(&concept.label).chain(&concept.alt) {
            let places = by_label.entry(normalise_label(label)).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    for concept in &file.concept {
        let mut seen = HashSet::from([concept.id.as_str()]);
        let mut above = concept.broader.as_deref();
        while let Some(id) = above {
            let Some(place) = by_id.get(id) else {
                return Err(refuse(&concept.id, "its broader concept does not exist"));
            };
            if !seen.insert(id) {
                return Err(refuse(&concept.id, "its broader concepts run in a circle"));
            }
            above = file.concept[*place].broader.as_deref();
        }
    }
    Ok(Vocabulary {
        name: file.name,
        title: file.title,
        publisher: file.publisher,
        version: file.version,
        licence: file.licence,
        address: file.address,
        concepts: file.concept,
        by_id,
        by_label,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_every_file_names_its_origin_and_how_to_propose_a_change() {
        let crosswalk = include_str!("../../vocabularies/level_crosswalk.toml");
        for (name, text) in FILES.into_iter().chain([("synonyms", SYNONYMS), ("level_crosswalk", crosswalk)]) {
            for needed in
                ["# How to propose a change", "\npublisher = ", "\nversion = ", "\nlicence = ", "\naddress = "]
            {
                assert!(text.contains(needed), "{name}: {needed}");
            }
        }
    }
}

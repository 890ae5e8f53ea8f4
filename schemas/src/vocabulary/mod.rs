//! Vocabularies: the controlled lists, and finding a concept by any of its labels.

mod load;
mod lookup;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::age::AgeRange;
use crate::id::ConceptId;
use crate::metadata::ControlledField;

pub use load::VocabularyError;
pub use lookup::{Found, normalise_label};

/// One entry of a vocabulary. Source: SKOS `Concept`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// Its id, for ever.
    pub id: String,
    /// What people read. Source: SKOS `prefLabel`.
    pub label: String,
    /// Other words for it. Source: SKOS `altLabel`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alt: Vec<String>,
    /// The concept above it in the same vocabulary. Source: SKOS `broader`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broader: Option<String>,
    /// Its public address, where someone else publishes it. Source: SKOS `exactMatch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Further public addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_as: Vec<String>,
    /// Its code in the list it comes from: SOC 2020, BCP 47, SPDX, GSS. Source: SKOS `notation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notation: Option<String>,
    /// A remark for people. Source: SKOS `note`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it means. Source: SKOS `definition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of a vocabulary that holds several lists side by side: which one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Of a level: the ages, first included, second not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ages: Option<[u8; 2]>,
    /// Of a level: the age of most who are in it, where the range is wide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typical_age: Option<u8>,
    /// Of a level or route: whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nation: Option<String>,
    /// Of a subject: the nations that teach it under this name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nations: Vec<String>,
    /// Of a level: phase, key stage, year group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Of a type: its schema.org type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_type: Option<String>,
    /// Of a type: online, physical or either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Of a type: whether there is a day on which it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<bool>,
    /// Of an audience: its schema.org `educationalRole`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_role: Option<String>,
    /// Of a subject or sector: core to STEM, related, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relevance: Option<String>,
    /// Of a subject: whether a list of subjects shows it first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facet: Option<bool>,
    /// Of a licence: whether it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Of a licence: whether a catalogue under it may be republished in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redistribute: Option<bool>,
    /// Of a route: its level in the RQF or SCQF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_level: Option<String>,
    /// Of a T Level: the occupational route it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector_route: Option<String>,
    /// Of a route: no new starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discontinued: Option<bool>,
    /// Concepts of other vocabularies that go with it: an occupation's sectors and subjects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub related: BTreeMap<String, Vec<String>>,
}

impl Concept {
    /// The ages of a level; `None` for concepts that are no level.
    pub fn age_range(&self) -> Option<AgeRange> {
        self.ages.and_then(|[from, to]| AgeRange::new(from, to).ok())
    }

    fn concept_id(&self) -> ConceptId {
        ConceptId::parse(&self.id).expect("ids are checked when a vocabulary is read")
    }
}

/// One controlled list, with who publishes it.
#[derive(Debug, Clone, Serialize)]
pub struct Vocabulary {
    /// Its name, which is also the facet parameter: `learning_area`.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// Who publishes what it is made of.
    pub publisher: String,
    /// Which edition.
    pub version: String,
    /// On what terms.
    pub licence: String,
    /// Where it comes from.
    pub address: String,
    /// Its concepts, in the order in which they are to be shown.
    pub concepts: Vec<Concept>,
    #[serde(skip)]
    by_id: HashMap<String, usize>,
    #[serde(skip)]
    by_label: HashMap<String, Vec<usize>>,
}

impl Vocabulary {
    /// The concept with this id.
    pub fn get(&self, id: &str) -> Option<&Concept> {
        self.by_id.get(id).map(|place| &self.concepts[*place])
    }

    /// The label to show for an id; the id itself when the vocabulary does not know it.
    pub fn label<'a>(&'a self, id: &'a str) -> &'a str {
        self.get(id).map_or(id, |concept| concept.label.as_str())
    }

    /// The concepts above this one, nearest first. Loading refuses circles, so this ends.
    pub fn ancestors<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a Concept> {
        let mut next = self.get(id).and_then(|concept| concept.broader.as_deref());
        std::iter::from_fn(move || {
            let concept = self.get(next?)?;
            next = concept.broader.as_deref();
            Some(concept)
        })
    }
}

/// A group of words that mean the same to a teacher.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Synonym {
    /// Its id.
    pub id: String,
    /// The word in standard use.
    pub label: String,
    /// The others.
    pub alt: Vec<String>,
    /// spelling, abbreviation, synonym, misspelling, level, …
    pub kind: String,
    /// both, to-label, query-only or related-both.
    pub direction: String,
    /// Alternatives that count only in capitals.
    #[serde(default)]
    pub upper_only: Vec<String>,
    /// Concepts it stands for, by vocabulary.
    #[serde(default)]
    pub maps_to: BTreeMap<String, Vec<String>>,
    /// A remark for people.
    #[serde(default)]
    pub note: Option<String>,
}

/// All vocabularies that ship.
#[derive(Debug)]
pub struct Vocabularies {
    lists: Vec<Vocabulary>,
    synonyms: Vec<Synonym>,
    fingerprint: String,
}

static SHIPPED: LazyLock<Vocabularies> = LazyLock::new(|| {
    load::load_shipped().unwrap_or_else(|error| panic!("the shipped vocabularies are checked by a test: {error}"))
});

impl Vocabularies {
    /// The vocabularies inside this binary, read once.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// All lists: those of the controlled fields first, in the order of [`ControlledField::ALL`].
    pub fn lists(&self) -> &[Vocabulary] {
        &self.lists
    }

    /// The list with this name.
    pub fn by_name(&self, name: &str) -> Option<&Vocabulary> {
        self.lists.iter().find(|list| list.name == name)
    }

    /// The list that a controlled field takes its values from.
    pub fn of(&self, field: ControlledField) -> &Vocabulary {
        // The lists of the controlled fields stand first and in the same order; loading makes sure.
        &self.lists[ControlledField::ALL.iter().position(|one| *one == field).expect("ALL holds every field")]
    }

    /// Words that mean the same.
    pub fn synonyms(&self) -> &[Synonym] {
        &self.synonyms
    }

    /// Changes when any shipped word changes; an index built with other words is out of date.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The stages and year groups of all nations whose ages match any of these.
    ///
    /// Whole curricula (3 to 18) are left out: everything would match them.
    pub fn levels_matching(&self, ranges: &[AgeRange]) -> impl Iterator<Item = &Concept> {
        self.of(ControlledField::Level).concepts.iter().filter(|level| {
            !matches!(level.kind.as_deref(), Some("curriculum" | "stage_group"))
                && level.age_range().is_some_and(|ages| ranges.iter().any(|range| range.matches(ages)))
        })
    }
}

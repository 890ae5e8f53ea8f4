//! Metadata: the fields of the common schema. A record states them, a resource merges them.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::age::AgeRange;
use crate::assertion::Claim;
use crate::id::ConceptId;

/// The fields whose values are concepts. Each has the vocabulary, and is the facet, of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ControlledField {
    /// What it is about: school subjects. Source: schema.org `about`.
    Subject,
    /// For which stage or year. Source: schema.org `educationalLevel`.
    Level,
    /// What it is. Source: LRMI `learningResourceType`.
    Type,
    /// For whom. Source: schema.org `audience`.
    Audience,
    /// The part of the economy it is about.
    Sector,
    /// The jobs it is about. Source: schema.org `Occupation`.
    Occupation,
    /// The ways into work it is about: apprenticeship, T level, degree.
    Route,
    /// The Gatsby Benchmarks it helps with.
    Benchmark,
    /// The areas of the CDI framework it helps with.
    LearningArea,
    /// How it comes: online, in person, as a thing.
    Medium,
    /// What it costs. Source: schema.org `isAccessibleForFree`.
    Cost,
    /// On what terms it may be used. Source: schema.org `license`.
    Licence,
    /// The language it is in. Source: schema.org `inLanguage`.
    Language,
    /// The nations it serves.
    Nation,
    /// The English regions it serves.
    Region,
    /// Whom it sets out to reach.
    Inclusion,
}

impl ControlledField {
    /// All of them, in the order in which pages and answers list facets.
    pub const ALL: [Self; 16] = [
        Self::Subject,
        Self::Level,
        Self::Type,
        Self::Audience,
        Self::Sector,
        Self::Occupation,
        Self::Route,
        Self::Benchmark,
        Self::LearningArea,
        Self::Medium,
        Self::Cost,
        Self::Licence,
        Self::Language,
        Self::Nation,
        Self::Region,
        Self::Inclusion,
    ];

    /// The name of its vocabulary and of its facet parameter: `learning_area`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Level => "level",
            Self::Type => "type",
            Self::Audience => "audience",
            Self::Sector => "sector",
            Self::Occupation => "occupation",
            Self::Route => "route",
            Self::Benchmark => "benchmark",
            Self::LearningArea => "learning_area",
            Self::Medium => "medium",
            Self::Cost => "cost",
            Self::Licence => "licence",
            Self::Language => "language",
            Self::Nation => "nation",
            Self::Region => "region",
            Self::Inclusion => "inclusion",
        }
    }

    /// The name of the field in a resource and in a source's mapping: `career_learning_areas`.
    pub fn field(self) -> &'static str {
        match self {
            Self::Subject => "subjects",
            Self::Level => "levels",
            Self::Type => "resource_types",
            Self::Audience => "audiences",
            Self::Sector => "sectors",
            Self::Occupation => "occupations",
            Self::Route => "routes",
            Self::Benchmark => "gatsby_benchmarks",
            Self::LearningArea => "career_learning_areas",
            Self::Medium => "medium",
            Self::Cost => "cost",
            Self::Licence => "licence",
            Self::Language => "language",
            Self::Nation => "nations",
            Self::Region => "regions",
            Self::Inclusion => "inclusion",
        }
    }

    /// Whether a resource has at most one value of it.
    pub fn is_single(self) -> bool {
        matches!(self, Self::Medium | Self::Cost | Self::Licence | Self::Language)
    }

    /// The field with this parameter name, if there is one.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The field with this name in a resource, if there is one.
    pub fn by_field(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.field() == name)
    }
}

/// A word of a source that no vocabulary knows: kept as it came, searchable as text, listed for the admin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct UnmappedWord {
    /// The field it was given for.
    pub field: ControlledField,
    /// The word as it came.
    pub word: String,
}

/// The fields of the common schema, as one source states them or as a resource merges them.
///
/// Text is plain: no markup, no control characters. Lists keep the source's order and hold nothing twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Metadata {
    /// Its name.
    pub title: String,
    /// Other names for the same thing; of a job, other titles for it. Source: schema.org `alternateName`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternative_titles: Vec<String>,
    /// What it is, in plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it is: an absolute http or https address. Absent for what has closed and for what only stands on a shelf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Other addresses of the same thing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub same_as: Vec<String>,
    /// The address of a picture; never served by us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Who issues it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub creators: Vec<String>,
    /// Words the source files it under, which belong to no vocabulary.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Free words for what it is about: the unit of a lesson, the strand of an activity.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// When it was first published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_published: Option<Date>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_modified: Option<Date>,
    /// How long it takes, in minutes. Source: schema.org `timeRequired`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_minutes: Option<u32>,
    /// The ages it is for, when the source gives ages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_range: Option<Claim<AgeRange>>,
    /// When it begins, in local time where it takes place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts: Option<DateTime>,
    /// When it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<DateTime>,
    /// Until when one may enter or apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DateTime>,
    /// Where it takes place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Who holds it: the library or collection where a physical thing stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
    /// What the source says about its end, when it has closed. What has closed needs no address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    /// Values of the controlled fields, in the source's order.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub concepts: BTreeMap<ControlledField, Vec<Claim<ConceptId>>>,
    /// Of plain fields that were not said in so many words, the words they were read from: `date_published` from
    /// "4 August 2016".
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub read_from: BTreeMap<String, String>,
    /// Words given for a controlled field that no vocabulary knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmapped: Vec<UnmappedWord>,
}

impl Metadata {
    /// The values of a controlled field; empty when it has none.
    pub fn concepts(&self, field: ControlledField) -> &[Claim<ConceptId>] {
        self.concepts.get(&field).map_or(&[], Vec::as_slice)
    }

    /// Adds a value to a controlled field. A value that is there already is not added again; the better method stays.
    pub fn add_concept(&mut self, field: ControlledField, claim: Claim<ConceptId>) {
        let claims = self.concepts.entry(field).or_default();
        match claims.iter_mut().find(|held| held.value == claim.value) {
            Some(held) if claim.method > held.method => *held = claim,
            Some(_) => {}
            None => claims.push(claim),
        }
    }
}

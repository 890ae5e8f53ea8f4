//! Resource: the thing itself, as we publish it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::age::AgeRange;
use crate::assertion::{Claim, Method};
use crate::completeness::{CompletenessTest, completeness};
use crate::id::{ConceptId, ResourceId, SourceId};
use crate::metadata::{ControlledField, Metadata};
use crate::vocabulary::{Vocabularies, Vocabulary};

/// A value of a controlled field, ready to be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConceptRef {
    /// The concept.
    pub id: ConceptId,
    /// Its label.
    pub label: String,
    /// Its code, where its list has codes: the SOC 2020 code of an occupation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notation: Option<String>,
    /// How the value came to be.
    pub method: Method,
}

/// Whether the address answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// It answered when last asked.
    Ok,
    /// It answered from another address.
    Moved,
    /// It failed several times in a row.
    Broken,
    /// Nobody has asked lately.
    Unchecked,
    /// There is none: the thing has closed, or stands on a shelf.
    None,
}

impl LinkState {
    /// All of them, in the order in which a facet lists them.
    pub const ALL: [Self; 5] = [Self::Ok, Self::Moved, Self::Broken, Self::Unchecked, Self::None];

    /// The name in JSON and in the `link` parameter.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Moved => "moved",
            Self::Broken => "broken",
            Self::Unchecked => "unchecked",
            Self::None => "none",
        }
    }
}

/// What is known of the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// Whether it answers.
    pub state: LinkState,
    /// When it was last asked, RFC 3339.
    pub checked_at: Option<String>,
}

/// One of the records a resource is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordRef {
    /// The catalogue.
    pub source: SourceId,
    /// Its own identifier.
    pub identifier: String,
    /// The address it gives.
    pub url: Option<String>,
    /// When the record was first seen, RFC 3339.
    pub first_seen: String,
    /// When it was last seen, RFC 3339.
    pub last_seen: String,
}

/// The thing itself, as we publish it: JSON of this shape is what the API answers with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    /// Its id, for ever.
    pub id: ResourceId,
    /// Where it is; null for what has closed and for what only stands on a shelf.
    pub url: Option<String>,
    /// Other addresses of the same thing.
    pub same_as: Vec<String>,
    /// Its name.
    pub title: String,
    /// Other names for it; of a job, other titles. Source: schema.org `alternateName`.
    pub alternative_titles: Vec<String>,
    /// What it is, in plain text; at most 200 characters where its catalogue does not allow more.
    pub description: Option<String>,
    /// The language it is in.
    pub language: Option<ConceptRef>,
    /// The address of a picture.
    pub image: Option<String>,
    /// Who issues it.
    pub publisher: Option<String>,
    /// Who made it.
    pub creators: Vec<String>,
    /// Words its catalogues file it under, those no vocabulary knows among them.
    pub keywords: Vec<String>,
    /// When it was first published, `2026-11-21`.
    pub date_published: Option<String>,
    /// When it was last changed, `2026-11-21`.
    pub date_modified: Option<String>,
    /// What it is.
    pub resource_types: Vec<ConceptRef>,
    /// How it comes.
    pub medium: Option<ConceptRef>,
    /// How long it takes, ISO 8601: `PT1H30M`.
    pub duration: Option<String>,
    /// What it costs.
    pub cost: Option<ConceptRef>,
    /// On what terms it may be used.
    pub licence: Option<ConceptRef>,
    /// For whom.
    pub audiences: Vec<ConceptRef>,
    /// For which stages and years: those its catalogues name, and the stages of all four nations with the same ages.
    pub levels: Vec<ConceptRef>,
    /// The ages it is for: as stated, or the span of its levels. Half-open, in years.
    pub age_range: Option<AgeRange>,
    /// The nations it serves.
    pub nations: Vec<ConceptRef>,
    /// The English regions it serves.
    pub regions: Vec<ConceptRef>,
    /// Whom it sets out to reach.
    pub inclusion: Vec<ConceptRef>,
    /// What it is about.
    pub subjects: Vec<ConceptRef>,
    /// What it is about, in free words.
    pub topics: Vec<String>,
    /// The parts of the economy it is about.
    pub sectors: Vec<ConceptRef>,
    /// The jobs it is about.
    pub occupations: Vec<ConceptRef>,
    /// The ways into work it is about.
    pub routes: Vec<ConceptRef>,
    /// The Gatsby Benchmarks it helps with.
    pub gatsby_benchmarks: Vec<ConceptRef>,
    /// The areas of the CDI framework it helps with.
    pub career_learning_areas: Vec<ConceptRef>,
    /// When it begins, local time.
    pub starts: Option<String>,
    /// When it is over, local time.
    pub ends: Option<String>,
    /// Until when one may enter or apply, local time.
    pub deadline: Option<String>,
    /// Where it takes place.
    pub place: Option<String>,
    /// Who holds it.
    pub held_by: Option<String>,
    /// What its catalogue says about its end, when it has closed.
    pub closed: Option<String>,
    /// The records it is made of, first seen first.
    pub records: Vec<RecordRef>,
    /// How much of what a teacher asks is known, 0 to 1: the share of the tests of completeness that it passes.
    pub completeness: f32,
    /// The tests of completeness that it does not pass, by name: `licence`, `time`.
    pub missing: Vec<String>,
    /// Whether an editor wants it among the first.
    pub pinned: bool,
    /// Whether the address answers.
    pub link: Link,
    /// When we first published it, RFC 3339.
    pub created: String,
    /// When we last changed it, RFC 3339.
    pub updated: String,
}

/// What publishing adds to the merged fields.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The resource's id.
    pub id: ResourceId,
    /// The records it is made of.
    pub records: Vec<RecordRef>,
    /// Whether the address answers.
    pub link: Link,
    /// When it was first published, RFC 3339.
    pub created: String,
    /// When it was last changed, RFC 3339.
    pub updated: String,
    /// Whether the catalogue that the description comes from allows it in full.
    pub description_in_full: bool,
    /// Whether an admin wants it among the first.
    pub pinned: bool,
}

/// Where a licence does not allow republishing, this much of a description is published.
pub const SHORT_DESCRIPTION_CHARACTERS: usize = 200;

impl Resource {
    /// Makes merged fields into what we publish: labels added, levels of all nations brought in by their ages.
    pub fn publish(metadata: &Metadata, publication: Publication, vocabularies: &Vocabularies) -> Self {
        let many = |field: ControlledField| concept_refs(vocabularies.of(field), metadata.concepts(field));
        let one = |field: ControlledField| many(field).into_iter().next();
        let mut keywords = metadata.keywords.clone();
        for unmapped in &metadata.unmapped {
            if !keywords.contains(&unmapped.word) {
                keywords.push(unmapped.word.clone());
            }
        }
        Self {
            id: publication.id,
            url: metadata.url.clone(),
            same_as: metadata.same_as.clone(),
            title: metadata.title.clone(),
            alternative_titles: metadata.alternative_titles.clone(),
            description: metadata
                .description
                .as_deref()
                .map(|text| if publication.description_in_full { text.to_owned() } else { short_description(text) }),
            language: one(ControlledField::Language),
            image: metadata.image.clone(),
            publisher: metadata.publisher.clone(),
            creators: metadata.creators.clone(),
            keywords,
            date_published: metadata.date_published.map(|date| date.to_string()),
            date_modified: metadata.date_modified.map(|date| date.to_string()),
            resource_types: many(ControlledField::Type),
            medium: one(ControlledField::Medium),
            duration: metadata.duration_minutes.map(iso_duration),
            cost: one(ControlledField::Cost),
            licence: one(ControlledField::Licence),
            audiences: many(ControlledField::Audience),
            levels: published_levels(metadata, vocabularies),
            age_range: age_span(metadata, vocabularies),
            nations: many(ControlledField::Nation),
            regions: many(ControlledField::Region),
            inclusion: many(ControlledField::Inclusion),
            subjects: many(ControlledField::Subject),
            topics: metadata.topics.clone(),
            sectors: many(ControlledField::Sector),
            occupations: many(ControlledField::Occupation),
            routes: many(ControlledField::Route),
            gatsby_benchmarks: many(ControlledField::Benchmark),
            career_learning_areas: many(ControlledField::LearningArea),
            starts: metadata.starts.map(|time| time.to_string()),
            ends: metadata.ends.map(|time| time.to_string()),
            deadline: metadata.deadline.map(|time| time.to_string()),
            place: metadata.place.clone(),
            held_by: metadata.held_by.clone(),
            closed: metadata.closed.clone(),
            records: publication.records,
            completeness: completeness(metadata),
            missing: CompletenessTest::missing_in(metadata).into_iter().map(|test| test.name().to_owned()).collect(),
            pinned: publication.pinned,
            link: publication.link,
            created: publication.created,
            updated: publication.updated,
        }
    }

    /// The values of a controlled field as published.
    pub fn concepts(&self, field: ControlledField) -> &[ConceptRef] {
        match field {
            ControlledField::Subject => &self.subjects,
            ControlledField::Level => &self.levels,
            ControlledField::Type => &self.resource_types,
            ControlledField::Audience => &self.audiences,
            ControlledField::Sector => &self.sectors,
            ControlledField::Occupation => &self.occupations,
            ControlledField::Route => &self.routes,
            ControlledField::Benchmark => &self.gatsby_benchmarks,
            ControlledField::LearningArea => &self.career_learning_areas,
            ControlledField::Medium => self.medium.as_slice(),
            ControlledField::Cost => self.cost.as_slice(),
            ControlledField::Licence => self.licence.as_slice(),
            ControlledField::Language => self.language.as_slice(),
            ControlledField::Nation => &self.nations,
            ControlledField::Region => &self.regions,
            ControlledField::Inclusion => &self.inclusion,
        }
    }
}

/// Every range of ages a thing is for: as stated, else those of each level it names.
///
/// Kept apart and never spanned: for key stages 2 and 4 is not for key stage 3.
pub fn age_ranges(metadata: &Metadata, vocabularies: &Vocabularies) -> Vec<AgeRange> {
    let levels = vocabularies.of(ControlledField::Level);
    let of_levels = metadata
        .concepts(ControlledField::Level)
        .iter()
        .filter_map(|claim| levels.get(claim.value.as_str())?.age_range());
    let mut ranges: Vec<AgeRange> = metadata.age_range.iter().map(|claim| claim.value).chain(of_levels).collect();
    ranges.sort_unstable();
    ranges.dedup();
    ranges
}

fn age_span(metadata: &Metadata, vocabularies: &Vocabularies) -> Option<AgeRange> {
    match &metadata.age_range {
        Some(claim) => Some(claim.value),
        None => age_ranges(metadata, vocabularies).into_iter().reduce(AgeRange::span),
    }
}

fn concept_refs(list: &Vocabulary, claims: &[Claim<ConceptId>]) -> Vec<ConceptRef> {
    claims.iter().map(|claim| concept_ref(list, &claim.value, claim.method)).collect()
}

fn concept_ref(list: &Vocabulary, id: &ConceptId, method: Method) -> ConceptRef {
    ConceptRef {
        id: id.clone(),
        label: list.label(id.as_str()).to_owned(),
        // Codes are shown where people use them: SOC codes of jobs.
        notation: (list.name == "occupation")
            .then(|| list.get(id.as_str()).and_then(|concept| concept.notation.clone()))
            .flatten(),
        method,
    }
}

/// The levels as stated, then the stages of every nation that share their ages.
fn published_levels(metadata: &Metadata, vocabularies: &Vocabularies) -> Vec<ConceptRef> {
    let list = vocabularies.of(ControlledField::Level);
    let stated = metadata.concepts(ControlledField::Level);
    let mut levels = concept_refs(list, stated);
    let inferred_only = !stated.is_empty() && stated.iter().all(|claim| claim.method == Method::Inferred);
    let by_age = if inferred_only { Method::Inferred } else { Method::Mapped };
    for level in vocabularies.levels_matching(&age_ranges(metadata, vocabularies)) {
        let is_stage = matches!(level.kind.as_deref(), Some("key_stage" | "cfe_level" | "progression_step"));
        if is_stage && !levels.iter().any(|held| held.id.as_str() == level.id) {
            let id = ConceptId::parse(&level.id).expect("ids are checked when a vocabulary is read");
            levels.push(concept_ref(list, &id, by_age));
        }
    }
    levels
}

/// `90` -> `PT1H30M`. Source: ISO 8601, 5.5.2.
fn iso_duration(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("PT{minutes}M"),
        (hours, 0) => format!("PT{hours}H"),
        (hours, minutes) => format!("PT{hours}H{minutes}M"),
    }
}

/// At most [`SHORT_DESCRIPTION_CHARACTERS`] of a description, cut between words; the ellipsis counts.
pub fn short_description(text: &str) -> String {
    if text.chars().count() <= SHORT_DESCRIPTION_CHARACTERS {
        return text.to_owned();
    }
    let cut: String = text.chars().take(SHORT_DESCRIPTION_CHARACTERS - 1).collect();
    let at_word = cut.rfind(char::is_whitespace).filter(|place| *place > 0).unwrap_or(cut.len());
    format!("{}…", cut[..at_word].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(metadata: &Metadata, description_in_full: bool) -> Resource {
        let publication = Publication {
            id: ResourceId::founded_on("x"),
            records: Vec::new(),
            link: Link { state: LinkState::Unchecked, checked_at: None },
            created: String::new(),
            updated: String::new(),
            description_in_full,
            pinned: false,
        };
        Resource::publish(metadata, publication, Vocabularies::shipped())
    }

    fn with_level(id: &str) -> Metadata {
        let mut metadata = Metadata::default();
        metadata.add_concept(ControlledField::Level, Claim::stated(ConceptId::parse(id).expect("an id")));
        metadata
    }

    #[test]
    fn a_stage_brings_its_equals_of_the_other_nations() {
        let ids: Vec<String> =
            published(&with_level("ks3"), true).levels.iter().map(|level| level.id.to_string()).collect();
        for id in ["ks3", "cfe-third-fourth", "cfw-ps4", "ni-ks3"] {
            assert!(ids.contains(&id.to_owned()), "{id} in {ids:?}");
        }
        for id in ["ks2", "ks4", "cfe-senior"] {
            assert!(!ids.contains(&id.to_owned()), "{id} in {ids:?}");
        }
    }

    #[test]
    fn two_stages_with_a_gap_do_not_bring_the_one_between() {
        let mut metadata = with_level("ks2");
        metadata.add_concept(ControlledField::Level, Claim::stated(ConceptId::parse("ks4").expect("an id")));
        let resource = published(&metadata, true);
        assert!(resource.levels.iter().all(|level| level.id.as_str() != "ks3"));
    }

    #[test]
    fn where_the_licence_forbids_more_200_characters_are_published() {
        let metadata = Metadata { description: Some("word ".repeat(100)), ..Metadata::default() };
        let short = published(&metadata, false).description.expect("a description");
        assert!(short.chars().count() <= 200 && short.ends_with('…'), "{short}");
        assert_eq!(published(&metadata, true).description.expect("a description").len(), 500);
    }

    #[test]
    fn what_is_missing_is_named_beside_the_score() {
        let resource = published(&with_level("ks3"), true);
        assert_eq!(
            resource.missing,
            ["description", "address", "publisher", "type", "audience", "subject", "cost", "licence", "time"]
        );
        assert!((resource.completeness - 0.1).abs() < 1e-6, "{}", resource.completeness);
    }

    #[test]
    fn a_duration_is_written_as_iso_8601() {
        assert_eq!(iso_duration(90), "PT1H30M");
        assert_eq!(iso_duration(45), "PT45M");
        assert_eq!(iso_duration(120), "PT2H");
    }
}

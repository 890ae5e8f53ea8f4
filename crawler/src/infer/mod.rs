//! Inference: what does a record say between the lines, of what its source does not state?
//!
//! A record comes in after mapping; for each field that has no value claims go into it, each with how sure it is and
//! the words it rests on. What a source states or its words were mapped to is never touched, and a field that has a
//! value gets no other. Where the words do not carry a value, there is none. Pure: the same record always gives the
//! same claims.
//!
//! Words come first: a level, a job or a type that is named. Subject and key stage of lessons are also read by
//! [`learnt`], a model made of labelled lessons. The order of the fields matters: the type says how the rest is read,
//! and sectors and subjects follow from jobs.

pub mod learnt;

mod audience;
mod level;
mod level_marks;
mod lexicon;
mod occupation;
mod resource_type;
mod route;
mod sector;
mod setting;
mod subject;
mod words;

use std::collections::BTreeMap;

use schemas::{AgeRange, Claim, ConceptId, Confidence, ControlledField, Metadata, Method, Source};

use learnt::Model;
use lexicon::{Mention, mentions};
use setting::Setting;
use words::{Passage, passages_of};

/// The fields that are inferred, in the order in which they are.
pub const FIELDS: [ControlledField; 7] = [
    ControlledField::Occupation,
    ControlledField::Type,
    ControlledField::Audience,
    ControlledField::Sector,
    ControlledField::Route,
    ControlledField::Subject,
    ControlledField::Level,
];

/// Infers what the record does not state.
///
/// Reads title, keywords, topics, the folders of the address and the first 2,000 characters of the description, and
/// only what is in English or does not say in which language it is. The nation of the source decides what a year is.
pub fn infer(metadata: &mut Metadata, source: &Source) {
    infer_with(Model::shipped(), metadata, source);
}

/// The same with another model than the one that is shipped; for those who judge one on lessons that it has not seen.
pub fn infer_with(model: &Model, metadata: &mut Metadata, source: &Source) {
    if !may_be_english(metadata) {
        return;
    }
    let Inferred { concepts, ages } = Inferred::of(metadata, source, model);
    for (field, claims) in concepts {
        for claim in claims {
            metadata.add_concept(field, claim);
        }
    }
    if ages.is_some() {
        metadata.age_range = ages;
    }
}

/// How sure a value of a field must be, or nothing is said; `None` for fields that are not inferred.
pub fn threshold_of(field: ControlledField) -> Option<f32> {
    match field {
        ControlledField::Level => Some(level::THRESHOLD),
        ControlledField::Subject => Some(subject::THRESHOLD),
        ControlledField::Type => Some(resource_type::THRESHOLD),
        ControlledField::Audience => Some(audience::THRESHOLD),
        ControlledField::Sector => Some(sector::THRESHOLD),
        ControlledField::Occupation => Some(occupation::THRESHOLD),
        ControlledField::Route => Some(route::THRESHOLD),
        ControlledField::Benchmark
        | ControlledField::LearningArea
        | ControlledField::Medium
        | ControlledField::Cost
        | ControlledField::Licence
        | ControlledField::Language
        | ControlledField::Nation
        | ControlledField::Region
        | ControlledField::Inclusion => None,
    }
}

/// Our words are English ones; those of another language would be read wrongly.
fn may_be_english(metadata: &Metadata) -> bool {
    let languages = metadata.concepts(ControlledField::Language);
    languages.is_empty() || languages.iter().any(|claim| claim.value.as_str() == "en")
}

/// A record as inference reads it.
struct Reading<'t> {
    metadata: &'t Metadata,
    /// Whose words they are.
    nation: &'t str,
    model: &'t Model,
    passages: Vec<Passage<'t>>,
    /// What each passage names.
    mentions: Vec<Vec<Mention>>,
}

impl<'t> Reading<'t> {
    fn of(metadata: &'t Metadata, source: &'t Source, model: &'t Model) -> Self {
        let passages = passages_of(metadata);
        let mentions = passages.iter().map(mentions).collect();
        Self { metadata, nation: source.nation.as_str(), model, passages, mentions }
    }

    /// Each passage with the concepts of a field that it names.
    fn naming(&self, field: ControlledField) -> impl Iterator<Item = (&Passage<'t>, &Mention)> {
        let pairs = self.passages.iter().zip(&self.mentions);
        let all = pairs.flat_map(|(passage, mentions)| mentions.iter().map(move |mention| (passage, mention)));
        all.filter(move |(_, mention)| mention.field == field)
    }
}

/// A value that might be.
struct Candidate {
    concept: ConceptId,
    confidence: f32,
    evidence: String,
}

impl Candidate {
    /// What a mention says.
    fn of(passage: &Passage<'_>, mention: &Mention, confidence: f32) -> Self {
        let evidence = passage.evidence(mention.first, mention.count);
        Self { concept: mention.concept.clone(), confidence, evidence }
    }
}

/// What was inferred.
#[derive(Default)]
struct Inferred {
    concepts: BTreeMap<ControlledField, Vec<Claim<ConceptId>>>,
    ages: Option<Claim<AgeRange>>,
}

impl Inferred {
    fn of(metadata: &Metadata, source: &Source, model: &Model) -> Self {
        let reading = Reading::of(metadata, source, model);
        let mut inferred = Self::default();
        if metadata.concepts(ControlledField::Occupation).is_empty() {
            inferred.keep(ControlledField::Occupation, occupation::infer(&reading));
        }
        let occupations = inferred.known(metadata, ControlledField::Occupation).to_vec();
        if metadata.concepts(ControlledField::Type).is_empty() {
            inferred.keep(ControlledField::Type, resource_type::infer(&reading, &occupations));
        }
        let setting = Setting::of(inferred.known(metadata, ControlledField::Type), &occupations, &reading.passages);
        if metadata.concepts(ControlledField::Audience).is_empty() {
            inferred.keep(ControlledField::Audience, audience::infer(&reading, setting));
        }
        if metadata.concepts(ControlledField::Sector).is_empty() {
            inferred.keep(ControlledField::Sector, sector::infer(&reading, setting, &occupations));
        }
        if metadata.concepts(ControlledField::Route).is_empty() {
            inferred.keep(ControlledField::Route, route::infer(&reading, setting));
        }
        inferred.learn(&reading, setting, &occupations);
        inferred
    }

    /// Subject and level, which share what the model says.
    fn learn(&mut self, reading: &Reading<'_>, setting: Setting, occupations: &[Claim<ConceptId>]) {
        let metadata = reading.metadata;
        let has_subject = !metadata.concepts(ControlledField::Subject).is_empty();
        let has_level = !metadata.concepts(ControlledField::Level).is_empty() || metadata.age_range.is_some();
        if !has_level {
            let named = level::infer(reading, setting);
            self.keep(ControlledField::Level, named.concepts);
            self.ages = named.ages;
        }
        let wants_level = !has_level && self.ages.is_none() && !self.concepts.contains_key(&ControlledField::Level);
        if has_subject && !wants_level {
            return;
        }
        let guess = subject::Guess::of(reading, setting);
        if !has_subject {
            self.keep(ControlledField::Subject, subject::infer(reading, setting, occupations, guess.as_ref()));
        }
        if wants_level {
            self.keep(ControlledField::Level, level::guess(setting, guess.as_ref()));
        }
    }

    fn keep(&mut self, field: ControlledField, claims: Vec<Claim<ConceptId>>) {
        if !claims.is_empty() {
            self.concepts.insert(field, claims);
        }
    }

    /// What is known of a field: what the record has, else what was inferred.
    fn known<'a>(&'a self, metadata: &'a Metadata, field: ControlledField) -> &'a [Claim<ConceptId>] {
        match metadata.concepts(field) {
            [] => self.concepts.get(&field).map_or(&[], Vec::as_slice),
            stated => stated,
        }
    }
}

/// The surest values, at most `most`, none below the threshold, none twice; of equally sure ones the first.
fn choose(mut candidates: Vec<Candidate>, threshold: f32, most: usize) -> Vec<Claim<ConceptId>> {
    candidates.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut claims: Vec<Claim<ConceptId>> = Vec::new();
    for Candidate { concept, confidence, evidence } in candidates {
        let is_there = claims.iter().any(|claim| claim.value == concept);
        let Some(confidence) = Confidence::new(confidence).filter(|_| confidence >= threshold && !is_there) else {
            continue;
        };
        if claims.len() < most {
            claims.push(Claim { value: concept, method: Method::Inferred, confidence, evidence: Some(evidence) });
        }
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TABLE, source};
    use rstest::rstest;
    use schemas::Vocabularies;

    fn record(title: &str, description: &str) -> Metadata {
        let description = Some(description.to_owned()).filter(|text| !text.is_empty());
        Metadata { title: title.to_owned(), description, ..Metadata::default() }
    }

    fn source_of(nation: &str) -> Source {
        source(&format!("nation = \"{nation}\"\n{TABLE}"))
    }

    fn stated(id: &str) -> Claim<ConceptId> {
        Claim::stated(ConceptId::parse(id).expect("an id"))
    }

    /// What is inferred of a field: each value with its confidence.
    fn said(mut metadata: Metadata, field: ControlledField, nation: &str) -> String {
        infer(&mut metadata, &source_of(nation));
        let claims = metadata.concepts(field).iter();
        let concepts = claims.map(|claim| format!("{} {}", claim.value, claim.confidence.value()));
        let ages = metadata.age_range.iter().filter(|_| field == ControlledField::Level);
        let ages = ages.map(|claim| format!("ages {} {}", claim.value, claim.confidence.value()));
        concepts.chain(ages).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn read(field: ControlledField, title: &str, description: &str) -> String {
        said(record(title, description), field, "uk")
    }

    pub(super) fn read_of(field: ControlledField, title: &str, description: &str, nation: &str) -> String {
        said(record(title, description), field, nation)
    }

    pub(super) fn read_at(field: ControlledField, title: &str, description: &str, url: &str) -> String {
        said(Metadata { url: Some(url.to_owned()), ..record(title, description) }, field, "uk")
    }

    pub(super) fn read_keyword(field: ControlledField, title: &str, keyword: &str) -> String {
        said(Metadata { keywords: vec![keyword.to_owned()], ..record(title, "") }, field, "uk")
    }

    pub(super) fn read_with(
        field: ControlledField,
        title: &str,
        description: &str,
        values: &[(ControlledField, &str)],
    ) -> String {
        let mut metadata = record(title, description);
        for (field, id) in values {
            metadata.add_concept(*field, stated(id));
        }
        said(metadata, field, "uk")
    }

    /// Records of every sort, made after what real catalogues hold.
    fn records() -> Vec<Metadata> {
        let mut records = vec![
            record("", ""),
            record("Photosynthesis", "Leaves make sugar."),
            record("Adding fractions", "I can add fractions with different denominators."),
            record("Civil engineer", "Civil engineers design bridges, and work with architects in the rail industry."),
            record("Bridge engineer", "Bridge engineers design bridges."),
            record("Degree apprenticeships in aerospace: poster for Year 9 pupils", "Suitable for KS3, ages 11-14."),
            record("KS1, KS2, KS3, KS4 and KS5", "For teachers and parents. This poster names T Levels and BTECs."),
            record("Case study: Anna, biochemist", "She works as a civil engineer. No degree is needed."),
            record("Community college biology", "A textbook for undergraduates in semester 2."),
            record("É 🦄 …", "‘’ – (())"),
            record("Y", &"Year 9 pupils, ".repeat(500)),
        ];
        let mut tagged = record("Bridges", "A video about bridges");
        tagged.keywords = ["Physics", "KS3", "Posters", "aerospace industry"].map(str::to_owned).to_vec();
        tagged.topics = vec!["Year 8 forces".to_owned()];
        tagged.url = Some("https://vimeo.com/teachers/key-stage-3/1".to_owned());
        records.push(tagged);
        records
    }

    #[test]
    fn inferring_twice_is_inferring_once() {
        for mut metadata in records() {
            infer(&mut metadata, &source_of("uk"));
            let once = metadata.clone();
            infer(&mut metadata, &source_of("uk"));
            assert_eq!(metadata, once);
        }
    }

    #[test]
    fn what_is_stated_stays_and_gets_no_other_value() {
        let values = [
            (ControlledField::Level, "ks5"),
            (ControlledField::Subject, "geography"),
            (ControlledField::Type, "booklet"),
            (ControlledField::Audience, "employer"),
            (ControlledField::Sector, "water"),
            (ControlledField::Occupation, "biochemist"),
            (ControlledField::Route, "hnc"),
        ];
        for mut metadata in records() {
            for (field, id) in values {
                metadata.add_concept(field, stated(id));
            }
            let before = metadata.clone();
            infer(&mut metadata, &source_of("uk"));
            assert_eq!(metadata, before);
        }
    }

    #[test]
    fn stated_ages_are_a_level_too() {
        let mut metadata = record("KS3 bridges", "");
        metadata.age_range = Some(Claim::stated(AgeRange::new(5, 7).expect("a range")));
        infer(&mut metadata, &source_of("uk"));
        assert!(metadata.concepts(ControlledField::Level).is_empty());
        assert_eq!(metadata.age_range, Some(Claim::stated(AgeRange::new(5, 7).expect("a range"))));
    }

    /// Whether evidence stands in the record, whole or word by word.
    fn stands_in(evidence: &str, metadata: &Metadata) -> bool {
        let texts = [Some(&metadata.title), metadata.description.as_ref(), metadata.url.as_ref()];
        let lists = metadata.keywords.iter().chain(&metadata.topics);
        let texts: Vec<&String> = texts.into_iter().flatten().chain(lists).collect();
        let stands = |words: &str| texts.iter().any(|text| text.contains(words));
        stands(evidence) || evidence.split(", ").all(stands)
    }

    #[test]
    fn every_inferred_value_has_evidence_and_is_sure_enough() {
        let mut values = 0;
        for mut metadata in records() {
            infer(&mut metadata, &source_of("uk"));
            for field in FIELDS {
                let threshold = threshold_of(field).expect("it is inferred");
                for claim in metadata.concepts(field) {
                    let evidence = claim.evidence.as_deref().expect("it rests on something");
                    assert!(stands_in(evidence, &metadata), "{field:?} {claim:?}");
                    assert!(evidence.chars().count() <= 200 && !evidence.is_empty(), "{claim:?}");
                    assert!(claim.confidence.value() >= threshold && claim.method == Method::Inferred, "{claim:?}");
                    assert!(Vocabularies::shipped().of(field).get(claim.value.as_str()).is_some(), "{claim:?}");
                    values += 1;
                }
            }
            if let Some(claim) = &metadata.age_range {
                assert!(stands_in(claim.evidence.as_deref().expect("it rests on something"), &metadata), "{claim:?}");
            }
        }
        assert!(values >= 20, "only {values} values");
    }

    #[rstest]
    #[case::english("en", "poster 0.85")]
    #[case::welsh("cy", "")]
    #[case::not_stated("", "poster 0.85")]
    fn other_languages_are_not_read(#[case] language: &str, #[case] expected: &str) {
        let mut metadata = record("Poster: bridges", "");
        if !language.is_empty() {
            metadata.add_concept(ControlledField::Language, stated(language));
        }
        assert_eq!(said(metadata, ControlledField::Type, "uk"), expected);
    }
}

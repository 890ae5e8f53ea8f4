//! The first facts: what a teacher with five minutes asks of every resource. What nobody states is told as such, so that
//! nobody has to look for it.

use schemas::{ConceptRef, ControlledField};

use super::facts::{FactValue, Reader, plain};
use crate::pages::levels;
use crate::pages::wording::{self, word};

/// One question and its answer.
#[derive(Debug)]
pub(super) struct GlanceRow {
    pub(super) label: &'static str,
    /// What is known; nothing where nobody states it.
    pub(super) values: Vec<FactValue>,
}

/// The questions in their order.
pub(super) fn rows(reader: &Reader<'_>) -> Vec<GlanceRow> {
    let resource = reader.resource;
    let row = |label, values| GlanceRow { label, values };
    let one = |text: Option<String>| text.map(plain).into_iter().collect::<Vec<_>>();
    let mut rows = vec![
        row(word("resource.fact-levels"), levels_said(reader)),
        row(word("resource.fact-ages"), one(resource.age_range.map(wording::ages))),
        row(word("resource.fact-duration"), one(resource.duration.as_deref().map(wording::duration))),
        row(word("resource.fact-cost"), reader.values(ControlledField::Cost)),
        row(word("resource.fact-licence"), reader.values(ControlledField::Licence)),
    ];
    let dates =
        [(word("resource.fact-starts"), &resource.starts), (word("resource.fact-deadline"), &resource.deadline)];
    for (label, time) in dates {
        if let Some(time) = time {
            rows.push(row(label, vec![plain(wording::moment(time))]));
        }
    }
    rows
}

/// For whom it is in the visitor's words. Where that is said in none of them the phases stand here, or else the years, or
/// whatever is said: only of what states no level at all is nothing known.
fn levels_said(reader: &Reader<'_>) -> Vec<FactValue> {
    let (held, nation) = (&reader.resource.levels, reader.carried.nation());
    let list = reader.vocabularies.of(ControlledField::Level);
    let of =
        |whose: &str| held.iter().filter(|level| levels::nation(list, level.id.as_str()) == whose).collect::<Vec<_>>();
    let ways: [Vec<&ConceptRef>; 4] =
        [levels::said_in(held, list, nation), of(levels::ALL_NATIONS), of(nation), held.iter().collect()];
    let said = ways.into_iter().find(|said| !said.is_empty()).unwrap_or_default();
    said.into_iter().map(|level| reader.concept(level, ControlledField::Level)).collect()
}

#[cfg(test)]
mod tests {
    use schemas::{
        Claim, ConceptId, Confidence, Link, LinkState, Metadata, Method, Publication, Resource, ResourceId,
        Vocabularies,
    };

    use super::*;
    use crate::pages::carried::Carried;
    use crate::pages::resource::evidence::Evidence;

    fn with_level(id: &str) -> Resource {
        let value = ConceptId::parse(id).expect("an id");
        let mut metadata = Metadata::default();
        let claim = Claim { value, method: Method::Stated, confidence: Confidence::FULL, evidence: None };
        metadata.add_concept(ControlledField::Level, claim);
        let publication = Publication {
            id: ResourceId::founded_on("r"),
            records: Vec::new(),
            link: Link { state: LinkState::Ok, checked_at: None },
            created: "2026-11-20T10:00:00Z".to_owned(),
            updated: "2026-11-20T10:00:00Z".to_owned(),
            description_in_full: true,
            pinned: false,
        };
        Resource::publish(&metadata, publication, Vocabularies::shipped())
    }

    #[test]
    fn what_states_a_level_is_never_said_to_state_none() {
        let vocabularies = Vocabularies::shipped();
        for level in &vocabularies.of(ControlledField::Level).concepts {
            let resource = with_level(&level.id);
            for words in ["words=england", "words=wales", "words=scotland", "words=northern-ireland"] {
                let (carried, evidence) = (Carried::read(Some(words)), Evidence::default());
                let reader = Reader { resource: &resource, vocabularies, carried: &carried, evidence: &evidence };
                assert!(!levels_said(&reader).is_empty(), "{} with {words}", level.id);
            }
        }
    }

    #[test]
    fn a_phase_beyond_the_stages_of_the_nation_is_said_at_a_glance() {
        for (id, words, label) in [
            ("phase-higher", "words=england", "Higher education and adult"),
            ("phase-higher", "words=scotland", "Higher education and adult"),
            ("phase-post-16", "words=wales", "Post-16"),
        ] {
            let (resource, carried, evidence) = (with_level(id), Carried::read(Some(words)), Evidence::default());
            let vocabularies = Vocabularies::shipped();
            let reader = Reader { resource: &resource, vocabularies, carried: &carried, evidence: &evidence };
            let said: Vec<String> = levels_said(&reader).into_iter().map(|value| value.text).collect();
            assert!(said.iter().any(|said| said == label), "{id} {words}: {said:?}");
        }
    }
}

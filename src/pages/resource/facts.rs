//! The fields of a resource as facts: a label, its values, and how we know them.

use schemas::{ConceptRef, ControlledField, Method, Resource, Vocabularies};

use super::evidence::Evidence;
use crate::pages::carried::Carried;
use crate::pages::levels::ALL_NATIONS;
use crate::pages::wording::{say, word};
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
#[derive(Debug, Clone)]
pub(super) struct FactValue {
    pub(super) text: String,
    /// The search for what shares it.
    pub(super) href: Option<String>,
    /// How we know it, when its catalogue does not simply say so.
    pub(super) note: Option<&'static str>,
    /// Of what was read out of the text: the words it rests on.
    pub(super) words: Option<String>,
}

/// A resource, and what it takes to say its fields to this visitor.
pub(super) struct Reader<'a> {
    pub(super) resource: &'a Resource,
    pub(super) vocabularies: &'a Vocabularies,
    pub(super) carried: &'a Carried,
    pub(super) evidence: &'a Evidence,
}

/// Everything that is known and does not stand among the first facts, in the order in which a teacher asks.
pub(super) fn sections(reader: &Reader<'_>) -> Vec<Section> {
    [
        (word("resource.for-whom"), reader.who()),
        (word("resource.what"), reader.what()),
        (word("resource.about"), reader.about()),
        (word("resource.when"), reader.when_and_where()),
    ]
    .into_iter()
    .map(|(heading, facts)| Section { heading, facts: facts.into_iter().flatten().collect() })
    .filter(|section| !section.facts.is_empty())
    .collect()
}

/// Its levels in the words of the nations that the visitor did not choose, a fact for each.
pub(super) fn levels_elsewhere(reader: &Reader<'_>) -> Vec<Fact> {
    let nations = reader.vocabularies.of(ControlledField::Nation);
    let elsewhere = reader.levels_by_nation().into_iter().filter(|(nation, _)| !reader.is_here(nation));
    elsewhere
        .map(|(nation, held)| Fact { label: nations.label(nation).to_owned(), values: reader.levels(&held) })
        .collect()
}

/// What a controlled field is called.
pub(super) fn label(field: ControlledField) -> &'static str {
    match field {
        ControlledField::Subject => word("resource.fact-subjects"),
        ControlledField::Level => word("resource.fact-levels"),
        ControlledField::Type => word("resource.fact-types"),
        ControlledField::Audience => word("resource.fact-audiences"),
        ControlledField::Sector => word("resource.fact-sectors"),
        ControlledField::Occupation => word("resource.fact-occupations"),
        ControlledField::Route => word("resource.fact-routes"),
        ControlledField::Benchmark => word("resource.fact-benchmarks"),
        ControlledField::LearningArea => word("resource.fact-learning-areas"),
        ControlledField::Medium => word("resource.fact-medium"),
        ControlledField::Cost => word("resource.fact-cost"),
        ControlledField::Licence => word("resource.fact-licence"),
        ControlledField::Language => word("resource.fact-language"),
        ControlledField::Nation => word("resource.fact-nations"),
        ControlledField::Region => word("resource.fact-regions"),
        ControlledField::Inclusion => word("resource.fact-inclusion"),
    }
}

impl Reader<'_> {
    fn who(&self) -> Vec<Option<Fact>> {
        let mut facts = self.levels_here();
        facts.extend([
            self.concepts(ControlledField::Audience),
            self.concepts(ControlledField::Nation),
            self.concepts(ControlledField::Region),
            self.concepts(ControlledField::Inclusion),
        ]);
        facts
    }

    fn what(&self) -> Vec<Option<Fact>> {
        let resource = self.resource;
        let day = |date: &Option<String>| date.as_deref().map(wording::day);
        vec![
            self.concepts(ControlledField::Type),
            self.concepts(ControlledField::Medium),
            self.concepts(ControlledField::Language),
            text(word("resource.fact-publisher"), resource.publisher.clone()),
            texts(word("resource.fact-creators"), &resource.creators),
            text(word("resource.fact-published"), day(&resource.date_published)),
            text(word("resource.fact-modified"), day(&resource.date_modified)),
        ]
    }

    fn about(&self) -> Vec<Option<Fact>> {
        vec![
            self.concepts(ControlledField::Subject),
            texts(word("resource.fact-topics"), &self.resource.topics),
            self.concepts(ControlledField::Occupation),
            self.concepts(ControlledField::Sector),
            self.concepts(ControlledField::Route),
            self.concepts(ControlledField::Benchmark),
            self.concepts(ControlledField::LearningArea),
            texts(word("resource.fact-keywords"), &self.resource.keywords),
        ]
    }

    fn when_and_where(&self) -> Vec<Option<Fact>> {
        let moment = |time: &Option<String>| time.as_deref().map(wording::moment);
        vec![
            text(word("resource.fact-starts"), moment(&self.resource.starts)),
            text(word("resource.fact-ends"), moment(&self.resource.ends)),
            text(word("resource.fact-deadline"), moment(&self.resource.deadline)),
            text(word("resource.fact-place"), self.resource.place.clone()),
            text(word("resource.fact-held-by"), self.resource.held_by.clone()),
        ]
    }

    /// The levels in the visitor's words, and the phases that all nations share.
    fn levels_here(&self) -> Vec<Option<Fact>> {
        let nations = self.vocabularies.of(ControlledField::Nation);
        let here = self.levels_by_nation().into_iter().filter(|(nation, _)| self.is_here(nation));
        here.map(|(nation, held)| {
            let label = match nation {
                ALL_NATIONS => word("resource.fact-phases").to_owned(),
                nation => say("resource.fact-levels-in", &[("nation", &nations.label(nation))]),
            };
            Some(Fact { label, values: self.levels(&held) })
        })
        .collect()
    }

    fn is_here(&self, nation: &str) -> bool {
        nation == self.carried.nation() || nation == ALL_NATIONS
    }

    fn levels_by_nation(&self) -> Vec<(&str, Vec<&ConceptRef>)> {
        let (list, nations) =
            (self.vocabularies.of(ControlledField::Level), self.vocabularies.of(ControlledField::Nation));
        let held: Vec<&ConceptRef> = self.resource.levels.iter().collect();
        levels::by_nation(held, |level| level.id.as_str(), list, nations)
    }

    fn levels(&self, held: &[&ConceptRef]) -> Vec<FactValue> {
        held.iter().map(|level| self.concept(level, ControlledField::Level)).collect()
    }

    fn concepts(&self, field: ControlledField) -> Option<Fact> {
        let values = self.values(field);
        (!values.is_empty()).then(|| Fact { label: label(field).to_owned(), values })
    }

    /// The values of a controlled field.
    pub(super) fn values(&self, field: ControlledField) -> Vec<FactValue> {
        self.resource.concepts(field).iter().map(|value| self.concept(value, field)).collect()
    }

    /// One value of a controlled field.
    pub(super) fn concept(&self, value: &ConceptRef, field: ControlledField) -> FactValue {
        let text = match &value.notation {
            Some(code) => say("resource.with-code", &[("label", &value.label), ("code", code)]),
            None => value.label.clone(),
        };
        let words = self.evidence.words(field.field(), value.id.as_str()).map(ToOwned::to_owned);
        FactValue {
            text,
            // Concept ids need no escaping in an address.
            href: Some(self.carried.address(&format!("/?{}={}", field.name(), value.id))),
            note: note(value.method),
            words: words.filter(|_| value.method == Method::Inferred),
        }
    }
}

/// A value that leads nowhere and is said by its catalogue.
pub(super) fn plain(text: String) -> FactValue {
    FactValue { text, href: None, note: None, words: None }
}

fn text(label: &str, value: Option<String>) -> Option<Fact> {
    Some(Fact { label: label.to_owned(), values: vec![plain(value?)] })
}

fn texts(label: &str, values: &[String]) -> Option<Fact> {
    let values: Vec<FactValue> = values.iter().cloned().map(plain).collect();
    (!values.is_empty()).then(|| Fact { label: label.to_owned(), values })
}

/// How we know a value, in a word.
pub(super) fn note(method: Method) -> Option<&'static str> {
    match method {
        Method::Stated => None,
        Method::Mapped => Some(word("resource.matched")),
        Method::Inferred => Some(word("resource.inferred")),
        Method::Curated => Some(word("resource.checked")),
    }
}

#[cfg(test)]
mod tests {
    use schemas::{Confidence, Link, LinkState, Metadata, Publication, ResourceId};

    use super::*;

    fn resource(metadata: &Metadata) -> Resource {
        let publication = Publication {
            id: ResourceId::founded_on("r"),
            records: Vec::new(),
            link: Link { state: LinkState::Ok, checked_at: None },
            created: "2026-11-20T10:00:00Z".to_owned(),
            updated: "2026-11-20T10:00:00Z".to_owned(),
            description_in_full: true,
            pinned: false,
        };
        Resource::publish(metadata, publication, Vocabularies::shipped())
    }

    fn with(field: ControlledField, id: &str, method: Method) -> Resource {
        let value = schemas::ConceptId::parse(id).expect("an id");
        let claim = schemas::Claim { value, method, confidence: Confidence::FULL, evidence: None };
        let mut metadata = Metadata::default();
        metadata.add_concept(field, claim);
        resource(&metadata)
    }

    fn reader<'a>(resource: &'a Resource, carried: &'a Carried, evidence: &'a Evidence) -> Reader<'a> {
        Reader { resource, vocabularies: Vocabularies::shipped(), carried, evidence }
    }

    #[test]
    fn a_value_leads_to_its_search_and_says_when_no_catalogue_says_it() {
        let (carried, evidence) = (Carried::read(Some("words=wales")), Evidence::default());
        for (method, note) in [(Method::Stated, None), (Method::Inferred, Some(word("resource.inferred")))] {
            let resource = with(ControlledField::Subject, "chemistry", method);
            let values = reader(&resource, &carried, &evidence).values(ControlledField::Subject);
            assert_eq!(values[0].href.as_deref(), Some("/?subject=chemistry&words=wales"));
            assert_eq!(values[0].note, note);
        }
    }

    #[test]
    fn levels_are_said_in_the_words_of_the_visitors_nation_and_the_others_beside() {
        let (carried, evidence) = (Carried::read(Some("words=scotland")), Evidence::default());
        let resource = with(ControlledField::Level, "ks3", Method::Stated);
        let reader = reader(&resource, &carried, &evidence);
        let here: Vec<_> = reader.levels_here().into_iter().flatten().collect();
        assert!(here.iter().all(|fact| fact.label.contains("Scotland")) && !here.is_empty(), "{here:?}");
        let elsewhere: Vec<_> = levels_elsewhere(&reader).into_iter().map(|fact| fact.label).collect();
        assert_eq!(elsewhere, ["England", "Wales", "Northern Ireland"]);
    }

    #[test]
    fn a_field_without_values_is_no_fact() {
        assert!(text("Place", None).is_none());
        assert!(texts("Topics", &[]).is_none());
    }
}

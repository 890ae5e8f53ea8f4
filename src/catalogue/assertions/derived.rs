//! Derived: values that a resource has though nobody says them in so many words, since publishing draws them from ages:
//! the stages of the other nations, and the span of the levels.

use schemas::{AgeRange, Assertion, Concept, Confidence, ControlledField, Method, SourceId, Vocabularies};
use serde_json::Value;

use super::standing::Case;
use super::told::Said;

/// A record, or an admin, and what they say.
#[derive(Debug)]
pub(super) struct Speaker<'c> {
    /// The source of the record.
    pub(super) source: Option<&'c SourceId>,
    /// The source's own identifier.
    pub(super) identifier: Option<&'c str>,
    /// Every value.
    pub(super) said: &'c [Said],
}

/// Ages that a speaker gives and that stand in the resource.
#[derive(Debug, Clone, Copy)]
struct Base<'c> {
    ages: AgeRange,
    /// The words for them: those of the source, or the label of the level.
    words: Option<&'c str>,
    said: &'c Said,
}

/// A speaker with the ages it gives; never none.
type Heard<'c> = (&'c Speaker<'c>, Vec<Base<'c>>);

/// The assertions of what follows from ages, for each speaker that they follow from.
pub(super) fn derived(case: &Case, speakers: &[Speaker<'_>]) -> Vec<Assertion> {
    let heard: Vec<Heard<'_>> = speakers
        .iter()
        .map(|speaker| (speaker, bases(case, speaker.said)))
        .filter(|(_, bases)| !bases.is_empty())
        .collect();
    let mut assertions = stages(case, &heard);
    assertions.extend(span(case, &heard));
    assertions
}

fn bases<'c>(case: &Case, said: &'c [Said]) -> Vec<Base<'c>> {
    said.iter().filter_map(|one| base(case, one)).collect()
}

/// The ages that a value gives; `None` for a value of another field, and for one that does not stand.
fn base<'c>(case: &Case, said: &'c Said) -> Option<Base<'c>> {
    let claim = &said.told.claim;
    let (ages, label) = match said.told.field.as_str() {
        "age_range" => {
            let standing = case.stored.age_range.as_ref().map(|standing| standing.value)?;
            (Some(standing).filter(|ages| json_of(*ages) == claim.value)?, None)
        }
        "levels" => {
            let id = claim.value.as_str()?;
            let mut standing = case.stored.concepts(ControlledField::Level).iter();
            let level = standing.find(|standing| standing.value.as_str() == id).and_then(|_| level(id))?;
            (level.age_range()?, Some(level.label.as_str()))
        }
        _ => return None,
    };
    // An admin gives reasons, not words for ages.
    let own_words = claim.evidence.as_deref().filter(|_| claim.method != Method::Curated);
    Some(Base { ages, words: own_words.or(label), said })
}

fn level(id: &str) -> Option<&'static Concept> {
    Vocabularies::shipped().of(ControlledField::Level).get(id)
}

fn json_of(ages: AgeRange) -> Value {
    serde_json::to_value(ages).expect("two numbers always serialise")
}

/// The stages that share their ages with what was said.
fn stages(case: &Case, heard: &[Heard<'_>]) -> Vec<Assertion> {
    let own = case.stored.concepts(ControlledField::Level);
    let mut assertions = Vec::new();
    for stage in &case.resource.levels {
        if own.iter().any(|claim| claim.value == stage.id) {
            continue;
        }
        let Some(ages) = level(stage.id.as_str()).and_then(Concept::age_range) else { continue };
        for (speaker, bases) in heard {
            if let Some(base) = bases.iter().find(|base| base.ages.matches(ages)) {
                let evidence = format!("follows from ages {}", base.in_words());
                let value = Value::from(stage.id.as_str());
                assertions.push(follows(speaker, "levels", value, stage.method, &[*base], evidence));
            }
        }
    }
    assertions
}

/// The ages from the youngest to the oldest of all levels, where no ages are given: said by each whose levels reach from
/// one to the other, or else by all of them together.
fn span(case: &Case, heard: &[Heard<'_>]) -> Vec<Assertion> {
    let Some(ages) = case.resource.age_range.filter(|_| case.stored.age_range.is_none()) else {
        return Vec::new();
    };
    let reaches = |bases: &[Base<'_>]| bases.iter().map(|base| base.ages).reduce(AgeRange::span) == Some(ages);
    let alone = heard.iter().filter(|(_, bases)| reaches(bases));
    let mut assertions: Vec<Assertion> = alone.map(|(speaker, bases)| spanning(speaker, ages, bases)).collect();
    if assertions.is_empty()
        && let Some((speaker, _)) = heard.first()
    {
        let all: Vec<Base<'_>> = heard.iter().flat_map(|(_, bases)| bases.iter().copied()).collect();
        let together = spanning(speaker, ages, &all);
        let reason = Some("together with the levels that others say".to_owned());
        assertions.push(Assertion { reason, ..together });
    }
    assertions
}

fn spanning(speaker: &Speaker<'_>, ages: AgeRange, bases: &[Base<'_>]) -> Assertion {
    let is_inferred = bases.iter().all(|base| base.said.told.claim.method == Method::Inferred);
    let method = if is_inferred { Method::Inferred } else { Method::Mapped };
    let youngest = bases.iter().min_by_key(|base| (base.ages.from(), base.ages.to()));
    let oldest = bases.iter().max_by_key(|base| (base.ages.to(), base.ages.from()));
    let evidence = match (youngest, oldest) {
        (Some(youngest), Some(oldest)) if youngest.ages != oldest.ages => {
            format!("follows from ages {} to {}", youngest.in_words(), oldest.in_words())
        }
        (Some(only), _) => format!("follows from ages {}", only.in_words()),
        (None, _) => format!("follows from ages {ages}"),
    };
    follows(speaker, "age_range", json_of(ages), method, bases, evidence)
}

impl Base<'_> {
    /// `11-14 (KS3)`
    fn in_words(&self) -> String {
        match self.words {
            Some(words) => format!("{} ({words})", self.ages),
            None => self.ages.to_string(),
        }
    }
}

/// A value that follows from these: as sure as the least sure of them, and said since the last of them.
fn follows(
    speaker: &Speaker<'_>,
    field: &str,
    value: Value,
    method: Method,
    bases: &[Base<'_>],
    evidence: String,
) -> Assertion {
    let confidences = bases.iter().map(|base| base.said.told.claim.confidence);
    let least = confidences.reduce(|one, other| if other.value() < one.value() { other } else { one });
    let since = bases.iter().map(|base| base.said.since.as_str()).max().unwrap_or_default();
    Assertion {
        field: field.to_owned(),
        value,
        method,
        confidence: least.unwrap_or(Confidence::FULL),
        source: speaker.source.cloned(),
        identifier: speaker.identifier.map(ToOwned::to_owned),
        evidence: Some(evidence),
        since: since.to_owned(),
        used: true,
        reason: None,
    }
}

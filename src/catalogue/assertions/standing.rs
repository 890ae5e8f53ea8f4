//! Standing: which of the values that were said stand in a resource, and why the others do not.
//!
//! The resource as it is published is the yardstick: a value is used when it stands there. Why it does is asked of what
//! `merge` goes by, of the decisions of admins and of the link.

use std::collections::HashMap;

use schemas::{Assertion, Confidence, ControlledField, Metadata, Method, Resource, SourceId};
use serde_json::Value;

use super::decided::{Decided, last_on};
use super::derived::{Speaker, derived};
use super::showable::{showable, showable_decision};
use super::since::Since;
use super::told::{Said, Told, told};
use crate::catalogue::resolve::{MergeInput, Precedence, merge, precedence, speaking_order};

/// All that is known of one resource, for its assertions to be read off.
#[derive(Debug)]
pub(super) struct Case {
    /// As it is published.
    pub(super) resource: Resource,
    /// What is stored of it: its records merged, the decisions of admins laid over.
    pub(super) stored: Metadata,
    /// What its published records say.
    pub(super) records: Vec<MergeInput>,
    /// Of each record, in the same order: since when.
    pub(super) times: Vec<Times>,
    /// What admins decided of its fields.
    pub(super) decided: Vec<Decided>,
}

/// Since when a record is known, and since when it has said what it did not say from the beginning.
#[derive(Debug, Clone, Default)]
pub(super) struct Times {
    /// When it was first seen.
    pub(super) first_seen: String,
    /// The values that are younger.
    pub(super) since: Since,
}

const HAS_MOVED: &str = "its page has moved for good to the address that is shown";
const IS_SHOWN: &str = "it is the address that is shown";
const ANOTHER_IS_SHOWN: &str = "an address that it is found at, while another is shown";
const FIRST_OF_ITS_OWN: &str = "the first of its values counts";
const OTHERS_SAY_OTHERWISE: &str = "what its other records say counts";
const DECIDED_OTHERWISE: &str = "something else stands there now";
const SAID_GOES_FIRST: &str = "a value that was said goes before an inferred one";

/// Every value that was said of a resource, and what follows from it: field by field in the order of a resource, those
/// that stand there first, then by source and identifier.
pub(super) fn assertions(case: &Case) -> Vec<Assertion> {
    let hearing = Hearing::of(case);
    let mut assertions = hearing.of_records();
    assertions.extend(hearing.of_admins());
    assertions.extend(derived(case, &hearing.speakers()));
    assertions.extend(moved_address(case));
    let fields = hearing.published.as_object().into_iter().flat_map(serde_json::Map::keys);
    let places: HashMap<&str, usize> = fields.enumerate().map(|(place, field)| (field.as_str(), place)).collect();
    let place = |assertion: &Assertion| places.get(assertion.field.as_str()).copied().unwrap_or(usize::MAX);
    assertions.sort_by(|one, other| {
        let first = (place(one), !one.used, &one.source, &one.identifier);
        first.cmp(&(place(other), !other.used, &other.source, &other.identifier))
    });
    assertions
}

/// Where a value was said: the place of the record, and the place of the value in it.
type Place = (usize, usize);

/// All that was said, in the order of the records.
struct Hearing<'c> {
    case: &'c Case,
    /// The resource as JSON.
    published: Value,
    /// The records in the order in which they speak.
    order: Vec<usize>,
    said: Vec<Vec<Said>>,
    decided: Vec<Decided>,
    /// Of each field, who said what merging made its first value.
    winners: HashMap<String, Place>,
}

impl<'c> Hearing<'c> {
    fn of(case: &'c Case) -> Self {
        let order = speaking_order(&case.records);
        let told: Vec<Vec<Told>> = case.records.iter().map(|record| told(&record.metadata)).collect();
        let winners = winners(case, &order, &told);
        let said = told.into_iter().zip(&case.records).zip(&case.times);
        Self {
            case,
            published: serde_json::to_value(&case.resource).expect("a resource has string keys only"),
            order,
            said: said.map(|((told, record), times)| showable(case, record, times, told)).collect(),
            decided: case.decided.iter().map(|decided| showable_decision(case, decided)).collect(),
            winners,
        }
    }

    fn of_records(&self) -> Vec<Assertion> {
        let mut assertions = Vec::new();
        for (place, (record, said)) in self.case.records.iter().zip(&self.said).enumerate() {
            let source = (Some(&record.id.source), Some(record.id.identifier.as_str()));
            for (number, one) in said.iter().enumerate() {
                let used = self.stands(&one.told);
                let why =
                    if used { self.why_it_stands((place, number)) } else { Some(self.why_it_lost((place, number))) };
                let reasons: Vec<String> = why.into_iter().chain(one.shortened.clone()).collect();
                let reason = Some(reasons.join("; ")).filter(|text| !text.is_empty());
                assertions.push(assertion(one, source, used, reason));
            }
            assertions.extend(self.other_address(said, source));
        }
        assertions
    }

    fn of_admins(&self) -> Vec<Assertion> {
        let mut assertions = Vec::new();
        for decided in &self.decided {
            for one in &decided.said {
                let (used, field) = (self.stands(&one.told), one.told.field.as_str());
                let reason = match last_on(&self.decided, field) {
                    Some(last) if used || last != decided => last.sentence(field),
                    Some(_) if self.has_moved_from(&one.told) => HAS_MOVED.to_owned(),
                    Some(_) | None => DECIDED_OTHERWISE.to_owned(),
                };
                assertions.push(assertion(one, (None, None), used, Some(reason)));
            }
            assertions.extend(self.other_address(&decided.said, (None, None)));
        }
        assertions
    }

    fn speakers(&self) -> Vec<Speaker<'_>> {
        let of_record = |place: &usize| {
            let id = &self.case.records[*place].id;
            Speaker { source: Some(&id.source), identifier: Some(&id.identifier), said: &self.said[*place] }
        };
        let admins = self.decided.iter().map(|decided| Speaker { source: None, identifier: None, said: &decided.said });
        self.order.iter().map(of_record).chain(admins).collect()
    }

    /// Whether a value stands in the resource as it is published.
    fn stands(&self, told: &Told) -> bool {
        stands_in(&self.published[told.field.as_str()], &told.claim.value)
    }

    fn has_moved_from(&self, told: &Told) -> bool {
        let Case { stored, resource, .. } = self.case;
        told.field == "url" && stored.url != resource.url && told.claim.value.as_str() == stored.url.as_deref()
    }

    /// An address that is not the one shown stands among the others.
    fn other_address(&self, said: &[Said], source: (Option<&SourceId>, Option<&str>)) -> Option<Assertion> {
        let url = said.iter().find(|one| one.told.field == "url")?;
        let told = Told { field: "same_as".to_owned(), ..url.told.clone() };
        let is_said = said.iter().any(|one| one.told.field == told.field && one.told.claim.value == told.claim.value);
        if is_said || told.claim.value.is_null() || !self.stands(&told) {
            return None;
        }
        let one = Said { told, since: url.since.clone(), shortened: None };
        Some(assertion(&one, source, true, Some(ANOTHER_IS_SHOWN.to_owned())))
    }

    /// Why a value stands where another was there as well; `None` when there was none.
    fn why_it_stands(&self, place: Place) -> Option<String> {
        let told = self.told(place);
        if let Some(field) = told.given_for {
            return Some(format!("given for `{}`, and no vocabulary knows it", field.field()));
        }
        let field = told.field.as_str();
        let is_list = self.published[field].is_array();
        if is_list || self.winners.get(field) != Some(&place) || last_on(&self.decided, field).is_some() {
            return None;
        }
        self.why_first(place, self.rival(place)?)
    }

    fn why_it_lost(&self, place: Place) -> String {
        let told = self.told(place);
        let field = told.field.as_str();
        if let Some(decided) = last_on(&self.decided, field) {
            return decided.sentence(field);
        }
        if self.has_moved_from(told) {
            return HAS_MOVED.to_owned();
        }
        if field == "same_as" && told.claim.value == self.published["url"] {
            return IS_SHOWN.to_owned();
        }
        let Some(winner) = self.winners.get(field) else {
            let is_inferred = told.claim.method == Method::Inferred;
            return if is_inferred { SAID_GOES_FIRST } else { OTHERS_SAY_OTHERWISE }.to_owned();
        };
        let fallback = if winner.0 == place.0 { FIRST_OF_ITS_OWN } else { OTHERS_SAY_OTHERWISE };
        self.why_first(*winner, place).unwrap_or_else(|| fallback.to_owned())
    }

    /// Why one value goes before another. Concepts go by their method first, everything else by who speaks first.
    fn why_first(&self, winner: Place, loser: Place) -> Option<String> {
        let field = self.told(winner).field.as_str();
        let (better, worse) = (self.told(winner).claim.method, self.told(loser).claim.method);
        let by_method =
            (better > worse).then(|| format!("{} value goes before {} one", a_method(better), a_method(worse)));
        let (first, second) = (&self.case.records[winner.0], &self.case.records[loser.0]);
        let by_speaking = precedence(first, second).map(|why| who_speaks_first(why, &first.id.source));
        if ControlledField::by_field(field).is_some() { by_method.or(by_speaking) } else { by_speaking.or(by_method) }
    }

    /// The first other value of the same field.
    fn rival(&self, place: Place) -> Option<Place> {
        let told = self.told(place);
        let differs = |other: &Said| other.told.field == told.field && other.told.claim.value != told.claim.value;
        self.order.iter().find_map(|record| Some((*record, self.said[*record].iter().position(differs)?)))
    }

    fn told(&self, (record, number): Place) -> &Told {
        &self.said[record][number].told
    }
}

/// Who said the first value that merging gives each field.
fn winners(case: &Case, order: &[usize], told_by: &[Vec<Told>]) -> HashMap<String, Place> {
    let mut winners = HashMap::new();
    for merged in told(&merge(&case.records).metadata) {
        if winners.contains_key(&merged.field) {
            continue;
        }
        let is_concept = ControlledField::by_field(&merged.field).is_some();
        let is_it = |told: &Told| {
            let is_value = told.field == merged.field && told.claim.value == merged.claim.value;
            is_value && (!is_concept || told.claim.method == merged.claim.method)
        };
        let said = order.iter().find_map(|record| Some((*record, told_by[*record].iter().position(is_it)?)));
        winners.extend(said.map(|place| (merged.field.clone(), place)));
    }
    winners
}

/// Where the page is now, when its link has moved for good. No record says so.
fn moved_address(case: &Case) -> Option<Assertion> {
    let Resource { url, link, updated, .. } = &case.resource;
    let url = url.as_deref().filter(|url| case.stored.url.as_deref() != Some(*url))?;
    Some(Assertion {
        field: "url".to_owned(),
        value: Value::from(url),
        method: Method::Mapped,
        confidence: Confidence::FULL,
        source: None,
        identifier: None,
        evidence: Some("the old address redirects there for good".to_owned()),
        since: link.checked_at.as_ref().unwrap_or(updated).clone(),
        used: true,
        reason: None,
    })
}

fn assertion(
    said: &Said,
    (source, identifier): (Option<&SourceId>, Option<&str>),
    used: bool,
    reason: Option<String>,
) -> Assertion {
    let Said { told, since, .. } = said;
    Assertion {
        field: told.field.clone(),
        value: told.claim.value.clone(),
        method: told.claim.method,
        confidence: told.claim.confidence,
        source: source.cloned(),
        identifier: identifier.map(ToOwned::to_owned),
        evidence: told.claim.evidence.clone(),
        since: since.clone(),
        used,
        reason,
    }
}

/// Whether a field that is published like this holds the value. Null is held where nothing is.
fn stands_in(published: &Value, value: &Value) -> bool {
    // A concept is published with its label, and goes by its id.
    let is_value = |one: &Value| one.get("id").unwrap_or(one) == value;
    match published {
        Value::Array(values) if value.is_null() => values.is_empty(),
        Value::Array(values) => values.iter().any(is_value),
        one => is_value(one),
    }
}

fn who_speaks_first(why: Precedence, source: &SourceId) -> String {
    match why {
        Precedence::OwnSite => format!("`{source}` speaks first: the page is on its own site"),
        Precedence::SourceName => format!("`{source}` speaks first in the order of names"),
        Precedence::Identifier => {
            format!("of the records of `{source}` the first in the order of identifiers speaks first")
        }
    }
}

fn a_method(method: Method) -> &'static str {
    match method {
        Method::Inferred => "an inferred",
        Method::Mapped => "a mapped",
        Method::Stated => "a stated",
        Method::Curated => "a curated",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_stands_where_it_is_published() {
        for (published, value, expected) in [
            (json!("Soap"), json!("Soap"), true),
            (json!("Soap"), json!("Glue"), false),
            (json!(["a", "b"]), json!("b"), true),
            (json!([{ "id": "ks3", "label": "Key stage 3" }]), json!("ks3"), true),
            (json!({ "id": "free", "label": "Free" }), json!("paid"), false),
            (json!({ "from": 11, "to": 14 }), json!({ "from": 11, "to": 14 }), true),
            (Value::Null, Value::Null, true),
            (json!([]), Value::Null, true),
            (json!(["a"]), Value::Null, false),
            (Value::Null, json!("Soap"), false),
        ] {
            assert_eq!(stands_in(&published, &value), expected, "{value} in {published}");
        }
    }
}

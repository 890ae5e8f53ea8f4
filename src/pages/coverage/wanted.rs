//! What people searched for and did not find: recognised concepts of searches without results, from so many searches up
//! as may be told. What is counted, and what never is, is said in [`crate::usage`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use index::{Facet, SearchRequest};
use jiff::ToSpan as _;
use jiff::civil::Date;
use schemas::Vocabularies;

use crate::app::App;
use crate::error::AppError;
use crate::usage::concept_of;
use crate::web::query::this_hour;

/// More values than any facet has that a concept can be of.
const MOST_VALUES: usize = 1_000;

/// The concepts that searches asked for and found nothing of.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// The most wanted first.
    concepts: Vec<WantedConcept>,
    /// Where each stands among them.
    places: HashMap<Facet, HashMap<String, usize>>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WantedConcept {
    pub(super) facet: Facet,
    pub(super) id: String,
    /// In how many searches.
    pub(super) searches: u64,
    /// How many resources have it today.
    pub(super) resources: u64,
}

impl Wanted {
    fn new(concepts: Vec<WantedConcept>) -> Self {
        let mut places: HashMap<Facet, HashMap<String, usize>> = HashMap::new();
        for (place, concept) in concepts.iter().enumerate() {
            places.entry(concept.facet).or_default().insert(concept.id.clone(), place);
        }
        Self { concepts, places }
    }

    /// The most wanted first.
    pub(super) fn concepts(&self) -> &[WantedConcept] {
        &self.concepts
    }

    /// In how many searches that found nothing this was asked for; `None` when in too few to be told.
    pub(super) fn searches_for(&self, facet: Facet, id: &str) -> Option<u64> {
        let place = self.places.get(&facet)?.get(id)?;
        self.concepts.get(*place).map(|concept| concept.searches)
    }
}

/// What was asked for in vain in the last twelve whole months, by everybody.
///
/// Whole months alone, for a month that goes on could be asked about every day, and each answer compared with the last.
///
/// # Errors
/// When the store or the index cannot be read.
pub(super) async fn wanted(app: &App) -> Result<Wanted, AppError> {
    let (from, to) = last_twelve_months(app.clock.local().date());
    let counted = app.nothing_found_within_the_hour(from, to).await?;
    if counted.is_empty() {
        return Ok(Wanted::default());
    }
    let known: Vec<(Facet, &str, u64)> = counted
        .iter()
        .filter_map(|(key, count)| concept_of(key).map(|(facet, id)| (facet, id, *count)))
        .filter(|(facet, id, _)| is_known(*facet, id, app.vocabularies))
        .collect();
    let facets: BTreeSet<Facet> = known.iter().map(|(facet, _, _)| *facet).collect();
    let held = resources_by_value(app, facets).await?;
    let concept = |(facet, id, searches): (Facet, &str, u64)| {
        let id = id.to_owned();
        let key = (facet, id);
        let resources = held.get(&key).copied().unwrap_or(0);
        WantedConcept { facet, id: key.1, searches, resources }
    };
    Ok(Wanted::new(known.into_iter().map(concept).collect()))
}

/// Whether it is a concept of today. One that a vocabulary had once has no name any more, and nobody can look for it.
fn is_known(facet: Facet, id: &str, vocabularies: &Vocabularies) -> bool {
    match facet {
        Facet::Controlled(field) => vocabularies.of(field).get(id).is_some(),
        Facet::Source | Facet::Publisher | Facet::Link => false,
    }
}

async fn resources_by_value(app: &App, facets: BTreeSet<Facet>) -> Result<BTreeMap<(Facet, String), u64>, AppError> {
    let request = SearchRequest {
        facets: facets.into_iter().collect(),
        facet_limit: MOST_VALUES,
        limit: 0,
        help: false,
        ..SearchRequest::new(this_hour(&app.clock))
    };
    let mut held = BTreeMap::new();
    for counts in app.search(request).await?.facets {
        for value in &counts.values {
            held.insert((counts.facet, value.id.to_string()), value.count);
        }
    }
    Ok(held)
}

/// The first day and the last of the twelve months before this one.
pub(super) fn last_twelve_months(today: Date) -> (Date, Date) {
    let this_month = today.first_of_month();
    (this_month.saturating_sub(12.months()), this_month.saturating_sub(1.day()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::web::query::{LEVEL, SUBJECT};

    #[test]
    fn in_how_many_searches_is_told_of_a_concept_of_this_facet_alone() {
        let concept = WantedConcept { facet: SUBJECT, id: "physics".to_owned(), searches: 7, resources: 0 };
        let wanted = Wanted::new(vec![concept]);
        assert_eq!(wanted.searches_for(SUBJECT, "physics"), Some(7));
        assert_eq!((wanted.searches_for(LEVEL, "physics"), wanted.searches_for(SUBJECT, "biology")), (None, None));
    }

    #[test]
    fn twelve_whole_months_are_over_before_this_one() {
        for (today, from, to) in [
            (date(2026, 11, 22), date(2025, 11, 1), date(2026, 10, 31)),
            (date(2026, 3, 1), date(2025, 3, 1), date(2026, 2, 28)),
        ] {
            assert_eq!(last_twelve_months(today), (from, to), "{today}");
        }
    }
}

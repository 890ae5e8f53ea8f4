//! How much of each catalogue a search finds: the one count behind every number of resources that the start page and the
//! pages of catalogues show, so that each is what its link leads to. What is over or broken is not in it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use index::{Facet, SearchRequest, SearchResults};

use crate::app::App;
use crate::error::AppError;

/// More catalogues than anybody has brought together yet.
const MOST_SOURCES: usize = 10_000;

/// What a search for everything finds.
#[derive(Debug, Default)]
pub(in crate::pages) struct Found {
    /// How many resources, each once however many catalogues hold it.
    pub(in crate::pages) resources: u64,
    /// How many of them each catalogue holds; those that hold none are left out.
    pub(in crate::pages) by_source: BTreeMap<String, u64>,
}

impl Found {
    /// Counts what this search finds.
    ///
    /// # Errors
    /// As for [`App::search`].
    pub(in crate::pages) async fn by(app: &App, request: SearchRequest) -> Result<Self, AppError> {
        Ok(Self::among(&app.search(SearchRequest { limit: 0, help: false, ..counting(request) }).await?))
    }

    /// Reads it off the results of a search that was [`counting`].
    pub(in crate::pages) fn among(results: &SearchResults) -> Self {
        let counts = results.facets.iter().find(|counts| counts.facet == Facet::Source);
        let values = counts.into_iter().flat_map(|counts| &counts.values).filter(|value| value.count > 0);
        Self { resources: results.total, by_source: values.map(|value| (value.id.to_string(), value.count)).collect() }
    }

    /// How many of this catalogue.
    pub(in crate::pages) fn of(&self, source: &str) -> u64 {
        self.by_source.get(source).copied().unwrap_or(0)
    }

    /// How many catalogues hold any.
    pub(in crate::pages) fn sources(&self) -> u64 {
        u64::try_from(self.by_source.len()).unwrap_or(u64::MAX)
    }

    /// The catalogues that hold any, those that hold most first.
    pub(in crate::pages) fn most_first(&self) -> Vec<(&str, u64)> {
        let mut held: Vec<(&str, u64)> = self.by_source.iter().map(|(id, count)| (id.as_str(), *count)).collect();
        held.sort_by_key(|(_, count)| Reverse(*count));
        held
    }
}

/// A search that counts by catalogue, and by nothing else.
pub(in crate::pages) fn counting(request: SearchRequest) -> SearchRequest {
    SearchRequest { facets: vec![Facet::Source], facet_limit: MOST_SOURCES, ..request }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_that_hold_most_stand_first_and_one_that_holds_none_is_not_counted() {
        let by_source = [("iop", 1), ("rsc", 12)].map(|(id, count)| (id.to_owned(), count)).into();
        let found = Found { resources: 12, by_source };
        assert_eq!((found.sources(), found.of("rsc"), found.of("empty")), (2, 12, 0));
        assert_eq!(found.most_first(), [("rsc", 12), ("iop", 1)]);
    }
}

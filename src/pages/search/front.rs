//! The front page: what Signpost is, how much it knows, and places to start.

use index::{Facet, FacetCounts, SearchResults};
use schemas::{ControlledField, Vocabularies};

use super::PageLink;
use super::facets::LEVEL;
use crate::pages::{levels, wording};
use crate::web::query::SearchQuery;

/// What is shown to one who has asked for nothing yet.
pub(super) struct Front {
    /// "Search 1,204 resources from 12 catalogues"; nothing when there are none.
    pub(super) size: Option<String>,
    pub(super) subjects: Vec<PageLink>,
    /// The stages of each nation, in its own words.
    pub(super) nations: Vec<NationLevels>,
}

/// The stages of one nation.
pub(super) struct NationLevels {
    pub(super) nation: String,
    pub(super) levels: Vec<PageLink>,
}

/// So many subjects to start from.
const SUBJECTS: usize = 12;

/// What is shown to one who has asked for nothing yet; `None` of it on a second page.
pub(super) fn front(query: &SearchQuery, results: &SearchResults, vocabularies: &Vocabularies) -> Front {
    if query.page > 1 {
        return Front { size: None, subjects: Vec::new(), nations: Vec::new() };
    }
    let subjects = counts(results, Facet::Controlled(ControlledField::Subject));
    Front {
        size: size(results),
        subjects: subjects
            .into_iter()
            .flat_map(|counts| &counts.values)
            .filter(|value| value.count > 0)
            .take(SUBJECTS)
            .map(|value| search_link(ControlledField::Subject, &value.id, &value.label))
            .collect(),
        nations: nations(results, vocabularies),
    }
}

fn counts(results: &SearchResults, facet: Facet) -> Option<&FacetCounts> {
    results.facets.iter().find(|counts| counts.facet == facet)
}

fn size(results: &SearchResults) -> Option<String> {
    if results.total == 0 {
        return None;
    }
    let resources = wording::count(results.total, "resource", "resources");
    let catalogues = counts(results, Facet::Source).map_or(0, |counts| {
        let listed = counts.values.iter().filter(|value| value.count > 0).count();
        counts.more + u64::try_from(listed).unwrap_or(u64::MAX)
    });
    Some(format!("{resources} from {}", wording::count(catalogues, "catalogue", "catalogues")))
}

fn nations(results: &SearchResults, vocabularies: &Vocabularies) -> Vec<NationLevels> {
    let (list, nations) = (vocabularies.of(ControlledField::Level), vocabularies.of(ControlledField::Nation));
    let stages: Vec<&str> = counts(results, LEVEL)
        .into_iter()
        .flat_map(|counts| &counts.values)
        .filter(|value| value.count > 0 && levels::is_stage(list, &value.id))
        .map(|value| &*value.id)
        .collect();
    levels::by_nation(stages, |id| id, list, nations)
        .into_iter()
        .map(|(nation, ids)| NationLevels {
            nation: nations.label(nation).to_owned(),
            levels: ids.into_iter().map(|id| search_link(ControlledField::Level, id, list.label(id))).collect(),
        })
        .collect()
}

/// A search for one concept. Concept ids need no escaping in an address.
pub(super) fn search_link(field: ControlledField, id: &str, label: &str) -> PageLink {
    PageLink { href: format!("/?{}={id}", field.name()), label: label.to_owned() }
}

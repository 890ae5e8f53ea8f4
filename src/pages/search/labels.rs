//! What people read for a facet and for its values.

use std::collections::BTreeMap;
use std::sync::Arc;

use index::{Facet, NOT_STATED, SearchResults};
use schemas::{ControlledField, Vocabularies};

/// Everything that a label may come from.
pub(super) struct Labels<'a> {
    pub(super) results: &'a SearchResults,
    pub(super) vocabularies: &'a Vocabularies,
    pub(super) sources: Arc<BTreeMap<String, String>>,
}

impl Labels<'_> {
    /// The label of a value; the id itself when nothing knows it.
    pub(super) fn of(&self, facet: Facet, id: &str) -> String {
        if id == NOT_STATED {
            return "Not stated".to_owned();
        }
        match facet {
            Facet::Controlled(field) => self.vocabularies.of(field).label(id).to_owned(),
            Facet::Source => self.sources.get(id).map_or(id, String::as_str).to_owned(),
            Facet::Publisher => self.counted_label(facet, id).unwrap_or(id).to_owned(),
            Facet::Link => link_label(id).to_owned(),
        }
    }

    fn counted_label(&self, facet: Facet, id: &str) -> Option<&str> {
        let counts = self.results.facets.iter().find(|counts| counts.facet == facet)?;
        counts.values.iter().find(|value| &*value.id == id).map(|value| &*value.label)
    }
}

/// What a facet is called above its values.
pub(super) fn legend(facet: Facet) -> &'static str {
    match facet {
        Facet::Controlled(ControlledField::Subject) => "Subject",
        Facet::Controlled(ControlledField::Level) => "Level",
        Facet::Controlled(ControlledField::Type) => "Type of resource",
        Facet::Controlled(ControlledField::Audience) => "For whom",
        Facet::Controlled(ControlledField::Sector) => "Sector",
        Facet::Controlled(ControlledField::Occupation) => "Job",
        Facet::Controlled(ControlledField::Route) => "Way into work",
        Facet::Controlled(ControlledField::Benchmark) => "Gatsby Benchmark",
        Facet::Controlled(ControlledField::LearningArea) => "Career learning area (CDI)",
        Facet::Controlled(ControlledField::Medium) => "How it comes",
        Facet::Controlled(ControlledField::Cost) => "Cost",
        Facet::Controlled(ControlledField::Licence) => "Licence",
        Facet::Controlled(ControlledField::Language) => "Language",
        Facet::Controlled(ControlledField::Nation) => "Nation",
        Facet::Controlled(ControlledField::Region) => "English region",
        Facet::Controlled(ControlledField::Inclusion) => "Sets out to reach",
        Facet::Source => "Catalogue",
        Facet::Publisher => "Publisher",
        Facet::Link => "Link",
    }
}

fn link_label(id: &str) -> &str {
    match id {
        "ok" => "Works",
        "moved" => "Has moved",
        "broken" => "Broken",
        "unchecked" => "Not checked lately",
        "none" => "No web address",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_facet_and_every_state_of_a_link_has_words_of_its_own() {
        let mut legends: Vec<_> = Facet::ALL.into_iter().map(legend).collect();
        legends.sort_unstable();
        legends.dedup();
        assert_eq!(legends.len(), Facet::ALL.len());
        for state in schemas::LinkState::ALL {
            assert_ne!(link_label(state.name()), state.name());
        }
    }
}

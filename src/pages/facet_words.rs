//! What people read for a facet and for its values.

use std::collections::BTreeMap;

use index::{Facet, NOT_STATED};
use schemas::{ControlledField, Vocabularies};

use super::wording::word;

/// What a facet is called above its values.
pub(super) fn legend(facet: Facet) -> &'static str {
    match facet {
        Facet::Controlled(ControlledField::Subject) => word("facets.subject"),
        Facet::Controlled(ControlledField::Level) => word("facets.level"),
        Facet::Controlled(ControlledField::Type) => word("facets.type"),
        Facet::Controlled(ControlledField::Audience) => word("facets.audience"),
        Facet::Controlled(ControlledField::Sector) => word("facets.sector"),
        Facet::Controlled(ControlledField::Occupation) => word("facets.occupation"),
        Facet::Controlled(ControlledField::Route) => word("facets.route"),
        Facet::Controlled(ControlledField::Benchmark) => word("facets.benchmark"),
        Facet::Controlled(ControlledField::LearningArea) => word("facets.learning-area"),
        Facet::Controlled(ControlledField::Medium) => word("facets.medium"),
        Facet::Controlled(ControlledField::Cost) => word("facets.cost"),
        Facet::Controlled(ControlledField::Licence) => word("facets.licence"),
        Facet::Controlled(ControlledField::Language) => word("facets.language"),
        Facet::Controlled(ControlledField::Nation) => word("facets.nation"),
        Facet::Controlled(ControlledField::Region) => word("facets.region"),
        Facet::Controlled(ControlledField::Inclusion) => word("facets.inclusion"),
        Facet::Source => word("facets.source"),
        Facet::Publisher => word("facets.publisher"),
        Facet::Link => word("facets.link"),
    }
}

/// The label of a value; the value itself where nothing knows it, as of publishers. `sources` are the names of the
/// catalogues by id.
pub(super) fn value_label(
    vocabularies: &Vocabularies,
    sources: &BTreeMap<String, String>,
    facet: Facet,
    id: &str,
) -> String {
    if id == NOT_STATED {
        return word("facets.not-stated").to_owned();
    }
    match facet {
        Facet::Controlled(field) => vocabularies.of(field).label(id).to_owned(),
        Facet::Source => sources.get(id).map_or(id, String::as_str).to_owned(),
        Facet::Publisher => id.to_owned(),
        Facet::Link => link_label(id).to_owned(),
    }
}

fn link_label(id: &str) -> &str {
    match id {
        "ok" => word("facets.link-ok"),
        "moved" => word("facets.link-moved"),
        "broken" => word("facets.link-broken"),
        "unchecked" => word("facets.link-unchecked"),
        "none" => word("facets.link-none"),
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

    #[test]
    fn a_value_has_its_label_and_what_nothing_knows_is_said_as_it_is() {
        let sources = BTreeMap::from([("rsc".to_owned(), "Royal Society of Chemistry".to_owned())]);
        let subject = Facet::Controlled(ControlledField::Subject);
        for (facet, id, label) in [
            (subject, "chemistry", "Chemistry"),
            (subject, NOT_STATED, "Not stated"),
            (Facet::Source, "rsc", "Royal Society of Chemistry"),
            (Facet::Source, "gone", "gone"),
            (Facet::Publisher, "A publisher", "A publisher"),
            (Facet::Link, "broken", "Broken"),
        ] {
            assert_eq!(value_label(Vocabularies::shipped(), &sources, facet, id), label, "{id}");
        }
    }
}

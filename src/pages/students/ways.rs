//! The ways into work of each nation, each said in one plain sentence, with what there is to read about it.
//!
//! A way is one concept of the route vocabulary; the narrower ones count with it.

use index::FacetCounts;

use super::address;
use crate::pages::carried::Carried;
use crate::pages::wording::{counted, word};

/// One way into work.
pub(super) struct Way {
    pub(super) name: &'static str,
    /// What it is, in one sentence.
    pub(super) what: &'static str,
    /// The search for what there is about it; `None` where there is nothing.
    pub(super) href: Option<String>,
    /// "12 things to read".
    pub(super) count: String,
}

/// The concept of a route, and the names of what is said of it.
type Told = (&'static str, &'static str, &'static str);

const ENGLAND: [Told; 4] = [
    ("route-apprenticeship", "students.apprenticeship", "students.apprenticeship-is"),
    ("t-level", "students.t-level", "students.t-level-is"),
    ("a-level", "students.a-level", "students.a-level-is"),
    ("degree", "students.degree", "students.degree-is"),
];
const SCOTLAND: [Told; 6] = [
    ("foundation-apprenticeship-scotland", "students.foundation", "students.foundation-is"),
    ("modern-apprenticeship", "students.modern", "students.modern-is"),
    ("graduate-apprenticeship", "students.graduate", "students.graduate-is"),
    ("higher", "students.highers", "students.highers-is"),
    ("hn-scotland", "students.hn", "students.hn-is"),
    ("degree", "students.degree", "students.degree-is"),
];
const WALES: [Told; 4] = [
    ("welsh-apprenticeship", "students.apprenticeship", "students.apprenticeship-is"),
    ("btec", "students.vocational", "students.vocational-is"),
    ("a-level", "students.a-level", "students.a-level-is"),
    ("degree", "students.degree", "students.degree-is"),
];
const NORTHERN_IRELAND: [Told; 4] = [
    ("apprenticeshipsni", "students.apprenticeships-ni", "students.apprenticeship-is"),
    ("btec", "students.vocational", "students.vocational-is"),
    ("gce-ni", "students.a-level", "students.a-level-is"),
    ("degree", "students.degree", "students.degree-is"),
];

/// The ways of the visitor's nation, with what there is about each among the results of a search that had these counts
/// and asked for this.
pub(super) fn ways(carried: &Carried, counts: Option<&FacetCounts>, asked: &[(&str, &str)]) -> Vec<Way> {
    let count_of = |id: &str| {
        let value = counts.and_then(|counts| counts.values.iter().find(|value| &*value.id == id));
        value.map_or(0, |value| value.count)
    };
    let way = |&(id, name, what): &Told| {
        let count = count_of(id);
        Way {
            name: word(name),
            what: word(what),
            href: (count > 0).then(|| carried.address(&about(id, asked))),
            count: counted("students.reads", count),
        }
    };
    told_in(carried.nation()).iter().map(way).collect()
}

fn told_in(nation: &str) -> &'static [Told] {
    match nation {
        "scotland" => &SCOTLAND,
        "wales" => &WALES,
        "northern-ireland" => &NORTHERN_IRELAND,
        _ => &ENGLAND,
    }
}

/// The search for a way, in which it stands in the place of another.
fn about(id: &str, asked: &[(&str, &str)]) -> String {
    let others = asked.iter().copied().filter(|(name, _)| *name != "route");
    let pairs: Vec<(&str, &str)> = others.chain([("route", id)]).collect();
    address("/", &pairs)
}

#[cfg(test)]
mod tests {
    use index::{Facet, FacetValue};
    use schemas::{ControlledField, Vocabularies};

    use super::*;
    use crate::pages::carried::NATIONS;

    #[test]
    fn every_way_is_a_route_that_there_is_and_nations_have_ways_of_their_own() {
        let routes = Vocabularies::shipped().of(ControlledField::Route);
        for nation in NATIONS {
            for (id, _, _) in told_in(nation) {
                assert!(routes.get(id).is_some(), "{nation}: {id}");
            }
        }
        assert_ne!(told_in("scotland"), told_in("england"));
    }

    #[test]
    fn a_way_leads_to_what_there_is_about_it_and_nowhere_where_there_is_nothing() {
        let value =
            FacetValue { id: "t-level".into(), label: "T Level".into(), count: 3, inferred: 0, selected: false };
        let facet = Facet::Controlled(ControlledField::Route);
        let counts = FacetCounts { facet, values: vec![value], more: 0, not_stated: 0 };
        let ways = ways(&Carried::default(), Some(&counts), &[("q", "chemist"), ("route", "degree")]);
        let hrefs: Vec<Option<&str>> = ways.iter().map(|way| way.href.as_deref()).collect();
        assert_eq!(hrefs, [None, Some("/?q=chemist&route=t-level"), None, None]);
    }
}

use std::collections::BTreeMap;

use schemas::{ControlledField, LinkState};

use crate::NOT_STATED;
use crate::request::{Facet, Scope, SearchRequest};
use crate::results::Coverage;
use crate::testing::{TestIndex, asking, count_of, id_of, narrowed, now, resource};

const SUBJECT: ControlledField = ControlledField::Subject;
const LEVEL: ControlledField = ControlledField::Level;
const TYPE: ControlledField = ControlledField::Type;

fn five() -> TestIndex {
    TestIndex::of(&[
        resource("Acids").with(SUBJECT, "chemistry").with(TYPE, "video"),
        resource("Bases").with(SUBJECT, "chemistry").with(TYPE, "poster").source("other-society"),
        resource("Forces").with(SUBJECT, "physics").with(TYPE, "video").inferred(LEVEL, "ks3"),
        resource("Waves").with(SUBJECT, "physics").with(LEVEL, "ks4").link(LinkState::Broken),
        resource("Nothing"),
    ])
}

fn scope(filters: &[(&str, &[&str])], hidden: &[&str]) -> Scope {
    let hidden_sources = hidden.iter().map(|id| (*id).to_owned()).collect();
    Scope { filters: narrowed(filters).filters, hidden_sources }
}

#[test]
fn a_scope_narrows_everything_and_no_facet_ignores_it() {
    let test = five();
    let request = SearchRequest { scope: scope(&[("subject", &["chemistry"])], &[]), ..asking("") };
    let results = test.search(&request);
    assert_eq!(results.total, 2);
    assert_eq!(["chemistry", "physics", NOT_STATED].map(|id| count_of(&results, "subject", id)), [2, 0, 0]);
    let within = SearchRequest { filters: narrowed(&[("subject", &["physics"])]).filters, ..request.clone() };
    assert_eq!((test.search(&within).total, count_of(&test.search(&within), "subject", "chemistry")), (0, 2));
    let words = SearchRequest { text: "acids bases forces".to_owned(), interpret: false, ..request };
    assert_eq!(test.search(&words).total, 0);
    assert_eq!(test.titles_of(&SearchRequest { text: "bases".to_owned(), ..words }), ["Bases"]);
}

#[test]
fn what_only_hidden_sources_know_is_not_found() {
    let test = five();
    let titles = |hidden: &[&str]| {
        let mut titles = test.titles_of(&SearchRequest { scope: scope(&[], hidden), ..asking("") });
        titles.sort();
        titles
    };
    assert_eq!(titles(&["other-society"]), ["Acids", "Forces", "Nothing"]);
    assert_eq!(titles(&["example-society"]), ["Bases"]);
    assert_eq!(titles(&["nobody"]).len(), 4);
}

fn coverage(test: &TestIndex, request: SearchRequest, facets: [&str; 2]) -> Coverage {
    let facets = facets.map(|name| Facet::by_name(name).expect("a facet"));
    test.search(&SearchRequest { coverage: Some(facets), ..request }).coverage.expect("a coverage")
}

/// Each cell, by the ids of its values.
fn cells(coverage: &Coverage) -> BTreeMap<(String, String), u64> {
    let id = |place: usize, values: &[crate::CoverageValue]| values[place].id.to_string();
    coverage
        .cells
        .iter()
        .map(|cell| ((id(cell.row, &coverage.rows), id(cell.column, &coverage.columns)), cell.count))
        .collect()
}

#[test]
fn each_cell_of_a_coverage_is_what_a_search_for_both_values_finds() {
    let test = five();
    for (request, facets) in [
        (asking(""), ["subject", "level"]),
        (asking(""), ["type", "subject"]),
        (asking(""), ["link", "subject"]),
        (SearchRequest { stated_only: true, ..asking("") }, ["level", "subject"]),
        (narrowed(&[("subject", &["physics"]), ("type", &["video"])]), ["subject", "level"]),
        (SearchRequest { scope: scope(&[], &["other-society"]), ..asking("") }, ["source", "subject"]),
    ] {
        let coverage = coverage(&test, request.clone(), facets);
        let cells = cells(&coverage);
        assert!(!cells.is_empty(), "{facets:?}");
        for row in &coverage.rows {
            for column in &coverage.columns {
                let mut clicked = request.clone();
                for (name, id) in facets.iter().zip([&row.id, &column.id]) {
                    clicked.filters.insert(Facet::by_name(name).expect("a facet"), vec![id.to_string()]);
                }
                let counted = cells.get(&(row.id.to_string(), column.id.to_string())).copied().unwrap_or(0);
                assert_eq!(counted, test.search(&clicked).total, "{facets:?} {} {}", row.id, column.id);
            }
        }
    }
}

#[test]
fn the_most_frequent_values_of_a_coverage_come_first_and_what_states_nothing_last() {
    let coverage = coverage(&five(), asking(""), ["subject", "type"]);
    let ids: Vec<(&str, u64)> = coverage.rows.iter().map(|value| (&*value.id, value.count)).collect();
    assert_eq!(ids, [("science", 3), ("chemistry", 2), ("physics", 1), (NOT_STATED, 1)]);
    assert_eq!(coverage.rows.last().map(|value| &*value.label), Some("Not stated"));
}

#[test]
fn what_a_scope_leaves_out_is_neither_suggested_nor_similar() {
    let test = TestIndex::of(&[
        resource("Crystal growing").with(SUBJECT, "chemistry"),
        resource("Crystal gazing").with(SUBJECT, "chemistry").source("other-society"),
        resource("Crystal radios").with(SUBJECT, "physics"),
    ]);
    let suggested = |scope: &Scope, text: &str| test.index.suggest(text, 8, now(), scope).expect("an answer");
    let hidden = scope(&[], &["other-society"]);
    assert_eq!(suggested(&hidden, "crystal").titles.len(), 2);
    assert_eq!(suggested(&hidden, "chemis").concepts[0].count, 1);
    let chemistry = scope(&[("subject", &["chemistry"])], &[]);
    assert_eq!(suggested(&chemistry, "crystal r").titles, []);
    assert_eq!(suggested(&chemistry, "physics").concepts, []);
    let similar = |scope: &Scope| {
        let hits = test.index.similar(&id_of("Crystal growing"), 8, now(), scope).expect("an answer");
        hits.expect("the resource is there").into_iter().map(|hit| hit.id).collect::<Vec<_>>()
    };
    assert_eq!(similar(&Scope::default()).len(), 2);
    assert_eq!(similar(&hidden), [id_of("Crystal radios")]);
    assert_eq!(similar(&chemistry), [id_of("Crystal gazing")]);
}

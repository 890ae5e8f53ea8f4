use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;
use schemas::{ControlledField, LinkState, Vocabularies};

use crate::document::{Entry, facet_values};
use crate::request::{Facet, SearchRequest};
use crate::testing::{Draft, TestIndex, asking, count_of, counts_of, id_of, narrowed, now, resource};
use crate::{IndexChange, NOT_STATED};

const SUBJECT: ControlledField = ControlledField::Subject;
const TYPE: ControlledField = ControlledField::Type;

fn three() -> TestIndex {
    TestIndex::of(&[
        resource("A").with(SUBJECT, "chemistry").with(TYPE, "video"),
        resource("B").with(SUBJECT, "physics").with(TYPE, "video"),
        resource("C").with(SUBJECT, "physics").with(TYPE, "poster"),
        resource("D"),
    ])
}

#[test]
fn within_a_facet_any_and_across_facets_all() {
    let test = three();
    let total = |filters: &[(&str, &[&str])]| test.search(&narrowed(filters)).total;
    assert_eq!(total(&[("subject", &["chemistry", "physics"])]), 3);
    assert_eq!(total(&[("subject", &["physics"]), ("type", &["video"])]), 1);
    assert_eq!(total(&[("subject", &["mathematics"])]), 0);
    assert_eq!(total(&[("subject", &["science"])]), 3);
}

#[test]
fn a_facets_own_counts_ignore_its_own_selection() {
    let test = three();
    let results = test.search(&narrowed(&[("subject", &["chemistry"])]));
    assert_eq!(results.total, 1);
    assert_eq!(count_of(&results, "subject", "physics"), 2);
    assert_eq!(count_of(&results, "subject", NOT_STATED), 1);
    assert_eq!(count_of(&results, "type", "video"), 1);
    assert_eq!(count_of(&results, "type", "poster"), 0);
}

#[test]
fn what_states_nothing_can_be_asked_for() {
    let test = three();
    assert_eq!(test.titles_of(&narrowed(&[("subject", &[NOT_STATED])])), ["D"]);
    assert_eq!(test.search(&narrowed(&[("subject", &[NOT_STATED, "chemistry"])])).total, 2);
    assert_eq!(test.search(&narrowed(&[("publisher", &[NOT_STATED])])).total, 4);
}

#[test]
fn selected_values_are_shown_though_they_find_nothing() {
    let results = three().search(&narrowed(&[("subject", &["mathematics"]), ("type", &["video"])]));
    let selected = counts_of(&results, "subject").values.iter().find(|value| value.selected).unwrap();
    assert_eq!((selected.id.as_str(), selected.label.as_str(), selected.count), ("mathematics", "Mathematics", 0));
}

#[test]
fn cut_values_are_counted_and_selected_ones_are_not_cut() {
    let request = SearchRequest { facet_limit: 1, ..narrowed(&[("subject", &["chemistry"])]) };
    let results = three().search(&request);
    let counts = counts_of(&results, "subject");
    let ids: Vec<&str> = counts.values.iter().map(|value| value.id.as_str()).collect();
    assert_eq!((ids, counts.more), (vec!["science", "chemistry"], 1));
}

#[test]
fn inferred_values_are_counted_among_the_others_and_apart() {
    let test = TestIndex::of(&[
        resource("A").inferred(SUBJECT, "physics"),
        resource("B").with(SUBJECT, "physics"),
        resource("C").inferred(SUBJECT, "chemistry"),
    ]);
    let inferred = |request: &SearchRequest| -> Vec<(String, u64, u64)> {
        let results = test.search(request);
        let values = counts_of(&results, "subject").values.clone();
        values.into_iter().map(|value| (value.id, value.count, value.inferred)).collect()
    };
    let expected =
        [("science", 3, 2), ("physics", 2, 1), ("chemistry", 1, 1)].map(|(id, all, part)| (id.to_owned(), all, part));
    assert_eq!(inferred(&asking("")), expected);
    assert_eq!(inferred(&narrowed(&[("subject", &["chemistry"])])), expected);
}

#[test]
fn understood_words_narrow_all_counts() {
    let results = three().search(&asking("physics"));
    assert_eq!(results.total, 2);
    assert_eq!(count_of(&results, "subject", "chemistry"), 0);
    assert_eq!(count_of(&results, "type", "poster"), 1);
}

#[test]
fn only_the_facets_asked_for_are_counted_and_all_narrow() {
    let facets = vec![Facet::Controlled(TYPE)];
    let results = three().search(&SearchRequest { facets, ..narrowed(&[("subject", &["chemistry"])]) });
    assert_eq!((results.total, results.facets.len()), (1, 1));
    assert_eq!(count_of(&results, "type", "video"), 1);
}

/// The facets that the properties below narrow by, and values that occur in them or do not.
const NARROWING: [(&str, &[&str]); 6] = [
    ("subject", &["chemistry", "physics", "science", "mathematics", "statistics", "biology", NOT_STATED]),
    ("level", &["ks3", "eng-year-9", "sco-s2", "ks4", "phase-secondary", NOT_STATED]),
    ("type", &["video", "information", "poster", NOT_STATED]),
    ("publisher", &["Example Society", "Another", "Nobody", NOT_STATED]),
    ("source", &["example-society", "another-source", NOT_STATED]),
    ("link", &["ok", "moved", "broken", NOT_STATED]),
];

#[derive(Debug, Clone)]
struct Made {
    subjects: Vec<&'static str>,
    levels: Vec<&'static str>,
    types: Vec<&'static str>,
    inferred: Option<&'static str>,
    publisher: Option<&'static str>,
    source: &'static str,
    link: LinkState,
}

fn made() -> impl Strategy<Value = Made> {
    let subjects = subsequence(vec!["chemistry", "physics", "mathematics", "statistics", "biology"], 0..=3);
    let levels = subsequence(vec!["ks3", "ks4", "eng-year-9", "sco-s2"], 0..=2);
    let types = subsequence(vec!["video", "poster", "information"], 0..=2);
    let inferred = option::of(prop_oneof![Just("biology"), Just("astronomy-space")]);
    let publisher = option::of(prop_oneof![Just("Example Society"), Just("Another")]);
    let source = prop_oneof![Just("example-society"), Just("another-source")];
    let link = prop_oneof![Just(LinkState::Ok), Just(LinkState::Moved), Just(LinkState::Broken)];
    (subjects, levels, types, inferred, publisher, source, link).prop_map(
        |(subjects, levels, types, inferred, publisher, source, link)| Made {
            subjects,
            levels,
            types,
            inferred,
            publisher,
            source,
            link,
        },
    )
}

impl Made {
    fn draft(&self, title: &str) -> Draft {
        let mut draft = resource(title).source(self.source).link(self.link);
        let stated = [(SUBJECT, &self.subjects), (ControlledField::Level, &self.levels), (TYPE, &self.types)];
        for (field, ids) in stated {
            draft = ids.iter().fold(draft, |draft, id| draft.with(field, id));
        }
        if let Some(id) = self.inferred {
            draft = draft.inferred(SUBJECT, id);
        }
        draft.describe(|metadata| metadata.publisher = self.publisher.map(str::to_owned))
    }
}

/// Batches of changes, one commit each: a resource is put, put again, or removed.
fn batches() -> impl Strategy<Value = Vec<BTreeMap<u8, Option<Made>>>> {
    vec(btree_map(0_u8..14, option::weighted(0.8, made()), 1..8), 1..5)
}

fn filters() -> impl Strategy<Value = BTreeMap<Facet, Vec<String>>> {
    let of_one = |(name, values): (&'static str, &'static [&'static str])| {
        let facet = Facet::by_name(name).expect("a facet");
        let most = values.len().min(3);
        option::weighted(0.4, subsequence(values.to_vec(), 1..=most)).prop_map(move |chosen| (facet, chosen))
    };
    NARROWING.map(of_one).prop_map(|chosen| {
        let given = chosen.into_iter().filter_map(|(facet, values)| Some((facet, values?)));
        given
            .map(|(facet, values)| (facet, values.into_iter().map(str::to_owned).collect()))
            .collect::<BTreeMap<Facet, Vec<String>>>()
    })
}

fn passes(entry: &Entry, facet: Facet, wanted: &[String]) -> bool {
    let values = facet_values(entry, facet, Vocabularies::shipped());
    wanted.iter().any(|id| if id == NOT_STATED { values.is_empty() } else { values.contains_key(id) })
}

fn passes_all_but(entry: &Entry, filters: &BTreeMap<Facet, Vec<String>>, ignored: Option<Facet>) -> bool {
    let is_hidden = entry.resource.link.state == LinkState::Broken;
    if is_hidden && !filters.contains_key(&Facet::Link) && ignored != Some(Facet::Link) {
        return false;
    }
    filters.iter().all(|(facet, wanted)| ignored == Some(*facet) || passes(entry, *facet, wanted))
}

/// The counts of a facet, by looking at every resource.
fn counted_by_hand(
    entries: &[Entry],
    filters: &BTreeMap<Facet, Vec<String>>,
    facet: Facet,
) -> (BTreeMap<String, (u64, u64)>, u64) {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut not_stated = 0;
    for entry in entries.iter().filter(|entry| passes_all_but(entry, filters, Some(facet))) {
        let values = facet_values(entry, facet, Vocabularies::shipped());
        not_stated += u64::from(values.is_empty());
        for (id, only_inferred) in values {
            let count = counts.entry(id).or_default();
            count.0 += 1;
            count.1 += u64::from(only_inferred);
        }
    }
    for id in filters.get(&facet).into_iter().flatten().filter(|id| *id != NOT_STATED) {
        counts.entry(id.clone()).or_default();
    }
    (counts, not_stated)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_count_is_exact_and_is_what_a_click_gives(batches in batches(), filters in filters()) {
        let test = TestIndex::empty();
        let mut held: BTreeMap<u8, Draft> = BTreeMap::new();
        for (position, batch) in (1_u64..).zip(&batches) {
            let mut changes = Vec::new();
            for (key, made) in batch {
                let title = format!("Resource {key}");
                if let Some(made) = made {
                    let draft = made.draft(&title);
                    changes.push(draft.put());
                    held.insert(*key, draft);
                } else {
                    changes.push(IndexChange::Remove(id_of(&title)));
                    held.remove(key);
                }
            }
            test.index.apply(&changes, position).expect("an applied change");
        }
        let entries: Vec<Entry> = held.values().map(Draft::entry).collect();
        prop_assert_eq!(test.index.resource_count(), entries.len() as u64);

        let request = |filters: &BTreeMap<Facet, Vec<String>>| SearchRequest {
            filters: filters.clone(),
            limit: 100,
            facet_limit: 1_000,
            ..SearchRequest::new(now())
        };
        let results = test.search(&request(&filters));
        let found: BTreeSet<_> = results.hits.iter().map(|hit| hit.id.clone()).collect();
        let expected: BTreeSet<_> = entries
            .iter()
            .filter(|entry| passes_all_but(entry, &filters, None))
            .map(|entry| entry.resource.id.clone())
            .collect();
        prop_assert_eq!(results.total, expected.len() as u64);
        prop_assert_eq!(found, expected);

        for counts in &results.facets {
            let given: BTreeMap<String, (u64, u64)> =
                counts.values.iter().map(|value| (value.id.clone(), (value.count, value.inferred))).collect();
            prop_assert_eq!((given, counts.not_stated), counted_by_hand(&entries, &filters, counts.facet));
            let clicks = counts.values.iter().map(|value| (value.id.clone(), value.count));
            for (id, count) in clicks.chain([(String::from(NOT_STATED), counts.not_stated)]) {
                let mut clicked = filters.clone();
                clicked.insert(counts.facet, vec![id]);
                prop_assert_eq!(test.search(&request(&clicked)).total, count);
            }
        }
    }
}

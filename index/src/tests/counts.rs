use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;
use schemas::{AgeRange, ControlledField, LinkState, ResourceId, Vocabularies};

use crate::document::{Entry, facet_values};
use crate::request::{Facet, Place, SearchRequest, Sort};
use crate::results::SearchResults;
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
    assert_eq!((&*selected.id, &*selected.label, selected.count), ("mathematics", "Mathematics", 0));
}

#[test]
fn cut_values_are_counted_and_selected_ones_are_not_cut() {
    let request = SearchRequest { facet_limit: 1, ..narrowed(&[("subject", &["chemistry"])]) };
    let results = three().search(&request);
    let counts = counts_of(&results, "subject");
    let ids: Vec<&str> = counts.values.iter().map(|value| &*value.id).collect();
    assert_eq!((ids, counts.more), (vec!["science", "chemistry"], 1));
}

#[test]
fn listed_values_can_be_searched_by_how_their_words_begin() {
    let test = three();
    let listed = |typed: &str, facet_limit: usize| -> (Vec<String>, u64) {
        let request = SearchRequest { facet_query: Some(typed.to_owned()), facet_limit, ..narrowed(&[]) };
        let results = test.search(&request);
        assert_eq!((results.total, count_of(&results, "subject", NOT_STATED)), (4, 1));
        let counts = counts_of(&results, "subject");
        (counts.values.iter().map(|value| String::from(&*value.id)).collect(), counts.more)
    };
    let some = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<String>>();
    assert_eq!(listed("PHYS", 100), (some(&["physics"]), 0));
    assert_eq!(listed("hysics", 100), (some(&[]), 0));
    assert_eq!(listed("phys chem", 100), (some(&[]), 0));
    assert_eq!(listed(" ", 1), (some(&["science"]), 2));
    assert_eq!(listed("chem", 0), (some(&[]), 1));
}

#[test]
fn selected_values_are_listed_whatever_is_searched_among_values() {
    let request = SearchRequest { facet_query: Some("phys".to_owned()), ..narrowed(&[("subject", &["chemistry"])]) };
    let results = three().search(&request);
    let ids: Vec<&str> = counts_of(&results, "subject").values.iter().map(|value| &*value.id).collect();
    assert_eq!(ids, ["physics", "chemistry"]);
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
        values.into_iter().map(|value| (String::from(&*value.id), value.count, value.inferred)).collect()
    };
    let expected =
        [("science", 3, 2), ("physics", 2, 1), ("chemistry", 1, 1)].map(|(id, all, part)| (id.to_owned(), all, part));
    assert_eq!(inferred(&asking("")), expected);
    assert_eq!(inferred(&narrowed(&[("subject", &["chemistry"])])), expected);
}

#[test]
fn inferred_values_are_as_if_they_were_not_there_when_only_stated_ones_count() {
    let test = TestIndex::of(&[
        resource("A").inferred(SUBJECT, "physics"),
        resource("B").with(SUBJECT, "physics"),
        resource("C").inferred(SUBJECT, "chemistry"),
    ]);
    let stated = |filters: &[(&str, &[&str])]| SearchRequest { stated_only: true, ..narrowed(filters) };
    let results = test.search(&stated(&[]));
    let counts = ["physics", "chemistry", NOT_STATED].map(|id| count_of(&results, "subject", id));
    assert_eq!((results.total, counts), (3, [1, 0, 2]));
    assert!(counts_of(&results, "subject").values.iter().all(|value| value.inferred == 0));
    assert_eq!(test.titles_of(&stated(&[("subject", &["physics"])])), ["B"]);
    assert_eq!(test.search(&stated(&[("subject", &["chemistry"])])).total, 0);
    assert_eq!(test.search(&stated(&[("subject", &[NOT_STATED])])).total, 2);
    assert_eq!(test.search(&stated(&[("subject", &[NOT_STATED, "physics"])])).total, 3);
}

#[test]
fn counts_follow_every_commit() {
    let test = three();
    assert_eq!(count_of(&test.search(&narrowed(&[])), "subject", "physics"), 2);
    test.index.apply(&[IndexChange::Remove(id_of("B"))], 2).expect("an applied change");
    let results = test.search(&narrowed(&[]));
    assert_eq!((results.total, count_of(&results, "subject", "physics")), (3, 1));
    test.index.apply(&[resource("E").with(SUBJECT, "biology").put()], 3).expect("an applied change");
    let results = test.search(&narrowed(&[]));
    assert_eq!((results.total, count_of(&results, "subject", "biology")), (4, 1));
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

/// Words that nothing else here has.
const WORDS: [&str; 2] = ["quartz", "xylophone"];

/// Words of which few or none have all, or that are written wrongly.
const NEEDING_HELP: [&str; 6] = [
    "quartz xylophone",
    "quarts",
    "quartz quidditch",
    "chemistry poster quidditch",
    "physics video not poster",
    "xylophon poster",
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
    words: Vec<&'static str>,
    /// The year.
    ends: Option<i16>,
}

fn made() -> impl Strategy<Value = Made> {
    let subjects = subsequence(vec!["chemistry", "physics", "mathematics", "statistics", "biology"], 0..=3);
    let levels = subsequence(vec!["ks3", "ks4", "eng-year-9", "sco-s2"], 0..=2);
    let types = subsequence(vec!["video", "poster", "information"], 0..=2);
    let inferred = option::of(prop_oneof![Just("biology"), Just("astronomy-space")]);
    let publisher = option::of(prop_oneof![Just("Example Society"), Just("Another")]);
    let source = prop_oneof![Just("example-society"), Just("another-source")];
    let link = prop_oneof![Just(LinkState::Ok), Just(LinkState::Moved), Just(LinkState::Broken)];
    let words = subsequence(WORDS.to_vec(), 0..=2);
    let ends = option::weighted(0.3, prop_oneof![Just(OVER), Just(2031_i16)]);
    (subjects, levels, types, inferred, publisher, source, link, words, ends).prop_map(
        |(subjects, levels, types, inferred, publisher, source, link, words, ends)| Made {
            subjects,
            levels,
            types,
            inferred,
            publisher,
            source,
            link,
            words,
            ends,
        },
    )
}

/// What ends in this year is over at the time of all requests.
const OVER: i16 = 2025;

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
        draft.describe(|metadata| {
            metadata.publisher = self.publisher.map(str::to_owned);
            metadata.description = Some(format!("About {}.", self.words.join(" and ")));
            metadata.ends = self.ends.map(|year| date(year, 5, 1).at(10, 0, 0, 0));
        })
    }
}

/// Batches of changes, one commit each: a resource is put, put again, or removed.
fn batches() -> impl Strategy<Value = Vec<BTreeMap<u8, Option<Made>>>> {
    vec(btree_map(0_u8..14, option::weighted(0.8, made()), 1..8), 1..5)
}

/// An index after all batches, and what it must hold.
fn indexed(batches: &[BTreeMap<u8, Option<Made>>]) -> (TestIndex, Vec<Entry>) {
    let test = TestIndex::empty();
    let mut held: BTreeMap<u8, Draft> = BTreeMap::new();
    for (position, batch) in (1_u64..).zip(batches) {
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
    (test, held.values().map(Draft::entry).collect())
}

/// What is asked for, in any number of ways at once.
#[derive(Debug, Clone)]
struct Asked {
    filters: BTreeMap<Facet, Vec<String>>,
    word: Option<&'static str>,
    ages: Option<AgeRange>,
    stated_only: bool,
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

fn asked() -> impl Strategy<Value = Asked> {
    let word = option::weighted(0.4, prop_oneof![Just(WORDS[0]), Just(WORDS[1])]);
    let ages = option::weighted(0.2, Just(AgeRange::new(13, 14).expect("a range of ages")));
    (filters(), word, ages, proptest::bool::weighted(0.3)).prop_map(|(filters, word, ages, stated_only)| Asked {
        filters,
        word,
        ages,
        stated_only,
    })
}

impl Asked {
    fn request(&self) -> SearchRequest {
        SearchRequest {
            text: self.word.unwrap_or_default().to_owned(),
            filters: self.filters.clone(),
            ages: self.ages,
            stated_only: self.stated_only,
            limit: 100,
            facet_limit: 1_000,
            help: false,
            ..SearchRequest::new(now())
        }
    }

    fn values(&self, entry: &Entry, facet: Facet) -> BTreeMap<String, bool> {
        let mut values = facet_values(entry, facet, Vocabularies::shipped());
        values.retain(|_, only_inferred| !(self.stated_only && *only_inferred));
        values
    }

    /// Whether it may be counted at all.
    fn matches(&self, entry: &Entry) -> bool {
        let resource = &entry.resource;
        let description = resource.description.as_deref().unwrap_or_default();
        self.word.is_none_or(|word| description.contains(word))
            && self.ages.is_none_or(|ages| entry.age_ranges.iter().any(|range| range.matches(ages)))
            && !resource.ends.as_deref().is_some_and(|ends| ends.starts_with(&OVER.to_string()))
    }

    fn passes(&self, entry: &Entry, facet: Facet, wanted: &[String]) -> bool {
        let values = self.values(entry, facet);
        wanted.iter().any(|id| if id == NOT_STATED { values.is_empty() } else { values.contains_key(id) })
    }

    fn passes_all_but(&self, entry: &Entry, ignored: Option<Facet>) -> bool {
        let is_hidden = entry.resource.link.state == LinkState::Broken;
        if is_hidden && !self.filters.contains_key(&Facet::Link) && ignored != Some(Facet::Link) {
            return false;
        }
        let mut filters = self.filters.iter();
        self.matches(entry)
            && filters.all(|(facet, wanted)| ignored == Some(*facet) || self.passes(entry, *facet, wanted))
    }

    /// The counts of a facet, by looking at every resource.
    fn counted_by_hand(&self, entries: &[Entry], facet: Facet) -> (BTreeMap<String, (u64, u64)>, u64) {
        let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        let mut not_stated = 0;
        for entry in entries.iter().filter(|entry| self.passes_all_but(entry, Some(facet))) {
            let values = self.values(entry, facet);
            not_stated += u64::from(values.is_empty());
            for (id, only_inferred) in values {
                let count = counts.entry(id).or_default();
                count.0 += 1;
                count.1 += u64::from(only_inferred);
            }
        }
        for id in self.filters.get(&facet).into_iter().flatten().filter(|id| *id != NOT_STATED) {
            counts.entry(id.clone()).or_default();
        }
        (counts, not_stated)
    }
}

fn ids(results: &SearchResults) -> Vec<ResourceId> {
    results.hits.iter().map(|hit| hit.id.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_count_is_exact_and_is_what_a_click_gives(batches in batches(), asked in asked()) {
        let (test, entries) = indexed(&batches);
        prop_assert_eq!(test.index.resource_count(), entries.len() as u64);

        let results = test.search(&asked.request());
        let found: BTreeSet<ResourceId> = ids(&results).into_iter().collect();
        let expected: BTreeSet<ResourceId> = entries
            .iter()
            .filter(|entry| asked.passes_all_but(entry, None))
            .map(|entry| entry.resource.id.clone())
            .collect();
        prop_assert_eq!(results.total, expected.len() as u64);
        prop_assert_eq!(found, expected);

        for counts in &results.facets {
            let given: BTreeMap<String, (u64, u64)> =
                counts.values.iter().map(|value| (String::from(&*value.id), (value.count, value.inferred))).collect();
            prop_assert_eq!((given, counts.not_stated), asked.counted_by_hand(&entries, counts.facet));
            let clicks = counts.values.iter().map(|value| (String::from(&*value.id), value.count));
            for (id, count) in clicks.chain([(String::from(NOT_STATED), counts.not_stated)]) {
                let mut clicked = asked.clone();
                clicked.filters.insert(counts.facet, vec![id]);
                prop_assert_eq!(test.search(&clicked.request()).total, count);
            }
        }
    }

    #[test]
    fn with_help_too_every_count_is_what_its_click_gives(
        batches in batches(),
        asked in asked(),
        text in proptest::sample::select(NEEDING_HELP.to_vec()),
    ) {
        let (test, _) = indexed(&batches);
        let request = |asked: &Asked| SearchRequest { text: text.to_owned(), help: true, ..asked.request() };
        let results = test.search(&request(&asked));
        for counts in &results.facets {
            let clicks = counts.values.iter().map(|value| (String::from(&*value.id), value.count));
            for (id, count) in clicks.chain([(String::from(NOT_STATED), counts.not_stated)]) {
                let mut clicked = asked.clone();
                clicked.filters.insert(counts.facet, vec![id.clone()]);
                let found = test.search(&SearchRequest { facets: Vec::new(), ..request(&clicked) }).total;
                prop_assert_eq!(found, count, "{}={} of {}", counts.facet.name(), id, text);
            }
        }
    }

    #[test]
    fn the_counts_of_some_facets_are_those_of_all(batches in batches(), asked in asked()) {
        let (test, _) = indexed(&batches);
        let some = SearchRequest { facets: Facet::ALL[..2].to_vec(), ..asked.request() };
        let first = test.search(&some);
        let all = test.search(&asked.request());
        prop_assert_eq!(&first.facets[..], &all.facets[..2]);
        prop_assert_eq!((first.total, ids(&first)), (all.total, ids(&all)));
    }

    #[test]
    fn a_walk_gives_every_result_once_and_in_its_order(
        batches in batches(),
        asked in asked(),
        sort in prop_oneof![Just(Sort::Relevance), Just(Sort::Newest), Just(Sort::Title)],
        limit in 1_usize..6,
    ) {
        let (test, _) = indexed(&batches);
        let whole = test.search(&SearchRequest { sort, ..asked.request() });
        let mut walked = Vec::new();
        let mut place = Place::Start;
        loop {
            let step = test.search(&SearchRequest { sort, place, limit, ..asked.request() });
            prop_assert_eq!(step.total, whole.total);
            prop_assert!(step.hits.len() <= limit);
            walked.extend(ids(&step));
            let Some(next) = step.next else {
                break;
            };
            prop_assert!(!step.hits.is_empty());
            place = Place::After(next);
        }
        prop_assert_eq!(walked, ids(&whole));
    }
}

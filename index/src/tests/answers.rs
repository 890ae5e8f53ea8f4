use jiff::civil::date;
use rstest::rstest;
use schemas::{ControlledField, LinkState};

use crate::IndexChange;
use crate::request::{Facet, Pinning, Place, SearchRequest, Sort};
use crate::testing::{TestIndex, asking, count_of, id_of, narrowed, now, resource, titles};

#[test]
fn words_find_titles_descriptions_keywords_and_publishers() {
    let test = TestIndex::of(&[
        resource("Crystal growing"),
        resource("B").describe(|metadata| metadata.description = Some(String::from("Growing crystals at home"))),
        resource("C").describe(|metadata| metadata.keywords = vec![String::from("crystals")]),
        resource("D").describe(|metadata| metadata.publisher = Some(String::from("Crystal Society"))),
        resource("E"),
    ]);
    let found = test.titles("crystal");
    assert_eq!(found.len(), 4);
    assert_eq!(found[0], "Crystal growing");
    assert!(test.titles("quidditch").is_empty());
}

#[test]
fn the_full_description_is_searched_and_only_the_published_one_is_given_back() {
    let test = TestIndex::empty();
    let mut entry = resource("A").describe(|metadata| metadata.description = Some(String::from("Short"))).entry();
    entry.full_description = Some(String::from("Short, and then about zeolites"));
    test.index.apply(&[IndexChange::Put(Box::new(entry))], 1).unwrap();
    let found = test.search(&SearchRequest { highlight: true, ..asking("zeolites") });
    assert_eq!(found.total, 1);
    assert!(!found.hits[0].json.contains("zeolites"));
    assert_eq!(found.hits[0].highlights.as_ref().unwrap().description, None);
}

#[test]
fn other_names_of_a_job_find_it() {
    let test = TestIndex::of(&[resource("A").with(ControlledField::Occupation, "biochemist"), resource("B")]);
    assert_eq!(test.titles("\"biological scientist\""), ["A"]);
}

#[rstest]
#[case::all_of_two("crystal garden", &["Crystal garden"])]
#[case::phrase("\"garden crystal\"", &[])]
#[case::phrase_in_order("\"crystal garden\"", &["Crystal garden"])]
#[case::excluded("crystal -garden", &["Crystal radio"])]
#[case::only_excluded("-crystal", &["Radio waves"])]
#[case::too_few_words("crystal garden radio waves", &[])]
#[case::stop_words_are_dropped("what is a crystal garden", &["Crystal garden"])]
#[case::too_long_a_word("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", &[])]
fn the_grammar_narrows(#[case] text: &str, #[case] expected: &[&str]) {
    let test = TestIndex::of(&[resource("Crystal garden"), resource("Crystal radio"), resource("Radio waves")]);
    assert_eq!(test.titles(text), expected);
}

#[test]
fn of_many_words_some_may_be_missing() {
    let test = TestIndex::of(&[resource("Crystal garden lantern"), resource("Crystal")]);
    assert_eq!(test.titles("crystal garden lantern quidditch"), ["Crystal garden lantern"]);
}

#[test]
fn nothing_that_can_be_typed_breaks_a_search() {
    let test = TestIndex::of(&[resource("A"), resource("B")]);
    let long = "chemistry ".repeat(1_000);
    let brackets = "(".repeat(10_000);
    let inputs = [
        "",
        "   ",
        "\"\"\"",
        "\"",
        "- *",
        "*",
        "🦄🧪",
        "\u{202e}مرحبا",
        "\u{0}\u{1}",
        "D&T",
        "C++",
        "a:b",
        "[a TO b]",
        "-",
        "\"-\"",
        "-\"",
        "' OR 1=1 --",
        "it",
        "the",
        long.as_str(),
        brackets.as_str(),
    ];
    for text in inputs {
        for interpret in [true, false] {
            test.search(&SearchRequest { interpret, highlight: true, ..asking(text) });
        }
    }
    for text in ["", "🦄🧪", "- *", "\"\"\""] {
        assert_eq!(test.search(&asking(text)).total, 2, "{text:?} is browsing");
    }
}

#[test]
fn an_exact_title_comes_first() {
    let test = TestIndex::of(&[
        resource("Crystal crystal crystal radio radio"),
        resource("Crystal radio").describe(|metadata| metadata.description = Some("filling ".repeat(200))),
    ]);
    assert_eq!(test.titles("crystal RADIO")[0], "Crystal radio");
}

#[test]
fn what_meets_a_wish_comes_before_what_states_nothing_and_what_states_another_is_left_out() {
    let test = TestIndex::of(&[
        resource("Crystal crystal crystal"),
        resource("A crystal garden").with(ControlledField::Level, "eng-year-9"),
        resource("A crystal for infants").with(ControlledField::Level, "ks1"),
    ]);
    let results = test.search(&asking("year 9 crystal"));
    assert_eq!(titles(&results), ["A crystal garden", "Crystal crystal crystal"]);
    assert!(results.hits[0].unstated.is_empty());
    assert_eq!(results.hits[1].unstated, [Facet::Controlled(ControlledField::Level)]);
}

#[test]
fn of_two_wishes_the_one_who_meets_more_comes_first() {
    let test = TestIndex::of(&[
        resource("None"),
        resource("Level").with(ControlledField::Level, "ks3"),
        resource("Both").with(ControlledField::Level, "ks3").with(ControlledField::Cost, "free"),
    ]);
    assert_eq!(test.titles("free ks3"), ["Both", "Level", "None"]);
}

#[test]
fn two_levels_are_a_wish_for_either() {
    let test = TestIndex::of(&[
        resource("Nine").with(ControlledField::Level, "eng-year-9"),
        resource("Two").with(ControlledField::Level, "eng-year-2"),
    ]);
    assert_eq!(test.titles("year 9 and year 10"), ["Nine"]);
}

#[test]
fn a_subject_is_found_by_its_concept_or_by_its_word() {
    let test = TestIndex::of(&[
        resource("Filed").with(ControlledField::Subject, "chemistry"),
        resource("Chemistry in the title"),
        resource("Neither").with(ControlledField::Subject, "mathematics"),
    ]);
    let mut found = test.titles("chemistry");
    found.sort();
    assert_eq!(found, ["Chemistry in the title", "Filed"]);
}

#[rstest]
#[case::third_level("cfe-third")]
#[case::key_stage("ks3")]
#[case::english_year("eng-year-9")]
#[case::scottish_year("sco-s2")]
#[case::northern_irish_stage("ni-ks3")]
#[case::progression_step("cfw-ps4")]
fn a_level_is_found_across_nations(#[case] level: &str) {
    let test = TestIndex::of(&[
        resource("Ages")
            .describe(|metadata| metadata.age_range = Some(schemas::Claim::stated("11-14".parse().unwrap()))),
        resource("Stage").with(ControlledField::Level, "ks3"),
        resource("Infants").with(ControlledField::Level, "ks1"),
    ]);
    let mut found = test.titles_of(&narrowed(&[("level", &[level])]));
    found.sort();
    assert_eq!(found, ["Ages", "Stage"]);
}

#[test]
fn ages_match_by_overlap() {
    let test = TestIndex::of(&[
        resource("Stage").with(ControlledField::Level, "ks3"),
        resource("Infants").with(ControlledField::Level, "ks1"),
        resource("Unsaid"),
    ]);
    let of =
        |ages: &str| test.titles_of(&SearchRequest { ages: Some(ages.parse().unwrap()), ..SearchRequest::new(now()) });
    assert_eq!(of("13"), ["Stage"]);
    assert_eq!(of("5-7"), ["Infants"]);
    assert!(of("40-50").is_empty());
}

#[test]
fn numbers_and_times_narrow() {
    let test = TestIndex::of(&[
        resource("Old and short").describe(|metadata| {
            metadata.duration_minutes = Some(10);
            metadata.date_published = Some(date(2020, 1, 1));
        }),
        resource("New and long").describe(|metadata| {
            metadata.duration_minutes = Some(90);
            metadata.date_published = Some(date(2026, 1, 1));
            metadata.deadline = Some(date(2026, 12, 1).at(17, 0, 0, 0));
        }),
        resource("Unsaid"),
    ]);
    let everything = || SearchRequest::new(now());
    let short = SearchRequest { duration_max_minutes: Some(30), ..everything() };
    assert_eq!(test.titles_of(&short), ["Old and short"]);
    let new = SearchRequest { published_after: Some(date(2026, 1, 1)), ..everything() };
    assert_eq!(test.titles_of(&new), ["New and long"]);
    let soon = SearchRequest { deadline_before: Some(date(2026, 12, 1)), ..everything() };
    assert_eq!(test.titles_of(&soon), ["New and long"]);
    let sooner = SearchRequest { deadline_before: Some(date(2026, 11, 30)), ..everything() };
    assert!(test.titles_of(&sooner).is_empty());
    let since = |moment: &str| SearchRequest { updated_after: Some(moment.parse().unwrap()), ..everything() };
    assert_eq!(test.search(&since("2026-11-01T00:00:00Z")).total, 3);
    assert_eq!(test.search(&since("2026-11-01T00:00:01Z")).total, 0);
}

#[test]
fn what_is_over_is_hidden_until_it_is_asked_for() {
    let test = TestIndex::of(&[
        resource("Over").describe(|metadata| {
            metadata.starts = Some(date(2026, 10, 1).at(9, 0, 0, 0));
            metadata.ends = Some(date(2026, 10, 1).at(17, 0, 0, 0));
        }),
        resource("To come").describe(|metadata| metadata.ends = Some(date(2027, 1, 1).at(17, 0, 0, 0))),
    ]);
    assert_eq!(test.titles(""), ["To come"]);
    let past = SearchRequest { starts_after: Some(date(2026, 9, 1)), ..SearchRequest::new(now()) };
    assert_eq!(test.titles_of(&past), ["Over"]);
}

#[test]
fn what_no_longer_answers_is_hidden_until_it_is_asked_for() {
    let test = TestIndex::of(&[resource("Broken").link(LinkState::Broken), resource("Ok")]);
    assert_eq!(test.titles(""), ["Ok"]);
    assert_eq!(test.titles_of(&narrowed(&[("link", &["broken"])])), ["Broken"]);
}

#[test]
fn what_is_hidden_is_counted_where_it_can_be_asked_for_and_nowhere_else() {
    let physics = |title: &str| resource(title).with(ControlledField::Subject, "physics");
    let broken = physics("Broken").link(LinkState::Broken);
    let test = TestIndex::of(&[broken, physics("Ok"), physics("Moved").link(LinkState::Moved)]);
    for (request, total, subject) in [
        (narrowed(&[]), 2, 2),
        (narrowed(&[("link", &["ok"])]), 1, 1),
        (narrowed(&[("link", &["broken", "moved"])]), 2, 2),
        (narrowed(&[("subject", &["physics"])]), 2, 2),
    ] {
        let results = test.search(&request);
        let counts = (results.total, count_of(&results, "subject", "physics"));
        assert_eq!(counts, (total, subject), "{:?}", request.filters);
        let links = ["broken", "moved", "ok"].map(|state| count_of(&results, "link", state));
        assert_eq!(links, [1, 1, 1], "{:?}", request.filters);
    }
}

#[test]
fn results_are_sorted_as_asked() {
    let test = TestIndex::of(&[
        resource("émeralds").describe(|metadata| metadata.date_modified = Some(date(2026, 3, 1))),
        resource("Zinc").describe(|metadata| metadata.date_published = Some(date(2026, 5, 1))),
        resource("Diamonds").describe(|metadata| metadata.date_published = Some(date(2025, 1, 1))),
    ]);
    let sorted = |sort| test.titles_of(&SearchRequest { sort, ..SearchRequest::new(now()) });
    assert_eq!(sorted(Sort::Title), ["Diamonds", "émeralds", "Zinc"]);
    assert_eq!(sorted(Sort::Newest), ["Zinc", "émeralds", "Diamonds"]);
}

#[test]
fn pages_follow_each_other_without_overlap_and_without_end() {
    let drafts: Vec<_> = (0..25).map(|number| resource(&format!("Same {number}"))).collect();
    let test = TestIndex::empty();
    for (position, batch) in drafts.chunks(4).enumerate() {
        let changes: Vec<_> = batch.iter().map(crate::testing::Draft::put).collect();
        test.index.apply(&changes, position as u64 + 1).unwrap();
    }
    let page = |sort, offset, limit| {
        test.search(&SearchRequest { sort, place: Place::Offset(offset), limit, ..asking("same") })
    };
    for sort in [Sort::Relevance, Sort::Newest, Sort::Title] {
        let whole: Vec<_> = page(sort, 0, 100).hits.into_iter().map(|hit| hit.id).collect();
        let mut paged = Vec::new();
        for offset in (0..25).step_by(7) {
            paged.extend(page(sort, offset, 7).hits.into_iter().map(|hit| hit.id));
        }
        assert_eq!(paged, whole, "{sort:?}");
    }
    let newest: Vec<_> = page(Sort::Newest, 0, 100).hits.into_iter().map(|hit| hit.id).collect();
    assert!(newest.is_sorted(), "equal ones follow each other by id");
    assert!(page(Sort::Relevance, usize::MAX, usize::MAX).hits.is_empty());
}

#[test]
fn no_results_may_be_asked_for() {
    let test = TestIndex::of(&[resource("A")]);
    let results = test.search(&SearchRequest { limit: 0, ..asking("") });
    assert_eq!((results.total, results.hits.len()), (1, 0));
}

#[test]
fn highlights_are_marked_and_escaped() {
    let test = TestIndex::of(&[resource("<b>Crystal</b> radio")]);
    let results = test.search(&SearchRequest { highlight: true, ..asking("crystal") });
    let highlights = results.hits[0].highlights.as_ref().unwrap();
    assert_eq!(highlights.title.as_deref(), Some("&lt;b&gt;<mark>Crystal</mark>&lt;/b&gt; radio"));
    assert_eq!(test.search(&asking("crystal")).hits[0].highlights, None);
}

#[test]
fn without_interpretation_the_words_themselves_are_searched() {
    let test = TestIndex::of(&[resource("A").with(ControlledField::Cost, "free"), resource("Free as a bird")]);
    assert_eq!(test.search(&asking("free")).total, 2);
    let literal = SearchRequest { interpret: false, ..asking("free") };
    let results = test.search(&literal);
    assert_eq!(titles(&results), ["Free as a bird"]);
    assert!(results.interpretation.filters.is_empty());
    assert_eq!(results.interpretation.text, "free");
}

#[test]
fn a_withdrawn_resource_is_found_no_longer() {
    let test = TestIndex::of(&[resource("A"), resource("B")]);
    test.index.apply(&[IndexChange::Remove(id_of("A"))], 2).unwrap();
    assert_eq!(test.titles(""), ["B"]);
}

#[test]
fn a_pinned_resource_comes_first_found_or_not_but_only_where_all_that_narrows_lets_it_in() {
    let pinned = resource("Lantern").with(ControlledField::Type, "video");
    let test = TestIndex::of(&[resource("Crystal"), pinned]);
    let pinning = Pinning { pinned: vec![id_of("Lantern")], buried: Vec::new() };
    let asked = |text: &str| SearchRequest { pinning: pinning.clone(), ..asking(text) };
    assert_eq!(test.titles_of(&asked("crystal")), ["Lantern", "Crystal"]);
    assert!(test.search(&asked("crystal")).hits[0].pinned);
    assert_eq!(test.titles_of(&asked("crystal -lantern")), ["Crystal"]);
    assert_eq!(test.titles_of(&asked("crystal not video")), ["Crystal"]);
    let dated = SearchRequest { published_after: Some(date(2026, 1, 1)), ..asked("crystal") };
    assert!(test.titles_of(&dated).is_empty(), "neither says when it was published");
}

#[test]
fn what_is_not_wanted_is_not_looked_for_when_nothing_else_is_found() {
    let test = TestIndex::of(&[resource("A video about crystals"), resource("Crystal")]);
    let asked = SearchRequest { help: true, ..asking("quidditch not video") };
    assert!(test.titles_of(&asked).is_empty());
}

#[test]
fn what_has_the_word_as_it_was_typed_comes_before_what_has_its_correction_and_both_are_marked() {
    let mut drafts: Vec<_> = (0..9).map(|number| resource(&format!("Lantern lantern lantern {number}"))).collect();
    let mentions_it = resource("Something else").describe(|metadata| {
        metadata.description = Some("Far down in a long text somebody wrote lantren once.".to_owned());
    });
    drafts.push(mentions_it);
    let test = TestIndex::of(&drafts);
    let found = test.search(&SearchRequest { help: true, highlight: true, explain: true, ..asking("lantren") });
    assert_eq!((found.total, found.interpretation.loosened), (10, true));
    assert_eq!(titles(&found)[0], "Something else");
    let marked = |place: usize| found.hits[place].highlights.clone().expect("asked for");
    assert!(marked(0).description.is_some_and(|text| text.contains("<mark>lantren</mark>")));
    assert!(marked(1).title.is_some_and(|title| title.contains("<mark>Lantern</mark>")));
    let parts = found.hits[1].explanation.as_ref().expect("asked for");
    assert!(parts.iter().any(|part| part.what.contains("lantren") && part.what.contains("title")), "{parts:?}");
    assert_eq!(found.suggestion.expect("a suggestion").text, "lantern");
}

#[test]
fn a_walk_goes_on_over_changes_withdrawals_and_merges_of_segments() {
    let draft = |number: usize| resource(&format!("Lantern {number} crystal garden"));
    let test = TestIndex::of(&(0..40).map(draft).collect::<Vec<_>>());
    let mut place = Place::Start;
    let mut met = Vec::new();
    for round in 0_usize.. {
        let found = test.search(&SearchRequest { place, limit: 5, facets: Vec::new(), ..asking("crystal lantern") });
        met.extend(found.hits.iter().map(|hit| hit.id.clone()));
        let Some(next) = found.next else {
            break;
        };
        place = Place::After(next);
        // What was met is withdrawn, and others come: enough commits for segments to be merged.
        let gone = IndexChange::Remove(met[round].clone());
        let fresh = resource(&format!("New lantern crystal {round}")).put();
        test.index.apply(&[gone, fresh], round as u64 + 2).unwrap();
    }
    let distinct: std::collections::BTreeSet<_> = met.iter().cloned().collect();
    assert_eq!(distinct.len(), met.len(), "none comes twice");
    for number in 0..40 {
        let title = format!("Lantern {number} crystal garden");
        assert!(distinct.contains(&id_of(&title)), "{title} never came");
    }
}

#[test]
fn a_whole_title_in_quotes_comes_first() {
    let lantern_maker = resource("Lantern maker").describe(|metadata| {
        metadata.description = Some("Crystal, crystal and more crystal.".to_owned());
    });
    let test = TestIndex::of(&[lantern_maker, resource("A crystal garden"), resource("Crystal")]);
    assert_eq!(test.titles("\"crystal\"")[0], "Crystal");
    assert_eq!(test.titles("\"crystal garden\""), ["A crystal garden"]);
}

#[test]
fn of_what_states_nothing_that_which_uses_the_words_of_a_wish_comes_first() {
    let test = TestIndex::of(&[resource("Lantern"), resource("Crystal for girls"), resource("Garden")]);
    assert_eq!(test.titles("girls")[0], "Crystal for girls");
}

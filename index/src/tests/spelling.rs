use rstest::rstest;
use schemas::Vocabularies;

use crate::spelling::{Correction, Spelling, beginning, joined};
use crate::testing::{Draft, TestIndex, resource};

/// Every word that is to be found, and others beside them that are not.
const TITLES: [&str; 14] = [
    "A chemistry day for young chemists",
    "Apprenticeship guide",
    "Physics at work",
    "Engineering and mathematics",
    "Technology lab",
    "Veterinary nurse",
    "An architect looks at noise",
    "Psychology",
    "Pharmacist",
    "Data science",
    "Microbiology",
    "Head teacher",
    "Headteacher",
    "Apprentices wanted",
];

fn corrections_in(test: &TestIndex, typed: &str) -> Vec<Correction> {
    let view = test.index.view();
    let spelling = Spelling::new(Vocabularies::shipped());
    spelling.corrections(&view.searcher, &test.index.fields(), typed, 5).expect("an answer")
}

fn best_in(test: &TestIndex, typed: &str) -> Option<String> {
    corrections_in(test, typed).into_iter().next().map(|correction| correction.word)
}

fn library() -> TestIndex {
    TestIndex::of(&TITLES.map(resource))
}

#[test]
fn a_misspelt_word_becomes_one_that_occurs() {
    let test = library();
    let rows = [
        ("chemestry", "chemistry"),
        ("CHEMESTRY", "chemistry"),
        ("chemestry?", "chemistry"),
        ("apprentiship", "apprenticeship"),
        ("phisics", "physics"),
        ("enginering", "engineering"),
        ("mathmatics", "mathematics"),
        ("tecnology", "technology"),
        ("vetinary", "veterinary"),
        ("arcitect", "architect"),
        ("psycology", "psychology"),
        ("farmacist", "pharmacist"),
        ("nurce", "nurse"),
        ("pyhsics", "physics"),
        ("hcemistry", "chemistry"),
        ("fisics", "physics"),
        ("kemistry", "chemistry"),
        ("datascience", "data science"),
        ("microbyology", "microbiology"),
    ];
    for (typed, meant) in rows {
        assert_eq!(best_in(&test, typed).as_deref(), Some(meant), "{typed}");
    }
}

#[test]
fn what_is_no_mistake_is_left_alone() {
    let test = library();
    let long = "chemistry".repeat(4);
    let typed = ["chemistry", "chemists", "ks3", "NURCE", "nur", "quidditch", "2026", "", "?", "химия", long.as_str()];
    for typed in typed {
        assert!(corrections_in(&test, typed).is_empty(), "{typed}");
    }
}

#[test]
fn a_correction_says_how_far_away_it_is_and_how_many_resources_have_it() {
    let expected = Correction { word: "physics".to_owned(), distance: 1, resources: 1 };
    assert_eq!(corrections_in(&library(), "phisics"), [expected]);
}

#[test]
fn the_more_frequent_of_two_words_comes_first() {
    let mut drafts: Vec<Draft> = (0..4).map(|number| resource(&format!("Nurse {number}"))).collect();
    drafts.push(resource("Nose"));
    let words: Vec<String> =
        corrections_in(&TestIndex::of(&drafts), "nuse").into_iter().map(|correction| correction.word).collect();
    assert_eq!(words, ["nurse", "nose"]);
}

#[test]
fn a_word_that_occurs_yields_only_to_one_that_is_far_more_frequent() {
    let mut drafts: Vec<Draft> = (0..10).map(|number| resource(&format!("Crystal {number}"))).collect();
    drafts.push(resource("Cristal"));
    let test = TestIndex::of(&drafts);
    assert_eq!(best_in(&test, "cristal").as_deref(), Some("crystal"));
    assert_eq!(best_in(&test, "crystal"), None);
    drafts.extend((0..3).map(|number| resource(&format!("Cristal again {number}"))));
    assert_eq!(best_in(&TestIndex::of(&drafts), "cristal"), None);
}

#[test]
fn no_more_are_given_than_are_asked_for() {
    let test = TestIndex::of(&["Nurse", "Nose", "Nuke", "Node"].map(resource));
    let view = test.index.view();
    let spelling = Spelling::new(Vocabularies::shipped());
    for limit in 0..3 {
        let found = spelling.corrections(&view.searcher, &test.index.fields(), "nuse", limit).unwrap();
        assert_eq!(found.len(), limit);
    }
}

#[rstest]
#[case::one_word("micro", "biology", Some("microbiology"))]
#[case::as_often_apart("head", "teacher", None)]
#[case::no_such_word("garden", "lab", None)]
#[case::with_a_stop_word("to", "day", None)]
#[case::with_a_single_letter("a", "level", None)]
fn two_words_are_joined_where_that_is_how_they_are_written(
    #[case] first: &str,
    #[case] second: &str,
    #[case] expected: Option<&str>,
) {
    let test = library();
    let found = joined(&test.index.view().searcher, &test.index.fields(), first, second).unwrap();
    assert_eq!(found.map(|correction| correction.word).as_deref(), expected);
}

#[rstest]
#[case::unfinished("chemes", Some("chemis"))]
#[case::finished("nurce", Some("nurse"))]
#[case::too_short("nur", None)]
#[case::nothing_near("quiddi", None)]
fn an_unfinished_word_is_corrected_as_far_as_it_goes(#[case] typed: &str, #[case] expected: Option<&str>) {
    let test = library();
    let found = beginning(&test.index.view().searcher, &test.index.fields(), typed).unwrap();
    assert_eq!(found.map(|correction| correction.word).as_deref(), expected);
}

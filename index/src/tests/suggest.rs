use jiff::civil::date;
use schemas::{ControlledField, LinkState};

use crate::IndexChange;
use crate::request::Scope;
use crate::results::Suggestions;
use crate::testing::{TestIndex, id_of, now, resource};

fn suggest(test: &TestIndex, text: &str) -> Suggestions {
    test.index.suggest(text, 8, now(), &Scope::default()).expect("an answer")
}

fn titles(test: &TestIndex, text: &str) -> Vec<String> {
    suggest(test, text).titles.into_iter().map(|title| title.title).collect()
}

fn concepts(test: &TestIndex, text: &str) -> Vec<String> {
    suggest(test, text).concepts.into_iter().map(|concept| concept.id).collect()
}

fn library() -> TestIndex {
    TestIndex::of(&[
        resource("Crystal garden").with(ControlledField::Subject, "chemistry"),
        resource("Growing crystals").with(ControlledField::Subject, "chemistry"),
        resource("Radio waves").with(ControlledField::Subject, "mathematics"),
        resource("Dams, dykes and locks").with(ControlledField::Occupation, "nurse"),
    ])
}

#[test]
fn a_concept_is_found_by_any_of_its_names() {
    let test = library();
    let found = suggest(&test, "chemi").concepts;
    assert_eq!((found[0].id.as_str(), found[0].matched.as_str(), found[0].count), ("chemistry", "Chemistry", 2));
    let found = suggest(&test, "Maths").concepts;
    assert_eq!((found[0].id.as_str(), found[0].matched.as_str()), ("mathematics", "maths"));
    assert_eq!(found[0].label, "Mathematics");
}

#[test]
fn a_concept_that_no_resource_has_is_not_suggested_and_one_that_has_stands_once() {
    let test = library();
    assert_eq!(concepts(&test, "physi"), [] as [&str; 0]);
    let found = concepts(&test, "chem");
    assert_eq!(found.iter().filter(|id| *id == "chemistry").count(), 1);
}

#[test]
fn a_title_is_found_by_the_beginnings_of_its_words_in_any_order() {
    let test = library();
    assert_eq!(titles(&test, "cry"), ["Crystal garden", "Growing crystals"]);
    assert_eq!(titles(&test, "gro"), ["Growing crystals"]);
    assert_eq!(titles(&test, "gar CRYST"), ["Crystal garden"]);
    assert_eq!(titles(&test, "dykes & l"), ["Dams, dykes and locks"]);
    assert_eq!(titles(&test, "crystal garden x"), [] as [&str; 0]);
    assert_eq!(titles(&test, "ystal"), [] as [&str; 0]);
}

#[test]
fn a_single_letter_gives_concepts_only() {
    let found = suggest(&library(), "c");
    assert!(found.titles.is_empty());
    assert!(found.concepts.iter().any(|concept| concept.id == "chemistry"));
}

#[test]
fn a_word_longer_than_the_longest_beginning_is_compared_as_a_whole() {
    let test = TestIndex::of(&["Electroencephalography", "Electroencephalitis"].map(resource));
    assert_eq!(titles(&test, "electroencephal").len(), 2);
    assert_eq!(titles(&test, "electroencephalogr"), ["Electroencephalography"]);
}

#[test]
fn a_misspelt_word_is_completed_as_what_it_may_have_been() {
    let test = library();
    assert_eq!(titles(&test, "cristal gar"), ["Crystal garden"]);
    assert_eq!(titles(&test, "growing crist"), ["Growing crystals"]);
    assert_eq!(titles(&test, "quidditch"), [] as [&str; 0]);
    assert!(concepts(&test, "chemestry").contains(&"chemistry".to_owned()));
}

#[test]
fn what_a_search_hides_is_not_suggested() {
    let over = date(2026, 10, 1).at(17, 0, 0, 0);
    let to_come = date(2027, 1, 1).at(17, 0, 0, 0);
    let test = TestIndex::of(&[
        resource("Fair with a broken link").link(LinkState::Broken),
        resource("Fair that is over").describe(|metadata| metadata.ends = Some(over)),
        resource("Fair to come").describe(|metadata| metadata.ends = Some(to_come)),
        resource("Fair that was withdrawn"),
    ]);
    test.index.apply(&[IndexChange::Remove(id_of("Fair that was withdrawn"))], 2).unwrap();
    assert_eq!(titles(&test, "fair"), ["Fair to come"]);
}

#[test]
fn equal_titles_stand_once_and_no_more_than_are_asked_for() {
    let test = TestIndex::of(&["Crystal lab", "Crystal Lab!", "Crystal lamp"].map(resource));
    assert_eq!(titles(&test, "crystal la").len(), 2);
    assert_eq!(test.index.suggest("crystal", 1, now(), &Scope::default()).unwrap().titles.len(), 1);
    assert_eq!(test.index.suggest("crystal", 0, now(), &Scope::default()).unwrap(), Suggestions::default());
}

#[test]
fn nothing_that_can_be_typed_breaks_a_suggestion() {
    let test = library();
    let long = "crystal ".repeat(1_000);
    let word = "x".repeat(10_000);
    let short = ["", " ", "?", "and", "*", "\"", "🦄", "\u{202e}مرحبا", "\u{0}", "D&T", "a b c d e"];
    for text in short.into_iter().chain([long.as_str(), word.as_str()]) {
        suggest(&test, text);
    }
    assert_eq!(suggest(&test, " ... "), Suggestions::default());
    assert_eq!(TestIndex::empty().index.suggest("cry", 8, now(), &Scope::default()).unwrap(), Suggestions::default());
}

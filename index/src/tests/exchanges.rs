use crate::testing::{TestIndex, asking, id_of, open, resource, titles};
use crate::{IndexChange, IndexError, SearchRequest};

/// An index whose first generation holds one resource, and whose second, live one another.
fn exchanged() -> TestIndex {
    let test = TestIndex::of(&[resource("Old soap")]);
    let mut rebuild = test.index.start_rebuild().expect("a rebuild");
    rebuild.apply(&[resource("New soap").put()]).expect("a written change");
    rebuild.commit(8).expect("a commit");
    test.index.promote(rebuild).expect("a promotion");
    test
}

#[test]
fn a_rebuild_is_searched_before_it_goes_live_and_nobody_else_sees_it() {
    let test = TestIndex::of(&[resource("Old soap")]);
    let mut rebuild = test.index.start_rebuild().unwrap();
    let tried = |rebuild: &crate::Rebuild| test.index.try_out(rebuild, &asking("soap")).unwrap();
    assert_eq!(tried(&rebuild).total, 0);
    for (title, position) in [("New soap", 5), ("Newer soap", 6)] {
        rebuild.apply(&[resource(title).put()]).unwrap();
        rebuild.commit(position).unwrap();
    }
    let found = tried(&rebuild);
    assert_eq!((found.total, found.generation, found.position), (2, 2, 6));
    assert_eq!(test.titles("soap"), ["Old soap"]);
    test.index.promote(rebuild).unwrap();
    assert_eq!(titles(&test.search(&asking("soap"))), titles(&found));
}

#[test]
fn the_generation_before_answers_again_as_it_did_and_then_follows() {
    let test = exchanged();
    assert_eq!((test.index.generation(), test.index.previous()), (2, Some(1)));
    assert_eq!(test.index.roll_back().unwrap(), 1);
    assert_eq!((test.index.generation(), test.index.position(), test.index.previous()), (1, 1, Some(2)));
    assert_eq!(test.titles("soap"), ["Old soap"]);
    let changes = [IndexChange::Remove(id_of("Old soap")), resource("Late soap").put()];
    test.index.apply(&changes, 9).unwrap();
    assert_eq!((test.titles("soap"), test.index.position()), (vec!["Late soap".to_owned()], 9));
}

#[test]
fn going_back_is_taken_back_and_outlives_a_restart() {
    let TestIndex { index, dir } = exchanged();
    index.roll_back().unwrap();
    drop(index);
    let index = open(dir.path());
    assert_eq!((index.generation(), index.previous(), index.position()), (1, Some(2), 1));
    assert_eq!(index.roll_back().unwrap(), 2);
    assert_eq!(index.search(&asking("soap")).unwrap().total, 1);
    assert_eq!((index.generation(), index.position(), index.previous()), (2, 8, Some(1)));
}

#[test]
fn a_rebuild_after_going_back_is_a_third_and_the_one_gone_back_from_is_deleted() {
    let test = exchanged();
    test.index.roll_back().unwrap();
    let mut rebuild = test.index.start_rebuild().unwrap();
    assert_eq!(rebuild.generation(), 3);
    rebuild.commit(9).unwrap();
    test.index.promote(rebuild).unwrap();
    assert_eq!((test.index.generation(), test.index.previous()), (3, Some(1)));
}

#[test]
fn where_there_is_nothing_sound_to_go_back_to_the_live_generation_stays() {
    let test = TestIndex::of(&[resource("A")]);
    assert!(matches!(test.index.roll_back(), Err(IndexError::NothingBefore)));
    assert_eq!(test.titles(""), ["A"]);

    let test = exchanged();
    let earlier = std::fs::read_dir(test.dir.path()).unwrap().map(|entry| entry.unwrap().path());
    let earlier = earlier.filter(|path| path.display().to_string().ends_with("-1")).last().unwrap();
    std::fs::write(earlier.join("meta.json"), "{}").unwrap();
    assert!(matches!(test.index.roll_back(), Err(IndexError::NothingBefore)));
    assert_eq!((test.index.generation(), test.index.previous()), (2, None));
    assert_eq!(test.titles("soap"), ["New soap"]);
}

#[test]
fn the_number_of_a_generation_that_was_dropped_is_not_given_again() {
    let TestIndex { index, dir } = TestIndex::of(&[resource("A")]);
    drop(index.start_rebuild().unwrap());
    assert_eq!(index.start_rebuild().unwrap().generation(), 3);
    drop(index);
    assert_eq!(open(dir.path()).start_rebuild().unwrap().generation(), 4);
}

#[test]
fn an_empty_generation_is_nothing_to_go_back_to() {
    let test = TestIndex::empty();
    let mut rebuild = test.index.start_rebuild().unwrap();
    rebuild.commit(3).unwrap();
    test.index.promote(rebuild).unwrap();
    assert_eq!(test.index.previous(), None);
}

#[test]
fn what_was_built_from_another_store_is_built_anew() {
    let TestIndex { index, dir } = TestIndex::of(&[resource("A")]);
    let schema = index.schema().to_owned();
    drop(index);
    let other = crate::Index::open(dir.path(), schemas::Vocabularies::shipped(), "a restored store").unwrap();
    assert!(other.needs_rebuild());
    assert_ne!(other.schema(), schema);
    assert_eq!(other.search(&SearchRequest { limit: 1, ..asking("") }).unwrap().total, 0);
}

use std::fs;
use std::path::{Path, PathBuf};

use schemas::Vocabularies;
use tempfile::TempDir;

use crate::testing::{STORE, TestIndex, asking, id_of, open, resource};
use crate::{Index, IndexChange, IndexError, Published};

/// An index that was published, and the folder it was published in.
fn published() -> (TestIndex, TempDir) {
    let test = TestIndex::of(&[resource("Soap"), resource("Bridges")]);
    test.index.apply(&[resource("Posters").put(), IndexChange::Remove(id_of("Bridges"))], 7).expect("a change");
    let shared = TempDir::new().expect("a folder");
    let published = test.index.publish(shared.path()).expect("it is published");
    assert_eq!((published.position, published.resources), (7, 2));
    (test, shared)
}

fn fetch(dir: &Path, shared: &Path) -> Option<Published> {
    Index::fetch_published(dir, Vocabularies::shipped(), STORE, shared).expect("the folder of the index is sound")
}

/// What is published in a folder, in order.
fn places(shared: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(shared).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut places: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    places.sort();
    places
}

#[test]
fn a_new_node_begins_with_what_is_published_and_follows_from_there() {
    let (test, shared) = published();
    let dir = TempDir::new().unwrap();
    assert_eq!(fetch(dir.path(), shared.path()).unwrap().position, 7);
    let index = open(dir.path());
    assert_eq!((index.position(), index.resource_count(), index.needs_rebuild()), (7, 2, false));
    assert_eq!(index.contents(None, 10).unwrap(), test.index.contents(None, 10).unwrap());
    for position in 8..30 {
        index.apply(&[resource(&format!("Late {position}")).put()], position).unwrap();
    }
    assert_eq!(index.search(&asking("late")).unwrap().total, 22);
    drop(index);
    assert_eq!(open(dir.path()).resource_count(), 24);
}

#[test]
fn an_index_that_holds_something_is_left_alone() {
    let (test, shared) = published();
    let TestIndex { index, dir } = test;
    drop(index);
    assert_eq!(fetch(dir.path(), shared.path()), None);
    assert_eq!(open(dir.path()).generation(), 1);

    let empty = TestIndex::empty();
    let TestIndex { index, dir } = empty;
    drop(index);
    assert!(fetch(dir.path(), shared.path()).is_some(), "an empty one is replaced");
    assert_eq!(open(dir.path()).resource_count(), 2);
}

#[test]
fn whatever_file_of_it_is_damaged_it_is_refused() {
    let (_test, shared) = published();
    let place = places(shared.path()).remove(0);
    let files: Vec<PathBuf> = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        let whole = fs::read(&file).unwrap();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0x01;
        for damaged in [flipped, whole[..middle].to_vec(), [whole.as_slice(), b"x"].concat()] {
            fs::write(&file, damaged).unwrap();
            let dir = TempDir::new().unwrap();
            let fetched = fetch(dir.path(), shared.path());
            assert_eq!(fetched, None, "{}", file.display());
            assert!(open(dir.path()).needs_rebuild());
        }
        fs::remove_file(&file).unwrap();
        assert_eq!(fetch(TempDir::new().unwrap().path(), shared.path()), None, "without {}", file.display());
        fs::write(&file, whole).unwrap();
    }
    assert!(fetch(TempDir::new().unwrap().path(), shared.path()).is_some());
}

#[test]
fn what_was_built_from_another_store_is_refused_under_any_name() {
    let (test, shared) = published();
    let dir = TempDir::new().unwrap();
    let fetch_for = |store: &str| Index::fetch_published(dir.path(), Vocabularies::shipped(), store, shared.path());
    assert_eq!(fetch_for("another store").unwrap(), None);
    let other = Index::open(dir.path(), Vocabularies::shipped(), "another store").unwrap();
    let place = places(shared.path()).remove(0);
    let renamed = place.display().to_string().replace(test.index.schema(), other.schema());
    fs::rename(&place, renamed).unwrap();
    drop(other);
    assert_eq!(fetch_for("another store").unwrap(), None);
}

#[test]
fn the_last_two_stay_and_the_last_one_is_fetched_unless_it_is_damaged() {
    let (test, shared) = published();
    for position in [11, 8, 12] {
        test.index.apply(&[resource(&format!("Late {position}")).put()], position).unwrap();
        test.index.publish(shared.path()).unwrap();
    }
    let places = places(shared.path());
    assert_eq!(places.len(), 2);
    let position = || fetch(TempDir::new().unwrap().path(), shared.path()).unwrap().position;
    assert_eq!(position(), 12);
    fs::write(places[1].join("meta.json"), "{}").unwrap();
    assert_eq!(position(), 11);
    test.index.publish(shared.path()).unwrap();
    assert_eq!(position(), 12, "what is published again is whole again");
}

#[test]
fn nothing_is_published_of_an_empty_index_and_half_a_copy_is_never_seen() {
    let shared = TempDir::new().unwrap();
    assert!(matches!(TestIndex::empty().index.publish(shared.path()), Err(IndexError::Empty)));
    fs::create_dir(shared.path().join("draft")).unwrap();
    fs::write(shared.path().join("draft/manifest.json"), "{").unwrap();
    assert_eq!(fetch(TempDir::new().unwrap().path(), shared.path()), None);
    TestIndex::of(&[resource("A")]).index.publish(shared.path()).unwrap();
    assert_eq!(places(shared.path()).len(), 1);
    assert_eq!(fetch(TempDir::new().unwrap().path(), &shared.path().join("nowhere")), None);
}

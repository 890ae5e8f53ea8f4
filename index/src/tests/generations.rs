use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::testing::{Draft, STORE, TestIndex, asking, open, resource};
use crate::{Index, IndexChange, IndexError, SearchRequest};

fn put(titles: &[&str]) -> Vec<IndexChange> {
    titles.iter().map(|title| resource(title).put()).collect()
}

/// The folders of generations, sound or set aside, in order.
fn folders(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut folders: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[test]
fn an_index_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Index>();
}

#[test]
fn a_new_index_is_empty_and_wants_to_be_rebuilt() {
    let test = TestIndex::empty();
    assert!(test.index.needs_rebuild());
    assert_eq!((test.index.position(), test.index.generation(), test.index.resource_count()), (0, 1, 0));
    assert_eq!(test.search(&asking("anything")).total, 0);
}

#[test]
fn reopening_keeps_resources_and_position() {
    let TestIndex { index, dir } = TestIndex::of(&[resource("A")]);
    index.apply(&put(&["B"]), 41).unwrap();
    drop(index);
    let index = open(dir.path());
    assert_eq!((index.position(), index.generation(), index.resource_count()), (41, 1, 2));
    assert!(!index.needs_rebuild());
    assert_eq!(index.search(&asking("")).unwrap().position, 41);
}

#[test]
fn changes_that_come_twice_do_no_harm() {
    let test = TestIndex::empty();
    for position in [2, 2, 1] {
        test.index.apply(&put(&["A", "B"]), position).unwrap();
    }
    assert_eq!((test.index.position(), test.index.resource_count()), (2, 2));
    test.index.apply(&[], 7).unwrap();
    assert_eq!((test.index.position(), test.index.resource_count()), (7, 2));
}

#[test]
fn a_change_within_a_batch_counts_in_its_order() {
    let test = TestIndex::empty();
    let changed = |subject| resource("A").with(schemas::ControlledField::Subject, subject);
    let removed = IndexChange::Remove(crate::testing::id_of("A"));
    test.index.apply(&[changed("physics").put(), removed, changed("chemistry").put()], 1).unwrap();
    assert_eq!(test.index.resource_count(), 1);
    assert_eq!(test.titles_of(&crate::testing::narrowed(&[("subject", &["chemistry"])])), ["A"]);
}

#[test]
fn a_rebuild_goes_live_at_once_and_leaves_the_one_before_it() {
    let test = TestIndex::of(&[resource("Old")]);
    let mut rebuild = test.index.start_rebuild().unwrap();
    assert_eq!(rebuild.generation(), 2);
    rebuild.apply(&put(&["New", "Newer"])).unwrap();
    rebuild.commit(8).unwrap();
    assert_eq!((rebuild.position(), rebuild.resource_count()), (8, 2));
    assert_eq!(test.titles(""), ["Old"]);
    test.index.promote(rebuild).unwrap();
    assert_eq!((test.index.generation(), test.index.position(), test.index.resource_count()), (2, 8, 2));
    test.index.apply(&put(&["Newest"]), 9).unwrap();
    assert_eq!(test.search(&asking("")).total, 3);
    assert_eq!(folders(test.dir.path()).len(), 2);

    let mut third = test.index.start_rebuild().unwrap();
    third.commit(9).unwrap();
    test.index.promote(third).unwrap();
    assert_eq!(folders(test.dir.path()).len(), 2);
    let TestIndex { index, dir } = test;
    drop(index);
    let index = open(dir.path());
    assert_eq!((index.generation(), index.position()), (3, 9));
}

#[test]
fn searches_go_on_with_the_generation_they_began_with() {
    let test = TestIndex::of(&[resource("Old")]);
    let before = test.index.live.load_full();
    let mut rebuild = test.index.start_rebuild().unwrap();
    rebuild.commit(5).unwrap();
    test.index.promote(rebuild).unwrap();
    assert_eq!(before.view().searcher.num_docs(), 1);
}

#[test]
fn there_is_one_rebuild_at_a_time_and_an_abandoned_one_leaves_nothing() {
    let test = TestIndex::empty();
    let rebuild = test.index.start_rebuild().unwrap();
    assert!(matches!(test.index.start_rebuild(), Err(IndexError::RebuildRunning)));
    drop(rebuild);
    assert_eq!(folders(test.dir.path()).len(), 1);
    assert!(test.index.start_rebuild().is_ok());
}

#[test]
fn what_a_crashed_rebuild_left_is_cleared_away() {
    let TestIndex { index, dir } = TestIndex::of(&[resource("A")]);
    drop(index);
    let live = folders(dir.path()).remove(0);
    fs::create_dir(live.with_file_name(live.file_name().unwrap().to_str().unwrap().replace("-1", "-2"))).unwrap();
    let index = open(dir.path());
    assert_eq!((index.generation(), index.resource_count()), (1, 1));
    assert_eq!(folders(dir.path()).len(), 1);
}

#[test]
fn a_second_process_is_refused_and_nothing_is_wiped() {
    let test = TestIndex::of(&[resource("A")]);
    let second = Index::open(test.dir.path(), schemas::Vocabularies::shipped(), STORE);
    assert!(matches!(second, Err(IndexError::InUse { .. })));
    assert_eq!(test.titles(""), ["A"]);
}

#[test]
fn a_commit_that_was_killed_before_its_end_can_be_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let titles: Vec<String> = (0..20).map(|number| format!("Poster {number}")).collect();
    let changes = put(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    let gone = [IndexChange::Remove(changes[0].id().clone())];
    open(dir.path()).apply(&changes, 1).unwrap();
    let meta = folders(dir.path())[0].join("meta.json");
    let before = fs::read(&meta).unwrap();
    open(dir.path()).apply(&gone, 2).unwrap();
    // The files of the second commit are there, and what would have made it count is not.
    fs::write(&meta, before).unwrap();
    let index = open(dir.path());
    assert_eq!((index.position(), index.resource_count()), (1, 20));
    index.apply(&gone, 2).unwrap();
    assert_eq!((index.position(), index.resource_count()), (2, 19));
}

#[test]
fn whatever_file_is_damaged_an_index_opens() {
    let source = TestIndex::of(&[resource("A"), resource("B")]);
    source.index.apply(&[IndexChange::Remove(crate::testing::id_of("A"))], 3).unwrap();
    let TestIndex { index, dir } = source;
    drop(index);
    let live = folders(dir.path()).remove(0);
    let files: Vec<PathBuf> = fs::read_dir(&live).unwrap().map(|entry| entry.unwrap().path()).collect();
    for file in files.iter().filter(|file| file.extension().is_none_or(|extension| extension != "lock")) {
        let whole = fs::read(file).unwrap();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        if let Some(byte) = flipped.get_mut(middle) {
            *byte ^= 0x40;
        }
        for damaged in [Vec::new(), whole[..whole.len() / 2].to_vec(), flipped] {
            let copy = tempfile::TempDir::new().unwrap();
            copy_folder(dir.path(), copy.path());
            let target = copy.path().join(file.strip_prefix(dir.path()).unwrap());
            fs::write(&target, damaged).unwrap();
            let index = open(copy.path());
            let is_rebuilt = index.needs_rebuild() && index.generation() == 2;
            let is_sound = index.position() == 3 && index.resource_count() == 1;
            assert!(is_rebuilt || is_sound, "{}", file.display());
            index.search(&asking("b")).unwrap();
        }
    }
}

#[test]
fn a_damaged_generation_is_set_aside() {
    let TestIndex { index, dir } = TestIndex::of(&[resource("A")]);
    drop(index);
    fs::write(folders(dir.path())[0].join("meta.json"), "{}").unwrap();
    let index = open(dir.path());
    assert!(index.needs_rebuild());
    let all = folders(dir.path());
    let set_aside = all.iter().filter(|path| path.extension().is_some_and(|extension| extension == "damaged"));
    assert_eq!((set_aside.count(), all.len()), (1, 2));
}

#[test]
fn a_file_that_is_damaged_while_it_is_searched_is_found_by_whoever_suspects_it() {
    let TestIndex { index, dir } = TestIndex::of(&[resource("A"), resource("B")]);
    index.suspect();
    let generation = folders(dir.path()).remove(0);
    let names = fs::read_dir(&generation).unwrap().map(|entry| entry.unwrap().path());
    let file = names.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "store")).unwrap();
    let first = fs::read(&file).unwrap()[0];
    // In its place: the file is in use.
    fs::File::options().write(true).open(&file).unwrap().write_all(&[first ^ 0xff]).unwrap();
    let begun = std::time::Instant::now();
    // One that is under way may have read the file before.
    while !index.is_damaged() {
        index.suspect();
        assert!(begun.elapsed() < std::time::Duration::from_secs(30), "nobody finds it");
        std::thread::yield_now();
    }
}

#[test]
fn an_unknown_current_is_no_reason_to_fail() {
    for current in ["", "../../etc", "ffffffffffffffff-1", "\u{0}"] {
        let TestIndex { index, dir } = TestIndex::of(&[resource("A")]);
        drop(index);
        fs::write(dir.path().join("CURRENT"), current).unwrap();
        let index = open(dir.path());
        assert_eq!((index.generation(), index.position()), (2, 0), "{current:?}");
    }
}

#[test]
fn a_failed_change_leaves_the_index_as_it_was_and_the_next_one_succeeds() {
    let test = TestIndex::of(&[resource("A")]);
    let live = folders(test.dir.path()).remove(0);
    let away = live.with_extension("away");
    fs::rename(&live, &away).unwrap();
    assert!(test.index.apply(&put(&["B"]), 2).is_err());
    assert_eq!((test.index.position(), test.index.resource_count()), (1, 1));
    fs::rename(&away, &live).unwrap();
    test.index.apply(&put(&["B"]), 2).unwrap();
    assert_eq!((test.index.position(), test.index.resource_count()), (2, 2));
}

#[test]
fn many_commits_and_merges_lose_nothing() {
    let test = TestIndex::empty();
    let drafts: Vec<Draft> = (0..30).map(|number| resource(&format!("Resource {number}"))).collect();
    for (position, draft) in (1_u64..).zip(&drafts) {
        test.index.apply(&[draft.put(), drafts[0].put()], position).unwrap();
    }
    assert_eq!(test.index.resource_count(), 30);
    assert_eq!(test.search(&SearchRequest { limit: 100, ..asking("resource") }).hits.len(), 30);
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir(&target).expect("a new folder");
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copied file");
        }
    }
}

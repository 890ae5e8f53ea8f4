use schemas::ResourceId;

use crate::testing::{Draft, TestIndex, id_of, resource};
use crate::{Index, IndexChange, fingerprint};

/// All that is held, read in pages of so many.
fn contents(index: &Index, limit: usize) -> Vec<(ResourceId, String)> {
    let mut all: Vec<(ResourceId, String)> = Vec::new();
    loop {
        let page = index.contents(all.last().map(|(id, _)| id), limit).expect("a page");
        assert!(page.len() <= limit);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[test]
fn every_resource_is_held_once_in_the_order_of_ids_whatever_was_changed_and_merged() {
    let test = TestIndex::empty();
    let drafts: Vec<Draft> = (0..40).map(|number| resource(&format!("Resource {number}"))).collect();
    for (position, chunk) in (1_u64..).zip(drafts.chunks(7)) {
        let changes: Vec<IndexChange> = chunk.iter().chain([&drafts[0]]).map(Draft::put).collect();
        test.index.apply(&changes, position).unwrap();
    }
    test.index.apply(&[IndexChange::Remove(id_of("Resource 7"))], 9).unwrap();
    let kept = drafts.iter().filter(|draft| draft.entry().resource.title != "Resource 7");
    let mut expected: Vec<(ResourceId, String)> = kept
        .map(|draft| {
            let entry = draft.entry();
            (entry.resource.id.clone(), fingerprint(&entry))
        })
        .collect();
    expected.sort();
    for limit in [1, 3, 39, 1_000] {
        assert_eq!(contents(&test.index, limit), expected, "{limit} at a time");
    }
}

#[test]
fn what_is_held_of_a_resource_is_known_by_its_id() {
    let test = TestIndex::of(&[resource("A"), resource("B")]);
    let held = test.index.held(&[id_of("B"), id_of("C")]).unwrap();
    assert_eq!(held, [Some(fingerprint(&resource("B").entry())), None]);
    let changed = resource("B").describe(|metadata| metadata.publisher = Some("Example Society".to_owned()));
    test.index.apply(&[changed.put()], 2).unwrap();
    let now = test.index.held(&[id_of("B")]).unwrap();
    assert_eq!(now, [Some(fingerprint(&changed.entry()))]);
    assert_ne!(now[0], held[0]);
}

#[test]
fn a_resource_is_read_back_by_its_id_as_it_was_given() {
    let test = TestIndex::of(&[resource("A"), resource("B")]);
    test.index.apply(&[IndexChange::Remove(id_of("A"))], 2).unwrap();
    let found = test.index.resources(&[id_of("B"), id_of("A"), id_of("C")]).unwrap();
    assert_eq!(found, [Some(resource("B").entry().resource), None, None]);
}

#[test]
fn what_a_rebuild_holds_is_known_before_it_goes_live() {
    let test = TestIndex::of(&[resource("A")]);
    let mut rebuild = test.index.start_rebuild().unwrap();
    rebuild.apply(&[resource("B").put()]).unwrap();
    assert_eq!(rebuild.held(&[id_of("B")]).unwrap(), [None], "it is not committed");
    rebuild.commit(2).unwrap();
    let held = rebuild.held(&[id_of("A"), id_of("B")]).unwrap();
    assert_eq!(held, [None, Some(fingerprint(&resource("B").entry()))]);
}

//! Which records make one resource, and what becomes of it when they come, go and move?

use crawler::Outcome;
use schemas::{Metadata, ResourceId};

use super::{Store, day, page, says, source, source_with_licence};
use crate::catalogue::ResourceState;

const X: &str = "https://shared.example/x";
const Y: &str = "https://shared.example/y";

async fn state(store: &Store, id: &ResourceId) -> ResourceState {
    store.catalogue.resource(id).await.expect("a look").expect("a resource")
}

#[tokio::test]
async fn two_catalogues_with_the_same_address_make_one_resource_that_survives_one_of_them() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, vec![page(&a, "1", "X", X)], day(0)).await;
    store.harvest(&b, vec![page(&b, "one", "The X", "http://shared.example/x/?utm_source=b")], day(1)).await;
    let id = store.id_at(X).await;
    let entries = store.live().await;
    let sources: Vec<&str> = entries[0].resource.records.iter().map(|record| record.source.as_str()).collect();
    assert_eq!((entries.len(), sources), (1, vec!["a", "b"]));
    assert_eq!(entries[0].resource.same_as, ["http://shared.example/x/?utm_source=b"]);
    assert_eq!(store.catalogue.source(&b.id).await.expect("a look").expect("a source").resources, 1);

    store.harvest(&a, vec![Outcome::Deleted("1".to_owned())], day(2)).await;
    let ResourceState::Live(entry) = state(&store, &id).await else { panic!("one record is left") };
    assert_eq!((entry.resource.title.as_str(), entry.resource.records.len()), ("The X", 1));

    store.harvest(&b, vec![Outcome::Deleted("one".to_owned())], day(3)).await;
    let ResourceState::Withdrawn { reason, at } = state(&store, &id).await else { panic!("no record is left") };
    assert_eq!((reason.as_str(), at.as_str()), ("its catalogue says that it is no more", "2026-11-04T09:00:00Z"));
    assert_eq!(store.ops_after(0).await, ["created", "changed", "changed", "withdrawn"]);
    assert_eq!(store.catalogue.live_count().await.expect("a count"), 0);
}

#[tokio::test]
async fn a_withdrawn_resource_that_comes_back_has_its_old_id() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, vec![page(&a, "1", "X", X)], day(0)).await;
    let id = store.id_at(X).await;
    store.harvest(&a, vec![Outcome::Deleted("1".to_owned())], day(1)).await;

    let (counts, _) = store.harvest(&a, vec![page(&a, "1", "X", X)], day(2)).await;
    assert_eq!((counts.changed, store.id_at(X).await), (1, id.clone()));
    store.harvest(&a, vec![Outcome::Deleted("1".to_owned())], day(3)).await;
    store.harvest(&b, vec![page(&b, "one", "X", X)], day(4)).await;
    assert_eq!(store.id_at(X).await, id);
    assert_eq!(store.ops_after(0).await, ["created", "withdrawn", "changed", "withdrawn", "changed"]);
}

#[tokio::test]
async fn a_resource_goes_with_its_only_record_to_another_address() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, vec![page(&a, "1", "X", X)], day(0)).await;
    let id = store.id_at(X).await;
    store.harvest(&a, vec![page(&a, "1", "X", Y)], day(1)).await;
    assert_eq!(store.id_at(Y).await, id);

    // Who comes to the old address afterwards is somebody else.
    store.harvest(&a, vec![page(&a, "1", "X", Y), page(&a, "2", "New", X)], day(2)).await;
    assert_ne!(store.id_at(X).await, id);
    assert_eq!(store.id_at(Y).await, id);
}

#[tokio::test]
async fn a_resource_whose_last_record_joins_another_redirects_there() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, vec![page(&a, "1", "X", X), page(&a, "2", "Y", Y)], day(0)).await;
    let (old, new) = (store.id_at(X).await, store.id_at(Y).await);
    let head = store.head().await;
    store.harvest(&a, vec![page(&a, "1", "X", Y), page(&a, "2", "Y", Y)], day(1)).await;
    let ResourceState::Merged { into } = state(&store, &old).await else { panic!("it is empty") };
    assert_eq!(into, new);
    let mut ops = store.ops_after(head).await;
    ops.sort_unstable();
    assert_eq!(ops, ["changed", "withdrawn"]);

    // An id that redirects is never given again.
    store.harvest(&a, vec![page(&a, "3", "Z", X)], day(2)).await;
    assert_ne!(store.id_at(X).await, old);
}

#[tokio::test]
async fn a_record_that_moves_out_of_a_shared_resource_leaves_it_to_the_other() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, vec![page(&a, "1", "X", X)], day(0)).await;
    store.harvest(&b, vec![page(&b, "one", "X", X)], day(0)).await;
    let shared = store.id_at(X).await;
    store.harvest(&a, vec![page(&a, "1", "X", Y)], day(1)).await;
    assert_eq!(store.id_at(X).await, shared);
    assert_ne!(store.id_at(Y).await, shared);
}

#[tokio::test]
async fn records_of_one_batch_with_one_address_make_one_resource() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, vec![page(&a, "1", "X", X), page(&a, "2", "X too", X)], day(0)).await;
    let entries = store.live().await;
    assert_eq!((entries.len(), entries[0].resource.records.len()), (1, 2));
    assert_eq!(store.ops_after(0).await, ["created"]);
    let assertions = store.catalogue.assertions_of(&entries[0].resource.id).await.expect("assertions");
    assert_eq!(assertions.iter().filter(|assertion| assertion.field == "title").count(), 2);
}

#[tokio::test]
async fn a_thing_without_an_address_is_a_resource_of_its_own() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let held = Metadata { title: "A kit".to_owned(), held_by: Some("A library".to_owned()), ..Metadata::default() };
    store.harvest(&a, vec![says(&a, "1", held.clone()), says(&a, "2", held)], day(0)).await;
    let entries = store.live().await;
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].resource.link.state, schemas::LinkState::None);
}

#[tokio::test]
async fn a_catalogue_that_changes_its_terms_is_published_on_the_new_ones() {
    let open = source_with_licence("a", "cc-by-4.0");
    let store = Store::with(&[&open]).await;
    let text = "word ".repeat(100);
    let metadata = Metadata {
        title: "X".to_owned(),
        url: Some(X.to_owned()),
        description: Some(text.clone()),
        ..Metadata::default()
    };
    store.harvest(&open, vec![says(&open, "1", metadata)], day(0)).await;
    let before = store.live().await;
    assert_eq!((before[0].resource.description.as_deref(), &before[0].full_description), (Some(text.as_str()), &None));

    store.put(&source_with_licence("a", "not-stated")).await;
    assert_eq!(store.catalogue.republish_changed_sources(day(1)).await.expect("written"), 1);
    let after = store.live().await;
    let short = after[0].resource.description.as_deref().expect("a description");
    assert!(short.chars().count() <= 200, "{short}");
    assert_eq!(after[0].full_description.as_deref(), Some(text.as_str()), "it is still searched in full");
    assert_eq!(store.ops_after(0).await, ["created", "changed"]);
    assert_eq!(store.catalogue.republish_changed_sources(day(2)).await.expect("written"), 0);
}

#[tokio::test]
async fn the_id_of_a_crowded_address_goes_on_with_the_record_that_came_first() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let talk = |number: usize| page(&a, &number.to_string(), &format!("Talk {number}"), X);
    store.harvest(&a, vec![talk(0)], day(0)).await;
    let id = store.id_at(X).await;
    store.harvest(&a, (0..26).map(talk).collect(), day(1)).await;
    let ResourceState::Live(entry) = state(&store, &id).await else { panic!("its first record is still there") };
    assert_eq!((entry.resource.title.as_str(), entry.resource.records.len()), ("Talk 0", 1));
    assert_eq!(store.live().await.len(), 26);
}

#[tokio::test]
async fn records_that_have_gone_are_no_crowd() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    // One event after the other at the same address, each under a number of its own.
    for number in 0..40 {
        let gone = (number > 0).then(|| Outcome::Deleted((number - 1).to_string()));
        let next = page(&a, &number.to_string(), &format!("Talk {number}"), X);
        store.harvest(&a, gone.into_iter().chain([next]).collect(), day(number)).await;
        assert_eq!(store.live().await.len(), 1);
    }
    assert_eq!(store.id_at(X).await, ResourceId::founded_on(X), "it has its id to the end");
}

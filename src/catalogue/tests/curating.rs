//! What admins decide holds through every harvest, and is taken back with one call as if it had never been.

use crawler::Outcome;
use jiff::{SignedDuration, Timestamp};
use schemas::{Curation, Decision, Metadata, Method, RecordId, Resource, ResourceId, Source};
use serde_json::{Value, json};

use super::{Store, day, page, says, source, source_with_licence};
use crate::catalogue::{CatalogueError, CurateError, JobKind, ResourceState};

const X: &str = "https://shared.example/x";
const Y: &str = "https://shared.example/y";
const WHY: &str = "its page says so";

/// So many hours after nine o'clock of a day. Decisions are told in the order of their times.
fn hour(of: i64, number: i64) -> Timestamp {
    day(of) + SignedDuration::from_hours(number)
}

/// A complete run, with what follows from it.
async fn run(store: &Store, source: &Source, outcomes: Vec<Outcome>, now: Timestamp) {
    store.harvest(source, outcomes, now).await;
    store.catalogue.resolve_pending(now).await.expect("everything is resolved");
}

async fn try_to(store: &Store, id: &ResourceId, decision: Decision, now: Timestamp) -> Result<Curation, CurateError> {
    store.catalogue.curate(id, decision, "Ada", WHY, now).await
}

async fn decide(store: &Store, id: &ResourceId, decision: Decision, now: Timestamp) -> Curation {
    try_to(store, id, decision, now).await.expect("a decision")
}

async fn undo(store: &Store, curation: &Curation, now: Timestamp) {
    let undone = store.catalogue.undo_curation(&curation.id, "Grace", "it was a slip", now).await.expect("undone");
    assert_eq!(undone.undone.expect("it is undone").who, "Grace");
}

async fn state(store: &Store, id: &ResourceId) -> ResourceState {
    store.catalogue.resource(id).await.expect("a look").expect("a resource")
}

/// What a live resource says, apart from when it was looked at and changed.
async fn told(store: &Store, id: &ResourceId) -> Resource {
    let ResourceState::Live(entry) = state(store, id).await else { panic!("{id} is not live") };
    let mut resource = entry.resource;
    resource.updated = String::new();
    for record in &mut resource.records {
        record.last_seen = String::new();
    }
    resource
}

async fn merged_into(store: &Store, id: &ResourceId) -> ResourceId {
    let ResourceState::Merged { into } = state(store, id).await else { panic!("{id} does not redirect") };
    into
}

/// Why a decision is refused.
async fn refused(store: &Store, id: &ResourceId, decision: Decision) -> String {
    try_to(store, id, decision, day(50)).await.expect_err("a decision that is refused").to_string()
}

fn hide() -> Decision {
    Decision::Hide { reason: "it sells something".to_owned() }
}

fn correct(field: &str, value: Value) -> Decision {
    Decision::Correct { field: field.to_owned(), value }
}

fn lock(field: &str) -> Decision {
    Decision::Lock { field: field.to_owned(), value: Value::Null }
}

fn merge(into: &ResourceId) -> Decision {
    Decision::Merge { into: into.clone(), records: Vec::new() }
}

fn split(record: RecordId) -> Decision {
    Decision::Split { record, from: Vec::new() }
}

fn record_id(source: &Source, identifier: &str) -> RecordId {
    RecordId { source: source.id.clone(), identifier: identifier.to_owned() }
}

/// Two catalogues with a page each, about two things; and the ids of these.
async fn two_things() -> (Store, Source, Source, ResourceId, ResourceId) {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    run(&store, &a, soap(&a), day(0)).await;
    run(&store, &b, bridges(&b), day(1)).await;
    let (soap, bridges) = (store.id_at(X).await, store.id_at(Y).await);
    (store, a, b, soap, bridges)
}

fn soap(source: &Source) -> Vec<Outcome> {
    vec![page(source, "1", "Making soap at home", X)]
}

fn bridges(source: &Source) -> Vec<Outcome> {
    vec![page(source, "one", "Careers in bridge building", Y)]
}

#[tokio::test]
async fn what_is_hidden_is_gone_with_its_reason_and_comes_back_as_it_was() {
    let (store, a, _, id, _) = two_things().await;
    let (before, head) = (told(&store, &id).await, store.head().await);
    let hidden = decide(&store, &id, hide(), hour(1, 1)).await;
    run(&store, &a, soap(&a), day(2)).await;
    let ResourceState::Withdrawn { reason, at } = state(&store, &id).await else { panic!("it is published") };
    assert_eq!((reason.as_str(), at.as_str()), ("it sells something", "2026-11-02T10:00:00Z"));
    assert!(store.live().await.iter().all(|entry| entry.resource.id != id));

    // What its record says otherwise meanwhile does not bring it back.
    run(&store, &a, vec![page(&a, "1", "Making better soap", X)], day(3)).await;
    assert!(matches!(state(&store, &id).await, ResourceState::Withdrawn { .. }));
    run(&store, &a, soap(&a), day(4)).await;
    assert_eq!(store.ops_after(head).await, ["withdrawn"]);
    let again = refused(&store, &id, hide()).await;
    assert!(again.contains("hidden already, by curation") && again.contains("of Ada"), "{again}");

    undo(&store, &hidden, day(5)).await;
    assert_eq!(told(&store, &id).await, before);
    assert_eq!(store.ops_after(head).await, ["withdrawn", "changed"]);
}

#[tokio::test]
async fn corrected_values_outlive_harvests_and_say_that_they_are_curated() {
    let (store, a, _, id, _) = two_things().await;
    let before = told(&store, &id).await;
    let title = decide(&store, &id, correct("title", json!("Soap, made at home")), hour(1, 1)).await;
    let subjects = decide(&store, &id, correct("subjects", json!(["chemistry"])), hour(1, 2)).await;
    let changed = Metadata {
        title: "Making soap in a kitchen".to_owned(),
        url: Some(X.to_owned()),
        publisher: Some("Somebody".to_owned()),
        ..Metadata::default()
    };
    run(&store, &a, vec![says(&a, "1", changed)], day(2)).await;
    let after = told(&store, &id).await;
    assert_eq!((after.title.as_str(), after.publisher.as_deref()), ("Soap, made at home", Some("Somebody")));
    let said: Vec<(&str, Method)> =
        after.subjects.iter().map(|subject| (subject.id.as_str(), subject.method)).collect();
    assert_eq!(said, [("chemistry", Method::Curated)]);

    // A later word on the same field goes before an earlier one, and makes way for it again.
    let later = decide(&store, &id, correct("title", json!("Soap")), hour(2, 1)).await;
    assert_eq!(told(&store, &id).await.title, "Soap");
    undo(&store, &later, hour(2, 2)).await;
    assert_eq!(told(&store, &id).await.title, "Soap, made at home");
    run(&store, &a, soap(&a), day(3)).await;
    for curation in [&title, &subjects] {
        undo(&store, curation, day(4)).await;
    }
    assert_eq!(told(&store, &id).await, before);
}

#[tokio::test]
async fn a_locked_field_stays_until_the_lock_is_taken_away() {
    let (store, a, _, id, _) = two_things().await;
    let title = decide(&store, &id, lock("title"), hour(1, 1)).await;
    assert_eq!(title.decision, Decision::Lock { field: "title".to_owned(), value: json!("Making soap at home") });
    let publisher = decide(&store, &id, lock("publisher"), hour(1, 2)).await;
    let renamed = Metadata {
        title: "Soap".to_owned(),
        url: Some(X.to_owned()),
        publisher: Some("Somebody".to_owned()),
        ..Metadata::default()
    };
    run(&store, &a, vec![says(&a, "1", renamed)], day(2)).await;
    let locked = told(&store, &id).await;
    assert_eq!((locked.title.as_str(), locked.publisher), ("Making soap at home", None));
    assert!(refused(&store, &id, lock("title")).await.contains("locked already"));
    undo(&store, &title, hour(2, 1)).await;
    undo(&store, &publisher, hour(2, 2)).await;
    let freed = told(&store, &id).await;
    assert_eq!((freed.title.as_str(), freed.publisher.as_deref()), ("Soap", Some("Somebody")));
}

#[tokio::test]
async fn a_locked_description_is_shortened_when_its_catalogue_closes_its_terms() {
    let open = source("a");
    let store = Store::with(&[&open]).await;
    let long = "Soap is made of fat and lye. ".repeat(20).trim().to_owned();
    let described = |text: &str| {
        let metadata = Metadata {
            title: "Making soap at home".to_owned(),
            url: Some(X.to_owned()),
            description: Some(text.to_owned()),
            ..Metadata::default()
        };
        vec![says(&open, "1", metadata)]
    };
    run(&store, &open, described(&long), day(0)).await;
    let id = store.id_at(X).await;
    let locked = decide(&store, &id, lock("description"), hour(0, 1)).await;
    assert_eq!(told(&store, &id).await.description.as_ref(), Some(&long));

    store.put(&source_with_licence("a", "not-stated")).await;
    store.catalogue.republish_changed_sources(day(1)).await.expect("settled");
    run(&store, &open, described(&format!("{long} Stir it.")), day(2)).await;
    let shown = told(&store, &id).await.description.expect("a description");
    assert!(shown.chars().count() <= 200 && long.starts_with(shown.trim_end_matches('…')), "{shown}");

    // What an admin wrote is an admin's own, locked or not.
    undo(&store, &locked, hour(2, 1)).await;
    let own = "We make soap of fat and lye. ".repeat(20).trim().to_owned();
    decide(&store, &id, correct("description", json!(own)), hour(2, 2)).await;
    decide(&store, &id, lock("description"), hour(2, 3)).await;
    run(&store, &open, described(&long), day(3)).await;
    assert_eq!(told(&store, &id).await.description, Some(own));
}

#[tokio::test]
async fn what_was_merged_is_one_through_every_harvest_and_two_again_afterwards() {
    let (store, a, b, soap_id, bridges_id) = two_things().await;
    let before = (told(&store, &soap_id).await, told(&store, &bridges_id).await);
    // Into the younger one: what an admin says goes before the age.
    let merged = decide(&store, &soap_id, merge(&bridges_id), hour(1, 1)).await;
    let records = vec![record_id(&a, "1"), record_id(&b, "one")];
    assert_eq!(merged.decision, Decision::Merge { into: bridges_id.clone(), records });
    for on in [2, 3] {
        assert_eq!(merged_into(&store, &soap_id).await, bridges_id);
        assert_eq!(told(&store, &bridges_id).await.records.len(), 2);
        run(&store, &a, vec![page(&a, "1", &format!("Making soap, edition {on}"), X)], day(on)).await;
        run(&store, &b, bridges(&b), day(on)).await;
    }
    let gone = refused(&store, &soap_id, Decision::Pin).await;
    assert_eq!(gone, format!("`{soap_id}` was merged into `{bridges_id}`; decide about that one"));

    run(&store, &a, soap(&a), day(4)).await;
    undo(&store, &merged, day(5)).await;
    assert_eq!((told(&store, &soap_id).await, told(&store, &bridges_id).await), before);
    run(&store, &a, soap(&a), day(6)).await;
    assert_eq!(store.live().await.len(), 2);
}

#[tokio::test]
async fn decisions_go_along_with_what_is_merged_and_stay_with_it_afterwards() {
    let (store, _, _, soap_id, bridges_id) = two_things().await;
    decide(&store, &soap_id, correct("publisher", json!("The soap society")), hour(1, 1)).await;
    let merged = decide(&store, &soap_id, merge(&bridges_id), hour(1, 2)).await;
    assert_eq!(told(&store, &bridges_id).await.publisher.as_deref(), Some("The soap society"));
    let (about, _) = store.catalogue.curations_of(&bridges_id, 10, 0).await.expect("curations");
    let names: Vec<&str> = about.iter().map(|curation| curation.decision.name()).collect();
    assert_eq!(names, ["merge", "correct"], "the newest first");

    undo(&store, &merged, hour(1, 3)).await;
    assert_eq!(told(&store, &bridges_id).await.publisher, None);
    assert_eq!(told(&store, &soap_id).await.publisher.as_deref(), Some("The soap society"));
    assert_eq!(store.catalogue.curations_of(&bridges_id, 10, 0).await.expect("curations"), (Vec::new(), 0));
}

#[tokio::test]
async fn a_record_that_was_split_off_stays_away_until_that_is_undone() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let other = |title: &str| vec![page(&b, "one", title, X)];
    run(&store, &a, soap(&a), day(0)).await;
    run(&store, &b, other("Making soap at home"), day(1)).await;
    let id = store.id_at(X).await;
    let before = told(&store, &id).await;
    let apart = decide(&store, &id, split(record_id(&b, "one")), hour(1, 1)).await;
    assert_eq!(
        apart.decision,
        Decision::Split { record: record_id(&b, "one"), from: vec![record_id(&a, "1")] },
        "what it left is written down"
    );
    for on in [2, 3] {
        let live = store.live().await;
        assert_eq!(live.len(), 2, "on day {on}");
        assert!(live.iter().all(|entry| entry.resource.records.len() == 1), "on day {on}");
        run(&store, &a, soap(&a), day(on)).await;
        run(&store, &b, other(&format!("Making soap at home, edition {on}")), day(on)).await;
    }
    let live = store.live().await;
    let away = live.iter().find(|entry| entry.resource.id != id).expect("the other").resource.id.clone();
    assert_eq!(told(&store, &id).await.records[0].source, a.id);
    assert_eq!(told(&store, &away).await.title, "Making soap at home, edition 3");

    run(&store, &b, other("Making soap at home"), day(4)).await;
    undo(&store, &apart, day(5)).await;
    assert_eq!(told(&store, &id).await, before);
    assert_eq!(merged_into(&store, &away).await, id);
    run(&store, &b, other("Making soap at home"), day(6)).await;
    assert_eq!(store.live().await.len(), 1);

    // Split once more it has the id that it had.
    decide(&store, &id, split(record_id(&b, "one")), day(7)).await;
    assert_eq!(told(&store, &away).await.records[0].source, b.id);
}

#[tokio::test]
async fn a_merge_and_a_split_do_not_contradict_each_other() {
    let (store, a, b, soap_id, bridges_id) = two_things().await;
    let merged = decide(&store, &soap_id, merge(&bridges_id), hour(1, 1)).await;
    let against = refused(&store, &bridges_id, split(record_id(&a, "1"))).await;
    assert!(against.contains(&merged.id) && against.contains("they are one; undo that first"), "{against}");
    undo(&store, &merged, hour(1, 2)).await;

    run(&store, &b, vec![page(&b, "one", "Making soap at home", X)], day(2)).await;
    let shared = store.id_at(X).await;
    let apart = decide(&store, &shared, split(record_id(&b, "one")), hour(2, 1)).await;
    let away = store.live().await.into_iter().map(|entry| entry.resource.id).find(|id| *id != shared).expect("two");
    let against = refused(&store, &away, merge(&shared)).await;
    assert!(against.contains(&apart.id) && against.contains("they are two; undo that first"), "{against}");
}

#[tokio::test]
async fn what_cannot_be_decided_is_refused_and_changes_nothing() {
    let (store, a, b, soap_id, bridges_id) = two_things().await;
    let head = store.head().await;
    let nowhere = ResourceId::founded_on("nowhere");
    for (decision, expected) in [
        (Decision::Hide { reason: " ".to_owned() }, "`decision.reason`: expected 1 to 500 characters"),
        (correct("titel", json!("A")), "`decision.field`: `titel` is no field"),
        (correct("title", json!(7)), "`decision.value`: expected text"),
        (correct("url", Value::Null), "could not be published with it: no address"),
        (lock("completeness"), "`decision.field`"),
        (merge(&soap_id), "expected another resource"),
        (merge(&nowhere), "there is no resource"),
        (split(record_id(&a, "1")), "is the only record of"),
        (split(record_id(&b, "one")), "expected one of `a/1`"),
    ] {
        let reason = refused(&store, &soap_id, decision).await;
        assert!(reason.contains(expected), "{reason}");
    }
    let unknown = try_to(&store, &nowhere, Decision::Pin, day(2)).await.expect_err("no resource");
    assert!(matches!(unknown, CurateError::Catalogue(CatalogueError::NoSuch { what: "resource", .. })), "{unknown}");
    let without_why = store.catalogue.curate(&soap_id, Decision::Pin, "Ada", "", day(2)).await.expect_err("no reason");
    assert!(matches!(without_why, CurateError::Unfit { part: "why", .. }), "{without_why}");
    let unheard_of = store.catalogue.undo_curation("none", "Ada", WHY, day(2)).await.expect_err("no curation");
    assert!(matches!(unheard_of, CurateError::Catalogue(CatalogueError::NoSuch { what: "curation", .. })));
    assert_eq!(store.catalogue.list_curations(10, 0).await.expect("a list"), (Vec::new(), 0));
    assert_eq!(store.catalogue.audit(None, 10).await.expect("a log"), (Vec::new(), 0));
    assert_eq!(store.head().await, head);

    decide(&store, &bridges_id, hide(), hour(2, 1)).await;
    assert!(refused(&store, &soap_id, merge(&bridges_id)).await.contains("is hidden; undo that first"));
    run(&store, &a, vec![Outcome::Deleted("1".to_owned())], day(3)).await;
    assert!(refused(&store, &soap_id, merge(&bridges_id)).await.contains("is withdrawn"));
}

#[tokio::test]
async fn who_did_what_and_why_is_written_down_for_ever() {
    let (store, _, _, id, _) = two_things().await;
    let pinned = decide(&store, &id, Decision::Pin, hour(1, 1)).await;
    undo(&store, &pinned, hour(1, 2)).await;
    let twice = store.catalogue.undo_curation(&pinned.id, "Ada", WHY, hour(1, 3)).await.expect_err("undone before");
    assert!(twice.to_string().contains("was undone already, by Grace"), "{twice}");
    store.catalogue.enqueue_job_by("Ada", JobKind::Reindex, None, hour(1, 4)).await.expect("a job");

    let (acts, total) = store.catalogue.audit(None, 10).await.expect("a log");
    let lines: Vec<String> = acts.iter().map(|act| format!("{} {} {}", act.who, act.action, act.subject)).collect();
    assert_eq!(lines, ["Ada start reindex index".to_owned(), format!("Grace undo pin {id}"), format!("Ada pin {id}")]);
    assert_eq!((total, acts[2].detail.as_str()), (3, format!("curation {}: {WHY}", pinned.id).as_str()));
    let (before, _) = store.catalogue.audit(Some(acts[1].seq), 10).await.expect("a log");
    assert_eq!(before, acts[2..]);
    let (curations, total) = store.catalogue.list_curations(10, 0).await.expect("a list");
    assert_eq!((curations.len(), total), (1, 1));
    assert_eq!(curations[0].undone.as_ref().map(|undone| undone.why.as_str()), Some("it was a slip"));
}

#[tokio::test]
async fn decisions_about_a_resource_are_read_in_pages_and_all_are_counted() {
    let (store, _, _, id, _) = two_things().await;
    for number in 0..5 {
        decide(&store, &id, correct("title", json!(format!("Title {number}"))), hour(1, number)).await;
    }
    let (part, total) = store.catalogue.curations_of(&id, 2, 1).await.expect("curations");
    let at: Vec<&str> = part.iter().map(|curation| curation.at.as_str()).collect();
    assert_eq!((at, total), (vec!["2026-11-02T12:00:00Z", "2026-11-02T11:00:00Z"], 5));
    assert_eq!(store.catalogue.curations_of(&id, 2, 9).await.expect("curations"), (Vec::new(), 5));
}

#[tokio::test]
async fn what_is_hidden_stays_hidden_when_its_own_record_goes_and_a_copy_is_left() {
    let (store, a, b, soap_id, bridges_id) = two_things().await;
    decide(&store, &bridges_id, merge(&soap_id), hour(1, 1)).await;
    decide(&store, &soap_id, hide(), hour(1, 2)).await;
    run(&store, &a, vec![Outcome::Deleted("1".to_owned())], day(2)).await;
    assert!(store.live().await.is_empty(), "the copy is not published in its place");
    run(&store, &b, vec![page(&b, "one", "Careers in bridge building, second edition", Y)], day(3)).await;
    assert!(store.live().await.is_empty());
}

#[tokio::test]
async fn a_harvest_that_brings_a_record_back_to_its_address_does_not_undo_a_split() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let other = |url: &str| vec![page(&b, "one", "Making soap at home", url)];
    run(&store, &a, soap(&a), day(0)).await;
    run(&store, &b, other(X), day(1)).await;
    let id = store.id_at(X).await;
    decide(&store, &id, split(record_id(&b, "one")), hour(1, 1)).await;
    for (on, url) in [(2, Y), (3, X), (4, X), (5, Y), (6, X)] {
        run(&store, &b, other(url), day(on)).await;
        let live = store.live().await;
        assert_eq!(live.len(), 2, "on day {on}");
        assert!(live.iter().all(|entry| entry.resource.records.len() == 1), "on day {on}");
    }
}

#[tokio::test]
async fn an_undone_merge_leaves_each_older_id_where_it_led_before() {
    let (store, a, _, soap_id, bridges_id) = two_things().await;
    // The page of the soap had two addresses once; the older id leads to the newer.
    let there = "https://shared.example/soap";
    run(&store, &a, vec![page(&a, "1", "Making soap at home", X), page(&a, "2", "Soap", there)], day(2)).await;
    let older = store.id_at(there).await;
    run(&store, &a, vec![page(&a, "1", "Making soap at home", X), page(&a, "2", "Soap", X)], day(3)).await;
    assert_eq!(merged_into(&store, &older).await, soap_id);
    let merged = decide(&store, &soap_id, merge(&bridges_id), day(4)).await;
    assert_eq!(merged_into(&store, &older).await, bridges_id, "all the way");
    undo(&store, &merged, day(5)).await;
    assert_eq!(merged_into(&store, &older).await, soap_id);
}

#[tokio::test]
async fn what_is_pinned_is_published_as_pinned_through_every_harvest() {
    let (store, a, _, id, _) = two_things().await;
    assert!(!told(&store, &id).await.pinned);
    let pinned = decide(&store, &id, Decision::Pin, hour(1, 1)).await;
    run(&store, &a, vec![page(&a, "1", "Making better soap", X)], day(2)).await;
    assert!(told(&store, &id).await.pinned);
    undo(&store, &pinned, day(3)).await;
    assert!(!told(&store, &id).await.pinned);
}

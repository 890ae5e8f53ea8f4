//! When is the address of a resource asked, and which?

use crawler::Outcome;
use crawler::link::LinkAnswer;
use jiff::{SignedDuration, Timestamp};
use schemas::Source;

use super::{Store, day, page, source};

const SOAP: &str = "https://a.example/soap";

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn soap(source: &Source, title: &str) -> Vec<Outcome> {
    vec![page(source, "1", title, SOAP)]
}

/// A store with one resource, whose link has found its page on these days.
async fn store_with_soap(source: &Source, days: &[i64]) -> Store {
    let store = Store::with(&[source]).await;
    store.harvest(source, soap(source, "Soap"), day(0)).await;
    for number in days {
        store.catalogue.record_link(SOAP, &LinkAnswer::Ok, day(*number)).await.expect("it is written");
    }
    store
}

/// The addresses that are to be asked at a time.
async fn asked_at(store: &Store, now: Timestamp) -> Vec<String> {
    let due = store.catalogue.due_links(now, 10).await.expect("links");
    due.into_iter().map(|link| link.asked_url).collect()
}

#[tokio::test]
async fn a_steady_link_is_asked_within_hours_of_a_change_of_its_resource() {
    let a = source("a");
    let store = store_with_soap(&a, &[1, 2, 5]).await;
    store.harvest(&a, soap(&a, "Soap"), day(8)).await;
    assert!(asked_at(&store, day(8) + hours(6)).await.is_empty(), "nothing has changed");
    store.harvest(&a, soap(&a, "Soap and glue"), day(9)).await;
    assert_eq!(asked_at(&store, day(9) + hours(6)).await, [SOAP]);
}

#[tokio::test]
async fn what_comes_sooner_is_not_put_off_by_a_change() {
    let a = source("a");
    let store = store_with_soap(&a, &[1]).await;
    let due = day(2) + hours(3);
    store.harvest(&a, soap(&a, "Soap and glue"), due - hours(1)).await;
    assert_eq!(asked_at(&store, due).await, [SOAP]);
}

#[tokio::test]
async fn a_failing_link_keeps_its_pace_when_its_resource_changes() {
    let a = source("a");
    let store = store_with_soap(&a, &[1]).await;
    let gone = LinkAnswer::Gone { status: 404 };
    for at in [day(2), day(2) + hours(7)] {
        store.catalogue.record_link(SOAP, &gone, at).await.expect("it is written");
    }
    store.harvest(&a, soap(&a, "Soap and glue"), day(2) + hours(8)).await;
    assert!(asked_at(&store, day(2) + hours(14)).await.is_empty());
    assert_eq!(asked_at(&store, day(5)).await, [SOAP]);
}

#[tokio::test]
async fn what_has_moved_is_asked_where_it_is_now() {
    let a = source("a");
    let store = store_with_soap(&a, &[]).await;
    let to = "https://a.example/new".parse().expect("an address");
    let moved = LinkAnswer::Moved { to };
    let known = [(day(1), SOAP), (day(3), "https://a.example/new")];
    for (at, asked_next) in known {
        store.catalogue.record_link(SOAP, &moved, at).await.expect("it is written");
        assert_eq!(asked_at(&store, at + hours(48)).await, [asked_next]);
    }
    store.id_at("https://a.example/new").await;
}

#[tokio::test]
async fn a_link_that_was_put_off_comes_again_in_some_hours_and_nothing_is_said_of_it() {
    let a = source("a");
    let store = store_with_soap(&a, &[]).await;
    let due = store.catalogue.due_links(day(1), 10).await.expect("links");
    store.catalogue.put_off_links(&due, day(1)).await.expect("it is written");
    assert!(asked_at(&store, day(1) + hours(3)).await.is_empty());
    assert_eq!(asked_at(&store, day(1) + hours(5)).await, [SOAP]);
    assert_eq!(store.live().await[0].resource.link.state, schemas::LinkState::Unchecked);
}

#[tokio::test]
async fn what_a_clock_that_was_a_year_ahead_has_handed_out_or_put_off_is_asked_when_it_is_right_again() {
    let a = source("a");
    let store = store_with_soap(&a, &[1]).await;
    assert_eq!(asked_at(&store, day(366)).await, [SOAP]);
    assert_eq!(asked_at(&store, day(3)).await, [SOAP], "it was handed out");
    store.catalogue.record_link(SOAP, &LinkAnswer::Ok, day(366)).await.expect("it is written");
    assert_eq!(asked_at(&store, day(4)).await, [SOAP], "it was put off");
    assert!(asked_at(&store, day(4) + hours(1)).await.is_empty(), "it is handed out once");
    store.catalogue.record_link(SOAP, &LinkAnswer::Ok, day(4)).await.expect("it is written");
    assert!(asked_at(&store, day(4) + hours(1)).await.is_empty(), "it is put off for days");
}

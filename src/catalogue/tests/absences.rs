//! What happens to records that a run does not see?

use crawler::Outcome;
use schemas::{MissingRule, Problem};

use super::{Store, day, page, pages, source};
use crate::catalogue::{Absences, ResourceState, Scope};

#[tokio::test]
async fn a_record_is_withdrawn_after_three_runs_and_seven_days() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..2), day(0)).await;
    let id = store.id_at("https://a.example/1").await;
    for (now, expected) in [(1, 0), (2, 0), (3, 0), (7, 0), (8, 1)] {
        let (_, absences) = store.harvest(&a, pages(&a, 0..1), day(now)).await;
        assert_eq!(absences, Absences::Applied { missing: 1 - expected, withdrawn: expected }, "day {now}");
    }
    let state = store.catalogue.resource(&id).await.expect("a look").expect("a resource");
    let ResourceState::Withdrawn { reason, at } = state else { panic!("{state:?}") };
    assert_eq!((reason.as_str(), at.as_str()), ("no longer in its catalogue (a)", "2026-11-09T09:00:00Z"));
    assert_eq!(store.ops_after(2).await, ["withdrawn"]);
}

#[tokio::test]
async fn many_days_do_not_stand_in_for_runs() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..2), day(0)).await;
    for now in [10, 40] {
        let (_, absences) = store.harvest(&a, pages(&a, 0..1), day(now)).await;
        assert_eq!(absences, Absences::Applied { missing: 1, withdrawn: 0 }, "day {now}");
    }
}

#[tokio::test]
async fn a_record_that_is_seen_again_is_no_longer_missing_and_has_not_changed() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..2), day(0)).await;
    store.harvest(&a, pages(&a, 0..1), day(1)).await;
    let (id, head) = (store.id_at("https://a.example/1").await, store.head().await);
    let missing = store.catalogue.entries(std::slice::from_ref(&id)).await.expect("entries");
    assert_eq!(missing[0].resource.records[0].last_seen, "2026-11-02T09:00:00Z", "when it was first missed");

    let (counts, absences) = store.harvest(&a, pages(&a, 0..2), day(2)).await;
    assert_eq!((counts.unchanged, absences), (2, Absences::Applied { missing: 0, withdrawn: 0 }));
    assert_eq!(store.head().await, head);
    // The count of runs begins anew.
    for now in [20, 21] {
        let (_, absences) = store.harvest(&a, pages(&a, 0..1), day(now)).await;
        assert_eq!(absences, Absences::Applied { missing: 1, withdrawn: 0 }, "day {now}");
    }
}

#[tokio::test]
async fn a_record_that_is_there_but_cannot_be_read_is_not_absent() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..3), day(0)).await;
    // One of the two that will be rejected was missing before.
    store.harvest(&a, pages(&a, 0..2), day(1)).await;
    assert_eq!(store.catalogue.missing_record_count(&a.id).await.expect("a count"), 1);
    let (head, before) = (store.head().await, store.id_at("https://a.example/1").await);
    for now in [2, 9, 20, 40] {
        let mut outcomes = pages(&a, 0..1);
        outcomes.extend(["1", "2"].map(|identifier| Outcome::Rejected {
            problem: Problem::rejected(identifier, Some("title"), "no title"),
            identifier: Some(identifier.to_owned()),
        }));
        let (counts, absences) = store.harvest(&a, outcomes, day(now)).await;
        assert_eq!((counts.unchanged, counts.rejected), (1, 2), "day {now}");
        assert_eq!(absences, Absences::Applied { missing: 0, withdrawn: 0 }, "day {now}");
    }
    assert_eq!(store.catalogue.missing_record_count(&a.id).await.expect("a count"), 0);
    assert_eq!((store.head().await, store.live().await.len()), (head, 3));
    let entries = store.catalogue.entries(&[before]).await.expect("entries");
    assert_eq!(entries[0].resource.title, "A page", "its last good state stays");
}

#[tokio::test]
async fn a_run_in_which_too_much_is_absent_is_held_and_changes_nothing() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..30), day(0)).await;
    let head = store.head().await;
    for now in [1, 8, 9, 10] {
        let (_, absences) = store.harvest(&a, pages(&a, 0..5), day(now)).await;
        assert_eq!(absences, Absences::Held { missing: 25 }, "day {now}");
    }
    assert_eq!(store.head().await, head);
    assert_eq!(store.catalogue.live_record_count(&a.id).await.expect("a count"), 30);
    let seen = store.live().await.iter().filter(|entry| entry.resource.records[0].last_seen.contains("11-01")).count();
    assert_eq!(seen, 30, "none of them was marked");

    // An admin says yes.
    let mut intake = store.read(&a, pages(&a, 0..5), day(11)).await;
    let rule = MissingRule { hold_share: 1.0, ..a.missing.clone() };
    let absences = intake.finish_absences(&rule, Scope::Everything).await.expect("absences");
    assert_eq!(absences, Absences::Applied { missing: 25, withdrawn: 0 });
}

#[tokio::test]
async fn a_resource_that_one_catalogue_no_longer_has_stays_with_the_other() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    let shared = "https://shared.example/x";
    store.harvest(&a, vec![page(&a, "1", "X", shared), page(&a, "2", "Y", "https://a.example/y")], day(0)).await;
    store.harvest(&b, vec![page(&b, "one", "X", shared)], day(0)).await;
    for now in [1, 2, 9] {
        store.harvest(&a, vec![page(&a, "2", "Y", "https://a.example/y")], day(now)).await;
    }
    let id = store.id_at(shared).await;
    let entries = store.catalogue.entries(&[id]).await.expect("entries");
    let sources: Vec<&str> = entries[0].resource.records.iter().map(|record| record.source.as_str()).collect();
    assert_eq!(sources, ["b"]);
    assert_eq!(store.catalogue.source(&a.id).await.expect("a look").expect("a source").resources, 1);
}

#[tokio::test]
async fn one_run_by_a_clock_that_is_a_year_ahead_withdraws_nothing_and_days_count_from_when_it_is_right_again() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..3), day(0)).await;
    store.harvest(&a, pages(&a, 0..2), day(1)).await;
    // It misses one for the second time, and another for the first.
    let (_, absences) = store.harvest(&a, pages(&a, 0..1), day(366)).await;
    assert_eq!(absences, Absences::Applied { missing: 2, withdrawn: 0 });
    for (now, missing, withdrawn) in [(2, 2, 0), (3, 2, 0), (8, 1, 1), (9, 1, 0), (10, 0, 1)] {
        let mut intake = store.read(&a, pages(&a, 0..1), day(now)).await;
        let absences = intake.finish_absences(&a.missing, Scope::Everything).await.expect("absences");
        assert_eq!(absences, Absences::Applied { missing, withdrawn }, "day {now}");
    }
}

#[tokio::test]
async fn one_run_by_a_clock_that_is_years_behind_lets_the_days_of_what_is_missing_begin_anew() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..2), day(0)).await;
    store.harvest(&a, pages(&a, 0..1), day(10)).await;
    let in_2000 = -9_800;
    for (now, withdrawn) in [(in_2000, 0), (11, 0), (12, 0), (13, 0), (18, 1)] {
        let mut intake = store.read(&a, pages(&a, 0..1), day(now)).await;
        let absences = intake.finish_absences(&a.missing, Scope::Everything).await.expect("absences");
        assert_eq!(absences, Absences::Applied { missing: 1 - withdrawn, withdrawn }, "day {now}");
    }
}

#[tokio::test]
async fn what_was_missed_in_two_runs_does_not_go_with_the_third_by_a_clock_that_is_ahead() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..2), day(0)).await;
    // The third run is by a clock that is a year ahead.
    for now in [1, 2, 366] {
        let (_, absences) = store.harvest(&a, pages(&a, 0..1), day(now)).await;
        assert_eq!(absences, Absences::Applied { missing: 1, withdrawn: 0 }, "day {now}");
    }
    for (now, withdrawn) in [(3, 0), (8, 1)] {
        let mut intake = store.read(&a, pages(&a, 0..1), day(now)).await;
        let absences = intake.finish_absences(&a.missing, Scope::Everything).await.expect("absences");
        assert_eq!(absences, Absences::Applied { missing: 1 - withdrawn, withdrawn }, "day {now}");
    }
}

#[tokio::test]
async fn after_a_year_in_which_the_service_was_switched_off_what_is_missing_goes_on_the_third_day() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..2), day(0)).await;
    for (now, withdrawn) in [(1, 0), (2, 0), (366, 0), (367, 0), (368, 1)] {
        let (_, absences) = store.harvest(&a, pages(&a, 0..1), day(now)).await;
        assert_eq!(absences, Absences::Applied { missing: 1 - withdrawn, withdrawn }, "day {now}");
    }
}

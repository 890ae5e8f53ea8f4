//! What does a run count, and what of it is kept?

use std::sync::atomic::{AtomicI64, Ordering};

use crawler::fetch::Validators;
use crawler::{Intake as _, Outcome, Payload};
use schemas::{PayloadHash, Problem};

use super::{Store, at, day, page, pages, source};
use crate::catalogue::{
    Absences, Approval, CatalogueError, HarvestCounts, HarvestEnd, HarvestManner, HarvestState, MAX_PROBLEMS_KEPT,
    Scope,
};
use crate::clock::Clock;

#[tokio::test]
async fn created_changed_and_unchanged_records_are_told_apart() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let (first, _) = store.harvest(&a, pages(&a, 0..3), day(0)).await;
    assert_eq!(first, HarvestCounts { read: 3, created: 3, ..HarvestCounts::default() });

    let mut again = pages(&a, 0..2);
    again.push(page(&a, "2", "Another title", "https://a.example/2"));
    again.push(page(&a, "3", "New", "https://a.example/3"));
    let (second, _) = store.harvest(&a, again, day(1)).await;
    assert_eq!(second, HarvestCounts { read: 4, created: 1, changed: 1, unchanged: 2, ..HarvestCounts::default() });
    assert!(second.adds_up());
    assert_eq!(store.ops_after(3).await.len(), 2);
}

#[tokio::test]
async fn a_second_identical_harvest_changes_nothing_but_when_records_were_last_seen() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..3), day(0)).await;
    let (head, before) = (store.head().await, store.live().await);
    let (counts, absences) = store.harvest(&a, pages(&a, 0..3), day(1)).await;
    assert_eq!(counts, HarvestCounts { read: 3, unchanged: 3, ..HarvestCounts::default() });
    assert_eq!(absences, Absences::Applied { missing: 0, withdrawn: 0 });
    assert_eq!(store.head().await, head);

    let after = store.live().await;
    assert_eq!(after[0].resource.updated, before[0].resource.updated);
    assert_eq!(after[0].resource.records[0].first_seen, "2026-11-01T09:00:00Z");
    assert_eq!(after[0].resource.records[0].last_seen, "2026-11-02T09:00:00Z");
}

#[tokio::test]
async fn what_is_rejected_deleted_or_comes_twice_is_counted_and_told() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..1), day(0)).await;
    let outcomes = vec![
        Outcome::Deleted("0".to_owned()),
        Outcome::Deleted("never seen".to_owned()),
        Outcome::Rejected { problem: Problem::rejected("/7", Some("title"), "no title"), identifier: None },
        page(&a, "1", "A page", "https://a.example/1"),
        page(&a, "1", "The same identifier", "https://a.example/1"),
        Outcome::Duplicate(Problem::warning("/9", None, "this identifier came before")),
    ];
    let (counts, _) = store.harvest(&a, outcomes, day(1)).await;
    let expected =
        HarvestCounts { read: 6, created: 1, deleted: 2, rejected: 1, duplicate: 2, ..HarvestCounts::default() };
    assert_eq!(counts, expected);

    let row = store.catalogue.last_harvest(&a.id).await.expect("a run").expect("a run");
    assert_eq!((row.state, row.counts, row.problems), (HarvestState::Ok, expected, 2));
    let (problems, total) = store.catalogue.problems_of(&row.id, 1, 1).await.expect("problems");
    assert_eq!((problems[0].place.as_str(), total), ("/9", 2));
}

#[tokio::test]
async fn of_many_problems_the_first_thousand_are_kept_and_all_are_counted() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let id = store.catalogue.start_harvest(&a.id, HarvestManner::Harvest, None, day(0)).await.expect("a run");
    let mut intake = store.catalogue.intake(&a, &id, at(day(0))).await.expect("an intake");
    for batch in 0..6 {
        let outcomes = (0..200).map(|row| Outcome::Rejected {
            problem: Problem::rejected(batch * 200 + row, None, "broken"),
            identifier: None,
        });
        intake.take(outcomes.collect()).await.expect("a batch");
        intake.flush().await.expect("it is written");
    }
    let row = store.catalogue.harvest(&id).await.expect("a run").expect("a run");
    assert_eq!((row.problems, row.counts.rejected), (1_200, 1_200));
    let (problems, total) = store.catalogue.problems_of(&id, 10, 995).await.expect("problems");
    assert_eq!((problems.len(), total), (5, MAX_PROBLEMS_KEPT));
    assert_eq!(problems[4].place, "999");
}

#[tokio::test]
async fn a_payload_comes_back_as_it_was_kept() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let mut intake = store.read(&a, Vec::new(), day(0)).await;
    assert!(intake.kept("https://a.example/").await.expect("a look").is_none());
    for text in ["first ".repeat(10_000), "second".to_owned(), "second".to_owned()] {
        let body = text.into_bytes();
        let payload = Payload {
            place: "https://a.example/".to_owned(),
            validators: Validators { etag: Some("\"1\"".to_owned()), last_modified: None },
            content_type: Some("text/html".to_owned()),
            hash: PayloadHash::of(&body),
            body: body.clone().into(),
        };
        intake.keep(payload).await.expect("kept");
        let kept = intake.kept("https://a.example/").await.expect("a look").expect("a payload");
        assert_eq!(kept.hash, PayloadHash::of(&body));
        assert_eq!(intake.kept_body(&kept.hash).await.expect("its bytes"), body);
        assert_eq!(kept.validators.etag.as_deref(), Some("\"1\""));
        assert_eq!(kept.content_type.as_deref(), Some("text/html"));
    }
}

#[tokio::test]
async fn an_intake_needs_a_run_that_was_started() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let error = store.catalogue.intake(&a, "none", at(day(0))).await.expect_err("no run");
    assert!(matches!(error, CatalogueError::NoSuch { what: "harvest", .. }), "{error}");
}

#[tokio::test]
async fn each_batch_bears_its_own_time() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let id = store.catalogue.start_harvest(&a.id, HarvestManner::Harvest, None, day(0)).await.expect("a run");
    let days = AtomicI64::new(1);
    let clock = Clock::from_fn(move || day(days.fetch_add(1, Ordering::Relaxed)));
    let mut intake = store.catalogue.intake(&a, &id, clock).await.expect("an intake");
    for numbers in [0..1, 1..2] {
        intake.take(pages(&a, numbers)).await.expect("a batch");
        intake.flush().await.expect("it is written");
    }
    let mut first_seen: Vec<String> =
        store.live().await.into_iter().map(|entry| entry.resource.records[0].first_seen.clone()).collect();
    first_seen.sort_unstable();
    assert_eq!(first_seen, ["2026-11-02T09:00:00Z", "2026-11-03T09:00:00Z"]);
}

#[tokio::test]
async fn the_end_of_an_ok_run_and_what_its_source_was_read_with_are_written_together() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let mut end = HarvestEnd::new(HarvestState::Ok, None, HarvestCounts::default());
    end.harvested_with = Some("mapping".to_owned());
    let error = store.catalogue.finish_harvest("none", &end, day(0)).await.expect_err("no run");
    assert!(matches!(error, CatalogueError::NoSuch { what: "harvest", .. }), "{error}");
    assert_eq!(store.catalogue.source(&a.id).await.expect("a look").expect("a source").harvested_with, None);

    store.harvest(&a, pages(&a, 0..1), day(1)).await;
    let source = store.catalogue.source(&a.id).await.expect("a look").expect("a source");
    assert_eq!(source.harvested_with.as_deref(), Some(a.fingerprint.as_str()));
}

#[tokio::test]
async fn a_run_that_a_crash_left_running_is_partial_if_it_had_accepted_anything_and_has_failed_otherwise() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.read(&a, pages(&a, 0..2), day(0)).await;
    store.read(&b, Vec::new(), day(0)).await;
    assert_eq!(store.catalogue.interrupt_unfinished_harvests("here", day(1)).await.expect("written"), 2);
    for (source, expected) in [(&a, HarvestState::Partial), (&b, HarvestState::Failed)] {
        let row = store.catalogue.last_harvest(&source.id).await.expect("a run").expect("a run");
        assert_eq!((row.state, row.reason.as_deref()), (expected, Some("interrupted")));
        assert_eq!(row.resumes_since.as_ref(), Some(&row.started), "the next one goes on where it stood");
    }
    let row = store.catalogue.last_harvest(&a.id).await.expect("a run").expect("a run");
    assert_eq!(row.counts.created, 2, "what it had taken in stays counted");
}

#[tokio::test]
async fn a_run_that_has_ended_cannot_be_broken_off() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..1), day(0)).await;
    let ended = store.catalogue.last_harvest(&a.id).await.expect("a run").expect("a run");
    store.catalogue.break_off_harvest(&ended.id, "too late", day(1)).await.expect("a look");
    assert_eq!(store.catalogue.harvest(&ended.id).await.expect("a run").expect("a run"), ended);

    store.read(&a, pages(&a, 0..1), day(2)).await;
    let running = store.catalogue.last_harvest(&a.id).await.expect("a run").expect("a run");
    store.catalogue.break_off_harvest(&running.id, "the disk is full", day(3)).await.expect("written");
    let row = store.catalogue.harvest(&running.id).await.expect("a run").expect("a run");
    assert_eq!((row.state, row.reason.as_deref()), (HarvestState::Partial, Some("the disk is full")));
    assert!(row.counts.adds_up() && row.finished.is_some());
    assert_eq!(row.resumes_since, None, "what was kept may be what broke it");
}

#[tokio::test]
async fn a_run_that_was_ended_for_it_writes_nothing_any_more() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    let mut late = store.read(&a, pages(&a, 0..2), day(0)).await;
    let ended = store.catalogue.last_harvest(&a.id).await.expect("a run").expect("a run");
    // Its lease is over, so the next run begins.
    store.harvest(&a, pages(&a, 0..2), day(1)).await;
    let row = store.catalogue.harvest(&ended.id).await.expect("a run").expect("a run");
    assert_eq!((row.state, row.reason.as_deref()), (HarvestState::Partial, Some("interrupted")));

    late.take(pages(&a, 2..3)).await.expect("it is on its way");
    late.flush().await.expect_err("the run has ended");
    let absences = late.finish_absences(&a.missing, Scope::Everything).await;
    let end = HarvestEnd::new(HarvestState::Ok, None, late.counts());
    let finished = store.catalogue.finish_harvest(&ended.id, &end, day(2)).await;
    for error in [absences.expect_err("the run has ended"), finished.expect_err("the run has ended")] {
        assert!(matches!(error, CatalogueError::Superseded { .. }), "{error}");
    }
    assert_eq!(store.live().await.len(), 2);
    assert_eq!(store.catalogue.harvest(&ended.id).await.expect("a run").expect("a run"), row);
}

#[tokio::test]
async fn an_approval_and_its_audit_line_are_written_together() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, pages(&a, 0..100), day(0)).await;
    let (_, absences) = store.harvest(&a, pages(&a, 0..40), day(1)).await;
    assert!(matches!(absences, Absences::Held { .. }), "{absences:?}");
    let held = store.catalogue.last_harvest(&a.id).await.expect("a run").expect("a run").id;
    let everything = Approval::All;
    let approve = || store.catalogue.approve_held(&held, &everything, "Ada", day(2));
    store.refuse_writes_to("audit").await;
    approve().await.expect_err("nothing can be written down");
    assert_eq!(store.live().await.len(), 100, "so nothing goes");
    store.take_writes_to("audit").await;

    assert_eq!(approve().await.expect("it is held still").gone, 60);
    assert_eq!(store.live().await.len(), 40);
    let (acts, total) = store.catalogue.audit(None, 10).await.expect("a log");
    assert_eq!((acts[0].who.as_str(), acts[0].action.as_str(), total), ("Ada", "approve difference", 1));
    assert_eq!((acts[0].subject.as_str(), acts[0].detail.as_str()), (held.as_str(), "60 records gone, 0 waiting"));
}

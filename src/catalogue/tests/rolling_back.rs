//! What is left of a run that an admin takes back?

use crawler::Outcome;
use schemas::Source;
use sqlx::Row as _;

use super::{Store, day, page, source};
use crate::catalogue::{Absences, Approval, CatalogueError};

/// So many records of a source, each about something else.
fn things(source: &Source, numbers: std::ops::Range<u32>) -> Vec<Outcome> {
    let one = |number: u32| {
        let url = format!("https://{}.example/{number}", source.id);
        page(source, &number.to_string(), &format!("Resource {number}"), &url)
    };
    numbers.map(one).collect()
}

/// Every row of the records as it stands, by identifier; what only waits to be compared is left out.
async fn rows(store: &Store) -> Vec<(String, String)> {
    let rows = sqlx::query(
        "SELECT source, identifier, number, state, metadata, content_hash, resource_key, COALESCE(url, '') AS url, \
         COALESCE(payload, '') AS payload, place, first_seen, changed_at, since, \
         COALESCE(missing_since, '') AS missing_since, missing_runs, home, resource FROM record \
         ORDER BY source, identifier",
    )
    .fetch_all(&store.catalogue.reader)
    .await
    .expect("rows");
    let mut all = Vec::new();
    for row in &rows {
        let text = |column: &str| -> String { row.try_get(column).expect("a text") };
        let number = |column: &str| -> i64 { row.try_get(column).expect("a number") };
        let texts = [
            "source",
            "state",
            "metadata",
            "content_hash",
            "resource_key",
            "url",
            "payload",
            "place",
            "first_seen",
            "changed_at",
            "since",
            "missing_since",
            "home",
            "resource",
        ];
        let mut told: Vec<String> = texts.into_iter().map(|column| format!("{column}={}", text(column))).collect();
        told.push(format!("number={} missing_runs={}", number("number"), number("missing_runs")));
        all.push((text("identifier"), told.join("\n")));
    }
    all
}

/// What everybody finds: id, title and address of each live resource.
async fn found(store: &Store) -> Vec<(String, String, Option<String>)> {
    let live = store.live().await.into_iter();
    live.map(|entry| (entry.resource.id.to_string(), entry.resource.title, entry.resource.url)).collect()
}

async fn last_run(store: &Store, source: &Source) -> String {
    store.catalogue.last_harvest(&source.id).await.expect("a run").expect("a run").id
}

/// A store whose records have been resolved.
async fn resolved(store: &Store, at: i64) {
    store.catalogue.resolve_pending(day(at)).await.expect("resolved");
}

#[tokio::test]
async fn a_run_that_is_taken_back_leaves_every_record_as_it_was_before() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    store.harvest(&a, things(&a, 0..5), day(0)).await;
    store.harvest(&b, vec![page(&b, "x", "Resource 2", "https://a.example/2")], day(0)).await;
    resolved(&store, 0).await;
    let (before, shown, head) = (rows(&store).await, found(&store).await, store.head().await);

    let bad = vec![
        page(&a, "0", "Rubbish", "https://a.example/0"),
        page(&a, "1", "Resource 1", "https://a.example/elsewhere"),
        page(&a, "2", "Resource 2", "https://a.example/elsewhere/2"),
        Outcome::Deleted("4".to_owned()),
        page(&a, "7", "Brought", "https://a.example/7"),
    ];
    let (counts, absences) = store.harvest(&a, bad, day(1)).await;
    assert_eq!((counts.created, counts.changed, counts.deleted), (1, 3, 1));
    assert_eq!(absences, Absences::Applied { missing: 1, withdrawn: 1 });
    resolved(&store, 1).await;
    assert_ne!(rows(&store).await, before);

    let run = last_run(&store, &a).await;
    store.catalogue.require_can_roll_back(&run, day(2)).await.expect("it can be taken back");
    let done = store.catalogue.roll_back_harvest(&run, "Ada", day(2)).await.expect("it is taken back");
    assert_eq!((done.restored, done.withdrawn), (5, 1));
    resolved(&store, 2).await;

    let after = rows(&store).await;
    let (brought, as_before): (Vec<_>, Vec<_>) = after.into_iter().partition(|(identifier, _)| identifier == "7");
    assert_eq!(as_before, before);
    assert!(brought[0].1.contains("state=withdrawn"), "{brought:?}");
    assert_eq!(found(&store).await, shown);
    assert!(!store.ops_after(head).await.is_empty());
    let row = store.catalogue.source(&a.id).await.expect("a row").expect("a source");
    assert_eq!((row.harvested_with, row.memory), (None, None), "the next run reads everything");
    assert_eq!(row.last_ok_at.as_deref(), Some("2026-11-01T09:00:00Z"), "what was last seen was seen before the run");
    let (acts, _) = store.catalogue.audit(None, 1).await.expect("acts");
    assert_eq!((acts[0].who.as_str(), acts[0].action.as_str()), ("Ada", "roll back run"));
    let again = store.catalogue.roll_back_harvest(&run, "Ada", day(3)).await.expect_err("once is enough");
    assert!(matches!(again, CatalogueError::Superseded { .. }), "{again}");
}

#[tokio::test]
async fn what_a_run_took_away_or_brought_back_goes_back_to_how_it_stood() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, things(&a, 0..2), day(0)).await;
    for number in [4, 8] {
        store.harvest(&a, things(&a, 0..1), day(number)).await;
    }
    resolved(&store, 8).await;
    let missing = rows(&store).await;
    store.harvest(&a, things(&a, 0..1), day(12)).await;
    resolved(&store, 12).await;
    let withdrawn = rows(&store).await;
    assert!(withdrawn[1].1.contains("state=withdrawn"), "{withdrawn:?}");
    store.harvest(&a, things(&a, 0..2), day(13)).await;
    assert_eq!(found(&store).await.len(), 2);

    for (number, expected) in [(14, &withdrawn), (15, &missing)] {
        let runs = store.catalogue.harvests_of(&a.id, 10).await.expect("runs");
        let mut open = Vec::new();
        for run in &runs {
            if store.catalogue.rolled_back(&run.id).await.expect("known").is_none() {
                open.push(run.id.clone());
            }
        }
        store.catalogue.roll_back_harvest(&open[0], "Ada", day(number)).await.expect("it is taken back");
        resolved(&store, number).await;
        assert_eq!(rows(&store).await, *expected, "day {number}");
    }
    assert_eq!(found(&store).await.len(), 2, "what is missing is shown until its grace is over");
}

#[tokio::test]
async fn only_the_newest_run_that_changed_anything_can_be_taken_back() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, things(&a, 0..2), day(0)).await;
    let first = last_run(&store, &a).await;
    store.harvest(&a, things(&a, 0..3), day(1)).await;
    let second = last_run(&store, &a).await;
    store.harvest(&a, things(&a, 0..3), day(2)).await;
    let idle = last_run(&store, &a).await;
    let refusal = async |run: &str| {
        let refused = store.catalogue.require_can_roll_back(run, day(3)).await;
        refused.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(refusal(&idle).await, "the run changed nothing, so there is nothing to take back");
    assert!(refusal(&first).await.contains(&second));
    assert_eq!(refusal(&second).await, "");
    store.catalogue.roll_back_harvest(&second, "Ada", day(3)).await.expect("it is taken back");
    assert_eq!(refusal(&first).await, "", "and so on, run by run");
    let unknown = store.catalogue.require_can_roll_back("nothing", day(3)).await;
    assert!(matches!(unknown, Err(CatalogueError::NoSuch { .. })));

    let (again, _) = store.harvest(&a, things(&a, 0..3), day(4)).await;
    assert_eq!((again.changed, again.unchanged), (1, 2), "the next run brings again what the source still has");
    assert_eq!(found(&store).await.len(), 3);
}

#[tokio::test]
async fn what_an_admin_approved_of_a_held_run_is_taken_back_with_it() {
    let a = source("a");
    let store = Store::with(&[&a]).await;
    store.harvest(&a, things(&a, 0..30), day(0)).await;
    resolved(&store, 0).await;
    let before = rows(&store).await;
    let (_, absences) = store.harvest(&a, things(&a, 0..1), day(1)).await;
    assert_eq!(absences, Absences::Held { missing: 29 });
    let run = last_run(&store, &a).await;
    store.catalogue.approve_held(&run, &Approval::All, "Ada", day(1)).await.expect("they go");
    assert_eq!(found(&store).await.len(), 1);
    let would = store.catalogue.would_roll_back(&run).await.expect("counts");
    assert_eq!((would.restored, would.returning, would.withdrawn), (29, 29, 0));
    store.catalogue.roll_back_harvest(&run, "Ada", day(2)).await.expect("it is taken back");
    resolved(&store, 2).await;
    assert_eq!(rows(&store).await, before);
    assert_eq!(found(&store).await.len(), 30);
}

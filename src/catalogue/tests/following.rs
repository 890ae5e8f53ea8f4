//! What does a follower see of the change log while several programs write?

use std::sync::atomic::{AtomicBool, Ordering};

use schemas::{Decision, ResourceId, Source};

use super::{Store, day, pages, source};
use crate::catalogue::{Catalogue, ChangeRow};

/// So many writes of each writer, each a transaction of its own.
const WRITES: u32 = 40;
/// Fewer than there are, so that a follower is in the middle of the log more often than at its end.
const PART: usize = 7;

async fn hide_all(catalogue: &Catalogue, resources: &[ResourceId]) {
    for id in resources {
        let hide = Decision::Hide { reason: "it sells something".to_owned() };
        catalogue.curate(id, hide, "Ada", "its page says so", day(1)).await.expect("a decision");
    }
}

#[tokio::test]
async fn a_follower_sees_each_change_of_two_writers_once_and_in_order_and_need_not_come_back() {
    let (a, b) = (source("a"), source("b"));
    let store = Store::with(&[&a, &b]).await;
    for source in [&a, &b] {
        store.harvest(source, pages(source, 0..WRITES), day(0)).await;
    }
    let entries = store.live().await;
    let of = |source: &Source| -> Vec<ResourceId> {
        let is_of = |entry: &&index::Entry| entry.resource.records[0].source == source.id;
        entries.iter().filter(is_of).map(|entry| entry.resource.id.clone()).collect()
    };
    let begin = store.head().await;
    let (other, follower) = (store.open_again().await, store.open_again().await);

    let all_is_written = AtomicBool::new(false);
    let follow = async {
        let (mut seen, mut last): (Vec<ChangeRow>, u64) = (Vec::new(), begin);
        loop {
            // Asked before it is looked: nothing is written between the last look and the answer.
            let is_end = all_is_written.load(Ordering::SeqCst);
            let changes = follower.changes_after(last, PART).await.expect("changes");
            match changes.last() {
                Some(newest) => last = newest.seq,
                None if is_end => return seen,
                None => {}
            }
            seen.extend(changes);
        }
    };
    let write = async {
        let (of_a, of_b) = (of(&a), of(&b));
        tokio::join!(hide_all(&store.catalogue, &of_a), hide_all(&other, &of_b));
        all_is_written.store(true, Ordering::SeqCst);
    };
    let (seen, ()) = tokio::join!(follow, write);

    assert!(seen.is_sorted_by(|one, next| one.seq < next.seq), "{seen:?}");
    assert_eq!(seen, store.catalogue.changes_after(begin, 1_000).await.expect("the whole log"));
    let of_both: usize = [&a, &b].map(|source| of(source).len()).iter().sum();
    assert_eq!((seen.len(), of_both), (of_both, 2 * usize::try_from(WRITES).expect("a small number")));
}

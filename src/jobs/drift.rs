//! Drift: whether the index of this node holds what the store holds, every night and when asked; and the repair.
//!
//! Store and index are walked in step, in the order of ids, each resource compared by the hash of what is indexed of it.
//! Both go on changing meanwhile, so what differs is only suspected, and looked at once more at one position of the log:
//! what the log tells of after it is on its way, everything else is drift. It is repaired at once, written down, and an
//! admin is told, for none is expected: the index applies every change in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use index::{Entry, Index, IndexChange, IndexError, fingerprint};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemas::ResourceId;

use super::follow::{changed_since, follow_alone};
use super::in_time::in_time;
use super::publish::publish_for_new_nodes;
use super::{Progress, Stop, silent};
use crate::app::App;
use crate::catalogue::Drift;
use crate::notices::{self, Notice, NoticeKind};

/// So many resources are compared at once.
const PAGE: usize = 1_000;
/// So many suspected ones are looked at while nothing else writes the index.
const CHUNK: usize = 500;
/// When it is done: after the schedules of the night have begun, and long before school.
const NIGHT: (i8, i8) = (2, 30);
/// So often it is looked whether it is time.
const EVERY: Duration = Duration::from_mins(1);
/// After a failure, the next try.
const RETRY: Duration = Duration::from_mins(15);

/// Compares the index with the store every night, until the program is told to stop. What goes wrong is logged, and tried
/// again.
pub async fn keep_drift(app: App) {
    let started = app.clock.now();
    loop {
        let pause = match check_when_due(&app, started).await {
            Ok(()) => EVERY,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the index could not be compared with the store");
                RETRY
            }
        };
        tokio::select! {
            () = app.stop.asked() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn check_when_due(app: &App, started: Timestamp) -> anyhow::Result<()> {
    let last = in_time(app.catalogue.last_compared(&app.node_id, app.clock.now())).await?;
    let due = night_after(last.unwrap_or(started));
    if app.index.needs_rebuild() || due.is_none_or(|due| app.clock.now() < due) {
        return Ok(());
    }
    let message = check(app, silent(), &app.stop).await?;
    tracing::info!("index and store were compared: {message}");
    if app.leader.is_leader() {
        // A new node has a day of changes to follow at most.
        publish_for_new_nodes(app).await;
    }
    Ok(())
}

/// The first half past two in the United Kingdom after a moment.
fn night_after(since: Timestamp) -> Option<Timestamp> {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let day = since.to_zoned(zone.clone()).date();
    let night = |day: Date| {
        let (hour, minute) = NIGHT;
        day.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok().map(|night| night.timestamp())
    };
    [Some(day), day.tomorrow().ok()].into_iter().flatten().filter_map(night).find(|night| *night > since)
}

/// Compares the index of this node with the store, repairs it, and says in a sentence what was found.
///
/// # Errors
/// When the store cannot be read, the index cannot be read or written, or it was asked to stop. What was repaired stays so.
pub async fn check(app: &App, progress: Progress, stop: &Stop) -> anyhow::Result<String> {
    let mut drift = Drift::default();
    let suspects = suspects(app, &progress, stop, &mut drift).await.context("comparing index and store")?;
    for chunk in suspects.chunks(CHUNK) {
        settle(app, chunk, &mut drift).await.context("looking again at what differs")?;
    }
    let now = app.clock.now();
    in_time(app.catalogue.note_drift(&app.node_id, &drift, now)).await.context("writing down what was found")?;
    let message = told(&drift);
    if drift.found() > 0 {
        // Answers were made of what was wrong, and the position of the log is the same.
        app.answers.forget_all();
        tracing::error!(drift = message, "the index did not hold what the store holds");
        let subject = "The index did not hold what the store holds".to_owned();
        let body = format!("Node {}: {message}.\n", app.node_id);
        notices::send(app, Notice { kind: NoticeKind::Drift, subject, body }).await;
    }
    Ok(message)
}

fn told(drift: &Drift) -> String {
    let Drift { compared, missing, surplus, differing, repaired } = drift;
    if drift.found() == 0 {
        return format!("{compared} resources compared, all as the store has them");
    }
    format!(
        "{compared} resources compared: {missing} were missing, {surplus} are no more and {differing} were otherwise; \
         {repaired} of these are repaired"
    )
}

/// The resources that are not the same in the store and in the index, as both went by.
async fn suspects(app: &App, progress: &Progress, stop: &Stop, drift: &mut Drift) -> anyhow::Result<Vec<ResourceId>> {
    let total = in_time(app.catalogue.live_count()).await?;
    let mut suspects = Vec::new();
    let mut after: Option<ResourceId> = None;
    loop {
        if let Some(why) = stop.why() {
            bail!("{why}");
        }
        let stored = in_time(app.catalogue.scan(after.as_ref(), PAGE)).await?;
        // A page that is not full is the last; what the index holds beyond it is no more.
        let until = stored.last().filter(|_| stored.len() == PAGE).map(|entry| entry.resource.id.clone());
        drift.compared += stored.len() as u64;
        let index = Arc::clone(&app.index);
        let (from, to) = (after, until.clone());
        let found = tokio::task::spawn_blocking(move || compare(&index, from, to.as_ref(), &stored)).await??;
        suspects.extend(found);
        progress(drift.compared, Some(total));
        if until.is_none() {
            return Ok(suspects);
        }
        after = until;
    }
}

/// What differs between a page of the store and the same part of the index.
fn compare(
    index: &Index,
    after: Option<ResourceId>,
    until: Option<&ResourceId>,
    stored: &[Entry],
) -> Result<Vec<ResourceId>, IndexError> {
    let mut held = held_between(index, after, until)?;
    let mut suspects = Vec::new();
    for entry in stored {
        let id = &entry.resource.id;
        if held.remove(id) != Some(fingerprint(entry)) {
            suspects.push(id.clone());
        }
    }
    suspects.extend(held.into_keys());
    Ok(suspects)
}

/// What the index holds after an id, up to another or to the end.
fn held_between(
    index: &Index,
    mut after: Option<ResourceId>,
    until: Option<&ResourceId>,
) -> Result<BTreeMap<ResourceId, String>, IndexError> {
    let mut held = BTreeMap::new();
    loop {
        let page = index.contents(after.as_ref(), PAGE)?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|(id, _)| id.clone());
        let count = page.len();
        held.extend(page.into_iter().filter(|(id, _)| until.is_none_or(|until| id <= until)));
        let is_beyond = count == 0 || after.as_ref().zip(until).is_some_and(|(last, until)| last >= until);
        if is_last || is_beyond {
            return Ok(held);
        }
    }
}

/// Looks again at suspected resources while nothing else writes the index, and repairs those that are wrong.
async fn settle(app: &App, suspects: &[ResourceId], drift: &mut Drift) -> anyhow::Result<()> {
    let _indexing = app.indexing.lock().await;
    let position = follow_alone(app).await?;
    let entries = in_time(app.catalogue.entries(suspects)).await?;
    // Read last: what came into the entries since is among it.
    let changed = changed_since(app, position).await?;
    let mut stored: BTreeMap<ResourceId, Entry> =
        entries.into_iter().map(|entry| (entry.resource.id.clone(), entry)).collect();
    let ids: Vec<ResourceId> = suspects.iter().filter(|id| !changed.contains(*id)).cloned().collect();
    let held = held(app, &ids).await?;
    let mut repairs = Vec::new();
    let mut expected = Vec::new();
    for (id, held) in ids.into_iter().zip(held) {
        let entry = stored.remove(&id);
        let right = entry.as_ref().map(fingerprint);
        if held == right {
            continue;
        }
        match (&held, &right) {
            (None, _) => drift.missing += 1,
            (Some(_), None) => drift.surplus += 1,
            (Some(_), Some(_)) => drift.differing += 1,
        }
        expected.push((id.clone(), right));
        repairs.push(entry.map_or(IndexChange::Remove(id), |entry| IndexChange::Put(Box::new(entry))));
    }
    if repairs.is_empty() {
        return Ok(());
    }
    let index = Arc::clone(&app.index);
    tokio::task::spawn_blocking(move || index.apply(&repairs, position)).await?.context("repairing the index")?;
    let (ids, right): (Vec<ResourceId>, Vec<Option<String>>) = expected.into_iter().unzip();
    let now_held = self::held(app, &ids).await?;
    drift.repaired += now_held.iter().zip(&right).filter(|(held, right)| held == right).count() as u64;
    Ok(())
}

async fn held(app: &App, ids: &[ResourceId]) -> anyhow::Result<Vec<Option<String>>> {
    let (index, ids) = (Arc::clone(&app.index), ids.to_vec());
    Ok(tokio::task::spawn_blocking(move || index.held(&ids)).await??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_night_is_this_one_or_tomorrow_in_summer_and_in_winter() {
        for (since, expected) in [
            ("2026-11-21T02:29:59Z", "2026-11-21T02:30:00Z"),
            ("2026-11-21T02:30:00Z", "2026-11-22T02:30:00Z"),
            ("2026-11-21T23:00:00Z", "2026-11-22T02:30:00Z"),
            ("2026-07-01T01:00:00Z", "2026-07-01T01:30:00Z"),
            ("2026-07-01T23:30:00Z", "2026-07-02T01:30:00Z"),
        ] {
            let night = night_after(since.parse().unwrap());
            assert_eq!(night, Some(expected.parse().unwrap()), "{since}");
        }
    }

    #[test]
    fn what_was_found_is_told_in_a_sentence() {
        let drift = Drift { compared: 9, ..Drift::default() };
        assert_eq!(told(&drift), "9 resources compared, all as the store has them");
        let drift = Drift { compared: 9, missing: 1, surplus: 2, differing: 3, repaired: 6 };
        assert!(told(&drift).ends_with("3 were otherwise; 6 of these are repaired"), "{}", told(&drift));
    }
}

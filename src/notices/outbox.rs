//! The outbox: what is told next, what has just happened that nobody was told of, and when something is tried again.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};

use super::deliver::{Letter, deliver, has_way_out};
use super::{Notice, NoticeKind, send_once, try_put};
use crate::app::App;
use crate::catalogue::{NoticeRow, UntoldAlarm, UntoldFailure};

/// So long a notice is tried. What nobody took in a day stands in the console, and is no news any more.
const TRIED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// After the first failure; twice as long after each further one.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// The longest pause: a mail server that was down over night has the notice by the morning.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(4);
/// So many notices are told in one go.
const BATCH: usize = 20;

/// Takes what waits in memory into the store, then, on the node that leads, looks for news and delivers.
pub(super) async fn tick(app: &App) -> anyhow::Result<()> {
    if !store_what_waits(app).await {
        // One that is only busy takes them the next time.
        if app.standing.store_away_since().is_some() {
            deliver_from_memory(app).await;
        }
        return Ok(());
    }
    if !app.leader.is_leader() {
        return Ok(());
    }
    look_for_news(app).await?;
    deliver_due(app).await?;
    Ok(())
}

/// Whether nothing waits in memory any more.
async fn store_what_waits(app: &App) -> bool {
    for notice in app.notices.all() {
        if try_put(app, &notice).await.is_err() {
            return false;
        }
        app.notices.remove(&notice.id);
    }
    true
}

/// While the store is away nobody leads, so every node tells what it has noticed itself. Better told twice than when the
/// store is back.
async fn deliver_from_memory(app: &App) {
    if !has_way_out(app) {
        return;
    }
    for notice in app.notices.all() {
        match deliver(app, &Letter::from(&notice)).await {
            Ok(()) => app.notices.remove(&notice.id),
            Err(reason) => tracing::warn!(notice.id, reason, "a notice could not be told"),
        }
    }
}

/// Makes notices of the alarms and of the failed jobs that nobody was told of. How often it is called does not matter.
///
/// # Errors
/// When the store cannot be read.
pub async fn look_for_news(app: &App) -> anyhow::Result<()> {
    let since = app.clock.now().saturating_sub(TRIED_FOR).unwrap_or(Timestamp::MIN);
    let alarms = app.catalogue.untold_alarms(since).await.context("looking for alarms")?;
    for alarm in &alarms {
        let (name, notice) = of_alarm(alarm, app.public_url());
        send_once(app, &name, notice).await;
    }
    for failure in &app.catalogue.untold_failures(since).await.context("looking for failed jobs")? {
        send_once(app, &format!("job-{}", failure.id), of_failure(failure, app.public_url())).await;
    }
    Ok(())
}

fn of_alarm(alarm: &UntoldAlarm, public_url: &str) -> (String, Notice) {
    let UntoldAlarm { id, source, source_name, kind, message, cleared } = alarm;
    let body = format!("{source_name} ({source})\n\n{message}\n\n{public_url}/admin/sources/{source}\n");
    let told = |subject: String, body: String| Notice { kind: NoticeKind::Source, subject, body };
    match cleared {
        None => (format!("alarm-{id}"), told(format!("{source_name}: {kind}"), body)),
        Some(at) => {
            let body = format!("Its cause was gone at {at}. What had happened:\n\n{body}");
            (format!("cleared-{id}"), told(format!("{source_name}: no longer {kind}"), body))
        }
    }
}

fn of_failure(failure: &UntoldFailure, public_url: &str) -> Notice {
    let UntoldFailure { id, kind, subject, error } = failure;
    let about = subject.as_deref().map(|subject| format!(" of {subject}")).unwrap_or_default();
    Notice {
        kind: if kind == "backup" { NoticeKind::Backup } else { NoticeKind::Job },
        subject: format!("the {kind} failed"),
        body: format!("The {kind}{about} failed:\n\n{error}\n\n{public_url}/admin/jobs/{id}\n"),
    }
}

/// Delivers what is due. Says how many notices somebody has now.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn deliver_due(app: &App) -> anyhow::Result<u64> {
    if !has_way_out(app) {
        return Ok(0);
    }
    let _delivering = app.notices.delivering.lock().await;
    let mut told = 0;
    for row in app.catalogue.due_notices(app.clock.now(), BATCH).await.context("reading the outbox")? {
        let sent = if is_stale(&row, app.clock.now()) {
            Err("nobody took it for a day".to_owned())
        } else {
            deliver(app, &Letter::from(&row)).await
        };
        match sent {
            Ok(()) => {
                app.catalogue.note_notice_sent(&row.id, app.clock.now()).await.context("writing the outbox")?;
                told += 1;
            }
            Err(reason) => {
                let next = next_try(row.attempts, row.created, app.clock.now());
                tracing::warn!(notice.id = row.id, reason, is_given_up = next.is_none(), "a notice could not be told");
                app.catalogue.note_notice_failed(&row.id, &reason, next).await.context("writing the outbox")?;
            }
        }
    }
    Ok(told)
}

fn is_stale(row: &NoticeRow, now: Timestamp) -> bool {
    now.duration_since(row.created) > TRIED_FOR
}

/// When a notice is tried again that failed once more after so many failures; `None` when it is given up.
fn next_try(failures: u64, created: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let doublings = u32::try_from(failures).unwrap_or(u32::MAX).min(16);
    let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    let next = now.saturating_add(pause).ok()?;
    (next.duration_since(created) <= TRIED_FOR).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_double_up_to_four_hours_and_end_after_a_day() {
        let created: Timestamp = "2026-11-21T09:00:00Z".parse().expect("a time");
        let mut now = created;
        let mut minutes = Vec::new();
        for failures in 0.. {
            let Some(next) = next_try(failures, created, now) else {
                break;
            };
            minutes.push(next.duration_since(now).as_mins());
            now = next;
        }
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240]);
        assert!(now.duration_since(created) <= TRIED_FOR);
    }

    #[test]
    fn an_alarm_and_its_end_are_told_under_two_names() {
        let alarm = UntoldAlarm {
            id: "7".to_owned(),
            source: "films".to_owned(),
            source_name: "Films".to_owned(),
            kind: "held".to_owned(),
            message: "much would go".to_owned(),
            cleared: None,
        };
        let (name, notice) = of_alarm(&alarm, "https://signpost.example");
        assert_eq!((name.as_str(), notice.subject.as_str()), ("alarm-7", "Films: held"));
        assert!(notice.body.contains("https://signpost.example/admin/sources/films"), "{}", notice.body);
        let cleared = UntoldAlarm { cleared: Some("2026-11-21T10:00:00Z".to_owned()), ..alarm };
        let (name, notice) = of_alarm(&cleared, "https://signpost.example");
        assert_eq!((name.as_str(), notice.subject.as_str()), ("cleared-7", "Films: no longer held"));
    }
}

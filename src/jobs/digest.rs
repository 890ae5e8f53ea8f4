//! The weekly digest: what the last seven days brought and what waits for somebody, on Monday mornings.
//!
//! It is a notice under the name of its Monday, so it is told once, whoever leads and however often the program starts.
//! A service that was down over it tells it later that Monday, and after that not any more.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Context;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::app::App;
use crate::catalogue::{ReportState, SourceOfWeek, UsageFilter, UserReportFilter, WordFilter};
use crate::health::without_keys;
use crate::notices::{self, Notice, NoticeKind};

/// How often it is looked whether it is time.
const EVERY: Duration = Duration::from_mins(1);
/// Before the school day, so that it lies there in the morning.
const HOUR: i8 = 7;
/// What it is about.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So many words and wanted concepts are named: the rest stands in the console.
const NAMED: usize = 10;

/// Sends the digest when it is time, until the task is dropped. A failure is logged and tried again.
pub async fn keep_digest(app: App) {
    let mut last_sent: Option<Date> = None;
    loop {
        if let Some(monday) = due(app.clock.local()).filter(|monday| last_sent != Some(*monday))
            && app.config.notify.has_digest
        {
            match send(&app, monday).await {
                Ok(()) => last_sent = Some(monday),
                Err(error) => tracing::error!(error = format!("{error:#}"), "the weekly digest could not be written"),
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// The Monday whose digest is due at this local time, if one is.
fn due(now: DateTime) -> Option<Date> {
    let is_time = now.date().weekday() == Weekday::Monday && now.hour() >= HOUR;
    is_time.then(|| now.date())
}

/// Sends the digest of this Monday, unless it was sent.
///
/// # Errors
/// When the store cannot be read.
pub async fn send(app: &App, monday: Date) -> anyhow::Result<()> {
    let body = digest(app).await?;
    let subject = format!("the week to {monday}");
    let notice = Notice { kind: NoticeKind::Digest, subject, body };
    notices::send_once(app, &format!("digest-{monday}"), notice).await;
    Ok(())
}

/// What the last seven days brought and what waits, as plain text.
///
/// # Errors
/// When the store cannot be read.
pub async fn digest(app: &App) -> anyhow::Result<String> {
    let now = app.clock.now();
    let since = now.saturating_sub(WEEK).unwrap_or(Timestamp::MIN);
    let mut text = format!("{}\n{since:.0} to {now:.0}\n", app.public_url());
    about_resources(app, since, &mut text).await.context("what changed")?;
    about_what_waits(app, &mut text).await.context("what waits")?;
    about_gaps(app, &mut text).await.context("what was looked for")?;
    let sources = app.catalogue.sources_since(since).await.context("what the sources brought")?;
    about_sources(&sources, &mut text);
    let _ = writeln!(text, "\nMore: {}/admin", app.public_url());
    Ok(text)
}

async fn about_resources(app: &App, since: Timestamp, text: &mut String) -> anyhow::Result<()> {
    let _ = writeln!(text, "\nRESOURCES\n  {} are published", app.catalogue.live_count().await?);
    for (op, resources) in app.catalogue.changes_since(since).await? {
        let _ = writeln!(text, "  {resources} {op}");
    }
    let _ = writeln!(text, "  {} links are broken", app.catalogue.broken_links().await?);
    Ok(())
}

async fn about_what_waits(app: &App, text: &mut String) -> anyhow::Result<()> {
    let _ = writeln!(text, "\nWAITING FOR YOU");
    let alarms = app.catalogue.open_alarms().await?;
    for alarm in &alarms {
        let _ = writeln!(text, "  {}: {}: {}", alarm.source, alarm.kind.name(), without_keys(&alarm.message));
    }
    let open = UserReportFilter { state: Some(ReportState::Open), resource: None };
    let (_, reports) = app.catalogue.list_user_reports(&open, 1, 0).await?;
    let (words, all_words) = app.catalogue.unmapped_words(&WordFilter::default(), NAMED, 0).await?;
    let _ = writeln!(text, "  {reports} reports of users are open");
    let _ = writeln!(text, "  {all_words} words are in no vocabulary");
    for word in words {
        let _ = writeln!(text, "    {} ({}, {} records)", word.word, word.field.name(), word.records);
    }
    let backup = match app.catalogue.last_backup_at().await? {
        Some(at) => format!("the last backup that the service took is of {at:.0}"),
        None => "the service has taken no backup: see `[backup]` in the configuration".to_owned(),
    };
    let _ = writeln!(text, "  {backup}");
    Ok(())
}

/// What people asked for and did not find, in this month and the one before: whole months are what is told.
async fn about_gaps(app: &App, text: &mut String) -> anyhow::Result<()> {
    let to = app.clock.local().date();
    let from = to.checked_sub(1.month()).unwrap_or(to);
    let wanted = app.catalogue.nothing_found(&UsageFilter { views: None, from, to }).await?;
    let _ = writeln!(text, "\nASKED FOR AND NOT FOUND (this month and the one before)");
    if wanted.is_empty() {
        let _ = writeln!(text, "  nothing that enough people asked for");
    }
    for (concept, searches) in wanted.iter().take(NAMED) {
        let _ = writeln!(text, "  {concept}: {searches} searches");
    }
    Ok(())
}

fn about_sources(sources: &[SourceOfWeek], text: &mut String) {
    let _ = writeln!(text, "\nSOURCES");
    for source in sources {
        let SourceOfWeek { id, name, enabled, last_state, last_ok_at, runs, counts } = source;
        if !enabled && *runs == 0 {
            continue;
        }
        let state = last_state.as_deref().map_or_else(|| "never harvested".to_owned(), without_keys);
        let _ = writeln!(text, "  {name} ({id}): {state}");
        let since = last_ok_at.as_deref().unwrap_or("never");
        let _ = writeln!(
            text,
            "    {runs} runs: {} new, {} changed, {} withdrawn by the source, {} rejected; last ok {since}",
            counts.created, counts.changed, counts.deleted, counts.rejected
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::HarvestCounts;

    #[test]
    fn the_digest_is_due_on_mondays_from_seven() {
        for (now, expected) in [
            ("2026-11-23T06:59:59", None),
            ("2026-11-23T07:00:00", Some("2026-11-23")),
            ("2026-11-23T23:59:59", Some("2026-11-23")),
            ("2026-11-24T07:00:00", None),
            ("2026-11-22T07:00:00", None),
        ] {
            let due = due(now.parse().expect("a time")).map(|monday| monday.to_string());
            assert_eq!(due.as_deref(), expected, "{now}");
        }
    }

    #[test]
    fn a_source_that_nobody_harvests_is_left_out_and_no_key_is_told() {
        let source = |id: &str, enabled, runs| SourceOfWeek {
            id: id.to_owned(),
            name: id.to_uppercase(),
            enabled,
            last_state: Some("failed: https://example.org/api?key=hush answered 500".to_owned()),
            last_ok_at: None,
            runs,
            counts: HarvestCounts { read: 2, created: 2, ..HarvestCounts::default() },
        };
        let mut text = String::new();
        about_sources(&[source("a", true, 3), source("b", false, 0), source("c", false, 1)], &mut text);
        assert!(text.contains("A (a): failed") && text.contains("3 runs: 2 new") && text.contains("C (c)"), "{text}");
        assert!(!text.contains("B (b)") && !text.contains("hush"), "{text}");
    }
}

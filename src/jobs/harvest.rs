//! One harvest: run the crawler over a source, then judge the run.
//!
//! A run ends in exactly one state. Nothing accepted is never ok, and only an ok run may mark anything missing.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use crawler::{Ending, Freshness, HarvestError, Intake as _, Manner, Outside, harvest};
use jiff::{SignedDuration, Timestamp};
use schemas::{Location, Source, SourceId, nearest};
use tokio::time::sleep;

use super::run::{Opening, in_a_run};
use super::{Progress, Stop, Why};
use crate::app::App;
use crate::catalogue::{
    Absences, CatalogueIntake, HarvestCounts, HarvestEnd, HarvestManner, HarvestRow, HarvestState, Scope, SourceRow,
};
use crate::source_book::{BookedSource, SourceBook};

/// There is no source of this name.
#[derive(Debug, thiserror::Error)]
#[error("there is no source `{asked}`{}", nearest.as_ref().map(|id| format!("; did you mean `{id}`?")).unwrap_or_default())]
pub struct UnknownSource {
    /// The name as asked.
    pub asked: String,
    /// The most similar one there is.
    pub nearest: Option<String>,
}

/// The source of this id, as it stands now.
///
/// # Errors
/// [`UnknownSource`], with the nearest id.
pub fn find_source(app: &App, id: &str) -> Result<Arc<BookedSource>, UnknownSource> {
    find_in(&app.sources(), id)
}

/// The source of this id, after a look at what admins have added or changed meanwhile: another node may have taken it.
///
/// # Errors
/// [`UnknownSource`], with the nearest id; otherwise when the store cannot be read.
pub async fn find_source_now(app: &App, id: &str) -> anyhow::Result<Arc<BookedSource>> {
    app.reload_sources().await?;
    Ok(find_source(app, id)?)
}

/// The source of this id in a source book.
///
/// # Errors
/// [`UnknownSource`], with the nearest id.
pub fn find_in(book: &SourceBook, id: &str) -> Result<Arc<BookedSource>, UnknownSource> {
    let found = SourceId::parse(id).ok().and_then(|id| book.0.get(&id).cloned());
    found.ok_or_else(|| UnknownSource {
        asked: id.chars().take(80).collect(),
        nearest: nearest(id, book.0.keys().map(SourceId::as_str)).map(ToOwned::to_owned),
    })
}

/// Whoever asks a catalogue on the network says who asks; an address that nobody reaches says nothing.
const NO_CONTACT: &str = "nobody was asked: set contact_url (or public_url) to a public page that says who harvests";

/// A run that broke off is gone on with for so long after its last word; what it kept before may be of another day then.
const RESUME_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// However often it broke off, a run is gone on with for so long: then it begins anew, or a page that breaks us would be
/// read from what was kept for ever.
const RESUME_IN_ALL: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A source is left alone for so long at most, whatever its `Retry-After` says: a slip there must not lose it for years.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Harvests a source from beginning to end and says how it went.
///
/// However it goes, the run has ended afterwards, unless the store cannot even take that. A run that broke off less than
/// a day ago is gone on with: what it kept is not asked for again.
///
/// # Errors
/// When another run over the source is alive, and when the store cannot be written; whatever is wrong with the source
/// itself is the state of the run.
pub async fn harvest_source(app: &App, booked: &BookedSource, progress: Progress) -> anyhow::Result<HarvestRow> {
    harvest_source_until_stopped(app, booked, progress, &app.stop).await
}

/// The same until the word to stop is said: then what was read is handed over, and the run ends so that the next goes on
/// where it stood.
///
/// # Errors
/// As [`harvest_source`].
pub async fn harvest_source_until_stopped(
    app: &App,
    booked: &BookedSource,
    progress: Progress,
    stop: &Stop,
) -> anyhow::Result<HarvestRow> {
    let minutes = booked.source.limits.deadline_minutes;
    let deadline = sleep(Duration::from_secs(minutes.saturating_mul(60)));
    harvest_until(app, booked, progress, whichever_comes_first(stop, deadline, minutes)).await
}

/// The same with a deadline that comes when the future given for it ends, so that a test need not wait for one.
///
/// # Errors
/// As [`harvest_source`].
pub async fn harvest_source_until(
    app: &App,
    booked: &BookedSource,
    progress: Progress,
    deadline: impl Future<Output = ()> + Send,
) -> anyhow::Result<HarvestRow> {
    let minutes = booked.source.limits.deadline_minutes;
    harvest_until(app, booked, progress, whichever_comes_first(&app.stop, deadline, minutes)).await
}

/// Why a run ends before it is done: the word to stop, or its deadline.
async fn whichever_comes_first(stop: &Stop, deadline: impl Future<Output = ()>, minutes: u64) -> Why {
    tokio::select! {
        () = stop.asked() => stop.why().unwrap_or(Why::ServiceStops),
        () = deadline => Why::TookTooLong { minutes },
    }
}

async fn harvest_until(
    app: &App,
    booked: &BookedSource,
    progress: Progress,
    cut: impl Future<Output = Why> + Send,
) -> anyhow::Result<HarvestRow> {
    let booked = &booked.with_accepted_words(app.catalogue.accepted_words(&booked.source.id).await?);
    let source = &booked.source;
    let last = app.catalogue.last_asking(&source.id).await?;
    let began = last.as_ref().and_then(|last| goes_on_since(last, app.clock.now()));
    let opening = Opening { source: &source.id, manner: HarvestManner::Harvest, began: began.as_deref() };
    let (last, began) = (last.as_ref(), began.as_deref());
    in_a_run(app, &opening, async |id| run(app, booked, last, began, id, progress, cut).await).await
}

/// Since when what was kept is as good as asked for now, because the last run broke off.
fn goes_on_since(last: &HarvestRow, now: Timestamp) -> Option<String> {
    let since = last.resumes_since.as_deref()?;
    let began: Timestamp = since.parse().ok()?;
    let ended: Timestamp = last.finished.as_deref()?.parse().ok()?;
    let is_recent = now.duration_since(ended) < RESUME_WITHIN && now.duration_since(began) < RESUME_IN_ALL;
    is_recent.then(|| since.to_owned())
}

/// The run itself, once it has been opened.
async fn run(
    app: &App,
    booked: &BookedSource,
    last: Option<&HarvestRow>,
    began: Option<&str>,
    id: &str,
    progress: Progress,
    cut: impl Future<Output = Why>,
) -> anyhow::Result<HarvestEnd> {
    let source = &booked.source;
    if matches!(source.location, Location::Url(_)) && !source.allow_private && !app.contact_is_public {
        return Ok(HarvestEnd::new(HarvestState::Failed, Some(NO_CONTACT.to_owned()), HarvestCounts::default()));
    }
    let mut intake = app.catalogue.intake(source, id, app.clock.clone()).await?;
    let harvested_with = booked.harvested_with();
    let row = app.catalogue.source(&source.id).await?;
    let manner = Manner {
        freshness: freshness(app, source, &harvested_with, row.as_ref(), last).await?,
        kept_since: began.and_then(|since| since.parse().ok()),
        memory: row.and_then(|row| row.memory),
        now: app.clock.now(),
    };
    let report_progress = move |read| progress(read, None);
    let outside =
        Outside { fetch: app.fetch.as_ref(), files: booked.files.as_ref(), progress: &report_progress, raw: &|_| () };
    let ended = tokio::select! {
        // What is done when the deadline comes is done in time.
        biased;
        ended = harvest(source, &outside, &manner, &mut intake) => Ok(ended),
        why = cut => Err(why),
    };
    let (report, ending) = match ended {
        Ok(ended) => ended,
        Err(why) => {
            intake.flush().await.context("handing records to the store")?;
            let counts = intake.counts();
            let end = HarvestEnd::new(state_without_the_rest(&counts), Some(why.to_string()), counts);
            return Ok(HarvestEnd { is_resumable: true, ..end });
        }
    };
    let mut counts = intake.counts();
    counts.read = report.read;
    if ending.as_ref().is_ok_and(|ending| *ending == Ending::NotModified)
        && let Some(last) = last
    {
        // The source says that all is as the last run found it, so that is what this run found, problems included.
        counts = unchanged_since(last.counts);
        app.catalogue.repeat_problems(&last.id, id).await?;
    }
    let (state, reason) = judge(booked, &counts, ending, &mut intake).await?;
    let is_ok = state == HarvestState::Ok;
    let wait = report.postponed.and_then(|wait| SignedDuration::try_from(wait).ok()).map(|wait| wait.min(LONGEST_WAIT));
    Ok(HarvestEnd {
        harvested_with: is_ok.then_some(harvested_with),
        memory: report.memory.filter(|_| is_ok),
        postponed_until: wait.and_then(|wait| app.clock.now().checked_add(wait).ok()),
        ..HarvestEnd::new(state, reason, counts)
    })
}

/// What a run that has read its source is worth.
async fn judge(
    booked: &BookedSource,
    counts: &HarvestCounts,
    ending: Result<Ending, HarvestError>,
    intake: &mut CatalogueIntake,
) -> anyhow::Result<(HarvestState, Option<String>)> {
    let rule = &booked.source.missing;
    Ok(match ending {
        Ok(Ending::NotModified) => (HarvestState::Ok, Some("not modified since the last harvest".to_owned())),
        Ok(Ending::NothingNew) => (HarvestState::Ok, Some("nothing has changed since the last harvest".to_owned())),
        Ok(Ending::Complete | Ending::Update) if counts.accepted() == 0 => {
            (HarvestState::Failed, Some("nothing that was read could be accepted".to_owned()))
        }
        Ok(Ending::Complete) => judge_absences(intake.finish_absences(rule, Scope::Everything).await?),
        Ok(Ending::Update) => judge_absences(intake.finish_absences(rule, Scope::WhatCame).await?),
        Ok(Ending::Partial { reason }) => (state_without_the_rest(counts), Some(reason)),
        Err(HarvestError::Intake(error)) => return Err(error).context("handing records to the store"),
        Err(error) => {
            let reason = error.told();
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(source.id = %booked.source.id, error, "a source could not be read to its end");
            (state_without_the_rest(counts), Some(reason))
        }
    })
}

/// The state of a run that did not see everything.
pub(super) fn state_without_the_rest(counts: &HarvestCounts) -> HarvestState {
    if counts.accepted() > 0 { HarvestState::Partial } else { HarvestState::Failed }
}

/// Whether a source that has not changed may be left at that.
///
/// It may when the last run was ok and read it as it would be read now. After any other run there is more to do than to
/// look whether the payload is the same; and while records are missing, their absence has to be seen again to count.
async fn freshness(
    app: &App,
    source: &Source,
    harvested_with: &str,
    row: Option<&SourceRow>,
    last: Option<&HarvestRow>,
) -> anyhow::Result<Freshness> {
    let mapping = |remembered: &str| remembered.split('-').next().map(ToOwned::to_owned);
    let before = row.and_then(|row| row.harvested_with.as_deref());
    let same_mapping = before.is_some_and(|before| mapping(before) == mapping(harvested_with));
    let was_ok = last.is_some_and(|run| run.state == HarvestState::Ok);
    let none_missing = app.catalogue.missing_record_count(&source.id).await? == 0;
    Ok(if same_mapping && was_ok && none_missing { Freshness::MayStop } else { Freshness::MustMap })
}

/// What a run counts when nothing has changed since another: what that one accepted is unchanged now.
fn unchanged_since(last: HarvestCounts) -> HarvestCounts {
    let unchanged = last.created + last.changed + last.unchanged;
    HarvestCounts { created: 0, changed: 0, unchanged, ..last }
}

/// The state of a run that was read to its end, by what became of what it did not see.
pub(super) fn judge_absences(absences: Absences) -> (HarvestState, Option<String>) {
    match absences {
        Absences::Applied { .. } => (HarvestState::Ok, None),
        Absences::Held { missing } => {
            let reason =
                format!("{missing} records would go, absent or deleted; held until an admin has seen the difference");
            (HarvestState::Held, Some(reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crawler::fetch::FetchError;

    #[test]
    fn everybody_is_told_what_the_source_did_and_nothing_that_is_inside() {
        let text = |text: &str| text.to_owned();
        let cases: [(HarvestError, &str); 6] = [
            (
                FetchError::Status { url: text("https://example.org/a"), status: 404 }.into(),
                "https://example.org/a answered 404, expected a success",
            ),
            (
                FetchError::RobotsDisallowed { url: text("https://example.org/a") }.into(),
                "robots.txt of the host disallows https://example.org/a",
            ),
            (
                FetchError::AddressRefused { url: text("http://10.0.0.5/"), reason: text("it is not public") }.into(),
                "its address is refused: it is not public",
            ),
            (
                FetchError::InsecureRedirect { from: text("https://example.org/"), to: text("http://10.0.0.5/") }
                    .into(),
                "https://example.org/ redirects to an address that gives up https",
            ),
            (
                HarvestError::File { name: text("a.csv"), reason: std::io::Error::from_raw_os_error(13).to_string() },
                "file `a.csv`: it cannot be read",
            ),
            (
                HarvestError::Unreadable { place: text("file:a.csv"), reason: text("HTML, expected JSON") },
                "file:a.csv: HTML, expected JSON",
            ),
        ];
        for (error, expected) in cases {
            assert_eq!(error.told(), expected);
        }
    }
}

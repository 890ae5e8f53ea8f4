//! One harvest: run the crawler over a source, then judge the run.
//!
//! A run ends in exactly one state. Nothing accepted is never ok, and only an ok run may mark anything missing.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::{Context, anyhow};
use crawler::{Ending, Freshness, HarvestError, Outside, harvest};
use futures_util::FutureExt as _;
use schemas::{Location, Source, SourceId, nearest};

use super::Progress;
use crate::app::App;
use crate::catalogue::{Absences, CatalogueIntake, HarvestCounts, HarvestRow, HarvestState};
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

/// The source of this id.
///
/// # Errors
/// [`UnknownSource`], with the nearest id.
pub fn find_source<'a>(app: &'a App, id: &str) -> Result<&'a BookedSource, UnknownSource> {
    find_in(&app.sources, id)
}

/// The source of this id in a source book.
///
/// # Errors
/// [`UnknownSource`], with the nearest id.
pub fn find_in<'a>(book: &'a SourceBook, id: &str) -> Result<&'a BookedSource, UnknownSource> {
    let found = SourceId::parse(id).ok().and_then(|id| book.0.get(&id));
    found.ok_or_else(|| UnknownSource {
        asked: id.chars().take(80).collect(),
        nearest: nearest(id, book.0.keys().map(SourceId::as_str)).map(ToOwned::to_owned),
    })
}

/// Whoever asks a catalogue on the network says who asks; an address that nobody reaches says nothing.
const NO_CONTACT: &str = "nobody was asked: set contact_url (or public_url) to a public page that says who harvests";

/// So often the end of a run that broke off is written. What kept the store from taking a batch may pass in seconds.
const END_ATTEMPTS: u32 = 3;
/// Between two of these attempts.
const END_PAUSE: Duration = Duration::from_millis(500);

/// Harvests a source from beginning to end and says how it went.
///
/// However it goes, the run has ended afterwards, unless the store cannot even take that.
///
/// # Errors
/// When the store cannot be written; whatever is wrong with the source itself is the state of the run.
pub async fn harvest_source(app: &App, booked: &BookedSource, progress: Progress) -> anyhow::Result<HarvestRow> {
    let source = &booked.source;
    let last = app.catalogue.last_harvest(&source.id).await?;
    let id = app.catalogue.start_harvest(&source.id, app.clock.now()).await?;
    tracing::info!(source.id = %source.id, harvest.id = id, "a harvest starts");
    // What a panic leaves half done is dropped with the run: a batch in the store is written whole or not at all.
    let ran = AssertUnwindSafe(run(app, booked, last.as_ref(), &id, progress)).catch_unwind().await;
    app.log_grew.notify_waiters();
    let (error, reason) = match ran {
        Ok(Ok(row)) => return Ok(row),
        Ok(Err(error)) => (error, "the store could not take what was read"),
        Err(_panic) => (anyhow!("the harvest of `{}` panicked", source.id), "the harvest broke off"),
    };
    tracing::error!(source.id = %source.id, harvest.id = id, error = format!("{error:#}"), "a harvest broke off");
    break_off(app, &id, reason).await;
    Err(error)
}

async fn break_off(app: &App, id: &str, reason: &str) {
    for attempt in 1..=END_ATTEMPTS {
        let Err(error) = app.catalogue.break_off_harvest(id, reason, app.clock.now()).await else {
            return;
        };
        let error = format!("{:#}", anyhow::Error::from(error));
        tracing::error!(harvest.id = id, attempt, error, "the end of a harvest could not be written");
        if attempt < END_ATTEMPTS {
            tokio::time::sleep(END_PAUSE).await;
        }
    }
}

/// The run itself, once it has been opened.
async fn run(
    app: &App,
    booked: &BookedSource,
    last: Option<&HarvestRow>,
    id: &str,
    progress: Progress,
) -> anyhow::Result<HarvestRow> {
    let source = &booked.source;
    if matches!(source.location, Location::Url(_)) && !source.allow_private && !app.contact_is_public {
        let counts = HarvestCounts::default();
        let state = HarvestState::Failed;
        app.catalogue.finish_harvest(id, state, Some(NO_CONTACT), counts, None, app.clock.now()).await?;
        return app.catalogue.harvest(id).await?.context("the harvest that has just been written");
    }
    let mut intake = app.catalogue.intake(source, id, app.clock.clone()).await?;
    let harvested_with = booked.harvested_with();
    let freshness = freshness(app, source, &harvested_with, last).await?;
    let report_progress = move |read| progress(read, None);
    let outside = Outside { fetch: app.fetch.as_ref(), files: booked.files.as_ref(), progress: &report_progress };
    let (report, ending) = harvest(source, &outside, freshness, &mut intake).await;

    let mut counts = intake.counts();
    counts.read = report.read;
    let (state, reason) = match ending {
        Ok(Ending::NotModified) => {
            // The source says that all is as the last run found it, so that is what this run found, problems included.
            if let Some(last) = last {
                counts = unchanged_since(last.counts);
                app.catalogue.repeat_problems(&last.id, id).await?;
            }
            (HarvestState::Ok, Some("not modified since the last harvest".to_owned()))
        }
        Ok(Ending::Complete) if counts.accepted() == 0 => {
            (HarvestState::Failed, Some("nothing that was read could be accepted".to_owned()))
        }
        Ok(Ending::Complete) => judge_absences(booked, &mut intake).await?,
        Ok(Ending::Partial { reason }) => (state_without_the_rest(&counts), Some(reason)),
        Err(HarvestError::Intake(error)) => return Err(error).context("handing records to the store"),
        Err(error) => {
            let reason = error.told();
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(source.id = %source.id, harvest.id = id, error, "a source could not be read to its end");
            (state_without_the_rest(&counts), Some(reason))
        }
    };
    if !counts.adds_up() {
        tracing::error!(source.id = %source.id, harvest.id = id, ?counts, "the counts of a harvest do not add up");
    }
    let harvested_with = (state == HarvestState::Ok).then_some(harvested_with.as_str());
    app.catalogue.finish_harvest(id, state, reason.as_deref(), counts, harvested_with, app.clock.now()).await?;
    let row = app.catalogue.harvest(id).await?.context("the harvest that has just been written")?;
    tracing::info!(
        source.id = %source.id, harvest.id = id, state = row.state.name(), read = counts.read, created = counts.created,
        changed = counts.changed, rejected = counts.rejected, reason = row.reason, "a harvest ended"
    );
    Ok(row)
}

/// The state of a run that did not see everything.
fn state_without_the_rest(counts: &HarvestCounts) -> HarvestState {
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
    last: Option<&HarvestRow>,
) -> anyhow::Result<Freshness> {
    let mapping = |remembered: &str| remembered.split('-').next().map(ToOwned::to_owned);
    let before = app.catalogue.source(&source.id).await?.and_then(|row| row.harvested_with);
    let same_mapping = before.is_some_and(|before| mapping(&before) == mapping(harvested_with));
    let was_ok = last.is_some_and(|run| run.state == HarvestState::Ok);
    let none_missing = app.catalogue.missing_record_count(&source.id).await? == 0;
    Ok(if same_mapping && was_ok && none_missing { Freshness::MayStop } else { Freshness::MustMap })
}

/// What a run counts when nothing has changed since another: what that one accepted is unchanged now.
fn unchanged_since(last: HarvestCounts) -> HarvestCounts {
    let unchanged = last.created + last.changed + last.unchanged;
    HarvestCounts { created: 0, changed: 0, unchanged, ..last }
}

async fn judge_absences(
    booked: &BookedSource,
    intake: &mut CatalogueIntake,
) -> anyhow::Result<(HarvestState, Option<String>)> {
    Ok(match intake.finish_absences(&booked.source.missing).await? {
        Absences::Applied { .. } => (HarvestState::Ok, None),
        Absences::Held { missing } => {
            let reason =
                format!("{missing} records of the last run were not there any more; held until an admin has seen it");
            (HarvestState::Held, Some(reason))
        }
    })
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

//! One harvest: run the crawler over a source, then judge the run.
//!
//! A run ends in exactly one state. Nothing accepted is never ok, and only an ok run may mark anything missing.

use anyhow::Context;
use crawler::{Ending, Freshness, HarvestError, Outside, harvest};
use schemas::{Source, SourceId, nearest};

use super::Progress;
use crate::app::App;
use crate::catalogue::{Absences, HarvestCounts, HarvestRow, HarvestState};
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

/// Harvests a source from beginning to end and says how it went.
///
/// # Errors
/// When the store cannot be written; whatever is wrong with the source itself is the state of the run.
pub async fn harvest_source(app: &App, booked: &BookedSource, progress: Progress) -> anyhow::Result<HarvestRow> {
    let source = &booked.source;
    let last = app.catalogue.last_harvest(&source.id).await?;
    let id = app.catalogue.start_harvest(&source.id, app.clock.now()).await?;
    tracing::info!(source.id = %source.id, harvest.id = id, "a harvest starts");
    let mut intake = app.catalogue.intake(source, &id, app.clock.now()).await?;
    let harvested_with = booked.harvested_with();
    let freshness = freshness(app, source, &harvested_with, last).await?;
    let report_progress = move |read| progress(read, None);
    let outside = Outside { fetch: app.fetch.as_ref(), files: booked.files.as_ref(), progress: &report_progress };
    let (report, ending) = harvest(source, &outside, freshness, &mut intake).await;

    let mut counts = intake.counts();
    counts.read = report.read;
    let (state, reason) = match ending {
        Ok(Ending::NotModified) => {
            let live = app.catalogue.live_record_count(&source.id).await?;
            counts = HarvestCounts { read: live, unchanged: live, ..HarvestCounts::default() };
            (HarvestState::Ok, Some("not modified since the last harvest".to_owned()))
        }
        Ok(Ending::Complete) if accepted(&counts) == 0 => {
            (HarvestState::Failed, Some("nothing that was read could be accepted".to_owned()))
        }
        Ok(Ending::Complete) => judge_absences(app, booked, &mut intake).await?,
        Ok(Ending::Partial { reason }) if accepted(&counts) > 0 => (HarvestState::Partial, Some(reason)),
        Ok(Ending::Partial { reason }) => (HarvestState::Failed, Some(reason)),
        Err(HarvestError::Intake(error)) => return Err(error).context("handing records to the store"),
        Err(error) => {
            let state = if accepted(&counts) > 0 { HarvestState::Partial } else { HarvestState::Failed };
            (state, Some(sentence(&error)))
        }
    };
    if !counts.adds_up() {
        tracing::error!(source.id = %source.id, harvest.id = id, ?counts, "the counts of a harvest do not add up");
    }
    if state == HarvestState::Ok {
        app.catalogue.mark_source_harvested(&source.id, &harvested_with, app.clock.now()).await?;
    }
    app.catalogue.finish_harvest(&id, state, reason.as_deref(), counts, app.clock.now()).await?;
    app.log_grew.notify_waiters();
    let row = app.catalogue.harvest(&id).await?.context("the harvest that has just been written")?;
    tracing::info!(
        source.id = %source.id, harvest.id = id, state = row.state.name(), read = counts.read, created = counts.created,
        changed = counts.changed, rejected = counts.rejected, reason = row.reason, "a harvest ended"
    );
    Ok(row)
}

/// Whether a source that has not changed may be left at that.
///
/// It may when the last run was ok and read it as it would be read now. After any other run there is more to do than to
/// look whether the payload is the same; and while records are missing, their absence has to be seen again to count.
async fn freshness(
    app: &App,
    source: &Source,
    harvested_with: &str,
    last: Option<HarvestRow>,
) -> anyhow::Result<Freshness> {
    let mapping = |remembered: &str| remembered.split('-').next().map(ToOwned::to_owned);
    let before = app.catalogue.source(&source.id).await?.and_then(|row| row.harvested_with);
    let same_mapping = before.is_some_and(|before| mapping(&before) == mapping(harvested_with));
    let was_ok = last.is_some_and(|run| run.state == HarvestState::Ok);
    let none_missing = app.catalogue.missing_record_count(&source.id).await? == 0;
    Ok(if same_mapping && was_ok && none_missing { Freshness::MayStop } else { Freshness::MustMap })
}

fn accepted(counts: &HarvestCounts) -> u64 {
    counts.created + counts.changed + counts.unchanged + counts.deleted
}

async fn judge_absences(
    app: &App,
    booked: &BookedSource,
    intake: &mut crate::catalogue::CatalogueIntake,
) -> anyhow::Result<(HarvestState, Option<String>)> {
    Ok(match intake.finish_absences(&booked.source.missing, app.clock.now()).await? {
        Absences::Applied { .. } => (HarvestState::Ok, None),
        Absences::Held { missing } => {
            let reason =
                format!("{missing} records of the last run were not there any more; held until an admin has seen it");
            (HarvestState::Held, Some(reason))
        }
    })
}

/// An error with its causes on one line.
fn sentence(error: &HarvestError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

//! Replay: what earlier harvests kept is read anew, with the mapping of today. Nobody is asked.

use anyhow::Context;
use crawler::{Ending, HarvestError, Intake as _, Manner, Outside, Repeats, read_documents};

use super::harvest::state_without_the_rest;
use super::run::{Opening, in_a_run};
use super::{Progress, Stop, Why};
use crate::app::App;
use crate::catalogue::{HarvestEnd, HarvestManner, HarvestRow, HarvestState};
use crate::source_book::BookedSource;

/// Reads anew every payload that a published record of the source was read from.
///
/// What changes is changed; nothing goes, because nobody was asked whether it is still there.
///
/// # Errors
/// When another run over the source is alive, and when the store cannot be read or written.
pub async fn replay_source(app: &App, booked: &BookedSource, progress: Progress) -> anyhow::Result<HarvestRow> {
    replay_source_until_stopped(app, booked, progress, &app.stop).await
}

/// The same until the word to stop is said: then the run ends partial, with what it has done until then.
///
/// # Errors
/// As [`replay_source`].
pub async fn replay_source_until_stopped(
    app: &App,
    booked: &BookedSource,
    progress: Progress,
    stop: &Stop,
) -> anyhow::Result<HarvestRow> {
    let booked = &booked.with_accepted_words(app.catalogue.accepted_words(&booked.source.id).await?);
    let opening = Opening { source: &booked.source.id, manner: HarvestManner::Replay, began: None };
    in_a_run(app, &opening, async |id| run(app, booked, id, progress, stop).await).await
}

async fn run(
    app: &App,
    booked: &BookedSource,
    id: &str,
    progress: Progress,
    stop: &Stop,
) -> anyhow::Result<HarvestEnd> {
    let source = &booked.source;
    let mut documents = app.catalogue.payloads_of_records(&source.id).await?;
    let mut intake = app.catalogue.intake(source, id, app.clock.clone()).await?;
    let report_progress = move |read| progress(read, None);
    let outside =
        Outside { fetch: app.fetch.as_ref(), files: booked.files.as_ref(), progress: &report_progress, raw: &|_| () };
    let manner = Manner::afresh(app.clock.now());
    let read = tokio::select! {
        biased;
        read = read_documents(source, &mut documents, Repeats::PassOver, &outside, &manner, &mut intake) => Some(read),
        () = stop.asked() => None,
    };
    let Some((report, ending)) = read else {
        intake.flush().await.context("replaying what was kept")?;
        let (counts, why) = (intake.counts(), stop.why().unwrap_or(Why::ServiceStops));
        return Ok(HarvestEnd::new(state_without_the_rest(&counts), Some(why.to_string()), counts));
    };
    let mut counts = intake.counts();
    counts.read = report.read;
    let (state, reason) = match ending {
        Ok(Ending::Complete | Ending::Update | Ending::NothingNew | Ending::NotModified) => (HarvestState::Ok, None),
        Ok(Ending::Partial { reason }) => (state_without_the_rest(&counts), Some(reason)),
        Err(HarvestError::Intake(error)) => return Err(error).context("replaying what was kept"),
        Err(error) => (state_without_the_rest(&counts), Some(error.told())),
    };
    // The next harvest still reads everything with this mapping: some of it may never have been kept.
    Ok(HarvestEnd::new(state, reason, counts))
}

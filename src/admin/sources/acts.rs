//! What an admin does with sources: each act checked, written down with who did it, and followed by this node at once.

use std::sync::Arc;

use schemas::{Source, SourceId};

use crate::app::App;
use crate::catalogue::{CatalogueError, Holder, SourceOrigin, SourceRow};
use crate::error::{AppError, ParameterMistake};
use crate::health::find_source;
use crate::jobs::follow::follow_to_head;
use crate::jobs::preview::{self, NotAsked};
use crate::jobs::resolve::resolve_pending;
use crate::sample::Sample;
use crate::schedule::Schedule;
use crate::source_book::{BookedSource, SourceMistake, read_stored};

/// What is said to whoever enables a source that nobody has previewed as it is now.
pub(super) const NOT_PREVIEWED: &str = "Nobody has previewed this source as it is written now: a preview reads a few of \
                                        its records and stores nothing. Its first harvest may bring what is not wanted.";

/// The parts of addresses that stand where the id of a source may stand.
const RESERVED: [&str; 1] = ["check"];

/// Reads the text of a source that is to be added or changed. Nothing is stored.
///
/// # Errors
/// All its mistakes at once; otherwise when the store cannot be read.
pub(super) async fn check_source(app: &App, toml: &str) -> Result<Result<Source, Vec<SourceMistake>>, AppError> {
    let source = match read_stored(toml) {
        Ok(source) => source,
        Err(mistakes) => return Ok(Err(mistakes)),
    };
    let at_id = |reason: String| Ok(Err(vec![SourceMistake { line: line_of_id(toml), key: "id".to_owned(), reason }]));
    if RESERVED.contains(&source.id.as_str()) {
        return at_id(format!("`{}` is a part of our own addresses; expected another name", source.id));
    }
    let row = app.catalogue.source(&source.id).await?;
    if row.is_some_and(|row| row.present && row.origin == SourceOrigin::File) {
        return at_id(format!("`{}` is the id of a source that has a file; the file is the one to change", source.id));
    }
    Ok(Ok(source))
}

fn line_of_id(toml: &str) -> Option<usize> {
    toml.lines().position(|line| line.trim_start().starts_with("id")).map(|before| before + 1)
}

/// The mistakes of a text, as a request is told of its own.
pub(super) fn refused(mistakes: Vec<SourceMistake>) -> AppError {
    let told = |mistake: SourceMistake| {
        let parameter = if mistake.key.is_empty() { "toml" } else { &mistake.key };
        let detail = match mistake.line {
            Some(line) => format!("line {line}: {}", mistake.reason),
            None => mistake.reason.clone(),
        };
        ParameterMistake::new(parameter, detail)
    };
    AppError::BadRequest(mistakes.into_iter().map(told).collect())
}

/// Adds a source, and says which.
///
/// # Errors
/// [`AppError::BadRequest`] with all mistakes of the text, [`AppError::Conflict`] when there is one of its id already.
pub(super) async fn add_source(app: &App, holder: &Holder, toml: &str) -> Result<SourceId, AppError> {
    let source = check_source(app, toml).await?.map_err(refused)?;
    app.catalogue.add_source(&source, toml, &holder.name, app.clock.now()).await?;
    follow_change(app).await?;
    Ok(source.id)
}

/// Gives a source that an admin has added another text.
///
/// # Errors
/// As for [`add_source`]; [`AppError::NotFound`] when there is no such source.
pub(super) async fn change_source(app: &App, holder: &Holder, id: &str, toml: &str) -> Result<SourceId, AppError> {
    let row = find_source(app, id).await?;
    require_stored(&row)?;
    let source = check_source(app, toml).await?.map_err(refused)?;
    if source.id != row.id {
        let reason = format!("`{}` is another source; the id of one never changes: expected `{}`", source.id, row.id);
        return Err(refused(vec![SourceMistake { line: line_of_id(toml), key: "id".to_owned(), reason }]));
    }
    app.catalogue.change_source(&source, toml, &holder.name, app.clock.now()).await.map_err(AppError::of_named)?;
    follow_change(app).await?;
    Ok(source.id)
}

/// Retires a source that an admin has added. Its resources stay.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such source, [`AppError::Conflict`] when it has a file.
pub(super) async fn retire_source(app: &App, holder: &Holder, id: &str) -> Result<SourceId, AppError> {
    let row = find_source(app, id).await?;
    require_stored(&row)?;
    app.catalogue.retire_source(&row.id, &holder.name, app.clock.now()).await.map_err(AppError::of_named)?;
    follow_change(app).await?;
    Ok(row.id)
}

/// Withdraws what a source gave that is gone, and says how many records those were.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such source, [`AppError::Conflict`] while it is there.
pub(super) async fn withdraw_records(app: &App, holder: &Holder, id: &str, why: &str) -> Result<u64, AppError> {
    let row = find_source(app, id).await?;
    let now = app.clock.now();
    let withdrawn = app.catalogue.withdraw_records_of(&row.id, why, &holder.name, now).await;
    let withdrawn = withdrawn.map_err(AppError::of_named)?;
    resolve_pending(app).await?;
    app.log_grew.notify_waiters();
    follow_to_head(app).await?;
    Ok(withdrawn)
}

/// Decides whether a source is harvested without being asked for. Gives its id, and a hint where whoever decided may
/// have forgotten something.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such source, [`AppError::Conflict`] when it is gone.
pub(super) async fn enable_source(
    app: &App,
    holder: &Holder,
    id: &str,
    enabled: bool,
) -> Result<(SourceId, Option<&'static str>), AppError> {
    let row = find_source(app, id).await?;
    require_present(&row)?;
    app.catalogue.enable_source(&row.id, enabled, &holder.name, app.clock.now()).await.map_err(AppError::of_named)?;
    let booked = app.sources().0.get(&row.id).filter(|_| enabled).cloned();
    let is_unseen = match booked {
        Some(booked) => is_unseen(app, &booked, &row).await?,
        None => false,
    };
    Ok((row.id, is_unseen.then_some(NOT_PREVIEWED)))
}

/// Whether nobody has seen yet what a source gives as it is written now.
async fn is_unseen(app: &App, booked: &BookedSource, row: &SourceRow) -> Result<bool, CatalogueError> {
    let is_pushed = booked.source.location == schemas::Location::Pushed;
    if is_pushed || booked.shipped || row.last_ok_at.is_some() {
        return Ok(false);
    }
    Ok(!app.catalogue.was_previewed(&booked.source).await?)
}

/// Sets how often a source is harvested; `None` gives the word back to its text.
///
/// # Errors
/// [`AppError::BadRequest`] for what is no schedule; otherwise as for [`enable_source`].
pub(super) async fn set_schedule(
    app: &App,
    holder: &Holder,
    id: &str,
    schedule: Option<&str>,
) -> Result<SourceId, AppError> {
    let row = find_source(app, id).await?;
    require_present(&row)?;
    if let Some(Err(reason)) = schedule.map(Schedule::parse) {
        return Err(AppError::BadRequest(vec![ParameterMistake::new("schedule", reason)]));
    }
    let now = app.clock.now();
    app.catalogue.set_schedule(&row.id, schedule, &holder.name, now).await.map_err(AppError::of_named)?;
    Ok(row.id)
}

/// Reads a few records of a source and stores nothing of them; only that it was previewed, and by whom.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such source, [`AppError::Conflict`] when it cannot be asked,
/// [`AppError::Unavailable`] while too many previews are read.
pub(super) async fn preview_source(
    app: &App,
    holder: &Holder,
    id: &str,
) -> Result<(Arc<BookedSource>, Sample), AppError> {
    let row = find_source(app, id).await?;
    require_present(&row)?;
    let gone = || AppError::Conflict { reason: format!("this node has no text of the source `{}`", row.id) };
    let booked = app.sources().0.get(&row.id).cloned().ok_or_else(gone)?;
    app.catalogue.note_preview(&booked.source, &holder.name, app.clock.now()).await?;
    match preview::preview(app, &booked).await {
        Ok(sample) => Ok((booked, sample)),
        Err(error) => Err(match error.downcast_ref::<NotAsked>().copied() {
            Some(NotAsked::Busy) => {
                AppError::Unavailable { reason: "too many previews at once; try again in a minute" }
            }
            Some(reason @ (NotAsked::Pushed | NotAsked::NoContact)) => {
                AppError::Conflict { reason: reason.to_string() }
            }
            None => AppError::Internal(error),
        }),
    }
}

/// After the text of a source has come, changed or gone: this node reads it now, and the resources of one whose terms
/// are others are merged anew.
async fn follow_change(app: &App) -> Result<(), AppError> {
    app.reload_sources().await?;
    app.catalogue.republish_changed_sources(app.clock.now()).await?;
    app.log_grew.notify_waiters();
    Ok(())
}

fn require_present(row: &SourceRow) -> Result<(), AppError> {
    if row.present {
        return Ok(());
    }
    let reason = match row.origin {
        SourceOrigin::File => format!("the file of `{}` is gone", row.id),
        SourceOrigin::Store => format!("`{}` was retired; it can be added again", row.id),
    };
    Err(AppError::Conflict { reason })
}

fn require_stored(row: &SourceRow) -> Result<(), AppError> {
    require_present(row)?;
    match row.origin {
        SourceOrigin::Store => Ok(()),
        SourceOrigin::File => Err(AppError::Conflict {
            reason: format!("`{}` has the file {}, which is the one to change", row.id, row.file),
        }),
    }
}

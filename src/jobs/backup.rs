//! Backups that nobody has to think of: taken by a job when one is due, into the folder of the configuration.

use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;

use crate::app::App;
use crate::backup::{self, Target, folder};
use crate::catalogue::JobKind;
use crate::notices::{self, Notice, NoticeKind};

/// So often it is looked whether one is due. A schedule names minutes.
const TICK: Duration = Duration::from_secs(30);

/// Asks for a backup whenever one is due, until the task is dropped; for the node that leads. Without a folder there is
/// nothing to do.
pub async fn keep_backups(app: App) {
    if app.config.backup.folder.is_none() {
        return;
    }
    loop {
        if let Err(error) = ask_when_due(&app).await {
            tracing::error!(error = format!("{error:#}"), "it could not be seen whether a backup is due");
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Asks for a backup when one is due: the first at once, every other at its moment. Says whether it did.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn ask_when_due(app: &App) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let last = app.catalogue.last_backup_job(now).await?;
    let is_due = match last {
        None => app.config.backup.folder.is_some(),
        Some(last) => {
            let last: Timestamp = last.parse().context("when a backup was last asked for")?;
            app.config.backup.due_after(last).is_some_and(|due| due <= now)
        }
    };
    if is_due {
        app.catalogue.enqueue_job(JobKind::Backup, None, now).await?;
        tracing::info!("a backup is due");
    }
    Ok(is_due)
}

/// Takes a backup into the folder of the configuration, and deletes what is older than those that are kept. Gives what came
/// of it, in a sentence; a failure is told to the admin as well.
///
/// # Errors
/// When no folder is named, the store cannot be read or the file cannot be written. The backups before it stay.
pub async fn run(app: &App) -> anyhow::Result<String> {
    let taken = take(app).await;
    if let Err(error) = &taken {
        let subject = "Signpost: the backup failed".to_owned();
        let body =
            format!("No backup was taken: {error:#}\n\nThose before it stay. `signpost doctor` looks further.\n");
        // Tried again, it would fail again: once a day is enough.
        let name = format!("backup-failed/{}", app.clock.local().date());
        notices::send_once(app, &name, Notice { kind: NoticeKind::Backup, subject, body }).await;
    }
    taken
}

async fn take(app: &App) -> anyhow::Result<String> {
    let settings = &app.config.backup;
    let Some(into) = settings.folder.clone() else {
        bail!("no folder for backups is named; set `folder` in `[backup]`, or run `signpost backup FILE`");
    };
    std::fs::create_dir_all(&into).with_context(|| format!("the folder of backups {}", into.display()))?;
    let now = app.clock.now();
    let path = folder::path_in(&into, now);
    let backed_up = backup::back_up(&app.catalogue, &Target::File(path.clone()), now).await?;
    let keep = usize::try_from(settings.keep).unwrap_or(usize::MAX);
    let deleted = tokio::task::spawn_blocking(move || folder::keep_newest(&into, keep, now)).await?;
    let deleted = deleted.context("the backup was taken, but older ones could not be deleted")?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(format!("{} rows, {} bytes in {name}; {deleted} older ones deleted", backed_up.rows, backed_up.bytes))
}

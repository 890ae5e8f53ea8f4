//! Being woken: another node has written to the store, so this one looks at once and not at its next turn.
//!
//! It is a hint and no more. Whoever is woken looks into the store, which alone says what is new; and whoever is not
//! woken looks all the same, some moments later. So nothing is lost when a word is, or when nobody listens.

use std::time::Duration;

use crate::app::App;
use crate::catalogue::{CatalogueError, Wake, WakeKind};

/// After a failure, the next try; each further one after twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// A store that is away for an hour is asked no more often than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Listens to the store until the program stops, and rings for those who wait here. Where the store is this program's
/// alone there is nobody to listen to, and this ends at once.
pub async fn keep_awake(app: App) {
    let mut pause = FIRST_PAUSE;
    while !app.stop.is_asked() {
        match app.catalogue.listen().await {
            Ok(None) => return,
            Ok(Some(mut wake)) => {
                pause = FIRST_PAUSE;
                // What was said while nobody listened is looked for once.
                ring(&app, WakeKind::Change);
                ring(&app, WakeKind::Job);
                if let Err(error) = pass_on(&app, &mut wake).await {
                    tracing::warn!(error = %error, "the store cannot be listened to; it is looked at in turns meanwhile");
                }
            }
            Err(error) => tracing::debug!(error = %error, "the store cannot be listened to"),
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = app.stop.asked() => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Rings for each word of the store, until the program stops or the store falls silent.
async fn pass_on(app: &App, wake: &mut Wake) -> Result<(), CatalogueError> {
    loop {
        tokio::select! {
            kind = wake.next() => ring(app, kind?),
            () = app.stop.asked() => return Ok(()),
        }
    }
}

fn ring(app: &App, kind: WakeKind) {
    match kind {
        WakeKind::Change => app.log_grew.notify_waiters(),
        WakeKind::Job => app.jobs_wait.notify_waiters(),
    }
}

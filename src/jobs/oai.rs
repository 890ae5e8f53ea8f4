//! Following the change log into the list that harvesters over OAI-PMH are told.

use std::time::Duration;

use anyhow::Context;

use crate::app::App;

/// So many changes are taken into the list at once. Answers wait for the writing of one batch, which is some
/// milliseconds, and a list made anew of 100,000 resources needs a hundred.
const BATCH: usize = 1_000;
/// The log is looked at so often even when nobody rings: another process may have written to the store.
const POLL: Duration = Duration::from_millis(500);
/// After a failure of the store, the next try.
const RETRY: Duration = Duration::from_secs(5);

/// Brings the list to the end of the log and says to which position.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn list_to_head(app: &App) -> anyhow::Result<u64> {
    let mut position = app.catalogue.oai_position().await?;
    loop {
        let next = app.catalogue.list_next_changes(BATCH, &app.clock, &app.oai_gate).await;
        match next.context("writing the list for harvesters")? {
            Some(reached) => position = reached,
            None => return Ok(position),
        }
    }
}

/// Follows the log until the task is dropped. A failure is logged and tried again; answers go on meanwhile.
pub async fn keep_listing(app: App) {
    loop {
        let rung = app.log_grew.notified();
        if let Err(error) = list_to_head(&app).await {
            tracing::error!(error = format!("{error:#}"), "the list for harvesters could not follow the change log");
            tokio::time::sleep(RETRY).await;
        }
        let _ = tokio::time::timeout(POLL, rung).await;
    }
}

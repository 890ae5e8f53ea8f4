//! What is forgotten with time: words that people wrote for one purpose, once that is over.

use std::time::Duration;

use anyhow::Context;

use crate::app::App;

/// Nothing is kept to the hour.
const EVERY: Duration = Duration::from_hours(24);

/// Forgets once at the start and then every day, until the task is dropped. A failure is logged, and tried again the
/// next day.
pub async fn keep_forgetting(app: App) {
    loop {
        match forget(&app).await {
            Ok(0) => {}
            Ok(reports) => tracing::info!(reports, "what was written in old reports is forgotten"),
            Err(error) => tracing::error!(error = format!("{error:#}"), "old reports could not be forgotten"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Forgets what is old enough, and says how many reports that touches.
///
/// # Errors
/// When the store cannot be written.
pub async fn forget(app: &App) -> anyhow::Result<u64> {
    app.catalogue.forget_old_reports(app.clock.now()).await.context("forgetting what old reports say")
}

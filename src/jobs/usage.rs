//! Writing down how much the service is used, a minute at a time; and giving up what was kept of searches for too long.

use std::time::Duration;

use crate::app::App;

/// So often the sums are written.
const EVERY: Duration = Duration::from_mins(1);

/// Writes what was counted every minute, until the task is dropped. A failure is logged and tried again. At the stop
/// `Counter::flush` writes the rest.
pub async fn keep_usage(app: App) {
    loop {
        tokio::time::sleep(EVERY).await;
        // What visitors typed stands in the answers that are kept, and must go in time where nobody asks anything more.
        app.answers.forget_old();
        if let Err(error) = app.usage.flush(&app.catalogue, app.clock.local().date()).await {
            tracing::error!(error = %error, "what was counted could not be written");
        }
    }
}

//! Resolve: after records have come or gone, decides anew which of them are one resource.

use anyhow::Context;

use crate::app::App;
use crate::catalogue::Resolved;

/// Looks at every record that waits to be resolved, and says what came of it. One at a time does it; who comes second
/// waits, and finds hardly anything left to do.
///
/// # Errors
/// When the store cannot be read or written. What waits then waits on.
pub async fn resolve_pending(app: &App) -> anyhow::Result<Resolved> {
    let _turn = app.resolving.lock().await;
    let started = app.clock.now();
    let resolved = app.catalogue.resolve_pending(started).await.context("resolving records")?;
    if resolved.records > 0 {
        let duration_ms = app.clock.now().duration_since(started).as_millis();
        tracing::info!(records = resolved.records, duration_ms, "records were resolved");
        app.log_grew.notify_waiters();
    }
    Ok(resolved)
}

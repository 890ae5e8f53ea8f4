//! Rolling back: what a run did to the records of its source is taken back, and everything that follows from it.

use anyhow::Context;

use super::follow::follow_to_head;
use super::resolve::resolve_pending;
use crate::app::App;

/// What whoever rolls a run back has to know, wherever it is asked for.
pub const COMES_AGAIN: &str = "The next harvest reads everything, and brings the same again unless the source or its \
                               mapping is mended before; disable the source until then.";

/// Takes a run back, brings the index up to date, and says what came of it. A run that was taken back already, by a job
/// that broke off afterwards, is only followed to its end.
///
/// # Errors
/// When the run cannot be taken back, with the reason, and when the store or the index cannot be written.
pub async fn roll_back_run(app: &App, harvest_id: &str, who: &str) -> anyhow::Result<String> {
    let told = if app.catalogue.rolled_back(harvest_id).await?.is_some() {
        "the run was rolled back before".to_owned()
    } else {
        let done = app.catalogue.roll_back_harvest(harvest_id, who, app.clock.now()).await?;
        tracing::info!(
            source.id = %done.source, harvest.id = harvest_id, restored = done.restored, withdrawn = done.withdrawn,
            "a run was rolled back"
        );
        format!("{} records put back, {} withdrawn. {COMES_AGAIN}", done.restored, done.withdrawn)
    };
    app.log_grew.notify_waiters();
    resolve_pending(app).await.context("resolving what was put back")?;
    follow_to_head(app).await?;
    Ok(told)
}

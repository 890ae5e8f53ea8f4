//! `signpost reindex`.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::json;

use super::output::{self, Bar};
use super::{Ended, Options};
use crate::app::{DataLock, InUse};
use crate::catalogue::{Catalogue, JobKind, JobState};
use crate::clock::Clock;
use crate::config::Config;
use crate::jobs::reindex::reindex;

/// How often a job of the server is looked at.
const POLL: Duration = Duration::from_millis(200);

pub(super) async fn run(options: &Options) -> anyhow::Result<Ended> {
    let bar = Bar::new("reindex");
    let message = match options.open("reindex").await {
        Ok((app, _lock)) => {
            let resources = reindex(&app, bar.progress()).await?;
            format!("{resources} resources in generation {}", app.index.generation())
        }
        Err(error) if error.downcast_ref::<InUse>().is_some_and(InUse::is_server) => {
            let (config, catalogue) = options.open_store().await?;
            let job = catalogue.enqueue_job(JobKind::Reindex, None, Clock::system().now()).await?;
            let (state, message) = follow_job(&config, &catalogue, &job.id, &bar).await?;
            if state != JobState::Succeeded {
                bail!("the reindex ended as {}: {message}", state.name());
            }
            message
        }
        Err(error) => return Err(error),
    };
    bar.finish();
    output::table(options.format(), &["reindex"], &[vec![json!(message)]]);
    Ok(Ended::Ok)
}

/// Follows a job of the running server to its end.
///
/// # Errors
/// When the server ends before the job: its lock is free then, and nobody works the job off.
pub(super) async fn follow_job(
    config: &Config,
    catalogue: &Catalogue,
    id: &str,
    bar: &Bar,
) -> anyhow::Result<(JobState, String)> {
    let progress = bar.progress();
    loop {
        let job = catalogue.job(id).await?.context("the job that has just been queued")?;
        progress(job.done, job.total);
        if job.state.has_ended() {
            return Ok((job.state, job.message.or(job.error).unwrap_or_default()));
        }
        if DataLock::take(&config.catalogue.data_dir, "look").is_ok() {
            bail!("the server ended before its job {id} did; the job is taken up when it starts again");
        }
        tokio::time::sleep(POLL).await;
    }
}

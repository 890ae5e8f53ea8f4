//! Publishing the live generation in a folder that nodes share, so that a new one begins with it and needs not read the
//! whole store.

use std::sync::Arc;

use anyhow::Context;
use index::{IndexError, Published};

use crate::app::App;

/// Publishes the live generation of this node, and says in a sentence what was published.
///
/// # Errors
/// When no shared folder is configured, the index holds nothing yet, another node is publishing, or the folder cannot be
/// written.
pub async fn publish(app: &App) -> anyhow::Result<String> {
    let folder = app.config.index.shared_folder.clone();
    let folder = folder.context("no folder is configured to publish in: set `shared_folder` in `[index]`")?;
    let index = Arc::clone(&app.index);
    let published = tokio::task::spawn_blocking(move || index.publish(&folder)).await?;
    let Published { position, resources, bytes, folder } = published.context("publishing the live generation")?;
    Ok(format!("{resources} resources at position {position} in {} ({bytes} bytes)", folder.display()))
}

/// Publishes where a shared folder is configured. What goes wrong is logged: what was published before is still good.
pub(super) async fn publish_for_new_nodes(app: &App) {
    if app.config.index.shared_folder.is_none() {
        return;
    }
    match publish(app).await {
        Ok(message) => tracing::info!("published: {message}"),
        Err(error) if is_turn_of_another(&error) => {
            tracing::info!("nothing is published: another node is at it");
        }
        Err(error) => tracing::error!(error = format!("{error:#}"), "the live generation could not be published"),
    }
}

fn is_turn_of_another(error: &anyhow::Error) -> bool {
    error.downcast_ref::<IndexError>().is_some_and(|error| matches!(error, IndexError::InUse { .. }))
}

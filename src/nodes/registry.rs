//! This node's row in the store, written anew every few seconds; and what is looked after in the same breath: whether the
//! store answers, whether it is still the same one, and what admins decided on another node.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use super::{Phase, forget_node_id, remembered_store};
use crate::app::App;
use crate::catalogue::{CatalogueError, NodeWord};

/// So often a node says how it stands. Whoever has said nothing for thirty seconds counts as gone.
const EVERY: Duration = Duration::from_secs(5);
/// A store that is away is asked so often whether it is back: until then nobody else asks it.
const EVERY_WHILE_AWAY: Duration = Duration::from_secs(1);
/// A store that does not answer within this time counts as away. A large harvest keeps it busy for less.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// Silent nodes are looked for so often; they are kept for a day.
const FORGET_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// The store has another id than the one that this program was started on: a backup was put back, or the address leads
/// elsewhere now.
#[derive(Debug, thiserror::Error)]
#[error("the store of record was replaced by another; start again to serve that one")]
pub struct StoreReplaced;

/// Another program speaks under the id of this node: one of the two data directories is a copy of the other.
#[derive(Debug, thiserror::Error)]
#[error(
    "another program works on this store under the id of this node: a data directory was copied; start again to go by \
     another id"
)]
pub struct IdShared;

/// Says every few seconds how this node stands, until the program stops. What goes wrong is known by the next look.
pub async fn keep_registered(app: App) {
    let mut forgotten_at: Option<Timestamp> = None;
    while !app.stop.is_asked() {
        look_after(&app).await;
        let now = app.clock.now();
        if forgotten_at.is_none_or(|at| now.duration_since(at) >= FORGET_EVERY) {
            forgotten_at = Some(now);
            if let Ok(Err(error)) = timeout(ANSWER_WITHIN, app.catalogue.forget_silent_nodes(now)).await {
                tracing::debug!(error = %error, "nodes that are gone could not be forgotten");
            }
        }
        let pause = if app.standing.store_away_since().is_some() { EVERY_WHILE_AWAY } else { EVERY };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = app.standing.changes_phase() => {}
            () = app.stop.asked() => {}
        }
    }
}

/// Looks at the store once and says there how this node stands.
pub async fn look_after(app: &App) {
    let store_id = match timeout(ANSWER_WITHIN, app.catalogue.store_id()).await {
        Ok(Ok(id)) => id,
        Ok(Err(error)) => return store_is_away(app, &format!("{:#}", anyhow::Error::from(error))),
        Err(_) => return store_is_away(app, "no answer in time"),
    };
    if let Some(since) = app.standing.store_answered() {
        tracing::info!(since = %since, "the store answers again");
        app.log_grew.notify_waiters();
    }
    match remembered_store(&app.config.catalogue.data_dir) {
        Ok(Some(known)) if known != store_id => return store_was_replaced(app, &known, &store_id),
        Ok(_) => {}
        Err(error) => tracing::warn!(error = format!("{error:#}"), "which store was served last cannot be read"),
    }
    if has_lost_its_end(app).await {
        return store_was_replaced(app, &store_id, "the same without the end of its log");
    }
    look_at_schema(app).await;
    // One that waits behind a large write says it the next time.
    match timeout(ANSWER_WITHIN, speak(app)).await {
        Ok(Ok(true)) | Err(_) => {}
        Ok(Ok(false)) => return id_is_shared(app),
        Ok(Err(error)) => tracing::warn!(error = %error, "how this node stands could not be written"),
    }
    if let Err(error) = learn_of_others(app).await {
        tracing::warn!(error = %error, "what was decided on other nodes could not be read");
    }
}

/// Looks whether a newer program has migrated the store meanwhile. An old node goes on beside new ones for as long as an
/// upgrade takes, and whoever asks is told: one that was forgotten would be wrong one day.
async fn look_at_schema(app: &App) {
    match timeout(ANSWER_WITHIN, app.catalogue.newer_schema()).await {
        Ok(Ok(schema)) => {
            if app.standing.store_is_of_newer_schema(schema) {
                tracing::warn!(schema, "a newer program has migrated the store; this one is to be replaced by it");
            }
        }
        Ok(Err(error)) => tracing::debug!(error = %error, "the schema of the store could not be read"),
        Err(_) => {}
    }
}

/// Says how this node stands, and whether nobody else has begun to speak under its id. What stood there before this program
/// was started was said by one that is gone: the lock of the data directory sees to that, unless the directory is a copy.
async fn speak(app: &App) -> Result<bool, CatalogueError> {
    let (word, now) = (word(app), app.clock.now());
    if app.standing.was_heard() {
        return app.catalogue.hear_node_again(&word, now).await;
    }
    app.catalogue.hear_node(&word, now).await?;
    app.standing.is_heard();
    Ok(true)
}

/// Gives the id up to the one that was started later: that one cannot know of this one.
fn id_is_shared(app: &App) {
    if !app.standing.has_a_double() {
        tracing::error!(node.id = app.node_id, reason = %IdShared, "this program ends, to be started anew");
        if let Err(error) = forget_node_id(&app.config.catalogue.data_dir) {
            tracing::error!(error = format!("{error:#}"), "the id of this node could not be given up");
        }
    }
    app.standing.found_its_double();
    app.stopper.stop();
}

/// Whether the log ends before what the index knows of it: the database was put back to an earlier day, or another
/// server took over that had not heard of all. At a start the index is then made anew.
async fn has_lost_its_end(app: &App) -> bool {
    // One that is to be made anew, and may not, is no sign; to end would be to begin and end again.
    if app.standing.phase() != Phase::Running || app.standing.is_index_refused() {
        return false;
    }
    // Looked at first: the log only grows.
    let position = app.index.position();
    match timeout(ANSWER_WITHIN, app.catalogue.head_seq()).await {
        Ok(Ok(head)) => head < position,
        Ok(Err(_)) | Err(_) => false,
    }
}

/// Writes down that this node has ended in order, unless its row is that of another by now.
pub async fn leave(app: &App) {
    if app.standing.has_a_double() {
        return;
    }
    if let Err(error) = app.catalogue.node_stopped(&app.node_id, app.clock.now()).await {
        tracing::warn!(error = %error, "that this node has ended could not be written");
    }
}

/// What this node says of itself.
pub fn word(app: &App) -> NodeWord {
    let standing = &app.standing;
    let damage = || app.index.is_damaged().then(|| "a file of the index is damaged; it is built anew".to_owned());
    NodeWord {
        id: app.node_id.clone(),
        name: machine_name(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        role: app.config.server.role.name(),
        schema: app.index.schema().to_owned(),
        address: standing.address(),
        started: standing.started(),
        generation: app.index.generation(),
        seq: app.index.position(),
        resources: app.index.resource_count(),
        state: standing.state().name(),
        detail: standing.detail().or_else(damage),
    }
}

/// What admins decided on another node: sources, pins and views. Each is read anew only when it is other than before, or
/// costs no more than the look.
async fn learn_of_others(app: &App) -> Result<(), CatalogueError> {
    app.reload_sources().await?;
    app.load_pins().await?;
    app.load_views().await
}

fn store_is_away(app: &App, error: &str) {
    if app.standing.store_is_away(app.clock.now()) {
        tracing::error!(error, "the store does not answer; searches go on from the index");
    }
}

fn store_was_replaced(app: &App, known: &str, found: &str) {
    if !app.standing.is_store_replaced() {
        tracing::error!(known, found, "the store was replaced by another: this program ends, to be started anew on it");
    }
    app.standing.store_was_replaced();
    app.stopper.stop();
}

/// The name of the machine, as the system tells it; of a system that does not, none.
fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().chars().filter(|c| !c.is_control()).take(64).collect()
}

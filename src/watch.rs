//! Watching: what nobody else looks after while the service runs: the room on the disk, a store that stays away, and
//! figures that want to be read.

use std::time::Duration;

use jiff::SignedDuration;

use crate::app::App;
use crate::disk::Room;
use crate::metrics;
use crate::notices::{self, Notice, NoticeKind};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(5);
/// A store that is restarted is back by then; one that is not needs somebody.
const AWAY_FOR: SignedDuration = SignedDuration::from_mins(1);

/// Looks until the program is told to stop.
pub async fn keep_watch(app: App) {
    while !app.stop.is_asked() {
        look(&app).await;
        tokio::select! {
            () = app.stop.asked() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Looks once, and tells an admin what has just become the matter.
pub async fn look(app: &App) {
    metrics::upkeep();
    look_at_disk(app).await;
    look_at_store(app);
}

async fn look_at_disk(app: &App) {
    let folder = app.config.catalogue.data_dir.clone();
    // A disk that hangs must not hold up a thread that answers.
    let room = match tokio::task::spawn_blocking(move || Room::at(&folder)).await {
        Ok(Ok(room)) => room,
        Ok(Err(error)) => return tracing::warn!(error = %error, "how much room is left cannot be told"),
        Err(error) => return tracing::warn!(error = %error, "how much room is left cannot be told"),
    };
    if !app.disk.note(room) {
        return;
    }
    let (free_mib, floor_mib) = (room.free_bytes >> 20, room.floor_bytes() >> 20);
    tracing::error!(free_mib, floor_mib, "there is little room left on the disk: nothing new is begun");
    // A disk that is full today and again tomorrow is told of each day.
    let name = format!("disk-{}-{}", app.node_id, app.clock.local().date());
    let body = format!(
        "{free_mib} MiB are left where {} keeps its data; below {floor_mib} MiB no harvest, rebuild or backup is \
         begun. Searches go on. Make room, and it goes on by itself.\n",
        app.public_url()
    );
    let notice = Notice { kind: NoticeKind::Disk, subject: "little room is left on the disk".to_owned(), body };
    notices::send_once(app, &name, notice).await;
}

fn look_at_store(app: &App) {
    let Some(since) = app.standing.store_away_since() else {
        return;
    };
    if app.clock.now().duration_since(since) < AWAY_FOR {
        return;
    }
    let body = format!(
        "The store of record has not answered {} since {since:.0}. Searches go on from the index; nothing is harvested \
         or changed until it is back.\n",
        app.public_url()
    );
    let notice = Notice { kind: NoticeKind::Store, subject: "the store does not answer".to_owned(), body };
    // Under one name for all the time that it is away; it is told from memory, since there is no outbox now.
    notices::hold_once(app, &format!("store-{}-{since:.0}", app.node_id), notice);
}

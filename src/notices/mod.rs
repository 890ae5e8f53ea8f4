//! Notices: what an admin is told without asking, by mail or by a call to an address of theirs.
//!
//! [`send`] puts a notice into the outbox in the store; [`keep_delivering`] takes it out there and tries until somebody
//! has it or a day has gone by. While the store is away notices wait in memory. What stands in a notice is for those who
//! send it to say; the weekly one is `jobs::digest`'s.

mod deliver;
mod mail;
mod outbox;
mod queue;
mod webhook;

use std::time::Duration;

use jiff::Timestamp;

use crate::app::App;
use crate::catalogue::NewNotice;

pub use deliver::keep_delivering;
pub use outbox::{deliver_due, look_for_news};
pub use queue::Waiting;

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// A source needs an admin: it is silent, fails, or has a run that is held.
    Source,
    /// A job failed that nobody watches.
    Job,
    /// A generation of the index was not let live.
    Generation,
    /// An index and the store were not of one mind.
    Drift,
    /// A backup could not be taken.
    Backup,
    /// There is little room left on the disk.
    Disk,
    /// The store of record does not answer.
    Store,
    /// What a week brought.
    Digest,
}

impl NoticeKind {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Source, Self::Job, Self::Generation, Self::Drift, Self::Backup, Self::Disk, Self::Store, Self::Digest];

    /// The name in the store and in what is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Job => "job",
            Self::Generation => "generation",
            Self::Drift => "drift",
            Self::Backup => "backup",
            Self::Disk => "disk",
            Self::Store => "store",
            Self::Digest => "digest",
        }
    }
}

/// What is to be told: one line, and the whole of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// The line that a mail is listed by; short, and without anything secret.
    pub subject: String,
    /// All there is to say, as plain text.
    pub body: String,
}

/// So long a notice waits for the store before it waits in memory: who sends one has other work to do.
const STORE_TURN: Duration = Duration::from_secs(2);

/// Sends a notice: into the outbox, or into memory while the store does not answer. Never fails and never waits for a
/// mail server.
pub async fn send(app: &App, notice: Notice) {
    put(app, as_new(notice, app.clock.now())).await;
}

/// As [`send`], but told only once under this name, whoever notices it and however often: nodes that see the same thing
/// agree on the name.
pub async fn send_once(app: &App, name: &str, notice: Notice) {
    put(app, NewNotice { id: name.to_owned(), ..as_new(notice, app.clock.now()) }).await;
}

/// As [`send_once`], but into memory at once: for what is known to keep the store from taking it.
pub fn hold_once(app: &App, name: &str, notice: Notice) {
    if app.notices.is_new(name) {
        app.notices.push(NewNotice { id: name.to_owned(), ..as_new(notice, app.clock.now()) });
    }
}

fn as_new(notice: Notice, now: Timestamp) -> NewNotice {
    NewNotice::new(notice.kind.name(), notice.subject, notice.body, now)
}

async fn put(app: &App, notice: NewNotice) {
    if let Err(reason) = try_put(app, &notice).await {
        tracing::warn!(notice.subject = notice.subject, reason, "a notice waits in memory");
        app.notices.push(notice);
    }
}

/// A notice that was written although the store took too long to say so is not written again: it has its id.
async fn try_put(app: &App, notice: &NewNotice) -> Result<(), String> {
    match tokio::time::timeout(STORE_TURN, app.catalogue.put_notice(notice)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the store does not answer in time".to_owned()),
    }
}

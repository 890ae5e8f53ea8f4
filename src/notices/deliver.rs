//! Delivering: the task that takes notices out of the outbox, and the ways out.

use std::time::Duration;

use jiff::Timestamp;
use schemas::parse_address;

use super::queue::Way;
use super::{mail, outbox, webhook};
use crate::app::App;
use crate::catalogue::{NewNotice, NoticeRow};

/// How often the outbox is looked at.
const TICK: Duration = Duration::from_secs(10);
/// The longest reason that is kept of a failure.
const LONGEST_REASON: usize = 300;
/// The longest subject that is sent: more is no line. RFC 5322, 2.1.1.
const LONGEST_SUBJECT: usize = 200;

/// A notice on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) id: String,
    pub(super) kind: String,
    /// One line.
    pub(super) subject: String,
    pub(super) body: String,
    pub(super) created: Timestamp,
}

impl From<&NoticeRow> for Letter {
    fn from(row: &NoticeRow) -> Self {
        Self::new(&row.id, &row.kind, &row.subject, &row.body, row.created)
    }
}

impl From<&NewNotice> for Letter {
    fn from(notice: &NewNotice) -> Self {
        Self::new(&notice.id, notice.kind, &notice.subject, &notice.body, notice.created)
    }
}

impl Letter {
    fn new(id: &str, kind: &str, subject: &str, body: &str, created: Timestamp) -> Self {
        // What a source says of itself may stand in a subject, and must not begin a header.
        let subject = subject.chars().take(LONGEST_SUBJECT).map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { id: id.to_owned(), kind: kind.to_owned(), subject, body: body.to_owned(), created }
    }
}

/// Delivers until the program is told to stop. One node does it for all; which, may change at any moment.
pub async fn keep_delivering(app: App) {
    loop {
        if let Err(error) = outbox::tick(&app).await {
            tracing::warn!(error = format!("{error:#}"), "the outbox could not be looked at");
        }
        tokio::select! {
            () = app.stop.asked() => return,
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Whether there is anybody to tell.
pub(super) fn has_way_out(app: &App) -> bool {
    app.config.notify.mail.is_some() || app.config.notify.call.is_some()
}

/// Sends a letter by every way that has not taken it yet.
///
/// # Errors
/// What went wrong with those that did not take it.
pub(super) async fn deliver(app: &App, letter: &Letter) -> Result<(), String> {
    let notify = &app.config.notify;
    let mut failures = Vec::new();
    if let Some(config) = notify.mail.as_ref().filter(|_| !app.notices.was_taken(&letter.id, Way::Mail)) {
        match mail::send(config, &own_host(app), letter).await {
            Ok(()) => app.notices.note_taken(&letter.id, Way::Mail),
            Err(reason) => failures.push(reason),
        }
    }
    if let Some(config) = notify.call.as_ref().filter(|_| !app.notices.was_taken(&letter.id, Way::Call)) {
        match webhook::call(config, letter).await {
            Ok(()) => app.notices.note_taken(&letter.id, Way::Call),
            Err(reason) => failures.push(reason),
        }
    }
    if failures.is_empty() {
        app.notices.forget_taken(&letter.id);
        return Ok(());
    }
    Err(failures.join("; ").chars().take(LONGEST_REASON).collect())
}

fn own_host(app: &App) -> String {
    let url = parse_address(app.public_url()).ok();
    url.as_ref().and_then(|url| url.host_str()).unwrap_or("localhost").to_owned()
}

//! The page before an act that takes something away: what will happen, and why it is done.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Frame, Place, framed};
use super::refused::{Mistake, Refused};
use super::visit::Visit;
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once};

/// Whether a reason is asked for, which is then kept in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Asked,
    NotAsked,
}

/// An act that is asked about.
#[derive(Debug)]
pub(super) struct Confirmation {
    pub(super) place: Place,
    /// The question, as the heading of the page.
    pub(super) title: String,
    /// What will happen, a paragraph each.
    pub(super) consequences: Vec<String>,
    /// Where the form is sent.
    pub(super) action: String,
    /// What is sent along unseen.
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) why: Why,
    /// What the button says.
    pub(super) button: &'static str,
    /// Where one goes who does not want it.
    pub(super) back: String,
}

#[derive(Template)]
#[template(path = "admin/confirm.html")]
struct ConfirmPage {
    layout: Layout,
    frame: Frame,
    asked: Confirmation,
    asks_why: bool,
    mistakes: Vec<Mistake>,
}

/// The page that asks.
pub(super) fn ask(visit: &Visit, asked: Confirmation) -> Response {
    present(visit, asked, StatusCode::OK, Vec::new())
}

/// The same again where what was sent cannot be used: it says what is wrong. Other refusals are pages of their own.
pub(super) fn ask_again(visit: &Visit, asked: Confirmation, refused: Refused) -> Result<Response, Refused> {
    if refused.mistakes.is_empty() {
        return Err(refused);
    }
    let status = refused.status;
    Ok(present(visit, asked, status, refused.into_mistakes()))
}

fn present(visit: &Visit, asked: Confirmation, status: StatusCode, mistakes: Vec<Mistake>) -> Response {
    let (layout, frame) = framed(visit, asked.place, &asked.title);
    let asks_why = asked.why == Why::Asked;
    present_once(status, &ConfirmPage { layout, frame, asked, asks_why, mistakes })
}

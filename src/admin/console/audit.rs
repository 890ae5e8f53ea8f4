//! The audit log: who did what, the newest first.

use askama::Template;
use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::answers::List;
use super::frame::{Frame, Place, framed};
use super::refused::Refused;
use super::visit::Visit;
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};

/// An act.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Act {
    seq: u64,
    at: String,
    who: String,
    action: String,
    subject: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    layout: Layout,
    frame: Frame,
    acts: Vec<Act>,
    total: u64,
    /// Whether the newest act is among those that are shown.
    is_newest: bool,
    /// The acts before those that are shown.
    before: Option<String>,
}

/// The log, or what stands in it before an act.
pub(super) async fn list_audit(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let list: List<Act> = visit.get(&format!("/audit{}", visit.passed_on(&["before"]))).await?;
    // The first act of all has the number 1, so nothing is before that.
    let before = list.results.last().filter(|act| act.seq > 1).map(|act| format!("/admin/audit?before={}", act.seq));
    let is_newest = visit.value("before").is_none();
    let (layout, frame) = framed(&visit, Place::Audit, "Audit log");
    let page = AuditPage { layout, frame, acts: list.results, total: list.total, is_newest, before };
    Ok(present_once(StatusCode::OK, &page))
}

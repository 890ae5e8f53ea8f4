//! Decisions about resources: what was hidden, put first, corrected, locked, merged and split, by whom and why; and taking
//! one back.

use askama::Template;
use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::answers::List;
use super::confirm::{Confirmation, Why, ask, ask_again};
use super::form::Form;
use super::frame::{Frame, Place, framed};
use super::pager::Pager;
use super::refused::Refused;
use super::visit::{Visit, back_to, segment};
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};
use crate::web::path::PathId;

/// A decision about a resource.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Decided {
    pub(super) id: String,
    pub(super) resource: String,
    pub(super) decision: Decision,
    pub(super) who: String,
    pub(super) why: String,
    pub(super) at: String,
    pub(super) undone: Option<Undone>,
}

/// What was decided.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Decision {
    pub(super) kind: String,
    /// Of what is hidden: why, as everybody reads it.
    pub(super) reason: Option<String>,
    /// Of what is corrected or locked.
    pub(super) field: Option<String>,
    /// Of what is merged: the resource that it is one with.
    pub(super) into: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Undone {
    pub(super) who: String,
    pub(super) why: String,
    pub(super) at: String,
}

#[derive(Template)]
#[template(path = "admin/decisions.html")]
struct DecisionsPage {
    layout: Layout,
    frame: Frame,
    decisions: Vec<Decided>,
    pager: Pager,
}

/// The decisions, the newest first.
pub(super) async fn list_decisions(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let list: List<Decided> = visit.get(&format!("/curations{}", visit.passed_on(&["page"]))).await?;
    let pager = Pager::of(&visit, "/admin/decisions", &[], &list);
    let (layout, frame) = framed(&visit, Place::Decisions, "Decisions");
    Ok(present_once(StatusCode::OK, &DecisionsPage { layout, frame, decisions: list.results, pager }))
}

/// Asks before a decision is taken back, and why.
pub(super) async fn ask_undo(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Response {
    ask(&visit, undoing_of(&id))
}

/// Takes a decision back.
pub(super) async fn undo_decision(
    Extension(visit): Extension<Visit>,
    PathId(id): PathId,
    form: Form,
) -> Result<Response, Refused> {
    match visit.post(&format!("/curations/{}/undo", segment(&id)), &json!({ "why": form.text("why") })).await {
        Ok(_) => Ok(back_to("/admin/decisions", "decision-undone")),
        Err(refused) => ask_again(&visit, undoing_of(&id), refused),
    }
}

fn undoing_of(id: &str) -> Confirmation {
    Confirmation {
        place: Place::Decisions,
        title: "Take this decision back?".to_owned(),
        consequences: vec![
            "The resource is again what its records make of it, without this decision. The search shows it at once."
                .to_owned(),
            "Both the decision and that it was taken back stay on record.".to_owned(),
        ],
        action: format!("/admin/decisions/{}/undo", segment(id)),
        hidden: Vec::new(),
        why: Why::Asked,
        button: "Take it back",
        back: "/admin/decisions".to_owned(),
    }
}

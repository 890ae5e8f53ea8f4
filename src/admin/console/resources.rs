//! One resource: what was decided about it, and deciding: hiding it, correcting a field, locking one. Each says why.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use schemas::ResourceId;
use serde_json::{Value, json};

use super::answers::List;
use super::decisions::Decided;
use super::form::Form;
use super::frame::{Frame, Place, framed};
use super::pager::Pager;
use super::pins::resource_in;
use super::refused::{Mistake, Refused};
use super::visit::{Visit, back_to, segment};
use crate::app::App;
use crate::catalogue::ResourceState;
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};
use crate::web::path::PathId;

#[derive(Template)]
#[template(path = "admin/resource.html")]
struct ResourcePage {
    layout: Layout,
    frame: Frame,
    id: String,
    /// What it is called, while it is published.
    title: Option<String>,
    /// Why it is not published.
    not_shown: Option<String>,
    is_hidden: bool,
    decisions: Vec<Decided>,
    pager: Pager,
    mistakes: Vec<Mistake>,
    /// What was sent and cannot be used.
    sent: Form,
}

impl ResourcePage {
    /// What was written into one field of the form of this kind.
    fn typed(&self, kind: &str, field: &str) -> &str {
        if self.sent.text("kind") == kind { self.sent.text(field) } else { "" }
    }
}

/// Leads to the page of a resource that was named by its id or its address.
pub(super) async fn find_resource(Extension(visit): Extension<Visit>) -> Response {
    let id = resource_in(visit.value("of").unwrap_or_default());
    if id.is_empty() {
        return back_to("/admin/decisions", "nothing-chosen");
    }
    Redirect::to(&address_of(id)).into_response()
}

fn address_of(id: &str) -> String {
    format!("/admin/resources/{}", segment(id))
}

/// One resource.
pub(super) async fn show_resource(
    Extension(visit): Extension<Visit>,
    State(app): State<App>,
    PathId(id): PathId,
) -> Result<Response, Refused> {
    resource_page(&visit, &app, id, StatusCode::OK, Vec::new(), Form::default()).await
}

async fn resource_page(
    visit: &Visit,
    app: &App,
    id: String,
    status: StatusCode,
    mistakes: Vec<Mistake>,
    sent: Form,
) -> Result<Response, Refused> {
    let path = format!("/resources/{}/curations{}", segment(&id), visit.passed_on(&["page"]));
    let list: List<Decided> = visit.get(&path).await?;
    let pager = Pager::of(visit, &address_of(&id), &[], &list);
    let (title, not_shown) = match state_of(app, &id).await? {
        Some(ResourceState::Live(entry)) => (Some(entry.resource.title), None),
        Some(ResourceState::Withdrawn { reason, .. }) => (None, Some(reason)),
        Some(ResourceState::Merged { into }) => (None, Some(format!("it was merged into {into}"))),
        None => (None, None),
    };
    let is_hidden = list.results.iter().any(|one| one.decision.kind == "hide" && one.undone.is_none());
    let (layout, frame) = framed(visit, Place::Decisions, &format!("The resource {id}"));
    let decisions = list.results;
    let page = ResourcePage { layout, frame, id, title, not_shown, is_hidden, decisions, pager, mistakes, sent };
    Ok(present_once(status, &page))
}

async fn state_of(app: &App, id: &str) -> Result<Option<ResourceState>, Refused> {
    let Ok(id) = ResourceId::parse(id) else { return Ok(None) };
    app.catalogue.resource(&id).await.map_err(Refused::from)
}

/// Decides about a resource.
pub(super) async fn decide(
    Extension(visit): Extension<Visit>,
    State(app): State<App>,
    PathId(id): PathId,
    form: Form,
) -> Result<Response, Refused> {
    let body = json!({ "decision": decision_in(&form), "why": form.text("why") });
    match visit.post(&format!("/resources/{}/curations", segment(&id)), &body).await {
        Ok(_) => Ok(back_to(&address_of(&id), "decided")),
        Err(refused) if refused.is_about_what_was_sent() => {
            let status = refused.status;
            resource_page(&visit, &app, id, status, refused.into_mistakes(), form).await
        }
        Err(refused) => Err(refused),
    }
}

/// The decision as the API takes it.
fn decision_in(form: &Form) -> Value {
    match form.text("kind") {
        "correct" => json!({ "kind": "correct", "field": form.text("field"), "value": value_in(form.text("value")) }),
        "lock" => json!({ "kind": "lock", "field": form.text("field") }),
        _ => json!({ "kind": "hide", "reason": form.text("reason") }),
    }
}

/// What a field is to say: JSON, or else the text as it stands; nothing takes the value away.
fn value_in(text: &str) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_json_or_else_text_and_nothing_takes_it_away() {
        for (text, expected) in [
            ("", Value::Null),
            ("Soap, made simply", json!("Soap, made simply")),
            ("[\"ks3\", \"ks4\"]", json!(["ks3", "ks4"])),
            ("45", json!(45)),
            ("\"1984\"", json!("1984")),
        ] {
            assert_eq!(value_in(text), expected, "{text}");
        }
    }
}

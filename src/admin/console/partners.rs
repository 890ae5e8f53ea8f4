//! Partners and their keys, and revoking either.

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

/// A partner.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Partner {
    id: String,
    name: String,
    contact: String,
    view: Option<String>,
    created: String,
    revoked: Option<String>,
    keys: Vec<Key>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Key {
    id: String,
    prefix: String,
    created: String,
    revoked: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/partners.html")]
struct PartnersPage {
    layout: Layout,
    frame: Frame,
    partners: Vec<Partner>,
    q: String,
    pager: Pager,
}

/// The partners.
pub(super) async fn list_partners(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let list: List<Partner> = visit.get(&format!("/partners{}", visit.passed_on(&["q", "page"]))).await?;
    let pager = Pager::of(&visit, "/admin/partners", &["q"], &list);
    let q = visit.value("q").unwrap_or_default().to_owned();
    let (layout, frame) = framed(&visit, Place::Partners, "Partners");
    Ok(present_once(StatusCode::OK, &PartnersPage { layout, frame, partners: list.results, q, pager }))
}

/// Asks before a partner is revoked, and why.
pub(super) async fn ask_revoke(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Response {
    ask(&visit, revocation_of_partner(&id))
}

/// Revokes a partner.
pub(super) async fn revoke_partner(
    Extension(visit): Extension<Visit>,
    PathId(id): PathId,
    form: Form,
) -> Result<Response, Refused> {
    match visit.post(&format!("/partners/{}/revocation", segment(&id)), &json!({ "why": form.text("why") })).await {
        Ok(_) => Ok(back_to("/admin/partners", "partner-revoked")),
        Err(refused) => ask_again(&visit, revocation_of_partner(&id), refused),
    }
}

/// Asks before a key is revoked, and why.
pub(super) async fn ask_revoke_key(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Response {
    ask(&visit, revocation_of_key(&id))
}

/// Revokes a key.
pub(super) async fn revoke_key(
    Extension(visit): Extension<Visit>,
    PathId(id): PathId,
    form: Form,
) -> Result<Response, Refused> {
    match visit.post(&format!("/keys/{}/revocation", segment(&id)), &json!({ "why": form.text("why") })).await {
        Ok(_) => Ok(back_to("/admin/partners", "key-revoked")),
        Err(refused) => ask_again(&visit, revocation_of_key(&id), refused),
    }
}

fn revocation_of_partner(id: &str) -> Confirmation {
    Confirmation {
        place: Place::Partners,
        title: format!("Revoke the partner {id}?"),
        consequences: vec![
            "All its keys end at once, for good: calls that send them are answered with 401.".to_owned(),
            "It can still read everything without a key, as everybody can, and can make itself a new one.".to_owned(),
        ],
        action: format!("/admin/partners/{}/revocation", segment(id)),
        hidden: Vec::new(),
        why: Why::Asked,
        button: "Revoke the partner",
        back: "/admin/partners".to_owned(),
    }
}

fn revocation_of_key(id: &str) -> Confirmation {
    Confirmation {
        place: Place::Partners,
        title: "Revoke this key?".to_owned(),
        consequences: vec![
            "It ends at once, for good: calls that send it are answered with 401. Other keys of the partner stand."
                .to_owned(),
        ],
        action: format!("/admin/keys/{}/revocation", segment(id)),
        hidden: Vec::new(),
        why: Why::Asked,
        button: "Revoke the key",
        back: "/admin/partners".to_owned(),
    }
}

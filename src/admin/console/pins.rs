//! Pins: what stands first or last for one search, with a new one at the head of the list.

use askama::Template;
use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::List;
use super::confirm::{Confirmation, Why, ask};
use super::form::Form;
use super::frame::{Frame, Place, framed};
use super::pager::Pager;
use super::refused::{Mistake, Refused};
use super::visit::{Visit, back_to, segment};
use crate::catalogue::{PinAction, PinState};
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};
use crate::web::path::PathId;

/// A pin.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pin {
    id: String,
    query: String,
    action: String,
    resource: String,
    merged_into: Option<String>,
    live: bool,
    position: Option<u64>,
    owner: String,
    reason: String,
    expires: String,
    state: String,
    who: String,
    at: String,
}

/// A new pin as it was filled in.
#[derive(Debug, Default)]
struct NewPin {
    query: String,
    action: String,
    resource: String,
    position: String,
    owner: String,
    reason: String,
    expires: String,
}

impl NewPin {
    fn read(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            query: text("query"),
            action: text("action"),
            resource: text("resource"),
            position: text("position"),
            owner: text("owner"),
            reason: text("reason"),
            expires: text("expires"),
        }
    }

    /// As the API takes it. A place that is no number is sent as one that no pin has, so that it is told of with the rest.
    fn body(&self) -> Value {
        let position = match self.position.as_str() {
            "" => None,
            text => Some(text.parse::<i64>().unwrap_or(-1)),
        };
        json!({
            "query": self.query, "action": self.action, "resource": resource_in(&self.resource), "position": position,
            "owner": self.owner, "reason": self.reason, "expires": self.expires,
        })
    }
}

/// The id of a resource, also where its whole address was pasted.
pub(super) fn resource_in(text: &str) -> &str {
    let path = text.split(['?', '#']).next().unwrap_or(text).trim_end_matches('/');
    path.rsplit_once("/resources/").map_or(path, |(_, id)| id)
}

#[derive(Template)]
#[template(path = "admin/pins.html")]
struct PinsPage {
    layout: Layout,
    frame: Frame,
    pins: Vec<Pin>,
    states: Vec<(&'static str, bool)>,
    actions: [&'static str; PinAction::ALL.len()],
    new: NewPin,
    mistakes: Vec<Mistake>,
    pager: Pager,
}

impl PinsPage {
    /// What is wrong with one field of the form.
    fn wrong(&self, field: &str) -> Option<&str> {
        self.mistakes.iter().find(|mistake| mistake.parameter == field).map(|mistake| mistake.detail.as_str())
    }
}

/// The pins.
pub(super) async fn list_pins(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    pins_page(&visit, StatusCode::OK, NewPin::default(), Vec::new()).await
}

async fn pins_page(
    visit: &Visit,
    status: StatusCode,
    new: NewPin,
    mistakes: Vec<Mistake>,
) -> Result<Response, Refused> {
    let list: List<Pin> = visit.get(&format!("/pins{}", visit.passed_on(&["state", "page"]))).await?;
    let pager = Pager::of(visit, "/admin/pins", &["state"], &list);
    let chosen = visit.value("state").unwrap_or_default();
    let states = PinState::ALL.iter().map(|state| (state.name(), state.name() == chosen)).collect();
    let (layout, frame) = framed(visit, Place::Pins, "Pins");
    let actions = PinAction::ALL.map(PinAction::name);
    let page = PinsPage { layout, frame, pins: list.results, states, actions, new, mistakes, pager };
    Ok(present_once(status, &page))
}

/// Puts a resource first or last for a search.
pub(super) async fn create_pin(Extension(visit): Extension<Visit>, form: Form) -> Result<Response, Refused> {
    let new = NewPin::read(&form);
    match visit.post("/pins", &new.body()).await {
        Ok(_) => Ok(back_to("/admin/pins", "pin-made")),
        Err(refused) if refused.is_about_what_was_sent() => {
            let status = refused.status;
            pins_page(&visit, status, new, refused.into_mistakes()).await
        }
        Err(refused) => Err(refused),
    }
}

/// Asks before a pin is taken back.
pub(super) async fn ask_undo(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Response {
    let asked = Confirmation {
        place: Place::Pins,
        title: "Take this pin back?".to_owned(),
        consequences: vec!["The search orders its results without it, from now on.".to_owned()],
        action: format!("/admin/pins/{}/undo", segment(&id)),
        hidden: Vec::new(),
        why: Why::NotAsked,
        button: "Take it back",
        back: "/admin/pins".to_owned(),
    };
    ask(&visit, asked)
}

/// Takes a pin back.
pub(super) async fn undo_pin(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    visit.post(&format!("/pins/{}/undo", segment(&id)), &json!({})).await?;
    Ok(back_to("/admin/pins", "pin-undone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_named_by_its_id_or_its_address() {
        for (text, expected) in [
            ("011rmn2hc4hg4kvz", "011rmn2hc4hg4kvz"),
            ("https://signpost.example/resources/011rmn2hc4hg4kvz?words=wales", "011rmn2hc4hg4kvz"),
            ("/resources/011rmn2hc4hg4kvz/", "011rmn2hc4hg4kvz"),
            ("", ""),
        ] {
            assert_eq!(resource_in(text), expected, "{text}");
        }
    }

    #[test]
    fn a_place_that_is_no_number_is_told_of_by_the_api() {
        let place = |text: &str| NewPin { position: text.to_owned(), ..NewPin::default() }.body()["position"].clone();
        assert_eq!((place(""), place("2"), place("two")), (Value::Null, json!(2), json!(-1)));
    }
}

//! Views: what partners preset for their own pages, and the service's own; and deleting one.

use std::collections::BTreeMap;

use askama::Template;
use axum::Extension;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::answers::List;
use super::confirm::{Confirmation, Why, ask};
use super::frame::{Frame, Place, framed};
use super::pager::Pager;
use super::refused::Refused;
use super::visit::{Visit, back_to, segment};
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};
use crate::web::path::PathId;

/// A view.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct View {
    name: String,
    title: String,
    /// None for the service's own.
    partner: Option<String>,
    filters: BTreeMap<String, Vec<String>>,
    changed: String,
}

impl View {
    /// "subject: chemistry, physics; level: ks3".
    fn said_filters(&self) -> String {
        let filters = self.filters.iter().map(|(facet, values)| format!("{facet}: {}", values.join(", ")));
        filters.collect::<Vec<_>>().join("; ")
    }
}

#[derive(Template)]
#[template(path = "admin/views.html")]
struct ViewsPage {
    layout: Layout,
    frame: Frame,
    views: Vec<View>,
    pager: Pager,
}

/// The views of all partners.
pub(super) async fn list_views(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let list: List<View> = visit.get(&format!("/views{}", visit.passed_on(&["partner", "page"]))).await?;
    let pager = Pager::of(&visit, "/admin/views", &["partner"], &list);
    let (layout, frame) = framed(&visit, Place::Partners, "Views");
    Ok(present_once(StatusCode::OK, &ViewsPage { layout, frame, views: list.results, pager }))
}

/// Asks before a view is deleted.
pub(super) async fn ask_deletion(Extension(visit): Extension<Visit>, PathId(name): PathId) -> Response {
    let asked = Confirmation {
        place: Place::Partners,
        title: format!("Delete the view {name}?"),
        consequences: vec![
            "Pages that show it, such as a widget on a partner's site, are answered that there is no such view."
                .to_owned(),
            "Keys that are bound to it see everything. Its name is free again.".to_owned(),
        ],
        action: format!("/admin/views/{}/deletion", segment(&name)),
        hidden: Vec::new(),
        why: Why::NotAsked,
        button: "Delete it",
        back: "/admin/views".to_owned(),
    };
    ask(&visit, asked)
}

/// Deletes a view.
pub(super) async fn delete_view(Extension(visit): Extension<Visit>, PathId(name): PathId) -> Result<Response, Refused> {
    visit.send(Method::DELETE, &format!("/views/{}", segment(&name)), &json!({})).await?;
    Ok(back_to("/admin/views", "view-deleted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_view_is_narrowed_to_is_told_in_a_line() {
        let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        let filters = [("level", values(&["ks3"])), ("subject", values(&["chemistry", "physics"]))];
        let filters = filters.into_iter().map(|(facet, values)| (facet.to_owned(), values)).collect();
        let view = View { filters, ..View::default() };
        assert_eq!(view.said_filters(), "level: ks3; subject: chemistry, physics");
    }
}

//! Suspected duplicates: records that read as one, what was made of them and why; and making two resources one.

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
use crate::catalogue::VERDICTS;
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once};

/// Two records that read as one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Match {
    records: Vec<Matched>,
    score: f64,
    contributions: Vec<Contribution>,
    /// joined, or why it was not followed; none while it waits to be decided.
    verdict: Option<String>,
}

impl Match {
    /// The resources of the two where they are not one already.
    fn apart(&self) -> Option<(&str, &str)> {
        match self.records.as_slice() {
            [one, other] if one.resource != other.resource => Some((one.resource.as_str(), other.resource.as_str())),
            _ => None,
        }
    }

    /// How much speaks for it, to two places.
    fn said_score(&self) -> String {
        format!("{:.2}", self.score)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Matched {
    source: String,
    identifier: String,
    url: Option<String>,
    title: String,
    resource: String,
}

/// What one field says about it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Contribution {
    what: String,
    weight: f64,
    detail: String,
}

impl Contribution {
    fn said_weight(&self) -> String {
        format!("{:+.2}", self.weight)
    }
}

#[derive(Template)]
#[template(path = "admin/duplicates.html")]
struct DuplicatesPage {
    layout: Layout,
    frame: Frame,
    matches: Vec<Match>,
    verdicts: Vec<(&'static str, bool)>,
    source: String,
    pager: Pager,
}

/// The matches, the closest first.
pub(super) async fn list_matches(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let asked = visit.passed_on(&["verdict", "source", "page"]);
    let list: List<Match> = visit.get(&format!("/matches{asked}")).await?;
    let pager = Pager::of(&visit, "/admin/duplicates", &["verdict", "source"], &list);
    let chosen = visit.value("verdict").unwrap_or_default();
    let verdicts = VERDICTS.iter().map(|name| (*name, *name == chosen)).collect();
    let source = visit.value("source").unwrap_or_default().to_owned();
    let (layout, frame) = framed(&visit, Place::Duplicates, "Suspected duplicates");
    let page = DuplicatesPage { layout, frame, matches: list.results, verdicts, source, pager };
    Ok(present_once(StatusCode::OK, &page))
}

/// Asks before two resources are made one, and why.
pub(super) async fn ask_merge(Extension(visit): Extension<Visit>) -> Response {
    let (one, into) = (visit.value("one").unwrap_or_default(), visit.value("into").unwrap_or_default());
    ask(&visit, merge_of(one, into))
}

/// Makes two resources one.
pub(super) async fn merge(Extension(visit): Extension<Visit>, form: Form) -> Result<Response, Refused> {
    let (one, into) = (form.text("one"), form.text("into"));
    let body = json!({ "decision": { "kind": "merge", "into": into }, "why": form.text("why") });
    match visit.post(&format!("/resources/{}/curations", segment(one)), &body).await {
        Ok(_) => Ok(back_to("/admin/duplicates", "merged")),
        Err(refused) => ask_again(&visit, merge_of(one, into), refused),
    }
}

fn merge_of(one: &str, into: &str) -> Confirmation {
    Confirmation {
        place: Place::Duplicates,
        title: "Make these two resources one?".to_owned(),
        consequences: vec![
            format!("The resource {one} is given up: all its records become records of {into}, field by field."),
            format!("The address of {one} leads to {into} from then on. The search shows it at once."),
            "No later harvest undoes it; you can, under Decisions.".to_owned(),
        ],
        action: "/admin/duplicates/merge".to_owned(),
        hidden: vec![("one", one.to_owned()), ("into", into.to_owned())],
        why: Why::Asked,
        button: "Make them one",
        back: "/admin/duplicates".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_resources_can_be_made_one() {
        let record = |resource: &str| Matched { resource: resource.to_owned(), ..Matched::default() };
        let apart = Match { records: vec![record("a"), record("b")], ..Match::default() };
        assert_eq!(apart.apart(), Some(("a", "b")));
        let joined = Match { records: vec![record("a"), record("a")], ..Match::default() };
        assert_eq!((joined.apart(), Match::default().apart()), (None, None));
    }
}

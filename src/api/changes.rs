//! `GET /v1/changes`: what has happened to resources since a place in the log, for everyone who keeps a copy.
//!
//! A copy begins with `/v1/export.ndjson`, whose header `Index-Seq` is the first `after`. From then on it asks for what
//! came after the last place that it has seen, in strict order.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use schemas::ResourceId;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::openapi::{parameter, up_to, whole_number};
use crate::app::App;
use crate::catalogue::{ChangeOp, ChangeRow, ChangesPage, ResourceState};
use crate::error::AppError;
use crate::web::etag;
use crate::web::links::Links;
use crate::web::mistakes::Mistakes;
use crate::web::problem::{Problem, Withdrawal};
use crate::web::values::Values;

const PATH: &str = "/v1/changes";
/// What is read in a moment.
const DEFAULT_LIMIT: usize = 100;
/// A resource is some 5 KB, so that an answer stays at some megabytes.
const MAX_LIMIT: usize = 1_000;
/// The greatest whole number that every reader of JSON holds exactly. Source: RFC 8259, section 6.
const MAX_SEQ: u64 = (1 << 53) - 1;

/// A part of the change log.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeList {
    /// The changes, in their order; each `seq` comes once and higher ones later. Empty when nothing is new.
    pub results: Vec<ChangeAnswer>,
    /// The `after` of the next call; that of this one when nothing is new.
    pub next: u64,
    /// The last change there is. When it is `next`, a copy is in step.
    pub head: u64,
    /// This address, and the next one when there is more now.
    pub links: Links,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeAnswer {
    /// Its place in the log.
    pub seq: u64,
    /// What happened.
    pub op: ChangeOpAnswer,
    /// The resource it happened to.
    pub id: String,
    /// When, RFC 3339.
    pub at: String,
    /// Of one that was created or changed: the resource as it is published now, as `/v1/resources/{id}` gives it. Left out
    /// where it is no more; a later change then says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = crate::api::openapi::Resource)]
    pub resource: Option<Box<RawValue>>,
    /// Of one that was withdrawn and is so now: why and when. Left out where it was merged, and where it is back; a later
    /// change then brings it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Withdrawal)]
    pub withdrawn: Option<Withdrawal>,
    /// Of one that was withdrawn because it turned out to be another: the id of that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub merged_into: Option<String>,
}

/// What happened to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeOpAnswer {
    /// It is new.
    Created,
    /// It says something else, its records are others, or it is back.
    Changed,
    /// It is withdrawn, or was merged into another: take it out of a copy.
    Withdrawn,
}

impl From<ChangeOp> for ChangeOpAnswer {
    fn from(op: ChangeOp) -> Self {
        match op {
            ChangeOp::Created => Self::Created,
            ChangeOp::Changed => Self::Changed,
            ChangeOp::Withdrawn => Self::Withdrawn,
        }
    }
}

/// The parameters of the change log.
pub struct ChangeParameters;

impl utoipa::IntoParams for ChangeParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let after = "Changes after this place: `next` of the last answer, or `Index-Seq` of an export; 0, the beginning, \
                     when left out.";
        let limit = format!("At most so many; {DEFAULT_LIMIT} when left out.");
        #[expect(clippy::cast_precision_loss, reason = "it is the greatest that loses none")]
        let most = MAX_SEQ as f64;
        vec![
            parameter("after", after, whole_number(0, u32::MAX).maximum(Some(most)), 0),
            parameter("limit", &limit, up_to(MAX_LIMIT), 10),
        ]
    }
}

/// What has happened to resources since a place in the log.
///
/// To keep a copy: put in or replace what a change brings as `resource`, take out what was `withdrawn`, and ask again with
/// `after` = `next`. Begin with `/v1/export.ndjson` and its header `Index-Seq`.
#[utoipa::path(
    get, path = "/v1/changes", tag = "Changes", operation_id = "list_changes",
    params(ChangeParameters),
    responses(
        (status = 200, description = "The changes, in strict order", body = ChangeList),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The log ends before `after`: the catalogue was restored from a backup or set up anew, and a copy must begin again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_changes(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let asked = AskedChanges::read(raw.as_deref())?;
    // Read before the changes: an answer may be newer than its tag says, and never older.
    let head = app.store()?.head_seq().await?;
    if asked.after > head {
        return Err(beyond_the_log(asked.after, head));
    }
    let tag = etag::of_parts(&["changes", &head.to_string(), &asked.address(asked.after)]);
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let page = app.store()?.changes_page(asked.after, asked.limit).await?;
    Ok(etag::with_tag(Json(present(&asked, &page)?).into_response(), &tag))
}

/// Which part of the log is asked for.
#[derive(Debug, PartialEq, Eq)]
struct AskedChanges {
    after: u64,
    limit: usize,
}

impl AskedChanges {
    fn read(raw: Option<&str>) -> Result<Self, AppError> {
        let mut mistakes = Mistakes::default();
        let values = Values::read(raw, &["after", "limit"], &mut mistakes);
        let after = values.number("after", 0..=MAX_SEQ, &mut mistakes);
        let limit = values.number("limit", 1..=MAX_LIMIT, &mut mistakes);
        mistakes.into_result().map_err(AppError::BadRequest)?;
        Ok(Self { after: after.unwrap_or(0), limit: limit.unwrap_or(DEFAULT_LIMIT) })
    }

    /// The address of the same question from this place on.
    fn address(&self, after: u64) -> String {
        if self.limit == DEFAULT_LIMIT {
            return format!("{PATH}?after={after}");
        }
        format!("{PATH}?after={after}&limit={}", self.limit)
    }
}

fn beyond_the_log(after: u64, head: u64) -> AppError {
    let reason = format!(
        "the change log ends at {head}, before {after}: this catalogue was restored from a backup or set up anew; take \
         /v1/export.ndjson again and go on from its Index-Seq"
    );
    AppError::Conflict { reason }
}

fn present(asked: &AskedChanges, page: &ChangesPage) -> Result<ChangeList, AppError> {
    // A resource that changed often comes as often, and is written as JSON once.
    let mut written: HashMap<&ResourceId, Box<RawValue>> = HashMap::new();
    for (id, state) in &page.states {
        if let ResourceState::Live(entry) = state {
            written.insert(id, to_raw_value(&entry.resource).map_err(|error| AppError::Internal(error.into()))?);
        }
    }
    let results = page.changes.iter().map(|change| present_change(change, &page.states, &written)).collect();
    let next = page.changes.last().map_or(asked.after, |change| change.seq);
    let links =
        Links { this: asked.address(asked.after), next: (next < page.head).then(|| asked.address(next)), prev: None };
    Ok(ChangeList { results, next, head: page.head, links })
}

fn present_change(
    change: &ChangeRow,
    states: &HashMap<ResourceId, ResourceState>,
    written: &HashMap<&ResourceId, Box<RawValue>>,
) -> ChangeAnswer {
    let mut answer = ChangeAnswer {
        seq: change.seq,
        op: change.op.into(),
        id: change.resource.to_string(),
        at: change.at.clone(),
        resource: None,
        withdrawn: None,
        merged_into: None,
    };
    match (change.op, states.get(&change.resource)) {
        (ChangeOp::Created | ChangeOp::Changed, _) => answer.resource = written.get(&change.resource).cloned(),
        (ChangeOp::Withdrawn, Some(ResourceState::Withdrawn { reason, at })) => {
            answer.withdrawn = Some(Withdrawal { reason: reason.clone(), at: at.clone() });
        }
        (ChangeOp::Withdrawn, Some(ResourceState::Merged { into })) => answer.merged_into = Some(into.to_string()),
        (ChangeOp::Withdrawn, Some(ResourceState::Live(_)) | None) => {}
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(seq: u64, id: &ResourceId, op: ChangeOp) -> ChangeRow {
        ChangeRow { seq, resource: id.clone(), op, at: "2026-11-21T09:00:00Z".to_owned() }
    }

    #[test]
    fn a_withdrawn_resource_comes_with_its_reason_and_a_merged_one_with_where_it_went() {
        let [gone, merged, other] = ["gone", "merged", "other"].map(ResourceId::founded_on);
        let at = "2026-11-21T10:00:00Z".to_owned();
        let page = ChangesPage {
            head: 9,
            changes: vec![
                change(3, &gone, ChangeOp::Created),
                change(5, &gone, ChangeOp::Withdrawn),
                change(7, &merged, ChangeOp::Withdrawn),
            ],
            states: HashMap::from([
                (gone, ResourceState::Withdrawn { reason: "its catalogue no longer lists it".to_owned(), at }),
                (merged, ResourceState::Merged { into: other.clone() }),
            ]),
        };
        let list = present(&AskedChanges { after: 2, limit: 3 }, &page).unwrap();
        let [created, withdrawn, merged] = &list.results[..] else { panic!("{list:?}") };
        assert!(created.op == ChangeOpAnswer::Created && created.resource.is_none() && created.withdrawn.is_none());
        assert_eq!(withdrawn.withdrawn.as_ref().map(|one| one.at.as_str()), Some("2026-11-21T10:00:00Z"));
        assert_eq!((&merged.merged_into, merged.withdrawn.is_none()), (&Some(other.to_string()), true));
        assert_eq!((list.next, list.links.next.as_deref()), (7, Some("/v1/changes?after=7&limit=3")));
    }

    #[test]
    fn where_nothing_is_new_the_next_call_is_this_one() {
        let page = ChangesPage { head: 9, changes: Vec::new(), states: HashMap::new() };
        let list = present(&AskedChanges { after: 9, limit: DEFAULT_LIMIT }, &page).unwrap();
        assert_eq!((list.next, list.links.next, list.links.this.as_str()), (9, None, "/v1/changes?after=9"));
    }

    #[test]
    fn a_place_is_a_whole_number_and_every_mistake_is_told_at_once() {
        assert_eq!(AskedChanges::read(None).unwrap(), AskedChanges { after: 0, limit: 100 });
        assert_eq!(AskedChanges::read(Some("after=&limit=1000")).unwrap().limit, 1_000);
        let Err(AppError::BadRequest(told)) = AskedChanges::read(Some("after=-1&limit=1001&since=5")) else {
            panic!("it is refused")
        };
        let names: Vec<&str> = told.iter().map(|mistake| mistake.parameter.as_str()).collect();
        assert_eq!(names, ["since", "after", "limit"]);
        assert!(AskedChanges::read(Some("after=9007199254740992")).is_err());
    }
}

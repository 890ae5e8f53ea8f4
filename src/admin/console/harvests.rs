//! Harvests: the last of each source; one with its counts, its problems and what can be done about it; and, of a held
//! one, what it would take away, to be approved in whole or in part.

use askama::Template;
use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::answers::{Job, List, Problem, Run, Source};
use super::confirm::{Confirmation, Why, ask};
use super::form::Form;
use super::frame::{Frame, Place, framed};
use super::pager::Pager;
use super::refused::Refused;
use super::sources::job_address;
use super::visit::{Visit, back_to, segment};
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};
use crate::web::path::PathId;

/// Records of a held run on one page: as many as one looks through, and no longer form than is taken.
const HELD_ON_A_PAGE: u64 = 100;

#[derive(Template)]
#[template(path = "admin/harvests.html")]
struct HarvestsPage {
    layout: Layout,
    frame: Frame,
    /// Those that have been harvested, the latest run first.
    sources: Vec<Source>,
    /// Harvests that wait or run.
    jobs: Vec<Job>,
}

/// The last harvest of each source.
pub(super) async fn list_harvests(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let mut sources = visit.get::<List<Source>>("/sources").await?.results;
    sources.retain(|source| source.last_harvest.is_some());
    sources.sort_by_key(|source| source.last_harvest.as_ref().map(|run| std::cmp::Reverse(run.started.clone())));
    let jobs = visit.get::<List<Job>>("/jobs").await?.results;
    let jobs = jobs.into_iter().filter(|job| !job.has_ended() && job.kind == "harvest").collect();
    let (layout, frame) = framed(&visit, Place::Harvests, "Harvests");
    Ok(present_once(StatusCode::OK, &HarvestsPage { layout, frame, sources, jobs }))
}

/// A harvest and its first problems.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Report {
    source: String,
    #[serde(flatten)]
    run: Run,
    /// Why it cannot be rolled back now.
    not_to_be_rolled_back: Option<String>,
    /// What rolling it back would change; nothing where it cannot be.
    would_roll_back: Option<WouldRollBack>,
    first_problems: Vec<Problem>,
}

/// What rolling a harvest back would change, in records.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WouldRollBack {
    restored: u64,
    returning: u64,
    withdrawn: u64,
}

async fn report(visit: &Visit, id: &str) -> Result<Report, Refused> {
    visit.get(&format!("/harvests/{}", segment(id))).await
}

#[derive(Template)]
#[template(path = "admin/harvest.html")]
struct HarvestPage {
    layout: Layout,
    frame: Frame,
    report: Report,
    /// Of one that runs: the job that it is the work of.
    job: Option<Job>,
    /// Of one that is held: how many records it would take away still, "28 records".
    held: Option<String>,
}

/// One harvest.
pub(super) async fn show_harvest(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let report = report(&visit, &id).await?;
    let state = report.run.state.as_str();
    let job = if state == "running" { job_of(&visit, &report.source).await? } else { None };
    let held = if state == "held" { Some(records(difference(&visit, &id, 0, 1).await?.waiting)) } else { None };
    let (layout, frame) = framed(&visit, Place::Harvests, &format!("Harvest of {}", report.source));
    Ok(present_once(StatusCode::OK, &HarvestPage { layout, frame, report, job, held }))
}

async fn job_of(visit: &Visit, source: &str) -> Result<Option<Job>, Refused> {
    let jobs = visit.get::<List<Job>>("/jobs").await?.results;
    Ok(jobs.into_iter().find(|job| job.state == "running" && job.subject.as_deref() == Some(source)))
}

/// A record that a held run would take away.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Held {
    identifier: String,
    cause: String,
    approved: bool,
    title: String,
    url: Option<String>,
    resource: String,
}

/// A page of what a held run would take away.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Difference {
    results: Vec<Held>,
    /// Those that were approved among them.
    total: u64,
    waiting: u64,
}

async fn difference(visit: &Visit, id: &str, offset: u64, limit: u64) -> Result<Difference, Refused> {
    visit.get(&format!("/harvests/{}/difference?offset={offset}&limit={limit}", segment(id))).await
}

#[derive(Template)]
#[template(path = "admin/difference.html")]
struct DifferencePage {
    layout: Layout,
    frame: Frame,
    id: String,
    source: String,
    held: Vec<Held>,
    total: u64,
    waiting: u64,
    pager: Pager,
}

/// What a held harvest would take away, a page at a time.
pub(super) async fn show_difference(
    Extension(visit): Extension<Visit>,
    PathId(id): PathId,
) -> Result<Response, Refused> {
    let page = visit.value("page").and_then(|text| text.parse::<u64>().ok()).unwrap_or(1).max(1);
    let offset = (page - 1).saturating_mul(HELD_ON_A_PAGE);
    let Difference { results, total, waiting } = difference(&visit, &id, offset, HELD_ON_A_PAGE).await?;
    let list = List { results, total, page, per_page: HELD_ON_A_PAGE };
    let source = report(&visit, &id).await?.source;
    let pager = Pager::of(&visit, &format!("/admin/harvests/{}/difference", segment(&id)), &[], &list);
    let (layout, frame) = framed(&visit, Place::Harvests, &format!("What the harvest of {source} would take away"));
    let page = DifferencePage { layout, frame, id, source, held: list.results, total, waiting, pager };
    Ok(present_once(StatusCode::OK, &page))
}

/// Asks before all that a held harvest would take away is let go.
pub(super) async fn ask_approval(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let Difference { total, waiting, .. } = difference(&visit, &id, 0, 1).await?;
    let all = if waiting < total { "the other" } else { "all" };
    let asked = Confirmation {
        place: Place::Harvests,
        title: format!("Let {all} {} go?", records(waiting)),
        consequences: vec![
            "The run saw none of them, or their source says that they are no more. They leave the search at once, \
             however long they have been missing."
                .to_owned(),
            "The address of each keeps answering, with the reason and the date. What comes back in a later harvest is \
             shown again."
                .to_owned(),
        ],
        action: format!("/admin/harvests/{}/approval", segment(&id)),
        hidden: vec![("all", "yes".to_owned())],
        why: Why::NotAsked,
        button: "Let them all go",
        back: format!("/admin/harvests/{}/difference", segment(&id)),
    };
    Ok(ask(&visit, asked))
}

/// Says yes to what a held harvest would take away: to all of it, or to what was chosen.
pub(super) async fn approve(
    Extension(visit): Extension<Visit>,
    PathId(id): PathId,
    form: Form,
) -> Result<Response, Refused> {
    let chosen = form.all("identifier");
    let body = if form.has("all") { json!({ "all": true }) } else { json!({ "identifiers": chosen }) };
    let page = format!("/admin/harvests/{}", segment(&id));
    if !form.has("all") && chosen.is_empty() {
        return Ok(back_to(&format!("{page}/difference"), "nothing-chosen"));
    }
    let approved = visit.post(&format!("/harvests/{}/approval", segment(&id)), &body).await?;
    let rest_waits = approved["waiting"].as_u64().is_some_and(|waiting| waiting > 0);
    Ok(back_to(&page, if rest_waits { "approved-in-part" } else { "approved" }))
}

/// Asks before a harvest is rolled back.
pub(super) async fn ask_roll_back(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let Report { run, source, would_roll_back, .. } = report(&visit, &id).await?;
    let would = would_roll_back.unwrap_or_default();
    let asked = Confirmation {
        place: Place::Harvests,
        title: format!("Roll back the harvest of {source}?"),
        consequences: vec![
            format!(
                "Everything is put back as it was before {}: {} that it changed or took away, of which {} back into \
                 the search. What it brought is withdrawn: {}.",
                wording::moment(&run.started),
                records(would.restored),
                come(would.returning),
                records(would.withdrawn)
            ),
            "Searches follow at once. Only the newest run that changed anything can be rolled back.".to_owned(),
            "The next harvest reads the source anew and would bring the same again: disable the source first, unless \
             it has been put right."
                .to_owned(),
        ],
        action: format!("/admin/harvests/{}/rollback", segment(&id)),
        hidden: Vec::new(),
        why: Why::NotAsked,
        button: "Roll it back",
        back: format!("/admin/harvests/{}", segment(&id)),
    };
    Ok(ask(&visit, asked))
}

/// "1 record", "28 records".
fn records(count: u64) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{} records", wording::thousands(count)) }
}

/// "1 comes", "28 come".
fn come(count: u64) -> String {
    if count == 1 { "1 comes".to_owned() } else { format!("{} come", wording::thousands(count)) }
}

/// Rolls a harvest back.
pub(super) async fn roll_back(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let job = visit.post(&format!("/harvests/{}/rollback", segment(&id)), &json!({})).await?;
    let page = format!("/admin/harvests/{}", segment(&id));
    Ok(back_to(&job_address(&job, &page), "rollback-queued"))
}

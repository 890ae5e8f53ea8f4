//! Sources: all of them with how they do; one with its facts, a preview, its schedule and its runs; and what is done to it.

use askama::Template;
use axum::Extension;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::answers::{Alarm, List, Problem, Run, Source, UnmappedWord};
use super::confirm::{Confirmation, Why, ask, ask_again};
use super::form::Form;
use super::frame::{Frame, Place, framed};
use super::refused::{Mistake, Refused};
use super::visit::{Visit, back_to, segment};
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};
use crate::web::path::PathId;

/// What one may choose as the schedule of a source; another is written into its text. Source: DESIGN, section 4.
const SCHEDULES: [&str; 5] = ["manual", "hourly", "daily", "weekly", "monthly"];
/// Runs that the page of a source shows.
const RUNS: usize = 20;

#[derive(Template)]
#[template(path = "admin/sources.html")]
struct SourcesPage {
    layout: Layout,
    frame: Frame,
    sources: Vec<Source>,
}

/// All sources, those that wait for somebody first.
pub(super) async fn list_sources(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let mut sources = visit.get::<List<Source>>("/sources").await?.results;
    // A stable sort: within each they stay in the order of the API.
    sources.sort_by_key(|source| match source.health().0 {
        "poorly" => 0,
        "well" => 1,
        _ => 2,
    });
    let (layout, frame) = framed(&visit, Place::Sources, "Sources");
    Ok(present_once(StatusCode::OK, &SourcesPage { layout, frame, sources }))
}

#[derive(Template)]
#[template(path = "admin/source.html")]
struct SourcePage {
    layout: Layout,
    frame: Frame,
    source: Source,
    alarms: Vec<Alarm>,
    runs: Vec<Run>,
    schedules: [&'static str; SCHEDULES.len()],
    preview: Option<Preview>,
    /// The schedule that was asked for and cannot be used.
    typed_schedule: Option<String>,
    /// What is wrong with it.
    mistakes: Vec<Mistake>,
}

/// Some records of a source, read as a harvest would read them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Preview {
    records: Vec<PreviewRecord>,
    /// All problems, those of the records among them.
    problems: Vec<Problem>,
    unmapped: Vec<UnmappedWord>,
    /// What its records have and no mapping names.
    unused: Vec<Unused>,
    /// Why it ended before it had read as many as it wanted.
    ended: Option<String>,
}

impl Preview {
    /// Leaves with the whole the problems that are told at no record.
    fn told_once(mut self) -> Self {
        let records = &self.records;
        self.problems.retain(|problem| !records.iter().any(|record| record.problems.contains(problem)));
        self
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PreviewRecord {
    identifier: String,
    title: String,
    url: Option<String>,
    description: Option<String>,
    /// What it says otherwise, each field in words.
    fields: Vec<PreviewField>,
    problems: Vec<Problem>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PreviewField {
    field: String,
    values: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Unused {
    name: String,
    records: u64,
    example: String,
}

/// One source.
pub(super) async fn show_source(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    source_page(&visit, &id, StatusCode::OK, None, None).await
}

/// Reads some records of a source and shows what would become of them. Nothing is stored.
pub(super) async fn preview_source(
    Extension(visit): Extension<Visit>,
    PathId(id): PathId,
) -> Result<Response, Refused> {
    let (status, preview) = match visit.post(&format!("/sources/{}/preview", segment(&id)), &json!({})).await {
        Ok(answer) => (StatusCode::OK, serde_json::from_value::<Preview>(answer).map_err(anyhow::Error::from)?),
        // Nobody was asked: why stands where the records would.
        Err(refused) if refused.status == StatusCode::CONFLICT => {
            (refused.status, Preview { ended: Some(refused.detail), ..Preview::default() })
        }
        Err(refused) => return Err(refused),
    };
    source_page(&visit, &id, status, Some(preview.told_once()), None).await
}

async fn source_page(
    visit: &Visit,
    id: &str,
    status: StatusCode,
    preview: Option<Preview>,
    wrong_schedule: Option<(String, Vec<Mistake>)>,
) -> Result<Response, Refused> {
    let path = format!("/sources/{}", segment(id));
    let source: Source = visit.get(&path).await?;
    let mut runs = visit.get::<List<Run>>(&format!("{path}/harvests")).await?.results;
    runs.truncate(RUNS);
    let alarms = visit.get::<List<Alarm>>("/alarms").await?.results;
    let alarms = alarms.into_iter().filter(|alarm| alarm.source == source.id).collect();
    let (layout, frame) = framed(visit, Place::Sources, &source.name);
    let (typed_schedule, mistakes) = wrong_schedule.unzip();
    let mistakes = mistakes.unwrap_or_default();
    let page =
        SourcePage { layout, frame, source, alarms, runs, schedules: SCHEDULES, preview, typed_schedule, mistakes };
    Ok(present_once(status, &page))
}

/// Enables or disables a source.
pub(super) async fn enable_source(
    Extension(visit): Extension<Visit>,
    PathId(id): PathId,
    form: Form,
) -> Result<Response, Refused> {
    let is_enabled = form.text("enabled") == "yes";
    let path = format!("/sources/{}/enabling", segment(&id));
    let answer = visit.post(&path, &json!({ "enabled": is_enabled })).await?;
    // The hint says that nobody has looked at what the source gives.
    let said = match (is_enabled, answer["hint"].is_string()) {
        (true, true) => "source-enabled-unseen",
        (true, false) => "source-enabled",
        (false, _) => "source-disabled",
    };
    Ok(back_to(&address_of(&id), said))
}

/// Sets how often a source is harvested; blank for what the source itself says.
pub(super) async fn schedule_source(
    Extension(visit): Extension<Visit>,
    PathId(id): PathId,
    form: Form,
) -> Result<Response, Refused> {
    let schedule = form.given("schedule");
    let path = format!("/sources/{}/schedule", segment(&id));
    match visit.send(Method::PUT, &path, &json!({ "schedule": schedule })).await {
        Ok(_) => Ok(back_to(&address_of(&id), if schedule.is_some() { "schedule-set" } else { "schedule-reset" })),
        Err(refused) if !refused.mistakes.is_empty() => {
            let status = refused.status;
            let typed = schedule.unwrap_or_default().to_owned();
            source_page(&visit, &id, status, None, Some((typed, refused.into_mistakes()))).await
        }
        Err(refused) => Err(refused),
    }
}

/// Starts a harvest.
pub(super) async fn harvest_source(
    Extension(visit): Extension<Visit>,
    PathId(id): PathId,
) -> Result<Response, Refused> {
    let job = visit.post(&format!("/sources/{}/harvests", segment(&id)), &json!({})).await?;
    Ok(back_to(&job_address(&job, &address_of(&id)), "harvest-queued"))
}

/// Asks before what was kept of a source is read anew.
pub(super) async fn ask_replay(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let asked = Confirmation {
        place: Place::Sources,
        title: format!("Read what was kept of {id} anew?"),
        consequences: vec![
            "What earlier harvests fetched is mapped again, with the mapping, the accepted words and the program of \
             now. The source is not asked."
                .to_owned(),
            "Records change where they are understood otherwise than before. Nothing goes missing by it.".to_owned(),
        ],
        action: format!("{}/replay", address_of(&id)),
        hidden: Vec::new(),
        why: Why::NotAsked,
        button: "Read it anew",
        back: address_of(&id),
    };
    Ok(ask(&visit, asked))
}

/// Reads what was kept of a source anew.
pub(super) async fn replay_source(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let job = visit.post(&format!("/sources/{}/replay", segment(&id)), &json!({})).await?;
    Ok(back_to(&job_address(&job, &address_of(&id)), "replay-queued"))
}

/// Asks before a source is retired.
pub(super) async fn ask_removal(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let source: Source = visit.get(&format!("/sources/{}", segment(&id))).await?;
    Ok(ask(&visit, removal_of(&source)))
}

/// Retires a source.
pub(super) async fn remove_source(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let path = format!("/sources/{}", segment(&id));
    match visit.send(Method::DELETE, &path, &json!({})).await {
        Ok(_) => Ok(back_to("/admin/sources", "source-removed")),
        Err(refused) => ask_again(&visit, removal_of(&visit.get::<Source>(&path).await?), refused),
    }
}

fn removal_of(source: &Source) -> Confirmation {
    Confirmation {
        place: Place::Sources,
        title: format!("Retire {}?", source.name),
        consequences: vec![
            "It is not harvested any more, and its text is taken out of the list of sources.".to_owned(),
            format!(
                "Its {} resources stay in the search until each is withdrawn or hidden; what it said and when stays \
                 on record.",
                wording::thousands(source.resources)
            ),
        ],
        action: format!("{}/removal", address_of(&source.id)),
        hidden: Vec::new(),
        why: Why::NotAsked,
        button: "Retire it",
        back: address_of(&source.id),
    }
}

/// The page of a source.
pub(super) fn address_of(id: &str) -> String {
    format!("/admin/sources/{}", segment(id))
}

/// The page of a job that was just queued.
pub(super) fn job_address(job: &serde_json::Value, otherwise: &str) -> String {
    match job["id"].as_str() {
        Some(id) => format!("/admin/jobs/{}", segment(id)),
        None => otherwise.to_owned(),
    }
}

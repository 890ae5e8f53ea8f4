//! The overview: what needs somebody now, first; then the nodes, what runs, the index, the last backup and a few figures.
//!
//! It shows what can be known: a part that cannot be asked for is left out, and it says that the store does not answer.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};

use super::answers::{Alarm, Job, List, Source};
use super::frame::{Frame, Place, framed};
use super::refused::Refused;
use super::sources::address_of;
use super::visit::{Visit, segment};
use crate::app::App;
use crate::catalogue::{DriftRow, NodeRow};
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};
use crate::web::health::what_is_not_well;

/// What failed, and what drifted, is told here for a week; later it is in the lists.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Jobs of one kind that are told of here; more of them have the same cause mostly.
const FAILED_JOBS: usize = 5;

/// Something that needs somebody.
#[derive(Debug, PartialEq, Eq)]
struct Need {
    what: String,
    detail: String,
    href: String,
}

impl Need {
    fn new(what: impl Into<String>, detail: impl Into<String>, href: impl Into<String>) -> Self {
        Self { what: what.into(), detail: detail.into(), href: href.into() }
    }
}

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct OverviewPage {
    layout: Layout,
    frame: Frame,
    needs: Vec<Need>,
    nodes: Vec<NodeRow>,
    /// Jobs that wait or run.
    jobs: Vec<Job>,
    last_backup: Option<Job>,
    generation: u64,
    position: u64,
    resources: u64,
    sources: usize,
    enabled_sources: usize,
    partners: u64,
    /// Whether something could not be asked for.
    is_partial: bool,
}

/// What is known of the service; blank where it could not be asked for.
#[derive(Debug)]
struct Known {
    alarms: Vec<Alarm>,
    open_reports: u64,
    jobs: Vec<Job>,
    sources: Vec<Source>,
    partners: u64,
    nodes: Vec<NodeRow>,
    drift: Vec<DriftRow>,
    is_partial: bool,
}

impl Known {
    async fn ask(visit: &Visit, app: &App) -> Self {
        let mut is_partial = false;
        let open_reports = visit.get::<List<Blank>>("/reports?state=open&per_page=1").await;
        let nodes = app.catalogue.list_nodes(app.clock.now()).await.map_err(Refused::from);
        let drift = app.catalogue.list_drift().await.map_err(Refused::from);
        Self {
            alarms: or_blank(visit.get::<List<Alarm>>("/alarms").await, &mut is_partial).results,
            open_reports: or_blank(open_reports, &mut is_partial).total,
            jobs: or_blank(visit.get::<List<Job>>("/jobs").await, &mut is_partial).results,
            sources: or_blank(visit.get::<List<Source>>("/sources").await, &mut is_partial).results,
            partners: or_blank(visit.get::<List<Blank>>("/partners?per_page=1").await, &mut is_partial).total,
            nodes: or_blank(nodes, &mut is_partial),
            drift: or_blank(drift, &mut is_partial),
            is_partial,
        }
    }
}

/// What was asked for; blank, and told of, where it could not be asked.
fn or_blank<T: Default>(asked: Result<T, Refused>, is_partial: &mut bool) -> T {
    asked.unwrap_or_else(|_| {
        *is_partial = true;
        T::default()
    })
}

/// Of a list of which only the number counts.
#[derive(Debug, Default, serde::Deserialize)]
struct Blank {}

/// The overview.
pub(super) async fn show_overview(Extension(visit): Extension<Visit>, State(app): State<App>) -> Response {
    let known = Known::ask(&visit, &app).await;
    let needs = needs(&known, &app, what_is_not_well(&app).await);
    let last_backup = known.jobs.iter().position(|job| job.kind == "backup" && job.state == "succeeded");
    let Known { mut jobs, sources, partners, nodes, is_partial, .. } = known;
    let last_backup = last_backup.map(|at| jobs.remove(at));
    jobs.retain(|job| !job.has_ended());
    let (layout, frame) = framed(&visit, Place::Overview, "Overview");
    let page = OverviewPage {
        layout,
        frame,
        needs,
        nodes,
        jobs,
        last_backup,
        generation: app.index.generation(),
        position: app.index.position(),
        resources: app.index.resource_count(),
        enabled_sources: sources.iter().filter(|source| source.enabled).count(),
        sources: sources.len(),
        partners,
        is_partial,
    };
    present_once(StatusCode::OK, &page)
}

/// What needs somebody, the gravest first.
fn needs(known: &Known, app: &App, not_well: Vec<(&str, String)>) -> Vec<Need> {
    let now = app.clock.now();
    let mut needs = Vec::new();
    if let Some(detail) = app.standing.detail() {
        needs.push(Need::new("This node is not well", detail, "/readyz"));
    }
    if app.disk.is_low() {
        needs.push(Need::new("The disk is nearly full", "nothing new is begun until there is room", "/readyz"));
    }
    // Of the store and the disk it has been told.
    for (part, detail) in not_well.into_iter().filter(|(part, _)| !matches!(*part, "store" | "disk")) {
        needs.push(Need::new(format!("Something is the matter: {part}"), detail, "/readyz"));
    }
    for node in known.nodes.iter().filter(|node| node.is_alive && node.id != app.node_id) {
        if let Some(detail) = &node.detail {
            needs.push(Need::new(format!("The node {} is {}", node.name, node.state), detail, "/admin/index"));
        }
    }
    needs.extend(known.sources.iter().filter_map(held_run));
    // Of a held run the run itself is told, which leads to what waits.
    for alarm in known.alarms.iter().filter(|alarm| alarm.kind != "held") {
        needs.push(Need::new(format!("{} is {}", alarm.source, alarm.kind), &alarm.message, address_of(&alarm.source)));
    }
    needs.extend(failed_jobs(&known.jobs, now));
    for row in known.drift.iter().filter(|row| row.drift.found() > 0 && is_recent(Some(row.at.as_str()), now)) {
        let detail = format!("{} resources, of which {} are right again", row.drift.found(), row.drift.repaired);
        needs.push(Need::new("The index of a node was not as the store", detail, "/admin/index"));
    }
    if known.open_reports > 0 {
        let wait = if known.open_reports == 1 { "waits" } else { "wait" };
        let detail = format!("{} {wait} for an answer", wording::thousands(known.open_reports));
        needs.push(Need::new("Reports", detail, "/admin/reports"));
    }
    needs
}

/// The run of a source that waits for somebody to look at what it would take away.
fn held_run(source: &Source) -> Option<Need> {
    let run = source.last_harvest.as_ref().filter(|run| run.state == "held")?;
    let href = format!("/admin/harvests/{}/difference", segment(&run.id));
    Some(Need::new(
        format!("A harvest of {} waits for you", source.name),
        run.reason.as_deref().unwrap_or_default(),
        href,
    ))
}

/// Jobs that failed lately, and that no later one of the same kind and subject has made good.
fn failed_jobs(jobs: &[Job], now: Timestamp) -> Vec<Need> {
    let is_good_now = |failed: &Job, at: usize| {
        jobs[..at]
            .iter()
            .any(|later| later.kind == failed.kind && later.subject == failed.subject && later.state == "succeeded")
    };
    jobs.iter()
        .enumerate()
        .filter(|(_, job)| job.state == "failed" && is_recent(job.finished.as_deref(), now))
        .filter(|(at, job)| !is_good_now(job, *at))
        .take(FAILED_JOBS)
        .map(|(_, job)| {
            let of = job.subject.as_ref().map(|subject| format!(" of {subject}")).unwrap_or_default();
            let href = format!("/admin/jobs/{}", segment(&job.id));
            Need::new(format!("The {}{of} failed", job.kind), job.error.as_deref().unwrap_or_default(), href)
        })
        .collect()
}

fn is_recent(at: Option<&str>, now: Timestamp) -> bool {
    let at: Option<Timestamp> = at.and_then(|text| text.parse().ok());
    at.is_some_and(|at| now.duration_since(at) < TOLD_FOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: &str, state: &str, subject: &str, finished: &str) -> Job {
        Job {
            id: id.to_owned(),
            kind: "harvest".to_owned(),
            state: state.to_owned(),
            subject: Some(subject.to_owned()),
            finished: Some(finished.to_owned()),
            ..Job::default()
        }
    }

    #[test]
    fn a_job_that_failed_needs_somebody_until_a_later_one_went_well() {
        let now: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
        // The newest first, as the API lists them.
        let jobs = [
            job("4", "succeeded", "posters", "2026-11-21T08:00:00Z"),
            job("3", "failed", "films", "2026-11-20T08:00:00Z"),
            job("2", "failed", "posters", "2026-11-20T08:00:00Z"),
            job("1", "failed", "books", "2026-10-20T08:00:00Z"),
        ];
        let told = failed_jobs(&jobs, now);
        assert_eq!(told.iter().map(|need| need.href.as_str()).collect::<Vec<_>>(), ["/admin/jobs/3"]);
        assert_eq!(told[0].what, "The harvest of films failed");
    }
}

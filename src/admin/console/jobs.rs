//! Jobs: what waits, runs and has ended; one, followed while it runs; and calling it off.

use askama::Template;
use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::answers::{Job, List};
use super::confirm::{Confirmation, Why, ask};
use super::frame::{Frame, Place, framed};
use super::refused::Refused;
use super::visit::{Visit, back_to, segment};
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};
use crate::web::path::PathId;

#[derive(Template)]
#[template(path = "admin/jobs.html")]
struct JobsPage {
    layout: Layout,
    frame: Frame,
    jobs: Vec<Job>,
}

/// The jobs, the newest first.
pub(super) async fn list_jobs(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let jobs = visit.get::<List<Job>>("/jobs").await?.results;
    let (layout, frame) = framed(&visit, Place::Jobs, "Jobs");
    Ok(present_once(StatusCode::OK, &JobsPage { layout, frame, jobs }))
}

#[derive(Template)]
#[template(path = "admin/job.html")]
struct JobPage {
    layout: Layout,
    frame: Frame,
    job: Job,
}

/// One job.
pub(super) async fn show_job(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let job: Job = visit.get(&format!("/jobs/{}", segment(&id))).await?;
    let (layout, frame) = framed(&visit, Place::Jobs, &format!("Job: {}", job.kind));
    Ok(present_once(StatusCode::OK, &JobPage { layout, frame, job }))
}

/// Asks before a job is called off.
pub(super) async fn ask_cancel(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let job: Job = visit.get(&format!("/jobs/{}", segment(&id))).await?;
    let what_stays = match job.kind.as_str() {
        "harvest" => "What it has read so far stays; the next harvest of the source goes on from there.",
        "reindex" => "The generation that it was making is dropped. Searches go on from the live one.",
        _ => "What it has done so far stays.",
    };
    let asked = Confirmation {
        place: Place::Jobs,
        title: format!("Call off this {}?", job.kind),
        consequences: vec![
            "A job that waits is taken out of the queue. One that runs stops within seconds.".to_owned(),
            what_stays.to_owned(),
        ],
        action: format!("/admin/jobs/{}/cancellation", segment(&id)),
        hidden: Vec::new(),
        why: Why::NotAsked,
        button: "Call it off",
        back: format!("/admin/jobs/{}", segment(&id)),
    };
    Ok(ask(&visit, asked))
}

/// Calls a job off.
pub(super) async fn cancel_job(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    visit.post(&format!("/jobs/{}/cancellation", segment(&id)), &json!({})).await?;
    Ok(back_to(&format!("/admin/jobs/{}", segment(&id)), "cancelled"))
}

//! A call where no server runs: the router of the service, in this process.

use std::convert::Infallible;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{self, header};
use tower::ServiceExt as _;

use super::call::{Answered, Call, MAX_ANSWER_BYTES};
use crate::app::App;
use crate::catalogue::JobKind;
use crate::jobs::run_queued_of;
use crate::serve::bring_index_up_to_date;
use crate::web::router;

/// Makes a call of an application that nobody else has open, and does what follows from it and asks nobody outside.
///
/// # Errors
/// When the store or the index cannot be used.
pub(super) async fn ask(app: &App, call: &Call, token: &str) -> anyhow::Result<Answered> {
    app.reload_sources().await?;
    if !call.only_reads() {
        bring_up(app).await?;
    }
    let request = request(call, token)?;
    let response = router(app.clone()).oneshot(request).await.unwrap_or_else(|never: Infallible| match never {});
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_ANSWER_BYTES).await?.to_vec();
    if !call.only_reads() {
        // What was asked for is done; jobs of other kinds that wait would ask other sites, and wait for a server.
        run_queued_of(app, &[JobKind::Replay]).await?;
        if app.config.backup.folder.is_some() {
            run_queued_of(app, &[JobKind::Backup]).await?;
        }
    }
    Ok(Answered { status: parts.status, body })
}

/// What a server that was killed has left behind is not under way any more; and whoever decides finds it decided.
async fn bring_up(app: &App) -> anyhow::Result<()> {
    app.catalogue.interrupt_unfinished_harvests(&app.node_id, app.clock.now()).await?;
    app.catalogue.interrupt_running_jobs(&app.node_id, app.clock.now()).await?;
    app.load_pins().await?;
    app.load_views().await?;
    bring_index_up_to_date(app).await
}

fn request(call: &Call, token: &str) -> Result<Request, http::Error> {
    let builder = http::Request::builder()
        .method(call.method.clone())
        .uri(format!("/admin/v1{}", call.path))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT, "application/json");
    match &call.body {
        Some(body) => builder.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
        None => builder.body(Body::empty()),
    }
}

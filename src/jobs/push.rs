//! Push: the owner of a source sends its records, and they go the way of all records.

use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use crawler::fetch::Validators;
use crawler::{
    Documents, Ending, HarvestError, Intake as _, IntakeError, Manner, Outside, Payload, Repeats, read_documents,
};
use schemas::PayloadHash;

use super::harvest::{judge_absences, state_without_the_rest};
use super::run::{Opening, in_a_run};
use crate::app::App;
use crate::catalogue::{HarvestEnd, HarvestManner, HarvestRow, HarvestState, Scope};
use crate::source_book::BookedSource;

/// Takes in what the owner of a source has sent, and says how it went.
///
/// With [`Scope::Everything`] it is all that the source has, and what is not in it is absent.
///
/// # Errors
/// When another run over the source is alive, and when the store cannot be written; whatever is wrong with what was
/// sent is the state of the run.
pub async fn take_pushed(
    app: &App,
    booked: &BookedSource,
    body: Vec<u8>,
    content_type: Option<String>,
    scope: Scope,
) -> anyhow::Result<HarvestRow> {
    let booked = &booked.with_accepted_words(app.catalogue.accepted_words(&booked.source.id).await?);
    let manner = match scope {
        Scope::Everything => HarvestManner::PushAll,
        Scope::WhatCame => HarvestManner::Push,
    };
    let opening = Opening { source: &booked.source.id, manner, began: None };
    let hash = PayloadHash::of(&body);
    let place = format!("pushed:{}", hash.0);
    let payload = Payload { place, validators: Validators::default(), content_type, hash, body: Arc::new(body) };
    in_a_run(app, &opening, async |id| run(app, booked, payload, scope, id).await).await
}

/// What was sent, as the one document there is.
struct Sent(Option<Payload>);

#[async_trait]
impl Documents for Sent {
    async fn next(&mut self) -> Result<Option<Payload>, IntakeError> {
        Ok(self.0.take())
    }
}

async fn run(app: &App, booked: &BookedSource, payload: Payload, scope: Scope, id: &str) -> anyhow::Result<HarvestEnd> {
    let source = &booked.source;
    let mut intake = app.catalogue.intake(source, id, app.clock.clone()).await?;
    intake.keep(payload.clone()).await.context("keeping what was sent")?;
    let outside = Outside { fetch: app.fetch.as_ref(), files: booked.files.as_ref(), progress: &|_| (), raw: &|_| () };
    let manner = Manner::afresh(app.clock.now());
    let mut sent = Sent(Some(payload));
    let (report, ending) = read_documents(source, &mut sent, Repeats::Count, &outside, &manner, &mut intake).await;
    let mut counts = intake.counts();
    counts.read = report.read;
    let (state, reason) = match ending {
        Ok(Ending::Complete | Ending::Update | Ending::NothingNew | Ending::NotModified) if counts.accepted() == 0 => {
            (HarvestState::Failed, Some("nothing that was sent could be accepted".to_owned()))
        }
        Ok(Ending::Complete | Ending::Update | Ending::NothingNew | Ending::NotModified) => {
            judge_absences(intake.finish_absences(&source.missing, scope).await?)
        }
        Ok(Ending::Partial { reason }) => (state_without_the_rest(&counts), Some(reason)),
        Err(HarvestError::Intake(error)) => return Err(error).context("handing records to the store"),
        Err(error) => (state_without_the_rest(&counts), Some(error.told())),
    };
    let harvested_with = (state == HarvestState::Ok).then(|| booked.harvested_with());
    Ok(HarvestEnd { harvested_with, ..HarvestEnd::new(state, reason, counts) })
}

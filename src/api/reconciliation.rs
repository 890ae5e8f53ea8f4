//! `GET /v1/sources/{id}/reconciliation`: what has become of the records of one catalogue, for the people who run it.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use schemas::{Problem as RecordProblem, Severity, SourceId};
use serde::Serialize;
use utoipa::ToSchema;

use super::sources::{HarvestAnswer, find_source_id, present_in_public};
use crate::app::App;
use crate::catalogue::{BrokenLink, MAX_PROBLEMS_KEPT, Reconciliation};
use crate::error::AppError;
use crate::health::without_keys;
use crate::web::etag;
use crate::web::path::PathId;
use crate::web::problem::Problem;
use crate::web::query::refuse_parameters;

/// Problems, identifiers and broken links that are told; how many there are is told beside them.
const TOLD: usize = 100;

/// What has become of the records of one catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReconciliationAnswer {
    /// The catalogue.
    pub source: String,
    /// How its records stand.
    pub records: RecordCountsAnswer,
    /// How many live resources have a record of it.
    pub resources: u64,
    /// What it shares with other catalogues.
    pub merged: MergedAnswer,
    /// The last harvest that read anything anew; null before the first.
    pub last_harvest: Option<HarvestAnswer>,
    /// How many records that harvest rejected.
    pub rejected: u64,
    /// What it could not use or not understand, what was rejected first.
    pub problems: ProblemList,
    /// Identifiers that do not make one thing of all records that declare them.
    pub refused_identifiers: RefusedList,
    /// Links that do not work.
    pub broken: BrokenList,
}

/// How the records of a catalogue stand: total = live + missing + withdrawn + deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordCountsAnswer {
    /// All that there have ever been.
    pub total: u64,
    /// The catalogue gives them.
    pub live: u64,
    /// They were not there in its last harvest, and are published until their grace is over.
    pub missing: u64,
    /// They were missing for too long.
    pub withdrawn: u64,
    /// The catalogue says that they are no more.
    pub deleted: u64,
    /// Of the live and the missing ones: those that we do not show.
    pub hidden: u64,
}

/// What a catalogue shares with others.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergedAnswer {
    /// How many of its published records share their resource with a record of another catalogue.
    pub records: u64,
    /// How many resources those stand in.
    pub resources: u64,
    /// With which catalogues, those with most in common first. A record that is in three counts in both others.
    pub with: Vec<MergedWithAnswer>,
}

/// What it shares with one of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergedWithAnswer {
    /// The other catalogue.
    pub source: String,
    /// How many records share their resource with one of it.
    pub records: u64,
    /// How many resources those stand in.
    pub resources: u64,
    /// Where those are listed.
    pub clusters: String,
}

/// The first problems of a harvest.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemList {
    /// At most 100.
    pub results: Vec<ProblemAnswer>,
    /// How many the harvest met.
    pub total: u64,
}

/// One thing that is wrong with a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemAnswer {
    /// rejected, or warning: the record is kept.
    pub severity: String,
    /// Where.
    pub place: String,
    /// The field it is about.
    pub field: Option<String>,
    /// What is wrong, and what was expected.
    pub reason: String,
}

/// The first identifiers that are not followed.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedList {
    /// At most 100, by identifier.
    pub results: Vec<RefusedAnswer>,
    /// How many there are.
    pub total: u64,
}

/// An identifier that does not make one thing of all records that declare it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedAnswer {
    /// The identifier.
    pub identifier: String,
    /// How many records of any catalogue declare it.
    pub records: u64,
    /// too-many (more records than one thing has, so it makes none of them one) or contradicts (some of them say what
    /// cannot be of one thing, and are not joined by it).
    pub reason: String,
}

/// The first links that do not work.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrokenList {
    /// At most 100, by address.
    pub results: Vec<BrokenAnswer>,
    /// How many there are.
    pub total: u64,
}

/// A link that does not work.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrokenAnswer {
    /// The address.
    pub url: String,
    /// The resource.
    pub resource: String,
    /// The catalogue's own identifiers of its records there.
    pub identifiers: Vec<String>,
    /// When it last failed, RFC 3339.
    pub checked_at: Option<String>,
    /// What was the matter.
    pub reason: Option<String>,
}

/// What has become of the records of one catalogue, for the people who run it.
#[utoipa::path(
    get, path = "/v1/sources/{id}/reconciliation", tag = "Sources", operation_id = "reconcile_source",
    params(("id" = String, Path, description = "The id of the catalogue", example = "national-careers-service")),
    responses(
        (status = 200, description = "What has become of them", body = ReconciliationAnswer),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such catalogue", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn reconcile_source(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    refuse_parameters(raw.as_deref())?;
    let source = find_source_id(&app, &id).await?;
    // Read before anything is counted: an answer may be newer than its tag says, and never older.
    let version = app.store()?.reports_version().await?;
    let tag = etag::of_parts(&["reconciliation", source.as_str(), &version]);
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let answer = reconcile(&app, &source).await?;
    Ok(etag::with_tag(Json(answer).into_response(), &tag))
}

async fn reconcile(app: &App, source: &SourceId) -> Result<ReconciliationAnswer, AppError> {
    let report = app.store()?.reconciliation(source, TOLD).await?;
    let harvest = app.store()?.last_reading(source).await?;
    let mut problems = Vec::new();
    if let Some(harvest) = &harvest {
        let kept = usize::try_from(MAX_PROBLEMS_KEPT).unwrap_or(usize::MAX);
        (problems, _) = app.store()?.problems_of(&harvest.id, kept, 0).await?;
    }
    let counted = harvest.as_ref().map_or(0, |harvest| harvest.problems);
    let rejected = harvest.as_ref().map_or(0, |harvest| harvest.counts.rejected);
    Ok(ReconciliationAnswer {
        source: source.to_string(),
        records: present_counts(&report),
        resources: report.resources,
        merged: present_merged(source.as_str(), &report),
        last_harvest: harvest.map(present_in_public),
        rejected,
        problems: ProblemList { results: present_problems(problems), total: counted },
        refused_identifiers: present_refused(&report),
        broken: BrokenList {
            results: report.broken.into_iter().map(present_broken).collect(),
            total: report.broken_count,
        },
    })
}

fn present_counts(report: &Reconciliation) -> RecordCountsAnswer {
    RecordCountsAnswer {
        total: report.live + report.missing + report.withdrawn + report.deleted,
        live: report.live,
        missing: report.missing,
        withdrawn: report.withdrawn,
        deleted: report.deleted,
        hidden: report.hidden,
    }
}

fn present_merged(source: &str, report: &Reconciliation) -> MergedAnswer {
    let with = report.merged_with.iter().map(|other| MergedWithAnswer {
        source: other.source.to_string(),
        records: other.records,
        resources: other.resources,
        clusters: format!("/v1/duplicates?source={source}&with={}", other.source),
    });
    MergedAnswer { records: report.merged_records, resources: report.merged_resources, with: with.collect() }
}

fn present_refused(report: &Reconciliation) -> RefusedList {
    let told = report.refused.iter().map(|refused| RefusedAnswer {
        identifier: without_keys(&refused.identifier),
        records: refused.records,
        reason: refused.verdict.clone(),
    });
    RefusedList { results: told.collect(), total: report.refused_count }
}

/// The first problems, what was rejected before what was kept.
fn present_problems(mut problems: Vec<RecordProblem>) -> Vec<ProblemAnswer> {
    problems.sort_by_key(|problem| problem.severity == Severity::Warning);
    let told = problems.into_iter().take(TOLD).map(|problem| ProblemAnswer {
        severity: severity_name(problem.severity).to_owned(),
        place: without_keys(&problem.place),
        field: problem.field,
        reason: without_keys(&problem.reason),
    });
    told.collect()
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Rejected => "rejected",
    }
}

fn present_broken(link: BrokenLink) -> BrokenAnswer {
    BrokenAnswer {
        url: link.url,
        resource: link.resource.to_string(),
        identifiers: link.identifiers,
        checked_at: link.checked_at,
        reason: link.reason.as_deref().map(without_keys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_rejected_is_told_before_what_was_kept() {
        let warnings = (0..TOLD).map(|number| RecordProblem::warning(number, Some("levels"), "unknown"));
        let problems = warnings.chain([RecordProblem::rejected("/7", Some("title"), "missing")]).collect();
        let told = present_problems(problems);
        assert_eq!((told.len(), told[0].severity.as_str(), told[0].place.as_str()), (TOLD, "rejected", "/7"));
    }
}

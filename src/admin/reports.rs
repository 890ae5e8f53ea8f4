//! Reports for an admin: what is not known of the resources, and which records read as one and were not joined.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use schemas::{CompletenessTest, SourceId};
use serde::Serialize;
use serde_json::json;

use crate::api::duplicates::{ContributionAnswer, present_contribution};
use crate::api::sources::find_source_id;
use crate::app::App;
use crate::catalogue::{AnswerCounts, CompletenessTally, IncompleteResource, MatchRow, MatchedRecord, VERDICTS};
use crate::error::{AppError, ParameterMistake};
use crate::web::paging::ListQuery;
use crate::web::query::MAX_RESULTS;

/// Tests that are named of each source: those that are missed most.
const MOST_MISSED: usize = 3;

/// A test and how it is answered.
#[derive(Debug, Serialize)]
struct TestReport {
    name: &'static str,
    asks: &'static str,
    /// A catalogue or an admin says it.
    said: u64,
    /// It is inferred and nothing else.
    inferred: u64,
    /// It is not known.
    missing: u64,
}

/// How complete the resources of one source are.
#[derive(Debug, Serialize)]
struct SourceReport {
    source: String,
    resources: u64,
    /// The mean of their completeness, 0 to 1.
    mean: Option<f64>,
    most_missed: Vec<MissedTest>,
}

/// A test and how many miss it.
#[derive(Debug, Serialize)]
struct MissedTest {
    name: &'static str,
    missing: u64,
}

/// A resource that misses something.
#[derive(Debug, Serialize)]
struct IncompleteAnswer {
    id: String,
    title: String,
    missing: Vec<&'static str>,
}

impl From<IncompleteResource> for IncompleteAnswer {
    fn from(resource: IncompleteResource) -> Self {
        Self {
            id: resource.id.to_string(),
            title: resource.title,
            missing: resource.missing.into_iter().map(CompletenessTest::name).collect(),
        }
    }
}

pub(super) async fn report_completeness(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, AppError> {
    let query = ListQuery::parse(raw.as_deref(), &["source"])?;
    if query.offset().saturating_add(query.per_page) > MAX_RESULTS {
        let detail = format!("reaches past {MAX_RESULTS} resources; ask for one source");
        return Err(bad("page", detail));
    }
    let source = find_asked_source(&app, &query).await?;
    let report = app.catalogue.completeness(source.as_ref(), query.per_page, query.offset()).await?;
    let results: Vec<IncompleteAnswer> = report.worst.into_iter().map(Into::into).collect();
    let sources: Vec<SourceReport> =
        report.sources.iter().map(|(source, tally)| present_source(source, tally)).collect();
    let links = query.links("/admin/v1/completeness", report.incomplete.min(MAX_RESULTS as u64));
    Ok(Json(json!({
        "resources": report.all.resources,
        "mean": report.all.mean(),
        "tests": present_tests(&report.all),
        "sources": sources,
        "results": results,
        "total": report.incomplete,
        "page": query.page,
        "per_page": query.per_page,
        "links": links,
    }))
    .into_response())
}

fn present_tests(tally: &CompletenessTally) -> Vec<TestReport> {
    let report = |test: CompletenessTest| {
        let AnswerCounts { said, inferred, missing } = tally.tests.get(&test).copied().unwrap_or_default();
        TestReport { name: test.name(), asks: test.asks(), said, inferred, missing }
    };
    CompletenessTest::ALL.into_iter().map(report).collect()
}

fn present_source(source: &SourceId, tally: &CompletenessTally) -> SourceReport {
    let missed = tally.most_missed().into_iter().take(MOST_MISSED);
    SourceReport {
        source: source.to_string(),
        resources: tally.resources,
        mean: tally.mean(),
        most_missed: missed.map(|(test, missing)| MissedTest { name: test.name(), missing }).collect(),
    }
}

/// Two records that read as one, as it is shown.
#[derive(Debug, Serialize)]
struct MatchAnswer {
    records: [MatchedAnswer; 2],
    score: f64,
    contributions: Vec<ContributionAnswer>,
    /// joined, or why it was not followed; null while it waits to be decided.
    verdict: Option<String>,
}

/// One of the two.
#[derive(Debug, Serialize)]
struct MatchedAnswer {
    source: String,
    identifier: String,
    url: Option<String>,
    title: String,
    resource: String,
}

impl From<MatchedRecord> for MatchedAnswer {
    fn from(record: MatchedRecord) -> Self {
        Self {
            source: record.source.to_string(),
            identifier: record.identifier,
            url: record.url,
            title: record.title,
            resource: record.resource.to_string(),
        }
    }
}

impl From<MatchRow> for MatchAnswer {
    fn from(row: MatchRow) -> Self {
        Self {
            records: [row.one.into(), row.other.into()],
            score: row.score,
            contributions: row.contributions.into_iter().map(present_contribution).collect(),
            verdict: Some(row.verdict).filter(|verdict| !verdict.is_empty()),
        }
    }
}

pub(super) async fn list_matches(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, AppError> {
    let query = ListQuery::parse(raw.as_deref(), &["verdict", "source"])?;
    let verdict = query.value("verdict");
    if verdict.is_some_and(|verdict| !VERDICTS.contains(&verdict)) {
        return Err(bad("verdict", format!("allowed: {}", VERDICTS.join(", "))));
    }
    let source = find_asked_source(&app, &query).await?;
    let (rows, total) = app.catalogue.list_matches(verdict, source.as_ref(), query.per_page, query.offset()).await?;
    let results: Vec<MatchAnswer> = rows.into_iter().map(Into::into).collect();
    Ok(Json(json!({
        "results": results,
        "total": total,
        "page": query.page,
        "per_page": query.per_page,
        "links": query.links("/admin/v1/matches", total),
    }))
    .into_response())
}

async fn find_asked_source(app: &App, query: &ListQuery) -> Result<Option<SourceId>, AppError> {
    match query.value("source") {
        Some(id) => Ok(Some(find_source_id(app, id).await?)),
        None => Ok(None),
    }
}

fn bad(parameter: &str, detail: String) -> AppError {
    AppError::BadRequest(vec![ParameterMistake::new(parameter, detail)])
}

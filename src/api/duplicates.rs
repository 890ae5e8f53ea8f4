//! `GET /v1/duplicates`: which catalogues hold the same things, which those are, and why we take them for one.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use schemas::SourceId;
use serde::Serialize;
use utoipa::ToSchema;

use super::sources::find_source_id;
use crate::app::App;
use crate::catalogue::{MatchContribution, SharedCount, SharedReason, SharedReasonKind, SharedResource};
use crate::error::{AppError, ParameterMistake};
use crate::web::etag;
use crate::web::links::Links;
use crate::web::paging::ListQuery;
use crate::web::problem::Problem;

/// What catalogues share: the pairs of them, or the resources of one pair.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum DuplicatesAnswer {
    /// Without `with`.
    Pairs(PairList),
    /// With `source` and `with`.
    Clusters(ClusterList),
}

/// Pairs of catalogues that hold the same things.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairList {
    /// The pairs, those with most in common first. What one catalogue has twice is a pair of it with itself.
    pub results: Vec<PairAnswer>,
    /// How many there are.
    pub total: u64,
    /// This page, from 1.
    pub page: usize,
    /// Pairs on a page.
    pub per_page: usize,
    /// This page and its neighbours.
    pub links: Links,
}

/// Two catalogues and how much they share.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairAnswer {
    /// The two, a and b.
    pub sources: Vec<String>,
    /// How many resources have a record of both; of one catalogue, how many have several of it.
    pub resources: u64,
    /// Which share that is of all resources of a, from 0 to 1.
    pub share_of_a: f64,
    /// Which share that is of all resources of b.
    pub share_of_b: f64,
    /// Where those resources are listed.
    pub clusters: String,
}

/// The resources that two catalogues share, or one has twice.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClusterList {
    /// The two catalogues.
    pub sources: Vec<String>,
    /// The resources, by id.
    pub results: Vec<ClusterAnswer>,
    /// How many there are: as many as the pair has `resources`.
    pub total: u64,
    /// This page, from 1.
    pub page: usize,
    /// Resources on a page.
    pub per_page: usize,
    /// This page and its neighbours.
    pub links: Links,
}

/// One resource, its records, and why they are one.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClusterAnswer {
    /// The id of the resource.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its records, those of other catalogues among them; at most 50, and 10 of one catalogue.
    pub records: Vec<ClusterRecordAnswer>,
    /// How many records it has.
    pub records_total: u64,
    /// Why they are one.
    pub because: Vec<ReasonAnswer>,
}

/// What one catalogue says.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClusterRecordAnswer {
    /// The catalogue.
    pub source: String,
    /// Its own identifier.
    pub identifier: String,
    /// The address it gives.
    pub url: Option<String>,
    /// The title it gives.
    pub title: String,
}

/// Why some of the records are one.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonAnswer {
    /// address (they give the same), identifier (they declare the same), content (they say the same in every field),
    /// match (they read as one) or curated (an editor said so).
    pub kind: String,
    /// Which records: their places in `records`, from 0.
    pub records: Vec<usize>,
    /// The identifier they declare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Of a match: how much speaks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Of a match: what the score is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contributions: Option<Vec<ContributionAnswer>>,
}

/// One field's part in a score.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContributionAnswer {
    /// The field.
    pub what: String,
    /// How much it adds; below nought it speaks against.
    pub weight: f32,
    /// The words that the two share or differ in.
    pub detail: String,
}

/// Which catalogues hold the same things.
///
/// Without `with`, the pairs of catalogues; with `source` and `with`, the resources that these two share. Resources that
/// are withdrawn take no part.
#[utoipa::path(
    get, path = "/v1/duplicates", tag = "Coverage", operation_id = "list_duplicates",
    params(
        ("source" = Option<String>, Query, description = "Only pairs that this catalogue is in", example = "national-careers-service"),
        ("with" = Option<String>, Query, description = "The other catalogue, for the resources that `source` shares with it; the same one for what it has twice"),
        ("page" = Option<usize>, Query, description = "The page, from 1", minimum = 1, maximum = 1_000_000, example = 1),
        ("per_page" = Option<usize>, Query, description = "Pairs or resources on a page; 20 when left out", minimum = 1, maximum = 100, example = 20),
    ),
    responses(
        (status = 200, description = "The pairs, or the resources of one pair", body = DuplicatesAnswer),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such catalogue", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_duplicates(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let query = ListQuery::parse(raw.as_deref(), &["source", "with"])?;
    if query.value("source").is_none() && query.value("with").is_some() {
        let mistake = ParameterMistake::new("with", "needs `source` beside it");
        return Err(AppError::BadRequest(vec![mistake]));
    }
    let one = find_asked(&app, &query, "source").await?;
    let other = find_asked(&app, &query, "with").await?;
    // Read before anything is counted: an answer may be newer than its tag says, and never older.
    let version = app.store()?.reports_version().await?;
    let tag = etag::of_parts(&["duplicates", &version, &query.links("", 0).this]);
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let counts = app.shared_counts().await?;
    let answer = match (one, other) {
        (Some(one), Some(other)) => {
            DuplicatesAnswer::Clusters(list_clusters(&app, &query, &counts, &one, &other).await?)
        }
        (one, _) => DuplicatesAnswer::Pairs(list_pairs(&query, &counts, one.as_ref())),
    };
    Ok(etag::with_tag(Json(answer).into_response(), &tag))
}

async fn find_asked(app: &App, query: &ListQuery, name: &str) -> Result<Option<SourceId>, AppError> {
    match query.value(name) {
        Some(id) => Ok(Some(find_source_id(app, id).await?)),
        None => Ok(None),
    }
}

fn list_pairs(query: &ListQuery, counts: &[SharedCount], source: Option<&SourceId>) -> PairList {
    let is_asked = |count: &&SharedCount| source.is_none_or(|source| count.one == *source || count.other == *source);
    // At most as many as there are pairs of catalogues, of which there are dozens.
    let counts: Vec<&SharedCount> = counts.iter().filter(is_asked).collect();
    let total = counts.len() as u64;
    let page = counts.into_iter().skip(query.offset()).take(query.per_page);
    PairList {
        results: page.map(present_pair).collect(),
        total,
        page: query.page,
        per_page: query.per_page,
        links: query.links("/v1/duplicates", total),
    }
}

async fn list_clusters(
    app: &App,
    query: &ListQuery,
    counts: &[SharedCount],
    one: &SourceId,
    other: &SourceId,
) -> Result<ClusterList, AppError> {
    let (first, second) = (one.min(other), one.max(other));
    let pair = counts.iter().find(|count| count.one == *first && count.other == *second);
    let total = pair.map_or(0, |count| count.resources);
    let is_past_the_end = u64::try_from(query.offset()).is_ok_and(|offset| offset >= total);
    let resources = if is_past_the_end {
        Vec::new()
    } else {
        app.store()?.shared_resources(one, other, query.per_page, query.offset()).await?
    };
    Ok(ClusterList {
        sources: vec![one.to_string(), other.to_string()],
        results: resources.into_iter().map(present_cluster).collect(),
        total,
        page: query.page,
        per_page: query.per_page,
        links: query.links("/v1/duplicates", total),
    })
}

fn present_pair(count: &SharedCount) -> PairAnswer {
    PairAnswer {
        share_of_a: share(count.resources, count.of_one),
        share_of_b: share(count.resources, count.of_other),
        resources: count.resources,
        // Ids of sources need no escaping in an address.
        clusters: format!("/v1/duplicates?source={}&with={}", count.one, count.other),
        sources: vec![count.one.to_string(), count.other.to_string()],
    }
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 resources are ever counted")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn present_cluster(resource: SharedResource) -> ClusterAnswer {
    let records = resource.records.into_iter().map(|record| ClusterRecordAnswer {
        source: record.source.to_string(),
        identifier: record.identifier,
        url: record.url,
        title: record.title,
    });
    ClusterAnswer {
        id: resource.id.to_string(),
        title: resource.title,
        records: records.collect(),
        records_total: resource.record_count,
        because: resource.because.into_iter().map(present_reason).collect(),
    }
}

fn present_reason(reason: SharedReason) -> ReasonAnswer {
    let bare = |kind: &str| ReasonAnswer {
        kind: kind.to_owned(),
        records: reason.records,
        identifier: None,
        score: None,
        contributions: None,
    };
    match reason.kind {
        SharedReasonKind::Address => bare("address"),
        SharedReasonKind::Identifier(identifier) => ReasonAnswer { identifier: Some(identifier), ..bare("identifier") },
        SharedReasonKind::Content => bare("content"),
        SharedReasonKind::Match { score, contributions } => {
            let contributions = contributions.into_iter().map(present_contribution).collect();
            ReasonAnswer { score: Some(score), contributions: Some(contributions), ..bare("match") }
        }
        SharedReasonKind::Curated => bare("curated"),
    }
}

/// One field's part in a score, as it is shown.
pub(crate) fn present_contribution(part: MatchContribution) -> ContributionAnswer {
    ContributionAnswer { what: part.what, weight: part.weight, detail: part.detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_is_nought() {
        assert!(share(0, 0).abs() < f64::EPSILON);
        assert!((share(1, 4) - 0.25).abs() < f64::EPSILON);
    }
}

//! `GET /v1/vocabularies` and `GET /v1/vocabularies/{name}`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use index::{Facet, SearchRequest};
use jiff::civil::DateTime;
use schemas::{Concept, ControlledField, Vocabulary, nearest};
use serde::Serialize;
use utoipa::ToSchema;

use super::resources::Links;
use crate::app::App;
use crate::error::AppError;
use crate::web::etag;
use crate::web::path::PathId;
use crate::web::problem::Problem;
use crate::web::query::{refuse_parameters, this_hour};

/// The list of vocabularies.
#[derive(Debug, Serialize, ToSchema)]
pub struct VocabularyList {
    /// The vocabularies.
    pub results: Vec<VocabularySummary>,
    /// How many there are.
    pub total: usize,
    /// This address.
    pub links: Links,
}

/// One vocabulary without its concepts.
#[derive(Debug, Serialize, ToSchema)]
pub struct VocabularySummary {
    /// Its name, which is also the parameter of a search.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Who publishes what it is made of.
    pub publisher: String,
    /// Which edition.
    pub version: String,
    /// On what terms.
    pub licence: String,
    /// Where it comes from.
    pub address: String,
    /// How many concepts it holds.
    pub concepts: usize,
}

/// One vocabulary with its concepts.
#[derive(Debug, Serialize, ToSchema)]
pub struct VocabularyAnswer {
    /// The vocabulary.
    #[serde(flatten)]
    pub summary: VocabularySummary,
    /// Its concepts, in the order in which they are to be shown.
    pub results: Vec<ConceptAnswer>,
    /// How many there are.
    pub total: usize,
    /// This address.
    pub links: Links,
}

/// One concept.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConceptAnswer {
    /// The concept, with what its vocabulary says of it. Source: SKOS.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub concept: Concept,
    /// How many resources a search for it gives.
    pub count: u64,
}

/// All vocabularies.
#[utoipa::path(
    get, path = "/v1/vocabularies", tag = "Vocabularies", operation_id = "list_vocabularies",
    responses(
        (status = 200, description = "The vocabularies", body = VocabularyList),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_vocabularies(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    refuse_parameters(raw.as_deref())?;
    let tag = etag::of_parts(&[app.vocabularies.fingerprint()]);
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let results: Vec<_> = app.vocabularies.lists().iter().map(summary).collect();
    let links = Links { this: "/v1/vocabularies".to_owned(), next: None, prev: None };
    let answer = VocabularyList { total: results.len(), results, links };
    Ok(etag::with_tag(Json(answer).into_response(), &tag))
}

/// The concepts of one vocabulary, with counts.
#[utoipa::path(
    get, path = "/v1/vocabularies/{name}", tag = "Vocabularies", operation_id = "show_vocabulary",
    params(("name" = String, Path, description = "The name of the vocabulary")),
    responses(
        (status = 200, description = "The vocabulary", body = VocabularyAnswer),
        (status = 400, description = "A parameter that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such vocabulary", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_vocabulary(
    State(app): State<App>,
    PathId(name): PathId,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    refuse_parameters(raw.as_deref())?;
    let unknown = || AppError::NotFound {
        what: "vocabulary",
        id: name.chars().take(80).collect(),
        nearest: nearest(&name, app.vocabularies.lists().iter().map(|list| list.name.as_str())).map(ToOwned::to_owned),
    };
    let list = app.vocabularies.by_name(&name).ok_or_else(unknown)?;
    let hour = this_hour(&app.clock);
    let tag = etag::of_index(&app, hour, &format!("{} {name}", app.vocabularies.fingerprint()));
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let counts = count_concepts(&app, &name, hour).await?;
    let results: Vec<_> = list
        .concepts
        .iter()
        .map(|concept| ConceptAnswer {
            count: counts.get(concept.id.as_str()).copied().unwrap_or(0),
            concept: concept.clone(),
        })
        .collect();
    let links = Links { this: format!("/v1/vocabularies/{}", list.name), next: None, prev: None };
    let answer = VocabularyAnswer { summary: summary(list), total: results.len(), results, links };
    Ok(etag::with_tag(Json(answer).into_response(), &tag))
}

async fn count_concepts(app: &App, name: &str, hour: DateTime) -> Result<HashMap<Arc<str>, u64>, AppError> {
    let Some(field) = ControlledField::by_name(name) else {
        return Ok(HashMap::new());
    };
    let mut request = SearchRequest::new(hour);
    request.limit = 0;
    request.facets = vec![Facet::Controlled(field)];
    request.facet_limit = usize::MAX;
    let results = app.search(request).await?;
    Ok(results.facets.into_iter().flat_map(|counts| counts.values).map(|value| (value.id, value.count)).collect())
}

fn summary(list: &Vocabulary) -> VocabularySummary {
    VocabularySummary {
        name: list.name.clone(),
        title: list.title.clone(),
        publisher: list.publisher.clone(),
        version: list.version.clone(),
        licence: list.licence.clone(),
        address: list.address.clone(),
        concepts: list.concepts.len(),
    }
}

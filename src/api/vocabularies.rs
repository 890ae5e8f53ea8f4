//! `GET /v1/vocabularies` and `GET /v1/vocabularies/{name}`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use index::{Facet, SearchRequest};
use jiff::civil::DateTime;
use schemas::{Concept, ControlledField, Vocabulary, skos};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::openapi::{one_of, parameter};
use super::resources::{media_type, prefers_json_ld};
use crate::app::App;
use crate::error::AppError;
use crate::web::etag;
use crate::web::links::Links;
use crate::web::mistakes::Mistakes;
use crate::web::path::PathId;
use crate::web::problem::Problem;
use crate::web::query::{refuse_parameters, this_hour};
use crate::web::values::Values;

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
    #[schema(value_type = ConceptFields)]
    pub concept: Concept,
    /// How many resources a search for it gives.
    pub count: u64,
}

/// What a vocabulary says of a concept. What it does not say is left out.
#[derive(ToSchema)]
#[expect(
    dead_code,
    clippy::struct_excessive_bools,
    reason = "it stands in the document; what is answered is the concept of schemas/, and a test compares them"
)]
pub struct ConceptFields {
    /// Its id, for ever.
    id: String,
    /// What people read. Source: SKOS `prefLabel`.
    label: String,
    /// Other words for it. Source: SKOS `altLabel`.
    #[schema(required = false)]
    alt: Vec<String>,
    /// The concept above it in the same vocabulary. Source: SKOS `broader`.
    #[schema(required = false)]
    broader: String,
    /// Its public address, where someone else publishes it. Source: SKOS `exactMatch`.
    #[schema(required = false)]
    uri: String,
    /// Further public addresses.
    #[schema(required = false)]
    same_as: Vec<String>,
    /// Its code in the list it comes from: SOC 2020, BCP 47, SPDX, GSS. Source: SKOS `notation`.
    #[schema(required = false)]
    notation: String,
    /// A remark for people. Source: SKOS `note`.
    #[schema(required = false)]
    note: String,
    /// What it means. Source: SKOS `definition`.
    #[schema(required = false)]
    description: String,
    /// Of a vocabulary that holds several lists side by side: which one.
    #[schema(required = false)]
    scheme: String,
    /// Of a level: the ages, first included, second not; 99 where there is no upper end.
    #[schema(required = false, min_items = 2, max_items = 2)]
    ages: Vec<u32>,
    /// Of a level: the age of most who are in it, where the range is wide.
    #[schema(required = false)]
    typical_age: u32,
    /// Of a level or route: whose it is.
    #[schema(required = false)]
    nation: String,
    /// Of a subject: the nations that teach it under this name.
    #[schema(required = false)]
    nations: Vec<String>,
    /// Of a level: phase, key stage, year group.
    #[schema(required = false)]
    kind: String,
    /// Of a type: its schema.org type.
    #[schema(required = false)]
    schema_type: String,
    /// Of a type: online, physical or either.
    #[schema(required = false)]
    mode: String,
    /// Of a type: whether there is a day on which it is over.
    #[schema(required = false)]
    dated: bool,
    /// Of an audience: its schema.org `educationalRole`.
    #[schema(required = false)]
    schema_role: String,
    /// Of a subject or sector: core to STEM, related, or none.
    #[schema(required = false)]
    relevance: String,
    /// Of a subject: whether a list of subjects shows it first.
    #[schema(required = false)]
    facet: bool,
    /// Of a licence: whether it is open.
    #[schema(required = false)]
    open: bool,
    /// Of a licence: whether a catalogue under it may be republished in full.
    #[schema(required = false)]
    redistribute: bool,
    /// Of a route: its level in the RQF or SCQF.
    #[schema(required = false)]
    credit_level: String,
    /// Of a T Level: the occupational route it belongs to.
    #[schema(required = false)]
    sector_route: String,
    /// Of a route: no new starts.
    #[schema(required = false)]
    discontinued: bool,
    /// Concepts of other vocabularies that go with it, by vocabulary: an occupation's sectors and subjects.
    #[schema(required = false)]
    related: HashMap<String, Vec<String>>,
}

/// All vocabularies.
#[utoipa::path(
    get, path = "/v1/vocabularies", tag = "Vocabularies", operation_id = "list_vocabularies",
    responses(
        (status = 200, description = "The vocabularies", body = VocabularyList),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
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

/// The parameters of one vocabulary.
pub struct VocabularyParameters;

impl utoipa::IntoParams for VocabularyParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let format = "The form of the answer, before what `Accept` asks for: `json`, or `skos` for SKOS in JSON-LD, \
                      without counts.";
        vec![parameter("format", format, one_of(&["json", "skos"]), "json")]
    }
}

/// The concepts of one vocabulary, with counts; `format=skos`, or `Accept: application/ld+json`, gives them as SKOS.
#[utoipa::path(
    get, path = "/v1/vocabularies/{name}", tag = "Vocabularies", operation_id = "show_vocabulary",
    params(
        ("name" = String, Path, description = "The name of the vocabulary", example = "level"),
        VocabularyParameters,
    ),
    responses(
        (status = 200, description = "The vocabulary", content((VocabularyAnswer = "application/json"), (Object = "application/ld+json"))),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
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
    let is_skos = read_format(raw.as_deref(), &headers)?;
    let names = app.vocabularies.lists().iter().map(|list| list.name.as_str());
    let list = app.vocabularies.by_name(&name);
    let list = list.ok_or_else(|| AppError::no_such_among("vocabulary", &name, names))?;
    let mut response =
        if is_skos { show_skos(&app, list, &headers) } else { show_with_counts(&app, list, &headers).await? };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

fn read_format(raw: Option<&str>, headers: &HeaderMap) -> Result<bool, AppError> {
    let mut mistakes = Mistakes::default();
    let values = Values::read(raw, &["format"], &mut mistakes);
    let format = values.one_of("format", &["json", "skos"], &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(format.map_or_else(|| prefers_json_ld(headers), |format| format == "skos"))
}

fn show_skos(app: &App, list: &Vocabulary, headers: &HeaderMap) -> Response {
    let tag = etag::of_parts(&["skos", &list.name, app.vocabularies.fingerprint(), app.public_url()]);
    if etag::is_held(headers, &tag) {
        return etag::not_modified(&tag);
    }
    let document = skos::to_skos(list, &format!("{}/v1/vocabularies", app.public_url()));
    let response = ([(header::CONTENT_TYPE, media_type(true))], document.to_string()).into_response();
    etag::with_tag(response, &tag)
}

async fn show_with_counts(app: &App, list: &Vocabulary, headers: &HeaderMap) -> Result<Response, AppError> {
    let hour = this_hour(&app.clock);
    let tag = etag::of_index(app, hour, &format!("{} {}", app.vocabularies.fingerprint(), list.name));
    if etag::is_held(headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let counts = count_concepts(app, &list.name, hour).await?;
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

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema as _;

    use super::*;

    #[test]
    fn whatever_a_vocabulary_says_of_a_concept_stands_in_the_document() {
        let schema = serde_json::to_value(ConceptFields::schema()).expect("JSON");
        assert_eq!(schema["required"], serde_json::json!(["id", "label"]));
        let documented = schema["properties"].as_object().expect("properties");
        for list in schemas::Vocabularies::shipped().lists() {
            for concept in &list.concepts {
                let said = serde_json::to_value(concept).expect("JSON");
                for name in said.as_object().expect("an object").keys() {
                    assert!(documented.contains_key(name), "{name} of {} in {}", concept.id, list.name);
                }
            }
        }
    }
}

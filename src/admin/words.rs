//! Words that no vocabulary knows: which there are, what each might mean, and what an admin decides that it means.

use std::collections::BTreeSet;

use axum::extract::rejection::JsonRejection;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemas::{ConceptId, ControlledField, SourceId, normalise_label};
use serde::{Deserialize, Serialize};

use crate::api::sources::find_source_id;
use crate::app::App;
use crate::catalogue::{AcceptedRow, AcceptedWord, Holder, JobRow, UnmappedRow, WordFilter};
use crate::error::{AppError, ParameterMistake};
use crate::web::facet_values::no_concept;
use crate::web::mistakes::{Mistakes, not_among};
use crate::web::paging::ListQuery;
use crate::web::path::PathId;
use crate::words::{UnknownWord, suggest};

/// Longer words are sentences, and never get into the list. Source: `crawler::map`.
const MAX_WORD_CHARACTERS: usize = 200;
/// A word that means more than so many things means nothing.
const MAX_CONCEPTS: usize = 20;

/// A word that no vocabulary knows, as it is shown.
#[derive(Debug, Serialize)]
struct WordAnswer {
    field: &'static str,
    word: String,
    /// How many published records say it.
    records: u64,
    sources: Vec<SourceCount>,
    examples: Vec<ExampleAnswer>,
    /// The likeliest first; none when it is like nothing.
    suggestions: Vec<SuggestionAnswer>,
}

#[derive(Debug, Serialize)]
struct SourceCount {
    id: String,
    records: u64,
}

#[derive(Debug, Serialize)]
struct ExampleAnswer {
    resource: String,
    title: String,
    source: String,
}

#[derive(Debug, Serialize)]
struct SuggestionAnswer {
    /// Null where the word belongs to another field, so that it means nothing in this one.
    concept: Option<String>,
    label: String,
    score: f64,
    because: String,
}

/// What was decided about a word, as it is shown.
#[derive(Debug, Serialize)]
struct AcceptedAnswer {
    id: String,
    field: &'static str,
    word: String,
    /// Null for every source.
    source: Option<String>,
    /// Empty when the word means nothing to us.
    concepts: Vec<String>,
    who: String,
    at: String,
    undone: Option<UndoneAnswer>,
    /// The replays that make it show.
    #[serde(skip_serializing_if = "Option::is_none")]
    jobs: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct UndoneAnswer {
    who: String,
    at: String,
}

impl From<AcceptedRow> for AcceptedAnswer {
    fn from(row: AcceptedRow) -> Self {
        Self {
            id: row.id,
            field: row.accepted.field.name(),
            word: row.accepted.word,
            source: row.accepted.source.as_ref().map(ToString::to_string),
            concepts: row.accepted.concepts.iter().map(ToString::to_string).collect(),
            who: row.who,
            at: row.at,
            undone: row.undone_by.zip(row.undone_at).map(|(who, at)| UndoneAnswer { who, at }),
            jobs: None,
        }
    }
}

pub(super) async fn list_words(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, AppError> {
    let query = ListQuery::parse(raw.as_deref(), &NARROWED_BY)?;
    let filter = read_filter(&app, &query).await?;
    let (rows, total) = app.catalogue.unmapped_words(&filter, query.per_page, query.offset()).await?;
    // Away from the async threads: each word is compared with every label of its vocabulary.
    let task = tokio::task::spawn_blocking({
        let app = app.clone();
        move || rows.into_iter().map(|row| present_word(&app, row)).collect::<Vec<WordAnswer>>()
    });
    let results = task.await.map_err(|error| AppError::Internal(error.into()))?;
    Ok(query.page_of(&results, total, "/admin/v1/words"))
}

pub(super) async fn list_accepted(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, AppError> {
    let query = ListQuery::parse(raw.as_deref(), &NARROWED_BY)?;
    let filter = read_filter(&app, &query).await?;
    let (rows, total) = app.catalogue.list_accepted_words(&filter, query.per_page, query.offset()).await?;
    let results: Vec<AcceptedAnswer> = rows.into_iter().map(Into::into).collect();
    Ok(query.page_of(&results, total, "/admin/v1/words/accepted"))
}

/// What a word means: `{"field": "subject", "word": "Sums", "source": null, "concepts": ["mathematics"]}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptRequest {
    field: String,
    word: String,
    /// Left out or null: whoever says it.
    #[serde(default)]
    source: Option<String>,
    /// Empty: it means nothing to us.
    concepts: Vec<String>,
}

pub(super) async fn accept_word(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    body: Result<Json<AcceptRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let Json(request) = body.map_err(|error| bad("body", &error.body_text()))?;
    let accepted = read_request(&app, &request).await?;
    let (row, jobs) = app.catalogue.accept_word(&accepted, &replayable(&app), &holder.name, app.clock.now()).await?;
    Ok((StatusCode::CREATED, Json(with_replays(row, &jobs))).into_response())
}

pub(super) async fn undo_accepted(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
) -> Result<Response, AppError> {
    let undone = app.catalogue.undo_accepted_word(&id, &replayable(&app), &holder.name, app.clock.now()).await;
    let (row, jobs) = undone.map_err(AppError::of_named)?;
    Ok(Json(with_replays(row, &jobs)).into_response())
}

/// The sources whose files we have: without one, nothing says how to read what was kept.
fn replayable(app: &App) -> BTreeSet<SourceId> {
    app.sources().0.keys().cloned().collect()
}

/// A decision with the replays that make it show.
fn with_replays(row: AcceptedRow, jobs: &[JobRow]) -> AcceptedAnswer {
    let jobs = jobs.iter().map(|job| format!("/admin/v1/jobs/{}", job.id)).collect();
    AcceptedAnswer { jobs: Some(jobs), ..AcceptedAnswer::from(row) }
}

fn present_word(app: &App, row: UnmappedRow) -> WordAnswer {
    let nation = nation_of(app, &row.sources);
    let unknown =
        UnknownWord { field: row.field, word: &row.word, nation: &nation, beside: &row.beside, records: row.looked_at };
    let suggestions = suggest(&unknown).into_iter().map(|one| SuggestionAnswer {
        concept: one.concept.as_ref().map(ToString::to_string),
        label: one.label,
        score: one.score,
        because: one.because,
    });
    let examples = row.examples.into_iter().map(|example| ExampleAnswer {
        resource: example.resource.to_string(),
        title: example.title,
        source: example.source.to_string(),
    });
    let sources = row.sources.iter().map(|(id, records)| SourceCount { id: id.to_string(), records: *records });
    WordAnswer {
        field: row.field.name(),
        records: row.records,
        sources: sources.collect(),
        examples: examples.collect(),
        suggestions: suggestions.collect(),
        word: row.word,
    }
}

/// The nation of all these sources, or the whole kingdom where they are not of one.
fn nation_of(app: &App, sources: &[(SourceId, u64)]) -> String {
    let book = app.sources();
    let mut nations = sources.iter().filter_map(|(id, _)| book.0.get(id)).map(|it| it.source.nation.as_str());
    let Some(first) = nations.next() else {
        return "uk".to_owned();
    };
    if nations.all(|nation| nation == first) { first.to_owned() } else { "uk".to_owned() }
}

/// The parameters of both lists, beside the page.
const NARROWED_BY: [&str; 3] = ["field", "source", "q"];

/// What narrows a list, checked.
async fn read_filter(app: &App, query: &ListQuery) -> Result<WordFilter, AppError> {
    let mut mistakes = Mistakes::default();
    let field = query.value("field").and_then(|name| find_field(name, &mut mistakes));
    let containing = query.value("q").map(ToOwned::to_owned);
    if containing.as_ref().is_some_and(|text| text.chars().count() > MAX_WORD_CHARACTERS) {
        mistakes.add("q", format!("longer than {MAX_WORD_CHARACTERS} characters"));
    }
    mistakes.into_result().map_err(AppError::BadRequest)?;
    let source = match query.value("source") {
        Some(id) => Some(find_source_id(app, id).await?),
        None => None,
    };
    Ok(WordFilter { field, source, containing })
}

/// What is to be accepted, checked; every mistake of the request at once.
async fn read_request(app: &App, request: &AcceptRequest) -> Result<AcceptedWord, AppError> {
    let mut mistakes = Mistakes::default();
    let word = request.word.trim();
    if normalise_label(word).is_empty() {
        mistakes.add("word", "expected a word; there is no letter and no digit in it");
    }
    if word.chars().count() > MAX_WORD_CHARACTERS {
        mistakes.add("word", format!("longer than {MAX_WORD_CHARACTERS} characters"));
    }
    let source = match &request.source {
        Some(id) => find_named_source(app, id, &mut mistakes).await?,
        None => None,
    };
    let field = find_field(&request.field, &mut mistakes);
    let concepts = field.map(|field| find_concepts(app, field, &request.concepts, &mut mistakes)).unwrap_or_default();
    mistakes.into_result().map_err(AppError::BadRequest)?;
    // What is no field is a mistake that has been told.
    let field = field.ok_or_else(|| bad("field", "expected a controlled field"))?;
    Ok(AcceptedWord { field, word: word.to_owned(), source, concepts })
}

fn find_field(name: &str, mistakes: &mut Mistakes) -> Option<ControlledField> {
    let found = ControlledField::by_name(name);
    if found.is_none() {
        mistakes.add("field", not_among(name, &ControlledField::ALL.map(ControlledField::name)));
    }
    found
}

/// A source that there is or was. That there is none is one mistake of a request among others.
async fn find_named_source(app: &App, id: &str, mistakes: &mut Mistakes) -> Result<Option<SourceId>, AppError> {
    match find_source_id(app, id).await {
        Ok(source) => Ok(Some(source)),
        Err(unknown @ AppError::NotFound { .. }) => {
            mistakes.add("source", unknown.to_string());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The concepts of these ids, each once.
fn find_concepts(app: &App, field: ControlledField, ids: &[String], mistakes: &mut Mistakes) -> Vec<ConceptId> {
    let mut concepts: Vec<ConceptId> = Vec::new();
    if ids.len() > MAX_CONCEPTS {
        mistakes.add("concepts", format!("more than {MAX_CONCEPTS}"));
        return concepts;
    }
    let list = app.vocabularies.of(field);
    for id in ids {
        match ConceptId::parse(id) {
            Ok(concept) if list.get(id).is_some() => {
                if !concepts.contains(&concept) {
                    concepts.push(concept);
                }
            }
            Ok(_) | Err(_) => mistakes.add("concepts", no_concept(app.vocabularies, field, id)),
        }
    }
    if field.is_single() && concepts.len() > 1 {
        mistakes.add("concepts", format!("a resource has one {} at most", list.name));
    }
    concepts
}

fn bad(parameter: &str, detail: &str) -> AppError {
    AppError::BadRequest(vec![ParameterMistake::new(parameter, detail)])
}

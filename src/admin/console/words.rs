//! Words that no vocabulary knows: what each might mean, what is decided that it means, and taking that back.

use askama::Template;
use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use schemas::{ControlledField, Vocabularies, Vocabulary};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::List;
use super::confirm::{Confirmation, Why, ask};
use super::form::Form;
use super::frame::{Frame, Place, framed};
use super::pager::Pager;
use super::refused::{Mistake, Refused};
use super::visit::{Visit, back_to, segment};
use crate::error::AppError;
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once, wording};
use crate::web::path::PathId;

/// What narrows both lists.
const NARROWED_BY: [&str; 3] = ["field", "source", "q"];
/// The same and the page, so that one comes back to where one was.
const WHERE_ONE_WAS: [&str; 4] = ["field", "source", "q", "page"];

/// A word that no vocabulary knows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Word {
    field: String,
    #[serde(rename = "word")]
    written: String,
    records: u64,
    sources: Vec<Saying>,
    examples: Vec<Example>,
    suggestions: Vec<Suggestion>,
}

impl Word {
    /// Whether a concept is suggested that can be ticked, and not only that it belongs to another field.
    fn has_choices(&self) -> bool {
        self.suggestions.iter().any(|suggestion| suggestion.concept.is_some())
    }
}

/// A source that says it, and in how many records.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Saying {
    id: String,
    records: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Example {
    resource: String,
    title: String,
    source: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Suggestion {
    /// None where the word belongs to another field.
    concept: Option<String>,
    label: String,
    because: String,
}

#[derive(Template)]
#[template(path = "admin/words.html")]
struct WordsPage {
    layout: Layout,
    frame: Frame,
    words: Vec<Word>,
    asked: Asked,
    pager: Pager,
    mistakes: Vec<Mistake>,
    wrong: Wrong,
}

/// The decision that cannot be used: it is told at its word, with what was written.
#[derive(Debug, Default)]
struct Wrong {
    /// The field and the word; nothing where no decision was sent.
    at: Option<(String, String)>,
    other: String,
}

impl Wrong {
    fn of(form: &Form) -> Self {
        let at = (form.text("field").to_owned(), form.text("word").to_owned());
        Self { at: Some(at), other: form.text("other").to_owned() }
    }

    fn is_at(&self, word: &Word) -> bool {
        self.at.as_ref().is_some_and(|(field, written)| *field == word.field && *written == word.written)
    }
}

/// What the lists are narrowed to, as it stands in their form.
struct Asked {
    field: String,
    source: String,
    q: String,
    /// The same as a query string, for the forms of the list.
    query: String,
}

impl Asked {
    fn of(visit: &Visit) -> Self {
        let value = |name: &str| visit.value(name).unwrap_or_default().to_owned();
        Self { field: value("field"), source: value("source"), q: value("q"), query: visit.passed_on(&WHERE_ONE_WAS) }
    }
}

/// The words, those that most records say first.
pub(super) async fn list_words(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    words_page(&visit, StatusCode::OK, Vec::new(), Wrong::default()).await
}

async fn words_page(
    visit: &Visit,
    status: StatusCode,
    mistakes: Vec<Mistake>,
    wrong: Wrong,
) -> Result<Response, Refused> {
    let list: List<Word> = visit.get(&format!("/words{}", visit.passed_on(&WHERE_ONE_WAS))).await?;
    let pager = Pager::of(visit, "/admin/words", &NARROWED_BY, &list);
    let (layout, frame) = framed(visit, Place::Words, "Words");
    // A word that stands on another page by now: what is wrong is told above the list.
    let wrong = if list.results.iter().any(|word| wrong.is_at(word)) { wrong } else { Wrong::default() };
    let page = WordsPage { layout, frame, words: list.results, asked: Asked::of(visit), pager, mistakes, wrong };
    Ok(present_once(status, &page))
}

/// Decides what a word means.
pub(super) async fn accept_word(Extension(visit): Extension<Visit>, form: Form) -> Result<Response, Refused> {
    let decision = decision_in(&form);
    if !form.has("nothing") && decision["concepts"].as_array().is_some_and(Vec::is_empty) {
        let detail = "choose a concept or write its id; that the word means nothing to us has a button of its own";
        let mistake = Mistake { parameter: "concepts".to_owned(), detail: detail.to_owned() };
        return words_page(&visit, StatusCode::BAD_REQUEST, vec![mistake], Wrong::of(&form)).await;
    }
    match visit.post("/words", &decision).await {
        Ok(decided) => {
            let said = if has_replays(&decided) { "word-accepted" } else { "word-accepted-alone" };
            Ok(back_to(&format!("/admin/words{}", visit.passed_on(&WHERE_ONE_WAS)), said))
        }
        Err(refused) if refused.is_about_what_was_sent() => {
            let status = refused.status;
            words_page(&visit, status, refused.into_mistakes(), Wrong::of(&form)).await
        }
        Err(refused) => Err(refused),
    }
}

/// The decision as the API takes it: the boxes that were ticked and the ids that were written beside them; none of them
/// where the word means nothing.
fn decision_in(form: &Form) -> Value {
    let written = form.text("other").split([',', ' ']).filter(|id| !id.is_empty());
    let concepts: Vec<&str> =
        if form.has("nothing") { Vec::new() } else { form.all("concept").into_iter().chain(written).collect() };
    json!({
        "field": form.text("field"), "word": form.text("word"), "source": form.given("source"), "concepts": concepts,
    })
}

#[derive(Template)]
#[template(path = "admin/words_concepts.html")]
struct ConceptsPage {
    layout: Layout,
    frame: Frame,
    list: &'static Vocabulary,
}

/// The concepts of a field, with the ids by which a decision names them.
pub(super) async fn list_concepts(
    Extension(visit): Extension<Visit>,
    PathId(name): PathId,
) -> Result<Response, Refused> {
    let field = ControlledField::by_name(&name).ok_or_else(|| Refused::of(AppError::no_such("field", &name)))?;
    let list = Vocabularies::shipped().of(field);
    let (layout, frame) = framed(&visit, Place::Words, &format!("Concepts of the field {}", field.name()));
    Ok(present_once(StatusCode::OK, &ConceptsPage { layout, frame, list }))
}

/// What was decided about a word.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Accepted {
    id: String,
    field: String,
    word: String,
    source: Option<String>,
    concepts: Vec<String>,
    who: String,
    at: String,
    undone: Option<Undone>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Undone {
    who: String,
    at: String,
}

#[derive(Template)]
#[template(path = "admin/words_accepted.html")]
struct AcceptedPage {
    layout: Layout,
    frame: Frame,
    accepted: Vec<Accepted>,
    pager: Pager,
}

/// What was decided about words.
pub(super) async fn list_accepted(Extension(visit): Extension<Visit>) -> Result<Response, Refused> {
    let list: List<Accepted> = visit.get(&format!("/words/accepted{}", visit.passed_on(&WHERE_ONE_WAS))).await?;
    let pager = Pager::of(&visit, "/admin/words/accepted", &NARROWED_BY, &list);
    let (layout, frame) = framed(&visit, Place::Words, "Decided words");
    Ok(present_once(StatusCode::OK, &AcceptedPage { layout, frame, accepted: list.results, pager }))
}

/// Asks before such a decision is taken back.
pub(super) async fn ask_undo(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Response {
    let asked = Confirmation {
        place: Place::Words,
        title: "Take back what this word means?".to_owned(),
        consequences: vec![
            "The word is again one that no vocabulary knows, and stands in the list with the others.".to_owned(),
            "The sources that say it are replayed from what was kept: resources lose the concepts that came of it."
                .to_owned(),
        ],
        action: format!("/admin/words/accepted/{}/undo", segment(&id)),
        hidden: Vec::new(),
        why: Why::NotAsked,
        button: "Take it back",
        back: "/admin/words/accepted".to_owned(),
    };
    ask(&visit, asked)
}

/// Takes such a decision back.
pub(super) async fn undo_word(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let undone = visit.post(&format!("/words/accepted/{}/undo", segment(&id)), &json!({})).await?;
    let said = if has_replays(&undone) { "word-undone" } else { "word-undone-alone" };
    Ok(back_to("/admin/words/accepted", said))
}

/// Whether replays were queued that make a decision show.
fn has_replays(decided: &Value) -> bool {
    decided["jobs"].as_array().is_some_and(|jobs| !jobs.is_empty())
}

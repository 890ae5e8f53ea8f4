//! `GET /v1/suggest`: completions of what is being typed.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use index::{SuggestedConcept, SuggestedTitle, Suggestions};
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::ViewParameter;
use crate::app::App;
use crate::error::AppError;
use crate::web::caller::Caller;
use crate::web::etag;
use crate::web::mistakes::Mistakes;
use crate::web::problem::Problem;
use crate::web::query::{asked_view, this_hour};
use crate::web::values::Values;

/// Whoever has typed more has typed a question, which is for the search.
const MAX_TEXT_CHARACTERS: usize = 100;
/// What fits below a field without hiding the page.
const DEFAULT_LIMIT: usize = 8;
/// Nobody reads further down a list that changes with each letter.
const MAX_LIMIT: usize = 20;

/// Completions of what is being typed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestAnswer {
    /// Concepts, the likeliest first.
    pub concepts: Vec<SuggestedConceptAnswer>,
    /// Titles of resources, the likeliest first, equal ones once.
    pub titles: Vec<SuggestedTitleAnswer>,
}

/// A concept that may be meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestedConceptAnswer {
    /// Its facet: the parameter of a search for it.
    pub facet: String,
    /// The concept: the value of that parameter.
    pub id: String,
    /// Its label.
    pub label: String,
    /// The label or other name that was recognised.
    pub matched: String,
    /// How many resources have it. What is over or was withdrawn a moment ago may count.
    pub count: u64,
}

/// A resource whose title may be meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestedTitleAnswer {
    /// The resource.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its page, relative to the service.
    pub url: String,
}

/// Completes what is being typed: concepts by any of their names, and titles.
#[utoipa::path(
    get, path = "/v1/suggest", tag = "Search", operation_id = "list_suggestions",
    params(
        ("q" = String, Query, description = "What has been typed so far; the last word may be unfinished", max_length = 100, pattern = r"\S", example = "chem"),
        ("limit" = Option<usize>, Query, description = "At most so many concepts, and so many titles; 8 when left out", minimum = 1, maximum = 20, example = 5),
        ViewParameter,
    ),
    responses(
        (status = 200, description = "The completions", body = SuggestAnswer),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many searches at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_suggestions(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let mut mistakes = Mistakes::default();
    let values = Values::read(raw.as_deref(), &["q", "limit", "view"], &mut mistakes);
    let Asked { text, limit } = Asked::read(&values, &mut mistakes);
    let view = asked_view(&app, values.get("view"), caller.view(), &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    let hour = this_hour(&app.clock);
    let view_name = view.as_ref().map_or("", |view| view.name());
    let tag = etag::of_index(&app, hour, &format!("suggest {limit} {view_name} {text}"));
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let scope = view.map(|view| view.scope()).unwrap_or_default();
    let suggestions = app.suggest(text, limit, hour, scope).await?;
    Ok(etag::with_tag(Json(present(suggestions)).into_response(), &tag))
}

/// What is asked.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    text: String,
    limit: usize,
}

impl Asked {
    fn read(values: &Values, mistakes: &mut Mistakes) -> Self {
        let text = values.get("q").unwrap_or_default();
        if text.is_empty() {
            mistakes.add("q", "needed: what has been typed so far");
        } else if text.chars().count() > MAX_TEXT_CHARACTERS {
            mistakes.add("q", format!("longer than {MAX_TEXT_CHARACTERS} characters"));
        }
        let limit = values.number("limit", 1..=MAX_LIMIT, mistakes).unwrap_or(DEFAULT_LIMIT);
        Self { text: text.to_owned(), limit }
    }
}

fn present(suggestions: Suggestions) -> SuggestAnswer {
    let concept = |concept: SuggestedConcept| SuggestedConceptAnswer {
        facet: concept.facet.name().to_owned(),
        id: concept.id,
        label: concept.label,
        matched: concept.matched,
        count: concept.count,
    };
    let title = |title: SuggestedTitle| SuggestedTitleAnswer {
        url: format!("/resources/{}", title.id),
        id: title.id.to_string(),
        title: title.title,
    };
    SuggestAnswer {
        concepts: suggestions.concepts.into_iter().map(concept).collect(),
        titles: suggestions.titles.into_iter().map(title).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> (Asked, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let values = Values::read(Some(raw), &["q", "limit"], &mut mistakes);
        let asked = Asked::read(&values, &mut mistakes);
        let told = mistakes.into_result().err().unwrap_or_default();
        (asked, told.into_iter().map(|mistake| mistake.parameter).collect())
    }

    #[test]
    fn what_is_typed_is_needed_and_the_limit_is_not() {
        for (raw, limit) in
            [("q=+soap+m", DEFAULT_LIMIT), ("limit=&q=soap+m", DEFAULT_LIMIT), ("q=soap%20m&limit=20", MAX_LIMIT)]
        {
            assert_eq!(read(raw), (Asked { text: "soap m".to_owned(), limit }, Vec::new()), "{raw}");
        }
        assert!(read(&format!("q={}", "é".repeat(MAX_TEXT_CHARACTERS))).1.is_empty());
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let too_long = format!("limit=21&q={}", "a".repeat(MAX_TEXT_CHARACTERS + 1));
        for (raw, told) in [
            ("", "q"),
            ("q=+&limit=3", "q"),
            ("q=a&q=b", "q"),
            ("limit=0&lmit=3", "lmit q limit"),
            (too_long.as_str(), "q limit"),
        ] {
            assert_eq!(read(raw).1.join(" "), told, "{raw}");
        }
    }
}

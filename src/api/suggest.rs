//! `GET /v1/suggest`: completions of what is being typed.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use index::{SuggestedConcept, SuggestedTitle, Suggestions};
use schemas::nearest;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::AppError;
use crate::web::etag;
use crate::web::mistakes::Mistakes;
use crate::web::problem::Problem;
use crate::web::query::this_hour;

/// Whoever has typed more has typed a question, which is for the search.
const MAX_TEXT_CHARACTERS: usize = 100;
/// What fits below a field without hiding the page.
const DEFAULT_LIMIT: usize = 8;
/// Nobody reads further down a list that changes with each letter.
const MAX_LIMIT: usize = 20;
/// The parameters.
const NAMES: [&str; 2] = ["q", "limit"];

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
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let asked = Asked::parse(raw.as_deref().unwrap_or_default())?;
    let hour = this_hour(&app.clock);
    let tag = etag::of_index(&app, hour, &format!("suggest {} {}", asked.limit, asked.text));
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let suggestions = app.suggest(asked.text, asked.limit, hour).await?;
    Ok(etag::with_tag(Json(present(suggestions)).into_response(), &tag))
}

/// What is asked.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    text: String,
    limit: usize,
}

impl Asked {
    fn parse(raw: &str) -> Result<Self, AppError> {
        let mut text = None;
        let mut limit = None;
        let mut mistakes = Mistakes::default();
        for (name, value) in mistakes.pairs(raw) {
            match (name.as_ref(), value.trim()) {
                ("q" | "limit", "") => {}
                ("q", _) if text.is_some() => mistakes.add("q", "given more than once"),
                ("limit", _) if limit.is_some() => mistakes.add("limit", "given more than once"),
                ("q", value) => {
                    if value.chars().count() > MAX_TEXT_CHARACTERS {
                        mistakes.add("q", format!("longer than {MAX_TEXT_CHARACTERS} characters"));
                    }
                    text = Some(value.to_owned());
                }
                ("limit", value) => {
                    let number = value.parse::<usize>().ok().filter(|number| (1..=MAX_LIMIT).contains(number));
                    if number.is_none() {
                        mistakes.add("limit", format!("a whole number from 1 to {MAX_LIMIT} is needed"));
                    }
                    limit = Some(number.unwrap_or(DEFAULT_LIMIT));
                }
                (other, _) => mistakes.add(other, unknown(other)),
            }
            if mistakes.is_full() {
                break;
            }
        }
        if text.is_none() {
            mistakes.add("q", "needed: what has been typed so far");
        }
        mistakes.into_result().map_err(AppError::BadRequest)?;
        Ok(Self { text: text.unwrap_or_default(), limit: limit.unwrap_or(DEFAULT_LIMIT) })
    }
}

fn unknown(name: &str) -> String {
    match nearest(name, NAMES.into_iter()) {
        Some(nearest) => format!("unknown parameter; did you mean `{nearest}`?"),
        None => format!("unknown parameter; allowed: {}", NAMES.join(", ")),
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

    fn mistaken(raw: &str) -> Vec<String> {
        match Asked::parse(raw) {
            Err(AppError::BadRequest(mistakes)) => mistakes.into_iter().map(|mistake| mistake.parameter).collect(),
            other => panic!("{raw}: {other:?}"),
        }
    }

    #[test]
    fn what_is_typed_is_needed_and_the_limit_is_not() {
        let text = "polymer l".to_owned();
        assert_eq!(Asked::parse("q=+polymer+l").unwrap(), Asked { text: text.clone(), limit: DEFAULT_LIMIT });
        assert_eq!(Asked::parse("limit=&q=polymer+l").unwrap(), Asked { text: text.clone(), limit: DEFAULT_LIMIT });
        assert_eq!(Asked::parse("q=polymer%20l&limit=20").unwrap(), Asked { text, limit: MAX_LIMIT });
        assert!(Asked::parse(&format!("q={}", "é".repeat(MAX_TEXT_CHARACTERS))).is_ok());
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        assert_eq!(mistaken(""), ["q"]);
        assert_eq!(mistaken("q=+&limit=3"), ["q"]);
        assert_eq!(mistaken("q=a&q=b"), ["q"]);
        assert_eq!(mistaken("limit=0&lmit=3"), ["limit", "lmit", "q"]);
        assert_eq!(mistaken(&format!("limit=21&q={}", "a".repeat(MAX_TEXT_CHARACTERS + 1))), ["limit", "q"]);
        assert_eq!(unknown("limits"), "unknown parameter; did you mean `limit`?");
    }
}

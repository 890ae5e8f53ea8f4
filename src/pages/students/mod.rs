//! `/students`: the same search for young people, in plain words. It starts from a subject they like or a job they heard
//! of, and shows jobs and the ways into them first; what is meant for teachers alone is left to the search.
//!
//! `front` is the page for one who has chosen nothing yet, `found` what there is for a choice, `ways` the ways into work.

mod found;
mod front;
mod ways;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use index::{Facet, Interpretation, NOT_STATED, SearchRequest};
use schemas::ControlledField;
use url::form_urlencoded::Serializer;

use super::carried::{CARRIED, Carried};
use super::errors::PageError;
use super::kept::{MadePage, kept_page};
use crate::app::App;
use crate::error::{AppError, ParameterMistake};
use crate::web::query::{LEVEL, Part, SearchQuery};

const PATH: &str = "/students";
/// What a student chooses narrows as in every search. The page itself decides how much it shows of what, and in which
/// order.
const PART: Part = Part { showing: &[], own: &CARRIED };

const TYPE: Facet = Facet::Controlled(ControlledField::Type);
const ROUTE: Facet = Facet::Controlled(ControlledField::Route);

/// What a job is.
const JOBS: [&str; 1] = ["job-profile"];
/// What shows how it is.
const LOOK: [&str; 3] = ["video", "podcast", "case-study"];
/// What a student can do, narrower types among them: competitions, events and work experience are experiences.
const TRY: [&str; 5] = ["experience", "activity", "game-quiz", "project-programme", "club-pack"];

/// For whom it is: secondary school and after, or nobody says. What is for primary schools alone is for those who ask for
/// it.
const LEVELS: [&str; 4] = ["phase-secondary", "phase-post-16", "phase-higher", NOT_STATED];

/// One place to start, with how much there is.
struct Start {
    href: String,
    label: String,
    /// The name of the drawing beside it.
    icon: String,
    /// "67 things".
    count: String,
    /// The number alone, where there is no room for more.
    number: String,
}

/// The box to type into, on both pages.
struct Asking {
    /// The words, as they were typed.
    words: String,
    /// What the visitor carries, for the form.
    carried: Vec<(&'static str, String)>,
    /// Where a suggested concept leads, which is put on as a parameter.
    suggest_to: String,
}

impl Asking {
    fn new(words: &str, carried: &Carried) -> Self {
        Self { words: words.to_owned(), carried: carried.pairs(), suggest_to: carried.address(PATH) }
    }
}

/// The page for students.
pub(super) async fn show_students(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let raw = raw.unwrap_or_default();
    let (query, carried) = SearchQuery::parse_beside(&raw, &app, &PART, None, Carried::strict)?;
    if query.request.filters.contains_key(&TYPE) {
        let detail = "this page shows what is for students, sorted by what it is; the search at / takes it";
        return Err(AppError::BadRequest(vec![ParameterMistake::new(TYPE.name(), detail)]).into());
    }
    kept_page(&app, &headers, PATH, Some(&raw), async || {
        if asked(&query).is_empty() {
            MadePage::new(&front::front_page(&app, &carried).await?)
        } else {
            let (page, counted) = found::found_page(&app, &query, &carried).await?;
            Ok(MadePage::new(&page)?.counting(counted))
        }
    })
    .await
}

/// What was chosen or typed, without what is only carried.
fn asked(query: &SearchQuery) -> Vec<(&str, &str)> {
    let pairs = query.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str()));
    pairs.filter(|(name, _)| !CARRIED.contains(name)).collect()
}

/// The address at this path with these parameters, at least one.
fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(pairs);
    format!("{path}?{}", query.finish())
}

/// The same search among these types and levels alone, of which so many results are listed; no levels are all levels.
fn among(request: &SearchRequest, types: &[&str], levels: &[&str], limit: usize) -> SearchRequest {
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let mut request = SearchRequest { limit, facets: Vec::new(), ..request.clone() };
    request.filters.insert(TYPE, owned(types));
    if !levels.is_empty() {
        request.filters.insert(LEVEL, owned(levels));
    }
    request
}

/// The levels that a search is narrowed to: none besides those that somebody chose or typed.
fn levels_for(request: &SearchRequest, understood: &Interpretation) -> &'static [&'static str] {
    let is_typed = understood.filters.iter().any(|filter| filter.facet == LEVEL && !filter.negated);
    let is_chosen = request.filters.contains_key(&LEVEL) || request.ages.is_some();
    if is_typed || is_chosen { &[] } else { &LEVELS }
}

/// Everything that is for students.
fn all_types() -> Vec<&'static str> {
    [&JOBS[..], &LOOK, &TRY].concat()
}

#[cfg(test)]
mod tests {
    use schemas::Vocabularies;

    use super::*;

    #[test]
    fn every_type_for_students_is_in_the_vocabulary_and_stands_in_one_place() {
        let list = Vocabularies::shipped().of(ControlledField::Type);
        let mut types = all_types();
        assert!(types.iter().all(|id| list.get(id).is_some()));
        for id in &types {
            assert!(!list.ancestors(id).any(|broader| types.contains(&broader.id.as_str())), "{id} is counted twice");
        }
        types.sort_unstable();
        types.dedup();
        assert_eq!(types.len(), all_types().len());
    }

    #[test]
    fn every_level_for_students_is_in_the_vocabulary_and_primary_school_is_none_of_them() {
        let list = Vocabularies::shipped().of(ControlledField::Level);
        assert!(LEVELS.iter().all(|id| *id == NOT_STATED || list.get(id).is_some()));
        assert!(!LEVELS.contains(&"phase-primary"));
    }

    #[test]
    fn an_address_says_what_was_chosen() {
        assert_eq!(
            address(PATH, &[("q", "marine biologist"), ("subject", "biology")]),
            "/students?q=marine+biologist&subject=biology"
        );
    }
}

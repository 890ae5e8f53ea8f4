//! `ListQuery`: the parameters of a list that is no search. A page of it, and a few values by their names.
//!
//! Strict, and every mistake told at once. What a value must be is for the call to say that knows it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::links::Links;
use super::mistakes::Mistakes;
use super::query::{DEFAULT_PER_PAGE, MAX_PER_PAGE};
use super::values::Values;
use crate::error::AppError;

/// The parameters that every such list has.
const OF_ALL: [&str; 2] = ["page", "per_page"];

/// No list of ours has so many pages.
pub const MAX_PAGE: usize = 1_000_000;

/// Which part of a list is asked for, and what narrows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// The page, from 1.
    pub page: usize,
    /// Rows on a page.
    pub per_page: usize,
    /// All that was given.
    values: Values,
}

impl ListQuery {
    /// Reads a query string. Beside the page, only values of these names may be given, each once; a blank one counts as
    /// not given.
    ///
    /// # Errors
    /// Every mistake of the request.
    pub fn parse(raw: Option<&str>, names: &[&'static str]) -> Result<Self, AppError> {
        let mut mistakes = Mistakes::default();
        let known = [names, &OF_ALL].concat();
        let values = Values::read(raw, &known, &mut mistakes);
        let page = values.number("page", 1..=MAX_PAGE, &mut mistakes);
        let per_page = values.number("per_page", 1..=MAX_PER_PAGE, &mut mistakes);
        mistakes.into_result().map_err(AppError::BadRequest)?;
        Ok(Self { page: page.unwrap_or(1), per_page: per_page.unwrap_or(DEFAULT_PER_PAGE), values })
    }

    /// The value of this name, when it was given.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name)
    }

    /// How many rows come before this page.
    pub fn offset(&self) -> usize {
        (self.page - 1).saturating_mul(self.per_page)
    }

    /// The answer that is this page of a list: `results`, `total`, `page`, `per_page`, `links`.
    pub fn page_of(&self, results: &impl Serialize, total: u64, path: &str) -> Response {
        let links = self.links(path, total);
        Json(json!({
            "results": results, "total": total, "page": self.page, "per_page": self.per_page, "links": links,
        }))
        .into_response()
    }

    /// This page and its neighbours, in a list of so many at this path.
    pub fn links(&self, path: &str, total: u64) -> Links {
        let seen = u64::try_from(self.offset().saturating_add(self.per_page)).unwrap_or(u64::MAX);
        Links {
            this: self.address(path, self.page),
            next: (seen < total).then(|| self.address(path, self.page + 1)),
            prev: (self.page > 1).then(|| self.address(path, self.page - 1)),
        }
    }

    fn address(&self, path: &str, page: usize) -> String {
        let page = (page > 1).then(|| page.to_string());
        let per_page = (self.per_page != DEFAULT_PER_PAGE).then(|| self.per_page.to_string());
        self.values.with("page", page).with("per_page", per_page).address(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<ListQuery, Vec<String>> {
        ListQuery::parse(Some(raw), &["source", "with"]).map_err(|error| {
            let AppError::BadRequest(mistakes) = error else { panic!("{error}") };
            mistakes.into_iter().map(|mistake| mistake.parameter).collect()
        })
    }

    #[test]
    fn a_list_is_read_from_its_first_page_on() {
        let query = ListQuery::parse(None, &[]).unwrap();
        assert_eq!((query.page, query.per_page, query.offset()), (1, DEFAULT_PER_PAGE, 0));
        let query = parse("source=a&with=&page=3&per_page=10").unwrap();
        assert_eq!((query.offset(), query.value("source"), query.value("with")), (20, Some("a"), None));
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let wrong = "sauce=a&page=0&per_page=101&source=a&source=b";
        assert_eq!(parse(wrong).unwrap_err(), ["sauce", "source", "page", "per_page"]);
    }

    #[test]
    fn a_page_names_its_neighbours_where_there_are_any() {
        let links = parse("source=a&page=2&per_page=10").unwrap().links("/v1/duplicates", 25);
        assert_eq!(links.this, "/v1/duplicates?source=a&page=2&per_page=10");
        assert_eq!(links.next.as_deref(), Some("/v1/duplicates?source=a&page=3&per_page=10"));
        assert_eq!(links.prev.as_deref(), Some("/v1/duplicates?source=a&per_page=10"));
        let alone = parse("").unwrap().links("/v1/duplicates", 20);
        assert_eq!((alone.this.as_str(), alone.next, alone.prev), ("/v1/duplicates", None, None));
    }

    #[test]
    fn a_page_far_past_the_end_is_no_mistake_and_breaks_nothing() {
        let query = parse(&format!("page={MAX_PAGE}&per_page=100")).unwrap();
        assert_eq!(query.links("/", 5).next, None);
    }
}

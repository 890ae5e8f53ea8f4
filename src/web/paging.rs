//! `ListQuery`: the parameters of a list that is no search. A page of it, and a few values by their names.
//!
//! Strict, and every mistake told at once. What a value must be is for the call to say that knows it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use schemas::nearest;
use serde::Serialize;
use serde_json::json;

use super::mistakes::Mistakes;
use super::query::{DEFAULT_PER_PAGE, MAX_PER_PAGE};
use crate::api::resources::Links;
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
    /// What else was given, each once, in the order in which it came.
    values: Vec<(&'static str, String)>,
}

impl ListQuery {
    /// Reads a query string. Beside the page, only values of these names may be given, each once; a blank one counts as
    /// not given.
    ///
    /// # Errors
    /// Every mistake of the request.
    pub fn parse(raw: Option<&str>, names: &[&'static str]) -> Result<Self, AppError> {
        let mut mistakes = Mistakes::default();
        let mut query = Self { page: 1, per_page: DEFAULT_PER_PAGE, values: Vec::new() };
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in mistakes.pairs(raw.unwrap_or_default()) {
            if mistakes.is_full() {
                break;
            }
            let Some(known) = OF_ALL.iter().chain(names).copied().find(|known| *known == name) else {
                mistakes.add(&name, unknown(&name, names));
                continue;
            };
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            if seen.contains(&known) {
                mistakes.add(known, "given more than once");
                continue;
            }
            seen.push(known);
            query.take(known, value, &mut mistakes);
        }
        mistakes.into_result().map_err(AppError::BadRequest)?;
        Ok(query)
    }

    fn take(&mut self, name: &'static str, value: &str, mistakes: &mut Mistakes) {
        match name {
            "page" => match value.parse::<usize>() {
                Ok(page) if (1..=MAX_PAGE).contains(&page) => self.page = page,
                Ok(_) | Err(_) => mistakes.add(name, format!("a whole number from 1 to {MAX_PAGE} is needed")),
            },
            "per_page" => match value.parse::<usize>() {
                Ok(per_page) if (1..=MAX_PER_PAGE).contains(&per_page) => self.per_page = per_page,
                Ok(_) | Err(_) => mistakes.add(name, format!("a whole number from 1 to {MAX_PER_PAGE} is needed")),
            },
            name => self.values.push((name, value.to_owned())),
        }
    }

    /// The value of this name, when it was given.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(held, _)| *held == name).map(|(_, value)| value.as_str())
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
        let mut pairs: Vec<(&str, String)> = self.values.iter().map(|(name, value)| (*name, value.clone())).collect();
        if page > 1 {
            pairs.push(("page", page.to_string()));
        }
        if self.per_page != DEFAULT_PER_PAGE {
            pairs.push(("per_page", self.per_page.to_string()));
        }
        if pairs.is_empty() {
            return path.to_owned();
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("{path}?{query}")
    }
}

fn unknown(name: &str, names: &[&'static str]) -> String {
    let known: Vec<&str> = names.iter().chain(&OF_ALL).copied().collect();
    match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("unknown parameter; did you mean `{nearest}`?"),
        None => format!("unknown parameter; allowed: {}", known.join(", ")),
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
        assert_eq!(parse(wrong).unwrap_err(), ["sauce", "page", "per_page", "source"]);
        assert_eq!(unknown("sorce", &["source"]), "unknown parameter; did you mean `source`?");
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

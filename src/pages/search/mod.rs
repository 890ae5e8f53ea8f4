//! `/`: the search page. One form, its facets and what was found; the address is the whole state.

mod facets;
mod found;
mod front;
mod labels;
mod looser;
mod nothing;
mod paging;
mod summary;

use askama::Template;
use askama::filters::Safe;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use index::{NOT_STATED, SearchRequest, SearchResults};

use self::facets::{FacetGroup, Kept};
use self::found::FoundResource;
use self::front::Front;
use self::labels::Labels;
use self::looser::{CountedLink, LooserSearches};
use self::nothing::NothingFound;
use self::paging::Pagination;
use self::summary::Summary;
use super::errors::PageError;
use super::layout::Layout;
use super::{markup, present, wording};
use crate::app::App;
use crate::error::{AppError, ParameterMistake};
use crate::web::query::{MAX_QUERY_CHARACTERS, SearchQuery};

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    layout: Layout,
    /// The words, as they were typed.
    words: String,
    max_characters: usize,
    /// What is shown to one who has asked for nothing yet.
    front: Option<Front>,
    summary: Summary,
    facets: Vec<FacetGroup>,
    more_facets: Vec<FacetGroup>,
    /// Whether one of the further facets is in use.
    is_more_in_use: bool,
    /// Parameters that the form shows no field for.
    kept: Vec<Kept>,
    /// "12 results".
    count: String,
    /// "21 to 40".
    range: Option<String>,
    /// What a filter by level leaves out because it states no level.
    levels_not_stated: Option<PageLink>,
    orders: Vec<Order>,
    results: Vec<FoundResource>,
    suggestion: Option<CountedLink>,
    looser: Option<LooserSearches>,
    nothing: Option<NothingFound>,
    /// The first page, for one who asked for a page past the last.
    first_page: Option<String>,
    pagination: Option<Pagination>,
    /// Whether search engines should list the page: only the front page is one place.
    is_listed: bool,
    json_ld: Safe<String>,
}

/// A link with its words.
#[derive(Debug, PartialEq, Eq)]
struct PageLink {
    href: String,
    label: String,
}

/// One way to order results.
struct Order {
    /// Blank for the order in which an unordered search comes.
    value: &'static str,
    label: &'static str,
    is_chosen: bool,
}

const ORDERS: [(&str, &str); 3] = [("", "Best match first"), ("newest", "Newest first"), ("title", "Title, A to Z")];

/// Parameters that shape a search without asking for anything: the front page stays the front page.
const SHAPING: [&str; 4] = ["sort", "page", "per_page", "interpret"];

/// The search page.
pub(super) async fn show_search(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let query = SearchQuery::parse(raw.as_deref().unwrap_or_default(), &app).map_err(AppError::BadRequest)?;
    if query.is_walk() {
        let mistake =
            ParameterMistake::new("cursor", "the pages have numbers; only /v1/resources is walked by cursors");
        return Err(AppError::BadRequest(vec![mistake]).into());
    }
    let request = SearchRequest { highlight: true, ..query.request.clone() };
    let results = app.search(request).await?;
    Ok(present(&headers, &search_page(&query, &results, &app)))
}

fn search_page(query: &SearchQuery, results: &SearchResults, app: &App) -> SearchPage {
    let vocabularies = app.vocabularies;
    let labels = Labels { results, vocabularies, sources: app.source_names() };
    let words = given(query, "q").unwrap_or_default().to_owned();
    let is_front = query.pairs().iter().all(|(name, _)| SHAPING.contains(&name.as_str()));
    let count = said_count(results.total, is_front);
    let summary = summary::summary(query, results, &labels);
    let more_facets = facets::groups(&facets::MORE, query, &labels);
    let looser = looser::looser_searches(query, results, &labels);
    let is_past_end = results.hits.is_empty() && results.total > 0;
    SearchPage {
        layout: if is_front { Layout::front() } else { Layout::new(&title(&count, &words, query.page), "/") },
        max_characters: MAX_QUERY_CHARACTERS,
        front: is_front.then(|| front::front(query, results, vocabularies)),
        facets: facets::groups(&facets::MAIN, query, &labels),
        is_more_in_use: more_facets.iter().any(FacetGroup::is_in_use),
        more_facets,
        kept: facets::kept(query),
        range: paging::range(query.page, query.per_page, results),
        levels_not_stated: levels_not_stated(query, results),
        orders: orders(query),
        results: found::found_resources(query, results, vocabularies),
        suggestion: looser::suggestion(query, results),
        nothing: (results.total == 0)
            .then(|| nothing::nothing_found(query, &words, &summary, looser.as_ref(), vocabularies)),
        looser,
        first_page: is_past_end.then(|| address(query.with_page(1))),
        pagination: paging::pagination(query, results.total),
        is_listed: is_front && query.page == 1,
        json_ld: markup::json_ld(&found::item_list(query, results, app.public_url())),
        summary,
        count,
        words,
    }
}

/// The first value that was given for a parameter.
fn given<'a>(query: &'a SearchQuery, parameter: &str) -> Option<&'a str> {
    query.pairs().iter().find(|(name, _)| name == parameter).map(|(_, value)| value.as_str())
}

/// A query string as an address that means the same on every page.
fn address(query_string: String) -> String {
    if query_string.starts_with('?') { format!("/{query_string}") } else { query_string }
}

fn said_count(total: u64, is_front: bool) -> String {
    match (total, is_front) {
        (0, _) => "No results".to_owned(),
        (total, true) => wording::count(total, "resource", "resources"),
        (total, false) => wording::count(total, "result", "results"),
    }
}

/// "12 results for chemistry, page 2".
fn title(count: &str, words: &str, page: usize) -> String {
    let words = if words.is_empty() { String::new() } else { format!(" for {}", wording::shorten(words, 60)) };
    let page = if page > 1 { format!(", page {page}") } else { String::new() };
    format!("{count}{words}{page}")
}

fn orders(query: &SearchQuery) -> Vec<Order> {
    let chosen = given(query, "sort").filter(|order| *order != "relevance").unwrap_or_default();
    ORDERS.into_iter().map(|(value, label)| Order { value, label, is_chosen: value == chosen }).collect()
}

/// Who filters by level should know how many resources say nothing of it.
fn levels_not_stated(query: &SearchQuery, results: &SearchResults) -> Option<PageLink> {
    let level = facets::LEVEL;
    let chosen = query.request.filters.get(&level)?;
    let not_stated = results.facets.iter().find(|counts| counts.facet == level)?.not_stated;
    let is_worth_saying = not_stated > 0 && !chosen.iter().any(|id| id == NOT_STATED);
    is_worth_saying.then(|| PageLink {
        href: address(query.with(level.name(), NOT_STATED)),
        label: format!("Add {} that state no level", wording::count(not_stated, "resource", "resources")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_begins_with_the_number_of_results() {
        assert_eq!(title("12 results", "chemistry", 1), "12 results for chemistry");
        assert_eq!(title("1,204 results", "", 3), "1,204 results, page 3");
        assert_eq!(said_count(0, false), "No results");
        assert_eq!(said_count(1, false), "1 result");
        assert_eq!(said_count(2, true), "2 resources");
    }

    #[test]
    fn an_address_leads_to_the_search_from_wherever_it_stands() {
        assert_eq!(address("?q=a".to_owned()), "/?q=a");
        assert_eq!(address("/".to_owned()), "/");
    }
}

//! `/?q=`: the search page. One form, its facets and what was found; the address is the whole state.

mod facets;
mod found;
mod labels;
mod links;
mod looser;
mod nothing;
mod paging;
mod summary;

use askama::Template;
use askama::filters::Safe;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::collections::BTreeMap;

use index::{Facet, NOT_STATED, SearchRequest, SearchResults};

use self::facets::{FacetGroup, Kept};
use self::found::Unsaid;
use self::labels::Labels;
use self::links::{TakeAway, address};
use self::looser::{CountedLink, LooserSearches};
use self::nothing::NothingFound;
use self::paging::Pagination;
use self::summary::Summary;
use super::cards::{Card, CardContext};
use super::carried::{CARRIED, Carried, LIST, WORDS_OF};
use super::errors::PageError;
use super::filters;
use super::kept::{MadePage, kept_page};
use super::layout::Layout;
use super::nations::{NationLink, nation_links};
use super::wording::{counted, say, shorten, word};
use super::{markup, wording};
use crate::app::App;
use crate::error::{AppError, ParameterMistake};
use crate::web::answers::CountedSearch;
use crate::web::query::{LEVEL, MAX_QUERY_CHARACTERS, Part, SearchQuery, this_hour};

/// The page takes what the API takes, and what every page of ours takes.
const PART: Part = Part {
    showing: &[
        "sort",
        "page",
        "per_page",
        "cursor",
        "facets",
        "facet_q",
        "facet_limit",
        "fields",
        "highlight",
        "explain",
    ],
    own: &CARRIED,
};

/// Parameters that shape a search without asking for anything.
const SHAPING: [&str; 6] = ["sort", "page", "per_page", "interpret", WORDS_OF, LIST];

/// So many concepts are looked up each by itself: more than anybody types.
const MOST_LOOKED_UP: usize = 6;

/// The orders of results, and the names of what they are called.
const ORDERS: [(&str, &str); 3] =
    [("", "search.sort-relevance"), ("newest", "search.sort-newest"), ("title", "search.sort-title")];

/// So much of the words stands in the title of the page.
const TITLE_CHARACTERS: usize = 60;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    layout: Layout,
    /// The words, as they were typed.
    words: String,
    max_characters: usize,
    /// Where a suggested concept leads, before its own parameter.
    suggest_to: String,
    /// Whose words levels may be said in.
    nations: Vec<NationLink>,
    summary: Summary,
    facets: Vec<FacetGroup>,
    more_facets: Vec<FacetGroup>,
    /// Whether one of the further facets is in use.
    is_more_in_use: bool,
    is_stated_only: bool,
    /// Parameters that the form shows no field for.
    kept: Vec<Kept>,
    /// "12 results".
    count: String,
    /// What the filters make of it: "Chemistry, Key Stage 4".
    named: Option<String>,
    /// "Showing 21 to 40".
    range: Option<String>,
    /// What a filter by level leaves out because it states no level.
    levels_not_stated: Option<PageLink>,
    orders: Vec<Order>,
    /// What most of them leave unsaid, each in a sentence.
    unsaid: Vec<String>,
    cards: Vec<Card>,
    suggestion: Option<CountedLink>,
    looser: Option<LooserSearches>,
    nothing: Option<NothingFound>,
    /// Whether there is nothing to be found at all.
    is_empty: bool,
    /// The first page, for one who asked for a page past the last.
    first_page: Option<String>,
    pagination: Option<Pagination>,
    take_away: TakeAway,
    /// The one address of this search; `None` where search engines should pass the page over.
    canonical: Option<String>,
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

/// The search page.
pub(super) async fn show_search(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let raw = raw.unwrap_or_default();
    kept_page(&app, &headers, "/", Some(&raw), async || make_page(&app, &raw).await).await
}

async fn make_page(app: &App, raw: &str) -> Result<MadePage, PageError> {
    let (query, carried) = SearchQuery::parse_beside(raw, app, &PART, None, Carried::strict)?;
    if query.is_walk() {
        let mistake = ParameterMistake::new("cursor", word("search.no-cursor"));
        return Err(AppError::BadRequest(vec![mistake]).into());
    }
    let request = SearchRequest { highlight: true, ..query.request.clone() };
    let results = app.search(request).await?;
    let carried = found::in_words_asked(carried, &query, &results, app.vocabularies);
    let filed_nowhere = filed_nowhere(&results, app).await?;
    let mut page = search_page(&query, &results, &carried, app);
    page.summary.filed_nowhere = filed_nowhere;
    Ok(MadePage::new(&page)?.counting(CountedSearch::of(&query, &results)))
}

/// What was understood that no resource at all is filed under, in words. What a facet of the results lists is there; so
/// little else is looked up. A year is not, for nearly everything states wider levels.
async fn filed_nowhere(results: &SearchResults, app: &App) -> Result<Option<String>, PageError> {
    let mut nowhere: Vec<String> = Vec::new();
    let is_listed = |facet: Facet, id: &str| {
        let values = results.facets.iter().filter(|counts| counts.facet == facet).flat_map(|counts| &counts.values);
        values.into_iter().any(|value| &*value.id == id && value.count > 0)
    };
    let concepts = results.interpretation.filters.iter().filter(|one| !one.negated && one.facet != LEVEL);
    for concept in concepts.filter(|one| !is_listed(one.facet, &one.id)).take(MOST_LOOKED_UP) {
        let filters = BTreeMap::from([(concept.facet, vec![concept.id.clone()])]);
        let everything = SearchRequest::new(this_hour(&app.clock));
        let request = SearchRequest { filters, facets: Vec::new(), limit: 0, help: false, ..everything };
        if app.search(request).await?.total == 0 {
            nowhere.push(say("search.concept", &[("label", &concept.label)]));
        }
    }
    Ok((!nowhere.is_empty()).then(|| say("search.filed-nowhere", &[("concepts", &nowhere.join(word("search.or")))])))
}

fn search_page(query: &SearchQuery, results: &SearchResults, carried: &Carried, app: &App) -> SearchPage {
    let vocabularies = app.vocabularies;
    let labels = Labels { results, vocabularies, sources: app.source_names() };
    let words = query.request.text.clone();
    let count = said_count(results.total);
    let summary = summary::summary(query, results, carried, &labels);
    let more_facets = facets::groups(&facets::MORE, query, &labels, carried.nation());
    let looser = looser::looser_searches(query, results, &labels);
    let nothing = || nothing::nothing_found(query, &summary, looser.as_ref(), carried, vocabularies);
    let is_past_end = results.hits.is_empty() && results.total > 0;
    let is_worth_listing = query.page == 1 && results.total > 0;
    let here = links::here(query);
    let context = CardContext { carried, vocabularies, here: &here };
    let unsaid = Unsaid::read(results);
    let named = summary::name_of(&summary.filters);
    SearchPage {
        layout: layout(&title(&count, &words, named.as_deref(), query.page), carried),
        max_characters: MAX_QUERY_CHARACTERS,
        suggest_to: carried.address("/"),
        nations: nation_links(carried, |other| address(&query.replace(WORDS_OF, other.nation()))),
        facets: facets::groups(&facets::MAIN, query, &labels, carried.nation()),
        is_more_in_use: more_facets.iter().any(FacetGroup::is_in_use),
        more_facets,
        is_stated_only: query.request.stated_only,
        kept: facets::kept(query),
        range: paging::range(query.page, query.per_page, results),
        levels_not_stated: levels_not_stated(query, results),
        orders: orders(query),
        cards: found::cards(results, &unsaid, &context),
        unsaid: unsaid.told(),
        suggestion: looser::suggestion(query, results),
        nothing: (results.total == 0).then(nothing),
        is_empty: results.total == 0 && query.pairs().iter().all(|(name, _)| SHAPING.contains(&name.as_str())),
        looser,
        first_page: is_past_end.then(|| address(&query.with_page(1))),
        pagination: paging::pagination(query, results.total),
        take_away: links::take_away(query, carried, app.public_url()),
        canonical: is_worth_listing.then(|| links::canonical(query, app.public_url())),
        json_ld: markup::json_ld(&found::item_list(query, results, app.public_url())),
        summary,
        count,
        named,
        words,
    }
}

fn layout(title: &str, carried: &Carried) -> Layout {
    let description = say("search.description", &[("found", &title)]);
    Layout::new(title, "/").described(&description).scripted(&["search.js", "facets.js", "copy.js"]).carrying(carried)
}

/// The first value that was given for a parameter.
fn given<'a>(query: &'a SearchQuery, parameter: &str) -> Option<&'a str> {
    query.pairs().iter().find(|(name, _)| name == parameter).map(|(_, value)| value.as_str())
}

fn said_count(total: u64) -> String {
    if total == 0 { word("search.no-results").to_owned() } else { counted("search.results", total) }
}

/// "12 results for soap: Chemistry, Key Stage 4, page 2".
fn title(count: &str, words: &str, named: Option<&str>, page: usize) -> String {
    let words = shorten(words, TITLE_CHARACTERS);
    let found = if words.is_empty() {
        count.to_owned()
    } else {
        say("search.title-words", &[("count", &count), ("words", &words)])
    };
    // What comes from outside is filled in last.
    let found = match named {
        Some(named) => say("search.title-named", &[("found", &found), ("named", &named)]),
        None => found,
    };
    match page {
        0 | 1 => found,
        page => say("search.title-page", &[("page", &wording::thousands(page)), ("found", &found)]),
    }
}

fn orders(query: &SearchQuery) -> Vec<Order> {
    let chosen = given(query, "sort").filter(|order| *order != "relevance").unwrap_or_default();
    ORDERS.into_iter().map(|(value, name)| Order { value, label: word(name), is_chosen: value == chosen }).collect()
}

/// Who filters by level should know how many resources say nothing of it.
fn levels_not_stated(query: &SearchQuery, results: &SearchResults) -> Option<PageLink> {
    let chosen = query.request.filters.get(&LEVEL)?;
    let not_stated = results.facets.iter().find(|counts| counts.facet == LEVEL)?.not_stated;
    let is_worth_saying = not_stated > 0 && !chosen.iter().any(|id| id == NOT_STATED);
    is_worth_saying.then(|| PageLink {
        href: address(&query.with(LEVEL.name(), NOT_STATED)),
        label: counted("search.add-unstated", not_stated),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_begins_with_the_number_of_results() {
        let named = Some("Chemistry, Key Stage 4");
        assert_eq!(title("12 results", "chemistry", None, 1), "12 results for chemistry");
        assert_eq!(title("12 results", "chemistry", None, 2), "12 results for chemistry, page 2");
        assert_eq!(title("1,204 results", "", None, 3), "1,204 results, page 3");
        assert_eq!(title("1,204 results", "", None, 1), "1,204 results");
        assert_eq!(title("198 results", "", named, 1), "198 results: Chemistry, Key Stage 4");
        assert_eq!(title("198 results", "soap", named, 2), "198 results for soap: Chemistry, Key Stage 4, page 2");
        assert_eq!(said_count(0), "No results");
        assert_eq!(said_count(1), "1 result");
    }
}

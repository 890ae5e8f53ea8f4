//! A search in other formats than JSON: as a feed, as a calendar of its events, and as a file of everything it finds.
//!
//! Here is what the feeds share: the search is asked once, and what was found is a `Feed`, which each format writes in
//! its own way. What is taken whole, to any size, is in `export`.

pub mod atom;
pub mod calendar;
pub mod export;
pub mod json_feed;
pub mod manifest;
pub mod rss;

mod columns;
#[cfg(test)]
mod testing;
mod title;

use anyhow::Context as _;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use index::{Hit, Pinning, Sort};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use schemas::Resource;

use crate::app::App;
use crate::catalogue::CatalogueError;
use crate::error::AppError;
use crate::views::View;
use crate::web::caller::Caller;
use crate::web::query::{Part, SearchQuery};
use crate::web::{conditional, etag};

/// What a feed takes beside what narrows every search.
const FEED: Part = Part { showing: &["per_page", "sort"], own: &[] };
/// What every feed says of itself.
const ABOUT: &str = "What this search finds in Signpost, the open catalogue of STEM careers resources for UK schools.";

/// One way to write a feed.
struct Format {
    path: &'static str,
    media_type: &'static str,
    contents: Contents,
    write: fn(&Feed) -> Result<String, AppError>,
}

/// What a feed holds.
#[derive(Clone, Copy)]
enum Contents {
    /// All that the search finds.
    Resources,
    /// Of that, what begins or must be applied for at some time that is still to come.
    Events,
}

/// A search as a feed.
struct Feed {
    /// Says what is searched.
    title: String,
    /// The address of the feed.
    address: String,
    /// The page that shows the same search.
    page: String,
    /// The address of the service, without a slash at the end.
    public_url: String,
    /// When the newest of it was last changed; `None` when it is empty.
    updated: Option<Timestamp>,
    /// The hour it was made for.
    hour: Timestamp,
    items: Vec<FeedItem>,
}

/// One resource of a feed.
struct FeedItem {
    resource: Resource,
    /// Our page about it, which names it for ever.
    page: String,
    /// Where it is; our page where it has no address.
    link: String,
    /// When we first published it.
    created: Timestamp,
    /// When we last changed it.
    updated: Timestamp,
}

/// A concept that a resource is filed under in a feed.
struct Category<'a> {
    /// The vocabulary.
    vocabulary: &'static str,
    id: &'a str,
    label: &'a str,
}

/// The search of a request. Newest first unless it says otherwise: readers of a feed look at its beginning.
fn read_search(app: &App, caller: &Caller, raw: Option<&str>, part: &Part) -> Result<SearchQuery, AppError> {
    let mut query =
        SearchQuery::parse_part(raw.unwrap_or_default(), app, part, caller.view()).map_err(AppError::BadRequest)?;
    if !query.pairs().iter().any(|(name, _)| name == "sort") {
        query.request.sort = Sort::Newest;
    }
    query.request.facets = Vec::new();
    Ok(query)
}

/// Counts a feed or a file as a search of its view.
fn count(app: &App, query: &SearchQuery) {
    app.usage.searched(query.view.as_deref().map(View::name), &[]);
}

/// Answers with a search as a feed.
async fn answer_feed(
    app: &App,
    caller: &Caller,
    raw: Option<&str>,
    headers: &HeaderMap,
    format: &Format,
) -> Result<Response, AppError> {
    let query = read_search(app, caller, raw, &FEED)?;
    let tag = etag::of_index(app, query.request.now, &format!("{} {}", format.path, query.cache_key()));
    if etag::is_held(headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    // Asked before the search: an answer may know more than its date says, and never less.
    let since = unchanged_since(app, &query).await?;
    let resources = match format.contents {
        Contents::Resources => read_hits(&app.search(query.request.clone()).await?.hits)?,
        Contents::Events => calendar::find_events(app, &query).await?,
    };
    let feed = Feed::new(app, &query, format.path, resources)?;
    let since = since.map(|since| feed.updated.map_or(since, |updated| updated.max(since)));
    let response = if since.is_some_and(|since| conditional::is_unmodified(headers, since)) {
        etag::not_modified(&tag)
    } else {
        count(app, &query);
        let body = (format.write)(&feed)?;
        etag::with_tag(([(header::CONTENT_TYPE, format.media_type)], body).into_response(), &tag)
    };
    Ok(match since {
        Some(since) => conditional::with_last_modified(response, since),
        None => response,
    })
}

/// Since when nothing has happened that changes what a search finds: at the full hour an event may have ended. `None`
/// where that cannot be said: what views and pins did has no time, more may change in the second of the last change, and
/// an index that is behind the log will catch up with what has a time already; nor while the store is away, which alone
/// knows the times of the log.
async fn unchanged_since(app: &App, query: &SearchQuery) -> Result<Option<Timestamp>, AppError> {
    if query.view.is_some() || query.request.pinning != Pinning::default() {
        return Ok(None);
    }
    let hour = hour_of(query)?;
    let (changed, head) = match log_ends(app).await {
        Err(error) if error.is_away() => return Ok(None),
        ends => ends?,
    };
    let Some(changed) = changed else {
        return Ok(Some(hour));
    };
    let is_over = changed.as_second() < app.clock.now().as_second();
    let is_known = head <= app.index.position();
    Ok((is_over && is_known).then(|| changed.max(hour)))
}

/// When the last change of the log was, and its place, which may be that of a later one.
async fn log_ends(app: &App) -> Result<(Option<Timestamp>, u64), CatalogueError> {
    let store = app.store()?;
    Ok((store.last_change_at().await?, store.head_seq().await?))
}

fn read_hits(hits: &[Hit]) -> Result<Vec<Resource>, AppError> {
    let read = |hit: &Hit| serde_json::from_str::<Resource>(&hit.json).context("reading an indexed resource");
    Ok(hits.iter().map(read).collect::<Result<Vec<Resource>, anyhow::Error>>()?)
}

impl Feed {
    fn new(app: &App, query: &SearchQuery, path: &str, resources: Vec<Resource>) -> Result<Self, AppError> {
        let public_url = app.public_url();
        let view = query.view.as_deref();
        let items = resources.into_iter().map(|resource| FeedItem::new(resource, public_url, view));
        let items: Vec<FeedItem> = items.collect::<Result<_, _>>()?;
        let asked = query_string(query);
        Ok(Self {
            title: title::title_of(query, app),
            address: format!("{public_url}{path}{asked}"),
            page: format!("{public_url}/{asked}"),
            public_url: public_url.to_owned(),
            updated: items.iter().map(|item| item.updated).max(),
            hour: hour_of(query)?,
            items,
        })
    }
}

impl FeedItem {
    fn new(resource: Resource, public_url: &str, view: Option<&View>) -> Result<Self, AppError> {
        let page = format!("{public_url}/resources/{}", resource.id);
        let link = link_of(&resource, view).unwrap_or_else(|| page.clone());
        let created = resource.created.parse::<Timestamp>().context("reading when a resource was created")?;
        let updated = resource.updated.parse::<Timestamp>().context("reading when a resource was changed")?;
        Ok(Self { resource, page, link, created, updated })
    }

    /// Who made it; where nobody is named, who issues it.
    fn authors(&self) -> Vec<&str> {
        let creators = self.resource.creators.iter().map(String::as_str);
        let publisher = self.resource.publisher.as_deref().filter(|_| self.resource.creators.is_empty());
        creators.chain(publisher).collect()
    }

    /// Its subjects and levels.
    fn categories(&self) -> Vec<Category<'_>> {
        let subjects = self.resource.subjects.iter().map(|concept| ("subject", concept));
        let levels = self.resource.levels.iter().map(|concept| ("level", concept));
        subjects
            .chain(levels)
            .map(|(vocabulary, concept)| Category { vocabulary, id: concept.id.as_str(), label: &concept.label })
            .collect()
    }
}

/// Where a resource is, with what a partner's view puts on its links. Only the web is linked to.
fn link_of(resource: &Resource, view: Option<&View>) -> Option<String> {
    let url = resource.url.as_deref()?;
    let is_web = ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme));
    is_web.then(|| view.map_or_else(|| url.to_owned(), |view| view.link(url)))
}

/// The parameters of a search as they were asked, beginning with `?`; blank when there are none.
fn query_string(query: &SearchQuery) -> String {
    query.as_asked().trim_start_matches('/').to_owned()
}

/// The hour that a search was asked for.
fn hour_of(query: &SearchQuery) -> Result<Timestamp, AppError> {
    Ok(in_the_uk(query.request.now).context("reading the hour of a search")?)
}

/// The moment of a local time in the United Kingdom.
fn in_the_uk(local: DateTime) -> Result<Timestamp, jiff::Error> {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    Ok(local.to_zoned(zone)?.timestamp())
}

/// A moment as RFC 3339 writes it, to the second.
fn rfc_3339(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_time_of_the_uk_is_a_moment_in_winter_and_in_summer() {
        for (local, expected) in
            [("2026-01-15T09:00:00", "2026-01-15T09:00:00Z"), ("2026-07-15T09:00:00", "2026-07-15T08:00:00Z")]
        {
            assert_eq!(rfc_3339(in_the_uk(local.parse().unwrap()).unwrap()), expected);
        }
    }

    #[test]
    fn what_has_no_address_on_the_web_is_linked_to_our_page() {
        for url in [None, Some("javascript:alert(1)"), Some("ftp://example.org/")] {
            let mut resource = testing::resource("r", "Title");
            resource.url = url.map(ToOwned::to_owned);
            let item = FeedItem::new(resource, "https://signpost.example", None).unwrap();
            assert_eq!(item.link, item.page);
            assert!(item.page.starts_with("https://signpost.example/resources/"), "{}", item.page);
        }
    }

    #[test]
    fn who_issues_it_stands_in_for_an_author_that_nobody_names() {
        let feed = testing::feed();
        assert_eq!(feed.items[0].authors(), ["Example Society"]);
        assert_eq!(feed.items[1].authors(), ["A <i>writer</i>"]);
    }
}

//! Answers that are given again: whole bodies of searches, kept for as long as what they follow from stays as it is.
//!
//! The key holds all that an answer follows from, so nothing stale is ever given: of an index that has moved on, of an
//! hour that is over, the answers are asked for no more, and fall out as those that were not wanted for longest. A key
//! holds what somebody typed, so none is held for longer than the hour for which it can be asked for: `/privacy` says so.
//! What is told of a search that cannot be answered is not kept.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use index::{Facet, Place, SearchResults};
use jiff::civil::DateTime;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::etag;
use super::query::{SearchQuery, this_hour};
use crate::app::App;

/// Larger answers are asked for by programs that walk through everything, once.
const MAX_BODY_BYTES: usize = 256 << 10;

/// What an answer takes besides its body and the words it was asked by: its headers, a `Link` of at most 2 KiB among
/// them, and its place in the cache.
const REST_BYTES: usize = 3 << 10;

/// For so long an answer is kept at most. Its key names the hour, so nobody can ask for it past that.
const MAX_AGE: Duration = Duration::from_hours(1);

/// The answers that are kept. Cheap to clone.
#[derive(Clone)]
pub struct Answers(Option<Cache<Key, Arc<Answer>>>);

/// All that the answer to a search follows from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    generation: u64,
    position: u64,
    hour: DateTime,
    source_names: u64,
    pins: u64,
    views: u64,
    /// The view that the key of the one who asks carries.
    carried_view: Option<String>,
    /// What is asked: the path of the call or page.
    path: &'static str,
    /// The query string as it was sent. Two ways to write the same search are kept twice, and neither is read.
    raw: String,
}

/// A whole answer, ready to be sent.
#[derive(Debug)]
pub struct Answer {
    body: Bytes,
    tag: String,
    headers: HeaderMap,
    /// What is counted each time it is given.
    counted: CountedSearch,
}

/// What a search counts for in the usage of the service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountedSearch {
    /// The view that it was asked through.
    pub view: Option<String>,
    /// Whether it is a search of its own: its first page, and no later one.
    pub is_first: bool,
    /// Where nothing was found: the concepts that were asked for.
    pub found_nothing_of: Vec<(Facet, String)>,
}

impl CountedSearch {
    /// What a search counts for that had these results.
    pub fn of(query: &SearchQuery, results: &SearchResults) -> Self {
        let concepts = results.interpretation.filters.iter().filter(|filter| !filter.negated);
        let understood = concepts.map(|filter| (filter.facet, filter.id.clone()));
        let chosen = query.request.filters.iter().flat_map(|(facet, ids)| ids.iter().map(|id| (*facet, id.clone())));
        Self {
            view: query.view.as_ref().map(|view| view.name().to_owned()),
            is_first: matches!(query.request.place, Place::Offset(0) | Place::Start),
            found_nothing_of: if results.total == 0 { understood.chain(chosen).collect() } else { Vec::new() },
        }
    }

    /// Counts the search.
    pub fn count(&self, app: &App) {
        if self.is_first {
            app.usage.searched(self.view.as_deref(), &self.found_nothing_of);
        }
    }
}

impl Answers {
    /// Keeps answers in so many bytes at most; with none, no answer is kept.
    pub fn new(max_bytes: u64) -> Self {
        let weigh = |key: &Key, answer: &Arc<Answer>| {
            let bytes = answer.body.len() + key.raw.len() + REST_BYTES;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        // What was wanted often of an older index must not outlive what is wanted now.
        let cache = || {
            let bounded = Cache::builder().max_capacity(max_bytes).weigher(weigh).time_to_live(MAX_AGE);
            bounded.eviction_policy(EvictionPolicy::lru()).build()
        };
        Self((max_bytes > 0).then(cache))
    }

    /// Gives back the memory of what is too old. Asking and keeping do so by the way; a server that nobody asks does not.
    pub fn forget_old(&self) {
        if let Some(cache) = &self.0 {
            cache.run_pending_tasks();
        }
    }

    /// Gives up all of them: they were made of an index that did not hold what the store holds.
    pub fn forget_all(&self) {
        if let Some(cache) = &self.0 {
            cache.invalidate_all();
        }
    }

    /// The answer that is kept for a search.
    pub fn get(&self, key: &Key) -> Option<Arc<Answer>> {
        self.0.as_ref()?.get(key)
    }

    /// Keeps an answer, unless it is too large.
    pub fn keep(&self, key: Key, answer: &Arc<Answer>) {
        if let Some(cache) = &self.0
            && answer.body.len() <= MAX_BODY_BYTES
        {
            cache.insert(key, Arc::clone(answer));
        }
    }
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answers")
    }
}

impl Key {
    /// What the answer at this path to this query string follows from now.
    ///
    /// Made before the search runs: an answer may know more than its key says, and never less.
    pub fn new(app: &App, path: &'static str, raw: String, carried_view: Option<&str>) -> Self {
        Self {
            generation: app.index.generation(),
            position: app.index.position(),
            hour: this_hour(&app.clock),
            source_names: app.source_names_mark(),
            pins: app.pins.version(),
            views: app.views.version(),
            carried_view: carried_view.map(ToOwned::to_owned),
            path,
            raw,
        }
    }

    /// The query string.
    pub fn raw(&self) -> &str {
        &self.raw
    }
}

impl Answer {
    /// An answer with its tag, and what else stands in its head.
    pub fn new(
        body: Vec<u8>,
        media_type: &'static str,
        tag: String,
        mut headers: HeaderMap,
        counted: CountedSearch,
    ) -> Self {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        etag::set_tag(&mut headers, &tag);
        // A buffer that has grown is larger than what stands in it, and would be kept so.
        Self { body: Bytes::from(body.into_boxed_slice()), tag, headers, counted }
    }

    /// What is counted each time it is given.
    pub fn counted(&self) -> &CountedSearch {
        &self.counted
    }

    /// The answer itself, or the word that the one who asks holds it already.
    pub fn to_response(&self, asked_with: &HeaderMap) -> Response {
        if etag::is_held(asked_with, &self.tag) {
            return etag::not_modified(&self.tag);
        }
        let mut response = Response::new(Body::from(self.body.clone()));
        response.headers_mut().clone_from(&self.headers);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(raw: &str, position: u64) -> Key {
        let hour = jiff::civil::date(2026, 1, 15).at(12, 0, 0, 0);
        Key {
            generation: 1,
            position,
            hour,
            source_names: 0,
            pins: 0,
            views: 0,
            carried_view: None,
            path: "/v1/resources",
            raw: raw.to_owned(),
        }
    }

    fn answer(bytes: usize) -> Arc<Answer> {
        Arc::new(Answer::new(
            vec![b' '; bytes],
            "application/json",
            "W/\"a\"".to_owned(),
            HeaderMap::new(),
            CountedSearch::default(),
        ))
    }

    #[test]
    fn an_answer_is_given_again_until_what_it_follows_from_changes() {
        let answers = Answers::new(1 << 20);
        answers.keep(key("q=a", 1), &answer(10));
        assert!(answers.get(&key("q=a", 1)).is_some());
        assert!(answers.get(&key("q=a", 2)).is_none());
        assert!(answers.get(&key("q=b", 1)).is_none());
    }

    #[test]
    fn no_answer_is_held_for_longer_than_the_privacy_page_says() {
        let answers = Answers::new(1 << 20);
        let policy = answers.0.as_ref().unwrap().policy();
        assert_eq!(policy.time_to_live(), Some(MAX_AGE));
        assert_eq!(MAX_AGE.as_secs(), 3_600);
    }

    #[test]
    fn the_bytes_that_are_kept_are_bounded_and_the_newest_stay() {
        let answers = Answers::new(1 << 20);
        for number in 0..200 {
            answers.keep(key(&number.to_string(), 1), &answer(100 << 10));
        }
        let cache = answers.0.as_ref().unwrap();
        cache.run_pending_tasks();
        assert!(cache.weighted_size() <= 1 << 20, "{}", cache.weighted_size());
        assert!(answers.get(&key("199", 1)).is_some());
        assert!(answers.get(&key("0", 1)).is_none());
    }

    #[test]
    fn a_large_answer_is_not_kept_and_none_is_where_there_is_no_room() {
        let answers = Answers::new(64 << 20);
        answers.keep(key("q=a", 1), &answer(MAX_BODY_BYTES + 1));
        assert!(answers.get(&key("q=a", 1)).is_none());
        let none = Answers::new(0);
        none.keep(key("q=a", 1), &answer(10));
        assert!(none.get(&key("q=a", 1)).is_none());
    }

    #[test]
    fn who_holds_an_answer_is_told_so() {
        let answer = answer(10);
        let mut headers = HeaderMap::new();
        assert_eq!(answer.to_response(&headers).status(), 200);
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("W/\"a\""));
        assert_eq!(answer.to_response(&headers).status(), 304);
    }
}

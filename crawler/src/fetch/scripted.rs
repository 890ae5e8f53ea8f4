//! What would a site answer? A fetcher for tests that answers from memory and notes what it was asked.
//!
//! It keeps none of the rules of the road (no guard, no robots.txt, no pace, no retries): those are [`HttpFetcher`]'s and
//! tested there. It does keep the size limit and the validators, which change what a kind gets to see.
//!
//! [`HttpFetcher`]: super::HttpFetcher

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use url::Url;

use super::error::{FetchError, shown};
use super::{Fetch, FetchRequest, Fetched, Oversize, Validators};

/// Answers from memory: what was put in for an address, and 404 for all others.
///
/// Several answers for one address come one after the other, and the last of them again and again.
///
/// ```
/// # use crawler::fetch::ScriptedFetcher;
/// let site = ScriptedFetcher::new()
///     .with("https://example.org/", "text/html", "<h1>Hello</h1>")
///     .with_status("https://example.org/later", 503)
///     .with("https://example.org/later", "text/html", "<h1>At last</h1>");
/// ```
#[derive(Debug, Default)]
pub struct ScriptedFetcher {
    script: Mutex<Script>,
}

#[derive(Debug, Default)]
struct Script {
    answers: HashMap<String, VecDeque<Answer>>,
    requests: Vec<String>,
}

#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    content_type: Option<String>,
    body: Vec<u8>,
    etag: Option<String>,
    links: Vec<String>,
}

impl ScriptedFetcher {
    /// Starts with a site that has no page at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a page.
    #[must_use]
    pub fn with(self, url: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let content_type = Some(content_type.to_owned());
        self.and(url, Answer { status: 200, content_type, body: body.into(), etag: None, links: Vec::new() })
    }

    /// Adds a page with an entity tag; a request that names the tag is told that nothing changed.
    #[must_use]
    pub fn with_etag(self, url: &str, content_type: &str, body: impl Into<Vec<u8>>, etag: &str) -> Self {
        let content_type = Some(content_type.to_owned());
        self.and(
            url,
            Answer { status: 200, content_type, body: body.into(), etag: Some(etag.to_owned()), links: Vec::new() },
        )
    }

    /// Adds a page with a `Link` header.
    #[must_use]
    pub fn with_link(self, url: &str, content_type: &str, body: impl Into<Vec<u8>>, link: &str) -> Self {
        let (content_type, links) = (Some(content_type.to_owned()), vec![link.to_owned()]);
        self.and(url, Answer { status: 200, content_type, body: body.into(), etag: None, links })
    }

    /// Adds an address that answers with this status and nothing else, which is an error unless it is 2xx.
    #[must_use]
    pub fn with_status(self, url: &str, status: u16) -> Self {
        self.and(url, Answer { status, content_type: None, body: Vec::new(), etag: None, links: Vec::new() })
    }

    /// Returns the addresses that were asked for, in order, each as often as it was.
    pub fn requests(&self) -> Vec<String> {
        self.script().requests.clone()
    }

    fn and(self, url: &str, answer: Answer) -> Self {
        // So that `https://example.org` is the page that `https://example.org/` asks for.
        let key = Url::parse(url).map_or_else(|_| url.to_owned(), String::from);
        self.script().answers.entry(key).or_default().push_back(answer);
        self
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Script {
    fn next_answer(&mut self, url: &Url) -> Option<Answer> {
        self.requests.push(url.as_str().to_owned());
        let answers = self.answers.get_mut(url.as_str())?;
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
    }
}

#[async_trait]
impl Fetch for ScriptedFetcher {
    async fn fetch(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        let url = shown(&request.url);
        let Some(answer) = self.script().next_answer(&request.url) else {
            return Err(FetchError::Status { url, status: 404 });
        };
        if !(200..300).contains(&answer.status) {
            return Err(FetchError::Status { url, status: answer.status });
        }
        let limit_bytes = request.limits.body_bytes;
        let mut body = answer.body;
        if request.oversize == Oversize::Cut {
            body.truncate(usize::try_from(limit_bytes).unwrap_or(usize::MAX));
        }
        if u64::try_from(body.len()).is_ok_and(|size_bytes| size_bytes > limit_bytes) {
            return Err(FetchError::TooLarge { url, limit_bytes });
        }
        let not_modified = answer.etag.is_some() && answer.etag == request.validators.etag;
        Ok(Fetched {
            requested_url: request.url.clone(),
            final_url: request.url.clone(),
            status: if not_modified { 304 } else { answer.status },
            content_type: answer.content_type,
            body: if not_modified { Vec::new() } else { body },
            validators: Validators { etag: answer.etag, last_modified: None },
            not_modified,
            links: answer.links,
            moved_to: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(url: &str) -> FetchRequest {
        FetchRequest::new(Url::parse(url).expect("a good address"))
    }

    #[tokio::test]
    async fn answers_come_in_order_and_the_last_one_stays() {
        let site = ScriptedFetcher::new().with_status("https://example.org", 503).with(
            "https://example.org",
            "text/plain",
            "at last",
        );
        let request = ask("https://example.org/");

        assert!(matches!(site.fetch(&request).await, Err(FetchError::Status { status: 503, .. })));
        for _ in 0..2 {
            let fetched = site.fetch(&request).await.expect("the second answer is a page");
            assert_eq!(fetched.text(), "at last");
        }
        assert_eq!(site.requests(), ["https://example.org/"; 3]);
    }

    #[tokio::test]
    async fn an_unknown_address_is_missing() {
        let fetched = ScriptedFetcher::new().fetch(&ask("https://example.org/a")).await;
        assert!(matches!(fetched, Err(FetchError::Status { status: 404, .. })));
    }

    #[tokio::test]
    async fn an_unchanged_page_comes_without_its_body() {
        let site = ScriptedFetcher::new().with_etag("https://example.org/a", "text/plain", "a", "\"1\"");
        let mut request = ask("https://example.org/a");
        request.validators = site.fetch(&request).await.expect("a page").validators;

        let again = site.fetch(&request).await.expect("a page");

        assert!(again.not_modified && again.body.is_empty());
    }
}

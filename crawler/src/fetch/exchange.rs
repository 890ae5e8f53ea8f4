//! What comes back from one address? One request, again where that may help, and its answer read within the limits.
//!
//! A redirect is an answer here: whether to follow it is the fetcher's business, as are guard, robots.txt and pace.
//! The [`Turn`] of the host is held by the caller, and only made to wait here.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, LINK, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::error::{FetchError, shown};
use super::limits::{FetchLimits, LONGEST_RETRY_AFTER, RATE_WINDOW};
use super::politeness::Turn;
use super::{Oversize, Validators, address, retry};

/// One address to ask, and how.
pub(super) struct Exchange<'a> {
    pub(super) client: &'a Client,
    pub(super) url: &'a Url,
    pub(super) validators: &'a Validators,
    pub(super) limits: &'a FetchLimits,
    pub(super) oversize: Oversize,
}

/// What an address answers when it does not fail.
pub(super) enum Answer {
    /// Look elsewhere; the address as it came, perhaps relative.
    Redirect { location: String, for_good: bool },
    /// The page, or the word that it has not changed.
    Content(Content),
}

/// The parts of an answer that are kept.
#[expect(clippy::struct_field_names, reason = "content type is the name of a header")]
pub(super) struct Content {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) validators: Validators,
    pub(super) body: Vec<u8>,
    pub(super) not_modified: bool,
    pub(super) links: Vec<String>,
}

/// A try that failed, and what may help.
struct Failure {
    error: FetchError,
    again: Again,
}

impl Failure {
    fn for_good(error: FetchError) -> Self {
        Self { error, again: Again::Never }
    }
}

enum Again {
    Never,
    AfterBackOff,
    /// The server named a wait.
    After(Duration),
}

impl Exchange<'_> {
    /// Asks until there is an answer, or an error that another try will not mend, or no try left.
    pub(super) async fn run(&self, turn: &mut Turn) -> Result<Answer, FetchError> {
        let mut attempt = 0;
        loop {
            let failure = match self.try_in_time().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let jitter = retry::jitter_for(self.url.as_str(), attempt);
            let back_off = retry::delay_before(self.limits.back_off, attempt, jitter);
            let wait = match failure.again {
                Again::Never => return Err(failure.error),
                Again::After(wait) if wait > LONGEST_RETRY_AFTER => {
                    return Err(FetchError::Postponed { url: shown(self.url), retry_after_s: wait.as_secs() });
                }
                Again::After(wait) => wait.max(back_off),
                Again::AfterBackOff => back_off,
            };
            if attempt == self.limits.retries {
                return Err(failure.error);
            }
            attempt += 1;
            tracing::debug!(url = %shown(self.url), attempt, wait = ?wait, error = %failure.error, "asking again");
            turn.start_again_after(wait).await;
        }
    }

    async fn try_in_time(&self) -> Result<Answer, Failure> {
        match timeout(self.limits.whole, self.try_once()).await {
            Ok(result) => result,
            Err(_elapsed) => Err(self.too_late(self.limits.whole)),
        }
    }

    async fn try_once(&self) -> Result<Answer, Failure> {
        let request = self.client.get(self.url.clone()).headers(self.validators.to_headers());
        let response = match timeout(self.limits.first_byte, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(source)) => return Err(self.broken(source)),
            Err(_elapsed) => return Err(self.too_late(self.limits.first_byte)),
        };
        let status = response.status().as_u16();
        let headers = response.headers();
        match status {
            200..=299 => self.content(response).await,
            301 | 302 | 303 | 307 | 308 if headers.contains_key(LOCATION) => {
                let location = text(headers, LOCATION).unwrap_or_default();
                Ok(Answer::Redirect { location, for_good: matches!(status, 301 | 308) })
            }
            // Without validators there is nothing that could be unmodified, and nothing to keep.
            304 if !self.validators.is_empty() => Ok(Answer::Content(Content {
                status,
                content_type: text(headers, CONTENT_TYPE),
                validators: Validators::from_headers(headers).or(self.validators),
                body: Vec::new(),
                not_modified: true,
                links: links(headers),
            })),
            _ => Err(self.unwanted(status, headers)),
        }
    }

    async fn content(&self, response: Response) -> Result<Answer, Failure> {
        let headers = response.headers();
        // The client takes the header away with the layer it has unpacked; what is left was not asked for. Our limit
        // on decompressed bytes would not hold for a second layer that somebody unpacks later.
        let encoding = text(headers, CONTENT_ENCODING).unwrap_or_default();
        if !matches!(encoding.trim(), "" | "identity") {
            return Err(Failure::for_good(FetchError::EncodingRefused { url: shown(self.url), encoding }));
        }
        Ok(Answer::Content(Content {
            status: response.status().as_u16(),
            content_type: text(headers, CONTENT_TYPE),
            validators: Validators::from_headers(headers),
            links: links(headers),
            body: self.body(response).await?,
            not_modified: false,
        }))
    }

    /// Reads the body piece by piece, so that the limits hold while it arrives. The client decompresses, so every byte
    /// counted here is one that would be kept.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Failure> {
        let limit = usize::try_from(self.limits.body_bytes).unwrap_or(usize::MAX);
        let mut body = Vec::new();
        let mut pace = Pace::new(self.limits.min_rate_bytes_per_10s, Instant::now());
        loop {
            let arrived = match timeout_at(pace.window_end, response.chunk()).await {
                Ok(Ok(None)) => return Ok(body),
                Ok(Ok(Some(chunk))) => {
                    body.extend_from_slice(&chunk);
                    chunk.len()
                }
                Ok(Err(source)) => return Err(self.broken(source)),
                Err(_elapsed) => 0,
            };
            if body.len() > limit {
                return match self.oversize {
                    Oversize::Refuse => Err(Failure::for_good(FetchError::TooLarge {
                        url: shown(self.url),
                        limit_bytes: self.limits.body_bytes,
                    })),
                    Oversize::Cut => {
                        body.truncate(limit);
                        Ok(body)
                    }
                };
            }
            if !pace.is_kept(arrived, Instant::now()) {
                let min_bytes = self.limits.min_rate_bytes_per_10s;
                return Err(Failure::for_good(FetchError::TooSlow { url: shown(self.url), min_bytes }));
            }
        }
    }

    fn too_late(&self, limit: Duration) -> Failure {
        Failure::for_good(FetchError::Timeout { url: shown(self.url), limit })
    }

    fn broken(&self, source: reqwest::Error) -> Failure {
        let url = shown(self.url);
        if address::was_refused(&source) {
            let reason = "its name has no address on the public internet".to_owned();
            return Failure::for_good(FetchError::AddressRefused { url, reason });
        }
        let again = if source.is_builder() { Again::Never } else { Again::AfterBackOff };
        Failure { error: FetchError::Transport { url, source }, again }
    }

    fn unwanted(&self, status: u16, headers: &HeaderMap) -> Failure {
        let again = if retry::is_worth_retrying(status) {
            retry_after(headers).map_or(Again::AfterBackOff, Again::After)
        } else {
            Again::Never
        };
        Failure { error: FetchError::Status { url: shown(self.url), status }, again }
    }
}

/// Reads how long the server asks us to wait.
///
/// A date is counted from the answer's own `Date`: both come from the server's clock, so ours need not agree with it.
/// Without a `Date` it counts as past, and our own back-off decides.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let sent_at = text(headers, DATE).and_then(|date| retry::parse_http_date(&date));
    retry::parse_retry_after(&text(headers, RETRY_AFTER)?, sent_at.unwrap_or(Timestamp::MAX))
}

/// Every value of the `Link` header.
fn links(headers: &HeaderMap) -> Vec<String> {
    headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).map(ToOwned::to_owned).collect()
}

/// Reads a header as text. Locations in raw UTF-8 are common enough to be let through.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Whether a body keeps arriving: a count for each window of ten seconds.
struct Pace {
    min_bytes: u64,
    arrived_bytes: u64,
    window_end: Instant,
}

impl Pace {
    fn new(min_bytes: u64, now: Instant) -> Self {
        Self { min_bytes, arrived_bytes: 0, window_end: now + RATE_WINDOW }
    }

    fn is_kept(&mut self, arrived: usize, now: Instant) -> bool {
        self.arrived_bytes += u64::try_from(arrived).unwrap_or(u64::MAX);
        if now < self.window_end {
            return true;
        }
        let is_enough = self.arrived_bytes >= self.min_bytes;
        *self = Self::new(self.min_bytes, now);
        is_enough
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_body_that_trickles_is_too_slow_when_its_window_ends() {
        let start = Instant::now();
        let mut pace = Pace::new(100, start);
        assert!(pace.is_kept(60, start + RATE_WINDOW / 2));
        assert!(pace.is_kept(60, start + RATE_WINDOW));
        assert!(pace.is_kept(60, start + RATE_WINDOW + RATE_WINDOW / 2));
        assert!(!pace.is_kept(0, start + RATE_WINDOW * 2));
    }

    #[test]
    fn a_date_to_come_back_at_is_counted_on_the_servers_clock() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(retry_after(&headers), Some(Duration::ZERO));
        headers.insert(DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:00 GMT"));
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(37)));
    }
}

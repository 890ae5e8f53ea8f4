//! Has it changed since last time? The two headers by which a server can tell, kept and sent back.
//!
//! Where validators are stored between runs, and what an unchanged answer means for records, is left to the harvest.

use reqwest::header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use serde::{Deserialize, Serialize};

/// A validator is sent back as it came, so a server must not be able to make us store much: dates take 29 bytes,
/// and entity tags in use are rarely longer than a hash.
const MAX_VALIDATOR_BYTES: usize = 1024;

/// What an answer said about its version, to be sent along with the next request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Validators {
    /// The `ETag` header as it came, quotes and weakness mark included. Source: RFC 9110, 8.8.3.
    pub etag: Option<String>,
    /// The `Last-Modified` header as it came. Source: RFC 9110, 8.8.2.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Reads the validators of an answer; one that is not plain text, or absurdly long, is left out.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        Self { etag: validator(headers, ETAG), last_modified: validator(headers, LAST_MODIFIED) }
    }

    /// Returns the headers that make a request conditional; none when there is no validator.
    pub fn to_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let conditions = [(IF_NONE_MATCH, &self.etag), (IF_MODIFIED_SINCE, &self.last_modified)];
        for (name, validator) in conditions {
            // What was stored may have been edited since; a value that no header can carry is not sent.
            if let Some(Ok(value)) = validator.as_deref().map(HeaderValue::from_str) {
                headers.insert(name, value);
            }
        }
        headers
    }

    /// Returns whether there is nothing to compare with, so that every answer counts as new.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// Returns these validators, completed from `older` ones: a 304 need not repeat them.
    #[must_use]
    pub fn or(self, older: &Self) -> Self {
        Self {
            etag: self.etag.or_else(|| older.etag.clone()),
            last_modified: self.last_modified.or_else(|| older.last_modified.clone()),
        }
    }
}

fn validator(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    let fits = !value.is_empty() && value.len() <= MAX_VALIDATOR_BYTES;
    fits.then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_says_goes_back_with_the_next_request() {
        let mut answer = HeaderMap::new();
        answer.insert(ETAG, HeaderValue::from_static("W/\"7\""));
        answer.insert(LAST_MODIFIED, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));

        let request = Validators::from_headers(&answer).to_headers();

        assert_eq!(request[IF_NONE_MATCH], "W/\"7\"");
        assert_eq!(request[IF_MODIFIED_SINCE], "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn a_validator_that_no_header_can_carry_is_not_sent() {
        let edited = Validators { etag: Some("\"a\r\nX-Injected: 1\"".to_owned()), last_modified: None };
        assert!(edited.to_headers().is_empty());
    }

    #[test]
    fn a_validator_of_absurd_length_is_not_kept() {
        let mut answer = HeaderMap::new();
        let long = "x".repeat(MAX_VALIDATOR_BYTES + 1);
        answer.insert(ETAG, HeaderValue::from_str(&long).expect("plain text"));
        assert!(Validators::from_headers(&answer).is_empty());
    }
}

//! Where does a paged API go on? By a number, an offset, a link or a cursor.
//!
//! Knows addresses and pages, not records: when an API repeats itself is for the json kind to notice.

use schemas::{JsonPaging, parse_address};
use serde_json::Value;
use url::Url;

use super::items::{name_of, value_at};
use crate::error::HarvestError;
use crate::fetch::FetchError;
use crate::harvest::Ending;

/// Follows a paged API from page to page.
pub(super) struct Follower<'o> {
    paging: &'o JsonPaging,
    /// The address in the source's file.
    start: Url,
    /// The page that is read.
    pub(super) address: Url,
    /// How many pages were read before it.
    pages: u64,
    /// How many items they had.
    items: u64,
}

impl<'o> Follower<'o> {
    /// Begins at the address in the source's file, with the parameter of the first page if it has one.
    pub(super) fn begin_at(start: Url, paging: &'o JsonPaging) -> Self {
        let address = match paging {
            JsonPaging::Page { parameter, first } => with_parameter(&start, parameter, &first.to_string()),
            JsonPaging::Offset { parameter } => with_parameter(&start, parameter, "0"),
            JsonPaging::Single | JsonPaging::Next { .. } | JsonPaging::Cursor { .. } => start.clone(),
        };
        Self { paging, start, address, pages: 0, items: 0 }
    }

    /// The page after this one, which answered at `base` and had so many items; `None` when this was the last.
    pub(super) fn next_page(&mut self, base: Option<&Url>, text: &str, items: usize) -> Result<Option<Url>, String> {
        self.pages += 1;
        self.items = self.items.saturating_add(u64::try_from(items).unwrap_or(u64::MAX));
        match self.paging {
            JsonPaging::Page { .. } | JsonPaging::Offset { .. } if items == 0 => Ok(None),
            JsonPaging::Single => Ok(None),
            JsonPaging::Page { parameter, first } => {
                Ok(Some(with_parameter(&self.start, parameter, &first.saturating_add(self.pages).to_string())))
            }
            JsonPaging::Offset { parameter } => {
                Ok(Some(with_parameter(&self.start, parameter, &self.items.to_string())))
            }
            JsonPaging::Next { pointer } => {
                let Some(link) = token_at(text, pointer)? else { return Ok(None) };
                let joined = base.unwrap_or(&self.address).join(&link);
                let joined = joined.map_err(|error| format!("next page `{link}`: {error}"))?;
                parse_address(joined.as_str()).map(Some).map_err(|reason| format!("next page: {reason}"))
            }
            JsonPaging::Cursor { pointer, parameter } => {
                let token = token_at(text, pointer)?;
                Ok(token.map(|token| with_parameter(&self.start, parameter, &token)))
            }
        }
    }

    /// What a page that cannot be read means: the first is the source, but what was read before a later one is good.
    pub(super) fn ended_by(&self, error: HarvestError) -> Result<Ending, HarvestError> {
        match error {
            error if self.pages == 0 => Err(error),
            error @ HarvestError::Intake(_) => Err(error),
            // The REST API of WordPress answers 400 when a page after the last one is asked for.
            HarvestError::Fetch(FetchError::Status { status: 400, .. })
                if matches!(self.paging, JsonPaging::Page { .. }) =>
            {
                Ok(Ending::Complete)
            }
            error => Ok(Ending::partial(format!("page {}: {}", self.pages + 1, error.told()))),
        }
    }
}

/// The link or cursor that a pointer leads to. Nothing, `null`, `false` and an empty text all say that there is none.
fn token_at(text: &str, pointer: &str) -> Result<Option<String>, String> {
    let Some(json) = value_at(text, pointer)? else { return Ok(None) };
    match serde_json::from_str(json).map_err(|error| format!("`{pointer}`: {error}"))? {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::String(token) => Ok(Some(token).filter(|token| !token.is_empty())),
        Value::Number(token) => Ok(Some(token.to_string())),
        other @ (Value::Bool(true) | Value::Array(_) | Value::Object(_)) => {
            Err(format!("`{pointer}` is {}, expected a text", name_of(&other)))
        }
    }
}

/// The address with this parameter set, and every other one as it was.
fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    let mut with = url.clone();
    if url.query_pairs().any(|(other, _)| other == name) {
        let others = url.query_pairs().filter(|(other, _)| other != name);
        with.query_pairs_mut().clear().extend_pairs(others);
    }
    with.query_pairs_mut().append_pair(name, value);
    with
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_set_once_and_the_others_stay() {
        let url = |text| Url::parse(text).expect("an address");
        for (before, after) in [
            ("https://example.org/a", "https://example.org/a?page=2"),
            ("https://example.org/a?q=x,y", "https://example.org/a?q=x,y&page=2"),
            ("https://example.org/a?page=1&q=x", "https://example.org/a?q=x&page=2"),
        ] {
            assert_eq!(with_parameter(&url(before), "page", "2"), url(after));
        }
    }
}

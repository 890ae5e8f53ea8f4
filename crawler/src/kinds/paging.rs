//! Where does a paged API go on? By a number, an offset, a link in its answer or beside it, or a cursor.
//!
//! Knows addresses and pages, not records: when an API repeats itself is for the json kind to notice. It does know how
//! many items came, and so whether they are as many as the API says there are.

use schemas::url::MAX_URL_BYTES;
use schemas::{JsonPaging, parse_address};
use serde_json::Value;
use url::Url;

use super::Document;
use super::items::{name_of, value_at};
use crate::error::HarvestError;
use crate::fetch::FetchError;
use crate::harvest::Ending;

/// Of what leads to the next page: four times what an address may have.
const TOKEN_BYTES: usize = 4 * MAX_URL_BYTES;

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
    /// How many the API says there are, on any page: the largest number.
    total: Option<u64>,
    /// Whether the last of them names a next one in its `Link` header.
    names_another: bool,
}

impl<'o> Follower<'o> {
    /// Begins at the address in the source's file, with the parameter of the first page if it has one.
    pub(super) fn begin_at(start: Url, paging: &'o JsonPaging) -> Self {
        let address = match paging {
            JsonPaging::Page { parameter, first } => with_parameter(&start, parameter, &first.to_string()),
            JsonPaging::Offset { parameter } => with_parameter(&start, parameter, "0"),
            JsonPaging::Single | JsonPaging::Link | JsonPaging::Next { .. } | JsonPaging::Cursor { .. } => {
                start.clone()
            }
        };
        Self { paging, start, address, pages: 0, items: 0, total: None, names_another: false }
    }

    /// The page after this one, which says `text`, had so many items, and perhaps says how many there are in all;
    /// `None` when this was the last.
    pub(super) fn next_page(
        &mut self,
        page: &Document,
        text: &str,
        items: usize,
        total: Option<u64>,
    ) -> Result<Option<Url>, String> {
        self.pages += 1;
        self.items = self.items.saturating_add(u64::try_from(items).unwrap_or(u64::MAX));
        self.total = self.total.max(total);
        self.names_another = page.links.iter().any(|header| next_link(header).is_some());
        match self.paging {
            JsonPaging::Single => Ok(None),
            JsonPaging::Page { .. } | JsonPaging::Offset { .. } if items == 0 => Ok(None),
            JsonPaging::Page { parameter, first } => {
                Ok(Some(with_parameter(&self.start, parameter, &first.saturating_add(self.pages).to_string())))
            }
            JsonPaging::Offset { parameter } => {
                Ok(Some(with_parameter(&self.start, parameter, &self.items.to_string())))
            }
            JsonPaging::Next { pointer } => {
                token_at(text, pointer)?.map(|link| self.address_of(&link, page.url.as_ref())).transpose()
            }
            JsonPaging::Link => {
                let link = page.links.iter().find_map(|header| next_link(header));
                link.map(|link| self.address_of(link, page.url.as_ref())).transpose()
            }
            JsonPaging::Cursor { pointer, parameter } => {
                let token = token_at(text, pointer)?;
                Ok(token.map(|token| with_parameter(&self.start, parameter, &token)))
            }
        }
    }

    /// Where a link leads, which a page that answered at `base` gives.
    fn address_of(&self, link: &str, base: Option<&Url>) -> Result<Url, String> {
        let joined = base.unwrap_or(&self.address).join(link);
        let joined = joined.map_err(|error| format!("next page `{link}`: {error}"))?;
        parse_address(joined.as_str()).map_err(|reason| format!("next page: {reason}"))
    }

    /// The end after the last page.
    pub(super) fn ending(&self) -> Ending {
        ending_after(self.items, self.total)
    }

    /// What a page that cannot be read means: the first is the source, but what was read before a later one is good.
    pub(super) fn ended_by(&self, error: HarvestError) -> Result<Ending, HarvestError> {
        match error {
            error if self.pages == 0 => Err(error),
            error @ HarvestError::Intake(_) => Err(error),
            // The REST API of WordPress answers 400 when a page after the last one is asked for, and so may others with
            // numbered pages. What an error says is not kept, so that this is believed only where nothing speaks
            // against it: the page before held records, for an empty one ends the list, and it names no next page in
            // its `Link` header, where WordPress names one as long as there is one.
            HarvestError::Fetch(FetchError::Status { status: 400, .. })
                if matches!(self.paging, JsonPaging::Page { .. }) && !self.names_another =>
            {
                Ok(self.ending())
            }
            error => Ok(Ending::partial(format!("page {}: {}", self.pages + 1, error.told()))),
        }
    }
}

/// The end of a list of which so many items came. One that has more by its own words was not read to its end.
pub(super) fn ending_after(came: u64, total: Option<u64>) -> Ending {
    match total.filter(|total| came < *total) {
        Some(total) => Ending::partial(format!("{came} of {total} records came")),
        None => Ending::Complete,
    }
}

/// The link or cursor that a pointer leads to. Nothing, `null`, `false` and an empty text all say that there is none.
///
/// JSON:API and HAL may write a link as an object, with the address in its `href`.
fn token_at(text: &str, pointer: &str) -> Result<Option<String>, String> {
    let Some(json) = value_at(text, pointer)? else { return Ok(None) };
    if json.len() > TOKEN_BYTES {
        return Err(format!("`{pointer}` has {} bytes, expected at most {TOKEN_BYTES}", json.len()));
    }
    let value: Value = serde_json::from_str(json).map_err(|error| format!("`{pointer}`: {error}"))?;
    let token = match &value {
        Value::Object(link) => link.get("href").unwrap_or(&value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => &value,
    };
    match token {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::String(token) => Ok(Some(token.clone()).filter(|token| !token.is_empty())),
        Value::Number(token) => Ok(Some(token.to_string())),
        Value::Bool(true) | Value::Array(_) | Value::Object(_) => {
            Err(format!("`{pointer}` is {}, expected a text", name_of(token)))
        }
    }
}

/// Where the first link of a `Link` header leads that is the next one: `</jobs?page=2>; rel="next"`.
///
/// Links stand between commas; commas and semicolons in quotes are part of a value. A link with an `anchor` is about
/// another page. Source: RFC 8288, 3 and B.2.
fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, opened)) = rest.split_once('<') {
        let (target, behind) = opened.split_once('>')?;
        let (parameters, others) = split_parameters(behind);
        let value_of = |name: &str| {
            // Where one comes twice, the first counts.
            let mut named = parameters.iter().filter_map(|parameter| parameter.split_once('='));
            named.find(|(own, _)| own.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let is_next = value_of("rel").is_some_and(|relations| {
            let mut relations = relations.trim().trim_matches('"').split_ascii_whitespace();
            relations.any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        if is_next && value_of("anchor").is_none() {
            return Some(target.trim());
        }
        rest = others;
    }
    None
}

/// The parameters of a link, and what stands behind the comma after them.
fn split_parameters(text: &str) -> (Vec<&str>, &str) {
    let (mut parameters, mut start) = (Vec::new(), 0);
    let (mut in_quotes, mut is_escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if in_quotes => is_escaped = true,
            '"' => in_quotes = !in_quotes,
            ';' if !in_quotes => {
                parameters.push(&text[start..at]);
                start = at + 1;
            }
            ',' if !in_quotes => {
                parameters.push(&text[start..at]);
                return (parameters, &text[at + 1..]);
            }
            _ => {}
        }
    }
    parameters.push(&text[start..]);
    (parameters, "")
}

/// The address with this parameter, unless it has it already.
pub(super) fn with_default_parameter(url: Url, name: &str, value: &str) -> Url {
    let has_it = url.query_pairs().any(|(own, _)| own == name);
    if has_it { url } else { with_parameter(&url, name, value) }
}

/// The address with this parameter set, and every other one as it was.
pub(super) fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
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
    use rstest::rstest;

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
        let given = url("https://example.org/a?page=7");
        assert_eq!(with_default_parameter(given.clone(), "page", "1"), given);
        let added = with_default_parameter(url("https://example.org/a"), "page", "1");
        assert_eq!(added, url("https://example.org/a?page=1"));
    }

    #[rstest]
    #[case::not_told(2, None, Ending::Complete)]
    #[case::all(2, Some(2), Ending::Complete)]
    #[case::one_was_listed_twice(3, Some(2), Ending::Complete)]
    #[case::fewer(2, Some(858), Ending::partial("2 of 858 records came"))]
    fn a_list_is_whole_when_as_many_came_as_it_says(
        #[case] came: u64,
        #[case] total: Option<u64>,
        #[case] expected: Ending,
    ) {
        assert_eq!(ending_after(came, total), expected);
    }

    #[rstest]
    #[case::absolute("<https://example.org/jobs?page=2>; rel=\"next\"", Some("https://example.org/jobs?page=2"))]
    #[case::relative("</jobs?page=2>;rel=next", Some("/jobs?page=2"))]
    #[case::among_others("<?page=1>; rel=\"prev\", <?page=3>; rel=\"next\", <?page=9>; rel=\"last\"", Some("?page=3"))]
    #[case::several_relations("<?page=9>; rel=\"last next\"", Some("?page=9"))]
    #[case::capitals("<?page=2>; REL=\"Next\"", Some("?page=2"))]
    #[case::comma_in_the_address("<?ids=1,2&page=2>; rel=next", Some("?ids=1,2&page=2"))]
    #[case::comma_in_quotes("<?a>; title=\"one, <two>; rel=next\"; rel=prev, <?b>; rel=next", Some("?b"))]
    #[case::escaped_quote("<?a>; title=\"a \\\", b\"; rel=next", Some("?a"))]
    #[case::blanks(" < ?page=2 > ; title=\"a\" ; rel = \"next\" ", Some("?page=2"))]
    #[case::first_relation_counts("<?a>; rel=prev; rel=next", None)]
    #[case::about_another_page("<?a>; rel=next; anchor=\"/other\"", None)]
    #[case::longer_word("<?a>; rel=\"nextarchive\"", None)]
    #[case::no_relation("<https://api.w.org/>", None)]
    #[case::never_closed("<?page=2; rel=next", None)]
    #[case::empty("", None)]
    fn the_next_link_of_a_header_is_found(#[case] header: &str, #[case] expected: Option<&str>) {
        assert_eq!(next_link(header), expected);
    }

    #[rstest]
    #[case::text("{\"next\": \"/b\"}", Ok(Some("/b")))]
    #[case::object("{\"next\": {\"href\": \"/b\", \"meta\": {}}}", Ok(Some("/b")))]
    #[case::number("{\"next\": 7}", Ok(Some("7")))]
    #[case::null("{\"next\": null}", Ok(None))]
    #[case::object_with_null("{\"next\": {\"href\": null}}", Ok(None))]
    #[case::missing("{}", Ok(None))]
    #[case::other_object("{\"next\": {\"page\": 2}}", Err("`/next` is an object, expected a text"))]
    #[case::list("{\"next\": [1]}", Err("`/next` is a list, expected a text"))]
    fn what_leads_on_is_read(#[case] text: &str, #[case] expected: Result<Option<&str>, &str>) {
        let token = token_at(text, "/next");
        assert_eq!(token.as_ref().map(Option::as_deref).map_err(String::as_str), expected);
    }
}

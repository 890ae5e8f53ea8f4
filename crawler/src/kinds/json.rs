//! The json kind: one JSON or NDJSON document, or the pages of an API.
//!
//! Each item that is an object becomes a raw record; every other one, and a line that is no JSON, is a problem with its
//! place. Pages are followed until one is empty or leads nowhere. Where the list stands in a document is found by
//! `items`; what the fields mean is left to the mapping.

use std::collections::HashSet;

use schemas::{JsonOptions, JsonPaging, Location, PayloadHash, Problem, parse_address};
use serde_json::Value;

use super::items::{Item, Items, name_of};
use super::paging::Follower;
use super::{Document, FIELD_BYTES};
use crate::error::HarvestError;
use crate::fetch::limits::BODY_BYTES;
use crate::harvest::{Ending, Run, place_of, short_hash};
use crate::raw::{RawRecord, RawValues};

/// No record of a catalogue nests so deep; one that does is a mistake or an attack. Source: the limits table.
const MAX_DEPTH: usize = 64;

/// An API that repeats itself is left after so many pages with nothing new in them. One such page can happen: a list
/// that grows at its head pushes known items to the next page.
const STALE_PAGES: u32 = 2;

/// Reads the source.
pub(super) async fn read(run: &mut Run<'_>, options: &JsonOptions) -> Result<Ending, HarvestError> {
    if options.paging == JsonPaging::Single {
        read_document(run, options).await
    } else {
        read_pages(run, options).await
    }
}

async fn read_document(run: &mut Run<'_>, options: &JsonOptions) -> Result<Ending, HarvestError> {
    let document = run.first_document(BODY_BYTES).await?;
    if run.may_stop_at(&document) {
        return Ok(Ending::NotModified);
    }
    let text = document.text();
    let found = find(run, options, &document, &text)?;
    if let Some(ending) = hand_over(run, &found.items, &document.hash).await? {
        return Ok(ending);
    }
    if found.breaks_off {
        return Ok(Ending::partial(format!("{} breaks off in its last line", document.place)));
    }
    Ok(Ending::Complete)
}

async fn read_pages(run: &mut Run<'_>, options: &JsonOptions) -> Result<Ending, HarvestError> {
    let source = run.source;
    let Location::Url(address) = &source.location else {
        let reason = "pages can be followed from an address only, not from a file";
        return Err(HarvestError::unreadable(place_of(&source.location), reason));
    };
    let start = parse_address(address).map_err(|reason| HarvestError::unreadable(address, reason))?;
    let mut follower = Follower::begin_at(start, &options.paging);
    let mut seen_items = HashSet::new();
    let mut stale_pages = 0;
    loop {
        if let Some(ending) = run.enough_pages() {
            return Ok(ending);
        }
        let document = match run.document(&follower.address, BODY_BYTES).await {
            Ok(document) => document,
            Err(error) => return follower.ended_by(error),
        };
        let text = document.text();
        let found = match find(run, options, &document, &text) {
            Ok(found) => found,
            Err(error) => return follower.ended_by(error),
        };
        if let Some(ending) = hand_over(run, &found.items, &document.hash).await? {
            return Ok(ending);
        }
        let new_items = found.items.iter().filter(|item| seen_items.insert(short_hash(item.json))).count();
        stale_pages = if new_items == 0 { stale_pages + 1 } else { 0 };
        match follower.next_page(document.url.as_ref(), &text, found.items.len()) {
            Err(reason) => return Ok(Ending::partial(reason)),
            Ok(None) => return Ok(Ending::Complete),
            Ok(Some(_)) if stale_pages >= STALE_PAGES => return Ok(Ending::partial("pagination-loop")),
            Ok(Some(address)) => follower.address = address,
        }
    }
}

fn find<'t>(
    run: &Run<'_>,
    options: &JsonOptions,
    document: &Document,
    text: &'t str,
) -> Result<Items<'t>, HarvestError> {
    // One more than may be read, so that the run notices that it is cut short.
    let most = usize::try_from(run.source.limits.max_records).unwrap_or(usize::MAX).saturating_add(1);
    Items::find(text, options.items.as_deref(), most)
        .map_err(|reason| HarvestError::unreadable(&document.place, reason))
}

/// Hands over the items of one document; an ending when the run has enough before they are through.
async fn hand_over(
    run: &mut Run<'_>,
    items: &[Item<'_>],
    payload: &PayloadHash,
) -> Result<Option<Ending>, HarvestError> {
    for item in items {
        if let Some(ending) = run.enough_records() {
            return Ok(Some(ending));
        }
        match parse(item.json) {
            Ok(value) => {
                let (place, values) = (item.place.clone(), RawValues::Json(value));
                run.record(&RawRecord { place, payload: Some(payload.clone()), values }).await?;
            }
            Err(reason) => run.problem(Problem::rejected(&item.place, None, reason)).await?,
        }
    }
    Ok(None)
}

fn parse(json: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_str(json).map_err(|error| format!("not JSON: {error}"))?;
    if !value.is_object() {
        return Err(format!("{}, expected an object", name_of(&value)));
    }
    let depth = depth_of(&value);
    if depth > MAX_DEPTH {
        return Err(format!("nested {depth} deep, expected at most {MAX_DEPTH}"));
    }
    let longest_bytes = if json.len() > FIELD_BYTES { longest_text_bytes(&value) } else { 0 };
    if longest_bytes > FIELD_BYTES {
        return Err(format!("a text of {longest_bytes} bytes, expected at most {FIELD_BYTES}"));
    }
    Ok(value)
}

/// Objects and lists within each other; a plain object is 1. Calls itself no deeper than `serde_json` reads: 128.
fn depth_of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        Value::Array(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth_of).max().unwrap_or(0),
    }
}

/// Calls itself as deep as the value nests, which `serde_json` limits to 128.
fn longest_text_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(longest_text_bytes).max().unwrap_or(0),
        Value::Object(members) => members.values().map(longest_text_bytes).max().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::ScriptedFetcher;
    use crate::testing::{Harvested, JSON_MAPPING, harvest_file, harvest_site, source};

    fn record(id: u32) -> String {
        format!("{{\"id\": {id}, \"title\": \"Title {id}\", \"url\": \"https://example.org/{id}\"}}")
    }

    #[tokio::test]
    async fn a_record_that_nests_too_deep_is_refused_and_the_rest_kept() {
        let deep = format!("{}1{}", "[".repeat(64), "]".repeat(64));
        let body = format!("[{}, {{\"id\": 2, \"deep\": {deep}}}]", record(1));
        let done = file("", &body).await;
        assert_eq!(done.ending.expect("a list"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), ["1"]);
        assert_eq!(done.intake.problems(), ["/1: nested 65 deep, expected at most 64"]);
    }

    fn page(ids: impl Iterator<Item = u32>, more: &str) -> String {
        format!("{{\"items\": [{}]{more}}}", ids.map(record).collect::<Vec<_>>().join(", "))
    }

    async fn file(items: &str, body: &str) -> Harvested {
        let place = format!("kind = \"json\"\n[where]\nfile = \"records.json\"\n{items}\n{JSON_MAPPING}");
        harvest_file(&source(&place), body.as_bytes()).await
    }

    async fn api(paging: &str, site: &ScriptedFetcher) -> Harvested {
        let place = "kind = \"json\"\n[where]\nurl = \"https://example.org/api?q=stem\"\nitems = \"/items\"";
        harvest_site(&source(&format!("{place}\n{paging}\n{JSON_MAPPING}")), site).await
    }

    #[tokio::test]
    async fn what_is_no_object_is_a_problem_with_its_place() {
        let body = format!("{{\"data\": [{}, 7, null]}}", record(1));
        let done = file("items = \"/data\"", &body).await;
        assert_eq!(done.ending.expect("a list"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), ["1"]);
        let expected = ["/data/1: a number, expected an object", "/data/2: null, expected an object"];
        assert_eq!(done.intake.problems(), expected);
    }

    #[tokio::test]
    async fn a_broken_line_does_not_spoil_the_others() {
        let body = format!("{}\n{{\"id\": 2,\n{}\n", record(1), record(3));
        let done = file("", &body).await;
        assert_eq!(done.ending.expect("lines"), Ending::Complete);
        assert_eq!((done.report.read, done.report.rejected), (3, 1));
        assert_eq!(done.intake.identifiers(), ["1", "3"]);
        assert!(done.intake.problems()[0].starts_with("line 2: not JSON: "), "{:?}", done.intake.problems());
    }

    #[tokio::test]
    async fn half_a_file_is_never_complete() {
        let lines = format!("{}\n{{\"id\": 2, \"ti", record(1));
        let done = file("", &lines).await;
        let reason = "file:records.json breaks off in its last line";
        assert_eq!(done.ending.expect("one line is whole"), Ending::partial(reason));
        assert_eq!((done.report.read, done.report.rejected), (2, 1));

        let list = page([1, 2].into_iter(), "");
        let half = &list[..list.len() - 20];
        let error = file("items = \"/items\"", half).await.ending.expect_err("it is no JSON");
        assert!(error.to_string().starts_with("file:records.json: EOF while parsing"), "{error}");
    }

    #[tokio::test]
    async fn a_page_for_people_and_an_empty_list_are_errors() {
        let html = file("", "<html><body>Down for maintenance</body></html>").await;
        assert_eq!(html.ending.expect_err("HTML").to_string(), "file:records.json: HTML, expected JSON");
        let empty = file("items = \"/items\"", "{\"items\": []}").await;
        assert_eq!(empty.ending.expect_err("empty").to_string(), "file:records.json: no records");
    }

    #[tokio::test]
    async fn a_text_of_a_megabyte_and_a_record_too_deep_are_refused_alone() {
        let long = record(1).replace("Title", &"x".repeat(FIELD_BYTES));
        let deep = format!("{{\"id\": {}{}}}", "[".repeat(200), "]".repeat(200));
        let done = file("", &format!("[{long}, {deep}, {}]", record(3))).await;
        assert_eq!((done.report.read, done.report.rejected), (3, 2));
        assert_eq!(done.intake.identifiers(), ["3"]);
    }

    #[tokio::test]
    async fn numbered_pages_are_read_until_one_is_empty() {
        let site = ScriptedFetcher::new()
            .with("https://example.org/api?q=stem&page=1", "application/json", page(1..=2, ""))
            .with("https://example.org/api?q=stem&page=2", "application/json", page(3..=3, ""))
            .with("https://example.org/api?q=stem&page=3", "application/json", page(0..0, ""));
        let done = api("page_parameter = \"page\"", &site).await;
        assert_eq!(done.ending.expect("three pages"), Ending::Complete);
        assert_eq!((done.intake.identifiers(), done.report.pages), (vec!["1", "2", "3"], 3));
    }

    #[tokio::test]
    async fn an_offset_counts_what_was_read() {
        let site = ScriptedFetcher::new()
            .with("https://example.org/api?q=stem&start=0", "application/json", page(1..=2, ""))
            .with("https://example.org/api?q=stem&start=2", "application/json", page(0..0, ""));
        let done = api("offset_parameter = \"start\"", &site).await;
        assert_eq!(done.ending.expect("two pages"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), ["1", "2"]);
    }

    #[tokio::test]
    async fn links_and_cursors_are_followed_until_there_is_none() {
        let site = ScriptedFetcher::new()
            .with("https://example.org/api?q=stem", "application/json", page(1..=1, ", \"next\": \"/more?x\""))
            .with("https://example.org/more?x", "application/json", page(2..=2, ", \"next\": null"));
        let done = api("next = \"/next\"", &site).await;
        assert_eq!((done.ending.expect("two pages"), done.report.read), (Ending::Complete, 2));

        let site = ScriptedFetcher::new()
            .with("https://example.org/api?q=stem", "application/json", page(1..=1, ", \"meta\": {\"next\": \"a b\"}"))
            .with("https://example.org/api?q=stem&cursor=a+b", "application/json", page(2..=2, ", \"meta\": null"));
        let done = api("cursor = \"/meta/next\"\ncursor_parameter = \"cursor\"", &site).await;
        assert_eq!((done.ending.expect("two pages"), done.report.read), (Ending::Complete, 2));
    }

    #[tokio::test]
    async fn a_link_to_something_else_than_a_page_is_not_followed() {
        let site = ScriptedFetcher::new().with(
            "https://example.org/api?q=stem",
            "application/json",
            page(1..=1, ", \"next\": \"file:///etc/passwd\""),
        );
        let done = api("next = \"/next\"", &site).await;
        let reason = "next page: `file:///etc/passwd` is not an http or https address";
        assert_eq!(done.ending.expect("one page"), Ending::partial(reason));
        assert_eq!(site.requests().len(), 1);
    }

    #[tokio::test]
    async fn an_api_that_repeats_itself_is_left() {
        let next = ", \"next\": \"https://example.org/api?q=stem\"";
        let endless = page(1..=2, next);
        let again = ScriptedFetcher::new().with("https://example.org/api?q=stem", "application/json", endless);
        let done = api("next = \"/next\"", &again).await;
        assert_eq!(done.ending.expect("two records"), Ending::partial("pagination-loop"));
        assert_eq!((again.requests().len(), done.report.accepted(), done.report.duplicate), (3, 2, 4));

        let nothing = ScriptedFetcher::new()
            .with("https://example.org/api?q=stem", "application/json", page(1..=1, ", \"next\": \"?n=1\""))
            .with("https://example.org/api?n=1", "application/json", page(0..0, ", \"next\": \"?n=1\""));
        let done = api("next = \"/next\"", &nothing).await;
        assert_eq!(done.ending.expect("one record"), Ending::partial("pagination-loop"));
        assert_eq!(nothing.requests().len(), 3);
    }

    #[tokio::test]
    async fn a_later_page_that_fails_leaves_what_was_read() {
        let first = page(1..=2, "");
        let site = ScriptedFetcher::new()
            .with("https://example.org/api?q=stem&page=1", "application/json", first.as_str())
            .with_status("https://example.org/api?q=stem&page=2", 500);
        let done = api("page_parameter = \"page\"", &site).await;
        let reason = "page 2: https://example.org/api?q=stem&page=2 answered 500, expected a success";
        assert_eq!(done.ending.expect("one page"), Ending::partial(reason));
        assert_eq!(done.report.accepted(), 2);

        let html = ScriptedFetcher::new()
            .with("https://example.org/api?q=stem&page=1", "application/json", first.as_str())
            .with("https://example.org/api?q=stem&page=2", "text/html", "<!doctype html><p>Sorry");
        let done = api("page_parameter = \"page\"", &html).await;
        let reason = "page 2: https://example.org/api?q=stem&page=2: HTML, expected JSON";
        assert_eq!(done.ending.expect("one page"), Ending::partial(reason));

        let wordpress = ScriptedFetcher::new()
            .with("https://example.org/api?q=stem&page=1", "application/json", first.as_str())
            .with_status("https://example.org/api?q=stem&page=2", 400);
        let done = api("page_parameter = \"page\"", &wordpress).await;
        assert_eq!(done.ending.expect("the last page"), Ending::Complete);
    }

    #[tokio::test]
    async fn an_endless_api_ends_at_max_pages() {
        let site = (1..=9).fold(ScriptedFetcher::new(), |site, number| {
            let address = format!("https://example.org/api?q=stem&page={number}");
            site.with(&address, "application/json", page(number..=number, ""))
        });
        let limits = "page_parameter = \"page\"\n[limits]\nmax_pages = 4";
        let done = api(limits, &site).await;
        assert_eq!(done.ending.expect("four pages"), Ending::partial("max-pages"));
        assert_eq!((site.requests().len(), done.report.read), (4, 4));
    }
}

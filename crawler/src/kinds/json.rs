//! The json kind: one JSON or NDJSON document, or the pages of an API.
//!
//! Each item that is an object becomes a raw record; every other one, and a line that is no JSON, is a problem with its
//! place. Pages are followed until one is empty or leads nowhere; an answer that tells of an error is no page. A list
//! that has more records by its own words than came is not whole. Where it stands in a document is found by `items`,
//! what known software says with it by `presets`; what the fields of all others mean is left to the mapping.

use std::collections::HashSet;

use schemas::{JsonOptions, JsonPaging, JsonPreset, Location, Problem, Source, parse_address};
use serde_json::Value;

use super::items::{Items, name_of, value_at};
use super::paging::{Follower, ending_after};
use super::presets::{self, Said};
use super::{Asking, Document};
use crate::error::HarvestError;
use crate::fetch::limits::BODY_BYTES;
use crate::harvest::{Ending, Run, place_of, short_hash};
use crate::limits::{FIELD_BYTES, JSON_DEPTH};
use crate::raw::{RawRecord, RawValues};

/// Of one record: four of the longest texts. Parsed, a record may take sixteen times as much.
const RECORD_BYTES: usize = 4 * FIELD_BYTES;

/// An answer that tells of an error is no longer.
const ERROR_BYTES: usize = 64 * 1024;

/// An API that repeats itself is left after so many pages with nothing new in them. One such page can happen: a list
/// that grows at its head pushes known items to the next page.
const STALE_PAGES: u32 = 2;

/// Reads the source.
pub(super) async fn read(run: &mut Run<'_>, options: &JsonOptions) -> Result<Ending, HarvestError> {
    let options = presets::complete(options, &run.source.location);
    if options.paging == JsonPaging::Single {
        read_document(run, &options).await
    } else {
        read_pages(run, &options).await
    }
}

async fn read_document(run: &mut Run<'_>, options: &JsonOptions) -> Result<Ending, HarvestError> {
    let document = run.first_document(BODY_BYTES).await?;
    if run.may_stop_at(&document) {
        return Ok(Ending::NotModified);
    }
    let text = document.text();
    let found = find(run.source, options, &document, &text)?;
    if let Some(ending) = hand_over(run, options, &document, &found).await? {
        return Ok(ending);
    }
    let came = u64::try_from(found.list.len()).unwrap_or(u64::MAX);
    Ok(ending_after(came, presets::stated_total(options.preset, &text)))
}

/// Hands over the records in one document. It may be one page of many, so how many there are in all says nothing here.
pub(super) async fn take_apart(
    run: &mut Run<'_>,
    options: &JsonOptions,
    document: &Document,
) -> Result<Ending, HarvestError> {
    let options = presets::complete(options, &run.source.location);
    let text = document.text();
    let found = find(run.source, &options, document, &text)?;
    Ok(hand_over(run, &options, document, &found).await?.unwrap_or(Ending::Complete))
}

async fn read_pages(run: &mut Run<'_>, options: &JsonOptions) -> Result<Ending, HarvestError> {
    let source = run.source;
    let Location::Url(address) = &source.location else {
        let reason = "pages can be followed from an address only, not from a file";
        return Err(HarvestError::unreadable(place_of(&source.location), reason));
    };
    let start = parse_address(address).map_err(|reason| HarvestError::unreadable(address, reason))?;
    let start = presets::with_page_size(options.preset, start);
    // A server that says "not modified" need not say again what comes next.
    let asking = if options.paging == JsonPaging::Link { Asking::ForAll } else { Asking::WhetherItChanged };
    let mut follower = Follower::begin_at(start, &options.paging);
    let mut seen_items = HashSet::new();
    let mut stale_pages = 0;
    loop {
        if let Some(ending) = run.enough_pages() {
            return Ok(ending);
        }
        let document = match run.document_asked_by(&follower.address, BODY_BYTES, asking).await {
            Ok(document) => document,
            Err(error) => return follower.ended_by(error),
        };
        let text = document.text();
        let found = match find(source, options, &document, &text) {
            Ok(found) => found,
            Err(error) => return follower.ended_by(error),
        };
        let duplicates_before = run.report.duplicate;
        if let Some(ending) = hand_over(run, options, &document, &found).await? {
            return Ok(ending);
        }
        let items = found.list.len();
        let new_items = found.list.iter().filter(|item| seen_items.insert(short_hash(item.json))).count();
        let duplicates = usize::try_from(run.report.duplicate - duplicates_before).unwrap_or(usize::MAX);
        // An item that says when it was asked for is never the same, and its identifier is.
        let is_stale = new_items == 0 || duplicates == items;
        stale_pages = if is_stale { stale_pages + 1 } else { 0 };
        let total = presets::stated_total(options.preset, &text);
        match follower.next_page(&document, &text, items, total) {
            Err(reason) => return Ok(Ending::partial(reason)),
            Ok(None) => return Ok(follower.ending()),
            Ok(Some(_)) if stale_pages >= STALE_PAGES => return Ok(Ending::partial("pagination-loop")),
            Ok(Some(address)) => follower.address = address,
        }
    }
}

fn find<'t>(
    source: &Source,
    options: &JsonOptions,
    document: &Document,
    text: &'t str,
) -> Result<Items<'t>, HarvestError> {
    // One more than may be read, so that the run notices that it is cut short.
    let most = usize::try_from(source.limits.max_records).unwrap_or(usize::MAX).saturating_add(1);
    let found = match find_single(options, text) {
        // What is sent to us is lines by contract, however the first of them looks.
        _ if source.location == Location::Pushed && options.items.is_none() => Ok(Items::lines(text, most)),
        Some(single) => Ok(single),
        None => Items::find(text, options.items.as_deref(), most),
    };
    let may_be_error = match &found {
        Ok(found) => found.list.is_empty() || found.are_of_one_object(),
        Err(_) => true,
    };
    if may_be_error && let Some(told) = told_error(source, text) {
        let reason = format!("an error in place of records: {told}");
        return Err(HarvestError::unreadable(&document.place, reason));
    }
    found.map_err(|reason| HarvestError::unreadable(&document.place, reason))
}

/// JSON:API 1.1, 7.1: one resource by itself is an object where several are a list.
fn find_single<'t>(options: &JsonOptions, text: &'t str) -> Option<Items<'t>> {
    if options.preset != Some(JsonPreset::JsonApi) {
        return None;
    }
    let pointer = options.items.as_deref()?;
    let json = value_at(text, pointer).ok()??;
    json.starts_with('{').then(|| Items::only(pointer, json))
}

/// What an answer says that tells of an error though its status does not: CKAN, JSON:API, `WordPress` and most others
/// each in their way. What the mapping finds something in is a record, whatever else it says.
fn told_error(source: &Source, text: &str) -> Option<String> {
    if text.len() > ERROR_BYTES {
        return None;
    }
    let answer: Value = serde_json::from_str(text).ok().filter(Value::is_object)?;
    let mut mapped = source.mapping.values().flat_map(|rule| &rule.from);
    let is_record = mapped.any(|pointer| answer.pointer(pointer).is_some_and(|value| !value.is_null()));
    let says = |name: &str| answer.get(name).is_some_and(|value| !is_nothing(value));
    let is_refusal = answer.get("success") == Some(&Value::Bool(false));
    let is_error = is_refusal || says("errors") || says("error") || (says("code") && says("message"));
    if is_record || !is_error {
        return None;
    }
    let pointers = [
        "/error/message",
        "/error",
        "/errors/0/detail",
        "/errors/0/title",
        "/errors/0/message",
        "/errors/0",
        "/message",
        "/code",
    ];
    let told = pointers.into_iter().find_map(|pointer| answer.pointer(pointer).and_then(Value::as_str));
    Some(told.unwrap_or("it does not say which").to_owned())
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// Hands over the items of one document; an ending when the run has enough before they are through, or when they break
/// off.
async fn hand_over(
    run: &mut Run<'_>,
    options: &JsonOptions,
    document: &Document,
    found: &Items<'_>,
) -> Result<Option<Ending>, HarvestError> {
    for item in &found.list {
        if let Some(ending) = run.enough_records() {
            return Ok(Some(ending));
        }
        let place = found.place_of(item);
        match parse(item.json) {
            Ok(object) => hand_over_object(run, options, document, &place, object).await?,
            Err(reason) => run.problem(Problem::rejected(&place, None, reason)).await?,
        }
    }
    let cut = || Ending::partial(format!("{} breaks off in its last line", document.place));
    Ok(found.breaks_off.then(cut))
}

async fn hand_over_object(
    run: &mut Run<'_>,
    options: &JsonOptions,
    document: &Document,
    place: &str,
    object: Value,
) -> Result<(), HarvestError> {
    match presets::understand(&object, options, run.source, document.url.as_ref()) {
        Said::Record(described) => {
            let raw = RawRecord::new(place, Some(document.hash.clone()), RawValues::Json(object));
            run.record(&RawRecord { described, ..raw }).await
        }
        Said::Deleted(identifier) => run.deleted(&identifier, place).await,
        Said::Nothing => Ok(()),
    }
}

fn parse(json: &str) -> Result<Value, String> {
    if json.len() > RECORD_BYTES {
        return Err(format!("{} bytes, expected at most {RECORD_BYTES}", json.len()));
    }
    let value: Value = serde_json::from_str(json).map_err(|error| format!("not JSON: {error}"))?;
    if !value.is_object() {
        return Err(format!("{}, expected an object", name_of(&value)));
    }
    let depth = depth_of(&value);
    if depth > JSON_DEPTH {
        return Err(format!("nested {depth} deep, expected at most {JSON_DEPTH}"));
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
    use rstest::rstest;

    use super::*;
    use crate::fetch::ScriptedFetcher;
    use crate::files::SourceFiles;
    use crate::harvest::{Freshness, Manner, Outside, Repeats, harvest};
    use crate::intake::Outcome;
    use crate::testing::{
        Harvested, JSON_MAPPING, MemoryIntake, harvest_file, harvest_site, manner, now, read_given, source,
    };

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
    async fn the_link_header_is_followed_until_there_is_none() {
        let site = two_linked_pages();
        let done = api("link_header = true", &site).await;
        assert_eq!(done.ending.expect("two pages"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), ["1", "2"]);
    }

    #[tokio::test]
    async fn a_resumed_run_asks_again_for_what_the_link_header_says() {
        let site = two_linked_pages();
        let place = "kind = \"json\"\n[where]\nurl = \"https://example.org/api?q=stem\"\nitems = \"/items\"";
        let source = source(&format!("{place}\nlink_header = true\n{JSON_MAPPING}"));
        let outside = Outside { fetch: &site, files: &SourceFiles::Shipped, progress: &|_| (), raw: &|_| () };
        let mut intake = MemoryIntake::default();
        harvest(&source, &outside, &manner(Freshness::MustMap), &mut intake).await.1.expect("two pages");
        let resumed = Manner { kept_since: Some(now()), ..manner(Freshness::MustMap) };
        let (report, ending) = harvest(&source, &outside, &resumed, &mut intake).await;
        assert_eq!((ending.expect("two pages"), report.read), (Ending::Complete, 2));
    }

    fn two_linked_pages() -> ScriptedFetcher {
        let more = "</more>; rel=\"next\", <https://example.org/api?q=stem>; rel=\"first\"";
        ScriptedFetcher::new()
            .with_link("https://example.org/api?q=stem", "application/json", page(1..=1, ""), more)
            .with("https://example.org/more", "application/json", page(2..=2, ""))
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
    async fn records_that_differ_and_have_the_same_identifiers_are_no_new_ones() {
        let site = (1..=9).fold(ScriptedFetcher::new(), |site, number| {
            let address = format!("https://example.org/api?q=stem&page={number}");
            let asked = record(1).replace('{', &format!("{{\"asked\": {number}, "));
            site.with(&address, "application/json", format!("{{\"items\": [{asked}]}}"))
        });
        let done = api("page_parameter = \"page\"", &site).await;
        assert_eq!(done.ending.expect("one record"), Ending::partial("pagination-loop"));
        assert_eq!((done.report.accepted(), site.requests().len()), (1, 3));
    }

    #[tokio::test]
    async fn a_record_of_many_megabytes_is_refused_before_it_is_parsed() {
        let numbers = "1,".repeat(RECORD_BYTES / 2);
        let body = format!("[{{\"id\": 1, \"numbers\": [{numbers}1]}}, {}]", record(2));
        let done = file("", &body).await;
        assert_eq!(done.intake.identifiers(), ["2"]);
        assert_eq!((done.report.read, done.report.rejected), (2, 1));
    }

    #[rstest]
    #[case::ckan("{\"success\": false, \"error\": {\"message\": \"Not found\"}}", "Not found")]
    #[case::ckan_with_an_empty_list("{\"success\": false, \"items\": []}", "it does not say which")]
    #[case::wordpress(
        "{\"code\": \"rest_no_route\", \"message\": \"No route\", \"data\": {\"status\": 404}}",
        "No route"
    )]
    #[case::json_api("{\"errors\": [{\"status\": \"500\", \"title\": \"Sorry\", \"detail\": \"Later\"}]}", "Later")]
    #[case::google("{\"error\": {\"code\": 403, \"message\": \"Quota\"}}", "Quota")]
    #[case::plain("{\"error\": \"Slow down\"}", "Slow down")]
    #[tokio::test]
    async fn an_answer_that_tells_of_an_error_is_no_empty_list(#[case] body: &str, #[case] told: &str) {
        for items in ["", "items = \"/items\""] {
            let error = file(items, body).await.ending.expect_err("an error").to_string();
            assert_eq!(error, format!("file:records.json: an error in place of records: {told}"));
        }
    }

    #[tokio::test]
    async fn a_record_that_speaks_of_an_error_is_a_record() {
        let body = record(1).replace('{', "{\"error\": \"human\", \"success\": false, ");
        let done = file("", &body).await;
        assert_eq!((done.ending.expect("one record"), done.report.accepted()), (Ending::Complete, 1));
    }

    async fn preset(name: &str, address: &str, site: &ScriptedFetcher) -> Harvested {
        let place = format!("kind = \"json\"\n[where]\nurl = \"{address}\"\npreset = \"{name}\"\n");
        harvest_site(&source(&place), site).await
    }

    fn post(id: u32, status: &str) -> String {
        let names = "\"title\": {\"rendered\": \"Post\"}";
        format!("{{\"id\": {id}, \"status\": \"{status}\", {names}, \"link\": \"https://example.org/{id}\"}}")
    }

    #[tokio::test]
    async fn a_wordpress_site_needs_no_mapping() {
        let address = "https://example.org/wp-json/wp/v2/posts";
        let first = format!("[{}, {}]", post(1, "publish"), post(2, "private"));
        let site = ScriptedFetcher::new()
            .with(&format!("{address}?per_page=100&page=1"), "application/json", first)
            .with(&format!("{address}?per_page=100&page=2"), "application/json", format!("[{}]", post(3, "publish")))
            .with_status(&format!("{address}?per_page=100&page=3"), 400);
        let done = preset("wordpress", address, &site).await;
        assert_eq!(done.ending.expect("two pages"), Ending::Complete);
        assert_eq!((done.intake.identifiers(), done.report.read), (vec!["1", "3"], 2));
    }

    #[tokio::test]
    async fn a_ckan_site_needs_no_mapping() {
        let address = "https://example.org/api/3/action/package_search";
        let found =
            |names: &str| format!("{{\"success\": true, \"result\": {{\"count\": 2, \"results\": [{names}]}}}}");
        let site = ScriptedFetcher::new()
            .with(
                &format!("{address}?rows=100&start=0"),
                "application/json",
                found("{\"name\": \"a\"}, {\"name\": \"b\"}"),
            )
            .with(&format!("{address}?rows=100&start=2"), "application/json", found(""));
        let done = preset("ckan", address, &site).await;
        assert_eq!(done.ending.expect("two pages"), Ending::Complete);
        let Outcome::Record(record, _) = &done.intake.outcomes[0] else { panic!("{:?}", done.intake.outcomes) };
        assert_eq!(record.metadata.url.as_deref(), Some("https://example.org/dataset/a"));
    }

    #[rstest]
    #[case::all_are_there(2, Ending::Complete)]
    #[case::it_ends_too_early(858, Ending::partial("2 of 858 records came"))]
    #[tokio::test]
    async fn a_list_must_be_as_long_as_it_says(#[case] count: u32, #[case] expected: Ending) {
        let address = "https://example.org/api/3/action/package_search";
        let found = |count: u32, names: &str| format!("{{\"result\": {{\"count\": {count}, \"results\": [{names}]}}}}");
        // What is not for everybody counts: it was listed.
        let packages = "{\"name\": \"a\"}, {\"name\": \"b\", \"private\": true}";
        let site = ScriptedFetcher::new()
            .with(&format!("{address}?rows=100&start=0"), "application/json", found(count, packages))
            .with(&format!("{address}?rows=100&start=2"), "application/json", found(0, ""));
        let done = preset("ckan", address, &site).await;
        assert_eq!(done.ending.expect("two packages"), expected);

        let saved = source("kind = \"json\"\n[where]\nfile = \"records.json\"\npreset = \"ckan\"\n");
        let packages = packages.replace("{\"name", "{\"url\": \"https://example.org/a\", \"name");
        let done = harvest_file(&saved, found(count, &packages).as_bytes()).await;
        assert_eq!(done.ending.expect("two packages"), expected);

        let address = "https://example.org/api/projects";
        let attributes = "{\"title\": \"Boat\", \"url\": \"https://example.org/boat\"}";
        let resources =
            [1, 2].map(|id| format!("{{\"id\": \"{id}\", \"type\": \"projects\", \"attributes\": {attributes}}}"));
        let answer =
            format!("{{\"data\": [{}], \"meta\": {{\"page\": {{\"total\": {count}}}}}}}", resources.join(", "));
        let site = ScriptedFetcher::new().with(address, "application/vnd.api+json", answer);
        let done = preset("json-api", address, &site).await;
        assert_eq!(done.ending.expect("two resources"), expected);
    }

    #[tokio::test]
    async fn json_api_goes_on_by_its_links_and_may_be_one_resource() {
        let resource = |id: u32| {
            let attributes = format!("{{\"title\": \"Boat\", \"url\": \"https://example.org/{id}\"}}");
            format!("{{\"id\": \"{id}\", \"type\": \"projects\", \"attributes\": {attributes}}}")
        };
        let address = "https://example.org/api/projects";
        let first = format!("{{\"data\": [{}], \"links\": {{\"next\": {{\"href\": \"?page=2\"}}}}}}", resource(1));
        let site = ScriptedFetcher::new().with(address, "application/vnd.api+json", first).with(
            &format!("{address}?page=2"),
            "application/vnd.api+json",
            format!("{{\"data\": {}, \"links\": {{\"next\": null}}}}", resource(2)),
        );
        let done = preset("json-api", address, &site).await;
        assert_eq!(done.ending.expect("two pages"), Ending::Complete);
        assert_eq!(done.intake.identifiers(), ["1", "2"]);
    }

    #[tokio::test]
    async fn a_kept_page_of_a_preset_is_read_by_itself() {
        let address = "https://example.org/api/3/action/package_search";
        let source = source(&format!("kind = \"json\"\n[where]\nurl = \"{address}\"\npreset = \"ckan\"\n"));
        let body = "{\"success\": true, \"result\": {\"count\": 858, \"results\": [{\"name\": \"a\"}]}}";
        let kept = vec![(format!("{address}?rows=100&start=0"), body.to_owned())];
        let done = read_given(&source, Repeats::Count, kept).await;
        assert_eq!(done.intake.identifiers(), ["a"]);
        assert_eq!((done.ending.expect("a page"), done.report.accepted()), (Ending::Complete, 1));
    }

    #[tokio::test]
    async fn a_partner_pushes_records_and_takes_others_back() {
        let source = source("kind = \"json\"\n[where]\npush = true\n");
        let record = "{\"identifier\": \"1\", \"title\": \"Boat\", \"url\": \"https://example.org/1\"}";
        let lines = format!("{record}\n{{\"identifier\": \"2\", \"deleted\": true}}\n");
        let done = read_given(&source, Repeats::Count, vec![("pushed".to_owned(), lines)]).await;
        assert_eq!(done.ending.expect("two lines"), Ending::Complete);
        assert_eq!((done.report.read, done.report.accepted(), done.report.deleted), (2, 1, 1));
        assert!(matches!(&done.intake.outcomes[1], Outcome::Deleted(identifier) if identifier == "2"));
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
    async fn a_refusal_ends_numbered_pages_only_when_none_was_to_come() {
        let (first, second) = ("https://example.org/api?q=stem&page=1", "https://example.org/api?q=stem&page=2");
        for (link, expected) in [
            ("<https://example.org/api?page=0>; rel=\"prev\"", Ending::Complete),
            (
                "<https://example.org/api?page=2>; rel=\"next\"",
                Ending::partial("page 2: https://example.org/api?q=stem&page=2 answered 400, expected a success"),
            ),
        ] {
            let site = ScriptedFetcher::new()
                .with_link(first, "application/json", page(1..=2, ""), link)
                .with_status(second, 400);
            let done = api("page_parameter = \"page\"", &site).await;
            assert_eq!(done.ending.expect("one page"), expected, "{link}");
            assert_eq!(done.report.accepted(), 2);
        }
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

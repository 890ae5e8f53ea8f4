//! `GET /v1/feed.ics`: the events and deadlines of a search as a calendar. Source: RFC 5545.
//!
//! Which events there are is said here; how a calendar is written, in `crate::ical`.

use axum::extract::{Extension, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use index::SearchRequest;
use jiff::civil::{Date, DateTime, Time, date};
use schemas::Resource;

use super::{Contents, Feed, FeedItem, Format, answer_feed, read_hits};
use crate::app::App;
use crate::error::AppError;
use crate::ical::{END_OF_DAY, Lines, escape, host_of, uri, utc};
use crate::web::caller::Caller;
use crate::web::problem::Problem;
use crate::web::query::SearchQuery;

const CALENDAR: Format = Format {
    path: "/v1/feed.ics",
    media_type: "text/calendar; charset=utf-8",
    contents: Contents::Events,
    write: |feed| Ok(write(feed)),
};
/// Among so many that have a time, the newest first, those are looked for whose time is still to come.
const MOST_LOOKED_AT: usize = 1_000;
/// Whatever begins at some time begins later.
const BEFORE_ALL: Date = date(1, 1, 1);
/// Whatever can be applied for until some time can be until an earlier one.
const AFTER_ALL: Date = date(9_998, 12, 31);

/// The events and deadlines of a search as a calendar, as far as they are still to come.
///
/// `per_page` bounds the events, and the resources beside them that have a deadline alone.
#[utoipa::path(
    get, path = "/v1/feed.ics", tag = "Feeds and exports", operation_id = "show_calendar",
    params(crate::api::openapi::FeedParameters),
    responses(
        (status = 200, description = "The calendar; with `starts_after`, also what is over", body = String, content_type = "text/calendar; charset=utf-8"),
        (status = 304, description = "Nothing has changed since the answer whose ETag or Last-Modified was sent"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_calendar(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    answer_feed(&app, &caller, raw.as_deref(), &headers, &CALENDAR).await
}

/// The first resources of a search that begin at some time, and the first others that have a deadline, each in the order
/// of that search.
///
/// Asking for what begins after a day brings what is over, so where nobody asked for that it is left out here.
pub(super) async fn find_events(app: &App, query: &SearchQuery) -> Result<Vec<Resource>, AppError> {
    let asked = SearchRequest { limit: MOST_LOOKED_AT, ..query.request.clone() };
    let starts_after = asked.starts_after.or(Some(BEFORE_ALL));
    let deadline_before = asked.deadline_before.or(Some(AFTER_ALL));
    let now = asked.starts_after.is_none().then_some(asked.now);
    let events = SearchRequest { starts_after, ..asked.clone() };
    let deadlines = SearchRequest { deadline_before, ..asked };
    let mut found: Vec<Resource> = Vec::new();
    for request in [events, deadlines] {
        let resources = read_hits(&app.search(request).await?.hits)?;
        let others = resources.into_iter().filter(|resource| found.iter().all(|one| one.id != resource.id));
        let coming = others.map(|resource| without_past(resource, now)).filter(has_time);
        let first: Vec<Resource> = coming.take(query.per_page).collect();
        found.extend(first);
    }
    Ok(found)
}

/// A resource without its times that have passed.
fn without_past(mut resource: Resource, now: Option<DateTime>) -> Resource {
    let is_past = |time: Option<&str>| read_time(time).zip(now).is_some_and(|(time, now)| time < now);
    if is_past(resource.ends.as_deref()) {
        resource.starts = None;
    }
    if is_past(resource.deadline.as_deref()) {
        resource.deadline = None;
    }
    resource
}

fn has_time(resource: &Resource) -> bool {
    resource.starts.is_some() || resource.deadline.is_some()
}

fn read_time(text: Option<&str>) -> Option<DateTime> {
    text?.parse().ok()
}

fn write(feed: &Feed) -> String {
    let mut lines = Lines::calendar(&feed.title);
    lines.add("SOURCE;VALUE=URI", &uri(&feed.address));
    lines.add("URL", &uri(&feed.page));
    lines.add("REFRESH-INTERVAL;VALUE=DURATION", "PT12H");
    let host = host_of(&feed.public_url);
    let mut events: Vec<Event<'_>> = feed.items.iter().flat_map(Event::all_of).collect();
    events.sort_by_key(|event| event.starts);
    for event in &events {
        event.write(&mut lines, &host);
    }
    lines.finish(events.is_empty())
}

/// One event of the calendar: a resource that takes place, or the end of the time in which one can apply for it.
struct Event<'a> {
    item: &'a FeedItem,
    starts: DateTime,
    ends: Option<DateTime>,
    is_deadline: bool,
}

impl<'a> Event<'a> {
    fn all_of(item: &'a FeedItem) -> impl Iterator<Item = Self> {
        let resource = &item.resource;
        let takes_place = read_time(resource.starts.as_deref()).map(|starts| {
            let ends = read_time(resource.ends.as_deref()).filter(|ends| *ends > starts);
            Self { item, starts, ends, is_deadline: false }
        });
        let deadline = read_time(resource.deadline.as_deref()).map(|deadline| {
            // What can be applied for until the end of a day is marked on all of it.
            let is_day = deadline.time() == END_OF_DAY;
            let starts = if is_day { deadline.date().to_datetime(Time::midnight()) } else { deadline };
            Self { item, starts, ends: None, is_deadline: true }
        });
        takes_place.into_iter().chain(deadline)
    }

    fn write(&self, lines: &mut Lines, host: &str) {
        let (item, resource) = (self.item, &self.item.resource);
        let (end_of_id, prefix) = if self.is_deadline { ("-deadline", "Deadline: ") } else { ("", "") };
        lines.add("BEGIN", "VEVENT");
        lines.add("UID", &escape(&format!("{}{end_of_id}@{host}", resource.id)));
        lines.add("DTSTAMP", &utc(item.updated));
        lines.add("CREATED", &utc(item.created));
        lines.add("LAST-MODIFIED", &utc(item.updated));
        lines.span(self.starts, self.ends);
        lines.add("SUMMARY", &escape(&format!("{prefix}{}", resource.title)));
        if let Some(description) = &resource.description {
            lines.add("DESCRIPTION", &escape(description));
        }
        // One applies from anywhere.
        if let Some(place) = resource.place.as_ref().filter(|_| !self.is_deadline) {
            lines.add("LOCATION", &escape(place));
        }
        let categories: Vec<String> = item.categories().iter().map(|category| escape(category.label)).collect();
        if !categories.is_empty() {
            lines.add("CATEGORIES", &categories.join(","));
        }
        lines.add("URL", &uri(&item.link));
        lines.add("END", "VEVENT");
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn a_calendar_is_written_with_its_first_event_first() {
        let mut feed = testing::feed();
        feed.items[0].resource.starts = Some("2026-12-02T14:00:00".to_owned());
        feed.items[0].resource.ends = Some("2026-12-02T15:30:00".to_owned());
        feed.items[0].resource.place = Some("Hall 1, Leeds; ground floor".to_owned());
        feed.items[1].resource.starts = Some("2026-12-01T00:00:00".to_owned());
        let text = write(&feed);
        let (first, second) = (&feed.items[1].resource.id, &feed.items[0].resource.id);
        let expected = format!(
            "BEGIN:VEVENT\r\nUID:{first}@signpost.example\r\nDTSTAMP:20261101T080000Z\r\nCREATED:20261101T080000Z\r\n\
             LAST-MODIFIED:20261101T080000Z\r\nDTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261202\r\n\
             SUMMARY:<b>Birds</b> & \"more\"\r\n"
        );
        assert!(text.contains(&expected), "{text}");
        let expected = format!(
            "BEGIN:VEVENT\r\nUID:{second}@signpost.example\r\nDTSTAMP:20261120T103000Z\r\nCREATED:20261102T080000Z\r\n\
             LAST-MODIFIED:20261120T103000Z\r\nDTSTART:20261202T140000Z\r\nDTEND:20261202T153000Z\r\n\
             SUMMARY:Working with bees\r\nDESCRIPTION:How a beekeeper spends the day.\r\n\
             LOCATION:Hall 1\\, Leeds\\; ground floor\r\nCATEGORIES:Biology,Key stage 3\r\n\
             URL:https://example.org/bees?a=1&b=2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        assert!(text.ends_with(&expected), "{text}");
        assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), "{text}");
    }

    #[test]
    fn a_calendar_without_events_still_holds_something() {
        let text = write(&testing::feed());
        assert!(text.contains("BEGIN:VTIMEZONE\r\n") && !text.contains("VEVENT"), "{text}");
    }

    #[test]
    fn a_deadline_is_an_event_of_its_own_at_its_time_or_on_its_day() {
        for (deadline, expected) in [
            ("2026-12-04T17:00:00", "DTSTART:20261204T170000Z\r\nSUMMARY"),
            ("2026-12-04T23:59:59", "DTSTART;VALUE=DATE:20261204\r\nDTEND;VALUE=DATE:20261205\r\nSUMMARY"),
        ] {
            let mut feed = testing::feed();
            feed.items[0].resource.starts = Some("2026-12-24T14:00:00".to_owned());
            feed.items[0].resource.place = Some("Leeds".to_owned());
            feed.items[0].resource.deadline = Some(deadline.to_owned());
            let text = write(&feed);
            let id = &feed.items[0].resource.id;
            let before = text.split("SUMMARY:Working with bees").next().unwrap();
            assert!(before.contains(&format!("UID:{id}-deadline@signpost.example\r\n")), "{text}");
            assert!(before.contains(&format!("{expected}:Deadline: Working with bees\r\n")), "{text}");
            assert!(!before.contains("LOCATION"), "{text}");
            assert_eq!(text.matches("BEGIN:VEVENT").count(), 2, "{text}");
        }
    }

    #[test]
    fn a_time_is_left_out_when_it_has_passed() {
        let now = Some("2026-11-21T09:00:00".parse().unwrap());
        for (ends, deadline, expected) in [
            (None, None, (true, false)),
            (Some("2026-11-21T08:59:59"), None, (false, false)),
            (Some("2026-11-21T09:00:00"), Some("2026-11-21T08:59:59"), (true, false)),
            (Some("2026-11-21T08:59:59"), Some("2026-11-21T09:00:00"), (false, true)),
        ] {
            let mut event = testing::resource("e", "Event");
            event.starts = Some("2026-11-20T09:00:00".to_owned());
            (event.ends, event.deadline) = (ends.map(str::to_owned), deadline.map(str::to_owned));
            let left = without_past(event.clone(), now);
            assert_eq!((left.starts.is_some(), left.deadline.is_some()), expected, "{ends:?} {deadline:?}");
            assert!(has_time(&without_past(event, None)));
        }
    }
}

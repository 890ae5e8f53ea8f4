//! A plan to take along: as a calendar, and as a table.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, date};
use schemas::Resource;

use super::asked::Asked;
use super::held::Held;
use super::words::{aim_said, plan_label, slot_label, term_label};
use crate::app::App;
use crate::csv::CsvWriter;
use crate::ical::{Lines, escape, host_of, uri, utc};
use crate::pages::errors::PageError;
use crate::pages::wording::{say, word};
use crate::plans::{Step, What, YearGroup};
use crate::web::etag;

/// A calendar is made anew at most once in so many seconds, so that who asks again holds it already.
const STAMP_SECONDS: i64 = 3_600;
/// A school year ends before this month in all nations.
const NEXT_YEAR: i8 = 8;

/// The plan as a calendar.
pub(in crate::pages) async fn show_calendar(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let mut asked = Asked::read(raw.as_deref(), &app)?;
    let held = Held::read(&app, &mut asked.plan, &mut Vec::new()).await?;
    let calendar = calendar(&app, &asked, &held);
    let answer = etag::answer(&headers, "text/calendar; charset=utf-8", calendar);
    Ok(named(etag::kept_privately(answer), "attachment; filename=\"careers-plan.ics\""))
}

/// The plan as a table.
pub(in crate::pages) async fn export_plan(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let mut asked = Asked::read(raw.as_deref(), &app)?;
    let held = Held::read(&app, &mut asked.plan, &mut Vec::new()).await?;
    let answer = etag::answer(&headers, "text/csv; charset=utf-8", table(&app, &asked, &held));
    Ok(named(etag::kept_privately(answer), "attachment; filename=\"careers-plan.csv\""))
}

fn named(mut response: Response, disposition: &'static str) -> Response {
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    response
}

fn calendar(app: &App, asked: &Asked, held: &Held) -> String {
    let mut lines = Lines::calendar(&plan_label(&asked.plan));
    lines.add("URL", &uri(&asked.public_address(app)));
    let now = app.clock.now().as_second();
    let hour = Timestamp::from_second(now - now.rem_euclid(STAMP_SECONDS)).unwrap_or(Timestamp::UNIX_EPOCH);
    let host = host_of(app.public_url());
    let mut is_empty = true;
    for step in &asked.plan.steps {
        let Some((starts, ends)) = when(asked, held, step) else {
            continue;
        };
        is_empty = false;
        lines.add("BEGIN", "VEVENT");
        lines.add("UID", &format!("{}@{host}", event_id(asked, step)));
        lines.add("DTSTAMP", &utc(hour));
        lines.span(starts, ends);
        // Whose it is comes first: calendars cut what is long.
        let slot = slot_label(step.slot, &asked.groups, asked.carried.nation());
        let year = asked.groups.iter().find(|group| group.age == step.slot.age).map_or("", YearGroup::label);
        let summary = say("planner.event", &[("year", &year), ("title", &held.title_of(step))]);
        lines.add("SUMMARY", &escape(&summary));
        lines.add("DESCRIPTION", &escape(&described(app, held, step, &slot)));
        if let Some(place) = live(held, step).and_then(|resource| resource.place.as_deref()) {
            lines.add("LOCATION", &escape(place));
        }
        if let Some(address) = our_address(app, step) {
            lines.add("URL", &uri(&address));
        }
        // Nobody is busy for all of that day.
        lines.add("TRANSP", "TRANSPARENT");
        lines.add("END", "VEVENT");
    }
    lines.finish(is_empty)
}

/// The name of an event: the same as long as the same thing stands in the same slot of the same year.
fn event_id(asked: &Asked, step: &Step) -> String {
    let (name, value) = step.parameter();
    let hash = blake3::hash(format!("{}\n{name}\n{value}", asked.plan.from).as_bytes());
    format!("plan-{}", &hash.to_hex()[..20])
}

/// When a step is: on the day of the resource itself where it has one in this school year, else early in its term.
fn when(asked: &Asked, held: &Held, step: &Step) -> Option<(DateTime, Option<DateTime>)> {
    let read = |text: Option<&str>| text.and_then(|text| text.parse::<DateTime>().ok());
    let own = live(held, step).and_then(|resource| {
        let starts = read(resource.starts.as_deref()).filter(|starts| is_within(starts.date(), asked.plan.from))?;
        Some((starts, read(resource.ends.as_deref()).filter(|ends| *ends > starts)))
    });
    own.or_else(|| {
        let monday = step.slot.term.monday(asked.plan.from, asked.carried.nation())?;
        Some((monday.to_datetime(Time::midnight()), None))
    })
}

/// Whether a day is in the school year that begins in this year.
fn is_within(day: Date, from: i16) -> bool {
    (date(from, NEXT_YEAR, 1)..date(from + 1, NEXT_YEAR, 1)).contains(&day)
}

fn live<'a>(held: &'a Held, step: &Step) -> Option<&'a Resource> {
    match &step.what {
        What::Resource(id) => held.live(id),
        What::Own { .. } => None,
    }
}

/// When it is meant for, what it helps with, and where it is.
fn described(app: &App, held: &Held, step: &Step, slot: &str) -> String {
    let aims = held.aims_of(step).into_iter().map(|aim| aim_said(aim, app.vocabularies));
    let address = live(held, step).and_then(|resource| resource.url.clone());
    std::iter::once(slot.to_owned()).chain(aims).chain(address).collect::<Vec<_>>().join("\n")
}

/// Our page about it, which names it for ever.
fn our_address(app: &App, step: &Step) -> Option<String> {
    match &step.what {
        What::Resource(id) => Some(format!("{}/resources/{id}", app.public_url())),
        What::Own { .. } => None,
    }
}

fn table(app: &App, asked: &Asked, held: &Held) -> String {
    let mut table = CsvWriter::new();
    table.row([
        word("planner.column-year"),
        word("planner.column-term"),
        word("planner.column-title"),
        word("planner.column-type"),
        word("planner.benchmarks"),
        word("planner.learning-areas"),
        word("planner.column-starts"),
        word("planner.column-address"),
        word("planner.column-page"),
    ]);
    for step in &asked.plan.steps {
        table.row(row(app, asked, held, step));
    }
    table.take()
}

fn row(app: &App, asked: &Asked, held: &Held, step: &Step) -> [String; 9] {
    let resource = live(held, step);
    let year = asked.groups.iter().find(|group| group.age == step.slot.age).map_or("", YearGroup::label);
    let aims = held.aims_of(step);
    let list = |field| {
        let of_list = aims.iter().filter(|(aim, _)| aim.field == field);
        of_list.map(|aim| aim_said(*aim, app.vocabularies)).collect::<Vec<_>>().join("; ")
    };
    let kind = resource.and_then(|resource| resource.resource_types.first()).map(|kind| kind.label.clone());
    [
        year.to_owned(),
        term_label(step.slot.term, asked.carried.nation()).to_owned(),
        held.title_of(step).to_owned(),
        kind.unwrap_or_default(),
        list(schemas::ControlledField::Benchmark),
        list(schemas::ControlledField::LearningArea),
        resource.and_then(|resource| resource.starts.clone()).unwrap_or_default(),
        resource.and_then(|resource| resource.url.clone()).unwrap_or_default(),
        our_address(app, step).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_within_the_school_year_from_august_to_july() {
        for (day, expected) in
            [(date(2026, 7, 31), false), (date(2026, 8, 1), true), (date(2027, 7, 31), true), (date(2027, 8, 1), false)]
        {
            assert_eq!(is_within(day, 2026), expected, "{day}");
        }
    }
}

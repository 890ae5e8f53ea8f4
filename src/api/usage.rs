//! `/v1/partner/usage`: how much a partner's views are used, as JSON and as a table.
//!
//! Sums by day, and the concepts that searches asked for and found nothing of, from so many searches up as may be told.
//! What is counted, and what never is, is said in [`crate::usage`].

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use index::Facet;
use jiff::ToSpan as _;
use jiff::civil::Date;
use schemas::nearest;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::catalogue::{Counted, SHOWN_FROM, UsageFilter};
use crate::csv::CsvWriter;
use crate::error::{AppError, shown};
use crate::usage::concept_of;
use crate::web::caller::Caller;
use crate::web::etag::kept_by_nobody;
use crate::web::mistakes::{Mistakes, hint};
use crate::web::problem::Problem;
use crate::web::values::Values;

/// A year and a month, so that a month can be compared with the one a year before.
const MAX_DAYS: i32 = 400;
/// When nothing else is said.
const DEFAULT_DAYS: i32 = 30;
/// The head of the table. A day stands in `from` and `to`; what counts for whole months names both ends.
const COLUMNS: [&str; 7] = ["from", "to", "what", "facet", "concept", "label", "count"];

/// How much views were used.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageAnswer {
    /// The view that was asked for; null for all together.
    #[schema(required = true)]
    pub view: Option<String>,
    /// The first day, in the United Kingdom.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The last day, today among them: its sums may grow.
    #[schema(value_type = String, format = Date)]
    pub to: Date,
    /// Every day from the first to the last.
    pub days: Vec<UsageOfDayAnswer>,
    /// Concepts that searches asked for and found nothing of, in the whole calendar months of these days together; the
    /// most wanted first.
    pub nothing_found: Vec<NothingFoundAnswer>,
    /// From so many searches of one view in one month up a concept is counted there, so that nobody is found out by it.
    pub shown_from: u64,
}

/// One day.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageOfDayAnswer {
    /// The day, in the United Kingdom.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// How many searches were asked; further pages of the same search are none.
    pub searches: u64,
    /// How many results were opened.
    pub opened: u64,
}

/// A concept that was asked for, and nothing found.
#[derive(Debug, Serialize, ToSchema)]
pub struct NothingFoundAnswer {
    /// Its facet.
    pub facet: String,
    /// The concept.
    pub id: String,
    /// Its label.
    pub label: String,
    /// How many searches asked for it and found nothing.
    #[schema(minimum = 5)]
    pub count: u64,
}

/// Which usage is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AskedUsage {
    view: Option<String>,
    from: Date,
    to: Date,
}

impl AskedUsage {
    /// Reads a query string: `view`, one of these, and the days `from` and `to`.
    ///
    /// # Errors
    /// Every mistake of the request.
    pub(crate) fn read(app: &App, raw: Option<&str>, views: &[String]) -> Result<Self, AppError> {
        let mut mistakes = Mistakes::default();
        let asked = Self::read_on(app.clock.local().date(), raw, views, &mut mistakes);
        mistakes.into_result().map_err(AppError::BadRequest)?;
        Ok(asked)
    }

    fn read_on(today: Date, raw: Option<&str>, views: &[String], mistakes: &mut Mistakes) -> Self {
        let values = Values::read(raw, &["view", "from", "to"], mistakes);
        let view = values.get("view").map(ToOwned::to_owned);
        if let Some(name) = view.as_ref().filter(|name| !views.contains(name)) {
            let name = shown(name);
            let near = nearest(&name, views.iter().map(String::as_str));
            mistakes.add("view", format!("there is no view `{name}` here{}", hint(near)));
        }
        let to = read_day("to", values.get("to"), mistakes).unwrap_or(today);
        let days_before = |number: i32| to.saturating_sub((number - 1).days());
        let from = read_day("from", values.get("from"), mistakes).unwrap_or_else(|| days_before(DEFAULT_DAYS));
        if from > to {
            mistakes.add("from", format!("{from} is after {to}, the last day"));
        } else if from < days_before(MAX_DAYS) {
            mistakes.add("from", format!("more than {MAX_DAYS} days; at the earliest {}", days_before(MAX_DAYS)));
        }
        Self { view, from, to }
    }
}

/// A day as it is written; nobody counted before the year 2000, and nobody plans after 9000.
fn read_day(name: &str, text: Option<&str>, mistakes: &mut Mistakes) -> Option<Date> {
    let text = text?;
    let day = text.parse::<Date>().ok().filter(|day| (2000..=9000).contains(&day.year()));
    if day.is_none() {
        mistakes.add(name, "a day is needed, such as 2026-09-01");
    }
    day
}

/// Counts what is asked for; without a view, all of these together, and with neither, everything.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn answer_usage(
    app: &App,
    asked: &AskedUsage,
    own: Option<Vec<String>>,
) -> Result<UsageAnswer, AppError> {
    let AskedUsage { view, from, to } = asked;
    let views = view.clone().map_or(own, |view| Some(vec![view]));
    let filter = UsageFilter { views, from: *from, to: *to };
    let mut sums: BTreeMap<(Date, Counted), u64> = BTreeMap::new();
    for sum in app.store()?.usage_by_day(&filter).await? {
        sums.insert((sum.day, sum.what), sum.count);
    }
    let sum = |day: Date, what: Counted| sums.get(&(day, what)).copied().unwrap_or(0);
    let days = from.series(1.day()).take_while(|day| day <= to).map(|day| UsageOfDayAnswer {
        day,
        searches: sum(day, Counted::Searches),
        opened: sum(day, Counted::Opened),
    });
    let days = days.collect();
    let concepts = app.store()?.nothing_found(&filter).await?;
    let nothing_found = concepts.iter().filter_map(|(key, count)| present_concept(app, key, *count)).collect();
    Ok(UsageAnswer { view: view.clone(), from: *from, to: *to, days, nothing_found, shown_from: SHOWN_FROM })
}

fn present_concept(app: &App, key: &str, count: u64) -> Option<NothingFoundAnswer> {
    let (facet, id) = concept_of(key)?;
    let label = match facet {
        Facet::Controlled(field) => app.vocabularies.of(field).label(id),
        Facet::Source | Facet::Publisher | Facet::Link => id,
    };
    Some(NothingFoundAnswer { facet: facet.name().to_owned(), id: id.to_owned(), label: label.to_owned(), count })
}

/// How much the views of the partner were used whose key is sent.
///
/// Sums by day, and the concepts that at least five searches of a view in a calendar month asked for and found nothing
/// of. Those are counted over the whole months of the days that are asked for. Typed words are not kept, nor anything
/// about who asked.
#[utoipa::path(
    get, path = "/v1/partner/usage", tag = "Views", operation_id = "show_partner_usage",
    params(
        ("view" = Option<String>, Query, description = "The name of one of your views; all together when left out", example = "my-society"),
        ("from" = Option<String>, Query, description = "The first day; 29 days before the last when left out", format = Date, example = "2026-09-01"),
        ("to" = Option<String>, Query, description = "The last day, at most 400 days in all; today when left out", format = Date, example = "2026-09-30")
    ),
    security(("api_key" = []), ("api_key_header" = [])),
    responses(
        (status = 200, description = "How much they were used", body = UsageAnswer),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or none we know", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_partner_usage(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
) -> Result<Response, AppError> {
    let usage = usage_of_partner(&app, &caller, raw.as_deref()).await?;
    Ok(kept_by_nobody(Json(usage).into_response()))
}

/// The same as a table: one row for each day and sum, and one for each concept.
#[utoipa::path(
    get, path = "/v1/partner/usage.csv", tag = "Views", operation_id = "export_partner_usage",
    params(
        ("view" = Option<String>, Query, description = "The name of one of your views; all together when left out", example = "my-society"),
        ("from" = Option<String>, Query, description = "The first day; 29 days before the last when left out", format = Date, example = "2026-09-01"),
        ("to" = Option<String>, Query, description = "The last day, at most 400 days in all; today when left out", format = Date, example = "2026-09-30")
    ),
    security(("api_key" = []), ("api_key_header" = [])),
    responses(
        (status = 200, description = "from, to, what (searches, opened, nothing_found), facet, concept, label, count", body = String, content_type = "text/csv"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or none we know", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn export_partner_usage(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
) -> Result<Response, AppError> {
    let usage = usage_of_partner(&app, &caller, raw.as_deref()).await?;
    // The name of a view is a slug, and a day has digits only, so it is a header value.
    let name = format!("usage-{}-{}-{}.csv", usage.view.as_deref().unwrap_or("all"), usage.from, usage.to);
    let head = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok(kept_by_nobody((head, table_of(&usage)).into_response()))
}

async fn usage_of_partner(app: &App, caller: &Caller, raw: Option<&str>) -> Result<UsageAnswer, AppError> {
    let holder = caller.partner()?;
    let own = app.store()?.view_names(Some(&holder.partner)).await?;
    let asked = AskedUsage::read(app, raw, &own)?;
    answer_usage(app, &asked, Some(own)).await
}

fn table_of(usage: &UsageAnswer) -> String {
    let mut table = CsvWriter::new();
    table.row(COLUMNS);
    for of_day in &usage.days {
        let day = of_day.day.to_string();
        for (what, count) in [(Counted::Searches, of_day.searches), (Counted::Opened, of_day.opened)] {
            table.row([day.as_str(), day.as_str(), what.name(), "", "", "", count.to_string().as_str()]);
        }
    }
    let (from, to) = (usage.from.first_of_month().to_string(), usage.to.last_of_month().to_string());
    for one in &usage.nothing_found {
        let what = Counted::NothingFound.name();
        let count = one.count.to_string();
        table.row([from.as_str(), &to, what, &one.facet, &one.id, &one.label, &count]);
    }
    table.take()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn read(raw: &str) -> Result<AskedUsage, Vec<String>> {
        let mut mistakes = Mistakes::default();
        let views = ["my-society".to_owned(), "iop".to_owned()];
        let asked = AskedUsage::read_on(day("2026-11-21"), Some(raw), &views, &mut mistakes);
        let told = |all: Vec<crate::error::ParameterMistake>| all.into_iter().map(|one| one.detail).collect();
        mistakes.into_result().map(|()| asked).map_err(told)
    }

    #[test]
    fn thirty_days_are_meant_when_nothing_is_said_and_four_hundred_are_the_most() {
        for (raw, from, to) in [
            ("", "2026-10-23", "2026-11-21"),
            ("to=2026-11-01", "2026-10-03", "2026-11-01"),
            ("from=2026-11-21", "2026-11-21", "2026-11-21"),
            ("from=2025-10-18", "2025-10-18", "2026-11-21"),
        ] {
            let asked = read(raw).expect("nothing is wrong");
            assert_eq!((asked.view, asked.from, asked.to), (None, day(from), day(to)), "{raw}");
        }
        assert_eq!(read("view=iop").expect("nothing is wrong").view.as_deref(), Some("iop"));
    }

    #[test]
    fn every_mistake_is_told() {
        for (raw, expected) in [
            ("view=my-sociaty", "did you mean `my-society`?"),
            ("from=2026-11-22", "2026-11-22 is after 2026-11-21, the last day"),
            ("from=2025-10-17", "more than 400 days; at the earliest 2025-10-18"),
            ("from=-009999-01-01", "a day is needed"),
            ("to=9999-12-31", "a day is needed"),
            ("day=2026-11-21", "unknown parameter"),
        ] {
            let told = read(raw).expect_err("a mistake");
            assert!(told.len() == 1 && told[0].contains(expected), "{raw}: {told:?}");
        }
        assert_eq!(read("view=a&from=b&to=c").expect_err("mistakes").len(), 3);
    }

    #[test]
    fn a_table_has_a_row_for_each_sum() {
        let (from, to) = (day("2026-11-20"), day("2026-11-20"));
        let days = vec![UsageOfDayAnswer { day: from, searches: 3, opened: 1 }];
        let nothing_found = vec![NothingFoundAnswer {
            facet: "subject".to_owned(),
            id: "chemistry".to_owned(),
            label: "Chemistry, applied".to_owned(),
            count: 7,
        }];
        let usage = UsageAnswer { view: None, from, to, days, nothing_found, shown_from: SHOWN_FROM };
        let expected = "\u{feff}from,to,what,facet,concept,label,count\r\n\
            2026-11-20,2026-11-20,searches,,,,3\r\n\
            2026-11-20,2026-11-20,opened,,,,1\r\n\
            2026-11-01,2026-11-30,nothing_found,subject,chemistry,\"Chemistry, applied\",7\r\n";
        assert_eq!(table_of(&usage), expected);
    }
}

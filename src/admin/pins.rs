//! Pins: what stands first or last for one search, because a curator says so. A search sees each act at once.

use axum::extract::rejection::JsonRejection;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::ToSpan as _;
use jiff::civil::Date;
use schemas::ResourceId;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::catalogue::{Holder, MOST_PINS, NewPin, PinAction, PinFilter, PinRow, PinState, ResourceState};
use crate::error::{AppError, ParameterMistake};
use crate::web::mistakes::{Mistakes, not_among};
use crate::web::paging::ListQuery;
use crate::web::path::PathId;
use crate::web::query::MAX_QUERY_CHARACTERS;

/// Somebody looks again at least once a year (366: the same day of the next year, whatever year it is). Without a last
/// day such lists went stale elsewhere. Source: GOV.UK's best bets.
const MAX_DAYS_AHEAD: i32 = 366;
/// A name, an address or a team.
const MAX_OWNER_CHARACTERS: usize = 100;
/// A reason is for people to read: a sentence or a few, and no page.
const MAX_REASON_CHARACTERS: usize = 500;

/// A pin as it is shown.
#[derive(Debug, Serialize)]
struct PinAnswer {
    id: String,
    /// The search as it was typed.
    query: String,
    /// The search as searches are compared.
    key: String,
    action: &'static str,
    resource: String,
    /// The resource that it is about now, where the one that was named was merged.
    merged_into: Option<String>,
    /// Whether that is live; what is not is not found.
    live: bool,
    /// Of a pin its place among those of the same search; null for a bury.
    position: Option<usize>,
    owner: String,
    reason: String,
    /// The last day on which it counts.
    expires: Date,
    state: &'static str,
    who: String,
    at: String,
    undone: Option<UndoneAnswer>,
}

#[derive(Debug, Serialize)]
struct UndoneAnswer {
    who: String,
    at: String,
}

impl PinAnswer {
    fn new(row: PinRow, today: Date) -> Self {
        let state = row.state(today).name();
        let merged_into = (row.stands_for != row.resource).then(|| row.stands_for.to_string());
        Self {
            id: row.id,
            query: row.query,
            key: row.key,
            action: row.action.name(),
            resource: row.resource.to_string(),
            merged_into,
            live: row.is_live,
            position: row.position,
            owner: row.owner,
            reason: row.reason,
            expires: row.expires,
            state,
            who: row.who,
            at: row.at,
            undone: row.undone_by.zip(row.undone_at).map(|(who, at)| UndoneAnswer { who, at }),
        }
    }
}

pub(super) async fn list_pins(State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, AppError> {
    let query = ListQuery::parse(raw.as_deref(), &["query", "state"])?;
    let filter = read_filter(&query)?;
    let today = today(&app);
    let (rows, total) = app.catalogue.list_pins(&filter, today, query.per_page, query.offset()).await?;
    let results: Vec<PinAnswer> = rows.into_iter().map(|row| PinAnswer::new(row, today)).collect();
    Ok(query.page_of(&results, total, "/admin/v1/pins"))
}

/// What is to stand first or last: `{"query": "chemistry jobs", "action": "pin", "resource": "…", "position": 1,
/// "owner": "…", "reason": "…", "expires": "2027-08-31"}`. What is left out is blank, so that it is told of with the
/// rest.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PinRequest {
    query: String,
    action: String,
    resource: String,
    /// Left out or null: behind those that there are.
    position: Option<i64>,
    owner: String,
    reason: String,
    expires: String,
}

pub(super) async fn create_pin(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    body: Result<Json<PinRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let Json(request) = body.map_err(|error| bad("body", error.body_text()))?;
    let today = today(&app);
    let pin = read_request(&app, &request, today).await?;
    let row = app.catalogue.create_pin(&pin, &holder.name, today, app.clock.now()).await?;
    app.load_pins().await?;
    Ok((StatusCode::CREATED, Json(PinAnswer::new(row, today))).into_response())
}

pub(super) async fn undo_pin(
    State(app): State<App>,
    Extension(holder): Extension<Holder>,
    PathId(id): PathId,
) -> Result<Response, AppError> {
    let today = today(&app);
    let undone = app.catalogue.undo_pin(&id, &holder.name, today, app.clock.now()).await;
    let row = undone.map_err(AppError::of_named)?;
    app.load_pins().await?;
    Ok(Json(PinAnswer::new(row, today)).into_response())
}

/// The day in the United Kingdom.
fn today(app: &App) -> Date {
    app.clock.local().date()
}

fn read_filter(query: &ListQuery) -> Result<PinFilter, AppError> {
    let mut mistakes = Mistakes::default();
    let key = query.value("query").and_then(|text| read_query(text, &mut mistakes));
    let state = query.value("state").and_then(|name| {
        let found = PinState::by_name(name);
        if found.is_none() {
            mistakes.add("state", not_among(name, &PinState::ALL.map(PinState::name)));
        }
        found
    });
    mistakes.into_result().map_err(AppError::BadRequest)?;
    Ok(PinFilter { key, state })
}

/// What is to be pinned, checked; every mistake of the request at once.
async fn read_request(app: &App, request: &PinRequest, today: Date) -> Result<NewPin, AppError> {
    let mut mistakes = Mistakes::default();
    let query = request.query.trim();
    let key = read_query(query, &mut mistakes);
    let action = read_action(&request.action, &mut mistakes);
    let resource = read_resource(app, &request.resource, &mut mistakes).await?;
    let position = read_position(request.position, action, &mut mistakes);
    let owner = read_line("owner", "who is responsible", &request.owner, MAX_OWNER_CHARACTERS, &mut mistakes);
    let reason = read_line("reason", "why", &request.reason, MAX_REASON_CHARACTERS, &mut mistakes);
    let expires = read_expires(&request.expires, today, &mut mistakes);
    mistakes.into_result().map_err(AppError::BadRequest)?;
    let (Some(key), Some(action), Some(resource), Some(expires)) = (key, action, resource, expires) else {
        return Err(bad("body", "expected a whole pin".to_owned()));
    };
    let resource = resource.live()?;
    Ok(NewPin { query: query.to_owned(), key, action, resource, position, owner, reason, expires })
}

/// The search as searches are compared.
fn read_query(text: &str, mistakes: &mut Mistakes) -> Option<String> {
    if text.chars().count() > MAX_QUERY_CHARACTERS {
        mistakes.add("query", format!("longer than {MAX_QUERY_CHARACTERS} characters"));
        return None;
    }
    let key = index::normalised_query(text);
    if key.is_empty() {
        mistakes.add("query", "expected words to search for; there is no letter and no digit in it");
        return None;
    }
    Some(key)
}

fn read_action(name: &str, mistakes: &mut Mistakes) -> Option<PinAction> {
    let found = PinAction::by_name(name);
    if found.is_none() {
        mistakes.add("action", not_among(name, &PinAction::ALL.map(PinAction::name)));
    }
    found
}

/// A resource that there is or was.
enum Named {
    /// It can be found, under this id.
    Live(ResourceId),
    /// It was withdrawn; why.
    Withdrawn(ResourceId, String),
}

impl Named {
    fn live(self) -> Result<ResourceId, AppError> {
        match self {
            Self::Live(id) => Ok(id),
            Self::Withdrawn(id, reason) => {
                let reason = format!("the resource `{id}` was withdrawn, so that no search finds it: {reason}");
                Err(AppError::Unprocessable { reason })
            }
        }
    }
}

/// The resource of this id, or what it was merged into.
async fn read_resource(app: &App, id: &str, mistakes: &mut Mistakes) -> Result<Option<Named>, AppError> {
    let named = match ResourceId::parse(id) {
        Ok(named) => named,
        Err(error) => {
            mistakes.add("resource", error.to_string());
            return Ok(None);
        }
    };
    let (id, state) = match app.catalogue.resource(&named).await? {
        Some(ResourceState::Merged { into }) => {
            let state = app.catalogue.resource(&into).await?;
            (into, state)
        }
        state => (named, state),
    };
    match state {
        Some(ResourceState::Live(_)) => Ok(Some(Named::Live(id))),
        Some(ResourceState::Withdrawn { reason, .. }) => Ok(Some(Named::Withdrawn(id, reason))),
        Some(ResourceState::Merged { .. }) => {
            Err(AppError::Conflict { reason: format!("`{id}` is being merged; ask again") })
        }
        None => {
            mistakes.add("resource", format!("there is no resource `{id}`"));
            Ok(None)
        }
    }
}

fn read_position(given: Option<i64>, action: Option<PinAction>, mistakes: &mut Mistakes) -> Option<usize> {
    let given = given?;
    if action == Some(PinAction::Bury) {
        mistakes.add("position", "only pins have a place; what is buried stands last");
        return None;
    }
    let position = usize::try_from(given).ok().filter(|position| (1..=MOST_PINS).contains(position));
    if position.is_none() {
        mistakes.add("position", format!("a whole number from 1 to {MOST_PINS} is needed"));
    }
    position
}

/// A text as it is kept: one line, and something in it.
fn read_line(name: &str, says: &str, given: &str, max_characters: usize, mistakes: &mut Mistakes) -> String {
    let words: Vec<&str> = given.split_whitespace().collect();
    let line: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    if !(1..=max_characters).contains(&line.chars().count()) {
        mistakes.add(name, format!("expected 1 to {max_characters} characters that say {says}"));
    }
    line
}

fn read_expires(given: &str, today: Date, mistakes: &mut Mistakes) -> Option<Date> {
    let latest = today.saturating_add(MAX_DAYS_AHEAD.days());
    let Ok(day) = given.parse::<Date>() else {
        mistakes.add("expires", format!("the last day on which it counts is needed, such as {latest}"));
        return None;
    };
    if day < today {
        mistakes.add("expires", format!("{day} is over; today is {today}"));
        return None;
    }
    if day > latest {
        mistakes.add("expires", format!("{day} is more than {MAX_DAYS_AHEAD} days ahead; at the latest {latest}"));
        return None;
    }
    Some(day)
}

fn bad(parameter: &str, detail: String) -> AppError {
    AppError::BadRequest(vec![ParameterMistake::new(parameter, detail)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_ends_on_a_day_from_today_to_a_year_ahead() {
        let today = jiff::civil::date(2026, 11, 21);
        for (given, expected) in [
            ("2026-11-21", None),
            ("2027-11-22", None),
            ("2026-11-20", Some("2026-11-20 is over; today is 2026-11-21")),
            ("2027-11-23", Some("2027-11-23 is more than 366 days ahead; at the latest 2027-11-22")),
            ("", Some("the last day on which it counts is needed, such as 2027-11-22")),
            ("next year", Some("the last day on which it counts is needed, such as 2027-11-22")),
        ] {
            let mut mistakes = Mistakes::default();
            let day = read_expires(given, today, &mut mistakes);
            assert_eq!(day.is_some(), expected.is_none(), "{given}");
            let told = mistakes.into_result().err().map(|all| all[0].detail.clone());
            assert_eq!(told.as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn what_is_kept_is_one_line() {
        let mut mistakes = Mistakes::default();
        assert_eq!(read_line("owner", "who", " Ada\u{0}\n\tLovelace ", 100, &mut mistakes), "Ada Lovelace");
        assert!(mistakes.into_result().is_ok());
        for given in ["", " \n", &"x".repeat(101)] {
            let mut mistakes = Mistakes::default();
            read_line("owner", "who", given, 100, &mut mistakes);
            assert!(mistakes.into_result().is_err(), "{given}");
        }
    }
}

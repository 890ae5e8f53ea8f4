//! The parameters of a search, read once for the API and the pages: strict, and every mistake told at once.

use index::{Cursor, Facet, LastKey, Place, SearchRequest, Sort};
use jiff::civil::{Date, DateTime};
use schemas::{AgeRange, ConceptId, ControlledField, LinkState, nearest};

use super::mistakes::Mistakes;
use crate::app::App;
use crate::clock::Clock;
use crate::error::{AppError, ParameterMistake};

/// A search as it was asked for.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    /// What the index is asked.
    pub request: SearchRequest,
    /// The page, from 1.
    pub page: usize,
    /// Results on a page.
    pub per_page: usize,
    /// The fields of a resource that are wanted; all when empty.
    pub fields: Vec<String>,
    /// The parameters that were given, in their order, each once, blank ones left out, lists of filters taken apart.
    pub(super) pairs: Vec<(String, String)>,
}

/// The parameters of a search that are no facets.
const PLAIN: [&str; 19] = [
    "q",
    "age",
    "duration_max",
    "published_after",
    "updated_after",
    "starts_after",
    "deadline_before",
    "sort",
    "page",
    "per_page",
    "cursor",
    "facets",
    "facet_q",
    "facet_limit",
    "fields",
    "highlight",
    "interpret",
    "inferred",
    "explain",
];
/// Those that say which part of the results is wanted and how it is shown, but not what is searched.
pub(super) const SHOWING: [&str; 9] =
    ["page", "per_page", "cursor", "facets", "facet_q", "facet_limit", "fields", "highlight", "explain"];
/// Begins a walk through all results.
const FIRST_CURSOR: &str = "*";
/// Long enough for any question a person types.
pub const MAX_QUERY_CHARACTERS: usize = 512;
/// Longer than any label of ours that somebody begins to type.
pub const MAX_FACET_QUERY_CHARACTERS: usize = 100;
/// Past so many results a page number is not a way to read them all; a cursor is.
pub const MAX_RESULTS: usize = 10_000;
/// What fits a screen without scrolling for ever.
pub const DEFAULT_PER_PAGE: usize = 20;
/// So many results a page has at most.
pub const MAX_PER_PAGE: usize = 100;
/// So many values of one facet may be selected.
pub const MAX_VALUES: usize = 50;
/// So many parameters one request may carry, each value of a list counted.
const MAX_PARAMETERS: usize = 200;
/// So many values of one facet an answer lists at most, and when nothing else is said.
pub const MAX_FACET_VALUES: usize = 100;
/// Years whose every day and moment a timestamp holds.
const YEARS: std::ops::RangeInclusive<i16> = -9998..=9998;

/// The local time as searches are asked for it: to the hour, so that equal searches have equal answers for a while.
pub fn this_hour(clock: &Clock) -> DateTime {
    let now = clock.local();
    now.date().at(now.hour(), 0, 0, 0)
}

/// Calls without parameters refuse those they are given: silence would hide a mistake.
///
/// # Errors
/// When there are any.
pub fn refuse_parameters(raw: Option<&str>) -> Result<(), AppError> {
    let mut mistakes = Mistakes::default();
    for (name, _) in mistakes.pairs(raw.unwrap_or_default()) {
        mistakes.add(&name, "this call takes no parameters");
        if mistakes.is_full() {
            break;
        }
    }
    mistakes.into_result().map_err(AppError::BadRequest)
}

struct Reading<'a> {
    app: &'a App,
    query: SearchQuery,
    /// How many values were met, each of a list counted.
    values: usize,
    mistakes: Mistakes,
}

impl SearchQuery {
    /// Reads a query string.
    ///
    /// Values may be repeated or separated by commas. Blank values count as not given: a form sends them.
    ///
    /// # Errors
    /// Every unknown parameter with the nearest known one, every value that is not allowed with those that are.
    pub fn parse(raw: &str, app: &App) -> Result<Self, Vec<ParameterMistake>> {
        let query = Self {
            request: SearchRequest { facet_limit: MAX_FACET_VALUES, ..SearchRequest::new(this_hour(&app.clock)) },
            page: 1,
            per_page: DEFAULT_PER_PAGE,
            fields: Vec::new(),
            pairs: Vec::new(),
        };
        let mut reading = Reading { app, query, values: 0, mistakes: Mistakes::default() };
        for (name, value) in reading.mistakes.pairs(raw) {
            reading.read(&name, value.trim());
            if reading.values > MAX_PARAMETERS || reading.mistakes.is_full() {
                break;
            }
        }
        reading.finish()
    }

    /// The parameters that were given.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }
}

impl Reading<'_> {
    fn wrong(&mut self, parameter: &str, detail: impl Into<String>) {
        self.mistakes.add(parameter, detail);
    }

    fn read(&mut self, name: &str, value: &str) {
        let facet = Facet::by_name(name);
        if facet.is_none() && !PLAIN.contains(&name) {
            return self.unknown(name);
        }
        if value.is_empty() {
            return;
        }
        // A publisher's name may hold a comma; everything else that may be many is an id.
        let is_list = facet.is_some_and(|facet| facet != Facet::Publisher) || matches!(name, "facets" | "fields");
        let values: Vec<&str> = if is_list { listed(value) } else { vec![value] };
        self.values += values.len();
        if self.values > MAX_PARAMETERS {
            return self.wrong("?", format!("more than {MAX_PARAMETERS} parameters, each value of a list counted"));
        }
        match facet {
            Some(facet) => self.facet(facet, &values),
            None if self.query.pairs.iter().any(|(held, _)| held == name) => {
                self.wrong(name, "given more than once; only filters may be");
            }
            None => match name {
                "facets" => self.facets(&values),
                "fields" => self.fields(&values),
                _ => {
                    self.query.pairs.push((name.to_owned(), value.to_owned()));
                    self.plain(name, value);
                }
            },
        }
    }

    fn unknown(&mut self, name: &str) {
        let known = PLAIN.into_iter().chain(Facet::ALL.into_iter().map(Facet::name));
        let detail = match nearest(name, known) {
            Some(nearest) => format!("unknown parameter; did you mean `{nearest}`?"),
            None => "unknown parameter; /docs lists those there are".to_owned(),
        };
        self.wrong(name, detail);
    }

    fn facet(&mut self, facet: Facet, values: &[&str]) {
        for &value in values {
            if let Some(detail) = self.refusal(facet, value) {
                self.wrong(facet.name(), detail);
                continue;
            }
            let held = self.query.request.filters.entry(facet).or_default();
            if held.iter().any(|one| one == value) {
                continue;
            }
            if held.len() >= MAX_VALUES {
                return self.wrong(facet.name(), format!("more than {MAX_VALUES} values"));
            }
            held.push(value.to_owned());
            self.query.pairs.push((facet.name().to_owned(), value.to_owned()));
        }
    }

    /// Why a value cannot be one of this facet; `None` when it can.
    fn refusal(&self, facet: Facet, value: &str) -> Option<String> {
        if value == "_none" {
            return None;
        }
        let shown: String = value.chars().take(80).collect();
        match facet {
            Facet::Controlled(field) => {
                let list = self.app.vocabularies.of(field);
                if list.get(value).is_some() {
                    return None;
                }
                let detail = format!("`{shown}` is not in the {} vocabulary", list.name);
                let hint = self.meant(field, value).map(|id| format!("; did you mean `{id}`?"));
                let all = format!("; /v1/vocabularies/{} lists what is", list.name);
                Some(detail + &hint.unwrap_or_default() + &all)
            }
            Facet::Source => {
                let names = self.app.source_names();
                if names.contains_key(value) {
                    return None;
                }
                let hint = nearest(value, names.keys().map(String::as_str)).map(|id| format!("; did you mean `{id}`?"));
                Some(format!("there is no source `{shown}`{}; /v1/sources lists them", hint.unwrap_or_default()))
            }
            Facet::Publisher => (value.len() > 200).then(|| "longer than 200 bytes".to_owned()),
            Facet::Link => {
                let allowed = LinkState::ALL.map(LinkState::name);
                (!allowed.contains(&value)).then(|| format!("`{shown}`; allowed: {}", allowed.join(", ")))
            }
        }
    }

    /// The concept that a wrong value probably meant: one whose label it is, else one whose id is like it.
    fn meant(&self, field: ControlledField, value: &str) -> Option<String> {
        use schemas::Found;
        match self.app.vocabularies.find(field, value, "uk") {
            Found::ByLabel(id) | Found::ByAlternative(id) => Some(ConceptId::to_string(&id)),
            Found::Ambiguous(_) | Found::Nothing => {
                let ids = self.app.vocabularies.of(field).concepts.iter().map(|concept| concept.id.as_str());
                nearest(value, ids).map(ToOwned::to_owned)
            }
        }
    }

    /// What is searched.
    fn plain(&mut self, name: &str, value: &str) {
        match name {
            "q" => {
                if value.chars().count() > MAX_QUERY_CHARACTERS {
                    self.wrong(name, format!("longer than {MAX_QUERY_CHARACTERS} characters"));
                }
                value.clone_into(&mut self.query.request.text);
            }
            "age" => match value.parse::<AgeRange>() {
                Ok(range) => self.query.request.ages = Some(range),
                Err(reason) => self.wrong(name, reason),
            },
            "duration_max" => match value.parse::<u32>() {
                Ok(minutes) => self.query.request.duration_max_minutes = Some(minutes),
                Err(_) => self.wrong(name, "a whole number of minutes is needed"),
            },
            "published_after" => self.query.request.published_after = self.date(name, value),
            "updated_after" => match value.parse::<jiff::Timestamp>() {
                Ok(time) => self.query.request.updated_after = Some(time),
                Err(_) => {
                    let date = self.date(name, value);
                    self.query.request.updated_after = date.and_then(midnight);
                }
            },
            "starts_after" => self.query.request.starts_after = self.date(name, value),
            "deadline_before" => self.query.request.deadline_before = self.date(name, value),
            "interpret" => self.query.request.interpret = self.flag(name, value).unwrap_or(true),
            "inferred" => self.query.request.stated_only = !self.flag(name, value).unwrap_or(true),
            _ => self.showing(name, value),
        }
    }

    /// Which part of the results is wanted, in which order, and how it is shown.
    fn showing(&mut self, name: &str, value: &str) {
        match name {
            "sort" => match value {
                "relevance" => self.query.request.sort = Sort::Relevance,
                "newest" => self.query.request.sort = Sort::Newest,
                "title" => self.query.request.sort = Sort::Title,
                _ => self.wrong(name, "allowed: relevance, newest, title"),
            },
            "page" => self.query.page = self.number(name, value, usize::MAX).unwrap_or(1),
            "per_page" => self.query.per_page = self.number(name, value, MAX_PER_PAGE).unwrap_or(DEFAULT_PER_PAGE),
            "cursor" => self.cursor(value),
            "facet_q" => {
                if value.chars().count() > MAX_FACET_QUERY_CHARACTERS {
                    self.wrong(name, format!("longer than {MAX_FACET_QUERY_CHARACTERS} characters"));
                }
                self.query.request.facet_query = Some(value.to_owned());
            }
            "facet_limit" => {
                let limit = self.number(name, value, MAX_FACET_VALUES);
                self.query.request.facet_limit = limit.unwrap_or(MAX_FACET_VALUES);
            }
            "highlight" => self.query.request.highlight = self.flag(name, value).unwrap_or(false),
            "explain" => self.query.request.explain = self.flag(name, value).unwrap_or(false),
            _ => self.unknown(name),
        }
    }

    /// Whether a cursor belongs to this search is only known when all of it has been read.
    fn cursor(&mut self, value: &str) {
        self.query.request.place = match Cursor::parse(value) {
            _ if value == FIRST_CURSOR => Place::Start,
            Some(cursor) => Place::After(cursor),
            None => {
                let detail = "it cannot be read; give `*`, or all of the `cursor` in the `next` link of an answer";
                return self.wrong("cursor", detail);
            }
        };
    }

    fn number(&mut self, name: &str, value: &str, most: usize) -> Option<usize> {
        let number = value.parse::<usize>().ok().filter(|number| (1..=most).contains(number));
        if number.is_none() {
            let end = if most == usize::MAX { String::new() } else { format!(" to {most}") };
            self.wrong(name, format!("a whole number from 1{end} is needed"));
        }
        number
    }

    fn date(&mut self, name: &str, value: &str) -> Option<Date> {
        let date = value.parse::<Date>().ok().filter(|date| YEARS.contains(&date.year()));
        if date.is_none() {
            self.wrong(name, "a date is needed, such as 2026-09-01");
        }
        date
    }

    fn flag(&mut self, name: &str, value: &str) -> Option<bool> {
        match value {
            "on" | "true" | "1" => Some(true),
            "off" | "false" | "0" => Some(false),
            _ => {
                self.wrong(name, "allowed: on, off");
                None
            }
        }
    }

    fn facets(&mut self, names: &[&str]) {
        let mut asked: Vec<Facet> = Vec::new();
        for &name in names {
            match Facet::by_name(name) {
                Some(facet) if asked.contains(&facet) => {}
                Some(facet) => asked.push(facet),
                None if names == ["none"] => {}
                None => {
                    let all = Facet::ALL.map(Facet::name).join(", ");
                    self.wrong("facets", format!("`{}` is no facet; allowed: none, {all}", cut(name)));
                }
            }
        }
        if names.is_empty() {
            return;
        }
        let said = if asked.is_empty() { vec!["none"] } else { asked.iter().map(|facet| facet.name()).collect() };
        self.query.pairs.push(("facets".to_owned(), said.join(",")));
        self.query.request.facets = asked;
    }

    fn fields(&mut self, names: &[&str]) {
        let known = crate::api::resources::field_names();
        for &name in names {
            if self.query.fields.iter().any(|field| field == name) {
                continue;
            }
            if known.iter().any(|field| field == name) {
                self.query.fields.push(name.to_owned());
                continue;
            }
            let hint = match nearest(name, known.iter().map(String::as_str)) {
                Some(field) => format!("did you mean `{field}`?"),
                None => format!("allowed: {}", known.join(", ")),
            };
            self.wrong("fields", format!("`{}` is no field of a resource; {hint}", cut(name)));
        }
        if !names.is_empty() {
            self.query.pairs.push(("fields".to_owned(), self.query.fields.join(",")));
        }
    }

    fn finish(mut self) -> Result<SearchQuery, Vec<ParameterMistake>> {
        let (page, per_page) = (self.query.page, self.query.per_page);
        if page.saturating_mul(per_page) > MAX_RESULTS {
            self.wrong(
                "page",
                format!("page {page} of {per_page} reaches past {MAX_RESULTS} results; narrow the search, or walk on with `cursor`"),
            );
        }
        self.check_place();
        self.mistakes.into_result()?;
        let mut query = self.query;
        if matches!(query.request.place, Place::Offset(_)) {
            query.request.place = Place::Offset((page - 1) * per_page);
        }
        query.request.limit = per_page;
        query.request.pinning = self.app.pins.pinning(&query.request.text, query.request.now);
        Ok(query)
    }

    fn check_place(&mut self) {
        let query = &self.query;
        let is_stray = match &query.request.place {
            Place::Offset(_) => return,
            Place::Start => false,
            Place::After(cursor) => {
                cursor.search != query.search_id() || !is_of_order(&cursor.last, query.request.sort)
            }
        };
        let has_page = query.pairs.iter().any(|(name, _)| name == "page");
        if has_page {
            self.wrong("cursor", "not together with `page`; a walk by cursors has no page numbers");
        }
        if is_stray {
            self.wrong("cursor", "it belongs to another search; begin this one with `cursor=*`");
        }
    }
}

/// Whether results in this order are told apart by such a key.
fn is_of_order(key: &LastKey, sort: Sort) -> bool {
    match sort {
        Sort::Relevance => matches!(key, LastKey::Score(_)),
        Sort::Newest => matches!(key, LastKey::Newest(_)),
        Sort::Title => matches!(key, LastKey::Title(_)),
    }
}

/// The values of a list, blank ones left out.
fn listed(value: &str) -> Vec<&str> {
    value.split(',').map(str::trim).filter(|value| !value.is_empty()).collect()
}

fn midnight(date: Date) -> Option<jiff::Timestamp> {
    date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|time| time.timestamp())
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_asked_for_the_full_hour() {
        let clock = Clock::from_fn(|| "2026-01-15T12:59:59Z".parse().unwrap());
        assert_eq!(this_hour(&clock).to_string(), "2026-01-15T12:00:00");
    }

    #[test]
    fn every_day_that_is_taken_is_a_moment() {
        for (year, month, day) in [(*YEARS.start(), 1, 1), (*YEARS.end(), 12, 31)] {
            assert!(midnight(jiff::civil::date(year, month, day)).is_some(), "{year}");
        }
    }

    #[test]
    fn a_list_is_taken_apart() {
        assert_eq!(listed(" ks3,, ks4 ,"), ["ks3", "ks4"]);
        assert!(listed(",,").is_empty());
    }

    #[test]
    fn a_call_without_parameters_refuses_any() {
        assert!(refuse_parameters(None).is_ok());
        assert!(refuse_parameters(Some("")).is_ok());
        let refused = refuse_parameters(Some("a=1&b=2"));
        assert!(matches!(refused, Err(AppError::BadRequest(mistakes)) if mistakes.len() == 2));
    }
}

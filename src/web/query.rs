//! The parameters of a search, read once for the API and the pages: strict, and every mistake told at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use index::{Cursor, Facet, LastKey, Pinning, Place, SearchRequest, Sort};
use jiff::civil::DateTime;
use schemas::ControlledField;

use super::facet_values::refusal;
use super::links::field_names;
use super::mistakes::{Mistakes, not_among, unknown_parameter};
use super::values::{Values, read_ages, read_date, read_number, read_switch, read_time};
use crate::app::App;
use crate::clock::Clock;
use crate::error::{AppError, ParameterMistake};
use crate::views::View;

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
    /// The partner's view that it is asked through.
    pub view: Option<Arc<View>>,
    /// The parameters that were given, in their order, each once, blank ones left out, lists of filters taken apart.
    pub(super) pairs: Vec<(String, String)>,
}

/// The parameters that say what is searched, and are no facets.
const NARROWING: [&str; 10] = [
    "q",
    "age",
    "duration_max",
    "published_after",
    "updated_after",
    "starts_after",
    "deadline_before",
    "interpret",
    "inferred",
    "view",
];
/// Those that say which part of the results is wanted and how it is shown, but not what is searched.
pub(super) const SHOWING: [&str; 9] =
    ["page", "per_page", "cursor", "facets", "facet_q", "facet_limit", "fields", "highlight", "explain"];

/// What one call takes beside what narrows every search.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Which of the parameters that say in which order results come, which of them and how they are shown.
    pub showing: &'static [&'static str],
    /// Parameters of the call itself, each at most once.
    pub own: &'static [&'static str],
}

/// What the search itself takes.
const WHOLE: Part = Part {
    showing: &[
        "sort",
        "page",
        "per_page",
        "cursor",
        "facets",
        "facet_q",
        "facet_limit",
        "fields",
        "highlight",
        "explain",
    ],
    own: &[],
};

/// The value of `view` that asks through none, for a key that carries one.
const NO_VIEW: &str = "_none";
/// Begins a walk through all results.
const FIRST_CURSOR: &str = "*";
/// Long enough for any question a person types.
pub const MAX_QUERY_CHARACTERS: usize = 512;
/// Longer than any label of ours that somebody begins to type.
pub const MAX_FACET_QUERY_CHARACTERS: usize = 100;
/// No publisher has a longer name.
pub const MAX_PUBLISHER_CHARACTERS: usize = 200;
/// Past so many results a page number is not a way to read them all; a cursor is.
pub const MAX_RESULTS: usize = 10_000;
/// What fits a screen without scrolling for ever.
pub const DEFAULT_PER_PAGE: usize = 20;
/// So many results a page has at most.
pub const MAX_PER_PAGE: usize = 100;
/// So many values of one facet may be selected.
pub const MAX_VALUES: usize = 50;
/// So many parameters one request may carry, each value of a list counted: fifty of each facet, and the others.
pub const MAX_PARAMETERS: usize = 1_000;
/// So many values of one facet an answer lists at most, and when nothing else is said.
pub const MAX_FACET_VALUES: usize = 100;

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

/// The view that a call is asked through: the one that it names, else the one that the key of its caller carries.
pub fn asked_view(app: &App, named: Option<&str>, carried: Option<&str>, mistakes: &mut Mistakes) -> Option<Arc<View>> {
    let Some(name) = named else {
        return carried.and_then(|name| app.views.get(name));
    };
    if name == NO_VIEW {
        return None;
    }
    let view = app.views.get(name);
    if view.is_none() {
        let names = app.views.names();
        let unknown = AppError::no_such_among("view", name, names.iter().map(String::as_str));
        mistakes.add("view", unknown.to_string());
    }
    view
}

struct Reading<'a> {
    app: &'a App,
    part: &'a Part,
    query: SearchQuery,
    /// How many values each facet was given, the same one each time it came.
    given: BTreeMap<Facet, usize>,
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
        Self::parse_through(raw, app, None)
    }

    /// The same, asked with a key that carries a view: where the request names none, it is asked through that.
    ///
    /// # Errors
    /// As for [`SearchQuery::parse`].
    pub fn parse_through(raw: &str, app: &App, view: Option<&str>) -> Result<Self, Vec<ParameterMistake>> {
        Self::parse_part(raw, app, &WHOLE, view)
    }

    /// The same for a call that takes less than the search, and parameters of its own.
    ///
    /// # Errors
    /// As for [`SearchQuery::parse`]. What the parameters of the call itself may be is for the call to say.
    pub fn parse_part(raw: &str, app: &App, part: &Part, view: Option<&str>) -> Result<Self, Vec<ParameterMistake>> {
        let query = Self {
            request: SearchRequest { facet_limit: MAX_FACET_VALUES, ..SearchRequest::new(this_hour(&app.clock)) },
            page: 1,
            per_page: DEFAULT_PER_PAGE,
            fields: Vec::new(),
            view: None,
            pairs: Vec::new(),
        };
        let mut reading =
            Reading { app, part, query, given: BTreeMap::new(), values: 0, mistakes: Mistakes::default() };
        for (name, value) in reading.mistakes.pairs(raw) {
            reading.read(&name, &value);
            if reading.values > MAX_PARAMETERS || reading.mistakes.is_full() {
                break;
            }
        }
        reading.ask_through(view);
        reading.finish()
    }

    /// The same, and beside it what the call reads of its own parameters: the mistakes of both at once.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] with every mistake.
    pub fn parse_beside<T>(
        raw: &str,
        app: &App,
        part: &Part,
        view: Option<&str>,
        read: impl FnOnce(&Values, &mut Mistakes) -> T,
    ) -> Result<(Self, T), AppError> {
        let search = Self::parse_part(raw, app, part, view);
        let mut mistakes = Mistakes::default();
        let values = Values::pick(Some(raw), part.own, &mut mistakes);
        let own = read(&values, &mut mistakes);
        match (search, mistakes.into_result()) {
            (Ok(query), Ok(())) => Ok((query, own)),
            (search, result) => {
                // What is wrong with the query string itself both have met.
                let mut all = search.err().unwrap_or_default();
                let others = result.err().unwrap_or_default();
                let new: Vec<_> = others.into_iter().filter(|mistake| !all.contains(mistake)).collect();
                all.extend(new);
                Err(AppError::BadRequest(all))
            }
        }
    }

    /// The parameters that were given.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }
}

/// What teachers choose by first.
pub const SUBJECT: Facet = Facet::Controlled(ControlledField::Subject);
/// For whom it is.
pub const LEVEL: Facet = Facet::Controlled(ControlledField::Level);

/// The two facets of a map, as `rows` and `columns` name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axes {
    /// The facet whose values are the rows.
    pub rows: Facet,
    /// The facet whose values are the columns. Whether it may be that of the rows is for the call to say.
    pub columns: Facet,
}

impl Axes {
    /// The parameters that name them.
    pub const NAMES: [&'static str; 2] = ["rows", "columns"];

    /// Reads them out of the parameters of a call: subjects by level where nothing is said, and beside one that is named
    /// the first of these two that is another.
    pub fn read(values: &Values, mistakes: &mut Mistakes) -> Self {
        let names = Facet::ALL.map(Facet::name);
        let [rows, columns] = Self::NAMES.map(|name| values.one_of(name, &names, mistakes).and_then(Facet::by_name));
        match (rows, columns) {
            (Some(rows), Some(columns)) => Self { rows, columns },
            (Some(rows), None) => Self::beside(rows),
            (None, Some(columns)) => Self { rows: if columns == SUBJECT { LEVEL } else { SUBJECT }, columns },
            (None, None) => Self { rows: SUBJECT, columns: LEVEL },
        }
    }

    /// The rows, and the columns that go with them where none were chosen.
    pub fn beside(rows: Facet) -> Self {
        Self { rows, columns: if rows == LEVEL { SUBJECT } else { LEVEL } }
    }

    /// Whether one facet was asked for twice.
    pub fn are_same(self) -> bool {
        self.rows == self.columns
    }

    /// Whether a parameter of this name selects in one of the two, which a map ignores.
    pub fn has(self, name: &str) -> bool {
        name == self.rows.name() || name == self.columns.name()
    }
}

impl Reading<'_> {
    fn wrong(&mut self, parameter: &str, detail: impl Into<String>) {
        self.mistakes.add(parameter, detail);
    }

    fn read(&mut self, name: &str, value: &str) {
        let facet = Facet::by_name(name);
        let is_own = self.part.own.contains(&name);
        let is_plain = NARROWING.contains(&name) || self.part.showing.contains(&name);
        if facet.is_none() && !is_own && !is_plain {
            return self.unknown(name);
        }
        // Of free text all white space around it goes; elsewhere what is no blank is a mistake like any other.
        let is_free = name == "q" || facet == Some(Facet::Publisher);
        let value = if is_free { value.trim() } else { value.trim_matches(' ') };
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
                    if !is_own {
                        self.plain(name, value);
                    }
                }
            },
        }
    }

    fn unknown(&mut self, name: &str) {
        let part = self.part;
        let plain = NARROWING.iter().chain(part.showing).chain(part.own).copied();
        let known: Vec<&str> = plain.chain(Facet::ALL.into_iter().map(Facet::name)).collect();
        self.wrong(name, unknown_parameter(name, &known));
    }

    fn facet(&mut self, facet: Facet, values: &[&str]) {
        let given = self.given.entry(facet).or_default();
        *given += values.len();
        if *given > MAX_VALUES {
            return self.wrong(facet.name(), format!("more than {MAX_VALUES} values"));
        }
        for &value in values {
            if let Some(detail) = refusal(self.app, facet, value) {
                self.wrong(facet.name(), detail);
                continue;
            }
            let held = self.query.request.filters.entry(facet).or_default();
            if held.iter().any(|one| one == value) {
                continue;
            }
            held.push(value.to_owned());
            self.query.pairs.push((facet.name().to_owned(), value.to_owned()));
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
            "age" => self.query.request.ages = self.told(name, read_ages(value)),
            "duration_max" => {
                let minutes = value.parse::<u32>().map_err(|_| "a whole number of minutes is needed".to_owned());
                self.query.request.duration_max_minutes = self.told(name, minutes);
            }
            "published_after" => self.query.request.published_after = self.told(name, read_date(value)),
            "updated_after" => self.query.request.updated_after = self.told(name, read_time(value)),
            "starts_after" => self.query.request.starts_after = self.told(name, read_date(value)),
            "deadline_before" => self.query.request.deadline_before = self.told(name, read_date(value)),
            // Which view it is may follow from the key as well; it is looked up when all has been read.
            "view" => {}
            "interpret" => self.query.request.interpret = self.told(name, read_switch(value)).unwrap_or(true),
            "inferred" => self.query.request.stated_only = !self.told(name, read_switch(value)).unwrap_or(true),
            _ => self.showing(name, value),
        }
    }

    /// The view of a key stands in the addresses of the answer as if the request had named it.
    fn ask_through(&mut self, carried: Option<&str>) {
        let named = self.query.pairs.iter().find(|(name, _)| name == "view").map(|(_, value)| value.as_str());
        let is_named = named.is_some();
        self.query.view = asked_view(self.app, named, carried, &mut self.mistakes);
        if let Some(view) = self.query.view.as_ref().filter(|_| !is_named) {
            self.query.pairs.push(("view".to_owned(), view.name().to_owned()));
        }
    }

    /// Which part of the results is wanted, in which order, and how it is shown.
    fn showing(&mut self, name: &str, value: &str) {
        match name {
            "sort" => match value {
                "relevance" => self.query.request.sort = Sort::Relevance,
                "newest" => self.query.request.sort = Sort::Newest,
                "title" => self.query.request.sort = Sort::Title,
                _ => self.wrong(name, not_among(value, &["relevance", "newest", "title"])),
            },
            "page" => self.query.page = self.told(name, read_number(value, &(1..=MAX_RESULTS))).unwrap_or(1),
            "per_page" => {
                let per_page = self.told(name, read_number(value, &(1..=MAX_PER_PAGE)));
                self.query.per_page = per_page.unwrap_or(DEFAULT_PER_PAGE);
            }
            "cursor" => self.cursor(value),
            "facet_q" => {
                if value.chars().count() > MAX_FACET_QUERY_CHARACTERS {
                    self.wrong(name, format!("longer than {MAX_FACET_QUERY_CHARACTERS} characters"));
                }
                self.query.request.facet_query = Some(value.to_owned());
            }
            "facet_limit" => {
                let limit = self.told(name, read_number(value, &(1..=MAX_FACET_VALUES)));
                self.query.request.facet_limit = limit.unwrap_or(MAX_FACET_VALUES);
            }
            "highlight" => self.query.request.highlight = self.told(name, read_switch(value)).unwrap_or(false),
            "explain" => self.query.request.explain = self.told(name, read_switch(value)).unwrap_or(false),
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

    /// The value as it was read; where it could not be, that is told.
    fn told<T>(&mut self, name: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|detail| self.wrong(name, detail)).ok()
    }

    fn facets(&mut self, names: &[&str]) {
        let mut asked: Vec<Facet> = Vec::new();
        for &name in names {
            match Facet::by_name(name) {
                Some(facet) if asked.contains(&facet) => {}
                Some(facet) => asked.push(facet),
                None if name == "none" => {}
                None => {
                    let allowed = [&["none"][..], &Facet::ALL.map(Facet::name)].concat();
                    self.wrong("facets", not_among(name, &allowed));
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
        let known: Vec<&str> = field_names().iter().map(String::as_str).collect();
        for &name in names {
            if self.query.fields.iter().any(|field| field == name) {
                continue;
            }
            if known.contains(&name) {
                self.query.fields.push(name.to_owned());
            } else {
                self.wrong("fields", not_among(name, &known));
            }
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
        if let Some(view) = &query.view {
            query.request.scope = view.scope();
            put_first(&mut query.request.pinning, view);
        }
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

/// What a view puts first stands before what an admin put first for these words.
fn put_first(pinning: &mut Pinning, view: &View) {
    let words = std::mem::take(&mut pinning.pinned);
    pinning.pinned = view.pinned().to_vec();
    let others = words.into_iter().filter(|id| !view.pinned().contains(id));
    pinning.pinned.extend(others);
    pinning.buried.retain(|id| !view.pinned().contains(id));
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
    value.split(',').map(|value| value.trim_matches(' ')).filter(|value| !value.is_empty()).collect()
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
    fn a_list_is_taken_apart() {
        assert_eq!(listed(" ks3,, ks4 ,"), ["ks3", "ks4"]);
        assert!(listed(",,").is_empty());
    }

    #[test]
    fn two_facets_are_shown_whichever_is_left_out() {
        for (raw, rows, columns) in [
            ("", "subject", "level"),
            ("rows=level", "level", "subject"),
            ("columns=subject", "level", "subject"),
            ("rows=subject", "subject", "level"),
            ("rows=type&columns=nation&q=soap", "type", "nation"),
            ("rows=type&columns=type", "type", "type"),
        ] {
            let mut mistakes = Mistakes::default();
            let axes = Axes::read(&Values::pick(Some(raw), &Axes::NAMES, &mut mistakes), &mut mistakes);
            assert!(mistakes.into_result().is_ok(), "{raw}");
            assert_eq!((axes.rows.name(), axes.columns.name()), (rows, columns), "{raw}");
            assert_eq!(axes.are_same(), rows == columns, "{raw}");
        }
    }

    #[test]
    fn a_call_without_parameters_refuses_any() {
        assert!(refuse_parameters(None).is_ok());
        assert!(refuse_parameters(Some("")).is_ok());
        let refused = refuse_parameters(Some("a=1&b=2"));
        assert!(matches!(refused, Err(AppError::BadRequest(mistakes)) if mistakes.len() == 2));
    }
}

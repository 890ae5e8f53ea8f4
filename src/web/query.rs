//! The parameters of a search, read once for the API and the pages: strict, and every mistake told at once.

use index::{Facet, SearchRequest, Sort};
use schemas::{AgeRange, ConceptId, ControlledField, LinkState, nearest};

use crate::app::App;
use crate::error::ParameterMistake;

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
    /// The parameters that were given, in their order, blank ones left out, lists taken apart.
    pairs: Vec<(String, String)>,
}

/// The parameters of a search that are no facets.
const PLAIN: [&str; 14] = [
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
    "facets",
    "fields",
    "highlight",
    "interpret",
];
/// Long enough for any question a person types.
pub const MAX_QUERY_CHARACTERS: usize = 512;
/// Past so many results a page number is not a way to read them all.
pub const MAX_RESULTS: usize = 10_000;
/// What fits a screen without scrolling for ever.
pub const DEFAULT_PER_PAGE: usize = 20;
/// So many results a page has at most.
pub const MAX_PER_PAGE: usize = 100;
/// So many values of one facet may be selected.
pub const MAX_VALUES: usize = 50;
/// So many parameters one request may carry, each value of a list counted.
const MAX_PARAMETERS: usize = 200;
/// Values of one facet in an answer.
const FACET_VALUES: usize = 100;

struct Reading<'a> {
    app: &'a App,
    query: SearchQuery,
    mistakes: Vec<ParameterMistake>,
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
            request: SearchRequest { facet_limit: FACET_VALUES, ..SearchRequest::new(app.clock.local()) },
            page: 1,
            per_page: DEFAULT_PER_PAGE,
            fields: Vec::new(),
            pairs: Vec::new(),
        };
        let mut reading = Reading { app, query, mistakes: Vec::new() };
        for (count, (name, value)) in url::form_urlencoded::parse(raw.as_bytes()).enumerate() {
            if count >= MAX_PARAMETERS {
                reading.wrong("?", format!("more than {MAX_PARAMETERS} parameters"));
                break;
            }
            reading.read(&name, value.trim());
        }
        reading.finish()
    }

    /// The parameters that were given.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The query string of this search with one more value; the first page of it.
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut pairs = self.without_page();
        pairs.push((name.to_owned(), value.to_owned()));
        query_string(&pairs)
    }

    /// The query string of this search without one value; the first page of it.
    pub fn without(&self, name: &str, value: &str) -> String {
        let mut pairs = self.without_page();
        pairs.retain(|(held, of)| !(held == name && of == value));
        query_string(&pairs)
    }

    /// The query string of this search with a parameter set to one value; the first page of it.
    pub fn replace(&self, name: &str, value: &str) -> String {
        let mut pairs = self.without_page();
        pairs.retain(|(held, _)| held != name);
        pairs.push((name.to_owned(), value.to_owned()));
        query_string(&pairs)
    }

    /// The query string of another page of this search.
    pub fn with_page(&self, page: usize) -> String {
        let mut pairs = self.without_page();
        if page > 1 {
            pairs.push(("page".to_owned(), page.to_string()));
        }
        query_string(&pairs)
    }

    /// The query string of the words alone.
    pub fn without_filters(&self) -> String {
        let words: Vec<_> = self.pairs.iter().filter(|(name, _)| name == "q").cloned().collect();
        query_string(&words)
    }

    /// The same search always has the same key, in whatever order it was asked.
    pub fn cache_key(&self) -> String {
        let mut pairs = self.pairs.clone();
        pairs.sort();
        query_string(&pairs)
    }

    fn without_page(&self) -> Vec<(String, String)> {
        self.pairs.iter().filter(|(name, _)| name != "page").cloned().collect()
    }
}

fn query_string(pairs: &[(String, String)]) -> String {
    if pairs.is_empty() {
        return "/".to_owned();
    }
    let mut text = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
    text.extend_pairs(pairs);
    text.finish()
}

impl Reading<'_> {
    fn wrong(&mut self, parameter: &str, detail: impl Into<String>) {
        self.mistakes.push(ParameterMistake::new(parameter, detail));
    }

    fn read(&mut self, name: &str, value: &str) {
        let facet = Facet::by_name(name);
        if facet.is_none() && !PLAIN.contains(&name) {
            return self.unknown(name);
        }
        if value.is_empty() {
            return;
        }
        match facet {
            Some(facet) => self.facet(facet, value),
            None => {
                self.query.pairs.push((name.to_owned(), value.to_owned()));
                self.plain(name, value);
            }
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

    fn facet(&mut self, facet: Facet, value: &str) {
        // A publisher's name may hold a comma; everything else is an id.
        let values: Vec<&str> = if facet == Facet::Publisher { vec![value] } else { value.split(',').collect() };
        for value in values.into_iter().map(str::trim).filter(|value| !value.is_empty()) {
            if let Some(detail) = self.refusal(facet, value) {
                self.wrong(facet.name(), detail);
                continue;
            }
            self.query.pairs.push((facet.name().to_owned(), value.to_owned()));
            let held = self.query.request.filters.entry(facet).or_default();
            if !held.iter().any(|one| one == value) {
                held.push(value.to_owned());
            }
            if held.len() > MAX_VALUES {
                held.truncate(MAX_VALUES);
                self.wrong(facet.name(), format!("more than {MAX_VALUES} values"));
                return;
            }
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
                    let midnight = date.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok());
                    self.query.request.updated_after = midnight.map(|time| time.timestamp());
                }
            },
            "starts_after" => self.query.request.starts_after = self.date(name, value),
            "deadline_before" => self.query.request.deadline_before = self.date(name, value),
            "sort" => match value {
                "relevance" => self.query.request.sort = Sort::Relevance,
                "newest" => self.query.request.sort = Sort::Newest,
                "title" => self.query.request.sort = Sort::Title,
                _ => self.wrong(name, "allowed: relevance, newest, title"),
            },
            "page" => match value.parse::<usize>() {
                Ok(page) if page >= 1 => self.query.page = page,
                _ => self.wrong(name, "a whole number from 1 is needed"),
            },
            "per_page" => match value.parse::<usize>() {
                Ok(per_page) if (1..=MAX_PER_PAGE).contains(&per_page) => self.query.per_page = per_page,
                _ => self.wrong(name, format!("a whole number from 1 to {MAX_PER_PAGE} is needed")),
            },
            "facets" => self.facets(value),
            "fields" => self.fields(value),
            "highlight" => self.query.request.highlight = self.flag(name, value).unwrap_or(false),
            "interpret" => self.query.request.interpret = self.flag(name, value).unwrap_or(true),
            _ => self.unknown(name),
        }
    }

    fn date(&mut self, name: &str, value: &str) -> Option<jiff::civil::Date> {
        let date = value.parse().ok();
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

    fn facets(&mut self, value: &str) {
        if value == "none" {
            self.query.request.facets.clear();
            return;
        }
        let mut asked = Vec::new();
        for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match Facet::by_name(name) {
                Some(facet) => asked.push(facet),
                None => {
                    let all = Facet::ALL.map(Facet::name).join(", ");
                    self.wrong("facets", format!("`{}` is no facet; allowed: none, {all}", cut(name)));
                }
            }
        }
        self.query.request.facets = asked;
    }

    fn fields(&mut self, value: &str) {
        let known = crate::api::resources::field_names();
        for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if known.iter().any(|field| field == name) {
                self.query.fields.push(name.to_owned());
            } else {
                let hint = nearest(name, known.iter().map(String::as_str));
                let hint = hint.map(|field| format!("; did you mean `{field}`?")).unwrap_or_default();
                self.wrong("fields", format!("`{}` is no field of a resource{hint}", cut(name)));
            }
        }
    }

    fn finish(mut self) -> Result<SearchQuery, Vec<ParameterMistake>> {
        let (page, per_page) = (self.query.page, self.query.per_page);
        if page.saturating_mul(per_page) > MAX_RESULTS {
            self.wrong(
                "page",
                format!("page {page} of {per_page} reaches past {MAX_RESULTS} results; narrow the search"),
            );
        }
        if !self.mistakes.is_empty() {
            return Err(self.mistakes);
        }
        self.query.request.offset = (page - 1) * per_page;
        self.query.request.limit = per_page;
        Ok(self.query)
    }
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

//! The fields of the form for a view: what stands in each, and the members of a view that they become.
//!
//! Only their shape is made here. What a view may be is read in `crate::views::reading`, as for the API.

use serde_json::{Map, Value, json};
use url::form_urlencoded::{self, Serializer};

use crate::catalogue::{Density, Font, Theme, ViewDefinition, ViewRow};
use crate::error::ParameterMistake;
use crate::pages::carried::CARRIED;
use crate::pages::wording::word;
use crate::web::mistakes::not_among;

/// The fields that an address may fill in.
pub(super) const PREFILLED: [&str; FIELDS] = [
    "name",
    "title",
    "filters",
    "accent",
    "background",
    "text",
    "font",
    "corner_px",
    "density",
    "pins",
    "hidden_sources",
    "link_parameters",
];
/// How many they are.
const FIELDS: usize = 12;
/// Where a group of them begins: what everybody fills in, how it looks, and the rest.
const LOOK: std::ops::Range<usize> = 3..9;
/// The members of a theme; the others are members of the view itself.
const THEME: [&str; 6] = ["accent", "background", "text", "font", "corner_px", "density"];
/// What the address of a search says besides what is searched; a view holds none of it.
const PASSED_OVER: [&str; 3] = ["page", "per_page", "sort"];

/// The form as it was filled in. It holds a key, so it does not print.
pub(super) struct ViewFields {
    /// The key.
    pub(super) key: String,
    values: [String; FIELDS],
}

/// What is to be done with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Write the view that was filled in.
    Save,
    /// Show the view of that name as it is.
    Show,
}

/// Fields that stand together.
#[derive(Debug)]
pub(super) struct Group {
    /// What stands above them; the first has nothing there.
    pub(super) legend: Option<&'static str>,
    /// The fields.
    pub(super) fields: Vec<Field>,
    /// Whether it is unfolded: something in it is filled in, or wrong.
    pub(super) is_open: bool,
}

/// One field.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name and its id.
    pub(super) name: &'static str,
    /// What it is called.
    pub(super) label: &'static str,
    /// What belongs there.
    pub(super) hint: &'static str,
    /// What stands there.
    pub(super) value: String,
    /// What is wrong with it.
    pub(super) mistake: Option<String>,
    /// What may be chosen, where nothing is typed.
    pub(super) choices: Vec<Choice>,
}

/// Something to choose.
#[derive(Debug)]
pub(super) struct Choice {
    /// What is sent.
    pub(super) value: &'static str,
    /// What it is called.
    pub(super) label: &'static str,
    /// Whether it is chosen.
    pub(super) is_chosen: bool,
}

impl Act {
    const ALL: [Self; 2] = [Self::Save, Self::Show];

    /// What the form sends.
    fn name(self) -> &'static str {
        match self {
            Self::Save => "save",
            Self::Show => "show",
        }
    }

    /// Reads what was sent.
    ///
    /// # Errors
    /// When it is none of these: nothing is written that nobody has asked to write.
    fn read(sent: &str) -> Result<Self, ParameterMistake> {
        let act = Self::ALL.into_iter().find(|act| act.name() == sent);
        act.ok_or_else(|| ParameterMistake::new("act", not_among(sent, &Self::ALL.map(Self::name))))
    }
}

impl ViewFields {
    /// What the form sends: what is to be done, the key, and the fields.
    pub(super) const SENT: [&'static str; FIELDS + 2] = {
        let mut sent = ["act"; FIELDS + 2];
        sent[1] = "key";
        let mut place = 0;
        while place < FIELDS {
            sent[place + 2] = PREFILLED[place];
            place += 1;
        }
        sent
    };

    /// The fields with these values, and no key.
    pub(super) fn of(value: impl FnMut(&'static str) -> String) -> Self {
        Self { key: String::new(), values: PREFILLED.map(value) }
    }

    /// What the form sent: what is to be done, and the fields.
    ///
    /// # Errors
    /// When it does not say what is to be done.
    pub(super) fn sent(given: [String; FIELDS + 2]) -> Result<(Act, Self), ParameterMistake> {
        let mut given = given.into_iter().map(|value| value.trim().to_owned());
        let mut next = || given.next().unwrap_or_default();
        let (act, key) = (next(), next());
        let fields = Self::of(|_| next());
        Ok((Act::read(&act)?, Self { key, ..fields }))
    }

    /// A view as it stands.
    pub(super) fn of_view(key: String, row: &ViewRow) -> Self {
        let fields = Self::of(|name| if name == "name" { row.name.clone() } else { held(&row.definition, name) });
        Self { key, ..fields }
    }

    /// What stands in a field.
    pub(super) fn value(&self, name: &str) -> &str {
        let place = PREFILLED.iter().position(|known| *known == name);
        place.map_or("", |place| self.values[place].as_str())
    }

    /// The members of the view, as the API takes them. What is blank is left out.
    pub(super) fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
        put("title", json!(self.value("title")));
        put("filters", Value::Object(filters_of(self.value("filters"))));
        put("pins", ids_of(self.value("pins")).into());
        put("hidden_sources", ids_of(self.value("hidden_sources")).into());
        put("link_parameters", Value::Object(parameters_of(self.value("link_parameters"))));
        put("theme", Value::Object(self.theme()));
        members
    }

    fn theme(&self) -> Map<String, Value> {
        let given = THEME.into_iter().filter(|name| !self.value(name).is_empty());
        given.map(|name| (name.to_owned(), theme_value(name, self.value(name)))).collect()
    }

    /// The fields in groups with what is wrong with each, and all that is wrong by the field it belongs to.
    pub(super) fn groups(&self, mistakes: Vec<ParameterMistake>) -> (Vec<ParameterMistake>, Vec<Group>) {
        let mistakes: Vec<ParameterMistake> = mistakes.into_iter().map(by_field).collect();
        let fields: Vec<Field> = PREFILLED.into_iter().map(|name| self.field(name, &mistakes)).collect();
        let mut groups = [Vec::new(), Vec::new(), Vec::new()];
        for (place, field) in fields.into_iter().enumerate() {
            let group = usize::from(place >= LOOK.start) + usize::from(place >= LOOK.end);
            groups[group].push(field);
        }
        let legends = [None, Some(word("partners.view-look")), Some(word("partners.view-more"))];
        let mistakes = mistakes.into_iter().map(labelled).collect();
        let grouped = legends.into_iter().zip(groups).map(|(legend, fields)| Group::new(legend, fields));
        (mistakes, grouped.collect())
    }

    fn field(&self, name: &'static str, mistakes: &[ParameterMistake]) -> Field {
        let told: Vec<&str> =
            mistakes.iter().filter(|one| one.parameter == name).map(|one| one.detail.as_str()).collect();
        let (label, hint) = said(name);
        Field {
            name,
            label,
            hint,
            value: self.value(name).to_owned(),
            mistake: (!told.is_empty()).then(|| told.join("; ")),
            choices: choices(name, self.value(name)),
        }
    }
}

impl Group {
    fn new(legend: Option<&'static str>, fields: Vec<Field>) -> Self {
        let is_open = fields.iter().any(|field| !field.value.is_empty() || field.mistake.is_some());
        Self { legend, fields, is_open }
    }
}

/// A mistake under the name of the field that it stands in: `theme.accent` -> `accent`, `filters.level` -> `filters`.
fn by_field(mistake: ParameterMistake) -> ParameterMistake {
    let ParameterMistake { parameter, detail } = mistake;
    let (first, rest) = parameter.split_once('.').unwrap_or((&parameter, ""));
    match first {
        "theme" => ParameterMistake::new(rest, detail),
        _ if rest.is_empty() => ParameterMistake::new(first, detail),
        _ => ParameterMistake::new(first, format!("{rest}: {detail}")),
    }
}

/// A mistake with what its field is called before it.
fn labelled(mistake: ParameterMistake) -> ParameterMistake {
    if !PREFILLED.contains(&mistake.parameter.as_str()) {
        return mistake;
    }
    let (label, _) = said(&mistake.parameter);
    ParameterMistake { detail: format!("{label}: {}", mistake.detail), ..mistake }
}

/// What a field is called, and what belongs there.
fn said(name: &str) -> (&'static str, &'static str) {
    match name {
        "name" => (word("partners.view-name"), word("partners.view-name-hint")),
        "title" => (word("partners.view-heading"), word("partners.view-heading-hint")),
        "filters" => (word("partners.view-filters"), word("partners.view-filters-hint")),
        "accent" => (word("partners.widget-accent"), word("partners.view-accent-hint")),
        "background" => (word("partners.widget-background"), word("partners.widget-colour-hint")),
        "text" => (word("partners.widget-text"), word("partners.view-text-hint")),
        "font" => (word("partners.view-font"), word("partners.view-font-hint")),
        "corner_px" => (word("partners.widget-corner"), word("partners.widget-corner-hint")),
        "density" => (word("partners.view-density"), word("partners.view-density-hint")),
        "pins" => (word("partners.view-pins"), word("partners.view-pins-hint")),
        "hidden_sources" => (word("partners.view-hidden"), word("partners.view-hidden-hint")),
        _ => (word("partners.view-links"), word("partners.view-links-hint")),
    }
}

/// What may be chosen in a field, and what is; nothing for a field to type into.
fn choices(name: &str, chosen: &str) -> Vec<Choice> {
    let labelled: Vec<(&'static str, &'static str)> = match name {
        "font" => Font::ALL.map(|font| (font.name(), font_label(font))).into(),
        "density" => Density::ALL.map(|density| (density.name(), density_label(density))).into(),
        _ => return Vec::new(),
    };
    let unsaid = ("", word("partners.view-as-the-page"));
    let choice = |(value, label)| Choice { value, label, is_chosen: value == chosen };
    [unsaid].into_iter().chain(labelled).map(choice).collect()
}

fn font_label(font: Font) -> &'static str {
    match font {
        Font::Inherit => word("partners.font-inherit"),
        Font::System => word("partners.font-system"),
    }
}

fn density_label(density: Density) -> &'static str {
    match density {
        Density::Comfortable => word("partners.density-comfortable"),
        Density::Compact => word("partners.density-compact"),
    }
}

/// A member of a view as its field holds it.
fn held(definition: &ViewDefinition, name: &str) -> String {
    let ViewDefinition { title, filters, pins, hidden_sources, link_parameters, theme } = definition;
    match name {
        "title" => title.clone(),
        "filters" => written(filters.iter().map(|(facet, values)| (facet.as_str(), values.join(",")))),
        "pins" => pins.iter().map(schemas::ResourceId::as_str).collect::<Vec<_>>().join(", "),
        "hidden_sources" => hidden_sources.join(", "),
        "link_parameters" => written(link_parameters.iter().map(|(name, value)| (name.as_str(), value.clone()))),
        _ => held_in_theme(theme, name).unwrap_or_default(),
    }
}

fn held_in_theme(theme: &Theme, name: &str) -> Option<String> {
    match name {
        "accent" => theme.accent.clone(),
        "background" => theme.background.clone(),
        "text" => theme.text.clone(),
        "font" => theme.font.map(|font| font.name().to_owned()),
        "corner_px" => theme.corner_px.map(|pixels| pixels.to_string()),
        "density" => theme.density.map(|density| density.name().to_owned()),
        _ => None,
    }
}

fn written<'a>(pairs: impl Iterator<Item = (&'a str, String)>) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish().replace("%2C", ",")
}

/// The filters of a search: its whole address, or what stands behind the question mark. A publisher's name may hold a
/// comma; other values are taken apart.
fn filters_of(text: &str) -> Map<String, Value> {
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let mut filters = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let name = name.trim();
        if CARRIED.contains(&name) || PASSED_OVER.contains(&name) {
            continue;
        }
        let values: Vec<&str> = if name == "publisher" { vec![&*value] } else { value.split(',').collect() };
        let values = values.into_iter().map(str::trim).filter(|value| !value.is_empty()).map(Value::from);
        let values: Vec<Value> = values.collect();
        // A search that is sent by a form has blank parameters.
        if values.is_empty() {
            continue;
        }
        if let Some(held) = filters.entry(name).or_insert_with(|| json!([])).as_array_mut() {
            held.extend(values);
        }
    }
    filters
}

fn parameters_of(text: &str) -> Map<String, Value> {
    let query = text.strip_prefix('?').unwrap_or(text);
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs.map(|(name, value)| (name.trim().to_owned(), Value::from(value.trim()))).collect()
}

/// Ids with commas or blanks between them; of an address of ours the id at its end.
fn ids_of(text: &str) -> Vec<Value> {
    let given = text.split([',', ' ', '\t', '\r', '\n']).filter(|one| !one.is_empty());
    let id = |one: &str| {
        let path = one.split(['?', '#']).next().unwrap_or_default();
        Value::from(path.rsplit('/').next().unwrap_or_default())
    };
    given.map(id).collect()
}

/// What is no number stays a text, so that it is told as a mistake.
fn theme_value(name: &str, text: &str) -> Value {
    match text.parse::<u64>() {
        Ok(number) if name == "corner_px" => json!(number),
        Ok(_) | Err(_) => json!(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(values: &[(&str, &str)]) -> ViewFields {
        let value = |name| values.iter().find(|(given, _)| *given == name).map_or("", |(_, value)| *value);
        ViewFields::of(|name| value(name).to_owned())
    }

    #[test]
    fn a_filled_form_becomes_the_members_that_the_api_takes() {
        let fields = filled(&[
            ("title", "Chemistry careers"),
            (
                "filters",
                "https://signpost.example/?words=wales&subject=chemistry&level=ks3,ks4&level=ks5&page=2&q=#top",
            ),
            ("pins", "https://signpost.example/resources/011rmn2hc4hg4kvz?words=wales, d737ymw1e1vpgzdb"),
            ("link_parameters", "?utm_source=us"),
            ("corner_px", "8"),
            ("accent", "#00539f"),
        ]);
        let expected = json!({
            "title": "Chemistry careers", "filters": { "subject": ["chemistry"], "level": ["ks3", "ks4", "ks5"] },
            "pins": ["011rmn2hc4hg4kvz", "d737ymw1e1vpgzdb"], "hidden_sources": [],
            "link_parameters": { "utm_source": "us" }, "theme": { "accent": "#00539f", "corner_px": 8 }
        });
        assert_eq!(Value::Object(fields.members()), expected);
    }

    #[test]
    fn a_view_that_is_shown_and_sent_again_stays_what_it_was() {
        let definition = ViewDefinition {
            title: "Ours".to_owned(),
            filters: [("level".to_owned(), vec!["ks3".to_owned(), "ks4".to_owned()])].into(),
            hidden_sources: vec!["one".to_owned(), "two".to_owned()],
            link_parameters: [("utm_source".to_owned(), "a & b".to_owned())].into(),
            theme: Theme { font: Some(Font::System), corner_px: Some(4), ..Theme::default() },
            ..ViewDefinition::default()
        };
        let again = ViewFields::of(|name| held(&definition, name)).members();
        assert_eq!(again["filters"], json!({ "level": ["ks3", "ks4"] }));
        assert_eq!(again["hidden_sources"], json!(["one", "two"]));
        assert_eq!(again["link_parameters"], json!({ "utm_source": "a & b" }));
        assert_eq!(again["theme"], json!({ "font": "system", "corner_px": 4 }));
    }

    #[test]
    fn a_mistake_stands_at_the_field_it_belongs_to_and_unfolds_it() {
        let told = [("theme.accent", "a colour is needed"), ("filters.levl", "unknown member"), ("key", "unknown")];
        let told = told.map(|(place, detail)| ParameterMistake::new(place, detail));
        let (mistakes, groups) = filled(&[]).groups(told.into());
        let places: Vec<&str> = mistakes.iter().map(|mistake| mistake.parameter.as_str()).collect();
        assert_eq!(places, ["accent", "filters", "key"]);
        assert_eq!(groups.iter().map(|group| group.is_open).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(groups.iter().map(|group| group.fields.len()).collect::<Vec<_>>(), [3, 6, 3]);
        assert_eq!(groups[0].fields[2].mistake.as_deref(), Some("levl: unknown member"));
    }
}

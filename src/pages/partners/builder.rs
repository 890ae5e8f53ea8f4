//! `/partners/widget`: choose filters, words and colours, see the widget so, and copy one line.
//!
//! A GET form, so that the address holds what was chosen and can be passed on. What may be chosen is read in `wanted`, the
//! lines are made in `lines`; the widget in the page is the same frame that other sites show.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use index::Facet;
use schemas::{Concept, ControlledField, Vocabulary};

use super::PATH as PARTNERS;
use super::lines::{FixedScript, Lines, frame_path, lines};
use super::wanted::{MAX_CORNER_PX, MAX_HEADING_CHARACTERS, MOST_RESULTS, SORTS, Wanted};
use crate::app::App;
use crate::pages::carried::{Carried, NATIONS, nation_label};
use crate::pages::errors::PageError;
use crate::pages::facet_words::{legend, value_label};
use crate::pages::layout::Layout;
use crate::pages::nations::{NationLink, nation_links};
use crate::pages::once::present_once;
use crate::pages::wording::{counted, word};
use crate::pages::{filters, levels, present};
use crate::web::query::MAX_QUERY_CHARACTERS;
use crate::widget::embed_script;

/// Where it is, and where its form is sent.
const PATH: &str = "/partners/widget";
/// The facets whose values the form offers, besides levels: what partners narrow their searches to.
const OFFERED: [ControlledField; 4] =
    [ControlledField::Type, ControlledField::Audience, ControlledField::Nation, ControlledField::Cost];
/// The filters that the widget offers people when nothing else is said.
const USUAL_FILTERS: [&str; 3] = ["subject", "level", "type"];

#[derive(Template)]
#[template(path = "partners_widget.html")]
struct BuilderPage {
    layout: Layout,
    carried: Carried,
    nations: Vec<NationLink>,
    has_mistakes: bool,
    /// What the search is narrowed to.
    groups: Vec<Group>,
    /// The fields that are typed: how it searches, then how it looks.
    search_fields: Vec<Field>,
    look_fields: Vec<Field>,
    sorts: Vec<Choice>,
    level_names: Vec<Choice>,
    filters_offered: Vec<Choice>,
    states_only: bool,
    page_font: bool,
    lines: Lines,
    /// The frame as this page shows it.
    preview: String,
    /// The custom properties that the script puts on the widget in the frame.
    style: String,
    /// The same search on our own page.
    search_href: String,
    /// The form that makes a view of it.
    view_href: String,
    /// The builder with nothing chosen.
    fresh_href: String,
    /// Where all about partners stands.
    partners_href: String,
}

/// Choices of one kind, folded together.
struct Group {
    legend: &'static str,
    /// How many of them are chosen, in words.
    chosen: Option<String>,
    parts: Vec<Part>,
}

/// Some of the choices of a group; those of levels have the nation above them.
struct Part {
    heading: Option<&'static str>,
    choices: Vec<Choice>,
}

/// Something to choose.
struct Choice {
    /// The parameter.
    name: &'static str,
    value: String,
    label: String,
    is_chosen: bool,
}

/// A field to type into.
struct Field {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    most_characters: usize,
    /// Whether the script may put a palette beside it.
    is_colour: bool,
    mistake: Option<String>,
}

/// The builder.
pub(in crate::pages) async fn show_builder(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let wanted = Wanted::read(&app, raw.as_deref())?;
    let is_sound = wanted.mistakes.is_empty();
    let page = builder_page(&app, wanted.carried.clone(), &wanted);
    Ok(if is_sound { present(&headers, &page) } else { present_once(StatusCode::BAD_REQUEST, &page) })
}

fn builder_page(app: &App, carried: Carried, wanted: &Wanted) -> BuilderPage {
    let script = embed_script();
    let fixed = FixedScript { name: &script.name, integrity: &script.integrity };
    let title =
        word(if wanted.mistakes.is_empty() { "partners.widget-title" } else { "partners.widget-title-mistake" });
    let here = joined(PATH, &wanted.own_query());
    BuilderPage {
        layout: Layout::new(title, PATH)
            .described(word("partners.widget-description"))
            .scripted(&["copy.js", "partners.js"])
            .carrying(&carried),
        has_mistakes: !wanted.mistakes.is_empty(),
        nations: nation_links(&carried, |carried| carried.address(&here)),
        groups: groups(app, &carried, wanted),
        search_fields: search_fields(wanted),
        look_fields: look_fields(wanted),
        sorts: sorts(wanted),
        level_names: level_names(wanted),
        filters_offered: filters_offered(wanted),
        states_only: wanted.sound("inferred").is_some(),
        page_font: wanted.sound("font").is_some(),
        lines: lines(wanted, app.public_url(), fixed),
        preview: frame_path(wanted),
        style: wanted.style(),
        search_href: carried.address(&joined("/", &wanted.page_query())),
        view_href: carried.address(&view_path(wanted)),
        fresh_href: carried.address(PATH),
        partners_href: carried.address(PARTNERS),
        carried,
    }
}

fn joined(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The form for a view, with all that a view holds of this filled in.
fn view_path(wanted: &Wanted) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    };
    put("title", wanted.sound("heading").unwrap_or_default());
    put("filters", &wanted.filter_query());
    for name in ["accent", "background", "text", "font"] {
        put(name, wanted.sound(name).unwrap_or_default());
    }
    put("corner_px", wanted.sound("corner").unwrap_or_default());
    joined(super::views::PATH, &query.finish())
}

fn search_fields(wanted: &Wanted) -> Vec<Field> {
    let field = |name, label, hint, most_characters| Field::new(wanted, name, label, hint, most_characters);
    vec![
        field("q", word("partners.widget-q"), word("partners.widget-q-hint"), MAX_QUERY_CHARACTERS),
        field("heading", word("partners.widget-heading"), word("partners.widget-heading-hint"), MAX_HEADING_CHARACTERS),
        field("limit", word("partners.widget-limit"), word("partners.widget-limit-hint"), digits(MOST_RESULTS)),
        field("age", word("partners.widget-age"), word("partners.widget-age-hint"), "11-14".len()),
        field("view", word("partners.widget-view"), word("partners.widget-view-hint"), 40),
    ]
}

fn look_fields(wanted: &Wanted) -> Vec<Field> {
    let hint = word("partners.widget-colour-hint");
    let colour = |name, label| Field { is_colour: true, ..Field::new(wanted, name, label, hint, "#00539f".len()) };
    let corner = word("partners.widget-corner");
    vec![
        colour("accent", word("partners.widget-accent")),
        colour("background", word("partners.widget-background")),
        colour("text", word("partners.widget-text")),
        Field::new(wanted, "corner", corner, word("partners.widget-corner-hint"), digits(MAX_CORNER_PX)),
    ]
}

impl Field {
    fn new(
        wanted: &Wanted,
        name: &'static str,
        label: &'static str,
        hint: &'static str,
        most_characters: usize,
    ) -> Self {
        let mistake = wanted.mistakes.iter().find(|mistake| mistake.field == name).map(|mistake| mistake.says.clone());
        let value = wanted.given(name).to_owned();
        Self { name, label, hint, value, most_characters, is_colour: false, mistake }
    }
}

fn digits(most: u8) -> usize {
    most.to_string().len()
}

fn sorts(wanted: &Wanted) -> Vec<Choice> {
    let label = |sort: &str| match sort {
        "newest" => word("partners.sort-newest"),
        "title" => word("partners.sort-title"),
        _ => word("partners.sort-relevance"),
    };
    let chosen = wanted.sound("sort").unwrap_or(SORTS[0]);
    // The first is what the widget does anyway, so the line need not say it.
    let value = |sort: &str| if sort == SORTS[0] { String::new() } else { sort.to_owned() };
    let choice =
        |sort| Choice { name: "sort", value: value(sort), label: label(sort).to_owned(), is_chosen: sort == chosen };
    SORTS.map(choice).into()
}

fn level_names(wanted: &Wanted) -> Vec<Choice> {
    let chosen = wanted.sound("level-names").unwrap_or_default();
    let choice = |value: &str, label: &str| Choice {
        name: "level-names",
        value: value.to_owned(),
        label: label.to_owned(),
        is_chosen: value == chosen,
    };
    let as_asked = choice("", word("partners.level-names-as-asked"));
    [as_asked].into_iter().chain(NATIONS.map(|nation| choice(nation, nation_label(nation)))).collect()
}

fn filters_offered(wanted: &Wanted) -> Vec<Choice> {
    let is_chosen = |facet: Facet| match wanted.offered.as_slice() {
        [] => USUAL_FILTERS.contains(&facet.name()),
        offered => offered.contains(&facet),
    };
    let choice = |facet: Facet| Choice {
        name: "filters",
        value: facet.name().to_owned(),
        label: legend(facet).to_owned(),
        is_chosen: is_chosen(facet),
    };
    Facet::ALL.map(choice).into()
}

fn groups(app: &App, carried: &Carried, wanted: &Wanted) -> Vec<Group> {
    let subjects = app.vocabularies.of(ControlledField::Subject);
    let main_subjects = subjects.concepts.iter().filter(|concept| concept.facet == Some(true));
    let subject = Facet::Controlled(ControlledField::Subject);
    let sources = app.source_names();
    let of_sources = sources.iter().map(|(id, name)| choice(wanted, Facet::Source, id, name)).collect();
    let offered = OFFERED.map(|field| {
        let concepts = app.vocabularies.of(field).concepts.iter();
        Group::of(legend(Facet::Controlled(field)), choices(wanted, Facet::Controlled(field), concepts))
    });
    let mut groups = vec![
        Group::of(legend(subject), choices(wanted, subject, main_subjects)),
        level_group(app.vocabularies.of(ControlledField::Level), carried, wanted),
    ];
    groups.extend(offered);
    groups.push(Group::of(legend(Facet::Source), of_sources));
    let others = others(app, wanted, &groups);
    if !others.is_empty() {
        groups.push(Group::of(word("partners.other-filters"), others));
    }
    groups
}

/// The stages of the visitor's nation first, then those of the others.
fn level_group(vocabulary: &Vocabulary, carried: &Carried, wanted: &Wanted) -> Group {
    let facet = Facet::Controlled(ControlledField::Level);
    let mut nations = NATIONS;
    nations.sort_by_key(|nation| *nation != carried.nation());
    let part = |nation: &'static str| Part {
        heading: Some(nation_label(nation)),
        choices: choices(wanted, facet, levels::stages_of(vocabulary, nation).into_iter()),
    };
    Group::new(legend(facet), nations.map(part).into())
}

/// What was asked for and stands in no list of the form: kept, and to be taken away.
fn others(app: &App, wanted: &Wanted, groups: &[Group]) -> Vec<Choice> {
    let sources = app.source_names();
    let shown = |name: &str, value: &str| {
        let mut choices = groups.iter().flat_map(|group| &group.parts).flat_map(|part| &part.choices);
        choices.any(|choice| choice.name == name && choice.value == value)
    };
    let mut others = Vec::new();
    for (facet, values) in &wanted.facets {
        for value in values.iter().filter(|value| !shown(facet.name(), value)) {
            let label = value_label(app.vocabularies, &sources, *facet, value);
            others.push(choice(wanted, *facet, value, &format!("{}: {label}", legend(*facet))));
        }
    }
    others
}

fn choices<'a>(wanted: &Wanted, facet: Facet, concepts: impl Iterator<Item = &'a Concept>) -> Vec<Choice> {
    concepts.map(|concept| choice(wanted, facet, &concept.id, &concept.label)).collect()
}

fn choice(wanted: &Wanted, facet: Facet, id: &str, label: &str) -> Choice {
    let is_chosen = wanted.has(facet, id);
    Choice { name: facet.name(), value: id.to_owned(), label: label.to_owned(), is_chosen }
}

impl Group {
    fn of(legend: &'static str, choices: Vec<Choice>) -> Self {
        Self::new(legend, vec![Part { heading: None, choices }])
    }

    fn new(legend: &'static str, parts: Vec<Part>) -> Self {
        let chosen = parts.iter().flat_map(|part| &part.choices).filter(|choice| choice.is_chosen).count();
        let chosen = u64::try_from(chosen).ok().filter(|chosen| *chosen > 0);
        Self { legend, chosen: chosen.map(|chosen| counted("partners.chosen", chosen)), parts }
    }
}

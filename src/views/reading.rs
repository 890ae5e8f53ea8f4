//! What a view is to be, read from what a partner or an admin sent: strict, and every mistake told at once.

use std::collections::BTreeMap;

use index::{Facet, NOT_STATED};
use schemas::ResourceId;
use serde_json::{Map, Value};

use super::theme::{Colour, LEAST_FOR_ACCENT, LEAST_FOR_TEXT, shown};
use crate::app::App;
use crate::catalogue::{Density, Font, MOST_PINS, ResourceState, Theme, ViewDefinition};
use crate::error::AppError;
use crate::web::body::refuse_unknown;
use crate::web::facet_values::refusal;
use crate::web::mistakes::{Mistakes, not_among, unknown_member};
use crate::web::query::MAX_VALUES;

/// Long enough to be told apart, short enough to be typed.
const MIN_NAME_CHARACTERS: usize = 2;
/// See [`MIN_NAME_CHARACTERS`].
const MAX_NAME_CHARACTERS: usize = 40;
/// Names that mean something else, or may one day.
const RESERVED: [&str; 16] = [
    "admin",
    "all",
    "api",
    "default",
    "false",
    "me",
    "new",
    "none",
    "null",
    "partner",
    "partners",
    "self",
    "signpost",
    "true",
    "undefined",
    "usage",
];
/// A heading on a page.
const MAX_TITLE_CHARACTERS: usize = 100;
/// Who narrows by more facets than this describes single resources; pins are for that.
const MAX_FACETS: usize = 10;
/// More than half of the catalogues that there are in the United Kingdom.
const MAX_HIDDEN_SOURCES: usize = 50;
/// What web statistics know: source, medium, campaign, term, content.
const MAX_LINK_PARAMETERS: usize = 5;
/// As long as any that web statistics use, several times over.
const MAX_PARAMETER_CHARACTERS: usize = 40;
/// The same for its value.
const MAX_PARAMETER_VALUE_CHARACTERS: usize = 100;
/// Rounder than this, a card is an egg.
const MAX_CORNER_PX: u8 = 24;

/// The members of a view.
const MEMBERS: [&str; 6] = ["title", "filters", "pins", "hidden_sources", "link_parameters", "theme"];
/// The members of a theme.
const THEME_MEMBERS: [&str; 6] = ["accent", "background", "text", "font", "corner_px", "density"];

/// Reads what a view is to be. What is null counts as left out. Where there are mistakes, what is given back is of no
/// use.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn read_view(
    app: &App,
    members: &Map<String, Value>,
    mistakes: &mut Mistakes,
) -> Result<ViewDefinition, AppError> {
    refuse_unknown("", members, &MEMBERS, mistakes);
    Ok(ViewDefinition {
        title: read_title(given(members, "title"), mistakes),
        filters: read_filters(app, given(members, "filters"), mistakes),
        pins: read_pins(app, given(members, "pins"), mistakes).await?,
        hidden_sources: read_hidden_sources(app, given(members, "hidden_sources"), mistakes),
        link_parameters: read_link_parameters(given(members, "link_parameters"), mistakes),
        theme: read_theme(given(members, "theme"), mistakes),
    })
}

/// A member that is there and not null.
fn given<'b>(members: &'b Map<String, Value>, name: &str) -> Option<&'b Value> {
    members.get(name).filter(|value| !value.is_null())
}

/// Whether a view may have this name.
pub(crate) fn check_name(name: &str, mistakes: &mut Mistakes) {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let is_joined = !name.starts_with('-') && !name.ends_with('-') && !name.contains("--");
    if !(MIN_NAME_CHARACTERS..=MAX_NAME_CHARACTERS).contains(&name.len()) || !is_plain || !is_joined {
        let length = format!("{MIN_NAME_CHARACTERS} to {MAX_NAME_CHARACTERS}");
        mistakes.add("name", format!("{length} of a-z, 0-9 and single `-` between them are needed, such as `rsc`"));
    } else if RESERVED.contains(&name) {
        mistakes.add("name", format!("`{name}` is reserved; choose another"));
    }
}

/// A heading: one line, and something in it.
fn read_title(value: Option<&Value>, mistakes: &mut Mistakes) -> String {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    let title: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    if !(1..=MAX_TITLE_CHARACTERS).contains(&title.chars().count()) {
        mistakes.add("title", format!("a text of 1 to {MAX_TITLE_CHARACTERS} characters is needed"));
    }
    title
}

fn read_filters(app: &App, value: Option<&Value>, mistakes: &mut Mistakes) -> BTreeMap<String, Vec<String>> {
    let mut filters = BTreeMap::new();
    let facets = read_object("filters", value, MAX_FACETS, "values by facet", mistakes);
    for (name, values) in facets.into_iter().flatten() {
        let place = format!("filters.{name}");
        let Some(facet) = Facet::by_name(name) else {
            mistakes.add(&place, unknown_member(name, &Facet::ALL.map(Facet::name)));
            continue;
        };
        let mut held: Vec<String> = Vec::new();
        for text in read_texts(&place, Some(values), [1, MAX_VALUES], mistakes) {
            match refusal(app, facet, text) {
                Some(detail) => mistakes.add(&place, detail),
                None if held.iter().any(|one| one == text) => {}
                None => held.push(text.to_owned()),
            }
        }
        filters.insert(name.clone(), held);
    }
    filters
}

/// Resources that are live; one that was merged is what it was merged into.
async fn read_pins(app: &App, value: Option<&Value>, mistakes: &mut Mistakes) -> Result<Vec<ResourceId>, AppError> {
    let mut pins: Vec<ResourceId> = Vec::new();
    for text in read_texts("pins", value, [0, MOST_PINS], mistakes) {
        match ResourceId::parse(text) {
            Err(error) => mistakes.add("pins", error.to_string()),
            Ok(id) => match live_id(app, &id).await? {
                Err(detail) => mistakes.add("pins", detail),
                Ok(live) if pins.contains(&live) => {}
                Ok(live) => pins.push(live),
            },
        }
    }
    Ok(pins)
}

/// The id under which this resource is live, or why it is not.
async fn live_id(app: &App, id: &ResourceId) -> Result<Result<ResourceId, String>, AppError> {
    let (found, state) = match app.store()?.resource(id).await? {
        Some(ResourceState::Merged { into }) => {
            let state = app.store()?.resource(&into).await?;
            (into, state)
        }
        state => (id.clone(), state),
    };
    Ok(match state {
        Some(ResourceState::Live(_)) => Ok(found),
        Some(ResourceState::Withdrawn { reason, .. }) => Err(format!("the resource `{id}` was withdrawn: {reason}")),
        Some(ResourceState::Merged { .. }) | None => Err(format!("there is no resource `{id}`")),
    })
}

fn read_hidden_sources(app: &App, value: Option<&Value>, mistakes: &mut Mistakes) -> Vec<String> {
    let mut sources: Vec<String> = Vec::new();
    for text in read_texts("hidden_sources", value, [0, MAX_HIDDEN_SOURCES], mistakes) {
        let no_source = || (text == NOT_STATED).then(|| format!("`{NOT_STATED}` is no source"));
        match refusal(app, Facet::Source, text).or_else(no_source) {
            Some(detail) => mistakes.add("hidden_sources", detail),
            None if sources.iter().any(|one| one == text) => {}
            None => sources.push(text.to_owned()),
        }
    }
    sources
}

fn read_link_parameters(value: Option<&Value>, mistakes: &mut Mistakes) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    let members = read_object("link_parameters", value, MAX_LINK_PARAMETERS, "values by name", mistakes);
    for (name, value) in members.into_iter().flatten() {
        let place = format!("link_parameters.{name}");
        let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_plain || !(1..=MAX_PARAMETER_CHARACTERS).contains(&name.len()) {
            mistakes.add(&place, format!("a name has 1 to {MAX_PARAMETER_CHARACTERS} of a-z, 0-9 and `_`"));
        }
        let text = value.as_str().map(str::trim).unwrap_or_default();
        let is_short = (1..=MAX_PARAMETER_VALUE_CHARACTERS).contains(&text.chars().count());
        if !is_short || text.contains(char::is_control) {
            mistakes.add(&place, format!("a text of 1 to {MAX_PARAMETER_VALUE_CHARACTERS} characters is needed"));
        }
        parameters.insert(name.clone(), text.to_owned());
    }
    parameters
}

fn read_theme(value: Option<&Value>, mistakes: &mut Mistakes) -> Theme {
    let Some(members) = read_object("theme", value, usize::MAX, "what it looks like", mistakes) else {
        return Theme::default();
    };
    refuse_unknown("theme.", members, &THEME_MEMBERS, mistakes);
    let [accent, background, text] =
        ["accent", "background", "text"].map(|name| read_colour(name, given(members, name), mistakes));
    check_contrast("text", text, background, LEAST_FOR_TEXT, mistakes);
    check_contrast("accent", accent, background, LEAST_FOR_ACCENT, mistakes);
    let font = read_choice("font", given(members, "font"), &Font::ALL.map(Font::name), mistakes);
    let corner_px = given(members, "corner_px").and_then(|value| read_corner(value, mistakes));
    let density = read_choice("density", given(members, "density"), &Density::ALL.map(Density::name), mistakes);
    let stored = |colour: Option<Colour>| colour.map(|colour| colour.to_string());
    Theme {
        accent: stored(accent),
        background: stored(background),
        text: stored(text),
        font: font.and_then(Font::by_name),
        corner_px,
        density: density.and_then(Density::by_name),
    }
}

fn read_colour(name: &str, value: Option<&Value>, mistakes: &mut Mistakes) -> Option<Colour> {
    let colour = value?.as_str().and_then(Colour::parse);
    if colour.is_none() {
        mistakes.add(&format!("theme.{name}"), "a colour is needed, such as `#00539f`");
    }
    colour
}

/// Only where both are given: what the page around it brings is not known here.
fn check_contrast(name: &str, one: Option<Colour>, behind: Option<Colour>, least: f64, mistakes: &mut Mistakes) {
    if let (Some(one), Some(behind)) = (one, behind) {
        let contrast = one.contrast(behind);
        if contrast < least {
            let ratio = shown(contrast);
            let detail =
                format!("{one} on {behind} has a contrast of {ratio}; at least {least:.1} is needed (WCAG 2.2)");
            mistakes.add(&format!("theme.{name}"), detail);
        }
    }
}

fn read_choice<'b>(name: &str, value: Option<&'b Value>, allowed: &[&str], mistakes: &mut Mistakes) -> Option<&'b str> {
    let text = value?.as_str().unwrap_or_default();
    if !allowed.contains(&text) {
        mistakes.add(&format!("theme.{name}"), not_among(text, allowed));
        return None;
    }
    Some(text)
}

fn read_corner(value: &Value, mistakes: &mut Mistakes) -> Option<u8> {
    let pixels = value.as_u64().and_then(|pixels| u8::try_from(pixels).ok()).filter(|pixels| *pixels <= MAX_CORNER_PX);
    if pixels.is_none() {
        mistakes.add("theme.corner_px", format!("a whole number from 0 to {MAX_CORNER_PX} is needed"));
    }
    pixels
}

/// An object with so many members at most; `None` where there is none, or too many.
fn read_object<'b>(
    place: &str,
    value: Option<&'b Value>,
    most: usize,
    holds: &str,
    mistakes: &mut Mistakes,
) -> Option<&'b Map<String, Value>> {
    let Some(members) = value?.as_object() else {
        mistakes.add(place, format!("an object is needed that holds {holds}"));
        return None;
    };
    if members.len() > most {
        mistakes.add(place, format!("at most {most} are taken"));
        return None;
    }
    Some(members)
}

/// The texts of a list of so many, without the blanks around them; nothing where it is no such list.
fn read_texts<'b>(
    place: &str,
    value: Option<&'b Value>,
    [least, most]: [usize; 2],
    mistakes: &mut Mistakes,
) -> Vec<&'b str> {
    let Some(value) = value else { return Vec::new() };
    let texts: Option<Vec<&str>> = value.as_array().and_then(|all| all.iter().map(Value::as_str).collect());
    let texts: Vec<&str> = texts.unwrap_or_default().into_iter().map(str::trim).collect();
    let is_list = value.as_array().is_some_and(|all| all.len() == texts.len());
    if !is_list || !(least..=most).contains(&texts.len()) || texts.contains(&"") {
        mistakes.add(place, format!("a list of {least} to {most} texts is needed"));
        return Vec::new();
    }
    texts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(read: impl FnOnce(&mut Mistakes)) -> Vec<String> {
        let mut mistakes = Mistakes::default();
        read(&mut mistakes);
        let all = mistakes.into_result().err().unwrap_or_default();
        all.into_iter().map(|mistake| format!("{}: {}", mistake.parameter, mistake.detail)).collect()
    }

    #[test]
    fn a_name_is_a_slug_that_means_nothing_else() {
        for name in ["rsc", "a1", "learned-society-2", &"x".repeat(40)] {
            assert!(told(|mistakes| check_name(name, mistakes)).is_empty(), "{name}");
        }
        for name in ["", "a", "RSC", "-rsc", "rsc-", "a--b", "a_b", "a b", "é1", "all", "new", &"x".repeat(41)] {
            assert_eq!(told(|mistakes| check_name(name, mistakes)).len(), 1, "{name}");
        }
    }

    #[test]
    fn a_theme_that_cannot_be_read_is_refused_with_its_ratio() {
        let theme = json!({ "text": "#777777", "background": "#FFFFFF", "accent": "#999999" });
        assert_eq!(
            told(|mistakes| drop(read_theme(Some(&theme), mistakes))),
            [
                "theme.text: #777777 on #ffffff has a contrast of 4.47; at least 4.5 is needed (WCAG 2.2)",
                "theme.accent: #999999 on #ffffff has a contrast of 2.84; at least 3.0 is needed (WCAG 2.2)",
            ]
        );
        let alone = json!({ "text": "#777777", "accent": "#999999", "font": null });
        assert!(told(|mistakes| drop(read_theme(Some(&alone), mistakes))).is_empty());
    }

    #[test]
    fn a_theme_holds_a_few_choices_and_nothing_that_is_style() {
        let theme = json!({ "accent": "#00539F", "background": "#ffffff", "text": "#000000", "font": "system",
            "corner_px": 24, "density": "compact" });
        let read = read_theme(Some(&theme), &mut Mistakes::default());
        assert_eq!((read.accent.as_deref(), read.font), (Some("#00539f"), Some(Font::System)));
        assert_eq!((read.corner_px, read.density), (Some(24), Some(Density::Compact)));
        let theme = json!({ "accent": "red;}", "backgroud": "#fff", "font": "Arial", "corner_px": 25, "density": 1 });
        let told = told(|mistakes| drop(read_theme(Some(&theme), mistakes)));
        let places: Vec<&str> = told.iter().filter_map(|one| one.split(':').next()).collect();
        let expected = ["theme.backgroud", "theme.accent", "theme.font", "theme.corner_px", "theme.density"];
        assert_eq!(places, expected, "{told:?}");
        assert!(told[0].ends_with("did you mean `background`?"), "{told:?}");
    }

    #[test]
    fn lists_and_objects_are_what_they_are_meant_to_be() {
        for value in [json!("a"), json!([1]), json!(["a", null]), json!([" "]), json!(["a", "b", "c"]), json!([])] {
            assert_eq!(told(|mistakes| drop(read_texts("pins", Some(&value), [1, 2], mistakes))).len(), 1, "{value}");
        }
        let value = json!([" a ", "b"]);
        assert_eq!(read_texts("pins", Some(&value), [1, 2], &mut Mistakes::default()), ["a", "b"]);
        for value in [
            json!({ "utm-source": "a" }),
            json!({ "a": "" }),
            json!({ "a": 1 }),
            json!({ "": "a" }),
            json!({ "a": "b\nc" }),
            json!({ "a": "x".repeat(101) }),
            json!([]),
            json!({ "a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1" }),
        ] {
            assert_eq!(told(|mistakes| drop(read_link_parameters(Some(&value), mistakes))).len(), 1, "{value}");
        }
    }
}

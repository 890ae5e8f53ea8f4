//! `Wanted`: a search as somebody wants it in a page of theirs, read from the address of the widget builder.
//!
//! What is chosen from a list is strict, as everywhere. What is typed may be wrong: the form shows it again and says what
//! was expected, and the lines to copy are made without it.

use std::collections::BTreeMap;

use index::Facet;
use schemas::AgeRange;
use url::form_urlencoded::Serializer;

use crate::app::App;
use crate::error::AppError;
use crate::pages::carried::{CARRIED, Carried, NATIONS};
use crate::pages::wording::{say, word};
use crate::views::theme::{Colour, LEAST_FOR_ACCENT, LEAST_FOR_TEXT, shown};
use crate::web::facet_values::refusal;
use crate::web::mistakes::{Mistakes, not_among, unknown_parameter};
use crate::web::query::{MAX_QUERY_CHARACTERS, MAX_VALUES};
use crate::web::values::Values;

/// The parameters that are given once, in the order in which a search is described: attributes of the element, then how
/// it looks.
const ONCE: [&str; 13] = [
    "view",
    "age",
    "inferred",
    "q",
    "sort",
    "limit",
    "heading",
    "level-names",
    "accent",
    "background",
    "text",
    "font",
    "corner",
];
/// Those of them that are attributes of the element.
const ATTRIBUTES: [&str; 8] = ["view", "age", "inferred", "q", "sort", "limit", "heading", "level-names"];
/// Those of them that the search page of Signpost takes as well.
const OF_THE_PAGE: [&str; 5] = ["view", "q", "age", "sort", "inferred"];
/// The colours, and the custom properties that set them.
const COLOURS: [(&str, &str); 3] =
    [("accent", "--signpost-accent"), ("background", "--signpost-background"), ("text", "--signpost-text")];
/// Which filters people are offered.
const FILTERS: &str = "filters";
/// The orders in which the widget shows results.
pub(super) const SORTS: [&str; 3] = ["relevance", "newest", "title"];
/// As many as the widget shows at once.
pub(super) const MOST_RESULTS: u8 = 20;
/// Rounder than this, a card is an egg: as in the theme of a view.
pub(super) const MAX_CORNER_PX: u8 = 24;
/// A heading on a page, as long as the title of a view.
pub(super) const MAX_HEADING_CHARACTERS: usize = 100;

/// A search as it is wanted.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    once: Vec<(&'static str, String)>,
    /// How many values each facet was given, the same one each time it came.
    asked_of: BTreeMap<Facet, usize>,
    /// What the visitor takes along, as strictly read as the rest.
    pub(super) carried: Carried,
    /// What it is narrowed to.
    pub(super) facets: BTreeMap<Facet, Vec<String>>,
    /// Which filters people are offered; the widget's own choice where there are none.
    pub(super) offered: Vec<Facet>,
    /// What is wrong with what was typed.
    pub(super) mistakes: Vec<TypedMistake>,
}

/// Something typed that cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TypedMistake {
    /// The field, which is also the id of its box.
    pub(super) field: &'static str,
    /// What was expected.
    pub(super) says: String,
}

impl Wanted {
    /// Reads the parameters of the builder. Blank ones count as not given: a form sends them.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] for what is unknown, and for what no form of ours sends.
    pub(super) fn read(app: &App, raw: Option<&str>) -> Result<Self, AppError> {
        let mut wanted = Self::default();
        let mut strange = Mistakes::default();
        let mut carried = Serializer::new(String::new());
        for (name, value) in strange.pairs(raw.unwrap_or_default()) {
            if strange.is_full() {
                break;
            }
            let value = value.trim();
            if CARRIED.contains(&&*name) {
                carried.append_pair(&name, value);
            } else if !value.is_empty() {
                wanted.take(app, &name, value, &mut strange);
            }
        }
        let values = Values::read(Some(&carried.finish()), &CARRIED, &mut strange);
        wanted.carried = Carried::strict(&values, &mut strange);
        strange.into_result().map_err(AppError::BadRequest)?;
        wanted.facets.retain(|_, values| !values.is_empty());
        wanted.mistakes = wanted.typed_mistakes(app);
        Ok(wanted)
    }

    /// A value as it was given; empty when it was not.
    pub(super) fn given(&self, name: &str) -> &str {
        self.once.iter().find(|(held, _)| *held == name).map_or("", |(_, value)| value.as_str())
    }

    /// A value that can be used.
    pub(super) fn sound(&self, name: &str) -> Option<&str> {
        let is_sound = self.mistakes.iter().all(|mistake| mistake.field != name);
        Some(self.given(name)).filter(|value| is_sound && !value.is_empty())
    }

    /// Whether this value of a facet was chosen.
    pub(super) fn has(&self, facet: Facet, value: &str) -> bool {
        self.facets.get(&facet).is_some_and(|values| values.iter().any(|one| one == value))
    }

    /// The attributes of the element, in their order.
    pub(super) fn attributes(&self) -> Vec<(&'static str, String)> {
        let once = |name: &'static str| self.sound(name).map(|value| (name, value.to_owned()));
        let offered: Vec<&str> = self.offered.iter().map(|facet| facet.name()).collect();
        let offered = (!offered.is_empty()).then(|| (FILTERS, offered.join(",")));
        let facets = self.facets.iter().map(|(facet, values)| (facet.name(), values.join(",")));
        let [view, others @ ..] = ATTRIBUTES;
        once(view).into_iter().chain(facets).chain(others.into_iter().filter_map(once)).chain(offered).collect()
    }

    /// The custom properties of the element, as a `style` attribute has them; empty when none is set.
    pub(super) fn style(&self) -> String {
        let mut properties = Vec::new();
        for (name, property) in COLOURS {
            if let Some(colour) = self.colour(name) {
                properties.push(format!("{property}: {colour}"));
            }
        }
        if let Some(accent) = self.colour("accent") {
            properties.push(format!("--signpost-on-accent: {}", words_on(accent)));
        }
        if let Some(font) = self.sound("font") {
            properties.push(format!("--signpost-font: {font}"));
        }
        if let Some(corner) = self.sound("corner") {
            properties.push(format!("--signpost-corner: {corner}px"));
        }
        properties.join("; ")
    }

    /// A colour that can be used.
    pub(super) fn colour(&self, name: &str) -> Option<Colour> {
        self.sound(name).and_then(Colour::parse)
    }

    /// The query string of the frame that shows it, without a question mark.
    pub(super) fn frame_query(&self) -> String {
        query_of(self.attributes())
    }

    /// The query string of the same search on Signpost's own page.
    pub(super) fn page_query(&self) -> String {
        let is_of_page = |name: &str| OF_THE_PAGE.contains(&name) || Facet::by_name(name).is_some();
        query_of(self.attributes().into_iter().filter(|(name, _)| is_of_page(name)))
    }

    /// The query string of what it is narrowed to, and nothing else: what a view holds as its filters.
    pub(super) fn filter_query(&self) -> String {
        query_of(self.facets.iter().map(|(facet, values)| (facet.name(), values.join(","))))
    }

    /// The query string with which the builder shows it again.
    pub(super) fn own_query(&self) -> String {
        let facets = self.facets.iter().flat_map(|(facet, values)| {
            let name = facet.name();
            values.iter().map(move |value| (name, value.clone()))
        });
        let offered = self.offered.iter().map(|facet| (FILTERS, facet.name().to_owned()));
        query_of(self.once.iter().cloned().chain(facets).chain(offered))
    }

    fn take(&mut self, app: &App, name: &str, value: &str, strange: &mut Mistakes) {
        if let Some(facet) = Facet::by_name(name) {
            self.narrow(app, facet, value, strange);
        } else if name == FILTERS {
            self.offer(value, strange);
        } else if let Some(known) = ONCE.into_iter().find(|known| *known == name) {
            self.set(known, value, strange);
        } else {
            let facets = Facet::ALL.into_iter().map(Facet::name);
            let all: Vec<&str> = ONCE.into_iter().chain([FILTERS]).chain(facets).collect();
            strange.add(name, unknown_parameter(name, &all));
        }
    }

    fn narrow(&mut self, app: &App, facet: Facet, value: &str, strange: &mut Mistakes) {
        // A publisher's name may hold a comma, so the element takes one.
        let is_publisher = facet == Facet::Publisher;
        let parts: Vec<&str> = if is_publisher { vec![value] } else { value.split(',').map(str::trim).collect() };
        let values: Vec<&str> = parts.into_iter().filter(|value| !value.is_empty()).collect();
        // None of too many is looked up: each that is unknown is compared with all there are.
        let asked = self.asked_of.entry(facet).or_default();
        *asked += values.len();
        if *asked > MAX_VALUES {
            return strange.add(facet.name(), format!("more than {MAX_VALUES} values"));
        }
        let held = self.facets.entry(facet).or_default();
        for value in values {
            if held.iter().any(|one| one == value) {
                continue;
            }
            match refusal(app, facet, value) {
                Some(detail) => strange.add(facet.name(), detail),
                None if is_publisher && !held.is_empty() => strange.add(facet.name(), "at most 1 is taken"),
                None => held.push(value.to_owned()),
            }
        }
    }

    fn offer(&mut self, value: &str, strange: &mut Mistakes) {
        let most = Facet::ALL.len();
        let names: Vec<&str> = value.split([',', ' ']).filter(|name| !name.is_empty()).collect();
        if names.len() > most {
            return strange.add(FILTERS, format!("more than {most} values"));
        }
        for name in names {
            match Facet::by_name(name) {
                None => strange.add(FILTERS, not_among(name, &Facet::ALL.map(Facet::name))),
                Some(facet) if self.offered.contains(&facet) => {}
                Some(facet) => self.offered.push(facet),
            }
        }
    }

    fn set(&mut self, name: &'static str, value: &str, strange: &mut Mistakes) {
        let allowed: &[&str] = match name {
            "sort" => &SORTS,
            "inferred" => &["off"],
            "font" => &["inherit"],
            "level-names" => &NATIONS,
            _ => &[],
        };
        if !self.given(name).is_empty() {
            strange.add(name, "given more than once");
        } else if !allowed.is_empty() && !allowed.contains(&value) {
            strange.add(name, not_among(value, allowed));
        } else {
            self.once.push((name, value.to_owned()));
        }
    }

    fn typed_mistakes(&self, app: &App) -> Vec<TypedMistake> {
        let mut told: Vec<TypedMistake> = Vec::new();
        for (name, value) in &self.once {
            if let Some(says) = typed_mistake(app, name, value) {
                told.push(TypedMistake { field: name, says });
            }
        }
        if told.is_empty() { self.clashes() } else { told }
    }

    /// Colours that are right by themselves and cannot be read together.
    fn clashes(&self) -> Vec<TypedMistake> {
        let [text, background, accent] = ["text", "background", "accent"].map(|name| Colour::parse(self.given(name)));
        let told = |field, says| vec![TypedMistake { field, says }];
        let Some(behind) = background else {
            return text.map_or_else(Vec::new, |_| told("background", word("partners.both-colours").to_owned()));
        };
        let Some(text) = text else {
            return told("text", word("partners.both-colours").to_owned());
        };
        let mut clashes = Vec::new();
        for (field, colour, least) in [("text", Some(text), LEAST_FOR_TEXT), ("accent", accent, LEAST_FOR_ACCENT)] {
            if let Some(contrast) = colour.map(|colour| colour.contrast(behind)).filter(|contrast| *contrast < least) {
                let (ratio, least) = (shown(contrast), format!("{least:.1}"));
                let says = say("partners.contrast-too-low", &[("ratio", &ratio), ("least", &least)]);
                clashes.push(TypedMistake { field, says });
            }
        }
        clashes
    }
}

/// What is wrong with something typed.
fn typed_mistake(app: &App, name: &str, value: &str) -> Option<String> {
    let longest = |most: usize| (value.chars().count() > most).then(|| say("partners.too-long", &[("most", &most)]));
    let number = |least: u8, most: u8| {
        let is_one = value.parse::<u8>().is_ok_and(|number| (least..=most).contains(&number));
        (!is_one).then(|| say("partners.no-number", &[("least", &least), ("most", &most)]))
    };
    match name {
        "view" => app.views.get(value).is_none().then(|| word("partners.no-such-view").to_owned()),
        "q" => longest(MAX_QUERY_CHARACTERS),
        "heading" => longest(MAX_HEADING_CHARACTERS),
        "limit" => number(1, MOST_RESULTS),
        "corner" => number(0, MAX_CORNER_PX),
        "age" => value.parse::<AgeRange>().is_err().then(|| word("partners.no-age").to_owned()),
        "accent" | "background" | "text" => {
            Colour::parse(value).is_none().then(|| word("partners.no-colour").to_owned())
        }
        _ => None,
    }
}

/// Black or white, whichever reads better on a colour.
fn words_on(colour: Colour) -> &'static str {
    let contrast = |text: &str| Colour::parse(text).map_or(0.0, |other| other.contrast(colour));
    if contrast("#ffffff") >= contrast("#000000") { "#ffffff" } else { "#000000" }
}

fn query_of(pairs: impl IntoIterator<Item = (&'static str, String)>) -> String {
    // A comma may stand in a query string as it is (RFC 3986, 3.4), and people read these addresses.
    Serializer::new(String::new()).extend_pairs(pairs).finish().replace("%2C", ",")
}

#[cfg(test)]
mod tests {
    use schemas::ControlledField;

    use super::*;

    fn with(once: &[(&'static str, &str)]) -> Wanted {
        let once = once.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Wanted { once, ..Wanted::default() }
    }

    #[test]
    fn attributes_stand_in_one_order_however_they_were_given() {
        let mut wanted = with(&[("limit", "3"), ("view", "rsc"), ("accent", "#6a1b9a")]);
        let level = Facet::Controlled(ControlledField::Level);
        wanted.facets.insert(level, vec!["ks3".to_owned(), "ks4".to_owned()]);
        wanted.offered.push(level);
        let expected = [("view", "rsc"), ("level", "ks3,ks4"), ("limit", "3"), ("filters", "level")];
        assert_eq!(wanted.attributes(), expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(wanted.frame_query(), "view=rsc&level=ks3,ks4&limit=3&filters=level");
        assert_eq!(wanted.page_query(), "view=rsc&level=ks3,ks4");
        assert_eq!(wanted.filter_query(), "level=ks3,ks4");
        assert!(wanted.own_query().contains("accent=%236a1b9a"), "{}", wanted.own_query());
    }

    #[test]
    fn the_words_on_a_button_are_those_that_read_better() {
        for (accent, words) in [("#6a1b9a", "#ffffff"), ("#ffd54f", "#000000")] {
            let style = with(&[("accent", accent)]).style();
            assert_eq!(style, format!("--signpost-accent: {accent}; --signpost-on-accent: {words}"));
        }
        assert_eq!(
            with(&[("font", "inherit"), ("corner", "0")]).style(),
            "--signpost-font: inherit; --signpost-corner: 0px"
        );
        assert_eq!(with(&[]).style(), "");
    }

    #[test]
    fn colours_that_cannot_be_read_together_are_told_and_left_out() {
        type Case = (&'static [(&'static str, &'static str)], &'static [&'static str]);
        let cases: [Case; 5] = [
            (&[("text", "#777777"), ("background", "#ffffff")], &["text"]),
            (&[("text", "#000000"), ("background", "#ffffff"), ("accent", "#eeeeee")], &["accent"]),
            (&[("text", "#000000")], &["background"]),
            (&[("background", "#000000")], &["text"]),
            (&[("accent", "#eeeeee")], &[]),
        ];
        for (given, expected) in cases {
            let fields: Vec<&str> = with(given).clashes().into_iter().map(|clash| clash.field).collect();
            assert_eq!(fields, expected, "{given:?}");
        }
        let mut wanted = with(&[("accent", "blue;}")]);
        wanted.mistakes.push(TypedMistake { field: "accent", says: String::new() });
        assert_eq!(wanted.style(), "");
    }
}

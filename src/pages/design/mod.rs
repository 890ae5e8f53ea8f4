//! `/design`: every part that pages are made of, in every state, on one page: for whoever changes one, and for whoever
//! checks how it looks in another light, in larger text or on paper.
//!
//! The parts are the real ones: their classes, their templates, their drawings. The resources on the cards are made up.

mod samples;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use schemas::{ControlledField, Vocabularies};

use super::cards::Card;
use super::carried::Carried;
use super::errors::PageError;
use super::layout::Layout;
use super::nations::{NationLink, nation_links};
use super::wording::word;
use super::{filters, present};
use crate::app::App;

const PATH: &str = "/design";

/// The colours, by the names they have in the style sheet.
const COLOURS: [&str; 25] = [
    "paper",
    "surface",
    "ink",
    "ink-soft",
    "line",
    "line-strong",
    "accent",
    "on-accent",
    "accent-soft",
    "amber",
    "amber-soft",
    "visited",
    "mark",
    "warn",
    "warn-soft",
    "focus",
    "dusk",
    "dusk-soft",
    "lamp",
    "step-1",
    "step-2",
    "step-3",
    "step-4",
    "step-5",
    "step-6",
];

/// The drawings for what pages do.
const ACTIONS: [&str; 24] = [
    "search", "feed", "calendar", "download", "link", "copy", "print", "add", "remove", "check", "warning", "question",
    "up", "down", "arrow", "list", "teacher", "student", "plan", "map", "code", "home", "resource", "logo",
];

#[derive(Template)]
#[template(path = "design.html")]
struct DesignPage {
    layout: Layout,
    colours: [&'static str; COLOURS.len()],
    shades: [u8; 6],
    drawings: [Drawings; 3],
    nations: Vec<NationLink>,
    cards: Vec<Card>,
}

/// Drawings of one kind.
struct Drawings {
    heading: &'static str,
    drawings: Vec<Drawing>,
}

/// One drawing and what it stands for.
struct Drawing {
    name: String,
    label: String,
}

/// The design page.
pub(super) async fn show_design(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let carried = Carried::alone(raw.as_deref())?;
    Ok(present(&headers, &design_page(&carried, app.vocabularies)))
}

fn design_page(carried: &Carried, vocabularies: &Vocabularies) -> DesignPage {
    DesignPage {
        layout: Layout::new(word("design.title"), PATH)
            .described(word("design.lead"))
            .scripted(&["search.js", "copy.js"])
            .carrying(carried),
        colours: COLOURS,
        shades: [0, 1, 2, 3, 4, 5],
        drawings: [
            Drawings { heading: word("design.types"), drawings: types(vocabularies) },
            Drawings { heading: word("design.subjects"), drawings: subjects(vocabularies) },
            Drawings { heading: word("design.doing"), drawings: ACTIONS.map(named).into() },
        ],
        nations: nation_links(carried, |carried| carried.address("/design#nations")),
        cards: samples::cards(vocabularies),
    }
}

fn types(vocabularies: &Vocabularies) -> Vec<Drawing> {
    let concepts = &vocabularies.of(ControlledField::Type).concepts;
    concepts.iter().map(|concept| Drawing { name: concept.id.clone(), label: concept.label.clone() }).collect()
}

/// Those that a list of subjects shows first.
fn subjects(vocabularies: &Vocabularies) -> Vec<Drawing> {
    let concepts = &vocabularies.of(ControlledField::Subject).concepts;
    let shown = concepts.iter().filter(|concept| concept.facet == Some(true));
    shown.map(|concept| Drawing { name: format!("subject-{}", concept.id), label: concept.label.clone() }).collect()
}

fn named(name: &str) -> Drawing {
    Drawing { name: name.to_owned(), label: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::icons::icon;

    #[test]
    fn every_type_subject_and_action_has_a_drawing_of_its_own() {
        let vocabularies = Vocabularies::shipped();
        let any = icon("resource").0;
        let of_actions = ACTIONS.map(named).into_iter().filter(|drawing| drawing.name != "resource");
        for drawing in types(vocabularies).into_iter().chain(subjects(vocabularies)).chain(of_actions) {
            assert_ne!(icon(&drawing.name).0, any, "{}", drawing.name);
        }
    }

    #[test]
    fn every_colour_that_is_shown_is_one_of_the_style_sheet() {
        let tokens = include_str!("../assets/styles/tokens.css");
        for colour in COLOURS {
            assert!(tokens.contains(&format!("--{colour}: ")), "{colour}");
        }
    }

    #[test]
    fn the_page_is_whole() {
        let page = design_page(&Carried::default(), Vocabularies::shipped()).render().unwrap();
        assert!(page.contains("</html>") && page.contains("dir=\"auto\""));
    }
}

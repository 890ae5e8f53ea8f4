//! `/design`: every part that pages are made of, in every state, on one page: for whoever changes one, and for whoever
//! checks how it looks in another light, in larger text or on paper.
//!
//! The parts are the real ones: their classes, their drawings, and their templates where the types behind these can be
//! made of samples; of the others the templates `design_*.html` write the same HTML down. A test finds each class of the
//! style sheets here. The resources on the cards are made up.

mod samples;

use askama::Template;
use askama::filters::Safe;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use schemas::{ControlledField, Vocabularies};

use super::cards::Card;
use super::carried::{Carried, NATIONS, nation_label};
use super::errors::PageError;
use super::layout::Layout;
use super::nations::{NationLink, nation_links};
use super::wording::word;
use super::{filters, present, qr};
use crate::app::App;

const PATH: &str = "/design";
/// What the code on the page leads to.
const SAMPLE_ADDRESS: &str = "https://signpost.example/list";
/// Where a made-up resource is.
const SAMPLE_HOST: &str = "example.org";

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
    qr: Option<Safe<String>>,
    chemistry: &'static str,
    publisher: &'static str,
    host: &'static str,
    subject: &'static str,
    level: &'static str,
    england: &'static str,
    unsaid: &'static str,
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
        qr: qr::svg(SAMPLE_ADDRESS),
        chemistry: word("design.tile"),
        publisher: word("design.sample-publisher"),
        host: SAMPLE_HOST,
        subject: word("facets.subject"),
        level: word("facets.level"),
        england: nation_label(NATIONS[0]),
        unsaid: word("search.unsaid-level"),
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
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::pages::icons::icon;

    /// Classes that are not on this page, and why.
    const ELSEWHERE: [(&str, &str); 5] = [
        ("code", "a script puts it round what can be copied"),
        ("copy", "a script makes the button"),
        ("docs-table", "stands in the documentation, and looks like what scrolls here"),
        ("no-print", "is seen by what paper lacks"),
        ("shelf", "lays the cards of this page side by side"),
    ];

    /// The classes that the selectors of a style sheet name.
    fn classes(style: &str) -> BTreeSet<String> {
        let without_comments: String =
            style.split("/*").map(|part| part.split_once("*/").map_or(part, |(_, rest)| rest)).collect();
        let mut found = BTreeSet::new();
        for part in without_comments.split('{') {
            let selector = part.rsplit(['}', ';']).next().unwrap_or_default();
            for rest in selector.split('.').skip(1) {
                let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                if name.starts_with(|first: char| first.is_ascii_lowercase()) {
                    found.insert(name);
                }
            }
        }
        found
    }

    #[test]
    fn each_class_of_the_style_sheets_is_on_the_page_or_there_is_a_reason() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages/assets/styles");
        let sheets = std::fs::read_dir(folder).expect("the style sheets").flatten();
        // What only the console looks like is not for this page.
        let sheets = sheets.filter(|sheet| sheet.file_name() != "admin.css");
        let styles: String =
            sheets.map(|sheet| std::fs::read_to_string(sheet.path()).expect("a style sheet")).collect();
        let page = design_page(&Carried::default(), Vocabularies::shipped()).render().unwrap();
        let values = page.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let shown: BTreeSet<&str> = values.flat_map(str::split_whitespace).collect();
        let named = classes(&styles);
        assert!(named.len() > 200, "{}", named.len());
        let excused = |class: &str| ELSEWHERE.iter().any(|(name, _)| *name == class);
        let missing: Vec<&String> =
            named.iter().filter(|class| !shown.contains(class.as_str()) && !excused(class.as_str())).collect();
        assert!(missing.is_empty(), "the page of all parts lacks {missing:?}");
        let idle: Vec<&str> = ELSEWHERE
            .map(|(name, _)| name)
            .into_iter()
            .filter(|name| !named.contains(*name) || shown.contains(name))
            .collect();
        assert!(idle.is_empty(), "no reason is needed for {idle:?}");
    }

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

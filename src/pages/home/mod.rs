//! `/` for one who has asked for nothing yet: a box to search in, the subjects by level with what there is of each, what
//! is new, whose catalogues are read, and a door for each kind of visitor.
//!
//! Every number is that of the search it leads to. The grid is laid out in `grid`; the search itself is another page.

mod grid;

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::Safe;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use index::{SearchRequest, Sort};
use schemas::Resource;
use serde_json::{Value, json};

use self::grid::{AXES, Grid};
use super::carried::Carried;
use super::errors::PageError;
use super::kept::{MadePage, kept_page};
use super::layout::Layout;
use super::nations::{NationLink, nation_links};
use super::sources::found::{Found, counting};
use super::wording::{counted, say, word};
use super::{filters, hits, markup, wording};
use crate::app::App;
use crate::web::query::{MAX_QUERY_CHARACTERS, this_hour};

const PATH: &str = "/";

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    layout: Layout,
    /// The address of the page for those who list it, in whosever words it is asked for.
    canonical: String,
    json_ld: Safe<String>,
    /// How much there is: "6,669 resources from 21 catalogues"; nothing while no catalogue has been read.
    size: Option<String>,
    /// What the visitor carries, for the form.
    carried: Vec<(&'static str, String)>,
    max_characters: usize,
    /// Where a suggested concept leads, which is put on as a parameter.
    suggest_to: String,
    nations: Vec<NationLink>,
    grid: Option<Grid>,
    newest: Vec<NewResource>,
    all_newest: String,
    sources: Vec<HeldSource>,
    /// "All 21 catalogues and how they are".
    all_sources: PageLink,
    coverage: String,
    doors: [Door; 3],
}

/// One of the newest resources.
struct NewResource {
    href: String,
    title: String,
    /// Its language, when it is not English.
    language: Option<String>,
    /// The name of the drawing of what it is.
    icon: String,
    /// What it is: "Video".
    kind: Option<String>,
    publisher: Option<String>,
    /// The day its publisher gives it: "21 November 2026".
    day: Option<String>,
}

/// A source, with how much of it there is.
struct HeldSource {
    href: String,
    name: String,
    /// "857 resources".
    count: String,
}

/// A link with its words.
struct PageLink {
    href: String,
    label: String,
}

/// A way on for one kind of visitor.
struct Door {
    href: String,
    icon: &'static str,
    heading: &'static str,
    text: &'static str,
}

/// What fits beside the sources without scrolling.
const NEWEST: usize = 5;
/// So many sources are named, those that hold most.
const SOURCES: usize = 6;

/// The start page.
pub(super) async fn show_start(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let carried = Carried::alone(raw.as_deref())?;
    kept_page(&app, &headers, PATH, raw.as_deref(), async || MadePage::new(&home_page(&app, &carried).await?)).await
}

async fn home_page(app: &App, carried: &Carried) -> Result<HomePage, PageError> {
    let everything = SearchRequest::new(this_hour(&app.clock));
    let newest = SearchRequest { sort: Sort::Newest, limit: NEWEST, help: false, ..everything.clone() };
    let newest = app.search(counting(newest)).await?;
    let coverage = app.coverage(everything, AXES.rows, AXES.columns).await?;
    let found = Found::among(&newest);
    Ok(HomePage {
        layout: Layout::start().scripted(&["search.js"]).carrying(carried),
        canonical: format!("{}/", app.public_url()),
        json_ld: markup::json_ld(&website(app.public_url())),
        size: size(&found),
        carried: carried.pairs(),
        max_characters: MAX_QUERY_CHARACTERS,
        suggest_to: carried.address("/"),
        nations: nation_links(carried, |carried| carried.address("/#subjects")),
        grid: grid::grid(&coverage, carried, app.vocabularies),
        newest: hits::resources(&newest).iter().map(|resource| new_resource(resource, carried)).collect(),
        all_newest: carried.address("/?sort=newest"),
        sources: held_sources(&found, &app.source_names(), carried),
        all_sources: PageLink {
            href: carried.address("/sources"),
            label: counted("home.all-catalogues", found.sources()),
        },
        coverage: carried.address("/coverage"),
        doors: doors(carried),
    })
}

fn size(found: &Found) -> Option<String> {
    let resources = counted("home.resources", found.resources);
    let sources = counted("home.catalogues", found.sources());
    (found.resources > 0).then(|| say("home.size", &[("resources", &resources), ("catalogues", &sources)]))
}

fn new_resource(resource: &Resource, carried: &Carried) -> NewResource {
    let kind = resource.resource_types.first();
    let day = resource.date_modified.as_deref().or(resource.date_published.as_deref());
    NewResource {
        href: carried.address(&format!("/resources/{}", resource.id)),
        title: resource.title.clone(),
        language: wording::foreign_language(resource),
        icon: kind.map_or_else(|| "resource".to_owned(), |kind| kind.id.to_string()),
        kind: kind.map(|kind| kind.label.clone()),
        publisher: resource.publisher.clone(),
        day: day.map(wording::day),
    }
}

/// The sources that hold most, by name.
fn held_sources(found: &Found, names: &BTreeMap<String, String>, carried: &Carried) -> Vec<HeldSource> {
    let source = |id: &str, count: u64| HeldSource {
        href: carried.address(&format!("/sources/{id}")),
        name: names.get(id).map_or(id, String::as_str).to_owned(),
        count: counted("home.resources", count),
    };
    found.most_first().into_iter().take(SOURCES).map(|(id, count)| source(id, count)).collect()
}

fn doors(carried: &Carried) -> [Door; 3] {
    let door = |path, icon, heading, text| Door { href: carried.address(path), icon, heading, text };
    [
        door("/?q=", "teacher", word("home.teachers"), word("home.teachers-text")),
        door("/planner", "plan", word("home.leaders"), word("home.leaders-text")),
        door("/students", "student", word("home.students"), word("home.students-text")),
    ]
}

/// The service as search engines read it, with the search they may offer beside it. Source: schema.org `WebSite`.
fn website(public_url: &str) -> Value {
    json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": word("frame.name"),
        "description": word("frame.start-description"),
        "url": format!("{public_url}/"),
        "inLanguage": "en",
        "potentialAction": {
            "@type": "SearchAction",
            "target": { "@type": "EntryPoint", "urlTemplate": format!("{public_url}/?q={{search_term_string}}") },
            "query-input": "required name=search_term_string",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_that_hold_most_are_named_and_one_without_a_name_is_called_by_its_id() {
        let by_source = [("iop", 1), ("rsc", 12)].map(|(id, count)| (id.to_owned(), count)).into();
        let held = Found { resources: 13, by_source };
        let names = BTreeMap::from([("rsc".to_owned(), "Chemists".to_owned())]);
        let named = held_sources(&held, &names, &Carried::default());
        let said: Vec<(&str, &str)> = named.iter().map(|one| (one.name.as_str(), one.href.as_str())).collect();
        assert_eq!(said, [("Chemists", "/sources/rsc"), ("iop", "/sources/iop")]);
    }

    #[test]
    fn every_door_takes_along_what_the_visitor_carries() {
        let carried = Carried::default().in_words_of("wales");
        for door in doors(&carried) {
            assert!(door.href.ends_with("words=wales"), "{}", door.href);
        }
    }

    #[test]
    fn search_engines_are_told_where_a_search_begins() {
        let site = website("https://signpost.example");
        let template = &site["potentialAction"]["target"]["urlTemplate"];
        assert_eq!(template, "https://signpost.example/?q={search_term_string}");
    }
}

//! `/partners`: what a partner can do with Signpost, with examples that run in the page, and the ways to begin.
//!
//! The widget builder is in `builder`, with what may be chosen in `wanted` and the lines to copy in `lines`; the form for
//! a view is in `views`, with its fields in `fields`. Keys have a module of their own beside this one.

mod builder;
mod fields;
mod lines;
mod views;
mod wanted;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::carried::Carried;
use super::errors::PageError;
use super::layout::Layout;
use super::wording::word;
use super::{filters, present};
use crate::app::App;

pub(super) use builder::show_builder;
pub(super) use views::{make_view, show_view_form};

/// Where it is.
const PATH: &str = "/partners";

#[derive(Template)]
#[template(path = "partners.html")]
struct PartnersPage {
    layout: Layout,
    carried: Carried,
    /// The widget in one line.
    widget_line: String,
    /// A call with which a catalogue sends its records.
    send_line: String,
    examples: [Example; 6],
    ways: [Way; 8],
}

/// A call of the API that anybody may try.
struct Example {
    /// What it answers, as a question.
    question: &'static str,
    /// What to look at in the answer.
    note: &'static str,
    path: &'static str,
    /// The chapter that says more.
    docs: &'static str,
}

/// A way in which a partner gets what is here.
struct Way {
    label: &'static str,
    says: &'static str,
    /// An address to look at, or to subscribe to.
    path: &'static str,
    docs: &'static str,
}

/// What can be done with Signpost.
pub(super) async fn show_partners(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let carried = Carried::alone(raw.as_deref())?;
    let page = PartnersPage {
        layout: Layout::new(word("partners.title"), PATH)
            .described(word("partners.description"))
            .scripted(&["copy.js", "partners.js"])
            .carrying(&carried),
        carried,
        widget_line: widget_line(app.public_url()),
        send_line: send_line(app.public_url()),
        examples: examples(),
        ways: ways(),
    };
    Ok(present(&headers, &page))
}

fn widget_line(origin: &str) -> String {
    format!(
        "<script src=\"{origin}/embed/v1.js\" defer></script>\
         <signpost-search subject=\"physics\"></signpost-search>"
    )
}

fn send_line(origin: &str) -> String {
    format!(
        "curl -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/x-ndjson' \
         --data-binary @records.ndjson '{origin}/v1/sources/SOURCE/records'"
    )
}

fn examples() -> [Example; 6] {
    let example = |question, note, path, docs| Example { question, note, path, docs };
    [
        example(
            word("partners.example-search"),
            word("partners.example-search-note"),
            "/v1/resources?q=chemistry+year+9&per_page=2&facets=none",
            "/docs/search",
        ),
        example(
            word("partners.example-facets"),
            word("partners.example-facets-note"),
            "/v1/resources?subject=physics&level=ks3&per_page=1&facets=type,cost&fields=title,url",
            "/docs/search",
        ),
        example(
            word("partners.example-suggest"),
            word("partners.example-suggest-note"),
            "/v1/suggest?q=bio",
            "/docs/search",
        ),
        example(
            word("partners.example-coverage"),
            word("partners.example-coverage-note"),
            "/v1/coverage?rows=nation&columns=cost",
            "/docs/search",
        ),
        example(
            word("partners.example-changes"),
            word("partners.example-changes-note"),
            "/v1/changes?after=0&limit=1",
            "/docs/copy",
        ),
        example(
            word("partners.example-mistake"),
            word("partners.example-mistake-note"),
            "/v1/resources?levl=ks3",
            "/docs/errors",
        ),
    ]
}

fn ways() -> [Way; 8] {
    let way = |label, says, path, docs| Way { label, says, path, docs };
    let feeds = "/docs/feeds";
    [
        way(word("partners.way-feed"), word("partners.way-feed-says"), "/v1/feed.rss?subject=chemistry", feeds),
        way(word("partners.way-calendar"), word("partners.way-calendar-says"), "/v1/feed.ics?type=event", feeds),
        way(word("partners.way-csv"), word("partners.way-csv-says"), "/v1/export.csv?sector=space", feeds),
        way(word("partners.way-copy"), word("partners.way-copy-says"), "/v1/export.manifest.json", "/docs/copy"),
        way(word("partners.way-oai"), word("partners.way-oai-says"), "/oai?verb=Identify", "/docs/oai"),
        way(word("partners.way-linked"), word("partners.way-linked-says"), "/v1/context.jsonld", feeds),
        way(
            word("partners.way-figures"),
            word("partners.way-figures-says"),
            "/v1/coverage?rows=subject&columns=level",
            "/docs/keys",
        ),
        way(word("partners.way-openapi"), word("partners.way-openapi-says"), "/v1/openapi.json", "/docs"),
    ]
}

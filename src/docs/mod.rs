//! `/docs`: how to build on the open API, for a developer who has an hour; and `/problems`, where each kind of problem
//! explains itself.
//!
//! The texts are in the templates `docs*.html`. A program that they show is in `clients`, is the very file that the tests
//! of partners run, and can be fetched. Addresses begin with the configured public one, never with what a request says of
//! its host. The reader of the OpenAPI document stands beside, at `/docs/reader/`.

mod chapters;
mod files;
mod problems;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{Redirect, Response};
use axum::routing::get;
use index::Facet;

use crate::app::App;
use crate::pages::carried::Carried;
use crate::pages::filters;
use crate::pages::layout::Layout;
use crate::pages::present;
use crate::web::deprecation::{DEPRECATIONS, Deprecation};
use crate::web::problem::{KINDS, Kind};
use chapters::{CHAPTERS, Chapter};

/// Where the home of the documentation is.
const HOME: &str = "/docs";

/// The pages of the documentation, what they are made of, and the kinds of problem.
pub fn routes() -> Router<App> {
    let chapters = CHAPTERS.into_iter().fold(Router::new(), |router, chapter| {
        let show = move |State(app): State<App>, RawQuery(raw): RawQuery, headers: HeaderMap| async move {
            show_chapter(chapter, &app, raw.as_deref(), &headers)
        };
        router.route(chapter.path(), get(show))
    });
    chapters
        .route("/docs/", get(|| async { Redirect::permanent(HOME) }))
        .route(
            "/docs/docs.css",
            get(|RawQuery(query): RawQuery, headers: HeaderMap| async move {
                files::show_stylesheet(query.as_deref(), &headers)
            }),
        )
        .route("/docs/clients/{name}", get(files::show_program))
        .route("/problems", get(problems::list_problem_kinds))
        .route("/problems/{name}", get(problems::show_problem_kind))
}

/// One page of the documentation.
#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage {
    layout: Layout,
    frame: Frame,
    /// Which page it is.
    chapter: Chapter,
    /// The address under which the public reaches the service, without a slash at its end.
    origin: String,
    /// The programs that are shown.
    programs: &'static [files::Program],
    /// The parameters that filter by a concept.
    facets: Vec<&'static str>,
    kinds: &'static [Kind],
    deprecations: &'static [Deprecation],
}

/// What stands round every page of the documentation.
struct Frame {
    /// The address of our own style sheet, with its version.
    stylesheet: &'static str,
    chapters: Vec<ChapterLink>,
}

/// One line of the table of contents.
struct ChapterLink {
    href: String,
    label: &'static str,
    is_here: bool,
}

impl Frame {
    fn new(here: &str, carried: &Carried) -> Self {
        let link = |chapter: Chapter| ChapterLink {
            href: carried.address(chapter.path()),
            label: chapter.label(),
            is_here: chapter.path() == here,
        };
        Self { stylesheet: files::stylesheet(), chapters: CHAPTERS.map(link).into() }
    }
}

impl DocsPage {
    /// A program by its file name; its text is empty for a name that we do not show.
    fn program(&self, name: &str) -> &'static str {
        self.programs.iter().find(|program| program.name == name).map_or("", |program| program.text)
    }

    /// The page of one kind of problem.
    fn problem(&self, name: &str) -> String {
        self.layout.carried.address(&format!("/problems/{name}"))
    }
}

fn show_chapter(chapter: Chapter, app: &App, raw: Option<&str>, headers: &HeaderMap) -> Response {
    let carried = Carried::read(raw);
    let page = DocsPage {
        layout: Layout::new(chapter.title(), chapter.path()).scripted(&["copy.js"]).carrying(&carried),
        frame: Frame::new(chapter.path(), &carried),
        chapter,
        origin: app.public_url().to_owned(),
        programs: &files::PROGRAMS,
        facets: Facet::ALL.into_iter().map(Facet::name).collect(),
        kinds: KINDS,
        deprecations: DEPRECATIONS,
    };
    present(headers, &page)
}

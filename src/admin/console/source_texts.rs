//! The text of a source: written here and checked; every mistake stands beside its line. A new source is not harvested
//! before somebody has enabled it.

use askama::Template;
use axum::Extension;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::answers::Source;
use super::form::Form;
use super::frame::{Frame, Place, framed};
use super::refused::{Mistake, Refused};
use super::sources::address_of;
use super::visit::{Visit, back_to, segment};
use crate::pages::layout::Layout;
use crate::pages::{filters, present_once};
use crate::web::path::PathId;

/// What the empty form shows, for one to change: the keys that nearly every source has.
const EXAMPLE: &str = r#"id = "example-society"
name = "Careers in Example Science"
organisation = "Example Society"
homepage = "https://www.example.org/"
licence = "not-stated"           # or a concept of the licence vocabulary, such as "cc-by-4.0"
nation = "uk"                    # whose words for levels it uses
schedule = "weekly"              # manual, hourly, daily, weekly, monthly, or five cron fields
kind = "sitemap"                 # or oai-pmh, listing, feed, table, json, marc

[where]
url = "https://www.example.org/sitemap.xml"

[limits]
delay_ms = 1000                  # between two requests
"#;

/// A line of the text and what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    number: usize,
    text: String,
    mistakes: Vec<String>,
}

#[derive(Template)]
#[template(path = "admin/source_text.html")]
struct TextPage {
    layout: Layout,
    frame: Frame,
    title: String,
    /// Where the form is sent.
    action: String,
    back: String,
    toml: String,
    /// The text again with the mistakes beside its lines; none while nothing is known to be wrong.
    lines: Vec<Line>,
    /// What is wrong with no single line.
    general: Vec<String>,
    /// Whether it was checked just now, and nothing was found.
    is_right: bool,
    /// What the button that keeps it says.
    button: &'static str,
}

impl TextPage {
    fn new(visit: &Visit, id: Option<&str>, toml: String) -> Self {
        let title = id.map_or_else(|| "Add a source".to_owned(), |id| format!("Change {id}"));
        let (layout, frame) = framed(visit, Place::Sources, &title);
        Self {
            layout,
            frame,
            title,
            action: id.map_or_else(|| "/admin/add-source".to_owned(), |id| format!("{}/text", address_of(id))),
            back: id.map_or_else(|| "/admin/sources".to_owned(), address_of),
            toml,
            lines: Vec::new(),
            general: Vec::new(),
            is_right: false,
            button: if id.is_some() { "Change it" } else { "Add it" },
        }
    }

    fn with_mistakes(self, mistakes: Vec<Mistake>) -> Self {
        let (lines, general) = beside_lines(&self.toml, mistakes);
        Self { lines, general, ..self }
    }
}

/// The form with an example.
pub(super) async fn show_new(Extension(visit): Extension<Visit>) -> Response {
    present_once(StatusCode::OK, &TextPage::new(&visit, None, EXAMPLE.to_owned()))
}

/// Checks a new source, or adds it.
pub(super) async fn add_source(Extension(visit): Extension<Visit>, form: Form) -> Result<Response, Refused> {
    let page = TextPage::new(&visit, None, form.lines("toml"));
    if form.has("check") {
        return check(&visit, page).await;
    }
    match visit.post("/sources", &json!({ "toml": page.toml })).await {
        Ok(answer) => {
            let id = answer["id"].as_str().map(address_of);
            Ok(back_to(id.as_deref().unwrap_or("/admin/sources"), "source-added"))
        }
        Err(refused) => told_beside(page, refused),
    }
}

/// The form with the text of a source that was added here.
pub(super) async fn show_text(Extension(visit): Extension<Visit>, PathId(id): PathId) -> Result<Response, Refused> {
    let source: Source = visit.get(&format!("/sources/{}", segment(&id))).await?;
    Ok(present_once(StatusCode::OK, &TextPage::new(&visit, Some(&id), source.toml.unwrap_or_default())))
}

/// Checks the text of a source, or changes it.
pub(super) async fn change_source(
    Extension(visit): Extension<Visit>,
    PathId(id): PathId,
    form: Form,
) -> Result<Response, Refused> {
    let page = TextPage::new(&visit, Some(&id), form.lines("toml"));
    if form.has("check") {
        return check(&visit, page).await;
    }
    let path = format!("/sources/{}", segment(&id));
    match visit.send(Method::PUT, &path, &json!({ "toml": page.toml })).await {
        Ok(_) => Ok(back_to(&address_of(&id), "source-changed")),
        Err(refused) => told_beside(page, refused),
    }
}

async fn check(visit: &Visit, page: TextPage) -> Result<Response, Refused> {
    match visit.post("/sources/check", &json!({ "toml": page.toml })).await {
        Ok(_) => Ok(present_once(StatusCode::OK, &TextPage { is_right: true, ..page })),
        Err(refused) => told_beside(page, refused),
    }
}

fn told_beside(page: TextPage, refused: Refused) -> Result<Response, Refused> {
    if !refused.is_about_what_was_sent() {
        return Err(refused);
    }
    let status = refused.status;
    Ok(present_once(status, &page.with_mistakes(refused.into_mistakes())))
}

/// Puts mistakes beside the lines they name; what names no line of the text is told above it.
fn beside_lines(toml: &str, mistakes: Vec<Mistake>) -> (Vec<Line>, Vec<String>) {
    let line = |(index, text): (usize, &str)| Line { number: index + 1, text: text.to_owned(), mistakes: Vec::new() };
    let mut lines: Vec<Line> = toml.lines().enumerate().map(line).collect();
    let mut general = Vec::new();
    for mistake in mistakes {
        let (number, detail) = read_place(&mistake.detail);
        let says = match mistake.parameter.as_str() {
            "" | "toml" => detail.to_owned(),
            key => format!("{key}: {detail}"),
        };
        let at = number.and_then(|number| number.checked_sub(1)).filter(|at| *at < lines.len());
        match at {
            Some(at) => lines[at].mistakes.push(says),
            None => general.push(says),
        }
    }
    if lines.iter().all(|line| line.mistakes.is_empty()) {
        lines.clear();
    }
    (lines, general)
}

/// `line 12: unknown key` -> 12 and `unknown key`.
fn read_place(detail: &str) -> (Option<usize>, &str) {
    let read = || {
        let (number, rest) = detail.strip_prefix("line ")?.split_once(": ")?;
        Some((number.parse::<usize>().ok()?, rest))
    };
    read().map_or((None, detail), |(number, rest)| (Some(number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(parameter: &str, detail: &str) -> Mistake {
        Mistake { parameter: parameter.to_owned(), detail: detail.to_owned() }
    }

    #[test]
    fn a_mistake_stands_beside_its_line() {
        let told = vec![mistake("kind", "line 2: no kind is called so"), mistake("toml", "line 1: not TOML")];
        let (lines, general) = beside_lines("id = 1\nkind = 2\n", told);
        assert!(general.is_empty());
        assert_eq!(lines[0].mistakes, ["not TOML"]);
        assert_eq!(lines[1].mistakes, ["kind: no kind is called so"]);
    }

    #[test]
    fn what_names_no_line_is_told_above() {
        let told = vec![mistake("id", "a file has this id"), mistake("", "too long"), mistake("id", "line 9: past it")];
        let (lines, general) = beside_lines("id = 1\n", told);
        assert!(lines.is_empty());
        assert_eq!(general, ["id: a file has this id", "too long", "id: past it"]);
    }

    #[test]
    fn the_example_is_a_source() {
        let source = schemas::Source::parse("example-society.toml", EXAMPLE);
        assert!(source.is_ok(), "{:?}", source.err());
    }
}

//! What is printed of an answer: for programs the JSON as it came, for people the tables that a command names. And
//! `Refused`: what the API did not do, with every mistake by its name.

use std::fmt;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use crate::cli::output::{self, Format};

/// Text that others wrote is cut after so many characters, so that a table stays one; JSON has all of it.
const MAX_TEXT_CHARACTERS: usize = 80;

/// A part of an answer, as rows under columns.
#[derive(Debug)]
pub(super) struct Table {
    /// Where its rows are, as a JSON Pointer; what is no list there is one row.
    pub(super) at: &'static str,
    /// The heads and what stands below them.
    pub(super) columns: &'static [(&'static str, Cell)],
}

/// What stands in a cell. Pointers lead on from the row.
#[derive(Debug)]
pub(super) enum Cell {
    /// What is there; of a list its members.
    At(&'static str),
    /// Its beginning: others wrote it, at any length.
    Text(&'static str),
    /// Of each member of a list these parts.
    Each(&'static str, &'static [&'static str]),
}

/// Prints an answer.
pub(super) fn show(format: Format, answer: &Value, tables: &[Table]) {
    match format {
        Format::Json => {
            output::line(&answer.to_string());
        }
        Format::Text => show_tables(answer, tables),
    }
}

fn show_tables(answer: &Value, tables: &[Table]) {
    let mut is_first = true;
    for table in tables {
        let rows = rows_of(answer, table);
        // A list alone is shown empty too; what merely stands beside another is left out.
        if rows.is_empty() && tables.len() > 1 {
            continue;
        }
        if !is_first {
            output::line("");
        }
        is_first = false;
        let heads: Vec<&str> = table.columns.iter().map(|(head, _)| *head).collect();
        output::table(Format::Text, &heads, &rows);
    }
    if let Some(way_on) = way_on(answer) {
        output::note(&way_on);
    }
}

fn rows_of(answer: &Value, table: &Table) -> Vec<Vec<Value>> {
    let cells = |row: &Value| -> Vec<Value> { table.columns.iter().map(|(_, cell)| cell.of(row)).collect() };
    match answer.pointer(table.at) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(rows)) => rows.iter().map(cells).collect(),
        Some(one) => vec![cells(one)],
    }
}

/// How the rest of a list is seen, where there is one.
fn way_on(answer: &Value) -> Option<String> {
    let (_, query) = answer.pointer("/links/next")?.as_str()?.split_once('?')?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (name, value) = pairs.find(|(name, _)| matches!(name.as_ref(), "page" | "offset" | "before"))?;
    let total = answer.get("total").and_then(Value::as_u64)?;
    Some(format!("{total} in all; the next with --{name} {value}"))
}

impl Cell {
    fn of(&self, row: &Value) -> Value {
        match self {
            Self::At(pointer) => match row.pointer(pointer) {
                None => Value::Null,
                Some(Value::String(text)) => Value::String(one_line(text)),
                Some(Value::Array(members)) => joined(members.iter().map(plain)),
                Some(other) => other.clone(),
            },
            Self::Text(pointer) => {
                row.pointer(pointer).and_then(Value::as_str).map_or(Value::Null, |text| Value::String(cut(text)))
            }
            Self::Each(pointer, parts) => {
                let members = row.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
                joined(members.map(|member| {
                    let found = parts.iter().filter_map(|part| member.pointer(part)).filter(|part| !part.is_null());
                    found.map(plain).collect::<Vec<String>>().join(" ")
                }))
            }
        }
    }
}

/// Those that say something, in one line; null where none does.
fn joined(texts: impl Iterator<Item = String>) -> Value {
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    if texts.is_empty() { Value::Null } else { Value::String(texts.join(", ")) }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// Text as one line of a terminal: catalogues and users wrote it, and may have meant the terminal.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).collect()
}

fn cut(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(MAX_TEXT_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// What the admin API did not do: its problem document, as far as a person wants it. Source: RFC 9457.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    title: String,
    detail: String,
    mistakes: Vec<Mistake>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ProblemDocument {
    title: String,
    detail: String,
    errors: Vec<Mistake>,
}

/// What is wrong with one part of what was sent.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
struct Mistake {
    parameter: String,
    detail: String,
}

impl Refused {
    /// A problem that was answered; of what is no problem document at least the status.
    pub(super) fn of_answer(status: StatusCode, body: &[u8]) -> Self {
        let read: ProblemDocument = serde_json::from_slice(body).unwrap_or_default();
        let title = if read.title.is_empty() { format!("it was answered {status}") } else { read.title };
        Self { title, detail: read.detail, mistakes: read.errors }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.title))?;
        if !self.detail.is_empty() {
            write!(f, ": {}", one_line(&self.detail))?;
        }
        for Mistake { parameter, detail } in &self.mistakes {
            write!(f, "\n  `{}`: {}", one_line(parameter), one_line(detail))?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WORDS: Table = Table {
        at: "/results",
        columns: &[
            ("word", Cell::At("/word")),
            ("sources", Cell::Each("/sources", &["/id", "/records"])),
            ("concepts", Cell::At("/concepts")),
            ("detail", Cell::Text("/detail")),
        ],
    };

    #[test]
    fn a_row_is_one_line_whatever_others_wrote() {
        let answer = json!({ "results": [
            { "word": "Chem\u{1b}[2J\nistry", "sources": [{ "id": "a", "records": 2 }, { "id": "b", "records": null }],
              "concepts": [], "detail": "x".repeat(100) },
        ] });
        let rows = rows_of(&answer, &WORDS);
        let detail = format!("{}…", "x".repeat(MAX_TEXT_CHARACTERS));
        assert_eq!(rows, [[json!("Chem[2J istry"), json!("a 2, b"), Value::Null, json!(detail)]]);
    }

    #[test]
    fn what_is_no_list_is_one_row_and_what_is_missing_is_none() {
        let table = Table { at: "", columns: &[("generation", Cell::At("/generation"))] };
        assert_eq!(rows_of(&json!({ "generation": 7 }), &table), [[json!(7)]]);
        assert!(rows_of(&json!({}), &WORDS).is_empty());
    }

    #[test]
    fn a_list_that_goes_on_says_how() {
        let next = |address: &str| way_on(&json!({ "total": 130, "links": { "next": address } }));
        let page = next("/admin/v1/words?field=subjects&page=2");
        assert_eq!(page.as_deref(), Some("130 in all; the next with --page 2"));
        let part = next("/admin/v1/harvests/1/difference?offset=100&limit=100");
        assert_eq!(part.as_deref(), Some("130 in all; the next with --offset 100"));
        assert_eq!(way_on(&json!({ "total": 1, "links": { "next": null } })), None);
    }

    #[test]
    fn every_mistake_is_told_by_its_name() {
        let problem = br#"{"title": "Bad request", "detail": "1 parameters cannot be used",
            "errors": [{"parameter": "state", "detail": "`fixd` is none; did you mean `fixed`?"}]}"#;
        let refused = Refused::of_answer(StatusCode::BAD_REQUEST, problem);
        let expected =
            "Bad request: 1 parameters cannot be used\n  `state`: `fixd` is none; did you mean `fixed`?".to_owned();
        assert_eq!(refused.to_string(), expected);
        let nothing = Refused::of_answer(StatusCode::BAD_GATEWAY, b"<html>");
        assert_eq!(nothing.to_string(), "it was answered 502 Bad Gateway");
    }
}

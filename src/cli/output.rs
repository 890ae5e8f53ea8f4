//! What a command prints: a table for people or JSON for programs, on standard output.
#![expect(clippy::print_stderr, reason = "this is where a command speaks")]

use std::io::Write;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};

use crate::jobs::Progress;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Prints rows under these columns: aligned, or as a JSON array of objects.
pub(super) fn table(format: Format, columns: &[&str], rows: &[Vec<Value>]) {
    match format {
        Format::Json => {
            let objects: Vec<Value> = rows
                .iter()
                .map(|row| {
                    let named = columns.iter().zip(row).map(|(column, value)| ((*column).to_owned(), value.clone()));
                    Value::Object(named.collect::<Map<_, _>>())
                })
                .collect();
            line(&Value::Array(objects).to_string());
        }
        Format::Text => {
            let cells: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
            let widths: Vec<usize> = columns
                .iter()
                .enumerate()
                .map(|(place, column)| {
                    let widest = cells.iter().map(|row| row[place].chars().count()).max().unwrap_or(0);
                    widest.max(column.chars().count())
                })
                .collect();
            let heads: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
            for row in std::iter::once(&heads).chain(&cells) {
                let padded: Vec<String> =
                    row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
                line(padded.join("  ").trim_end());
            }
        }
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}

/// One line of a result. A reader that has gone away is no error: `signpost export | head`.
pub(super) fn line(text: &str) -> bool {
    writeln!(std::io::stdout().lock(), "{text}").is_ok()
}

/// A remark beside the results.
pub(super) fn note(text: &str) {
    eprintln!("{text}");
}

/// What broke.
pub(super) fn error(text: &str) {
    eprintln!("signpost: {text}");
}

/// A progress bar on standard error; it hides itself where nobody watches.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar for the work of this name.
    pub(super) fn new(name: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_style(spinner());
        bar.set_prefix(name.to_owned());
        Self(bar)
    }

    /// What moves the bar.
    pub(super) fn progress(&self) -> Progress {
        let bar = self.0.clone();
        Arc::new(move |done, total| {
            if let Some(total) = total
                && bar.length() != Some(total)
            {
                bar.set_length(total);
                bar.set_style(counted());
            }
            bar.set_position(done);
        })
    }

    /// Takes the bar away.
    pub(super) fn finish(self) {
        self.0.finish_and_clear();
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {prefix}: {pos} records, {elapsed}").expect("the template is fixed")
}

fn counted() -> ProgressStyle {
    ProgressStyle::with_template("{prefix}: [{bar:30}] {pos} of {len}, {elapsed}").expect("the template is fixed")
}

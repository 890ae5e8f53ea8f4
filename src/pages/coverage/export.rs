//! `/coverage.csv`: the same map for spreadsheets, with all the rows and columns that there is room for; as
//! `table=gaps` all its gaps, as `table=searches` all that was searched for in vain, and as `table=shared` all that
//! catalogues hold more than once. Four tables, for in one file only one kind of line may stand.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use index::Facet;

use super::asked::{AskedCoverage, Sheet};
use super::gaps::gaps;
use super::grid::{Grid, Head, Size};
use super::wanted::{Wanted, WantedConcept, wanted};
use super::{Labels, count, grid_of, legend, tag};
use crate::app::App;
use crate::catalogue::SharedCount;
use crate::csv::CsvWriter;
use crate::error::AppError;
use crate::pages::errors::PageError;
use crate::pages::wording::word;
use crate::web::etag;

const PATH: &str = "/coverage.csv";
/// More rows than any facet of ours has, publishers aside, and columns than a spreadsheet shows with ease.
const MOST: Size = Size { rows: 2_000, columns: 300 };

/// The map as CSV.
pub(in crate::pages) async fn export_coverage(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let (asked, sheet) = AskedCoverage::read_sheet(&app, raw.as_deref())?;
    let tag = tag(&app, &asked, PATH, raw.as_deref());
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let name = file_name(&asked, sheet);
    let coverage = count(&app, &asked).await?;
    let wanted = wanted(&app).await?;
    let shared = app.shared_counts_within_the_hour().await?;
    let labels = Labels::of(&app);
    // There may be 600,000 cells, and other requests wait for this thread.
    let table = tokio::task::spawn_blocking(move || {
        let grid = grid_of(&coverage, &asked, &labels, MOST);
        match sheet {
            Sheet::Counts => counts_table(&grid, &asked, &wanted),
            Sheet::Gaps => gaps_table(&grid, &asked),
            Sheet::Searches => searches_table(&labels, &wanted),
            Sheet::Shared => shared_table(&labels, &shared),
        }
    });
    let table = table.await.map_err(|error| AppError::Internal(error.into()))?;
    let mut response = ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], table).into_response();
    // The names of facets are letters and underscores, so it is a header value.
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(etag::with_tag(response, &tag))
}

fn file_name(asked: &AskedCoverage, sheet: Sheet) -> String {
    let axes = asked.shown.axes;
    let (rows, columns) = (axes.rows.name(), axes.columns.name());
    match sheet {
        Sheet::Counts => format!("coverage-{rows}-{columns}"),
        Sheet::Gaps => format!("coverage-gaps-{rows}-{columns}"),
        Sheet::Searches => "coverage-searches".to_owned(),
        Sheet::Shared => "coverage-shared".to_owned(),
    }
}

/// First all together, then a line for each row. Last in each line, and below each column, in how many searches it was
/// asked for in vain.
fn counts_table(grid: &Grid, asked: &AskedCoverage, wanted: &Wanted) -> String {
    let labels = || grid.columns.iter().map(|column| column.label.as_str());
    let counts = |row: &[u64]| -> Vec<String> { row.iter().map(u64::to_string).collect() };
    let totals: Vec<u64> = grid.columns.iter().map(|column| column.count).collect();
    let searches =
        |facet, id: &str| wanted.searches_for(facet, id).map(|number| number.to_string()).unwrap_or_default();
    let rows = legend(asked.shown.axes.rows);
    let mut table = CsvWriter::new();
    let ends = (word("coverage.csv-id"), word("coverage.csv-all"), word("coverage.csv-not-found"));
    table.row([ends.0, rows, ends.1].into_iter().chain(labels()).chain([ends.2]));
    let first = [String::new(), ends.1.to_owned(), grid.total.to_string()];
    table.row(first.into_iter().chain(counts(&totals)).chain([String::new()]));
    for (head, cells) in grid.rows.iter().zip(&grid.cells) {
        let Head { id, label, count, .. } = head;
        let first = [id.clone(), label.clone(), count.to_string()];
        table.row(first.into_iter().chain(counts(cells)).chain([searches(asked.shown.axes.rows, id)]));
    }
    let first = [String::new(), ends.2.to_owned(), String::new()];
    let below = grid.columns.iter().map(|column| searches(asked.shown.axes.columns, &column.id));
    table.row(first.into_iter().chain(below).chain([String::new()]));
    table.take()
}

/// A line for each gap, the widest first.
fn gaps_table(grid: &Grid, asked: &AskedCoverage) -> String {
    let axes = asked.shown.axes;
    let id = word("coverage.csv-id");
    let mut table = CsvWriter::new();
    table.row([
        id,
        legend(axes.rows),
        id,
        legend(axes.columns),
        word("coverage.csv-count"),
        word("coverage.csv-usual"),
    ]);
    for gap in gaps(grid) {
        let (row, column) = (&grid.rows[gap.row], &grid.columns[gap.column]);
        let (count, usual) = (gap.count.to_string(), gap.usual.to_string());
        table.row([&row.id, &row.label, &column.id, &column.label, &count, &usual]);
    }
    table.take()
}

/// A line for each concept that was searched for in vain, the most wanted first.
fn searches_table(labels: &Labels, wanted: &Wanted) -> String {
    let mut table = CsvWriter::new();
    let names =
        ["coverage.csv-facet", "coverage.csv-id", "coverage.csv-label", "coverage.csv-not-found", "coverage.csv-count"];
    table.row(names.map(word));
    for WantedConcept { facet, id, searches, resources } in wanted.concepts() {
        let (label, searches, resources) = (labels.value(*facet, id), searches.to_string(), resources.to_string());
        table.row([legend(*facet), id.as_str(), label.as_str(), searches.as_str(), resources.as_str()]);
    }
    table.take()
}

/// A line for each pair of catalogues, those with most in common first; of what one holds twice both are the same.
fn shared_table(labels: &Labels, shared: &[SharedCount]) -> String {
    let (id, source) = (word("coverage.csv-id"), legend(Facet::Source));
    let mut table = CsvWriter::new();
    table.row([
        id,
        source,
        id,
        source,
        word("coverage.csv-shared"),
        word("coverage.csv-of-first"),
        word("coverage.csv-of-second"),
    ]);
    for SharedCount { one, other, resources, of_one, of_other } in shared {
        let (one, other) = (one.as_str(), other.as_str());
        let (first, second) = (labels.value(Facet::Source, one), labels.value(Facet::Source, other));
        let figures = [resources, of_one, of_other].map(u64::to_string);
        let [resources, of_one, of_other] = figures.each_ref().map(String::as_str);
        table.row([one, first.as_str(), other, second.as_str(), resources, of_one, of_other]);
    }
    table.take()
}

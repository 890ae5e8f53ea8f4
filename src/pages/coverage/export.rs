//! `/coverage.csv`: the same map as a table for a spreadsheet, with all the rows and columns that it has room for.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::asked::AskedCoverage;
use super::grid::{Grid, Head};
use super::wanted::{Wanted, wanted};
use super::{count_grid, legend};
use crate::api::formats::csv::CsvWriter;
use crate::app::App;
use crate::pages::errors::PageError;
use crate::pages::wording::word;
use crate::web::etag;

/// More rows than any facet of ours has, publishers aside, and columns than a spreadsheet shows with ease.
const LIMITS: [usize; 2] = [2_000, 300];

/// The map as CSV.
pub(in crate::pages) async fn export_coverage(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let asked = AskedCoverage::read(&app, raw.as_deref())?;
    let grid = count_grid(&app, &asked, LIMITS).await?;
    let wanted = wanted(&app).await?;
    let mut response = etag::answer(&headers, "text/csv; charset=utf-8", table_of(&grid, &asked, &wanted));
    // The names of facets are letters and underscores, so it is a header value.
    let name = format!("coverage-{}-{}.csv", asked.axes.rows.name(), asked.axes.columns.name());
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// First all together, then a line for each row; last in each line in how many searches it was asked for in vain.
fn table_of(grid: &Grid, asked: &AskedCoverage, wanted: &Wanted) -> String {
    let labels = || grid.columns.iter().map(|column| column.label.as_str());
    let counts = |row: &[u64]| -> Vec<String> { row.iter().map(u64::to_string).collect() };
    let totals: Vec<u64> = grid.columns.iter().map(|column| column.count).collect();
    let rows = legend(asked.axes.rows);
    let mut table = CsvWriter::new();
    let ends = (word("coverage.csv-id"), word("coverage.csv-all"), word("coverage.csv-not-found"));
    table.row([ends.0, rows, ends.1].into_iter().chain(labels()).chain([ends.2]));
    let first = [String::new(), ends.1.to_owned(), grid.total.to_string()];
    table.row(first.into_iter().chain(counts(&totals)).chain([String::new()]));
    for (head, cells) in grid.rows.iter().zip(&grid.cells) {
        let Head { id, label, count, .. } = head;
        let searches = wanted.searches_for(asked.axes.rows, id).map(|searches| searches.to_string());
        let first = [id.clone(), label.clone(), count.to_string()];
        table.row(first.into_iter().chain(counts(cells)).chain([searches.unwrap_or_default()]));
    }
    table.take()
}

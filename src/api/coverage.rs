//! `GET /v1/coverage`: the values of any two facets counted together, which shows where the gaps are.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use index::{CoverageValue, Facet, NOT_STATED};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::openapi::{NarrowingParameters, one_of, parameter, up_to};
use super::search_answer::IndexAnswer;
use crate::app::{App, CoverageOf};
use crate::error::AppError;
use crate::web::caller::Caller;
use crate::web::etag;
use crate::web::links::Links;
use crate::web::mistakes::Mistakes;
use crate::web::problem::Problem;
use crate::web::query::{Axes, Part, SearchQuery};
use crate::web::values::Values;

/// More rows than a person reads.
const DEFAULT_LIMIT: usize = 100;
/// So many rows and columns make some forty thousand cells: 3 MB, which nobody wants larger.
const MAX_LIMIT: usize = 200;

const OWN: [&str; 3] = ["rows", "columns", "limit"];
/// What is counted is narrowed as a search is; no results are listed, so nothing says how.
const PART: Part = Part { showing: &[], own: &OWN };

/// Two facets counted together.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageAnswer {
    /// The values of the first facet, the most frequent first; last, as `_none`, what states none.
    pub rows: Vec<CoverageValueAnswer>,
    /// The values of the second facet, likewise.
    pub columns: Vec<CoverageValueAnswer>,
    /// How many resources have both, row by row. What is not listed is 0.
    pub cells: Vec<CoverageCellAnswer>,
    /// How many further values the first facet has.
    pub more_rows: usize,
    /// How many further values the second facet has.
    pub more_columns: usize,
    /// How many resources there are, whatever is selected in these two facets.
    pub total: u64,
    /// This address.
    pub links: Links,
    /// The index that answered.
    pub index: IndexAnswer,
}

/// One value of a facet.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageValueAnswer {
    /// The value as a parameter takes it.
    pub id: String,
    /// The value as people read it.
    pub label: String,
    /// How many resources a search for it gives.
    pub count: u64,
}

/// A value of each facet.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageCellAnswer {
    /// The id of the row.
    pub row: String,
    /// The id of the column.
    pub column: String,
    /// How many resources a search with both gives.
    pub count: u64,
}

/// The parameters of coverage, beside those that narrow a search.
pub struct CoverageParameters;

impl utoipa::IntoParams for CoverageParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let facets = Facet::ALL.map(Facet::name);
        let rows =
            "The facet whose values are the rows; `subject` when left out, or `level` where that is not the column.";
        let columns = "The facet whose values are the columns, another than that of the rows; `level` when left out, or \
                       `subject` where the rows are levels.";
        let limit = format!(
            "At most so many rows and as many columns, those that count most, besides `_none`; {DEFAULT_LIMIT} when left \
             out."
        );
        vec![
            parameter("rows", rows, one_of(&facets), "subject"),
            parameter("columns", columns, one_of(&facets), "level"),
            parameter("limit", &limit, up_to(MAX_LIMIT), 20),
        ]
    }
}

/// The values of two facets counted together.
///
/// Takes everything that narrows a search. Every count is the number of results of that search with the row and the column
/// selected; a selection in one of the two facets themselves is as if it were not made.
#[utoipa::path(
    get, path = "/v1/coverage", tag = "Search", operation_id = "show_coverage",
    params(CoverageParameters, NarrowingParameters),
    responses(
        (status = 200, description = "The counts", body = CoverageAnswer),
        (status = 304, description = "Nothing has changed since the answer whose ETag was sent"),
        (status = 400, description = "Parameters that cannot be used, all at once", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show_coverage(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let (query, asked) =
        SearchQuery::parse_beside(raw.as_deref().unwrap_or_default(), &app, &PART, caller.view(), AskedCoverage::read)?;
    let tag = etag::of_index(&app, query.request.now, &format!("coverage {}", query.cache_key()));
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let coverage = app.coverage(query.request.clone(), asked.axes.rows, asked.axes.columns).await?;
    let this = format!("/v1/coverage{}", query.as_asked().trim_start_matches('/'));
    let answer = present(&coverage, &asked, &app.source_names(), this);
    Ok(etag::with_tag(Json(answer).into_response(), &tag))
}

/// What is counted, and how much of it is shown.
#[derive(Debug, PartialEq, Eq)]
struct AskedCoverage {
    axes: Axes,
    limit: usize,
}

impl AskedCoverage {
    fn read(values: &Values, mistakes: &mut Mistakes) -> Self {
        let axes = Axes::read(values, mistakes);
        if axes.are_same() {
            mistakes.add("columns", format!("`{}` is what the rows are; another facet is needed", axes.columns.name()));
        }
        let limit = values.number("limit", 1..=MAX_LIMIT, mistakes).unwrap_or(DEFAULT_LIMIT);
        Self { axes, limit }
    }
}

/// Which values of a facet are shown: the first ones, which count most, and what states none.
struct Shown {
    first: usize,
    not_stated: Option<usize>,
    more: usize,
}

impl Shown {
    fn of(values: &[CoverageValue], limit: usize) -> Self {
        let not_stated = values.iter().position(|value| &*value.id == NOT_STATED);
        let stated = values.len() - usize::from(not_stated.is_some());
        Self { first: stated.min(limit), not_stated, more: stated.saturating_sub(limit) }
    }

    fn has(&self, place: usize) -> bool {
        place < self.first || self.not_stated == Some(place)
    }
}

fn present(
    coverage: &CoverageOf,
    asked: &AskedCoverage,
    source_names: &BTreeMap<String, String>,
    this: String,
) -> CoverageAnswer {
    let (rows, columns) = (Shown::of(&coverage.rows, asked.limit), Shown::of(&coverage.columns, asked.limit));
    let cells = coverage.cells.iter().filter(|cell| rows.has(cell.row) && columns.has(cell.column));
    let cells = cells.map(|cell| CoverageCellAnswer {
        row: coverage.rows[cell.row].id.to_string(),
        column: coverage.columns[cell.column].id.to_string(),
        count: cell.count,
    });
    CoverageAnswer {
        cells: cells.collect(),
        rows: present_values(&coverage.rows, &rows, asked.axes.rows, source_names),
        columns: present_values(&coverage.columns, &columns, asked.axes.columns, source_names),
        more_rows: rows.more,
        more_columns: columns.more,
        total: coverage.total,
        links: Links { this, next: None, prev: None },
        index: IndexAnswer { generation: coverage.generation, seq: coverage.position },
    }
}

fn present_values(
    values: &[CoverageValue],
    shown: &Shown,
    facet: Facet,
    source_names: &BTreeMap<String, String>,
) -> Vec<CoverageValueAnswer> {
    // The index knows a source by its id alone.
    let name_of = |id: &str| source_names.get(id).filter(|_| facet == Facet::Source).cloned();
    let values = values.iter().enumerate().filter(|(place, _)| shown.has(*place));
    let present = |(_, value): (usize, &CoverageValue)| CoverageValueAnswer {
        id: value.id.to_string(),
        label: name_of(&value.id).unwrap_or_else(|| value.label.to_string()),
        count: value.count,
    };
    values.map(present).collect()
}

#[cfg(test)]
mod tests {
    use index::CoverageCell;

    use super::*;

    fn value(id: &str, count: u64) -> CoverageValue {
        CoverageValue { id: id.into(), label: id.to_uppercase().into(), count }
    }

    fn asked(raw: &str) -> (AskedCoverage, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let asked = AskedCoverage::read(&Values::pick(Some(raw), &OWN, &mut mistakes), &mut mistakes);
        let told = mistakes.into_result().err().unwrap_or_default();
        (asked, told.into_iter().map(|mistake| mistake.parameter).collect())
    }

    #[test]
    fn what_is_cut_is_counted_and_what_states_nothing_stays_last() {
        let cell = |row, column, count| CoverageCell { row, column, count };
        let coverage = CoverageOf {
            total: 9,
            rows: vec![value("a", 5), value("b", 2), value("c", 1), value(NOT_STATED, 3)],
            columns: vec![value("x", 4), value("y", 3)],
            cells: vec![cell(0, 0, 4), cell(1, 1, 1), cell(2, 1, 1), cell(3, 0, 2)],
            generation: 1,
            position: 7,
        };
        let facets = asked("rows=source&limit=2").0;
        let names = BTreeMap::from([("a".to_owned(), "Catalogue A".to_owned())]);
        let answer = present(&coverage, &facets, &names, "/v1/coverage".to_owned());
        let rows: Vec<(&str, &str)> = answer.rows.iter().map(|row| (row.id.as_str(), row.label.as_str())).collect();
        assert_eq!(rows, [("a", "Catalogue A"), ("b", "B"), ("_none", "_NONE")]);
        assert_eq!((answer.more_rows, answer.more_columns, answer.columns.len()), (1, 0, 2));
        let cells: Vec<(&str, &str)> =
            answer.cells.iter().map(|cell| (cell.row.as_str(), cell.column.as_str())).collect();
        assert_eq!(cells, [("a", "x"), ("b", "y"), ("_none", "x")]);
    }

    #[test]
    fn two_different_facets_are_counted_whichever_is_left_out() {
        let names = |raw: &str| {
            let (asked, told) = asked(raw);
            assert!(told.is_empty(), "{raw}: {told:?}");
            (asked.axes.rows.name(), asked.axes.columns.name(), asked.limit)
        };
        assert_eq!(names(""), ("subject", "level", 100));
        assert_eq!(names("rows=level"), ("level", "subject", 100));
        assert_eq!(names("columns=subject"), ("level", "subject", 100));
        assert_eq!(names("rows=publisher&q=soap&limit=200"), ("publisher", "level", 200));
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        assert_eq!(asked("rows=subjects&columns=levle&limit=0").1, ["rows", "columns", "limit"]);
        assert_eq!(asked("rows=level&columns=level&limit=201").1, ["columns", "limit"]);
    }
}

//! The values of two facets counted together: where there is much, and where there is nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tantivy::DocId;

use super::gates::counting;
use crate::columns::{Columns, Dictionary, SetColumn, Values};
use crate::request::{Facet, NOT_STATED};
use crate::results::{Coverage, CoverageCell, CoverageValue};

/// What people read where nothing is stated.
const NOT_STATED_LABEL: &str = "Not stated";

/// A value of one of the facets; `None` for what states nothing there.
type Number = Option<u32>;

/// How many matches have each two values.
#[derive(Debug)]
pub(crate) struct Crosstab {
    pub(super) facets: [Facet; 2],
    /// By value, for each of the two.
    totals: [HashMap<Number, u64>; 2],
    pairs: HashMap<[Number; 2], u64>,
}

impl Crosstab {
    pub(super) fn of(facets: [Facet; 2]) -> Self {
        Self { facets, totals: [HashMap::new(), HashMap::new()], pairs: HashMap::new() }
    }

    /// Counts documents of one segment. No document is in two of the lists: what fails in one facet fails in no other.
    pub(super) fn add(&mut self, columns: &Columns, docs: [&[DocId]; 3], stated_only: bool) {
        let [rows, others] = self.facets.map(|facet| columns.facet(facet));
        let mut sets: HashMap<[usize; 2], u64> = HashMap::new();
        for doc in docs.into_iter().flatten() {
            *sets.entry([rows.numbers().at(*doc), others.numbers().at(*doc)]).or_default() += 1;
        }
        for ([row_set, other_set], times) in sets {
            let row_values = values_of(rows, row_set, stated_only);
            let other_values = values_of(others, other_set, stated_only);
            for row in &row_values {
                *self.totals[0].entry(*row).or_default() += times;
                for other in &other_values {
                    *self.pairs.entry([*row, *other]).or_default() += times;
                }
            }
            for other in other_values {
                *self.totals[1].entry(other).or_default() += times;
            }
        }
    }
}

fn values_of(column: &SetColumn, set: usize, stated_only: bool) -> Vec<Number> {
    let values: Vec<Number> = counting(column.values(set), stated_only).map(|value| Some(value.number())).collect();
    if values.is_empty() { vec![None] } else { values }
}

/// The counts as an answer gives them.
pub(crate) fn coverage(crosstab: &Crosstab, dictionary: &Dictionary) -> Coverage {
    let [rows, columns] = [0, 1].map(|side| listed(&crosstab.totals[side], &dictionary.values(crosstab.facets[side])));
    let place = |listed: &[(Number, CoverageValue)]| -> HashMap<Number, usize> {
        listed.iter().enumerate().map(|(place, (number, _))| (*number, place)).collect()
    };
    let (row_places, column_places) = (place(&rows), place(&columns));
    let cells: BTreeMap<(usize, usize), u64> = crosstab
        .pairs
        .iter()
        .map(|([row, column], count)| ((row_places[row], column_places[column]), *count))
        .collect();
    let values = |listed: Vec<(Number, CoverageValue)>| listed.into_iter().map(|(_, value)| value).collect();
    Coverage {
        rows: values(rows),
        columns: values(columns),
        cells: cells.into_iter().map(|((row, column), count)| CoverageCell { row, column, count }).collect(),
    }
}

/// The values that have matches, the most frequent first, then by label; last what states nothing.
fn listed(totals: &HashMap<Number, u64>, values: &Values) -> Vec<(Number, CoverageValue)> {
    let mut listed: Vec<(Number, CoverageValue)> = totals
        .iter()
        .map(|(number, count)| {
            let (id, label) = match number {
                Some(number) => {
                    let value = values.get(*number);
                    (Arc::clone(&value.id), Arc::clone(&value.label))
                }
                None => (Arc::from(NOT_STATED), Arc::from(NOT_STATED_LABEL)),
            };
            (*number, CoverageValue { id, label, count: *count })
        })
        .collect();
    listed.sort_unstable_by(|(a_number, a), (b_number, b)| {
        (a_number.is_none(), b.count, &a.label, &a.id).cmp(&(b_number.is_none(), a.count, &b.label, &b.id))
    });
    listed
}

//! The grid: the values of two facets against each other, each pair with its count. Pure: what the index counted goes in,
//! and out come rows and columns in the order in which a reader expects them, with those that nothing has among them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use index::{CoverageValue, Facet, NOT_STATED};
use schemas::{ControlledField, LinkState, Vocabularies};

use super::asked::{Axes, Extent, LEVEL};
use crate::app::CoverageOf;
use crate::pages::facet_words::value_label;
use crate::pages::levels;

/// So many concepts a vocabulary has at most that is shown whole. The types of resources are 35; of those that have more
/// (sectors, routes, jobs) most would be empty rows that nobody reads.
const MOST_SHOWN_WHOLE: usize = 40;

/// From so many resources on a cell has the next darker shade. They are the same on every map, so that two maps, or one
/// in two years, can be compared: a handful, a choice, a shelf, more than anybody looks through.
pub(super) const SHADES_FROM: [u64; 5] = [1, 5, 20, 50, 200];

/// What a grid is made of besides the counts.
pub(super) struct GridContext<'a> {
    pub(super) axes: Axes,
    /// Whose stages the levels are.
    pub(super) nation: &'a str,
    pub(super) vocabularies: &'a Vocabularies,
    /// The names of the catalogues by id.
    pub(super) sources: &'a BTreeMap<String, String>,
    /// At most so many rows, and so many columns, besides what states nothing.
    pub(super) limits: [usize; 2],
}

/// Two facets against each other.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) rows: Vec<Head>,
    pub(super) columns: Vec<Head>,
    /// The counts, row by row, as many as there are columns.
    pub(super) cells: Vec<Vec<u64>>,
    /// How many further rows there would be.
    pub(super) more_rows: usize,
    /// How many further columns.
    pub(super) more_columns: usize,
    /// How many resources there are.
    pub(super) total: u64,
}

/// A value at the head of a row or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) label: String,
    /// How many resources have it, whatever else they have.
    pub(super) count: u64,
    /// Its place in what the index counted; `None` for what nothing has.
    place: Option<usize>,
}

impl Head {
    /// Whether it stands for what states nothing.
    pub(super) fn is_not_stated(&self) -> bool {
        self.id == NOT_STATED
    }
}

/// Lays out what the index counted.
pub(super) fn lay_out(coverage: &CoverageOf, context: &GridContext<'_>) -> Grid {
    let [most_rows, most_columns] = context.limits;
    let (rows, more_rows) = heads(&coverage.rows, context.axes.rows, most_rows, context);
    let (columns, more_columns) = heads(&coverage.columns, context.axes.columns, most_columns, context);
    let counts: HashMap<(usize, usize), u64> =
        coverage.cells.iter().map(|cell| ((cell.row, cell.column), cell.count)).collect();
    let count = |row: &Head, column: &Head| {
        let pair = row.place.zip(column.place);
        pair.and_then(|pair| counts.get(&pair)).copied().unwrap_or(0)
    };
    let cells = rows.iter().map(|row| columns.iter().map(|column| count(row, column)).collect()).collect();
    Grid { rows, columns, cells, more_rows, more_columns, total: coverage.total }
}

/// Which shade a count has: 0 for none, then as many as [`SHADES_FROM`] says.
pub(super) fn shade(count: u64) -> usize {
    SHADES_FROM.iter().filter(|from| count >= **from).count()
}

/// The heads of one side, and how many more there would be. Where there are too many, those that most resources have stay.
fn heads(counted: &[CoverageValue], facet: Facet, most: usize, context: &GridContext<'_>) -> (Vec<Head>, usize) {
    let places: HashMap<&str, usize> = counted.iter().enumerate().map(|(place, value)| (&*value.id, place)).collect();
    let head = |id: &str| {
        let place = places.get(id).copied();
        let count = place.and_then(|place| counted.get(place)).map_or(0, |value| value.count);
        let label = value_label(context.vocabularies, context.sources, facet, id);
        Head { id: id.to_owned(), label, count, place }
    };
    let all = ids(counted, facet, context);
    let more = all.len().saturating_sub(most);
    let mut heads: Vec<Head> = all.into_iter().map(head).collect();
    if more > 0 {
        keep_greatest(&mut heads, most);
    }
    if places.contains_key(NOT_STATED) {
        heads.push(head(NOT_STATED));
    }
    (heads, more)
}

/// Takes out all but those with the greatest counts; the order stays.
fn keep_greatest(heads: &mut Vec<Head>, most: usize) {
    let mut counts: Vec<(u64, usize)> = heads.iter().enumerate().map(|(nth, head)| (head.count, nth)).collect();
    counts.sort_by_key(|(count, nth)| (Reverse(*count), *nth));
    let kept: HashSet<usize> = counts.into_iter().take(most).map(|(_, nth)| nth).collect();
    let mut nth = 0;
    heads.retain(|_| {
        nth += 1;
        kept.contains(&(nth - 1))
    });
}

/// The ids of one side in their order, but for what states nothing.
fn ids<'a>(counted: &'a [CoverageValue], facet: Facet, context: &GridContext<'a>) -> Vec<&'a str> {
    if let Some(main) = main_ids(facet, context).filter(|_| context.axes.extent == Extent::Main) {
        return main;
    }
    let mut ids: Vec<&str> = counted.iter().map(|value| &*value.id).filter(|id| *id != NOT_STATED).collect();
    if facet == LEVEL {
        let list = context.vocabularies.of(ControlledField::Level);
        ids.sort_by_key(|id| levels::place(list, id));
    }
    ids
}

/// The values that a list of this facet shows first, whether anything has them or not; `None` where there is no such list.
fn main_ids<'a>(facet: Facet, context: &GridContext<'a>) -> Option<Vec<&'a str>> {
    let field = match facet {
        Facet::Controlled(field) => field,
        Facet::Link => return Some(LinkState::ALL.map(LinkState::name).into()),
        Facet::Source | Facet::Publisher => return None,
    };
    let list = context.vocabularies.of(field);
    if field == ControlledField::Level {
        return Some(levels::stages_of(list, context.nation).into_iter().map(|stage| stage.id.as_str()).collect());
    }
    let is_main = |concept: &&schemas::Concept| field != ControlledField::Subject || concept.facet == Some(true);
    let main: Vec<&str> = list.concepts.iter().filter(is_main).map(|concept| concept.id.as_str()).collect();
    (main.len() <= MOST_SHOWN_WHOLE).then_some(main)
}

#[cfg(test)]
pub(super) mod tests {
    use index::CoverageCell;

    use super::super::asked::SUBJECT;
    use super::*;

    fn value(id: &str, count: u64) -> CoverageValue {
        CoverageValue { id: id.into(), label: id.into(), count }
    }

    /// Subjects against levels, a thousand resources in all.
    fn counted() -> CoverageOf {
        let cell = |row, column, count| CoverageCell { row, column, count };
        CoverageOf {
            total: 1_000,
            rows: vec![
                value("science", 400),
                value("cyber-security", 90),
                value("chemistry", 80),
                value(NOT_STATED, 7),
            ],
            columns: vec![value("cfe-third", 500), value("ks3", 400), value("ks2", 300), value("eng-year-9", 100)],
            cells: vec![cell(0, 1, 250), cell(0, 2, 49), cell(2, 1, 78), cell(2, 2, 2), cell(3, 1, 5)],
            generation: 1,
            position: 1,
        }
    }

    /// That grid, as a visitor from England sees it.
    pub(in super::super) fn grid_of(extent: Extent, limits: [usize; 2]) -> Grid {
        let axes = Axes { rows: SUBJECT, columns: LEVEL, extent, was_same: false };
        let (vocabularies, sources) = (Vocabularies::shipped(), BTreeMap::new());
        lay_out(&counted(), &GridContext { axes, nation: "england", vocabularies, sources: &sources, limits })
    }

    #[test]
    fn the_stages_of_the_nation_stand_in_their_order_and_subjects_that_nothing_has_are_seen() {
        let grid = grid_of(Extent::Main, [60, 20]);
        let columns: Vec<&str> = grid.columns.iter().map(|column| column.id.as_str()).collect();
        assert_eq!(columns, ["eng-eyfs", "ks1", "ks2", "ks3", "ks4", "ks5"]);
        assert_eq!(grid.rows[0].id, "science");
        let physics = grid.rows.iter().position(|row| row.id == "physics").expect("physics is a main subject");
        assert!(grid.cells[physics].iter().all(|count| *count == 0));
        assert!(grid.rows.iter().all(|row| row.id != "cyber-security"), "no main subject");
        assert_eq!(grid.cells[0], [0, 0, 49, 250, 0, 0]);
        assert_eq!(grid.rows.last().map(Head::is_not_stated), Some(true));
    }

    #[test]
    fn of_too_many_the_greatest_stay_and_the_rest_is_counted() {
        let grid = grid_of(Extent::All, [2, 3]);
        let rows: Vec<&str> = grid.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(rows, ["science", "cyber-security", NOT_STATED]);
        let columns: Vec<&str> = grid.columns.iter().map(|column| column.id.as_str()).collect();
        assert!(columns.len() == 3 && !columns.contains(&"eng-year-9"), "{columns:?}");
        assert_eq!((grid.more_rows, grid.more_columns), (1, 1));
    }

    #[test]
    fn there_are_six_shades() {
        for (count, expected) in [(0, 0), (1, 1), (4, 1), (5, 2), (20, 3), (50, 4), (199, 4), (200, 5), (9_999, 5)] {
            assert_eq!(shade(count), expected, "{count}");
        }
    }
}

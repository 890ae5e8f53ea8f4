//! The subjects by level as the start page shows them: the grid of the map of what there is, without the subjects and
//! stages of which there is nothing.

use std::collections::BTreeMap;

use schemas::Vocabularies;

use crate::app::CoverageOf;
use crate::pages::carried::Carried;
use crate::pages::coverage::Extent;
use crate::pages::coverage::grid::{self as map, GridContext, Size, lay_out, shade};
use crate::pages::wording;
use crate::web::query::{Axes, LEVEL, SUBJECT};

/// Subjects against levels.
pub(super) const AXES: Axes = Axes { rows: SUBJECT, columns: LEVEL };
/// More than there are main subjects, and stages of a nation.
const MOST: Size = Size { rows: 60, columns: 24 };

/// The grid; it has at least one row and one column.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) columns: Vec<Head>,
    pub(super) rows: Vec<Row>,
}

/// The head of a column.
#[derive(Debug)]
pub(super) struct Head {
    /// The search for it.
    pub(super) href: String,
    pub(super) label: String,
}

/// One subject.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) head: Head,
    /// The name of the drawing beside it.
    pub(super) icon: String,
    /// One for each column.
    pub(super) cells: Vec<Cell>,
}

/// One subject at one stage.
#[derive(Debug)]
pub(super) struct Cell {
    /// The search for both; `None` where it would find nothing.
    pub(super) href: Option<String>,
    /// "1,204".
    pub(super) count: String,
    /// What is counted, for those who hear the number alone: "Chemistry, Key Stage 3".
    pub(super) of: String,
    /// How much it is, as on the map of what there is.
    pub(super) shade: usize,
}

/// The grid in the words of the visitor's nation; `None` while there is nothing to lay out.
pub(super) fn grid(coverage: &CoverageOf, carried: &Carried, vocabularies: &Vocabularies) -> Option<Grid> {
    let (nation, sources) = (carried.nation(), BTreeMap::new());
    let context = GridContext { axes: AXES, extent: Extent::Main, nation, vocabularies, sources: &sources, most: MOST };
    let laid = lay_out(coverage, &context);
    let is_shown = |head: &map::Head| head.count > 0 && !head.is_not_stated();
    let columns: Vec<(usize, &map::Head)> =
        laid.columns.iter().enumerate().filter(|(_, column)| is_shown(column)).collect();
    // What is for no stage at all, or for that of another nation alone, is found by its subject elsewhere.
    let has_any = |counts: &[u64]| columns.iter().any(|(place, _)| counts[*place] > 0);
    let subjects = laid.rows.iter().zip(&laid.cells).filter(|(subject, counts)| is_shown(subject) && has_any(counts));
    let row = |(subject, counts): (&map::Head, &Vec<u64>)| Row {
        head: Head { href: carried.address(&format!("/?subject={}", subject.id)), label: subject.label.clone() },
        icon: format!("subject-{}", subject.id),
        cells: columns.iter().map(|(place, stage)| cell(counts[*place], subject, stage, carried)).collect(),
    };
    let rows: Vec<Row> = subjects.map(row).collect();
    let head = |(_, stage): &(usize, &map::Head)| Head {
        href: carried.address(&format!("/?level={}", stage.id)),
        label: stage.label.clone(),
    };
    (!rows.is_empty()).then(|| Grid { columns: columns.iter().map(head).collect(), rows })
}

fn cell(count: u64, subject: &map::Head, stage: &map::Head, carried: &Carried) -> Cell {
    let href = || carried.address(&format!("/?subject={}&level={}", subject.id, stage.id));
    Cell {
        href: (count > 0).then(href),
        count: wording::thousands(count),
        of: format!("{}, {}", subject.label, stage.label),
        shade: shade(count),
    }
}

#[cfg(test)]
mod tests {
    use index::{CoverageCell, CoverageValue};

    use super::*;

    fn value(id: &str, count: u64) -> CoverageValue {
        CoverageValue { id: id.into(), label: id.into(), count }
    }

    fn coverage(rows: Vec<CoverageValue>, columns: Vec<CoverageValue>, cells: Vec<CoverageCell>) -> CoverageOf {
        CoverageOf { total: 9, rows, columns, cells, generation: 1, position: 1 }
    }

    #[test]
    fn subjects_stand_in_the_order_of_the_vocabulary_against_the_stages_of_one_nation() {
        let rows = vec![value("physics", 30), value("chemistry", 7), value("astronomy-space", 5), value("_none", 3)];
        let columns = vec![value("ks4", 9), value("cfe-senior", 9), value("ks3", 4), value("ks1", 0)];
        let cells = vec![CoverageCell { row: 0, column: 0, count: 30 }, CoverageCell { row: 1, column: 2, count: 4 }];
        let grid = grid(&coverage(rows, columns, cells), &Carried::default(), Vocabularies::shipped()).unwrap();
        let heads: Vec<&str> = grid.columns.iter().map(|head| head.label.as_str()).collect();
        assert_eq!(heads, ["Key Stage 3", "Key Stage 4"]);
        let said: Vec<(&str, Vec<(&str, usize)>)> = grid
            .rows
            .iter()
            .map(|row| (&*row.head.label, row.cells.iter().map(|cell| (&*cell.count, cell.shade)).collect()))
            .collect();
        assert_eq!(said, [("Chemistry", vec![("4", 1), ("0", 0)]), ("Physics", vec![("0", 0), ("30", 3)])]);
        let linked: Vec<Option<&str>> = grid.rows[0].cells.iter().map(|cell| cell.href.as_deref()).collect();
        assert_eq!(linked, [Some("/?subject=chemistry&level=ks3"), None]);
    }

    #[test]
    fn nothing_to_lay_out_makes_no_grid() {
        let empty = coverage(Vec::new(), Vec::new(), Vec::new());
        assert!(grid(&empty, &Carried::default(), Vocabularies::shipped()).is_none());
        let unleveled = coverage(vec![value("physics", 1)], vec![value("_none", 1)], Vec::new());
        assert!(grid(&unleveled, &Carried::default(), Vocabularies::shipped()).is_none());
    }
}

//! The subjects by level, each pair with what there is of both: rows are subjects, columns the stages of one nation.

use std::collections::HashMap;

use index::CoverageValue;
use schemas::{Concept, ControlledField, Vocabularies, Vocabulary};

use crate::app::CoverageOf;
use crate::pages::carried::Carried;
use crate::pages::{levels, wording};

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
    /// How much it is, 0 for nothing to 4; see [`FILLS`].
    pub(super) fill: usize,
}

/// From so many on a cell is one step darker: enough for a lesson, a term, a year, and more than anybody reads.
const FILLS: [u64; 4] = [1, 5, 25, 100];
/// Whoever is younger is not at school, and nobody plans careers lessons for them.
const SCHOOL_AGE: u8 = 5;
/// Until this age pupils must be at school. A nation whose stages end here, as the Curriculum for Wales does, gets the
/// level of those who stay.
const LEAVING_AGE: u8 = 16;
const PAST_16: &str = "phase-post-16";

/// The grid in the words of the visitor's nation; `None` while there is nothing to lay out.
pub(super) fn grid(coverage: &CoverageOf, carried: &Carried, vocabularies: &Vocabularies) -> Option<Grid> {
    let (subjects, list) = (vocabularies.of(ControlledField::Subject), vocabularies.of(ControlledField::Level));
    let place_among =
        |values: &[CoverageValue], id: &str| values.iter().position(|value| &*value.id == id && value.count > 0);
    let columns: Vec<(usize, &Concept)> = stages(list, carried.nation())
        .into_iter()
        .filter_map(|stage| Some((place_among(&coverage.columns, &stage.id)?, stage)))
        .collect();
    let main_subjects = subjects.concepts.iter().filter(|subject| subject.facet == Some(true));
    let rows: Vec<(usize, &Concept)> =
        main_subjects.filter_map(|subject| Some((place_among(&coverage.rows, &subject.id)?, subject))).collect();
    let counts: HashMap<(usize, usize), u64> =
        coverage.cells.iter().map(|cell| ((cell.row, cell.column), cell.count)).collect();
    let row = |&(row, subject): &(usize, &Concept)| Row {
        head: Head { href: carried.address(&format!("/?subject={}", subject.id)), label: subject.label.clone() },
        icon: format!("subject-{}", subject.id),
        cells: columns
            .iter()
            .map(|&(column, stage)| cell(counts.get(&(row, column)).copied().unwrap_or(0), subject, stage, carried))
            .collect(),
    };
    let head = |&(_, stage): &(usize, &Concept)| Head {
        href: carried.address(&format!("/?level={}", stage.id)),
        label: stage.label.clone(),
    };
    // What is for no stage at all, or for that of another nation alone, is found by its subject elsewhere.
    let has_any = |row: &Row| row.cells.iter().any(|cell| cell.href.is_some());
    let rows: Vec<Row> = rows.iter().map(row).filter(has_any).collect();
    (!rows.is_empty()).then(|| Grid { columns: columns.iter().map(head).collect(), rows })
}

/// The stages of a nation, from school age on, each span of ages once.
fn stages<'a>(list: &'a Vocabulary, nation: &str) -> Vec<&'a Concept> {
    let mut stages: Vec<&Concept> = Vec::new();
    for stage in levels::stages_of(list, nation).into_iter().filter(|stage| last_age(stage) > SCHOOL_AGE) {
        // Scotland's third and fourth levels are for the same ages, and so is the one that names both, which comes last.
        stages.retain(|held| held.ages != stage.ages);
        stages.push(stage);
    }
    if stages.iter().all(|stage| last_age(stage) <= LEAVING_AGE) {
        stages.extend(list.get(PAST_16));
    }
    stages
}

fn last_age(stage: &Concept) -> u8 {
    stage.ages.map_or(u8::MAX, |[_, to]| to)
}

fn cell(count: u64, subject: &Concept, stage: &Concept, carried: &Carried) -> Cell {
    let href = || carried.address(&format!("/?subject={}&level={}", subject.id, stage.id));
    Cell {
        href: (count > 0).then(href),
        count: wording::thousands(count),
        of: format!("{}, {}", subject.label, stage.label),
        fill: FILLS.iter().filter(|least| count >= **least).count(),
    }
}

#[cfg(test)]
mod tests {
    use index::CoverageCell;

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
            .map(|row| (&*row.head.label, row.cells.iter().map(|cell| (&*cell.count, cell.fill)).collect()))
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

    #[test]
    fn every_nation_has_stages_to_the_end_of_school_each_span_of_ages_once() {
        let list = Vocabularies::shipped().of(ControlledField::Level);
        let ids = |nation| stages(list, nation).iter().map(|stage| stage.id.as_str()).collect::<Vec<_>>();
        assert_eq!(ids("england"), ["ks1", "ks2", "ks3", "ks4", "ks5"]);
        assert_eq!(ids("scotland"), ["cfe-early", "cfe-first", "cfe-second", "cfe-third-fourth", "cfe-senior"]);
        assert_eq!(ids("wales"), ["cfw-ps2", "cfw-ps3", "cfw-ps4", "cfw-ps5", "phase-post-16"]);
        assert_eq!(ids("northern-ireland"), ["ni-foundation", "ni-ks1", "ni-ks2", "ni-ks3", "ni-ks4", "ni-post16"]);
    }
}

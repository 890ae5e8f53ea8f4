//! What a plan covers, as tables: a row for each benchmark and learning area, a column for each year group.

use schemas::{ControlledField, Vocabularies};

use super::asked::count;
use super::words::{aim_label, aims_of, frames};
use crate::pages::wording::{counted, say, word};
use crate::plans::{Aim, Basis, Covered, YearGroup};

/// One list of aims.
pub(super) struct CoverageTable {
    pub(super) caption: &'static str,
    pub(super) rows: Vec<CoverageRow>,
}

/// One aim.
pub(super) struct CoverageRow {
    pub(super) label: String,
    pub(super) description: String,
    pub(super) cells: Vec<CoverageCell>,
}

/// One aim in one year.
pub(super) struct CoverageCell {
    /// How many steps cover it; none where this is a gap.
    pub(super) count: usize,
    /// Whether that is only likely.
    pub(super) is_likely: bool,
    /// The same in words, for those who hear it.
    pub(super) says: String,
    /// What the button of a gap sends: `gatsby-5~13`.
    pub(super) gap: String,
    /// Whether resources fill such a gap; others a school fills itself.
    pub(super) fills_by_finding: bool,
}

/// The tables, in the order of the nation.
pub(super) fn tables(
    covered: &Covered,
    groups: &[YearGroup<'_>],
    nation: &str,
    vocabularies: &Vocabularies,
) -> Vec<CoverageTable> {
    let row = |aim: Aim| CoverageRow {
        label: aim_label(aim, vocabularies),
        description: vocabularies.of(aim.field).get(aim.id).and_then(|one| one.description.clone()).unwrap_or_default(),
        cells: groups.iter().map(|group| cell(covered, group, aim, vocabularies)).collect(),
    };
    let table = |field| CoverageTable { caption: caption(field), rows: aims_of(field).map(row).collect() };
    frames(nation).map(table).into()
}

/// What a list of aims is called.
pub(super) fn caption(field: ControlledField) -> &'static str {
    if field == ControlledField::Benchmark { word("planner.benchmarks") } else { word("planner.learning-areas") }
}

fn cell(covered: &Covered, group: &YearGroup<'_>, aim: Aim, vocabularies: &Vocabularies) -> CoverageCell {
    let covering = covered.by(group.age, aim);
    let number = covering.map_or(0, |covering| covering.count);
    let basis = covering.map(|covering| covering.basis);
    let says = match basis {
        Some(Basis::Said) => counted("planner.covered", count(number)),
        Some(Basis::Likely) => counted("planner.likely", count(number)),
        None => say("planner.fill", &[("year", &group.label()), ("aim", &aim_label(aim, vocabularies))]),
    };
    CoverageCell {
        count: number,
        is_likely: basis == Some(Basis::Likely),
        says,
        gap: format!("{}~{}", aim.id, group.age),
        fills_by_finding: aim.types().next().is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::year_groups;

    #[test]
    fn an_empty_plan_has_a_gap_for_every_aim_and_year_and_england_sees_benchmarks_first() {
        let vocabularies = Vocabularies::shipped();
        let levels = vocabularies.of(ControlledField::Level);
        for (nation, first_rows, columns) in [("england", 8, 7), ("scotland", 6, 6)] {
            let groups = year_groups(levels, nation);
            let tables = tables(&Covered::default(), &groups, nation, vocabularies);
            assert_eq!((tables.len(), tables[0].rows.len()), (2, first_rows), "{nation}");
            let cells = tables.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells);
            assert!(cells.clone().all(|cell| cell.count == 0 && !cell.is_likely && !cell.says.is_empty()));
            assert_eq!(cells.count(), 14 * columns);
        }
    }
}

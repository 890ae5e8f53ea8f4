//! Gaps: where there is nothing or next to nothing although there could be expected to be. Pure.
//!
//! The rule, which the page says too: a cell is a gap when it has at most a quarter of the resources that would stand
//! there if those of its row were spread over the columns as all resources are, and that would be at least [`USUAL`]. So
//! nobody is told that hardly anything joins two things of which there is little at all; rows and columns with fewer than
//! [`FEW`] are listed for themselves. Where hardly anything states one of the two facets nothing is a gap: what is missing
//! there is what catalogues say.

use std::cmp::Reverse;

use super::grid::{Grid, Head};

/// Fewer than these a teacher cannot choose among.
const FEW: u64 = 5;
/// Fewer than these may be missing by chance.
pub(super) const USUAL: u64 = 5;
/// What has no more than this part of what is usual, one in so many, is no chance either.
const PART: u64 = 4;

/// A facet that so many of a hundred resources say nothing of shows what is said, and not what there is.
const SILENT_PERCENT: u64 = 95;

/// A cell in which something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    /// The place of its row.
    pub(super) row: usize,
    /// The place of its column.
    pub(super) column: usize,
    /// How many there are.
    pub(super) count: u64,
    /// How many would be usual.
    pub(super) usual: u64,
}

/// The gaps of a grid, the widest first.
pub(super) fn gaps(grid: &Grid) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if is_silent(&grid.rows, grid.total) || is_silent(&grid.columns, grid.total) {
        return gaps;
    }
    for (row, (head, counts)) in grid.rows.iter().zip(&grid.cells).enumerate() {
        for (column, (other, count)) in grid.columns.iter().zip(counts).enumerate() {
            let usual = usual(head, other, grid.total);
            if count.saturating_mul(PART) <= usual && usual >= USUAL && !head.is_not_stated() && !other.is_not_stated()
            {
                gaps.push(Gap { row, column, count: *count, usual });
            }
        }
    }
    gaps.sort_by_key(|gap| (Reverse(gap.usual - gap.count), gap.row, gap.column));
    gaps
}

/// The rows or columns of which there is next to nothing at all, in their order.
pub(super) fn bare(heads: &[Head]) -> impl Iterator<Item = &Head> {
    heads.iter().filter(|head| head.count < FEW && !head.is_not_stated())
}

/// How many state nothing of a facet.
pub(super) fn not_stated(heads: &[Head]) -> u64 {
    heads.iter().find(|head| head.is_not_stated()).map_or(0, |head| head.count)
}

/// Whether nearly all state nothing of a facet.
pub(super) fn is_silent(heads: &[Head], total: u64) -> bool {
    total > 0 && not_stated(heads).saturating_mul(100) >= total.saturating_mul(SILENT_PERCENT)
}

/// How many would have both if the one had nothing to do with the other.
fn usual(row: &Head, column: &Head, total: u64) -> u64 {
    row.count.saturating_mul(column.count).checked_div(total).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::asked::Extent;
    use super::super::grid::Size;
    use super::super::grid::tests::grid_of;
    use super::*;

    #[test]
    fn what_is_missing_is_measured_against_what_would_be_usual() {
        let grid = grid_of(Extent::Main, Size { rows: 60, columns: 20 });
        let found: Vec<(&str, &str, u64, u64)> = gaps(&grid)
            .iter()
            .map(|gap| (grid.rows[gap.row].id.as_str(), grid.columns[gap.column].id.as_str(), gap.count, gap.usual))
            .collect();
        // 80 in chemistry and 300 for key stage 2, of 1,000: 24 would be usual. Of physics there is nothing to spread.
        assert_eq!(found, [("chemistry", "ks2", 2, 24)]);
    }

    #[test]
    fn what_there_is_next_to_nothing_of_is_listed_for_itself() {
        let grid = grid_of(Extent::Main, Size { rows: 60, columns: 20 });
        let rows: Vec<&str> = bare(&grid.rows).map(|head| head.id.as_str()).collect();
        assert!(rows.contains(&"physics") && !rows.contains(&"chemistry") && !rows.contains(&"_none"), "{rows:?}");
    }

    #[test]
    fn where_nearly_all_state_nothing_there_are_no_gaps() {
        let mut grid = grid_of(Extent::Main, Size { rows: 60, columns: 20 });
        assert!(!gaps(&grid).is_empty() && !is_silent(&grid.rows, grid.total));
        let unstated = grid.rows.last_mut().filter(|head| head.is_not_stated()).expect("some state no subject");
        unstated.count = 949;
        assert!(!gaps(&grid).is_empty() && !is_silent(&grid.rows, grid.total), "one in twenty says something");
        grid.rows.last_mut().expect("a row").count = 950;
        assert!(gaps(&grid).is_empty() && is_silent(&grid.rows, grid.total));
        assert!(!is_silent(&[], 0), "of nothing at all nobody is silent");
    }

    #[test]
    fn of_nothing_at_all_nothing_is_usual() {
        let mut grid = grid_of(Extent::Main, Size { rows: 60, columns: 20 });
        grid.total = 0;
        assert!(gaps(&grid).is_empty());
    }
}

//! The grid: the values of two facets against each other, each pair with its count. Pure: what the index counted goes in,
//! and out come rows and columns in the order in which a reader expects them, with those that nothing has among them.
//!
//! The map of what there is and the start page both lay out this one, with the same columns and the same shades.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use index::{CoverageValue, Facet, NOT_STATED};
use schemas::{Concept, ControlledField, LinkState, Vocabularies};

use super::asked::Extent;
use crate::app::CoverageOf;
use crate::pages::facet_words::value_label;
use crate::pages::levels;
use crate::web::query::{Axes, LEVEL, SUBJECT};

/// So many concepts a vocabulary has at most that is shown whole. The types of resources are 35; of those that have more
/// (sectors, routes, jobs) most would be empty rows that nobody reads.
const MOST_SHOWN_WHOLE: usize = 40;

/// From so many resources on a cell has the next darker shade. They are the same on every map, so that two maps, or one
/// in two years, can be compared: a handful, a choice, a shelf, more than anybody looks through.
pub(super) const SHADES_FROM: [u64; 5] = [1, 5, 20, 50, 200];

/// What a grid is made of besides the counts.
pub(in crate::pages) struct GridContext<'a> {
    pub(in crate::pages) axes: Axes,
    pub(in crate::pages) extent: Extent,
    /// Whose stages the levels are.
    pub(in crate::pages) nation: &'a str,
    pub(in crate::pages) vocabularies: &'a Vocabularies,
    /// The names of the catalogues by id.
    pub(in crate::pages) sources: &'a BTreeMap<String, String>,
    pub(in crate::pages) most: Size,
}

/// So many rows and columns, besides what states nothing.
#[derive(Debug, Clone, Copy)]
pub(in crate::pages) struct Size {
    pub(in crate::pages) rows: usize,
    pub(in crate::pages) columns: usize,
}

/// Two facets against each other.
#[derive(Debug)]
pub(in crate::pages) struct Grid {
    pub(in crate::pages) rows: Vec<Head>,
    pub(in crate::pages) columns: Vec<Head>,
    /// The counts, row by row, as many as there are columns.
    pub(in crate::pages) cells: Vec<Vec<u64>>,
    /// How many further rows and columns there would be.
    pub(in crate::pages) more: Size,
    /// The levels before school, where levels are a side and only the main ones are shown: they have no place there, and
    /// that is to be said.
    pub(in crate::pages) before_school: Vec<Head>,
    /// How many resources there are.
    pub(in crate::pages) total: u64,
}

/// A value at the head of a row or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages) struct Head {
    pub(in crate::pages) id: String,
    pub(in crate::pages) label: String,
    /// How many resources have it, whatever else they have.
    pub(in crate::pages) count: u64,
}

impl Head {
    /// Whether it stands for what states nothing.
    pub(in crate::pages) fn is_not_stated(&self) -> bool {
        self.id == NOT_STATED
    }
}

/// Lays out what the index counted.
pub(in crate::pages) fn lay_out(coverage: &CoverageOf, context: &GridContext<'_>) -> Grid {
    let rows = Side::choose(&coverage.rows, context.axes.rows, context.most.rows, context);
    let columns = Side::choose(&coverage.columns, context.axes.columns, context.most.columns, context);
    let mut cells = vec![vec![0; columns.chosen.len()]; rows.chosen.len()];
    // Of thousands of publishers most are not chosen, and neither are their cells.
    for cell in &coverage.cells {
        if let (Some(row), Some(column)) = (rows.chosen_as[cell.row], columns.chosen_as[cell.column]) {
            cells[row][column] = cell.count;
        }
    }
    Grid {
        more: Size { rows: rows.more, columns: columns.more },
        before_school: before_school(coverage, context),
        rows: rows.heads(context.axes.rows, context),
        columns: columns.heads(context.axes.columns, context),
        cells,
        total: coverage.total,
    }
}

/// What the main levels leave out on purpose, as far as anything has it.
fn before_school(coverage: &CoverageOf, context: &GridContext<'_>) -> Vec<Head> {
    let list = context.vocabularies.of(ControlledField::Level);
    let is_left_out = |value: &&CoverageValue| value.count > 0 && levels::is_before_school(list, &value.id);
    let head = |value: &CoverageValue| Head {
        id: value.id.to_string(),
        label: value_label(context.vocabularies, context.sources, LEVEL, &value.id),
        count: value.count,
    };
    let sides = [(context.axes.rows, &coverage.rows), (context.axes.columns, &coverage.columns)];
    let level = sides.into_iter().find(|(facet, _)| *facet == LEVEL && context.extent == Extent::Main);
    level.map(|(_, counted)| counted.iter().filter(is_left_out).map(head).collect()).unwrap_or_default()
}

/// Which shade a count has: 0 for none, then as many as [`SHADES_FROM`] says.
pub(in crate::pages) fn shade(count: u64) -> usize {
    SHADES_FROM.iter().filter(|from| count >= **from).count()
}

/// Which values are shown on one side.
struct Side<'a> {
    /// In their order, what states nothing last.
    chosen: Vec<Chosen<'a>>,
    /// By its place in what was counted, which of the chosen a value is.
    chosen_as: Vec<Option<usize>>,
    /// How many more there would be.
    more: usize,
}

#[derive(Clone, Copy)]
struct Chosen<'a> {
    id: &'a str,
    /// Its place in what was counted; `None` for what nothing has.
    place: Option<usize>,
    count: u64,
}

impl<'a> Side<'a> {
    /// Chooses the values of one side. Where there are too many, those that most resources have stay.
    fn choose(counted: &'a [CoverageValue], facet: Facet, most: usize, context: &GridContext<'a>) -> Self {
        let places: HashMap<&str, usize> = counted.iter().enumerate().map(|(place, one)| (&*one.id, place)).collect();
        let value = |id: &'a str| {
            let place = places.get(id).copied();
            Chosen { id, place, count: place.map_or(0, |place| counted[place].count) }
        };
        let mut chosen: Vec<Chosen<'a>> = ids(counted, facet, context).into_iter().map(value).collect();
        let more = chosen.len().saturating_sub(most);
        if more > 0 {
            keep_greatest(&mut chosen, most);
        }
        if places.contains_key(NOT_STATED) {
            chosen.push(value(NOT_STATED));
        }
        let mut chosen_as = vec![None; counted.len()];
        for (nth, one) in chosen.iter().enumerate() {
            if let Some(place) = one.place {
                chosen_as[place] = Some(nth);
            }
        }
        Self { chosen, chosen_as, more }
    }

    /// Their heads. Only now are they given labels: it is for the few that are shown.
    fn heads(&self, facet: Facet, context: &GridContext<'_>) -> Vec<Head> {
        let head = |one: &Chosen<'_>| Head {
            id: one.id.to_owned(),
            label: value_label(context.vocabularies, context.sources, facet, one.id),
            count: one.count,
        };
        self.chosen.iter().map(head).collect()
    }
}

/// Takes out all but those with the greatest counts; the order stays.
fn keep_greatest(chosen: &mut Vec<Chosen<'_>>, most: usize) {
    let mut ranked: Vec<usize> = (0..chosen.len()).collect();
    ranked.sort_by_key(|nth| Reverse(chosen[*nth].count));
    ranked.truncate(most);
    ranked.sort_unstable();
    *chosen = ranked.into_iter().map(|nth| chosen[nth]).collect();
}

/// The ids of one side in their order, but for what states nothing.
fn ids<'a>(counted: &'a [CoverageValue], facet: Facet, context: &GridContext<'a>) -> Vec<&'a str> {
    if let Some(main) = main_ids(facet, context).filter(|_| context.extent == Extent::Main) {
        return main;
    }
    let mut ids: Vec<&str> = counted.iter().map(|value| &*value.id).filter(|id| *id != NOT_STATED).collect();
    if facet == LEVEL {
        let list = context.vocabularies.of(ControlledField::Level);
        ids.sort_by_cached_key(|id| levels::place(list, id));
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
    let main: Vec<&Concept> = if facet == LEVEL {
        levels::columns_of(list, context.nation)
    } else if facet == SUBJECT {
        main_subjects(context.vocabularies).collect()
    } else {
        list.concepts.iter().collect()
    };
    let main: Vec<&str> = main.into_iter().map(|concept| concept.id.as_str()).collect();
    (main.len() <= MOST_SHOWN_WHOLE).then_some(main)
}

/// The subjects that a list shows first, in the order of the vocabulary.
pub(in crate::pages) fn main_subjects(vocabularies: &Vocabularies) -> impl Iterator<Item = &Concept> {
    vocabularies.of(ControlledField::Subject).concepts.iter().filter(|subject| subject.facet == Some(true))
}

#[cfg(test)]
pub(super) mod tests {
    use index::CoverageCell;

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
    pub(in super::super) fn grid_of(extent: Extent, most: Size) -> Grid {
        let axes = Axes { rows: SUBJECT, columns: LEVEL };
        let (vocabularies, sources) = (Vocabularies::shipped(), BTreeMap::new());
        lay_out(&counted(), &GridContext { axes, extent, nation: "england", vocabularies, sources: &sources, most })
    }

    #[test]
    fn the_stages_of_the_nation_stand_in_their_order_and_subjects_that_nothing_has_are_seen() {
        let grid = grid_of(Extent::Main, Size { rows: 60, columns: 20 });
        let columns: Vec<&str> = grid.columns.iter().map(|column| column.id.as_str()).collect();
        assert_eq!(columns, ["ks1", "ks2", "ks3", "ks4", "ks5", "phase-higher"]);
        assert_eq!(grid.rows[0].id, "science");
        let physics = grid.rows.iter().position(|row| row.id == "physics").expect("physics is a main subject");
        assert!(grid.cells[physics].iter().all(|count| *count == 0));
        assert!(grid.rows.iter().all(|row| row.id != "cyber-security"), "no main subject");
        assert_eq!(grid.cells[0], [0, 49, 250, 0, 0, 0]);
        assert_eq!(grid.rows.last().map(Head::is_not_stated), Some(true));
        assert_eq!(grid.cells.last().map(Vec::as_slice), Some(&[0, 0, 5, 0, 0, 0][..]));
    }

    #[test]
    fn of_too_many_the_greatest_stay_and_the_rest_is_counted() {
        let grid = grid_of(Extent::All, Size { rows: 2, columns: 3 });
        let rows: Vec<&str> = grid.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(rows, ["science", "cyber-security", NOT_STATED]);
        let columns: Vec<&str> = grid.columns.iter().map(|column| column.id.as_str()).collect();
        assert_eq!(columns, ["ks2", "ks3", "cfe-third"]);
        assert_eq!(grid.cells, [[49, 250, 0], [0, 0, 0], [0, 5, 0]]);
        assert_eq!((grid.more.rows, grid.more.columns), (1, 1));
    }

    #[test]
    fn what_is_for_those_before_school_has_no_column_and_is_said_apart() {
        let mut counted = counted();
        counted.columns.push(value("phase-early-years", 12));
        counted.columns.push(value("phase-higher", 30));
        let axes = Axes { rows: SUBJECT, columns: LEVEL };
        let (vocabularies, sources) = (Vocabularies::shipped(), BTreeMap::new());
        let most = Size { rows: 60, columns: 20 };
        let of = |extent| {
            let context = GridContext { axes, extent, nation: "england", vocabularies, sources: &sources, most };
            lay_out(&counted, &context)
        };
        let main = of(Extent::Main);
        let apart: Vec<(&str, u64)> = main.before_school.iter().map(|head| (head.id.as_str(), head.count)).collect();
        assert_eq!(apart, [("phase-early-years", 12)]);
        let last = main.columns.last().map(|column| (column.id.as_str(), column.count));
        assert_eq!(last, Some(("phase-higher", 30)));
        assert!(of(Extent::All).before_school.is_empty(), "all that is in use has a column");
    }

    #[test]
    fn there_are_six_shades() {
        for (count, expected) in [(0, 0), (1, 1), (4, 1), (5, 2), (20, 3), (50, 4), (199, 4), (200, 5), (9_999, 5)] {
            assert_eq!(shade(count), expected, "{count}");
        }
    }
}

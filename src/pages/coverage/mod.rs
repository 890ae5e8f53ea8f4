//! `/coverage`: the map of what there is and of what is missing. Any two facets against each other, what people searched
//! for in vain laid over them, and below it the gaps and what several catalogues hold, for those who decide what to make
//! or to pay for next.
//!
//! A cell with nothing in it is no link: a search for it would find nothing, and be counted as one that did.

mod asked;
mod export;
mod gaps;
mod grid;
pub(super) mod shared;
mod wanted;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use index::Facet;

pub(super) use self::export::export_coverage;

use self::asked::{AskedCoverage, Extent, LEVEL};
use self::gaps::{USUAL, bare, gaps};
use self::grid::{Grid, GridContext, Head, SHADES_FROM, lay_out, shade};
use self::shared::{SharedPair, shared_pairs};
use self::wanted::{Wanted, WantedConcept, wanted};
use super::errors::PageError;
use super::facet_words::{legend, value_label};
use super::filters;
use super::layout::Layout;
use super::nations::{NationLink, nation_links};
use super::present;
use super::wording::{counted, say, thousands, word};
use crate::app::App;
use crate::catalogue::SHOWN_FROM;
use crate::error::AppError;
use crate::web::query::MAX_QUERY_CHARACTERS;

/// So many rows and columns a person reads; the table for spreadsheets has more.
const LIMITS: [usize; 2] = [60, 24];
/// So many gaps, concepts that were searched for, and pairs of catalogues are listed; who wants all asks the API.
const MOST_LISTED: usize = 20;

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage {
    layout: Layout,
    /// Whether it is the map that all others are views of.
    is_listed: bool,
    form: Form,
    /// In whose words levels are said; none where no level is.
    nations: Vec<NationLink>,
    /// "Subject by level".
    title: String,
    /// "6,669 resources".
    total: String,
    is_empty: bool,
    table: Table,
    shades: Vec<Shade>,
    gaps: Listed<GapLine>,
    /// The rule of the gaps.
    rule: String,
    bare: Vec<BareLine>,
    wanted: Listed<WantedLine>,
    /// What is told of searches, and what not.
    wanted_rule: String,
    /// Where that is explained.
    privacy: String,
    shared: Listed<SharedPair>,
    csv: String,
    json: String,
}

/// The first of a list, and how many more there are.
struct Listed<T> {
    lines: Vec<T>,
    /// "and 12 more".
    more: Option<String>,
}

impl<T> Listed<T> {
    fn of(mut lines: Vec<T>) -> Self {
        let more = lines.len().saturating_sub(MOST_LISTED);
        lines.truncate(MOST_LISTED);
        let more = u64::try_from(more).ok().filter(|more| *more > 0).map(|more| counted("coverage.more", more));
        Self { lines, more }
    }
}

/// What may be chosen.
struct Form {
    rows: Vec<Choice>,
    columns: Vec<Choice>,
    extents: Vec<Choice>,
    words: String,
    max_characters: usize,
    is_stated_only: bool,
    /// Why the columns are others than were chosen.
    mistake: Option<&'static str>,
    /// What narrows the map, and the way back.
    narrowed: Vec<Narrowed>,
    /// What the form sends along unseen.
    kept: Vec<(String, String)>,
}

struct Choice {
    name: &'static str,
    label: &'static str,
    is_chosen: bool,
}

/// One thing that narrows the map.
struct Narrowed {
    label: String,
    /// The map without it.
    href: String,
}

struct Table {
    /// How many resources there are.
    total: String,
    columns: Vec<ShownHead>,
    rows: Vec<ShownRow>,
    /// What was left out.
    cut: Vec<String>,
}

struct ShownRow {
    head: ShownHead,
    cells: Vec<ShownCell>,
}

struct ShownHead {
    label: String,
    /// How many have it at all.
    count: ShownCell,
    /// "7 searches found nothing".
    wanted: Option<String>,
}

struct ShownCell {
    count: String,
    /// From 0 to 5.
    shade: usize,
    /// The search that finds these; nothing where there are none.
    href: Option<String>,
}

/// One shade of the legend.
struct Shade {
    shade: usize,
    /// "5 to 19".
    label: String,
}

struct GapLine {
    row: String,
    column: String,
    /// "3, where about 24 would be usual".
    says: String,
    href: Option<String>,
}

/// A value of which there is next to nothing.
struct BareLine {
    label: String,
    count: ShownCell,
}

struct WantedLine {
    label: String,
    facet: &'static str,
    /// "7 searches".
    searches: String,
    /// "12 resources today".
    resources: String,
    href: Option<String>,
}

/// The map.
pub(super) async fn show_coverage(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let asked = AskedCoverage::read(&app, raw.as_deref())?;
    let grid = count_grid(&app, &asked, LIMITS).await?;
    let wanted = wanted(&app).await?;
    let shared = shared_pairs(&app, |_| true).await?;
    Ok(present(&headers, &page(&app, &asked, &grid, &wanted, shared)))
}

/// Counts the two facets against each other and lays them out, at most so many rows and columns.
async fn count_grid(app: &App, asked: &AskedCoverage, limits: [usize; 2]) -> Result<Grid, AppError> {
    let axes = asked.axes;
    let coverage = app.coverage(asked.query.request.clone(), axes.rows, axes.columns).await?;
    let (vocabularies, sources, nation) = (app.vocabularies, app.source_names(), asked.carried.nation());
    Ok(lay_out(&coverage, &GridContext { axes, nation, vocabularies, sources: &sources, limits }))
}

fn page(app: &App, asked: &AskedCoverage, grid: &Grid, wanted: &Wanted, shared: Vec<SharedPair>) -> CoveragePage {
    let axes = asked.axes;
    let (rows, columns) = (legend(axes.rows), legend(axes.columns));
    let title = say("coverage.title", &[("rows", &rows), ("columns", &columns.to_lowercase())]);
    let has_levels = axes.rows == LEVEL || axes.columns == LEVEL;
    let here = asked.here("/coverage");
    let layout = Layout::new(&say("coverage.tab", &[("title", &title)]), "/coverage")
        .described(word("coverage.description"))
        .carrying(&asked.carried);
    CoveragePage {
        layout,
        is_listed: asked.query.pairs().is_empty(),
        form: form(app, asked),
        nations: if has_levels { nation_links(&asked.carried, |carried| carried.address(&here)) } else { Vec::new() },
        total: counted("coverage.resources", grid.total),
        is_empty: grid.total == 0,
        table: table(asked, grid, wanted),
        shades: shades(),
        gaps: Listed::of(gaps(grid).iter().map(|gap| gap_line(asked, grid, gap)).collect()),
        rule: say("coverage.gaps-rule", &[("usual", &USUAL)]),
        bare: bare_lines(asked, grid),
        wanted: Listed::of(wanted.concepts.iter().map(|concept| wanted_line(app, asked, concept)).collect()),
        wanted_rule: say("coverage.wanted-rule", &[("n", &SHOWN_FROM)]),
        privacy: asked.carried.address("/privacy"),
        shared: Listed::of(shared),
        csv: asked.carried.address(&asked.here("/coverage.csv")),
        json: asked.api_address(),
        title,
    }
}

fn form(app: &App, asked: &AskedCoverage) -> Form {
    let axes = asked.axes;
    let facets = |chosen: Facet| {
        let choice = |facet: Facet| Choice { name: facet.name(), label: legend(facet), is_chosen: facet == chosen };
        Vec::from(Facet::ALL.map(choice))
    };
    let extent = |extent: Extent| Choice {
        name: extent.name(),
        label: match extent {
            Extent::Main => word("coverage.values-main"),
            Extent::All => word("coverage.values-all"),
        },
        is_chosen: extent == axes.extent,
    };
    // These have a field of their own.
    let others = || asked.narrowing().filter(|(name, _)| !matches!(*name, "q" | "inferred"));
    let carried = asked.carried.pairs().into_iter().map(|(name, value)| (name.to_owned(), value));
    Form {
        rows: facets(axes.rows),
        columns: facets(axes.columns),
        extents: Vec::from(Extent::ALL.map(extent)),
        words: asked.query.request.text.clone(),
        max_characters: MAX_QUERY_CHARACTERS,
        is_stated_only: asked.query.request.stated_only,
        mistake: axes.was_same.then(|| word("coverage.same-facet")),
        narrowed: others().map(|(name, value)| narrowed(app, asked, name, value)).collect(),
        kept: others().map(|(name, value)| (name.to_owned(), value.to_owned())).chain(carried).collect(),
    }
}

fn narrowed(app: &App, asked: &AskedCoverage, name: &str, value: &str) -> Narrowed {
    let (name_said, value_said) = match Facet::by_name(name) {
        Some(facet) => (legend(facet), value_label(app.vocabularies, &app.source_names(), facet, value)),
        None => (name, value.to_owned()),
    };
    let label = say("coverage.narrowed", &[("name", &name_said), ("value", &value_said)]);
    // What is carried is among the parameters already.
    Narrowed { label, href: format!("/coverage{}", asked.query.without(name, value).trim_start_matches('/')) }
}

fn table(asked: &AskedCoverage, grid: &Grid, wanted: &Wanted) -> Table {
    let axes = asked.axes;
    let head = |facet: Facet, head: &Head| ShownHead {
        label: head.label.clone(),
        count: shown_cell(asked, head.count, &[(facet, head.id.as_str())]),
        wanted: wanted.searches_for(facet, &head.id).map(|searches| counted("coverage.not-found", searches)),
    };
    let row = |(row, counts): (&Head, &Vec<u64>)| {
        let cell = |(column, count): (&Head, &u64)| {
            shown_cell(asked, *count, &[(axes.rows, row.id.as_str()), (axes.columns, column.id.as_str())])
        };
        ShownRow { head: head(axes.rows, row), cells: grid.columns.iter().zip(counts).map(cell).collect() }
    };
    let cut = [(grid.more_rows, axes.rows), (grid.more_columns, axes.columns)];
    let said_cut =
        |(more, facet): (usize, Facet)| say("coverage.cut", &[("facet", &legend(facet)), ("n", &thousands(more))]);
    Table {
        total: thousands(grid.total),
        columns: grid.columns.iter().map(|column| head(axes.columns, column)).collect(),
        rows: grid.rows.iter().zip(&grid.cells).map(row).collect(),
        cut: cut.into_iter().filter(|(more, _)| *more > 0).map(said_cut).collect(),
    }
}

fn shown_cell(asked: &AskedCoverage, count: u64, values: &[(Facet, &str)]) -> ShownCell {
    let href = (count > 0).then(|| asked.search_address(values));
    ShownCell { count: thousands(count), shade: shade(count), href }
}

fn shades() -> Vec<Shade> {
    let from = SHADES_FROM;
    let label = |place: usize| match (place.checked_sub(1).and_then(|nth| from.get(nth)), from.get(place)) {
        (None, _) => word("coverage.shade-none").to_owned(),
        (Some(first), Some(next)) => say("coverage.shade-range", &[("from", first), ("to", &(next - 1))]),
        (Some(first), None) => say("coverage.shade-open", &[("from", first)]),
    };
    (0..=from.len()).map(|shade| Shade { shade, label: label(shade) }).collect()
}

fn gap_line(asked: &AskedCoverage, grid: &Grid, gap: &gaps::Gap) -> GapLine {
    let (row, column) = (&grid.rows[gap.row], &grid.columns[gap.column]);
    let values = [(asked.axes.rows, row.id.as_str()), (asked.axes.columns, column.id.as_str())];
    GapLine {
        row: row.label.clone(),
        column: column.label.clone(),
        says: say("coverage.gap", &[("n", &gap.count), ("usual", &thousands(gap.usual))]),
        href: (gap.count > 0).then(|| asked.search_address(&values)),
    }
}

fn bare_lines(asked: &AskedCoverage, grid: &Grid) -> Vec<BareLine> {
    let line = |facet: Facet, head: &Head| BareLine {
        label: head.label.clone(),
        count: shown_cell(asked, head.count, &[(facet, head.id.as_str())]),
    };
    let rows = bare(&grid.rows).map(|head| line(asked.axes.rows, head));
    rows.chain(bare(&grid.columns).map(|head| line(asked.axes.columns, head))).collect()
}

fn wanted_line(app: &App, asked: &AskedCoverage, concept: &WantedConcept) -> WantedLine {
    let WantedConcept { facet, id, searches, resources } = concept;
    let address = || asked.carried.address(&format!("/?{}={id}", facet.name()));
    WantedLine {
        label: value_label(app.vocabularies, &app.source_names(), *facet, id),
        facet: legend(*facet),
        searches: counted("coverage.searches", *searches),
        resources: counted("coverage.resources", *resources),
        // Ids of concepts need no escaping in an address.
        href: (*resources > 0).then(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legend_says_every_shade_in_words() {
        let shades = shades();
        assert_eq!(shades.len(), 6);
        assert!(shades.iter().enumerate().all(|(place, shade)| shade.shade == place && !shade.label.is_empty()));
    }

    #[test]
    fn of_a_long_list_the_first_are_shown_and_the_rest_is_counted() {
        let all = Listed::of((0..MOST_LISTED).collect());
        assert!(all.lines.len() == MOST_LISTED && all.more.is_none());
        let cut = Listed::of((0..=MOST_LISTED).collect());
        assert!(cut.lines.len() == MOST_LISTED && cut.more.is_some());
    }
}

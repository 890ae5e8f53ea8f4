//! `/coverage`: the map of what there is and of what is missing. Any two facets against each other, what people searched
//! for in vain laid over them, and below it the gaps and what several catalogues hold, for those who decide what to make
//! or to pay for next.
//!
//! The map follows from the index and the hour: with the hour come the months in which was searched, and what catalogues
//! share is counted from time to time as well. So it is kept like a search, and who holds it asks for nothing.
//!
//! A cell with nothing in it is no link: a search for it would find nothing, and be counted as one that did.

mod asked;
mod export;
mod form;
mod gaps;
pub(super) mod grid;
mod wanted;

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use index::Facet;
use schemas::Vocabularies;

pub(super) use self::asked::Extent;
pub(super) use self::export::export_coverage;

use self::asked::{AskedCoverage, CAREERS, Sheet, Shown, TYPE};
use self::form::{Form, form, is_careers};
use self::gaps::{USUAL, bare, gaps, is_silent, not_stated};
use self::grid::{Grid, GridContext, Head, SHADES_FROM, Size, lay_out, shade};
use self::wanted::{Wanted, WantedConcept, wanted};
use super::errors::PageError;
use super::facet_words::{legend, value_label};
use super::filters;
use super::kept::{MadePage, kept_page};
use super::layout::Layout;
use super::nations::{NationLink, nation_links};
use super::once::present_once;
use super::shared::{SharedPair, shared_pairs};
use super::wording::{counted, say, thousands, word};
use crate::app::{App, CoverageOf};
use crate::catalogue::SHOWN_FROM;
use crate::error::AppError;
use crate::web::etag;
use crate::web::query::LEVEL;

/// So many rows and columns a person reads; the table for spreadsheets has more.
const MOST: Size = Size { rows: 60, columns: 24 };
/// So many gaps, concepts that were searched for, and pairs of catalogues are listed; who wants all takes the table.
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
    /// Whether it is of all kinds of resources or not, and the way to the other; none where kinds are a side of it.
    kinds: Option<Kinds>,
    is_empty: bool,
    table: Table,
    shades: Vec<Shade>,
    /// What nearly all of them leave unsaid, in sentences; such a map has no gaps to show.
    silent: Vec<String>,
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
    /// The tables for spreadsheets.
    csv: String,
    gaps_csv: String,
    wanted_csv: String,
    shared_csv: String,
    json: String,
}

/// Which kinds of resources are counted.
struct Kinds {
    says: &'static str,
    href: String,
    label: &'static str,
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

struct Table {
    /// How many resources there are.
    total: String,
    columns: Vec<ShownHead>,
    rows: Vec<ShownRow>,
    /// What was left out.
    cut: Vec<String>,
    /// What is for nobody at school yet, and so has no column or row.
    before_school: Vec<BareLine>,
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
    href: String,
}

/// A value for itself, such as one of which there is next to nothing.
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

const PATH: &str = "/coverage";

/// The map.
pub(super) async fn show_coverage(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let asked = AskedCoverage::read(&app, raw.as_deref())?;
    let tag = tag(&app, &asked, PATH, raw.as_deref());
    if etag::is_held(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let kept = kept_page(&app, &headers, PATH, raw.as_deref(), async || {
        let coverage = count(&app, &asked).await?;
        let wanted = wanted(&app).await?;
        let shared = shared_pairs(&app, &asked.carried, |_| true).await?;
        let labels = Labels::of(&app);
        let grid = grid_of(&coverage, &asked, &labels, MOST);
        MadePage::new(&page(&labels, &asked, &grid, &wanted, shared))
    });
    match kept.await {
        // What is asked for in vain and what is shared are the store's to say. The map is the index's; without them it is
        // given to the one who asks alone, and not again.
        Err(error) if error.is_store_away() => {
            let coverage = count(&app, &asked).await?;
            let labels = Labels::of(&app);
            let grid = grid_of(&coverage, &asked, &labels, MOST);
            Ok(present_once(StatusCode::OK, &page(&labels, &asked, &grid, &Wanted::default(), Vec::new())))
        }
        kept => Ok(etag::with_tag(kept?, &tag)),
    }
}

/// The tag of this map in the form of this path: known before anything is counted.
fn tag(app: &App, asked: &AskedCoverage, path: &str, raw: Option<&str>) -> String {
    etag::of_index(app, asked.query.request.now, &format!("{path}?{}", raw.unwrap_or_default()))
}

/// Counts the two facets against each other.
async fn count(app: &App, asked: &AskedCoverage) -> Result<CoverageOf, AppError> {
    let axes = asked.shown.axes;
    app.coverage(asked.query.request.clone(), axes.rows, axes.columns).await
}

/// What people read for the values of a facet.
struct Labels {
    vocabularies: &'static Vocabularies,
    /// The names of the catalogues by id.
    sources: Arc<BTreeMap<String, String>>,
}

impl Labels {
    fn of(app: &App) -> Self {
        Self { vocabularies: app.vocabularies, sources: app.source_names() }
    }

    fn value(&self, facet: Facet, id: &str) -> String {
        value_label(self.vocabularies, &self.sources, facet, id)
    }
}

/// The map with at most so many rows and columns.
fn grid_of(coverage: &CoverageOf, asked: &AskedCoverage, labels: &Labels, most: Size) -> Grid {
    let (Shown { axes, extent, .. }, nation) = (asked.shown, asked.carried.nation());
    let Labels { vocabularies, sources } = labels;
    lay_out(coverage, &GridContext { axes, extent, nation, vocabularies, sources, most })
}

fn page(labels: &Labels, asked: &AskedCoverage, grid: &Grid, wanted: &Wanted, shared: Vec<SharedPair>) -> CoveragePage {
    let axes = asked.shown.axes;
    let (rows, columns) = (legend(axes.rows), legend(axes.columns));
    let title = say("coverage.title", &[("rows", &rows), ("columns", &columns.to_lowercase())]);
    let has_levels = axes.rows == LEVEL || axes.columns == LEVEL;
    let silent = silent(asked, grid);
    let here = asked.here(PATH);
    let layout = Layout::new(&say("coverage.tab", &[("title", &title)]), PATH)
        .described(word("coverage.description"))
        .carrying(&asked.carried);
    CoveragePage {
        layout,
        is_listed: asked.query.pairs().is_empty(),
        form: form(labels, asked),
        nations: if has_levels { nation_links(&asked.carried, |carried| carried.address(&here)) } else { Vec::new() },
        total: counted("coverage.resources", grid.total),
        kinds: kinds(asked),
        is_empty: grid.total == 0,
        table: table(asked, grid, wanted),
        shades: shades(),
        gaps: Listed::of(gaps(grid).iter().map(|gap| gap_line(asked, grid, gap)).collect()),
        rule: say("coverage.gaps-rule", &[("usual", &USUAL)]),
        bare: if silent.is_empty() { bare_lines(asked, grid) } else { Vec::new() },
        silent,
        wanted: Listed::of(wanted.concepts().iter().map(|concept| wanted_line(labels, asked, concept)).collect()),
        wanted_rule: say("coverage.wanted-rule", &[("n", &SHOWN_FROM)]),
        privacy: asked.carried.address("/privacy"),
        shared: Listed::of(shared),
        csv: asked.sheet_address(Sheet::Counts),
        gaps_csv: asked.sheet_address(Sheet::Gaps),
        wanted_csv: asked.sheet_address(Sheet::Searches),
        shared_csv: asked.sheet_address(Sheet::Shared),
        json: asked.api_address(),
        title,
    }
}

fn kinds(asked: &AskedCoverage) -> Option<Kinds> {
    if asked.shown.axes.has(TYPE.name()) {
        return None;
    }
    let of = |types: &[&str]| asked.here_of(PATH, types);
    Some(match asked.types() {
        [] => Kinds { says: word("coverage.of-all"), href: of(&CAREERS), label: word("coverage.of-careers-link") },
        types if is_careers(types) => {
            Kinds { says: word("coverage.of-careers"), href: of(&[]), label: word("coverage.of-all-link") }
        }
        _ => Kinds { says: word("coverage.of-some"), href: of(&[]), label: word("coverage.of-all-link") },
    })
}

fn table(asked: &AskedCoverage, grid: &Grid, wanted: &Wanted) -> Table {
    let axes = asked.shown.axes;
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
    let cut = [(grid.more.rows, axes.rows), (grid.more.columns, axes.columns)];
    let said_cut =
        |(more, facet): (usize, Facet)| say("coverage.cut", &[("facet", &legend(facet)), ("n", &thousands(more))]);
    Table {
        total: thousands(grid.total),
        columns: grid.columns.iter().map(|column| head(axes.columns, column)).collect(),
        rows: grid.rows.iter().zip(&grid.cells).map(row).collect(),
        cut: cut.into_iter().filter(|(more, _)| *more > 0).map(said_cut).collect(),
        before_school: grid.before_school.iter().map(|head| bare_line(asked, LEVEL, head)).collect(),
    }
}

/// What nearly all resources leave unsaid of the two sides.
fn silent(asked: &AskedCoverage, grid: &Grid) -> Vec<String> {
    let axes = asked.shown.axes;
    let sentence = |facet: Facet, heads: &[Head]| {
        let (n, total) = (thousands(not_stated(heads)), thousands(grid.total));
        say("coverage.silent", &[("n", &n), ("total", &total), ("facet", &legend(facet))])
    };
    let sides = [(axes.rows, grid.rows.as_slice()), (axes.columns, grid.columns.as_slice())];
    let silent = sides.into_iter().filter(|(_, heads)| is_silent(heads, grid.total));
    silent.map(|(facet, heads)| sentence(facet, heads)).collect()
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
    let values = [(asked.shown.axes.rows, row.id.as_str()), (asked.shown.axes.columns, column.id.as_str())];
    GapLine {
        row: row.label.clone(),
        column: column.label.clone(),
        says: say("coverage.gap", &[("n", &gap.count), ("usual", &thousands(gap.usual))]),
        // A search that finds nothing says what comes nearest.
        href: asked.search_address(&values),
    }
}

fn bare_lines(asked: &AskedCoverage, grid: &Grid) -> Vec<BareLine> {
    let rows = bare(&grid.rows).map(|head| bare_line(asked, asked.shown.axes.rows, head));
    rows.chain(bare(&grid.columns).map(|head| bare_line(asked, asked.shown.axes.columns, head))).collect()
}

fn bare_line(asked: &AskedCoverage, facet: Facet, head: &Head) -> BareLine {
    BareLine { label: head.label.clone(), count: shown_cell(asked, head.count, &[(facet, head.id.as_str())]) }
}

fn wanted_line(labels: &Labels, asked: &AskedCoverage, concept: &WantedConcept) -> WantedLine {
    let WantedConcept { facet, id, searches, resources } = concept;
    let address = || asked.carried.address(&format!("/?{}={id}", facet.name()));
    WantedLine {
        label: labels.value(*facet, id),
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

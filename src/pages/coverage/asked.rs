//! What a coverage map is asked to show: which facets, how many of their values, and among which resources; and, of its
//! tables for spreadsheets, which one. Strict about every parameter; only the same facet twice, which the form lets one
//! choose, is answered with another and a word.

use index::Facet;
use schemas::ControlledField;
use url::form_urlencoded::Serializer;

use crate::app::App;
use crate::error::AppError;
use crate::pages::carried::{Carried, LIST, WORDS_OF};
use crate::web::mistakes::Mistakes;
use crate::web::query::{Axes, Part, SearchQuery};
use crate::web::values::Values;

/// The parameters of the map, and those of every page.
const OWN: [&str; 5] = ["rows", "columns", "values", WORDS_OF, LIST];
/// The parameter of the tables for spreadsheets.
const TABLE: &str = "table";
/// The parameters of those.
const OWN_OF_SHEET: [&str; 6] = ["rows", "columns", "values", WORDS_OF, LIST, TABLE];
/// What is counted is narrowed as a search is; no results are listed, so nothing says how.
const PART: Part = Part { showing: &[], own: &OWN };
const PART_OF_SHEET: Part = Part { showing: &[], own: &OWN_OF_SHEET };

/// The kinds of resources that are about careers: what there is to know, and what there is to go to. Teaching materials,
/// of which there are so many more that they hide every gap, and what is for staff are not among them.
pub(super) const CAREERS: [&str; 2] = ["information", "experience"];
/// The facet of the kinds of resources.
pub(super) const TYPE: Facet = Facet::Controlled(ControlledField::Type);

/// How many values of the facets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Extent {
    /// Those that a list shows first, whether anything has them or not: what is missing is seen.
    Main,
    /// All that anything has.
    All,
}

impl Extent {
    pub(super) const ALL: [Self; 2] = [Self::Main, Self::All];

    /// Its name in an address.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::All => "all",
        }
    }
}

/// A table for spreadsheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sheet {
    /// The map.
    Counts,
    /// All its gaps.
    Gaps,
    /// All that was searched for in vain.
    Searches,
    /// All that catalogues hold more than once.
    Shared,
}

impl Sheet {
    const ALL: [Self; 4] = [Self::Counts, Self::Gaps, Self::Searches, Self::Shared];

    /// Its name in an address.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Gaps => "gaps",
            Self::Searches => "searches",
            Self::Shared => "shared",
        }
    }

    fn read(values: &Values, mistakes: &mut Mistakes) -> Self {
        let asked = values.one_of(TABLE, &Self::ALL.map(Self::name), mistakes);
        Self::ALL.into_iter().find(|one| Some(one.name()) == asked).unwrap_or(Self::Counts)
    }
}

/// What is shown of what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    /// Two different facets.
    pub(super) axes: Axes,
    pub(super) extent: Extent,
    /// Whether one facet was asked for twice, and the columns are another than was asked for.
    pub(super) was_same: bool,
}

impl Shown {
    fn read(values: &Values, mistakes: &mut Mistakes) -> Self {
        let asked = Axes::read(values, mistakes);
        let extent = values.one_of("values", &Extent::ALL.map(Extent::name), mistakes);
        let extent = Extent::ALL.into_iter().find(|one| Some(one.name()) == extent).unwrap_or(Extent::Main);
        let was_same = asked.are_same();
        Self { axes: if was_same { Axes::beside(asked.rows) } else { asked }, extent, was_same }
    }
}

/// What is asked for.
pub(super) struct AskedCoverage {
    /// Among which resources.
    pub(super) query: SearchQuery,
    pub(super) shown: Shown,
    pub(super) carried: Carried,
}

impl AskedCoverage {
    /// Reads a query string.
    ///
    /// # Errors
    /// With every mistake of it.
    pub(super) fn read(app: &App, raw: Option<&str>) -> Result<Self, AppError> {
        let read = |values: &Values, mistakes: &mut Mistakes| {
            (Shown::read(values, mistakes), Carried::strict(values, mistakes))
        };
        let (query, (shown, carried)) = SearchQuery::parse_beside(raw.unwrap_or_default(), app, &PART, None, read)?;
        Ok(Self { query, shown, carried })
    }

    /// The same of a table for spreadsheets, and which of them it is.
    ///
    /// # Errors
    /// With every mistake of it.
    pub(super) fn read_sheet(app: &App, raw: Option<&str>) -> Result<(Self, Sheet), AppError> {
        let read = |values: &Values, mistakes: &mut Mistakes| {
            (Shown::read(values, mistakes), Carried::strict(values, mistakes), Sheet::read(values, mistakes))
        };
        let (query, (shown, carried, sheet)) =
            SearchQuery::parse_beside(raw.unwrap_or_default(), app, &PART_OF_SHEET, None, read)?;
        Ok((Self { query, shown, carried }, sheet))
    }

    /// The parameters that narrow what is counted, also those that the two facets of now ignore.
    pub(super) fn narrowing(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.query.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, _)| !OWN_OF_SHEET.contains(name))
    }

    /// The kinds of resources that are counted; none where all are, or where they are a side of the map.
    pub(super) fn types(&self) -> &[String] {
        let chosen = self.query.request.filters.get(&TYPE).filter(|_| !self.shown.axes.has(TYPE.name()));
        chosen.map_or(&[], Vec::as_slice)
    }

    /// The search that finds what has these values, among what is counted.
    pub(super) fn search_address(&self, values: &[(Facet, &str)]) -> String {
        let narrowing = self.narrowing().filter(|(name, _)| !self.shown.axes.has(name));
        let chosen = values.iter().map(|(facet, id)| (facet.name(), *id));
        self.carried.address(&address("/", narrowing.chain(chosen)))
    }

    /// The address of this map, without what is carried.
    pub(super) fn here(&self, path: &str) -> String {
        address(path, self.shown_pairs().chain(self.narrowing()))
    }

    /// The address of the same map of these kinds of resources, of all where there are none; with what is carried.
    pub(super) fn here_of(&self, path: &str, types: &[&str]) -> String {
        let others = self.narrowing().filter(|(name, _)| *name != TYPE.name());
        let types = types.iter().map(|id| (TYPE.name(), *id));
        self.carried.address(&address(path, self.shown_pairs().chain(others).chain(types)))
    }

    /// The address of a table for spreadsheets, with what is carried.
    pub(super) fn sheet_address(&self, sheet: Sheet) -> String {
        let table = (sheet != Sheet::Counts).then(|| (TABLE, sheet.name()));
        self.carried.address(&address("/coverage.csv", self.shown_pairs().chain(table).chain(self.narrowing())))
    }

    /// The same counts for programs.
    pub(super) fn api_address(&self) -> String {
        address("/v1/coverage", self.axes_pairs().into_iter().chain(self.narrowing()))
    }

    /// How the map is laid out.
    fn shown_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let extent = (self.shown.extent != Extent::Main).then(|| ("values", self.shown.extent.name()));
        self.axes_pairs().into_iter().chain(extent)
    }

    fn axes_pairs(&self) -> [(&str, &str); 2] {
        let axes = self.shown.axes;
        [("rows", axes.rows.name()), ("columns", axes.columns.name())]
    }
}

fn address<'a>(path: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use schemas::Vocabularies;

    use super::*;

    fn read(raw: &str) -> (Shown, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let shown = Shown::read(&Values::pick(Some(raw), &OWN, &mut mistakes), &mut mistakes);
        let told = mistakes.into_result().err().unwrap_or_default();
        (shown, told.into_iter().map(|mistake| mistake.parameter).collect())
    }

    #[test]
    fn two_different_facets_are_shown_whatever_is_chosen() {
        for (raw, rows, columns, was_same) in [
            ("", "subject", "level", false),
            ("rows=type&columns=nation&q=soap", "type", "nation", false),
            ("rows=type&columns=type", "type", "level", true),
            ("rows=level&columns=level", "level", "subject", true),
        ] {
            let (Shown { axes, was_same: told_same, .. }, told) = read(raw);
            assert!(told.is_empty(), "{raw}: {told:?}");
            assert_eq!((axes.rows.name(), axes.columns.name(), told_same), (rows, columns, was_same), "{raw}");
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        assert_eq!(read("rows=subjects&columns=levle&values=some").1, ["rows", "columns", "values"]);
        assert_eq!(read("values=all").0.extent, Extent::All);
    }

    #[test]
    fn the_kinds_that_are_about_careers_are_types_of_resources() {
        let types = Vocabularies::shipped().of(ControlledField::Type);
        assert!(CAREERS.iter().all(|id| types.get(id).is_some()));
    }

    #[test]
    fn what_an_address_carries_is_written_as_parameters_are() {
        assert_eq!(address("/", [("q", "a & b"), ("level", "ks3")].into_iter()), "/?q=a+%26+b&level=ks3");
        assert_eq!(address("/coverage", std::iter::empty()), "/coverage");
    }
}

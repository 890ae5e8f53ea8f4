//! What a coverage map is asked to show: which facets, how many of their values, and among which resources. Strict about
//! every parameter; only the same facet twice, which the form lets one choose, is answered with another and a word.

use index::Facet;
use schemas::ControlledField;
use url::form_urlencoded::Serializer;

use crate::app::App;
use crate::error::AppError;
use crate::pages::carried::{Carried, LIST, WORDS_OF};
use crate::web::mistakes::Mistakes;
use crate::web::query::{Part, SearchQuery};
use crate::web::values::Values;

pub(super) const SUBJECT: Facet = Facet::Controlled(ControlledField::Subject);
pub(super) const LEVEL: Facet = Facet::Controlled(ControlledField::Level);

/// The parameters of the map alone.
const MAP: [&str; 3] = ["rows", "columns", "values"];
/// With those of every page.
const OWN: [&str; 5] = ["rows", "columns", "values", WORDS_OF, LIST];
/// What is counted is narrowed as a search is; no results are listed, so nothing says how.
const PART: Part = Part { showing: &[], own: &OWN };

/// How many values of the facets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
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

/// Two different facets, and how much of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axes {
    pub(super) rows: Facet,
    pub(super) columns: Facet,
    pub(super) extent: Extent,
    /// Whether one facet was asked for twice, and the columns are another than was asked for.
    pub(super) was_same: bool,
}

impl Axes {
    fn read(raw: Option<&str>, mistakes: &mut Mistakes) -> Self {
        let values = Values::pick(raw, &MAP, mistakes);
        let names = Facet::ALL.map(Facet::name);
        let mut facet = |name: &str| values.one_of(name, &names, mistakes).and_then(Facet::by_name);
        let (rows, columns) = match (facet("rows"), facet("columns")) {
            (Some(rows), Some(columns)) => (rows, columns),
            (Some(rows), None) => (rows, partner(rows)),
            (None, Some(columns)) => (if columns == SUBJECT { LEVEL } else { SUBJECT }, columns),
            (None, None) => (SUBJECT, LEVEL),
        };
        let extents = Extent::ALL.map(Extent::name);
        let extent = values.one_of("values", &extents, mistakes);
        let extent = Extent::ALL.into_iter().find(|one| Some(one.name()) == extent).unwrap_or(Extent::Main);
        let was_same = rows == columns;
        Self { rows, columns: if was_same { partner(rows) } else { columns }, extent, was_same }
    }

    /// Whether a parameter selects in one of the two facets, which the map ignores.
    fn has(self, name: &str) -> bool {
        name == self.rows.name() || name == self.columns.name()
    }
}

/// The facet that goes with another where none was chosen.
fn partner(facet: Facet) -> Facet {
    if facet == LEVEL { SUBJECT } else { LEVEL }
}

/// What is asked for.
pub(super) struct AskedCoverage {
    /// Among which resources.
    pub(super) query: SearchQuery,
    pub(super) axes: Axes,
    pub(super) carried: Carried,
}

impl AskedCoverage {
    /// Reads a query string.
    ///
    /// # Errors
    /// With every mistake of it.
    pub(super) fn read(app: &App, raw: Option<&str>) -> Result<Self, AppError> {
        let search = SearchQuery::parse_part(raw.unwrap_or_default(), app, &PART, None);
        let mut mistakes = Mistakes::default();
        let axes = Axes::read(raw, &mut mistakes);
        match (search, mistakes.into_result()) {
            (Ok(query), Ok(())) => Ok(Self { query, axes, carried: Carried::read(raw) }),
            (search, own) => {
                let mut all = search.err().unwrap_or_default();
                let own = own.err().unwrap_or_default();
                let new: Vec<_> = own.into_iter().filter(|mistake| !all.contains(mistake)).collect();
                all.extend(new);
                Err(AppError::BadRequest(all))
            }
        }
    }

    /// The parameters that narrow what is counted, also those that the two facets of now ignore.
    pub(super) fn narrowing(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.query.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, _)| !OWN.contains(name))
    }

    /// The search that finds what has these values, among what is counted.
    pub(super) fn search_address(&self, values: &[(Facet, &str)]) -> String {
        let narrowing = self.narrowing().filter(|(name, _)| !self.axes.has(name));
        let chosen = values.iter().map(|(facet, id)| (facet.name(), *id));
        self.carried.address(&address("/", narrowing.chain(chosen)))
    }

    /// The address of this map in another form, without what is carried: `/coverage`, `/coverage.csv`.
    pub(super) fn here(&self, path: &str) -> String {
        let extent = (self.axes.extent != Extent::Main).then(|| ("values", self.axes.extent.name()));
        address(path, self.axes_pairs().into_iter().chain(extent).chain(self.narrowing()))
    }

    /// The same counts for programs.
    pub(super) fn api_address(&self) -> String {
        address("/v1/coverage", self.axes_pairs().into_iter().chain(self.narrowing()))
    }

    fn axes_pairs(&self) -> [(&str, &str); 2] {
        [("rows", self.axes.rows.name()), ("columns", self.axes.columns.name())]
    }
}

fn address<'a>(path: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> (Axes, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let axes = Axes::read(Some(raw), &mut mistakes);
        let told = mistakes.into_result().err().unwrap_or_default();
        (axes, told.into_iter().map(|mistake| mistake.parameter).collect())
    }

    #[test]
    fn two_different_facets_are_shown_whatever_is_chosen() {
        for (raw, rows, columns, was_same) in [
            ("", "subject", "level", false),
            ("rows=level", "level", "subject", false),
            ("columns=subject", "level", "subject", false),
            ("rows=type&columns=nation&q=soap", "type", "nation", false),
            ("rows=type&columns=type", "type", "level", true),
            ("rows=level&columns=level", "level", "subject", true),
        ] {
            let (axes, told) = read(raw);
            assert!(told.is_empty(), "{raw}: {told:?}");
            assert_eq!((axes.rows.name(), axes.columns.name(), axes.was_same), (rows, columns, was_same), "{raw}");
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        assert_eq!(read("rows=subjects&columns=levle&values=some").1, ["rows", "columns", "values"]);
        assert_eq!(read("values=all").0.extent, Extent::All);
    }

    #[test]
    fn what_an_address_carries_is_written_as_parameters_are() {
        assert_eq!(address("/", [("q", "a & b"), ("level", "ks3")].into_iter()), "/?q=a+%26+b&level=ks3");
        assert_eq!(address("/coverage", std::iter::empty()), "/coverage");
    }
}

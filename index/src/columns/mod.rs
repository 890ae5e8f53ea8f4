//! What is looked up of each match, in memory, for each segment of the index.
//!
//! The engine's own columns are packed on disk, and a facet of many values costs a look for each of them. Here all
//! values of a resource in a facet are one number, that of its set, and few distinct sets occur: one increment counts a
//! resource in a facet, whatever it states there. Columns are opened once for a segment, which never changes; what is
//! deleted later is for the [`View`] to know. Which matches count and where is for `facets` to say.

mod bits;
mod dictionary;
mod sets;
mod view;

use std::fmt::Debug;
use std::sync::Arc;

use schemas::{AgeRange, Vocabularies};
use tantivy::columnar::{Column, ColumnIndex, ColumnValues, StrColumn};
use tantivy::{DocId, SegmentReader};

use crate::fields::{AGES, ENDS, NEWEST, PRIOR, TIE, TITLE_SORT};
use crate::request::Facet;

pub(crate) use bits::Bits;
pub(crate) use dictionary::{Dictionary, Values};
pub(crate) use sets::{Numbers, SetColumn, SetValue, joined};
pub(crate) use view::View;

/// What stands between two ranges in the field of ages.
const BETWEEN_AGES: char = '|';

/// What is looked up in one segment.
pub(crate) struct Columns {
    /// In the order of [`Facet::ALL`].
    facets: Vec<SetColumn>,
    pub(crate) ages: Ages,
    /// By how much each document is preferred before any word is looked at.
    pub(crate) priors: Vec<f32>,
    pub(crate) tie: Arc<dyn ColumnValues<u64>>,
    pub(crate) newest: Arc<dyn ColumnValues<i64>>,
    /// Titles in the order in which they are sorted; `None` where no document has one.
    pub(crate) titles: Option<StrColumn>,
    /// When what has an end is over, the first to end first. Few have one.
    ends: Vec<(i64, DocId)>,
}

/// The ranges of ages of each document.
pub(crate) struct Ages {
    pub(crate) numbers: Numbers,
    pub(crate) sets: Vec<Vec<AgeRange>>,
}

impl Columns {
    /// Reads the columns of a segment. Values that were never seen before get their numbers.
    pub(crate) fn open(
        segment: &SegmentReader,
        dictionary: &Dictionary,
        vocabularies: &Vocabularies,
    ) -> tantivy::Result<Self> {
        let documents = segment.max_doc();
        let columns = segment.fast_fields();
        let mut facets = Vec::with_capacity(Facet::ALL.len());
        for facet in Facet::ALL {
            let column = columns.str(&facet.set_column())?;
            let mut additions = dictionary.begin(facet, vocabularies);
            facets.push(SetColumn::open(column.as_ref(), documents, |id| additions.number(id))?);
            additions.finish();
        }
        let prior = columns.column_opt::<u64>(PRIOR)?;
        let ends = columns.column_opt::<i64>(ENDS)?;
        Ok(Self {
            facets,
            ages: Ages::open(columns.str(AGES)?.as_ref(), documents)?,
            priors: prior.map_or_else(|| vec![0.0; documents as usize], |column| priors(&column, documents)),
            tie: values(columns.column_opt::<u64>(TIE)?, documents),
            newest: values(columns.column_opt::<i64>(NEWEST)?, documents),
            titles: columns.str(TITLE_SORT)?,
            ends: ends.map_or_else(Vec::new, |column| sorted_ends(&column, documents)),
        })
    }

    /// The sets of a facet.
    pub(crate) fn facet(&self, facet: Facet) -> &SetColumn {
        &self.facets[facet.place()]
    }

    /// Whether a document has any value in a facet, stated or inferred.
    pub(crate) fn states(&self, facet: Facet, doc: DocId) -> bool {
        let column = self.facet(facet);
        !column.values(column.numbers().at(doc)).is_empty()
    }

    /// By how much a document is preferred before any word is looked at.
    pub(crate) fn prior(&self, doc: DocId) -> f32 {
        self.priors[doc as usize]
    }

    /// How many documents are over at a time.
    fn over_at(&self, seconds: i64) -> usize {
        self.ends.partition_point(|(end, _)| *end < seconds)
    }

    /// The documents that are over when so many are.
    fn over(&self, count: usize) -> impl Iterator<Item = DocId> {
        self.ends[..count].iter().map(|(_, doc)| *doc)
    }
}

impl Ages {
    fn open(column: Option<&StrColumn>, documents: u32) -> tantivy::Result<Self> {
        let mut sets = Vec::new();
        // What is no range was not written by us; the others of the text still count.
        let numbers = sets::numbers(column, documents, |text| {
            sets.push(text.split(BETWEEN_AGES).filter_map(|range| range.parse::<AgeRange>().ok()).collect());
        })?;
        Ok(Self { numbers, sets })
    }
}

/// Thousandths as they are held, as the factor that they stand for.
fn priors(column: &Column<u64>, documents: u32) -> Vec<f32> {
    let mut priors = Vec::with_capacity(documents as usize);
    sets::for_each_value(column, documents, 0, |thousandths| {
        priors.push(0.001 * f32::from(u16::try_from(thousandths).unwrap_or(u16::MAX)));
    });
    priors
}

fn sorted_ends(column: &Column<i64>, documents: u32) -> Vec<(i64, DocId)> {
    let mut ends: Vec<(i64, DocId)> = match &column.index {
        ColumnIndex::Optional(index) => column.values.iter().zip(index.iter_non_null_docs()).collect(),
        ColumnIndex::Empty { .. } | ColumnIndex::Full | ColumnIndex::Multivalued(_) => {
            (0..documents).filter_map(|doc| Some((column.first(doc)?, doc))).collect()
        }
    };
    ends.sort_unstable();
    ends
}

/// A column as one value for each document.
fn values<T>(column: Option<Column<T>>, documents: u32) -> Arc<dyn ColumnValues<T>>
where
    T: PartialOrd + Copy + Default + Debug + Send + Sync + 'static,
{
    match column {
        Some(column) if matches!(column.index, ColumnIndex::Full) => column.values,
        Some(column) => column.first_or_default_col(T::default()),
        None => Column::build_empty_column(documents).first_or_default_col(T::default()),
    }
}

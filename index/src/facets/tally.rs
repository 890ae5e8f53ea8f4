//! The counts of one facet, by the numbers of its values.

use tantivy::DocId;

use super::gates::counting;
use crate::columns::{SetColumn, SetValue};

/// The counts of one facet.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// By the number of the value.
    pub(super) counts: Vec<Count>,
    pub(super) not_stated: u64,
}

/// How many resources have a value, and how many of them by inference only. More do not fit into one index.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) all: u32,
    pub(super) inferred: u32,
}

impl Tally {
    /// Nothing counted yet, of so many values.
    pub(super) fn of(values: usize) -> Self {
        Self { counts: vec![Count::default(); values], not_stated: 0 }
    }

    /// Counts documents of one segment.
    pub(super) fn add(&mut self, column: &SetColumn, docs: [&[DocId]; 2], stated_only: bool) {
        if docs.into_iter().map(<[DocId]>::len).sum::<usize>() < column.count() {
            for doc in docs.into_iter().flatten() {
                self.add_set(column.values(column.numbers().at(*doc)), 1, stated_only);
            }
            return;
        }
        let mut times = vec![0; column.count()];
        for docs in docs {
            column.numbers().count(docs, &mut times);
        }
        for (set, times) in column.sets().zip(times).filter(|(_, times)| *times > 0) {
            self.add_set(set, times, stated_only);
        }
    }

    #[inline]
    fn add_set(&mut self, set: &[SetValue], times: u32, stated_only: bool) {
        let mut is_stated = false;
        for value in counting(set, stated_only) {
            is_stated = true;
            let count = &mut self.counts[value.number() as usize];
            count.all += times;
            if value.is_inferred() {
                count.inferred += times;
            }
        }
        if !is_stated {
            self.not_stated += u64::from(times);
        }
    }
}

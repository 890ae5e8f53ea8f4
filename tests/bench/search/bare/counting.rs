//! Counts of several facets in one pass over what matches, by the ordinals of each segment's columns.

use std::collections::HashMap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::StrColumn;
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

/// Counts the values of these columns.
pub(super) struct Counting {
    pub(super) columns: Vec<String>,
}

/// What was counted.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) total: u64,
    /// In the order of the columns.
    pub(super) facets: Vec<Tally>,
}

/// The counts of one column.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) values: HashMap<String, u64>,
    pub(super) not_stated: u64,
}

impl Collector for Counting {
    type Fruit = Counts;
    type Child = SegmentCounting;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentCounting> {
        let columns = self.columns.iter().map(|name| segment.fast_fields().str(name));
        Ok(SegmentCounting { columns: columns.collect::<tantivy::Result<_>>()?, found: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Counts>>) -> tantivy::Result<Counts> {
        let mut merged = Counts::default();
        merged.facets.resize_with(self.columns.len(), Tally::default);
        for counts in segments {
            let counts = counts?;
            merged.total += counts.total;
            for (held, tally) in merged.facets.iter_mut().zip(counts.facets) {
                held.not_stated += tally.not_stated;
                for (value, count) in tally.values {
                    *held.values.entry(value).or_default() += count;
                }
            }
        }
        Ok(merged)
    }
}

/// Counts in one segment: what matches is gathered, and counted at the end one column after the other.
pub(super) struct SegmentCounting {
    /// `None` where no document of the segment has a value.
    columns: Vec<Option<StrColumn>>,
    found: Vec<DocId>,
}

impl SegmentCollector for SegmentCounting {
    type Fruit = tantivy::Result<Counts>;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.found.push(doc);
    }

    fn harvest(self) -> tantivy::Result<Counts> {
        let facets = self.columns.iter().map(|column| tally(column.as_ref(), &self.found));
        Ok(Counts { total: self.found.len() as u64, facets: facets.collect::<tantivy::Result<_>>()? })
    }
}

fn tally(column: Option<&StrColumn>, found: &[DocId]) -> tantivy::Result<Tally> {
    let Some(column) = column else {
        return Ok(Tally { values: HashMap::new(), not_stated: found.len() as u64 });
    };
    let mut counts = vec![0_u64; column.num_terms()];
    let mut not_stated = 0;
    for doc in found {
        let mut is_stated = false;
        for ordinal in column.ords().values_for_doc(*doc) {
            counts[usize::try_from(ordinal).expect("it is a place in a dictionary that is in memory")] += 1;
            is_stated = true;
        }
        not_stated += u64::from(!is_stated);
    }
    let (ordinals, counts): (Vec<u64>, Vec<u64>) = (0..).zip(counts).filter(|(_, count)| *count > 0).unzip();
    let mut names = Vec::with_capacity(ordinals.len());
    column.dictionary().sorted_ords_to_term_cb(&ordinals, |name| {
        names.push(String::from_utf8_lossy(name).into_owned());
    })?;
    Ok(Tally { values: names.into_iter().zip(counts).collect(), not_stated })
}

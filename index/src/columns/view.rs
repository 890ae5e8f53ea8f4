//! One state of the index with its columns: what all searches share until the next commit.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::DateTime;
use schemas::Vocabularies;
use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentOrdinal};

use super::{Bits, Columns, Dictionary};
use crate::document::seconds;
use crate::facets::Cache;

/// A state of the index. Later commits do not change it.
pub(crate) struct View {
    pub(crate) searcher: Searcher,
    /// By the ordinal of the segment.
    columns: Vec<Arc<Columns>>,
    dictionary: Arc<Dictionary>,
    /// By the ordinal of the segment, what was made last.
    shown: Vec<Mutex<Option<Shown>>>,
    /// What everybody is answered who asks for everything.
    pub(crate) cache: Cache,
}

/// The documents of a segment that are shown when so many are over.
struct Shown {
    over: usize,
    documents: Arc<Bits>,
}

impl View {
    /// Opens the columns of what a searcher sees; those that an earlier view had are taken from there.
    pub(crate) fn of(
        searcher: Searcher,
        previous: Option<&Self>,
        dictionary: Arc<Dictionary>,
        vocabularies: &Vocabularies,
    ) -> tantivy::Result<Self> {
        // Columns hold numbers of their own dictionary.
        let previous = previous.filter(|view| Arc::ptr_eq(&view.dictionary, &dictionary));
        let mut columns = Vec::with_capacity(searcher.segment_readers().len());
        for segment in searcher.segment_readers() {
            columns.push(match previous.and_then(|view| view.columns_of(segment.segment_id())) {
                Some(held) => held,
                None => Arc::new(Columns::open(segment, &dictionary, vocabularies)?),
            });
        }
        let shown = columns.iter().map(|_| Mutex::new(None)).collect();
        Ok(Self { searcher, columns, dictionary, shown, cache: Cache::default() })
    }

    /// The values of all facets that occur here, and those that did.
    pub(crate) fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The columns of a segment.
    pub(crate) fn columns(&self, ordinal: SegmentOrdinal) -> &Columns {
        &self.columns[ordinal as usize]
    }

    /// How many documents of each segment are over at a local time.
    pub(crate) fn over(&self, now: DateTime) -> Vec<usize> {
        // At a time that cannot be written as a number nothing is over.
        let over = |columns: &Arc<Columns>| seconds(now).map_or(0, |seconds| columns.over_at(seconds));
        self.columns.iter().map(over).collect()
    }

    /// The documents of a segment that are neither deleted nor among those that are over; `None` when that is all.
    pub(crate) fn shown(&self, ordinal: SegmentOrdinal, over: usize) -> Option<Arc<Bits>> {
        let segment = self.searcher.segment_reader(ordinal);
        if over == 0 && segment.alive_bitset().is_none() {
            return None;
        }
        let mut held = self.shown[ordinal as usize].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = held.as_ref().filter(|shown| shown.over == over) {
            return Some(Arc::clone(&shown.documents));
        }
        let mut shown = Bits::all(segment.max_doc());
        if let Some(alive) = segment.alive_bitset() {
            shown = Bits::none(segment.max_doc());
            alive.iter_alive().for_each(|doc| shown.insert(doc));
        }
        self.columns(ordinal).over(over).for_each(|doc| shown.remove(doc));
        let documents = Arc::new(shown);
        *held = Some(Shown { over, documents: Arc::clone(&documents) });
        Some(documents)
    }

    fn columns_of(&self, id: SegmentId) -> Option<Arc<Columns>> {
        let segments = self.searcher.segment_readers();
        let place = segments.iter().position(|segment| segment.segment_id() == id)?;
        Some(Arc::clone(&self.columns[place]))
    }
}

//! What the index holds, resource by resource, to be compared with the store. What follows from a difference is for the
//! caller to say.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemas::{Resource, ResourceId};
use tantivy::columnar::Column;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, SegmentReader, TERMINATED};

use crate::columns::View;
use crate::error::{Doing, IndexError};
use crate::fields::{FINGERPRINT, Fields};
use crate::fingerprint::written;
use crate::search::Searching;
use crate::{Index, Rebuild};

/// What stands in place of the hash of a resource that the index holds more than once: no resource has it.
const DOUBLED: &str = "doubled";

/// Resources by id, each with the hash of what is indexed of it.
type Held = BTreeMap<ResourceId, String>;

impl Index {
    /// At most so many resources of the live generation after an id, in the order of their ids, each with its
    /// [`fingerprint`](crate::fingerprint()); hidden ones with them. An empty page is the end.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn contents(&self, after: Option<&ResourceId>, limit: usize) -> Result<Vec<(ResourceId, String)>, IndexError> {
        let live = self.live.load_full();
        let view = live.view();
        let after = after.map_or("", ResourceId::as_str);
        let held = page_of(&view, &live.fields, after, limit).doing("listing what is held")?;
        // Each segment gave as many as there may be: those beyond would have gaps.
        Ok(held.into_iter().take(limit).collect())
    }

    /// The [`fingerprint`](crate::fingerprint()) of each of these resources as the live generation holds it, in their
    /// order; `None` for what it does not hold.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn held(&self, ids: &[ResourceId]) -> Result<Vec<Option<String>>, IndexError> {
        let live = self.live.load_full();
        let view = live.view();
        held_of(&view, &live.fields, ids).doing("looking up what is held")
    }

    /// Each of these resources as the live generation holds it, in their order; `None` for what it does not hold. For who
    /// cannot ask the store.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn resources(&self, ids: &[ResourceId]) -> Result<Vec<Option<Resource>>, IndexError> {
        let live = self.live.load_full();
        let view = live.view();
        let searching = self.searching(&live, &view);
        let mut unpacker = Searching::unpacker()?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(address) = searching.address_of(id).doing("looking for a resource")? else {
                found.push(None);
                continue;
            };
            let json = searching.kept(address, &mut unpacker)?;
            found.push(Some(serde_json::from_str(&json).map_err(|source| IndexError::Stored { source })?));
        }
        Ok(found)
    }
}

impl Rebuild {
    /// As [`Index::held`], of what was committed to the generation that is being built.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn held(&self, ids: &[ResourceId]) -> Result<Vec<Option<String>>, IndexError> {
        let generation = self.generation.as_ref().ok_or(IndexError::RebuildBroken)?;
        generation.show_latest()?;
        let view = generation.view();
        held_of(&view, &generation.fields, ids).doing("looking up what is held")
    }
}

fn page_of(view: &View, fields: &Fields, after: &str, limit: usize) -> tantivy::Result<Held> {
    let mut held = Held::new();
    for segment in view.searcher.segment_readers() {
        let columns = Columns::open(segment, fields)?;
        let mut terms = columns.ids.terms().range().gt(after).into_stream()?;
        let mut taken = 0;
        while taken < limit && terms.advance() {
            // We write ids only.
            let id = std::str::from_utf8(terms.key()).ok().and_then(|id| ResourceId::parse(id).ok());
            if let Some(id) = id {
                taken += usize::from(columns.note(&id, terms.value(), &mut held)?);
            }
        }
    }
    Ok(held)
}

fn held_of(view: &View, fields: &Fields, ids: &[ResourceId]) -> tantivy::Result<Vec<Option<String>>> {
    let mut held = Held::new();
    for segment in view.searcher.segment_readers() {
        let columns = Columns::open(segment, fields)?;
        for id in ids {
            if let Some(info) = columns.ids.terms().get(id.as_str())? {
                columns.note(id, &info, &mut held)?;
            }
        }
    }
    Ok(ids.iter().map(|id| held.get(id).cloned()).collect())
}

/// Of one segment, what says which resources it holds.
struct Columns<'a> {
    segment: &'a SegmentReader,
    ids: Arc<InvertedIndexReader>,
    fingerprints: Option<Column<u64>>,
}

impl<'a> Columns<'a> {
    fn open(segment: &'a SegmentReader, fields: &Fields) -> tantivy::Result<Self> {
        let fingerprints = segment.fast_fields().column_opt::<u64>(FINGERPRINT)?;
        Ok(Self { segment, ids: segment.inverted_index(fields.id)?, fingerprints })
    }

    /// Notes the documents of a resource that are not deleted. Says whether there is any.
    fn note(&self, id: &ResourceId, info: &TermInfo, held: &mut Held) -> tantivy::Result<bool> {
        let mut found = false;
        let mut postings = self.ids.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
        while postings.doc() != TERMINATED {
            let document = postings.doc();
            if self.segment.alive_bitset().is_none_or(|alive| alive.is_alive(document)) {
                let number = self.fingerprints.as_ref().and_then(|column| column.first(document)).unwrap_or(0);
                held.entry(id.clone()).and_modify(|other| DOUBLED.clone_into(other)).or_insert_with(|| written(number));
                found = true;
            }
            postings.advance();
        }
        Ok(found)
    }
}

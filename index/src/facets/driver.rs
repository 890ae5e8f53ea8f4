//! Which documents are worth a look where no words were typed: lists of the engine instead of everything.
//!
//! What fails at most one selection passes at least one of any two, so the lists of two selections hold all that
//! counts. A wish must be met by everything, so its list does too; and where only what passes is asked for, the list of
//! one selection is enough. Lists hold what is deleted, hidden or only inferred as well: they save looks, the gates
//! decide.

use std::sync::Arc;

use tantivy::postings::TermInfo;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{InvertedIndexReader, SegmentOrdinal, SegmentReader, Term};

use super::Pass;
use super::gates::Selection;
use crate::columns::Bits;
use crate::fields::NOTHING;
use crate::request::NOT_STATED;

/// Lists that hold more than this share of a segment, one in so many, cost more than a look at each document.
const WORTH_IT: u64 = 2;

/// Whether lists say what has one of these values. Of what has inferred values only, no list says that it states none.
pub(super) fn is_listed(ids: &[String], stated_only: bool) -> bool {
    !ids.is_empty() && (!stated_only || ids.iter().all(|id| id != NOT_STATED))
}

/// The documents of a segment that may count; `None` when that is most of them.
pub(super) fn candidates(
    pass: &Pass<'_>,
    selections: &[Selection<'_>],
    ordinal: SegmentOrdinal,
    passing_only: bool,
) -> tantivy::Result<Option<Bits>> {
    let segment = pass.view.searcher.segment_reader(ordinal);
    let ways = ways(pass, selections, segment, passing_only)?;
    let Some(shortest) = ways.into_iter().min_by_key(|lists| length(lists)) else {
        return Ok(None);
    };
    if length(&shortest) * WORTH_IT > u64::from(segment.max_doc()) {
        return Ok(None);
    }
    let mut candidates = Bits::none(segment.max_doc());
    for list in &shortest {
        list.add_to(&mut candidates)?;
    }
    Ok(Some(candidates))
}

/// Each way to reach all that counts: lists of which one or another has it.
fn ways(
    pass: &Pass<'_>,
    selections: &[Selection<'_>],
    segment: &SegmentReader,
    passing_only: bool,
) -> tantivy::Result<Vec<Vec<List>>> {
    let stated_only = pass.request.stated_only;
    let mut ways = Vec::new();
    for wish in pass.wishes.iter().filter(|wish| !stated_only && !wish.lets_others_in) {
        let ids = wish.ids.iter().map(String::as_str).chain([NOTHING]);
        ways.push(vec![List::of(segment, pass.fields.facet(wish.facet), ids)?]);
    }
    let mut lists = Vec::new();
    for selection in selections.iter().filter(|selection| is_listed(selection.ids, stated_only)) {
        let ids = selection.ids.iter().map(|id| if id == NOT_STATED { NOTHING } else { id.as_str() });
        lists.push(List::of(segment, pass.fields.facet(selection.facet), ids)?);
    }
    lists.sort_by_key(List::length);
    let needed = if passing_only { 1 } else { 2 };
    if lists.len() >= needed {
        lists.truncate(needed);
        ways.push(lists);
    }
    Ok(ways)
}

fn length(lists: &[List]) -> u64 {
    lists.iter().map(List::length).sum()
}

/// What has any of some values of a facet, in one segment.
struct List {
    index: Arc<InvertedIndexReader>,
    values: Vec<TermInfo>,
}

impl List {
    fn of<'a>(segment: &SegmentReader, field: Field, ids: impl Iterator<Item = &'a str>) -> tantivy::Result<Self> {
        let index = segment.inverted_index(field)?;
        let mut values = Vec::new();
        for id in ids {
            values.extend(index.get_term_info(&Term::from_field_text(field, id))?);
        }
        Ok(Self { index, values })
    }

    /// How many documents it holds at most; those with several of the values count several times.
    fn length(&self) -> u64 {
        self.values.iter().map(|value| u64::from(value.doc_freq)).sum()
    }

    fn add_to(&self, bits: &mut Bits) -> tantivy::Result<()> {
        for value in &self.values {
            let mut block = self.index.read_block_postings_from_terminfo(value, IndexRecordOption::Basic)?;
            while !block.docs().is_empty() {
                block.docs().iter().for_each(|doc| bits.insert(*doc));
                block.advance();
            }
        }
        Ok(())
    }
}

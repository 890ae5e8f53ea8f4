//! The titles that have words beginning with those that are being typed.
//!
//! The lists of the field `beginnings` are walked side by side, a bounded part of them; what is preferred most is kept,
//! compared by its title, and the few that are given are read from what the index keeps of them. What a search hides is
//! not suggested.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use jiff::civil::DateTime;
use schemas::{LinkState, ResourceId};
use serde::Deserialize;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocId, DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::{Among, Typed, has_word_beginning};
use crate::document::{self, BEGINNINGS};
use crate::facets::Bounds;
use crate::fields::{ENDS, Fields, PRIOR, TITLE_SORT};
use crate::kept::Unpacker;
use crate::limits::MAX_TITLES_LOOKED_AT;
use crate::request::Facet;
use crate::results::SuggestedTitle;

/// So many titles are compared by more than how much is known of the resource.
const MAX_TITLES: usize = 64;

/// A resource that may be suggested.
struct Title {
    address: DocAddress,
    prior: u64,
    /// Its title, folded.
    folded: String,
}

/// A resource by how much it is preferred, then by its address: the order in which those that are kept are chosen.
type Preferred = (u64, DocAddress);

/// The titles that have words that begin with each of those typed, at most `limit`. First those that begin with all of
/// it, then by how much the resource is preferred, then the shorter; equal ones once.
///
/// Of more than [`MAX_TITLES_LOOKED_AT`] resources a part is looked at, and of these the [`MAX_TITLES`] that are
/// preferred most are compared.
pub(super) fn suggest(among: Among<'_>, typed: &Typed, limit: usize) -> tantivy::Result<Vec<SuggestedTitle>> {
    let (searcher, fields) = (&among.view.searcher, among.fields);
    let Some(wanted) = Wanted::new(fields, typed, among.now) else {
        return Ok(Vec::new());
    };
    let mut found = with_titles(searcher, preferred(among, &wanted)?)?;
    // The beginnings in the index are of two to fifteen letters; what is shorter or longer is compared here.
    found.retain(|title| wanted.unsure.iter().all(|word| has_word_beginning(&title.folded, word)));
    found.sort_by_key(|title| {
        (!title.folded.starts_with(&typed.text), Reverse(title.prior), title.folded.len(), title.address)
    });
    let mut seen = HashSet::new();
    found.retain(|title| seen.insert(title.folded.clone()));
    found.into_iter().take(limit).map(|title| read(searcher, fields, title.address)).collect()
}

/// What titles are looked for.
struct Wanted<'a> {
    fields: &'a Fields,
    /// The beginnings that a title must have.
    beginnings: Vec<Term>,
    /// The words of which the index does not hold all that is typed.
    unsure: Vec<&'a str>,
    /// What makes a link broken.
    broken: Term,
    /// What ended before this second is over.
    now: Option<i64>,
}

impl<'a> Wanted<'a> {
    /// `None` when no word is long enough to be looked up.
    fn new(fields: &'a Fields, typed: &'a Typed, now: DateTime) -> Option<Self> {
        let mut beginnings: Vec<Term> = Vec::new();
        let mut unsure = Vec::new();
        for word in &typed.words {
            let letters = word.chars().count();
            if !BEGINNINGS.contains(&letters) {
                unsure.push(word.as_str());
            }
            if letters >= *BEGINNINGS.start() {
                let begun: String = word.chars().take(*BEGINNINGS.end()).collect();
                beginnings.push(Term::from_field_text(fields.beginnings, &begun));
            }
        }
        if beginnings.is_empty() {
            return None;
        }
        let broken = Term::from_field_text(fields.facet(Facet::Link), LinkState::Broken.name());
        Some(Self { fields, beginnings, unsure, broken, now: document::seconds(now) })
    }
}

/// The resources that have all beginnings and are not hidden: those that are preferred most, in no order.
fn preferred(among: Among<'_>, wanted: &Wanted<'_>) -> tantivy::Result<Vec<Preferred>> {
    let searcher = &among.view.searcher;
    let all: u64 = searcher.segment_readers().iter().map(|segment| u64::from(segment.max_doc())).sum();
    // The least preferred of those kept stands on top, to be replaced.
    let mut kept: BinaryHeap<Reverse<Preferred>> = BinaryHeap::new();
    for (segment_ord, segment) in (0..).zip(searcher.segment_readers()) {
        let share = MAX_TITLES_LOOKED_AT * u64::from(segment.max_doc()) / all.max(1);
        let bounds = Bounds::of_scope(among.view, among.scope, false, segment_ord);
        look_through(segment, wanted, share + 1, |doc_id, prior| {
            if !bounds.lets_in(doc_id) {
                return;
            }
            kept.push(Reverse((prior, DocAddress { segment_ord, doc_id })));
            if kept.len() > MAX_TITLES {
                kept.pop();
            }
        })?;
    }
    Ok(kept.into_iter().map(|Reverse(preferred)| preferred).collect())
}

/// Gives the resources of a segment that are wanted, with how much each is preferred; looks at no more than so many.
fn look_through(
    segment: &SegmentReader,
    wanted: &Wanted<'_>,
    most: u64,
    mut take: impl FnMut(DocId, u64),
) -> tantivy::Result<()> {
    let inverted = segment.inverted_index(wanted.fields.beginnings)?;
    let mut postings = Vec::new();
    for beginning in &wanted.beginnings {
        match inverted.read_postings(beginning, IndexRecordOption::Basic)? {
            Some(of_one) => postings.push(of_one),
            None => return Ok(()),
        }
    }
    // The rarest leads.
    postings.sort_by_key(DocSet::size_hint);
    let Some((lead, others)) = postings.split_first_mut() else {
        return Ok(());
    };
    let links = segment.inverted_index(wanted.fields.facet(Facet::Link))?;
    let mut broken = links.read_postings(&wanted.broken, IndexRecordOption::Basic)?;
    let priors = segment.fast_fields().column_opt::<u64>(PRIOR)?;
    let ends = segment.fast_fields().column_opt::<i64>(ENDS)?;
    let mut doc = lead.doc();
    for _ in 0..most {
        if doc == TERMINATED {
            break;
        }
        let next = others.iter_mut().map(|other| at_or_after(other, doc)).max().unwrap_or(doc);
        if next > doc {
            doc = at_or_after(lead, next);
            continue;
        }
        let end = ends.as_ref().and_then(|ends| ends.first(doc));
        let is_over = end.zip(wanted.now).is_some_and(|(end, now)| end < now);
        let is_broken = broken.as_mut().is_some_and(|broken| at_or_after(broken, doc) == doc);
        if !is_over && !is_broken && !segment.is_deleted(doc) {
            take(doc, priors.as_ref().and_then(|priors| priors.first(doc)).unwrap_or(0));
        }
        doc = lead.advance();
    }
    Ok(())
}

/// Goes on to this document or the next after it; stays where it is when it is beyond.
fn at_or_after(postings: &mut impl DocSet, doc: DocId) -> DocId {
    if postings.doc() < doc { postings.seek(doc) } else { postings.doc() }
}

fn with_titles(searcher: &Searcher, mut preferred: Vec<Preferred>) -> tantivy::Result<Vec<Title>> {
    preferred.sort_by_key(|(_, address)| *address);
    let mut found = Vec::with_capacity(preferred.len());
    for of_segment in preferred.chunk_by(|(_, one), (_, other)| one.segment_ord == other.segment_ord) {
        let segment = searcher.segment_reader(of_segment[0].1.segment_ord);
        let Some(titles) = segment.fast_fields().str(TITLE_SORT)? else {
            continue;
        };
        for (prior, address) in of_segment {
            let mut folded = String::new();
            if let Some(place) = titles.ords().first(address.doc_id) {
                titles.ord_to_str(place, &mut folded)?;
            }
            found.push(Title { address: *address, prior: *prior, folded });
        }
    }
    Ok(found)
}

/// What is read of a kept resource.
#[derive(Deserialize)]
struct Shown<'a> {
    id: ResourceId,
    #[serde(borrow)]
    title: Cow<'a, str>,
}

fn read(searcher: &Searcher, fields: &Fields, address: DocAddress) -> tantivy::Result<SuggestedTitle> {
    let json = Unpacker::new()?.read(searcher, fields, address)?;
    let shown: Shown<'_> = serde_json::from_str(&json)?;
    Ok(SuggestedTitle { id: shown.id, title: shown.title.into_owned() })
}

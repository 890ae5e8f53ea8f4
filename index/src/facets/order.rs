//! The best of all results, in the order that was asked for.
//!
//! Every order is turned into numbers of which the lowest comes first. Most results are worse than what is already
//! held, and cost one comparison. What decides between equals is read only where it decides.

use tantivy::columnar::{ColumnValues, StrColumn, TermOrdHit};
use tantivy::{DocAddress, DocId, SegmentOrdinal, i64_to_u64, u64_to_i64};

use super::Pass;
use crate::columns::Columns;
use crate::cursor::{Cursor, LastKey};
use crate::request::{Place, Sort};

/// So many are held at least before the worst of them are let go.
const LEAST_ROOM: usize = 256;

/// A result in its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) address: DocAddress,
    /// 0 unless sorted by relevance.
    pub(crate) score: f32,
    /// What it was ranked by.
    pub(crate) key: LastKey,
    /// What decides between equals.
    pub(crate) tie: u64,
}

/// A result as it is compared: first by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: u64,
    tie: u64,
    segment: SegmentOrdinal,
    doc: DocId,
}

/// Holds the lowest of many entries.
#[derive(Debug)]
struct Best {
    take: usize,
    held: Vec<Entry>,
    /// What is above was beaten by enough others.
    worst: (u64, u64),
}

impl Best {
    fn new(take: usize) -> Self {
        Self { take, held: Vec::new(), worst: (u64::MAX, u64::MAX) }
    }

    #[inline]
    fn push(&mut self, entry: Entry) {
        if (entry.key, entry.tie) > self.worst {
            return;
        }
        self.held.push(entry);
        if self.held.len() >= self.take.saturating_mul(2).max(LEAST_ROOM) {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        if self.held.len() <= self.take {
            return;
        }
        if let Some(last) = self.take.checked_sub(1) {
            let (_, worst, _) = self.held.select_nth_unstable(last);
            self.worst = (worst.key, worst.tie);
        }
        self.held.truncate(self.take);
    }

    /// What it holds, the best first; it then holds nothing.
    fn drain(&mut self) -> Vec<Entry> {
        self.shrink();
        self.worst = (u64::MAX, u64::MAX);
        let mut held = std::mem::take(&mut self.held);
        held.sort_unstable();
        held
    }
}

/// The best results of all segments.
pub(super) struct Ranking<'a> {
    pass: &'a Pass<'a>,
    best: Best,
    /// Results by title. Within a segment their numbers are compared, between segments their titles.
    titled: Vec<Ranked>,
}

impl<'a> Ranking<'a> {
    pub(super) fn new(pass: &'a Pass<'a>) -> Self {
        Self { pass, best: Best::new(pass.take), titled: Vec::new() }
    }

    /// Begins a segment; `None` when no results are wanted.
    pub(super) fn of_segment(&mut self, ordinal: SegmentOrdinal) -> tantivy::Result<Option<SegmentRanking<'_>>> {
        if self.pass.take == 0 {
            return Ok(None);
        }
        let columns = self.pass.view.columns(ordinal);
        let after = match &self.pass.request.place {
            Place::After(cursor) => Some(place_of(cursor, self.pass.request.sort, columns)?),
            Place::Offset(_) | Place::Start => None,
        };
        let keys = match self.pass.request.sort {
            Sort::Relevance => Keys::Score { priors: &columns.priors, tiers: self.tiers(ordinal) },
            Sort::Newest => Keys::Newest(columns.newest.as_ref()),
            Sort::Title => Keys::Title(columns.titles.as_ref()),
        };
        let best = &mut self.best;
        Ok(Some(SegmentRanking { segment: ordinal, keys, tie: columns.tie.as_ref(), after, best }))
    }

    /// Ends a segment.
    pub(super) fn leave_segment(&mut self, ordinal: SegmentOrdinal) -> tantivy::Result<()> {
        if self.pass.request.sort != Sort::Title {
            return Ok(());
        }
        let entries = self.best.drain();
        let ordinals: Vec<u64> = entries.iter().filter_map(|entry| entry.key.checked_sub(1)).collect();
        // What has no title comes first.
        let mut titles = vec![String::new(); entries.len() - ordinals.len()];
        if let Some(column) = &self.pass.view.columns(ordinal).titles {
            let push = |title: &[u8]| titles.push(String::from_utf8_lossy(title).into_owned());
            column.dictionary().sorted_ords_to_term_cb(&ordinals, push)?;
        }
        self.titled.extend(entries.into_iter().zip(titles).map(|(entry, title)| entry.ranked(LastKey::Title(title))));
        self.titled.sort_by(|a, b| a.title().cmp(b.title()).then(a.tie.cmp(&b.tie)).then(a.address.cmp(&b.address)));
        self.titled.truncate(self.pass.take);
        Ok(())
    }

    /// All results, the best first.
    pub(super) fn finish(mut self) -> Vec<Ranked> {
        let key_of: fn(u64) -> LastKey = match self.pass.request.sort {
            Sort::Relevance => |key| LastKey::Score(score_of(key)),
            Sort::Newest => |key| LastKey::Newest(u64_to_i64(!key)),
            Sort::Title => return self.titled,
        };
        self.best.drain().into_iter().map(|entry| entry.ranked(key_of(entry.key))).collect()
    }

    /// What is added to scores in a segment, each document once and in their order.
    fn tiers(&self, ordinal: SegmentOrdinal) -> Vec<(DocId, f32)> {
        let here = self.pass.tiers.iter().filter(|(address, _)| address.segment_ord == ordinal);
        let mut tiers: Vec<(DocId, f32)> = here.map(|(address, tier)| (address.doc_id, *tier)).collect();
        tiers.sort_by_key(|(doc, _)| *doc);
        tiers.dedup_by(|later, kept| {
            let is_same = later.0 == kept.0;
            if is_same {
                kept.1 += later.1;
            }
            is_same
        });
        tiers
    }
}

impl Entry {
    fn ranked(self, key: LastKey) -> Ranked {
        let score = match key {
            LastKey::Score(score) => score,
            LastKey::Newest(_) | LastKey::Title(_) => 0.0,
        };
        let address = DocAddress { segment_ord: self.segment, doc_id: self.doc };
        Ranked { address, score, key, tie: self.tie }
    }
}

impl Ranked {
    fn title(&self) -> &str {
        match &self.key {
            LastKey::Title(title) => title,
            LastKey::Score(_) | LastKey::Newest(_) => "",
        }
    }
}

/// The results of one segment on their way to the best of all.
pub(super) struct SegmentRanking<'a> {
    segment: SegmentOrdinal,
    keys: Keys<'a>,
    tie: &'a dyn ColumnValues<u64>,
    /// Only what is above was not given before.
    after: Option<(u64, u64)>,
    best: &'a mut Best,
}

/// Where the key of a result is found.
enum Keys<'a> {
    Score { priors: &'a [f32], tiers: Vec<(DocId, f32)> },
    Newest(&'a dyn ColumnValues<i64>),
    Title(Option<&'a StrColumn>),
}

impl SegmentRanking<'_> {
    #[inline]
    pub(super) fn offer(&mut self, doc: DocId, score: f32, bonus: f32) {
        let key = self.keys.of(doc, score, bonus);
        if key > self.best.worst.0 || self.after.is_some_and(|(last, _)| key < last) {
            return;
        }
        let tie = self.tie.get_val(doc);
        if self.after.is_none_or(|after| (key, tie) > after) {
            self.best.push(Entry { key, tie, segment: self.segment, doc });
        }
    }
}

impl Keys<'_> {
    #[inline]
    fn of(&self, doc: DocId, score: f32, bonus: f32) -> u64 {
        match self {
            Self::Score { priors, tiers } => {
                let mut whole = score * (1.0 + priors[doc as usize]) + bonus;
                if !tiers.is_empty()
                    && let Ok(place) = tiers.binary_search_by_key(&doc, |(doc, _)| *doc)
                {
                    whole += tiers[place].1;
                }
                key_of_score(whole)
            }
            Self::Newest(newest) => !i64_to_u64(newest.get_val(doc)),
            // One above the number, for what has no title comes first.
            Self::Title(titles) => titles.and_then(|titles| titles.ords().first(doc)).map_or(0, |title| title + 1),
        }
    }
}

/// The key and the tie of a cursor, in the numbers of one segment.
fn place_of(cursor: &Cursor, sort: Sort, columns: &Columns) -> tantivy::Result<(u64, u64)> {
    match (sort, &cursor.last) {
        (Sort::Relevance, LastKey::Score(score)) => Ok((key_of_score(*score), cursor.tie)),
        (Sort::Newest, LastKey::Newest(newest)) => Ok((!i64_to_u64(*newest), cursor.tie)),
        (Sort::Title, LastKey::Title(title)) => {
            let Some(titles) = &columns.titles else {
                return Ok((0, if title.is_empty() { cursor.tie } else { u64::MAX }));
            };
            Ok(match titles.dictionary().term_ord_or_next(title)? {
                TermOrdHit::Exact(ordinal) => (ordinal + 1, cursor.tie),
                // It has no number here. All that stands before the next title was given.
                TermOrdHit::Next(next) => (next, u64::MAX),
            })
        }
        // A cursor of another order leads nowhere.
        (Sort::Relevance | Sort::Newest | Sort::Title, _) => Ok((u64::MAX, u64::MAX)),
    }
}

const SIGN: u32 = 1 << 31;

/// The highest score has the lowest key. The order is that of [`f32::total_cmp`].
fn key_of_score(score: f32) -> u64 {
    let bits = score.to_bits();
    let rising = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    u64::from(!rising)
}

fn score_of(key: u64) -> f32 {
    let rising = !u32::try_from(key).unwrap_or(u32::MAX);
    f32::from_bits(if rising & SIGN == 0 { !rising } else { rising & !SIGN })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn keys_turn_the_order_of_scores_and_lead_back(a in any::<f32>(), b in any::<f32>()) {
            prop_assert_eq!(key_of_score(a).cmp(&key_of_score(b)), b.total_cmp(&a));
            prop_assert_eq!(score_of(key_of_score(a)).to_bits(), a.to_bits());
        }

        #[test]
        fn the_best_are_those_that_sorting_all_gives(
            pairs in vec((0_u64..40, 0_u64..8), 0..2_000),
            take in prop_oneof![0_usize..30, 200_usize..3_000],
        ) {
            let mut all: Vec<Entry> =
                (0..).zip(pairs).map(|(doc, (key, tie))| Entry { key, tie, segment: 0, doc }).collect();
            let mut best = Best::new(take);
            for entry in &all {
                best.push(*entry);
            }
            let places = |entries: &[Entry]| entries.iter().map(|entry| (entry.key, entry.tie)).collect::<Vec<_>>();
            all.sort_unstable();
            all.truncate(take);
            prop_assert_eq!(places(&best.drain()), places(&all));
        }
    }
}

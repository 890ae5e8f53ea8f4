//! The lists of what is sought, walked side by side in one segment.
//!
//! Takes opened lists, and gives each resource that has enough of them, in their order, with its score. What is sought,
//! and where its lists are, is for the module above to say.

use std::sync::LazyLock;

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::Scorer;
use tantivy::{DocId, DocSet, Score, TERMINATED};

use super::Worth;
use crate::impacts;
use crate::ranking;

/// The list of a term in one segment.
pub(super) struct List {
    pub(super) postings: SegmentPostings,
    pub(super) rarity: f32,
}

/// One alternative in one segment, and which of its group's it is.
pub(super) struct PlacedWay {
    pub(super) place: usize,
    pub(super) list: Way,
}

pub(super) enum Way {
    Word { postings: SegmentPostings, weight: f32 },
    Words { lists: Vec<List>, weight: f32 },
    Concept { postings: SegmentPostings, stated_only: bool },
}

impl Way {
    pub(super) fn new(mut lists: Vec<List>, worth: Worth, words: usize) -> Option<Self> {
        // What is never needed is worth as much as one word where it is.
        let words = words.max(1);
        match worth {
            Worth::Concept { stated_only } => {
                let mut way = Self::Concept { postings: lists.pop()?.postings, stated_only };
                way.skip_unstated();
                Some(way)
            }
            Worth::Words(factor) if lists.len() == 1 => {
                let list = lists.pop()?;
                Some(Self::Word { postings: list.postings, weight: list.rarity * factor * count(words) })
            }
            Worth::Words(factor) if !lists.is_empty() => {
                // Several words in the place of one are worth what one would be.
                let weight = factor * count(words) / count(lists.len());
                lists.sort_by_key(|list| list.postings.size_hint());
                let mut way = Self::Words { lists, weight };
                let first = way.doc();
                way.meet(first);
                Some(way)
            }
            Worth::Words(_) => None,
        }
    }

    pub(super) fn doc(&self) -> DocId {
        match self {
            Self::Word { postings, .. } | Self::Concept { postings, .. } => postings.doc(),
            Self::Words { lists, .. } => lists[0].postings.doc(),
        }
    }

    fn size(&self) -> u32 {
        match self {
            Self::Word { postings, .. } | Self::Concept { postings, .. } => postings.size_hint(),
            Self::Words { lists, .. } => lists[0].postings.size_hint(),
        }
    }

    fn advance(&mut self) {
        match self {
            Self::Word { postings, .. } => {
                postings.advance();
            }
            Self::Words { lists, .. } => {
                let next = lists[0].postings.advance();
                self.meet(next);
            }
            Self::Concept { postings, .. } => {
                postings.advance();
                self.skip_unstated();
            }
        }
    }

    fn seek(&mut self, target: DocId) {
        match self {
            Self::Word { postings, .. } => {
                postings.seek(target);
            }
            Self::Words { lists, .. } => {
                let next = lists[0].postings.seek(target);
                self.meet(next);
            }
            Self::Concept { postings, .. } => {
                postings.seek(target);
                self.skip_unstated();
            }
        }
    }

    /// Goes on to the next resource, from this one, that all lists hold.
    fn meet(&mut self, mut doc: DocId) {
        let Self::Words { lists, .. } = self else {
            return;
        };
        'next: while doc != TERMINATED {
            for place in 1..lists.len() {
                let postings = &mut lists[place].postings;
                let met = if postings.doc() < doc { postings.seek(doc) } else { postings.doc() };
                if met > doc {
                    doc = lists[0].postings.seek(met);
                    continue 'next;
                }
            }
            return;
        }
    }

    fn skip_unstated(&mut self) {
        if let Self::Concept { postings, stated_only: true } = self {
            while postings.doc() != TERMINATED && postings.term_freq() < STATED {
                postings.advance();
            }
        }
    }
}

/// How often a stated value stands in the field of its facet; an inferred one stands there once.
const STATED: u32 = 2;

/// A group in one segment.
pub(super) struct GroupWalk {
    pub(super) place: usize,
    pub(super) is_required: bool,
    pub(super) words: usize,
    pub(super) ways: Vec<PlacedWay>,
    pub(super) twin: Option<SegmentPostings>,
    /// The first resource from here that any alternative holds.
    pub(super) doc: DocId,
}

impl GroupWalk {
    pub(super) fn settle(&mut self) {
        self.doc = self.ways.iter().map(|way| way.list.doc()).min().unwrap_or(TERMINATED);
    }

    fn move_past(&mut self, doc: DocId) {
        for way in &mut self.ways {
            let here = way.list.doc();
            if here <= doc && here != TERMINATED {
                way.list.advance();
            }
        }
        self.settle();
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if self.doc < target {
            for way in &mut self.ways {
                if way.list.doc() < target {
                    way.list.seek(target);
                }
            }
            self.settle();
        }
        self.doc
    }

    fn size(&self) -> u32 {
        self.ways.iter().map(|way| way.list.size()).fold(0, u32::saturating_add)
    }

    /// What its words and its concept are worth in a resource.
    pub(super) fn scores(&mut self, doc: DocId) -> (f32, f32) {
        let (mut words, mut concept) = (0.0_f32, 0.0_f32);
        for PlacedWay { list: way, .. } in &self.ways {
            if way.doc() != doc {
                continue;
            }
            match way {
                Way::Word { postings, weight } => words = words.max(weight * impact(postings)),
                Way::Words { lists, weight } => {
                    let each = lists.iter().map(|list| f64::from(list.rarity * impact(&list.postings)));
                    words = words.max(weight * rounded(each.sum()));
                }
                Way::Concept { postings, .. } => {
                    let is_stated = postings.term_freq() >= STATED;
                    concept = concept.max(if is_stated { ranking::CONCEPT_STATED } else { ranking::CONCEPT_INFERRED });
                }
            }
        }
        if words > 0.0
            && let Some(twin) = &mut self.twin
            && is_at(twin, doc)
        {
            words *= 1.0 + ranking::TWIN;
        }
        (words, concept)
    }
}

pub(super) struct BonusWalk {
    pub(super) place: usize,
    pub(super) postings: SegmentPostings,
    pub(super) score: f32,
}

impl BonusWalk {
    pub(super) fn is_at(&mut self, doc: DocId) -> bool {
        is_at(&mut self.postings, doc)
    }
}

fn is_at(postings: &mut SegmentPostings, doc: DocId) -> bool {
    postings.doc() == doc || (postings.doc() < doc && postings.seek(doc) == doc)
}

fn impact(postings: &SegmentPostings) -> f32 {
    VALUES[postings.term_freq() as usize % VALUES.len()]
}

static VALUES: LazyLock<[f32; impacts::VALUES]> = LazyLock::new(impacts::values);

#[expect(clippy::cast_possible_truncation, reason = "what is lost is what the order of adding up would change")]
fn rounded(sum: f64) -> f32 {
    sum as f32
}

fn count(number: usize) -> f32 {
    f32::from(u16::try_from(number).unwrap_or(u16::MAX))
}

/// All groups in one segment, side by side.
pub(super) struct Walk {
    /// The drivers first: whatever matches is in one of them.
    pub(super) groups: Vec<GroupWalk>,
    drivers: usize,
    minimum: usize,
    pub(super) bonuses: Vec<BonusWalk>,
    doc: DocId,
}

impl Walk {
    pub(super) fn new(mut groups: Vec<GroupWalk>, minimum: usize, bonuses: Vec<BonusWalk>) -> Self {
        let optional: usize = groups.iter().filter(|group| !group.is_required).map(|group| group.words).sum();
        let mut minimum = minimum;
        if optional <= minimum {
            // All of them are needed; what stands for no word only adds to the score.
            for group in &mut groups {
                group.is_required |= group.words > 0;
            }
            minimum = 0;
        }
        groups.sort_by_key(|group| (!group.is_required, group.words == 0, group.size()));
        let drivers = if groups.first().is_some_and(|group| group.is_required) {
            1
        } else if optional == 0 {
            // Nothing is needed, so whatever any of them has is a match.
            groups.len()
        } else {
            // What is in none of the drivers has too few words in the others.
            let mut rest = optional;
            let needed = groups.iter().take_while(|group| {
                let is_needed = rest >= minimum && group.words > 0;
                rest = rest.saturating_sub(group.words);
                is_needed
            });
            needed.count()
        };
        let mut walk = Self { groups, drivers, minimum, bonuses, doc: 0 };
        walk.find();
        walk
    }

    /// Goes on to the first match from where the drivers are.
    fn find(&mut self) {
        loop {
            let candidate = self.groups[..self.drivers].iter().map(|group| group.doc).min().unwrap_or(TERMINATED);
            if candidate == TERMINATED {
                self.doc = TERMINATED;
                return;
            }
            match self.check(candidate) {
                Check::Match => {
                    self.doc = candidate;
                    return;
                }
                Check::TooFew => self.groups[..self.drivers].iter_mut().for_each(|group| {
                    if group.doc == candidate {
                        group.move_past(candidate);
                    }
                }),
                Check::NotBefore(next) => self.groups[..self.drivers].iter_mut().for_each(|group| {
                    group.seek(next);
                }),
            }
        }
    }

    fn check(&mut self, candidate: DocId) -> Check {
        let mut words = 0;
        for group in &mut self.groups {
            let doc = group.seek(candidate);
            if doc == candidate {
                words += if group.is_required { 0 } else { group.words };
            } else if group.is_required {
                return Check::NotBefore(doc);
            }
        }
        if words >= self.minimum { Check::Match } else { Check::TooFew }
    }
}

enum Check {
    Match,
    TooFew,
    /// A required group has nothing before this one.
    NotBefore(DocId),
}

impl DocSet for Walk {
    fn advance(&mut self) -> DocId {
        if self.doc != TERMINATED {
            let doc = self.doc;
            for group in &mut self.groups[..self.drivers] {
                if group.doc == doc {
                    group.move_past(doc);
                }
            }
            self.find();
        }
        self.doc
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if self.doc < target {
            for group in &mut self.groups[..self.drivers] {
                group.seek(target);
            }
            self.find();
        }
        self.doc
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        self.groups[..self.drivers].iter().map(GroupWalk::size).fold(0, u32::saturating_add)
    }
}

impl Scorer for Walk {
    fn score(&mut self) -> Score {
        let doc = self.doc;
        // The groups stand in another order in each segment, and a resource must score the same in all of them.
        let mut score = 0.0_f64;
        for group in &mut self.groups {
            if group.doc == doc {
                let (words, concept) = group.scores(doc);
                score += f64::from(words) + f64::from(concept);
            }
        }
        for bonus in &mut self.bonuses {
            if bonus.is_at(doc) {
                score += f64::from(bonus.score);
            }
        }
        rounded(score)
    }
}

//! What becomes of a match: hidden, a result, or counted in the one facet whose selection it fails.
//!
//! Everything is decided beforehand for each set of values that occurs in a segment, so a match costs one look a gate.

use std::sync::Arc;

use schemas::{AgeRange, LinkState};
use tantivy::{DocId, SegmentOrdinal};

use super::{Pass, Wish};
use crate::columns::{Bits, Columns, Dictionary, Numbers, SetValue, Values, View};
use crate::ranking;
use crate::request::{Facet, NOT_STATED, Scope, SearchRequest};

/// What one facet is narrowed to.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    pub(super) facet: Facet,
    /// What was asked for; empty where it was not asked for at all.
    pub(super) ids: &'a [String],
    wanted: Wanted,
}

#[derive(Debug)]
enum Wanted {
    /// What has any of these values, or none at all.
    AnyOf { numbers: Vec<u32>, or_unstated: bool },
    /// What does not have this one.
    Not(u32),
}

/// The selections of a request, and the one that is made for everybody.
pub(super) fn selections<'a>(request: &'a SearchRequest, dictionary: &Dictionary) -> Vec<Selection<'a>> {
    let chosen = request.filters.iter().filter(|(_, ids)| !ids.is_empty());
    let mut selections: Vec<Selection<'a>> =
        chosen.map(|(facet, ids)| Selection::any_of(*facet, ids, &dictionary.values(*facet))).collect();
    let broken = dictionary.values(Facet::Link).number(LinkState::Broken.name());
    if let Some(broken) = broken.filter(|_| !request.is_filtered(Facet::Link)) {
        selections.push(Selection { facet: Facet::Link, ids: &[], wanted: Wanted::Not(broken) });
    }
    selections
}

impl<'a> Selection<'a> {
    fn any_of(facet: Facet, ids: &'a [String], values: &Values) -> Self {
        let numbers = numbers_of(ids.iter().filter(|id| *id != NOT_STATED), values);
        let or_unstated = ids.iter().any(|id| id == NOT_STATED);
        Self { facet, ids, wanted: Wanted::AnyOf { numbers, or_unstated } }
    }

    fn lets_in(&self, set: &[SetValue], stated_only: bool) -> bool {
        match &self.wanted {
            Wanted::AnyOf { numbers, or_unstated } => {
                let mut is_stated = false;
                for value in counting(set, stated_only) {
                    if numbers.contains(&value.number()) {
                        return true;
                    }
                    is_stated = true;
                }
                !is_stated && *or_unstated
            }
            Wanted::Not(number) => counting(set, stated_only).all(|value| value.number() != *number),
        }
    }
}

fn numbers_of<'a>(ids: impl Iterator<Item = &'a String>, values: &Values) -> Vec<u32> {
    ids.filter_map(|id| values.number(id)).collect()
}

/// The values of a set that count.
pub(super) fn counting(set: &[SetValue], stated_only: bool) -> impl Iterator<Item = SetValue> {
    set.iter().copied().filter(move |value| !(stated_only && value.is_inferred()))
}

/// What becomes of a match.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fate {
    /// It counts nowhere.
    Out,
    /// It counts in the facet of this gate only.
    FailsOne(usize),
    /// It is a result, and its wishes add so much to its score.
    Passes(f32),
}

/// What the matches of one segment must pass.
pub(super) struct Sieve<'a> {
    shown: Option<Arc<Bits>>,
    bounds: Bounds<'a>,
    /// By set what it adds to the score; no number where it does not match.
    wishes: Vec<(&'a Numbers, Vec<f32>)>,
    gates: Vec<Gate<'a>>,
}

/// One selection, in the sets of one segment.
pub(super) struct Gate<'a> {
    pub(super) facet: Facet,
    numbers: &'a Numbers,
    /// By set: nothing for what is let in, else the bit of this gate.
    failed: Vec<u32>,
}

impl<'a> Sieve<'a> {
    pub(super) fn open(pass: &Pass<'a>, selections: &[Selection<'_>], ordinal: SegmentOrdinal, over: usize) -> Self {
        let columns = pass.view.columns(ordinal);
        let stated_only = pass.request.stated_only;
        let mut bounds = Bounds::of_scope(pass.view, &pass.request.scope, stated_only, ordinal);
        if let Some(asked) = pass.request.ages {
            bounds.add_ages(columns, asked);
        }
        let wishes = pass.wishes.iter().map(|wish| {
            let numbers = numbers_of(wish.ids.iter(), &pass.view.dictionary().values(wish.facet));
            bonuses(wish, &numbers, columns, stated_only)
        });
        let mut gates: Vec<Gate<'a>> = Vec::with_capacity(selections.len());
        for selection in selections {
            // Most segments hold nothing that is broken, and a gate costs a look at each match.
            gates.extend(Gate::open(selection, columns, 1 << gates.len(), stated_only));
        }
        Self { shown: pass.view.shown(ordinal, over), bounds, wishes: wishes.collect(), gates }
    }

    pub(super) fn gates(&self) -> &[Gate<'a>] {
        &self.gates
    }

    #[inline]
    pub(super) fn fate(&self, doc: DocId) -> Fate {
        if let Some(shown) = &self.shown
            && !shown.contains(doc)
        {
            return Fate::Out;
        }
        if !self.bounds.lets_in(doc) {
            return Fate::Out;
        }
        let mut bonus = 0.0;
        for (numbers, bonuses) in &self.wishes {
            bonus += bonuses[numbers.at(doc)];
        }
        if bonus.is_nan() {
            return Fate::Out;
        }
        let mut failed = 0;
        for gate in &self.gates {
            failed |= gate.failed[gate.numbers.at(doc)];
        }
        if failed == 0 {
            Fate::Passes(bonus)
        } else if failed.is_power_of_two() {
            Fate::FailsOne(failed.trailing_zeros() as usize)
        } else {
            Fate::Out
        }
    }
}

impl<'a> Gate<'a> {
    /// `None` where every set is let in. There are fewer facets than bits.
    fn open(selection: &Selection<'_>, columns: &'a Columns, bit: u32, stated_only: bool) -> Option<Self> {
        let column = columns.facet(selection.facet);
        let failed: Vec<u32> =
            column.sets().map(|set| if selection.lets_in(set, stated_only) { 0 } else { bit }).collect();
        let is_open = failed.iter().all(|failed| *failed == 0);
        (!is_open).then(|| Self { facet: selection.facet, numbers: column.numbers(), failed })
    }
}

/// What counts at all in one segment: for several columns, by set whether it is let in.
pub(crate) struct Bounds<'a>(Vec<(&'a Numbers, Vec<bool>)>);

impl<'a> Bounds<'a> {
    /// What a partner's view lets in.
    pub(crate) fn of_scope(view: &'a View, scope: &Scope, stated_only: bool, ordinal: SegmentOrdinal) -> Self {
        let (columns, dictionary) = (view.columns(ordinal), view.dictionary());
        let mut bounds = Self(Vec::new());
        for (facet, ids) in scope.filters.iter().filter(|(_, ids)| !ids.is_empty()) {
            let selection = Selection::any_of(*facet, ids, &dictionary.values(*facet));
            let column = columns.facet(*facet);
            let lets_in = column.sets().map(|set| selection.lets_in(set, stated_only)).collect();
            bounds.0.push((column.numbers(), lets_in));
        }
        if !scope.hidden_sources.is_empty() {
            let hidden = numbers_of(scope.hidden_sources.iter(), &dictionary.values(Facet::Source));
            let column = columns.facet(Facet::Source);
            let is_seen =
                |set: &[SetValue]| set.is_empty() || set.iter().any(|value| !hidden.contains(&value.number()));
            bounds.0.push((column.numbers(), column.sets().map(is_seen).collect()));
        }
        bounds
    }

    fn add_ages(&mut self, columns: &'a Columns, asked: AgeRange) {
        let matching = columns.ages.sets.iter().map(|ranges| ranges.iter().any(|range| range.matches(asked)));
        self.0.push((&columns.ages.numbers, matching.collect()));
    }

    #[inline]
    pub(crate) fn lets_in(&self, doc: DocId) -> bool {
        self.0.iter().all(|(numbers, lets_in)| lets_in[numbers.at(doc)])
    }
}

/// What each set adds to the score for a wish.
fn bonuses<'a>(wish: &Wish, wished: &[u32], columns: &'a Columns, stated_only: bool) -> (&'a Numbers, Vec<f32>) {
    let column = columns.facet(wish.facet);
    let bonus = |set: &[SetValue]| {
        let mut is_stated = false;
        let mut bonus = f32::NAN;
        for value in counting(set, stated_only) {
            is_stated = true;
            if wished.contains(&value.number()) {
                if !value.is_inferred() {
                    return wish.tier;
                }
                bonus = wish.tier - ranking::INFERRED_WISH.min(wish.tier / 2.0);
            }
        }
        let is_let_in = !is_stated || (wish.lets_others_in && bonus.is_nan());
        if is_let_in { 0.0 } else { bonus }
    };
    (column.numbers(), column.sets().map(bonus).collect())
}

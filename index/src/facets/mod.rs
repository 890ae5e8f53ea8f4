//! Exact counts of all facets and the best results, in one pass over what the words match.
//!
//! A facet's own counts ignore its own selection, so that each shows what a click gives. For that the query leaves all
//! selections out, and here each resource is asked how many of them it fails: none, and it is a result and counts
//! everywhere; one, and it counts in that facet only; more, and it counts nowhere. (Lucene calls it drill sideways.)
//!
//! What no longer answers is hidden until a state of the link is asked for. That is a selection like any other, made
//! for everybody who makes none: so the facet of links still counts what is broken, and its counts are what a click
//! gives.
//!
//! Ages, wishes, what is over and what is deleted are in no count at all: what fails there is no match. Where no words
//! are typed, `driver` and `browse` keep the pass from looking at everything. How words are found and scored is for
//! `matching`, what is looked up of a match is in `columns`.

mod browse;
mod crosstab;
mod driver;
mod gates;
mod order;
mod present;
mod tally;

use std::collections::BTreeMap;
use std::sync::Arc;

use tantivy::query::{EnableScoring, Query, Weight};
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal};

use crate::columns::View;
use crate::fields::Fields;
use crate::request::{Facet, SearchRequest, Sort};

pub(crate) use browse::Cache;
pub(crate) use order::Ranked;
pub(crate) use present::present;
pub(crate) use tally::Tally;

use crosstab::Crosstab;
pub(crate) use crosstab::coverage;
pub(crate) use gates::Bounds;
use gates::{Fate, Selection, Sieve};
use order::{Ranking, SegmentRanking};

/// What the words ask for in a facet without insisting: what states nothing there is found as well, after what has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wish {
    pub(crate) facet: Facet,
    /// Any of them will do.
    pub(crate) ids: Vec<String>,
    /// What having one of them adds to the score.
    pub(crate) tier: f32,
    /// Whether what has others is found as well.
    pub(crate) lets_others_in: bool,
}

/// What is counted and ranked.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    pub(crate) view: &'a View,
    pub(crate) fields: &'a Fields,
    pub(crate) request: &'a SearchRequest,
    /// What matches; `None` for everything.
    pub(crate) query: Option<&'a dyn Query>,
    pub(crate) wishes: &'a [Wish],
    /// What is added to the score of some documents.
    pub(crate) tiers: &'a [(DocAddress, f32)],
    /// So many results are ranked, those that are skipped with them; none, and it only counts.
    pub(crate) take: usize,
}

/// What was counted and ranked.
#[derive(Debug)]
pub(crate) struct Counted {
    /// How many results there are.
    pub(crate) total: u64,
    /// The counts of the facets that were asked for.
    pub(crate) facets: BTreeMap<Facet, Arc<Tally>>,
    /// The counts of two facets together, where they were asked for.
    pub(crate) crosstab: Option<Crosstab>,
    /// The best first, at most as many as were to be taken.
    pub(crate) ranked: Vec<Ranked>,
}

/// Counts and ranks.
pub(crate) fn run(pass: &Pass<'_>) -> tantivy::Result<Counted> {
    let request = pass.request;
    let is_bounded = request.ages.is_some() || !request.scope.is_open();
    if pass.query.is_some() || !pass.wishes.is_empty() || is_bounded || request.coverage.is_some() {
        return walk(pass, false);
    }
    let mut chosen = request.filters.iter().filter(|(_, ids)| !ids.is_empty());
    let Some((facet, ids)) = chosen.next() else {
        return browse::everything(pass);
    };
    if chosen.next().is_some() || !driver::is_listed(ids, request.stated_only) {
        return walk(pass, false);
    }
    // What fails the only selection is what has other values there: it counts in that facet as it does for everybody.
    let mut counted = walk(pass, true)?;
    if let Some(tally) = counted.facets.get_mut(facet) {
        *tally = browse::tally(pass, *facet)?;
    }
    Ok(counted)
}

/// Looks at all matches. With `passing_only`, what fails a selection that was asked for may be left out.
fn walk(pass: &Pass<'_>, passing_only: bool) -> tantivy::Result<Counted> {
    let dictionary = pass.view.dictionary();
    let selections = gates::selections(pass.request, dictionary);
    let weight = pass.weight()?;
    let mut tallies: BTreeMap<Facet, Tally> =
        pass.request.facets.iter().map(|facet| (*facet, Tally::of(dictionary.values(*facet).count()))).collect();
    let mut crosstab = pass.request.coverage.map(Crosstab::of);
    let mut matches = Matches { is_counting: !tallies.is_empty() || crosstab.is_some(), ..Matches::default() };
    let mut ranking = Ranking::new(pass);
    for (ordinal, over) in (0_u32..).zip(pass.over()) {
        let sieve = Sieve::open(pass, &selections, ordinal, over);
        matches.begin(sieve.gates().len());
        let mut best = ranking.of_segment(ordinal)?;
        let mut meet = |doc, score| matches.meet(doc, score, &sieve, best.as_mut());
        match &weight {
            Some(weight) => pass.for_each_match(weight.as_ref(), ordinal, &mut meet)?,
            None => pass.for_each_candidate(&selections, ordinal, passing_only, &mut meet)?,
        }
        ranking.leave_segment(ordinal)?;
        let columns = pass.view.columns(ordinal);
        for (facet, tally) in &mut tallies {
            let docs = [matches.passing.as_slice(), matches.failing_in(*facet, &sieve)];
            tally.add(columns.facet(*facet), docs, pass.request.stated_only);
        }
        if let Some(crosstab) = &mut crosstab {
            let [rows, others] = crosstab.facets;
            let docs = [&matches.passing, matches.failing_in(rows, &sieve), matches.failing_in(others, &sieve)];
            crosstab.add(columns, docs, pass.request.stated_only);
        }
    }
    let facets = tallies.into_iter().map(|(facet, tally)| (facet, Arc::new(tally))).collect();
    Ok(Counted { total: matches.total, facets, crosstab, ranked: ranking.finish() })
}

impl Pass<'_> {
    fn is_scored(&self) -> bool {
        self.take > 0 && self.request.sort == Sort::Relevance
    }

    /// How many documents of each segment are over and hidden for that. Who asks for dates is shown those too.
    fn over(&self) -> Vec<usize> {
        let mut over = self.view.over(self.request.now);
        if self.request.starts_after.is_some() {
            over.fill(0);
        }
        over
    }

    fn weight(&self) -> tantivy::Result<Option<Box<dyn Weight>>> {
        let searcher = &self.view.searcher;
        let scoring = if self.is_scored() {
            EnableScoring::enabled_from_searcher(searcher)
        } else {
            EnableScoring::disabled_from_searcher(searcher)
        };
        self.query.map(|query| query.weight(scoring)).transpose()
    }

    /// Hands out what the words match, and how well where that matters.
    fn for_each_match(
        &self,
        weight: &dyn Weight,
        ordinal: SegmentOrdinal,
        each: &mut impl FnMut(DocId, Score),
    ) -> tantivy::Result<()> {
        let segment = self.view.searcher.segment_reader(ordinal);
        if self.is_scored() {
            return weight.for_each(segment, each);
        }
        weight.for_each_no_score(segment, &mut |docs: &[DocId]| {
            for doc in docs {
                each(*doc, 0.0);
            }
        })
    }

    /// Hands out what may match where no words were typed: as little more as can be told beforehand.
    fn for_each_candidate(
        &self,
        selections: &[Selection<'_>],
        ordinal: SegmentOrdinal,
        passing_only: bool,
        each: &mut impl FnMut(DocId, Score),
    ) -> tantivy::Result<()> {
        match driver::candidates(self, selections, ordinal, passing_only)? {
            Some(candidates) => candidates.for_each(|doc| each(doc, 1.0)),
            None => (0..self.view.searcher.segment_reader(ordinal).max_doc()).for_each(|doc| each(doc, 1.0)),
        }
        Ok(())
    }
}

/// What was met in one segment, sorted by what it fails.
#[derive(Default)]
struct Matches {
    is_counting: bool,
    /// How many results were met, in the segments before as well.
    total: u64,
    passing: Vec<DocId>,
    /// For each gate, what fails there and nowhere else.
    failing_one: Vec<Vec<DocId>>,
}

impl Matches {
    fn begin(&mut self, gates: usize) {
        self.passing.clear();
        self.failing_one.resize_with(gates, Vec::new);
        self.failing_one.iter_mut().for_each(Vec::clear);
    }

    /// What fails the selection in a facet and nothing else.
    fn failing_in(&self, facet: Facet, sieve: &Sieve<'_>) -> &[DocId] {
        let own_gate = sieve.gates().iter().position(|gate| gate.facet == facet);
        own_gate.map(|gate| self.failing_one[gate].as_slice()).unwrap_or_default()
    }

    #[inline]
    fn meet(&mut self, doc: DocId, score: Score, sieve: &Sieve<'_>, best: Option<&mut SegmentRanking<'_>>) {
        match sieve.fate(doc) {
            Fate::Out => {}
            Fate::FailsOne(gate) => {
                if self.is_counting {
                    self.failing_one[gate].push(doc);
                }
            }
            Fate::Passes(bonus) => {
                self.total += 1;
                if self.is_counting {
                    self.passing.push(doc);
                }
                if let Some(best) = best {
                    best.offer(doc, score, bonus);
                }
            }
        }
    }
}

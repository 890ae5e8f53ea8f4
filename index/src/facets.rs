//! Exact counts of all facets in one pass over what the words match.
//!
//! A facet's own counts ignore its own selection, so that each shows what a click gives. For that the query leaves all
//! selections out, and here each resource is asked how many of them it fails: none, and it is a result and counts
//! everywhere; one, and it counts in that facet only; more, and it counts nowhere. (Lucene calls it drill sideways.)
//!
//! What no longer answers is hidden until a state of the link is asked for. That is a selection like any other, made
//! for everybody who makes none: so the facet of links still counts what is broken, and its counts are what a click
//! gives.

use std::collections::{BTreeMap, HashMap};

use schemas::{LinkState, Vocabularies};
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::StrColumn;
use tantivy::schema::Schema;
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use crate::fields::INFERRED;
use crate::request::{Facet, NOT_STATED, SearchRequest};
use crate::results::{FacetCounts, FacetValue};

/// Counts facets, and hands the results on to another collector.
pub(crate) struct Sideways<C> {
    selections: Vec<Selection>,
    counted: Vec<Facet>,
    results: C,
}

/// What one facet is narrowed to.
#[derive(Debug, Clone)]
struct Selection {
    facet: Facet,
    wanted: Wanted,
}

#[derive(Debug, Clone)]
enum Wanted {
    /// What has any of these values, or none at all.
    AnyOf { ids: Vec<String>, or_unstated: bool },
    /// What does not have this one.
    Not(&'static str),
}

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    /// How many results there are.
    pub(crate) total: u64,
    pub(crate) facets: BTreeMap<Facet, Tally>,
}

/// The counts of one facet.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    values: HashMap<String, Count>,
    not_stated: u64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    all: u64,
    inferred: u64,
}

impl<C> Sideways<C> {
    pub(crate) fn new(request: &SearchRequest, results: C) -> Self {
        let mut selections: Vec<Selection> = request
            .filters
            .iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(facet, values)| Selection { facet: *facet, wanted: Wanted::any_of(values) })
            .collect();
        if !request.is_filtered(Facet::Link) {
            selections.push(Selection { facet: Facet::Link, wanted: Wanted::Not(LinkState::Broken.name()) });
        }
        Self { selections, counted: request.facets.clone(), results }
    }
}

impl Wanted {
    fn any_of(values: &[String]) -> Self {
        Self::AnyOf {
            ids: values.iter().filter(|id| *id != NOT_STATED).cloned().collect(),
            or_unstated: values.iter().any(|id| id == NOT_STATED),
        }
    }
}

impl<C: Collector> Collector for Sideways<C> {
    type Fruit = (Tallies, C::Fruit);
    type Child = SegmentSideways<C::Child>;

    fn check_schema(&self, schema: &Schema) -> tantivy::Result<()> {
        self.results.check_schema(schema)
    }

    fn for_segment(&self, ordinal: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Self::Child> {
        let column = |name: &str| segment.fast_fields().str(name);
        let mut gates: Vec<Gate> =
            self.selections.iter().map(|selection| Gate::open(selection, segment)).collect::<tantivy::Result<_>>()?;
        // Most segments hold nothing that is broken, and a gate costs a look at each match.
        gates.retain(|gate| !gate.lets_everything_in());
        let counted = self
            .counted
            .iter()
            .map(|facet| column(&facet.column()).map(|values| (*facet, values)))
            .collect::<tantivy::Result<_>>()?;
        Ok(SegmentSideways {
            passing: Vec::new(),
            failing_one: vec![Vec::new(); gates.len()],
            gates,
            counted,
            inferred: column(INFERRED)?,
            results: self.results.for_segment(ordinal, segment)?,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.results.requires_scoring()
    }

    fn merge_fruits(
        &self,
        segment_fruits: Vec<<Self::Child as SegmentCollector>::Fruit>,
    ) -> tantivy::Result<Self::Fruit> {
        let mut tallies = Tallies::default();
        let mut results = Vec::with_capacity(segment_fruits.len());
        for (segment_tallies, segment_results) in segment_fruits {
            tallies.add(segment_tallies?);
            results.push(segment_results);
        }
        Ok((tallies, self.results.merge_fruits(results)?))
    }
}

/// Sorts the matches of one segment by what they fail, and counts at the end, one column after the other.
pub(crate) struct SegmentSideways<S> {
    gates: Vec<Gate>,
    counted: Vec<(Facet, Option<StrColumn>)>,
    inferred: Option<StrColumn>,
    passing: Vec<DocId>,
    /// For each gate, what fails there and nowhere else.
    failing_one: Vec<Vec<DocId>>,
    results: S,
}

impl<S: SegmentCollector> SegmentCollector for SegmentSideways<S> {
    type Fruit = (tantivy::Result<Tallies>, S::Fruit);

    fn collect(&mut self, doc: DocId, score: Score) {
        let mut failed = None;
        for (place, gate) in self.gates.iter().enumerate() {
            if !gate.lets_in(doc) {
                if failed.is_some() {
                    return;
                }
                failed = Some(place);
            }
        }
        if let Some(place) = failed {
            self.failing_one[place].push(doc);
        } else {
            self.passing.push(doc);
            self.results.collect(doc, score);
        }
    }

    fn harvest(self) -> Self::Fruit {
        (self.tally(), self.results.harvest())
    }
}

impl<S> SegmentSideways<S> {
    fn tally(&self) -> tantivy::Result<Tallies> {
        let mut tallies = Tallies { total: self.passing.len() as u64, facets: BTreeMap::new() };
        for (facet, column) in &self.counted {
            tallies.facets.insert(*facet, self.tally_facet(*facet, column.as_ref())?);
        }
        let Some(inferred) = self.inferred.as_ref().filter(|_| !self.counted.is_empty()) else {
            return Ok(tallies);
        };
        let is_gated = |facet: Facet| self.gates.iter().any(|gate| gate.facet == facet);
        for (facet, id, count) in inferred_values(inferred, self.passing.iter().copied())? {
            if !is_gated(facet) {
                tallies.add_inferred(facet, id, count);
            }
        }
        for gate in &self.gates {
            for (facet, id, count) in inferred_values(inferred, self.counting_in(gate.facet))? {
                if facet == gate.facet {
                    tallies.add_inferred(facet, id, count);
                }
            }
        }
        Ok(tallies)
    }

    fn tally_facet(&self, facet: Facet, column: Option<&StrColumn>) -> tantivy::Result<Tally> {
        let docs = self.counting_in(facet);
        let Some(column) = column else {
            // No resource of the segment states anything.
            return Ok(Tally { values: HashMap::new(), not_stated: docs.count() as u64 });
        };
        let (values, not_stated) = count_values(column, docs)?;
        let values = values.into_iter().map(|(id, all)| (id, Count { all, inferred: 0 })).collect();
        Ok(Tally { values, not_stated })
    }

    /// What counts in a facet: the results, and what fails the facet's own selection only.
    fn counting_in(&self, facet: Facet) -> impl Iterator<Item = DocId> {
        let own_gate = self.gates.iter().position(|gate| gate.facet == facet);
        let failing_here = own_gate.map(|place| self.failing_one[place].as_slice()).unwrap_or_default();
        self.passing.iter().chain(failing_here).copied()
    }
}

/// One selection, in the numbers of one segment.
struct Gate {
    facet: Facet,
    column: Option<StrColumn>,
    ordinals: Vec<u64>,
    /// Whether what has one of the values passes, or what has others.
    is_wish: bool,
    lets_in_unstated: bool,
}

impl Gate {
    fn open(selection: &Selection, segment: &SegmentReader) -> tantivy::Result<Self> {
        let column = segment.fast_fields().str(&selection.facet.column())?;
        let (ids, is_wish, lets_in_unstated): (Vec<&str>, bool, bool) = match &selection.wanted {
            Wanted::AnyOf { ids, or_unstated } => (ids.iter().map(String::as_str).collect(), true, *or_unstated),
            Wanted::Not(id) => (vec![*id], false, true),
        };
        let mut ordinals = Vec::new();
        if let Some(column) = &column {
            for id in ids {
                ordinals.extend(column.dictionary().term_ord(id)?);
            }
        }
        Ok(Self { facet: selection.facet, column, ordinals, is_wish, lets_in_unstated })
    }

    fn lets_everything_in(&self) -> bool {
        self.ordinals.is_empty() && !self.is_wish && self.lets_in_unstated
    }

    fn lets_in(&self, doc: DocId) -> bool {
        let mut is_stated = false;
        if let Some(column) = &self.column {
            for ordinal in column.ords().values_for_doc(doc) {
                if self.ordinals.contains(&ordinal) {
                    return self.is_wish;
                }
                is_stated = true;
            }
        }
        if is_stated { !self.is_wish } else { self.lets_in_unstated }
    }
}

/// How many of some documents have each value, and how many have none.
fn count_values(column: &StrColumn, docs: impl Iterator<Item = DocId>) -> tantivy::Result<(Vec<(String, u64)>, u64)> {
    let mut counts = vec![0_u64; column.num_terms()];
    let mut not_stated = 0;
    for doc in docs {
        let mut is_stated = false;
        for ordinal in column.ords().values_for_doc(doc) {
            counts[usize::try_from(ordinal).expect("an ordinal is a place in a dictionary that is in memory")] += 1;
            is_stated = true;
        }
        not_stated += u64::from(!is_stated);
    }
    let (ordinals, found): (Vec<u64>, Vec<u64>) = (0..).zip(counts).filter(|(_, count)| *count > 0).unzip();
    let mut ids = Vec::with_capacity(ordinals.len());
    column.dictionary().sorted_ords_to_term_cb(&ordinals, |id| ids.push(String::from_utf8_lossy(id).into_owned()))?;
    Ok((ids.into_iter().zip(found).collect(), not_stated))
}

/// For how many of some documents each value is only inferred.
fn inferred_values(
    column: &StrColumn,
    docs: impl Iterator<Item = DocId>,
) -> tantivy::Result<Vec<(Facet, String, u64)>> {
    let (values, _) = count_values(column, docs)?;
    let parts = values.into_iter().filter_map(|(value, count)| {
        let (facet, id) = value.split_once(':')?;
        Some((Facet::by_name(facet)?, id.to_owned(), count))
    });
    Ok(parts.collect())
}

impl Tallies {
    fn add(&mut self, other: Self) {
        self.total += other.total;
        for (facet, tally) in other.facets {
            let held = self.facets.entry(facet).or_default();
            held.not_stated += tally.not_stated;
            for (id, count) in tally.values {
                let value = held.values.entry(id).or_default();
                value.all += count.all;
                value.inferred += count.inferred;
            }
        }
    }

    /// Counts only in facets that are counted at all.
    fn add_inferred(&mut self, facet: Facet, id: String, count: u64) {
        if let Some(tally) = self.facets.get_mut(&facet) {
            tally.values.entry(id).or_default().inferred += count;
        }
    }
}

/// The counts of a facet as an answer gives them. Selected values are always shown, however few or late.
pub(crate) fn present(
    facet: Facet,
    tally: Tally,
    selected: &[String],
    limit: usize,
    vocabularies: &Vocabularies,
) -> FacetCounts {
    let mut counts = tally.values;
    for id in selected.iter().filter(|id| *id != NOT_STATED) {
        counts.entry(id.clone()).or_default();
    }
    let mut values: Vec<FacetValue> = counts
        .into_iter()
        .map(|(id, count)| FacetValue {
            label: facet.label(&id, vocabularies),
            count: count.all,
            inferred: count.inferred,
            selected: selected.contains(&id),
            id,
        })
        .collect();
    values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)).then_with(|| a.id.cmp(&b.id)));
    let distinct = values.len();
    let mut place = 0;
    values.retain(|value| {
        place += 1;
        place <= limit || value.selected
    });
    FacetCounts { facet, more: (distinct - values.len()) as u64, values, not_stated: tally.not_stated }
}

//! One search from end to end: read the words, build the query, count and rank in one pass, present.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use schemas::{ResourceId, Vocabularies};
use serde::Deserialize;
use tantivy::collector::sort_key::{SortBySimilarityScore, SortByStaticFastValue, SortByString};
use tantivy::collector::{Collector, TopDocs};
use tantivy::query::Query;
use tantivy::schema::Value;
use tantivy::{DocAddress, Order, Score, Searcher, TantivyDocument};

use crate::analysis::is_stop_word;
use crate::error::{Doing, IndexError};
use crate::facets::{Sideways, Tallies, present};
use crate::fields::{COMPLETENESS, NEWEST, TIE, TITLE_SORT};
use crate::generation::Generation;
use crate::highlight::highlights;
use crate::interpret::{Interpreter, Reading};
use crate::query::{self, is_soft};
use crate::request::{Facet, SearchRequest, Sort};
use crate::results::{FacetCounts, Highlights, Hit, SearchResults};
use crate::words;

/// Answers a request from one generation.
pub(crate) fn search(
    generation: &Generation,
    interpreter: &Interpreter,
    vocabularies: &Vocabularies,
    request: &SearchRequest,
) -> Result<SearchResults, IndexError> {
    // Asked before the view is taken: the answer may know more than this, never less.
    let position = generation.position();
    let searcher = generation.searcher();
    let terms = words::parse(&request.text);
    let reading = if request.interpret { interpreter.read(terms) } else { Reading::literal(terms) };
    let query = query::build(request, &reading, &generation.fields, &searcher)?;
    let (mut tallies, page) = count_and_rank(&searcher, &query, request).doing("searching")?;
    let counted = request.facets.iter().filter_map(|facet| {
        let tally = tallies.facets.remove(facet)?;
        let selected = request.filters.get(facet).map(Vec::as_slice).unwrap_or_default();
        Some(present(*facet, tally, selected, request.facet_limit, vocabularies))
    });
    let facets: Vec<FacetCounts> = counted.collect();
    let presenter = Presenter::new(&searcher, generation, &reading, request);
    let hits = page.into_iter().map(|(score, address)| presenter.hit(score, address)).collect::<Result<_, _>>()?;
    Ok(SearchResults {
        total: tallies.total,
        hits,
        facets,
        interpretation: reading.interpretation(vocabularies),
        generation: generation.number,
        position,
    })
}

type Page = Vec<(Score, DocAddress)>;

/// One pass over all matches: the counts, and the page of results in its order.
fn count_and_rank(searcher: &Searcher, query: &dyn Query, request: &SearchRequest) -> tantivy::Result<(Tallies, Page)> {
    // No page reaches beyond the index; so a wild offset costs no memory.
    let reachable = usize::try_from(searcher.num_docs()).unwrap_or(usize::MAX).saturating_sub(request.offset);
    let limit = request.limit.min(reachable);
    // The engine's collector of results panics when asked for none.
    let page = (limit > 0).then(|| TopDocs::with_limit(limit).and_offset(request.offset));
    let tie = (SortByStaticFastValue::<u64>::for_field(TIE), Order::Asc);
    match request.sort {
        Sort::Relevance => {
            let completeness = (SortByStaticFastValue::<f64>::for_field(COMPLETENESS), Order::Desc);
            let order = (SortBySimilarityScore, completeness, tie);
            let ranked = page.map(|page| page.order_by(order));
            collect(searcher, query, request, ranked, |(score, _, _): (Score, Option<f64>, Option<u64>)| score)
        }
        Sort::Newest => {
            let newest = (SortByStaticFastValue::<i64>::for_field(NEWEST), Order::Desc);
            collect(searcher, query, request, page.map(|page| page.order_by((newest, tie))), |_| 0.0)
        }
        Sort::Title => {
            let title = (SortByString::for_field(TITLE_SORT), Order::Asc);
            collect(searcher, query, request, page.map(|page| page.order_by((title, tie))), |_| 0.0)
        }
    }
}

fn collect<K, C: Collector<Fruit = Vec<(K, DocAddress)>>>(
    searcher: &Searcher,
    query: &dyn Query,
    request: &SearchRequest,
    ranked: Option<C>,
    score_of: impl Fn(K) -> Score,
) -> tantivy::Result<(Tallies, Page)> {
    let (tallies, keyed) = searcher.search(query, &Sideways::new(request, ranked))?;
    let page = keyed.unwrap_or_default().into_iter().map(|(key, address)| (score_of(key), address));
    Ok((tallies, page.collect()))
}

/// Makes results of the engine's addresses.
struct Presenter<'a> {
    searcher: &'a Searcher,
    generation: &'a Generation,
    /// The facets the words asked for, that may be unstated.
    soft: BTreeSet<Facet>,
    /// What is to be marked; `None` when nothing is.
    stems: Option<HashSet<&'a str>>,
}

/// What is read of a kept resource.
#[derive(Deserialize)]
struct Shown<'a> {
    id: ResourceId,
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
}

impl<'a> Presenter<'a> {
    fn new(searcher: &'a Searcher, generation: &'a Generation, reading: &'a Reading, request: &SearchRequest) -> Self {
        let soft = reading.runs.iter().filter(|run| is_soft(run.field)).map(|run| Facet::Controlled(run.field));
        let telling = reading.asked().filter(|term| term.is_phrase || !is_stop_word(&term.typed));
        let stems = request.highlight.then(|| telling.flat_map(|term| &term.stems).map(String::as_str).collect());
        Self { searcher, generation, soft: soft.collect(), stems }
    }

    fn hit(&self, score: Score, address: DocAddress) -> Result<Hit, IndexError> {
        let document: TantivyDocument = self.searcher.doc(address).doing("reading a result")?;
        let kept = document.get_first(self.generation.fields.resource);
        let json = kept.and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        let (id, highlights) = self.read(&json)?;
        let unstated = self.unstated(address).doing("reading what a result does not state")?;
        Ok(Hit { json, id, score, highlights, unstated })
    }

    fn read(&self, json: &str) -> Result<(ResourceId, Option<Highlights>), IndexError> {
        let shown: Shown<'_> = serde_json::from_str(json).map_err(|source| IndexError::Stored { source })?;
        let marked = |stems| highlights(&shown.title, shown.description.as_deref(), stems);
        let highlights = self.stems.as_ref().map(marked);
        Ok((shown.id, highlights))
    }

    fn unstated(&self, address: DocAddress) -> tantivy::Result<Vec<Facet>> {
        let columns = self.searcher.segment_reader(address.segment_ord).fast_fields();
        let mut unstated = Vec::new();
        for facet in &self.soft {
            let values = columns.str(&facet.column())?;
            if values.is_none_or(|values| values.ords().first(address.doc_id).is_none()) {
                unstated.push(*facet);
            }
        }
        Ok(unstated)
    }
}

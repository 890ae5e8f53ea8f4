//! What everybody is answered who asks for everything: the same until the next commit, or until something is over.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Counted, Pass, Ranked, Tally, walk};
use crate::request::{Facet, Place, SearchRequest, Sort};

/// So many of the first results are kept: fifty pages, and hardly anybody reads on.
const KEPT: usize = 1_000;

/// What was answered last.
#[derive(Default)]
pub(crate) struct Cache {
    /// With inferred values, and without.
    counts: [Mutex<Option<Arc<Counts>>>; 2],
    /// One for each order.
    firsts: [Mutex<Option<Arc<First>>>; 3],
}

struct Counts {
    /// How many documents of each segment were over.
    over: Vec<usize>,
    total: u64,
    facets: BTreeMap<Facet, Arc<Tally>>,
}

struct First {
    over: Vec<usize>,
    ranked: Vec<Ranked>,
}

/// Answers a pass over everything.
pub(super) fn everything(pass: &Pass<'_>) -> tantivy::Result<Counted> {
    let counts = counts(pass, &pass.request.facets)?;
    let held = |facet: &Facet| Some((*facet, Arc::clone(counts.facets.get(facet)?)));
    let facets = pass.request.facets.iter().filter_map(held).collect();
    Ok(Counted { total: counts.total, facets, crosstab: None, ranked: ranked(pass)? })
}

/// The counts of one facet over everything.
pub(super) fn tally(pass: &Pass<'_>, facet: Facet) -> tantivy::Result<Arc<Tally>> {
    Ok(counts(pass, &[facet])?.facets.get(&facet).cloned().unwrap_or_default())
}

fn counts(pass: &Pass<'_>, facets: &[Facet]) -> tantivy::Result<Arc<Counts>> {
    let over = pass.over();
    let held = &pass.view.cache.counts[usize::from(pass.request.stated_only)];
    // Whoever comes meanwhile waits for the answer instead of working it out as well.
    let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
    let mut wanted = facets.to_vec();
    if let Some(counts) = held.as_ref().filter(|counts| counts.over == over) {
        if facets.iter().all(|facet| counts.facets.contains_key(facet)) {
            return Ok(Arc::clone(counts));
        }
        wanted.extend(counts.facets.keys());
    }
    let request = SearchRequest { facets: wanted, ..plain(pass.request) };
    let counted = walk(&Pass { request: &request, take: 0, ..*pass }, false)?;
    let counts = Arc::new(Counts { over, total: counted.total, facets: counted.facets });
    *held = Some(Arc::clone(&counts));
    Ok(counts)
}

fn ranked(pass: &Pass<'_>) -> tantivy::Result<Vec<Ranked>> {
    let is_common = pass.tiers.is_empty() && !matches!(pass.request.place, Place::After(_));
    if is_common && pass.take <= KEPT {
        let first = first(pass)?;
        return Ok(first.ranked[..first.ranked.len().min(pass.take)].to_vec());
    }
    let request = SearchRequest { place: pass.request.place.clone(), ..plain(pass.request) };
    Ok(walk(&Pass { request: &request, ..*pass }, false)?.ranked)
}

fn first(pass: &Pass<'_>) -> tantivy::Result<Arc<First>> {
    let over = pass.over();
    let place = match pass.request.sort {
        Sort::Relevance => 0,
        Sort::Newest => 1,
        Sort::Title => 2,
    };
    let mut held = pass.view.cache.firsts[place].lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(first) = held.as_ref().filter(|first| first.over == over) {
        return Ok(Arc::clone(first));
    }
    let counted = walk(&Pass { request: &plain(pass.request), take: KEPT, ..*pass }, false)?;
    let first = Arc::new(First { over, ranked: counted.ranked });
    *held = Some(Arc::clone(&first));
    Ok(first)
}

/// A request for everything that counts nothing, in the order and with the values of another.
fn plain(request: &SearchRequest) -> SearchRequest {
    SearchRequest {
        sort: request.sort,
        stated_only: request.stated_only,
        starts_after: request.starts_after,
        facets: Vec::new(),
        ..SearchRequest::new(request.now)
    }
}

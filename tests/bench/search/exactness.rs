//! Is each count of each facet what a click on it gives?
//!
//! Random searches, over an index with deletes and several commits; each value of each facet, and what states nothing,
//! is then searched with that one value selected in its facet. Whether the totals themselves are right is compared with
//! a count by hand in the index's own tests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::Context as _;
use index::{Facet, Index, IndexChange, NOT_STATED, SearchRequest};
use schemas::{AgeRange, Vocabularies};

use crate::corpus::Corpus;
use crate::question::{Question, Shape, Spelling};
use crate::random::Random;

const RESOURCES: u64 = 2_000;
const COMMITS: u64 = 8;
const SEED: u64 = 99;
/// More than any facet has values.
const ALL_VALUES: usize = 100_000;
/// So many differences are shown.
const SHOWN: u64 = 10;

#[derive(Debug, Default)]
struct Compared {
    counts: u64,
    different: u64,
}

/// Compares so many searches; an error when any count differs.
pub(crate) fn check(searches: u64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let corpus = Corpus::new();
    let index = Index::open(folder.path(), Vocabularies::shipped(), "measured")?;
    fill(&index, &corpus)?;
    let next = AtomicU64::new(0);
    let shown = AtomicU64::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let compared = thread::scope(|scope| {
        let work = || compare_until(&index, &corpus, searches, &next, &shown);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| worker.join().ok().context("a thread broke off")?);
        ended.collect::<anyhow::Result<Vec<Compared>>>()
    })?;
    let counts: u64 = compared.iter().map(|part| part.counts).sum();
    let different: u64 = compared.iter().map(|part| part.different).sum();
    println!("{counts} counts of {searches} searches over {} resources: {different} differ", index.resource_count());
    anyhow::ensure!(different == 0, "counts differ from what a click gives");
    Ok(())
}

/// Each commit but the first also changes some resources of the one before it, and removes some.
fn fill(index: &Index, corpus: &Corpus) -> anyhow::Result<()> {
    let size = RESOURCES / COMMITS;
    for commit in 0..COMMITS {
        let first = commit * size;
        let mut changes: Vec<IndexChange> =
            (first..first + size).map(|number| IndexChange::Put(Box::new(corpus.resource(number)))).collect();
        for number in first.saturating_sub(size)..first {
            let held = corpus.resource(number).resource.id;
            if number.is_multiple_of(7) {
                changes.push(IndexChange::Remove(held));
            } else if number.is_multiple_of(5) {
                let mut changed = corpus.resource(number + RESOURCES);
                changed.resource.id = held;
                changes.push(IndexChange::Put(Box::new(changed)));
            }
        }
        index.apply(&changes, commit + 1)?;
    }
    Ok(())
}

fn compare_until(
    index: &Index,
    corpus: &Corpus,
    searches: u64,
    next: &AtomicU64,
    shown: &AtomicU64,
) -> anyhow::Result<Compared> {
    let mut compared = Compared::default();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= searches {
            return Ok(compared);
        }
        let request = random_request(corpus, &mut Random::new(SEED + number));
        compare(index, &request, &mut compared, shown)?;
    }
}

fn random_request(corpus: &Corpus, random: &mut Random) -> SearchRequest {
    let spelling = if random.percent(10) { Spelling::Wrong } else { Spelling::Right };
    let shape = Shape { words: random.place(4), filters: random.place(4), spelling };
    let mut request = Question::new(corpus, RESOURCES, shape, random).request();
    // Several values of a facet, and facets that narrow each other to little or nothing.
    if random.percent(40) {
        let more = Shape { words: 0, filters: 2, spelling: Spelling::Right };
        for (facet, value) in Question::new(corpus, RESOURCES, more, random).filters {
            request.filters.entry(facet).or_default().push(value);
        }
    }
    if random.percent(15) {
        let facet = *random.pick(&Facet::ALL);
        request.filters.entry(facet).or_default().push(NOT_STATED.to_owned());
    }
    if random.percent(10) {
        request.filters.entry(Facet::Link).or_default().push("broken".to_owned());
    }
    for values in request.filters.values_mut() {
        values.sort();
        values.dedup();
    }
    let ages = ["11-14", "14-16", "16-18", "5-11"];
    request.ages = if random.percent(10) { random.pick(&ages).parse::<AgeRange>().ok() } else { None };
    request.interpret = random.percent(75);
    request.stated_only = random.percent(20);
    request.facets = Facet::ALL.to_vec();
    request.facet_limit = ALL_VALUES;
    request.limit = 0;
    request.help = false;
    request
}

fn compare(index: &Index, request: &SearchRequest, compared: &mut Compared, shown: &AtomicU64) -> anyhow::Result<()> {
    for counts in index.search(request)?.facets {
        let values = counts.values.iter().map(|value| (value.id.to_string(), value.count));
        for (value, count) in values.chain([(NOT_STATED.to_owned(), counts.not_stated)]) {
            let click = clicked(request, counts.facet, &value);
            let total = index.search(&click)?.total;
            compared.counts += 1;
            if total != count {
                compared.different += 1;
                if shown.fetch_add(1, Ordering::Relaxed) < SHOWN {
                    println!("{}={value}: counted {count}, found {total}: {click:?}", counts.facet.name());
                }
            }
        }
    }
    Ok(())
}

/// The same search with this one value selected in its facet.
fn clicked(request: &SearchRequest, facet: Facet, value: &str) -> SearchRequest {
    let mut click = SearchRequest { facets: Vec::new(), ..request.clone() };
    click.filters.insert(facet, vec![value.to_owned()]);
    click
}

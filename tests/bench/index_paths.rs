//! How long does each kind of call to the index take, without HTTP?
//!
//! `cargo bench --bench index_paths [-- RESOURCES]`, 100,000 by default. A made catalogue, one thread, each call with
//! questions of its own; mean and 99th percentile in microseconds. Six facets and twenty results, as the API asks.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "search/build.rs"]
mod build;
#[path = "search/corpus.rs"]
mod corpus;
#[path = "search/question.rs"]
mod question;
#[path = "search/random.rs"]
mod random;
#[path = "search/words.rs"]
mod words;

use std::hint::black_box;
use std::time::{Duration, Instant};

use index::{Index, IndexChange};

use corpus::Corpus;
use question::{Question, Shape, Spelling, now};
use random::Random;

const RESOURCES: u64 = 100_000;
const SEED: u64 = 11;
/// So many calls are timed, after some that are not.
const CALLS: usize = 1_000;
const WARMING: usize = 100;
/// A change is a commit, and takes far longer than a search.
const CHANGES: usize = 50;
/// As many as the API gives.
const SUGGESTIONS: usize = 10;
const SIMILAR: usize = 10;

const SEARCHES: [(&str, Shape); 6] = [
    ("browse", shape(0, 0, Spelling::Right)),
    ("browse, two filters", shape(0, 2, Spelling::Right)),
    ("one word", shape(1, 0, Spelling::Right)),
    ("three words", shape(3, 0, Spelling::Right)),
    ("two words, two filters", shape(2, 2, Spelling::Right)),
    ("two words, one mistyped", shape(2, 0, Spelling::Wrong)),
];

const fn shape(words: usize, filters: usize, spelling: Spelling) -> Shape {
    Shape { words, filters, spelling }
}

fn main() -> anyhow::Result<()> {
    let resources = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(RESOURCES);
    let folder = tempfile::tempdir()?;
    let corpus = Corpus::new();
    let index = build::build(folder.path(), &corpus, resources)?;
    let random = &mut Random::new(SEED);
    println!("{:<24}    mean us     p99 us", format!("{resources} resources"));
    for (name, shape) in SEARCHES {
        let questions = (0..CALLS).map(|_| Question::new(&corpus, resources, shape, random).request());
        let requests: Vec<_> = questions.collect();
        let call = |place: usize| index.search(&requests[place]).map(|results| drop(black_box(results)));
        report(name, &timed(CALLS, WARMING, call)?);
    }
    time_helpers(&index, &corpus, resources, random)?;
    time_changes(&index, &corpus, resources, random)
}

/// What stands beside the search: completion of what is being typed, and similar resources.
fn time_helpers(index: &Index, corpus: &Corpus, resources: u64, random: &mut Random) -> anyhow::Result<()> {
    let one_word = shape(1, 0, Spelling::Right);
    let beginnings: Vec<String> = (0..CALLS)
        .map(|_| Question::new(corpus, resources, one_word, random).text.chars().take(2 + random.place(4)).collect())
        .collect();
    let suggest = |place: usize| {
        index
            .suggest(&beginnings[place], SUGGESTIONS, now(), &index::Scope::default())
            .map(|suggestions| drop(black_box(suggestions)))
    };
    report("suggest", &timed(CALLS, WARMING, suggest)?);
    let ids: Vec<_> = (0..CALLS).map(|_| corpus.resource(random.below(resources)).resource.id).collect();
    let similar = |place: usize| {
        index.similar(&ids[place], SIMILAR, now(), &index::Scope::default()).map(|hits| drop(black_box(hits)))
    };
    report("similar", &timed(CALLS, WARMING, similar)?);
    Ok(())
}

fn time_changes(index: &Index, corpus: &Corpus, resources: u64, random: &mut Random) -> anyhow::Result<()> {
    let changes: Vec<IndexChange> =
        (0..CHANGES).map(|_| IndexChange::Put(Box::new(corpus.resource(random.below(resources))))).collect();
    let apply = |place: usize| index.apply(&changes[place..=place], index.position() + 1);
    report("apply one change", &timed(CHANGES, 0, apply)?);
    Ok(())
}

/// How long each of so many calls took, in order; some are made before, and not timed.
fn timed<E>(calls: usize, warming: usize, mut call: impl FnMut(usize) -> Result<(), E>) -> Result<Vec<Duration>, E> {
    for place in 0..warming {
        call(place)?;
    }
    let mut times = Vec::with_capacity(calls);
    for place in 0..calls {
        let started = Instant::now();
        call(place)?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

fn report(name: &str, sorted: &[Duration]) {
    let microseconds = |time: Duration| time.as_secs_f64() * 1_000_000.0;
    let whole: Duration = sorted.iter().sum();
    let count = u32::try_from(sorted.len()).expect("there are a thousand");
    let slow = sorted[sorted.len() * 99 / 100];
    println!("{name:<24} {:>10.0} {:>10.0}", microseconds(whole / count), microseconds(slow));
}

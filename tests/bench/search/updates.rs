//! How soon a change to one resource is found.

use std::path::Path;
use std::time::{Duration, Instant};

use index::{Index, IndexChange, SearchRequest};
use schemas::{LinkState, Vocabularies};

use crate::corpus::Corpus;
use crate::figures::Times;
use crate::question::now;

const UPDATES: u64 = 50;
/// What is not found by then is lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// Changes resources one at a time, and searches each until it is found.
pub(crate) fn measure(folder: &Path, corpus: &Corpus, resources: u64) -> anyhow::Result<Times> {
    let index = Index::open(folder, Vocabularies::shipped(), "measured")?;
    let started = Instant::now();
    let mut times = Vec::new();
    for number in 0..UPDATES {
        let word = format!("qxz{number}qxz");
        let mut entry = corpus.resource(number * (resources / UPDATES));
        entry.resource.title = format!("{word} {}", entry.resource.title);
        // What is broken or over would be hidden.
        entry.resource.link.state = LinkState::Ok;
        entry.resource.ends = None;
        times.push(time_to_be_found(&index, IndexChange::Put(Box::new(entry)), &word)?);
    }
    Ok(Times::new(times, started.elapsed()))
}

fn time_to_be_found(index: &Index, change: IndexChange, word: &str) -> anyhow::Result<Duration> {
    let request =
        SearchRequest { text: word.to_owned(), limit: 1, facets: Vec::new(), help: false, ..SearchRequest::new(now()) };
    let started = Instant::now();
    index.apply(&[change], index.position() + 1)?;
    while index.search(&request)?.total == 0 {
        anyhow::ensure!(started.elapsed() < PATIENCE, "`{word}` is not found after {PATIENCE:?}");
    }
    Ok(started.elapsed())
}

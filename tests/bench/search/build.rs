//! Our index over a made catalogue, built as a rebuild builds it.

use std::path::Path;

use index::{Index, IndexChange};
use schemas::Vocabularies;

use crate::corpus::Corpus;

/// As many as the change log gives at once.
const BATCH: usize = 1_000;

/// Builds the index of so many resources in a folder. When it returns, it is live and all merges have ended.
pub(crate) fn build(folder: &Path, corpus: &Corpus, count: u64) -> anyhow::Result<Index> {
    let index = Index::open(folder, Vocabularies::shipped(), "measured")?;
    let mut rebuild = index.start_rebuild()?;
    let mut changes = Vec::with_capacity(BATCH);
    for entry in corpus.resources(count) {
        changes.push(IndexChange::Put(Box::new(entry)));
        if changes.len() == BATCH {
            rebuild.apply(&changes)?;
            changes.clear();
        }
    }
    rebuild.apply(&changes)?;
    rebuild.commit(count)?;
    index.promote(rebuild)?;
    Ok(index)
}

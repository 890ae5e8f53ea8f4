//! How soon an index is ready, and what it holds in memory: asked of a process that has done nothing else.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use index::{Index, SearchRequest};
use schemas::Vocabularies;

use crate::corpus::Corpus;
use crate::figures::{Memory, milliseconds};
use crate::options::Options;
use crate::queries;
use crate::question::now;

/// Starts this program once more, to open an index that nobody else has open.
pub(crate) fn ask(folder: &Path, resources: u64, options: &Options) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("the path of this program")?;
    let status = Command::new(program)
        .arg("--probe")
        .arg(folder)
        .args(["--resources", &resources.to_string(), "--queries", &options.queries.to_string()])
        .status()
        .context("starting this program once more")?;
    anyhow::ensure!(status.success(), "the program that opened the index: {status}");
    Ok(())
}

/// What the program that was started so prints.
pub(crate) fn answer(folder: &Path, options: &Options) -> anyhow::Result<()> {
    let resources = options.resources.first().copied().context("a number of resources")?;
    let started = Instant::now();
    let index = Index::open(folder, Vocabularies::shipped(), "measured")?;
    let opened = started.elapsed();
    index.search(&SearchRequest::new(now()))?;
    let answered = started.elapsed();
    println!("start:   opened in {:.0} ms, first answer after {:.0} ms", milliseconds(opened), milliseconds(answered));
    println!("memory:  {}, opened", Memory::now()?);
    for question in queries::mixed(&Corpus::new(), resources, options.queries) {
        index.search(&question.request())?;
    }
    println!("memory:  {}, after {} searches", Memory::now()?, options.queries);
    Ok(())
}

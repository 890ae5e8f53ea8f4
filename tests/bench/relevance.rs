//! How well does the search rank, search by search, and beside plain BM25 in the same run?
//!
//! `cargo bench --bench relevance [-- --data DIR] [--only shipped|needs|cranfield|titles|typos] [--pool DIR] [--floor FILE]`.
//! DIR is the folder of real catalogues; without it, and without `SIGNPOST_REAL_DATA`, only the catalogues that ship are
//! searched. `--pool` writes what judges read, mixed and without names, and ends; `--floor` writes what the searches over
//! the catalogues that ship score now. What the figures must reach is in `tests/it/relevance.rs`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../it/harness/mod.rs"]
#[expect(unused, reason = "the tests need more of it")]
mod harness;
#[path = "../relevance/mod.rs"]
#[expect(unused, reason = "the tests that stand in it are those of another binary")]
mod judging;
#[path = "../it/sources/real.rs"]
mod real;
#[path = "../it/sources/recorded.rs"]
mod recorded;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use harness::TestApp;
use judging::cranfield::Cranfield;
use judging::engines::Engines;
use judging::judgements::Judgements;
use judging::measure::{NeedFigures, measure_cranfield, measure_needs};
use judging::needs::{Need, real_needs, shipped_needs};
use judging::pool::pool;
use judging::titles::{TitleFigures, measure_titles};

/// A part that can be run by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Shipped,
    Needs,
    Cranfield,
    Titles,
    Typos,
}

/// What is asked for on the command line.
#[derive(Debug, Default)]
struct Options {
    data: Option<PathBuf>,
    only: Option<Part>,
    pool: Option<PathBuf>,
    floor: Option<PathBuf>,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self { data: real::real_data(), ..Self::default() };
        while let Some(argument) = arguments.next() {
            // Cargo says so to every benchmark.
            if argument == "--bench" {
                continue;
            }
            let value = arguments.next().with_context(|| format!("{argument}: expected a value"))?;
            match argument.as_str() {
                "--data" => options.data = Some(PathBuf::from(value)),
                "--only" => options.only = Some(part(&value)?),
                "--pool" => options.pool = Some(PathBuf::from(value)),
                "--floor" => options.floor = Some(PathBuf::from(value)),
                _ => anyhow::bail!("{argument}: expected --data, --only, --pool or --floor"),
            }
        }
        Ok(options)
    }

    fn wants(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

fn part(name: &str) -> anyhow::Result<Part> {
    match name {
        "shipped" => Ok(Part::Shipped),
        "needs" => Ok(Part::Needs),
        "cranfield" => Ok(Part::Cranfield),
        "titles" => Ok(Part::Titles),
        "typos" => Ok(Part::Typos),
        _ => anyhow::bail!("{name}: expected shipped, needs, cranfield, titles or typos"),
    }
}

fn main() -> anyhow::Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match &options.pool {
            Some(folder) => write_pools(folder, &options).await,
            None => measure(&options).await,
        }
    })
}

async fn measure(options: &Options) -> anyhow::Result<()> {
    if options.wants(Part::Shipped) {
        let figures = over_shipped_catalogues().await?;
        println!("== our own needs over the catalogues that ship\n{figures}\n\n{}\n", figures.table());
        if let Some(file) = &options.floor {
            write_floor(file, &figures)?;
        }
    }
    let Some(data) = &options.data else {
        println!("no folder of real catalogues: --data names none, nor does SIGNPOST_REAL_DATA");
        return Ok(());
    };
    if options.wants(Part::Cranfield) {
        println!("== Cranfield\n{}\n", measure_cranfield(&Cranfield::read(data)?)?);
    }
    let typos = options.only == Some(Part::Typos);
    if typos || options.wants(Part::Titles) {
        let figures = over_job_profiles(data).await?;
        if !typos {
            println!("== other names of jobs over 856 job profiles\n{figures}\n");
        }
        told_of_typos("job titles", figures.typo_ratios());
    }
    if typos || options.wants(Part::Needs) {
        let figures = over_real_catalogues(data).await?;
        if !typos {
            println!("== needs over the real catalogues\n{figures}\n\n{}\n", figures.table());
        }
        told_of_typos("needs", figures.typo_ratios());
    }
    Ok(())
}

fn told_of_typos(what: &str, (ours, plain): (f64, f64)) {
    println!("misspelt {what}: ours keeps {ours:.3} of its score, plain BM25 {plain:.3}\n");
}

async fn over_shipped_catalogues() -> anyhow::Result<NeedFigures> {
    let app = TestApp::shipped().await;
    let engines = Engines::over_app(&app.app, None).await?;
    measure_needs(&engines, &shipped_needs()?, &Judgements::of_shipped_catalogues()?)
}

async fn over_real_catalogues(data: &Path) -> anyhow::Result<NeedFigures> {
    let (app, site) = real::with_all_harvested(data).await;
    let engines = Engines::over_app(&app.app, Some(&site.origin)).await?;
    measure_needs(&engines, &real_needs(data)?, &Judgements::of_real_catalogues()?)
}

async fn over_job_profiles(data: &Path) -> anyhow::Result<TitleFigures> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sources/ncs-job-profiles.toml");
    let source = std::fs::read_to_string(source)?;
    let app = TestApp::with_real_data(&[("ncs-job-profiles.toml", source)], data).await;
    let engines = Engines::over_app(&app.app, None).await?;
    measure_titles(&engines, data)
}

/// What judges read: `shipped.jsonl` and, where there are real catalogues, `needs.jsonl`.
async fn write_pools(folder: &Path, options: &Options) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    if options.wants(Part::Shipped) {
        let app = TestApp::shipped().await;
        let engines = Engines::over_app(&app.app, None).await?;
        write_pool(&folder.join("shipped.jsonl"), &engines, &shipped_needs()?)?;
    }
    if let Some(data) = options.data.as_ref().filter(|_| options.wants(Part::Needs)) {
        let (app, site) = real::with_all_harvested(data).await;
        let engines = Engines::over_app(&app.app, Some(&site.origin)).await?;
        write_pool(&folder.join("needs.jsonl"), &engines, &real_needs(data)?)?;
    }
    Ok(())
}

fn write_pool(file: &Path, engines: &Engines, needs: &[Need]) -> anyhow::Result<()> {
    let mut text = String::new();
    let lines = pool(engines, needs)?;
    for line in &lines {
        writeln!(text, "{line}")?;
    }
    std::fs::write(file, text).with_context(|| file.display().to_string())?;
    println!("{}: {} results of {} needs to be judged", file.display(), lines.len(), needs.len());
    Ok(())
}

/// What each search scores now, below the head that the file has.
fn write_floor(file: &Path, figures: &NeedFigures) -> anyhow::Result<()> {
    let before = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut text: String =
        before.lines().filter(|line| line.starts_with('#')).fold(String::new(), |text, line| text + line + "\n");
    text.push_str("need\tndcg\n");
    for score in &figures.ours.0 {
        writeln!(text, "{}\t{:.3}", score.need, score.ndcg)?;
    }
    std::fs::write(file, text).with_context(|| file.display().to_string())?;
    println!("{}: written", file.display());
    Ok(())
}

//! How long does it take to find out which of 100,000 records are one, and what does one changed record cost?
//!
//! `cargo bench --bench resolve [-- RECORDS]`. Four catalogues with texts of their own; every fifth record is a copy,
//! lightly edited, of one in another catalogue, and every tenth has the same first half of its text as a thousand others.
//! Prints the time for all of them, the time for one that has changed, how many copies were found, and the peak of
//! resident memory.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::{Duration, Instant};

use anyhow::Context as _;
use crawler::{Intake as _, Outcome};
use schemas::{Metadata, Record, RecordId, Source};
use signpost::catalogue::{Catalogue, HarvestEnd, HarvestManner, HarvestState, StorePlace};
use signpost::clock::Clock;

const RECORDS: u64 = 100_000;
const CATALOGUES: u64 = 4;
const BATCH: usize = 500;
/// So many single changes are timed.
const CHANGES: u64 = 50;

fn main() -> anyhow::Result<()> {
    let records = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(RECORDS);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(records))
}

async fn measure(records: u64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let catalogue = Catalogue::open(&StorePlace::File(folder.path().join("store.db"))).await?;
    let clock = Clock::system();
    let mut sources = Vec::new();
    for number in 0..CATALOGUES {
        let source = source(number)?;
        catalogue.put_source(&source, "a.toml", "", true, true, clock.now()).await?;
        sources.push(source);
    }
    for (number, source) in (0..CATALOGUES).zip(&sources) {
        let own: Vec<u64> = (0..records).filter(|record| record % CATALOGUES == number).collect();
        take(&catalogue, source, &own, 0).await?;
    }
    let resident_before = resident_kb()?;
    let started = Instant::now();
    let resolved = catalogue.resolve_pending(clock.now()).await?;
    let took = started.elapsed();
    let live = catalogue.live_count().await?;
    println!("all:              {} records in {:.1} s", resolved.records, took.as_secs_f64());
    println!("copies:           {} of {} found", records - live, records / 5);

    let mut times: Vec<Duration> = Vec::new();
    for change in 0..CHANGES {
        let record = change * (records / CHANGES / CATALOGUES) * CATALOGUES;
        take(&catalogue, &sources[0], &[record], change + 1).await?;
        let started = Instant::now();
        catalogue.resolve_pending(clock.now()).await?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let middle = times[times.len() / 2];
    let slowest = times.last().context("changes")?;
    println!("one that changed: {:.1} ms, {:.1} ms at most", ms(middle), ms(*slowest));
    println!("resident memory:  {} MB before, {} MB at its peak", resident_before / 1024, peak_kb()? / 1024);
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn source(number: u64) -> anyhow::Result<Source> {
    let toml = format!(
        "id = \"c{number}\"\nname = \"Catalogue {number}\"\norganisation = \"Society {number}\"\n\
         homepage = \"https://c{number}.example/\"\nlicence = \"cc-by-4.0\"\nkind = \"json\"\n\
         [where]\nurl = \"https://c{number}.example/api\"\n[mapping]\ntitle = \"/title\"\n"
    );
    Source::parse(&format!("c{number}.toml"), &toml).map_err(|mistakes| anyhow::anyhow!("{mistakes:?}"))
}

/// One run over a source that says these records.
async fn take(catalogue: &Catalogue, source: &Source, records: &[u64], edition: u64) -> anyhow::Result<()> {
    let clock = Clock::system();
    let id = catalogue.start_harvest(&source.id, HarvestManner::Push, None, clock.now()).await?;
    let mut intake = catalogue.intake(source, &id, clock.clone()).await?;
    for batch in records.chunks(BATCH) {
        let outcomes = batch.iter().map(|number| {
            let id = RecordId { source: source.id.clone(), identifier: number.to_string() };
            let record =
                Record { id, metadata: metadata(source, *number, edition), payload: None, place: String::new() };
            Outcome::Record(Box::new(record), Vec::new())
        });
        intake.take(outcomes.collect()).await?;
    }
    intake.flush().await?;
    let end = HarvestEnd::new(HarvestState::Ok, None, intake.counts());
    catalogue.finish_harvest(&id, &end, clock.now()).await?;
    Ok(())
}

/// What a record says. One in five is a copy of the record before it, which is in another catalogue.
fn metadata(source: &Source, number: u64, edition: u64) -> Metadata {
    let is_copy = number % 5 == 4;
    let original = if is_copy { number - 1 } else { number };
    let mut text = words(original, 45);
    if original % 10 == 0 {
        text = format!("{} {text}", words(original / 10_000 + 5_000_000, 45));
    }
    if is_copy {
        text.push_str(" Free to use in class.");
    }
    if edition > 0 {
        text = format!("{text} {}", words(number + edition * 7_000_000, 4));
    }
    Metadata {
        title: words(original + 9_000_000, 7),
        description: Some(text),
        url: Some(format!("https://{}.example/{number}", source.id)),
        publisher: Some(format!("Society of {}", source.id)),
        ..Metadata::default()
    }
}

/// So many words that follow from the seed: syllables put together, a few thousand different ones.
fn words(seed: u64, count: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["ka", "ro", "mi", "te", "lan", "der", "sol", "vi", "pen", "gra", "bo", "shi", "tur", "el", "no", "fa"];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x51_7c_c1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        SYLLABLES[usize::try_from(state >> 60).unwrap_or(0)]
    };
    (0..count).map(|_| [next(), next(), next()].concat()).collect::<Vec<_>>().join(" ")
}

fn resident_kb() -> anyhow::Result<u64> {
    status_kb("VmRSS:")
}

fn peak_kb() -> anyhow::Result<u64> {
    status_kb("VmHWM:")
}

/// A figure of this process. Source: Linux, proc(5), `/proc/self/status`.
fn status_kb(name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("a figure of this process")?;
    line.split_whitespace().next().context("a number")?.parse().context("a number")
}

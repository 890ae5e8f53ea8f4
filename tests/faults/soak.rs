//! For long, and with little: a harvest and a rebuild within a limit of memory, and hours of everything at once.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use axum::extract::{Path as Segment, Query, State};
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use crate::load::{Load, address_of, questions};
use crate::node::{Node, Place};
use crate::origin::Origin;
use crate::serving::{rate, seconds};
use crate::world::{Length, World};

/// Asked: so much memory is enough for 100,000 resources.
const MEMORY_BYTES: u64 = 512 << 20;
/// Between two looks at a process.
const LOOK: Duration = Duration::from_millis(50);
/// A command that has not ended after so long is not going to.
const COMMAND_LIMIT: Duration = Duration::from_hours(1);
/// Asked: memory grows by less than so much of a hundred in an hour.
const MOST_GROWTH_PERCENT: f64 = 1.0;
/// Commits, merges and connections open files and close them again; so many are no leak.
const FILES_TO_AND_FRO: usize = 24;
/// The time after the warm-up is looked at in so many parts, each with its mean: harvests and rebuilds make waves.
const PARTS: usize = 12;

/// D12: a harvest and a rebuild with little memory.
pub(crate) async fn little_memory(world: &World) -> anyhow::Result<String> {
    let records = u64::from(world.length.of(5_000, 100_000, 100_000));
    let folder = world.fresh_folder("d12")?;
    let origin = Origin::start(records).await?;
    origin.write_source(&folder.join("sources"), "makers")?;
    let place = Place::new(&folder, None).with_sources(folder.join("sources"));
    let harvest = within_memory(&place, &["harvest", "makers"]).await?;
    let rebuild = within_memory(&place, &["reindex"]).await?;
    origin.revise();
    let second = within_memory(&place, &["harvest", "makers"]).await?;
    let stored = place.stored_titles()?;
    ensure!(stored.len() == usize::try_from(records)?, "{} of {records} records are there", stored.len());
    ensure!(stored.contains_key(&Origin::title(0, origin.revision())), "the second harvest changed nothing");
    let mib = |bytes: u64| bytes >> 20;
    Ok(format!(
        "{records} records in {} MiB: harvest {} MiB at its peak, of changes {} MiB, rebuild {} MiB",
        mib(MEMORY_BYTES),
        mib(harvest),
        mib(second),
        mib(rebuild)
    ))
}

/// Runs a command to a good end within the limit, and gives the most memory it had in use, pages of files among it.
///
/// What is limited is what a process may write to (`RLIMIT_DATA`), which it is refused more of; a limit of all
/// addresses would count the files of the index, and a control group takes rights that not everybody has.
async fn within_memory(place: &Place, args: &[&str]) -> anyhow::Result<u64> {
    let log = place.data_dir.with_extension("d12.log");
    std::fs::create_dir_all(&place.data_dir)?;
    let mut command = place.command(args);
    let child = command.stdout(Stdio::null()).stderr(std::fs::File::create(&log)?).spawn()?;
    let mut child = Ended(child);
    let (pid, limit) = (child.0.id().to_string(), format!("--data={MEMORY_BYTES}"));
    let status = Command::new("prlimit").args(["--pid", &pid, &limit]).status().context("prlimit (util-linux)")?;
    let begun = Instant::now();
    let mut peak = 0;
    loop {
        peak = most_memory(&pid).unwrap_or(0).max(peak);
        if let Some(ended) = child.0.try_wait()? {
            let told = std::fs::read_to_string(&log).unwrap_or_default();
            let told = told.lines().last().unwrap_or_default();
            ensure!(ended.success(), "`{}` within {MEMORY_BYTES} bytes ended with {ended}: {told}", args.join(" "));
            ensure!(status.success(), "its memory could not be limited");
            return Ok(peak);
        }
        ensure!(begun.elapsed() < COMMAND_LIMIT, "`{}` does not end", args.join(" "));
        sleep(LOOK).await;
    }
}

/// A process that does not outlive us.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It has mostly ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The most memory that a process has had in use, in bytes. Source: proc(5), `VmHWM`.
fn most_memory(pid: &str) -> Option<u64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid).join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kib| kib * 1_024)
}

/// D13: searches, harvests, rebuilds and link checks for a long time.
pub(crate) async fn everything_at_once(world: &World) -> anyhow::Result<String> {
    let records = u64::from(world.length.of(1_500, 20_000, 20_000));
    let time = seconds(world.length.of(30, 1_800, 86_400));
    let folder = world.fresh_folder("d13")?;
    let origin = Pages::start(records).await?;
    origin.write_source(&folder.join("sources"))?;
    let place = Place::new(&folder, None).with_sources(folder.join("sources"));
    place.succeed(&["harvest", "makers"])?;
    let token = place.token("admin")?;
    let (node, _) = place.start_ready().await?;
    let address = address_of(&node.origin)?;
    let questions = questions(address, records).await?;
    let (per_second, addresses) = (rate(world), vec![address]);
    let running = Load { addresses, questions, per_second, connections: 16, time: time * 2, callers: 0 }.start();
    let begun = Instant::now();
    let sampling = sample(&node, begun, time);
    let working = work(&node, &token, &origin, begun, time);
    let (samples, worked) = tokio::try_join!(sampling, working)?;
    let tally = running.end().await?;
    tally.all_is_well()?;
    let growth = Growth::of(&samples)?;
    let (least, most) = growth.percent_an_hour();
    let is_judged = world.length != Length::Brief;
    let judged = if is_judged { "" } else { " (not judged: too short)" };
    let figures = format!(
        "{} minutes, {} searches, {worked} harvests and as many rebuilds, {} links asked: memory {} MiB, growing by \
         {least:.1} to {most:.1} % an hour{judged}, {} to {} descriptors",
        time.as_secs() / 60,
        tally.asked,
        origin.visits(),
        growth.mean_bytes >> 20,
        growth.files.0,
        growth.files.1
    );
    ensure!(!is_judged || origin.visits() > 0, "no link was asked: {figures}");
    ensure!(!is_judged || least < MOST_GROWTH_PERCENT, "memory grows: {figures}");
    ensure!(growth.files.1 <= growth.files.0 + FILES_TO_AND_FRO, "descriptors grow: {figures}");
    Ok(figures)
}

/// One look at a process.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Duration,
    bytes: u64,
    files: usize,
}

async fn sample(node: &Node, begun: Instant, time: Duration) -> anyhow::Result<Vec<Sample>> {
    // Some three hundred in all, however long it takes.
    let pause = time / 300;
    let mut samples = Vec::new();
    while begun.elapsed() < time {
        let (bytes, files) = node.footprint()?;
        samples.push(Sample { at: begun.elapsed(), bytes, files });
        sleep(pause).await;
    }
    Ok(samples)
}

/// Harvests what has changed and rebuilds, again and again; says how often.
async fn work(node: &Node, token: &str, origin: &Pages, begun: Instant, time: Duration) -> anyhow::Result<u32> {
    // Some forty times in all, so that every part of the time has its share.
    let pause = time / 40;
    let mut times = 0;
    while begun.elapsed() < time {
        origin.revise();
        node.do_job("/admin/v1/sources/makers/harvests", token, COMMAND_LIMIT).await?;
        node.do_job("/admin/v1/reindex", token, COMMAND_LIMIT).await?;
        times += 1;
        sleep(pause).await;
    }
    Ok(times)
}

/// How memory and descriptors went after the warm-up.
#[derive(Debug)]
struct Growth {
    mean_bytes: u64,
    /// Of the mean, in an hour, with its standard error.
    percent: f64,
    error_percent: f64,
    /// The most descriptors before the middle and after it.
    files: (usize, usize),
}

impl Growth {
    /// The first third is the warm-up: caches fill, threads start, the allocator learns what is asked of it.
    #[expect(clippy::cast_precision_loss, reason = "sums of bytes, of which a share of a hundred is told")]
    fn of(samples: &[Sample]) -> anyhow::Result<Self> {
        let warm = &samples[samples.len() / 3..];
        let length = warm.len() / PARTS;
        ensure!(length > 0, "{} looks are too few", samples.len());
        let parts = warm.chunks_exact(length).map(|part| {
            let count = part.len() as f64;
            let hours: f64 = part.iter().map(|sample| sample.at.as_secs_f64() / 3_600.0).sum();
            let bytes: u64 = part.iter().map(|sample| sample.bytes).sum();
            (hours / count, bytes as f64 / count)
        });
        let (slope, error, mean) = line_through(&parts.collect::<Vec<_>>());
        let most = |part: &[Sample]| part.iter().map(|sample| sample.files).max().unwrap_or(0);
        let (before, after) = warm.split_at(warm.len() / 2);
        let mean_bytes = warm.iter().map(|sample| sample.bytes).sum::<u64>() / u64::try_from(warm.len())?;
        let percent = slope / mean * 100.0;
        Ok(Self { mean_bytes, percent, error_percent: error / mean * 100.0, files: (most(before), most(after)) })
    }

    /// Between which growth it lies, by twice its standard error: a short time says hardly anything of an hour.
    fn percent_an_hour(&self) -> (f64, f64) {
        (self.percent - 2.0 * self.error_percent, self.percent + 2.0 * self.error_percent)
    }
}

/// The slope of the line of least squares through these points, its standard error, and the mean of what stands second.
#[expect(clippy::cast_precision_loss, reason = "a handful of points")]
fn line_through(points: &[(f64, f64)]) -> (f64, f64, f64) {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|point| point.0).sum::<f64>() / count;
    let mean_y = points.iter().map(|point| point.1).sum::<f64>() / count;
    let spread: f64 = points.iter().map(|point| (point.0 - mean_x).powi(2)).sum();
    let together: f64 = points.iter().map(|point| (point.0 - mean_x) * (point.1 - mean_y)).sum();
    let slope = together / spread;
    let left: f64 = points.iter().map(|point| (point.1 - mean_y - slope * (point.0 - mean_x)).powi(2)).sum();
    let error = (left / (count - 2.0).max(1.0) / spread).sqrt();
    (slope, error, mean_y)
}

/// A catalogue on loopback whose resources are pages of its own, so that their links can be asked.
#[derive(Debug, Clone)]
struct Pages(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    origin: String,
    records: u64,
    revision: AtomicU64,
    visits: AtomicU64,
}

impl Pages {
    async fn start(records: u64) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let pages = Self(Arc::new(Shared { origin, records, revision: 1.into(), visits: 0.into() }));
        let router = Router::new().route("/records", get(list)).route("/page/{number}", get(page));
        let router = router.with_state(pages.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(pages)
    }

    fn revise(&self) {
        self.0.revision.fetch_add(1, Ordering::SeqCst);
    }

    /// So many pages were asked for, which nobody does but who checks links.
    fn visits(&self) -> u64 {
        self.0.visits.load(Ordering::SeqCst)
    }

    fn write_source(&self, folder: &Path) -> anyhow::Result<()> {
        let toml = format!(
            "id = \"makers\"\nname = \"Makers\"\norganisation = \"Society of Makers\"\n\
             homepage = \"https://makers.example/\"\nlicence = \"cc-by-4.0\"\nnation = \"uk\"\nschedule = \"manual\"\n\
             kind = \"json\"\n[where]\nurl = \"{}/records\"\nitems = \"/records\"\npage_parameter = \"page\"\n\
             [mapping]\nidentifier = \"/ref\"\ntitle = \"/name\"\nurl = \"/page\"\ndescription = \"/text\"\n\
             subjects = \"/about\"\n[limits]\ndelay_ms = 0\n[access]\nallow_private = true\n",
            self.0.origin
        );
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("makers.toml"), toml)?;
        Ok(())
    }
}

/// Every hundredth record says something else with each revision.
async fn list(State(Pages(shared)): State<Pages>, Query(asked): Query<HashMap<String, String>>) -> Json<Value> {
    const PAGE: u64 = 100;
    const SUBJECTS: [&str; 4] = ["Physics", "Chemistry", "Biology", "Mathematics"];
    let page: u64 = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    let revision = shared.revision.load(Ordering::SeqCst);
    let numbers = (page - 1).saturating_mul(PAGE)..page.saturating_mul(PAGE).min(shared.records);
    let record = |number: u64| {
        let edition = if number % 100 == revision % 100 { revision } else { 1 };
        json!({
            "ref": format!("M-{number}"),
            "name": Origin::title(number, edition),
            "page": format!("{}/page/{number}", shared.origin),
            "text": format!("Number {number} tells of a week at bench {}, in {} words.", number % 97, number * 7),
            "about": SUBJECTS[usize::try_from(number % 4).unwrap_or(0)],
        })
    };
    Json(json!({ "records": numbers.map(record).collect::<Vec<_>>() }))
}

async fn page(State(Pages(shared)): State<Pages>, Segment(number): Segment<u64>) -> Html<String> {
    shared.visits.fetch_add(1, Ordering::SeqCst);
    Html(format!("<!doctype html><title>{}</title><p>Number {number}", Origin::title(number, 1)))
}

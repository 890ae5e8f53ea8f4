//! A disk that fails or is full: nothing is lost silently, what needs no writing goes on, and all goes on once there is room.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use crate::node::{Node, Place};
use crate::origin::Origin;
use crate::process::{doctor_is_content, needs, run_system, run_within, under};
use crate::pushed::{Pusher, Sent};
use crate::world::{Length, World};

/// Asked: so many operations of each kind fail in turn.
const OPERATIONS: u32 = 300;
/// In the short form one of so many.
const BRIEF_STEP: usize = 25;
/// A command under strace that has not ended by then hangs.
const COMMAND_LIMIT: Duration = Duration::from_mins(3);
/// What makes written things last, wherever they are.
const SETTLING: &str = "pwrite64,fsync,fdatasync,?rename,?renameat,renameat2,ftruncate";
/// What writes. Also what wakes another thread is written so, hence only into files that are known by name.
const WRITING: &str = "write,pwrite64,pwritev,ftruncate";
/// These files, below the data directory.
const KNOWN: [&str; 6] =
    ["signpost.db", "signpost.db-wal", "signpost.db-journal", "index/CURRENT.new", "index/GIVEN", "node-id"];

/// How large the small disk is.
const DISK: &str = "32m";
/// It is full after fewer pieces of any size.
const MOST_PIECES: u32 = 8_192;
/// Records that are pushed before it is full.
const BEFORE: u32 = 10;
/// Asked: written again so soon after there is room.
const RECOVERED: Duration = Duration::from_mins(1);
/// Between two tries.
const AGAIN: Duration = Duration::from_millis(200);

/// One operation that fails.
#[derive(Debug, Clone, Copy)]
struct Failing {
    number: u32,
    command: &'static [&'static str],
    error: &'static str,
    calls: &'static str,
}

/// Every operation that is made to fail: for each number one of the eight combinations in the short forms, all in the long.
fn all_failing(length: Length) -> Vec<Failing> {
    const COMMANDS: [&[&str]; 2] = [&["harvest", "makers"], &["reindex"]];
    let mut all = Vec::new();
    for (turn, number) in (1..=OPERATIONS).step_by(if length == Length::Brief { BRIEF_STEP } else { 1 }).enumerate() {
        for (kind, command) in COMMANDS.into_iter().enumerate() {
            for (variant, (error, calls)) in
                [("EIO", SETTLING), ("ENOSPC", WRITING), ("ENOSPC", SETTLING), ("EIO", WRITING)].into_iter().enumerate()
            {
                let is_taken = match length {
                    Length::Brief => turn % 2 == kind && turn / 2 % 4 == variant,
                    Length::Whole => (turn + kind) % 4 == variant,
                    Length::Long => true,
                };
                if is_taken {
                    all.push(Failing { number, command, error, calls });
                }
            }
        }
    }
    all
}

/// D4: the n-th operation on the disk fails.
pub(crate) async fn nth_error(world: &World) -> anyhow::Result<String> {
    needs("strace")?;
    let records: u64 = world.length.of(150, 300, 300).into();
    let folder = world.fresh_folder("d4")?;
    let origin = Origin::start(records).await?;
    origin.write_source(&folder.join("sources"), "makers")?;
    let place = Place::new(&folder, None).with_sources(folder.join("sources"));
    place.succeed(&["harvest", "makers"])?;
    let mut acknowledged = origin.revision();
    let (mut told, mut unharmed, mut unmet) = (0_u32, 0_u32, 0_u32);
    let all = all_failing(world.length);
    for failing in &all {
        let what = || format!("{failing:?}");
        let is_harvest = failing.command[0] == "harvest";
        if is_harvest {
            origin.revise();
        }
        let outcome = run_failing(&place, &folder, failing).with_context(what)?;
        match outcome {
            Outcome::NotMet => unmet += 1,
            Outcome::EndedWell => unharmed += 1,
            Outcome::Told => told += 1,
        }
        if is_harvest && !matches!(outcome, Outcome::Told) {
            acknowledged = origin.revision();
        }
        stands(&place.stored_titles().with_context(what)?, records, acknowledged, origin.revision())
            .with_context(what)?;
        doctor_is_content(&place).with_context(what)?;
        if is_harvest {
            place.succeed(failing.command).with_context(|| format!("the harvest after {failing:?}"))?;
            acknowledged = origin.revision();
            stands(&place.stored_titles()?, records, acknowledged, acknowledged).with_context(what)?;
        }
    }
    let (mut node, _) = place.start_ready().await?;
    ensure!(node.found_titles().await? == place.stored_titles()?, "searches do not find what is stored");
    node.stop(Duration::from_secs(20)).await?;
    ensure!(told > 0, "no operation was made to fail");
    let count = all.len();
    Ok(format!(
        "{count} runs: {told} ended with a clear error, {unharmed} did without, {unmet} met none; 0 silent losses"
    ))
}

/// How a command ended one of whose operations was to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It has fewer operations.
    NotMet,
    /// It did without, or did it again.
    EndedWell,
    /// It said why it could not.
    Told,
}

fn run_failing(place: &Place, folder: &Path, failing: &Failing) -> anyhow::Result<Outcome> {
    let Failing { number, command, error, calls } = *failing;
    let log = folder.join("strace.log");
    let log_name = log.to_str().context("a path that can be written")?;
    let inject = format!("inject={calls}:error={error}:when={number}");
    let trace = format!("trace={calls}");
    let known: Vec<String> =
        KNOWN.iter().map(|name| place.data_dir.join(name).to_string_lossy().into_owned()).collect();
    let mut options = vec!["-f", "-qq", "-o", log_name, "-e", &trace, "-e", &inject];
    if calls == WRITING {
        for path in &known {
            options.extend(["-P", path.as_str()]);
        }
    }
    let ended = run_within(&mut under(place, "strace", &options, command), COMMAND_LIMIT)?;
    let is_met = fs::read_to_string(&log).context("what strace wrote")?.contains("(INJECTED)");
    match (ended.status.code(), is_met) {
        (Some(0), true) => Ok(Outcome::EndedWell),
        (Some(0), false) => Ok(Outcome::NotMet),
        // A harvest that was partial says so with 3.
        (Some(1 | 3), true) if !ended.told.trim().is_empty() || ended.status.code() == Some(3) => Ok(Outcome::Told),
        (_, true) => bail!("it ended with {} and said: {}", ended.status, ended.told),
        (_, false) => bail!("it ended with {} though nothing failed: {}", ended.status, ended.told),
    }
}

/// Every record is there once, as it was acknowledged or newer.
fn stands(titles: &BTreeMap<String, u64>, records: u64, oldest: u64, newest: u64) -> anyhow::Result<()> {
    for number in 0..records {
        let copies: u64 = (oldest..=newest).filter_map(|edition| titles.get(&Origin::title(number, edition))).sum();
        ensure!(copies == 1, "record {number} is there {copies} times in the editions {oldest} to {newest}");
    }
    let all: u64 = titles.values().sum();
    ensure!(all == records, "{all} resources are there, of {records} records");
    Ok(())
}

/// A small disk in memory; gone when it goes out of scope.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.to_str().context("a path that can be written")?;
        run_system("mount", &["-t", "tmpfs", "-o", &format!("size={DISK},mode=700"), "tmpfs", path])
            .context("a small disk, which only root may mount")?;
        Ok(Self(folder.to_owned()))
    }

    /// Fills it to the last byte with a file.
    fn fill(&self) -> anyhow::Result<PathBuf> {
        let path = self.0.join("filler");
        let mut file = File::create(&path)?;
        // Large pieces first, then what is left.
        for piece in [1_usize << 20, 4_096, 1] {
            let bytes = vec![0_u8; piece];
            for _ in 0..MOST_PIECES {
                if file.write_all(&bytes).is_err() {
                    break;
                }
            }
        }
        Ok(path)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Whatever still holds it lets go with its end.
        let _ = run_system("umount", &["-l", &self.0.to_string_lossy()]);
    }
}

/// D5: the disk is full, and then there is room again.
pub(crate) async fn disk_full(world: &World) -> anyhow::Result<String> {
    let rounds = world.length.of(1, 10, 50);
    let mut told = Vec::new();
    for _ in 0..rounds {
        told.push(fill_and_free(world).await?);
    }
    let reads: u32 = told.iter().map(|full| full.reads).sum();
    let refused: u32 = told.iter().map(|full| full.refused).sum();
    let slowest = told.iter().map(|full| full.recovered).max().unwrap_or_default();
    Ok(format!(
        "{rounds} full disks: {reads} of {reads} reads answered, {refused} writes refused, going on after {slowest:.1?}, 0 lost"
    ))
}

/// What came of a full disk.
struct Full {
    reads: u32,
    refused: u32,
    recovered: Duration,
}

async fn fill_and_free(world: &World) -> anyhow::Result<Full> {
    let folder = world.fresh_folder("d5")?;
    let disk = SmallDisk::mount(&folder.join("data"))?;
    let origin = Origin::start(50).await?;
    origin.write_source(&folder.join("sources"), "makers")?;
    Pusher::write_source(&folder.join("sources"))?;
    let place = Place::new(&folder, None).with_sources(folder.join("sources"));
    place.succeed(&["harvest", "makers"])?;
    let pusher = Pusher::to(&place)?;
    let token = place.token("admin")?;
    let (mut node, _) = place.start_ready().await?;
    pusher.push_many(&node.origin, BEFORE).await?;
    let known = known_resource(&node).await?;
    let filler = disk.fill()?;
    origin.revise();
    // It waits, or fails with a reason; what becomes of it is looked at when there is room.
    let (asked, _) = node.post("/admin/v1/sources/makers/harvests", &token, &json!({})).await?;
    ensure!(matches!(asked, 202 | 409 | 503 | 507), "a harvest on a full disk was answered with {asked}");
    let (mut reads, mut refused) = (0, 0);
    for _ in 0..world.length.of(10, 50, 50) {
        reads += read_all(&node, &known).await.context("while the disk is full")?;
        match pusher.push(&node.origin).await? {
            // There was room left in a page.
            Sent::Acknowledged => {}
            Sent::Refused(503 | 507, _) => refused += 1,
            Sent::Refused(status, body) => bail!("a record on a full disk was answered with {status}: {body}"),
            Sent::BrokenOff => bail!("a record on a full disk was not answered"),
        }
        tokio::time::sleep(AGAIN).await;
    }
    fs::remove_file(filler)?;
    let freed = Instant::now();
    while !matches!(pusher.push(&node.origin).await?, Sent::Acknowledged) {
        ensure!(freed.elapsed() < RECOVERED, "no record is taken {RECOVERED:?} after there is room");
        tokio::time::sleep(AGAIN).await;
    }
    harvest_goes_on(&node, &token, &origin, freed).await?;
    let recovered = freed.elapsed();
    pusher.stands(&node.found_titles().await?).context("searches")?;
    node.stop(Duration::from_secs(20)).await?;
    pusher.stands(&place.stored_titles()?).context("the store")?;
    doctor_is_content(&place)?;
    Ok(Full { reads, refused, recovered })
}

/// The id of a resource that is there.
async fn known_resource(node: &Node) -> anyhow::Result<String> {
    let answer = node.json("/v1/resources?facets=none&per_page=1").await?;
    Ok(answer["results"][0]["id"].as_str().context("the id of a resource")?.to_owned())
}

/// Asks for what only reads, and says how many answers that were.
async fn read_all(node: &Node, id: &str) -> anyhow::Result<u32> {
    let record = format!("/v1/resources/{id}");
    let mut answered = 0;
    for path in ["/v1/resources?q=making", "/v1/resources?q=careers&page=2", record.as_str(), "/"] {
        let (status, body) = node.get(path).await?;
        ensure!(status == 200, "{path} was answered with {status}: {body}");
        answered += 1;
    }
    Ok(answered)
}

/// Waits until a harvest has brought what the catalogue says now.
async fn harvest_goes_on(node: &Node, token: &str, origin: &Origin, freed: Instant) -> anyhow::Result<()> {
    let wanted = Origin::title(0, origin.revision());
    loop {
        if node.found_titles().await?.contains_key(&wanted) {
            return Ok(());
        }
        ensure!(freed.elapsed() < RECOVERED, "no harvest has come to its end {RECOVERED:?} after there is room");
        // One that failed is asked for again, as its schedule would do.
        let (status, _): (u16, Value) = node.post("/admin/v1/sources/makers/harvests", token, &json!({})).await?;
        ensure!(matches!(status, 202 | 409 | 503 | 507), "a harvest was answered with {status}");
        tokio::time::sleep(AGAIN * 5).await;
    }
}

//! A store that goes away: a PostgreSQL server of its own is killed, restarted and stopped in the middle of its work, while
//! searches go on from the index.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::node::{Node, Place};
use crate::origin::Origin;
use crate::process::{doctor_is_content, needs, system};
use crate::pushed::{Pusher, Stopper};
use crate::world::World;

/// Records of the catalogue, in six pages.
const RECORDS: u64 = 600;
/// A page takes so long, so that the fault comes in the middle of a harvest.
const PAGE_TAKES: Duration = Duration::from_millis(100);
/// Asked: the store is used again so soon after it is back.
const BACK: Duration = Duration::from_secs(10);
/// Given up after this time.
const GIVEN_UP: Duration = Duration::from_mins(3);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);
/// A search that has no answer by then has failed.
const SEARCH_LIMIT: Duration = Duration::from_secs(5);
/// What the index answers alone.
const SEARCHES: [&str; 4] = ["/v1/resources?q=making", "/v1/resources?per_page=20", "/v1/suggest?q=car", "/?q=physics"];
/// What a server may take to end.
const STOP: Duration = Duration::from_secs(20);

/// What happens to the server.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Killed,
    Restarted,
    /// It stands still for so long.
    Paused(Duration),
}

/// A PostgreSQL server that one row has to itself. Its data survives a kill: it waits for the disk.
struct Server {
    folder: PathBuf,
    url: String,
    pg_ctl: PathBuf,
}

impl Server {
    fn start(world: &World) -> anyhow::Result<Self> {
        needs("setpriv")?;
        let pg_ctl = newest_pg_ctl()?;
        let folder = world.fresh_folder("server")?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres");
        let output = Command::new(script).arg(&folder).output().context(script)?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{script} ended with {}: {told}", output.status);
        let url = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Self { folder, url, pg_ctl })
    }

    /// Lets something happen to it, and comes back when it answers again.
    fn suffer(&self, fault: Fault) -> anyhow::Result<()> {
        match fault {
            Fault::Killed => {
                self.kill()?;
                self.start_again()
            }
            Fault::Restarted => {
                self.control(&["-m", "fast", "-w", "stop"])?;
                self.start_again()
            }
            Fault::Paused(time) => {
                let members = self.members()?;
                send("STOP", &members)?;
                std::thread::sleep(time);
                send("CONT", &members)
            }
        }
    }

    /// Kills all its processes at once, as a power cut would.
    fn kill(&self) -> anyhow::Result<()> {
        let killed = Instant::now();
        loop {
            let members = self.members()?;
            if members.is_empty() {
                break;
            }
            send("KILL", &members)?;
            ensure!(killed.elapsed() < BACK, "the processes {members:?} of the server do not die");
            std::thread::sleep(LOOK);
        }
        // All are dead. Where nobody takes note of that, their marks would keep the next server from starting.
        let port = self.port()?;
        for mark in ["data/postmaster.pid".to_owned(), format!(".s.PGSQL.{port}.lock")] {
            fs::remove_file(self.folder.join(&mark)).with_context(|| format!("the mark {mark} of a running server"))?;
        }
        Ok(())
    }

    fn port(&self) -> anyhow::Result<u16> {
        let url: url::Url = self.url.parse()?;
        url.port().context("a port")
    }

    fn start_again(&self) -> anyhow::Result<()> {
        let (port, folder) = (self.port()?, self.folder.display());
        // Those of tests/postgres.
        let settings = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=400"
        );
        let log = self.folder.join("server.log");
        self.control(&["-l", &log.to_string_lossy(), "-o", &settings, "-w", "start"])
    }

    /// Calls `pg_ctl` as the owner of the data: the server refuses to run as root.
    fn control(&self, args: &[&str]) -> anyhow::Result<()> {
        let mut command = if fs::metadata("/proc/self")?.uid() == 0 {
            let mut command = system("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(&self.pg_ctl);
            command
        } else {
            system(&self.pg_ctl.to_string_lossy())
        };
        let status = command.arg("-D").arg(self.folder.join("data")).args(args).output()?.status;
        ensure!(status.success(), "`pg_ctl {}` ended with {status}", args.join(" "));
        Ok(())
    }

    /// Its processes that are alive: the first one and those that it began.
    fn members(&self) -> anyhow::Result<Vec<u32>> {
        let mark =
            fs::read_to_string(self.folder.join("data/postmaster.pid")).context("the mark of a running server")?;
        let first: u32 = mark.lines().next().context("the id of a process")?.trim().parse()?;
        let mut members = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let Ok(pid) = entry?.file_name().to_string_lossy().parse::<u32>() else {
                continue;
            };
            // One that has ended meanwhile is none.
            let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
                continue;
            };
            // Source: proc_pid_stat(5). The name stands in brackets and may hold blanks; then come the state and the parent.
            let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
            let is_dead = matches!(fields.next(), Some("Z" | "X") | None);
            let parent: Option<u32> = fields.next().and_then(|parent| parent.parse().ok());
            if !is_dead && (pid == first || parent == Some(first)) {
                members.push(pid);
            }
        }
        Ok(members)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.control(&["-m", "immediate", "-w", "stop"]);
    }
}

fn newest_pg_ctl() -> anyhow::Result<PathBuf> {
    let versions =
        fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is missing; tests/faults/run installs it")?;
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for version in versions {
        let version = version?;
        let path = version.path().join("bin/pg_ctl");
        if let (Ok(number), true) = (version.file_name().to_string_lossy().parse(), path.exists()) {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found.pop().context("`pg_ctl` is missing; tests/faults/run installs it")?.1)
}

fn send(signal: &str, processes: &[u32]) -> anyhow::Result<()> {
    // One that has ended meanwhile cannot be reached, which is as well.
    system("kill").arg(format!("-{signal}")).args(processes.iter().map(u32::to_string)).status()?;
    Ok(())
}

/// Searches that are asked one after the other, and what became of them.
#[derive(Debug, Default)]
struct Searches {
    answered: u64,
    failed: Vec<String>,
}

async fn keep_searching(origin: String, stop: Arc<AtomicBool>) -> anyhow::Result<Searches> {
    let client = reqwest::Client::builder().no_proxy().timeout(SEARCH_LIMIT).build()?;
    let mut searches = Searches::default();
    while !stop.load(Ordering::SeqCst) {
        for path in SEARCHES {
            match client.get(format!("{origin}{path}")).send().await {
                Ok(answer) if answer.status().as_u16() == 200 => searches.answered += 1,
                Ok(answer) => searches.failed.push(format!("{path}: {}", answer.status())),
                Err(error) => searches.failed.push(format!("{path}: {error}")),
            }
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(searches)
}

/// D10: PostgreSQL is killed, restarted and stands still, in the middle of harvests and searches.
pub(crate) async fn postgres_dies(world: &World) -> anyhow::Result<String> {
    let rounds = world.length.of(1, 17, 50);
    let pause = Fault::Paused(Duration::from_secs(world.length.of(3, 30, 30).into()));
    let server = Server::start(world)?;
    let folder = world.fresh_folder("d10")?;
    let origin = Origin::start(RECORDS).await?;
    origin.answer_after(PAGE_TAKES);
    origin.write_source(&folder.join("sources"), "makers")?;
    Pusher::write_source(&folder.join("sources"))?;
    let place = Place::new(&folder, Some(server.url.clone())).with_sources(folder.join("sources"));
    let stage = Stage { pusher: Pusher::to(&place)?, token: place.token("admin")?, origin, server };
    let (mut node, _) = place.start_ready().await?;
    node.do_job("/admin/v1/sources/makers/harvests", &stage.token, GIVEN_UP).await?;
    let mut chance = world.chance("d10");
    let (mut answered, mut slowest) = (0, Duration::ZERO);
    for round in 1..=rounds {
        for fault in [Fault::Killed, Fault::Restarted, pause] {
            let after = Duration::from_millis(chance.below(1_500));
            let (searches, back) =
                stage.strike(&node, fault, after).await.with_context(|| format!("round {round}, {fault:?}"))?;
            answered += searches;
            slowest = slowest.max(back);
        }
    }
    node.stop(STOP).await?;
    stage.pusher.stands(&place.stored_titles()?).context("the store")?;
    doctor_is_content(&place)?;
    ensure!(slowest <= BACK, "the store was used again only {slowest:?} after it was back");
    let (faults, records) = (rounds * 3, stage.pusher.acknowledged());
    Ok(format!(
        "{faults} faults: {answered} of {answered} searches answered, 0 of {records} lost, store in use {slowest:.1?} after it \
         was back at most"
    ))
}

/// What the rounds share.
struct Stage {
    pusher: Pusher,
    token: String,
    origin: Origin,
    server: Server,
}

impl Stage {
    /// One fault under a harvest, pushes and searches; gives how many searches were answered, and how soon the store was
    /// used again.
    async fn strike(&self, node: &Node, fault: Fault, after: Duration) -> anyhow::Result<(u64, Duration)> {
        self.origin.revise();
        let stopper = Stopper::default();
        let searching = tokio::spawn(keep_searching(node.origin.clone(), stopper.flag()));
        let pushing = tokio::spawn(self.pusher.clone().push_until(node.origin.clone(), stopper.flag()));
        let (status, job) = node.post("/admin/v1/sources/makers/harvests", &self.token, &json!({})).await?;
        ensure!(status == 202, "a harvest was answered with {status}: {job}");
        tokio::time::sleep(after).await;
        self.server.suffer(fault)?;
        let back = Instant::now();
        let acknowledged = self.pusher.acknowledged();
        while self.pusher.acknowledged() == acknowledged || !store_answers(node).await? {
            ensure!(back.elapsed() < GIVEN_UP, "the store is not used {GIVEN_UP:?} after it is back");
            tokio::time::sleep(LOOK).await;
        }
        let used_after = back.elapsed();
        self.harvest_to_the_end(node, back).await?;
        let searches = stopper.end(searching).await?;
        stopper.end(pushing).await?;
        let failed = &searches.failed;
        ensure!(failed.is_empty(), "{} searches failed, the first: {}", failed.len(), failed[0]);
        let found = node.found_titles().await?;
        let there = self.pusher.stands(&found)?;
        let revision = self.origin.revision();
        for number in 0..RECORDS {
            ensure!(
                found.get(&Origin::title(number, revision)) == Some(&1),
                "record {number} is not as it was harvested"
            );
        }
        let all: u64 = found.values().sum();
        ensure!(all == RECORDS + there, "{all} resources are found, and {} were given", RECORDS + there);
        Ok((searches.answered, used_after))
    }

    /// Asks for harvests until one goes well: the one that was struck may have failed, and its schedule would try again.
    async fn harvest_to_the_end(&self, node: &Node, since: Instant) -> anyhow::Result<()> {
        loop {
            match node.do_job("/admin/v1/sources/makers/harvests", &self.token, GIVEN_UP).await {
                Ok(_) => return Ok(()),
                Err(error) if since.elapsed() > GIVEN_UP => return Err(error.context("no harvest goes well any more")),
                Err(_) => tokio::time::sleep(LOOK * 10).await,
            }
        }
    }
}

/// Whether the node says that the store answers.
async fn store_answers(node: &Node) -> anyhow::Result<bool> {
    Ok(check_of(&readiness(node).await?.1, "store") == Some("ok"))
}

/// What the node says of itself, whatever its status.
async fn readiness(node: &Node) -> anyhow::Result<(u16, Value)> {
    let (status, body) = node.get("/readyz").await?;
    Ok((status, serde_json::from_str(&body).context("/readyz")?))
}

/// How one part stands.
fn check_of<'a>(readiness: &'a Value, name: &str) -> Option<&'a str> {
    readiness["checks"].as_array()?.iter().find(|check| check["name"] == name)?["status"].as_str()
}

/// Q8: the store is down and searches answer; the index is gone and record pages answer; health tells which.
pub(crate) async fn one_dependency(world: &World) -> anyhow::Result<String> {
    let server = Server::start(world)?;
    let folder = world.fresh_folder("q8")?;
    let origin = Origin::start(100).await?;
    origin.write_source(&folder.join("sources"), "makers")?;
    let place = Place::new(&folder, Some(server.url.clone())).with_sources(folder.join("sources"));
    place.succeed(&["harvest", "makers"])?;
    let (mut node, _) = place.start_ready().await?;
    let found = node.found_titles().await?;
    let first = node.json("/v1/resources?facets=none&per_page=1").await?;
    let id = first["results"][0]["id"].as_str().context("the id of a resource")?.to_owned();

    server.kill()?;
    let told = without_store(&node, world.length.of(10, 200, 200)).await.context("the store is down")?;
    ensure!(node.found_titles().await? == found, "searches find something else without the store");
    for path in [format!("/v1/resources/{id}"), format!("/resources/{id}"), "/v1/feed.atom".to_owned()] {
        let (status, body) = node.get(&path).await?;
        ensure!(status == 200, "without the store {path} was answered with {status}: {body}");
    }
    server.start_again()?;
    let back = Instant::now();
    while !store_answers(&node).await? {
        ensure!(back.elapsed() < BACK, "the store is not used {BACK:?} after it is back");
        tokio::time::sleep(LOOK).await;
    }
    let back = back.elapsed();

    fs::remove_dir_all(place.data_dir.join("index"))?;
    for path in [format!("/v1/resources/{id}"), format!("/resources/{id}")] {
        let (status, body) = node.get(&path).await?;
        ensure!(status == 200, "without an index {path} was answered with {status}: {body}");
    }
    node.kill()?;
    let (node, _) = place.start_ready().await.context("after the index was deleted")?;
    ensure!(node.found_titles().await? == found, "searches find something else after the index was built anew");
    Ok(format!(
        "store down: every search answered, degraded after {told:.1?}, back in {back:.1?}; index gone: record pages answer"
    ))
}

/// Health tells what is the matter, and every search is answered; says how soon health did.
async fn without_store(node: &Node, searches: u32) -> anyhow::Result<Duration> {
    let down = Instant::now();
    loop {
        let (status, readiness) = readiness(node).await?;
        ensure!(status == 200, "a node that answers searches says of itself {status}: {readiness}");
        if readiness["status"] == "degraded" && check_of(&readiness, "store") == Some("fail") {
            break;
        }
        ensure!(down.elapsed() < BACK, "{BACK:?} after the store is down the node says: {readiness}");
        tokio::time::sleep(LOOK).await;
    }
    let told = down.elapsed();
    for _ in 0..searches {
        for path in SEARCHES.into_iter().chain(["/healthz"]) {
            let (status, body) = node.get(path).await?;
            ensure!(status == 200, "{path} was answered with {status}: {body}");
        }
    }
    Ok(told)
}

//! Several nodes: three over one database with nginx in front, killed one after the other while all go on.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::load::{Load, ask_once, questions, reading};
use crate::node::Place;
use crate::origin::Origin;
use crate::serving::{get_as, rate};
use crate::world::{Chance, Length, World};

/// Records of the catalogue.
const RECORDS: u64 = 1_500;
/// Nodes over one database.
const NODES: u64 = 3;
/// Connections to nginx.
const CONNECTIONS: u32 = 16;
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);
/// A node that is not ready, a job that has not ended and an index that is not in step after so long never will be.
const LIMIT: Duration = Duration::from_mins(3);
/// Of the minutes that pass the schedule keeps one of so many at least: a harvest that was killed comes first.
const MINUTES_OF_A_RUN: u64 = 2;

/// Three nodes, one killed every few seconds.
pub(crate) async fn three_nodes(world: &World) -> anyhow::Result<String> {
    let (kills, pause) = match world.length {
        Length::Brief => (2, Duration::from_secs(10)),
        Length::Whole => (60, Duration::from_secs(10)),
        Length::Long => (360, Duration::from_secs(10)),
    };
    let mut chance = world.chance("cluster");
    let folder = world.fresh_folder("cluster")?;
    let origin = Origin::start(RECORDS).await?;
    let mut members = found(world, &folder, &origin, &mut chance).await?;
    let token = members[0].place.token("admin")?;
    let nginx = Nginx::start(&folder, &members, &mut chance)?;
    nginx.ready().await?;
    let questions = questions(nginx.address, RECORDS).await?;
    // Fifteen pages: long enough to be killed in.
    origin.answer_after(Duration::from_millis(200));
    let load = Load {
        addresses: vec![nginx.address],
        questions,
        per_second: rate(world),
        connections: CONNECTIONS,
        time: (pause + LIMIT) * kills,
        callers: 0,
    };
    let begun = Instant::now();
    let running = load.start();
    for nth in 1..=kills {
        let moment = Instant::now() + pause;
        let victim = usize::try_from(chance.below(NODES))?;
        origin.revise();
        if world.length == Length::Brief {
            // The schedule does not come round in so short a time.
            ask_for_harvest(members[(victim + 1) % members.len()].address, &token).await?;
        }
        sleep(Duration::from_millis(chance.below(2_000))).await;
        members[victim].kill()?;
        members[victim].start()?;
        members[victim].ready().await.with_context(|| format!("after kill {nth}"))?;
        tokio::time::sleep_until(moment).await;
    }
    let tally = running.end().await?;
    let minutes = begun.elapsed().as_secs() / 60;
    tally.all_is_well()?;
    let seq = all_in_step(&members, &origin, &token).await?;
    let scheduled = scheduled_once(members[0].address, &token).await?;
    let least = minutes / MINUTES_OF_A_RUN;
    ensure!(scheduled >= least, "{scheduled} moments of the schedule were kept in {minutes} minutes");
    let (asked, p99) = (tally.asked, tally.percentile(99));
    Ok(format!(
        "{kills} kills, {asked} requests, 0 failed, p99 {p99:.1?}; {NODES} nodes alike at {seq}; {scheduled} moments \
         of the schedule, 0 twice"
    ))
}

/// Harvests once, and starts all nodes.
async fn found(world: &World, folder: &Path, origin: &Origin, chance: &mut Chance) -> anyhow::Result<Vec<Member>> {
    let sources = folder.join("sources");
    origin.write_source(&sources, "makers")?;
    let file = sources.join("makers.toml");
    let text = std::fs::read_to_string(&file)?.replace("schedule = \"manual\"", "schedule = \"* * * * *\"");
    std::fs::write(&file, text)?;
    let database = world.fresh_database().await?;
    let mut members = Vec::new();
    for number in 0..NODES {
        let own = folder.join(format!("node-{number}"));
        let place = Place::new(&own, Some(database.clone())).with_sources(sources.clone());
        if number == 0 {
            place.succeed(&["harvest", "makers"])?;
        }
        let mut member = Member { place, address: free_address(chance)?, child: None };
        member.start()?;
        members.push(member);
    }
    for member in &mut members {
        member.ready().await?;
    }
    Ok(members)
}

/// An address that stays free while nobody listens on it: below the ports that systems give to those who connect.
fn free_address(chance: &mut Chance) -> anyhow::Result<SocketAddr> {
    for _ in 0..100 {
        let port = u16::try_from(18_000 + chance.below(12_000))?;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return Ok(listener.local_addr()?);
        }
    }
    anyhow::bail!("no port is free")
}

/// A node that listens at the same address each time it is started. Killed when it goes out of scope.
#[derive(Debug)]
struct Member {
    place: Place,
    address: SocketAddr,
    child: Option<Child>,
}

impl Member {
    fn start(&mut self) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.place.data_dir)?;
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = self.place.command(&["serve", "--listen", &self.address.to_string()]);
        self.child = Some(command.stdout(Stdio::null()).stderr(log).spawn()?);
        Ok(())
    }

    fn log(&self) -> PathBuf {
        self.place.data_dir.with_extension("log")
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        let child = self.child.as_mut().context("a node that was started")?;
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                let log = std::fs::read_to_string(self.place.data_dir.with_extension("log")).unwrap_or_default();
                anyhow::bail!("a node ended with {status}: {}", log.lines().last().unwrap_or_default());
            }
            let answer = ask_once(self.address, &reading("/readyz")).await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            ensure!(begun.elapsed() < LIMIT, "a node is not ready after {LIMIT:?}");
            sleep(LOOK).await;
        }
    }

    fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.kill();
    }
}

/// nginx in front of all nodes. Ended when it goes out of scope.
#[derive(Debug)]
struct Nginx {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Nginx {
    /// As `deploy/nginx.conf` has it, without TLS; in one process, so that it is ended by its id.
    fn start(folder: &Path, members: &[Member], chance: &mut Chance) -> anyhow::Result<Self> {
        let own = folder.join("nginx");
        std::fs::create_dir_all(&own)?;
        let (address, log, file) = (free_address(chance)?, own.join("error.log"), own.join("nginx.conf"));
        let servers: Vec<String> =
            members.iter().map(|member| format!("server {} max_fails=0;", member.address)).collect();
        let temporary: Vec<String> = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {}/{name};", own.display()))
            .into();
        let text = format!(
            "daemon off;\nmaster_process off;\nerror_log {log} warn;\npid {own}/nginx.pid;\n\
             events {{ worker_connections 4096; }}\nhttp {{\naccess_log off;\n{temporary}\n\
             upstream signpost {{\n{servers}\nkeepalive 64;\n}}\n\
             server {{\nlisten {address};\nlocation / {{\nproxy_pass http://signpost;\nproxy_http_version 1.1;\n\
             proxy_set_header Connection \"\";\nproxy_set_header Host $host;\n\
             proxy_set_header X-Forwarded-For $remote_addr;\n\
             proxy_next_upstream error timeout http_502 http_503;\nproxy_next_upstream_tries 3;\n\
             proxy_next_upstream_timeout 5s;\nproxy_connect_timeout 1s;\nproxy_read_timeout 35s;\n}}\n}}\n}}\n",
            log = log.display(),
            own = own.display(),
            temporary = temporary.join("\n"),
            servers = servers.join("\n"),
        );
        std::fs::write(&file, text)?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(&own).arg("-c").arg(&file).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(File::create(own.join("start.log"))?);
        let child = command.spawn().context("nginx (the Debian package of this name)")?;
        Ok(Self { child, address, log })
    }

    async fn ready(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let answer = ask_once(self.address, &reading("/v1/resources?facets=none&per_page=1")).await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            if begun.elapsed() > LIMIT / 6 {
                let log = std::fs::read_to_string(&self.log).unwrap_or_default();
                anyhow::bail!("nothing comes through nginx: {}", log.lines().last().unwrap_or_default());
            }
            sleep(LOOK).await;
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks a node for a harvest, and gives the id of the job.
async fn ask_for_harvest(address: SocketAddr, token: &str) -> anyhow::Result<String> {
    let request = format!(
        "POST /admin/v1/sources/makers/harvests HTTP/1.1\r\nhost: signpost.test\r\nauthorization: Bearer {token}\r\n\
         content-length: 0\r\n\r\n"
    );
    let answer = ask_once(address, &request).await?;
    ensure!(answer.status == 202, "no harvest is begun: {}: {}", answer.status, answer.body);
    Ok(answer.json()?["id"].as_str().context("the id of a job")?.to_owned())
}

/// Waits until all nodes know all of the log after a last harvest, and sees that each finds exactly what the catalogue
/// says now; gives the last change.
async fn all_in_step(members: &[Member], origin: &Origin, token: &str) -> anyhow::Result<u64> {
    let first = members[0].address;
    let job = ask_for_harvest(first, token).await?;
    let begun = Instant::now();
    loop {
        let told = get_as(first, &format!("/admin/v1/jobs/{job}"), token).await?;
        match told["state"].as_str() {
            Some("succeeded") => break,
            Some("queued" | "running") => {}
            _ => anyhow::bail!("the last harvest ended otherwise: {told}"),
        }
        ensure!(begun.elapsed() < LIMIT, "the last harvest has not ended: {told}");
        sleep(LOOK).await;
    }
    let seq = loop {
        let mut positions = Vec::new();
        for member in members {
            let index = ask_once(member.address, &reading("/readyz")).await?.json()?["index"].clone();
            positions.push((index["seq"].as_u64(), index["behind"].as_u64()));
        }
        if let [(Some(seq), Some(0)), others @ ..] = positions.as_slice()
            && others.iter().all(|other| *other == (Some(*seq), Some(0)))
        {
            break *seq;
        }
        ensure!(begun.elapsed() < LIMIT, "the nodes do not come into step: {positions:?}");
        sleep(LOOK).await;
    };
    let revision = origin.revision();
    let expected: BTreeMap<String, u64> = (0..RECORDS).map(|number| (Origin::title(number, revision), 1)).collect();
    let held = resources_of(first).await?;
    let mut titles: BTreeMap<String, u64> = BTreeMap::new();
    for title in held.values() {
        *titles.entry(title.clone()).or_default() += 1;
    }
    ensure!(titles == expected, "{} resources of {RECORDS} records, or others than the catalogue has", held.len());
    for member in &members[1..] {
        ensure!(resources_of(member.address).await? == held, "two nodes at {seq} hold different resources");
    }
    Ok(seq)
}

/// Every resource that searches at a node find: its title by its id.
async fn resources_of(address: SocketAddr) -> anyhow::Result<BTreeMap<String, String>> {
    let mut held = BTreeMap::new();
    let mut path = "/v1/resources?facets=none&per_page=100&cursor=*".to_owned();
    // A page more than there can be.
    for _ in 0..=RECORDS / 50 {
        let answer = ask_once(address, &reading(&path)).await?.json()?;
        for resource in answer["results"].as_array().with_context(|| format!("results in {answer}"))? {
            let text = |name: &str| resource[name].as_str().map(ToOwned::to_owned);
            let (id, title) = text("id").zip(text("title")).with_context(|| format!("a resource in {resource}"))?;
            ensure!(held.insert(id, title).is_none(), "a walk comes by {resource} twice");
        }
        let Some(next) = answer["links"]["next"].as_str() else {
            return Ok(held);
        };
        path = next.find("/v1/").map(|start| next[start..].to_owned()).context("an address of ours")?;
    }
    anyhow::bail!("a walk has no end")
}

/// Sees that no moment of the schedule was taken twice and no two runs were at the source at once; says how many
/// moments there were.
async fn scheduled_once(address: SocketAddr, token: &str) -> anyhow::Result<u64> {
    let jobs = get_as(address, "/admin/v1/jobs", token).await?;
    let mut moments: BTreeMap<String, u64> = BTreeMap::new();
    for job in jobs["results"].as_array().context("jobs")? {
        // Nobody asked for it, so the schedule did.
        if job["kind"] == "harvest" && job["asked_by"].is_null() {
            let created = job["created"].as_str().context("when a job was made")?;
            *moments.entry(created.chars().take("2026-11-22T10:00".len()).collect()).or_default() += 1;
        }
    }
    let twice: Vec<&String> = moments.iter().filter(|(_, jobs)| **jobs > 1).map(|(minute, _)| minute).collect();
    ensure!(twice.is_empty(), "more than one job of the schedule was made in {twice:?}");
    let runs = get_as(address, "/admin/v1/sources/makers/harvests", token).await?;
    let runs: Vec<&Value> = runs["results"].as_array().context("harvests")?.iter().collect();
    // The newest comes first. Times are of one form, so that they are ordered as their texts are.
    for pair in runs.windows(2) {
        let (later, earlier) = (pair[0]["started"].as_str(), pair[1]["finished"].as_str());
        ensure!(earlier.is_some() && earlier <= later, "two runs overlap: {} and {}", pair[1], pair[0]);
    }
    Ok(u64::try_from(moments.len())?)
}

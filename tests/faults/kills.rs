//! Killed in the middle of things: what was acknowledged is there afterwards, once, and the work goes on.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::json;

use crate::node::Place;
use crate::origin::Origin;
use crate::world::{Backend, World};

/// Records of the catalogue: enough for several batches and commits.
const RECORDS: u64 = 1_500;
/// Records of the catalogue whose size the goal names.
const MANY_RECORDS: u64 = 100_000;
/// Asked: ready so soon after a kill.
const READY: Duration = Duration::from_secs(10);
/// A whole harvest between so many kills, so that there is something acknowledged to lose.
const WHOLE_EVERY: u32 = 10;

/// D1: killed in harvests.
pub(crate) async fn in_harvests(world: &World) -> anyhow::Result<String> {
    let kills = world.length.of(8, 100, 1_000);
    let mut told = Vec::new();
    for backend in Backend::ALL {
        let figures = kill_harvests(world, backend, kills).await.context(backend.name())?;
        told.push(format!("{}: {figures}", backend.name()));
    }
    Ok(told.join("; "))
}

async fn kill_harvests(world: &World, backend: Backend, kills: u32) -> anyhow::Result<String> {
    let folder = world.fresh_folder("d1")?;
    let origin = Origin::start(RECORDS).await?;
    origin.write_source(&folder.join("sources"), "makers")?;
    let place = Place::new(&folder, world.fresh_store(backend).await?).with_sources(folder.join("sources"));
    let started = Instant::now();
    place.succeed(&["harvest", "makers"])?;
    let whole = started.elapsed();
    let mut acknowledged = origin.revision();
    let mut chance = world.chance(&format!("d1 {}", backend.name()));
    let (mut in_the_middle, mut slowest) = (0, Duration::ZERO);
    for kill in 1..=kills {
        origin.revise();
        let time = Duration::from_millis(chance.below(u64::try_from(whole.as_millis())? * 11 / 10));
        in_the_middle += u32::from(place.kill_after(&["harvest", "makers"], time)?);
        stands(&place.stored_titles()?, RECORDS, acknowledged..=origin.revision())
            .with_context(|| format!("after kill {kill}"))?;
        if kill % WHOLE_EVERY == 0 || kill == kills {
            let (mut node, took) = place.start_ready().await?;
            slowest = slowest.max(took);
            node.stop(Duration::from_secs(20)).await?;
            drop(node);
            // The first goes on with what the killed ones had kept, and asks for the rest; the second asks for all.
            for _ in 0..2 {
                place.succeed(&["harvest", "makers"]).with_context(|| format!("the harvest after kill {kill}"))?;
                stands(&place.stored_titles()?, RECORDS, acknowledged..=origin.revision())?;
            }
            acknowledged = origin.revision();
            stands(&place.stored_titles()?, RECORDS, acknowledged..=acknowledged)?;
        }
    }
    crate::process::doctor_is_content(&place)?;
    ensure!(slowest <= READY, "ready only after {slowest:?}");
    Ok(format!("{kills} kills ({in_the_middle} in the middle), 0 lost, 0 doubled, ready in {slowest:.1?} at most"))
}

/// Every record is there once, in one of these editions.
fn stands(titles: &BTreeMap<String, u64>, records: u64, allowed: RangeInclusive<u64>) -> anyhow::Result<()> {
    let (oldest, newest) = (allowed.start(), allowed.end());
    let mut seen = 0;
    for number in 0..records {
        let editions: Vec<u64> =
            allowed.clone().filter_map(|revision| titles.get(&Origin::title(number, revision)).copied()).collect();
        let copies: u64 = editions.iter().sum();
        ensure!(copies == 1, "record {number} is there {copies} times in the editions {oldest} to {newest}");
        seen += copies;
    }
    let all: u64 = titles.values().sum();
    ensure!(all == seen, "{} resources that nobody gave, or that are older than acknowledged", all - seen);
    Ok(())
}

/// A catalogue whose index is killed in its work.
struct Rebuilds {
    records: u64,
    kills: u32,
    /// A kill comes so many milliseconds after the work began, at most.
    within_ms: u64,
    /// How long a whole harvest may take.
    harvest: Duration,
}

/// D2: killed in commits and rebuilds of the index, of a small catalogue and of one of the size that the goal names.
pub(crate) async fn in_rebuilds(world: &World) -> anyhow::Result<String> {
    let small = Rebuilds {
        records: RECORDS,
        kills: world.length.of(8, 100, 1_000),
        within_ms: 2_500,
        harvest: Duration::from_mins(2),
    };
    let large = Rebuilds {
        records: MANY_RECORDS,
        kills: world.length.of(0, 10, 50),
        within_ms: 20_000,
        harvest: Duration::from_mins(15),
    };
    let mut told = Vec::new();
    for rebuilds in [small, large].into_iter().filter(|rebuilds| rebuilds.kills > 0) {
        for backend in Backend::ALL {
            let figures = rebuilds.kill(world, backend).await.context(backend.name())?;
            told.push(format!("{}, {} records: {figures}", backend.name(), rebuilds.records));
        }
    }
    Ok(told.join("; "))
}

impl Rebuilds {
    async fn kill(&self, world: &World, backend: Backend) -> anyhow::Result<String> {
        let folder = world.fresh_folder("d2")?;
        let origin = Origin::start(self.records).await?;
        origin.write_source(&folder.join("sources"), "makers")?;
        let place = Place::new(&folder, world.fresh_store(backend).await?).with_sources(folder.join("sources"));
        place.succeed(&["harvest", "makers"])?;
        let token = place.token("admin")?;
        let mut chance = world.chance(&format!("d2 {} {}", backend.name(), self.records));
        let mut slowest = Duration::ZERO;
        for kill in 1..=self.kills {
            origin.revise();
            let (mut node, took) = place.start_ready().await.with_context(|| format!("after kill {}", kill - 1))?;
            slowest = slowest.max(took);
            node.post("/admin/v1/reindex", &token, &json!({})).await?;
            node.post("/admin/v1/sources/makers/harvests", &token, &json!({})).await?;
            tokio::time::sleep(Duration::from_millis(chance.below(self.within_ms))).await;
            node.kill()?;
        }
        let (node, took) = place.start_ready().await?;
        slowest = slowest.max(took);
        node.do_job("/admin/v1/sources/makers/harvests", &token, self.harvest).await?;
        let (stored, found) = (place.stored_titles()?, node.found_titles().await?);
        stands(&stored, self.records, origin.revision()..=origin.revision())?;
        ensure!(stored == found, "the store has {} titles, searches find {}", stored.len(), found.len());
        ensure!(slowest <= READY, "ready only after {slowest:?}");
        Ok(format!("{} kills, index = store, ready in {slowest:.1?} at most", self.kills))
    }
}

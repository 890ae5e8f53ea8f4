//! Two programs on one data directory: the second is turned away, and one that died never blocks the next.

use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::node::Place;
use crate::origin::Origin;
use crate::process::{doctor_is_content, run_within};
use crate::world::World;

/// Asked: turned away so soon.
const TURNED_AWAY: Duration = Duration::from_secs(2);
/// Given up after this time, to say how long it took.
const GIVEN_UP: Duration = Duration::from_secs(20);
/// Second starts beside each first.
const STARTS: u32 = 10;
/// Records of the catalogue.
const RECORDS: u64 = 100;
/// What a server may take to end.
const STOP: Duration = Duration::from_secs(20);

/// D8: a second start on a data directory that is in use, and starts after the first has died.
pub(crate) async fn second_start(world: &World) -> anyhow::Result<String> {
    let rounds = world.length.of(2, 10, 100);
    let folder = world.fresh_folder("d8")?;
    let origin = Origin::start(RECORDS).await?;
    origin.write_source(&folder.join("sources"), "makers")?;
    let place = Place::new(&folder, None).with_sources(folder.join("sources"));
    place.succeed(&["harvest", "makers"])?;
    let stored = place.stored_titles()?;
    let mut slowest = Duration::ZERO;
    for round in 1..=rounds {
        let (mut node, _) = place.start_ready().await.with_context(|| format!("after kill {}", round - 1))?;
        for _ in 0..STARTS {
            slowest = slowest.max(turned_away(&place)?);
        }
        ensure!(node.found_titles().await? == stored, "round {round}: the first does not find what is stored");
        node.kill()?;
    }
    let (mut node, _) = place.start_ready().await?;
    node.stop(STOP).await?;
    ensure!(place.stored_titles()? == stored, "the store is not what it was");
    doctor_is_content(&place)?;
    ensure!(slowest <= TURNED_AWAY, "a second start was turned away only after {slowest:?}");
    let all = STARTS * rounds;
    Ok(format!("{all} second starts turned away in {slowest:.1?} at most, {rounds} stale locks in nobody's way"))
}

/// Starts a second server, and says how soon it was turned away.
fn turned_away(place: &Place) -> anyhow::Result<Duration> {
    let ended = run_within(&mut place.command(&["serve", "--listen", "127.0.0.1:0"]), GIVEN_UP)?;
    ensure!(ended.status.code() == Some(1), "a second server ended with {}", ended.status);
    let told = &ended.told;
    ensure!(told.contains("in use by another signpost (serve, process "), "a second server said only: {told}");
    Ok(ended.took)
}

//! Serving while other things go on: rebuilds, writes, stops, those who are slow, and more than can be answered.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::load::{Answer, Load, Tally, address_of, ask_once, questions};
use crate::node::{Node, Place};
use crate::origin::Origin;
use crate::world::{Backend, World};

/// Connections of an ordinary load.
const CONNECTIONS: u32 = 16;
/// A build that is not optimised shows what breaks, and nothing of speed.
pub(crate) const SPEED_IS_JUDGED: bool = !cfg!(debug_assertions);
/// Long work that has not ended after so long does not end.
const JOB_LIMIT: Duration = Duration::from_mins(15);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Asked: what was written is found within so long.
const FOUND_WITHIN: Duration = Duration::from_secs(1);
/// Asked: it has stopped after so long.
const STOPPED_WITHIN: Duration = Duration::from_secs(10);
/// A second word to stop is obeyed at once, which is within so long on a machine that is busy.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Asked: who is slow is let go after so long.
const LET_GO_WITHIN: Duration = Duration::from_secs(15);
/// Asked: under too much, who is served is served within so long; and it is over so soon after it.
const SERVED_WITHIN: Duration = Duration::from_secs(2);
const RECOVERED_WITHIN: Duration = Duration::from_secs(5);

/// Requests a second of an ordinary load. The brief form is run with a build that is not optimised.
pub(crate) fn rate(world: &World) -> u32 {
    world.length.of(40, 200, 200)
}

/// So many seconds.
pub(crate) fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

/// A place that holds so many records already. No answer is kept to be given again, so that every search is one.
pub(crate) async fn stocked(world: &World, name: &str, records: u64) -> anyhow::Result<(Place, Origin)> {
    let folder = world.fresh_folder(name)?;
    let origin = Origin::start(records).await?;
    origin.write_source(&folder.join("sources"), "makers")?;
    let mut place = Place::new(&folder, None).with_sources(folder.join("sources"));
    place.options.insert("SIGNPOST_SEARCH_CACHE_BYTES", "0".to_owned());
    place.succeed(&["harvest", "makers"])?;
    Ok((place, origin))
}

/// An ordinary load on a node that holds so many records.
async fn load_on(world: &World, node: &Node, records: u64, time: Duration) -> anyhow::Result<Load> {
    let address = address_of(&node.origin)?;
    let questions = questions(address, records).await?;
    let per_second = rate(world);
    Ok(Load { addresses: vec![address], questions, per_second, connections: CONNECTIONS, time, callers: 0 })
}

/// GET with a token.
pub(crate) async fn get_as(address: SocketAddr, path: &str, token: &str) -> anyhow::Result<Value> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: signpost.test\r\nauthorization: Bearer {token}\r\n\r\n");
    let answer = ask_once(address, &request).await.with_context(|| path.to_owned())?;
    ensure!(answer.status == 200, "{path} is answered with {}: {}", answer.status, answer.body);
    answer.json()
}

/// Q3: built anew under load.
pub(crate) async fn under_rebuilds(world: &World) -> anyhow::Result<String> {
    let records = u64::from(world.length.of(3_000, 100_000, 100_000));
    let rebuilds = world.length.of(3, 20, 20);
    let (place, _origin) = stocked(world, "q3", records).await?;
    let token = place.token("admin")?;
    let (node, _) = place.start_ready().await?;
    let load = load_on(world, &node, records, JOB_LIMIT * rebuilds).await?;
    let calm = Load { time: seconds(world.length.of(5, 60, 60)), ..load.clone() }.run().await?;
    calm.all_is_well().context("without a rebuild")?;
    let before = generation(&node).await?;
    let running = load.start();
    for nth in 1..=rebuilds {
        node.do_job("/admin/v1/reindex", &token, JOB_LIMIT).await.with_context(|| format!("rebuild {nth}"))?;
    }
    let busy = running.end().await?;
    busy.all_is_well()?;
    let exchanged = generation(&node).await?.saturating_sub(before);
    ensure!(exchanged >= u64::from(rebuilds), "{exchanged} generations came of {rebuilds} rebuilds");
    let (calm_p99, busy_p99) = (calm.percentile(99), busy.percentile(99));
    let speed = format!("p99 {busy_p99:.1?}, without a rebuild {calm_p99:.1?}");
    ensure!(!SPEED_IS_JUDGED || busy_p99 <= calm_p99 * 2, "{speed}");
    let judged = if SPEED_IS_JUDGED { "" } else { " (not judged: not optimised)" };
    let asked = busy.asked;
    Ok(format!("{rebuilds} rebuilds of {records}, {asked} requests: 0 failed, 0 empty; {speed}{judged}"))
}

async fn generation(node: &Node) -> anyhow::Result<u64> {
    node.json("/readyz").await?["index"]["generation"].as_u64().context("the number of the generation")
}

/// Q4: what was written is read.
pub(crate) async fn own_writes(world: &World) -> anyhow::Result<String> {
    let writes = world.length.of(50, 1_000, 10_000);
    let mut told = Vec::new();
    for backend in Backend::ALL {
        let slowest = write_and_read(world, backend, writes).await.context(backend.name())?;
        told.push(format!("{}: {writes} of {writes} found, the slowest after {slowest:.1?}", backend.name()));
    }
    Ok(told.join("; "))
}

/// Pushes records one by one and looks for each; on PostgreSQL at another node than the one that took it.
async fn write_and_read(world: &World, backend: Backend, writes: u32) -> anyhow::Result<Duration> {
    let folder = world.fresh_folder("q4")?;
    let sources = folder.join("sources");
    std::fs::create_dir_all(&sources)?;
    std::fs::write(sources.join("society.toml"), PUSHED)?;
    let place = Place::new(&folder, world.fresh_store(backend).await?).with_sources(sources.clone());
    let (node, _) = place.start_ready().await?;
    let token = place.succeed(&["token", "create", "--role", "source", "--source", "society"])?;
    let other = match backend {
        Backend::Sqlite => None,
        Backend::Postgres => {
            let place = Place::new(&folder.join("other"), place.database.clone()).with_sources(sources);
            Some(place.start_ready().await?.0)
        }
    };
    let writer = address_of(&node.origin)?;
    let reader = address_of(other.as_ref().map_or(&node.origin, |other| &other.origin))?;
    let mut slowest = Duration::ZERO;
    for number in 1..=writes {
        let took = write_one(writer, reader, &token, number.into()).await;
        slowest = slowest.max(took.with_context(|| format!("record {number}"))?);
    }
    ensure!(slowest <= FOUND_WITHIN, "one was found only after {slowest:?}");
    Ok(slowest)
}

const PUSHED: &str = "id = \"society\"\nname = \"Society\"\norganisation = \"Society of Makers\"\n\
                      homepage = \"https://society.example/\"\nlicence = \"cc-by-4.0\"\nkind = \"json\"\n\
                      [where]\npush = true\n[mapping]\nidentifier = \"/id\"\ntitle = \"/title\"\nurl = \"/url\"\n\
                      description = \"/description\"\n";

/// Pushes a record, and says how long after the answer it was found by a search and at its address.
async fn write_one(writer: SocketAddr, reader: SocketAddr, token: &str, number: u64) -> anyhow::Result<Duration> {
    let title = Origin::title(number, 1);
    let description = format!("Number {number} tells of a week at bench {}, in {} words.", number % 97, number * 7);
    let url = format!("https://society.example/{number}");
    let record = json!({ "id": number.to_string(), "title": title, "url": url, "description": description });
    let body = format!("{record}\n");
    let request = format!(
        "POST /v1/sources/society/records HTTP/1.1\r\nhost: signpost.test\r\nauthorization: Bearer {token}\r\n\
         content-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let pushed = ask_once(writer, &request).await?;
    ensure!(pushed.status == 200, "the push is answered with {}: {}", pushed.status, pushed.body);
    let seq = pushed.header("index-seq").context("the push does not say what change it came to")?.to_owned();
    let written = Instant::now();
    let search = format!("/v1/resources?facets=none&q=%22making+{number}%22&min_seq={seq}");
    let found = get(reader, &search).await?.json()?;
    let first = &found["results"][0];
    ensure!(first["title"] == title.as_str(), "a search at {seq} finds {found}");
    let id = first["id"].as_str().context("an id")?;
    let shown = get(reader, &format!("/v1/resources/{id}?min_seq={seq}")).await?.json()?;
    ensure!(shown["title"] == title.as_str(), "at its address stands {shown}");
    Ok(written.elapsed())
}

async fn get(address: SocketAddr, path: &str) -> anyhow::Result<Answer> {
    let answer = ask_once(address, &crate::load::reading(path)).await.with_context(|| path.to_owned())?;
    ensure!(answer.status == 200, "{path} is answered with {}: {}", answer.status, answer.body);
    Ok(answer)
}

/// Records that a harvest reads in Q5, and the pages of a hundred that they stand on.
const RECORDS: u64 = 1_500;
const PAGES: u64 = 15;

/// Q5: told to stop under load, with a harvest under way.
pub(crate) async fn stops(world: &World) -> anyhow::Result<String> {
    let (count, second_words) = (world.length.of(3, 50, 50), world.length.of(1, 10, 10));
    let (place, origin) = stocked(world, "q5", RECORDS).await?;
    let token = place.token("admin")?;
    // Fifteen pages: long enough to be under way when the word comes.
    origin.answer_after(Duration::from_millis(150));
    let mut chance = world.chance("q5");
    let (mut slowest, mut answered, mut gone_on) = (Duration::ZERO, 0, 0_u32);
    for nth in 1..=count {
        origin.revise();
        let after = Duration::from_millis(400 + chance.below(600));
        let stop = stop_once(world, &place, &token, RECORDS, after).await;
        let stop = stop.with_context(|| format!("stop {nth}"))?;
        slowest = slowest.max(stop.took);
        answered += stop.tally.with_status(200);
        gone_on += u32::from(goes_on(&place, &origin, &token, &stop.job).await.with_context(|| format!("stop {nth}"))?);
    }
    ensure!(slowest <= STOPPED_WITHIN, "it stopped only after {slowest:?}");
    ensure!(gone_on > 0, "no harvest was under way at any stop");
    let mut second = Duration::ZERO;
    for _ in 0..second_words {
        second = second.max(stop_twice(&place).await.context("a second word")?);
    }
    let stored = place.stored_titles()?;
    ensure!(stored.len() == usize::try_from(RECORDS)?, "{} of {RECORDS} records are left", stored.len());
    Ok(format!(
        "{count} stops: {answered} answers, 0 broken, stopped within {slowest:.1?}, {gone_on} harvests gone on with; \
         {second_words} second words obeyed within {second:.1?}"
    ))
}

/// What came of a stop.
struct Stop {
    took: Duration,
    tally: Tally,
    /// The harvest that was under way.
    job: String,
}

async fn stop_once(world: &World, place: &Place, token: &str, records: u64, after: Duration) -> anyhow::Result<Stop> {
    let (mut node, _) = place.start_ready().await?;
    let load = load_on(world, &node, records, Duration::from_mins(1)).await?;
    let (status, job) = node.post("/admin/v1/sources/makers/harvests", token, &Value::Null).await?;
    ensure!(status == 202, "no harvest is begun: {status}: {job}");
    let job = job["id"].as_str().context("the id of a job")?.to_owned();
    let running = load.start();
    sleep(after).await;
    let word = Instant::now();
    let (took, code) = node.stop(STOPPED_WITHIN * 3).await?;
    let tally = running.end().await?;
    ensure!(code == Some(0), "it ended with {code:?}");
    let trouble = tally.first_trouble.as_deref().unwrap_or_default();
    ensure!(tally.broken == 0, "{} answers broke off; the first trouble: {trouble}", tally.broken);
    ensure!(tally.statuses.keys().all(|status| *status == 200), "{:?}: {trouble}", tally.statuses);
    // Whoever asks over a connection that is being closed asks again. Source: RFC 9112, 9.3.1.
    let dropped = tally.untaken.iter().filter(|asked| **asked < word).count();
    ensure!(dropped == 0, "{dropped} requests sent before the word have no answer: {trouble}");
    Ok(Stop { took, tally, job })
}

/// Starts again and waits for the end of the harvest that was stopped; says whether it was gone on with where it stood: what
/// had been asked for is not asked for again.
async fn goes_on(place: &Place, origin: &Origin, token: &str, job: &str) -> anyhow::Result<bool> {
    let asked_before = origin.asked();
    let (mut node, _) = place.start_ready().await?;
    node.job_ended(job, token, JOB_LIMIT).await?;
    let runs = get_as(address_of(&node.origin)?, "/admin/v1/sources/makers/harvests", token).await?;
    let (last, before) = (&runs["results"][0], &runs["results"][1]);
    ensure!(last["state"] == "ok", "the last run did not end well: {last}");
    node.stop(STOPPED_WITHIN * 3).await?;
    if !before["reason"].as_str().is_some_and(|reason| reason.starts_with("stopped")) {
        return Ok(false);
    }
    ensure!(before["state"] == "partial" || before["state"] == "failed", "a run that was stopped is {before}");
    // A whole harvest asks for one page after the last.
    Ok(origin.asked() - asked_before < PAGES)
}

/// Tells a node to stop that somebody keeps from it, and tells it again; says how soon it ended then.
async fn stop_twice(place: &Place) -> anyhow::Result<Duration> {
    let (mut node, _) = place.start_ready().await?;
    let address = address_of(&node.origin)?;
    let mut slow = TcpStream::connect(address).await?;
    slow.write_all(SLOW_POST).await?;
    // What was sent before this has been read when this is answered.
    node.json("/v1/resources?facets=none&per_page=1").await?;
    node.signal("TERM")?;
    let told = Instant::now();
    while TcpStream::connect(address).await.is_ok() {
        ensure!(told.elapsed() < STOPPED_WITHIN, "it goes on to listen");
        sleep(LOOK).await;
    }
    let (took, code) = node.stop(STOPPED_WITHIN * 3).await?;
    ensure!(took <= AT_ONCE && code == Some(1), "it ended after {took:?} with {code:?}");
    Ok(took)
}

const SLOW_POST: &[u8] = b"POST /v1/reports HTTP/1.1\r\nhost: signpost.test\r\ncontent-type: application/json\r\n\
                           content-length: 100000\r\n\r\n{";

/// Q6: those who are slow.
pub(crate) async fn slow_callers(world: &World) -> anyhow::Result<String> {
    const RECORDS: u64 = 300;
    /// Of each other kind; each costs a task of ours, and answers that are made and not read.
    const OTHERS: u32 = 20;
    let half_open = world.length.of(500, 2_000, 2_000);
    allow_files(6_000)?;
    let (place, _origin) = stocked(world, "q6", RECORDS).await?;
    let (node, _) = place.start_ready().await?;
    let address = address_of(&node.origin)?;
    let (_, files) = node.footprint()?;
    let running = load_on(world, &node, RECORDS, Duration::from_mins(2)).await?.start();
    let mut slow = JoinSet::new();
    for nth in 0..half_open {
        slow.spawn(say_little(address, nth));
    }
    for _ in 0..OTHERS {
        slow.spawn(send_slowly(address));
        slow.spawn(read_nothing(address));
    }
    let mut longest = Duration::ZERO;
    while let Some(held) = slow.join_next().await {
        longest = longest.max(held??);
    }
    let others = running.end().await?;
    others.all_is_well().context("another client")?;
    ensure!(longest <= LET_GO_WITHIN, "one was let go only after {longest:?}");
    let begun = Instant::now();
    while node.footprint()?.1 > files + usize::try_from(CONNECTIONS)? {
        ensure!(begun.elapsed() < LET_GO_WITHIN, "{} descriptors are left of {files}", node.footprint()?.1);
        sleep(LOOK).await;
    }
    let asked = others.asked;
    Ok(format!(
        "{half_open} half open, {OTHERS} slow to send, {OTHERS} slow to read: gone after {longest:.1?}; {asked} \
         requests of others, 0 errors"
    ))
}

/// Opens as many files as this may be, we and the programs we start.
fn allow_files(count: u32) -> anyhow::Result<()> {
    let (pid, limit) = (std::process::id().to_string(), format!("--nofile={count}:"));
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let held = limits.lines().find_map(|line| line.strip_prefix("Max open files")).context("the limit of files")?;
    if held.split_whitespace().next().and_then(|soft| soft.parse::<u32>().ok()).is_none_or(|soft| soft >= count) {
        return Ok(());
    }
    let status = Command::new("prlimit").args(["--pid", &pid, &limit]).status().context("prlimit (util-linux)")?;
    ensure!(status.success(), "{count} files may not be opened here");
    Ok(())
}

/// Whoever holds a connection longer than this is not let go at all.
const HELD_LIMIT: Duration = Duration::from_mins(1);

/// Says nothing, or a part of a head; until the other end closes.
async fn say_little(address: SocketAddr, nth: u32) -> anyhow::Result<Duration> {
    const SAID: [&[u8]; 3] = [b"", b"GET /v1 HT", b"GET /v1 HTTP/1.1\r\nhost: signpost.test\r\nx-more: "];
    let mut stream = TcpStream::connect(address).await?;
    let begun = Instant::now();
    stream.write_all(SAID[usize::try_from(nth)? % SAID.len()]).await?;
    let mut said = Vec::new();
    // To be cut off is to be let go, too.
    let _ = timeout(HELD_LIMIT, stream.read_to_end(&mut said)).await.context("a half-open connection is kept")?;
    Ok(begun.elapsed())
}

/// Sends a body a byte at a time; until it is answered.
async fn send_slowly(address: SocketAddr) -> anyhow::Result<Duration> {
    let (mut reader, mut writer) = TcpStream::connect(address).await?.into_split();
    let begun = Instant::now();
    writer.write_all(SLOW_POST).await?;
    let dripping = tokio::spawn(async move {
        while begun.elapsed() < HELD_LIMIT && writer.write_all(b" ").await.is_ok() {
            sleep(Duration::from_millis(500)).await;
        }
    });
    let mut answer = [0; 12];
    let read = timeout(HELD_LIMIT, reader.read_exact(&mut answer)).await;
    dripping.abort();
    read.context("a slow body is waited for")??;
    ensure!(answer == *b"HTTP/1.1 408", "a slow body is answered with {}", String::from_utf8_lossy(&answer));
    Ok(begun.elapsed())
}

/// Asks and asks, and reads nothing: answers fill what lies between us, and neither end goes on until the other gives
/// up.
async fn read_nothing(address: SocketAddr) -> anyhow::Result<Duration> {
    let mut stream = TcpStream::connect(address).await?;
    let requests = crate::load::reading("/v1/openapi.json").repeat(100);
    let begun = Instant::now();
    loop {
        // What goes through is time in which nobody is waited for.
        let waiting = Instant::now();
        match timeout(HELD_LIMIT, stream.write_all(requests.as_bytes())).await {
            Err(_) => anyhow::bail!("who reads nothing is kept"),
            Ok(Err(_)) => return Ok(waiting.elapsed()),
            Ok(Ok(())) => ensure!(begun.elapsed() < HELD_LIMIT, "who reads nothing can ask without end"),
        }
    }
}

/// Q7: ten times as much as can be answered.
pub(crate) async fn overload(world: &World) -> anyhow::Result<String> {
    const RECORDS: u64 = 3_000;
    allow_files(6_000)?;
    let (mut place, _origin) = stocked(world, "q7", RECORDS).await?;
    let (mut node, _) = place.start_ready().await?;
    let load = load_on(world, &node, RECORDS, seconds(world.length.of(4, 20, 20))).await?;
    let full = Load { per_second: 0, connections: CONNECTIONS, ..load.clone() }.run().await?;
    full.all_is_well().context("at its capacity")?;
    let capacity = u32::try_from(full.with_status(200) / load.time.as_secs().max(1))?.max(1);
    node.stop(STOPPED_WITHIN * 3).await?;
    // From many addresses, so that it is not the limit of each that spares us.
    place.options.insert("SIGNPOST_RATE_LIMIT", "on".to_owned());
    place.options.insert("SIGNPOST_TRUSTED_PROXIES", "127.0.0.1".to_owned());
    let (node, _) = place.start_ready().await?;
    let addresses = vec![address_of(&node.origin)?];
    let (connections, callers) = (world.length.of(300, 2_000, 2_000), 5_000);
    let flood = Load { addresses, per_second: capacity * 10, connections, callers, ..load };
    let many = flood.clone().run().await?;
    let recovered = recovery(&flood).await?;
    is_shed_well(&many)?;
    let served = many.percentile_from_asked(99);
    ensure!(!SPEED_IS_JUDGED || served <= SERVED_WITHIN, "who is served waits {served:?} (p99)");
    ensure!(recovered <= RECOVERED_WITHIN, "it has recovered only after {recovered:?}");
    let one = Load { callers: 1, ..flood }.run().await?;
    is_shed_well(&one)?;
    ensure!(one.with_status(429) > 0, "one caller may ask as much as it likes: {:?}", one.statuses);
    let judged = if SPEED_IS_JUDGED { "" } else { " (not judged: not optimised)" };
    Ok(format!(
        "capacity {capacity} a second; 10x from many: {:?}, p99 of those served {served:.1?}{judged}, recovered after \
         {recovered:.1?}; from one: {:?}",
        many.statuses, one.statuses
    ))
}

/// Each is served, or told when to come back.
fn is_shed_well(tally: &Tally) -> anyhow::Result<()> {
    let trouble = tally.first_trouble.as_deref().unwrap_or_default();
    let known = tally.statuses.keys().all(|status| [200, 429, 503].contains(status));
    ensure!(known, "{:?}; the first trouble: {trouble}", tally.statuses);
    ensure!(tally.broken == 0 && tally.refused == 0 && tally.untaken.is_empty(), "not answered: {trouble}");
    ensure!(tally.silent == 0, "{} are not told when to come back: {trouble}", tally.silent);
    ensure!(tally.with_status(200) > 0, "nobody is served: {trouble}");
    Ok(())
}

/// How long it takes until some requests in a row are served soon again.
async fn recovery(flood: &Load) -> anyhow::Result<Duration> {
    /// What nobody who waits for it minds.
    const SOON: Duration = Duration::from_millis(500);
    let begun = Instant::now();
    let mut in_a_row = 0;
    while in_a_row < 5 {
        ensure!(begun.elapsed() < RECOVERED_WITHIN * 10, "it does not recover");
        let one = Load { per_second: 5, connections: 1, time: Duration::from_millis(150), ..flood.clone() };
        let tally = one.run().await?;
        let is_served = tally.failed() == 0 && tally.percentile_from_asked(99) <= SOON;
        in_a_row = if is_served { in_a_row + 1 } else { 0 };
    }
    Ok(begun.elapsed())
}

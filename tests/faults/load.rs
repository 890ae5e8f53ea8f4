//! Load: so many requests a second over so many connections, each answer read to its end and judged.
//!
//! HTTP/1.1 with connections kept open, nothing compressed. Nothing is asked a second time: what a browser or a proxy
//! would hide by asking again is counted here. A load ends by itself when its time is over, or earlier when told to.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::origin::Origin;

/// An answer that has not ended after so long has failed. The program gives up an answer after half a minute by itself.
const ANSWER_WITHIN: Duration = Duration::from_secs(40);
/// No answer of ours has more lines in its head.
const HEAD_LINES: usize = 100;
/// No answer that is asked for here is longer.
const BODY_BYTES: u64 = 64 << 20;
/// Searches whose answer is known.
const CANARIES: u64 = 40;
/// Resources whose pages are asked for.
const PAGES: usize = 40;

/// A connection, over which one request after the other is sent.
#[derive(Debug)]
pub(crate) struct Line(BufReader<TcpStream>);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// Why nothing came back that could be used.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The connection ended before the first byte of an answer.
    Untaken(String),
    /// An answer had begun, and did not come to its end.
    Broken(String),
    /// It has not come in time.
    Late,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Untaken(why) => write!(f, "no answer: {why}"),
            Self::Broken(why) => write!(f, "an answer broke off: {why}"),
            Self::Late => write!(f, "no answer within {ANSWER_WITHIN:?}"),
        }
    }
}

impl std::error::Error for Trouble {}

impl Answer {
    /// A header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Its body as JSON.
    pub(crate) fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("{}: {}", self.status, self.body))
    }

    fn closes(&self) -> bool {
        self.header("connection").is_some_and(|word| word.eq_ignore_ascii_case("close"))
    }
}

impl Line {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request as it stands, and reads the answer to its end.
    pub(crate) async fn ask(&mut self, request: &str) -> Result<Answer, Trouble> {
        timeout(ANSWER_WITHIN, self.exchange(request)).await.unwrap_or(Err(Trouble::Late))
    }

    async fn exchange(&mut self, request: &str) -> Result<Answer, Trouble> {
        let untaken = |error: std::io::Error| Trouble::Untaken(error.to_string());
        self.0.write_all(request.as_bytes()).await.map_err(untaken)?;
        if self.0.fill_buf().await.map_err(untaken)?.is_empty() {
            return Err(Trouble::Untaken("closed without a word".to_owned()));
        }
        self.read_answer().await.map_err(|error| Trouble::Broken(format!("{error:#}")))
    }

    async fn read_answer(&mut self) -> anyhow::Result<Answer> {
        let first = self.read_line().await?;
        let word = first.split(' ').nth(1).with_context(|| format!("no status in `{first}`"))?;
        let status: u16 = word.parse().with_context(|| format!("no status in `{first}`"))?;
        let mut headers = BTreeMap::new();
        loop {
            let line = self.read_line().await?;
            if line.is_empty() {
                break;
            }
            ensure!(headers.len() < HEAD_LINES, "the head has no end");
            let (name, value) = line.split_once(':').with_context(|| format!("no header in `{line}`"))?;
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let body = if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            self.read_chunks().await?
        } else {
            let length = headers.get("content-length").map_or(Ok(0), |length| length.parse())?;
            self.read_bytes(if status == 304 { 0 } else { length }).await?
        };
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    async fn read_line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line).await?;
        ensure!(line.ends_with('\n'), "it ended within a line");
        Ok(line.trim_end().to_owned())
    }

    async fn read_bytes(&mut self, length: u64) -> anyhow::Result<Vec<u8>> {
        ensure!(length <= BODY_BYTES, "an answer of {length} bytes");
        let mut bytes = vec![0; usize::try_from(length)?];
        self.0.read_exact(&mut bytes).await?;
        Ok(bytes)
    }

    async fn read_chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.read_line().await?;
            let length = u64::from_str_radix(line.split(';').next().unwrap_or_default(), 16)?;
            body.append(&mut self.read_bytes(length).await?);
            ensure!(u64::try_from(body.len())? <= BODY_BYTES, "an answer without end");
            self.read_line().await?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
}

/// Asks once, over a connection of its own.
pub(crate) async fn ask_once(address: SocketAddr, request: &str) -> anyhow::Result<Answer> {
    let mut line = Line::open(address).await.context("connecting")?;
    Ok(line.ask(request).await?)
}

/// The address of an origin such as `http://127.0.0.1:8080`.
pub(crate) fn address_of(origin: &str) -> anyhow::Result<SocketAddr> {
    origin.trim_start_matches("http://").parse().with_context(|| origin.to_owned())
}

/// A request that asks for something to read.
pub(crate) fn reading(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: signpost.test\r\n\r\n")
}

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    path: String,
    /// What stands in its answer; an answer without it is an empty one.
    holds: Option<String>,
}

/// Searches whose answer is known, searches of other kinds, and resources as data and as pages; mixed. Each is asked
/// once here, so that what could not be answered at all is told before any load.
pub(crate) async fn questions(address: SocketAddr, records: u64) -> anyhow::Result<Arc<Vec<Question>>> {
    const SEARCHES: [&str; 6] =
        ["q=physics", "q=week+bench", "q=making+chemistry&per_page=20", "q=", "q=biolgy", "q=a+level"];
    let mut line = Line::open(address).await?;
    let listed = line.ask(&reading(&format!("/v1/resources?facets=none&per_page={PAGES}"))).await?.json()?;
    let ids = listed["results"].as_array().context("results")?.iter().map(|resource| resource["id"].as_str());
    let ids: Vec<&str> = ids.collect::<Option<_>>().context("the ids of resources")?;
    ensure!(!ids.is_empty(), "there is nothing to ask for: {listed}");
    let mut questions = Vec::new();
    for number in 0..CANARIES {
        questions.push(canary(number * records / CANARIES));
        let search = SEARCHES[usize::try_from(number)? % SEARCHES.len()];
        questions.push(Question { path: format!("/v1/resources?{search}"), holds: Some("\"results\"".to_owned()) });
        let id = ids[usize::try_from(number)? % ids.len()];
        let root = if number % 2 == 0 { "/v1/resources" } else { "/resources" };
        questions.push(Question { path: format!("{root}/{id}"), holds: Some(id.to_owned()) });
    }
    for question in &questions {
        let answer = line.ask(&reading(&question.path)).await.with_context(|| question.path.clone())?;
        ensure!(
            question.is_answered_by(&answer),
            "{} is answered with {}: {}",
            question.path,
            answer.status,
            answer.body
        );
        if answer.closes() {
            line = Line::open(address).await?;
        }
    }
    Ok(Arc::new(questions))
}

/// A search that one record answers, in whichever edition.
fn canary(number: u64) -> Question {
    let title = Origin::title(number, 0);
    let held = title.trim_end_matches('0').trim_start_matches("Careers in ").to_owned();
    let path = format!("/v1/resources?facets=none&per_page=5&q=%22making+{number}%22");
    Question { path, holds: Some(held) }
}

/// Searches of which each is answered by one record.
pub(crate) fn canaries(records: u64) -> Arc<Vec<Question>> {
    Arc::new((0..CANARIES).map(|number| canary(number * records / CANARIES)).collect())
}

impl Question {
    /// Asks for what stands at this path, whatever is answered.
    pub(crate) fn of(path: String) -> Self {
        Self { path, holds: None }
    }

    fn is_answered_by(&self, answer: &Answer) -> bool {
        answer.status == 200 && self.holds.as_ref().is_none_or(|held| answer.body.contains(held))
    }
}

/// A load.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// Who is asked; the connections are spread over them.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Asked in turn, again from the first after the last.
    pub(crate) questions: Arc<Vec<Question>>,
    /// With 0 each connection asks again as soon as it was answered.
    pub(crate) per_second: u32,
    pub(crate) connections: u32,
    /// Nothing is asked after so long.
    pub(crate) time: Duration,
    /// So many callers it says it passes on, as a proxy does; with 0 it says nothing of any.
    pub(crate) callers: u32,
}

/// A load under way. It stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    workers: JoinSet<Tally>,
    enough: Arc<AtomicBool>,
}

/// What came of a load.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) asked: u64,
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Nobody took the connection.
    pub(crate) refused: u64,
    /// When those were sent that the connection ended for before the first byte of an answer.
    pub(crate) untaken: Vec<Instant>,
    /// Answers that did not come to their end, or in time.
    pub(crate) broken: u64,
    /// Answers of 200 that do not hold what they must.
    pub(crate) empty: u64,
    /// Answers of 429 and 503 that do not say when to come back.
    pub(crate) silent: u64,
    /// How long the slowest answer took from the moment at which it was asked for, whatever it says.
    pub(crate) slowest: Duration,
    /// What went wrong first.
    pub(crate) first_trouble: Option<String>,
    /// Of answers of 200: the time from the moment at which each was due to be asked, in microseconds.
    from_due_us: Vec<u32>,
    /// The same from the moment at which it was asked.
    from_asked_us: Vec<u32>,
}

impl Load {
    /// Runs it for its time.
    pub(crate) async fn run(self) -> anyhow::Result<Tally> {
        self.start().ended().await
    }

    /// Starts it.
    pub(crate) fn start(self) -> Running {
        let (next, enough) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (load, started) = (Arc::new(self), Instant::now());
        let mut workers = JoinSet::new();
        for (_, address) in (0..load.connections).zip(load.addresses.iter().cycle()) {
            let (load, next, enough) = (Arc::clone(&load), Arc::clone(&next), Arc::clone(&enough));
            workers.spawn(work(load, *address, next, enough, started));
        }
        Running { workers, enough }
    }

    fn request(&self, question: &Question, number: u64) -> String {
        if self.callers == 0 {
            return reading(&question.path);
        }
        // Addresses of the network that is set aside for measuring (RFC 2544).
        let caller = number % u64::from(self.callers);
        let [_, _, high, low] = u32::try_from(caller).unwrap_or(0).to_be_bytes();
        let path = &question.path;
        format!("GET {path} HTTP/1.1\r\nhost: signpost.test\r\nx-forwarded-for: 198.18.{high}.{low}\r\n\r\n")
    }
}

impl Running {
    /// Tells it to stop, and gives what came of it.
    pub(crate) async fn end(self) -> anyhow::Result<Tally> {
        self.enough.store(true, Ordering::SeqCst);
        self.ended().await
    }

    /// Waits until its time is over, and gives what came of it.
    pub(crate) async fn ended(mut self) -> anyhow::Result<Tally> {
        let mut all = Tally::default();
        while let Some(tally) = self.workers.join_next().await {
            all.add(tally.context("a connection of the load")?);
        }
        all.from_due_us.sort_unstable();
        all.from_asked_us.sort_unstable();
        Ok(all)
    }
}

async fn work(
    load: Arc<Load>,
    address: SocketAddr,
    next: Arc<AtomicU64>,
    enough: Arc<AtomicBool>,
    started: Instant,
) -> Tally {
    let mut tally = Tally::default();
    let mut open = None;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let micros = number.saturating_mul(1_000_000).checked_div(u64::from(load.per_second)).unwrap_or(0);
        let due = started + Duration::from_micros(micros).min(load.time);
        sleep_until(due).await;
        if started.elapsed() >= load.time || enough.load(Ordering::SeqCst) {
            return tally;
        }
        let question = &load.questions[usize::try_from(number).unwrap_or(0) % load.questions.len()];
        let asked = Instant::now();
        tally.asked += 1;
        let line = match open.take() {
            Some(line) => Ok(line),
            None => Line::open(address).await,
        };
        let mut line = match line {
            Ok(line) => line,
            Err(error) => {
                tally.refused += 1;
                tally.note(|| format!("{}: {error}", question.path));
                continue;
            }
        };
        match line.ask(&load.request(question, number)).await {
            Ok(answer) => {
                // Without a moment to be due at, it is due when it is asked.
                tally.answered(question, &answer, if load.per_second == 0 { asked } else { due }, asked);
                open = (!answer.closes()).then_some(line);
            }
            Err(trouble) => {
                match &trouble {
                    Trouble::Untaken(_) => tally.untaken.push(asked),
                    Trouble::Broken(_) | Trouble::Late => tally.broken += 1,
                }
                tally.note(|| format!("{}: {trouble}", question.path));
            }
        }
    }
}

impl Tally {
    fn answered(&mut self, question: &Question, answer: &Answer, due: Instant, asked: Instant) {
        *self.statuses.entry(answer.status).or_default() += 1;
        self.slowest = self.slowest.max(asked.elapsed());
        if answer.status == 200 {
            let micros = |since: Instant| u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX);
            self.from_due_us.push(micros(due));
            self.from_asked_us.push(micros(asked));
            if !question.is_answered_by(answer) {
                self.empty += 1;
                self.note(|| format!("{} is empty: {}", question.path, answer.body));
            }
            return;
        }
        if matches!(answer.status, 429 | 503) && answer.header("retry-after").is_none() {
            self.silent += 1;
        }
        self.note(|| format!("{} is answered with {}: {}", question.path, answer.status, answer.body));
    }

    fn note(&mut self, trouble: impl FnOnce() -> String) {
        if self.first_trouble.is_none() {
            self.first_trouble = Some(trouble());
        }
    }

    fn add(&mut self, other: Self) {
        self.asked += other.asked;
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.refused += other.refused;
        self.untaken.extend(other.untaken);
        self.broken += other.broken;
        self.empty += other.empty;
        self.silent += other.silent;
        self.slowest = self.slowest.max(other.slowest);
        self.first_trouble = self.first_trouble.take().or(other.first_trouble);
        self.from_due_us.extend(other.from_due_us);
        self.from_asked_us.extend(other.from_asked_us);
    }

    /// So many were answered with this status.
    pub(crate) fn with_status(&self, status: u16) -> u64 {
        self.statuses.get(&status).copied().unwrap_or(0)
    }

    /// Requests that were not answered with 200.
    pub(crate) fn failed(&self) -> u64 {
        self.asked - self.with_status(200)
    }

    /// Fails unless everything was answered with what was asked for.
    pub(crate) fn all_is_well(&self) -> anyhow::Result<()> {
        let trouble = self.first_trouble.as_deref().unwrap_or("nothing more is known");
        ensure!(self.asked > 0, "nothing was asked");
        ensure!(self.failed() == 0, "{} of {} requests failed; the first: {trouble}", self.failed(), self.asked);
        ensure!(self.empty == 0, "{} of {} answers are empty; the first: {trouble}", self.empty, self.asked);
        Ok(())
    }

    /// Within this time so many of a hundred were answered, counted from when each was due: a wait for a connection
    /// that was busy with the one before counts.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        percentile(&self.from_due_us, percent)
    }

    /// The same, counted from when each was asked.
    pub(crate) fn percentile_from_asked(&self, percent: usize) -> Duration {
        percentile(&self.from_asked_us, percent)
    }
}

/// The value of sorted ones that so many of a hundred do not exceed; nothing where there are none.
fn percentile(sorted_us: &[u32], percent: usize) -> Duration {
    let place = (sorted_us.len() * percent).div_ceil(100).saturating_sub(1);
    Duration::from_micros(sorted_us.get(place).copied().unwrap_or(0).into())
}

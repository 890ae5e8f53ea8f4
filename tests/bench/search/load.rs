//! Load: connections over loopback, each of which asks the next question as soon as its last one is answered.
//!
//! HTTP/1.1 with connections kept open, nothing compressed, every answer read to its end and its status checked. A run
//! ends by its time or its number of requests, whichever comes first; an answer that is neither 200 nor 304 ends it as an
//! error.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::figures::Times;

/// Requests as they are sent.
pub(crate) type Requests = Arc<Vec<Vec<u8>>>;

/// What a run does.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    /// Asked in turn, again from the first after the last.
    pub(crate) requests: Requests,
    pub(crate) connections: usize,
    /// Nothing is asked after so long.
    pub(crate) time: Duration,
    /// Nor after so many requests.
    pub(crate) count: u64,
}

/// What a run did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) times: Times,
    /// Of all bodies together.
    pub(crate) bytes: u64,
}

/// Past the time of a run, what is asked already must be answered within so long.
const GRACE: Duration = Duration::from_secs(30);
/// Lines of an answer are shorter; a body may be longer.
const BUFFER_BYTES: usize = 64 << 10;

/// Runs it.
pub(crate) async fn run(load: Load) -> anyhow::Result<Run> {
    let time = load.time;
    let load = Arc::new(load);
    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..load.connections {
        workers.spawn(work(Arc::clone(&load), Arc::clone(&next), started + time));
    }
    let collecting = async {
        let mut all = Worked::default();
        while let Some(ended) = workers.join_next().await {
            let worked = ended.context("a connection broke off")??;
            all.times.extend(worked.times);
            all.bytes += worked.bytes;
        }
        anyhow::Ok(all)
    };
    let all = tokio::time::timeout(time + GRACE, collecting).await.context("an answer never came")??;
    Ok(Run { times: Times::new(all.times, started.elapsed()), bytes: all.bytes })
}

/// What one connection did.
#[derive(Default)]
struct Worked {
    times: Vec<Duration>,
    bytes: u64,
}

async fn work(load: Arc<Load>, next: Arc<AtomicU64>, end: Instant) -> anyhow::Result<Worked> {
    let mut connection = Connection::open(load.address).await?;
    let mut worked = Worked::default();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= load.count || Instant::now() >= end {
            return Ok(worked);
        }
        let request = &load.requests[usize::try_from(number)? % load.requests.len()];
        let asked = Instant::now();
        let length = connection.ask(request).await.with_context(|| String::from_utf8_lossy(request).into_owned())?;
        worked.times.push(asked.elapsed());
        worked.bytes += length as u64;
    }
}

/// One connection, and what was read of it and not yet used.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
}

/// How the body of an answer is sent. Source: RFC 9112, 6.
enum Body {
    Length(usize),
    Chunks,
}

impl Connection {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("connecting")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; BUFFER_BYTES], from: 0, to: 0 })
    }

    /// Sends a request and reads its answer to the end; says how long its body is.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<usize> {
        self.send(request).await?;
        let head = self.line(b"\r\n\r\n").await?;
        let status = head.split(' ').nth(1).unwrap_or_default();
        if status == "304" {
            return Ok(0);
        }
        ensure!(status == "200", "the status is `{status}`");
        match body(&head)? {
            Body::Length(length) => {
                self.skip(length).await?;
                Ok(length)
            }
            Body::Chunks => self.skip_chunks().await,
        }
    }

    async fn send(&self, request: &[u8]) -> anyhow::Result<()> {
        let mut left = request;
        while !left.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(left) {
                Ok(sent) => left = &left[sent..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// What stands before the next mark; both are then read.
    async fn line(&mut self, mark: &[u8]) -> anyhow::Result<String> {
        loop {
            let unread = &self.buffer[self.from..self.to];
            if let Some(length) = place_of(mark, unread) {
                let line = String::from_utf8_lossy(&unread[..length]).into_owned();
                self.from += length + mark.len();
                return Ok(line);
            }
            self.fill().await?;
        }
    }

    async fn skip(&mut self, length: usize) -> anyhow::Result<()> {
        let mut left = length;
        loop {
            let here = left.min(self.to - self.from);
            self.from += here;
            left -= here;
            if left == 0 {
                return Ok(());
            }
            self.fill().await?;
        }
    }

    /// Source: RFC 9112, 7.1; no trailers are expected.
    async fn skip_chunks(&mut self) -> anyhow::Result<usize> {
        let mut whole = 0;
        loop {
            let line = self.line(b"\r\n").await?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let length = usize::from_str_radix(digits, 16).context("the length of a chunk")?;
            self.skip(length).await?;
            self.line(b"\r\n").await?;
            if length == 0 {
                return Ok(whole);
            }
            whole += length;
        }
    }

    /// Reads more.
    async fn fill(&mut self) -> anyhow::Result<()> {
        self.buffer.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        ensure!(self.to < self.buffer.len(), "a line of the answer is longer than {BUFFER_BYTES} bytes");
        loop {
            self.stream.readable().await?;
            match self.stream.try_read(&mut self.buffer[self.to..]) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(read) => {
                    self.to += read;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Where a mark begins. Headers are long: only where its first byte stands are the others compared, so that the client
/// costs little beside what is measured.
fn place_of(mark: &[u8], bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find(|place| bytes[*place] == mark[0] && bytes[*place..].starts_with(mark))
}

fn body(head: &str) -> anyhow::Result<Body> {
    for header in head.split("\r\n").skip(1) {
        let Some((name, value)) = header.split_once(':') else {
            continue;
        };
        if name.eq_ignore_ascii_case("content-length") {
            return Ok(Body::Length(value.trim().parse().context("the length of the body")?));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Ok(Body::Chunks);
        }
    }
    bail!("the answer does not say how long it is")
}

//! How fast are searches through HTTP, and how much of that is the engine's, and how much HTTP's?
//!
//! `cargo bench --bench search [-- --resources 10000,100000,1000000 --connections 1,8,16,32 --queries 1000 --seconds 5]`.
//! Over a made catalogue of each size, in one run: our own router with and without its memory of answers, the bare engine
//! with as many fields of text and none of our features (`--bare-fields 1`: with one), and a handler that does nothing
//! but send 24 KB, or as much as our answers have; the answers to those who hold them already; an export of
//! everything; and the pages, made anew each time. Each is loaded in turn, twice, by a client of our own on the same
//! cores and in the same process; of each the better round counts. Prints how fast the index is built, its size, start
//! and memory; requests a second and milliseconds; how soon a change is found. What ours holds in memory is measured in
//! a process of its own; the other figures of memory are of this process, which holds the bare engine's index as well
//! once that is built. Figures move from machine to machine: the ratios count.
//!
//! `-- --exactness` instead: 10,000 random searches, each count of each facet compared with what a click on it gives.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod options;

mod corpus;
mod queries;
mod question;
mod random;
mod words;

mod bare;
mod build;
mod empty;
mod ours;
mod server;

mod exactness;
mod export;
mod figures;
mod load;
mod probe;
mod updates;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Parser as _;
use tokio::runtime::Runtime;

use bare::Bare;
use corpus::Corpus;
use figures::{Memory, Times, folder_bytes, per_second, share};
use load::{Load, Requests, Run};
use options::Options;
use ours::Cache;
use server::Server;

/// Of so many rounds the best counts: what else the machine does makes a round slower, never faster.
const ROUNDS: usize = 2;
/// The handler that does nothing sends so much, as it did for the figures that ours are compared with.
const EMPTY_BYTES: usize = 24 << 10;
/// So many questions are asked again and again: their answers fit into what is kept by default, as those to what many
/// ask do.
const REPEATED: usize = 250;
/// A run that is bounded by its requests must end by then.
const WARMING_TIME: Duration = Duration::from_mins(2);

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if let Some(folder) = &options.probe {
        return probe::answer(folder, &options);
    }
    if let Some(searches) = options.exactness {
        return exactness::check(searches);
    }
    for resources in &options.resources {
        Bench::new(&options, *resources)?.run()?;
    }
    Ok(())
}

/// One size of the catalogue.
struct Bench<'a> {
    options: &'a Options,
    resources: u64,
    corpus: Corpus,
    requests: Requests,
    /// The threads of the client.
    clients: Runtime,
}

impl<'a> Bench<'a> {
    fn new(options: &'a Options, resources: u64) -> anyhow::Result<Self> {
        anyhow::ensure!(resources > 0 && options.queries > 0, "there must be resources, and questions about them");
        let corpus = Corpus::new();
        let questions = queries::mixed(&corpus, resources, options.queries);
        let requests = Arc::new(questions.iter().map(queries::request).collect());
        Ok(Self { options, resources, corpus, requests, clients: server::runtime()? })
    }

    fn run(&self) -> anyhow::Result<()> {
        println!("\n== {} resources of {} bytes of JSON ==", self.resources, self.mean_bytes()?);
        let folder = tempfile::tempdir()?;
        let data_dir = folder.path().join("data");
        let index_dir = data_dir.join("index");
        self.build_ours(&index_dir)?;
        probe::ask(&index_dir, self.resources, self.options)?;

        // Ours is measured before the bare engine is there: both are one process.
        let ours = ours::serve(&data_dir, Cache::Off)?;
        let length = self.warm("ours", &ours)?;
        let bare = self.serve_bare(&folder.path().join("bare"))?;
        self.warm("bare", &bare)?;
        self.compare(&self.requests, &[("ours", &ours), ("bare", &bare)])?;
        self.measure_pages(&ours)?;
        ours.stop();
        bare.stop();

        let repeated = Arc::new(self.requests[..self.requests.len().min(REPEATED)].to_vec());
        let remembering = ours::serve(&data_dir, Cache::On)?;
        self.warm("repeated", &remembering)?;
        self.load(&repeated, &remembering, 1, WARMING_TIME, repeated.len() as u64)?;
        let empty = Server::start(server::runtime()?, empty::router(EMPTY_BYTES))?;
        let as_long = Server::start(server::runtime()?, empty::router(usize::try_from(length)?))?;
        self.compare(&repeated, &[("repeated", &remembering), ("empty", &empty), ("as long", &as_long)])?;
        self.compare_unchanged(&remembering, &empty)?;
        export::measure(&remembering, self.resources)?;
        for server in [remembering, empty, as_long] {
            server.stop();
        }

        let found = updates::measure(&index_dir, &self.corpus, self.resources)?;
        println!("update:  found after {:.0} ms, {:.0} ms at most", found.percentile(50), found.slowest());
        Ok(())
    }

    /// The same questions asked of the search page, which is made anew each time, and the start page.
    fn measure_pages(&self, ours: &Server) -> anyhow::Result<()> {
        let questions = queries::mixed(&self.corpus, self.resources, self.options.queries);
        let searches: Requests = Arc::new(questions.iter().map(queries::page).collect());
        let start: Requests =
            Arc::new(vec![b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n".to_vec()]);
        self.compare(&searches, &[("search page", ours)])?;
        self.compare(&start, &[("start page", ours)])
    }

    /// The same questions from those who hold the answers, against a handler that sends 24 KB.
    fn compare_unchanged(&self, ours: &Server, empty: &Server) -> anyhow::Result<()> {
        let questions = queries::mixed(&self.corpus, self.resources, self.options.queries.min(REPEATED));
        let requests: Requests = Arc::new(questions.iter().map(queries::conditional).collect());
        self.compare(&requests, &[("unchanged", ours), ("empty", empty)])
    }

    /// How long the published JSON of a resource is, in the mean of some.
    fn mean_bytes(&self) -> anyhow::Result<usize> {
        let sample = usize::try_from(self.resources.min(1_000))?;
        let mut bytes = 0;
        for entry in self.corpus.resources(self.resources).take(sample) {
            bytes += serde_json::to_vec(&entry.resource)?.len();
        }
        Ok(bytes / sample)
    }

    fn build_ours(&self, folder: &Path) -> anyhow::Result<()> {
        let making = Instant::now();
        let sample = self.resources.min(10_000);
        self.corpus.resources(sample).for_each(|entry| drop(black_box(entry)));
        println!("making:  {:.0} resources/s are made for it by one core", per_second(sample, making.elapsed()));
        let started = Instant::now();
        drop(build::build(folder, &self.corpus, self.resources)?);
        self.print_built("ours", folder, started.elapsed())
    }

    fn serve_bare(&self, folder: &Path) -> anyhow::Result<Server> {
        let started = Instant::now();
        let bare = Bare::build(folder, usize::from(self.options.bare_fields), &self.corpus, self.resources)?;
        self.print_built("bare", folder, started.elapsed())?;
        Server::start(server::runtime()?, bare::router(bare))
    }

    fn print_built(&self, name: &str, folder: &Path, took: Duration) -> anyhow::Result<()> {
        println!(
            "{name}:    built in {:.1} s, making included: {:.0} resources/s; {:.0} bytes of disk a resource; {}",
            took.as_secs_f64(),
            per_second(self.resources, took),
            share(folder_bytes(folder)?, self.resources),
            Memory::now()?
        );
        Ok(())
    }

    /// Asks every question once, which also shows that each has an answer; says how long the mean answer is.
    fn warm(&self, name: &str, server: &Server) -> anyhow::Result<u64> {
        let count = self.requests.len() as u64;
        let length = self.load(&self.requests, server, 1, WARMING_TIME, count)?.bytes / count;
        println!("{name}:    answers of {length} bytes in the mean; {}", Memory::now()?);
        Ok(length)
    }

    /// Loads servers in turn at each number of connections, and prints what they did, and the first against the others.
    fn compare(&self, requests: &Requests, servers: &[(&str, &Server)]) -> anyhow::Result<()> {
        println!("\nconnections   server        requests/s      p50      p90      p99      max ms   ratio");
        for connections in &self.options.connections {
            let times = self.in_turn(requests, servers, *connections)?;
            let first = times.first().context("a server")?.rate();
            for ((name, _), times) in servers.iter().zip(&times) {
                println!("{connections:>11}   {name:<11} {}  {:>6.2}", row(times), first / times.rate());
            }
        }
        println!();
        Ok(())
    }

    /// In turn, so that what slows the machine for a while slows all.
    fn in_turn(
        &self,
        requests: &Requests,
        servers: &[(&str, &Server)],
        connections: usize,
    ) -> anyhow::Result<Vec<Times>> {
        let time = Duration::from_secs(self.options.seconds);
        let mut best: Vec<Times> = Vec::with_capacity(servers.len());
        for round in 0..ROUNDS {
            for (place, (_, server)) in servers.iter().enumerate() {
                let times = self.load(requests, server, connections, time, u64::MAX)?.times;
                if round == 0 {
                    best.push(times);
                } else if best[place].rate() < times.rate() {
                    best[place] = times;
                }
            }
        }
        Ok(best)
    }

    fn load(
        &self,
        requests: &Requests,
        server: &Server,
        connections: usize,
        time: Duration,
        count: u64,
    ) -> anyhow::Result<Run> {
        let requests = Arc::clone(requests);
        self.clients.block_on(load::run(Load { address: server.address, requests, connections, time, count }))
    }
}

fn row(times: &Times) -> String {
    let [p50, p90, p99] = [50, 90, 99].map(|of_a_hundred| times.percentile(of_a_hundred));
    format!("{:>12.0} {p50:>8.2} {p90:>8.2} {p99:>8.2} {:>11.1}", times.rate(), times.slowest())
}

//! The program in a process of its own: started, killed, asked.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// How long the program may take until it answers before we give it up. What is asked of it is for the row to say.
const START_LIMIT: Duration = Duration::from_mins(2);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// A place where the program works: its data directory, its sources, its database.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) data_dir: PathBuf,
    pub(crate) sources: Option<PathBuf>,
    /// PostgreSQL; `None` for the file in the data directory.
    pub(crate) database: Option<String>,
    /// Further options by the names of their variables.
    pub(crate) options: BTreeMap<&'static str, String>,
}

/// The program, serving. Killed when it goes out of scope.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    pub(crate) origin: String,
    client: reqwest::Client,
}

impl Place {
    /// A place below this folder.
    pub(crate) fn new(folder: &Path, database: Option<String>) -> Self {
        Self { data_dir: folder.join("data"), sources: None, database, options: BTreeMap::new() }
    }

    /// The same place with these sources.
    pub(crate) fn with_sources(mut self, folder: PathBuf) -> Self {
        self.sources = Some(folder);
        self
    }

    /// A call of the program. Nothing of our own environment is seen by it.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signpost"));
        command.env_clear().args(args).env("SIGNPOST_DATA_DIR", &self.data_dir).env("SIGNPOST_RATE_LIMIT", "off");
        command.env("SIGNPOST_CONTACT_URL", "https://example.org/who-harvests");
        if let Some(sources) = &self.sources {
            command.env("SIGNPOST_SOURCES", sources);
        }
        if let Some(database) = &self.database {
            command.env("SIGNPOST_DATABASE_URL", database);
        }
        command.envs(&self.options).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> anyhow::Result<Output> {
        self.command(args).output().with_context(|| args.join(" "))
    }

    /// Runs a command to its end, which must be a good one, and gives what it prints.
    pub(crate) fn succeed(&self, args: &[&str]) -> anyhow::Result<String> {
        let output = self.run(args)?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "`{}` ended with {}: {told}", args.join(" "), output.status);
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Runs a command and kills it after this time, as a power cut would; says whether it was still running.
    pub(crate) fn kill_after(&self, args: &[&str], time: Duration) -> anyhow::Result<bool> {
        let mut child = self.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        std::thread::sleep(time);
        let was_running = child.try_wait()?.is_none();
        child.kill()?;
        child.wait()?;
        Ok(was_running)
    }

    /// Starts `serve` on a free port; it need not answer yet.
    pub(crate) fn start(&self) -> anyhow::Result<Node> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        std::fs::create_dir_all(&self.data_dir)?;
        let log = File::options().create(true).append(true).open(self.data_dir.with_extension("log"))?;
        let mut command = self.command(&["serve", "--listen", &format!("127.0.0.1:{port}")]);
        let child = command.stdout(Stdio::null()).stderr(log).spawn()?;
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(40)).build()?;
        Ok(Node { child, origin: format!("http://127.0.0.1:{port}"), client })
    }

    /// Starts `serve` and waits until it is ready; says how long that took.
    pub(crate) async fn start_ready(&self) -> anyhow::Result<(Node, Duration)> {
        let mut node = self.start()?;
        let took = node.ready().await.with_context(|| self.end_of_log())?;
        Ok((node, took))
    }

    /// Every live resource of the store as `title -> how often`, by a command that reads the store alone.
    pub(crate) fn stored_titles(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        let mut titles = BTreeMap::new();
        for line in self.succeed(&["export"])?.lines() {
            let resource: Value = serde_json::from_str(line).context("a line of the export")?;
            *titles.entry(title_of(&resource)?).or_default() += 1;
        }
        Ok(titles)
    }

    /// A new token of this role.
    pub(crate) fn token(&self, role: &str) -> anyhow::Result<String> {
        self.succeed(&["token", "create", "--role", role])
    }

    fn end_of_log(&self) -> String {
        let log = std::fs::read_to_string(self.data_dir.with_extension("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        format!("the end of its log, the last line first: {}", lines.join(" / "))
    }
}

impl Node {
    /// Waits until it is ready, and says how long that took.
    pub(crate) async fn ready(&mut self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status} before it was ready");
            }
            let answer = self.client.get(format!("{}/readyz", self.origin)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(started.elapsed());
            }
            ensure!(started.elapsed() < START_LIMIT, "it is not ready after {START_LIMIT:?}");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// GET; the status and the body.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<(u16, String)> {
        let answer = self.client.get(format!("{}{path}", self.origin)).send().await.with_context(|| path.to_owned())?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await?))
    }

    /// GET of what must be there, as JSON.
    pub(crate) async fn json(&self, path: &str) -> anyhow::Result<Value> {
        let (status, body) = self.get(path).await?;
        ensure!(status == 200, "{path} answered {status}: {body}");
        serde_json::from_str(&body).with_context(|| path.to_owned())
    }

    /// POST with a token; the status and the body.
    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
        let request = self.client.post(format!("{}{path}", self.origin)).bearer_auth(token);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let answer = request.send().await.with_context(|| path.to_owned())?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// Asks for long work, and waits until its job has ended well.
    pub(crate) async fn do_job(&self, path: &str, token: &str, limit: Duration) -> anyhow::Result<Value> {
        let (status, job) = self.post(path, token, &Value::Null).await?;
        ensure!(status == 202, "{path} answered {status}: {job}");
        let id = job["id"].as_str().context("the id of a job")?.to_owned();
        self.job_ended(&id, token, limit).await
    }

    /// Waits until a job has ended well.
    pub(crate) async fn job_ended(&self, id: &str, token: &str, limit: Duration) -> anyhow::Result<Value> {
        let started = Instant::now();
        loop {
            let request = self.client.get(format!("{}/admin/v1/jobs/{id}", self.origin)).bearer_auth(token);
            let job: Value = serde_json::from_str(&request.send().await?.text().await?)?;
            match job["state"].as_str() {
                Some("succeeded") => return Ok(job),
                Some("queued" | "running") => {}
                _ => bail!("the job ended otherwise: {job}"),
            }
            ensure!(started.elapsed() < limit, "the job has not ended after {limit:?}: {job}");
            tokio::time::sleep(LOOK * 5).await;
        }
    }

    /// Every resource that searches find, as `title -> how often`, walked with a cursor.
    pub(crate) async fn found_titles(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        let mut titles = BTreeMap::new();
        let mut path = "/v1/resources?facets=none&per_page=100&cursor=*".to_owned();
        loop {
            let answer = self.json(&path).await?;
            for resource in answer["results"].as_array().context("results")? {
                *titles.entry(title_of(resource)?).or_default() += 1;
            }
            match answer["links"]["next"].as_str() {
                Some(next) => next.clone_into(&mut path),
                None => return Ok(titles),
            }
            if let Some(below) = path.strip_prefix("http") {
                path = below.find("/v1/").map(|start| below[start..].to_owned()).context("an address of ours")?;
            }
        }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal: TERM, STOP, CONT.
    pub(crate) fn signal(&self, name: &str) -> anyhow::Result<()> {
        let status = Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status()?;
        ensure!(status.success(), "the signal {name} could not be sent");
        Ok(())
    }

    /// Kills it at once, as a power cut would.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Tells it to stop, and says how long that took and how it ended.
    pub(crate) async fn stop(&mut self, limit: Duration) -> anyhow::Result<(Duration, Option<i32>)> {
        let started = Instant::now();
        self.signal("TERM")?;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok((started.elapsed(), status.code()));
            }
            ensure!(started.elapsed() < limit, "it has not stopped after {limit:?}");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Its memory in use, in bytes, and how many descriptors it holds.
    pub(crate) fn footprint(&self) -> anyhow::Result<(u64, usize)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", self.pid()))?.count();
        Ok((kib * 1024, descriptors))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn title_of(resource: &Value) -> anyhow::Result<String> {
    Ok(resource["title"].as_str().with_context(|| format!("a title in {resource}"))?.to_owned())
}

//! Processes in the ways that `node` has not: under another program, for so long and no longer, and judged by the doctor.

use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::node::Place;

/// Where the programs of the system are.
const PATHS: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// A process that has ended by itself.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// What it wrote to standard error.
    pub(crate) told: String,
    pub(crate) took: Duration,
}

/// Fails when a program that a row needs is not there.
pub(crate) fn needs(tool: &str) -> anyhow::Result<()> {
    let is_there = PATHS.split(':').any(|folder| Path::new(folder).join(tool).exists());
    ensure!(is_there, "`{tool}` is missing; tests/faults/run installs it");
    Ok(())
}

/// A program of the system, which finds others of its kind.
pub(crate) fn system(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", PATHS).stdin(Stdio::null());
    command
}

/// Runs a program of the system to its end, which must be a good one, and gives what it prints.
pub(crate) fn run_system(program: &str, args: &[&str]) -> anyhow::Result<String> {
    needs(program)?;
    let output = system(program).args(args).output().with_context(|| program.to_owned())?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "`{program} {}` ended with {}: {told}", args.join(" "), output.status);
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A call of the program under another one, such as strace, that is given these options.
pub(crate) fn under(place: &Place, wrapper: &str, options: &[&str], args: &[&str]) -> Command {
    let inner = place.command(args);
    let mut command = system(wrapper);
    command.args(options).arg(inner.get_program()).args(inner.get_args());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

/// Runs a command to its end; one that takes longer is killed, and that is an error.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> anyhow::Result<Ended> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().context("starting a process")?;
    let told = read_beside(child.stderr.take());
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("it has not ended after {limit:?}");
        }
        thread::sleep(LOOK);
    };
    let took = started.elapsed();
    Ok(Ended { status, told: told.join().unwrap_or_default(), took })
}

/// Reads what a process writes while somebody else waits for its end.
fn read_beside(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read until it broke off is told.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Fails when the doctor finds anything that does not work. What somebody should look at, such as backups that nobody
/// takes, is for this place as it should be.
pub(crate) fn doctor_is_content(place: &Place) -> anyhow::Result<()> {
    let output = place.run(&["doctor"])?;
    let found = String::from_utf8_lossy(&output.stdout);
    let failing: Vec<&str> = found.lines().filter(|line| line.starts_with("fail")).collect();
    let is_content = failing.is_empty() && matches!(output.status.code(), Some(0 | 3));
    ensure!(is_content, "the doctor ended with {}: {}", output.status, failing.join(" / "));
    Ok(())
}

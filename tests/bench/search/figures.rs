//! Figures for people: rates, percentiles, the memory of this process, the size of a folder.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

/// How long each answer of a run took.
#[derive(Debug)]
pub(crate) struct Times {
    /// In order.
    sorted: Vec<Duration>,
    took: Duration,
}

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>, took: Duration) -> Self {
        times.sort_unstable();
        Self { sorted: times, took }
    }

    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        per_second(self.sorted.len() as u64, self.took)
    }

    /// So many milliseconds the answer took that so many of a hundred were faster than; 0 when there was none.
    pub(crate) fn percentile(&self, share: usize) -> f64 {
        let place = (self.sorted.len() * share / 100).min(self.sorted.len().saturating_sub(1));
        self.sorted.get(place).copied().map_or(0.0, milliseconds)
    }

    /// The slowest, in milliseconds.
    pub(crate) fn slowest(&self) -> f64 {
        self.percentile(100)
    }
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn per_second(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// What this process holds in memory, in kB. Source: Linux, proc(5), `/proc/self/status`.
#[derive(Debug)]
pub(crate) struct Memory {
    resident: u64,
    /// Of that, what is no file: what would have to be written to swap.
    anonymous: u64,
    peak: u64,
}

impl Memory {
    pub(crate) fn now() -> anyhow::Result<Self> {
        Ok(Self { resident: figure("VmRSS:")?, anonymous: anonymous_kb()?, peak: figure("VmHWM:")? })
    }
}

/// What this process holds in memory that is no file, in kB.
pub(crate) fn anonymous_kb() -> anyhow::Result<u64> {
    figure("RssAnon:")
}

fn figure(name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("the status of this process")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("a figure of this process")?;
    let number = line.split_whitespace().next().context("a number")?;
    number.parse::<u64>().context("a number")
}

impl fmt::Display for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resident, anonymous, peak } = self;
        write!(formatter, "{} MB resident, {} MB without files", resident / 1_024, anonymous / 1_024)?;
        write!(formatter, ", {} MB at its peak", peak / 1_024)
    }
}

/// The bytes of all files in a folder and those below it.
pub(crate) fn folder_bytes(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let file = file?;
            let kind = file.file_type()?;
            if kind.is_dir() {
                folders.push(file.path());
            } else if kind.is_file() {
                bytes += file.metadata()?.len();
            }
        }
    }
    Ok(bytes)
}

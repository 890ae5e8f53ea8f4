//! What does a piece of work take? Time, and memory at its peak, as Linux counts them for the whole process.
//!
//! Where there is no `/proc`, only the time on the clock is known and the rest is nothing.

use std::fs;
use std::time::{Duration, Instant};

/// What a piece of work took.
#[derive(Debug)]
pub(super) struct Cost {
    /// On the clock.
    pub(super) wall: Duration,
    /// Of all threads of the process.
    pub(super) cpu: Duration,
    /// By so much the memory in use at the peak was larger than before.
    pub(super) grown_bytes: u64,
}

/// CPU time is counted in hundredths of a second. Source: proc(5) and `USER_HZ`, the same wherever Linux runs.
const TICKS_PER_SECOND: u64 = 100;

/// What stands before the CPU time behind the name of the program. Source: proc(5), fields 3 to 13 of `stat`.
const FIELDS_BEFORE_CPU_TIME: usize = 11;

/// Does a piece of work, and measures it.
pub(super) fn measured<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    // Makes what is in use now the peak.
    let is_reset = fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = memory_bytes(if is_reset { "VmRSS:" } else { "VmHWM:" });
    let cpu_before = cpu_time();
    let began = Instant::now();
    let done = work();
    let cost = Cost {
        wall: began.elapsed(),
        cpu: cpu_time().saturating_sub(cpu_before),
        grown_bytes: memory_bytes("VmHWM:").saturating_sub(before),
    };
    (done, cost)
}

/// A figure of `/proc/self/status`, where it stands in kB.
fn memory_bytes(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let figure = status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix("kB"));
    figure.and_then(|figure| figure.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// In user mode and in the kernel.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may hold anything, brackets too.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u64 = fields.skip(FIELDS_BEFORE_CPU_TIME).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND)
}

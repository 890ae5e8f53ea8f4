//! What is measured.

use std::path::PathBuf;

use clap::Parser;

/// Measures searches through HTTP on loopback: ours, the bare engine and an empty handler in one run
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench search --")]
pub(crate) struct Options {
    /// Sizes of the made catalogue
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_values_t = [10_000_u64, 100_000_u64])]
    pub(crate) resources: Vec<u64>,
    /// Connections that ask at once
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_values_t = [1_usize, 8_usize, 16_usize, 32_usize])]
    pub(crate) connections: Vec<usize>,
    /// How many different questions are asked
    #[arg(long, default_value_t = 1_000)]
    pub(crate) queries: usize,
    /// How long each server is loaded with each number of connections, twice
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,
    /// Fields of text of the bare engine: 6 as ours, or 1
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=6))]
    pub(crate) bare_fields: u8,
    /// Instead: compares so many searches' counts of facets with what a click on each gives [default: 10000]
    #[arg(long, value_name = "SEARCHES", num_args = 0..=1, default_missing_value = "10000")]
    pub(crate) exactness: Option<u64>,
    /// Instead: opens the index in this folder and says how long that took
    #[arg(long, hide = true)]
    pub(crate) probe: Option<PathBuf>,
    /// Cargo says it to every benchmark
    #[arg(long = "bench", hide = true)]
    _bench: bool,
}
